"""What goes on around a train: a contraction, a movement, an end-plate, the mains.

No table of shapes and rhythms can know it; it is weighed in ``_kinds``.
"""

from libc.math cimport exp
from libc.stdlib cimport llabs

from myoscope.dsp_core._kin cimport are_alike
from myoscope.dsp_core._kinds cimport (
    ACCOMPANIED, ALL_ALIKE, BESIDE_END_PLATE, BRIEF, CLOCKED, INSERTIONAL_ACTIVITY,
    IN_CRAMP, IN_CROWD, IN_INSERTION, IN_VOLLEY, LIKE_END_PLATE, LIKE_NOISE, MAY_BE_SUPERPOSED,
    NEAR_MOVEMENT, NOT_AT_REST, OF_CONTRACTION, ON_MAINS, QUICK_MS, RESTED, SHORTEST_REST_MS, SMALL,
    STANDS_OUT, STEPPED,
)
from myoscope.dsp_core._stream cimport (
    BURST_INTERVALS, CRAMP_HZ, INSERTION_AFTER_S, INSERTION_LONGEST_S, IRREGULAR, KNOWN_SHAPE,
    NEIGHBOUR_RECENT_S, NEVER, ONE_DISCHARGE_MS, REMEMBERED, RHYTHM_VARIABILITY,
    SINGLE_POTENTIALS, SINGLE_S, TRAINS, Channel, Memory, Stream, is_live, known_train,
)
from myoscope.dsp_core._trains cimport Train, is_clocked, locked_to, rests
from myoscope.dsp_core._volley cimport PHONE_FRAME_MS

# A train keeps a rhythm that is less variable than insertional activity for so many intervals.
cdef int RHYTHM_INTERVALS = 6
# A cramp goes on while the channel is busy, or for so long after the last unit that could be told
# apart. Where so many units fire that there is never less noise than this, it goes on, too, and a
# unit tells of it from this probability on. Shorter than the last, it may be a burst of myokymia.
cdef double CRAMP_RECENT_S = 1.5
cdef double NEVER_QUIET_UV = 50.0
cdef double CRAMP_CONFIDENCE = 0.6
cdef double CRAMP_LEAST_S = 0.8
# Another train tells where the needle is once it is so certain.
cdef double NEIGHBOUR_CONFIDENCE = 0.9
cdef int NEIGHBOUR_POTENTIALS = 5
# The muscle rests while it is as probable as this that none of the trains is a motor unit; what is
# less probable for a train is none.
cdef double REST_CONFIDENCE = 0.15
cdef double LEAST_SUSPICION = 0.05
# Motor units that fire at will are faster than this, and keep a rhythm even where some are missed.
cdef double SLOWEST_VOLUNTARY_HZ = 3.0
cdef double VOLUNTARY_VARIABILITY = 0.9
# An end-plate's noise has many shapes.
cdef int END_PLATE_SHAPES = 3
# A contraction shows ever new shapes, for its units overlap: the muscle does not rest while more
# than so many potentials of the last UNREST_S, and more than this share of them, had a new shape.
cdef double UNREST_S = 2.0
cdef double UNREST_ORPHANS = 8.0
cdef double UNREST_SHARE = 0.2
# A train stands out if more than this share of its potentials do. What is as probably an end-plate
# is no unit that cramps.
cdef double MOSTLY = 0.5
# All of a train's potentials are equally large if their amplitudes differ from the mean by no more
# than this share; of scraps they do by more.
cdef double ALIKE = 0.15
cdef int ALIKE_POTENTIALS = 7
# Peaks of the noise that look alike are rarely larger than so many times its rms, peak to peak, and
# come less than so often, for the threshold lets no more of them pass; no rhythm is more even.
cdef double NOISE_PEAKS = 5.0
cdef double NOISE_PEAKS_HZ = 1.0
cdef double EVENER_THAN_NOISE = 0.2
# With a needle in it a muscle at rest shows some 10 microvolts rms at most; where there is never
# less than this, motor units fire all the time.
cdef double LOUDEST_REST_UV = 15.0
# The noise of an end-plate is louder.
cdef double LOUDEST_END_PLATE_UV = 25.0
# A train most of whose potentials came during a contraction is part of it.
cdef double REST_SHARE = 0.7
# Fasciculations are rare: no finding where more than so many discharges of at least half the
# amplitude came in the last UNREST_S. The parts of one come within ONE_DISCHARGE_MS.
cdef int CROWD = 8
# What an insertion excites begins within so long; where it has no rhythm it is a train of its own
# only if it goes on for longer than any insertion's.
cdef double EXCITED_S = 0.5
# What fires less evenly then is no fibre's rhythm, but what the needle has left.
cdef double EVEN_AFTER_INSERTION = 0.12
# Late components of a motor unit are no units by themselves: so often they come with a larger one.
cdef double ACCOMPANIED_SHARE = 0.8
# No fasciculation is named so near to a movement of the needle or a contraction.
cdef double SETTLED_S = 3.0
# Nor where the signal began with so many potentials of at least this share of its amplitude: rest
# was not seen before it.
cdef int FEWEST_AT_THE_START = 3
cdef double BESIDE_SHARE = 0.3
# Nor where so many other potentials, of at least this share of its amplitude and of shapes that
# are not known, lie so near: an insertion's spikes are of any size and ever new shapes, and need
# not be dense enough for a busy time.
cdef double SCATTERED_S = 0.3
cdef double SCATTERED_SHARE = 0.1
cdef int FEWEST_SCATTERED = 3
# Potentials of two trains that come within so long of each other, in all, look the same.
cdef double COINCIDENCE_S = 1e-3
# What fires faster is no rare coincidence.
cdef double FASTEST_COINCIDENCE_HZ = 4.0
# A busy time that is shorter than this, as far as it is told, is one long discharge.
cdef double BRIEFEST_BURST_MS = 160.0
# A busy time of more than this is no insertion.
cdef double MOVEMENT_S = 1.0
# What is found of a phone's frames is faster than this.
cdef double SLOWEST_PHONE_HZ = 50.0


