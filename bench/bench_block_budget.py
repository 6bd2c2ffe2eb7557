"""What share of a block's own duration does the core take?

    pytest bench/bench_block_budget.py

Filter, noise, potentials, trains, kinds and alerts, on a signal with about ten fibrillations a
second on each channel, at 20 kHz. Each round is one block, as it would come live; percentiles and
shares are in ``extra_info``.
"""

import numpy as np
import pytest

from myoscope.acquisition.simulation import clean_train
from myoscope.dsp_core.detector import SpontaneousActivityDetector

RATE_HZ = 20_000
SECONDS = 20
BLOCKS_WARMED_UP = 200


@pytest.fixture(scope="module")
def denervated():
    """One channel with about ten fibrillations a second, from two fibres."""
    samples, _ = clean_train("fibrillation", RATE_HZ, SECONDS, 5.0, 0.03, 12.0, 1, n_trains=2)
    return samples


@pytest.mark.parametrize("block_ms", [1, 5])
@pytest.mark.parametrize("n_channels", [1, 8, 64])
def test_a_block_fits_its_budget(benchmark, denervated, n_channels, block_ms):
    rows = RATE_HZ * block_ms // 1000
    # Each channel starts elsewhere in the signal, so that potentials do not come all at once.
    shifted = [np.roll(denervated[:, 0], 977 * channel) for channel in range(n_channels)]
    samples = np.ascontiguousarray(np.stack(shifted, axis=1))
    blocks = [samples[start : start + rows] for start in range(0, len(samples) - rows, rows)]
    detector = SpontaneousActivityDetector(n_channels, RATE_HZ)
    turn = iter(range(10**9))

    def next_block():
        return (blocks[next(turn) % len(blocks)],), {}

    benchmark.group = f"{block_ms} ms blocks"
    benchmark.pedantic(
        detector.process,
        setup=next_block,
        rounds=min(2000, len(blocks) - BLOCKS_WARMED_UP),
        iterations=1,
        warmup_rounds=BLOCKS_WARMED_UP,
    )
    times_us = 1e6 * np.array(benchmark.stats.stats.data)
    median, p99, p999 = np.percentile(times_us, [50, 99, 99.9])
    benchmark.extra_info.update(
        median_us=round(float(median), 2),
        p99_us=round(float(p99), 2),
        p999_us=round(float(p999), 2),
        max_us=round(float(times_us.max()), 2),
        ns_per_channel_sample=round(1000 * float(times_us.mean()) / (rows * n_channels), 2),
        percent_of_block=round(float(times_us.mean()) / (10 * block_ms), 3),
    )
