"""Is a session that is hours old as fast as a new one?

    pytest bench/bench_session_age.py

8 channels at 20 kHz with about ten potentials a second on each, in blocks of 5 ms, after none, ten
minutes and two hours of signal.
"""

import numpy as np
import pytest

from myoscope.bench.latency.rounds import run_rounds
from myoscope.bench.latency.signals import SECONDS, signal
from myoscope.dsp_core.detector import SpontaneousActivityDetector

RATE_HZ = 20_000


@pytest.mark.parametrize("minutes", [0, 10, 120], ids="{0} minutes old".format)
def test_age(benchmark, minutes):
    detector = SpontaneousActivityDetector(8, RATE_HZ)
    samples = np.ascontiguousarray(signal(8, RATE_HZ, 10))
    for _ in range(round(60 * minutes / SECONDS)):
        detector.process(samples)
    run_rounds(benchmark, detector.process, samples, 100, RATE_HZ)
