"""``RhythmPanel``: how a train fires: the rates as a histogram, the intervals one by one."""

import numpy as np
from PySide6.QtGui import QColor, QResizeEvent

from myoscope.monitor_ui import wording
from myoscope.monitor_ui.labels import paint
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.plot_panel import Plot, PlotPanel, stepped
from myoscope.monitor_ui.plot_shapes import Bars, Dots, Values
from myoscope.monitor_ui.potential_log import PotentialLog
from myoscope.monitor_ui.train_view import TrainView

NEWEST = 300
BINS = 40
# In pixels at a scale of 1.
DOT_PX = 4
HEIGHT_FOR_BOTH = 160


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
        self._intervals_s = self._barred = self._dotted = np.empty(0)
        self.bars, self.dots = Bars(), Dots()
        self._histogram.addItem(self.bars)
        self._intervals.addItem(self.dots)
        self.redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the intervals where two plots would have no room."""
        super().resizeEvent(event)
        self._intervals.setVisible(self.height() >= self.look.px(HEIGHT_FOR_BOTH))

    def refresh(self, view: TrainView | None) -> None:
        """Read the intervals of this train."""
        self._view = view
        drawn = (view.train, view.kind, view.potentials) if view is not None else ()
        if drawn != self._drawn or not drawn:
            self._drawn = drawn
            self._intervals_s = self._newest_intervals()

    def present(self) -> None:
        """Show the rates."""
        if self._barred is not self._intervals_s:
            self._draw_rates()

    def present_intervals(self) -> None:
        """Show the intervals one by one, in another frame."""
        if self._dotted is not self._intervals_s:
            self._draw_intervals()

    def redraw(self) -> None:
        """Draw the rhythm anew."""
        self._draw_rates()
        self._draw_intervals()

    def _newest_intervals(self) -> Values:
        if self._view is None:
            return np.empty(0)
        samples = self._log.of_train(self._view.train)["sample"][-NEWEST:]
        intervals = np.diff(samples) / self._rate_hz
        return intervals[intervals > 0]

    def _draw_rates(self) -> None:
        view, intervals = self._view, self._intervals_s
        self._barred = intervals
        if view is None or len(intervals) < 2:
            self.words.say("waits for a train" if view is None else "waits for intervals")
            paint(self.words, "")
            self.bars.clear()
            self._histogram.show_range((0, 20), (0, 10))
            return
        colour = self.look.colour_of(view.kind)
        rates = 1.0 / intervals
        highest = stepped(max(2.0, 1.4 * float(np.percentile(rates, 95))))
        counts, edges = np.histogram(rates, BINS, (0.0, highest))
        self.bars.draw((edges[:-1] + edges[1:]) / 2, counts, QColor(colour))
        most = stepped(max(4.0, 1.15 * counts.max()))
        self._histogram.show_range((0.0, highest), (0.0, most))
        mark = MARKS[view.kind]
        self.words.say(f"{mark.sign} {wording.rhythm(view.rate_hz, view.interval_cv)}")
        paint(self.words, f"color: {colour}; font-weight: bold;")

    def _draw_intervals(self) -> None:
        view, intervals = self._view, self._intervals_s
        self._dotted = intervals
        if view is None or len(intervals) < 2:
            self.dots.clear()
            self._intervals.show_range((-20, 0), (0, 200))
            return
        numbers = np.arange(len(intervals)) - len(intervals)
        self.dots.dot_px = self.look.px(DOT_PX)
        self.dots.draw(numbers, 1000 * intervals, QColor(self.look.colour_of(view.kind)))
        longest = stepped(max(20.0, 1.3 * float(np.percentile(intervals, 98)) * 1000))
        self._intervals.show_range((-stepped(max(20, len(intervals))), 0), (0.0, longest))
