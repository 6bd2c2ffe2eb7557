from myoscope.dsp_core._arithmetic cimport Arithmetic

cdef double PHONE_FRAME_MS


ctypedef struct Volley:
    # Potentials that follow each other too fast to be told apart one by one, but evenly.
    int steady           # looks in a row at which the signal repeated itself
    int compared         # looks whose period was compared with that of the look before
    int changed          # of them, those at which it was another
    double first_ms      # period when the volley was recognised
    double period_ms     # at the newest look
    double likeness      # of the signal to itself one period earlier, 0 to 1

cdef void look_for_volley(
    const Arithmetic* arithmetic, Volley* volley, const float* points, int count,
    double points_per_ms
) noexcept nogil
cdef bint is_volley(const Volley* volley) noexcept nogil
cdef bint of_a_device(const Volley* volley) noexcept nogil
