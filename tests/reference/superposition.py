"""A known shape found in, and taken out of, other signal, plainly."""

import numpy as np
from reference.trains import averaged


def take_out(points, values, low, high, before, step, fading_rows):
    """Return (start, fall of the power, values without the template)."""
    values = np.asarray(values, np.float64)
    points = np.asarray(points, np.float64)

    def fall(start):
        if start < 0 or start + len(points) * step > len(values):
            return -np.inf
        there = averaged(values, start, len(points), step)
        return np.sum(there**2) - np.sum((there - points) ** 2)

    coarse = max(range(low - before, high - before, step), key=fall)
    fine = range(coarse - step // 2, coarse + step // 2 + 1)
    start = max([coarse, *fine], key=fall)
    rest = values.copy()
    rows = np.arange(len(points) * step)
    middles = np.arange(len(points)) * step + (step - 1) / 2
    rest[start : start + len(rows)] -= np.interp(rows, middles, points)
    end = start + len(rows)
    tail = np.arange(min(int(4 * fading_rows), len(values) - end))
    rest[end : end + len(tail)] -= points[-1] * (1 - 1 / fading_rows) ** (tail + 1)
    return start, fall(start), rest
