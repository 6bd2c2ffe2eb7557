"""Amplifiers that are switched off, recorders that are killed, and Ctrl-C, in real processes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from end_to_end.commands import Bench, Program

from myoscope.acquisition.simulation import simulate
from myoscope.recordings.reader import open_recording
from myoscope.recordings.verify import verify

SCENARIO, RATE_HZ, CHANNELS, SEED = "denervated-profuse", 10_000, 2, 3
MOST_S = 30  # no amplifier here plays longer

pytestmark = pytest.mark.slow


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Bench(tmp_path) as bench:
        yield bench


@pytest.fixture(scope="module")
def patient() -> np.ndarray:
    """What an amplifier sends from its first sample on, shape (n_samples, n_channels)."""
    samples, _ = simulate(SCENARIO, RATE_HZ, CHANNELS, MOST_S, SEED)
    return samples


def switch_on(bench: Bench) -> Program:
    """Start a virtual amplifier, which plays as soon as somebody listens."""
    amplifier = bench.myoscope(
        *("stream", SCENARIO, "--name", bench.stream, "--wait"),
        *("--rate", RATE_HZ, "--channels", CHANNELS, "--seed", SEED, "--seconds", MOST_S),
    )
    amplifier.wait_for("LSL stream")
    return amplifier


def samples_of(folder: Path) -> np.ndarray:
    with open_recording(folder) as recording:
        assert len(recording.gaps) == 0
        return recording.read(0, recording.n_samples)


def assert_sentence(program: Program, *words: str) -> None:
    """One line on stderr that holds the words, and no traceback."""
    (line,) = program.err.splitlines()
    assert line.startswith("myoscope: ")
    for word in words:
        assert word in line


# The amplifier is switched off


@dataclass(frozen=True)
class SwitchedOff:
    """Three who were listening when an amplifier was killed, at their ends."""

    recorder: Program
    recorder_with_length: Program
    monitor: Program
    statuses: tuple[int, int, int]
    folder: Path


@pytest.fixture(scope="module")
def switched_off(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwitchedOff]:
    folder = tmp_path_factory.mktemp("switched-off")
    with Bench(folder) as bench:
        amplifier = switch_on(bench)
        listen = ("--stream", bench.stream)
        recorder = bench.myoscope("record", folder / "whole", *listen, name="recorder")
        recorder.wait_for("recording to")
        with_length = bench.myoscope(
            "record", folder / "short", *listen, "--seconds", MOST_S, name="with length"
        )
        monitor = bench.myoscope("monitor", "--console", *listen)
        with_length.wait_for("recording to")
        monitor.wait_for("not recording")
        monitor.wait_for("ALERT")
        amplifier.kill()
        statuses = (recorder.end(), with_length.end(), monitor.end())
        yield SwitchedOff(recorder, with_length, monitor, statuses, folder)


def test_an_amplifier_that_is_switched_off_ends_the_recording(
    switched_off: SwitchedOff, patient: np.ndarray
) -> None:
    assert switched_off.statuses[0] == 0
    assert switched_off.recorder.err == ""
    samples = samples_of(switched_off.folder / "whole")
    assert f"{len(samples) / RATE_HZ:.1f} s of 2 channels" in switched_off.recorder.out
    assert verify(switched_off.folder / "whole").is_whole
    np.testing.assert_array_equal(samples, patient[: len(samples)])


def test_a_stream_that_ends_before_the_time_asked_for_fails_in_a_sentence(
    switched_off: SwitchedOff,
) -> None:
    assert switched_off.statuses[1] == 1
    assert_sentence(switched_off.recorder_with_length, "ended after", f"{MOST_S} s were asked for")
    with open_recording(switched_off.folder / "short") as recording:
        assert recording.state == "closed"
    assert verify(switched_off.folder / "short").is_whole


def test_the_text_monitor_says_that_no_samples_come_and_ends(switched_off: SwitchedOff) -> None:
    assert switched_off.statuses[2] == 0
    assert "no samples are coming" in switched_off.monitor.out
    assert switched_off.monitor.err == ""


def test_no_stream_of_that_name_is_a_sentence(bench: Bench, tmp_path: Path) -> None:
    recorder = bench.myoscope("record", tmp_path / "r", "--stream", "nobody", "--wait", 1)
    assert recorder.end() == 1
    assert_sentence(recorder, "'nobody'", "1 s")
    assert not (tmp_path / "r").exists()


# The recorder is killed


def test_a_killed_recorder_leaves_all_but_the_last_second(
    bench: Bench, tmp_path: Path, patient: np.ndarray
) -> None:
    amplifier = switch_on(bench)
    recorder = bench.myoscope("record", tmp_path / "r", "--stream", bench.stream)
    recorder.wait_for("recording to")
    second = tmp_path / "r" / "recording.zarr" / "emg" / "signal" / "c.3.0"
    recorder.wait_until(second.exists, "fourth second on the disk")
    recorder.kill()
    amplifier.interrupt()
    assert amplifier.end() == 0
    n_sent = int(amplifier.out.splitlines()[-1].split()[0])

    samples = samples_of(tmp_path / "r")
    # The second that was being filled is missing, and it may be the one that was being written.
    assert n_sent - len(samples) < 2 * RATE_HZ
    np.testing.assert_array_equal(samples, patient[: len(samples)])

    assert f"{len(samples)} samples" in said(bench, "info", tmp_path / "r")
    assert "never closed" in said(bench, "verify", tmp_path / "r", status=1)
    assert "repaired" in said(bench, "repair", tmp_path / "r")
    assert "whole" in said(bench, "verify", tmp_path / "r")
    np.testing.assert_array_equal(samples_of(tmp_path / "r"), samples)
    with open_recording(tmp_path / "r") as recording:
        assert recording.state == "recovered"
        assert len(recording.potentials) > 0


def said(bench: Bench, *words: object, status: int = 0) -> str:
    """Run a command and return what it says."""
    program = bench.myoscope(*words)
    assert program.end() == status, program.err
    assert program.err == ""
    return program.out


# Ctrl-C


def has_an_alert(folder: Path) -> bool:
    with open_recording(folder) as recording:
        return len(recording.alerts) > 0


def test_ctrl_c_ends_recorder_monitor_and_amplifier_in_good_order(
    bench: Bench, tmp_path: Path, patient: np.ndarray
) -> None:
    amplifier = switch_on(bench)
    recorder = bench.myoscope("record", tmp_path / "r", "--stream", bench.stream)
    recorder.wait_for("recording to")
    monitor = bench.myoscope(
        "monitor", "--console", "--record", tmp_path / "m", "--stream", bench.stream
    )
    monitor.wait_for("recording to")
    monitor.wait_for("ALERT")
    recorder.wait_until(lambda: has_an_alert(tmp_path / "r"), "an alert in the recording")
    for program in (recorder, monitor, amplifier):
        program.interrupt()
        assert program.end() == 0
        assert program.err == ""
    assert "samples sent" in amplifier.out
    for program, folder in ((recorder, tmp_path / "r"), (monitor, tmp_path / "m")):
        assert f"Recording: {folder}" in program.out
        assert "Found: " in program.out
        assert verify(folder).is_whole
        with open_recording(folder) as recording:
            assert recording.state == "closed"
            assert len(recording.alerts) > 0
    samples = samples_of(tmp_path / "r")
    np.testing.assert_array_equal(samples, patient[: len(samples)])


def test_ctrl_c_before_a_stream_was_found_says_nothing_and_leaves_nothing(
    bench: Bench, tmp_path: Path
) -> None:
    recorder = bench.myoscope("record", tmp_path / "r", "--stream", "nobody", "--wait", 3600)
    other = bench.myoscope("streams", "--wait", 1)  # by its end the recorder is searching, too
    assert other.end() == 0
    recorder.interrupt()
    assert recorder.end() == 130
    assert "Traceback" not in recorder.err
    assert not (tmp_path / "r").exists()
