"""Each kind of discharge keeps the rhythm that the literature gives it."""

from functools import partial
from itertools import islice, takewhile

import numpy as np
import pytest

from myoscope.acquisition.simulation import rhythms
from myoscope.acquisition.simulation.rhythms import Firing, Rhythm

SEEDS = range(12)
FOR_EVER = (float("inf"), float("inf"))


def fired(rhythm: Rhythm, seconds: float, seed: int, duration_s: float = 0.01) -> np.ndarray:
    """Return times and gains, shape (n, 2)."""
    firing = Firing(np.random.default_rng(seed), 1.0, np.random.SeedSequence(7), duration_s)
    return np.array(list(takewhile(lambda d: d[0] < 1.0 + seconds, rhythm(firing))))


def cv(intervals: np.ndarray) -> float:
    return float(intervals.std() / intervals.mean())


ALL = [
    rhythms.regular,
    rhythms.irregular,
    rhythms.changeable,
    rhythms.fasciculating,
    rhythms.voluntary,
    partial(rhythms.voluntary, doublets=0.1),
    rhythms.steady,
    rhythms.cramping,
    rhythms.end_plate_spikes,
    rhythms.end_plate_hiss,
    rhythms.ring,
    rhythms.waxing_and_waning,
    rhythms.grouped,
    rhythms.decrementing,
    rhythms.insertion,
    rhythms.once,
    partial(rhythms.clocked, firing_hz=(130.0, 185.0)),
    rhythms.heart,
    rhythms.now_and_then,
]


@pytest.mark.parametrize("rhythm", ALL)
def test_discharges_follow_one_another_and_begin_when_they_may(rhythm):
    for seed in range(3):
        firing = Firing(np.random.default_rng(seed), 1.0, np.random.SeedSequence(7), 0.01)
        discharges = np.array(list(islice(rhythm(firing), 300)))
        assert discharges[0, 0] >= 1.0
        assert np.all(np.diff(discharges[:, 0]) > 0.0)
        assert np.all(discharges[:, 1] > 0.0)


def test_regular_fibrillations_vary_by_one_to_five_percent():
    for seed in SEEDS:
        intervals = np.diff(fired(partial(rhythms.regular, run_s=FOR_EVER), 120.0, seed)[:, 0])
        assert 0.007 < cv(intervals) < 0.065
        assert 0.45 < 1.0 / intervals.mean() < 16.0


def test_a_regular_train_slows_before_it_stops():
    rhythm = partial(
        rhythms.regular, firing_hz=(8.0, 8.0), run_s=(20.0, 20.0), pause_s=(60.0, 60.0)
    )
    intervals = np.diff(fired(rhythm, 50.0, 1)[:, 0])
    assert intervals[-3:].mean() > 1.4 * intervals[:50].mean()
    assert intervals[:100].mean() == pytest.approx(1 / 8, rel=0.02)


def test_irregular_fibrillations_keep_a_least_interval():
    measured = []
    for seed in SEEDS:
        intervals = np.diff(fired(rhythms.irregular, 300.0, seed)[:, 0])
        assert intervals.min() >= 0.029
        measured.append(cv(intervals))
    assert min(measured) > 0.2
    assert max(measured) < 1.0
    assert 0.4 < np.mean(measured) < 0.7


def test_a_changeable_train_is_regular_for_seconds_and_irregular_for_the_next():
    rhythm = partial(rhythms.changeable, firing_hz=(8.0, 8.0), epoch_s=(10.0, 10.0))
    times = fired(rhythm, 200.0, 1)[:, 0]
    by_epoch = [
        cv(np.diff(times[(times >= start) & (times < start + 4.0)])) for start in range(1, 200, 4)
    ]
    assert min(by_epoch) < 0.06
    assert max(by_epoch) > 0.3
    assert np.diff(times).min() >= 0.035


def test_the_rate_and_cv_that_are_asked_for_are_met():
    rhythm = partial(rhythms.irregular, firing_hz=(5.0, 5.0), cv=(0.6, 0.6), least_ms=(30.0, 30.0))
    intervals = np.diff(fired(rhythm, 1000.0, 1)[:, 0])
    assert intervals.mean() == pytest.approx(0.2, rel=0.05)
    assert cv(intervals) == pytest.approx(0.6, rel=0.08)


def test_fasciculations_are_rare_and_random():
    pooled = []
    for seed in SEEDS:
        intervals = np.diff(fired(rhythms.fasciculating, 2000.0, seed)[:, 0])
        assert 0.02 < 1.0 / intervals.mean() < 2.5
        pooled.append(cv(intervals))
    assert 0.85 < np.mean(pooled) < 1.3


