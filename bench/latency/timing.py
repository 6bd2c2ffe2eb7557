"""Timing several ways of doing the same work in one run, in turns.

A machine that others use as well is now fast and now slow; what is timed in short bursts in turns
meets the same of both, so that ratios hold where times do not.
"""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from myoscope.bench.latency.signals import Signal

Work = Callable[[Signal], object]

BURST = 25


@dataclass(frozen=True, slots=True)
class Times:
    """How long each of many blocks took.

    Parameters
    ----------
    us : float64 array, shape (n_blocks,)
    rows, n_channels
        Of a block.
    block_ms
        Its own duration.
    """

    us: npt.NDArray[np.float64]
    rows: int
    n_channels: int
    block_ms: float

    @property
    def median_us(self) -> float:
        """The half of all blocks took no longer."""
        return float(np.median(self.us))

    @property
    def ns_per_channel_sample(self) -> float:
        """The median, for one sample of one channel."""
        return 1e3 * self.median_us / (self.rows * self.n_channels)

    @property
    def share_of_block(self) -> float:
        """The mean as a share of the block's own duration: of one core, when it runs live."""
        return float(self.us.mean()) / (1e3 * self.block_ms)

    def percentile_us(self, percent: float) -> float:
        """Return the time that so many percent of the blocks do not exceed."""
        return float(np.percentile(self.us, percent))

    def summary(self) -> dict[str, float]:
        """Return the figures, for JSON and for pytest-benchmark's ``extra_info``."""
        return {
            "p50_us": round(self.median_us, 3),
            "p99_us": round(self.percentile_us(99), 3),
            "p999_us": round(self.percentile_us(99.9), 3),
            "max_us": round(float(self.us.max()), 3),
            "ns_per_channel_sample": round(self.ns_per_channel_sample, 3),
            "percent_of_block": round(100 * self.share_of_block, 4),
        }


def in_turns(
    works: Mapping[str, Work],
    samples: Signal,
    rows: int,
    rate_hz: float,
    n_blocks: int,
    *,
    warm_up: int = 50,
) -> dict[str, Times]:
    """Return how long each way of working takes for each of many blocks.

    Every block is copied, untimed, to where a reader would have put it just before.

    Parameters
    ----------
    works
        Each is called with a block, and keeps its own state from block to block.
    samples : float32 array, shape (n_samples, n_channels)
        The stream; it is begun anew where it ends.
    rows
        Of a block.
    n_blocks
        Timed for each way, beside ``warm_up`` that are not.
    """
    starts = np.arange(0, len(samples) - rows + 1, rows)
    block = np.empty((rows, samples.shape[1]), np.float32)
    times = {name: np.empty(n_blocks) for name in works}
    clock = time.perf_counter_ns
    enabled = gc.isenabled()
    gc.disable()
    try:
        for begin in range(-warm_up, n_blocks, BURST):
            for name, work in works.items():
                for index in range(begin, min(begin + BURST, n_blocks)):
                    start = starts[(index + warm_up) % len(starts)]
                    block[:] = samples[start : start + rows]
                    before = clock()
                    work(block)
                    taken = clock() - before
                    if index >= 0:
                        times[name][index] = taken / 1e3
    finally:
        if enabled:
            gc.enable()
    block_ms = 1e3 * rows / rate_hz
    return {name: Times(us, rows, samples.shape[1], block_ms) for name, us in times.items()}
