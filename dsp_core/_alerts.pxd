from myoscope.dsp_core._stream cimport Stream
from myoscope.dsp_core._trains cimport Train


cdef void update_alert(Stream* stream, int channel, Train* train) noexcept nogil
cdef void clear_alert(Stream* stream, int channel, Train* train) noexcept nogil
