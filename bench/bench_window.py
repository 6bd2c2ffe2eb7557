"""Does the window keep up? CPU time of the window's thread for a frame, and what is painted late.

    python bench/bench_window.py
    python bench/bench_window.py --channels 8 --rate 20000 --ms-per-div 100

A thread writes noise with a spike in each 100 ms into the mailbox, every 10 ms; no detector and no
recorder run. ``late`` is the time from the writing of a sample to the painting of its column.
"""

import argparse
import os
import sys
import threading
import time
from dataclasses import replace

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.source import StreamHealth
from myoscope.dsp_core.findings import POTENTIAL_DTYPE, Findings
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.display_signal import DisplaySignal
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.monitor_ui.potential_log import PotentialLog
from myoscope.monitor_ui.theme import Look
from myoscope.monitor_ui.trace_panel import TracePanel

WRITE_S = 0.01


def produce(mailbox: Mailbox, stop: threading.Event, written: list[tuple[int, float]]) -> None:
    """Write what is due every 10 ms, with a potential on channel 1 ten times a second."""
    info = mailbox.info
    step = round(WRITE_S * info.rate_hz)
    noise = np.random.default_rng(0).normal(0, 10, (step * 50, info.n_channels))
    noise[:: step * 10] += 200.0
    noise = noise.astype(np.float32)
    start_s, sample = time.perf_counter(), 0
    while not stop.is_set():
        place = sample % len(noise)
        findings = Findings.none()
        if place % (step * 10) == 0:
            potentials = np.zeros(1, POTENTIAL_DTYPE)
            potentials["sample"], potentials["kind"], potentials["train"] = sample, 1, -1
            findings = replace(findings, potentials=potentials)
        mailbox.write(Block(noise[place : place + step].copy(), sample), findings)
        sample += step
        written.append((sample, time.perf_counter()))
        time.sleep(max(0.0, start_s + sample / info.rate_hz - time.perf_counter()))


def main() -> None:
    """Run the window's trace for a while and print the table's row."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--rate", type=float, default=48_000.0, help="Hz")
    parser.add_argument("--ms-per-div", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--one", action="store_true", help="show one channel, not all")
    arguments = parser.parse_args()

    application = QApplication(sys.argv[:1])
    labels = tuple(f"{channel + 1}" for channel in range(arguments.channels))
    info = StreamInfo("bench", arguments.rate, labels)
    mailbox = Mailbox(info, StreamHealth, lambda: np.ones(info.n_channels, np.float32))
    settings = DetectorSettings()
    signal, log = DisplaySignal(mailbox, settings), PotentialLog(mailbox)
    panel = TracePanel(mailbox, signal, log, settings)
    panel.setStyleSheet(Look().style())
    panel.resize(1536, 860)
    panel.show()
    channel = 0 if arguments.one else None
    panel.set_view(replace(panel.view, channel=channel, ms_per_div=arguments.ms_per_div))

    stop, written = threading.Event(), []
    producer = threading.Thread(target=produce, args=(mailbox, stop, written))
    frames_ms, gaps_ms, late_ms = [], [], []
    last_s = time.perf_counter()
    seen = 0

    def frame() -> None:
        nonlocal last_s, seen
        now_s, began_s = time.perf_counter(), time.thread_time()
        gaps_ms.append(1e3 * (now_s - last_s))
        last_s = now_s
        newest = mailbox.ring.newest
        signal.advance()
        log.update()
        panel.refresh()
        application.processEvents()  # the painting that the refresh has asked for
        frames_ms.append(1e3 * (time.thread_time() - began_s))
        painted_s = time.perf_counter()
        while seen < len(written) and written[seen][0] <= newest:
            late_ms.append(1e3 * (painted_s - written[seen][1]))
            seen += 1

    timer = QTimer()
    timer.timeout.connect(frame)
    producer.start()
    timer.start(16)
    QTimer.singleShot(round(arguments.seconds * 1000), application.quit)
    cpu_s = time.thread_time()
    application.exec()
    cpu_s = time.thread_time() - cpu_s
    stop.set()
    producer.join()

    def percentiles(values: list[float]) -> str:
        return " / ".join(f"{value:.1f}" for value in np.percentile(values[10:], [50, 99]))

    print(
        f"{arguments.channels} ch x {arguments.rate:g} Hz x {arguments.ms_per_div / 100:g} s, "
        f"{'one' if arguments.one else 'all'} shown: "
        f"{len(frames_ms) / arguments.seconds:.1f} frames/s, "
        f"frame CPU p50/p99 {percentiles(frames_ms)} ms, "
        f"frame gap {percentiles(gaps_ms)} ms, late {percentiles(late_ms)} ms, "
        f"window thread {100 * cpu_s / arguments.seconds:.0f} % of a core"
    )


if __name__ == "__main__":
    main()
