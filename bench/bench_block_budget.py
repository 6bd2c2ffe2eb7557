"""What share of a block's own duration does the core take?

    pytest bench/bench_block_budget.py

Filter, noise, potentials, trains, kinds and alerts, on a signal with about ten fibrillations a
second on each channel, at 20 kHz. Each round is one block, as it would come live; percentiles and
shares are in ``extra_info`` (``--benchmark-json FILE``).
"""

import pytest

from myoscope.bench.latency.rounds import run_rounds
from myoscope.bench.latency.signals import signal
from myoscope.dsp_core.detector import SpontaneousActivityDetector

RATE_HZ = 20_000


@pytest.mark.parametrize("block_ms", [1, 5])
@pytest.mark.parametrize("n_channels", [1, 8, 64])
def test_a_block_fits_its_budget(benchmark, n_channels, block_ms):
    benchmark.group = f"{block_ms} ms blocks"
    detector = SpontaneousActivityDetector(n_channels, RATE_HZ)
    samples = signal(n_channels, RATE_HZ, 10)
    run_rounds(benchmark, detector.process, samples, RATE_HZ * block_ms // 1000, RATE_HZ)
