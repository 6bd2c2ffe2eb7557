from myoscope.dsp_core._stream cimport Stream


cdef void measure_candidate(Stream* stream, int channel) noexcept nogil
