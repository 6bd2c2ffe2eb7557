"""Damage is found, named by its time, and leaves the rest readable."""

import json
import shutil

import numpy as np
import pytest

from myoscope.acquisition.block import Block
from myoscope.acquisition.errors import ArchiveError
from myoscope.dsp_core.findings import Findings
from myoscope.recordings import layout
from myoscope.recordings.errors import (
    DamagedRecordingError,
    DamagedTableError,
    NotARecordingError,
    RecordingBusyError,
)
from myoscope.recordings.reader import open_recording
from myoscope.recordings.repair import repair
from myoscope.recordings.verify import verify
from myoscope.recordings.writer import RecordingWriter


@pytest.fixture(scope="module")
def original(tmp_path_factory, emg, record, findings):
    samples = emg(4500)
    folder = tmp_path_factory.mktemp("original") / "r"
    record(folder, samples, findings=findings)
    return folder, samples


@pytest.fixture
def recorded(original, tmp_path):
    """A recording of 4.5 s, to be damaged."""
    folder, samples = original
    shutil.copytree(folder, tmp_path / "r")
    return tmp_path / "r", samples


@pytest.fixture
def left_by_a_killed_recorder(recorded):
    """As a recorder leaves it that died before it could close: no table, no manifest."""
    folder, samples = recorded
    root = layout.open_root(folder / layout.STORE, "r+")
    root.update_attributes({"state": layout.RECORDING})
    for name in layout.TABLES:
        shutil.rmtree(folder / layout.STORE / name)
    for name in ("manifest.json", "events.csv", "trains.csv", "alerts.csv", "summary.json"):
        (folder / name).unlink()
    return folder, samples


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def chunk(folder, number):
    return folder / layout.STORE / layout.chunk_key(number)


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (flip_a_bit, "crc|checksum"),
        (lambda path: path.write_bytes(b""), "damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:100]), "damaged"),
        (lambda path: path.unlink(), "its file is missing"),
    ],
    ids=["a turned bit", "an empty chunk", "a torn chunk", "a missing chunk"],
)
def test_a_damaged_second_is_named_and_the_others_can_be_read(recorded, damage, found):
    folder, samples = recorded
    damage(chunk(folder, 2))
    with open_recording(folder) as recording:
        with pytest.raises(DamagedRecordingError, match=r"from 2\.000 s to 3\.000 s") as error:
            recording.read(1500, 2500)
        assert (error.value.start_sample, error.value.stop_sample) == (2000, 3000)
        with pytest.raises(ArchiveError, match=found):
            recording.read(2999, 3000)
        assert recording.read(0, 2000).tobytes() == samples[:2000].tobytes()
        assert recording.read(3000, 4500).tobytes() == samples[3000:].tobytes()
    report = verify(folder)
    assert report.damaged_s == ((2.0, 3.0),)
    assert not report.is_whole


def test_a_whole_recording_verifies(recorded):
    shares = []
    report = verify(recorded[0], shares.append)
    assert report.is_whole
    assert report.duration_s == 4.5
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_damaged_table_is_named_and_the_rest_can_be_read(recorded):
    folder, samples = recorded
    flip_a_bit(folder / layout.STORE / "trains" / "kind" / "c.0")
    with open_recording(folder) as recording:
        assert recording.read(0, 4500).tobytes() == samples.tobytes()
        assert len(recording.potentials) == 3
        with pytest.raises(DamagedTableError, match="table 'trains'"):
            _ = recording.trains
    assert any("'trains'" in problem for problem in verify(folder).problems)


def test_a_file_that_was_changed_later_is_found(recorded):
    folder, _ = recorded
    events = folder / "events.csv"
    events.write_text(events.read_text().replace("fibrillation", "fibrillatiom"))
    (folder / "alerts.csv").unlink()
    problems = verify(folder).problems
    assert len(problems) == 2
    assert "alerts.csv is missing" in problems[0]
    assert "events.csv has checksum" in problems[1]


def test_a_recording_that_was_never_closed_reads_the_same_and_repair_finishes_it(
    left_by_a_killed_recorder, findings
):
    folder, samples = left_by_a_killed_recorder
    assert "repair finishes it" in verify(folder).problems[0]
    with open_recording(folder) as recording:
        assert recording.state == "recording"
        assert recording.read(0, 4500).tobytes() == samples.tobytes()
        assert recording.potentials.tobytes() == findings.potentials.tobytes()
    assert repair(folder).changed
    assert not repair(folder).changed
    with open_recording(folder) as recording:
        assert recording.state == "recovered"
        assert recording.read(0, 4500).tobytes() == samples.tobytes()
        assert recording.potentials.tobytes() == findings.potentials.tobytes()
    assert verify(folder).is_whole


