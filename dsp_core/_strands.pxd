from myoscope.dsp_core._stream cimport Stream
from myoscope.dsp_core._trains cimport Rhythm, Train

cdef Rhythm strand_rhythm(Stream* stream, const Train* train, Rhythm own) noexcept nogil
