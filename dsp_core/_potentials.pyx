"""A potential is taken in: its train has one more, is judged anew, and the potential is told."""

from libc.math cimport fabs, log, sqrt

from myoscope.dsp_core._alerts cimport clear_alert
from myoscope.dsp_core._context cimport at_rest, fade_counts, of_movement
from myoscope.dsp_core._discharges cimport SMALLEST_PART, couple, may_be_late_part
from myoscope.dsp_core._excerpt cimport point_noise_uv
from myoscope.dsp_core._judging cimport is_settled, judge_train
from myoscope.dsp_core._kinds cimport (
    FASCICULATION, NOT_AT_REST, OF_CONTRACTION, QUICKEST_FIBRE_MS, SHORTEST_REST_MS, UNCLASSIFIED,
)
from myoscope.dsp_core._ring cimport follow_ring, ring_rhythm
from myoscope.dsp_core._splitting cimport try_splitting
from myoscope.dsp_core._stream cimport (
    FURTHEST_MS, GROUP_HZ, REMEMBERED, REMEMBERED_POTENTIALS, SILENT_TO_S, Channel, Found, Memory,
    Stream, known_train,
)
from myoscope.dsp_core._templates cimport Geometry, Template, blur_uv, seen_points, unsettled_uv
from myoscope.dsp_core._told cimport write_potential
from myoscope.dsp_core._trains cimport (
    Train, Turn, count_potential, follow_run, uncouple, update_rhythm,
)
from myoscope.dsp_core._waveform cimport Waveform, measure

# A train leaves a complex that repeats itself after so many potentials that were no part of it,
# unless most of those it ever had were.
cdef int ASTRAY = 16
# Whether a muscle rested when a train fired is remembered of so many potentials.
cdef int REST_POTENTIALS = 48
# A potential is large where it has this share of the amplitude that the loudest of a channel's
# potentials exceed, so many of them; each moves that by this step at the most.
cdef double LARGE_SHARE = 0.65
cdef double LOUDEST = 0.1
cdef double LOUDNESS_STEP = 0.2
# An electrode's step makes this share of its height so soon, and is wider at half of it than the
# narrowest potentials, which are as steep; a width is read off to a point at either end.
cdef double STEP_MS = 0.2
cdef double STEP_SHARE = 0.65
cdef double NARROWEST_STEP_MS = 0.4
# What lies beside a shape by chance has averaged out of it after so many potentials.
cdef int AVERAGED = 8
# So far from its sharpest point may the largest deflection of such a shape lie: a dull wave's is in
# the middle of it, and its end may be the sharpest.
cdef double FURTHEST_OF_MEAN_MS = 2.9
# A complex has so many phases at least.
cdef int POLYPHASIC = 5
# What is no wider at half its height is a spike; the slow phase of what is wider is low, and told
# from what lay on it by how long it is. At rest what differs is the potential itself.
cdef double WIDEST_SPIKE_MS = 0.8
# The next potential comes after this share of an interval at the soonest.
cdef double SOONEST_SHARE = 0.93


cdef void hand_on(Stream* stream, int channel) noexcept nogil:
    """Take in what was found in a candidate, in the order of time."""
    cdef int index
    for index in range(stream.n_found):
        stream.found[index].train.awaited = False
    for index in range(stream.n_found):
        take_in(stream, channel, &stream.found[index])
    for index in range(stream.n_found):
        try_splitting(stream, channel, stream.found[index].train)
    stream.n_found = 0


