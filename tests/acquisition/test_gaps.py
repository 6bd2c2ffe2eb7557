"""Where samples are missing: by the stamps alone, and by a counter."""

import numpy as np
import pytest

from myoscope.acquisition.gaps import Arrival, ClockGaps, CounterGaps, Gaps, Piece

RATE_HZ = 2000.0
CHUNK = 10


class Wire:
    """Hands samples to the gap counter as they would arrive; the value of a sample is its index."""

    def __init__(self, gaps: Gaps) -> None:
        self.gaps = gaps
        self.pieces: list[Piece] = []

    def send(
        self,
        indexes: np.ndarray,
        stamps: np.ndarray,
        *,
        arrived_s: float | None = None,
        counter: np.ndarray | None = None,
        restarted: bool = False,
        chunk: int = CHUNK,
    ) -> None:
        for at in range(0, len(indexes), chunk):
            part = slice(at, at + chunk)
            self.pieces += self.gaps.push(
                Arrival(
                    indexes[part, None].astype(np.float32),
                    stamps[part],
                    float(stamps[part].max()) if arrived_s is None else arrived_s,
                    None if counter is None else counter[part].astype(float),
                    restarted,
                )
            )

    @property
    def received(self) -> list[int]:
        return np.concatenate([piece.samples[:, 0] for piece in self.pieces]).tolist()

    @property
    def gaps_found(self) -> list[tuple[int, int]]:
        """(first sample after the gap, samples lost) of each."""
        return [
            (int(piece.samples[0, 0]), piece.lost_before)
            for piece in self.pieces
            if piece.lost_before
        ]


def seconds(first: int, n: int, rate_hz: float = RATE_HZ) -> np.ndarray:
    return 1000.0 + np.arange(first, first + n) / rate_hz


def indexes(first: int, n: int) -> np.ndarray:
    return np.arange(first, first + n)


# By the stamps alone


@pytest.fixture
def wire() -> Wire:
    return Wire(ClockGaps(RATE_HZ))


def test_a_steady_stream_passes_at_once(wire: Wire) -> None:
    wire.send(indexes(0, 4000), seconds(0, 4000))
    assert wire.received == list(range(4000))
    assert wire.gaps_found == []
    assert len(wire.pieces) == 4000 / CHUNK


def test_a_loss_is_counted_exactly_on_the_first_sample_after_it(wire: Wire) -> None:
    wire.send(indexes(0, 4000), seconds(0, 4000))
    wire.send(indexes(10_000, 4000), seconds(10_000, 4000))
    assert wire.gaps_found == [(10_000, 6000)]


def test_samples_after_a_jump_are_kept_back_until_it_has_lasted_a_second(wire: Wire) -> None:
    wire.send(indexes(0, 4000), seconds(0, 4000))
    wire.send(indexes(10_000, 1990), seconds(10_000, 1990))
    assert wire.received[-1] == 3999
    wire.send(indexes(11_990, 30), seconds(11_990, 30))
    assert wire.received[-1] == 12_019
    assert wire.gaps_found == [(10_000, 6000)]


def test_a_loss_inside_a_chunk_is_cut_there(wire: Wire) -> None:
    every = np.concatenate((indexes(0, 4005), indexes(4505, 4000)))
    wire.send(every, 1000.0 + every / RATE_HZ)
    assert wire.gaps_found == [(4505, 500)]
    assert wire.received == every.tolist()


def test_two_losses_within_a_second_are_told_apart(wire: Wire) -> None:
    every = np.concatenate((indexes(0, 4000), indexes(5000, 600), indexes(6000, 4000)))
    wire.send(every, 1000.0 + every / RATE_HZ)
    assert wire.gaps_found == [(5000, 1000), (6000, 400)]


def test_a_sender_that_froze_and_catches_up_has_lost_nothing(wire: Wire) -> None:
    wire.send(indexes(0, 4000), seconds(0, 4000))
    # Frozen for 5 s; then the backlog goes out in 0.1 s, each chunk stamped when it is sent.
    backlog = indexes(4000, 10_000)
    sent_s = np.repeat(np.linspace(seconds(14_000, 1)[0] - 0.1, seconds(14_000, 1)[0], 1000), 10)
    wire.send(backlog, sent_s + np.tile(np.arange(-9, 1) / RATE_HZ, 1000))
    wire.send(indexes(14_000, 4000), seconds(14_000, 4000))
    assert wire.gaps_found == []
    assert wire.received == list(range(18_000))


