"""Trains whose potentials are one fibre's or one motor unit's.

What lies under a busy background, or jitters, is sorted into one train now and into another then.
Each of them seems to fire at random; together they fire as evenly as the fibre does. Fibres that
are merely alike do not: two of them together are less even than each.
"""

from libc.math cimport fabs, isnan, sqrt
from libc.string cimport memcpy

from myoscope.dsp_core._stream cimport RHYTHM_VARIABILITY, Channel, Stream, is_live
from myoscope.dsp_core._templates cimport Template
from myoscope.dsp_core._trains cimport (
    MOST_TIMES, Rhythm, Train, newest_rhythm, newest_times, set_times, update_rhythm,
)

cdef enum:
    MOST_KIN = 3         # other trains that a fibre's potentials are sorted into

# So many intervals are needed to tell, so many potentials of the other among them.
cdef int FEWEST_INTERVALS = 12
cdef int FEWEST_OTHERS = 3
# All together are so much more even than the train; each of the others makes them so.
cdef double MORE_EVEN = 0.5
cdef double MORE_EVEN_WITH = 0.75
# What is even by itself is not much less so with the rest.
cdef double NO_LESS_EVEN = 1.2
# Shapes that may be one differ no more in size, and are as alike as this.
cdef double LARGEST_RATIO = 1.6
cdef double LIKE = 0.6


cdef Rhythm joint_rhythm(
    Stream* stream, const Channel* state, const Train* train, double largest
) noexcept nogil:
    """Return the rhythm of all the trains that are parts of what a train is part of; else its own.

    ``largest`` IN by how much, as a share, their intervals may change from one to the next.
    """
    cdef int index
    cdef int _
    cdef int count
    cdef int with_other
    cdef int best_count
    cdef double even = train.variability
    cdef double best
    cdef const Train* other
    cdef Rhythm own = newest_rhythm(train)
    cdef Rhythm found = own
    cdef double[MOST_TIMES] times
    cdef double[MOST_TIMES] tried
    cdef double[MOST_TIMES] chosen
    if train.n_intervals < FEWEST_INTERVALS or not train.variability > RHYTHM_VARIABILITY:
        return own
    count = newest_times(train, times)
    for _ in range(MOST_KIN):
        best = MORE_EVEN_WITH * even
        best_count = 0
        for index in range(state.places):
            other = &state.trains[index]
            if (
                other == train or not is_live(other) or other.satellite or other.n_intervals < 2
                or not are_alike(stream, train, other)
            ):
                continue
            with_other = merge(times, count, other, tried)
            if with_other == 0:
                continue
            set_times(&stream.together, tried, with_other)
            update_rhythm(&stream.together, stream.rate_hz)
            if stream.together.variability < best and (
                isnan(other.variability)
                or stream.together.variability < NO_LESS_EVEN * other.variability
            ):
                best = stream.together.variability
                best_count = with_other
                memcpy(chosen, tried, with_other * sizeof(double))
                found = newest_rhythm(&stream.together)
        if best_count == 0:
            break
        even = best
        count = best_count
        memcpy(times, chosen, count * sizeof(double))
    return found if even < min(largest, MORE_EVEN * train.variability) else own


cdef bint are_alike(const Stream* stream, const Train* train, const Train* other) noexcept nogil:
    """Return whether two trains have shapes that may be one."""
    cdef const Template* one = &train.template
    cdef const Template* two = &other.template
    cdef int shift = two.extreme - one.extreme
    cdef int low = max(one.support_from, two.support_from - shift)
    cdef int high = min(one.support_to, two.support_to - shift)
    cdef double first = one.sharp[one.extreme]
    cdef double second = two.sharp[two.extreme]
    return (
        first * second > 0.0
        and fabs(first) < LARGEST_RATIO * fabs(second)
        and fabs(second) < LARGEST_RATIO * fabs(first)
        and low < high
        and stream.arithmetic.product_of(
            &one.sharp[low], &two.sharp[low + shift], high - low
        ) > LIKE * sqrt(one.power * two.power)
    )


cdef int merge(const double* times, int count, const Train* other, double* merged) noexcept nogil:
    """Return how many potentials there are of some and of another train, as far back as of both.

    0 where these are too few, or two of them one: a fibre fires once at a time. ``times`` IN newest
    first; ``merged`` OUT (MOST_TIMES,) likewise.
    """
    cdef double[MOST_TIMES] others
    cdef int of_others = newest_times(other, others)
    cdef int first = 0
    cdef int second = 0
    while first < count and second < of_others and first + second < MOST_TIMES:
        if times[first] == others[second]:
            return 0
        if times[first] > others[second]:
            merged[first + second] = times[first]
            first += 1
        else:
            merged[first + second] = others[second]
            second += 1
    if first + second <= FEWEST_INTERVALS or second < FEWEST_OTHERS:
        return 0
    return first + second
