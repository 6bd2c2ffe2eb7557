"""Fibres whose potentials are alike enough to be taken for one are told apart by and by.

Waveforms by formula, with seeds that nothing was tuned on.
"""

from collections import Counter

import numpy as np
import pytest
from detector_runs import run
from muscle import RATE_HZ, TIME_MS, muscle

from myoscope.dsp_core.kinds import Kind

SECONDS = 40.0
# A potential is the detector's if it lies this near to the truth.
NEAR_S = 0.0015


def spike(size_uv, late=0.4):
    """Return an initially positive spike, and how much of its end is positive again."""
    waveform = (
        0.6 * np.exp(-0.5 * ((TIME_MS + 0.7) / 0.35) ** 2)
        - np.exp(-0.5 * (TIME_MS / 0.35) ** 2)
        + late * np.exp(-0.5 * ((TIME_MS - 1.0) / 0.45) ** 2)
    )
    return size_uv * waveform / np.ptp(waveform)


def evenly(generator, interval_s, start_s=1.0, change=0.02):
    """Return the times of a fibre that fires evenly until a second before the end."""
    count = int((SECONDS - 1.0 - start_s) / interval_s) - 5
    return start_s + np.cumsum(interval_s * (1 + change * generator.standard_normal(count)))


def trains_of(potentials, times_s, from_s=0.0):
    """Return into which trains the potentials at some times were sorted, the most first."""
    found_s = potentials["sample"] / RATE_HZ
    # A waveform of TIME_MS begins 10 ms before its middle.
    return Counter(
        int(potentials["train"][near[0]])
        for time_s in times_s[times_s > from_s] + 0.01
        if len(near := np.flatnonzero(np.abs(found_s - time_s) < NEAR_S))
    ).most_common()


def test_a_slow_fibre_is_told_from_a_fast_one_that_is_a_seventh_larger():
    alerted = 0
    for seed in range(9501, 9509):
        generator = np.random.default_rng(seed)
        fast_s, slow_s = evenly(generator, 0.13), evenly(generator, 0.71, 1.3)
        potentials, _, alerts = run(
            muscle(generator, SECONDS, (spike(100.0), fast_s), (spike(86.0), slow_s)),
            rate_hz=RATE_HZ,
        )
        (fast, _), *_ = trains_of(potentials, fast_s, 20.0)
        (slow, found), *_ = trains_of(potentials, slow_s, 20.0)
        assert {Kind(kind) for kind in alerts["kind"]} == {Kind.FIBRILLATION}
        if fast != slow:
            assert found > 0.8 * np.sum(slow_s > 20.0)
            alerted += {fast, slow} <= set(alerts["train"])
    assert alerted >= 6


@pytest.mark.parametrize("seed", [9511, 9512, 9513])
def test_fibres_that_fire_at_random_but_rest_are_told_apart_by_their_shape(seed):
    generator = np.random.default_rng(seed)
    units = []
    for size_uv in (100.0, 85.0):
        times_s = 1.0 + np.cumsum(0.05 + generator.exponential(0.08, 400))
        units.append((spike(size_uv), times_s[times_s < SECONDS - 1.0]))
    potentials, _, _ = run(muscle(generator, SECONDS, *units), rate_hz=RATE_HZ)
    larger, smaller = (trains_of(potentials, times_s, 20.0)[0][0] for _, times_s in units)
    assert larger != smaller


@pytest.mark.parametrize("seed", [9521, 9522])
def test_a_fibre_that_changes_its_size_stays_one_train(seed):
    generator = np.random.default_rng(seed)
    times_s = evenly(generator, 0.11, change=0.04)
    sizes_uv = {
        "creeping": np.linspace(80.0, 110.0, times_s.size),
        "now and then": np.where(generator.random(times_s.size) < 0.4, 85.0, 100.0),
    }
    for how, sizes in sizes_uv.items():
        units = [(spike(size_uv), [time_s]) for size_uv, time_s in zip(sizes, times_s, strict=True)]
        potentials, _, _ = run(muscle(generator, SECONDS, *units), rate_hz=RATE_HZ)
        (_, most), *_ = trains_of(potentials, times_s)
        assert most > 0.97 * times_s.size, how


@pytest.mark.parametrize("seed", [9531, 9532])
def test_a_unit_that_fires_in_groups_and_blocks_now_and_then_stays_one_train(seed):
    generator = np.random.default_rng(seed)
    times_s = np.concatenate(
        [
            start_s + np.cumsum(generator.normal(0.055, 0.006, generator.integers(4, 9)))
            for start_s in np.arange(1.0, SECONDS - 2.0, 0.9)
        ]
    )
    blocked = generator.random(times_s.size) < 0.4
    potentials, _, _ = run(
        muscle(
            generator,
            SECONDS,
            (spike(200.0), times_s[~blocked]),
            (spike(172.0), times_s[blocked]),
        ),
        rate_hz=RATE_HZ,
    )
    (_, most), *_ = trains_of(potentials, times_s)
    assert most > 0.95 * times_s.size
