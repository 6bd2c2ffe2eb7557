from myoscope.dsp_core._stream cimport Stream


cdef void hand_on(Stream* stream, int channel) noexcept nogil
