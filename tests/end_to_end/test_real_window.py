"""One session in a real window: an X display, a window manager, keys that are really pressed.

A virtual amplifier in a process of its own plays over LSL; the window and its session are two more.
Pictures of what is to be seen go to the folder that ``MYOSCOPE_SCREENSHOTS`` names.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from end_to_end.commands import PATIENCE_S, Bench, Program

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.inputs import GIVE_UP_AFTER_S
from myoscope.recordings.decisions import What
from myoscope.recordings.reader import open_recording
from myoscope.recordings.verify import verify

SCREEN = "1600x900x24"
TOOLS = ("Xvfb", "openbox", "xdotool", "import")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"no {', '.join(MISSING)} for a real window"),
]


class Screen:
    """An X display with a window manager, and a hand on its keyboard."""

    def __init__(self, display: str, pictures: Path) -> None:
        self.environment = {**os.environ, "DISPLAY": display}
        self._pictures = pictures
        self._window = ""

    def run(self, *words: str) -> str:
        done = subprocess.run(
            words, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        return done.stdout.strip()

    def find(self, title: str) -> None:
        """Wait for a window and turn to it."""
        until(lambda: bool(self.run("xdotool", "search", "--onlyvisible", "--name", title)), title)
        self._window = self.run("xdotool", "search", "--onlyvisible", "--name", title).split()[-1]
        self.run("xdotool", "windowsize", "--sync", self._window, "1580", "860")
        self.run("xdotool", "windowfocus", "--sync", self._window)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.run("xdotool", "key", key)
            time.sleep(0.15)

    def picture(self, name: str) -> np.ndarray:
        """Keep a picture of the screen; return it, shape (height, width, 3)."""
        path = self._pictures / f"{name}.png"
        self.run("import", "-window", "root", str(path))
        from PySide6.QtGui import QImage

        image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32)
        assert not image.isNull()
        pixels = np.frombuffer(image.constBits(), np.uint8)
        return pixels.reshape(image.height(), image.width(), 4)[:, :, :3].copy()


def until(it_is_so: Callable[[], bool], what: str) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not it_is_so():
        assert time.monotonic() < end_s, f"no {what}"
        time.sleep(0.1)


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    pictures = Path(os.environ.get("MYOSCOPE_SCREENSHOTS", tmp_path / "screenshots"))
    pictures.mkdir(parents=True, exist_ok=True)
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", SCREEN, "-nolisten", "tcp"],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as said:
        display = f":{said.readline().strip()}"
    screen = Screen(display, pictures.absolute())
    manager = subprocess.Popen(
        ["openbox"], env=screen.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    yield screen
    for process in (manager, server):
        process.terminate()
        process.wait(20)


@pytest.fixture
def bench(tmp_path: Path, screen: Screen, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="myo") as runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        monkeypatch.setenv("DISPLAY", screen.environment["DISPLAY"])
        monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
        with Bench(tmp_path) as bench:
            yield bench


def switch_on(bench: Bench) -> Program:
    amplifier = bench.myoscope(
        *("stream", "denervated-mild", "--name", bench.stream, "--wait"),
        *("--rate", 10_000, "--channels", 2, "--seed", 1, "--seconds", 120),
    )
    amplifier.wait_for("LSL stream")
    return amplifier


def decided(folder: Path, what: What) -> list:
    with open_recording(folder) as recording:
        return [made for made in recording.decisions.made if made.what is what]


def test_an_examination_in_a_real_window(bench: Bench, screen: Screen, tmp_path: Path) -> None:
    folder = tmp_path / "session-0142"
    switch_on(bench)
    window = bench.myoscope(
        *("monitor", "--stream", bench.stream, "--unit", "uV", "--no-sound"),
        *("--record", folder, "--audio-file", tmp_path / "sound.wav"),
    )
    screen.find("Myoscope")

    def alerts() -> int:
        try:
            with open_recording(folder) as recording:
                return len(recording.alerts)
        except Exception:  # it is just being made
            return 0

    until(lambda: alerts() > 0, "alert")
    screen.press("slash")
    screen.run("xdotool", "type", "--delay", "60", "tib ant")
    time.sleep(0.5)
    screen.picture("muscle")
    screen.press("Return")
    until(lambda: bool(decided(folder, What.MUSCLE)), "muscle in the recording")
    live = screen.picture("live")

    # Gain, sweep, marks; each is in the recording before the window has closed.
    screen.press("Down", "Left", "i", "m", "n")
    until(lambda: bool(decided(folder, What.SITE)), "site in the recording")
    assert decided(folder, What.MUSCLE)[0].value == "tibialis anterior"
    assert decided(folder, What.INSERTION)
    assert decided(folder, What.MARKER)
    screen.press("c")
    until(lambda: bool(decided(folder, What.CONFIRM)), "confirmation in the recording")
    screen.press("g", "f", "2")
    until(lambda: bool(decided(folder, What.GRADE)), "grade in the recording")
    (grade,) = decided(folder, What.GRADE)
    assert (grade.kind, grade.value) == (Kind.FIBRILLATION, "2+")

    # Freezing the picture freezes nothing else.
    screen.press("space")
    time.sleep(0.6)
    with open_recording(folder) as recording:
        before = recording.n_samples
    first = trace_of(screen.picture("frozen"))
    until(lambda: length_of(folder) > before + 15_000, "samples while frozen")
    assert (trace_of(screen.picture("frozen-later")) == first).mean() > 0.999
    screen.press("space")
    time.sleep(1.0)
    assert (trace_of(screen.picture("live-again")) == first).mean() < 0.999
    assert (trace_of(live) == first).mean() < 0.999

    for key, name in (("F11", "far-view"), ("d", "light"), ("F1", "keys")):
        screen.press(key)
        time.sleep(0.8)
        screen.picture(name)
        screen.press(key if key != "F1" else "Escape")
    # Words on a moment, the scrolling picture, a report while it goes on.
    screen.press("t")
    screen.run("xdotool", "type", "--delay", "60", "jumped")
    screen.press("Return", "w")
    until(lambda: len(decided(folder, What.MARKER)) == 2, "remark in the recording")
    assert decided(folder, What.MARKER)[1].value == "jumped"
    screen.picture("scroll")
    screen.press("w", "F2")
    until((folder / "report.pdf").exists, "report")
    screen.picture("report")

    # Stopped with two strokes, and another one begun.
    screen.press("ctrl+shift+r")
    time.sleep(0.5)
    screen.picture("stop-asked")
    assert state_of(folder) == "recording"
    screen.press("ctrl+shift+r")
    until(lambda: state_of(folder) == "closed", "end of the recording")
    screen.picture("stopped")
    screen.press("ctrl+r")
    until(lambda: len(list(tmp_path.glob("*/recording.zarr"))) == 2, "second recording")
    (second,) = {path.parent for path in tmp_path.glob("*/recording.zarr")} - {folder}
    until(lambda: length_of(second) > 10_000, "a second of it")
    screen.press("ctrl+q")
    assert window.end() == 0, window.err
    assert window.err == ""
    assert "0 samples lost" in window.out
    assert verify(second).is_whole
    assert decided(second, What.MUSCLE)[0].value == "tibialis anterior"
    with open_recording(folder) as recording:
        assert (recording.state, recording.lost) == ("closed", [])
    assert verify(folder).is_whole
    assert (tmp_path / "sound.wav").stat().st_size > 100_000

    # The same recording, to look through.
    review = bench.myoscope("review", folder, "--no-sound")
    screen.find("review of session-0142")
    time.sleep(1.0)
    screen.press("bracketright", "bracketright", "e")
    time.sleep(0.5)
    screen.picture("review-label")
    screen.press("x")
    until(lambda: bool(decided(folder, What.LABEL)), "label in the recording")
    screen.press("ctrl+z")
    until(lambda: bool(decided(folder, What.WITHDRAW)), "undo in the recording")
    screen.press("space")
    time.sleep(1.5)
    screen.picture("review")
    screen.press("ctrl+q")
    assert review.end() == 0, review.err
    assert verify(folder).is_whole


def test_a_window_that_is_killed_is_opened_again(
    bench: Bench, screen: Screen, tmp_path: Path
) -> None:
    folder = tmp_path / "r"
    switch_on(bench)
    words = ("--stream", bench.stream, "--unit", "uV", "--no-sound", "--record", folder)
    window = bench.myoscope("monitor", *words, name="first")
    screen.find("Myoscope")
    until(lambda: length_of(folder) > 20_000, "two seconds")
    window.process.send_signal(signal.SIGKILL)
    window.process.wait()
    killed_at = length_of(folder)
    until(lambda: length_of(folder) > killed_at + 20_000, "two more seconds without a window")
    again = bench.myoscope("monitor", "--attach", "any", "--no-sound", name="again")
    screen.find("Myoscope")
    time.sleep(1.5)
    screen.picture("opened-again")
    screen.press("m")
    until(lambda: bool(decided(folder, What.MARKER)), "mark in the recording")
    screen.press("ctrl+q")
    assert again.end() == 0, again.err
    assert "0 samples lost" in again.out
    with open_recording(folder) as recording:
        assert (recording.state, recording.lost) == ("closed", [])
        assert np.isfinite(recording.read(0, recording.n_samples)).all()


def test_an_amplifier_that_comes_back_is_gone_on_with(
    bench: Bench, screen: Screen, tmp_path: Path
) -> None:
    folder = tmp_path / "r"
    patient = bench.myoscope(
        *("simulate", "denervated-mild", tmp_path / "patient", "--seconds", 60, "--rate", 10_000)
    )
    assert patient.end() == 0, patient.err
    amplifier = bench.gated_amplifier(tmp_path / "patient")
    words = ("--stream", bench.stream, "--unit", "uV", "--no-sound", "--record", folder)
    window = bench.myoscope("monitor", *words)
    screen.find("Myoscope")
    amplifier.say("go")
    until(lambda: length_of(folder) > 20_000, "two seconds")
    amplifier.kill()
    time.sleep(2 * GIVE_UP_AFTER_S)
    screen.picture("stream-lost")
    assert state_of(folder) == "recording"
    before = length_of(folder)
    amplifier = bench.gated_amplifier(tmp_path / "patient")
    amplifier.say("go")
    away = round(2 * GIVE_UP_AFTER_S * 10_000)
    until(lambda: length_of(folder) > before + away + 30_000, "three more seconds")
    time.sleep(2)
    screen.picture("stream-back")
    screen.press("ctrl+q")
    assert window.end() == 0, window.err
    with open_recording(folder) as recording:
        ((_, lost),) = recording.lost
        assert lost > away
        assert recording.state == "closed"
        assert np.isfinite(recording.read(recording.n_samples - 20_000, recording.n_samples)).all()


def length_of(folder: Path) -> int:
    try:
        with open_recording(folder) as recording:
            return recording.n_samples
    except Exception:  # it is just being made
        return 0


def state_of(folder: Path) -> str:
    with open_recording(folder) as recording:
        return recording.state


def trace_of(screen: np.ndarray) -> np.ndarray:
    """The middle of the sweep, where nothing but the trace and its marks changes."""
    return screen[150:330, 320:1100]
