"""What is missing from a recording, and how long it is, told from what lies on the disk."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr
from myoscope.dsp_core.findings import Table
from myoscope.recordings import layout


def recorded_samples(store_path: Path, signal: zarr.Array[Any]) -> int:
    """Return the length of a recording, whether it was closed or not.

    The shape is written before the chunk that it promises, so the newest chunk file decides.
    """
    chunks = layout.existing_chunks(store_path)
    if not len(chunks):
        return 0
    return min(int(signal.shape[0]), (int(chunks[-1]) + 1) * int(signal.chunks[0]))


def clipped_gaps(gaps: Table, n_samples: int) -> Table:
    """Return the part of ``gaps`` that lies before ``n_samples``."""
    inside = gaps[gaps["first_sample"] < n_samples].copy()
    inside["n_lost"] = np.minimum(inside["n_lost"], n_samples - inside["first_sample"])
    return inside


def lost_of(gaps: Table) -> list[tuple[int, int]]:
    """Return (first sample after the gap, number of lost samples); touching gaps are one."""
    lost: list[tuple[int, int]] = []
    for start, n in zip(gaps["first_sample"].tolist(), gaps["n_lost"].tolist(), strict=True):
        before = lost.pop()[1] if lost and lost[-1][0] == start else 0
        lost.append((start + n, before + n))
    return lost


def is_lost(lost: list[tuple[int, int]], start: int, stop: int) -> bool:
    """Return True if every sample from ``start`` to ``stop`` lies in one gap."""
    return any(end - n <= start and stop <= end for end, n in lost)


def missing_chunks(
    store_path: Path, signal: zarr.Array[Any], n_samples: int, lost: list[tuple[int, int]]
) -> npt.NDArray[np.int64]:
    """Return the numbers of the chunks that ought to be there and are not.

    A chunk that lies wholly in a gap is never written.
    """
    rows = int(signal.chunks[0])
    absent = np.setdiff1d(np.arange(-(-n_samples // rows)), layout.existing_chunks(store_path))
    damaged = [k for k in absent if not is_lost(lost, k * rows, min((k + 1) * rows, n_samples))]
    return np.array(damaged, np.int64)
