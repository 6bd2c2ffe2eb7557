"""``RhythmPanel``: how a train fires: the rates as a histogram, the intervals one by one."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QBrush, QColor, QPen

from myoscope.monitor_ui import wording
from myoscope.monitor_ui.labels import paint
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.plot_panel import Plot, PlotPanel
from myoscope.monitor_ui.potential_log import PotentialLog
from myoscope.monitor_ui.train_view import TrainView

NEWEST = 300
BINS = 40
_STEPS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


class RhythmPanel(PlotPanel):
    """Histogram of 1 / interval above, the intervals in their order below.

    Parameters
    ----------
    log
        The potentials.
    rate_hz
        Sampling rate.
    """

    def __init__(self, log: PotentialLog, rate_hz: float) -> None:
        self._log = log
        self._rate_hz = rate_hz
        self._histogram = Plot("Histogram of firing rates", "Hz", "count")
        self._intervals = Plot("Intervals in their order", "interval number", "ms")
        super().__init__("FIRING RATE", self._histogram, self._intervals)
        self._view: TrainView | None = None
        self._drawn: tuple[object, ...] = ()
        self.bars = pg.BarGraphItem(x=[], height=[], width=1.0)
        self.dots = pg.ScatterPlotItem(size=4, pxMode=True)
        self._histogram.addItem(self.bars)
        self._intervals.addItem(self.dots)
        self.redraw()

    def refresh(self, view: TrainView | None) -> None:
        """Show the rhythm of this train."""
        self._view = view
        drawn = (view.train, view.kind, view.potentials) if view is not None else ()
        if drawn != self._drawn or not drawn:
            self._drawn = drawn
            self.redraw()

    def redraw(self) -> None:
        """Draw the rhythm anew."""
        view = self._view
        rows = self._log.of_train(view.train)[-NEWEST:] if view is not None else None
        intervals = np.diff(rows["sample"]) / self._rate_hz if rows is not None else np.empty(0)
        intervals = intervals[intervals > 0]
        if view is None or len(intervals) < 2:
            self.words.say("waits for a train" if view is None else "waits for intervals")
            paint(self.words, "")
            self.bars.setOpts(x=[], height=[])
            self.dots.setData([], [])
            self._histogram.setXRange(0, 20, padding=0)
            self._histogram.setYRange(0, 10, padding=0)
            self._intervals.setXRange(-20, 0, padding=0)
            self._intervals.setYRange(0, 200, padding=0)
            return
        colour = QColor(self.look.colour_of(view.kind))
        rates = 1.0 / intervals
        highest = stepped(max(2.0, 1.4 * float(np.percentile(rates, 95))))
        counts, edges = np.histogram(rates, BINS, (0.0, highest))
        width = edges[1] - edges[0]
        self.bars.setOpts(
            x=edges[:-1] + width / 2, height=counts, width=width, brush=QBrush(colour), pen=None
        )
        self._histogram.setXRange(0.0, highest, padding=0)
        self._histogram.setYRange(0.0, stepped(max(4.0, 1.15 * counts.max())), padding=0)
        longest = stepped(max(20.0, 1.3 * float(np.percentile(intervals, 98)) * 1000))
        self.dots.setData(
            np.arange(len(intervals)) - len(intervals),
            intervals * 1000,
            brush=QBrush(colour),
            pen=QPen(colour),
            size=self.look.px(3),
        )
        self._intervals.setXRange(-stepped(max(20, len(intervals))), 0, padding=0)
        self._intervals.setYRange(0.0, longest, padding=0)
        mark = MARKS[view.kind]
        self.words.say(f"{mark.sign} {wording.rhythm(view.rate_hz, view.interval_cv)}")
        paint(self.words, f"color: {self.look.colour_of(view.kind)}; font-weight: bold;")


def stepped(value: float) -> float:
    """Return the next of 1, 1.5, 2, 3, 4, 5, 6, 8 or 10 times a power of ten.

    An axis that ends there stands still for a while: one that follows every potential is not read.
    """
    power = 10.0 ** np.floor(np.log10(value))
    return float(power * next(step for step in _STEPS if step * power >= 0.9999 * value))
