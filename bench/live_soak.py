"""Does a long live session hold? Losses, memory, lag, and what each part takes of a core.

    python bench/live_soak.py --minutes 10
    python bench/live_soak.py --minutes 1 --channels 8 --rate 20000 --scenario rest --json

``myoscope stream`` is the amplifier, in a process of its own, over LSL on loopback. What hears it
is the run behind ``myoscope record``: acquisition, core, mailbox and recorder. Linux only, as the
CPU time of each thread and the memory are read from /proc.

CPU is a share of one core. Acquisition is the reading of blocks and LSL's own threads; core is the
detector's call for each block; recorder is what it takes of the session's thread, and its own
threads. Lag is the age of a block's newest sample, when it is handed to the core (``arrived``) and
when every sink has it with its findings (``done``). Memory is judged while samples come; closing a
recording reads its journal, which takes more for a while.

The exit status is 1 if a sample was lost or the recording is not whole.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from pylsl import local_clock

from myoscope.acquisition.block import Block
from myoscope.acquisition.lsl_config import SESSION_VARIABLE, confine_to_loopback
from myoscope.acquisition.source import Source
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui import inputs
from myoscope.monitor_ui.app import Run
from myoscope.monitor_ui.progress import progress_bars
from myoscope.monitor_ui.signals import on_signals
from myoscope.recordings.reader import open_recording
from myoscope.recordings.verify import verify

STREAM = "soak"
# Rings and buffers are touched for the first time within this; memory is judged after it.
WARM_UP_S = 60.0
LOOK_S = 0.5
_NS = 1e-9
_BIN_MS, _BINS = 0.05, 200_000


class Meter:
    """CPU time of calls on one thread."""

    def __init__(self) -> None:
        self.cpu_s = 0.0

    def __enter__(self) -> None:
        self._began_s = time.thread_time()

    def __exit__(self, *_: object) -> None:
        self.cpu_s += time.thread_time() - self._began_s


class Lags:
    """Counts of lags, in memory that does not grow."""

    def __init__(self) -> None:
        self._counts = np.zeros(_BINS, np.int64)

    def add(self, block: Block, rate_hz: float) -> None:
        """Count the age of a block's newest sample."""
        newest_s = block.clock_s + (block.n_samples - 1) / rate_hz
        place = int(1e3 * (local_clock() - newest_s) / _BIN_MS)
        self._counts[min(max(place, 0), _BINS - 1)] += 1

    def percentiles_ms(self) -> dict[str, float]:
        """Return the median, the 99th percentile and the greatest lag."""
        heard = np.cumsum(self._counts)
        if not heard[-1]:
            return {"p50": float("nan"), "p99": float("nan"), "max": float("nan")}
        shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
        return {
            name: round(float(np.searchsorted(heard, share * heard[-1]) + 1) * _BIN_MS, 2)
            for name, share in shares.items()
        }


class MeteredSource:
    """A source whose reading is metered."""

    def __init__(self, source: Source, meter: Meter, arrived: Lags) -> None:
        self._source, self._meter, self._arrived = source, meter, arrived
        self.info, self.close = source.info, source.close

    @property
    def ended(self) -> bool:
        return self._source.ended

    @property
    def health(self) -> Any:
        return self._source.health

    def read_block(self, timeout_s: float) -> Block | None:
        with self._meter:
            block = self._source.read_block(timeout_s)
        if block is not None and block.n_samples:
            self._arrived.add(block, self.info.rate_hz)
        return block


class MeteredDetector:
    """A detector whose calls are metered."""

    def __init__(self, detector: Any, meter: Meter) -> None:
        self._detector, self._meter, self.finish = detector, meter, detector.finish

    def process(self, samples: Any, lost_before: int = 0) -> Any:
        with self._meter:
            return self._detector.process(samples, lost_before)


class MeteredSink:
    """A sink whose calls are metered."""

    def __init__(self, sink: Any, meter: Meter) -> None:
        self._sink, self._meter, self.finish = sink, meter, sink.finish

    def write(self, block: Block, findings: Any) -> None:
        with self._meter:
            self._sink.write(block, findings)


class LastSink:
    """The last one, which sees that all others have a block."""

    def __init__(self, done: Lags, rate_hz: float) -> None:
        self._done, self._rate_hz = done, rate_hz

    def write(self, block: Block, findings: Any) -> None:
        if block.n_samples:
            self._done.add(block, self._rate_hz)

    def finish(self, findings: Any) -> None:
        pass


