"""Channels followed row by row: what stands out becomes candidates, and what is due happens.

Only the channels on which something stands out, or is awaited, are followed, and of their rows only
those at which something changes.
"""

from libc.stdint cimport uint32_t
from libc.stdlib cimport calloc, free

from myoscope.dsp_core._bank cimport BankKernel
from myoscope.dsp_core._bursts cimport follow_burst, look
from myoscope.dsp_core._candidates cimport measure_candidate
from myoscope.dsp_core._excerpt cimport copy_rows
from myoscope.dsp_core._signal_path cimport Lane, SignalPath
from myoscope.dsp_core._spikes cimport await_spike, tell_spike
from myoscope.dsp_core._stream cimport BUSY_MS, PENDING, Candidate, Channel, Stream
from myoscope.dsp_core._tails cimport learn_tail
from myoscope.dsp_core._tiles cimport SUB_ROWS, highest_bit, lowest_bit
from myoscope.dsp_core._told cimport write_peak

# The signal is awaited for so long after a candidate's end.
cdef double AFTER_END_MS = 2.0
# A channel is busy once deflections stood out for more than this of the last BUSY_MS.
cdef double BUSY_FROM = 0.65
# A volley, which leaves no baseline, is looked for from here on: no spike alone lasts as long.
cdef double BUSY_LOOK = 0.4
# A peak is told once the signal has been smaller for so long.
cdef double PEAK_MS = 1.0
# Row from which a channel must be followed on which nothing is awaited.
cdef long long NOT_AWAITED = 1 << 60


cdef int open_following(
    Following* following, const Stream* stream, SignalPath path, BankKernel bank_kernel
) except -1:
    """Make room for the channels; nothing is awaited on any."""
    cdef int index
    following.stretches = <Stretch*> calloc(stream.n_channels, sizeof(Stretch))
    following.awaited = <long long*> calloc(stream.n_channels, sizeof(long long))
    following.followed = <int*> calloc(stream.n_channels, sizeof(int))
    following.turns = <int*> calloc(stream.n_channels, sizeof(int))
    if (
        following.stretches == NULL or following.awaited == NULL or following.followed == NULL
        or following.turns == NULL
    ):
        raise MemoryError()
    for index in range(stream.n_channels):
        following.awaited[index] = NOT_AWAITED
    following.tail_rows = stream.geometry.wide * stream.geometry.step
    following.busy_decay = 1.0 / (BUSY_MS * stream.per_ms)
    following.busy_kept[0] = 1.0 - following.busy_decay
    for index in range(1, 20):
        following.busy_kept[index] = (
            following.busy_kept[index - 1] * following.busy_kept[index - 1]
        )
    following.delay = bank_kernel.delay
    following.peaks = path.peaks
    following.high = path.high
    following.missing = path.missing
    following.spoilt = bank_kernel.spoilt
    return 0


cdef void close_following(Following* following) noexcept nogil:
    free(following.stretches)
    free(following.awaited)
    free(following.followed)
    free(following.turns)


cdef void start_anew(Following* following, Stream* stream) noexcept nogil:
    """Forget the rows so far, after lost samples; trains go on."""
    cdef int channel
    cdef int index
    cdef Channel* state
    following.blanked_until = stream.limits.blanking_rows
    for channel in range(stream.n_channels):
        state = &stream.channels[channel]
        state.n_pending = 0
        state.n_tails = 0
        state.spike.awaited = False
        state.busy = 0.0
        state.busy_row = 0
        state.volley.steady = 0
        state.look_due = 0
        state.ring.n = 0
        state.ring.period = 0.0
        following.stretches[channel].active = False
        following.stretches[channel].blank_until = stream.limits.blanking_rows
        following.awaited[channel] = NOT_AWAITED
        if state.in_burst:
            state.in_burst = False
            state.burst_end = stream.sample
        for index in range(state.places):
            state.trains[index].interrupted = True
    stream.row = 0
    stream.written = 0


cdef int choose_channels(Following* following, Stream* stream, int rows) noexcept nogil:
    """Note the channels that must be followed through the newest rows; return how many.

    On the others nothing stands out, though in noise too rows come above the release level.
    """
    cdef int channel
    cdef int count = 0
    cdef long long end = stream.row + rows
    cdef const float* peaks = following.peaks
    cdef const uint32_t* high = following.high
    for channel in range(stream.n_channels):
        if (
            peaks[channel] > stream.limits.threshold or following.awaited[channel] < end
            or following.missing[channel]
        ):
            following.followed[count] = channel
            count += 1
        elif high[channel] or following.stretches[channel].active:
            skim(following, stream, channel, high[channel], rows)
    if stream.row < following.blanked_until:
        for channel in range(stream.n_channels):
            if stream.row < following.stretches[channel].blank_until:
                following.spoilt[channel] = True
    return count


