"""Envelope of a stream in picture columns, and the pixels of its columns.

Sample ``s`` lies at the horizontal place ``s * columns / samples`` of an endless strip, where
``columns`` and ``samples`` are those of one sweep: all whole numbers, so that a column always holds
the same samples however the stream was cut, and nothing drifts. Between samples the signal is a
straight line; a column keeps the lowest and the highest value that the line takes inside it. So
neighbouring columns always join, whether a column holds a thousand samples or a tenth of one.
"""

from libc.math cimport INFINITY, NAN, isnan
from libc.string cimport memcpy


cdef inline void widen(const float *values, float *low, float *high,
                       Py_ssize_t n_channels) noexcept nogil:
    """Let a column reach as far as these values; NaN compares false and changes nothing."""
    cdef Py_ssize_t channel
    for channel in range(n_channels):
        low[channel] = values[channel] if values[channel] < low[channel] else low[channel]
        high[channel] = values[channel] if values[channel] > high[channel] else high[channel]


def extend(
    const float[:, ::1] samples not None,  # IN   (n_samples, n_channels) microvolts
    long long first_sample,                # IN   index of the first row
    long long samples_per_sweep,           # IN
    float[::1] previous not None,          # IN/OUT (n_channels,) value of the row before, NaN: none
    float[:, ::1] low not None,            # IN/OUT (columns, n_channels), column c at c % columns
    float[:, ::1] high not None,           # IN/OUT
):
    """Draw the line on through a block of samples.

    A column that is entered forgets what it held one sweep before. NaN interrupts the line.
    """
    cdef Py_ssize_t n_samples = samples.shape[0], n_channels = samples.shape[1]
    cdef long long columns = low.shape[0]
    cdef long long sample, column, column_before, border
    cdef Py_ssize_t row, channel, place, place_before
    cdef float value, before, at_border
    cdef double along
    if n_samples == 0:
        return
    column_before = (first_sample - 1) * columns // samples_per_sweep if first_sample > 0 else -1
    with nogil:
        for row in range(n_samples):
            sample = first_sample + row
            column = sample * columns // samples_per_sweep
            for border in range(column_before + 1, column + 1):
                # The border is where column ``border`` begins; its place along the step from the
                # sample before to this one is 0 to 1.
                place = border % columns
                place_before = (border - 1) % columns if border > 0 else 0
                along = (border * samples_per_sweep - (sample - 1) * columns) / <double>columns
                for channel in range(n_channels):
                    before = previous[channel]
                    value = samples[row, channel]
                    if isnan(before) or isnan(value):
                        low[place, channel] = INFINITY
                        high[place, channel] = -INFINITY
                    else:
                        at_border = <float>(before + along * (value - before))
                        if border > 0:
                            widen(
                                &at_border, &low[place_before, channel],
                                &high[place_before, channel], 1,
                            )
                        low[place, channel] = at_border
                        high[place, channel] = at_border
            column_before = column
            place = column % columns
            widen(&samples[row, 0], &low[place, 0], &high[place, 0], n_channels)
            memcpy(&previous[0], &samples[row, 0], n_channels * sizeof(float))


def interrupt(
    long long from_sample,         # IN   first missing sample
    long long to_sample,           # IN   first sample after them
    long long samples_per_sweep,   # IN
    float[::1] previous not None,  # OUT  (n_channels,) NaN
    float[:, ::1] low not None,    # IN/OUT (columns, n_channels) ring
    float[:, ::1] high not None,   # IN/OUT
):
    """Leave the columns of missing samples empty."""
    cdef long long columns = low.shape[0]
    cdef Py_ssize_t n_channels = low.shape[1]
    cdef long long first = from_sample * columns // samples_per_sweep
    cdef long long last = to_sample * columns // samples_per_sweep
    cdef long long column
    cdef Py_ssize_t channel, place
    if from_sample > 0 and (from_sample - 1) * columns // samples_per_sweep == first:
        first += 1  # this column holds samples from before the gap
    if last - first >= columns:
        first = last - columns + 1
    with nogil:
        for column in range(first, last + 1):
            place = column % columns
            for channel in range(n_channels):
                low[place, channel] = INFINITY
                high[place, channel] = -INFINITY
        for channel in range(n_channels):
            previous[channel] = NAN


cdef inline int clamp(double y, int top, int bottom) noexcept nogil:
    """Row of a height, kept inside the lane: what is off the scale is seen at its edge."""
    if y <= top:
        return top
    if y >= bottom:
        return bottom
    return <int>(y + 0.5)


