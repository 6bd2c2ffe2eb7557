"""The band in which the trace is shown."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.display_filter import DisplayFilter

RATE_HZ = 10_000.0


def made(n_channels=1, **changes):
    return DisplayFilter(n_channels, RATE_HZ, DetectorSettings(**changes))


def tone(hz, seconds=1.0):
    return np.sin(2 * np.pi * hz * np.arange(0, seconds, 1 / RATE_HZ))[:, None].astype(np.float32)


def test_an_electrode_offset_is_not_seen_even_at_the_start():
    assert np.abs(made().process(np.full((1000, 1), 300_000.0, np.float32), 0)).max() < 0.5


@pytest.mark.parametrize(
    ("hz", "changes", "lowest", "highest"),
    [
        (300, {}, 0.99, 1.01),
        (1, {}, 0.0, 0.02),
        (50, {"notch_hz": 50.0}, 0.0, 0.02),
        (150, {"notch_hz": 50.0}, 0.0, 0.02),
        (425, {"notch_hz": 50.0}, 0.9, 1.1),
        (3000, {"low_pass_hz": 500.0}, 0.0, 0.05),
    ],
)
def test_what_passes_and_what_does_not(hz, changes, lowest, highest):
    shown = made(**changes).process(tone(hz, 3.0), 0)[-5000:]
    assert lowest <= np.abs(shown).max() <= highest


def test_an_inverted_source_is_turned_over():
    samples = tone(300)
    turned = made(polarity="inverted").process(samples, 0)
    np.testing.assert_array_equal(turned, -made().process(samples, 0))


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 3000), max_size=6), seed=st.integers(0, 5))
def test_it_does_not_matter_how_the_stream_was_cut(cuts, seed):
    random = np.random.default_rng(seed)
    samples = random.normal(0, 10, (3000, 2)).astype(np.float32)
    samples[1000:1100] = np.nan
    samples[random.integers(0, 3000, 20), 1] = np.nan
    whole, pieces = made(2), made(2)
    edges = [0, *sorted(cuts), 3000]
    shown = [pieces.process(samples[a:b], a) for a, b in pairwise(edges)]
    np.testing.assert_allclose(np.concatenate(shown), whole.process(samples, 0), atol=1e-3)


def test_missing_values_stay_missing_and_spoil_nothing_else():
    samples = np.repeat(tone(300), 2, axis=1)
    samples[5000:5010, 1] = np.nan
    samples[7000:7100] = np.nan
    shown = made(2).process(samples, 0)
    np.testing.assert_array_equal(np.isnan(shown), np.isnan(samples))
    assert np.nanmax(np.abs(shown)) < 1.6
    np.testing.assert_allclose(shown[:5000], made(2).process(samples[:5000], 0), atol=1e-6)
