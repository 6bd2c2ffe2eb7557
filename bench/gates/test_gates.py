"""Is the core still as fast as it was? Nothing here depends on how busy the machine is.

    make gates                                    with the peers, a minute or two

Instructions are counted; times are only compared with others of the same run, in turns, and by half
of what is usual.
"""

import gc
import json
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from myoscope.bench.latency.peers import OURS, peers
from myoscope.bench.latency.signals import signal
from myoscope.bench.latency.timing import in_turns
from myoscope.dsp_core.detector import SpontaneousActivityDetector
from myoscope.dsp_core.settings import DetectorSettings

sys.path.insert(0, str(Path(__file__).parent))
import instructions

RATE_HZ = 20_000
SPIKEINTERFACE = "SciPy sosfilt + SpikeInterface"
FIND_PEAKS = "SciPy sosfilt + MAD + find_peaks"


def detect(n_channels):
    return SpontaneousActivityDetector(n_channels, RATE_HZ).process


def fastest_us(works, samples, rows, n_blocks=400):
    """Return the time that a tenth of the blocks did not take, by name."""
    times = in_turns(works, samples, rows, RATE_HZ, n_blocks)
    return {name: one.percentile_us(10) for name, one in times.items()}


@pytest.mark.parametrize("name", instructions.SCENARIOS)
def test_a_block_takes_as_many_instructions_as_before(name):
    if reason := instructions.why_not():
        pytest.skip(f"nothing can be counted: {reason}")
    kept = json.loads(instructions.KEPT.read_text(encoding="utf-8"))
    expected = kept.get(instructions.compiler())
    if expected is None:
        pytest.skip(f"no count is kept for {instructions.compiler()}")
    assert instructions.count(name) == pytest.approx(expected[name], rel=0.03)


def test_a_block_without_findings_allocates_nothing():
    # So high a threshold that noise holds nothing to be found.
    settings = DetectorSettings(threshold=20.0)
    process = SpontaneousActivityDetector(64, RATE_HZ, settings).process
    samples = signal(64, RATE_HZ, 0, seconds=2.0)
    blocks = [samples[start : start + 100] for start in range(0, len(samples), 100)]
    for block in blocks:
        process(block)
    gc.disable()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for block in blocks:
            process(block)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    # What the loop here holds: a count, a reference.
    assert after - before < 200
    assert peak - before < 600


def test_a_channel_that_falls_silent_costs_no_more():
    samples = signal(64, RATE_HZ, 0, seconds=2.0)
    works = {"noise": detect(64), "silence": detect(64)}
    for work in works.values():
        work(samples)
    # The filter's state takes a while to become too small for a normal number.
    for _ in range(20):
        works["silence"](np.zeros_like(samples))
    fast = {
        name: fastest_us({name: work}, samples * (name == "noise"), 100)
        for name, work in works.items()
    }
    assert fast["silence"]["silence"] < 1.2 * fast["noise"]["noise"]


def test_the_cost_is_that_of_the_channels():
    small, large = (
        fastest_us({"work": detect(n)}, signal(n, RATE_HZ, 0, seconds=2.0), 100)["work"] / n
        for n in (64, 256)
    )
    assert large < 1.6 * small


def test_the_cost_is_that_of_the_rows():
    samples = signal(64, RATE_HZ, 0, seconds=2.0)
    short, long = (
        fastest_us({"work": detect(64)}, samples, rows, n_blocks)["work"] / rows
        for rows, n_blocks in ((200, 400), (2000, 60))
    )
    assert long < 1.6 * short


@pytest.mark.parametrize(
    ("peer", "n_channels", "rows", "times"),
    [
        (SPIKEINTERFACE, 1, 20, 25),
        (SPIKEINTERFACE, 8, 20, 15),
        (SPIKEINTERFACE, 8, 100, 5),
        (FIND_PEAKS, 1, 100, 25),
        (FIND_PEAKS, 8, 100, 40),
        (FIND_PEAKS, 64, 100, 25),
    ],
)
def test_it_is_so_many_times_as_fast_as(peer, n_channels, rows, times):
    works, left_out = peers(n_channels, RATE_HZ, rows)
    if peer not in works:
        pytest.skip(left_out[peer])
    works = {OURS: works[OURS], peer: works[peer]}
    found = in_turns(works, signal(n_channels, RATE_HZ, 10), rows, RATE_HZ, 300)
    assert found[peer].median_us > times * found[OURS].median_us
