"""What an electromyographer reads off one waveform: amplitude, duration, phases, rise time."""

from libc.math cimport fabs

# A waveform has left the baseline where it exceeds both.
cdef double EDGE_NOISE = 2.2
cdef double EDGE_SHARE = 0.03
# A phase is an excursion of more than both: smaller ones are noise on the baseline.
cdef double PHASE_NOISE = 3.5
cdef double PHASE_SHARE = 0.08
# So long must it stay on the baseline, in multiples of the half width and in ms, to have ended.
cdef double QUIET_WIDTHS = 1.0
cdef double QUIET_MS = 1.0


cdef void measure(
    const float* values, int count, int search_from, int search_to, double samples_per_ms,
    double noise_uv, Waveform* out
) noexcept nogil:
    """Measure the waveform around the largest deflection in [search_from, search_to).

    ``values`` IN (count,) microvolts, baseline removed, lightly smoothed; ``noise_uv`` IN rms of
    the smoothed noise; ``out`` OUT.
    """
    cdef int index
    cdef int peak = search_from
    cdef int quiet
    cdef int quiet_rows
    cdef int side
    cdef int last_side = 0
    cdef int left
    cdef int right
    cdef int opposite
    cdef double largest = -1.0
    cdef double sign
    cdef double half
    cdef double edge
    cdef double phase
    cdef double low
    cdef double high
    cdef double foot
    for index in range(search_from, search_to):
        if fabs(values[index]) > largest:
            largest = fabs(values[index])
            peak = index
    sign = 1.0 if values[peak] >= 0 else -1.0
    half = 0.5 * largest
    left = peak
    while left > 0 and sign * values[left] > half:
        left -= 1
    right = peak
    while right < count - 1 and sign * values[right] > half:
        right += 1
    out.peak = peak
    out.half_width_ms = <float> (max(1, right - left - 1) / samples_per_ms)

    edge = max(EDGE_NOISE * noise_uv, EDGE_SHARE * largest)
    quiet_rows = <int> (samples_per_ms * max(QUIET_MS, QUIET_WIDTHS * out.half_width_ms)) + 1
    out.onset = peak
    quiet = 0
    index = peak
    while index >= 0 and quiet < min(quiet_rows, <int> (2.0 * samples_per_ms) + 1):
        if fabs(values[index]) > edge:
            out.onset = index
            quiet = 0
        else:
            quiet += 1
        index -= 1
    out.end = peak
    quiet = 0
    index = peak
    while index < count and quiet < quiet_rows:
        if fabs(values[index]) > edge:
            out.end = index
            quiet = 0
        else:
            quiet += 1
        index += 1
    out.ended = quiet >= quiet_rows
    out.duration_ms = <float> ((out.end - out.onset + 1) / samples_per_ms)

    low = 0.0
    high = 0.0
    for index in range(out.onset, out.end + 1):
        low = min(low, <double> values[index])
        high = max(high, <double> values[index])
    out.positive_uv = <float> high
    out.negative_uv = <float> -low
    out.amplitude_uv = <float> (high - low)

    phase = max(PHASE_NOISE * noise_uv, PHASE_SHARE * (high - low))
    out.phases = 0
    out.first_phase = 1 if sign > 0 else -1
    for index in range(out.onset, out.end + 1):
        if fabs(values[index]) > phase:
            side = 1 if values[index] > 0 else -1
            if side != last_side:
                if out.phases == 0:
                    out.first_phase = side
                out.phases += 1
                last_side = side
    out.phases = max(out.phases, 1)

    # The rising phase starts at the opposite extremum before the peak, or on the baseline.
    foot = 0.0
    opposite = out.onset
    for index in range(out.onset, peak):
        if sign * values[index] < foot:
            foot = sign * values[index]
            opposite = index
    low = foot + 0.1 * (largest - foot)
    high = foot + 0.9 * (largest - foot)
    right = peak
    while right > opposite and sign * values[right] > high:
        right -= 1
    left = right
    while left > opposite and sign * values[left] > low:
        left -= 1
    out.rise_ms = <float> (max(1, right - left) / samples_per_ms)


def measure_waveform(
    const float[::1] values not None, int search_from, int search_to, double samples_per_ms,
    double noise_uv
):
    """Return ``measure`` of one waveform as a dict; for tests and plots."""
    cdef Waveform out
    if not 0 <= search_from < search_to <= values.shape[0]:
        raise ValueError(
            f"search from {search_from} to {search_to} is not inside {values.shape[0]} values"
        )
    measure(
        &values[0], <int> values.shape[0], search_from, search_to, samples_per_ms, noise_uv, &out
    )
    return out
