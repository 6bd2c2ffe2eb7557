cdef enum:
    N_WIDTHS = 3
    N_LEVELS = 4          # the filtered signal itself, then each width
    SHORT_WINDOWS = 20    # short windows in a long one
    QUIET_SHORT = 5       # rank, among them, that counts as quiet
    LONG_WINDOWS = 50     # long windows that are remembered


cdef class BankKernel:
    cdef readonly int n_channels
    cdef readonly int delay               # rows from a row to the deflection centred on it
    cdef readonly int warm_up             # rows before the first deflection is whole
    cdef int[N_WIDTHS] widths             # rows, even, rising
    cdef int mask                         # of the ring of prefix sums
    cdef long long rows                   # since the last reset
    cdef int window_rows                  # of a short window
    cdef int row_in_window
    cdef int window                       # of the long window in work
    cdef double[N_LEVELS] quantile_scale  # noise rms / remembered quantile
    cdef double[N_LEVELS] floor_uv        # smallest noise that is believed
    cdef double* prefix                   # (mask + 1, n_channels): running sums
    cdef double* sums                     # (N_LEVELS, n_channels): of |deflection| in the window
    cdef float* short_means               # (N_LEVELS, n_channels, SHORT_WINDOWS)
    cdef float* long_means                # (N_LEVELS, n_channels, LONG_WINDOWS)
    cdef int* n_short                     # (n_channels,): usable short windows in the long one
    cdef int* n_long                      # (n_channels,): long windows ever remembered
    cdef unsigned char* spoilt            # (n_channels,): the short window holds missing samples
    cdef double* gain                     # (N_WIDTHS, n_channels): 1 / noise
    cdef float* noise                     # (N_LEVELS, n_channels): rms, microvolts

    cdef void reset_state(self) noexcept nogil
    cdef bint push_row(
        self, const float* row, const unsigned char* unusable, float* deflection
    ) noexcept nogil
    cdef void end_short_window(self) noexcept nogil
    cdef void end_long_window(self, int channel) noexcept nogil


cdef void sort_floats(float* values, int count) noexcept nogil
