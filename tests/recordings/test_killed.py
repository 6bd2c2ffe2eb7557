"""Recorders that are killed at random moments leave recordings that can be read."""

import importlib.util
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import xarray
import zarr

from myoscope.recordings.reader import open_recording
from myoscope.recordings.repair import repair
from myoscope.recordings.verify import verify

KILLS = 20
SPEED = 3.0  # seconds of signal in a second
PROGRAM = Path(__file__).with_name("killed_recorder.py")

_spec = importlib.util.spec_from_file_location("killed_recorder", PROGRAM)
assert _spec is not None
assert _spec.loader is not None
recorder = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(recorder)
RATE_HZ = recorder.RATE_HZ


def kill(process: int, folder: Path, after_s: float) -> tuple[int, int]:
    """Return (samples given to the recorder, samples it said were durable) when it was killed."""
    said = folder.with_suffix(".given")
    wait_until(lambda: said.exists() and said.stat().st_size > 0)
    time.sleep(after_s)
    os.kill(process, signal.SIGKILL)
    wait_until(lambda: not is_alive(process))
    text = said.read_text()
    given, durable = text[: text.rfind("\n")].splitlines()[-1].split()
    return int(given), int(durable)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(it_is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 60
    while not it_is_so():
        assert time.monotonic() < end_s
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="forks and kills as POSIX does")
def test_twenty_recorders_killed_at_random_moments_leave_twenty_readable_recordings(tmp_path):
    moments = random.Random(20261122)
    folders = [tmp_path / str(number) for number in range(KILLS)]
    with (
        subprocess.Popen(
            [sys.executable, str(PROGRAM), str(SPEED)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as program,
        ThreadPoolExecutor(5) as together,
    ):
        assert program.stdin is not None
        assert program.stdout is not None
        said = []
        for batch in range(0, KILLS, 5):
            killed = []
            for folder in folders[batch : batch + 5]:
                program.stdin.write(f"{folder}\n")
                program.stdin.flush()
                number = int(program.stdout.readline())
                killed.append(together.submit(kill, number, folder, moments.uniform(0.0, 2.0)))
            said += [kill.result() for kill in killed]
        program.stdin.close()
    missing_s = []
    for folder, (given, durable) in zip(folders, said, strict=True):
        check_what_is_left(folder, given, durable)
        missing_s.append(check_the_repair(folder, given))
    assert np.median(missing_s) < 1.0


def check_what_is_left(folder: Path, given: int, durable: int) -> None:
    with open_recording(folder) as recording:
        assert recording.state == "recording"
        assert not recording.is_being_written
        n_samples = recording.n_samples
        # The second that was being filled, and the one that the disk was at work on.
        assert durable <= n_samples
        assert given - n_samples < 2 * RATE_HZ
        wanted = recorder.signal(0, n_samples)
        assert recording.read(0, n_samples).tobytes() == wanted.tobytes()
        check_findings(recording, given)
    # Others see the second that was promised and not written as NaN.
    path = folder / "recording.zarr"
    with xarray.open_zarr(path, group="emg", consolidated=False) as emg:
        assert emg.signal.values[:n_samples].tobytes() == wanted.tobytes()
        assert np.isnan(emg.signal.values[n_samples:]).all()
    plain = zarr.open_group(path, mode="r", use_consolidated=False)["emg/signal"]
    assert plain[:n_samples].tobytes() == wanted.tobytes()


def check_findings(recording, given: int) -> None:
    samples = recording.potentials["sample"]
    assert len(samples) == len(np.unique(samples))
    # Findings are on the disk a second of the computer's clock after they were made.
    assert given - samples[-1] < 1.5 * SPEED * RATE_HZ if len(samples) else given < 4 * RATE_HZ
    # Alerts at once, or after the chunk that the disk is at work on.
    alerts = [
        sample // recorder.ALERT_EVERY
        for sample in range(0, given - RATE_HZ, recorder.ALERT_EVERY)
        if not np.isnan(recorder.signal(sample, sample + 1)).any()
    ]
    assert recording.alerts["alert"][: len(alerts)].tolist() == alerts


def check_the_repair(folder: Path, given: int) -> float:
    before = {p: p.read_bytes() for p in folder.rglob("c.*") if "signal" in p.parts}
    with open_recording(folder) as recording:
        potentials, lost = recording.potentials, recording.lost
        n_samples = recording.n_samples
    assert repair(folder).changed
    assert {p: p.read_bytes() for p in folder.rglob("c.*") if "signal" in p.parts} == before
    again = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert not repair(folder).changed
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == again
    with open_recording(folder) as recording:
        assert recording.state == "recovered"
        assert recording.n_samples == n_samples
        assert recording.potentials.tobytes() == potentials.tobytes()
        assert recording.lost == lost
    with xarray.open_zarr(folder / "recording.zarr", group="emg") as emg:
        assert emg.sizes["time"] == n_samples
    assert verify(folder).is_whole
    assert (folder / "events.csv").read_text().count("\n") == len(potentials) + 1
    return (given - n_samples) / RATE_HZ
