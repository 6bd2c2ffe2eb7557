"""Known shapes found in, and taken out of, waveforms that lie on top of each other."""

import numpy as np

from myoscope.dsp_core._trains cimport TEMPLATE_POINTS, Train


cdef double explained(
    const Train* train, const double* sums, int count, int start, int step
) noexcept nogil:
    """Return by how much the power falls when the template is taken out at row ``start``."""
    cdef int index
    cdef int row
    cdef double value
    cdef double total = 0.0
    for index in range(train.support_from, train.support_to):
        row = start + index * step
        if row < 0 or row + step > count:
            return -1e300
        value = (sums[row + step] - sums[row]) / step
        total += (2.0 * value - train.points[index]) * train.points[index]
    return total


cdef double best_place(
    const Train* train, const double* sums, int count, int low, int high, int before, int step,
    int* start
) noexcept nogil:
    """Return by how much the power falls at the best place of a template.

    ``sums`` IN (count + 1,) running sums of the signal; ``low``, ``high`` IN rows between which
    the template's peak must lie; ``before`` IN rows of a template before its peak; ``step`` IN
    rows of a point; ``start`` OUT row of the template's first point.
    """
    cdef int row
    cdef double value
    cdef double best = -1e300
    cdef int coarse = low - before
    row = coarse
    while row < high - before:
        value = explained(train, sums, count, row, step)
        if value > best:
            best = value
            coarse = row
        row += step
    start[0] = coarse
    for row in range(coarse - step // 2, coarse + step // 2 + 1):
        value = explained(train, sums, count, row, step)
        if value > best:
            best = value
            start[0] = row
    return best


cdef void subtract(
    const Train* train, float* values, int count, int start, int step, double fading_rows
) noexcept nogil:
    """Take a template out of ``values`` IN/OUT (count,), straight lines between its points.

    What goes on at the template's last point is taken to fade from there: the late phase of a
    positive sharp wave outlasts any template.
    """
    cdef int row
    cdef int left
    cdef double place
    cdef double share
    cdef double level
    # A point is the mean of ``step`` rows and stands at their middle.
    cdef double middle = 0.5 * (step - 1)
    cdef int first = max(0, start + train.support_from * step)
    cdef int last = min(count, start + train.support_to * step)
    for row in range(first, last):
        place = (row - start - middle) / step
        left = <int> place
        if place < train.support_from:
            level = train.points[train.support_from]
        elif left + 1 >= train.support_to:
            level = train.points[train.support_to - 1]
        else:
            share = place - left
            level = (1.0 - share) * train.points[left] + share * train.points[left + 1]
        values[row] -= <float> level
    level = train.points[train.support_to - 1]
    for row in range(max(0, last), min(count, last + <int> (4.0 * fading_rows))):
        level *= 1.0 - 1.0 / fading_rows
        values[row] -= <float> level


def take_out(
    const float[::1] points not None, const float[::1] values not None, int low, int high,
    int before, int step, double fading_rows
):
    """Return (start, fall of the power, values without the template); for tests and plots."""
    cdef Train train
    cdef int start = 0
    cdef int index
    cdef double[::1] sums = np.concatenate([[0.0], np.cumsum(np.asarray(values, np.float64))])
    cdef float[::1] rest = np.array(values)
    if points.shape[0] > TEMPLATE_POINTS:
        raise ValueError(f"{points.shape[0]} points; wanted {TEMPLATE_POINTS} at most")
    train.support_from = 0
    train.support_to = <int> points.shape[0]
    for index in range(train.support_to):
        train.points[index] = points[index]
    fall = best_place(
        &train, &sums[0], <int> values.shape[0], low, high, before, step, &start
    )
    subtract(&train, &rest[0], <int> values.shape[0], start, step, fading_rows)
    return start, fall, np.asarray(rest)
