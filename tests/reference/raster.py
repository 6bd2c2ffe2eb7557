"""The envelope of a line in picture columns, from its definition, one column after another."""

import numpy as np


def envelope(samples, samples_per_sweep, columns):
    """Return lowest and highest value of the line in columns 0, 1, … (NaN-free, one channel).

    Sample s lies at s * columns / samples_per_sweep; between samples the line is straight. Column c
    covers the places from c up to c + 1; the newest column ends at the newest sample.
    """
    places = np.arange(len(samples)) * columns / samples_per_sweep
    n_columns = (len(samples) - 1) * columns // samples_per_sweep + 1
    lowest, highest = [], []
    for column in range(n_columns):
        inside = (places >= column) & (places < column + 1)
        ends = [end for end in (column, column + 1) if end <= places[-1]]
        values = np.concatenate([samples[inside], np.interp(ends, places, samples)])
        lowest.append(values.min())
        highest.append(values.max())
    return np.array(lowest), np.array(highest)


def picture(lowest, highest, rows, zero_px, px_per_uv, columns):
    """Return which pixels of the last sweep the line covers, bool array (rows, columns)."""
    covered = np.zeros((rows, columns), bool)
    first = max(0, len(lowest) - columns)
    for column in range(first, len(lowest)):
        ends = zero_px - px_per_uv * np.array([lowest[column], highest[column]])
        upper, lower = np.clip(np.floor(np.sort(ends) + 0.5), 0, rows - 1).astype(int)
        covered[upper : lower + 1, column % columns] = True
    return covered
