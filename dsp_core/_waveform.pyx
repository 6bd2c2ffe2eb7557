"""What an electromyographer reads off one waveform: amplitude, duration, phases, rise time."""

from libc.math cimport fabs

from myoscope.dsp_core._arithmetic cimport Arithmetic, chosen_arithmetic

# A waveform has left the baseline where it exceeds both.
cdef double EDGE_NOISE = 2.2
cdef double EDGE_SHARE = 0.08
# Of what is larger than this, by a smaller share of the rest: slow parts of large units count.
cdef double EDGE_FULL_UV = 200.0
cdef double EDGE_SHARE_LARGE = 0.02
# A phase is an excursion of more than both: smaller ones are noise on the baseline.
cdef double PHASE_NOISE = 3.5
cdef double PHASE_SHARE = 0.08
# So long must it stay on the baseline, in multiples of the half width and in ms, to have ended.
cdef double QUIET_WIDTHS = 1.0
cdef double QUIET_MS = 1.0

# It has begun before the window where it is there at once with more than this.
cdef double BEGUN_SHARE = 0.3


cdef void measure(
    const Arithmetic* arithmetic, const float* values, int count, int search_from,
    int search_to, double samples_per_ms, double noise_uv, Waveform* out
) noexcept nogil:
    """Measure the waveform around the largest deflection in [search_from, search_to).

    ``values`` IN (count,) microvolts, baseline removed, lightly smoothed; ``noise_uv`` IN rms of
    the smoothed noise; ``out`` OUT.
    """
    cdef int peak = arithmetic.index_of_largest(values + search_from, search_to - search_from)
    measure_at(arithmetic, values, count, search_from + peak, samples_per_ms, noise_uv, out)


cdef void measure_at(
    const Arithmetic* arithmetic, const float* values, int count, int peak,
    double samples_per_ms, double noise_uv, Waveform* out
) noexcept nogil:
    """Measure the waveform whose largest deflection is at ``peak``; the others as in ``measure``.
    """
    cdef int index
    cdef int quiet
    cdef int quiet_rows
    cdef int left
    cdef int right
    cdef int opposite
    cdef double largest = fabs(values[peak])
    cdef double sign
    cdef double half
    cdef double edge
    cdef double low
    cdef double high
    cdef double foot
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

    edge = max(
        EDGE_NOISE * noise_uv,
        EDGE_SHARE * min(largest, EDGE_FULL_UV)
        + EDGE_SHARE_LARGE * max(0.0, largest - EDGE_FULL_UV),
    )
    quiet_rows = <int> (samples_per_ms * max(QUIET_MS, QUIET_WIDTHS * out.half_width_ms)) + 1
    out.onset = arithmetic.last_beyond(
        values, peak, -1, peak + 1, edge, min(quiet_rows, <int> (2.0 * samples_per_ms) + 1), &quiet
    )
    out.end = arithmetic.last_beyond(values, peak, 1, count - peak, edge, quiet_rows, &quiet)
    out.ended = quiet >= quiet_rows
    out.duration_ms = <float> ((out.end - out.onset + 1) / samples_per_ms)

    arithmetic.extent(values + out.onset, out.end + 1 - out.onset, &low, &high)
    out.positive_uv = <float> high
    out.negative_uv = <float> -low
    out.amplitude_uv = <float> (high - low)

    out.first_phase = 1 if sign > 0 else -1
    out.phases = max(1, arithmetic.count_phases(
        values + out.onset, out.end + 1 - out.onset,
        max(PHASE_NOISE * noise_uv, PHASE_SHARE * (high - low)), &out.first_phase,
    ))

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
    out.begun = sign * values[0] <= BEGUN_SHARE * largest


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
        chosen_arithmetic(), &values[0], <int> values.shape[0], search_from, search_to,
        samples_per_ms, noise_uv, &out,
    )
    return out
