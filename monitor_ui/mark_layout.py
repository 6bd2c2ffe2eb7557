"""``MarkLayout``: where marks stand above a trace, so that neighbours do not hide each other."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from myoscope.dsp_core.findings import Table
from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.potential_log import REJECTED
from myoscope.monitor_ui.raster import SweepRaster
from myoscope.monitor_ui.theme import Look
from myoscope.monitor_ui.trace_view import GLYPH_H, GLYPH_W, PlacedMark

MARK_ROWS = 3
# Marks take a third of a lane's height at most: what they stand for is to be seen.
MARKS_SHARE = 1 / 3


class MarkLayout:
    """Gives each potential its place; those that come later stand beside those before.

    Parameters
    ----------
    raster
        The picture.
    lanes
        The channels on it, from top to bottom.
    ratio
        Pixels of the picture for one of Qt's.
    look
        How large marks are.
    """

    def __init__(self, raster: SweepRaster, lanes: range, ratio: float, look: Look) -> None:
        self._raster = raster
        self._lanes = {channel: lane for lane, channel in enumerate(lanes)}
        self._ratio = ratio
        self._look = look
        self._height = raster.image.shape[0] / ratio / len(lanes)
        rows = int(MARKS_SHARE * self._height / (look.px(GLYPH_H) + 1))
        self._rows = min(max(rows, len(lanes) == 1), MARK_ROWS)
        # Where the newest mark of each row of each lane ends.
        self._taken_to = {channel: [-np.inf] * self._rows for channel in lanes}

    def place(
        self, rows: Table, kinds: npt.NDArray[np.uint8], oldest_column: int
    ) -> Iterator[PlacedMark]:
        """Yield the marks of potentials on the picture, in the order of their samples.

        Parameters
        ----------
        rows
            ``SEEN_DTYPE``.
        kinds
            Of each row, or ``REJECTED``.
        oldest_column
            The column before the oldest one that is on the picture.
        """
        order = np.argsort(rows["sample"], kind="stable")
        samples, channels = rows["sample"][order].tolist(), rows["channel"][order].tolist()
        newest = self._raster.newest_column
        for sample, channel, code in zip(samples, channels, kinds[order].tolist(), strict=True):
            column = self._raster.column_of(sample)
            if channel in self._lanes and oldest_column < column <= newest:
                kind = Kind.UNCLASSIFIED if code == REJECTED else Kind(code)
                yield self._mark(column, channel, kind)

    def _mark(self, column: int, channel: int, kind: Kind) -> PlacedMark:
        ratio, px = self._ratio, self._look.px
        row: int | None = None
        if kind.raises_alert:
            taken = self._taken_to[channel]
            row = next((row for row, end in enumerate(taken) if column / ratio >= end), None)
            if row is not None:
                taken[row] = column / ratio + px(GLYPH_W)
        top = self._lanes[channel] * self._height
        return PlacedMark(
            column=column,
            x=(column % self._raster.columns + 0.5) / ratio,
            top=top + 2 + (row or 0) * (px(GLYPH_H) + 1),
            bottom=top + self._height - 2,
            kind=kind,
            width=px(GLYPH_W),
            small=row is None,
        )
