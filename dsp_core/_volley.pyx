"""A channel that repeats itself 130 to 350 times a second.

A motor axon that fires so fast leaves no baseline between its potentials, and the sorting of single
ones fails. But the signal is much like itself one interval earlier, for as long as the discharge
lasts, which neither a contraction nor the needle's movement nor an end-plate is. Devices are, too:
they keep a period that no axon keeps.
"""

from libc.math cimport fabs, sqrt

from myoscope.dsp_core._arithmetic cimport Arithmetic, chosen_arithmetic

# Neuromyotonic discharges come at 150 to 300 Hz (AANEM glossary), read with some room.
cdef double SHORTEST_MS = 2.8
cdef double LONGEST_MS = 7.7
# What is slower than a spike, such as a swing of the electrode, vanishes in differences over this.
cdef double DIFFERENCE_MS = 0.3
# So much of its power a signal has in common with itself one interval earlier, in so many looks on
# end: below a half by chance, and (n - 1) / n for n like spikes that fill no more of the stretch.
cdef double LIKENESS = 0.75
cdef int LOOKS = 4
# Potentials are less like themselves between, by so much at least from half an interval on, for
# they rise and fall; a slope, a slow swing or what is left of saturation is like itself at any lag.
cdef double CONTRAST = 0.3
# A look finds another volley where the period is another by more than this share.
cdef double CHANGE = 0.1
# Of like intervals the first counts that reaches this share of the best: multiples are as like.
cdef double AS_LIKE = 0.9
# A device keeps its period to this share from one look to the next, as far as noise lets it be
# measured, and to the larger share for ever: devices were seen to change by 0.03 to 0.15 % in the
# median, axons of a coefficient of variation of 2 % by 0.4 %. An axon is known by so many changes,
# and this share.
cdef double CHANGED = 0.0027
cdef double CHANGED_AT_LAST = 0.01
cdef int FEWEST_CHANGES = 3
cdef double CHANGED_SHARE = 0.35
# Phones send in frames of 60 / 13 ms (3GPP TS 45.002). What has this period for the moment, but for
# so much, tells nothing for an axon.
cdef double PHONE_FRAME_MS = 60.0 / 13.0
cdef double PHONE_MISS = 0.006

cdef enum:
    MOST_POINTS = 1024
    MOST_LAGS = 256


cdef double likeness_at(
    const Arithmetic* arithmetic, const float* differences, const double* power, int count, int lag
) noexcept nogil:
    """Return the correlation of a signal with itself ``lag`` points earlier."""
    return (
        arithmetic.product_of(differences, differences + lag, count - lag)
        / scale_at(power, count, lag)
    )


cdef inline double scale_at(const double* power, int count, int lag) noexcept nogil:
    """Return what a product ``lag`` points apart is divided by for a correlation."""
    return sqrt(power[count - lag] * (power[count] - power[lag]) + 1e-12)


