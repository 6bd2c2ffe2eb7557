from myoscope.dsp_core._stream cimport Stream
from myoscope.dsp_core._trains cimport Train
from myoscope.dsp_core._waveform cimport Waveform


cdef int open_tables(Stream* stream) except -1
cdef void close_tables(Stream* stream) noexcept nogil
cdef bint is_anything(const Stream* stream) noexcept nogil
cdef tuple take_tables(Stream* stream)
cdef void write_peak(
    Stream* stream, int channel, long long sample, float amplitude_uv
) noexcept nogil
cdef void write_spike(
    Stream* stream, int channel, const Train* train, const Waveform* waveform, long long sample
) noexcept nogil
cdef void write_potential(
    Stream* stream, int channel, const Train* train, const Waveform* waveform, long long sample
) noexcept nogil
cdef void write_train(Stream* stream, int channel, Train* train, bint closed) noexcept nogil
cdef void write_alert(Stream* stream, int channel, const Train* train, bint cleared) noexcept nogil
