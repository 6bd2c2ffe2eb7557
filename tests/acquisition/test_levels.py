"""Levels second by second: the same however samples are cut, and of what is there alone."""

import numpy as np
import pytest

from myoscope.acquisition.block import StreamInfo
from myoscope.acquisition.levels import LevelMeter, measure_levels

RATE_HZ = 10_000.0


def normal(seconds, rms_uv=3.0, n_channels=1, seed=0):
    shape = (round(seconds * RATE_HZ), n_channels)
    return np.random.default_rng(seed).normal(0, rms_uv, shape).astype(np.float32)


def measured(samples, block=1000, first_sample=0):
    meter = LevelMeter(samples.shape[1], RATE_HZ)
    for start in range(0, len(samples), block):
        meter.add(samples[start : start + block], first_sample + start)
    return meter.levels()


def test_the_noise_is_the_rms_of_noise_whatever_lies_under_it():
    time_s = np.arange(50_000)[:, None] / RATE_HZ
    for under in (0.0, 3e4, 100 * np.sin(2 * np.pi * time_s), 2e3 * time_s):
        (level,) = measured((normal(5) + under).astype(np.float32))
        assert level.noise_uv == pytest.approx(3.0, rel=0.15)
        assert level.seconds == 5.0


def test_potentials_are_no_noise_but_swing():
    samples = normal(5)
    samples[::700] += 400
    (level,) = measured(samples)
    assert level.noise_uv == pytest.approx(3.0, rel=0.15)
    assert level.swing_uv == pytest.approx(415, abs=10)


def test_a_converter_of_coarse_steps_still_has_noise():
    (level,) = measured(np.round(normal(5) / 10) * 10)
    assert level.noise_uv == pytest.approx(3.0, rel=0.4)


@pytest.mark.parametrize("block", [1, 7, 50, 4096, 23_000])
def test_the_cut_into_blocks_changes_nothing(block):
    samples = normal(2.3, n_channels=3)
    samples[5000:5050, 0] = np.nan
    samples[9990:10_010, 1] = np.inf
    samples[:12_000, 2] = 7
    assert measured(samples, block) == measured(samples)


def test_what_is_no_number_is_counted_and_its_places_are_kept():
    samples = normal(3, n_channels=2)
    samples[10_000:10_050, 1] = np.nan
    samples[10_500, 1] = -np.inf  # 45 ms later: still the same place
    samples[20_000, 1] = np.inf
    good, bad = measured(samples, first_sample=300)
    assert (good.missing, good.missing_places) == (0, ())
    assert bad.missing == 52
    assert bad.missing_share == 52 / 30_000
    assert bad.missing_places == ((10_300, 10_801), (20_300, 20_301))
    assert bad.noise_uv == pytest.approx(good.noise_uv, rel=0.2)


def test_seconds_of_one_value_are_constant_and_no_signal():
    samples = normal(4, n_channels=3)
    samples[:20_000, 1] = 12
    samples[:, 2] = 0
    good, half, dead = measured(samples)
    assert [level.constant_share for level in (good, half, dead)] == [0, 0.5, 1]
    assert [level.seconds for level in (good, half, dead)] == [4, 2, 0]
    assert half.noise_uv == pytest.approx(3.0, rel=0.2)
    assert np.isnan(dead.noise_uv)


def test_the_time_at_the_limits_is_measured():
    clipped = np.clip(normal(4, rms_uv=300), -400, 400)
    (level,) = measured(clipped)
    assert (level.lowest_uv, level.highest_uv) == (-400, 400)
    assert level.at_limit_share == pytest.approx(0.09, abs=0.03)
    assert measured(normal(4))[0].at_limit_share < 0.01


def test_nothing_at_all_has_no_level():
    for samples in (normal(0), np.full((20_000, 1), np.nan, np.float32)):
        (level,) = measured(samples)
        assert (level.seconds, level.constant_share) == (0, 0)
        assert np.isnan(level.noise_uv)


def test_lost_samples_are_neither_read_nor_missing():
    samples = normal(4)
    samples[8000:15_000] = np.nan

    def read(start, stop):
        assert stop <= 8000 or start >= 15_000
        return samples[start:stop]

    (level,) = measure_levels(StreamInfo("a", RATE_HZ, ("1",)), read, 40_000, [(15_000, 7000)])
    assert (level.missing, level.seconds) == (0, 3.3)
