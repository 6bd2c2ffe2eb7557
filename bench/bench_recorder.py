"""How long does the recorder hold up the loop for a block?

    pytest bench/bench_recorder.py

Blocks of 5 ms at 20 kHz, as they come live; full buffers go to the disk in a thread of the
recorder's own meanwhile. The blocks come as fast as they are taken here, which is harder than live.
"""

import pytest

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.bench.latency.rounds import run_rounds
from myoscope.bench.latency.signals import signal
from myoscope.dsp_core.findings import Findings
from myoscope.recordings.writer import RecordingWriter

RATE_HZ = 20_000
ROWS = 100


@pytest.mark.parametrize("n_channels", [8, 64])
def test_append(benchmark, tmp_path, n_channels):
    info = StreamInfo("bench", RATE_HZ, tuple(f"{n + 1}" for n in range(n_channels)))
    writer = RecordingWriter(tmp_path / "recording", info, live=False)
    nothing = Findings.none()
    first = 0

    def write(block):
        nonlocal first
        writer.write(Block(block.copy(), first), nothing)
        first += len(block)

    samples = signal(n_channels, RATE_HZ, 0, seconds=1.0)
    run_rounds(benchmark, write, samples, ROWS, RATE_HZ)
    writer.close()