cdef void skim(
    Following* following, Stream* stream, int channel, uint32_t high, int rows
) noexcept nogil:
    """Start, extend and end stretches as ``follow`` does, where none of them is a potential.

    ``high`` IN bit i is set where the i-th of the newest rows is above the release level.
    """
    cdef Stretch* stretch = &following.stretches[channel]
    cdef long long first = stream.row - following.delay
    cdef long long centre
    cdef int oldest = lowest_bit(high) if high else 0
    cdef int newest = highest_bit(high) if high else 0
    if (
        high and newest - oldest <= stream.limits.quiet_rows
        and first + oldest >= stretch.blank_until
    ):
        # All in one stretch, unless it becomes too long.
        if not stretch.active or first + oldest > stretch.last_high + stream.limits.quiet_rows:
            stretch.active = True
            stretch.start = first + oldest
            stretch.deflection = 0.0
            stretch.peak_due = NOT_AWAITED
        if first + newest < stretch.start + stream.limits.longest_rows:
            stretch.last_high = first + newest
            high = 0
    while high:
        centre = first + lowest_bit(high)
        high &= high - 1
        if stretch.active and (
            centre > stretch.last_high + stream.limits.quiet_rows
            or centre > stretch.start + stream.limits.longest_rows
        ):
            stretch.active = False
        if stretch.active:
            stretch.last_high = centre
            stretch.active = centre < stretch.start + stream.limits.longest_rows
        elif centre >= stretch.blank_until:
            stretch.active = True
            stretch.start = centre
            stretch.last_high = centre
            stretch.deflection = 0.0
            stretch.peak_due = NOT_AWAITED
    centre = first + rows - 1
    if (
        centre >= stretch.last_high + stream.limits.quiet_rows
        or centre >= stretch.start + stream.limits.longest_rows
    ):
        stretch.active = False


cdef void await_channel(Following* following, Stream* stream, int channel) noexcept nogil:
    """Note from which row on a channel must be followed even where nothing stands out."""
    cdef const Channel* state = &stream.channels[channel]
    cdef const Stretch* stretch = &following.stretches[channel]
    if state.in_burst or (stretch.active and stretch.deflection > stream.limits.threshold):
        following.awaited[channel] = stream.row
    else:
        following.awaited[channel] = NOT_AWAITED
        if state.n_pending:
            following.awaited[channel] = state.pending[0].due
        if state.n_tails:
            following.awaited[channel] = min(
                following.awaited[channel], state.tails[0].start + following.tail_rows
            )
        if state.spike.awaited:
            following.awaited[channel] = min(following.awaited[channel], state.spike.due)


cdef void follow_channels(
    Following* following, Stream* stream, int n_followed, int rows, bint whole
) noexcept nogil:
    """Take the newest rows of the channels that were chosen, in the order of time."""
    cdef int place
    cdef int index = 0
    cdef long long first = stream.row
    cdef long long first_sample = stream.sample
    for place in range(n_followed):
        following.turns[place] = next_turn(
            following, stream, following.followed[place], 0, first, whole
        )
    while index < rows:
        stream.row = first + index
        stream.sample = first_sample + index
        stream.written = stream.row + 1
        stream.newest = stream.sample
        for place in range(n_followed):
            if following.turns[place] == index:
                follow_row(following, stream, following.followed[place], index, whole)
                following.turns[place] = next_turn(
                    following, stream, following.followed[place], index + 1, first, whole
                )
        index = rows
        for place in range(n_followed):
            index = min(index, following.turns[place])
    stream.row = first
    stream.sample = first_sample


