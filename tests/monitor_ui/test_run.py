"""A run: every part closed at its end, however it ends."""

import numpy as np
import pytest
from screen_feed import SilentSource

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.errors import StreamLostError
from myoscope.acquisition.simulation import SimulatedSource
from myoscope.dsp_core.errors import RateError
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.app import Run
from myoscope.monitor_ui.closing_words import closing_lines
from myoscope.recordings.errors import RecordingExistsError
from myoscope.recordings.reader import open_recording


class VanishingSource(SilentSource):
    """Gives one second and goes."""

    gone = False

    def read_block(self, timeout_s):
        if self.gone:
            raise StreamLostError("stream 'amplifier' has gone")
        self.gone = True
        n_samples = int(self.info.rate_hz)
        noise = np.random.default_rng(0).normal(0, 3, (n_samples, self.info.n_channels))
        return Block(noise.astype(np.float32), 0)


class EndingSource(VanishingSource):
    """Gives one second and ends in good order."""

    def read_block(self, timeout_s):
        self.ended = True
        return super().read_block(timeout_s)


def simulated(seconds=3.0, **options):
    source = SimulatedSource("denervated-mild", 10_000.0, seconds=seconds, seed=1, block_ms=50.0)
    return Run(source, DetectorSettings(), live=False, **options)


def went_through(run):
    run.start()
    run.wait()
    return run


def test_what_is_recorded_is_what_was_streamed(tmp_path):
    run = went_through(simulated(record_to=tmp_path / "session"))
    assert run.error is None
    assert run.recorder.state == "closed"
    with open_recording(tmp_path / "session") as recording:
        np.testing.assert_array_equal(
            recording.read(0, recording.n_samples), run.mailbox.ring.read(0, 30_000).samples
        )
        assert len(recording.potentials) == sum(run.mailbox.counts_by_kind().values())


def test_it_stops_after_the_seconds_that_were_asked_for():
    endless = SimulatedSource("rest", 10_000.0, block_ms=50.0)
    run = went_through(Run(endless, DetectorSettings(), live=False, seconds=1.5))
    assert run.mailbox.elapsed_s == pytest.approx(1.5)
    assert run.error is None


def test_it_stops_when_it_is_told_to(info):
    run = Run(SilentSource(info), DetectorSettings())
    run.start()
    assert run.running
    run.close()
    assert not run.running
    assert run.error is None
    assert run.source.ended


def test_a_stream_that_goes_leaves_a_recording_and_a_sentence(info, tmp_path):
    run = went_through(Run(VanishingSource(info), DetectorSettings(), record_to=tmp_path / "s"))
    assert isinstance(run.error, StreamLostError)
    assert run.recorder.state == "closed"
    with open_recording(tmp_path / "s") as recording:
        assert recording.n_samples == info.rate_hz
    assert any(str(tmp_path / "s") in line for line in closing_lines(run))


def test_a_stream_that_ends_before_the_time_asked_for_is_an_error(info):
    run = went_through(Run(EndingSource(info), DetectorSettings(), seconds=5.0))
    assert isinstance(run.error, StreamLostError)
    assert "ended after 1.0 s; 5 s were asked for" in str(run.error)
    assert went_through(Run(EndingSource(info), DetectorSettings())).error is None


def test_a_part_that_cannot_be_made_leaves_nothing_open(info, tmp_path):
    (tmp_path / "there").mkdir()
    source = SilentSource(info)
    with pytest.raises(RecordingExistsError):
        Run(source, DetectorSettings(), record_to=tmp_path / "there")
    assert source.ended


def test_a_rate_at_which_nothing_can_be_detected_is_refused_before_a_folder_is_made(tmp_path):
    source = SilentSource(StreamInfo("slow", 500.0, ("a",)))
    with pytest.raises(RateError, match="500 Hz"):
        Run(source, DetectorSettings(), record_to=tmp_path / "new")
    assert source.ended
    assert not (tmp_path / "new").exists()


def test_a_recorder_that_fails_does_not_end_the_session(info, tmp_path, monkeypatch):
    run = Run(EndingSource(info), DetectorSettings(), record_to=tmp_path / "s")
    run.recorder._fail("the disk is full")
    went_through(run)
    assert run.error is None
    assert run.mailbox.elapsed_s == pytest.approx(1.0)
    assert any("The recording failed (the disk is full)" in line for line in closing_lines(run))


def test_closing_a_run_that_never_began_closes_its_parts(info, tmp_path):
    run = Run(SilentSource(info), DetectorSettings(), record_to=tmp_path / "s")
    run.close()
    run.close()
    assert run.source.ended
    assert run.recorder.state == "closed"


def test_the_closing_words_say_what_was_found(finished_run):
    lines = list(closing_lines(finished_run))
    assert lines[0].startswith("10.0 s of 1 channel at 10000 Hz from virtual patient")
    assert "fibrillation potentials" in lines[1]
    assert any(
        line.startswith("Alerts: ") and "of fibrillation potentials" in line for line in lines
    )
