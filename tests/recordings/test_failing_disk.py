"""A disk that is full, slow or broken ends the recording, never the session."""

import errno
import os
import re
import shutil
import subprocess
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from myoscope.acquisition.block import Block
from myoscope.dsp_core.findings import Findings
from myoscope.recordings import layout, writer
from myoscope.recordings.errors import DiskSpaceError, RecordingError, RecordingStateError
from myoscope.recordings.reader import open_recording
from myoscope.recordings.repair import repair
from myoscope.recordings.store import DurableLocalStore
from myoscope.recordings.writer import RecordingWriter


@pytest.fixture
def disk(monkeypatch):
    """A disk that does what the test says: ``fail_from`` a chunk on, or wait for ``ready``."""
    state = SimpleNamespace(fail_from=None, ready=threading.Event())
    state.ready.set()
    put = DurableLocalStore._put

    def controlled(store, key, value, exclusive):
        if key.startswith(f"{layout.SIGNAL}/c."):
            state.ready.wait(30)
            if state.fail_from is not None and int(key.split(".")[1]) >= state.fail_from:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        put(store, key, value, exclusive)

    monkeypatch.setattr(DurableLocalStore, "_put", controlled)
    return state


def test_a_full_disk_fails_the_recording_and_leaves_what_was_recorded(
    tmp_path, emg, info, cut, findings, disk
):
    disk.fail_from = 2
    samples = emg(6000)
    recording_writer = RecordingWriter(tmp_path / "r", info, live=False)
    for block in cut(samples, 100):
        recording_writer.write(block, findings if block.first_sample == 0 else Findings.none())
    recording_writer._thread.join()
    assert recording_writer.state == "failed"
    assert "No space left on device" in recording_writer.error
    with pytest.raises(RecordingStateError, match="failed"):
        recording_writer.annotate(0, "too late")
    recording_writer.close()
    assert recording_writer.state == "failed"
    with open_recording(tmp_path / "r") as recording:
        assert recording.n_samples == 2000
        assert recording.read(0, 2000).tobytes() == samples[:2000].tobytes()
        assert len(recording.potentials) == 3
        assert "No space left" in recording.attributes["end_reason"]
    repair(tmp_path / "r")
    with open_recording(tmp_path / "r") as recording:
        assert recording.read(0, 2000).tobytes() == samples[:2000].tobytes()


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a small tmpfs")
def test_a_truly_full_disk_fails_the_recording_and_leaves_what_was_recorded(
    tmp_path, info, cut, monkeypatch
):
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a tmpfs can be mounted by root only")
    try:
        monkeypatch.setattr(writer, "START_MINUTES", 0.0)
        monkeypatch.setattr(writer, "STOP_MINUTES", 0.0)
        samples = np.random.default_rng(0).normal(0, 20, (100_000, 2)).astype(np.float32)
        recording_writer = RecordingWriter(disk / "r", info, live=False)
        for block in cut(samples, 500):
            recording_writer.write(block, Findings.none())
        recording_writer.close()
        assert recording_writer.state == "failed"
        with open_recording(disk / "r") as recording:
            n_samples = recording.n_samples
            assert 10_000 < n_samples < 100_000
            assert recording.read(0, n_samples).tobytes() == samples[:n_samples].tobytes()
        shutil.copytree(disk / "r", tmp_path / "copy")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert repair(tmp_path / "copy").duration_s == n_samples / 1000


