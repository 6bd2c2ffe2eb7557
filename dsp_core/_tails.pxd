from myoscope.dsp_core._stream cimport Stream
from myoscope.dsp_core._trains cimport Train


cdef void await_tail(
    Stream* stream, int channel, const Train* train, long long sample
) noexcept nogil
cdef void learn_tail(Stream* stream, int channel) noexcept nogil