cdef int next_turn(
    Following* following, Stream* stream, int channel, int index, long long first, bint whole
) noexcept nogil:
    """Return the first of the newest rows, from ``index`` on, that ``follow_row`` must see.

    ``first`` IN row at index 0. Rows that only prolong a stretch are taken here.
    """
    cdef Channel* state = &stream.channels[channel]
    cdef Stretch* stretch = &following.stretches[channel]
    cdef const Lane* lane = &stream.lanes[channel]
    cdef long long shift = following.delay - first   # from a centre to its index
    cdef uint32_t bits
    cdef int seen = index
    cdef int due = SUB_ROWS     # index at which something else happens
    cdef int longest = SUB_ROWS
    cdef int end = SUB_ROWS     # index at which the stretch ends if nothing more stands out
    cdef int newest = -1
    cdef float deflection
    cdef float largest = stretch.deflection
    cdef float threshold = stream.limits.threshold
    cdef int quiet_rows = stream.limits.quiet_rows
    cdef int stride = lane.stride
    cdef const float* deflections = lane.deflections
    cdef double busy_kept = following.busy_kept[0]
    cdef double busy_decay = following.busy_decay
    cdef double busy = state.busy
    cdef long long busy_row = state.busy_row
    if index >= SUB_ROWS or whole and state.in_burst:
        return index
    bits = following.missing[channel] >> index
    if bits:
        due = index + lowest_bit(bits)
    if not whole:
        return due
    if state.n_pending:
        due = <int> min(<long long> due, state.pending[0].due - first)
    if state.n_tails:
        due = <int> min(<long long> due, state.tails[0].start + following.tail_rows - first)
    if state.spike.awaited:
        due = <int> min(<long long> due, state.spike.due - first)
    if stretch.active:
        due = <int> min(<long long> due, stretch.peak_due - first)
        longest = <int> min(
            <long long> longest, stretch.start + stream.limits.longest_rows + shift
        )
        end = <int> min(
            <long long> longest, stretch.last_high + stream.limits.quiet_rows + shift
        )
    bits = following.high[channel] >> index
    if stretch.active and largest > threshold and busy + SUB_ROWS * busy_decay < BUSY_LOOK:
        # As below, where nothing else can happen: so it is for most rows of a potential.
        longest = min(longest, due)
        end = min(end, due)
        while bits:
            index += lowest_bit(bits)
            bits = bits >> lowest_bit(bits) >> 1
            if index >= end:
                break
            deflection = deflections[index * stride]
            if deflection > threshold:
                if busy_row == first + index - 1:
                    busy = busy * busy_kept + busy_decay
                else:
                    busy = faded_busy(following, busy, first + index - busy_row) + busy_decay
                busy_row = first + index
                largest = max(largest, deflection)
            newest = index
            index += 1
            end = min(longest, index - 1 + quiet_rows)
        bits = 0
    while bits:
        index += lowest_bit(bits)
        bits = bits >> lowest_bit(bits) >> 1
        if index >= due or index >= end:
            break
        deflection = deflections[index * stride]
        if deflection > threshold:
            if busy + busy_decay > (
                BUSY_FROM if state.look_due > first + index else BUSY_LOOK
            ):
                due = index
                break
            if largest <= threshold if stretch.active else index - shift >= stretch.blank_until:
                due = index
                break
            busy = faded_busy(following, busy, first + index - busy_row) + busy_decay
            busy_row = first + index
        if stretch.active:
            newest = index
            largest = max(largest, deflection)
        elif index - shift >= stretch.blank_until:
            stretch.active = True
            stretch.start = index - shift
            stretch.peak_due = NOT_AWAITED
            longest = min(longest, index + stream.limits.longest_rows)
            newest = index
            largest = deflection
        if stretch.active:
            end = min(longest, newest + quiet_rows)
        index += 1
    if newest >= 0:
        stretch.last_high = newest - shift
        stretch.deflection = largest
    state.busy = busy
    state.busy_row = busy_row
    return max(seen, min(due, end))


cdef void follow_row(
    Following* following, Stream* stream, int channel, int index, bint whole
) noexcept nogil:
    """Take one row of a channel; ``index`` IN of it among the newest rows."""
    cdef Channel* state = &stream.channels[channel]
    cdef float deflection
    if following.missing[channel] >> index & 1:
        blank(following, stream, channel)
    if not whole:
        return
    deflection = stream.lanes[channel].deflections[index * stream.lanes[channel].stride]
    if state.in_burst or deflection > stream.limits.threshold:
        update_busy(following, state, stream.row, deflection > stream.limits.threshold)
        if state.busy > BUSY_LOOK and state.look_due <= stream.row:
            look(stream, channel)
    if following.stretches[channel].active or deflection > stream.limits.release:
        follow(following, stream, channel, stream.row - following.delay, deflection)
    if following.stretches[channel].active and following.stretches[channel].peak_due <= stream.row:
        tell_peak(following, stream, channel)
    if state.spike.awaited and state.spike.due <= stream.row:
        tell_spike(stream, channel)
    if state.n_pending and state.pending[0].due <= stream.row:
        measure_candidate(stream, channel)
    if state.n_tails and state.tails[0].start + following.tail_rows <= stream.row:
        learn_tail(stream, channel)
    if state.in_burst or state.busy > BUSY_FROM:
        follow_burst(stream, channel)


