from myoscope.dsp_core._stream cimport Channel, Stream
from myoscope.dsp_core._waveform cimport Waveform


cdef void follow_burst(Stream* stream, int channel) noexcept nogil
cdef void judge_burst(Stream* stream, Channel* state) noexcept nogil
cdef void add_to_burst(
    Stream* stream, int channel, const Waveform* waveform, long long sample
) noexcept nogil
cdef bint in_volley(const Stream* stream, const Channel* state) noexcept nogil
cdef void look(Stream* stream, int channel) noexcept nogil
cdef void take_volley(
    Stream* stream, int channel, long long origin, int low, int high
) noexcept nogil
