cdef enum:
    MAX_SECTIONS = 4
    MAX_HARMONICS = 32

ctypedef struct Section:
    # One biquad, transposed direct form II; a0 is 1.
    double b0
    double b1
    double b2
    double a1
    double a2


cdef class FilterKernel:
    cdef readonly int n_channels
    cdef readonly int n_high      # sections before the mains canceller (high-pass)
    cdef readonly int n_low       # sections after it (low-pass)
    cdef int n_harmonics
    cdef int resync_rows          # the canceller's oscillators restart exactly at its multiples
    cdef double sign              # -1 for sources stored the other way round
    cdef double step              # of the canceller's weights
    cdef double mains_per_sample  # cycles of mains in one sample
    cdef bint primed              # False until the first row after a reset
    cdef long long next_sample    # that the oscillators stand at
    cdef Section[MAX_SECTIONS] sections
    cdef double[MAX_HARMONICS] cosine
    cdef double[MAX_HARMONICS] sine
    cdef double[MAX_HARMONICS] turn_cosine
    cdef double[MAX_HARMONICS] turn_sine
    cdef double* state            # (n_high + n_low, 2, n_channels)
    cdef double* weights          # (n_harmonics, 2, n_channels)
    cdef double* offset           # (n_channels,): first row, so that the high-pass starts settled
    cdef double* held             # (n_channels,): last finite value
    cdef double* error_level      # (n_channels,): running mean |residual| of the canceller
    cdef double* row              # (n_channels,): the row in work

    cdef void reset_state(self) noexcept nogil
    cdef void cancel_mains(self, long long sample_index) noexcept nogil
    cdef void filter_row(
        self, const float* samples, long long sample_index, float* out, unsigned char* missing
    ) noexcept nogil
