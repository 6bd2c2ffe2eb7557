"""The command line as a user and a script meet it."""

import csv
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from myoscope.acquisition.simulation import simulate
from myoscope.recordings.reader import open_recording

COMMANDS = [
    "streams", "monitor", "record", "analyze", "stream", "simulate", "info", "verify", "repair",
    "demo",
]  # fmt: skip
MODULE = [sys.executable, "-m", "myoscope.monitor_ui"]


def started(*words, **options):
    return subprocess.Popen(
        [*MODULE, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def modules_after(*words):
    """Names of the modules that a command has imported, and its exit status."""
    program = (
        "import sys, runpy\n"
        f"sys.argv = ['myoscope', *{[str(word) for word in words]!r}]\n"
        "try:\n    runpy.run_module('myoscope.monitor_ui', run_name='__main__')\n"
        "except SystemExit as end: status = end.code\n"
        "print('\\nMODULES', status, *sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    status, *names = out.splitlines()[-1].removeprefix("MODULES ").split()
    return status, {name.split(".")[0] for name in names}


@pytest.fixture(scope="module")
def emg(tmp_path_factory) -> Path:
    """Four seconds of fibrillations as a NumPy file at 10 kHz."""
    folder = tmp_path_factory.mktemp("emg")
    samples, _ = simulate("denervated-mild", 10_000.0, 1, 4.0, seed=1)
    np.save(folder / "patient.npy", samples)
    return folder / "patient.npy"


def recording_of(myoscope, folder, seconds=2, **options):
    words = [word for pair in options.items() for word in pair]
    status, out, err = myoscope(
        "simulate", "denervated-mild", folder, "--seconds", seconds, "--rate", "10000", *words
    )
    assert status == 0, err
    return out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(myoscope, command):
    status, out, _ = myoscope(command, "--help")
    assert status == 0
    assert f"Usage: myoscope {command}" in out


def test_the_help_lists_the_commands_and_the_exit_statuses(myoscope):
    status, out, _ = myoscope("--help")
    assert status == 0
    assert all(f"\n  {command} " in out for command in COMMANDS)
    assert "Exit status: 0 done" in out
    assert "no diagnosis" in out
    assert "..." not in out.split("Commands:")[1]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["fly"], "fly"),
        (
            ["monitor", "--console"],
            "give one of --stream NAME, --replay FILE or --simulate SCENARIO",
        ),
        (["record", "--simulate", "rest", "--replay", "a.edf"], "give one of"),
        (["record", "--simulate", "nothing"], "no scenario 'nothing'; wanted rest, "),
        (["simulate", "nothing", "out"], "no scenario 'nothing'; wanted rest, "),
        (["record", "--simulate", "rest", "--seconds", "-1"], "'--seconds'"),
        (["record", "--simulate", "rest", "--seconds", "inf"], "'--seconds'"),
        (["record", "--simulate", "rest", "--preset", "loud"], "'clinical' or 'sensitive'"),
        (["record", "--simulate", "rest", "--high-pass", "0"], "wanted 0.5 to 100"),
        (["record", "--simulate", "rest", "--notch", "55"], "0.0 or 50.0 or 60.0"),
        (["record", "--simulate", "rest", "--polarity", "up"], "'normal' or 'inverted'"),
        (["analyze", "a.edf"], "--out"),
        (["analyze", "a.edf", "--out", "x", "--workers", "0"], "'--workers'"),
    ],
)
def test_wrong_usage_is_status_2_and_says_what_was_wanted(myoscope, words, wanted):
    status, _, err = myoscope(*words)
    assert status == 2
    assert wanted in " ".join(err.split())
    assert "Traceback" not in err


def one_sentence(err, *parts):
    assert err.startswith("myoscope: ")
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err
    assert all(part in err for part in parts)


@pytest.mark.parametrize("command", ["info", "verify", "repair"])
@pytest.mark.parametrize("junk", ["missing", "empty folder", "text", "nothing in it"])
def test_junk_is_status_1_with_one_sentence(myoscope, tmp_path, command, junk):
    path = tmp_path / "junk.zarr"
    if junk == "empty folder":
        path.mkdir()
    elif junk == "text":
        path.write_text("this is no recording")
    elif junk == "nothing in it":
        path.touch()
    status, _, err = myoscope(command, path)
    assert status == 1
    one_sentence(err, "junk.zarr")


def test_a_failure_shows_its_traceback_only_with_debug(myoscope, tmp_path):
    status, _, err = myoscope("info", tmp_path / "none.edf")
    assert status == 1
    one_sentence(err, "none.edf")
    shown = subprocess.run(
        [*MODULE, "info", tmp_path / "none.edf", "--debug"], capture_output=True, text=True
    )
    assert shown.returncode == 1
    assert "Traceback" in shown.stderr