def test_a_recording_wants_room_for_ten_minutes_before_it_starts(tmp_path, info, monkeypatch):
    wanted = 10 * 60 * 1000 * 2 * 4
    free = SimpleNamespace(free=wanted - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    with pytest.raises(DiskSpaceError, match="has 5 MB free; wanted 5 MB, for 10 minutes") as error:
        RecordingWriter(tmp_path / "r", info)
    assert (error.value.free_bytes, error.value.wanted_bytes) == (wanted - 1, wanted)
    assert not (tmp_path / "r").exists()
    free.free = wanted
    with RecordingWriter(tmp_path / "r", info) as recording_writer:
        assert recording_writer.minutes_left == 10


def test_a_disk_that_is_nearly_full_ends_the_recording_while_it_can_still_be_closed(
    tmp_path, emg, info, cut, monkeypatch
):
    free = SimpleNamespace(free=10 * 60 * 8000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    samples = emg(5000)
    recording_writer = RecordingWriter(tmp_path / "r", info, live=False)
    for block in cut(samples, 500):
        if block.first_sample == 2000:
            free.free = 60 * 8000
        if block.first_sample == 3500:
            with recording_writer._changed:
                recording_writer._changed.wait_for(lambda: recording_writer.state == "failed", 30)
        recording_writer.write(block, Findings.none())
    recording_writer.close()
    assert recording_writer.state == "failed"
    assert "room for 1.0 minutes" in recording_writer.error
    with open_recording(tmp_path / "r") as recording:
        assert recording.state == "closed"
        assert recording.attributes["end_reason"] == recording_writer.error
        n_samples = recording.n_samples
        assert recording.read(0, n_samples).tobytes() == samples[:n_samples].tobytes()


def test_a_disk_that_was_pulled_out_has_no_room(tmp_path, emg, info, cut, monkeypatch):
    def gone(path):
        raise FileNotFoundError(path)

    with RecordingWriter(tmp_path / "r", info, live=False) as recording_writer:
        monkeypatch.setattr(shutil, "disk_usage", gone)
        assert recording_writer.minutes_left == 0
        for block in cut(emg(1000), 500):
            recording_writer.write(block, Findings.none())
        with recording_writer._changed:
            recording_writer._changed.wait_for(lambda: recording_writer.state == "failed", 30)
    assert "room for 0.0 minutes" in recording_writer.error


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path, info):
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="cannot be made"):
        RecordingWriter(tmp_path / "file" / "r", info)


def test_a_disk_that_falls_behind_costs_a_live_session_samples_that_are_counted(
    tmp_path, emg, info, cut, disk, monkeypatch
):
    monkeypatch.setattr(writer, "MAX_BUFFERS", 3)
    disk.ready.clear()
    samples = emg(7000)
    recording_writer = RecordingWriter(tmp_path / "r", info)
    for block in cut(samples, 100):
        if block.first_sample == 5500:
            disk.ready.set()
            with recording_writer._changed:
                recording_writer._changed.wait_for(lambda: len(recording_writer._free) == 3, 30)
        recording_writer.write(block, Findings.none())
    recording_writer.close()
    assert recording_writer.state == "closed"
    assert recording_writer.overrun_samples == 2500
    with open_recording(tmp_path / "r") as recording:
        assert recording.gaps.tolist() == [(3000, 2500, layout.OVERRUN)]
        samples[3000:5500] = np.nan
        assert recording.read(0, 7000).tobytes() == samples.tobytes()


def test_a_replay_waits_for_a_slow_disk_and_loses_nothing(tmp_path, emg, info, cut, disk):
    disk.ready.clear()
    samples = emg(30_000)
    recording_writer = RecordingWriter(tmp_path / "r", info, live=False)
    threading.Timer(0.1, disk.ready.set).start()
    for block in cut(samples, 500):
        recording_writer.write(block, Findings.none())
    recording_writer.close()
    assert recording_writer.overrun_samples == 0
    with open_recording(tmp_path / "r") as recording:
        assert recording.read(0, 30_000).tobytes() == samples.tobytes()


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (Block(np.zeros((10, 3), np.float32), 1500), "3 channels, the recording was made for 2"),
        (Block(np.zeros((10, 2), np.float32), 1400), "starts at sample 1400.*reached 1500"),
        (Block(np.zeros((10, 2), np.float32), 10**12), "jumped by 277777.8 hours"),
    ],
)
def test_a_stream_that_breaks_its_promises_ends_the_recording_where_it_stands(
    tmp_path, emg, info, cut, bad, sentence
):
    samples = emg(1500)
    recording_writer = RecordingWriter(tmp_path / "r", info)
    for block in cut(samples, 100):
        recording_writer.write(block, Findings.none())
    recording_writer.write(bad, Findings.none())
    recording_writer.write(bad, Findings.none())
    recording_writer.close()
    assert recording_writer.state == "failed"
    with open_recording(tmp_path / "r") as recording:
        assert recording.read(0, recording.n_samples).tobytes() == samples.tobytes()
        assert recording.attributes["end_reason"] == recording_writer.error
    assert re.search(sentence, recording_writer.error)
