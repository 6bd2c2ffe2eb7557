"""``TriggeredPanel``: the newest sweeps triggered by one train, one below the other."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from myoscope.monitor_ui import wording
from myoscope.monitor_ui.labels import say
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.plot_panel import Plot, PlotPanel
from myoscope.monitor_ui.train_view import TrainView, waiting_for
from myoscope.monitor_ui.wave_lines import WaveLines
from myoscope.monitor_ui.waveforms import CutOut, Waveforms

SWEEPS = 12
BEFORE_MS, AFTER_MS = 5.0, 45.0


class TriggeredPanel(PlotPanel):
    """A raster of triggered sweeps, the newest at the bottom.

    Potentials of the train stand below each other; what else there is, moves. The height of a row
    follows the train's amplitude.

    Parameters
    ----------
    waveforms
        Where the sweeps come from.
    """

    def __init__(self, waveforms: Waveforms) -> None:
        self._waveforms = waveforms
        plot = Plot("Raster of triggered sweeps", "ms", "")
        super().__init__("RASTER", plot)
        self._view: TrainView | None = None
        self._cuts: list[CutOut] = []
        self._drawn: tuple[object, ...] = ()
        self._waits = False
        self._row_uv = 1.0
        self._trigger = pg.InfiniteLine(0.0, angle=90)
        plot.addItem(self._trigger)
        self.sweeps = WaveLines()
        plot.addItem(self.sweeps)
        plot.show_range((-BEFORE_MS, AFTER_MS), (-1.0, SWEEPS))
        self.redraw()

    def refresh(self, view: TrainView | None) -> None:
        """Read and draw the newest sweeps of this train."""
        self._view = view
        cuts = self._waveforms.of_train(view.train)[-SWEEPS:] if view is not None else []
        drawn = (view.train, view.kind, view.negative_up, cuts[-1].sample) if view and cuts else ()
        if drawn != self._drawn or not drawn:
            self._drawn, self._cuts, self._waits = drawn, cuts, True
            self._draw()

    def present(self) -> None:
        """Show what was drawn."""
        if self._waits:
            self._waits = False
            self._say()
            self.sweeps.update()

    def redraw(self) -> None:
        """Draw the sweeps anew."""
        self._trigger.setPen(QPen(QColor(self.look.palette.dim), 0, Qt.PenStyle.DotLine))
        self._waits = True
        self._draw()
        self.present()

    def _say(self) -> None:
        view = self._view
        if view is None or not self._cuts:
            say(self.heading, "RASTER  of triggered sweeps")
            self.words.say(waiting_for(view))
            return
        mark = MARKS[view.kind]
        say(self.heading, f"RASTER  last {len(self._cuts)} on {mark.sign} {mark.short}")
        self.words.say(f"row {wording.rounded_voltage(self._row_uv)}, newest below")

    def _draw(self) -> None:
        view = self._view
        if view is None or not self._cuts:
            self.sweeps.clear()
            return
        inside = self._waveforms.between(-BEFORE_MS, AFTER_MS)
        y = np.stack([cut.wave[inside] for cut in self._cuts])
        self._row_uv = max(1.0, 0.75 * float(np.median(np.ptp(y, axis=1))))
        rows = np.arange(len(y), dtype=np.float32)[::-1, np.newaxis]
        y = rows + (-y if view.negative_up else y) / np.float32(self._row_uv)
        self.sweeps.draw(y, QColor(self.look.colour_of(view.kind)))
