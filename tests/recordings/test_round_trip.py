"""What is recorded comes back as it was, by our reader and by others'."""

import json
import os
import stat
from dataclasses import replace
from datetime import datetime

import dask.array
import numpy as np
import pytest
import xarray
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.errors import ArchiveError
from myoscope.acquisition.replay import ReplaySource
from myoscope.dsp_core.evidence import Context
from myoscope.dsp_core.findings import ALERT_DTYPE, POTENTIAL_DTYPE, TRAIN_DTYPE, Findings
from myoscope.dsp_core.kinds import Kind
from myoscope.recordings import layout
from myoscope.recordings.errors import RecordingError, RecordingExistsError, RecordingStateError
from myoscope.recordings.info import summarise
from myoscope.recordings.reader import open_recording
from myoscope.recordings.writer import RecordingWriter, folder_by_time


def test_every_sample_comes_back_bit_by_bit(tmp_path, emg, record):
    samples = emg(3210)
    writer = record(tmp_path / "r", samples)
    assert (writer.state, writer.error) == ("closed", "")
    with open_recording(tmp_path / "r") as recording:
        assert recording.state == "closed"
        assert not recording.is_being_written
        assert recording.read(0, recording.n_samples).tobytes() == samples.tobytes()


@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.tuples(st.sampled_from([0, 0, 1, 30, 250]), st.integers(1, 260))))
def test_the_cut_into_blocks_and_gaps_does_not_change_what_is_kept(tmp_path_factory, cuts):
    folder = tmp_path_factory.mktemp("cut") / "r"
    n_samples = sum(n_lost + n for n_lost, n in cuts)
    samples = np.arange(2 * n_samples, dtype=np.float32).reshape(-1, 2)
    lost = []
    position = 0
    with RecordingWriter(folder, StreamInfo("cut", 100.0, ("a", "b")), live=False) as writer:
        for n_lost, n in cuts:
            samples[position : position + n_lost] = np.nan
            position += n_lost
            if n_lost:
                lost.append((position, n_lost))
            rows = samples[position : position + n].copy()
            writer.write(Block(rows, position, n_lost), Findings.none())
            writer.write(Block(rows[:0], position + n), Findings.none())
            position += n
    with open_recording(folder) as recording:
        assert recording.n_samples == n_samples
        assert recording.lost == lost
        assert recording.read(0, n_samples).tobytes() == samples.tobytes()


def test_xarray_zarr_and_dask_open_the_signal_without_a_warning(tmp_path, emg, record, findings):
    samples = emg(2100)
    record(tmp_path / "r", samples, findings=findings)
    path = tmp_path / "r" / "recording.zarr"
    with xarray.open_zarr(path, group="emg") as emg_group:
        assert emg_group.signal.dims == ("time", "channel")
        assert list(emg_group.channel.values) == ["needle", "surface"]
        assert emg_group.signal.attrs["units"] == "uV"
        assert emg_group.signal.attrs["sampling_frequency"] == 1000.0
        assert emg_group.signal.values.tobytes() == samples.tobytes()
    for name, dtype in layout.TABLES.items():
        with xarray.open_zarr(path, group=name) as table:
            assert set(table.variables) == set(dtype.names)
    signal = zarr.open_group(path, mode="r")["emg/signal"]
    assert signal.dtype == np.float32
    assert signal[:].tobytes() == samples.tobytes()
    lazy = dask.array.from_zarr(str(path), component="emg/signal")
    assert lazy.compute().tobytes() == samples.tobytes()


def test_other_programs_are_told_what_the_bits_of_a_train_s_context_mean(
    tmp_path, emg, record, findings
):
    context = Context.ON_MAINS | Context.SMALL
    trains = findings.trains.copy()
    trains["context"] = context
    record(tmp_path / "r", emg(2100), findings=replace(findings, trains=trains))
    with xarray.open_zarr(tmp_path / "r" / "recording.zarr", group="trains") as table:
        masks = np.array(table.context.attrs["flag_masks"])
        names = np.array(table.context.attrs["flag_meanings"].split())
        assert names[masks & table.context.values != 0].tolist() == ["on_mains", "small"]


