from myoscope.dsp_core._trains cimport Train

cdef double best_place(
    const Train* train, const double* sums, int count, int low, int high, int before, int step,
    int* start
) noexcept nogil
cdef void subtract(
    const Train* train, float* values, int count, int start, int step, double fading_rows
) noexcept nogil
