"""A stretch of signal, levelled, sharpened and averaged to points, plainly."""

import numpy as np
from scipy import signal

SHARP_MS = 1.0
QUARTILE_TO_RMS = 3.1383
MOST_LEVELS = 48


def stretch(values, step, smoothing, per_ms, low, high, width):
    """Return what the kernel's ``stretch`` returns."""
    wide = values.astype(np.float64)
    before = np.sort(wide[low : max(low, high) : 1 + max(0, high - low) // MOST_LEVELS])
    if len(before):
        wide -= before[len(before) // 2]
    sharp = sharpened(wide, per_ms)
    points = averaged(sharp, step)
    levels = np.sort(np.abs(points[:: 1 + len(wide) // MOST_LEVELS]))
    half = smoothing // 2
    return {
        "wide": wide,
        "sharp": sharp,
        "smooth": [wide[max(0, row - half) : row + half + 1].mean() for row in range(len(wide))],
        "deflection": [deflection(wide, row, width) for row in range(len(wide))],
        "points": points,
        "sharpest": int(np.argmax(np.abs(points))),
        "local_noise_uv": QUARTILE_TO_RMS * levels[len(levels) // 4],
    }


def sharpened(wide, per_ms):
    """Return values through a first-order high-pass that had settled at the first of them."""
    kept = np.exp(-1 / (SHARP_MS * per_ms))
    return signal.lfilter([kept, -kept], [1, -kept], wide - wide[0])


def averaged(values, step):
    """Return the mean over ``step`` rows from each row on."""
    return np.convolve(values, np.full(step, 1 / step), "valid")


def deflection(wide, row, width):
    """Return |mean around a row less the mean of its neighbours|; 0 too near to an end."""
    half = width // 2
    if row < 3 * half or row + 3 * half > len(wide):
        return 0.0
    middle = wide[row - half : row + half].sum()
    around = wide[row - 3 * half : row + 3 * half].sum()
    return abs(1.5 * middle - 0.5 * around) / width
