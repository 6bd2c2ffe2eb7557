"""From samples to deflections: filter, ring and bank, a few rows of eight channels at a time.

So few rows stay in the innermost cache from the filter to the bank. All that is learnt from them is
learnt after a fixed number of rows, so it does not matter how many are taken at once.
"""

from libc.stdint cimport uint32_t
from libc.stdlib cimport calloc, free

from myoscope.dsp_core._tiles cimport SUB_ROWS, free_lanes, new_lanes


cdef class SignalPath:
    """The signal path of one stream; belongs to one thread.

    Parameters
    ----------
    filter_kernel, bank_kernel
        Made for the same stream.
    remembered_rows
        Of the filtered signal, that stay in the ring beside those being taken.
    release
        Deflection, in multiples of the noise, above which a row is called high.
    """

    def __cinit__(
        self, FilterKernel filter_kernel not None, BankKernel bank_kernel not None,
        int remembered_rows, double release
    ):
        cdef int capacity = 1
        cdef int index
        cdef int lane
        cdef int n_lanes
        cdef Lane* place
        self.n_channels = filter_kernel.n_channels
        self.filter_kernel = filter_kernel
        self.bank_kernel = bank_kernel
        bank_kernel.shape.release = <float> release
        while capacity < remembered_rows + SUB_ROWS:
            capacity *= 2
        self.ring_mask = capacity - 1
        self.n_tiles = filter_kernel.n_tiles
        self.rings = <float**> calloc(self.n_tiles, sizeof(float*))
        self.deflections = <float**> calloc(self.n_tiles, sizeof(float*))
        self.lanes = <Lane*> calloc(self.n_channels, sizeof(Lane))
        self.missing = <uint32_t*> calloc(self.n_channels, sizeof(uint32_t))
        self.peaks = <float*> calloc(self.n_channels, sizeof(float))
        self.high = <uint32_t*> calloc(self.n_channels, sizeof(uint32_t))
        if (
            self.rings == NULL or self.deflections == NULL or self.lanes == NULL
            or self.missing == NULL or self.peaks == NULL or self.high == NULL
        ):
            raise MemoryError()
        for index in range(self.n_tiles):
            n_lanes = filter_kernel.tiles[index].lanes
            self.rings[index] = <float*> new_lanes(capacity * n_lanes * sizeof(float))
            self.deflections[index] = <float*> new_lanes(
                SUB_ROWS * n_lanes * sizeof(float)
            )
            if self.rings[index] == NULL or self.deflections[index] == NULL:
                raise MemoryError()
            for lane in range(n_lanes):
                place = &self.lanes[filter_kernel.tiles[index].first + lane]
                place.signal = self.rings[index] + lane
                place.deflections = self.deflections[index] + lane
                place.stride = n_lanes

    def __dealloc__(self):
        cdef int index
        for index in range(self.n_tiles):
            if self.rings != NULL:
                free_lanes(self.rings[index])
            if self.deflections != NULL:
                free_lanes(self.deflections[index])
        free(self.rings)
        free(self.deflections)
        free(self.lanes)
        free(self.missing)
        free(self.peaks)
        free(self.high)

    cdef void reset_state(self) noexcept nogil:
        """Start anew after lost samples."""
        self.filter_kernel.reset_state()
        self.bank_kernel.reset_state()

    cdef int take_rows(
        self, const float* samples, int count, long long sample_index
    ) noexcept nogil:
        """Take up to ``count`` rows, and return how many; ``bank_kernel.end_rows`` must follow.

        ``samples`` IN (count, n_channels) microvolts; ``sample_index`` IN of the first row.
        """
        cdef int index
        cdef int place = <int> (self.bank_kernel.rows & self.ring_mask)
        cdef int rows = self.bank_kernel.rows_at_once(min(count, self.ring_mask + 1 - place))
        cdef int first
        cdef int lanes
        cdef float* filtered
        self.filter_kernel.start_rows(samples, rows, sample_index)
        self.bank_kernel.start_rows(rows)
        for index in range(self.n_tiles):
            first = self.filter_kernel.tiles[index].first
            lanes = self.filter_kernel.tiles[index].lanes
            filtered = self.rings[index] + place * lanes
            self.filter_kernel.filter_tile(
                index, samples, rows, filtered, lanes, self.missing + first
            )
            self.bank_kernel.deflect_tile(
                index, filtered, lanes, rows, self.deflections[index], self.peaks + first,
                self.high + first,
            )
        return rows
