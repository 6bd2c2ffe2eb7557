"""A candidate, once the signal around it is there: measured, and resolved unless it is nothing."""

from libc.math cimport fabs

from myoscope.dsp_core._bursts cimport in_volley, take_volley
from myoscope.dsp_core._excerpt cimport load_window, measure_window, stands_out
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
    cdef int reach = <int> (stream.per_ms * max(2.0, 2.0 * waveform.half_width_ms))
    cdef int width = stream.widths[1]
    cdef int low = max(0, waveform.peak - reach)
    cdef int high = max(low, min(stream.window.count, waveform.peak + reach) - width)
    cdef int row
    cdef int crest = low
    cdef double total
    cdef double level = <double> width * stream.window.level
    cdef double largest = 0.0
    cdef const double* sums = stream.window.sums
    for row in range(low, high):
        total = fabs(sums[row + width] - sums[row] + level)
        if total > largest:
            largest = total
            crest = row
    largest *= HUM_CHANGE
    return (
        repeats(stream, channel, first, low, high, crest, stream.rate_hz / 50.0, largest)
        or repeats(stream, channel, first, low, high, crest, stream.rate_hz / 60.0, largest)
    )


cdef bint repeats(
    const Stream* stream, int channel, long long first, int low, int high, int crest,
    double period, double allowed
) noexcept nogil:
    """Return whether the signal was much the same one and two periods ago.

    ``first`` IN row of the window's row 0; ``low``, ``high`` IN first rows of its crests, the
    largest of them at ``crest``; ``allowed`` IN the largest sum over the rows of a crest by which
    it may have changed.
    """
    cdef const Lane* lane = &stream.lanes[channel]
    cdef int width = stream.widths[1]
    cdef int row
    cdef int periods
    cdef long long before
    cdef double change
    for periods in range(1, 3):
        before = first - <long long> (periods * period + 0.5)
        if before + low < 0 or stream.written - before - low > stream.ring_mask - SUB_ROWS:
            return False
        # Where it was not the same, it was not at the crest, but for what rounding does.
        change = 0.0
        for row in range(crest, crest + width):
            change += change_at(stream, lane, first + row, before + row)
        if fabs(change) > 1.000001 * allowed:
            return False
        change = 0.0
        for row in range(low, high + width):
            change += change_at(stream, lane, first + row, before + row)
            if row >= low + width:
                change -= change_at(stream, lane, first + row - width, before + row - width)
            if row >= low + width - 1 and fabs(change) > allowed:
                return False
    return True


cdef inline double change_at(
    const Stream* stream, const Lane* lane, long long row, long long before
) noexcept nogil:
    """Return by how much a channel's signal at a row differs from that at another."""
    return (
        lane.signal[(row & stream.ring_mask) * lane.stride]
        - lane.signal[(before & stream.ring_mask) * lane.stride]
    )
