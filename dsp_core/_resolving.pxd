from myoscope.dsp_core._stream cimport Stream


cdef void resolve(
    Stream* stream, int channel, long long origin, int low, int high, int widest
) noexcept nogil
