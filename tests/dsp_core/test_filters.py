"""The detector's band, as the trace shows it."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from myoscope.dsp_core.filters import StreamFilter, butterworth_section
from myoscope.dsp_core.settings import DetectorSettings


@pytest.mark.parametrize("side", ["high", "low"])
@pytest.mark.parametrize("rate_hz", [2000.0, 10_000.0, 48_000.0])
@pytest.mark.parametrize("corner_hz", [0.5, 10.0, 100.0, 800.0])
def test_a_section_is_the_butterworth_filter_of_scipy(side, corner_hz, rate_hz):
    expected = signal.butter(2, corner_hz, f"{side}pass", fs=rate_hz, output="sos")
    np.testing.assert_allclose(
        butterworth_section(side, corner_hz, rate_hz), expected, rtol=1e-9, atol=1e-15
    )


@given(cuts=st.lists(st.integers(0, 3000), max_size=6), notch_hz=st.sampled_from([0.0, 50.0]))
@settings(max_examples=20, deadline=None)
def test_it_does_not_matter_how_the_stream_was_cut(cuts, notch_hz):
    samples = np.random.default_rng(1).normal(0, 10, (3000, 2)).astype(np.float32)
    samples[1000:1003, 1] = np.nan
    chosen = DetectorSettings(notch_hz=notch_hz)
    whole, pieces = (StreamFilter(2, 10_000.0, chosen) for _ in range(2))
    shown = [pieces.process(samples[a:b], a) for a, b in pairwise([0, *sorted(cuts), 3000])]
    np.testing.assert_array_equal(np.concatenate(shown), whole.process(samples, 0))


def test_after_a_restart_it_is_settled_at_the_next_value():
    band = StreamFilter(1, 10_000.0, DetectorSettings())
    band.process(np.full((100, 1), -500.0, np.float32), 0)
    band.restart()
    assert np.abs(band.process(np.full((100, 1), 3e5, np.float32), 900)).max() < 1e-3
