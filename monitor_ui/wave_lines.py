"""``WaveLines``: waves on top of each other in a plot."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from myoscope.monitor_ui.wave_picture import Waves, wave_picture


class WaveLines(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no types
    """Waves that begin and end with the view of a plot; their picture is made once and kept.

    Attributes
    ----------
    waves : float32 array, shape (n_waves, n_samples)
        In the units of the plot.
    """

    def __init__(self) -> None:
        super().__init__()
        self._picture = QImage()
        self.clear()

    def clear(self) -> None:
        """Draw nothing."""
        self.draw(np.empty((0, 0), np.float32), QColor())

    def draw(self, waves: Waves, colour: QColor, line_px: int = 1) -> None:
        """Draw these waves and no others; the alpha of ``colour`` is that of a single one."""
        self.waves = waves
        self._colour, self._line_px = colour, line_px
        self._place: tuple[float, ...] = ()
        self.update()

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
        if place != self._place:
            self._place = place
            self._picture = wave_picture(
                self.waves, size, *place[2:], self._colour, round(self._line_px * ratio)
            )
            self._picture.setDevicePixelRatio(ratio)
        painter.save()
        painter.resetTransform()
        painter.drawImage(area.topLeft(), self._picture)
        painter.restore()
