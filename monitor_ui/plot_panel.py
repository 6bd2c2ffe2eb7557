"""``PlotPanel``: a heading, plots with axes and a line of words; what the small panels share."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsItem, QSizePolicy, QVBoxLayout

from myoscope.monitor_ui.labels import ElidedLabel, make_label
from myoscope.monitor_ui.theme import FONT, Look

_STEPS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


class Plot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Axes that cannot be dragged, in the colours of a look."""

    def __init__(self, name: str, bottom: str, left: str) -> None:
        super().__init__(enableMenu=False)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hideButtons()
        self._units = {"bottom": bottom, "left": left}
        self._shown: tuple[tuple[float, float], ...] = ()
        item = self.getPlotItem()
        item.layout.setContentsMargins(0, 8, 6, 0)
        item.getViewBox().setMouseEnabled(False, False)
        item.getViewBox().setDefaultPadding(0)
        for side, unit in self._units.items():
            item.getAxis(side).enableAutoSIPrefix(False)
            # Words cost more to draw than all the lines beside them.
            item.getAxis(side).setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
            if not unit:
                item.hideAxis(side)
        self.set_look(Look())

    def set_look(self, look: Look) -> None:
        """Draw axes in these colours and sizes."""
        palette = look.palette
        self.setBackground(palette.panel)
        font = QFont(FONT)
        font.setPixelSize(look.px(11))
        for side, unit in self._units.items():
            axis = self.getPlotItem().getAxis(side)
            axis.setPen(QPen(QColor(palette.graticule_zero), 0))
            axis.setTextPen(QColor(palette.dim))
            axis.setStyle(tickFont=font, tickLength=-look.px(4))
            axis.setLabel(unit, **{"color": palette.dim, "font-size": f"{look.px(11)}px"})
            if side == "left":
                axis.setWidth(look.px(48))
            else:
                axis.setHeight(look.px(34))

    def show_range(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Let the axes reach so far; axes that reach as far as before cost nothing."""
        if (x, y) != self._shown:
            self._shown = x, y
            self.getPlotItem().getViewBox().setRange(xRange=x, yRange=y, padding=0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Leave the press to the panel."""
        event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Do nothing."""
        event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Do nothing."""
        event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Do nothing."""
        event.ignore()


class PlotPanel(QFrame):
    """A panel with a heading above plots and words below them.

    Parameters
    ----------
    heading
        In capitals.
    plots
        From top to bottom.
    """

    def __init__(self, heading: str, *plots: Plot) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.look = Look()
        self.heading = make_label("heading", heading)
        self.words = ElidedLabel("words")
        # Words that change never move the panels beside.
        self.heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.plots = plots
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(2)
        column.addWidget(self.heading)
        for plot in plots:
            column.addWidget(plot, 1)
        column.addWidget(self.words)

    def set_look(self, look: Look) -> None:
        """Draw in these colours and sizes."""
        self.look = look
        for plot in self.plots:
            plot.set_look(look)
        self.redraw()

    def redraw(self) -> None:
        """Draw what is known anew."""

    def present(self) -> None:
        """Show what the last ``refresh`` drew, in a frame of its own."""


def stepped(value: float) -> float:
    """Return the next of 1, 1.5, 2, 3, 4, 5, 6, 8 or 10 times a power of ten.

    An axis that ends there stands still for a while: one that follows every potential is not read.
    """
    power = 10.0 ** np.floor(np.log10(value))
    return float(power * next(step for step in _STEPS if step * power >= 0.9999 * value))
