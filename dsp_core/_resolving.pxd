from myoscope.dsp_core._stream cimport Channel, Stream
from myoscope.dsp_core._trains cimport Train

# In multiples of the noise; a spike that stands out less is looked for by its largest deflection.
cdef double LEFT_NOISE


cdef void resolve(
    Stream* stream, int channel, long long origin, int low, int high, int widest
) noexcept nogil
cdef Train* shape_at(
    Stream* stream, Channel* state, int peak, bint begun, double noise_uv, int* start, bint* whole
) noexcept nogil