class Process:
    """CPU time by thread and memory of a process, looked at now and then."""

    def __init__(self, pid: int) -> None:
        self._folder = Path("/proc", str(pid))
        self._names: dict[int, str] = {}
        self._cpu_s: dict[int, float] = {}
        self._before_s: dict[int, float] = {}
        self.memory_mb: list[tuple[float, float]] = []

    def look(self, at_s: float) -> None:
        """Read what it has used so far; of a thread that has ended, the last look counts."""
        if self._folder.name == str(os.getpid()):
            self._names |= {t.native_id: t.name for t in threading.enumerate() if t.native_id}
        try:
            for task in (self._folder / "task").iterdir():
                on_cpu_ns = int((task / "schedstat").read_text().split()[0])
                self._cpu_s[int(task.name)] = on_cpu_ns * _NS
            pages = int((self._folder / "statm").read_text().split()[1])
        except (FileNotFoundError, ProcessLookupError):  # it, or a thread, has just ended
            return
        self.memory_mb.append((at_s, pages * os.sysconf("SC_PAGE_SIZE") / 1e6))

    def begin(self) -> None:
        """Count CPU time from here on."""
        self.look(0.0)
        self._before_s = dict(self._cpu_s)

    def cpu_s(self) -> dict[str, float]:
        """Return CPU seconds by thread; threads that are not Python's are ``native``."""
        by_name: defaultdict[str, float] = defaultdict(float)
        for thread, cpu_s in self._cpu_s.items():
            used_s = cpu_s - self._before_s.get(thread, 0.0)
            by_name[self._names.get(thread, "native")] += used_s
        return dict(by_name)


def memory_words(process: Process, seconds: float) -> dict[str, float]:
    """Return how the memory of a process went while samples came, and at most when it closed."""
    warm_up_s = min(WARM_UP_S, seconds / 2)
    live = [row for row in process.memory_mb if warm_up_s <= row[0] <= seconds]
    at_s, memory_mb = np.array(live).T
    slope = np.polyfit(at_s, memory_mb, 1)[0] if len(at_s) > 1 else float("nan")
    return {
        "after_warm_up_mb": round(float(memory_mb[0]), 1),
        "most_mb": round(float(memory_mb.max()), 1),
        "end_mb": round(float(memory_mb[-1]), 1),
        "growth_mb_per_min": round(60 * float(slope), 3),
        "most_at_close_mb": round(max(mb for _, mb in process.memory_mb), 1),
    }


