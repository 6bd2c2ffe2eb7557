"""Every instruction set and every size of a tile gives the same bits, on any numbers."""

import numpy as np
import pytest
from detector_runs import RATE_HZ, run
from hypothesis import given, settings
from hypothesis import strategies as st

from myoscope.acquisition.simulation import simulate
from myoscope.dsp_core._tiles import instruction_set, instruction_sets
from myoscope.dsp_core.filters import StreamFilter
from myoscope.dsp_core.settings import DetectorSettings

ODD_VALUES = [np.nan, np.inf, -np.inf, 1e38, 9.9e6, -1e7, 3e5, -3e5, 1e-42, -1e-42, 0.0, -0.0]


@pytest.fixture(autouse=True)
def more_than_one():
    if len(instruction_sets()) < 2:
        pytest.skip("this machine has only one of the instruction sets")


@pytest.fixture(scope="module")
def busy():
    samples, _ = simulate("denervated-profuse", RATE_HZ, 5, 3.0, seed=8)
    return samples


def on_each(monkeypatch, work):
    """Return what ``work`` returns with each instruction set."""
    results = []
    for name in instruction_sets():
        monkeypatch.setenv("MYOSCOPE_INSTRUCTION_SET", name)
        results.append(work())
    return results


@pytest.mark.parametrize("notch_hz", [0.0, 50.0])
def test_they_find_the_same_byte_for_byte(monkeypatch, busy, notch_hz):
    chosen = DetectorSettings(notch_hz=notch_hz, low_pass_hz=5000.0)
    first, *others = on_each(monkeypatch, lambda: run(busy, settings=chosen))
    assert len(first[0]) > 100
    for other in others:
        assert [table.tobytes() for table in other] == [table.tobytes() for table in first]


@given(
    n_channels=st.sampled_from([1, 2, 3, 4, 7, 8, 9, 13, 16]),
    offset_uv=st.sampled_from([0.0, 3e5, -3e5]),
    notch_hz=st.sampled_from([0.0, 60.0]),
    faults=st.lists(
        st.tuples(
            st.integers(0, 1999), st.integers(0, 15), st.sampled_from(ODD_VALUES),
            st.integers(1, 80),
        ),
        max_size=8,
    ),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_they_filter_any_numbers_alike(n_channels, offset_uv, notch_hz, faults):
    samples = np.random.default_rng(1).normal(offset_uv, 9.0, (2000, n_channels))
    samples = samples.astype(np.float32)
    for row, channel, value, count in faults:
        samples[row : row + count, channel % n_channels] = value
    chosen = DetectorSettings(notch_hz=notch_hz)
    with pytest.MonkeyPatch.context() as patch:
        whole, *others = on_each(
            patch, lambda: StreamFilter(n_channels, 20_000.0, chosen).process(samples, 7)
        )
        for other in others:
            assert other.tobytes() == whole.tobytes()
    assert np.isfinite(whole).all()
    # A channel alone is worked on as one of a larger tile is.
    last = np.ascontiguousarray(samples[:, -1:])
    alone = StreamFilter(1, 20_000.0, chosen).process(last, 7)
    assert alone.tobytes() == np.ascontiguousarray(whole[:, -1:]).tobytes()


def test_a_set_that_the_machine_has_not_is_refused(monkeypatch):
    monkeypatch.setenv("MYOSCOPE_INSTRUCTION_SET", "z80")
    with pytest.raises(ValueError, match="MYOSCOPE_INSTRUCTION_SET is 'z80'; wanted 'baseline'"):
        instruction_set()


def test_the_best_one_is_used_where_none_is_named(monkeypatch):
    monkeypatch.delenv("MYOSCOPE_INSTRUCTION_SET", raising=False)
    assert instruction_set() == instruction_sets()[-1]
