from myoscope.dsp_core._stream cimport Stream


cdef void await_spike(Stream* stream, int channel, long long start, long long peak) noexcept nogil
cdef void tell_spike(Stream* stream, int channel) noexcept nogil
