from myoscope.dsp_core._kinds cimport Evidence

# What is slower goes on by no will; the reason is in _doubts.pyx.
cdef double SLOWEST_VOLUNTARY_HZ

ctypedef struct Traits:
    # What the rules ask of a train.
    bint regular        # keeps time as no motor unit does
    bint voluntary      # a motor unit that fires at will could keep its rhythm
    bint unhurried      # rests after each potential
    bint rested         # has done so for long
    bint ran            # fires as fast and evenly as nobody does at will
    bint stands_out     # for long enough to tell
    bint all_alike      # likewise
    bint plain_spike    # of a contraction, and plainly a fibre's
    bint plain_wave     # likewise

cdef Traits traits_of(const Evidence* evidence) noexcept nogil
cdef void doubt_by_rhythm(
    const Evidence* evidence, const Traits* traits, double* posterior
) noexcept nogil
cdef void doubt_by_context(
    const Evidence* evidence, const Traits* traits, double* posterior
) noexcept nogil
cdef void doubt_by_shape(const Evidence* evidence, double* posterior) noexcept nogil
cdef bint is_doubted_in_crowd(
    const Evidence* evidence, const Traits* traits, int kind
) noexcept nogil
cdef void doubt_by_crowd(double* posterior) noexcept nogil
cdef bint is_too_doubtful(
    const Evidence* evidence, const Traits* traits, double probability
) noexcept nogil
cdef bint is_ruled_out(const Evidence* evidence, int kind) noexcept nogil
cdef int given_by_context(
    const Evidence* evidence, const Traits* traits, int kind
) noexcept nogil
