"""``SuperimposedPanel``: the newest potentials of a train on top of each other."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QPen

from myoscope.monitor_ui import wording
from myoscope.monitor_ui.labels import paint, say
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.plot_panel import Plot, PlotPanel, joined
from myoscope.monitor_ui.train_view import TrainView
from myoscope.monitor_ui.waveforms import Waveforms

BEFORE_MS, SHORT_MS, LONG_MS = 3.0, 12.0, 40.0
DURATIONS = 2.5
FAINT = 110


class SuperimposedPanel(PlotPanel):
    """The last 40 potentials of a train, and their mean.

    Parameters
    ----------
    waveforms
        Where they come from.
    """

    def __init__(self, waveforms: Waveforms) -> None:
        self._waveforms = waveforms
        plot = Plot("Superimposed potentials", "ms", "µV")
        super().__init__("SUPERIMPOSED", plot)
        self._view: TrainView | None = None
        self._drawn: tuple[object, ...] = ()
        self.curve = pg.PlotCurveItem(connect="finite", antialias=False)
        self.mean = pg.PlotCurveItem(antialias=False)
        plot.addItem(self.curve)
        plot.addItem(self.mean)
        self.redraw()

    def refresh(self, view: TrainView | None) -> None:
        """Show the newest potentials of this train."""
        self._view = view
        cuts = self._waveforms.of_train(view.train) if view is not None else []
        drawn = (view.train, view.kind, view.negative_up, cuts[-1].sample) if view and cuts else ()
        if drawn != self._drawn or not drawn:
            self._drawn = drawn
            self.redraw()

    def redraw(self) -> None:
        """Draw the potentials anew."""
        view = self._view
        cuts = self._waveforms.of_train(view.train) if view is not None else []
        if view is None or not cuts:
            say(self.heading, "SUPERIMPOSED  potentials")
            self.words.say("waits for a train" if view is None else "waits for potentials")
            paint(self.words, "")
            self.curve.setData([], [])
            self.mean.setData([], [])
            self.plots[0].setXRange(-BEFORE_MS, SHORT_MS, padding=0)
            self.plots[0].setYRange(-100, 100, padding=0)
            return
        say(self.heading, f"SUPERIMPOSED  last {len(cuts)}")
        times = self._waveforms.times_ms
        wanted = DURATIONS * view.duration_ms if view.duration_ms > 0 else SHORT_MS
        until = min(max(wanted, SHORT_MS), LONG_MS)
        inside = (times >= -BEFORE_MS) & (times <= until)
        waves = [cut.wave[inside] for cut in cuts]
        self.curve.setData(*joined(times[inside], waves), connect="finite")
        mean = np.mean(waves, axis=0)
        self.mean.setData(times[inside], mean)
        colour = QColor(self.look.colour_of(view.kind))
        pen = QPen(QColor(self.look.palette.text), 1.5 * self.look.scale)
        pen.setCosmetic(True)
        self.mean.setPen(pen)
        colour.setAlpha(FAINT)
        # Wide pens cost a hundred times as much as thin ones; the mean alone can have one.
        self.curve.setPen(QPen(colour, 0))
        reach = 1.6 * max(10.0, float(np.abs(mean).max()))
        plot = self.plots[0]
        plot.getPlotItem().getViewBox().invertY(view.negative_up)
        plot.setXRange(-BEFORE_MS, until, padding=0)
        plot.setYRange(-reach, reach, padding=0)
        mark = MARKS[view.kind]
        amplitude = wording.rounded_voltage(view.amplitude_uv)
        duration = f"{view.duration_ms:.1f} ms" if view.duration_ms > 0 else "– ms"
        self.words.say(
            f"{mark.sign} {mark.short}  {amplitude} pp · {duration} · n {view.potentials}"
        )
        paint(self.words, f"color: {self.look.colour_of(view.kind)}; font-weight: bold;")
