"""Shapes and rhythms, plainly."""

import numpy as np

MISFIT_NOISE = 2.0
MISFIT_SHARE = 0.04
LARGEST_RATIO = 1.6


def rhythm(times, rate_hz):
    """Return (rate_hz, interval_cv, variability, shortest) of the newest 24 intervals."""
    intervals = np.diff(times)[-24:].astype(np.float64)
    if len(intervals) == 0:
        return (np.nan,) * 4
    ordered = np.sort(intervals)
    median, shortest = ordered[len(ordered) // 2], ordered[len(ordered) // 8]
    if len(intervals) == 1:
        return rate_hz / median, np.nan, np.nan, shortest
    away = np.abs(intervals - median)
    regular = 1.4826 * np.median(away) < 0.15 * median
    kept = intervals[away <= 0.45 * median] if regular else intervals
    deviation = kept.std(ddof=1) if len(kept) > 1 else 0.0
    missed = (intervals > 1.7 * median) & (intervals < 2.3 * median)
    folded = np.where(missed, intervals / 2, intervals)
    change = 2 * np.abs(np.diff(folded)) / (folded[1:] + folded[:-1])
    return (
        rate_hz / median,
        deviation / kept.mean(),
        1.183 * np.median(change),
        shortest,
    )


def keeps_time(times, period):
    """Return whether nine of ten intervals are whole numbers of periods."""
    periods = np.diff(times)[-24:] / period
    allowed = np.minimum(0.09, 0.035 + 0.002 * periods)
    kept = np.abs(periods - np.round(periods)) < allowed
    return len(periods) >= 2 and kept.sum() >= 0.9 * len(periods)


def compare(first, second, peak, before, points, step, furthest, noise_uv):
    """Return (same shape, lag, misfit) as the kernel's ``compare``."""
    ratio = np.ptp(second) / np.ptp(first)
    if ratio > LARGEST_RATIO or ratio * LARGEST_RATIO < 1:
        return False, 0, np.inf
    template = averaged(first, peak - before, points, step)
    bound = points * MISFIT_NOISE * noise_uv**2 * 2.0 + MISFIT_SHARE * np.sum(template**2)

    def misfit(lag):
        return np.sum((averaged(second, peak - before + lag, points, step) - template) ** 2)

    reach = furthest // step * step
    coarse = min(range(-reach, furthest + 1, step), key=misfit)
    fine = range(coarse - step // 2, coarse + step // 2 + 1)
    lag = min([coarse, *fine], key=misfit)
    return bool(misfit(lag) < bound), lag, misfit(lag) / bound


def averaged(values, start, points, step):
    """Return means over ``step`` rows from ``start`` on; 0 outside of the values."""
    values = np.asarray(values, np.float64)
    out = np.zeros(points)
    for index in range(points):
        low = start + index * step
        if low >= 0 and low + step <= len(values):
            out[index] = values[low : low + step].mean()
    return out
