"""The measures of one waveform, plainly."""

import numpy as np


def measured(values, search_from, search_to, samples_per_ms, noise_uv):
    """Return what ``measure_waveform`` returns."""
    values = np.asarray(values, np.float64)
    peak = search_from + int(np.argmax(np.abs(values[search_from:search_to])))
    sign = 1.0 if values[peak] >= 0 else -1.0
    largest = abs(values[peak])

    over_half = sign * values > 0.5 * largest
    left = peak - first_false(over_half[peak::-1], default=peak)
    right = peak + first_false(over_half[peak:], default=len(values) - 1 - peak)
    half_width_ms = float(np.float32(max(1, right - left - 1) / samples_per_ms))

    edge = max(2.2 * noise_uv, 0.08 * min(largest, 200.0) + 0.02 * max(0.0, largest - 200.0))
    quiet = int(samples_per_ms * max(1.0, half_width_ms)) + 1
    out = np.abs(values) > edge
    before, _ = last_before_quiet(out[peak::-1], min(quiet, int(2 * samples_per_ms) + 1))
    after, ended = last_before_quiet(out[peak:], quiet)
    onset, end = peak - before, peak + after

    body = values[onset : end + 1]
    high, low = max(0.0, body.max()), min(0.0, body.min())
    phase = max(3.5 * noise_uv, 0.08 * (high - low))
    sides = np.sign(body[np.abs(body) > phase])
    changes = 1 + int(np.count_nonzero(np.diff(sides))) if len(sides) else 1

    rising = sign * values[onset : peak + 1]
    foot_index = int(np.argmin(rising)) if rising.min() < 0 else 0
    foot = min(0.0, rising.min())
    flank = rising[foot_index:]
    above = np.flatnonzero(flank <= foot + 0.9 * (largest - foot))
    top = above[-1] if len(above) else 0
    below = np.flatnonzero(flank[: top + 1] <= foot + 0.1 * (largest - foot))
    bottom = below[-1] if len(below) else 0
    return {
        "peak": peak,
        "onset": onset,
        "end": end,
        "phases": changes,
        "first_phase": int(sides[0]) if len(sides) else int(sign),
        "ended": ended,
        "amplitude_uv": high - low,
        "positive_uv": high,
        "negative_uv": -low,
        "duration_ms": (end - onset + 1) / samples_per_ms,
        "begun": bool(sign * values[0] <= 0.3 * largest),
        "rise_ms": max(1, top - bottom) / samples_per_ms,
        "half_width_ms": half_width_ms,
    }


def first_false(flags, default):
    """Return the index of the first False, ``default`` where there is none."""
    found = np.flatnonzero(~flags)
    return int(found[0]) if len(found) else default


def last_before_quiet(flags, quiet):
    """Return (index of the last True before ``quiet`` Falses in a row, whether these came)."""
    last, run = 0, 0
    for index, flag in enumerate(flags):
        if flag:
            last, run = index, 0
        else:
            run += 1
        if run >= quiet:
            return last, True
    return last, False