def test_end_plate_spikes_are_irregular_with_very_short_intervals():
    for seed in SEEDS:
        intervals = np.diff(fired(rhythms.end_plate_spikes, 120.0, seed)[:, 0])
        assert cv(intervals) > 0.5
        assert 0.002 <= intervals.min() < 0.01
        assert 5.0 < 1.0 / intervals.mean() < 60.0


def test_end_plate_noise_is_dense():
    for seed in SEEDS:
        discharges = fired(rhythms.end_plate_hiss, 10.0, seed)
        assert 15.0 < len(discharges) / 10.0 < 660.0


def test_a_voluntary_unit_fires_semi_regularly():
    for seed in SEEDS:
        intervals = np.diff(fired(rhythms.steady, 200.0, seed)[:, 0])
        assert 4.5 < 1.0 / intervals.mean() < 13.0
        assert 0.05 < cv(intervals) < 0.27


def test_voluntary_units_speed_up_together_and_rest_together():
    trains = [fired(rhythms.voluntary, 300.0, seed)[:, 0] for seed in range(5)]
    counts = np.array([np.histogram(train, np.arange(1.0, 301.0))[0] for train in trains])
    assert counts.max() <= 32
    together = np.corrcoef(counts)
    assert together[np.triu_indices(5, 1)].min() > 0.5
    assert np.any(counts.sum(axis=0) == 0)


def test_doublets_come_within_ten_milliseconds():
    intervals = np.diff(fired(partial(rhythms.voluntary, doublets=0.1), 300.0, 2)[:, 0])
    short = intervals[intervals < 0.012]
    assert 0.05 < short.size / intervals.size < 0.15
    assert short.min() >= 0.003


def test_complex_repetitive_discharges_vary_by_less_than_two_percent():
    for seed in SEEDS:
        intervals = np.diff(fired(rhythms.ring, 120.0, seed, duration_s=0.02)[:, 0])
        change = np.abs(np.diff(intervals)) / intervals[1:]
        assert np.median(change) < 0.02 * 1.5  # consecutive intervals differ by √2 times as much
        assert intervals.min() > 0.02  # the next round begins when the ring has been run through


def test_myotonic_discharges_wax_and_wane_in_rate_and_amplitude():
    for seed in SEEDS:
        discharges = fired(partial(rhythms.waxing_and_waning, run_s=(10.0, 10.0)), 60.0, seed)
        starts = np.flatnonzero(np.diff(discharges[:, 0]) > 0.5)
        run = discharges[starts[0] + 1 : starts[1] + 1]
        rates = 1.0 / np.diff(run[:, 0])
        assert 12.0 < rates.min() < 30.0
        assert 35.0 < np.percentile(rates, 99) < 115.0
        assert run[:, 1].max() > 2.0 * run[:, 1].min()


def test_myokymic_discharges_come_in_bursts():
    for seed in SEEDS:
        times = fired(rhythms.grouped, 200.0, seed)[:, 0]
        intervals = np.diff(times)
        within = np.median(intervals)
        assert 1.0 / 70.0 < within < 1.0 / 5.0
        ends = np.flatnonzero(intervals > 2.0 * within)
        assert ends.size > 5
        sizes = np.diff(ends)
        assert sizes.min() >= 1
        assert sizes.max() <= 15


def test_neuromyotonic_discharges_are_very_fast_and_fade():
    for seed in SEEDS:
        discharges = fired(partial(rhythms.decrementing, run_s=(1.0, 1.0)), 20.0, seed)
        intervals = np.diff(discharges[:, 0])
        end = int(np.flatnonzero(intervals > 0.1)[0])
        assert 140.0 < 1.0 / np.median(intervals[:end]) < 310.0
        assert discharges[end, 1] < 0.4 * discharges[0, 1]


def test_a_cramp_fires_mostly_at_forty_to_sixty():
    pooled = np.concatenate([np.diff(fired(rhythms.cramping, 60.0, seed)[:, 0]) for seed in SEEDS])
    rates = 1.0 / pooled[pooled < 0.2]
    assert 35.0 < np.median(rates) < 65.0
    assert np.percentile(rates, 99) < 150.0


def test_insertional_activity_ends_within_300_ms_of_the_movement():
    for seed in SEEDS:
        discharges = fired(rhythms.insertion, 60.0, seed)
        assert len(discharges) > 5
        assert discharges[-1, 0] - 1.0 < rhythms.MOVING_S + 0.3


def test_increased_insertional_activity_outlasts_it():
    rhythm = partial(rhythms.insertion, after_s=(1.0, 2.0), firing_hz=(150.0, 150.0))
    for seed in SEEDS:
        assert fired(rhythm, 60.0, seed)[-1, 0] - 1.0 > rhythms.MOVING_S + 0.6


def test_a_stimulator_keeps_exact_time():
    times = fired(partial(rhythms.clocked, firing_hz=(130.0, 185.0)), 60.0, 3)[:, 0]
    assert np.ptp(np.diff(times)) < 1e-9
