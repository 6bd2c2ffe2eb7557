from libc.stddef cimport ptrdiff_t
from libc.stdint cimport uint32_t

from myoscope.dsp_core._tiles cimport MAX_LANES, SUB_ROWS, Tile


cdef extern from "_filter.h" nogil:
    enum:
        MAX_HARMONICS
        INSTRUCTION_SETS
    ctypedef struct Section:
        double b0
        double b1
        double b2
        double a1
        double a2
    ctypedef struct FilterShape:
        Section high
        Section low
        int has_low
        int n_harmonics
        double step                       # of the canceller's weights
    ctypedef struct FilterTile:
        double[MAX_LANES] offset          # first row, so that the high-pass starts settled
        float[MAX_LANES] held             # newest number
        double[4][MAX_LANES] state        # of the high-pass, then of the low-pass
        double[MAX_LANES] error_level     # running mean |residual| of the canceller
        double* weights                   # (n_harmonics, 2, lanes): in phase, in quadrature
    ctypedef struct FilterLanes:
        int (*any_missing)(const float*, ptrdiff_t, int) noexcept nogil
        void (*filter)(
            const FilterShape*, FilterTile*, const float*, ptrdiff_t, int, const double*, float*,
            ptrdiff_t
        ) noexcept nogil
    const FilterLanes[INSTRUCTION_SETS][3] FILTER_LANES


cdef class FilterKernel:
    cdef readonly int n_channels
    cdef int n_tiles
    cdef Tile* tiles                    # (n_tiles,)
    cdef FilterTile* states             # (n_tiles,)
    cdef const FilterLanes* lanes       # kernels by size of tile
    cdef FilterShape shape
    cdef int resync_rows                # the oscillators restart exactly at its multiples
    cdef double mains_per_sample        # cycles of mains in one sample
    cdef bint primed                    # False until the first row after a reset
    cdef long long next_sample          # that the oscillators stand at
    cdef double[MAX_HARMONICS] cosine
    cdef double[MAX_HARMONICS] sine
    cdef double[MAX_HARMONICS] turn_cosine
    cdef double[MAX_HARMONICS] turn_sine
    cdef double* waves                  # (SUB_ROWS, n_harmonics, 2): the mains during the rows
    cdef float[SUB_ROWS * MAX_LANES] repaired  # scratch: rows of a tile, missing values held

    cdef void reset_state(self) noexcept nogil
    cdef void start_rows(
        self, const float* samples, int rows, long long sample_index
    ) noexcept nogil
    cdef void filter_tile(
        self, int index, const float* samples, int rows, float* out, ptrdiff_t out_stride,
        uint32_t* missing
    ) noexcept nogil
    cdef void turn_oscillators(self, int rows, long long sample_index) noexcept nogil
    cdef void hold_missing(
        self, int index, const float* samples, int rows, uint32_t* missing
    ) noexcept nogil
