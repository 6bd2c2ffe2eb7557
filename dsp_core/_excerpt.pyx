"""The stretch of a channel around a candidate: fetched, measured and compared with the noise."""

from libc.math cimport fabs, sqrt

from myoscope.dsp_core._bank cimport N_WIDTHS
from myoscope.dsp_core._signal_path cimport Lane
from myoscope.dsp_core._stream cimport (
    AMONG_OTHERS, BASELINE_MS, REMEMBERED_FAST, Channel, Stream, live_train,
)
from myoscope.dsp_core._templates cimport take_out_wide
from myoscope.dsp_core._trains cimport Train
from myoscope.dsp_core._waveform cimport Waveform, measure_at
from myoscope.dsp_core._window cimport (
    deflection_at, is_louder, level_window, local_noise_uv, refresh_window, settle_window,
    sharpen_window,
)

# And it must stand out by so much more than a potential alone: what was taken out is never exact.
cdef double LEFT_THRESHOLD = 1.15
# The filter takes next to nothing of what is shorter.
cdef double UNBENT_MS = 5.0
# Another deflection must be larger by more than this, for it may be a neighbour's.
cdef double PREFERRED = 1.05
# The spikes of one potential lie this near to each other; further off may be another one.
cdef double SPIKES_MS = 8.0


cdef void copy_rows(
    Stream* stream, int channel, long long first, int count, float* values
) noexcept nogil:
    """Fetch ``count`` rows from row ``first`` on."""
    cdef const Lane* lane = &stream.lanes[channel]
    cdef int place = <int> (first & stream.ring_mask)
    cdef int before = min(count, stream.ring_mask + 1 - place)
    stream.arithmetic.gather(lane.signal + place * lane.stride, lane.stride, before, values)
    stream.arithmetic.gather(lane.signal, lane.stride, count - before, values + before)


cdef void load_window(
    Stream* stream, int channel, long long first, int count, int start
) noexcept nogil:
    """Fetch ``count`` rows from row ``first`` on, less the level just before row ``start``."""
    stream.window.count = count
    copy_rows(stream, channel, first, count, stream.window.wide)
    take_out_tails(stream, channel, first)
    level_window(
        &stream.window, max(0, start - <int> (BASELINE_MS * stream.per_ms)),
        max(1, start - <int> (0.4 * stream.per_ms)),
    )
    sharpen_window(&stream.window)
    refresh_window(&stream.window)


cdef void take_out_tails(Stream* stream, int channel, long long first) noexcept nogil:
    """Take what was found before, and goes on, out of a window that begins at row ``first``."""
    cdef Channel* state = &stream.channels[channel]
    cdef int index
    cdef Train* train
    for index in range(state.n_tails):
        train = live_train(state, state.tails[index].train)
        if train != NULL and train.template.count >= REMEMBERED_FAST:
            take_out_wide(
                &train.template, &stream.geometry, &stream.window,
                <int> (state.tails[index].start - first),
            )


cdef void measure_window(
    Stream* stream, int channel, int low, int high, Waveform* out
) noexcept nogil:
    """Measure the waveform around the largest deflection of the window between two rows."""
    cdef int peak
    settle_window(&stream.window)
    peak = low + stream.arithmetic.index_of_largest(stream.window.smooth + low, high - low)
    if stream.measured_change != stream.window.changes or stream.measured.peak != peak:
        measure_at(
            stream.arithmetic, stream.window.smooth, stream.window.count, peak, stream.per_ms,
            smooth_noise_uv(stream, channel), &stream.measured,
        )
        stream.measured_change = stream.window.changes
    out[0] = stream.measured


cdef int largest_row(
    const Stream* stream, const Waveform* waveform, int low, int high
) noexcept nogil:
    """Return the row in [low, high) of a waveform's largest deflection before it was filtered.

    The high-pass pulls a deflection back to the baseline while it lasts, so that of several in one
    direction the first seems the largest. Its inverse, from where the waveform begins, undoes that.
    """
    cdef const double* sums = stream.window.sums
    cdef double corner = stream.corner
    cdef double damping = sqrt(2.0)  # of a Butterworth
    cdef int near = <int> (SPIKES_MS * stream.per_ms)
    cdef double once
    cdef double twice = 0.0
    cdef double deflection
    cdef double largest = -1.0
    cdef int row
    cdef int found = waveform.peak
    if waveform.duration_ms < UNBENT_MS:
        return found
    low = max(low, found - near)
    for row in range(waveform.onset, min(high, min(found + near, waveform.end) + 1)):
        once = sums[row] - sums[waveform.onset]
        twice += once
        if row >= low:
            deflection = fabs(
                stream.window.smooth[row] + corner * (damping * once + corner * twice)
            )
            if row == waveform.peak:
                deflection *= PREFERRED
            if deflection > largest:
                largest = deflection
                found = row
    return found


cdef void measure_spike(Stream* stream, int channel, int peak, Waveform* out) noexcept nogil:
    """Measure the waveform whose largest deflection lies near row ``peak`` of the window."""
    measure_window(
        stream, channel, max(0, peak - stream.furthest_rows),
        min(stream.window.count, peak + stream.furthest_rows), out,
    )


cdef double smooth_noise_uv(const Stream* stream, int channel) noexcept nogil:
    """Return the noise of the smoothed signal: that of the bank's narrowest width."""
    # The deflection of white noise is sqrt(1.5) times the mean over its middle.
    return stream.noise[stream.n_channels + channel] / 1.2247448713915890


cdef double point_noise_uv(const Stream* stream, int channel) noexcept nogil:
    """Return the noise of a point of the sharpened signal."""
    return min(
        <double> stream.noise[channel],
        smooth_noise_uv(stream, channel)
        * sqrt(<double> stream.widths[0] / stream.geometry.step),
    )


cdef double noise_around_uv(const Stream* stream, int channel) noexcept nogil:
    """Return the noise of a point of the window: among motor units, they are the noise."""
    cdef double noise_uv = point_noise_uv(stream, channel)
    if is_louder(&stream.window, AMONG_OTHERS * noise_uv):
        return local_noise_uv(&stream.window)
    return noise_uv


cdef bint stands_out(Stream* stream, int channel, int low, int high) noexcept nogil:
    """Return whether what is left of the window stands out of the noise at any width."""
    cdef int index
    cdef int row
    cdef double gain
    settle_window(&stream.window)
    for index in range(N_WIDTHS):
        gain = stream.gain[index * stream.n_channels + channel]
        for row in range(low, high):
            if (
                deflection_at(&stream.window, row, stream.widths[index]) * gain
                > LEFT_THRESHOLD * stream.limits.threshold
            ):
                return True
    return False
