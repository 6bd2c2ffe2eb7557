"""Does the window keep up? The whole bedside window, offscreen, on a stream that never pauses.

    python bench/bench_window.py                             64 channels, 48 kHz, sweep of 10 s
    python bench/bench_window.py --channels 8 --rate 20000 --ms-per-div 100 --one
    python bench/bench_window.py --seconds 3600              one hour: does memory grow?

A thread writes noise into the mailbox every 10 ms, with a fibrillation in each 100 ms and its train
and alert; no detector and no recorder run. Measured after ``--warm-up`` seconds, in which the rings
fill:

- frames a second, and what the window's thread takes of a core, painting included;
- ``column``: from the writing of a sample to the end of the painting that shows it;
- ``finding``: the same for the writing of a potential and its mark above the trace;
- memory at the beginning and at the end;
- ``key``: from a key of gain or freezing that is posted to the window to the end of the painting
  that answers it, in 20 seconds after the others;
- ``start``: of ``myoscope monitor`` on a virtual patient, whose session runs in a process of its
  own: from the start of the interpreter to the first painting and to the first signal on it, and
  the processor time of both processes.
"""

import argparse
import os
import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QRect, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.source import StreamHealth
from myoscope.dsp_core.findings import ALERT_DTYPE, POTENTIAL_DTYPE, TRAIN_DTYPE, Findings
from myoscope.dsp_core.kinds import Kind
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.app import Run
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.monitor_ui.window import MonitorWindow

WRITE_S = 0.01
POTENTIAL_EVERY = 10  # writings
KEY_S = 0.7
SIZE = (1680, 1000)
KEYS_S = 20.0
WANTED = "wanted: 55 frames/s, 15 % of a core, column p99 35 ms, finding and key 100 ms, start 2 s"
WATCH = ("monitor", "--no-sound", "--simulate", "denervated-mild")
START = """
import sys, time
from myoscope.monitor_ui import cli

def show(run, sound, close_at_end=False):
    from PySide6.QtWidgets import QApplication
    from myoscope.monitor_ui.window import MonitorWindow
    application = QApplication(sys.argv[:1])
    window = MonitorWindow(run)
    window.show()
    while not window.trace.picture.any():
        application.processEvents()
    application.processEvents()
    painted_s = time.time()
    while not window.trace.shown_to:
        application.processEvents()
        time.sleep(0.001)
    print(painted_s - began_s, time.time() - began_s, time.process_time())
    window.close()
    run.close()

began_s = float(sys.argv.pop())
cli._show = show
cli.main()
"""


class Silent:
    """A live stream on which nothing comes: the bench writes into the mailbox itself."""

    def __init__(self, info: StreamInfo) -> None:
        self.info = info
        self.ended = False
        self.health = StreamHealth(effective_rate_hz=info.rate_hz, lag_ms=10.0)

    def read_block(self, timeout_s: float) -> Block | None:
        """Wait for nothing."""
        del timeout_s

    def close(self) -> None:
        """End."""
        self.ended = True


@dataclass
class Written:
    """When what was written; appended by one thread and read by another."""

    samples: list[tuple[int, float]] = field(default_factory=list)
    potentials: list[tuple[int, float]] = field(default_factory=list)


def produce(mailbox: Mailbox, stop: threading.Event, written: Written) -> None:
    """Write what is due every 10 ms, and ten potentials of one train a second."""
    info = mailbox.info
    step = round(WRITE_S * info.rate_hz)
    noise = np.random.default_rng(0).normal(0, 10, (step * 50, info.n_channels))
    noise[:: step * POTENTIAL_EVERY] += 200.0
    noise = noise.astype(np.float32)
    start_s, sample, number = time.perf_counter(), 0, 0
    while not stop.is_set():
        place = sample % len(noise)
        findings = Findings.none()
        found = place % (step * POTENTIAL_EVERY) == 0
        if found:
            number += 1
            findings = _findings(sample, number, number == 20)
        mailbox.write(Block(noise[place : place + step].copy(), sample), findings)
        now_s = time.perf_counter()
        if found:
            written.potentials.append((sample, now_s))
        sample += step
        written.samples.append((sample, now_s))
        time.sleep(max(0.0, start_s + sample / info.rate_hz - time.perf_counter()))


