"""Archives through the same detector: tables for each input, and a sentence for each bad one."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from myoscope.acquisition.simulation import simulate
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.analyze import plan_jobs
from myoscope.monitor_ui.file_words import FileWords

TABLES = ["alerts.csv", "events.csv", "summary.json", "trains.csv"]
RATE = ["--rate", "10000", "--unit", "uV"]


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    """Two patients and two bad files, in two folders that share a name."""
    root = tmp_path_factory.mktemp("archive")
    for folder, seed in (("left", 1), ("right", 2)):
        (root / folder).mkdir()
        samples, _ = simulate("denervated-profuse", 10_000.0, 1, 6.0, seed=seed)
        np.save(root / folder / "patient.npy", samples)
    (root / "empty.npy").touch()
    (root / "words.npy").write_text("no numbers here")
    return root


def tables(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in TABLES}


def events(folder: Path) -> list[str]:
    return (folder / "events.csv").read_text().splitlines()


def test_each_input_gets_its_tables_in_a_folder_named_after_it(myoscope, archive, tmp_path):
    status, out, err = myoscope("analyze", archive / "left" / "patient.npy", "--out", tmp_path,
                                *RATE)  # fmt: skip
    assert (status, err) == (0, "")
    assert [folder.name for folder in tmp_path.iterdir()] == ["patient"]
    assert set(TABLES) <= {path.name for path in (tmp_path / "patient").iterdir()}
    assert len(events(tmp_path / "patient")) > 10
    assert "6.0 s, " in out
    assert "fibrillation" in out


@pytest.mark.parametrize("options", [["--block-ms", "0.1"], ["--block-ms", "5000"]])
def test_the_block_length_changes_no_byte(myoscope, archive, tmp_path, options):
    words = ["analyze", archive / "left" / "patient.npy", *RATE]
    assert myoscope(*words, "--out", tmp_path / "a")[0] == 0
    assert myoscope(*words, "--out", tmp_path / "b", *options)[0] == 0
    assert tables(tmp_path / "a" / "patient") == tables(tmp_path / "b" / "patient")


def test_two_inputs_of_one_name_never_share_a_folder(myoscope, archive, tmp_path):
    status, _, _ = myoscope(
        "analyze", archive / "left" / "patient.npy", archive / "right" / "patient.npy",
        "--out", tmp_path, *RATE,
    )  # fmt: skip
    assert status == 0
    left, right = tmp_path / "left-patient.npy", tmp_path / "right-patient.npy"
    assert events(left) != events(right)


def test_a_later_input_of_the_same_name_is_refused_and_the_same_input_again_is_not(
    myoscope, archive, tmp_path
):
    left, right = (archive / side / "patient.npy" for side in ("left", "right"))
    assert myoscope("analyze", left, "--out", tmp_path, *RATE)[0] == 0
    before = tables(tmp_path / "patient")
    status, _, err = myoscope("analyze", right, "--out", tmp_path, *RATE)
    assert status == 1
    assert f"holds the tables of {left}" in err
    assert tables(tmp_path / "patient") == before
    assert myoscope("analyze", left, "--out", tmp_path, *RATE)[0] == 0
    assert tables(tmp_path / "patient") == before


def test_a_folder_with_something_else_in_it_is_left_alone(myoscope, archive, tmp_path):
    (tmp_path / "patient").mkdir()
    (tmp_path / "patient" / "events.csv").write_text("mine")
    status, _, err = myoscope("analyze", archive / "left" / "patient.npy", "--out", tmp_path, *RATE)
    assert status == 1
    assert "holds other files" in err
    assert (tmp_path / "patient" / "events.csv").read_text() == "mine"


@pytest.mark.parametrize("workers", [1, 2])
def test_bad_inputs_get_a_sentence_each_and_the_others_go_on(myoscope, archive, tmp_path, workers):
    status, out, err = myoscope(
        "analyze", archive / "empty.npy", archive / "left" / "patient.npy", archive / "none.edf",
        archive / "words.npy", "--out", tmp_path, "--workers", workers, *RATE,
    )  # fmt: skip
    assert status == 1
    *sentences, last = err.splitlines()
    assert len(sentences) == 3
    for name in ("empty.npy", "none.edf", "words.npy"):
        assert any(f"{name}: " in sentence for sentence in sentences)
    assert last == "myoscope: 3 of 4 inputs could not be analysed"
    assert "Traceback" not in err
    assert [folder.name for folder in tmp_path.iterdir()] == ["patient"]
    assert len(out.splitlines()) == 1


def test_a_doubtful_unit_is_told_and_nothing_is_judged(myoscope, archive, tmp_path):
    """The same patient in volts, with no unit told: not a muscle at rest."""
    samples = np.load(archive / "left" / "patient.npy")
    np.save(tmp_path / "volts.npy", samples * 1e-6)
    words = ["analyze", tmp_path / "volts.npy", "--out", tmp_path, "--rate", "10000"]
    status, out, err = myoscope(*words)
    assert status == 0
    assumed, doubted = err.splitlines()
    assert "volts.npy: warning: no unit is given in volts.npy: microvolts assumed" in assumed
    assert doubted.endswith("is it in volts? (--unit V)")
    assert "not judged: its noise is 0.00000" in out
    assert "no spontaneous activity" not in out
    summary = json.loads((tmp_path / "volts" / "summary.json").read_text())
    assert summary["channels"][0]["suggested_grade"]["grade"] == "not judged"
    status, out, err = myoscope(*words, "--unit", "V")
    assert (status, err) == (0, "")
    assert "fibrillation" in out


def test_a_dead_channel_and_what_is_no_number_are_told_and_the_rest_is_analysed(
    myoscope, archive, tmp_path
):
    samples = np.load(archive / "left" / "patient.npy")
    samples = np.column_stack([samples, np.zeros(len(samples), samples.dtype)])
    samples[10_000:10_060, 0] = np.nan
    np.save(tmp_path / "odd.npy", samples)
    status, out, err = myoscope("analyze", tmp_path / "odd.npy", "--out", tmp_path, *RATE)
    assert status == 0
    dead, missing = err.splitlines()
    assert dead.endswith('channel "EMG 2" is constant: is the electrode connected?')
    assert '0.1 % of channel "EMG 1" (60 samples) is no number or infinite: left out' in missing
    assert "fibrillation" in out
    assert "1 of 2 channels not judged: it is constant" in out
    good, bad = json.loads((tmp_path / "odd" / "summary.json").read_text())["channels"]
    assert good["no_number"] == {"samples": 60, "places": [{"start_s": 1.0, "end_s": 1.006}]}
    assert good["suggested_grade"]["grade"] != "not judged"
    assert bad["suggested_grade"]["grade"] == "not judged"


def test_many_workers_give_the_same_bytes_as_one(myoscope, archive, tmp_path):
    inputs = [archive / side / "patient.npy" for side in ("left", "right")]
    for workers in (1, 2):
        out = tmp_path / str(workers)
        status, _, err = myoscope("analyze", *inputs, "--out", out, "--workers", workers, *RATE)
        assert (status, err) == (0, "")
    for name in ("left-patient.npy", "right-patient.npy"):
        assert tables(tmp_path / "1" / name) == tables(tmp_path / "2" / name)


def test_a_recording_analysed_gives_the_tables_that_it_was_recorded_with(myoscope, tmp_path):
    status, _, _ = myoscope(
        "simulate", "denervated-mild", tmp_path / "session", "--seconds", "6", "--rate", "10000"
    )
    assert status == 0
    assert myoscope("analyze", tmp_path / "session", "--out", tmp_path / "out")[0] == 0
    again = tables(tmp_path / "out" / "session")
    first = tables(tmp_path / "session")
    for name in ("events.csv", "trains.csv", "alerts.csv"):
        assert again[name] == first[name]


def test_the_real_records_go_through(myoscope, emgdb, tmp_path):
    records = sorted(emgdb.glob("*.hea"))
    status, out, err = myoscope("analyze", *records, "--out", tmp_path)
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == len(records)


def test_folders_are_named_after_recordings_and_numbered_where_all_else_is_shared():
    paths = [
        Path("/a/x/session/recording.zarr"), Path("/b/x/e.edf"), Path("/c/x/e.edf"),
        Path("/c/x/e.edf"), Path("/d/f.edf"),
    ]  # fmt: skip
    jobs = plan_jobs(paths, Path("out"), DetectorSettings(), FileWords(), None)
    assert [job.folder.name for job in jobs] == ["session", "x-e.edf", "x-e.edf-2", "f"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_keeps_what_is_done_and_leaves_no_half_table(archive, tmp_path, workers):
    samples, _ = simulate("denervated-mild", 10_000.0, 1, 20.0, seed=1)
    for name in ("long-1", "long-2"):
        np.save(tmp_path / f"{name}.npy", np.tile(samples, (60, 1)))
    process = subprocess.Popen(
        [sys.executable, "-m", "myoscope.monitor_ui", "analyze",
         archive / "left" / "patient.npy", tmp_path / "long-1.npy", tmp_path / "long-2.npy",
         "--out", tmp_path / "out", "--workers", workers, "--block-ms", "0.5", *RATE],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert "patient.npy" in process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["patient"]
    deadline_s = time.monotonic() + 10
    while time.monotonic() < deadline_s:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("a worker is left behind")