cdef double least_like(
    const Arithmetic* arithmetic, const float* differences, const double* power, int count, int lag
) noexcept nogil:
    """Return the least correlation of a signal with itself from half of ``lag`` points on."""
    cdef int between
    cdef double least = 1.0
    for between in range(lag // 2, lag):
        least = min(least, likeness_at(arithmetic, differences, power, count, between))
    return least


cdef double summit(double before, double at, double after) noexcept nogil:
    """Return where between -0.5 and 0.5 the parabola through three points is highest."""
    cdef double bend = before - 2.0 * at + after
    return min(0.5, max(-0.5, 0.5 * (before - after) / bend)) if bend < 0.0 else 0.0


cdef double period_of(
    const Arithmetic* arithmetic, const float* differences, const double* power, int count, int lag
) noexcept nogil:
    """Return the period near ``lag`` points: the more periods it is measured over, the finer."""
    cdef int periods
    cdef int centre
    cdef int index
    cdef int best
    cdef double period = lag
    cdef double[7] like
    for periods in range(1, count):
        centre = <int> (periods * period + 0.5)
        if 2 * centre > count:
            break
        best = 3
        for index in range(7):
            like[index] = likeness_at(arithmetic, differences, power, count, centre - 3 + index)
        for index in range(1, 6):
            if like[index] > like[best]:
                best = index
        period = (
            centre - 3 + best + summit(like[best - 1], like[best], like[best + 1])
        ) / periods
    return period


cdef void look_for_volley(
    const Arithmetic* arithmetic, Volley* volley, const float* points, int count,
    double points_per_ms
) noexcept nogil:
    """Look at the newest stretch of a channel.

    ``points`` IN (count,) microvolts, means over equal times; eight of the longest intervals at
    least tell an evenly repeated potential from one that came twice.
    """
    cdef int apart = max(1, <int> (DIFFERENCE_MS * points_per_ms + 0.5))
    cdef int shortest = <int> (SHORTEST_MS * points_per_ms)
    cdef int longest = <int> (LONGEST_MS * points_per_ms) + 1
    cdef int index
    cdef int lag = 0
    cdef double best = 0.0
    cdef double period
    cdef float[MOST_POINTS] differences
    cdef double[MOST_POINTS + 1] power
    cdef double[MOST_LAGS] like
    count = min(count - apart, <int> MOST_POINTS)
    longest = min(longest, shortest + <int> MOST_LAGS - 1)
    volley.likeness = 0.0
    if count > 2 * longest:
        power[0] = 0.0
        for index in range(count):
            differences[index] = points[index + apart] - points[index]
            power[index + 1] = power[index] + <double> differences[index] * differences[index]
        arithmetic.lagged_products(differences, count, shortest, longest - shortest + 1, like)
        for index in range(longest - shortest + 1):
            like[index] /= scale_at(power, count, shortest + index)
        for index in range(1, longest - shortest):
            if like[index] >= like[index - 1] and like[index] >= like[index + 1]:
                best = max(best, like[index])
        for index in range(1, longest - shortest):
            if (
                like[index] >= like[index - 1] and like[index] >= like[index + 1]
                and like[index] >= AS_LIKE * best and best > LIKENESS
            ):
                lag = shortest + index
                volley.likeness = like[index]
                break
    if lag and least_like(
        arithmetic, differences, power, count, lag
    ) > volley.likeness - CONTRAST:
        lag = 0
    if lag == 0:
        volley.steady = 0
        return
    period = period_of(arithmetic, differences, power, count, lag) / points_per_ms
    if volley.steady and fabs(period - volley.period_ms) > CHANGE * period:
        volley.steady = 0
    elif volley.steady and fabs(period - PHONE_FRAME_MS) > PHONE_MISS * PHONE_FRAME_MS:
        volley.compared += 1
        volley.changed += fabs(period - volley.period_ms) > CHANGED * period
    volley.period_ms = period
    volley.steady += 1
    if volley.compared < LOOKS:
        volley.first_ms = period


cdef bint is_volley(const Volley* volley) noexcept nogil:
    """Return whether the signal has repeated itself for long enough."""
    return volley.steady >= LOOKS


cdef bint of_a_device(const Volley* volley) noexcept nogil:
    """Return whether the period stayed the same, as far as is known: no axon keeps time so well."""
    if volley.compared < FEWEST_CHANGES:
        return True
    return fabs(volley.period_ms - volley.first_ms) < CHANGED_AT_LAST * volley.first_ms and (
        volley.changed < FEWEST_CHANGES or volley.changed < CHANGED_SHARE * volley.compared
    )


def looks(values, int count, int every, double points_per_ms):
    """Return what looks at stretches of ``values`` find, one after the other; for tests and plots.

    Parameters
    ----------
    values : (points,) float32
        A channel.
    count, every : int
        Points of a stretch, and from one to the next.
    points_per_ms : float
        Rate.

    Returns
    -------
    list of (bool, bool, float)
        For each stretch whether a volley has lasted until then, whether it is a device's, and its
        period in ms.
    """
    cdef const float[::1] points = values
    cdef Volley volley = Volley(0, 0, 0, 0.0, 0.0, 0.0)
    cdef int start
    found = []
    for start in range(0, <int> points.shape[0] - count + 1, every):
        look_for_volley(chosen_arithmetic(), &volley, &points[start], count, points_per_ms)
        found.append((is_volley(&volley), of_a_device(&volley), volley.period_ms))
    return found
