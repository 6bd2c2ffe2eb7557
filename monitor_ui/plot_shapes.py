"""``Bars`` and ``Dots`` in the coordinates of a plot."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

Values = npt.NDArray[Any]


class _Shape(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no types
    """One value above each place.

    Attributes
    ----------
    x, y : array, shape (n_values,)
    """

    def __init__(self) -> None:
        super().__init__()
        self.clear()

    def clear(self) -> None:
        """Draw nothing."""
        self.draw(np.empty(0), np.empty(0), QColor())

    def draw(self, x: Values, y: Values, colour: QColor) -> None:
        """Draw these values and no others."""
        self.x, self.y, self._colour = x, y, colour
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the whole of the view."""
        rect: QRectF = self.viewRect() or QRectF()
        return rect


class Bars(_Shape):
    """A bar from 0 to each value, as wide as the places are apart."""

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw the bars."""
        width = float(self.x[1] - self.x[0]) if len(self.x) > 1 else 1.0
        for x, y in zip(self.x.tolist(), self.y.tolist(), strict=True):
            if y:
                painter.fillRect(QRectF(x - width / 2, 0.0, width, y), self._colour)


class Dots(_Shape):
    """A dot at each value; ``dot_px`` is its size."""

    dot_px = 4

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw the dots."""
        if not len(self.x):
            return  # Qt cannot draw a polygon of none
        pen = QPen(self._colour, self.dot_px)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawPoints(pg.functions.arrayToQPolygonF(self.x, self.y))
