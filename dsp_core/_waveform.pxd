from myoscope.dsp_core._arithmetic cimport Arithmetic


ctypedef struct Waveform:
    int peak              # index of the largest deflection
    int onset             # index at which it leaves the baseline
    int end               # index at which it has rejoined it
    int phases            # excursions to one side
    int first_phase       # +1 or -1: side of the first excursion
    bint ended            # False where the window was too short to see the end
    float amplitude_uv    # peak to peak
    float positive_uv     # largest positive deflection, 0 or more
    float negative_uv     # largest negative deflection, 0 or more
    float duration_ms     # onset to end
    bint begun            # False where it was there already when the window began
    float rise_ms         # 10 to 90 % of the phase before the largest deflection
    float half_width_ms   # of the largest deflection, at half its height

cdef void measure(
    const Arithmetic* arithmetic, const float* values, int count, int search_from,
    int search_to, double samples_per_ms, double noise_uv, Waveform* out
) noexcept nogil
cdef void measure_at(
    const Arithmetic* arithmetic, const float* values, int count, int peak,
    double samples_per_ms, double noise_uv, Waveform* out
) noexcept nogil
