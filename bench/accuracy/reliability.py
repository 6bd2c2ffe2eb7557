"""Whether confidences can be trusted: of trains given 0.9, nine in ten are right."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

EDGES = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 1.0)
# 95 % of a normal distribution lie within so many standard deviations.
Z = 1.96


@dataclass(frozen=True, slots=True)
class Bin:
    """Trains whose confidence lies between two edges.

    Attributes
    ----------
    low, high
        The edges.
    trains
        How many there are.
    mean
        Of their confidences.
    right
        Share whose kind is right.
    interval
        Of that share, 95 %.
    """

    low: float
    high: float
    trains: int
    mean: float
    right: float
    interval: tuple[float, float]


def reliability(confidences: Iterable[tuple[str, float, bool]]) -> list[Bin]:
    """Return the bins that have trains, of (kind, confidence, whether right) of each train."""
    rows = list(confidences)
    bins = []
    for low, high in itertools.pairwise(EDGES):
        inside = [
            (confidence, right)
            for _, confidence, right in rows
            if low <= confidence < high or confidence == high == 1.0
        ]
        if inside:
            right = sum(right for _, right in inside)
            bins.append(
                Bin(
                    low,
                    high,
                    len(inside),
                    sum(confidence for confidence, _ in inside) / len(inside),
                    right / len(inside),
                    wilson(right, len(inside)),
                )
            )
    return bins


def wilson(right: int, trials: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share (Wilson 1927, J Am Stat Assoc 22:209)."""
    share = right / trials
    middle = share + Z * Z / (2 * trials)
    reach = Z * sqrt(share * (1 - share) / trials + Z * Z / (4 * trials * trials))
    scale = 1 + Z * Z / trials
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)
