"""A complex of potentials is known by what is a cycle before, whatever trains they are in."""

import numpy as np
import pytest

from myoscope.dsp_core._ring import rings

PER_MS = 20.0


def cycles(n, period_ms, cv, seed):
    """Return when each of some cycles begins, in ms."""
    steps = period_ms * (1.0 + cv * np.random.default_rng(seed).standard_normal(n))
    return 100.0 + np.cumsum(steps)


def complexes(begins_ms, lags_ms, seed, *, missed=0.0, trains=3, jitter_ms=0.02):
    """Return times in samples and trains of spikes at fixed lags; like ones change their train."""
    rng = np.random.default_rng(seed)
    times_ms = np.asarray(begins_ms)[:, None] + np.asarray(lags_ms)
    times_ms = np.ravel(times_ms + jitter_ms * rng.standard_normal(times_ms.shape))
    times_ms = times_ms[rng.random(len(times_ms)) >= missed]
    return np.round(np.sort(times_ms) * PER_MS).astype(int), rng.integers(
        trains, size=len(times_ms)
    )


def known(times, trains, phases=3):
    return rings(times.tolist(), trains.tolist(), [phases] * len(times), PER_MS)


def share(found, first=0):
    """Return the share of potentials, from one on, that belong to a complex that repeats itself."""
    return np.mean([one[0] for one in found[first:]])


@pytest.mark.parametrize("period_ms", [25.0, 60.0, 300.0])
@pytest.mark.parametrize(
    "lags_ms", [(0.0, 4.0), (0.0, 2.5, 9.0), (0.0, 4.0, 8.0), (0.0, 3.0, 5.5, 8.5, 12.0)]
)
def test_spikes_at_fixed_lags_are_a_ring_whatever_trains_they_are_sorted_into(period_ms, lags_ms):
    shares = []
    for seed in range(5):
        found = known(*complexes(cycles(80, period_ms, 0.01, seed), lags_ms, seed))
        shares.append(share(found, 60))
        _, period, span, phases = found[-1]
        assert period == pytest.approx(period_ms, rel=0.04)
        assert span == pytest.approx(lags_ms[-1], abs=0.05 * period_ms)
        assert phases == pytest.approx(3 * len(lags_ms), rel=0.2)
    assert np.mean(shares) > 0.9


def test_a_ring_is_known_though_spikes_are_missed_now_and_then():
    shares = []
    for seed in range(10):
        begins = cycles(100, 70.0, 0.008, seed)
        found = known(*complexes(begins, (0.0, 3.0, 7.5, 14.0), seed, missed=0.12))
        shares.append(share(found, 80))
    assert np.mean(shares) > 0.7


def test_two_fibres_that_fire_three_times_while_the_other_fires_four_times_are_no_ring():
    for seed in range(10):
        rng = np.random.default_rng(seed)
        slow, fast = (
            100.0 + np.cumsum(period_ms * (1.0 + 0.002 * rng.standard_normal(count)))
            for period_ms, count in ((24.0, 90), (18.0, 120))
        )
        times = np.concatenate([slow, fast])
        order = np.argsort(times)
        trains = np.repeat([0, 1], [90, 120])[order]
        assert share(known(np.round(times[order] * PER_MS).astype(int), trains), 100) < 0.05


def test_a_ring_is_known_again_soon_after_its_rate_has_jumped():
    begins = np.concatenate([cycles(40, 80.0, 0.008, 1), 3400.0 + cycles(40, 50.0, 0.008, 2)])
    found = known(*complexes(begins, (0.0, 4.0, 9.0), 3))
    assert share(found[135:]) > 0.9
    assert found[-1][1] == pytest.approx(50.0, rel=0.04)


@pytest.mark.parametrize("period_ms", [6.0, 15.0, 100.0])
def test_an_even_train_is_no_ring_even_where_it_is_sorted_into_several(period_ms):
    for seed in range(5):
        assert not share(known(*complexes(cycles(200, period_ms, 0.01, seed), (0.0,), seed)))


@pytest.mark.parametrize("periods_ms", [(100.0, 100.0), (150.0, 152.0), (80.0, 160.0)])
def test_fibres_that_fire_at_like_rates_are_no_ring(periods_ms):
    shares = []
    for seed in range(20):
        one = complexes(cycles(100, periods_ms[0], 0.02, seed), (0.0,), seed, trains=1)[0]
        other = complexes(cycles(100, periods_ms[1], 0.02, 99 + seed), (0.0,), seed, trains=1)[0]
        times = np.concatenate([one, other + 700])
        order = np.argsort(times)
        trains = np.repeat([0, 1], [len(one), len(other)])
        shares.append(share(known(times[order], trains[order])))
    assert np.mean(shares) < 0.02


@pytest.mark.parametrize("lags_ms", [(0.0, 12.0), (0.0, 12.0, 16.0), (0.0, 7.0, 12.0, 16.0)])
def test_a_motor_unit_with_late_components_is_no_ring(lags_ms):
    shares = [
        share(known(*complexes(cycles(800, 100.0, 0.08, seed), lags_ms, seed)))
        for seed in range(10)
    ]
    assert max(shares) < 0.1
    assert np.mean(shares) < 0.02


@pytest.mark.parametrize("mean_ms", [5.0, 30.0])
def test_potentials_at_random_are_no_ring(mean_ms):
    rng = np.random.default_rng(4)
    times = np.cumsum(rng.exponential(mean_ms * PER_MS, 2000).astype(int) + 40)
    assert not share(known(times, rng.integers(4, size=2000)))
