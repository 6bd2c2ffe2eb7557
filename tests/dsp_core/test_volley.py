"""What repeats itself 150 to 300 times a second: an axon, a device, and what does neither."""

import numpy as np
import pytest

from myoscope.dsp_core._volley import looks

POINTS_PER_MS = 10.0
COUNT, EVERY = 400, 100
NOISE_UV = 3.0


def channel(intervals_ms, *, size_uv=100.0, slow_uv=0.0, seed=0):
    """Return points of noise with a spike after each interval and a slow swing."""
    generator = np.random.default_rng(seed)
    times = 20.0 + np.cumsum(intervals_ms)
    time_ms = np.arange(int((times[-1] + 20.0) * POINTS_PER_MS)) / POINTS_PER_MS
    values = NOISE_UV * generator.standard_normal(len(time_ms))
    values += slow_uv * np.sin(2e-3 * np.pi * 15.0 * time_ms)
    for time in times:
        away = (time_ms - time) / 0.4
        values += size_uv * (1.0 - away**2) * np.exp(-0.5 * away**2)
    return values.astype(np.float32)


def outcome(values):
    """Return (share of the looks in a volley, whether it is a device's at last, last period)."""
    found = looks(values, COUNT, EVERY, POINTS_PER_MS)
    volleys = [look for look in found if look[0]]
    if not volleys:
        return 0.0, False, 0.0
    return len(volleys) / len(found), volleys[-1][1], volleys[-1][2]


@pytest.mark.parametrize("rate_hz", [150.0, 220.0, 300.0])
@pytest.mark.parametrize("slow_uv", [0.0, 2000.0])
def test_an_axon_that_slows_down_is_a_volley(rate_hz, slow_uv):
    generator = np.random.default_rng(1)
    count = int(rate_hz)
    intervals = 1000.0 / rate_hz * np.linspace(0.9, 1.0, count)
    intervals *= 1.0 + 0.02 * generator.standard_normal(count)
    share, device, period_ms = outcome(channel(intervals, slow_uv=slow_uv))
    assert share > 0.7
    assert not device
    assert period_ms == pytest.approx(intervals[-20:].mean(), rel=0.05)


@pytest.mark.parametrize("rate_hz", [150.0, 216.7, 300.0])
def test_what_keeps_its_period_is_a_device(rate_hz):
    share, device, period_ms = outcome(channel(np.full(int(rate_hz), 1000.0 / rate_hz)))
    assert share > 0.7
    assert device
    assert period_ms == pytest.approx(1000.0 / rate_hz, rel=0.002)


@pytest.mark.parametrize("mean_ms", [3.5, 5.0, 15.0])
def test_irregular_potentials_are_no_volley_however_dense(mean_ms):
    for seed in range(5):
        intervals = 1.5 + np.random.default_rng(seed).exponential(mean_ms - 1.5, 200)
        assert outcome(channel(intervals, seed=seed))[0] == 0.0


@pytest.mark.parametrize("interval_ms", [12.0, 25.0, 80.0])
def test_a_slower_train_is_no_volley(interval_ms):
    assert outcome(channel(np.full(30, interval_ms)))[0] == 0.0


def test_neither_a_swing_nor_noise_nor_silence_is_a_volley():
    swing = channel([300.0], size_uv=0.0, slow_uv=5000.0)
    for values in (swing, channel([300.0], size_uv=0.0), np.zeros(4000, np.float32)):
        assert outcome(values)[0] == 0.0


@pytest.mark.parametrize("lasts_ms", [40.0, 80.0, 160.0])
@pytest.mark.parametrize("size_uv", [500.0, 3000.0])
def test_a_slope_is_like_itself_at_any_lag_and_no_volley(lasts_ms, size_uv):
    for seed in range(5):
        values = channel([300.0], size_uv=0.0, seed=seed)
        slope = size_uv * np.exp(-np.arange(len(values)) / (lasts_ms * POINTS_PER_MS))
        assert outcome(values + slope.astype(np.float32))[0] == 0.0


def test_a_stretch_that_holds_no_two_of_the_longest_intervals_shows_nothing():
    values = channel(np.full(100, 5.0))
    assert not any(look[0] for look in looks(values, 100, 100, POINTS_PER_MS))
