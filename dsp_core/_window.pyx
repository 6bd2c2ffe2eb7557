"""A stretch of one channel, held twice: as it was filtered, and sharpened.

Sharpened, a potential is as short as its spike: the slow phase of a positive sharp wave and the
flanks of a motor unit are gone, so that neighbours overlap less and shapes differ more (the way of
McGill's EMGLAB, with a gentler corner). Shapes are compared in the sharpened signal and measured
in the other.
"""

from libc.math cimport exp, fabs
from libc.stdlib cimport calloc, free

from myoscope.dsp_core._arithmetic cimport chosen_arithmetic

# Time constant of the high-pass that sharpens: 160 Hz.
cdef double SHARP_MS = 1.0
# Rms over lower quartile of the absolute values of normal noise.
cdef double QUARTILE_TO_RMS = 3.1383
# Rows of those before a candidate, for the level that it starts from.
cdef enum:
    LEVEL_ROWS = 48


cdef int open_window(Window* window, int room, int step, int smoothing, double per_ms) except -1:
    """Make room for ``room`` rows."""
    window.arithmetic = chosen_arithmetic()
    window.sharp_kept = exp(-1.0 / (SHARP_MS * per_ms))
    window.room = room
    window.count = 0
    window.settled = 0
    window.changes = 0
    window.step = step
    window.stride = room // step + 1
    window.smoothing = smoothing
    window.per_ms = per_ms
    window.wide = <float*> calloc(room, sizeof(float))
    window.sharp = <float*> calloc(room, sizeof(float))
    window.smooth = <float*> calloc(room, sizeof(float))
    window.points = <float*> calloc(step * window.stride + 8, sizeof(float))
    window.sums = <double*> calloc(room + 1, sizeof(double))
    if (
        window.wide == NULL or window.sharp == NULL or window.smooth == NULL
        or window.points == NULL or window.sums == NULL
    ):
        raise MemoryError()
    return 0


cdef void close_window(Window* window) noexcept nogil:
    free(window.wide)
    free(window.sharp)
    free(window.smooth)
    free(window.points)
    free(window.sums)


