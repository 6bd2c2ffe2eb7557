"""``TracePanel``: the sweep of one channel or of all, with its scales in words."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui import theme, wording
from myoscope.monitor_ui.display_filter import DisplayFilter
from myoscope.monitor_ui.labels import make_label
from myoscope.monitor_ui.mailbox import Mailbox, SeenPotential
from myoscope.monitor_ui.raster import Lane, Pixels, SweepRaster
from myoscope.monitor_ui.trace_item import GLYPH_W, PlacedMark, TraceItem

UV_PER_DIV = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
MS_PER_DIV = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
COLUMN_DIVISIONS = 10
ROW_DIVISIONS = 8
ROW_DIVISIONS_PER_LANE = 2
MARK_ROWS = 3
MARK_ROW_PX = 31
MARKS_AT_MOST = 600
LANES_WITH_LETTERS = 4
# The filter has forgotten how it began after so long.
SETTLING_S = 0.3


@dataclass(frozen=True, slots=True)
class View:
    """What the user chose to see.

    Attributes
    ----------
    uv_per_div, ms_per_div
        Scales, one of ``UV_PER_DIV`` and of ``MS_PER_DIV``.
    channel
        The channel shown; None shows all.
    negative_up
        The clinical way up.
    """

    uv_per_div: int = 50
    ms_per_div: int = 100
    channel: int | None = 0
    negative_up: bool = True


class TracePanel(QFrame):
    """Sweeps the newest samples across a graticule, with a mark above each potential found.

    It reads the mailbox when ``refresh`` is called and never holds anybody up; what it was too
    late for is skipped on the screen only.

    Parameters
    ----------
    mailbox
        Of the running session.
    settings
        The band and the polarity in which the trace is shown.
    """

    def __init__(self, mailbox: Mailbox, settings: DetectorSettings) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._mailbox = mailbox
        self._info = mailbox.info
        self._settings = settings
        self._filter = DisplayFilter(self._info.n_channels, self._info.rate_hz, settings)
        self._raster = SweepRaster(self._info.n_channels)
        self._view = View()
        self._frozen_at_s: float | None = None
        self._potentials: deque[SeenPotential] = deque(maxlen=MARKS_AT_MOST)
        self._potentials_seen = 0
        self._seen_version = -1
        self._lay_out()
        self._apply_view()

    def _lay_out(self) -> None:
        self._channel_label = make_label("channel")
        self._scale_label = make_label("scale")
        self._filter_label = make_label("dim", _filter_words(self._settings))
        self._polarity_label = make_label("dim")
        self._state_label = make_label("dim")
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self._channel_label)
        head.addStretch(1)
        head.addWidget(self._scale_label)
        head.addStretch(1)
        head.addWidget(self._filter_label)
        foot.addWidget(self._polarity_label)
        foot.addStretch(1)
        foot.addWidget(self._state_label)
        self._plot = pg.PlotWidget(background=theme.BACKGROUND)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setAccessibleName("EMG trace")
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        plot_item = self._plot.getPlotItem()
        for side in ("left", "bottom"):
            plot_item.hideAxis(side)
        plot_item.layout.setContentsMargins(0, 0, 0, 0)
        self._view_box = plot_item.getViewBox()
        self._view_box.setMouseEnabled(False, False)
        self._view_box.setDefaultPadding(0)
        self._item = TraceItem(self._view_box)
        self._view_box.addItem(self._item, ignoreBounds=True)
        self._view_box.sigResized.connect(self._remake_picture)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._plot, 1)
        column.addLayout(foot)

    @property
    def view(self) -> View:
        """What is shown now."""
        return self._view

    @property
    def picture(self) -> Pixels:
        """The trace's pixels, without the marks: uint32 array, 0xffRRGGBB."""
        return self._raster.image

    @property
    def marks(self) -> list[PlacedMark]:
        """The marks that are on the picture."""
        return list(self._item.marks)

    @property
    def frozen(self) -> bool:
        """True while the picture stands still."""
        return self._frozen_at_s is not None

    @property
    def behind_s(self) -> float:
        """How long the picture has stood still, in seconds of signal."""
        return 0.0 if self._frozen_at_s is None else self._mailbox.elapsed_s - self._frozen_at_s

    def set_view(self, view: View) -> None:
        """Show something else; the picture is made anew from the newest samples."""
        sweep_changes = view.ms_per_div != self._view.ms_per_div
        self._view = view
        self._apply_view(rescan=sweep_changes)

    def set_frozen(self, frozen: bool) -> None:
        """Let the picture stand still, or catch up with the newest samples."""
        if frozen == self.frozen:
            return
        self._frozen_at_s = self._mailbox.elapsed_s if frozen else None
        if not frozen:
            self._rescan()
        self._say_state()

    def refresh(self) -> None:
        """Show what has come since the last call."""
        if self.frozen or not self._raster.columns > 1:
            return
        # Before the samples: a mark never lies ahead of the line.
        changed = self._fetch_potentials()
        ring = self._mailbox.ring
        start, newest = self._raster.next_sample, ring.newest
        if newest - start > self._raster.samples_per_sweep:
            self._rescan()  # too late for a whole sweep: skip to the newest
            return
        if newest > start:
            window = ring.read(start, newest)
            self._raster.extend(self._filter.process(window.samples), window.first_sample)
            self._item.update_columns(*self._raster.paint())
            self._drop_marks()
        if changed:
            self._place_marks()

    def changeEvent(self, event: QEvent) -> None:
        """Make the picture anew where the screen has another resolution."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._remake_picture()
        super().changeEvent(event)

    def _apply_view(self, rescan: bool = True) -> None:
        view, rate_hz = self._view, self._info.rate_hz
        if rescan:
            self._raster.set_samples_per_sweep(
                round(view.ms_per_div * COLUMN_DIVISIONS * rate_hz / 1000)
            )
        self._view_box.setRange(
            xRange=(0, view.ms_per_div * COLUMN_DIVISIONS),
            yRange=(-self._row_divisions / 2, self._row_divisions / 2),
            padding=0,
        )
        labels = self._info.channel_labels
        self._channel_label.setText(
            f"all {len(labels)} channels"
            if view.channel is None
            else f"Ch {view.channel + 1}  {labels[view.channel]}"
        )
        self._scale_label.setText(
            f"{wording.voltage(view.uv_per_div)}/div   {wording.duration(view.ms_per_div)}/div"
        )
        self._polarity_label.setText("negative up" if view.negative_up else "positive up")
        self._say_state()
        self._remake_picture(rescan=rescan)

    @property
    def _lanes(self) -> range:
        channel = self._view.channel
        return range(self._info.n_channels) if channel is None else range(channel, channel + 1)

    @property
    def _row_divisions(self) -> int:
        n_lanes = len(self._lanes)
        return ROW_DIVISIONS if n_lanes == 1 else ROW_DIVISIONS_PER_LANE * n_lanes

    def _say_state(self) -> None:
        sweep_ms = self._view.ms_per_div * COLUMN_DIVISIONS
        self._state_label.setText(f"sweep {wording.duration(sweep_ms)}")

    def _remake_picture(self, *_: object, rescan: bool = True) -> None:
        area, ratio = self._item.area(), self._plot.devicePixelRatioF()
        columns, rows = int(area.width() * ratio), int(area.height() * ratio)
        if columns < 2 * SweepRaster.ERASE_PX or rows < 20:
            return
        lane_height = rows / len(self._lanes)
        tops = [round(lane * lane_height) for lane in range(len(self._lanes) + 1)]
        lanes = [
            Lane(
                channel,
                zero_px=(tops[lane] + tops[lane + 1] - 1) / 2,
                top_px=tops[lane],
                bottom_px=tops[lane + 1] - 1,
                colour=theme.packed(theme.TRACE),
            )
            for lane, channel in enumerate(self._lanes)
        ]
        px_per_uv = rows / self._row_divisions / self._view.uv_per_div
        background = self._background(rows, columns, lanes, ratio)
        if rescan or self._raster.image.shape != background.shape:
            self._raster.set_picture(background, theme.packed(theme.CURSOR))
            rescan = True
        else:
            self._raster.set_background(background)
        self._raster.set_lanes(
            lanes,
            -px_per_uv if self._view.negative_up else px_per_uv,
            line_px=max(1, round(ratio)) if len(lanes) > 1 else max(2, round(2 * ratio)),
        )
        self._item.set_pixels(self._raster.image, ratio)
        if rescan and not self.frozen:
            self._rescan()
        elif rescan:
            self._rescan(end=round(self._frozen_at_s * self._info.rate_hz))  # type: ignore[operator]
        else:
            self._raster.repaint()
            self._place_marks()

    def _rescan(self, end: int | None = None) -> None:
        """Make the picture anew from what the ring still has of the last sweep."""
        ring, raster = self._mailbox.ring, self._raster
        end = ring.newest if end is None else end
        start = max(0, end - raster.samples_per_sweep)
        settling = round(SETTLING_S * self._info.rate_hz)
        window = ring.read(start - settling, end)
        self._filter.restart()
        shown = self._filter.process(window.samples)
        skip = max(0, start - window.first_sample)
        raster.restart(window.first_sample + skip)
        raster.extend(np.ascontiguousarray(shown[skip:]), window.first_sample + skip)
        raster.repaint()
        self._item.update()
        self._fetch_potentials()
        self._place_marks()

    def _fetch_potentials(self) -> bool:
        """Take what was found since the last call; return whether anything is known anew."""
        fresh, self._potentials_seen = self._mailbox.potentials_since(self._potentials_seen)
        self._potentials.extend(fresh)
        changed = self._mailbox.version != self._seen_version
        self._seen_version = self._mailbox.version
        return changed

    @property
    def _oldest_column(self) -> int:
        """Column before the oldest one that is on the picture."""
        raster = self._raster
        return max(raster.newest_column - raster.columns + raster.ERASE_PX, raster.first_column - 1)

    def _drop_marks(self) -> None:
        """Take away the marks that the erase bar has reached."""
        marks = self._item.marks
        while marks and marks[0].column <= self._oldest_column:
            self._item.update_mark(marks.pop(0))

    def _place_marks(self) -> None:
        """Put a mark above each potential on the picture, with the kind that is known now."""
        before = self._item.marks
        self._item.marks = list(self._placed_marks())
        for mark in set(before) ^ set(self._item.marks):
            self._item.update_mark(mark)

    def _placed_marks(self) -> Iterator[PlacedMark]:
        raster, lanes = self._raster, {channel: lane for lane, channel in enumerate(self._lanes)}
        oldest, newest = self._oldest_column, raster.newest_column
        ratio = self._plot.devicePixelRatioF()
        height = raster.image.shape[0] / ratio / len(lanes)
        crowded = len(lanes) > LANES_WITH_LETTERS
        # Where the newest mark of each row of each lane ends.
        taken_to = {channel: [-np.inf] * MARK_ROWS for channel in lanes}
        for potential in sorted(self._potentials, key=lambda seen: seen.sample):
            column = raster.column_of(potential.sample)
            if potential.channel not in lanes or not oldest < column <= newest:
                continue
            kind = self._mailbox.kind_of(potential)
            row: int | None = 0
            if kind.raises_alert and not crowded:
                rows = taken_to[potential.channel]
                row = next((row for row in range(MARK_ROWS) if column / ratio >= rows[row]), None)
                if row is not None:
                    rows[row] = column / ratio + GLYPH_W
            top = lanes[potential.channel] * height
            yield PlacedMark(
                column=column,
                x=(column % raster.columns + 0.5) / ratio,
                top=top + 2 + (row or 0) * MARK_ROW_PX,
                bottom=top + height - 2,
                kind=kind,
                small=crowded or row is None,
            )

    def _background(self, rows: int, columns: int, lanes: list[Lane], ratio: float) -> Pixels:
        """Return the graticule: 10 divisions across, and as many up as the scale says."""
        pixels = np.zeros((rows, columns), np.uint32)
        image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
        image.fill(QColor(theme.BACKGROUND))
        painter = QPainter(image)
        pen = QPen(QColor(theme.GRATICULE), max(1.0, ratio))
        painter.setPen(pen)
        for division in range(1, COLUMN_DIVISIONS):
            x = division * columns // COLUMN_DIVISIONS
            painter.drawLine(x, 0, x, rows)
        if len(lanes) <= ROW_DIVISIONS:
            for division in range(1, self._row_divisions):
                y = division * rows // self._row_divisions
                painter.drawLine(0, y, columns, y)
        painter.setPen(QPen(QColor(theme.GRATICULE_ZERO), max(1.0, ratio)))
        for lane in lanes:
            painter.drawLine(0, int(lane.zero_px), columns, int(lane.zero_px))
        if len(lanes) > 1:
            font = QFont("DejaVu Sans")
            font.setPixelSize(max(8, min(round(12 * ratio), rows // len(lanes) - 2)))
            painter.setFont(font)
            painter.setPen(QColor(theme.DIM))
            for lane in lanes:
                label = f"{lane.channel + 1} {self._info.channel_labels[lane.channel]}"
                painter.drawText(4, lane.bottom_px - 3, label)
        painter.end()
        return pixels


def next_step(steps: tuple[int, ...], value: int, by: int) -> int:
    """Return the step ``by`` places on from ``value``, at most to the end of the scale."""
    return steps[min(max(steps.index(value) + by, 0), len(steps) - 1)]


def _filter_words(settings: DetectorSettings) -> str:
    low_pass = (
        f"{settings.low_pass_hz / 1000:g} kHz"
        if settings.low_pass_hz >= 1000
        else f"{settings.low_pass_hz:g} Hz"
    )
    notch = f"notch {settings.notch_hz:g} Hz" if settings.notch_hz else "notch off"
    inverted = "  input inverted" if settings.polarity == "inverted" else ""
    return f"{settings.high_pass_hz:g} Hz – {low_pass}  {notch}{inverted}"