cdef unsigned int context_of(
    Stream* stream, Channel* state, const Train* train, double noise_uv
) noexcept nogil:
    """Return the flags of what goes on around a train."""
    cdef int context = 0
    # Also where it is not known.
    cdef bint irregular = not train.variability < IRREGULAR
    cdef bint beside = (irregular or noise_uv > LOUDEST_REST_UV) and beside_end_plate(
        stream, state, train
    )
    fade_counts(stream, state)
    if train.rest < REST_SHARE or noise_uv > (
        LOUDEST_END_PLATE_UV if beside else LOUDEST_REST_UV
    ):
        context |= OF_CONTRACTION
    if not at_rest(stream, state, train):
        context |= NOT_AT_REST
    if irregular and beside:
        context |= BESIDE_END_PLATE
        if is_like_end_plate(stream, state, train):
            context |= LIKE_END_PLATE
    if in_crowd(stream, state, train):
        context |= IN_CROWD
    if (
        near_burst(stream, state, train) or of_end_of_contraction(stream, state, train)
        or is_scattered(stream, state, train)
    ):
        context |= NEAR_MOVEMENT
    if may_be_superposed(stream, state, train):
        context |= MAY_BE_SUPERPOSED
    if locked_to(stream.arithmetic, train, stream.rate_hz / 50.0) or locked_to(
        stream.arithmetic, train, stream.rate_hz / 60.0
    ) or (
        train.rate_hz > SLOWEST_PHONE_HZ
        and locked_to(stream.arithmetic, train, PHONE_FRAME_MS * stream.per_ms)
    ):
        context |= ON_MAINS
    if train.of_volley:
        context |= IN_VOLLEY
    if train.of_device if train.of_volley else is_clocked(train):
        context |= CLOCKED
    if cramps(stream, state):
        context |= IN_CRAMP
    if is_of_insertion(stream, state, train):
        context |= IN_INSERTION
    if train.last_sample - train.onset_sample < <long long> (CRAMP_LEAST_S * stream.rate_hz):
        context |= BRIEF
    if train.amplitude_uv < stream.limits.fasciculation_uv:
        context |= SMALL
    if train.accompanied >= ACCOMPANIED_SHARE * train.potentials:
        context |= ACCOMPANIED
    if train.stepped:
        context |= STEPPED
    if train.large > MOSTLY:
        context |= STANDS_OUT
    if rests(train, SHORTEST_REST_MS * stream.per_ms):
        context |= RESTED
    if train.potentials >= ALIKE_POTENTIALS and train.unlike < ALIKE:
        context |= ALL_ALIKE
    if (
        train.amplitude_uv < NOISE_PEAKS * noise_uv and train.rate_hz < NOISE_PEAKS_HZ
        and not train.variability < EVENER_THAN_NOISE
    ):
        context |= LIKE_NOISE
    return <unsigned int> context


