from libc.stddef cimport ptrdiff_t
from libc.stdint cimport uint32_t

from myoscope.dsp_core._tiles cimport MAX_LANES, Tile


cdef extern from "_bank.h" nogil:
    enum:
        N_WIDTHS
        N_LEVELS                          # the filtered signal itself, then each width
        QUIETEST                          # short windows of a long one that are remembered
        INSTRUCTION_SETS
    float ROUNDING_LIMIT
    ctypedef struct BankShape:
        int[3] widths                     # rows, even, rising
        int[3] middles                    # rows from the newest back to the middle stretch
        float resolution                  # steps in a microvolt that the running sums know
        float limit                       # larger values, in steps, are cut off
        float release                     # deflection, in multiples of the noise, called high
        float[4] unit_uv                  # mean of the short window for a sum of 1
    ctypedef struct BankTile:
        float[4][MAX_LANES] levels        # sums of |signal|, |deflection| in the short window
        float[4][QUIETEST][MAX_LANES] quietest  # smallest means of the long window, rising
        float[3][MAX_LANES] gain          # 1 / noise, in the units of the sums
        uint32_t* sums                    # (rows, lanes): running sums of the filtered signal
    ctypedef struct BankLanes:
        void (*deflect)(
            const BankShape*, BankTile*, const float*, ptrdiff_t, int, uint32_t*, int, float*,
            float*, uint32_t*
        ) noexcept nogil
        void (*end_window)(
            const BankShape*, BankTile*, const unsigned char*
        ) noexcept nogil
    const BankLanes[INSTRUCTION_SETS][3] BANK_LANES


cdef enum:
    SHORT_WINDOWS = 20    # short windows in a long one
    QUIET_SHORT = 5       # rank, among them, that counts as quiet
    LONG_WINDOWS = 50     # long windows that are remembered


cdef class BankKernel:
    cdef readonly int n_channels
    cdef readonly int delay               # rows from a row to the deflection centred on it
    cdef readonly int warm_up             # rows before the first deflection is whole
    cdef int n_tiles
    cdef Tile* tiles                      # (n_tiles,)
    cdef BankTile* states                 # (n_tiles,)
    cdef const BankLanes* lanes           # kernels by size of tile
    cdef BankShape shape
    cdef int* widths                      # of the shape
    cdef int capacity                     # rows of running sums that a tile has room for
    cdef int place                        # row among them that comes next
    cdef long long rows                   # since the last reset
    cdef int window_rows                  # of a short window
    cdef int row_in_window
    cdef int window                       # of the long window in work
    cdef double[4] quantile_scale         # noise rms / remembered quantile
    cdef double[4] floor_uv               # smallest noise that is believed
    cdef float* long_means                # (n_channels, N_LEVELS, LONG_WINDOWS): as they came
    cdef float* ordered                   # likewise, rising
    cdef int* n_short                     # (n_channels,): usable short windows in the long one
    cdef int* n_long                      # (n_channels,): long windows ever remembered
    cdef unsigned char* spoilt            # (n_channels,): the noise is not learnt in this window
    cdef double* gain                     # (N_WIDTHS, n_channels): 1 / noise
    cdef float* noise                     # (N_LEVELS, n_channels): rms, microvolts

    cdef void reset_state(self) noexcept nogil
    cdef int rows_at_once(self, int count) noexcept nogil
    cdef bint whole(self) noexcept nogil
    cdef void start_rows(self, int rows) noexcept nogil
    cdef void deflect_tile(
        self, int index, const float* filtered, ptrdiff_t stride, int rows, float* deflections,
        float* peaks, uint32_t* high
    ) noexcept nogil
    cdef void end_rows(self, int rows) noexcept nogil
    cdef void end_short_window(self) noexcept nogil
    cdef void forget_windows(self) noexcept nogil
    cdef void end_long_window(self, int index, int lane) noexcept nogil


cdef void put_into(float* ordered, int count, float value) noexcept nogil
cdef void take_from(float* ordered, int count, float value) noexcept nogil
