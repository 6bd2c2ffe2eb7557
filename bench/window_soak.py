"""Does the bedside window hold for an hour? Memory and CPU of each of its processes.

    nice python bench/window_soak.py --minutes 60
    python bench/window_soak.py --minutes 2 --channels 2 --json

``myoscope stream`` is the amplifier, over LSL on loopback; ``myoscope monitor --record`` watches
it, offscreen, with its session in a process of its own, as at the bedside. Linux only: memory and
CPU time are read from /proc.

Memory is judged while samples come and after ``--warm-up`` minutes, in which rings and logs fill:
the growth is that of a line through what was seen from then on. The exit status is 1 if a process
grew by more than 5 MB an hour, a sample was lost or the recording is not whole.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from myoscope.acquisition.lsl_config import SESSION_VARIABLE, confine_to_loopback
from myoscope.bench.live_soak import Process
from myoscope.recordings.reader import open_recording
from myoscope.recordings.verify import verify

STREAM = "window soak"
LOOK_S = 2.0
GROWTH_MB = 5.0
_COMMAND = (sys.executable, "-m", "myoscope.monitor_ui")


def soak(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Watch a stream for a while and return what was measured."""
    seconds = 60 * arguments.minutes
    with tempfile.TemporaryDirectory(prefix="myo") as runtime:
        environment = {
            **os.environ,
            SESSION_VARIABLE: confine_to_loopback(),
            "QT_QPA_PLATFORM": "offscreen",
            "XDG_RUNTIME_DIR": runtime,
        }
        with subprocess.Popen(
            [
                *(*_COMMAND, "stream", arguments.scenario, "--name", STREAM, "--wait"),
                *("--seconds", str(seconds), "--seed", "1"),
                *("--channels", str(arguments.channels), "--rate", str(arguments.rate)),
            ],
            env=environment,
            stdout=subprocess.DEVNULL,
        ) as amplifier:
            try:
                with subprocess.Popen(
                    [
                        *(*_COMMAND, "monitor", "--no-sound", "--stream", STREAM),
                        *("--seconds", str(seconds), "--record", str(folder)),
                    ],
                    env=environment,
                    stdout=subprocess.DEVNULL,
                ) as window:
                    processes, status = _watch(window, Path(runtime) / "myoscope", amplifier.pid)
            finally:
                amplifier.kill()
    with open_recording(folder) as recording:
        recorded_s = recording.n_samples / recording.info.rate_hz
        lost = sum(count for _, count in recording.lost)
    return {
        "channels": arguments.channels,
        "rate_hz": arguments.rate,
        "scenario": arguments.scenario,
        "minutes": arguments.minutes,
        "recorded_s": round(recorded_s, 1),
        "lost_samples": lost,
        "recording_is_whole": verify(folder).is_whole,
        "status": status,
        "load": os.getloadavg(),
        "processes": {
            name: words(process, 60 * arguments.warm_up, recorded_s)
            for name, process in processes.items()
        },
    }


def _watch(
    window: "subprocess.Popen[bytes]", sessions: Path, amplifier_pid: int
) -> tuple[dict[str, Process], int]:
    """Look at the processes until the window has closed."""
    while not list(sessions.glob("*.json")):
        if window.poll() is not None:
            sys.exit("the window has not opened")
        time.sleep(0.1)
    (entry,) = sessions.glob("*.json")
    processes = {
        "window": Process(window.pid),
        "session": Process(int(json.loads(entry.read_text())["pid"])),
        "virtual amplifier": Process(amplifier_pid),
    }
    for process in processes.values():
        process.begin()
    began_s = time.monotonic()
    while window.poll() is None:
        for process in processes.values():
            process.look(time.monotonic() - began_s)
        time.sleep(LOOK_S)
    return processes, int(window.returncode)


def words(process: Process, warm_up_s: float, seconds: float) -> dict[str, float]:
    """Return memory and CPU of a process while samples came."""
    at_s, memory_mb = np.array([row for row in process.memory_mb if row[0] <= seconds]).T
    warm = at_s >= min(warm_up_s, seconds / 2)
    slope = np.polyfit(at_s[warm], memory_mb[warm], 1)[0] if warm.sum() > 1 else float("nan")
    return {
        "warm_mb": round(float(memory_mb[warm][0]), 1),
        "most_mb": round(float(memory_mb.max()), 1),
        "end_mb": round(float(memory_mb[-1]), 1),
        "growth_mb_per_hour": round(3600 * float(slope), 2),
        "cpu_percent_of_a_core": round(100 * sum(process.cpu_s().values()) / seconds, 1),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result in words."""
    lines = [
        f"{result['channels']} channels x {result['rate_hz']:g} Hz, {result['scenario']}: "
        f"{result['recorded_s']:g} s recorded, {result['lost_samples']} samples lost, "
        f"{'whole' if result['recording_is_whole'] else 'NOT WHOLE'}; "
        f"load {result['load'][0]:.1f}"
    ]
    for name, said in result["processes"].items():
        lines.append(
            f"  {name:<18} {said['warm_mb']:6.1f} MB warm, {said['end_mb']:6.1f} MB at the end, "
            f"{said['growth_mb_per_hour']:+.2f} MB an hour, {said['cpu_percent_of_a_core']:.0f} % "
            "of a core"
        )
    return "\n".join(lines)


def main() -> None:
    """Soak, and print what was measured."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--warm-up", type=float, default=10.0, help="minutes")
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--rate", type=float, default=20_000.0, help="Hz")
    parser.add_argument("--scenario", default="denervated-profuse")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    arguments = parser.parse_args()
    if not Path("/proc/self/schedstat").exists():
        sys.exit("memory and CPU time are read from /proc, which is not there")
    with tempfile.TemporaryDirectory() as temporary:
        result = soak(arguments, Path(temporary) / "soak")
    print(json.dumps(result, indent=1) if arguments.json else table(result))
    ours = [result["processes"][name] for name in ("window", "session")]
    grown = any(said["growth_mb_per_hour"] > GROWTH_MB for said in ours)
    sys.exit(grown or result["lost_samples"] > 0 or not result["recording_is_whole"])


if __name__ == "__main__":
    main()