def soak(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Run the session and return what was measured."""
    seconds = 60.0 * arguments.minutes
    environment = {**os.environ, SESSION_VARIABLE: confine_to_loopback()}
    amplifier = subprocess.Popen(
        [
            *(sys.executable, "-m", "myoscope.monitor_ui", "stream", arguments.scenario),
            *("--name", STREAM, "--wait", "--seconds", str(seconds), "--seed", "1"),
            *("--channels", str(arguments.channels), "--rate", str(arguments.rate)),
        ],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        return _listen(arguments, folder, seconds, amplifier)
    finally:
        amplifier.kill()
        amplifier.communicate()


def _listen(
    arguments: argparse.Namespace, folder: Path, seconds: float, amplifier: "subprocess.Popen[str]"
) -> dict[str, Any]:
    assert amplifier.stdout is not None
    print(amplifier.stdout.readline().strip(), file=sys.stderr)
    source = inputs.open_stream(STREAM, wait_s=10.0)
    rate_hz = source.info.rate_hz
    run = Run(source, DetectorSettings(), record_to=folder, seconds=seconds)
    assert run.recorder is not None
    acquisition, core, mailbox, recorder = Meter(), Meter(), Meter(), Meter()
    arrived, done = Lags(), Lags()
    session = run.session
    session.source = MeteredSource(source, acquisition, arrived)
    session.detector = MeteredDetector(run.detector, core)
    session.sinks = (
        MeteredSink(run.mailbox, mailbox),
        MeteredSink(run.recorder, recorder),
        LastSink(done, rate_hz),
    )
    ours, theirs = Process(os.getpid()), Process(amplifier.pid)
    began_s = time.monotonic()
    with on_signals(run.stop), progress_bars() as bars:
        task = bars.add_task("live", total=seconds)
        ours.begin()
        theirs.begin()
        run.start()
        while run.running:
            ours.look(time.monotonic() - began_s)
            theirs.look(time.monotonic() - began_s)
            bars.update(task, completed=run.mailbox.elapsed_s)
            run.join(LOOK_S)
        bars.update(task, completed=seconds)
    if run.error is not None:
        print(f"the run ended before its time: {run.error}", file=sys.stderr)
    heard_s = run.mailbox.elapsed_s
    threads = {name: cpu_s / heard_s for name, cpu_s in ours.cpu_s().items()}
    recorder_threads = sum(
        share
        for name, share in threads.items()
        if name not in ("MainThread", "session", "LSL clock", "native")
    )
    lsl_threads = threads.get("native", 0.0) + threads.get("LSL clock", 0.0)
    with open_recording(folder) as recording:
        recorded, gaps = recording.n_samples, len(recording.gaps)
        found = {"potentials": len(recording.potentials), "alerts": len(recording.alerts)}
    health = run.mailbox.health
    return {
        "scenario": arguments.scenario,
        "channels": source.info.n_channels,
        "rate_hz": rate_hz,
        "heard_s": heard_s,
        "samples_recorded": recorded,
        "samples_wanted": round(seconds * rate_hz),
        "samples_lost": health.lost_samples,
        "samples_the_disk_was_too_slow_for": run.recorder.overrun_samples,
        "gaps": gaps,
        "recording_is_whole": verify(folder).is_whole,
        "recording_mb": round(sum(f.stat().st_size for f in folder.rglob("*")) / 1e6, 1),
        **found,
        "cpu_percent_of_a_core": {
            "acquisition": _percent(acquisition.cpu_s / heard_s + lsl_threads),
            "core": _percent(core.cpu_s / heard_s),
            "recorder": _percent(recorder.cpu_s / heard_s + recorder_threads),
            "mailbox": _percent(mailbox.cpu_s / heard_s),
            "whole process": _percent(sum(threads.values())),
            "virtual amplifier": _percent(sum(theirs.cpu_s().values()) / heard_s),
        },
        "threads_percent_of_a_core": {name: _percent(share) for name, share in threads.items()},
        "lag_ms": {"arrived": arrived.percentiles_ms(), "done": done.percentiles_ms()},
        "memory": {
            "process": memory_words(ours, heard_s),
            "virtual amplifier": memory_words(theirs, heard_s),
        },
    }


def _percent(share: float) -> float:
    return round(100 * share, 2)


def table(result: dict[str, Any]) -> str:
    """Return the result in words."""
    lines = [
        f"{result['channels']} channels x {result['rate_hz']:g} Hz x {result['heard_s']:.1f} s, "
        f"{result['scenario']}: {result['potentials']} potentials, {result['alerts']} alerts",
        f"{'samples':<28}{result['samples_recorded']} of {result['samples_wanted']} recorded, "
        f"{result['samples_lost']} lost in {result['gaps']} gaps, "
        f"{result['samples_the_disk_was_too_slow_for']} dropped by the disk",
        f"{'recording':<28}{result['recording_mb']} MB, "
        f"{'whole' if result['recording_is_whole'] else 'NOT WHOLE'}",
    ]
    for part, percent in result["cpu_percent_of_a_core"].items():
        lines.append(f"{'CPU, ' + part:<28}{percent:6.2f} % of a core")
    for what, lag in result["lag_ms"].items():
        lines.append(
            f"{'lag, ' + what:<28}p50 {lag['p50']:.2f}, p99 {lag['p99']:.2f}, "
            f"most {lag['max']:.2f} ms"
        )
    for what, memory in result["memory"].items():
        lines.append(
            f"{'memory, ' + what:<28}{memory['after_warm_up_mb']:.1f} MB warm, "
            f"{memory['end_mb']:.1f} MB at the end, "
            f"{memory['growth_mb_per_min']:+.3f} MB a minute, "
            f"{memory['most_at_close_mb']:.1f} MB with the closing"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--rate", type=float, default=20_000.0, help="Hz")
    parser.add_argument("--scenario", default="denervated-profuse")
    parser.add_argument("--out", type=Path, help="keep the recording in this new folder")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    arguments = parser.parse_args()
    if not Path("/proc/self/schedstat").exists():
        sys.exit("the CPU time of each thread is read from /proc, which is not there")
    with tempfile.TemporaryDirectory() as temporary:
        result = soak(arguments, arguments.out or Path(temporary) / "soak")
    print(json.dumps(result, indent=1) if arguments.json else table(result))
    kept = result["samples_recorded"] == result["samples_wanted"] and result["recording_is_whole"]
    sys.exit(0 if kept and not result["samples_lost"] else 1)


if __name__ == "__main__":
    main()
