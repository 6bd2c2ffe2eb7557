"""Trains that keep a lag to each other: parts of one discharge, led by the largest."""

from libc.math cimport fabs, isnan

from myoscope.dsp_core._stream cimport GROUP_HZ, ONE_DISCHARGE_MS, Channel, Stream, is_live
from myoscope.dsp_core._trains cimport Train, meet, try_coupling, uncouple

# Trains that fire so near to each other may be parts of one discharge, if they keep the lag.
cdef double COUPLED_MS = 25.0
cdef double LAG_TOLERANCE_MS = 0.3
# But what comes this share of an interval after another is the next discharge.
cdef double NEXT_SHARE = 0.85
# A smaller part, as a share of the whole, is what an inexact template left of it.
SMALLEST_PART = 0.25
# So near to the whole it must be larger: where a point is long, a template is placed less exactly.
cdef double BESIDE_SPIKE_MS = 0.8
cdef double SMALLEST_BESIDE_SPIKE = 0.5
# What comes later than any fibre's spike lasts, or as much before it, is left by no template: a
# part, however small, if it is as sharp as a spike. Satellites of motor units are.
cdef double SATELLITE_MS = 4.0
cdef double SMALLEST_SATELLITE = 0.04
cdef double DULLEST_SATELLITE_MS = 1.2
# And it comes with most discharges: it fires this share of times as often.
cdef double PART_RATE = 0.4
# The largest part leads, but not by noise alone.
cdef double CHANGE_OF_LEADER = 1.15
# So many times as large is a discharge that another may be a late component of.
cdef double ACCOMPANIED_RATIO = 1.25


cdef void couple(Stream* stream, Channel* state, Train* train, double amplitude_uv) noexcept nogil:
    """Note which trains fired just before this one: parts of one discharge keep their lag.

    ``amplitude_uv`` IN of the train, that of its first potential included.
    """
    cdef int index
    cdef double lag
    cdef double nearest = COUPLED_MS * stream.per_ms
    cdef double tolerance = LAG_TOLERANCE_MS * stream.per_ms
    cdef Train* other
    cdef Train* leader = NULL
    try_coupling(train)
    for index in range(state.places):
        other = &state.trains[index]
        if not is_live(other) or other == train or (
            other.satellite and other.leader != train.number
        ):
            continue
        lag = <double> (train.last_sample - other.last_sample)
        if fabs(lag) >= COUPLED_MS * stream.per_ms:
            continue
        if fabs(lag) < ONE_DISCHARGE_MS * stream.per_ms:
            # What fires often comes with anything by chance.
            if may_be_late_part(other.amplitude_uv, amplitude_uv):
                if not train.rate_hz > GROUP_HZ:
                    accompany(other)
            elif (
                may_be_late_part(amplitude_uv, other.amplitude_uv)
                and not other.rate_hz > GROUP_HZ
            ):
                accompany(train)
        if fabs(lag) * max(rate_of(train), rate_of(other)) > NEXT_SHARE * stream.rate_hz:
            continue
        if train.leader == other.number and (
            train.amplitude_uv > CHANGE_OF_LEADER * other.amplitude_uv
        ):
            uncouple(train)
        if train.leader != other.number and (
            other.leader == train.number or other.amplitude_uv < train.amplitude_uv
        ):
            meet(other, train, -lag, tolerance)
        elif fabs(lag) < nearest or other.number == train.leader:
            nearest = 0.0 if other.number == train.leader else fabs(lag)
            leader = other
    if leader != NULL:
        meet(train, leader, <double> (train.last_sample - leader.last_sample), tolerance)


cdef inline double rate_of(const Train* train) noexcept nogil:
    """Return a train's rate, 0 where it is not known."""
    return 0.0 if isnan(train.rate_hz) else train.rate_hz


cdef inline void accompany(Train* train) noexcept nogil:
    """Note that a train's newest potential came with a larger one."""
    if train.accompanied_sample != train.last_sample or train.accompanied == 0:
        train.accompanied_sample = train.last_sample
        train.accompanied += 1


cdef int parts_of(const Stream* stream, int channel, const Train* train) noexcept nogil:
    """Return how many shapes a discharge has that follow each other at fixed lags."""
    cdef int index
    cdef int parts = 1
    cdef const Train* other
    for index in range(stream.channels[channel].places):
        other = &stream.channels[channel].trains[index]
        parts += is_part(stream, other, train)
    return parts


cdef int phases_of(const Stream* stream, int channel, const Train* train) noexcept nogil:
    """Return the phases of all parts of a discharge."""
    cdef int index
    cdef int phases = train.shape.phases
    cdef const Train* other
    for index in range(stream.channels[channel].places):
        other = &stream.channels[channel].trains[index]
        if is_part(stream, other, train):
            phases += other.shape.phases
    return max(phases, train.whole_phases)


cdef double duration_of(const Stream* stream, int channel, const Train* train) noexcept nogil:
    """Return the duration of a discharge with all its parts, ms."""
    cdef int index
    cdef double first = 0.0
    cdef double last = 0.0
    cdef double own
    cdef const Train* other
    own = train.shape.duration_ms
    for index in range(stream.channels[channel].places):
        other = &stream.channels[channel].trains[index]
        if is_part(stream, other, train):
            first = min(first, other.lag)
            last = max(last, other.lag)
    return max(own + (last - first) / stream.per_ms, train.whole_ms)


cdef inline bint is_part(
    const Stream* stream, const Train* part, const Train* train
) noexcept nogil:
    """Return whether a train's potentials are a part of the other's that shows."""
    cdef double smallest = SMALLEST_PART
    if fabs(part.lag) < BESIDE_SPIKE_MS * stream.per_ms:
        smallest = SMALLEST_BESIDE_SPIKE
    elif (
        fabs(part.lag) > SATELLITE_MS * stream.per_ms
        and part.shape.half_width_ms < DULLEST_SATELLITE_MS
    ):
        smallest = SMALLEST_SATELLITE
    return (
        part.used and part.satellite and part.leader == train.number
        and part.rate_hz > PART_RATE * train.rate_hz
        and part.amplitude_uv > smallest * train.amplitude_uv
    )


cdef bint may_be_late_part(double amplitude_uv, double whole_uv) noexcept nogil:
    """Return whether a potential is small enough to be a late component of another."""
    return ACCOMPANIED_RATIO * amplitude_uv < whole_uv
