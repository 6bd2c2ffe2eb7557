"""Fibres that look the same are one train, and are judged by the rhythm that each of them keeps.

Waveforms by formula, with seeds that nothing was tuned on.
"""

import numpy as np
import pytest
from detector_runs import run
from muscle import RATE_HZ, TIME_MS, muscle

from myoscope.dsp_core.kinds import Kind

SECONDS = 30.0
SPIKE = 90.0 * (
    0.5 * np.exp(-0.5 * ((TIME_MS + 0.6) / 0.3) ** 2)
    - np.exp(-0.5 * (TIME_MS / 0.3) ** 2)
    + 0.35 * np.exp(-0.5 * ((TIME_MS - 0.8) / 0.4) ** 2)
)


def evenly(generator, interval_s):
    """Return the times of a regular fibre."""
    steps_s = interval_s * (1 + 0.02 * generator.standard_normal(int(SECONDS / interval_s) - 30))
    return 1.0 + np.cumsum(steps_s)


def longest_train(generator, *fibres_s):
    """Return the last row of the train with most potentials."""
    samples = muscle(generator, SECONDS, *((SPIKE, times_s) for times_s in fibres_s))
    _, trains, _ = run(samples, rate_hz=RATE_HZ)
    last = {row["train"]: row for row in trains}
    return max(last.values(), key=lambda row: row["potentials"])


@pytest.mark.parametrize("seed", [9401, 9402, 9403])
def test_two_regular_fibres(seed):
    generator = np.random.default_rng(seed)
    train = longest_train(generator, evenly(generator, 0.079), evenly(generator, 0.111))
    assert train["potentials"] > 300
    assert train["interval_variability"] < 0.06
    assert train["rate_hz"] == pytest.approx(1 / 0.079, rel=0.05)
    assert Kind(train["kind"]) is Kind.FIBRILLATION
    assert train["confidence"] > 0.9


@pytest.mark.parametrize("seed", [9411, 9412, 9413])
def test_a_regular_fibre_and_one_that_leaves_out(seed):
    generator = np.random.default_rng(seed)
    leaves_out = evenly(generator, 0.09)
    leaves_out = leaves_out[generator.random(leaves_out.size) < 0.7]
    train = longest_train(generator, evenly(generator, 0.083), leaves_out)
    assert train["potentials"] > 300
    assert train["interval_variability"] < 0.06
    assert Kind(train["kind"]) is Kind.FIBRILLATION


@pytest.mark.parametrize("seed", [9421, 9422, 9423, 9424])
def test_what_fires_at_random_keeps_no_rhythm(seed):
    generator = np.random.default_rng(seed)
    times_s = 1.0 + np.cumsum(generator.exponential(0.06, 420) + 0.005)
    train = longest_train(generator, times_s[times_s < SECONDS - 1.0])
    assert train["potentials"] > 300
    assert train["interval_variability"] > 0.6
