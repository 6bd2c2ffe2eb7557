"""A fasciculation is one finding, however long and serrated it is.

Waveforms by formula, which nothing was tuned on.
"""

import numpy as np
import pytest
from detector_runs import run

from myoscope.dsp_core.kinds import Kind

RATE_HZ = 20_000.0
SECONDS = 60.0
TIME_MS = np.arange(-20.0, 60.0, 1000.0 / RATE_HZ)


def bump(centre_ms, width_ms, size_uv):
    return size_uv * np.exp(-0.5 * ((TIME_MS - centre_ms) / width_ms) ** 2)


def fasciculations(waveform, seed):
    """Return (samples, rows of the largest deflection) with about one potential a second."""
    generator = np.random.default_rng(seed)
    samples = 3.0 * generator.standard_normal(round(SECONDS * RATE_HZ))
    rows = []
    time_s = 1.0
    while time_s < SECONDS - 1.0:
        size = generator.uniform(0.95, 1.05)
        row = round(time_s * RATE_HZ)
        samples[row : row + len(waveform)] += size * waveform
        rows.append(row + int(np.argmax(np.abs(waveform))))
        time_s += 0.25 + generator.exponential(0.75)
    return samples.astype(np.float32)[:, np.newaxis], np.array(rows)


SERRATED = sum(
    bump(centre_ms, width_ms, size_uv)
    for centre_ms, width_ms, size_uv in (
        (-8.0, 0.5, 180.0), (-6.2, 0.4, -260.0), (-3.5, 0.5, 210.0), (-1.5, 0.4, -380.0),
        (0.0, 0.5, 320.0), (2.6, 0.4, -300.0), (5.0, 0.6, 230.0), (8.0, 0.5, -240.0),
    )
)  # fmt: skip
SLOW_END = bump(-1.5, 0.6, 250.0) + bump(0.0, 0.7, -1200.0) + bump(1.8, 0.8, 500.0)
SLOW_END += bump(18.0, 6.0, -220.0)
TWO_PARTS = bump(-6.0, 0.5, -260.0) + bump(-4.8, 0.5, 150.0)
TWO_PARTS += bump(5.0, 0.6, 210.0) + bump(6.5, 0.5, -420.0)
# Its second peak is the largest, but not behind the detector's high-pass.
TWO_PEAKS = bump(-5.0, 0.9, 100.0) + bump(-3.4, 0.6, -285.0) + bump(-1.9, 0.6, -215.0)
TWO_PEAKS += bump(0.3, 0.7, -365.0) + bump(3.3, 2.5, 115.0)


@pytest.mark.parametrize(
    "waveform",
    [SERRATED, SLOW_END, TWO_PARTS, TWO_PEAKS],
    ids=["serrated", "slow end", "two parts", "two peaks"],
)
def test_every_fasciculation_is_told_once(waveform):
    samples, rows = fasciculations(waveform, seed=7001)
    potentials, trains, _ = run(samples, rate_hz=RATE_HZ)
    kinds = dict(zip(trains["train"], trains["kind"], strict=True))  # the newest row holds
    told = np.array(
        [row["sample"] for row in potentials if kinds[row["train"]] == Kind.FASCICULATION]
    )
    near = np.abs(told[:, np.newaxis] - rows) < 2.5e-3 * RATE_HZ
    assert near.any(axis=0).mean() >= 0.9
    assert near.any(axis=1).mean() >= 0.95


@pytest.mark.parametrize("seed", [7011, 7012, 7013])
def test_a_signal_that_begins_as_a_contraction_ends_raises_no_alert(seed):
    """Two motor units fire a few times more, then the muscle rests; later one fasciculates."""
    generator = np.random.default_rng(seed)
    samples = 3.0 * generator.standard_normal((round(20.0 * RATE_HZ), 1))
    large = bump(-2.5, 0.9, 150.0) + bump(0.0, 0.8, -900.0) + bump(2.4, 1.3, 260.0)
    small = bump(-1.8, 0.7, 90.0) + bump(0.0, 0.9, -420.0) + bump(2.8, 1.5, 180.0)
    for waveform, times_s in ((large, [0.3, 0.42, 0.55]), (small, [0.26, 0.37, 0.49])):
        for time_s in times_s + 0.01 * generator.standard_normal(3):
            row = round(time_s * RATE_HZ)
            samples[row : row + len(waveform), 0] += waveform
    row = round(12.0 * RATE_HZ)
    samples[row : row + len(TWO_PEAKS), 0] += TWO_PEAKS
    _, _, alerts = run(samples.astype(np.float32), rate_hz=RATE_HZ)
    assert {Kind(row["kind"]) for row in alerts} == {Kind.FASCICULATION}
    assert alerts["first_potential_sample"].min() > 11.9 * RATE_HZ
