from myoscope.dsp_core._stream cimport Stream
from myoscope.dsp_core._trains cimport Train


cdef void judge_train(Stream* stream, int channel, Train* train, double silent_s) noexcept nogil
