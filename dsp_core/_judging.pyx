"""The kind of a train: evidence is put together, weighed, and its alert follows."""

from libc.string cimport memcpy

from myoscope.dsp_core._alerts cimport update_alert
from myoscope.dsp_core._context cimport context_of, follow_cramp
from myoscope.dsp_core._discharges cimport duration_of, phases_of
from myoscope.dsp_core._doubts cimport SLOWEST_VOLUNTARY_HZ
from myoscope.dsp_core._kinds cimport (
    AT_WILL, BESIDE_END_PLATE, COMPLEX_REPETITIVE_DISCHARGE, CRAMP_DISCHARGE, FIBRILLATION,
    MOTOR_UNIT_POTENTIAL, MYOTONIC_DISCHARGE, N_KINDS, NEUROMYOTONIC_DISCHARGE, NOT_AT_REST,
    OF_CONTRACTION, POSITIVE_SHARP_WAVE, Evidence, finding, judge, same_finding,
)
from myoscope.dsp_core._kin cimport joint_rhythm
from myoscope.dsp_core._strands cimport strand_rhythm
from myoscope.dsp_core._stream cimport Stream
from myoscope.dsp_core._trains cimport INTERVALS, Rhythm, Train, telling_rhythm
from myoscope.dsp_core._volley cimport is_volley, of_a_device
from myoscope.dsp_core._waveform cimport Waveform

# Of a discharge's potentials the newest so many are outvoted at most.
cdef int MOST_HELD = 64
cdef double MOSTLY = 0.5
# Like trains are one where together they change by no more than this from one interval to the next;
# in a contraction by no more, and no more slowly, than a motor unit that fires at will.
cdef double EVEN = 0.3
cdef double EVEN_AT_WILL = 0.45
# Of trains of motor units that are as fast half change by so much, of fibres' one in seven.
cdef double EVENEST_AT_WILL = 0.055
cdef double UNEVENEST_AT_WILL = 0.3
# Where a fibre is doubted already.
cdef int DOUBTED = OF_CONTRACTION | NOT_AT_REST | BESIDE_END_PLATE
# A train whose intervals change by more than a ring's cycles and by less than the parts of one is
# none of it, but a motor unit: its own rhythm says more than the ring's last few cycles.
cdef int CYCLES = 16
cdef double EVEN_CYCLES = 0.05
cdef double PARTED_CYCLES = 0.2
# A train that was certain for so many potentials is judged again after some more or some time, and
# not with each of them: its shape and rhythm rest on more than these. It has had as many before as
# any rule asks for, and is no discharge that changes from one potential to the next.
cdef int SETTLED_SURE = 8
cdef int SETTLED_POTENTIALS = 24
cdef int MOST_UNJUDGED = 8
cdef double UNJUDGED_S = 1.0


cdef bint is_settled(const Stream* stream, int channel, const Train* train) noexcept nogil:
    """Return whether a train's newest potential can say nothing new of it."""
    return (
        train.sure >= SETTLED_SURE and train.potentials > SETTLED_POTENTIALS
        and train.unjudged + 1 < MOST_UNJUDGED
        and train.last_sample - train.judged_sample < <long long> (UNJUDGED_S * stream.rate_hz)
        and train.run == 0 and not train.of_volley and not stream.channels[channel].in_burst
        and (train.alert < 0 or train.kind == train.alert_kind)
    )


cdef void judge_train(Stream* stream, int channel, Train* train, double silent_s) noexcept nogil:
    """Set the kind of a train from all that is known of it, and its alert with it.

    ``silent_s`` IN time since its newest potential where that is worth something as evidence,
    else 0.
    """
    cdef double[N_KINDS] posterior
    cdef int kind
    if train.of_volley and is_volley(&stream.channels[channel].volley):
        train.of_device = of_a_device(&stream.channels[channel].volley) and not train.of_axon
        train.of_axon = not train.of_device
    gather_evidence(stream, channel, train, silent_s)
    kind = judge(
        stream.model, &train.evidence, posterior, &train.motor_unit, &train.end_plate
    )
    kind = hold(stream, train, kind, posterior)
    follow_cramp(
        stream, &stream.channels[channel], train, posterior[CRAMP_DISCHARGE],
        stream.noise[channel],
    )
    train.changed = train.changed or train.kind != kind
    train.certainty = <float> finding(posterior, kind)
    if not same_finding(train.kind, kind) or (
        train.certainty < stream.limits.alert_confidence
    ):
        train.sure = 0
    train.kind = <unsigned char> kind
    train.confidence = <float> posterior[kind]
    if train.certainty >= stream.limits.alert_confidence:
        # What came between two certain judgements would have been judged alike.
        train.sure += 1 + train.unjudged if train.sure else 1
    train.unjudged = 0
    train.judged_sample = train.last_sample
    update_alert(stream, channel, train)