def test_recording_onto_something_that_is_there_is_refused(myoscope, emg, tmp_path):
    (tmp_path / "session").mkdir()
    status, _, err = myoscope("record", tmp_path / "session", "--simulate", "rest")
    assert status == 1
    one_sentence(err, "session", "exists already")


def test_a_window_without_a_display_is_refused_in_a_sentence(myoscope, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    status, _, err = myoscope("monitor", "--simulate", "rest")
    assert status == 1
    one_sentence(err, "no display", "--console")


def test_a_simulation_is_a_recording_with_its_truth(myoscope, tmp_path):
    out = recording_of(myoscope, tmp_path / "sim")
    assert f"Recording: {tmp_path / 'sim'}, 2.0 s" in out
    with (tmp_path / "sim" / "truth.csv").open() as file:
        truth = list(csv.DictReader(file))
    with open_recording(tmp_path / "sim") as recording:
        assert recording.state == "closed"
        assert recording.n_samples == 20_000
        assert len(recording.truth) == len(truth) > 0
        assert float(truth[0]["time_s"]) == pytest.approx(int(truth[0]["sample"]) / 10_000)
        _, known = simulate("denervated-mild", 10_000.0, 1, 2.0, seed=0)
        assert [int(row["sample"]) for row in truth] == known["sample"].tolist()
    status, out, _ = myoscope("verify", tmp_path / "sim")
    assert (status, out) == (0, f"{tmp_path / 'sim'}: 2.0 s, whole\n")


def test_a_damaged_recording_is_status_1_and_says_where(myoscope, tmp_path):
    recording_of(myoscope, tmp_path / "sim")
    chunk = tmp_path / "sim" / "recording.zarr" / "emg" / "signal" / "c.1.0"
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1
    chunk.write_bytes(content)
    status, out, _ = myoscope("verify", tmp_path / "sim")
    assert status == 1
    assert "damaged from 1.000 s to 2.000 s" in out


def test_info_says_what_a_recording_and_a_file_hold(myoscope, tmp_path, emg):
    recording_of(myoscope, tmp_path / "sim")
    status, out, _ = myoscope("info", tmp_path / "sim")
    assert status == 0
    words = {line.split("  ")[0]: line for line in out.splitlines()}
    assert "closed" in words["state"]
    assert "10000 Hz" in words["rate"]
    assert "1: needle 1" in words["channels"]
    assert "00:00:02.000, 20000 samples" in words["length"]


def test_repair_leaves_a_closed_recording_alone(myoscope, tmp_path):
    recording_of(myoscope, tmp_path / "sim")
    status, out, _ = myoscope("repair", tmp_path / "sim")
    assert status == 0
    assert "nothing to repair" in out


def test_a_replay_is_recorded_sample_by_sample(myoscope, emg, tmp_path):
    status, out, _ = myoscope(
        "record", tmp_path / "copy", "--replay", emg, "--rate", "10000", "--unit", "uV",
        "--speed", "50",
    )  # fmt: skip
    assert status == 0
    with open_recording(tmp_path / "copy") as recording:
        np.testing.assert_array_equal(recording.read(0, 40_000), np.load(emg))
    assert f"recording to {tmp_path / 'copy'}" in out
    assert f"Recording: {tmp_path / 'copy'}" in out
    assert "4.0 s of 1 channel at 10000 Hz" in out


def test_a_recording_in_a_wrong_unit_is_warned_of_and_is_no_muscle_at_rest(myoscope, emg, tmp_path):
    np.save(tmp_path / "volts.npy", np.load(emg) * 1e-6)
    status, out, err = myoscope(
        "record", tmp_path / "copy", "--replay", tmp_path / "volts.npy", "--rate", "10000",
        "--speed", "50",
    )  # fmt: skip
    assert status == 0
    assumed, doubted = err.splitlines()
    assert assumed.startswith("myoscope: warning: no unit is given in volts.npy: microvolts")
    assert doubted.endswith("is it in volts? (--unit V)")
    assert "By the first seconds not judged: its noise is 0.00000" in out
    assert "no spontaneous activity" not in out
    summary = json.loads((tmp_path / "copy" / "summary.json").read_text())
    assert len(summary["warnings"]) == 2
    assert summary["channels"][0]["suggested_grade"]["grade"] == "not judged"


def test_a_recording_without_a_name_is_named_by_date_and_time(myoscope, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, _, _ = myoscope("record", "--simulate", "rest", "--seconds", "0.1", "--speed", "20")
    assert status == 0
    [folder] = tmp_path.iterdir()
    assert time.strptime(folder.name, "%Y-%m-%d_%H-%M-%S")


def test_the_console_monitor_ends_by_saying_what_was_found(myoscope, tmp_path):
    status, out, _ = myoscope(
        "monitor", "--console", "--simulate", "denervated-mild", "--seed", "0", "--rate", "10000",
        "--seconds", "6", "--speed", "20", "--record", tmp_path / "s",
    )  # fmt: skip
    assert status == 0
    lines = out.splitlines()
    assert any("  ALERT  channel 1 needle 1: " in line for line in lines)
    assert any(line.startswith("Found: ") and "fibrillation" in line for line in lines)
    assert lines[-1] == f"Recording: {tmp_path / 's'}"


def test_the_window_monitor_closes_after_the_time_asked_for(myoscope, qapp, tmp_path):
    status, out, err = myoscope(
        "monitor", "--simulate", "rest", "--rate", "10000", "--seconds", "0.5", "--speed", "2",
        "--record", tmp_path / "s",
    )  # fmt: skip
    assert (status, err) == (0, "")
    assert out.splitlines()[-1] == f"Recording: {tmp_path / 's'}"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_close_the_recording(number, tmp_path):
    process = started("record", tmp_path / "s", "--simulate", "rest", "--rate", "10000")
    assert process.stdout.readline().startswith("recording to ")
    chunk = tmp_path / "s" / "recording.zarr" / "emg" / "signal" / "c.0.0"
    deadline_s = time.monotonic() + 60
    while not chunk.exists() and time.monotonic() < deadline_s:
        time.sleep(0.05)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert f"Recording: {tmp_path / 's'}" in out
    with open_recording(tmp_path / "s") as recording:
        assert recording.state == "closed"
        assert recording.n_samples > 10_000


def test_the_help_imports_nothing_heavy():
    status, modules = modules_after("--help")
    assert status == "0"
    assert not modules & {"numpy", "scipy", "zarr", "pylsl", "PySide6", "pyqtgraph"}


def test_files_and_simulations_need_neither_lsl_nor_qt(emg, tmp_path):
    status, modules = modules_after(
        "monitor", "--console", "--replay", emg, "--rate", "10000", "--speed", "100"
    )
    assert status == "0"
    assert not modules & {"pylsl", "PySide6", "pyqtgraph", "zarr"}
    for words in (
        ["simulate", "rest", tmp_path / "sim", "--seconds", "0.5"],
        ["analyze", emg, "--rate", "10000", "--out", tmp_path / "out"],
    ):
        status, modules = modules_after(*words)
        assert status == "0"
        assert not modules & {"pylsl", "PySide6", "pyqtgraph"}


def test_a_virtual_amplifier_is_listed_watched_and_recorded(tmp_path):
    environment = {**os.environ, "MYOSCOPE_LSL_SESSION": f"test-{secrets.token_hex(8)}"}
    amplifier = started(
        "stream", "als", "--name", "amplifier 7", "--rate", "10000", "--channels", "2",
        env=environment,
    )  # fmt: skip
    try:
        assert "LSL stream 'amplifier 7'" in amplifier.stdout.readline()
        listed = started("streams", "--wait", "5", env={**environment, "COLUMNS": "200"})
        out, err = listed.communicate(timeout=60)
        assert (listed.returncode, err) == (0, "")
        channels = r"2 \(needle 1, needle 2\) and 1 that is no EMG"
        assert re.search(rf"amplifier 7 +EMG +10000 +{channels} +microvolts +LSL", out)
        recorder = started(
            "record", tmp_path / "s", "--stream", "amplifier 7", "--seconds", "1.5", "--publish",
            env=environment,
        )  # fmt: skip
        out, err = recorder.communicate(timeout=60)
        assert (recorder.returncode, err) == (0, "")
        with open_recording(tmp_path / "s") as recording:
            assert recording.info.channel_labels == ("needle 1", "needle 2")
            assert recording.n_samples == 15_000
    finally:
        amplifier.send_signal(signal.SIGINT)
        out, err = amplifier.communicate(timeout=60)
    assert (amplifier.returncode, err) == (0, "")
    assert "samples sent" in out
    missed = started("record", tmp_path / "t", "--stream", "amplifier 7", "--wait", "0.5",
                     env=environment)  # fmt: skip
    _, err = missed.communicate(timeout=60)
    assert missed.returncode == 1
    one_sentence(err, "amplifier 7", "0.5 s")
    assert not (tmp_path / "t").exists()


def test_the_demonstration_runs_over_lsl_and_leaves_a_recording(tmp_path):
    """The whole way: an outlet in another process, the detector, the console and the disk."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    process = started("demo", "--seconds", "2", cwd=tmp_path, env=environment)
    out, err = process.communicate(timeout=90)
    assert (process.returncode, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("virtual patient: 1 channel at 20000 Hz; recording to ")
    [folder] = (tmp_path / "myoscope-demo").iterdir()
    assert lines[-1] == f"Recording: {folder.relative_to(tmp_path)}"
    with open_recording(folder) as recording:
        assert recording.n_samples == 40_000
        assert recording.lost == []
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["rate_hz"] == 20_000
