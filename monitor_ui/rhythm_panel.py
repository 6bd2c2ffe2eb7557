"""``RhythmPanel``: how a train fires: the rates as a histogram, the intervals one by one."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QBrush, QColor, QPen, QResizeEvent

from myoscope.monitor_ui import wording
from myoscope.monitor_ui.labels import paint
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.plot_panel import Plot, PlotPanel, Strokes, stepped
from myoscope.monitor_ui.potential_log import PotentialLog
from myoscope.monitor_ui.train_view import TrainView

NEWEST = 300
BINS = 40
# In pixels at a scale of 1.
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
        self.bars = pg.BarGraphItem(x=[], height=[], width=1.0)
        self.dots = Strokes(dots=True)
        self._histogram.addItem(self.bars)
        self._intervals.addItem(self.dots)
        self.redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the intervals where two plots would have no room."""
        super().resizeEvent(event)
        self._intervals.setVisible(self.height() >= self.look.px(HEIGHT_FOR_BOTH))

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
            self.dots.clear()
            self._histogram.show_range((0, 20), (0, 10))
            self._intervals.show_range((-20, 0), (0, 200))
            return
        colour = QColor(self.look.colour_of(view.kind))
        rates = 1.0 / intervals
        highest = stepped(max(2.0, 1.4 * float(np.percentile(rates, 95))))
        counts, edges = np.histogram(rates, BINS, (0.0, highest))
        width = edges[1] - edges[0]
        self.bars.setOpts(
            x=edges[:-1] + width / 2, height=counts, width=width, brush=QBrush(colour), pen=None
        )
        most = stepped(max(4.0, 1.15 * counts.max()))
        self._histogram.show_range((0.0, highest), (0.0, most))
        numbers = np.arange(len(intervals)) - len(intervals)
        self.dots.draw(numbers, 1000 * intervals[np.newaxis], QPen(colour, self.look.px(4)))
        longest = stepped(max(20.0, 1.3 * float(np.percentile(intervals, 98)) * 1000))
        self._intervals.show_range((-stepped(max(20, len(intervals))), 0), (0.0, longest))
        mark = MARKS[view.kind]
        self.words.say(f"{mark.sign} {wording.rhythm(view.rate_hz, view.interval_cv)}")
        paint(self.words, f"color: {self.look.colour_of(view.kind)}; font-weight: bold;")
