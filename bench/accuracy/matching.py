"""Which of the potentials that were found is which of those that are there."""

import numpy as np
import numpy.typing as npt

Indexes = npt.NDArray[np.int64]

TOLERANCE_S = 2.5e-3


def match(wanted: Indexes, given: Indexes, tolerance: float) -> Indexes:
    """Return for each of ``wanted`` the index of its partner among ``given``, or -1.

    One to one; the nearest pairs are joined first.

    Parameters
    ----------
    wanted, given
        Samples of largest deflections, each in ascending order.
    tolerance
        Greatest distance of a pair, in samples.
    """
    low = np.searchsorted(given, wanted - tolerance)
    high = np.searchsorted(given, wanted + tolerance, side="right")
    counts = high - low
    left = np.repeat(np.arange(len(wanted)), counts)
    right = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + low[left]
    partners = np.full(len(wanted), -1, np.int64)
    # Most have one candidate that nobody else wants.
    lonely = (counts[left] == 1) & (np.bincount(right, minlength=len(given))[right] == 1)
    partners[left[lonely]] = right[lonely]
    left, right = left[~lonely], right[~lonely]
    order = np.argsort(np.abs(wanted[left] - given[right]), kind="stable")
    taken = set()
    for one, other in zip(left[order].tolist(), right[order].tolist(), strict=True):
        if partners[one] < 0 and other not in taken:
            partners[one] = other
            taken.add(other)
    return partners
