"""Make the pictures of the documentation.

    python docs/make_screenshots.py            all of them
    python docs/make_screenshots.py review     one of them

Opens the real windows, offscreen, on a virtual patient, and presses an examiner's keys.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from myoscope.acquisition.block import StreamInfo
from myoscope.acquisition.lsl_streams import StreamRow
from myoscope.dsp_core.kinds import Kind
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.app import Run
from myoscope.monitor_ui.inputs import open_scenario
from myoscope.monitor_ui.playback import Playback
from myoscope.monitor_ui.review import ReviewWindow
from myoscope.monitor_ui.session_plan import SessionPlan
from myoscope.monitor_ui.start_page import StartPage
from myoscope.monitor_ui.window import MonitorWindow
from myoscope.recordings.reader import open_recording
from myoscope.recordings.writer import RecordingWriter

IMAGES = Path(__file__).parent / "images"
RATE_HZ = 20_000.0
SECONDS = 14.0
SIZE = 1600, 900
Key = Qt.Key


def wait(seconds: float) -> None:
    """Let the window work; Qt's own waiting would hold up the session's thread."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        QApplication.processEvents()
        time.sleep(0.005)


def keep(window: QWidget, name: str) -> None:
    """Keep a picture of a window."""
    IMAGES.mkdir(exist_ok=True)
    window.grab().save(str(IMAGES / f"{name}.png"))
    print(IMAGES / f"{name}.png")


def examine(folder: Path, when_done: Callable[[MonitorWindow], None]) -> None:
    """Watch and record a virtual patient, say where the needle is, and grade."""
    source = open_scenario("denervated-mild", rate_hz=RATE_HZ, n_channels=1, seconds=None, seed=0)
    run = Run(source, DetectorSettings(), record_to=folder)
    run.examiner = "ND"
    run.start()
    while not run.mailbox.ring.newest:
        time.sleep(0.01)
    window = MonitorWindow(run)
    window.resize(*SIZE)
    window.show()
    window.examiner.choose_muscle("tibialis anterior", "right")
    wait(SECONDS / 2)
    QTest.keyClick(window, Key.Key_N)
    QTest.keyClick(window, Key.Key_I)
    wait(SECONDS / 2)
    window.examiner.grade(Kind.INSERTIONAL_ACTIVITY, "increased", "")
    QTest.keyClick(window, Key.Key_C)
    wait(0.7)
    when_done(window)
    window.close()
    run.close()


def monitor() -> None:
    """Picture the bedside window."""
    with tempfile.TemporaryDirectory() as folder:
        examine(Path(folder) / "session-0142", lambda window: keep(window, "monitor"))


def review() -> None:
    """Picture a recording that is looked through."""
    with tempfile.TemporaryDirectory() as folder:
        session = Path(folder) / "session-0142"
        examine(session, lambda window: None)
        playback = Playback(open_recording(session))
        window = ReviewWindow(playback)
        window.resize(*SIZE)
        window.show()
        playback.seek(playback.n_samples // 2)
        for _ in range(3):
            QTest.keyClick(window, Key.Key_BracketRight)
        wait(0.8)
        keep(window, "review")
        window.close()
        playback.close()


def start_page() -> None:
    """Picture what is offered where nobody has said what to watch."""
    with tempfile.TemporaryDirectory(prefix="recordings-") as folder:
        info = StreamInfo("needle", RATE_HZ, ("needle",))
        for number in (140, 141, 142):
            RecordingWriter(Path(folder) / f"session-0{number}", info).close()
        page = StartPage(replace(SessionPlan(), record_to="session-0143"), Path(folder))
        page._show_streams(
            [
                StreamRow("needle amplifier", "EMG", "amp-7", "bedside", 20_000.0, 8, "float32",
                          unit="microvolts"),
                StreamRow("keyboard", "Markers", "keys", "bedside", 0.0, 1, "string",
                          problem="has no regular rate"),
            ]
        )  # fmt: skip
        page.show()
        wait(0.2)
        keep(page, "start_page")
        page.close()


PICTURES = {made.__name__: made for made in (monitor, review, start_page)}

if __name__ == "__main__":
    application = QApplication(sys.argv[:1])
    for name in sys.argv[1:] or PICTURES:
        PICTURES[name]()
