"""What do small blocks cost, and do large ones cost more for each sample?

    pytest bench/bench_block_lengths.py

8 and 256 channels at 48 kHz with about ten potentials a second on each.
"""

import pytest

from myoscope.bench.latency.rounds import run_rounds
from myoscope.bench.latency.signals import signal
from myoscope.dsp_core.detector import SpontaneousActivityDetector

RATE_HZ = 48_000


@pytest.mark.parametrize("rows", [1, 48, 240, 480, 4800], ids="{0} rows".format)
@pytest.mark.parametrize("n_channels", [8, 256])
def test_blocks(benchmark, n_channels, rows):
    benchmark.group = f"{n_channels} channels"
    detector = SpontaneousActivityDetector(n_channels, RATE_HZ)
    samples = signal(n_channels, RATE_HZ, 10, seconds=2.0)
    run_rounds(
        benchmark, detector.process, samples, rows, RATE_HZ, rounds=2000 if rows < 1000 else 60,
        warm_up=20,
    )  # fmt: skip