cdef void take_in(Stream* stream, int channel, const Found* found) noexcept nogil:
    """Judge a train anew with one more potential, and write the potential."""
    cdef Channel* state = &stream.channels[channel]
    cdef Train* train = found.train
    cdef const Waveform* waveform = &found.waveform
    cdef long long sample = found.sample
    cdef double weight
    cdef bint settled
    count_potential(
        train, sample, <long long> (SILENT_TO_S * stream.rate_hz),
        <long long> (QUICKEST_FIBRE_MS * stream.per_ms), SHORTEST_REST_MS * stream.per_ms,
    )
    couple(stream, state, train, train.amplitude_uv if train.met > 1 else waveform.amplitude_uv)
    weight = 1.0 / min(train.met, <long long> REMEMBERED_POTENTIALS)
    if train.met > 1 and train.amplitude_uv > 0.0 and waveform.amplitude_uv > 0.0:
        train.unlike += weight * (
            fabs(log(waveform.amplitude_uv / train.amplitude_uv)) - train.unlike
        )
    train.amplitude_uv += weight * (waveform.amplitude_uv - train.amplitude_uv)
    train.duration_ms += weight * (waveform.duration_ms - train.duration_ms)
    train.rise_ms += weight * (waveform.rise_ms - train.rise_ms)
    settled = is_settled(stream, channel, train)
    if settled:
        train.unjudged += 1
        follow_run(train, stream.rate_hz)
    else:
        measure_train(stream, channel, train, weight)
    if not found.joint:
        follow_complex(stream, state, train)
    if train.satellite:
        follow_leader(stream, channel, train)
        return
    fade_counts(stream, state)
    state.recent += 1.0
    follow_loudness(state, waveform.amplitude_uv)
    remember(state, train, waveform)
    if not settled and not of_movement(stream, state, train, sample):
        weight = (1.0 + train.unjudged) / min(train.met, <long long> REST_POTENTIALS)
        train.rest += weight * (at_rest(stream, state, train) - train.rest)
        train.large += weight * (
            (train.amplitude_uv >= LARGE_SHARE * state.loud_uv) - train.large
        )
        judge_train(stream, channel, train, 0.0)
    write_potential(stream, channel, train, waveform, found.largest)


cdef bint lies_under_units(const Train* train) noexcept nogil:
    """Return whether a train is a spike whose potentials have motor units' on them."""
    return (
        train.shape.half_width_ms <= WIDEST_SPIKE_MS
        and train.evidence.context & (OF_CONTRACTION | NOT_AT_REST) != 0
    )


cdef void measure_train(Stream* stream, int channel, Train* train, double weight) noexcept nogil:
    """Measure a train's shape and rhythm anew; ``weight`` IN of one potential in its shape."""
    cdef double furthest_ms = FURTHEST_MS if train.met < AVERAGED else FURTHEST_OF_MEAN_MS
    measure(
        stream.arithmetic, &train.template.wide[0], own_points(stream, train),
        max(0, stream.geometry.before - <int> (furthest_ms * stream.geometry.per_ms)),
        stream.geometry.before + <int> (furthest_ms * stream.geometry.per_ms),
        stream.geometry.per_ms, max(
            point_noise_uv(stream, channel) * sqrt(weight),
            unsettled_uv(&train.template, &stream.geometry),
            blur_uv(&train.template, REMEMBERED_POTENTIALS) if lies_under_units(train) else 0.0,
        ),
        &train.shape,
    )
    if not train.shape.begun:
        # It is longer than a template before its sharpest deflection.
        train.shape.rise_ms = <float> train.rise_ms
    measure_whole(stream, train)
    train.stepped = is_step(stream, &train.template, &train.shape)
    update_rhythm(train, stream.rate_hz)


cdef void measure_whole(Stream* stream, Train* train) noexcept nogil:
    """Measure a train's shape with the spikes that come some way off.

    A ring of fibres rests between its spikes; one template holds several of them.
    """
    cdef const Waveform* shape = &train.shape
    cdef const float* values = &train.template.wide[0]
    cdef int count
    cdef int first
    cdef int last
    cdef int phases
    cdef int nothing
    cdef double edge = SMALLEST_PART * fabs(values[shape.peak])
    train.whole_ms = shape.duration_ms
    train.whole_phases = shape.phases
    if train.met < AVERAGED:
        return
    count = own_points(stream, train)
    last = stream.arithmetic.last_beyond(
        values, shape.end, 1, count - shape.end, edge, count, &nothing
    )
    first = stream.arithmetic.last_beyond(
        values, shape.onset, -1, shape.onset + 1, edge, count, &nothing
    )
    if last == shape.end and first == shape.onset:
        return
    phases = stream.arithmetic.count_phases(values + first, last + 1 - first, edge, &nothing)
    if phases >= POLYPHASIC:
        train.whole_ms = (last + 1 - first) / stream.geometry.per_ms
        train.whole_phases = phases


