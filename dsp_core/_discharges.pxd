from myoscope.dsp_core._stream cimport Channel, Stream
from myoscope.dsp_core._trains cimport Train


cdef double SMALLEST_PART

cdef void couple(Stream* stream, Channel* state, Train* train, double amplitude_uv) noexcept nogil
cdef int parts_of(const Stream* stream, int channel, const Train* train) noexcept nogil
cdef int phases_of(const Stream* stream, int channel, const Train* train) noexcept nogil
cdef double duration_of(const Stream* stream, int channel, const Train* train) noexcept nogil
cdef bint may_be_late_part(double amplitude_uv, double whole_uv) noexcept nogil
