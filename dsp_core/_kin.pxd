from myoscope.dsp_core._stream cimport Channel, Stream
from myoscope.dsp_core._trains cimport Rhythm, Train

cdef bint are_alike(const Stream* stream, const Train* train, const Train* other) noexcept nogil
cdef Rhythm joint_rhythm(
    Stream* stream, const Channel* state, const Train* train, double largest
) noexcept nogil
