"""How long do the kernels of the signal path take, on each instruction set?

    pytest bench/bench_kernels.py

A round is 100 rows of 64 channels at 48 kHz, at which there is a low-pass as well. Both are called
from Python here, which the core does not do: at least a microsecond of each is the call.
"""

import pytest

from myoscope.bench.latency.rounds import run_rounds
from myoscope.bench.latency.signals import signal
from myoscope.dsp_core._tiles import instruction_sets
from myoscope.dsp_core.detector import SpontaneousActivityDetector, make_bank
from myoscope.dsp_core.filters import make_filter
from myoscope.dsp_core.settings import DetectorSettings

RATE_HZ = 48_000
N_CHANNELS = 64
ROWS = 100


@pytest.fixture(params=instruction_sets())
def instruction_set(request, monkeypatch, benchmark):
    monkeypatch.setenv("MYOSCOPE_INSTRUCTION_SET", request.param)
    return request.param


@pytest.mark.parametrize("notch_hz", [0.0, 50.0], ids=["no mains canceller", "mains canceller"])
def test_the_filter(benchmark, instruction_set, notch_hz):
    benchmark.group = "filter"
    kernel = make_filter(N_CHANNELS, RATE_HZ, DetectorSettings(notch_hz=notch_hz))
    samples = signal(N_CHANNELS, RATE_HZ, 0, seconds=1.0)
    run_rounds(benchmark, lambda block: kernel.filter_block(block, 0), samples, ROWS, RATE_HZ)


def test_the_bank(benchmark, instruction_set):
    benchmark.group = "bank"
    samples = signal(N_CHANNELS, RATE_HZ, 0, seconds=1.0)
    run_rounds(benchmark, make_bank(N_CHANNELS, RATE_HZ).deflections, samples, ROWS, RATE_HZ)


def test_the_whole_core_when_nothing_happens(benchmark, instruction_set):
    benchmark.group = "whole core"
    detector = SpontaneousActivityDetector(N_CHANNELS, RATE_HZ)
    samples = signal(N_CHANNELS, RATE_HZ, 0, seconds=1.0)
    run_rounds(benchmark, detector.process, samples, ROWS, RATE_HZ)
