"""What is missing from a recording, and how long it is, told from what lies on the disk."""

from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from myoscope.dsp_core.findings import Table


def recorded_extent(
    signal: zarr.Array[Any], chunks: npt.NDArray[np.int64], gaps: Table
) -> tuple[int, Table]:
    """Return the length of a recording, closed or not, and the gaps within it.

    The shape is written before the chunk that it promises, so the newest chunk file decides; and
    a recording ends with a sample, not with a gap. ``chunks`` are the numbers of those that exist.
    """
    rows = int(signal.chunks[0])
    n_samples = min(int(signal.shape[0]), (int(chunks[-1]) + 1) * rows) if len(chunks) else 0
    while len(gaps) and gaps[-1]["first_sample"] + gaps[-1]["n_lost"] >= n_samples:
        n_samples = min(n_samples, int(gaps[-1]["first_sample"]))
        gaps = gaps[:-1]
    return n_samples, gaps


def lost_of(gaps: Table) -> list[tuple[int, int]]:
    """Return (first sample after the gap, number of lost samples); touching gaps are one."""
    lost: list[tuple[int, int]] = []
    for start, n in zip(gaps["first_sample"].tolist(), gaps["n_lost"].tolist(), strict=True):
        before = lost.pop()[1] if lost and lost[-1][0] == start else 0
        lost.append((start + n, before + n))
    return lost


def missing_chunks(
    signal: zarr.Array[Any],
    chunks: npt.NDArray[np.int64],
    n_samples: int,
    lost: list[tuple[int, int]],
) -> npt.NDArray[np.int64]:
    """Return the numbers of the chunks that ought to be there and are not.

    A chunk that lies wholly in a gap is never written.
    """
    rows = int(signal.chunks[0])
    absent = np.setdiff1d(np.arange(-(-n_samples // rows)), chunks)
    if not lost:
        return absent
    gap_ends, n_lost = np.array(lost, np.int64).reshape(-1, 2).T
    # The gap that ends after the chunk begins, if any.
    gap = np.searchsorted(gap_ends, absent * rows, side="right").clip(max=len(lost) - 1)
    first, stop = absent * rows, np.minimum((absent + 1) * rows, n_samples)
    in_gap = (gap_ends[gap] - n_lost[gap] <= first) & (stop <= gap_ends[gap])
    missing: npt.NDArray[np.int64] = absent[~in_gap]
    return missing
