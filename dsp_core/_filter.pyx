"""High-pass, mains canceller and low-pass, a row of channels at a time.

Float64 throughout: an electrode offset of 300 mV costs float32 tens of microvolts. The mains
canceller subtracts a sinusoid for each harmonic whose amplitude and phase follow the residual
slowly; the residual is clipped before it is followed, so a potential makes it ring no more than
noise does.
"""

from libc.math cimport cos, fabs, floor, sin
from libc.stdlib cimport calloc, free
from libc.string cimport memset

import numpy as np

cdef double TWO_PI = 6.283185307179586
# Larger numbers than any amplifier's range would only overflow later on.
cdef double LARGEST_UV = 1e7


cdef class FilterKernel:
    """Filters rows of one stream; belongs to one thread.

    Parameters
    ----------
    n_channels
        Columns of each row.
    high_sections, low_sections : float64 arrays, shape (n_sections, 6)
        Second-order sections as ``scipy.signal.butter(..., output="sos")`` gives them.
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
        self, int n_channels, const double[:, ::1] high_sections not None,
        const double[:, ::1] low_sections not None, double mains_per_sample, int n_harmonics,
        double step, int resync_rows, bint inverted
    ):
        cdef int index
        if high_sections.shape[0] + low_sections.shape[0] > MAX_SECTIONS:
            raise ValueError("too many filter sections")
        self.n_channels = n_channels
        self.n_high = high_sections.shape[0]
        self.n_low = low_sections.shape[0]
        self.n_harmonics = min(n_harmonics, MAX_HARMONICS) if mains_per_sample > 0 else 0
        self.mains_per_sample = mains_per_sample
        self.step = step
        self.resync_rows = resync_rows
        self.sign = -1.0 if inverted else 1.0
        self.next_sample = -1
        for index in range(self.n_high):
            self.sections[index] = section_of(high_sections[index])
        for index in range(self.n_low):
            self.sections[self.n_high + index] = section_of(low_sections[index])
        for index in range(self.n_harmonics):
            self.turn_cosine[index] = cos(TWO_PI * mains_per_sample * (index + 1))
            self.turn_sine[index] = sin(TWO_PI * mains_per_sample * (index + 1))
        self.state = <double*> calloc(MAX_SECTIONS * 2 * n_channels, sizeof(double))
        self.weights = <double*> calloc(MAX_HARMONICS * 2 * n_channels, sizeof(double))
        self.offset = <double*> calloc(n_channels, sizeof(double))
        self.held = <double*> calloc(n_channels, sizeof(double))
        self.error_level = <double*> calloc(n_channels, sizeof(double))
        self.row = <double*> calloc(n_channels, sizeof(double))
        if (
            self.state == NULL or self.weights == NULL or self.offset == NULL
            or self.held == NULL or self.error_level == NULL or self.row == NULL
        ):
            raise MemoryError()

    def __dealloc__(self):
        free(self.state)
        free(self.weights)
        free(self.offset)
        free(self.held)
        free(self.error_level)
        free(self.row)

    cdef void reset_state(self) noexcept nogil:
        memset(self.state, 0, MAX_SECTIONS * 2 * self.n_channels * sizeof(double))
        self.primed = False

    cdef void filter_row(
        self, const float* samples, long long sample_index, float* out, unsigned char* missing
    ) noexcept nogil:
        """Filter one row.

        ``samples`` IN (n_channels,) microvolts; ``sample_index`` IN of the row; ``out`` OUT
        (n_channels,) microvolts; ``missing`` OUT (n_channels,) 1 where the value was no number.
        """
        cdef int n = self.n_channels
        cdef int channel
        cdef int index
        cdef double value
        cdef double* row = self.row
        if not self.primed:
            for channel in range(n):
                value = samples[channel]
                self.offset[channel] = value if fabs(value) < LARGEST_UV else 0.0
                self.held[channel] = self.offset[channel]
            self.primed = True
        for channel in range(n):
            value = samples[channel]
            missing[channel] = not fabs(value) < LARGEST_UV  # also true for NaN
            if missing[channel]:
                value = self.held[channel]
            self.held[channel] = value
            row[channel] = self.sign * (value - self.offset[channel])
        for index in range(self.n_high):
            run_section(&self.sections[index], self.state + index * 2 * n, row, n)
        if self.n_harmonics:
            self.cancel_mains(sample_index)
        for index in range(self.n_high, self.n_high + self.n_low):
            run_section(&self.sections[index], self.state + index * 2 * n, row, n)
        for channel in range(n):
            out[channel] = <float> row[channel]

    cdef void cancel_mains(self, long long sample_index) noexcept nogil:
        cdef int n = self.n_channels
        cdef int channel
        cdef int index
        cdef double phase
        cdef double turned
        cdef double residual
        cdef double limit
        cdef double level
        cdef double cosine
        cdef double sine
        cdef double* row = self.row
        cdef double* in_phase
        cdef double* quadrature
        if sample_index % self.resync_rows == 0 or sample_index != self.next_sample:
            for index in range(self.n_harmonics):
                phase = self.mains_per_sample * (index + 1) * <double> sample_index
                phase = TWO_PI * (phase - floor(phase))
                self.cosine[index] = cos(phase)
                self.sine[index] = sin(phase)
        self.next_sample = sample_index + 1
        for index in range(self.n_harmonics):
            in_phase = self.weights + (2 * index) * n
            quadrature = self.weights + (2 * index + 1) * n
            cosine = self.cosine[index]
            sine = self.sine[index]
            for channel in range(n):
                row[channel] -= in_phase[channel] * cosine + quadrature[channel] * sine
        for channel in range(n):
            residual = fabs(row[channel])
            level = self.error_level[channel]
            if level > 0.0:
                level += self.step * (min(residual, 3.0 * level) - level)
            else:
                level = residual
            self.error_level[channel] = level
        for index in range(self.n_harmonics):
            in_phase = self.weights + (2 * index) * n
            quadrature = self.weights + (2 * index + 1) * n
            cosine = self.cosine[index]
            sine = self.sine[index]
            for channel in range(n):
                limit = 3.0 * self.error_level[channel]
                residual = min(limit, max(-limit, row[channel]))
                in_phase[channel] += 2.0 * self.step * residual * cosine
                quadrature[channel] += 2.0 * self.step * residual * sine
            turned = cosine * self.turn_cosine[index] - sine * self.turn_sine[index]
            self.sine[index] = cosine * self.turn_sine[index] + sine * self.turn_cosine[index]
            self.cosine[index] = turned

    def restart(self):
        """Forget what came before."""
        self.reset_state()

    def filter_block(self, const float[:, ::1] samples not None, long long first_sample):
        """Return the filtered rows: float32 array, shape (n_samples, n_channels)."""
        cdef float[:, ::1] out = np.empty((samples.shape[0], self.n_channels), np.float32)
        cdef unsigned char[::1] missing = np.zeros(self.n_channels, np.uint8)
        cdef Py_ssize_t index
        for index in range(samples.shape[0]):
            self.filter_row(&samples[index, 0], first_sample + index, &out[index, 0], &missing[0])
        return np.asarray(out)


cdef Section section_of(const double[::1] row):
    """Return one row of second-order sections, normalised."""
    cdef Section section
    section.b0 = row[0] / row[3]
    section.b1 = row[1] / row[3]
    section.b2 = row[2] / row[3]
    section.a1 = row[4] / row[3]
    section.a2 = row[5] / row[3]
    return section


cdef inline void run_section(
    const Section* section, double* state, double* row, int n
) noexcept nogil:
    """Run one biquad over a row in place; ``state`` IN/OUT (2, n)."""
    cdef double* first = state
    cdef double* second = state + n
    cdef double b0 = section.b0
    cdef double b1 = section.b1
    cdef double b2 = section.b2
    cdef double a1 = section.a1
    cdef double a2 = section.a2
    cdef double value
    cdef double result
    cdef int channel
    for channel in range(n):
        value = row[channel]
        result = b0 * value + first[channel]
        first[channel] = b1 * value - a1 * result + second[channel]
        second[channel] = b2 * value - a2 * result
        row[channel] = result