cdef bint is_of_insertion(
    const Stream* stream, const Channel* state, const Train* train
) noexcept nogil:
    """Return whether a train began with an insertion, and neither a rhythm nor time tells it apart.
    """
    if state.burst.kind != INSERTIONAL_ACTIVITY or train.onset_sample < state.burst_start:
        return False
    if state.burst.used and (
        train.potentials <= RHYTHM_INTERVALS or train.variability > EVEN_AFTER_INSERTION
        or (train.potentials <= BURST_INTERVALS and of_burst(stream, state, train.last_sample))
    ):
        return True
    return (
        train.variability > EVEN_AFTER_INSERTION
        and train.onset_sample - state.burst_end < <long long> (EXCITED_S * stream.rate_hz)
        and train.last_sample - state.burst_end
        < <long long> (INSERTION_LONGEST_S * stream.rate_hz)
    )


cdef void fade_counts(Stream* stream, Channel* state) noexcept nogil:
    """Let the counts of recent potentials fade to now."""
    cdef double kept
    if state.counted == stream.sample:
        return
    kept = exp((state.counted - stream.sample) / (UNREST_S * stream.rate_hz))
    state.recent *= kept
    state.orphans *= kept
    state.counted = stream.sample


cdef bint at_rest(const Stream* stream, const Channel* state, const Train* train) noexcept nogil:
    """Return whether the muscle rests, as far as the train's neighbours tell.

    None of them need be a motor unit for certain where several may be.
    """
    cdef int index
    cdef double none = 1.0
    cdef const Train* other
    if state.orphans > UNREST_ORPHANS and state.orphans > UNREST_SHARE * state.recent:
        return False
    for index in range(state.places):
        other = &state.trains[index]
        if (
            other.motor_unit > LEAST_SUSPICION and other.rate_hz > SLOWEST_VOLUNTARY_HZ
            and other.variability < VOLUNTARY_VARIABILITY and not other.ran
            and fires_beside(stream, other, train)
        ):
            none *= 1.0 - other.motor_unit
    return none > REST_CONFIDENCE


cdef bint beside_end_plate(
    const Stream* stream, const Channel* state, const Train* train
) noexcept nogil:
    """Return whether the needle is in an end-plate: spikes in quick succession, or many."""
    cdef int index
    cdef int count = 0
    cdef const Train* other
    for index in range(state.places):
        other = &state.trains[index]
        if other.end_plate > NEIGHBOUR_CONFIDENCE and fires_beside(stream, other, train):
            count += 1
            if other.shortest < QUICK_MS * stream.per_ms or count >= END_PLATE_SHAPES:
                return True
    return False


cdef bint is_like_end_plate(
    const Stream* stream, const Channel* state, const Train* train
) noexcept nogil:
    """Return whether a train may be what the sorting has left of an end-plate's spikes."""
    cdef int index
    cdef const Train* other
    for index in range(state.places):
        other = &state.trains[index]
        if (
            other.end_plate > NEIGHBOUR_CONFIDENCE and fires_beside(stream, other, train)
            and are_alike(stream, train, other)
        ):
            return True
    return False


