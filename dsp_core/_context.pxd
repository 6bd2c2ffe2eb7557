from myoscope.dsp_core._stream cimport Channel, Stream
from myoscope.dsp_core._trains cimport Train


cdef unsigned int context_of(
    Stream* stream, Channel* state, const Train* train, double noise_uv
) noexcept nogil
cdef void fade_counts(Stream* stream, Channel* state) noexcept nogil
cdef bint at_rest(const Stream* stream, const Channel* state, const Train* train) noexcept nogil
cdef bint of_burst(const Stream* stream, const Channel* state, long long sample) noexcept nogil
cdef bint of_movement(
    const Stream* stream, const Channel* state, const Train* train, long long sample
) noexcept nogil
cdef bint while_moving(
    const Stream* stream, const Channel* state, long long sample
) noexcept nogil
cdef bint cramps(const Stream* stream, const Channel* state) noexcept nogil
cdef void follow_cramp(
    Stream* stream, Channel* state, const Train* train, double cramp, double noise_uv
) noexcept nogil
