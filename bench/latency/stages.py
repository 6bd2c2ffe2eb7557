"""Where the core's time goes: each stage is timed by itself, on the same signal."""

import numpy as np

from myoscope.bench.latency.signals import Signal, signal
from myoscope.bench.latency.timing import Times, in_turns
from myoscope.dsp_core.detector import SpontaneousActivityDetector, make_bank
from myoscope.dsp_core.filters import make_filter
from myoscope.dsp_core.settings import DetectorSettings


def stages(
    n_channels: int, rate_hz: float, rows: int, per_second: int, n_blocks: int
) -> dict[str, Times]:
    """Return how long a block takes in the filter, in the bank, in both and in the whole core.

    "call" is the whole core on a block without samples. What the whole takes beyond call and
    signal path are its potentials: measuring, trains, kinds.
    """
    settings = DetectorSettings()
    samples = signal(n_channels, rate_hz, per_second)
    filter_kernel = make_filter(n_channels, rate_hz, settings)
    filtered = filter_kernel.filter_block(samples, 0)
    filter_kernel.restart()
    bank = make_bank(n_channels, rate_hz)
    bank.deflections(filtered)
    detector = SpontaneousActivityDetector(n_channels, rate_hz, settings)
    idle = SpontaneousActivityDetector(n_channels, rate_hz, settings)
    nothing = np.empty((0, n_channels), np.float32)

    def call(block: Signal) -> object:
        del block
        return idle.process(nothing)

    found = in_turns(
        {
            "call": call,
            "filter": lambda block: filter_kernel.filter_block(block, 0),
            "whole core": detector.process,
        },
        samples,
        rows,
        rate_hz,
        n_blocks,
    )
    found |= in_turns({"bank": bank.deflections}, filtered, rows, rate_hz, n_blocks)
    return {name: found[name] for name in ("call", "filter", "bank", "whole core")}
