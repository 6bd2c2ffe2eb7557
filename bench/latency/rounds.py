"""Rounds of pytest-benchmark that are one block each, as it would come live."""

from typing import Any

import numpy as np

from myoscope.bench.latency.signals import Signal
from myoscope.bench.latency.timing import Times, Work

WARM_UP = 200


def run_rounds(
    benchmark: Any,
    work: Work,
    samples: Signal,
    rows: int,
    rate_hz: float,
    rounds: int = 2000,
    *,
    warm_up: int = WARM_UP,
) -> Times:
    """Time ``work`` once for each block; put the tail and the share of a block in ``extra_info``.

    Parameters
    ----------
    benchmark
        pytest-benchmark's fixture.
    work
        Is called with a block.
    samples : float32 array, shape (n_samples, n_channels)
        The stream; begun anew where it ends.
    rows, rate_hz
        Of a block, and of the stream.
    """
    starts = np.arange(0, len(samples) - rows + 1, rows)
    block = np.empty((rows, samples.shape[1]), np.float32)
    turn = iter(range(10**9))

    def next_block() -> tuple[tuple[Signal], dict[str, Any]]:
        start = starts[next(turn) % len(starts)]
        block[:] = samples[start : start + rows]
        return (block,), {}

    benchmark.pedantic(work, setup=next_block, rounds=rounds, iterations=1, warmup_rounds=warm_up)
    us = 1e6 * np.array(benchmark.stats.stats.data)
    times = Times(us, rows, samples.shape[1], 1e3 * rows / rate_hz)
    benchmark.extra_info.update(times.summary())
    return times