def test_late_samples_are_passed_on_as_soon_as_the_stamps_are_on_their_line(wire: Wire) -> None:
    wire.send(indexes(0, 4000), seconds(0, 4000))
    wire.send(indexes(4000, CHUNK), seconds(4000, CHUNK) + 0.1)
    assert wire.received[-1] == 3999
    wire.send(indexes(4010, CHUNK), seconds(4010, CHUNK))
    assert wire.received[-1] == 4019
    assert wire.gaps_found == []


@pytest.mark.parametrize("jitter_ms", [1.0, 5.0, 25.0, 60.0])
def test_jitter_of_the_blocks_is_no_loss(wire: Wire, jitter_ms: float) -> None:
    rng = np.random.default_rng(1)
    n = 30 * 2000
    delay_s = np.repeat(rng.exponential(jitter_ms / 3000, n // CHUNK), CHUNK).clip(0, 0.15)
    wire.send(indexes(0, n), seconds(0, n) + delay_s)
    wire.pieces += wire.gaps.settle()
    assert wire.gaps_found == []
    assert wire.received == list(range(n))


def test_a_loss_among_jitter_is_counted_to_a_few_milliseconds(wire: Wire) -> None:
    rng = np.random.default_rng(2)
    every = np.concatenate((indexes(0, 20_000), indexes(26_000, 20_000)))
    delay_s = np.repeat(rng.exponential(0.003, every.size // CHUNK), CHUNK)
    wire.send(every, 1000.0 + every / RATE_HZ + delay_s)
    assert len(wire.gaps_found) == 1
    at, lost = wire.gaps_found[0]
    assert lost == pytest.approx(6000, abs=0.005 * RATE_HZ)
    assert at == pytest.approx(26_000, abs=0.015 * RATE_HZ)


def test_chunks_of_150_ms_that_are_stamped_when_they_arrive_lose_nothing(wire: Wire) -> None:
    n = 30 * 2000
    arrival_s = seconds(0, n).reshape(-1, 300)[:, -1]
    wire.send(indexes(0, n), np.repeat(arrival_s, 300), chunk=300)
    assert wire.gaps_found == []
    assert wire.received == list(range(n))


@pytest.mark.parametrize("true_rate_hz", [1900.0, 1998.0, 1999.8, 2000.2, 2002.0, 2148.0])
def test_a_rate_that_is_off_is_measured_and_is_no_loss(wire: Wire, true_rate_hz: float) -> None:
    n = 60 * 2000
    wire.send(indexes(0, n), seconds(0, n, true_rate_hz), chunk=40)
    assert wire.gaps_found == []
    assert wire.gaps.fit.effective_rate_hz == pytest.approx(true_rate_hz, rel=1e-4)


def test_a_drifting_clock_makes_no_loss_in_hours(wire: Wire) -> None:
    n, rng = 3 * 3600 * 2000, np.random.default_rng(3)
    # The source's crystal wanders by +-150 ppm; its blocks jitter by some milliseconds.
    chunk = 2000
    for first in range(0, n, chunk):
        t = seconds(first, chunk)
        wander_s = 0.15 * np.sin(2 * np.pi * (t - 1000) / 6283)  # 150 ppm at its steepest
        late_s = np.repeat(rng.exponential(0.003, 20), chunk // 20)
        wire.send(indexes(first, chunk), t + wander_s + late_s, chunk=chunk)
        wire.pieces = [piece for piece in wire.pieces if piece.lost_before]
    assert wire.pieces == []


def test_a_clock_that_is_set_back_is_no_loss(wire: Wire) -> None:
    wire.send(indexes(0, 4000), seconds(0, 4000))
    later = seconds(4000, 4000)
    for at in range(0, 4000, CHUNK):
        wire.send(
            indexes(4000 + at, CHUNK),
            later[at : at + CHUNK] - 99_948.0,
            arrived_s=later[at + CHUNK - 1],
        )
    assert wire.gaps_found == []
    assert wire.received == list(range(8000))


def test_a_clock_that_is_set_forward_is_no_loss(wire: Wire) -> None:
    wire.send(indexes(0, CHUNK), seconds(0, CHUNK) - 1000, arrived_s=1000.005)  # seen: 0.00003 s
    later = seconds(CHUNK, 4000)
    wire.send(indexes(CHUNK, 4000), later)
    assert wire.gaps_found == []
    assert wire.received == list(range(CHUNK + 4000))


def test_between_two_clocks_the_silence_tells_what_is_missing(wire: Wire) -> None:
    wire.send(indexes(0, 4000), seconds(0, 4000))
    reboot = seconds(10_000, 4000)
    for at in range(0, 4000, CHUNK):
        part = slice(at, at + CHUNK)
        wire.send(indexes(10_000 + at, CHUNK), reboot[part] - 900, arrived_s=reboot[part][-1])
    assert wire.gaps_found == [(10_000, 6000)]


def test_what_is_kept_back_at_the_end_is_given_out_with_its_loss(wire: Wire) -> None:
    wire.send(indexes(0, 4000), seconds(0, 4000))
    wire.send(indexes(5000, 100), seconds(5000, 100))
    wire.pieces += wire.gaps.settle()
    assert wire.gaps_found == [(5000, 1000)]
    assert wire.received[-1] == 5099
    assert wire.gaps.settle() == []


def test_after_a_restart_nothing_is_kept_back(wire: Wire) -> None:
    wire.send(indexes(0, 4000), seconds(0, 4000))
    wire.send(indexes(9000, CHUNK), seconds(9000, CHUNK), restarted=True)
    assert wire.gaps_found == [(9000, 5000)]


# By a counter


def counting(modulus: int | None = None) -> Wire:
    return Wire(CounterGaps(RATE_HZ, modulus))


def test_a_counter_tells_a_loss_exactly_and_at_once() -> None:
    wire = counting()
    every = np.concatenate((indexes(0, 4003), indexes(4010, 1000)))
    wire.send(every, 1000.0 + every / RATE_HZ, counter=every)
    assert wire.gaps_found == [(4010, 7)]
    assert wire.received == every.tolist()


def test_a_counter_knows_that_late_samples_are_not_lost() -> None:
    wire = counting()
    wire.send(indexes(0, 4000), seconds(0, 4000), counter=indexes(0, 4000))
    late = indexes(4000, CHUNK)
    wire.send(late, seconds(4000, CHUNK) + 5.0, counter=late)
    assert wire.received[-1] == 4009
    assert wire.gaps_found == []


@pytest.mark.parametrize("modulus", [256, 4096, 65_536, 1 << 24])
def test_a_counter_that_starts_again_at_0_has_lost_nothing(modulus: int) -> None:
    wire = counting()
    every = indexes(modulus - 100, 200)
    wire.send(every, 1000.0 + every / RATE_HZ, counter=every % modulus)
    assert wire.gaps_found == []


def test_a_loss_at_the_moment_at_which_the_counter_starts_again_is_exact() -> None:
    wire = counting(1 << 24)
    every = np.concatenate((indexes((1 << 24) - 100, 95), indexes((1 << 24) + 20, 95)))
    wire.send(every, 1000.0 + every / RATE_HZ, counter=every % (1 << 24))
    assert [lost for _, lost in wire.gaps_found] == [25]


def test_a_counter_of_16_bits_with_sign_is_followed() -> None:
    wire = counting()
    every = indexes(32_700, 200)
    signed = every.astype(np.uint16).view(np.uint16).astype(np.int64)
    signed[signed > 32_767] -= 65_536
    wire.send(every, 1000.0 + every / RATE_HZ, counter=signed)
    assert wire.gaps_found == []


def test_a_loss_longer_than_a_round_of_the_counter_is_told_by_the_stamps_and_the_counter() -> None:
    wire = counting(256)
    every = np.concatenate((indexes(0, 4000), indexes(4000 + 6003, 4000)))
    wire.send(every, 1000.0 + every / RATE_HZ, counter=every % 256)
    assert wire.gaps_found == [(10_003, 6003)]


def test_a_counter_of_a_restarted_source_counts_by_the_stamps() -> None:
    wire = counting(1 << 24)
    wire.send(indexes(0, 4000), seconds(0, 4000), counter=indexes(0, 4000))
    wire.send(
        indexes(9000, CHUNK), seconds(9000, CHUNK), counter=indexes(1200, CHUNK), restarted=True
    )
    assert wire.gaps_found == [(9000, 5000)]


def test_a_counter_that_begins_anew_unseen_counts_by_the_stamps() -> None:
    wire = counting(1 << 24)
    wire.send(indexes(0, 4000), seconds(0, 4000), counter=indexes(50_000, 4000))
    wire.send(indexes(9000, 1000), seconds(9000, 1000), counter=indexes(0, 1000))
    assert wire.gaps_found == [(9000, 5000)]


def stuck(n: int) -> np.ndarray:
    return np.zeros(n)


def missing(n: int) -> np.ndarray:
    return np.full(n, np.nan)


def fractions(n: int) -> np.ndarray:
    return np.arange(n) / 3


@pytest.mark.parametrize("counter", [stuck, missing, fractions])
def test_a_counter_that_does_not_count_is_given_up_for_the_stamps(counter) -> None:
    wire = counting()
    wire.send(indexes(0, 4000), seconds(0, 4000), counter=counter(4000))
    wire.send(indexes(10_000, 4000), seconds(10_000, 4000), counter=counter(4000))
    assert wire.gaps_found == [(10_000, 6000)]
    assert wire.received[:4000] == list(range(4000))