cdef bint is_step(
    const Stream* stream, const Template* template, const Waveform* shape
) noexcept nogil:
    """Return whether a shape is an electrode's step and not a potential.

    No fibre's potential rises by most of its height so soon, but one as narrow.
    """
    cdef int soon = max(1, <int> (STEP_MS * stream.geometry.per_ms + 0.5))
    cdef int index
    cdef double steepest = 0.0
    if shape.half_width_ms < NARROWEST_STEP_MS + 2.0 / stream.geometry.per_ms:
        return False
    for index in range(max(0, shape.onset - soon), shape.end + 1 - soon):
        steepest = max(steepest, fabs(template.wide[index + soon] - template.wide[index]))
    return steepest > STEP_SHARE * shape.amplitude_uv


cdef void follow_complex(Stream* stream, Channel* state, Train* train) noexcept nogil:
    """Note whether a train's newest potential is part of a complex that repeats itself."""
    cdef Turn* turn = &train.turn
    if follow_ring(
        &state.ring, train.last_sample, train.number, train.shape.phases, stream.per_ms
    ):
        turn.taken = True
        turn.parts += 1
        turn.astray = 0
        turn.rhythm = ring_rhythm(&state.ring, stream.rate_hz)
        turn.phases = <int> (state.ring.phases + 0.5)
        turn.span = state.ring.span
    else:
        turn.astray += 1
        turn.taken = turn.taken and (turn.astray < ASTRAY or 2 * turn.parts > train.potentials)


cdef void follow_loudness(Channel* state, double amplitude_uv) noexcept nogil:
    """Let a channel's loudness rise or sink such that a tenth of the potentials are louder."""
    if state.loud_uv <= 0.0:
        state.loud_uv = amplitude_uv
    elif amplitude_uv > state.loud_uv:
        state.loud_uv *= 1.0 + LOUDNESS_STEP * (1.0 - LOUDEST)
    else:
        state.loud_uv *= 1.0 - LOUDNESS_STEP * LOUDEST


cdef void remember(Channel* state, const Train* train, const Waveform* waveform) noexcept nogil:
    cdef Memory* place = &state.memory[state.n_potentials % REMEMBERED]
    place.sample = train.last_sample
    place.train = train.number
    place.amplitude_uv = waveform.amplitude_uv
    state.n_potentials += 1


cdef int own_points(const Stream* stream, const Train* train) noexcept nogil:
    """Return how many points of a train's template are seen, before its next potential begins."""
    cdef const Geometry* geometry = &stream.geometry
    cdef int points = seen_points(&train.template, geometry)
    if train.rate_hz > GROUP_HZ:
        # As long before its spike as this one did.
        points = min(points, max(
            geometry.before + <int> ((FURTHEST_MS + 1.0) * geometry.per_ms),
            train.shape.onset
            + <int> (SOONEST_SHARE * 1000.0 / train.rate_hz * geometry.per_ms),
        ))
    return points


cdef void follow_leader(Stream* stream, int channel, Train* train) noexcept nogil:
    """Give a satellite the kind of its leader; it raises no alert of its own."""
    cdef Channel* state = &stream.channels[channel]
    cdef Train* leader = known_train(state, train.leader)
    cdef unsigned char kind
    if leader != NULL and leader.satellite and leader.leader != train.number:
        # All parts follow the largest.
        train.leader = leader.leader
        train.lag += leader.lag
        leader = known_train(state, train.leader)
    if leader == NULL or leader.satellite:
        uncouple(train)
        return
    if train.alert >= 0:
        clear_alert(stream, channel, train)
    kind = leader.kind
    train.confidence = leader.confidence
    if kind == FASCICULATION and may_be_late_part(train.amplitude_uv, leader.amplitude_uv):
        # It is told of once.
        kind = UNCLASSIFIED
        train.confidence = 0.5
    train.changed = train.changed or train.kind != kind
    train.kind = kind
