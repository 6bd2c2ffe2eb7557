"""Alerts: raised when a train's evidence suffices, cleared when it is something else or silent."""

from myoscope.dsp_core._context cimport of_burst, while_moving
from myoscope.dsp_core._doubts cimport SLOWEST_VOLUNTARY_HZ
from myoscope.dsp_core._kinds cimport (
    COMPLEX_REPETITIVE_DISCHARGE, CRAMP_DISCHARGE, FASCICULATION, FIBRILLATION, IN_CROWD,
    MAY_BE_SUPERPOSED, MYOKYMIC_DISCHARGE, NEAR_MOVEMENT, NOT_AT_REST, OF_CONTRACTION,
    POSITIVE_SHARP_WAVE, same_finding,
)
from myoscope.dsp_core._stream cimport (
    CRAMP_HZ, IRREGULAR, NEIGHBOUR_RECENT_S, RHYTHM_VARIABILITY, SINGLE_POTENTIALS, Channel,
    Stream, is_live,
)
from myoscope.dsp_core._told cimport write_alert, write_train
from myoscope.dsp_core._trains cimport Train

# An alert needs so many certain judgements in a row, and stands until the train is for certain
# something else.
cdef int SURE_IN_A_ROW = 2
# The steadiest of motor units seems as steady as a fibre for less than this.
cdef int SURE_IN_CONTRACTION = 16
cdef double CLEARING_CONFIDENCE = 0.8
# What is smaller than so many times the noise, and irregular, may be noise itself: it needs more
# potentials.
cdef double SMALL_NOISE = 8.0
cdef int SMALL_POTENTIALS = 20
# So does a fibrillation or sharp wave that is irregular or one of a crowd, as end-plates have it.
cdef int DOUBTFUL_POTENTIALS = 12
# At a rate of a motor unit that fires at will so few potentials tell little of its rhythm: less
# than this is not certain enough.
cdef double SURE_AT_ONCE = 0.97
# An end-plate's spikes come in bursts, and between them as slowly as a fibre's potentials: an alert
# for a fibre wants fewer quick intervals than this among the last hundreds.
cdef double MOST_HURRIED = 2.5
# A fibre fires or does not: the amplitudes of what is one fibre's differ from their mean by a
# factor of exp(0.1) on average, of exp(0.35) where ten trains lie on each other.
cdef double ALL_OR_NONE = 0.4
cdef double ALL_OR_NONE_ALONE = 0.2  # where no rhythm says that it is one
# What is as short as a stimulator's pulses, of which some are seen and some are not, must keep a
# rhythm.
cdef double NARROW_MS = 0.21
# Some potentials of noise may follow each other evenly, but not so many.
cdef int SMALL_EVEN_POTENTIALS = 9
# And as noise crosses the threshold now and then, they must be no rarer than this.
cdef double SMALL_HZ = 1.0
cdef int CRAMP_INTERVALS = 24     # of a train that raises the alert
# Who contracts now and then fires in groups, too: so many intervals show that the groups go on.
cdef int GROUPED_INTERVALS = 24


cdef void update_alert(Stream* stream, int channel, Train* train) noexcept nogil:
    """Raise a train's alert when its evidence suffices, clear it when its kind has changed."""
    cdef bint alerting = FIBRILLATION <= train.kind <= CRAMP_DISCHARGE
    cdef bint sure = train.certainty >= stream.limits.alert_confidence
    cdef bint enough = is_enough(stream, channel, train)
    if train.alert >= 0 and train.kind != train.alert_kind:
        if same_finding(train.kind, train.alert_kind):
            # It was right already, and is said anew only of what is certainly the other.
            sure = train.confidence >= stream.limits.alert_confidence
        if sure and enough if alerting else train.confidence >= CLEARING_CONFIDENCE:
            clear_alert(stream, channel, train)
    if train.alert >= 0 or not (alerting and sure and enough):
        return
    train.alert = stream.n_alerts
    train.alert_raised = stream.newest
    train.alert_kind = train.kind
    train.alert_potentials = train.potentials
    train.alert_rate_hz = <float> train.rate_hz
    train.alert_cv = <float> train.interval_cv
    train.alert_confidence = train.certainty
    stream.n_alerts += 1
    write_alert(stream, channel, train, False)
    write_train(stream, channel, train, False)


cdef bint is_enough(const Stream* stream, int channel, const Train* train) noexcept nogil:
    """Return whether there are potentials enough of a train for an alert of its kind."""
    cdef bint regular = train.variability < IRREGULAR
    cdef int context = train.evidence.context
    # A fasciculation is a finding by itself, if it is not the first potential of a
    # contraction, nor left by the needle or made by two others; every other kind needs a train.
    if train.kind == FASCICULATION:
        return not context & (NEAR_MOVEMENT | MAY_BE_SUPERPOSED) and (
            train.potentials > SINGLE_POTENTIALS or train.evidence.silent_s > 0.0
        )
    if (
        train.sure < SURE_IN_A_ROW
        or train.potentials < stream.limits.alert_potentials
        or train.last_sample - train.onset_sample < stream.limits.alert_span_rows
    ):
        return False
    if not (
        (regular and train.potentials >= SMALL_EVEN_POTENTIALS)
        or (train.potentials >= SMALL_POTENTIALS and train.rate_hz > SMALL_HZ)
        or train.amplitude_uv > SMALL_NOISE * stream.noise[channel]
    ):
        return False
    if train.kind == MYOKYMIC_DISCHARGE:
        return (
            train.potentials >= GROUPED_INTERVALS
            and not context & (OF_CONTRACTION | NOT_AT_REST)
            and not of_burst(stream, &stream.channels[channel], train.last_sample)
        )
    if train.kind == COMPLEX_REPETITIVE_DISCHARGE and is_told(
        stream, &stream.channels[channel], train
    ):
        return False
    if train.kind == CRAMP_DISCHARGE:
        return (
            train.n_intervals >= CRAMP_INTERVALS and train.rate_hz > CRAMP_HZ
            and train.variability < RHYTHM_VARIABILITY
        )
    if train.kind > POSITIVE_SHARP_WAVE:
        return True
    if (
        train.turn.taken or train.unlike > (ALL_OR_NONE if regular else ALL_OR_NONE_ALONE)
        or while_moving(stream, &stream.channels[channel], train.last_sample)
    ):
        return False
    if not regular and train.shape.half_width_ms < NARROW_MS:
        return False
    if context & OF_CONTRACTION and train.sure < SURE_IN_CONTRACTION:
        return False
    if (
        train.rate_hz > SLOWEST_VOLUNTARY_HZ and train.potentials < DOUBTFUL_POTENTIALS
        and train.certainty < SURE_AT_ONCE
    ):
        return False
    return train.hurried < MOST_HURRIED and (
        train.potentials >= DOUBTFUL_POTENTIALS or (regular and not context & IN_CROWD)
    )


cdef bint is_told(const Stream* stream, const Channel* state, const Train* train) noexcept nogil:
    """Return whether an alert stands for the complex that a train's potentials are parts of."""
    cdef int index
    cdef const Train* other
    for index in range(state.places):
        other = &state.trains[index]
        if (
            is_live(other) and other != train and other.alert >= 0
            and other.alert_kind == COMPLEX_REPETITIVE_DISCHARGE
            and stream.sample - other.last_sample
            < <long long> (NEIGHBOUR_RECENT_S * stream.rate_hz)
        ):
            return True
    return False


cdef void clear_alert(Stream* stream, int channel, Train* train) noexcept nogil:
    write_alert(stream, channel, train, True)
    train.alert = -1
