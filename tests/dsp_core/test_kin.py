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


def unit_wave():
    """Return a motor unit's potential of 600 microvolts and some 10 ms."""
    waveform = (
        0.4 * np.exp(-0.5 * ((TIME_MS + 2.4) / 0.9) ** 2)
        - np.exp(-0.5 * (TIME_MS / 0.9) ** 2)
        + 0.5 * np.exp(-0.5 * ((TIME_MS - 3.0) / 1.6) ** 2)
    )
    return 600.0 * waveform / np.ptp(waveform)


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


@pytest.mark.parametrize("seed", [9321, 9322])
def test_two_shapes_of_a_unit_in_a_contraction_fire_as_at_will(seed):
    generator = np.random.default_rng(seed)

    def effort(mean_s, cv):
        return 1.0 + np.cumsum(mean_s * (1 + cv * generator.standard_normal(int(38.0 / mean_s))))

    times_s = effort(0.09, 0.2)
    whole = generator.random(times_s.size) < 0.5
    # Shapes of one unit, one of whose fibres blocks.
    shapes = [(spike(0.0), times_s[~whole]), (spike(0.55), times_s[whole])]
    samples = muscle(generator, SECONDS, *shapes, (unit_wave(), effort(0.11, 0.18)))
    _, trains, alerts = run(samples, rate_hz=RATE_HZ)
    newest = {row["train"]: row for row in trains if row["potentials"] > 100}.values()
    small = [row for row in newest if row["amplitude_uv"] < 400.0]
    assert len(small) >= 2
    assert all(row["interval_variability"] < 0.45 for row in small)
    assert not len(alerts)