cdef bint fires_beside(const Stream* stream, const Train* other, const Train* train) noexcept nogil:
    """Return whether another train fires now, and has done so for some time.

    What it is must follow from its shape and rhythm alone: what trains conclude from each
    other must not go in circles.
    """
    return (
        is_live(other) and other != train and other.potentials >= NEIGHBOUR_POTENTIALS
        and stream.sample - other.last_sample < <long long> (NEIGHBOUR_RECENT_S * stream.rate_hz)
    )


cdef bint in_crowd(const Stream* stream, const Channel* state, const Train* train) noexcept nogil:
    """Return whether discharges as large as the train's are common on the channel now.

    Trains that stand as an alert are not counted: fasciculations come among fibrillations.
    """
    cdef int count = 0
    cdef int back
    cdef int other
    cdef long long counted = NEVER
    cdef const Memory* place
    cdef bint counts
    cdef int n_alerts = 0
    cdef long long[TRAINS] alerts
    for other in range(state.places):
        if state.trains[other].used and state.trains[other].alert >= 0:
            alerts[n_alerts] = state.trains[other].number
            n_alerts += 1
    for back in range(1, 1 + <int> min(state.n_potentials, <long long> REMEMBERED)):
        place = &state.memory[(state.n_potentials - back) % REMEMBERED]
        if (
            place.train == train.number or place.amplitude_uv < 0.5 * train.amplitude_uv
            or stream.sample - place.sample > <long long> (UNREST_S * stream.rate_hz)
            or llabs(place.sample - counted) < <long long> (ONE_DISCHARGE_MS * stream.per_ms)
        ):
            continue
        counts = True
        for other in range(n_alerts):
            counts = counts and alerts[other] != place.train
        if counts:
            counted = place.sample
            count += 1
            if count > CROWD:
                return True
    return False


cdef bint near_burst(const Stream* stream, const Channel* state, const Train* train) noexcept nogil:
    """Return whether a train fired shortly before or after a busy time."""
    cdef long long settled = <long long> (SETTLED_S * stream.rate_hz)
    return (
        state.burst_end - state.burst_start > <long long> (BRIEFEST_BURST_MS * stream.per_ms)
        and state.burst_start - settled < train.last_sample
        and train.onset_sample < state.burst_end + settled
    )


cdef bint of_end_of_contraction(
    const Stream* stream, const Channel* state, const Train* train
) noexcept nogil:
    """Return whether a train may be of a contraction that ended when the signal had just begun."""
    cdef long long until = (
        stream.sample - stream.row + <long long> (SETTLED_S * stream.rate_hz)
    )
    cdef int back
    cdef int count = 0
    cdef const Memory* place
    if train.last_sample >= until:
        return False
    for back in range(1, 1 + <int> min(state.n_potentials, <long long> REMEMBERED)):
        place = &state.memory[(state.n_potentials - back) % REMEMBERED]
        count += place.sample < until and place.amplitude_uv > BESIDE_SHARE * train.amplitude_uv
    return count >= FEWEST_AT_THE_START


cdef bint is_scattered(
    const Stream* stream, const Channel* state, const Train* train
) noexcept nogil:
    """Return whether a few potentials came among others of shapes that are not known."""
    cdef long long near = <long long> (SCATTERED_S * stream.rate_hz)
    cdef int back
    cdef int count = 0
    cdef const Memory* place
    if train.potentials > SINGLE_POTENTIALS:
        return False
    for back in range(1, 1 + <int> min(state.n_potentials, <long long> REMEMBERED)):
        place = &state.memory[(state.n_potentials - back) % REMEMBERED]
        if (
            llabs(place.sample - train.last_sample) > near or place.train == train.number
            or place.amplitude_uv < SCATTERED_SHARE * train.amplitude_uv
            or llabs(place.sample - train.last_sample)
            < <long long> (ONE_DISCHARGE_MS * stream.per_ms)
            or is_known(state, place.train)
        ):
            continue
        count += 1
    return count >= FEWEST_SCATTERED


cdef bint is_known(const Channel* state, long long number) noexcept nogil:
    """Return whether a train has had more potentials than a few."""
    cdef const Train* train = known_train(<Channel*> state, number)
    return train != NULL and train.potentials > SINGLE_POTENTIALS