def test_a_gap_reads_as_nan_and_its_whole_seconds_take_no_room(tmp_path, emg, record):
    samples = emg(6400)
    record(tmp_path / "r", samples, lost=[(4500, 2700)])
    samples[1800:4500] = np.nan
    with open_recording(tmp_path / "r") as recording:
        assert recording.lost == [(4500, 2700)]
        assert recording.gaps.tolist() == [(1800, 2700, layout.LOST)]
        assert recording.read(0, 6400).tobytes() == samples.tobytes()
    assert layout.existing_chunks(tmp_path / "r" / "recording.zarr").tolist() == [0, 1, 4, 5, 6]


def test_a_replayed_recording_gives_the_blocks_and_gaps_of_the_session(tmp_path, emg, record):
    samples = emg(3300)
    record(tmp_path / "r", samples, lost=[(700, 40), (2900, 1500)])
    source = ReplaySource(open_recording(tmp_path / "r"), block_samples=64)
    replayed = np.full_like(samples, np.nan)
    gaps = []
    while not source.ended:
        block = source.read_block(0.0)
        assert block is not None
        replayed[block.first_sample : block.end_sample] = block.samples
        assert block.clock_s == pytest.approx(100 + block.first_sample / 1000)
        if block.lost_before:
            gaps.append((block.first_sample, block.lost_before))
    source.close()
    assert gaps == [(700, 40), (2900, 1500)]
    for after, n_lost in gaps:
        samples[after - n_lost : after] = np.nan
    assert replayed.tobytes() == samples.tobytes()


def test_any_window_can_be_read_and_none_outside(tmp_path, emg, record):
    samples = emg(2500)
    record(tmp_path / "r", samples)
    with open_recording(tmp_path / "r" / "recording.zarr") as recording:
        for start, stop in [(0, 1), (999, 1001), (1000, 2000), (300, 2500), (2500, 2500)]:
            window = recording.read(start, stop)
            assert window.flags.c_contiguous
            assert window.tobytes() == samples[start:stop].tobytes()
        for start, stop in [(-1, 5), (5, 4), (0, 2501)]:
            with pytest.raises(ArchiveError, match="has 2500"):
                recording.read(start, stop)


def test_findings_come_back_with_the_newest_row_of_each_train(tmp_path, emg, record, findings):
    record(tmp_path / "r", emg(1500), findings=findings)
    with open_recording(tmp_path / "r") as recording:
        assert recording.potentials.dtype == POTENTIAL_DTYPE
        assert recording.potentials.tobytes() == findings.potentials.tobytes()
        assert recording.trains.dtype == TRAIN_DTYPE
        assert recording.trains.tobytes() == findings.trains[1:].tobytes()
        assert recording.alerts.dtype == ALERT_DTYPE
        assert recording.alerts.tobytes() == findings.alerts.tobytes()
        assert recording.final_kinds.tolist() == [
            Kind.FIBRILLATION,
            Kind.END_PLATE_SPIKE,
            Kind.FIBRILLATION,
        ]


def test_raw_stamps_of_the_source_are_kept_once_a_second_and_at_each_jump(tmp_path, info):
    with RecordingWriter(tmp_path / "r", info, live=False) as writer:
        for first in range(0, 2500, 100):
            clock_s = 50 + first / 1000 + (7 if first >= 1300 else 0)
            block = Block(np.zeros((100, 2), np.float32), first, 0, clock_s)
            writer.write(block, Findings.none())
    with open_recording(tmp_path / "r") as recording:
        assert recording.clock["sample"].tolist() == [0, 1000, 1300, 2300]
        assert recording.clock["clock_s"].tolist() == [50.0, 51.0, 58.3, 59.3]
        assert recording.clock_s(1250) == pytest.approx(51.25)
        assert recording.clock_s(1350) == pytest.approx(58.35)


def test_a_source_without_a_clock_has_none_in_the_recording(tmp_path, info):
    with RecordingWriter(tmp_path / "r", info, live=False) as writer:
        writer.write(Block(np.zeros((1500, 2), np.float32), 0), Findings.none())
    with open_recording(tmp_path / "r") as recording:
        assert np.isnan(recording.clock_s(10))
        assert recording.attributes["effective_rate_hz"] is None


