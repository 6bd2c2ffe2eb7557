"""What do potentials cost?

    pytest bench/bench_activity.py

8 and 64 channels at 20 kHz in blocks of 5 ms, with no potentials, ten and a hundred a second on
each channel.
"""

import pytest

from myoscope.bench.latency.rounds import run_rounds
from myoscope.bench.latency.signals import ACTIVITIES, signal
from myoscope.dsp_core.detector import SpontaneousActivityDetector

RATE_HZ = 20_000


@pytest.mark.parametrize("per_second", ACTIVITIES, ids="{0} a second".format)
@pytest.mark.parametrize("n_channels", [8, 64])
def test_activity(benchmark, n_channels, per_second):
    benchmark.group = f"{n_channels} channels"
    detector = SpontaneousActivityDetector(n_channels, RATE_HZ)
    samples = signal(n_channels, RATE_HZ, per_second)
    run_rounds(benchmark, detector.process, samples, 100, RATE_HZ, rounds=1600)
