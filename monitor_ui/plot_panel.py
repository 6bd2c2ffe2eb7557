"""``PlotPanel``: a heading, plots with axes and a line of words; what the small panels share."""

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout

from myoscope.monitor_ui.labels import ElidedLabel, make_label
from myoscope.monitor_ui.theme import FONT, Look

Curve = npt.NDArray[np.float32]


class Plot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Axes that cannot be dragged, in the colours of a look."""

    def __init__(self, name: str, bottom: str, left: str) -> None:
        super().__init__(enableMenu=False)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hideButtons()
        self._units = {"bottom": bottom, "left": left}
        item = self.getPlotItem()
        item.layout.setContentsMargins(0, 8, 6, 0)
        item.getViewBox().setMouseEnabled(False, False)
        item.getViewBox().setDefaultPadding(0)
        for side, unit in self._units.items():
            item.getAxis(side).enableAutoSIPrefix(False)
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


def joined(times: Curve, waves: list[Curve]) -> tuple[Curve, Curve]:
    """Return waves one after the other as one curve, with NaN where the pen is lifted."""
    if not waves:
        return np.empty(0, np.float32), np.empty(0, np.float32)
    y = np.full((len(waves), len(times) + 1), np.nan, np.float32)
    y[:, :-1] = waves
    x = np.empty_like(y)
    x[:, :-1], x[:, -1] = times, times[-1]
    return x.ravel(), y.ravel()


def thinned(times: Curve, wave: Curve, points: int) -> tuple[Curve, Curve]:
    """Return a wave in about so many points that keeps every highest and lowest value."""
    step = 2 * len(wave) // points
    if step < 3:
        return times, wave
    n = len(wave) // step * step
    bins = wave[:n].reshape(-1, step)
    first = bins.argmin(axis=1) < bins.argmax(axis=1)
    low, high = bins.min(axis=1), bins.max(axis=1)
    y = np.empty(2 * len(bins), np.float32)
    y[0::2], y[1::2] = np.where(first, low, high), np.where(first, high, low)
    x = np.repeat(times[:n:step], 2)
    x[1::2] += times[step // 2] - times[0]
    return x, y
