from libc.stdint cimport uint32_t

from myoscope.dsp_core._bank cimport BankKernel
from myoscope.dsp_core._filter cimport FilterKernel


ctypedef struct Lane:
    # Where one channel's values lie: that of row r is at [(r & ring_mask) * stride] in the ring,
    # that of the i-th of the newest rows at [i * stride] among the deflections.
    const float* signal        # ring of the filtered signal, microvolts
    const float* deflections   # of the newest rows, multiples of the noise
    int stride


cdef class SignalPath:
    cdef readonly int n_channels
    cdef readonly FilterKernel filter_kernel
    cdef readonly BankKernel bank_kernel
    cdef int ring_mask                 # rows of the ring less one
    cdef int n_tiles
    cdef float** rings                 # (n_tiles,): (ring_mask + 1, lanes)
    cdef float** deflections           # (n_tiles,): (SUB_ROWS, lanes)
    cdef Lane* lanes                   # (n_channels,)
    cdef uint32_t* missing             # (n_channels,): bit i where the i-th of the newest rows is
    cdef float* peaks                  # (n_channels,): largest deflection among the newest rows
    cdef uint32_t* high                # (n_channels,): bit i where the i-th is above the release

    cdef void reset_state(self) noexcept nogil
    cdef int take_rows(
        self, const float* samples, int count, long long sample_index
    ) noexcept nogil
