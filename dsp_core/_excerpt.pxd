from myoscope.dsp_core._stream cimport Stream
from myoscope.dsp_core._waveform cimport Waveform


cdef void copy_rows(
    Stream* stream, int channel, long long first, int count, float* values
) noexcept nogil
cdef void load_window(
    Stream* stream, int channel, long long first, int count, int start
) noexcept nogil
cdef void measure_window(
    Stream* stream, int channel, int low, int high, Waveform* out
) noexcept nogil
cdef int largest_row(
    const Stream* stream, const Waveform* waveform, int low, int high
) noexcept nogil
cdef void measure_spike(Stream* stream, int channel, int peak, Waveform* out) noexcept nogil
cdef double smooth_noise_uv(const Stream* stream, int channel) noexcept nogil
cdef double point_noise_uv(const Stream* stream, int channel) noexcept nogil
cdef double noise_around_uv(const Stream* stream, int channel) noexcept nogil
cdef bint stands_out(Stream* stream, int channel, int low, int high) noexcept nogil