cdef int hold(Stream* stream, Train* train, int kind, double* posterior) noexcept nogil:
    """Return what a train is called, which is not the newest judgement alone.

    Fibrillations, sharp waves, rings, myotonia and neuromyotonia go by the majority of what they
    surely were: fibres keep step for a while, rings break up at the end, contractions begin. Groups
    of potentials have to go on. A motor unit that fires alone, where nothing doubts a fibre, gives
    way only to what is as sure.
    """
    cdef double ignored
    cdef int held
    cdef Evidence newest
    cdef double[N_KINDS] newly
    if kind == train.held_kind and train.held > 0:
        if posterior[kind] >= stream.limits.alert_confidence:
            train.held = min(train.held + 1 + train.unjudged, MOST_HELD)
            train.telling = train.evidence
        return kind
    train.held = max(0, train.held - 1 - train.unjudged)
    if train.held == 0:
        if (
            kind == COMPLEX_REPETITIVE_DISCHARGE or kind == MYOTONIC_DISCHARGE
            or kind == NEUROMYOTONIC_DISCHARGE
            or kind == FIBRILLATION or kind == POSITIVE_SHARP_WAVE
            or kind == MOTOR_UNIT_POTENTIAL
        ) and posterior[kind] >= stream.limits.alert_confidence:
            train.held_kind = <unsigned char> kind
            train.held = 1
            train.telling = train.evidence
        return kind
    if train.held_kind == MOTOR_UNIT_POTENTIAL and (
        finding(posterior, kind) >= stream.limits.alert_confidence
        or train.evidence.context & DOUBTED
    ):
        return kind
    newest = train.evidence
    memcpy(newly, posterior, sizeof(newly))
    train.telling.context = newest.context
    train.evidence = train.telling
    held = judge(stream.model, &train.evidence, posterior, &ignored, &ignored)
    if finding(posterior, held) < MOSTLY:
        # What goes on now speaks against it as well.
        train.evidence = newest
        memcpy(posterior, newly, sizeof(newly))
        return kind
    return held


cdef bint is_uneven(const Train* train) noexcept nogil:
    """Return whether a train fires too unevenly for a ring, but not as parts of one would."""
    return train.n_intervals >= CYCLES and EVEN_CYCLES < train.variability < PARTED_CYCLES


cdef void gather_evidence(
    Stream* stream, int channel, Train* train, double silent_s
) noexcept nogil:
    """Put together what a train is judged by."""
    cdef Evidence* evidence = &train.evidence
    cdef const Waveform* shape = &train.shape
    cdef Rhythm rhythm = telling_rhythm(train)
    cdef Rhythm joint
    evidence.context = context_of(
        stream, &stream.channels[channel], train, stream.noise[channel]
    )
    if train.turn.taken and not is_uneven(train):
        rhythm = train.turn.rhythm
    elif not (train.ran or train.was_even):
        if not evidence.context & OF_CONTRACTION:
            rhythm = strand_rhythm(
                stream, train, joint_rhythm(stream, &stream.channels[channel], train, EVEN)
            )
        else:
            joint = joint_rhythm(stream, &stream.channels[channel], train, EVEN_AT_WILL)
            if joint.rate_hz > SLOWEST_VOLUNTARY_HZ:
                rhythm = joint
    evidence.duration_ms = duration_of(stream, channel, train)
    evidence.half_width_ms = shape.half_width_ms
    evidence.positive_share = shape.positive_uv / max(1e-6, <double> shape.amplitude_uv)
    evidence.first_phase = shape.first_phase
    evidence.amplitude_uv = train.amplitude_uv
    evidence.phases = phases_of(stream, channel, train)
    if train.turn.taken:
        evidence.duration_ms = max(
            evidence.duration_ms, shape.duration_ms + train.turn.span / stream.per_ms
        )
        evidence.phases = max(evidence.phases, train.turn.phases)
    evidence.rise_ms = shape.rise_ms
    evidence.intervals = <int> min(train.n_intervals, <long long> INTERVALS)
    evidence.rate_hz = rhythm.rate_hz
    evidence.variability = rhythm.variability
    evidence.shortest_ms = rhythm.shortest / stream.per_ms
    evidence.wander = rhythm.wander
    evidence.grouping = rhythm.grouping
    evidence.silent_s = silent_s
    if fires_at_will(train, &rhythm):
        evidence.context |= AT_WILL


cdef bint fires_at_will(const Train* train, const Rhythm* rhythm) noexcept nogil:
    """Return whether a motor unit that fires at will may keep a rhythm, be it even for a while."""
    return (
        rhythm.rate_hz > SLOWEST_VOLUNTARY_HZ and rhythm.variability < UNEVENEST_AT_WILL and (
            rhythm.variability > EVENEST_AT_WILL
            or (train.n_intervals > INTERVALS and train.usual_variability > EVENEST_AT_WILL)
        )
    )