def _findings(sample: int, number: int, alert: bool) -> Findings:
    potentials = np.zeros(1, POTENTIAL_DTYPE)
    potentials["sample"], potentials["kind"] = sample, Kind.FIBRILLATION
    potentials["amplitude_uv"], potentials["duration_ms"] = 200.0, 3.0
    trains = np.zeros(1, TRAIN_DTYPE)
    trains["offset_sample"], trains["potentials"] = sample, number
    trains["kind"], trains["rate_hz"], trains["interval_cv"] = Kind.FIBRILLATION, 10.0, 0.02
    trains["confidence"] = 0.99
    alerts = np.zeros(int(alert), ALERT_DTYPE)
    alerts["cleared_sample"], alerts["kind"], alerts["raised_sample"] = (
        -1,
        Kind.FIBRILLATION,
        sample,
    )
    return Findings(potentials, trains, alerts)


class Measured(MonitorWindow):
    """The window, with a clock beside each frame."""

    def __init__(self, run: Run, written: Written) -> None:
        self.written = written
        self.measuring = False
        self.frames_ms: list[float] = []
        self.gaps_ms: list[float] = []
        self.column_ms: list[float] = []
        self.finding_ms: list[float] = []
        self.key_ms: list[float] = []
        self._last_s = time.perf_counter()
        self._seen = self._found = 0
        self._keys = [Qt.Key.Key_Up, Qt.Key.Key_Space, Qt.Key.Key_Space, Qt.Key.Key_Down]
        self._pressed_s: float | None = None
        self._answered = False
        super().__init__(run)

    def press(self) -> None:
        """Post a key, as the window system would; measure one at a time."""
        if self._pressed_s is None:
            key = self._keys[len(self.key_ms) % len(self._keys)]
            text = " " if key == Qt.Key.Key_Space else ""
            event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, text)
            self._pressed_s, self._answered = time.perf_counter(), False
            QCoreApplication.postEvent(self, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Answer the key."""
        super().keyPressEvent(event)
        self._answered = True

    def _tick(self) -> None:
        now_s, began_s = time.perf_counter(), time.thread_time()
        newest = self.run.mailbox.ring.newest
        frozen = self.trace.frozen
        super()._tick()
        QApplication.processEvents()  # the painting that the frame has asked for
        painted_s = time.perf_counter()
        if self._answered and self._pressed_s is not None:
            self.key_ms.append(1e3 * (painted_s - self._pressed_s))
            self._pressed_s = None
        shown = self.measuring and not frozen
        if self.measuring:
            self.frames_ms.append(1e3 * (time.thread_time() - began_s))
            self.gaps_ms.append(1e3 * (now_s - self._last_s))
        self._last_s = now_s
        self._seen = _note(self.written.samples, self._seen, newest, painted_s,
                           self.column_ms if shown else None)  # fmt: skip
        self._found = _note(self.written.potentials, self._found, newest - 1, painted_s,
                            self.finding_ms if shown else None)  # fmt: skip


def _note(
    written: list[tuple[int, float]],
    seen: int,
    newest: int,
    painted_s: float,
    into: list[float] | None,
) -> int:
    """Note how late what was written is shown; return how much of it has been."""
    while seen < len(written) and written[seen][0] <= newest:
        if into is not None:
            into.append(1e3 * (painted_s - written[seen][1]))
        seen += 1
    return seen


def memory_mb() -> float:
    """Return what this process holds of memory now; NaN where that cannot be told."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return float("nan")
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def start() -> tuple[float, ...]:
    """Start a window anew; return until when it is painted and shows signal, and CPU times.

    Returns
    -------
    painted_s, signal_s
        From the start of the interpreter.
    window_cpu_s, session_cpu_s
        Processor time of the two processes, that of the session with its end.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", START, *WATCH, str(time.time())],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    painted_s, signal_s, window_cpu_s = map(float, done.stdout.split()[:3])
    return painted_s, signal_s, window_cpu_s, cpu_s - window_cpu_s


def main() -> None:
    """Run the window for a while and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--rate", type=float, default=48_000.0, help="Hz")
    parser.add_argument("--ms-per-div", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--warm-up", type=float, default=30.0)
    parser.add_argument("--one", action="store_true", help="show one channel, not all")
    parser.add_argument("--scroll", action="store_true", help="let the picture scroll")
    parser.add_argument("--starts", type=int, default=3, help="how often to start a window anew")
    arguments = parser.parse_args()

    starts = [start() for _ in range(arguments.starts)]
    application = QApplication(sys.argv[:1])
    labels = tuple(f"{channel + 1}" for channel in range(arguments.channels))
    run = Run(Silent(StreamInfo("bench", arguments.rate, labels)), DetectorSettings())
    written = Written()
    window = Measured(run, written)
    window.setGeometry(QRect(0, 0, *SIZE))
    window.show()
    window.show_channel(0 if arguments.one else None)
    window.trace.set_view(
        replace(window.trace.view, ms_per_div=arguments.ms_per_div, scrolls=arguments.scroll)
    )
    stop = threading.Event()
    producer = threading.Thread(target=produce, args=(run.mailbox, stop, written))
    keys = QTimer()
    keys.timeout.connect(window.press)
    began: list[float] = []

    ended: list[float] = []

    def begin() -> None:
        window.measuring = True
        began[:] = [time.thread_time(), memory_mb()]

    def end() -> None:
        window.measuring = False
        ended[:] = [time.thread_time(), memory_mb()]
        keys.start(round(1000 * KEY_S))

    producer.start()
    until_s = arguments.warm_up
    QTimer.singleShot(round(1000 * until_s), begin)
    until_s += arguments.seconds
    QTimer.singleShot(round(1000 * until_s), end)
    QTimer.singleShot(round(1000 * (until_s + KEYS_S)), application.quit)
    application.exec()
    keys.stop()
    share = 100 * (ended[0] - began[0]) / arguments.seconds
    grown_mb = ended[1] - began[1]
    stop.set()
    producer.join()
    window.close()
    run.close()

    def percentiles(values: list[float]) -> str:
        return "p50 {:.1f}, p99 {:.1f} ms".format(*np.percentile(values, [50, 99]))

    print(
        f"{arguments.channels} ch x {arguments.rate:g} Hz x {arguments.ms_per_div / 100:g} s, "
        f"{'one' if arguments.one else 'all'} shown, {'scroll' if arguments.scroll else 'sweep'}, "
        f"{SIZE[0]} x {SIZE[1]}, "
        f"{arguments.seconds:g} s, load {os.getloadavg()[0]:.1f}"
    )
    print(f"  {len(window.frames_ms) / arguments.seconds:.1f} frames/s, {share:.0f} % of a core")
    print(f"  frame    {percentiles(window.frames_ms)} of CPU; apart {percentiles(window.gaps_ms)}")
    print(f"  column   {percentiles(window.column_ms)}")
    print(f"  finding  {percentiles(window.finding_ms)}")
    print(f"  key      {percentiles(window.key_ms)}, {len(window.key_ms)} keys")
    print(f"  memory   {began[1]:.0f} MB, grown by {grown_mb:.1f} MB")
    for painted_s, signal_s, window_cpu_s, session_cpu_s in starts:
        print(
            f"  start    painted after {painted_s:.2f} s, signal after {signal_s:.2f} s; "
            f"CPU {window_cpu_s:.2f} s, its session {session_cpu_s:.2f} s"
        )
    print(f"  {WANTED}")


if __name__ == "__main__":
    main()
