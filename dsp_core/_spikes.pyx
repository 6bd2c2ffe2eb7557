"""Spikes: whose shape a peak begins that was told, before all of its waveform is there."""

from libc.math cimport fabs

from myoscope.dsp_core._bursts cimport in_volley
from myoscope.dsp_core._excerpt cimport load_window, noise_around_uv, smooth_noise_uv
from myoscope.dsp_core._resolving cimport LEFT_NOISE, shape_at
from myoscope.dsp_core._stream cimport Channel, Spike, Stream
from myoscope.dsp_core._told cimport write_spike
from myoscope.dsp_core._trains cimport Train
from myoscope.dsp_core._waveform cimport Waveform, measure
from myoscope.dsp_core._window cimport point_at, sharpest

# A spike is told so long after its peak: 2 ms after the end of the shortest potentials.
cdef double SPIKE_MS = 2.6
# So much is looked at of what came before its stretch.
cdef double BEFORE_MS = 4.0


cdef void await_spike(Stream* stream, int channel, long long start, long long peak) noexcept nogil:
    """Note that a peak's shape is to be told; ``start`` IN row at which its stretch began."""
    cdef Spike* spike = &stream.channels[channel].spike
    if spike.awaited:
        # Stretches mostly lie further apart; this one's end is another's beginning.
        tell_spike(stream, channel)
    spike.awaited = True
    spike.start = start
    spike.peak = peak
    spike.due = peak + <long long> (SPIKE_MS * stream.per_ms)


cdef void tell_spike(Stream* stream, int channel) noexcept nogil:
    """Tell what there is of the awaited spike, and which of the known shapes it begins."""
    cdef Channel* state = &stream.channels[channel]
    cdef Spike spike = state.spike
    cdef long long first = max(
        <long long> 0, spike.start - <long long> (BEFORE_MS * stream.per_ms)
    )
    cdef int low
    cdef int high
    cdef int start
    cdef int peak
    cdef double noise_uv
    cdef bint whole
    cdef const Train* train = NULL
    cdef Waveform waveform
    state.spike.awaited = False
    first = max(first, stream.written - stream.window.room)
    load_window(
        stream, channel, first, <int> (stream.written - first), <int> (spike.start - first)
    )
    low = <int> max(<long long> 0, spike.peak - first - stream.furthest_rows)
    high = <int> min(
        <long long> stream.window.count, spike.peak - first + stream.furthest_rows
    )
    measure_points(stream, channel, low, high, &waveform)
    if not state.in_burst and not in_volley(stream, state):
        noise_uv = noise_around_uv(stream, channel)
        peak = sharpest(&stream.window, low, high)
        if fabs(point_at(&stream.window, peak)) < LEFT_NOISE * noise_uv:
            peak = waveform.peak
        train = shape_at(stream, state, peak, True, noise_uv, &start, &whole)
        if train != NULL and train.seed:
            train = NULL
    write_spike(stream, channel, train, &waveform, stream.sample - stream.row + spike.peak)


cdef void measure_points(
    Stream* stream, int channel, int low, int high, Waveform* out
) noexcept nogil:
    """Measure what there is of the largest deflection between two rows of the window, in points.

    There are fewer of them than rows; ``out`` OUT with the row of its peak.
    """
    cdef int step = stream.geometry.step
    cdef int count = stream.window.count // step
    cdef int first = low // step
    cdef int last = min(count, max(first + 1, high // step))
    cdef int index
    cdef float* points = stream.kept
    cdef float* smooth = points + count
    stream.arithmetic.average(stream.window.wide, step, count, points)
    if stream.window.smoothing > 1:
        # Three are as long as the rows that potentials are smoothed over.
        smooth[0] = points[0]
        smooth[count - 1] = points[count - 1]
        for index in range(1, count - 1):
            smooth[index] = (points[index - 1] + points[index] + points[index + 1]) / <float> 3.0
        points = smooth
    measure(
        stream.arithmetic, points, count, first, last, stream.geometry.per_ms,
        smooth_noise_uv(stream, channel), out,
    )
    out.peak *= step
