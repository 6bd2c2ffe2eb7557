from myoscope.dsp_core._stream cimport Stream
from myoscope.dsp_core._trains cimport Train


cdef void look_after_trains(Stream* stream, int channel) noexcept nogil
cdef void close_train(Stream* stream, int channel, Train* train, bint silent) noexcept nogil
cdef void end_trains(Stream* stream, int channel) noexcept nogil
cdef void wake(Stream* stream, int channel, Train* train) noexcept nogil
cdef Train* free_train(Stream* stream, int channel) noexcept nogil
