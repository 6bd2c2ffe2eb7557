"""Rhythms and couplings, plainly."""

import numpy as np

NEWEST = 32


def rhythm(times, rate_hz):
    """Return what the kernel's ``rhythm`` returns."""
    intervals = np.diff(times)[-NEWEST:].astype(np.float64)
    found = dict.fromkeys(
        ("rate_hz", "interval_cv", "variability", "shortest", "wander", "grouping"), np.nan
    )
    count = len(intervals)
    if count == 0:
        return found
    ordered = np.sort(intervals)
    median = ordered[count // 2]
    found |= {"rate_hz": rate_hz / median, "shortest": ordered[(count + 4) // 16]}
    if count == 1:
        return found
    away = np.abs(intervals - median)
    regular = 1.4826 * np.median(away) < 0.15 * median
    kept = intervals[away <= 0.45 * median] if regular else intervals
    deviation = kept.std(ddof=1) if len(kept) > 1 else 0.0
    missed = (intervals > 1.7 * median) & (intervals < 2.3 * median)
    folded = np.where(missed, intervals / 2, intervals)
    change = 2 * np.abs(np.diff(folded)) / (folded[1:] + folded[:-1])
    return found | {
        "interval_cv": deviation / kept.mean(),
        "variability": 1.183 * np.median(change),
        "wander": wander(folded),
        "grouping": grouping(folded),
    }


def wander(intervals):
    """Return the deviation of intervals over that of their changes; NaN below four."""
    if len(intervals) < 4:
        return np.nan
    median = np.median(intervals)
    least = 1e-3 * median
    spread = np.median(np.abs(intervals - median))
    return (spread + least) / (np.median(np.abs(np.diff(intervals))) / np.sqrt(2) + least)


def grouping(intervals):
    """Return the widest gap between intervals in order, two of which at least lie above it.

    But 1 where more than fifteen in a row lie below it.
    """
    ordered = np.sort(intervals)
    ratios = (ordered[1:] / ordered[:-1])[: len(ordered) - 2]
    below = np.arange(1, len(ratios) + 1)
    ratios[below < 0.4 * len(ordered)] = 1.0
    if not len(ratios) or ratios.max() <= 1.0:
        return 1.0
    pauses = np.flatnonzero(intervals >= ordered[ratios.argmax() + 1])
    groups = np.diff([-1, *pauses, len(intervals)]) - 1
    return ratios.max() if groups.max() <= 15 else 1.0


def is_rested(times, shortest_rest):
    """Return whether fewer intervals are short than at random; the newest 256 count most."""
    intervals = np.diff(times)
    weights = (1 - 1 / 256) ** np.arange(len(intervals))[::-1]
    for rest in shortest_rest * 1.5 ** np.arange(6):
        rate = weights.sum() / max(1e-9, (weights * intervals).sum())
        at_random = weights.sum() * (1 - np.exp(-rest * rate))
        if at_random > 8 + 6 * (weights * (intervals < rest)).sum():
            return True
    return False


def keeps_time(times, period):
    """Return whether nine of ten intervals are whole numbers of periods, with which they stay.

    But not where all are whole multiples of the fewest, which are three periods or more.
    """
    intervals = np.diff(times)[-NEWEST:].astype(np.float64)
    periods = intervals / period
    allowed = np.minimum(0.09, 0.035 + 0.002 * periods)
    kept = np.abs(periods - np.round(periods)) < allowed
    if len(periods) < 4 or kept.sum() < 0.9 * len(periods):
        return False
    late = intervals - np.round(periods) * period
    locked = np.abs(late) <= 0.09 * period
    whole = np.round(periods)[locked]
    most_late = 0.002 * intervals[locked].sum() + 0.035 * period * (1 + (~locked).sum())
    own = whole.min() >= 3 and not (whole % whole.min()).any()
    if own or abs(late[locked].sum()) >= most_late:
        return False
    return bool(not locked.all() or len(late) < 32 or not walks(late))


def walks(late):
    """Return whether lateness adds up: it leaves a straight line by more than it has steps."""
    places = np.arange(len(late) + 1.0)
    sums = np.cumsum([0.0, *late])
    off = sums - np.polyval(np.polyfit(places, sums, 1), places)
    return off.std() > 0.95 * late.std()


def keeps_a_clock(times):
    """Return whether intervals keep one period, or those over every other potential do."""
    intervals = np.diff(times)[-NEWEST:].astype(np.float64)
    pairs = intervals[1:] + intervals[:-1]
    return keeps_period(intervals) or (len(intervals) > 8 and keeps_period(pairs))


def keeps_period(intervals):
    """Return whether all intervals are whole numbers of the shortest, to 0.2 % and two samples.

    And not by chance; and whether no potential is later than that by the mean period.
    """
    if len(intervals) < 4:
        return False
    shortest = intervals.min()
    whole = np.round(intervals / shortest)
    miss = 0.002 * whole * shortest + 2.0
    if (np.abs(intervals - whole * shortest) > miss).any():
        return False
    if np.minimum(1.0, 2.0 * miss / shortest).prod() > 0.001:
        return False
    late = intervals.cumsum() - whole.cumsum() * intervals.sum() / whole.sum()
    return bool((np.abs(late) <= 0.002 * shortest + 2.0).all())


def follows(lags, tolerance):
    """Return whether potentials with these lags are parts of another train's discharge."""
    kept = hits = tries = 0
    coupled = satellite = False
    for lag in lags:
        if coupled:
            tries += 1
            if tries > 24:
                tries, hits = tries // 2, hits // 2
            if tries >= 6 and hits < 0.25 * tries:
                coupled = satellite = False
        if np.isnan(lag):
            continue
        if not coupled:
            coupled, kept, hits, tries = True, lag, 1, 1
        elif abs(lag - kept) < tolerance:
            hits += 1
            kept += 0.2 * (lag - kept)
        elif hits < 2 and abs(lag) < abs(kept):
            kept = lag
        satellite = satellite or (hits >= 3 and hits >= 0.4 * tries)
    return satellite