def test_the_promised_second_that_was_not_written_does_not_count(left_by_a_killed_recorder):
    folder, samples = left_by_a_killed_recorder
    signal = layout.open_signal(layout.open_root(folder / layout.STORE, "r+"))
    signal.resize((6000, 2))
    with open_recording(folder) as recording:
        assert recording.n_samples == 5000
    chunk(folder, 4).unlink()
    with open_recording(folder) as recording:
        assert recording.n_samples == 4000
        assert recording.read(0, 4000).tobytes() == samples[:4000].tobytes()


def test_a_torn_last_line_of_the_journal_is_no_line(left_by_a_killed_recorder):
    folder, _ = left_by_a_killed_recorder
    journal = folder / layout.JOURNAL
    journal.write_bytes(journal.read_bytes() + b'{"crc32c":"0123')
    with open_recording(folder) as recording:
        assert len(recording.potentials) == 3
    assert repair(folder).damaged_journal_lines == 0


def test_a_damaged_line_of_the_journal_is_passed_over_and_counted(left_by_a_killed_recorder):
    folder, _ = left_by_a_killed_recorder
    journal = folder / layout.JOURNAL
    lines = journal.read_bytes().splitlines(keepends=True)
    damaged = [
        line.replace(b'"trains"', b'"tra1ns"') if i else line for i, line in enumerate(lines)
    ]
    journal.write_bytes(b"".join(damaged))
    with open_recording(folder) as recording:
        assert len(recording.potentials) == 3
        assert len(recording.trains) == 0
    assert repair(folder).damaged_journal_lines == 1
    assert "1 lines" in verify(folder).problems[0]


def test_a_recording_can_be_read_and_not_repaired_while_it_is_written(tmp_path, emg, info, cut):
    samples = emg(2500)
    with RecordingWriter(tmp_path / "r", info) as writer:
        for block in cut(samples, 100):
            writer.write(block, Findings.none())
        with writer._changed:
            writer._changed.wait_for(lambda: writer.durable_samples == 2000, 30)
        with open_recording(tmp_path / "r") as recording:
            assert recording.is_being_written
            assert recording.state == "recording"
            assert recording.read(0, 2000).tobytes() == samples[:2000].tobytes()
        with pytest.raises(RecordingBusyError, match="is being recorded by process"):
            repair(tmp_path / "r")
    assert writer.state == "closed"


def test_what_is_no_recording_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(NotARecordingError, match="does not exist"):
        open_recording(tmp_path / "nothing")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotARecordingError, match="is no folder"):
        open_recording(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotARecordingError, match="cannot be opened as a zarr group"):
        open_recording(tmp_path / "empty")


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({"format": "ome"}, "format 'ome'; wanted 'myoscope recording'"),
        ({"format_version": 99}, "version 99 of the format; this program reads versions 1 to 2"),
        ({"stream": {"name": "x"}}, "does not describe its stream"),
        ({"stream": None}, "does not describe its stream"),
    ],
)
def test_a_store_of_another_kind_or_version_is_refused(recorded, attributes, sentence):
    folder, _ = recorded
    layout.open_root(folder / layout.STORE, "r+").update_attributes(attributes)
    with pytest.raises(NotARecordingError, match=sentence):
        open_recording(folder)


def test_torn_metadata_are_refused_in_a_sentence(recorded):
    folder, _ = recorded
    metadata = folder / layout.STORE / "zarr.json"
    metadata.write_text(json.dumps(json.loads(metadata.read_text()))[:-20])
    with pytest.raises(NotARecordingError, match="cannot be opened as a zarr group"):
        open_recording(folder)


def test_opening_changes_nothing_on_the_disk(left_by_a_killed_recorder):
    folder, _ = left_by_a_killed_recorder
    before = {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in folder.rglob("*")}
    with open_recording(folder) as recording:
        recording.read(0, recording.n_samples)
        assert len(recording.alerts) == 1
    verify(folder)
    assert {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in folder.rglob("*")} == before


def test_a_gap_at_the_moment_of_death_is_not_part_of_the_recording(tmp_path, info):
    writer = RecordingWriter(tmp_path / "r", info, live=False)
    writer.write(Block(np.ones((1200, 2), np.float32), 0), Findings.none())
    writer.write(Block(np.ones((10, 2), np.float32), 3500, 2300), Findings.none())
    with writer._changed:
        writer._changed.wait_for(lambda: writer.durable_samples == 2000, 30)
    with open_recording(tmp_path / "r") as recording:
        assert recording.n_samples == 1200
        assert recording.lost == []
    writer.close()
    with open_recording(tmp_path / "r") as recording:
        assert recording.n_samples == 3510
        assert recording.lost == [(3500, 2300)]
