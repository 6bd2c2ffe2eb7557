"""Deflections and noise of a whole signal, plainly."""

import numpy as np

SHORT_WINDOWS = 20
QUIET_SHORT = 5
LONG_WINDOWS = 50
LONG_QUANTILE = 0.3
STEPS_PER_UV = 128


def raw_deflections(values, widths):
    """Return |mean of w rows less the mean of their neighbours|, one array for each width.

    Row i belongs to the deflection centred on row ``i - 1.5 * widest``; rows before the first
    whole one are NaN.
    """
    widest = max(widths)
    found = []
    for width in widths:
        kernel = np.repeat([-0.5, 1.0, -0.5], width) / width
        lead = (3 * widest - 3 * width) // 2
        whole = np.abs(
            np.apply_along_axis(lambda column, k=kernel: np.convolve(column, k), 0, values)
        )[: len(values)]
        out = np.full(values.shape, np.nan)
        # A narrower kernel is centred on the same row when it ends ``lead`` rows earlier.
        out[3 * widest :] = whole[3 * widest - lead : len(values) - lead]
        found.append(out)
    return found


def deflections(values, widths, window_rows, scales, floors):
    """Return (deflections in multiples of the noise, noise of each level after the last row)."""
    values = values.astype(np.float64)
    warm_up = 3 * max(widths)
    levels = [np.abs(values), *raw_deflections(np.rint(STEPS_PER_UV * values), widths)]
    for level in levels[1:]:
        level /= STEPS_PER_UV
    out = np.zeros(values.shape)
    noise = np.zeros((len(levels), values.shape[1]))
    remembered = [[] for _ in levels]
    long_rows = SHORT_WINDOWS * window_rows
    for start in range(warm_up, len(values), long_rows):
        stretch = slice(start, min(start + long_rows, len(values)))
        if noise.any():
            ratios = [
                level[stretch] / noise[index] for index, level in enumerate(levels) if index > 0
            ]
            out[stretch] = np.max(ratios, axis=0)
        if start + long_rows > len(values):
            break
        # The last row of a long window is already judged by that window's noise only from the
        # next row on.
        for index, level in enumerate(levels):
            windows = level[stretch].reshape(SHORT_WINDOWS, window_rows, -1).mean(axis=1)
            remembered[index].append(np.sort(windows, axis=0)[QUIET_SHORT])
            newest = np.sort(np.array(remembered[index][-LONG_WINDOWS:]), axis=0)
            quiet = newest[int(LONG_QUANTILE * len(newest))]
            noise[index] = np.maximum(quiet * scales[index], floors[index])
    return out, noise
