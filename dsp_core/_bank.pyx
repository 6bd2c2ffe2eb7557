"""How far each row stands out of the noise, at three widths, and how large that noise is.

The deflection of width w at a row is the mean over w rows less the mean over the w rows on either
side of them: it answers to a pulse of about that width and to neither offset, drift nor hum. Its
noise is what it does in the quietest quarter of 5 ms windows of the last seconds, so that
potentials, which leave quiet windows between them even when they are dense, do not raise it.
"""

from libc.math cimport fabs
from libc.stdlib cimport calloc, free
from libc.string cimport memset

import numpy as np

# The quantile, among the remembered long windows, that counts as the noise.
cdef double LONG_QUANTILE = 0.3


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
        cdef int capacity = 1
        self.n_channels = n_channels
        for index in range(N_WIDTHS):
            self.widths[index] = widths[index]
        for index in range(N_LEVELS):
            self.quantile_scale[index] = quantile_scale[index]
            self.floor_uv[index] = floor_uv[index]
        self.delay = 3 * widths[N_WIDTHS - 1] // 2
        self.warm_up = 3 * widths[N_WIDTHS - 1]
        self.window_rows = window_rows
        while capacity < 3 * widths[N_WIDTHS - 1] + 2:
            capacity *= 2
        self.mask = capacity - 1
        self.prefix = <double*> calloc(capacity * n_channels, sizeof(double))
        self.sums = <double*> calloc(N_LEVELS * n_channels, sizeof(double))
        self.short_means = <float*> calloc(N_LEVELS * n_channels * SHORT_WINDOWS, sizeof(float))
        self.long_means = <float*> calloc(N_LEVELS * n_channels * LONG_WINDOWS, sizeof(float))
        self.n_short = <int*> calloc(n_channels, sizeof(int))
        self.n_long = <int*> calloc(n_channels, sizeof(int))
        self.spoilt = <unsigned char*> calloc(n_channels, sizeof(unsigned char))
        self.gain = <double*> calloc(N_WIDTHS * n_channels, sizeof(double))
        self.noise = <float*> calloc(N_LEVELS * n_channels, sizeof(float))
        if (
            self.prefix == NULL or self.sums == NULL or self.short_means == NULL
            or self.long_means == NULL or self.n_short == NULL or self.n_long == NULL
            or self.spoilt == NULL or self.gain == NULL or self.noise == NULL
        ):
            raise MemoryError()

    def __dealloc__(self):
        free(self.prefix)
        free(self.sums)
        free(self.short_means)
        free(self.long_means)
        free(self.n_short)
        free(self.n_long)
        free(self.spoilt)
        free(self.gain)
        free(self.noise)

    cdef void reset_state(self) noexcept nogil:
        """Forget the signal before a gap; the noise is still what it was."""
        memset(self.prefix, 0, (self.mask + 1) * self.n_channels * sizeof(double))
        memset(self.sums, 0, N_LEVELS * self.n_channels * sizeof(double))
        memset(self.spoilt, 0, self.n_channels)
        memset(self.n_short, 0, self.n_channels * sizeof(int))
        self.rows = 0
        self.row_in_window = 0
        self.window = 0

    cdef bint push_row(
        self, const float* row, const unsigned char* unusable, float* deflection
    ) noexcept nogil:
        """Take one row; return whether the deflections are whole.

        ``row`` IN (n_channels,) filtered microvolts; ``unusable`` IN (n_channels,) 1 where the
        noise must not be learnt; ``deflection`` OUT (n_channels,) the largest of the three widths
        in multiples of its noise, centred ``delay`` rows ago, 0 while the noise is unknown.
        """
        cdef int n = self.n_channels
        cdef int channel
        cdef int index
        cdef int width
        cdef long long middle
        cdef double value
        cdef double inverse
        cdef double* sums
        cdef double* gain
        cdef double* before = self.prefix + ((self.rows - 1) & self.mask) * n
        cdef double* now = self.prefix + (self.rows & self.mask) * n
        cdef double* outer_left
        cdef double* inner_left
        cdef double* inner_right
        cdef double* outer_right
        for channel in range(n):
            now[channel] = before[channel] + row[channel]
            deflection[channel] = 0.0
        self.rows += 1
        if self.rows <= self.warm_up:
            return False
        for channel in range(n):
            self.sums[channel] += fabs(row[channel])
            self.spoilt[channel] |= unusable[channel]
        for index in range(N_WIDTHS):
            width = self.widths[index]
            middle = self.rows - 1 - self.delay - width // 2
            outer_left = self.prefix + ((middle - width) & self.mask) * n
            inner_left = self.prefix + (middle & self.mask) * n
            inner_right = self.prefix + ((middle + width) & self.mask) * n
            outer_right = self.prefix + ((middle + 2 * width) & self.mask) * n
            inverse = 1.0 / width
            sums = self.sums + (index + 1) * n
            gain = self.gain + index * n
            for channel in range(n):
                value = fabs(
                    1.5 * (inner_right[channel] - inner_left[channel])
                    - 0.5 * (outer_right[channel] - outer_left[channel])
                ) * inverse
                sums[channel] += value
                value *= gain[channel]
                if value > deflection[channel]:
                    deflection[channel] = <float> value
        self.row_in_window += 1
        if self.row_in_window == self.window_rows:
            self.end_short_window()
        return True

    cdef void end_short_window(self) noexcept nogil:
        cdef int n = self.n_channels
        cdef int channel
        cdef int level
        cdef int place
        for channel in range(n):
            if not self.spoilt[channel]:
                place = self.n_short[channel]
                for level in range(N_LEVELS):
                    self.short_means[(level * n + channel) * SHORT_WINDOWS + place] = <float> (
                        self.sums[level * n + channel] / self.window_rows
                    )
                self.n_short[channel] += 1
            self.spoilt[channel] = 0
        memset(self.sums, 0, N_LEVELS * n * sizeof(double))
        self.row_in_window = 0
        self.window += 1
        if self.window == SHORT_WINDOWS:
            for channel in range(n):
                # Half a long window is too little to tell what is quiet.
                if self.n_short[channel] > SHORT_WINDOWS // 2:
                    self.end_long_window(channel)
                self.n_short[channel] = 0
            self.window = 0

    cdef void end_long_window(self, int channel) noexcept nogil:
        cdef int n = self.n_channels
        cdef int level
        cdef int known
        cdef int place = self.n_long[channel] % LONG_WINDOWS
        cdef int remembered
        cdef double quiet
        cdef float[LONG_WINDOWS] ordered
        cdef float* means
        self.n_long[channel] += 1
        known = min(self.n_long[channel], <int> LONG_WINDOWS)
        for level in range(N_LEVELS):
            means = self.short_means + (level * n + channel) * SHORT_WINDOWS
            sort_floats(means, self.n_short[channel])
            quiet = means[QUIET_SHORT * self.n_short[channel] // SHORT_WINDOWS]
            means = self.long_means + (level * n + channel) * LONG_WINDOWS
            means[place] = <float> quiet
            for remembered in range(known):
                ordered[remembered] = means[remembered]
            sort_floats(ordered, known)
            quiet = ordered[<int> (LONG_QUANTILE * known)] * self.quantile_scale[level]
            quiet = max(quiet, self.floor_uv[level])
            self.noise[level * n + channel] = <float> quiet
            if level > 0:
                self.gain[(level - 1) * n + channel] = 1.0 / quiet

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
        cdef float[:, ::1] out = np.zeros((rows.shape[0], self.n_channels), np.float32)
        cdef unsigned char[::1] unusable = np.zeros(self.n_channels, np.uint8)
        cdef Py_ssize_t index
        for index in range(rows.shape[0]):
            self.push_row(&rows[index, 0], &unusable[0], &out[index, 0])
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


cdef void sort_floats(float* values, int count) noexcept nogil:
    """Sort in place; insertion, for the fifty values at most that there are."""
    cdef int index
    cdef int place
    cdef float value
    for index in range(1, count):
        value = values[index]
        place = index
        while place > 0 and values[place - 1] > value:
            values[place] = values[place - 1]
            place -= 1
        values[place] = value
