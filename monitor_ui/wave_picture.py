"""``wave_picture``: waves on top of each other, as pixels."""

from functools import cache

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor, QImage

from myoscope.monitor_ui import _raster

Waves = npt.NDArray[np.float32]
_LAYERS = 256


def wave_picture(
    waves: Waves,
    size: tuple[int, int],
    zero_px: float,
    px_per_unit: float,
    colour: QColor,
    line_px: int = 1,
) -> QImage:
    """Return a picture of waves, transparent where there is none.

    Each column of pixels shows the whole range that a wave takes in it, and a pixel is the denser
    the more waves cross it. A painter's lines cost ten times as much.

    Parameters
    ----------
    waves : float32 array, shape (n_waves, n_samples)
        From the left edge to the right one.
    size
        Columns and rows.
    zero_px
        Row of 0.
    px_per_unit
        Rows for 1; a number below 0 draws what is negative upwards.
    colour
        Its alpha is that of a single wave.
    line_px
        Width of the lines.
    """
    (n_waves, n_samples), (columns, rows) = waves.shape, size
    form = QImage.Format.Format_ARGB32_Premultiplied
    if not n_waves:
        blank = QImage(columns, rows, form)
        blank.fill(0)
        return blank
    low = np.full((columns, n_waves), np.inf, np.float32)
    high = np.full((columns, n_waves), -np.inf, np.float32)
    before = np.full(n_waves, np.nan, np.float32)
    _raster.extend(np.ascontiguousarray(waves.T, np.float32), 0, n_samples, before, low, high)
    pixels = np.empty((rows, columns), np.uint32)
    edges = np.empty(rows + 1, np.int32)
    colours = _densities(colour.rgba())
    _raster.pile(low, high, zero_px, px_per_unit, line_px, colours, edges, pixels)
    borrowing = QImage(pixels.data, columns, rows, pixels.strides[0], form)
    return borrowing.copy()


@cache
def _densities(argb: int) -> npt.NDArray[np.uint32]:
    """Return 0xaarrggbb, premultiplied, of a pixel that 0, 1, 2, … waves cross."""
    colour = QColor.fromRgba(argb)
    through = (1.0 - colour.alphaF()) ** np.arange(_LAYERS)
    parts = np.array([255, colour.red(), colour.green(), colour.blue()])
    premultiplied = np.rint((1.0 - through)[:, np.newaxis] * parts).astype(np.uint32)
    packed: npt.NDArray[np.uint32] = premultiplied @ np.array([1 << 24, 1 << 16, 1 << 8, 1], "u4")
    return packed