def test_annotations_and_the_truth_of_a_simulation_are_kept(tmp_path, info):
    truth = np.array(
        [(12, 1, 3, "fibrillation", 80.0, 2.5)],
        [
            ("sample", "i8"),
            ("channel", "i4"),
            ("unit", "i4"),
            ("kind", "U32"),
            ("amplitude_uv", "f4"),
            ("duration_ms", "f4"),
        ],
    )
    with RecordingWriter(tmp_path / "r", info, live=False) as writer:
        writer.keep_truth(truth)
        writer.write(Block(np.zeros((100, 2), np.float32), 0), Findings.none())
        writer.annotate(40, 'needle moved, "second" µ-site\n', "ND")
    with pytest.raises(RecordingStateError, match="closed"):
        writer.annotate(50, "too late")
    with open_recording(tmp_path / "r") as recording:
        assert recording.annotations.tolist() == [(40, 'needle moved, "second" µ-site\n', "ND")]
        assert recording.truth.tolist() == [(12, 1, 3, 80.0, 2.5, Kind.FIBRILLATION)]


def test_a_recording_says_what_it_is_of(tmp_path, emg, info, record, findings):
    writer = RecordingWriter(
        tmp_path / "r", info, settings={"threshold": 4.5}, metadata={"task": "rest"}, live=False
    )
    record(tmp_path / "r", emg(2500), findings=findings, writer=writer, lost=[(500, 20)])
    with open_recording(tmp_path / "r") as recording:
        assert recording.info == info
        assert recording.settings == {"threshold": 4.5}
        summary = summarise(recording)
    assert (summary.state, summary.n_samples, summary.duration_s) == ("closed", 2500, 2.5)
    assert (summary.gaps, summary.lost_samples) == (1, 20)
    assert summary.effective_rate_hz == pytest.approx(1000)
    assert summary.potentials == {"fibrillation": 2, "end_plate_spike": 1}
    assert summary.alerts == {"fibrillation": 1}
    assert summary.metadata == {"task": "rest"}
    assert summary.software["zarr"] == zarr.__version__


def test_nobody_but_the_owner_can_look_into_a_recording(tmp_path, emg, record, findings):
    before = os.umask(0)
    try:
        record(tmp_path / "new" / "r", emg(1200), findings=findings)
    finally:
        os.umask(before)
    for path in [tmp_path / "new", *(tmp_path / "new").rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_a_closed_recording_leaves_no_lock_and_lists_its_files(tmp_path, emg, record, findings):
    record(tmp_path / "r", emg(1200), findings=findings)
    names = {path.name for path in (tmp_path / "r").iterdir()}
    assert names == {
        "recording.zarr",
        "journal.jsonl",
        "log.txt",
        "manifest.json",
        "events.csv",
        "trains.csv",
        "alerts.csv",
        "decisions.csv",
        "summary.json",
    }
    files = json.loads((tmp_path / "r" / "manifest.json").read_text())["files"]
    assert "recording.zarr/emg/signal/c.1.0" in files
    assert not names & set(files) & {"manifest.json", "log.txt"}


def test_a_recording_never_overwrites_another(tmp_path, emg, record, info):
    samples = emg(300)
    record(tmp_path / "r", samples)
    with pytest.raises(RecordingExistsError, match="never overwritten"):
        RecordingWriter(tmp_path / "r", info)
    with open_recording(tmp_path / "r") as recording:
        assert recording.read(0, 300).tobytes() == samples.tobytes()


def test_a_folder_named_by_the_time_is_always_a_new_one(tmp_path):
    moment = datetime(2026, 11, 22, 9, 5, 3)
    first = folder_by_time(tmp_path, moment)
    assert first.name == "2026-11-22_09-05-03"
    first.mkdir()
    assert folder_by_time(tmp_path, moment).name == "2026-11-22_09-05-03_2"


def test_settings_that_are_no_json_are_refused_before_anything_is_made(tmp_path, info):
    with pytest.raises(RecordingError, match="settings cannot be written as JSON"):
        RecordingWriter(tmp_path / "r", info, settings={"when": object()})
    assert not (tmp_path / "r").exists()


def test_closing_twice_and_an_empty_recording_are_fine(tmp_path, info):
    writer = RecordingWriter(tmp_path / "r", info)
    writer.close()
    writer.close()
    with open_recording(tmp_path / "r") as recording:
        assert (recording.state, recording.n_samples) == ("closed", 0)
        assert recording.read(0, 0).shape == (0, 2)
