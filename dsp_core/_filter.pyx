"""High-pass, mains canceller and low-pass.

Float64 throughout: an electrode offset of 300 mV costs float32 tens of microvolts. The mains
canceller subtracts a sinusoid for each harmonic whose amplitude and phase follow the residual
slowly; the residual is clipped before it is followed, so a potential makes it ring no more than
noise does. The arithmetic of the rows is in ``_filter_lanes.h``.
"""

from libc.math cimport cos, fabs, floor, sin
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

import numpy as np

from myoscope.dsp_core._tiles cimport (
    chosen_instruction_set, flush_denormals, free_lanes, make_tiles, new_lanes, restore_denormals,
)

cdef double TWO_PI = 6.283185307179586
# Larger numbers than any amplifier's range would only overflow later on; as in _filter.h.
cdef double LARGEST_UV = 1e7


cdef class FilterKernel:
    """Filters rows of one stream; belongs to one thread.

    Parameters
    ----------
    n_channels
        Columns of each row.
    high_section : float64 array, shape (1, 6)
        A second-order section as ``scipy.signal.butter(..., output="sos")`` gives it.
    low_section : float64 array, shape (0, 6) or (1, 6)
        Likewise; empty for no low-pass.
    mains_per_sample
        Mains frequency / rate; 0 for no canceller.
    n_harmonics
        Multiples of the mains frequency that are cancelled.
    step
        Of the canceller: 1 / (its time constant in samples).
    resync_rows
        The oscillators are set anew, from the sample index, at its multiples.
    inverted
        Whether the sign is turned.
    """

    def __cinit__(
        self, int n_channels, const double[:, ::1] high_section not None,
        const double[:, ::1] low_section not None, double mains_per_sample, int n_harmonics,
        double step, int resync_rows, bint inverted
    ):
        cdef int index
        if high_section.shape[0] != 1 or low_section.shape[0] > 1:
            raise ValueError("wanted one high-pass section and at most one of a low-pass")
        self.n_channels = n_channels
        self.mains_per_sample = mains_per_sample
        self.resync_rows = resync_rows
        self.next_sample = -1
        self.shape.high = section_of(high_section[0], -1.0 if inverted else 1.0)
        self.shape.has_low = low_section.shape[0] > 0
        if self.shape.has_low:
            self.shape.low = section_of(low_section[0], 1.0)
        self.shape.n_harmonics = (
            min(n_harmonics, <int> MAX_HARMONICS) if mains_per_sample > 0 else 0
        )
        self.shape.step = step
        for index in range(self.shape.n_harmonics):
            self.turn_cosine[index] = cos(TWO_PI * mains_per_sample * (index + 1))
            self.turn_sine[index] = sin(TWO_PI * mains_per_sample * (index + 1))
        self.lanes = &FILTER_LANES[chosen_instruction_set()][0]
        self.tiles = make_tiles(n_channels, &self.n_tiles)
        self.states = <FilterTile*> new_lanes(self.n_tiles * sizeof(FilterTile))
        self.waves = <double*> calloc(
            SUB_ROWS * 2 * max(1, self.shape.n_harmonics), sizeof(double)
        )
        if self.states == NULL or self.waves == NULL:
            raise MemoryError()
        for index in range(self.n_tiles):
            self.states[index].weights = <double*> calloc(
                max(1, self.shape.n_harmonics) * 2 * self.tiles[index].lanes, sizeof(double)
            )
            if self.states[index].weights == NULL:
                raise MemoryError()

    def __dealloc__(self):
        cdef int index
        if self.states != NULL:
            for index in range(self.n_tiles):
                free(self.states[index].weights)
        free_lanes(self.states)
        free(self.tiles)
        free(self.waves)

    cdef void reset_state(self) noexcept nogil:
        cdef int index
        for index in range(self.n_tiles):
            memset(&self.states[index].state[0][0], 0, sizeof(self.states[index].state))
        self.primed = False

    cdef void start_rows(
        self, const float* samples, int rows, long long sample_index
    ) noexcept nogil:
        """Make ready for at most SUB_ROWS rows, before each tile of them is filtered."""
        cdef int index
        cdef int lane
        cdef float value
        cdef FilterTile* state
        if not self.primed:
            for index in range(self.n_tiles):
                state = &self.states[index]
                for lane in range(self.tiles[index].lanes):
                    value = samples[self.tiles[index].first + lane]
                    state.held[lane] = value if fabs(value) < LARGEST_UV else 0.0
                    state.offset[lane] = state.held[lane]
            self.primed = True
        if self.shape.n_harmonics:
            self.turn_oscillators(rows, sample_index)

    cdef void filter_tile(
        self, int index, const float* samples, int rows, float* out, ptrdiff_t out_stride,
        uint32_t* missing
    ) noexcept nogil:
        """Filter the channels of one tile.

        ``samples`` IN (rows, n_channels) microvolts; ``out`` OUT rows ``out_stride`` apart, in
        each the tile's channels, microvolts; ``missing`` OUT (lanes,) bit i is set where the value
        of row i was no number.
        """
        cdef const Tile* tile = &self.tiles[index]
        cdef FilterTile* state = &self.states[index]
        cdef const FilterLanes* lanes = &self.lanes[tile.size]
        cdef const float* values = samples + tile.first
        cdef ptrdiff_t stride = self.n_channels
        cdef int lane
        memset(missing, 0, tile.lanes * sizeof(uint32_t))
        if lanes.any_missing(values, stride, rows):
            self.hold_missing(index, values, rows, missing)
            values = self.repaired
            stride = tile.lanes
        for lane in range(tile.lanes):
            state.held[lane] = values[(rows - 1) * stride + lane]
        lanes.filter(&self.shape, state, values, stride, rows, self.waves, out, out_stride)

    cdef void hold_missing(
        self, int index, const float* samples, int rows, uint32_t* missing
    ) noexcept nogil:
        """Copy rows of a tile, with the newest number in the place of what is none."""
        cdef int n_lanes = self.tiles[index].lanes
        cdef int lane
        cdef int row
        cdef float value
        cdef float held
        for lane in range(n_lanes):
            held = self.states[index].held[lane]
            for row in range(rows):
                value = samples[row * self.n_channels + lane]
                if fabs(value) < LARGEST_UV:  # false for NaN
                    held = value
                else:
                    missing[lane] |= <uint32_t> 1 << row
                self.repaired[row * n_lanes + lane] = held

    cdef void turn_oscillators(self, int rows, long long sample_index) noexcept nogil:
        """Fill in the cosine and sine of each harmonic during the rows."""
        cdef int row
        cdef int index
        cdef int n = self.shape.n_harmonics
        cdef double phase
        cdef double turned
        cdef double cosine
        cdef double sine
        for row in range(rows):
            if sample_index % self.resync_rows == 0 or sample_index != self.next_sample:
                for index in range(n):
                    phase = self.mains_per_sample * (index + 1) * <double> sample_index
                    phase = TWO_PI * (phase - floor(phase))
                    self.cosine[index] = cos(phase)
                    self.sine[index] = sin(phase)
            for index in range(n):
                cosine = self.cosine[index]
                sine = self.sine[index]
                self.waves[2 * (row * n + index)] = cosine
                self.waves[2 * (row * n + index) + 1] = sine
                turned = cosine * self.turn_cosine[index] - sine * self.turn_sine[index]
                self.sine[index] = cosine * self.turn_sine[index] + sine * self.turn_cosine[index]
                self.cosine[index] = turned
            sample_index += 1
            self.next_sample = sample_index

    def restart(self):
        """Forget what came before."""
        self.reset_state()

    def filter_block(self, const float[:, ::1] samples not None, long long first_sample):
        """Return the filtered rows: float32 array, shape (n_samples, n_channels)."""
        cdef int count = <int> samples.shape[0]
        cdef int n = self.n_channels
        cdef float[:, ::1] out = np.empty((count, n), np.float32)
        cdef uint32_t[MAX_LANES] missing
        cdef int start = 0
        cdef int rows
        cdef int index
        cdef uint64_t mode
        if samples.shape[1] != n:
            raise ValueError(f"block has {samples.shape[1]} channels; wanted {n}")
        with nogil:
            mode = flush_denormals()
            while start < count:
                rows = min(count - start, <int> SUB_ROWS)
                self.start_rows(&samples[start, 0], rows, first_sample + start)
                for index in range(self.n_tiles):
                    self.filter_tile(
                        index, &samples[start, 0], rows, &out[start, self.tiles[index].first], n,
                        missing,
                    )
                start += rows
            restore_denormals(mode)
        return np.asarray(out)


cdef Section section_of(const double[::1] row, double sign):
    """Return one row of second-order sections, normalised and times a sign."""
    cdef Section section
    section.b0 = sign * row[0] / row[3]
    section.b1 = sign * row[1] / row[3]
    section.b2 = sign * row[2] / row[3]
    section.a1 = row[4] / row[3]
    section.a2 = row[5] / row[3]
    return section
