"""``WaveLines``: waves on top of each other in a plot."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from myoscope.monitor_ui.wave_picture import Waves, wave_picture


class WaveLines(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no types
    """Waves that begin and end with the view of a plot; their picture is made once and kept.

    ``draw`` makes it for where the view was last, so that ``update`` has only to show it.

    Attributes
    ----------
    waves : float32 array, shape (n_waves, n_samples)
        In the units of the plot.
    """

    def __init__(self) -> None:
        super().__init__()
        self._picture = QImage()
        self._ratio = 1.0
        self._place: tuple[int, int, float, float] | None = None
        self.clear()

    def clear(self) -> None:
        """Draw nothing."""
        self.draw(np.empty((0, 0), np.float32), QColor())

    def draw(self, waves: Waves, colour: QColor, line_px: int = 1) -> None:
        """Draw these waves and no others; the alpha of ``colour`` is that of a single one."""
        self.waves = waves
        self._colour, self._line_px = colour, line_px
        if self.waves.size and self._place is not None:
            self._make_picture(self._place)

    def boundingRect(self) -> QRectF:
        """Return the whole of the view."""
        rect: QRectF = self.viewRect() or QRectF()
        return rect

    def paint(self, painter: QPainter, *_: object) -> None:
        """Blit the picture; where the waves or the view have changed, make it first."""
        to_screen = painter.worldTransform()
        ratio = painter.deviceTransform().m11() / to_screen.m11()  # pixels for one of Qt's
        area = to_screen.mapRect(self.boundingRect())
        size = round(area.width() * ratio), round(area.height() * ratio)
        if not self.waves.size or min(size) < 1:
            return
        zero_px = (to_screen.map(QPointF(0, 0)).y() - area.top()) * ratio
        place = *size, zero_px, -to_screen.m22() * ratio
        if (place, ratio) != (self._place, self._ratio):
            self._place, self._ratio = place, ratio
            self._make_picture(place)
        painter.save()
        painter.resetTransform()
        painter.drawImage(area.topLeft(), self._picture)
        painter.restore()

    def _make_picture(self, place: tuple[int, int, float, float]) -> None:
        columns, rows, zero_px, px_per_unit = place
        line_px = round(self._line_px * self._ratio)
        size = columns, rows
        self._picture = wave_picture(self.waves, size, zero_px, px_per_unit, self._colour, line_px)
        self._picture.setDevicePixelRatio(self._ratio)
