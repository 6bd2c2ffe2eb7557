from myoscope.dsp_core._stream cimport Stream
from myoscope.dsp_core._trains cimport Train


cdef void judge_train(Stream* stream, int channel, Train* train, double silent_s) noexcept nogil
cdef bint is_settled(const Stream* stream, int channel, const Train* train) noexcept nogil
