from myoscope.dsp_core._stream cimport Stream
from myoscope.dsp_core._trains cimport Train

cdef void keep_excerpt(
    Stream* stream, int channel, const Train* train, int start, long long sample
) noexcept nogil
cdef void forget_excerpts(Stream* stream, int channel, const Train* train) noexcept nogil
cdef void try_splitting(Stream* stream, int channel, Train* train) noexcept nogil
