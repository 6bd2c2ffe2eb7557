"""A recording behind the interface of a session: at each place it says what was known there."""

import numpy as np
import pytest

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.playback import Playback
from myoscope.recordings.decisions import Decision, What
from myoscope.recordings.reader import open_recording
from myoscope.recordings.verify import verify

RATE_HZ = 10_000


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def playback(folder, clock):
    playback = Playback(open_recording(folder), clock)
    yield playback
    playback.close()


def test_the_samples_before_the_playhead_are_those_of_the_recording(playback, folder):
    playback.seek(15 * RATE_HZ)
    window = playback.mailbox.ring.read(14 * RATE_HZ, 16 * RATE_HZ)
    assert playback.position == 15 * RATE_HZ
    with open_recording(folder) as recording:
        wanted = recording.read(14 * RATE_HZ, 15 * RATE_HZ)
    assert window.samples.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("speed", [0.25, 1.0, 4.0])
def test_the_playhead_moves_with_the_clock_times_the_speed(playback, clock, speed):
    playback.seek(2 * RATE_HZ)
    playback.play()
    playback.set_speed(speed)
    for _ in range(10):
        clock.now_s += 0.1
        playback.advance()
    assert playback.position == (2 + speed) * RATE_HZ


def test_it_stands_at_the_end_and_begins_again(playback, clock):
    playback.seek(19 * RATE_HZ)
    playback.play()
    clock.now_s += 5
    playback.advance()
    assert (playback.position, playback.playing) == (20 * RATE_HZ, False)
    playback.play()
    assert playback.position == 0


def test_counts_are_the_same_played_or_sought(playback, clock):
    playback.seek(0)
    playback.play()
    while playback.position < 12 * RATE_HZ:
        clock.now_s += 0.016
        playback.advance()
    played, place = playback.mailbox.counts(), playback.position
    playback.seek(place)
    assert playback.mailbox.counts().tolist() == played.tolist()
    assert played.sum() == np.count_nonzero(playback.findings.potentials["sample"] < place)
    assert played[0, Kind.FIBRILLATION] > 0


def test_an_alert_stands_from_its_raising_to_its_clearing(playback):
    alert = playback.findings.alerts[0]
    raised = int(alert["raised_sample"])
    playback.seek(raised)
    assert not [a for a in playback.mailbox.alerts() if a.number == alert["alert"]]
    playback.seek(raised + 1)
    (seen,) = [a for a in playback.mailbox.alerts() if a.number == alert["alert"]]
    assert seen.stands
    assert seen.raised_s == raised / RATE_HZ


def test_every_jump_is_another_generation(playback):
    before = playback.mailbox.generation
    playback.seek(5)
    playback.seek(7 * RATE_HZ)
    assert playback.mailbox.generation == before + 2


@pytest.mark.parametrize("sample", [-5, 0, 1, 10**12])
def test_any_place_can_be_sought(playback, sample):
    playback.seek(sample)
    assert playback.position == min(max(0, sample), playback.n_samples)


def test_pausing_is_no_silence_of_the_stream(playback, clock):
    playback.seek(RATE_HZ)
    clock.now_s += 60
    playback.advance()
    assert playback.mailbox.silent_s == 0


def test_a_decision_is_undone_and_done_again(playback, folder):
    train = int(playback.findings.trains["train"][0])
    before = len(playback.decisions.made)
    playback.decide(Decision(What.REJECT, 100, train=train))
    assert playback.mailbox.verdict(train).what is What.REJECT
    assert playback.undo()
    assert playback.mailbox.verdict(train) is None
    assert not playback.undo()
    assert playback.redo()
    assert not playback.redo()
    assert playback.mailbox.verdict(train).what is What.REJECT
    with open_recording(folder) as recording:
        kept = [made.what for made in recording.decisions.made[before:]]
    assert kept == [What.REJECT, What.WITHDRAW, What.REJECT]
    playback.undo()


def test_closing_brings_the_tables_up_to_the_decisions(folder):
    playback = Playback(open_recording(folder))
    playback.decide(Decision(What.MARKER, 100, value="here"))
    playback.close()
    assert "here" in (folder / "decisions.csv").read_text()
    assert verify(folder).is_whole


def test_a_damaged_second_is_named_and_the_rest_is_shown(folder, tmp_path):
    import shutil

    copy = tmp_path / "damaged"
    shutil.copytree(folder, copy)
    (copy / "recording.zarr/emg/signal/c.3.0").write_bytes(b"junk")
    shutil.rmtree(copy / "recording.zarr/alerts")
    (copy / "recording.zarr/trains/kind/c.0").write_bytes(b"junk")
    playback = Playback(open_recording(copy))
    playback.seek(5 * RATE_HZ)
    assert "3.000 s to 4.000 s" in playback.damage
    samples = playback.mailbox.ring.read(2 * RATE_HZ, 5 * RATE_HZ).samples
    assert np.isnan(samples[RATE_HZ : 2 * RATE_HZ]).all()
    assert np.isfinite(samples[:RATE_HZ]).all()
    playback.close()


def test_a_growing_recording_is_looked_at_again(tmp_path, clock):
    from myoscope.acquisition.block import Block, StreamInfo
    from myoscope.dsp_core.findings import Findings
    from myoscope.recordings.writer import RecordingWriter

    writer = RecordingWriter(tmp_path / "g", StreamInfo("g", 1000.0, ("a",)), live=False)
    second = np.ones((1000, 1), np.float32)
    for number in range(3):
        writer.write(Block(second.copy(), 1000 * number), Findings.none())
    while writer.durable_samples < 3000:
        pass
    playback = Playback(open_recording(tmp_path / "g"), clock)
    assert playback.n_samples == 3000
    writer.write(Block(second.copy(), 3000), Findings.none())
    playback.decide(Decision(What.MARKER, 10, value="while it grows"))
    while writer.durable_samples < 4000:
        pass
    clock.now_s += 3
    assert playback.advance()
    assert playback.n_samples == 4000
    playback.close()
    writer.close()
    assert "while it grows" in (tmp_path / "g" / "decisions.csv").read_text()
