"""A candidate, once the signal around it is there: measured, and resolved unless it is nothing."""

from libc.math cimport fabs

from myoscope.dsp_core._bursts cimport in_volley, take_volley
from myoscope.dsp_core._excerpt cimport copy_rows, load_window, measure_window, stands_out
from myoscope.dsp_core._potentials cimport hand_on
from myoscope.dsp_core._resolving cimport resolve
from myoscope.dsp_core._signal_path cimport Lane
from myoscope.dsp_core._stream cimport (
    BASELINE_MS, FURTHEST_MS, REMEMBERED, SLOWEST_PART_MS, Candidate, Channel, Memory, Stream,
)
from myoscope.dsp_core._tiles cimport SUB_ROWS
from myoscope.dsp_core._waveform cimport Waveform

# What a larger potential leaves may go on for so long after it.
cdef double SLOW_END_MS = 40.0
# The crests of hum change by less than this share from one period to the next.
cdef double HUM_CHANGE = 0.6


cdef void measure_candidate(Stream* stream, int channel) noexcept nogil:
    """Hand on the potentials in the oldest candidate of a channel."""
    cdef Channel* state = &stream.channels[channel]
    cdef Candidate candidate = state.pending[0]
    cdef int margin = <int> ((BASELINE_MS + FURTHEST_MS) * stream.per_ms)
    cdef int half = stream.window.smoothing // 2
    cdef long long first = max(<long long> 0, candidate.start - margin)
    cdef long long last = min(
        stream.written, max(candidate.due, candidate.end + stream.after_rows)
    )
    cdef int low
    cdef int high
    cdef Waveform waveform
    first = max(first, stream.written - stream.window.room)
    load_window(stream, channel, first, <int> (last - first), <int> (candidate.start - first))
    low = <int> max(<long long> 0, candidate.start - first - half)
    high = <int> min(<long long> stream.window.count, candidate.end - first + half)
    if high <= low:
        drop_candidate(state)
        return
    measure_window(stream, channel, low, high, &waveform)
    drop_candidate(state)
    if in_volley(stream, state):
        take_volley(stream, channel, stream.sample - stream.row + first, low, high)
        return
    if (
        waveform.amplitude_uv < stream.limits.smallest_uv
        or waveform.amplitude_uv < 3.0 * stream.noise[channel]
        or is_slow_end(stream, state, stream.sample - stream.row + first, &waveform)
        or is_hum(stream, channel, first, &waveform)
        or (state.n_tails > 0 and not stands_out(stream, channel, low, high))
    ):
        return
    resolve(stream, channel, stream.sample - stream.row + first, low, high, waveform.peak)
    hand_on(stream, channel)


cdef void drop_candidate(Channel* state) noexcept nogil:
    cdef int index
    state.n_pending -= 1
    for index in range(state.n_pending):
        state.pending[index] = state.pending[index + 1]


cdef bint is_slow_end(
    const Stream* stream, const Channel* state, long long origin, const Waveform* waveform
) noexcept nogil:
    """Return whether a waveform is how a larger potential, told before, slowly ends.

    ``origin`` IN sample of the waveform's index 0.
    """
    cdef const Memory* newest
    if waveform.half_width_ms < SLOWEST_PART_MS or state.n_potentials == 0:
        return False
    newest = &state.memory[(state.n_potentials - 1) % REMEMBERED]
    return (
        newest.amplitude_uv > waveform.amplitude_uv
        and origin + waveform.peak - newest.sample < <long long> (SLOW_END_MS * stream.per_ms)
    )


cdef bint is_hum(
    Stream* stream, int channel, long long first, const Waveform* waveform
) noexcept nogil:
    """Return whether a waveform is a crest of the hum: it was there in both periods before.

    ``first`` IN row, since the last gap, of the waveform's index 0.
    """
    cdef long long peak = first + waveform.peak
    cdef long long reach = <long long> (stream.per_ms * max(2.0, 2.0 * waveform.half_width_ms))
    cdef long long start = max(<long long> 0, peak - reach)
    cdef int count = <int> (min(stream.written, peak + reach) - start)
    cdef int width = stream.widths[1]
    cdef int index
    cdef int crest = 0
    cdef double total = 0.0
    cdef double largest = 0.0
    copy_rows(stream, channel, start, count, stream.kept)
    for index in range(count):
        total += stream.kept[index]
        if index >= width:
            total -= stream.kept[index - width]
        if fabs(total) > largest:
            largest = fabs(total)
            crest = index
    largest *= HUM_CHANGE
    return (
        repeats(stream, channel, start, count, crest, stream.rate_hz / 50.0, largest)
        or repeats(stream, channel, start, count, crest, stream.rate_hz / 60.0, largest)
    )


cdef bint repeats(
    const Stream* stream, int channel, long long start, int count, int crest, double period,
    double allowed
) noexcept nogil:
    """Return whether the signal was much the same one and two periods ago.

    ``kept`` IN (count,) the signal from row ``start`` on; ``crest`` IN index of the last row of
    its crest; ``allowed`` IN the largest sum over the rows of a crest by which it may have
    changed.
    """
    cdef const Lane* lane = &stream.lanes[channel]
    cdef int width = stream.widths[1]
    cdef int index
    cdef int periods
    cdef long long before
    cdef double change
    for periods in range(1, 3):
        before = start - <long long> (periods * period + 0.5)
        if before < 0 or stream.written - before > stream.ring_mask - SUB_ROWS:
            return False
        # Where it was not the same, it was not at the crest, but for what rounding does.
        change = 0.0
        for index in range(max(0, crest + 1 - width), crest + 1):
            change += (
                stream.kept[index]
                - lane.signal[((before + index) & stream.ring_mask) * lane.stride]
            )
        if fabs(change) > 1.000001 * allowed:
            return False
        change = 0.0
        for index in range(count):
            change += (
                stream.kept[index]
                - lane.signal[((before + index) & stream.ring_mask) * lane.stride]
            )
            if index >= width:
                change -= (
                    stream.kept[index - width]
                    - lane.signal[((before + index - width) & stream.ring_mask) * lane.stride]
                )
            if fabs(change) > allowed:
                return False
    return True