cdef void level_window(Window* window, int low, int high) noexcept nogil:
    """Take the level of rows ``low`` to ``high`` off ``wide``.

    Their median, for another potential may lie there.
    """
    cdef int row
    cdef int stride = 1 + max(0, high - low) // LEVEL_ROWS
    cdef int n_levels = (max(0, high - low) + stride - 1) // stride
    cdef float[LEVEL_ROWS] levels
    cdef float level
    cdef float* wide = window.wide
    window.level = 0.0
    if n_levels == 0:
        return
    window.arithmetic.gather(wide + low, stride, n_levels, levels)
    level = window.arithmetic.ranked(levels, n_levels, n_levels // 2)
    for row in range(window.count):
        wide[row] -= level
    window.level = level


cdef void sharpen_window(Window* window) noexcept nogil:
    """Make ``sharp`` of ``wide``."""
    window.arithmetic.high_pass(window.wide, window.count, window.sharp_kept, window.sharp)


cdef void refresh_window(Window* window) noexcept nogil:
    """Make points anew, and smoothed signal and running sums when they are next wanted."""
    window.settled = 0
    window.changes += 1
    refresh_points(window, 0, window.count)


cdef void refresh_points(Window* window, int low, int high) noexcept nogil:
    """Make those points anew that contain rows from ``low`` to ``high`` of ``sharp``."""
    cdef int phase
    cdef int first
    cdef int last
    cdef int step = window.step
    low = max(0, low - step + 1)
    high = min(high, window.count - step + 1)
    if high <= low:
        return
    for phase in range(step):
        first = (low - phase + step - 1) // step
        last = (high - phase + step - 1) // step
        window.arithmetic.average(
            window.sharp + phase + first * step, step, last - first,
            window.points + phase * window.stride + first,
        )


cdef void settle_window(Window* window) noexcept nogil:
    """Make smoothed signal and running sums anew from where something was taken out."""
    cdef int row
    cdef int half = window.smoothing // 2
    cdef int first = min(half, window.count)
    cdef int last = max(first, window.count - half)
    cdef int begin = max(0, window.settled - half)
    cdef float* smooth = window.smooth
    cdef double* sums = window.sums
    if window.settled >= window.count:
        return
    sums[0] = 0.0
    window.arithmetic.add_up(
        window.wide + window.settled, window.count - window.settled, sums + window.settled
    )
    for row in range(begin, first):
        smooth[row] = smoothed(window, row, half)
    row = max(begin, first)
    window.arithmetic.means_of_sums(sums + row - half, 2 * half + 1, last - row, smooth + row)
    for row in range(max(begin, last), window.count):
        smooth[row] = smoothed(window, row, half)
    window.settled = window.count


cdef inline float smoothed(const Window* window, int row, int half) noexcept nogil:
    """Return the mean of ``wide`` over what there is of ``half`` rows on either side of a row."""
    cdef int low = max(0, row - half)
    cdef int high = min(window.count, row + half + 1)
    return <float> ((window.sums[high] - window.sums[low]) / (high - low))


cdef int sharpest(const Window* window, int low, int high) noexcept nogil:
    """Return the row in [low, high) of the largest point of the sharpened signal."""
    cdef int phase
    cdef int row
    cdef int first
    cdef int last
    cdef int best = low
    cdef int step = window.step
    cdef float value
    cdef float largest = -1.0
    cdef const float* points
    low = max(0, low)
    high = min(high, window.count - step + 1)
    if high <= low:
        return best
    for phase in range(step):
        points = window.points + phase * window.stride
        first = (low - phase + step - 1) // step
        last = (high - phase + step - 1) // step
        if first < last:
            first += window.arithmetic.index_of_largest(points + first, last - first)
            row = first * step + phase
            value = <float> fabs(points[first])
            if value > largest or value == largest and row < best:
                largest = value
                best = row
    return best


cdef bint is_louder(const Window* window, double uv) noexcept nogil:
    """Return whether ``local_noise_uv`` is more than ``uv``.

    It is not once a quarter of the points that it ranks are small enough: mostly the first.
    """
    cdef int row = 0
    cdef int index = 0
    cdef int phase = 0
    cdef int small = 0
    cdef int stride = 1 + window.count // LEVEL_ROWS
    cdef int points = stride // window.step
    cdef int phases = stride % window.step
    cdef int enough = (max(0, window.count - window.step) // stride + 1) // 4
    while row + window.step <= window.count:
        small += not (
            QUARTILE_TO_RMS * <float> fabs(window.points[phase * window.stride + index]) > uv
        )
        if small > enough:
            return False
        row += stride
        index += points
        phase += phases
        if phase >= window.step:
            phase -= window.step
            index += 1
    return row > 0


cdef double local_noise_uv(const Window* window) noexcept nogil:
    """Return the rms of a point of the sharpened signal, by a quartile: potentials stand out."""
    cdef int row = 0
    cdef int index = 0
    cdef int phase = 0
    cdef int n_levels = 0
    cdef int stride = 1 + window.count // LEVEL_ROWS
    cdef int points = stride // window.step
    cdef int phases = stride % window.step
    cdef float[LEVEL_ROWS] levels
    while row + window.step <= window.count:
        levels[n_levels] = <float> fabs(window.points[phase * window.stride + index])
        n_levels += 1
        row += stride
        index += points
        phase += phases
        if phase >= window.step:
            phase -= window.step
            index += 1
    if n_levels == 0:
        return 0.0
    return QUARTILE_TO_RMS * window.arithmetic.ranked(levels, n_levels, n_levels // 4)


cdef double deflection_at(const Window* window, int row, int width) noexcept nogil:
    """Return how far ``width`` rows around ``row`` stand out of those on either side."""
    cdef int half = width // 2
    if row < 3 * half or row + 3 * half > window.count:
        return 0.0
    return fabs(
        1.5 * (window.sums[row + half] - window.sums[row - half])
        - 0.5 * (window.sums[row + 3 * half] - window.sums[row - 3 * half])
    ) / width


cdef int fill_window(Window* window, values, int step, int smoothing, double per_ms) except -1:
    """Open a window that holds ``values``: (rows,) float32."""
    cdef const float[::1] rows = values
    cdef int row
    open_window(window, <int> rows.shape[0], step, smoothing, per_ms)
    window.count = <int> rows.shape[0]
    for row in range(window.count):
        window.wide[row] = rows[row]
    sharpen_window(window)
    refresh_window(window)
    settle_window(window)
    return 0


def stretch(
    const float[::1] values not None, int step, int smoothing, double per_ms, int low, int high,
    int width
):
    """Return what a window makes of ``values``; for tests and plots.

    Parameters
    ----------
    values : (rows,) float32, microvolts
    step : int
        Rows of a point.
    smoothing : int
        Rows, odd.
    per_ms : float
        Rows.
    low, high : int
        Rows whose level is taken off first.
    width : int
        Rows of a deflection.

    Returns
    -------
    dict
        ``wide``, ``sharp``, ``smooth`` and ``deflection`` (rows,), ``points`` (rows + 1 - step,),
        ``sharpest`` (row of the largest point), ``local_noise_uv``.
    """
    cdef Window window
    cdef int row
    fill_window(&window, values, step, smoothing, per_ms)
    try:
        level_window(&window, low, high)
        sharpen_window(&window)
        refresh_window(&window)
        settle_window(&window)
        return {
            "wide": [window.wide[row] for row in range(window.count)],
            "sharp": [window.sharp[row] for row in range(window.count)],
            "smooth": [window.smooth[row] for row in range(window.count)],
            "deflection": [deflection_at(&window, row, width) for row in range(window.count)],
            "points": [point_at(&window, row) for row in range(window.count + 1 - step)],
            "sharpest": sharpest(&window, 0, window.count),
            "local_noise_uv": local_noise_uv(&window),
        }
    finally:
        close_window(&window)