cdef void update_busy(
    const Following* following, Channel* state, long long row, bint stands_out
) noexcept nogil:
    """Bring the share of rows that stood out up to a row."""
    state.busy = (
        faded_busy(following, state.busy, row - state.busy_row) + following.busy_decay * stands_out
    )
    state.busy_row = row


cdef inline double faded_busy(
    const Following* following, double busy, long long rows
) noexcept nogil:
    """Return what is left of the share of rows that stood out after so many that did not."""
    cdef int bit = 0
    if rows == 1:
        return busy * following.busy_kept[0]
    while rows and bit < 20:
        if rows & 1:
            busy *= following.busy_kept[bit]
        rows >>= 1
        bit += 1
    return 0.0 if rows else busy


cdef void blank(Following* following, Stream* stream, int channel) noexcept nogil:
    """Detect nothing on a channel for a while: its value was no number."""
    cdef Stretch* stretch = &following.stretches[channel]
    stretch.active = False
    stretch.blank_until = stream.row + stream.limits.blanking_rows
    following.blanked_until = max(following.blanked_until, stretch.blank_until)
    following.spoilt[channel] = True
    stream.channels[channel].n_pending = 0
    stream.channels[channel].n_tails = 0
    stream.channels[channel].spike.awaited = False


cdef void follow(
    Following* following, Stream* stream, int channel, long long centre, float deflection
) noexcept nogil:
    """Start, extend or end the stretch of rows that stands out on a channel."""
    cdef Stretch* stretch = &following.stretches[channel]
    if not stretch.active:
        if centre < stretch.blank_until:
            return
        stretch.active = True
        stretch.start = centre
        stretch.last_high = centre
        stretch.deflection = deflection
        stretch.peak_due = (
            stream.row if deflection > stream.limits.threshold else NOT_AWAITED
        )
        return
    if deflection > stream.limits.release:
        stretch.last_high = centre
        if deflection > stream.limits.threshold and stretch.deflection <= stream.limits.threshold:
            stretch.peak_due = stream.row
        stretch.deflection = max(stretch.deflection, deflection)
    if (
        centre - stretch.last_high >= stream.limits.quiet_rows
        or centre - stretch.start >= stream.limits.longest_rows
    ):
        stretch.active = False
        if stretch.deflection > stream.limits.threshold:
            add_candidate(
                following, stream, channel, stretch.start, stretch.last_high + 1, stretch.deflection
            )


cdef void tell_peak(Following* following, Stream* stream, int channel) noexcept nogil:
    """Tell the largest row of a stretch so far, unless it is too new to be the peak."""
    cdef Stretch* stretch = &following.stretches[channel]
    cdef int count = <int> (stream.row + 1 - stretch.start)
    cdef int peak
    copy_rows(stream, channel, stretch.start, count, stream.kept)
    peak = stream.arithmetic.index_of_largest(stream.kept, count)
    stretch.peak_due = stretch.start + peak + max(1, <int> (PEAK_MS * stream.per_ms))
    if stretch.peak_due <= stream.row:
        stretch.peak_due = NOT_AWAITED
        write_peak(
            stream, channel, stream.sample - stream.row + stretch.start + peak, stream.kept[peak]
        )
        await_spike(stream, channel, stretch.start, stretch.start + peak)


cdef void add_candidate(
    Following* following, Stream* stream, int channel, long long start, long long end,
    float deflection
) noexcept nogil:
    """Queue a candidate until the signal around its peak is there."""
    cdef Channel* state = &stream.channels[channel]
    cdef Candidate* candidate
    cdef long long peak
    if state.n_pending == PENDING:
        measure_candidate(stream, channel)
    copy_rows(stream, channel, start, <int> (end - start), stream.kept)
    peak = start + stream.arithmetic.index_of_largest(stream.kept, <int> (end - start))
    candidate = &state.pending[state.n_pending]
    candidate.start = start
    candidate.end = end
    candidate.deflection = deflection
    candidate.due = max(
        end + <long long> (AFTER_END_MS * stream.per_ms), peak + stream.after_rows
    )
    state.n_pending += 1


cdef void end_candidates(Following* following, Stream* stream, int channel) noexcept nogil:
    """Tell what there is of the candidates on a channel, at the end of the stream."""
    cdef Channel* state = &stream.channels[channel]
    cdef Stretch* stretch = &following.stretches[channel]
    if state.spike.awaited:
        tell_spike(stream, channel)
    if stretch.active and stretch.deflection > stream.limits.threshold:
        add_candidate(
            following, stream, channel, stretch.start, stretch.last_high + 1, stretch.deflection
        )
    stretch.active = False
    while state.n_pending:
        measure_candidate(stream, channel)
