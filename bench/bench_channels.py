"""Does the cost grow with the channels, and no faster?

    pytest bench/bench_channels.py

Blocks of 5 ms at 20 kHz; ``ns_per_channel_sample`` is in ``extra_info``.
"""

import pytest

from myoscope.bench.latency.rounds import run_rounds
from myoscope.bench.latency.signals import signal
from myoscope.dsp_core.detector import SpontaneousActivityDetector

RATE_HZ = 20_000


@pytest.mark.parametrize("per_second", [0, 10], ids=["quiet", "10 potentials a second"])
@pytest.mark.parametrize("n_channels", [1, 2, 4, 7, 8, 16, 32, 64, 128, 256])
def test_channels(benchmark, n_channels, per_second):
    benchmark.group = "quiet" if not per_second else f"{per_second} potentials a second"
    detector = SpontaneousActivityDetector(n_channels, RATE_HZ)
    samples = signal(n_channels, RATE_HZ, per_second, seconds=4.0)
    run_rounds(benchmark, detector.process, samples, 100, RATE_HZ, rounds=800)
