"""A recording is played as if it were live: whole, on time, its gaps told."""

import threading

import numpy as np
import pytest
from contracts.archive import ArchiveInMemory
from contracts.source import blocks_of, check_source, on_one_time_axis
from hypothesis import given, settings
from hypothesis import strategies as st

from myoscope.acquisition.clock import ManualClock, SystemClock
from myoscope.acquisition.errors import ReplayError
from myoscope.acquisition.replay import ReplaySource


@st.composite
def archives(draw):
    """An archive of up to five stretches of up to 3000 samples, with gaps between them."""
    position, lost = draw(st.integers(0, 3000)), []
    for _ in range(draw(st.integers(0, 4))):
        n_lost, stored = draw(st.integers(1, 5000)), draw(st.integers(1, 3000))
        lost.append((position + n_lost, n_lost))
        position += n_lost + stored
    return ArchiveInMemory(max(1, position), draw(st.sampled_from([1, 3])), lost=lost)


@settings(deadline=None)
@given(archive=archives(), block_samples=st.integers(1, 4000), data=st.data())
def test_the_blocks_put_together_are_the_archive(archive, block_samples, data):
    start = data.draw(st.integers(0, archive.n_samples))
    stop = data.draw(st.integers(start, archive.n_samples))
    block_samples = max(block_samples, (stop - start) // 200)
    source = ReplaySource(
        archive, block_samples=block_samples, start_sample=start, stop_sample=stop
    )
    blocks = blocks_of(source)
    played = on_one_time_axis(blocks, archive.info.n_channels)
    np.testing.assert_array_equal(played, archive.samples[start:stop][: len(played)])
    # What is left at the end was lost; no Block spans a gap or holds a lost sample.
    assert np.isnan(archive.samples[start:stop][len(played) :]).all()
    end = 0
    for block in blocks:
        assert block.first_sample == end + block.lost_before
        assert 0 < block.n_samples <= block_samples
        assert np.isfinite(block.samples).all()
        end = block.end_sample


@pytest.mark.parametrize("clock", [None, ManualClock()], ids=["unpaced", "paced"])
@pytest.mark.parametrize("block_samples", [1, 7, 50, 10_000])
def test_a_replay_keeps_the_contract_of_sources(clock, block_samples):
    check_source(
        lambda: ReplaySource(
            ArchiveInMemory(500, 2, lost=[(30, 10), (400, 68)]),
            block_samples=block_samples,
            clock=clock,
        )
    )


def test_a_gap_in_the_archive_is_counted_on_the_next_block():
    source = ReplaySource(ArchiveInMemory(100, lost=[(60, 20)]), block_samples=30)
    blocks = blocks_of(source)
    assert [(b.first_sample, b.n_samples, b.lost_before) for b in blocks] == [
        (0, 30, 0),
        (30, 10, 0),
        (60, 30, 20),
        (90, 10, 0),
    ]
    assert (source.health.lost_samples, source.health.gaps) == (20, 1)


def test_an_archive_that_begins_with_a_gap_begins_with_a_loss():
    blocks = blocks_of(ReplaySource(ArchiveInMemory(10, lost=[(4, 4)]), block_samples=100))
    assert [(b.first_sample, b.n_samples, b.lost_before) for b in blocks] == [(4, 6, 4)]


def test_a_stretch_is_a_stream_of_its_own():
    source = ReplaySource(
        ArchiveInMemory(100, lost=[(60, 20)]), block_samples=100, start_sample=50, stop_sample=70
    )
    (block,) = blocks_of(source)
    assert (block.first_sample, block.lost_before, block.n_samples) == (10, 10, 10)
    assert block.samples[0, 0] == 60


def test_a_paced_block_comes_when_its_last_sample_is_due():
    clock = ManualClock(start_s=100.0)
    source = ReplaySource(ArchiveInMemory(1000), block_samples=100, clock=clock)
    arrivals_s = []
    while not source.ended:
        assert source.read_block(10.0) is not None
        arrivals_s.append(clock.now_s() - 100.0)
    np.testing.assert_allclose(arrivals_s, np.arange(1, 11) * 0.1, atol=1e-9)


def test_a_replay_at_ten_times_the_speed_takes_a_tenth_of_the_time():
    clock = ManualClock()
    blocks_of(ReplaySource(ArchiveInMemory(1000), clock=clock, speed=10.0))
    assert clock.now_s() == pytest.approx(0.1)


def test_a_slow_reader_does_not_move_the_schedule():
    clock = ManualClock()
    source = ReplaySource(ArchiveInMemory(1000), block_samples=100, clock=clock)
    source.read_block(1.0)
    clock.advance_s(0.35)  # blocks 2 to 4 become due meanwhile
    source.read_block(1.0)
    assert source.health.lag_ms == pytest.approx(250.0)
    source.read_block(1.0)
    source.read_block(1.0)
    assert clock.now_s() == pytest.approx(0.45)
    source.read_block(1.0)
    assert clock.now_s() == pytest.approx(0.5)
    assert source.health.lag_ms == pytest.approx(0.0, abs=1e-6)


def test_a_block_that_is_not_due_within_the_timeout_does_not_come():
    clock = ManualClock()
    source = ReplaySource(ArchiveInMemory(1000), block_samples=100, clock=clock)
    assert source.read_block(0.04) is None
    assert source.read_block(0.04) is None
    block = source.read_block(0.04)
    assert block is not None
    assert block.first_sample == 0
    assert clock.now_s() == pytest.approx(0.1)


def test_a_gap_takes_its_time_in_a_paced_replay():
    clock = ManualClock()
    blocks_of(ReplaySource(ArchiveInMemory(1000, lost=[(600, 500)]), clock=clock))
    assert clock.now_s() == pytest.approx(1.0)


def test_a_paced_replay_has_blocks_of_5_ms():
    source = ReplaySource(ArchiveInMemory(1000, rate_hz=20_000.0), clock=ManualClock())
    assert {block.n_samples for block in blocks_of(source)} == {100}


def test_blocks_carry_the_clock_of_the_archive_and_the_health_its_rate():
    archive = ArchiveInMemory(1000, rate_hz=1000.0, clock_start_s=5000.0)
    source = ReplaySource(archive, block_samples=100, start_sample=200)
    blocks = blocks_of(source)
    assert [block.clock_s for block in blocks[:2]] == [5000.2, 5000.3]
    assert source.health.effective_rate_hz == pytest.approx(1000.0)


def test_an_archive_is_read_in_pages_and_not_for_every_block():
    archive = ArchiveInMemory(10_000, rate_hz=1000.0)
    blocks_of(ReplaySource(archive, block_ms=5.0))
    assert len(archive.reads) == 10


def test_the_source_closes_its_archive():
    archive = ArchiveInMemory(10)
    source = ReplaySource(archive)
    source.close()
    assert archive.times_closed == 1


def test_a_close_from_another_thread_ends_a_wait():
    source = ReplaySource(ArchiveInMemory(1000), clock=SystemClock(), speed=1e-6)
    answers = []
    reader = threading.Thread(target=lambda: answers.append(source.read_block(3600.0)))
    reader.start()
    source.close()
    reader.join(timeout=30)
    assert answers == [None]
    assert source.ended


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"speed": 0.0}, "speed is 0; wanted"),
        ({"speed": float("nan")}, "speed is nan; wanted"),
        ({"block_samples": 0}, "block of 0 samples was asked for; wanted 1 or more"),
        ({"block_ms": -1.0}, "block of -1 ms was asked for; wanted more than 0"),
        ({"block_ms": 5.0, "block_samples": 5}, "5 samples and of 5 ms was asked for; wanted one"),
        ({"start_sample": 11}, "samples 11 to 10 were asked for; 'in memory' has 10"),
        ({"stop_sample": 11}, "samples 0 to 11 were asked for; 'in memory' has 10"),
    ],
)
def test_an_impossible_replay_is_refused_in_one_sentence(options, sentence):
    with pytest.raises(ReplayError, match=sentence):
        ReplaySource(ArchiveInMemory(10), **options)
