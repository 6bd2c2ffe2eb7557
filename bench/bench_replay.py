"""How many times faster than it was recorded is a recording analysed?

    pytest bench/bench_replay.py

A minute of 8 channels at 20 kHz with about ten potentials a second on each, in a recording of ours:
opened, decoded and detected as ``myoscope analyze`` does, on one core. ``times_real_time`` is in
``extra_info``; "decoding" is the same without the detector.
"""

import numpy as np
import pytest

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.replay import ReplaySource
from myoscope.acquisition.session import Session
from myoscope.bench.latency.signals import SECONDS, signal
from myoscope.dsp_core.detector import SpontaneousActivityDetector
from myoscope.dsp_core.findings import Findings
from myoscope.recordings.reader import open_recording
from myoscope.recordings.writer import RecordingWriter

RATE_HZ = 20_000
N_CHANNELS = 8
TIMES = 6


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replay") / "recording"
    info = StreamInfo("bench", RATE_HZ, tuple(f"{n + 1}" for n in range(N_CHANNELS)))
    samples = signal(N_CHANNELS, RATE_HZ, 10)
    writer = RecordingWriter(folder, info, live=False)
    for index in range(TIMES * 10):
        part = samples[(index % 10) * RATE_HZ : (index % 10 + 1) * RATE_HZ]
        writer.write(Block(np.ascontiguousarray(part), index * RATE_HZ), Findings.none())
    writer.close()
    return folder


class Idle:
    """A detector that finds nothing."""

    def process(self, samples, lost_before=0):
        return Findings.none()

    def finish(self):
        return Findings.none()


@pytest.mark.parametrize("what", ["decoding", "decoding and detecting"])
def test_replay(benchmark, recording, what):
    def run():
        source = ReplaySource(open_recording(recording))
        detector = Idle()
        if what != "decoding":
            detector = SpontaneousActivityDetector(N_CHANNELS, RATE_HZ)
        session = Session(source, detector)
        session.run()
        return session.samples_read

    n = benchmark.pedantic(run, rounds=5, iterations=1, warmup_rounds=1)
    assert n == TIMES * SECONDS * RATE_HZ
    benchmark.extra_info["times_real_time"] = round(n / RATE_HZ / benchmark.stats.stats.median, 1)
