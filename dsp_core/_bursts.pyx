"""Busy times of a channel: insertions, contractions, and volleys too fast to be sorted."""

from libc.math cimport fabs

from myoscope.dsp_core._context cimport cramps
from myoscope.dsp_core._excerpt cimport copy_rows, smooth_noise_uv
from myoscope.dsp_core._judging cimport judge_train
from myoscope.dsp_core._kinds cimport (
    COMPLEX_REPETITIVE_DISCHARGE, CRAMP_DISCHARGE, INSERTIONAL_ACTIVITY, MOTOR_UNIT_POTENTIAL,
)
from myoscope.dsp_core._lives cimport close_train
from myoscope.dsp_core._stream cimport (
    AMONG_OTHERS, BURST_INTERVALS, BUSY_MS, INSERTION_AFTER_S, INSERTION_LONGEST_S, Channel,
    Stream, is_live,
)
from myoscope.dsp_core._told cimport write_potential
from myoscope.dsp_core._trains cimport Train, count_potential, start_train, update_rhythm
from myoscope.dsp_core._volley cimport is_volley, look_for_volley
from myoscope.dsp_core._waveform cimport Waveform, measure

cdef enum:
    LOOKED_AT = 800    # points: 40 ms of 20

# A busy time ends when less than this of the last BUSY_MS stood out.
cdef double BUSY_TO = 0.15
# A busy channel is looked at so often for potentials that follow each other too fast to be sorted,
# so long a stretch each time; they go on until none were seen for a little longer.
cdef double LOOK_EVERY_MS = 10.0
cdef double LOOK_MS = 40.0
cdef double VOLLEY_ENDS_MS = 25.0
# Two potentials of a volley are no nearer to each other than this share of its period.
cdef double VOLLEY_NEAREST = 0.6
# Units that fire together are less variable than this where they keep a rhythm.
cdef double BURST_VARIABILITY = 0.3

# The needle is moved after the muscle was watched for so long; end-plates are busy now and then.
cdef double MOVEMENTS_APART_S = 2.0


cdef void follow_burst(Stream* stream, int channel) noexcept nogil:
    """Start, prolong or end a busy time of a channel."""
    cdef Channel* state = &stream.channels[channel]
    if not state.in_burst:
        state.in_burst = True
        # Insertional activity thins out; what comes soon after is more of it.
        if (
            stream.sample - state.burst_end > <long long> (INSERTION_AFTER_S * stream.rate_hz)
            or not (state.burst.used and state.burst.kind == INSERTIONAL_ACTIVITY)
        ):
            state.burst_sudden = (
                stream.sample - state.burst_end > <long long> (MOVEMENTS_APART_S * stream.rate_hz)
            )
            state.burst_start = stream.sample - <long long> (2 * BUSY_MS * stream.per_ms)
            if state.burst.used:
                close_train(stream, channel, &state.burst, True)
    state.burst_end = stream.sample
    if state.busy < BUSY_TO:
        state.in_burst = False
    judge_burst(stream, state)


cdef void judge_burst(Stream* stream, Channel* state) noexcept nogil:
    """Tell a needle movement from motor units that fire together.

    A contraction has units that keep a rhythm, or lasts longer than any insertion.
    """
    cdef int kind = INSERTIONAL_ACTIVITY
    if not state.burst.used or state.burst.of_volley:
        return
    if cramps(stream, state):
        kind = CRAMP_DISCHARGE
    elif (
        state.burst_end - state.burst_start
        >= <long long> (INSERTION_LONGEST_S * stream.rate_hz) or units_keep_rhythm(stream, state)
    ):
        kind = MOTOR_UNIT_POTENTIAL
    if kind != INSERTIONAL_ACTIVITY and kind != state.burst.kind:
        state.burst.kind = <unsigned char> kind
        state.burst.changed = True


cdef bint units_keep_rhythm(const Stream* stream, const Channel* state) noexcept nogil:
    """Return whether a train that fires now is more regular than insertional activity."""
    cdef int index
    cdef const Train* train
    for index in range(state.places):
        train = &state.trains[index]
        if (
            is_live(train) and train.n_intervals >= BURST_INTERVALS
            and train.variability < BURST_VARIABILITY
            and train.kind >= COMPLEX_REPETITIVE_DISCHARGE
            and stream.sample - train.last_sample < <long long> (0.5 * stream.rate_hz)
        ):
            return True
    return False


