"""Trains begin, fall silent, are known for a while and are forgotten."""

from libc.math cimport isnan

from myoscope.dsp_core._alerts cimport clear_alert
from myoscope.dsp_core._judging cimport judge_train
from myoscope.dsp_core._kinds cimport MYOKYMIC_DISCHARGE, UNCLASSIFIED
from myoscope.dsp_core._stream cimport (
    GROUP_HZ, KNOWN_SHAPE, SILENT_TO_S, SINGLE_POTENTIALS, SINGLE_S, TRAINS, Channel, Stream,
    is_live,
)
from myoscope.dsp_core._told cimport write_train
from myoscope.dsp_core._trains cimport Train, uncouple

# A train has fallen silent after so many of its intervals, but within these limits.
cdef double SILENT_INTERVALS = 5.0
cdef double SILENT_PAUSES = 2.0    # of the longest of the newest intervals
cdef double SILENT_FROM_S = 3.0
# A shape is known for so long after its train fell silent.
cdef double FORGOTTEN_S = 60.0


cdef void look_after_trains(Stream* stream, int channel) noexcept nogil:
    """Close trains that have fallen silent; write those that changed, once a second."""
    cdef Channel* state = &stream.channels[channel]
    cdef int index
    cdef Train* train
    cdef double silent_s
    cdef double allowed_s
    cdef bint report = stream.sample % stream.report_rows == 0
    if (
        state.burst.used and not state.in_burst
        and stream.sample - state.burst_end > <long long> (SINGLE_S * stream.rate_hz)
    ):
        close_train(stream, channel, &state.burst, True)
    for index in range(state.places):
        train = &state.trains[index]
        if not train.used:
            continue
        if train.seed:
            # Shapes met once in a busy time are forgotten some time after it.
            if stream.sample - state.burst_end > <long long> (SINGLE_S * stream.rate_hz):
                train.used = False
            continue
        silent_s = (stream.sample - train.last_sample) / stream.rate_hz
        if train.dormant:
            if silent_s > FORGOTTEN_S or train.n_intervals < KNOWN_SHAPE:
                train.used = False
            continue
        allowed_s = SILENT_FROM_S
        if not isnan(train.rate_hz):
            allowed_s = max(
                SILENT_FROM_S,
                min(
                    max(
                        SILENT_INTERVALS / train.rate_hz,
                        SILENT_PAUSES * train.longest_s if may_pause(train) else 0.0,
                    ),
                    SILENT_TO_S,
                ),
            )
        if silent_s > SINGLE_S and train.potentials <= SINGLE_POTENTIALS:
            judge_train(stream, channel, train, silent_s)
        if silent_s > allowed_s:
            let_sleep(stream, channel, train)
        elif report and train.changed:
            write_train(stream, channel, train, False)


cdef void close_train(Stream* stream, int channel, Train* train, bint silent) noexcept nogil:
    """Write a train for the last time; ``silent`` IN whether its alert is cleared with it."""
    if silent and train.alert >= 0:
        clear_alert(stream, channel, train)
    if is_live(train):
        write_train(stream, channel, train, True)
    train.used = False


cdef void end_trains(Stream* stream, int channel) noexcept nogil:
    """Close what fires on a channel, at the end of the stream; alerts stand."""
    cdef Channel* state = &stream.channels[channel]
    cdef int index
    if state.burst.used:
        close_train(stream, channel, &state.burst, False)
    for index in range(state.places):
        if is_live(&state.trains[index]):
            close_train(stream, channel, &state.trains[index], False)


cdef void wake(Stream* stream, int channel, Train* train) noexcept nogil:
    """Make a train of a shape that was met once, or whose train has fallen silent."""
    train.seed = False
    train.dormant = False
    train.potentials = 0
    train.of_axon = False
    train.accompanied = 0
    train.turn.parts = 0
    train.held = 0
    train.sure = 0
    train.kind = UNCLASSIFIED
    train.confidence = 0.0
    train.number = stream.n_trains
    stream.n_trains += 1


cdef void let_sleep(Stream* stream, int channel, Train* train) noexcept nogil:
    """Close a train that has fallen silent and keep what it looks like."""
    close_train(stream, channel, train, True)
    train.used = True
    train.dormant = True
    uncouple(train)


cdef Train* free_train(Stream* stream, int channel) noexcept nogil:
    """Return a place for a new train: a free one, or that of the one least worth keeping.

    Small shapes come by chance and come often; a large one that is rare will be met again.
    """
    cdef Channel* state = &stream.channels[channel]
    cdef int index
    cdef double age
    cdef double oldest = -1.0
    cdef double worth
    cdef Train* train
    cdef Train* least = NULL
    for index in range(TRAINS):
        train = &state.trains[index]
        if not train.used:
            state.places = max(state.places, index + 1)
            return train
        if train.awaited:
            continue
        worth = train.amplitude_uv * max(1.0, <double> train.potentials) ** 2
        age = (stream.sample - train.last_sample) / worth
        if age > oldest:
            oldest = age
            least = train
    close_train(stream, channel, least, True)
    return least


cdef inline bint may_pause(const Train* train) noexcept nogil:
    """Return whether long intervals are of a train's rhythm, and not between two discharges."""
    return train.rate_hz < GROUP_HZ or train.kind == MYOKYMIC_DISCHARGE
