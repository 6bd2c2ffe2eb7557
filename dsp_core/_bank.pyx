"""How far each row stands out of the noise, at three widths, and how large that noise is.

The deflection of width w at a row is the mean over w rows less the mean over the w rows on either
side of them: it answers to a pulse of about that width and to neither offset, drift nor hum. Its
noise is what it does in the quietest quarter of 5 ms windows of the last seconds, so that
potentials, which leave quiet windows between them even when they are dense, do not raise it. The
arithmetic of the rows is in ``_bank_lanes.h``.
"""

from libc.math cimport INFINITY
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memmove, memset

import numpy as np

from myoscope.dsp_core._tiles cimport (
    SUB_ROWS, chosen_instruction_set, flush_denormals, free_lanes, make_tiles, new_lanes,
    restore_denormals,
)

# The quantile, among the remembered long windows, that counts as the noise.
cdef double LONG_QUANTILE = 0.3
# Steps in a microvolt that the running sums know: far below any amplifier's noise, and coarse
# enough for 32 mV.
cdef double RESOLUTION = 128.0
# Running sums are moved back to the start of their room after so many rows.
cdef int ROOM_ROWS = 4 * SUB_ROWS


cdef class BankKernel:
    """Deflections and noise of one stream; belongs to one thread.

    Parameters
    ----------
    n_channels
        Columns of each row.
    widths : int array, shape (3,)
        In rows; even, rising.
    window_rows
        Rows of a short window.
    quantile_scale : float64 array, shape (4,)
        Noise rms divided by the quantile of mean |value| that is tracked: of the signal itself,
        then of each width.
    floor_uv : float64 array, shape (4,)
        Smallest noise that is believed.
    """

    def __cinit__(
        self, int n_channels, const int[::1] widths not None, int window_rows,
        const double[::1] quantile_scale not None, const double[::1] floor_uv not None
    ):
        cdef int index
        cdef int widest = widths[N_WIDTHS - 1]
        self.n_channels = n_channels
        self.delay = 3 * widest // 2
        self.warm_up = 3 * widest
        self.window_rows = window_rows
        self.widths = self.shape.widths
        self.shape.resolution = <float> RESOLUTION
        # Three times the middle less the whole must not overflow an int32.
        self.shape.limit = min(ROUNDING_LIMIT, <float> (2147483647 // (6 * widest) - 1))
        self.shape.unit_uv[0] = <float> (1.0 / window_rows)
        for index in range(N_WIDTHS):
            self.shape.widths[index] = widths[index]
            self.shape.middles[index] = self.delay + widths[index] // 2
            self.shape.unit_uv[1 + index] = <float> (
                1.0 / (2.0 * RESOLUTION * widths[index] * window_rows)
            )
        for index in range(N_LEVELS):
            self.quantile_scale[index] = quantile_scale[index]
            self.floor_uv[index] = floor_uv[index]
        self.lanes = &BANK_LANES[chosen_instruction_set()][0]
        self.tiles = make_tiles(n_channels, &self.n_tiles)
        self.states = <BankTile*> new_lanes(self.n_tiles * sizeof(BankTile))
        self.ordered = <float*> calloc(N_LEVELS * n_channels * LONG_WINDOWS, sizeof(float))
        self.long_means = <float*> calloc(N_LEVELS * n_channels * LONG_WINDOWS, sizeof(float))
        self.n_short = <int*> calloc(n_channels, sizeof(int))
        self.n_long = <int*> calloc(n_channels, sizeof(int))
        self.spoilt = <unsigned char*> calloc(n_channels, sizeof(unsigned char))
        self.gain = <double*> calloc(N_WIDTHS * n_channels, sizeof(double))
        self.noise = <float*> calloc(N_LEVELS * n_channels, sizeof(float))
        if (
            self.states == NULL or self.ordered == NULL or self.long_means == NULL
            or self.n_short == NULL or self.n_long == NULL or self.spoilt == NULL
            or self.gain == NULL or self.noise == NULL
        ):
            raise MemoryError()
        self.capacity = self.warm_up + ROOM_ROWS
        self.place = self.warm_up
        for index in range(self.n_tiles):
            self.states[index].sums = <uint32_t*> new_lanes(
                self.capacity * self.tiles[index].lanes * sizeof(uint32_t)
            )
            if self.states[index].sums == NULL:
                raise MemoryError()
        self.forget_windows()

    def __dealloc__(self):
        cdef int index
        if self.states != NULL:
            for index in range(self.n_tiles):
                free_lanes(self.states[index].sums)
        free_lanes(self.states)
        free(self.tiles)
        free(self.ordered)
        free(self.long_means)
        free(self.n_short)
        free(self.n_long)
        free(self.spoilt)
        free(self.gain)
        free(self.noise)

    cdef void reset_state(self) noexcept nogil:
        """Forget the signal before a gap; the noise is still what it was."""
        cdef int index
        cdef BankTile* state
        for index in range(self.n_tiles):
            state = &self.states[index]
            memset(state.sums, 0, self.capacity * self.tiles[index].lanes * sizeof(uint32_t))
            memset(&state.levels[0][0], 0, sizeof(state.levels))
        memset(self.spoilt, 0, self.n_channels)
        self.forget_windows()
        self.place = self.warm_up
        self.rows = 0
        self.row_in_window = 0

    cdef bint whole(self) noexcept nogil:
        """Return whether the next row's deflections are whole."""
        return self.rows >= self.warm_up

    cdef int rows_at_once(self, int count) noexcept nogil:
        """Return how many of ``count`` rows to take before ``end_rows``: the noise holds so long.

        What is more than a kernel takes is split evenly.
        """
        cdef int pieces
        if self.rows < self.warm_up:
            count = <int> min(<long long> count, self.warm_up - self.rows)
        else:
            count = min(count, self.window_rows - self.row_in_window)
        pieces = (count + SUB_ROWS - 1) // SUB_ROWS
        return (count + pieces - 1) // pieces

    cdef void start_rows(self, int rows) noexcept nogil:
        """Make room for rows, before each tile of them is taken."""
        cdef int index
        cdef int lanes
        cdef uint32_t* sums
        if self.place + rows > self.capacity:
            for index in range(self.n_tiles):
                lanes = self.tiles[index].lanes
                sums = self.states[index].sums
                memmove(
                    sums, sums + (self.place - self.warm_up) * lanes,
                    self.warm_up * lanes * sizeof(uint32_t),
                )
            self.place = self.warm_up

    cdef void deflect_tile(
        self, int index, const float* filtered, ptrdiff_t stride, int rows, float* deflections,
        float* peaks, uint32_t* high
    ) noexcept nogil:
        """Take rows of one tile.

        ``filtered`` IN rows ``stride`` apart, in each the tile's channels, microvolts;
        ``deflections`` OUT (rows, lanes) the largest of the three widths in multiples of its
        noise, centred ``delay`` rows ago, 0 while the noise is unknown; ``peaks`` OUT (lanes,) the
        largest of them; ``high`` OUT (lanes,) bit i is set where that of row i is above the
        shape's release level.
        """
        cdef int lanes = self.tiles[index].lanes
        cdef BankTile* state = &self.states[index]
        self.lanes[self.tiles[index].size].deflect(
            &self.shape, state, filtered, stride, rows, state.sums + self.place * lanes,
            self.whole(), deflections, peaks, high,
        )

    cdef void end_rows(self, int rows) noexcept nogil:
        """Count rows, after each tile of them was taken; learn the noise where a window ends."""
        cdef bint whole = self.whole()
        self.place += rows
        self.rows += rows
        if whole:
            self.row_in_window += rows
            if self.row_in_window == self.window_rows:
                self.end_short_window()

    cdef void end_short_window(self) noexcept nogil:
        cdef int index
        cdef int lane
        cdef int first
        cdef const Tile* tile
        for index in range(self.n_tiles):
            tile = &self.tiles[index]
            first = tile.first
            self.lanes[tile.size].end_window(
                &self.shape, &self.states[index], self.spoilt + first
            )
            for lane in range(tile.lanes):
                self.n_short[first + lane] += not self.spoilt[first + lane]
        memset(self.spoilt, 0, self.n_channels)
        self.row_in_window = 0
        self.window += 1
        if self.window == SHORT_WINDOWS:
            for index in range(self.n_tiles):
                for lane in range(self.tiles[index].lanes):
                    self.end_long_window(index, lane)
            self.forget_windows()

    cdef void forget_windows(self) noexcept nogil:
        """Begin a long window."""
        cdef int index
        cdef int place
        cdef float* quietest
        for index in range(self.n_tiles):
            quietest = &self.states[index].quietest[0][0][0]
            for place in range(N_LEVELS * QUIETEST * MAX_LANES):
                quietest[place] = INFINITY
        memset(self.n_short, 0, self.n_channels * sizeof(int))
        self.window = 0

    cdef void end_long_window(self, int index, int lane) noexcept nogil:
        cdef int n = self.n_channels
        cdef int channel = self.tiles[index].first + lane
        cdef int level
        cdef int known
        cdef int place = self.n_long[channel] % LONG_WINDOWS
        cdef double quiet
        cdef float newest
        cdef float* means
        cdef float* ordered
        cdef BankTile* state = &self.states[index]
        # Half a long window is too little to tell what is quiet.
        if self.n_short[channel] <= SHORT_WINDOWS // 2:
            return
        known = min(self.n_long[channel], <int> LONG_WINDOWS)
        for level in range(N_LEVELS):
            newest = state.quietest[level][QUIET_SHORT * self.n_short[channel] // SHORT_WINDOWS][
                lane
            ]
            means = self.long_means + (channel * N_LEVELS + level) * LONG_WINDOWS
            ordered = self.ordered + (channel * N_LEVELS + level) * LONG_WINDOWS
            if known == LONG_WINDOWS:
                take_from(ordered, known, means[place])
                put_into(ordered, known - 1, newest)
            else:
                put_into(ordered, known, newest)
            means[place] = newest
            quiet = ordered[
                <int> (LONG_QUANTILE * min(known + 1, <int> LONG_WINDOWS))
            ] * self.quantile_scale[level]
            quiet = max(quiet, self.floor_uv[level])
            self.noise[level * n + channel] = <float> quiet
            if level > 0:
                self.gain[(level - 1) * n + channel] = 1.0 / quiet
                state.gain[level - 1][lane] = <float> (
                    1.0 / (quiet * 2.0 * RESOLUTION * self.widths[level - 1])
                )
        self.n_long[channel] += 1

    def deflections(self, const float[:, ::1] rows not None):
        """Return deflections and noise of a whole signal.

        Parameters
        ----------
        rows : float32 array, shape (n_samples, n_channels), microvolts

        Returns
        -------
        deflections : float32 array, shape (n_samples, n_channels), multiples of the noise
            Row i is centred on row ``i - delay``.
        noise : float32 array, shape (4, n_channels), microvolts
            After the last row.
        """
        cdef int count = <int> rows.shape[0]
        cdef int n = self.n_channels
        cdef float[:, ::1] out = np.zeros((count, n), np.float32)
        cdef float[SUB_ROWS * MAX_LANES] found
        cdef float[MAX_LANES] peaks
        cdef uint32_t[MAX_LANES] high
        cdef const Tile* tile
        cdef int start = 0
        cdef int taken
        cdef int index
        cdef int row
        cdef int lane
        cdef uint64_t mode
        if rows.shape[1] != n:
            raise ValueError(f"signal has {rows.shape[1]} channels; wanted {n}")
        with nogil:
            mode = flush_denormals()
            while start < count:
                taken = self.rows_at_once(count - start)
                self.start_rows(taken)
                for index in range(self.n_tiles):
                    tile = &self.tiles[index]
                    self.deflect_tile(
                        index, &rows[start, tile.first], n, taken, found, peaks, high
                    )
                    for row in range(taken):
                        for lane in range(tile.lanes):
                            out[start + row, tile.first + lane] = found[row * tile.lanes + lane]
                self.end_rows(taken)
                start += taken
            restore_denormals(mode)
        return np.asarray(out), self.noise_uv()

    def noise_uv(self):
        """Return the noise: float32 array, shape (4, n_channels), microvolts rms; 0 if unknown."""
        cdef float[:, ::1] out = np.empty((N_LEVELS, self.n_channels), np.float32)
        cdef int index
        cdef int channel
        for index in range(N_LEVELS):
            for channel in range(self.n_channels):
                out[index, channel] = self.noise[index * self.n_channels + channel]
        return np.asarray(out)


cdef void put_into(float* ordered, int count, float value) noexcept nogil:
    """Put a value in its place among ``count`` rising ones."""
    while count > 0 and ordered[count - 1] > value:
        ordered[count] = ordered[count - 1]
        count -= 1
    ordered[count] = value


cdef void take_from(float* ordered, int count, float value) noexcept nogil:
    """Take a value that is among ``count`` rising ones out of them."""
    cdef int index = 0
    while ordered[index] < value:
        index += 1
    memmove(ordered + index, ordered + index + 1, (count - 1 - index) * sizeof(float))