def paint(
    long long first_column,                     # IN   columns first_column to end_column - 1
    long long end_column,                       # IN
    const float[:, ::1] low not None,           # IN   (columns, n_channels) ring
    const float[:, ::1] high not None,          # IN
    const int[::1] channels not None,           # IN   (n_lanes,) channel of each lane
    const double[::1] zero_px not None,         # IN   (n_lanes,) row of 0 microvolts
    double px_per_uv,                           # IN   rows for a microvolt; below 0: negative up
    const int[::1] top_px not None,             # IN   (n_lanes,) first row of the lane
    const int[::1] bottom_px not None,          # IN   (n_lanes,) last row of the lane
    const unsigned int[::1] colours not None,   # IN   (n_lanes,) 0xffRRGGBB
    int line_px,                                # IN   width of the line
    const unsigned int[:, ::1] background not None,  # IN (rows, columns)
    unsigned int[:, ::1] image not None,        # OUT  (rows, columns)
):
    """Paint columns of the envelope over the background, one column of pixels for each."""
    cdef long long columns = low.shape[0]
    cdef Py_ssize_t rows = image.shape[0], n_lanes = channels.shape[0]
    cdef Py_ssize_t x, lane, channel, place, row
    cdef long long column, source
    cdef int upper, lower, swap, half = line_px // 2
    cdef float lowest, highest
    with nogil:
        for column in range(first_column, end_column):
            x = column % columns
            for row in range(rows):
                image[row, x] = background[row, x]
            for lane in range(n_lanes):
                channel = channels[lane]
                # A line wider than one pixel also covers the places right of its column.
                for source in range(column, column - line_px, -1):
                    if source < 0 or source // columns != column // columns:
                        break
                    place = source % columns
                    lowest = low[place, channel]
                    highest = high[place, channel]
                    if lowest > highest:
                        continue
                    upper = clamp(
                        zero_px[lane] - px_per_uv * highest, top_px[lane], bottom_px[lane]
                    )
                    lower = clamp(
                        zero_px[lane] - px_per_uv * lowest, top_px[lane], bottom_px[lane]
                    )
                    if upper > lower:
                        swap = upper
                        upper = lower
                        lower = swap
                    upper = max(upper - half, top_px[lane])
                    lower = min(lower - half + line_px - 1, bottom_px[lane])
                    for row in range(upper, max(upper, lower) + 1):
                        image[row, x] = colours[lane]


def erase(
    long long first_column,                          # IN
    long long end_column,                            # IN
    const unsigned int[:, ::1] background not None,  # IN   (rows, columns)
    unsigned int[:, ::1] image not None,             # OUT  (rows, columns)
):
    """Put the background back over columns."""
    cdef long long columns = image.shape[1], column
    cdef Py_ssize_t row, x
    with nogil:
        for column in range(first_column, end_column):
            x = column % columns
            for row in range(image.shape[0]):
                image[row, x] = background[row, x]


def pile(
    const float[:, ::1] low not None,          # IN   (columns, n_waves) envelopes
    const float[:, ::1] high not None,         # IN
    double zero_px,                            # IN   row of 0
    double px_per_unit,                        # IN   rows for 1; below 0: negative up
    int line_px,                               # IN   width of the lines
    const unsigned int[::1] colours not None,  # IN   of a pixel that 0, 1, 2, … waves cross
    int[::1] edges not None,                   # SCRATCH (rows + 1,)
    unsigned int[:, ::1] image not None,       # OUT  (rows, columns)
):
    """Lay waves on top of each other; what lies outside of the picture is left out."""
    cdef Py_ssize_t columns = image.shape[1], rows = image.shape[0], n_waves = low.shape[1]
    cdef Py_ssize_t x, wave, source, row, first, last
    cdef int crossing, most = <int>colours.shape[0] - 1, half = line_px // 2
    cdef double upper, lower
    cdef float lowest, highest
    with nogil:
        for x in range(columns):
            # Where more waves begin than end, from the upper row to the lower one.
            for row in range(rows + 1):
                edges[row] = 0
            for wave in range(n_waves):
                lowest, highest = INFINITY, -INFINITY
                for source in range(max(0, x - line_px + 1), x + 1):
                    lowest = min(lowest, low[source, wave])
                    highest = max(highest, high[source, wave])
                if lowest > highest:
                    continue
                upper = zero_px - px_per_unit * highest
                lower = zero_px - px_per_unit * lowest
                if upper > lower:
                    upper, lower = lower, upper
                if lower < -line_px or upper > rows + line_px:
                    continue
                first = max(0, <Py_ssize_t>(max(upper, -1.0) + 0.5) - half)
                last = <Py_ssize_t>(min(lower, rows + 1.0) + 0.5) - half + line_px - 1
                last = min(last, rows - 1)
                if last >= first:
                    edges[first] += 1
                    edges[last + 1] -= 1
            crossing = 0
            for row in range(rows):
                crossing += edges[row]
                image[row, x] = colours[min(crossing, most)]
