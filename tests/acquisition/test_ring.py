"""The ring keeps the newest samples, tells a slow reader what it missed and never waits."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myoscope.acquisition.block import Block
from myoscope.acquisition.ring import SampleRing


def numbered_block(first_sample: int, n_samples: int, n_channels: int = 2, lost: int = 0) -> Block:
    """A Block whose samples are their own index, plus half a sample for each channel."""
    rows = np.arange(first_sample, first_sample + n_samples, dtype=np.float32)
    samples = np.ascontiguousarray(rows[:, None] + 0.5 * np.arange(n_channels, dtype=np.float32))
    return Block(samples, first_sample, lost)


def test_a_ring_gives_back_what_was_written():
    ring = SampleRing(2, 10)
    ring.write(numbered_block(0, 6))
    window = ring.read(2, 5)
    assert window.samples[:, 0].tolist() == [2, 3, 4]
    assert window.samples[:, 1].tolist() == [2.5, 3.5, 4.5]
    assert (window.first_sample, window.overrun_samples) == (2, 0)


def test_what_a_reader_gets_is_its_own_copy():
    ring = SampleRing(2, 4)
    ring.write(numbered_block(0, 4))
    samples = ring.read(0, 4).samples
    ring.write(numbered_block(4, 4))
    assert samples[:, 0].tolist() == [0, 1, 2, 3]


def test_a_part_of_the_rows_is_read_for_a_measure_of_many():
    ring = SampleRing(2, 10)
    ring.write(numbered_block(0, 14))
    assert ring.sample(0, 20, 3)[:, 0].tolist() == [4, 7, 10, 13]
    assert ring.sample(20, 30, 3).shape == (0, 2)


def test_lost_samples_are_nan_in_the_ring():
    ring = SampleRing(2, 10)
    ring.write(numbered_block(0, 3))
    ring.write(numbered_block(6, 2, lost=3))
    read = ring.read(0, 8).samples[:, 0]
    np.testing.assert_array_equal(read, [0, 1, 2, np.nan, np.nan, np.nan, 6, 7])


def test_a_gap_longer_than_the_ring_leaves_nothing_of_what_was_before():
    ring = SampleRing(2, 4)
    ring.write(numbered_block(0, 4))
    ring.write(numbered_block(1_000_000_000, 1, lost=999_999_996))
    window = ring.read(ring.oldest, ring.newest)
    np.testing.assert_array_equal(window.samples[:, 0], [np.nan, np.nan, np.nan, 1_000_000_000])


def test_a_block_longer_than_the_ring_leaves_its_end():
    ring = SampleRing(2, 4)
    ring.write(numbered_block(0, 11))
    assert (ring.oldest, ring.newest) == (7, 11)
    assert ring.read(7, 11).samples[:, 0].tolist() == [7, 8, 9, 10]


def test_a_reader_that_falls_behind_learns_how_much_it_missed():
    ring = SampleRing(2, 4)
    ring.write(numbered_block(0, 10))
    window = ring.read(3, 9)
    assert window.overrun_samples == 3
    assert window.first_sample == 6
    assert window.samples[:, 0].tolist() == [6, 7, 8]


def test_a_reader_that_missed_everything_gets_nothing_and_learns_it():
    ring = SampleRing(2, 4)
    ring.write(numbered_block(0, 20))
    window = ring.read(3, 9)
    assert (len(window.samples), window.first_sample, window.overrun_samples) == (0, 9, 6)


def test_samples_that_are_not_there_yet_are_left_out_and_are_no_overrun():
    ring = SampleRing(2, 10)
    ring.write(numbered_block(0, 5))
    assert ring.read(3, 9).samples[:, 0].tolist() == [3, 4]
    window = ring.read(7, 9)
    assert (len(window.samples), window.first_sample, window.overrun_samples) == (0, 7, 0)


def test_a_block_with_other_channels_is_refused():
    with pytest.raises(ValueError, match="block has 3 channels; wanted 2"):
        SampleRing(2, 10).write(numbered_block(0, 5, n_channels=3))


def test_a_block_from_the_past_is_refused():
    ring = SampleRing(2, 10)
    ring.write(numbered_block(0, 5))
    with pytest.raises(ValueError, match="starts at sample 4; wanted 5"):
        ring.write(numbered_block(4, 5))


@pytest.mark.parametrize("size", [(0, 5), (2, 0)])
def test_a_ring_without_room_is_refused(size):
    with pytest.raises(ValueError, match="wanted 1 or more"):
        SampleRing(*size)


blocks = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=12)


@given(capacity=st.integers(1, 16), blocks=blocks, data=st.data())
def test_the_ring_agrees_with_a_whole_signal_kept_in_memory(capacity, blocks, data):
    ring = SampleRing(2, capacity)
    whole = np.empty(0, np.float32)
    for lost, n_samples in blocks:
        first = len(whole) + lost
        ring.write(numbered_block(first, n_samples, lost=lost))
        written = numbered_block(first, n_samples).samples[:, 0]
        whole = np.concatenate([whole, np.full(lost, np.nan, np.float32), written])
        check(ring, whole)
        start = data.draw(st.integers(-2, len(whole) + 2))
        stop = data.draw(st.integers(start, len(whole) + 4))
        window = ring.read(start, stop)
        end = window.first_sample + len(window.samples)
        np.testing.assert_array_equal(window.samples[:, 0], whole[window.first_sample : end])
        assert max(0, start) + window.overrun_samples == window.first_sample
        # All that is there of what was asked for was given.
        assert len(window.samples) == max(
            0, min(stop, ring.newest) - max(0, start, min(ring.oldest, stop))
        )


def check(ring: SampleRing, whole: np.ndarray) -> None:
    """What holds after every write."""
    assert ring.newest == len(whole)
    assert ring.oldest == max(0, len(whole) - ring.capacity_samples)
    window = ring.read(0, ring.newest)
    assert window.first_sample == ring.oldest
    assert window.samples.dtype == np.float32
    np.testing.assert_array_equal(window.samples[:, 0], whole[ring.oldest :])


def test_a_reader_beside_a_busy_writer_never_sees_a_torn_sample():
    ring = SampleRing(4, 64)
    done = threading.Event()

    def write() -> None:
        for first in range(0, 60_000, 30):
            ring.write(numbered_block(first, 30, n_channels=4))
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    n_seen = 0
    while not (done.is_set() and n_seen):
        window = ring.read(max(0, ring.newest - 64), ring.newest)
        rows = np.arange(window.first_sample, window.first_sample + len(window.samples))
        assert (window.samples[:, 0] == rows).all()
        assert (window.samples[:, 3] == rows + 1.5).all()
        n_seen += len(rows)
    writer.join()
    assert ring.newest == 60_000
