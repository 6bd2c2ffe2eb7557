"""Make the pictures of the documentation.

    python docs/make_screenshots.py

Opens the real window, offscreen, on a virtual patient, and lets it run for some seconds.
"""

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.app import Run
from myoscope.monitor_ui.inputs import open_scenario
from myoscope.monitor_ui.window import MonitorWindow

IMAGES = Path(__file__).parent / "images"
RATE_HZ = 20_000.0
SECONDS = 12.0


def take(name: str, scenario: str, seed: int, **view: int) -> None:
    """Run a scenario and keep a picture of the window as ``name``."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        source = open_scenario(scenario, rate_hz=RATE_HZ, n_channels=1, seconds=None, seed=seed)
        run = Run(source, DetectorSettings(), record_to=Path(folder) / "session-0142")
        run.start()
        window = MonitorWindow(run)
        window.trace.set_view(replace(window.trace.view, **view))
        window.show()

        def keep() -> None:
            IMAGES.mkdir(exist_ok=True)
            window.grab().save(str(IMAGES / name))
            window.close()

        QTimer.singleShot(round(SECONDS * 1000), keep)
        application.exec()
        run.close()


if __name__ == "__main__":
    take("monitor.png", "denervated-mild", seed=0)