cdef void add_to_burst(
    Stream* stream, int channel, const Waveform* waveform, long long sample
) noexcept nogil:
    """Count a potential to the busy time that it lies in, whatever its shape."""
    cdef Channel* state = &stream.channels[channel]
    cdef Train* burst = &state.burst
    if not burst.used:
        start_train(burst)
        burst.number = stream.n_trains
        burst.shape_class = -1
        stream.n_trains += 1
        burst.kind = INSERTIONAL_ACTIVITY
        burst.confidence = 0.5
    burst.amplitude_uv += (waveform.amplitude_uv - burst.amplitude_uv) / (burst.potentials + 1)
    count_potential(burst, sample, 0, 0, 0)
    update_rhythm(burst, stream.rate_hz)
    write_potential(stream, channel, burst, waveform, sample)


cdef bint in_volley(const Stream* stream, const Channel* state) noexcept nogil:
    """Return whether potentials follow each other now too fast to be sorted."""
    return stream.sample - state.volley_seen < <long long> (VOLLEY_ENDS_MS * stream.per_ms)


cdef void look(Stream* stream, int channel) noexcept nogil:
    """Look whether a busy channel repeats itself, as no more than one axon or device does."""
    cdef Channel* state = &stream.channels[channel]
    cdef int step = stream.geometry.step
    cdef int count = min(<int> LOOKED_AT, <int> (LOOK_MS * stream.geometry.per_ms))
    cdef float[LOOKED_AT] points
    cdef long long row = stream.written - count * step
    cdef int every = <int> (LOOK_EVERY_MS * stream.per_ms)
    if row < 0:
        return
    if stream.row > state.look_due + 2 * every:
        state.volley.steady = 0
    state.look_due = stream.row + every
    copy_rows(stream, channel, row, count * step, stream.kept)
    stream.arithmetic.average(stream.kept, step, count, points)
    if state.volley.steady == 0 and not in_volley(stream, state):
        state.volley.compared = 0
        state.volley.changed = 0
    look_for_volley(
        stream.arithmetic, &state.volley, points, count, stream.geometry.per_ms
    )
    if not is_volley(&state.volley):
        return
    if not in_volley(stream, state):
        start_volley(stream, channel)
    state.volley_seen = stream.sample


cdef void start_volley(Stream* stream, int channel) noexcept nogil:
    """Make the busy time of a channel a volley, and with it what was found in it so far."""
    cdef Channel* state = &stream.channels[channel]
    cdef int index
    cdef Train* train
    state.volley_seen = stream.sample
    follow_burst(stream, channel)
    for index in range(state.places):
        train = &state.trains[index]
        if is_live(train) and train.onset_sample >= state.burst_start:
            train.of_volley = True
            judge_train(stream, channel, train, 0.0)


cdef void take_volley(
    Stream* stream, int channel, long long origin, int low, int high
) noexcept nogil:
    """Hand on a potential for each period of a volley between two rows of the window.

    ``origin`` IN sample of row 0.
    """
    cdef Channel* state = &stream.channels[channel]
    cdef Train* burst = &state.burst
    cdef int period = max(4, <int> (state.volley.period_ms * stream.per_ms))
    cdef int row = low
    cdef int end
    cdef int index
    cdef int widest = low
    cdef int peak
    cdef double sign
    cdef Waveform waveform
    for index in range(low, high):
        if fabs(stream.window.smooth[index]) > fabs(stream.window.smooth[widest]):
            widest = index
    sign = 1.0 if stream.window.smooth[widest] > 0.0 else -1.0
    # The interval before the largest is the first that is certain to have one.
    row = widest - (widest - low) // period * period - period // 2
    while row < high:
        peak = max(row, low)
        end = min(row + period, high)
        for index in range(peak, end):
            if sign * stream.window.smooth[index] > sign * stream.window.smooth[peak]:
                peak = index
        if (
            sign * stream.window.smooth[peak] > AMONG_OTHERS * smooth_noise_uv(stream, channel)
            and not (
                burst.used
                and origin + peak - burst.last_sample < <long long> (VOLLEY_NEAREST * period)
            )
        ):
            measure(
                stream.arithmetic, stream.window.smooth, stream.window.count, peak, peak + 1,
                stream.per_ms, smooth_noise_uv(stream, channel), &waveform,
            )
            waveform.duration_ms = min(
                waveform.duration_ms, <float> state.volley.period_ms
            )
            burst.of_volley = True
            burst.rest = 1.0
            burst.shape = waveform
            add_to_burst(stream, channel, &waveform, origin + peak)
            judge_train(stream, channel, burst, 0.0)
            row = peak + period // 2
        else:
            row += period