cdef bint may_be_superposed(
    const Stream* stream, const Channel* state, const Train* train
) noexcept nogil:
    """Return whether two trains that fire now could make these potentials together.

    A few of them by any chance; more only where they are no rarer than by chance.
    """
    cdef int index
    cdef int against
    cdef int count = 0
    cdef const Train* other
    cdef double[TRAINS] amplitudes_uv
    cdef double[TRAINS] rates_hz
    cdef double largest = 0.0
    cdef double second = 0.0
    cdef double coincidences_hz = 0.0
    if train.rate_hz > FASTEST_COINCIDENCE_HZ and train.n_intervals >= SINGLE_POTENTIALS:
        return False
    for index in range(state.places):
        other = &state.trains[index]
        if (
            is_live(other) and other != train and other.potentials > SINGLE_POTENTIALS
            and stream.sample - other.last_sample
            < <long long> (2.0 * SINGLE_S * stream.rate_hz)
        ):
            amplitudes_uv[count] = other.amplitude_uv
            rates_hz[count] = other.rate_hz
            count += 1
            if other.amplitude_uv > largest:
                second = largest
                largest = other.amplitude_uv
            else:
                second = max(second, other.amplitude_uv)
    if train.amplitude_uv >= largest + second:
        return False
    if train.n_intervals < SINGLE_POTENTIALS:
        return True
    for index in range(count):
        for against in range(index):
            if train.amplitude_uv < amplitudes_uv[index] + amplitudes_uv[against]:
                coincidences_hz += COINCIDENCE_S * rates_hz[index] * rates_hz[against]
    return (
        coincidences_hz * (train.last_sample - train.onset_sample)
        > train.potentials * stream.rate_hz
    )


cdef bint of_burst(const Stream* stream, const Channel* state, long long sample) noexcept nogil:
    """Return whether a potential lies in a busy time or in what an insertion leaves."""
    cdef long long until = state.burst_end
    if state.burst.used and state.burst.kind == INSERTIONAL_ACTIVITY:
        until += <long long> (INSERTION_AFTER_S * stream.rate_hz)
    return sample >= state.burst_start and (state.in_burst or sample < until)


cdef bint of_movement(
    const Stream* stream, const Channel* state, const Train* train, long long sample
) noexcept nogil:
    """Return whether a potential that seems to be a train's came while the needle moved.

    The train was there before; what an insertion shows of it, if it is of it, says nothing.
    """
    return (
        train.met >= KNOWN_SHAPE and train.onset_sample < state.burst_start
        and while_moving(stream, state, sample)
    )


cdef bint while_moving(
    const Stream* stream, const Channel* state, long long sample
) noexcept nogil:
    """Return whether a potential came while the needle moved, as far as can be told."""
    return (
        state.burst_sudden and of_burst(stream, state, sample)
        and sample - state.burst_start < <long long> (MOVEMENT_S * stream.rate_hz)
    )


cdef bint cramps(const Stream* stream, const Channel* state) noexcept nogil:
    """Return whether motor units fired faster than by will a moment ago."""
    return stream.sample - state.cramp < <long long> (CRAMP_RECENT_S * stream.rate_hz)


cdef void follow_cramp(
    Stream* stream, Channel* state, const Train* train, double cramp, double noise_uv
) noexcept nogil:
    """Note whether motor units cramp; ``cramp`` IN probability that the train shows it."""
    cdef bint loud = noise_uv > NEVER_QUIET_UV
    if (
        cramp > (CRAMP_CONFIDENCE if loud else NEIGHBOUR_CONFIDENCE)
        and train.n_intervals >= RHYTHM_INTERVALS and train.rate_hz > CRAMP_HZ
        and (
            train.variability < RHYTHM_VARIABILITY
            or train.last_sample - train.onset_sample
            > <long long> (INSERTION_LONGEST_S * stream.rate_hz)
        )
        and not train.evidence.context & (IN_CRAMP | BRIEF | IN_VOLLEY)
    ) or (
        cramps(stream, state) and (
            state.in_burst or loud or (train.rate_hz > CRAMP_HZ and train.end_plate < MOSTLY)
        )
    ):
        state.cramp = stream.sample
