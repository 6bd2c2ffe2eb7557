"""Fibres whose potentials are too much alike to be told apart: several even rhythms in one train.

Together they seem to fire at random. But many of the potentials have another that comes one period
later, and that yet another; what is left without them fires as evenly or, like any fibre, rests
after each potential. What fires at random does not fall apart into such strands.
"""

from libc.math cimport fabs
from libc.string cimport memset

from myoscope.dsp_core._kinds cimport QUICK_MS, QUICKEST_FIBRE_MS
from myoscope.dsp_core._stream cimport RHYTHM_VARIABILITY, Stream
from myoscope.dsp_core._trains cimport (
    MOST_TIMES, Rhythm, Train, is_clocked, newest_rhythm, newest_times, set_times, update_rhythm,
)

# Fibres that are taken for one, and the potentials that the first and each of them must have.
cdef int MOST_STRANDS = 3
cdef int FEWEST_TIMES = 24
cdef int FEWEST_OF_FIRST = 14
cdef int FEWEST_OF_STRAND = 8
# All but this share of the potentials are theirs.
cdef double LEFT_OVER = 0.1
# A potential comes a period after the last, give or take this share; the period follows the newest
# with this weight. One of so many may be missing.
cdef double LATE = 0.08
cdef double NEWEST = 0.25
cdef int ONE_MISSED_OF = 6
# Each strand is as even as a fibre; hardly a motor unit is.
cdef double EVEN = 0.06


cdef Rhythm strand_rhythm(Stream* stream, const Train* train, Rhythm own) noexcept nogil:
    """Return the rhythm of the first of the strands that a train falls apart into; else its own.

    ``own`` IN the rhythm that it is judged by otherwise.
    """
    cdef int count
    cdef int left
    cdef int length
    cdef int first = 0
    cdef int _
    cdef int index
    cdef Rhythm found = own
    cdef double[MOST_TIMES] times
    cdef double[MOST_TIMES] strand
    cdef int[MOST_TIMES] members
    if train.n_intervals < FEWEST_TIMES or not own.variability > RHYTHM_VARIABILITY:
        return own
    count = left = newest_times(train, times)
    for _ in range(MOST_STRANDS):
        length = long_strand(times, left, QUICKEST_FIBRE_MS * stream.per_ms, members)
        if length < FEWEST_OF_STRAND:
            return own
        for index in range(length):
            strand[index] = times[members[index]]
        set_times(&stream.together, strand, length)
        update_rhythm(&stream.together, stream.rate_hz)
        if not stream.together.variability < EVEN or is_clocked(&stream.together):
            return own
        if left == count:
            found = newest_rhythm(&stream.together)
            first = length
        left = take_out(times, left, members, length)
        if left <= LEFT_OVER * count or (
            first >= FEWEST_OF_FIRST and is_unhurried(times, left, QUICK_MS * stream.per_ms)
        ):
            return found
    return own


cdef bint is_unhurried(const double* times, int count, double quick) noexcept nogil:
    """Return whether there is a rest after each of some times; ``quick`` IN samples."""
    cdef int index
    for index in range(count - 1):
        if times[index] - times[index + 1] < quick:
            return False
    return True


cdef int long_strand(
    const double* times, int count, double quickest, int* members
) noexcept nogil:
    """Return how many of some times are a period apart from each other, and which.

    The most that there are, or enough. ``times`` IN newest first; ``quickest`` IN shortest period;
    ``members`` OUT (MOST_TIMES,) places among the times.
    """
    cdef int first
    cdef int second
    cdef int index
    cdef int length
    cdef int longest = 0
    cdef double period
    cdef int[MOST_TIMES] tried
    for first in range(count):
        if longest >= FEWEST_OF_FIRST or count - first <= longest:
            break
        for second in range(first + 1, count):
            period = times[first] - times[second]
            if period * (FEWEST_OF_STRAND - 1) > times[first] - times[count - 1]:
                break
            if period < quickest:
                continue
            length = follow(times, count, first, second, tried)
            if length > longest:
                longest = length
                for index in range(length):
                    members[index] = tried[index]
    return longest


cdef int follow(
    const double* times, int count, int first, int second, int* members
) noexcept nogil:
    """Return how many times follow two of them at the same distance each."""
    cdef int length = 2
    cdef int missed = 0
    cdef int next = second + 1
    cdef int index
    cdef int nearest
    cdef double last = times[second]
    cdef double period = times[first] - last
    cdef double due
    members[0] = first
    members[1] = second
    while next < count:
        due = last - period
        nearest = -1
        index = next
        while index < count and times[index] >= due - LATE * period:
            if fabs(times[index] - due) <= LATE * period and (
                nearest < 0 or fabs(times[index] - due) < fabs(times[nearest] - due)
            ):
                nearest = index
            index += 1
        if nearest >= 0:
            period += NEWEST * (last - times[nearest] - period)
            last = times[nearest]
            members[length] = nearest
            length += 1
            next = nearest + 1
        elif due < times[count - 1] or ONE_MISSED_OF * (missed + 1) > length:
            break
        else:
            missed += 1
            last = due
    return length


cdef int take_out(double* times, int count, const int* members, int length) noexcept nogil:
    """Return how many times are left without some of them; ``times`` OUT the others, in order."""
    cdef int index
    cdef int left = 0
    cdef bint[MOST_TIMES] taken
    memset(taken, 0, sizeof(taken))
    for index in range(length):
        taken[members[index]] = True
    for index in range(count):
        if not taken[index]:
            times[left] = times[index]
            left += 1
    return left
