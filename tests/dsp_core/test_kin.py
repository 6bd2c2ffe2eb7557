"""A fibre whose potentials are sorted into several trains is judged by all of them together.

Waveforms by formula, with seeds that nothing was tuned on.
"""

import numpy as np
import pytest
from detector_runs import run
from muscle import RATE_HZ, TIME_MS, muscle

SECONDS = 40.0


def spike(late):
    """Return an initially positive spike of 200 microvolts, its late part as large as said."""
    waveform = (
        0.6 * np.exp(-0.5 * ((TIME_MS + 0.7) / 0.35) ** 2)
        - np.exp(-0.5 * (TIME_MS / 0.35) ** 2)
        + late * np.exp(-0.5 * ((TIME_MS - 1.0) / 0.45) ** 2)
    )
    return 200.0 * waveform / np.ptp(waveform)


def largest_trains(samples):
    """Return the last rows of the two trains with most potentials."""
    _, trains, _ = run(samples, rate_hz=RATE_HZ)
    last = {row["train"]: row for row in trains}
    return sorted(last.values(), key=lambda row: -row["potentials"])[:2]


@pytest.mark.parametrize("seed", [9301, 9302])
def test_two_shapes_of_one_fibre_fire_as_evenly_as_it_does(seed):
    generator = np.random.default_rng(seed)
    times_s = 1.0 + np.cumsum(0.11 * (1 + 0.03 * generator.standard_normal(340)))
    whole = generator.random(times_s.size) < 0.5
    trains = largest_trains(
        muscle(generator, SECONDS, (spike(0.0), times_s[~whole]), (spike(0.55), times_s[whole]))
    )
    assert min(row["potentials"] for row in trains) > 100
    assert all(row["interval_variability"] < 0.1 for row in trains)
    assert all(8.0 < row["rate_hz"] < 10.0 for row in trains)


@pytest.mark.parametrize("seed", [9311, 9312])
def test_like_shapes_of_two_fibres_that_fire_at_random_stay_apart(seed):
    generator = np.random.default_rng(seed)
    times_s = 1.0 + np.cumsum(0.1 + generator.exponential(0.12, (2, 160)), axis=1)
    units = [
        (shape, fired_s[fired_s < SECONDS - 1.0])
        for shape, fired_s in zip((spike(0.0), spike(0.55)), times_s, strict=True)
    ]
    trains = largest_trains(muscle(generator, SECONDS, *units))
    assert min(row["potentials"] for row in trains) > 80
    assert all(row["interval_variability"] > 0.3 for row in trains)
