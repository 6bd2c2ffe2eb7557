from myoscope.dsp_core._trains cimport Rhythm

cdef enum:
    NOTED = 64           # newest potentials of a channel that are compared

ctypedef struct Noted:
    long long sample
    long long train
    double lag           # to the potential that it repeats; 0 where there is none
    int phases

ctypedef struct Ring:
    # Potentials of a channel that come in the same order again and again.
    long long n          # potentials ever noted; the ring holds the newest
    double period        # samples; 0 while none is known
    double repeated      # share of the newest potentials that were there one period before
    double kept          # share that kept the lag to the potential before, of those near to it
    int compared         # of which there were so many
    double change        # of the period from one cycle to the next, as a share
    double unevenness    # of the gaps from one potential to the next, as a share
    double count         # potentials of a cycle
    double phases        # of all potentials of a cycle
    double span          # samples from the first to the last of them
    Noted[NOTED] noted

cdef bint follow_ring(
    Ring* ring, long long sample, long long train, int phases, double per_ms
) noexcept nogil
cdef bint is_ring(const Ring* ring) noexcept nogil
cdef Rhythm ring_rhythm(const Ring* ring, double rate_hz) noexcept nogil
