"""``SuperimposedPanel``: the newest potentials of a train on top of each other."""

import numpy as np
from PySide6.QtGui import QColor

from myoscope.monitor_ui import wording
from myoscope.monitor_ui.labels import paint, say
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.plot_panel import Plot, PlotPanel, stepped
from myoscope.monitor_ui.train_view import TrainView, waiting_for
from myoscope.monitor_ui.wave_lines import WaveLines
from myoscope.monitor_ui.waveforms import CutOut, Waveforms

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
        self._cuts: list[CutOut] = []
        self._drawn: tuple[object, ...] = ()
        self._waits = False
        self.waves, self.mean = WaveLines(), WaveLines()
        plot.addItem(self.waves)
        plot.addItem(self.mean)
        self.redraw()

    def refresh(self, view: TrainView | None) -> None:
        """Read and draw the newest potentials of this train."""
        self._view = view
        cuts = self._waveforms.of_train(view.train) if view is not None else []
        drawn = (view.train, view.kind, view.negative_up, cuts[-1].sample) if view and cuts else ()
        if drawn != self._drawn or not drawn:
            self._drawn, self._cuts, self._waits = drawn, cuts, True
            self._draw()

    def present(self) -> None:
        """Show what was drawn."""
        if self._waits:
            self._waits = False
            self._say()
            self.waves.update()
            self.mean.update()

    def redraw(self) -> None:
        """Draw the potentials anew."""
        self._waits = True
        self._draw()
        self.present()

    def _say(self) -> None:
        view = self._view
        if view is None or not self._cuts:
            say(self.heading, "SUPERIMPOSED  potentials")
            self.words.say(waiting_for(view))
            paint(self.words, "")
            return
        say(self.heading, f"SUPERIMPOSED  last {len(self._cuts)} of {view.potentials}")
        mark = MARKS[view.kind]
        amplitude = wording.rounded_voltage(view.amplitude_uv)
        duration = f"{view.duration_ms:.1f} ms" if view.duration_ms > 0 else "– ms"
        self.words.say(f"{mark.sign} {mark.short}  {amplitude} pp · {duration}")
        paint(self.words, f"color: {self.look.colour_of(view.kind)}; font-weight: bold;")

    def _draw(self) -> None:
        view = self._view
        if view is None or not self._cuts:
            self.waves.clear()
            self.mean.clear()
            self.plots[0].show_range((-BEFORE_MS, SHORT_MS), (-100, 100))
            return
        wanted = DURATIONS * view.duration_ms if view.duration_ms > 0 else SHORT_MS
        until = min(max(wanted, SHORT_MS), LONG_MS)
        inside = self._waveforms.between(-BEFORE_MS, until)
        waves = np.stack([cut.wave[inside] for cut in self._cuts])
        mean = waves.mean(axis=0)
        colour = QColor(self.look.colour_of(view.kind))
        colour.setAlpha(FAINT)
        self.waves.draw(waves, colour)
        self.mean.draw(mean[np.newaxis], QColor(self.look.palette.text), self.look.px(2))
        reach = stepped(1.5 * max(10.0, float(np.abs(mean).max())))
        plot = self.plots[0]
        plot.getPlotItem().getViewBox().invertY(view.negative_up)
        plot.show_range((-BEFORE_MS, until), (-reach, reach))
