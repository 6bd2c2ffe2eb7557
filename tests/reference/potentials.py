"""From filtered signal and deflections to measured potentials, plainly and after the fact."""

import numpy as np
from reference.waveform import measured

THRESHOLD, RELEASE = 5.0, 2.5


def candidates(deflections, delay, quiet_rows, longest_rows):
    """Return (start, end) of each stretch of one channel that stands out of the noise."""
    found = []
    start = last = None
    for row, deflection in enumerate(deflections):
        centre = row - delay
        if start is None:
            if deflection > RELEASE:
                start, last, largest = centre, centre, deflection
            continue
        if deflection > RELEASE:
            last, largest = centre, max(largest, deflection)
        if centre - last >= quiet_rows or centre - start >= longest_rows:
            if largest > THRESHOLD:
                found.append((start, last + 1))
            start = None
    return found


def measure(filtered, start, end, samples_per_ms, smooth_noise_uv, wait_ms=25.0):
    """Return the measures of the potential in [start, end) of one channel, and its peak's row."""
    first = max(0, start - round(5 * samples_per_ms))
    last = min(len(filtered), end + round(wait_ms * samples_per_ms))
    low, high = max(0, start - int(5.0 * samples_per_ms)), start - int(0.4 * samples_per_ms)
    before = filtered[low : max(1, high) : 1 + (high - low) // 48]
    baseline = np.sort(before)[len(before) // 2]
    half = (max(1, int(0.2 * samples_per_ms)) | 1) // 2
    window = filtered[first:last].astype(np.float64) - baseline
    smoothed = np.array(
        [window[max(0, i - half) : i + half + 1].mean() for i in range(len(window))], np.float32
    )
    low, high = max(0, start - first - half), min(len(window), end - first + half)
    found = measured(smoothed, low, high, samples_per_ms, smooth_noise_uv)
    return found, first + found["peak"]
