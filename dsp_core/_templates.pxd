from myoscope.dsp_core._arithmetic cimport Arithmetic
from myoscope.dsp_core._window cimport Window

cdef enum:
    SHARP_POINTS = 184    # room of a template: 9 ms of 20 points
    WIDE_POINTS = 408     # 20 ms

ctypedef struct Geometry:
    # How templates lie on the signal, the same for all of a stream.
    int step              # rows of a point
    int before            # points before the largest deflection
    int sharp             # points compared at most
    int wide              # points measured
    int core              # points on either side of the largest deflection that are its spike
    int reach             # rows by which a potential's peak may miss the template's
    double per_ms         # points

ctypedef struct Template:
    int count             # potentials that made it
    int support_from      # points of ``sharp`` that are compared
    int support_to
    int extreme           # point of the largest deflection of ``sharp``
    int second            # of the largest of the other sign
    int third             # of the largest of its sign elsewhere; the extreme where there is none
    double power          # of ``sharp`` over its support
    double steepness      # power of its slope, per point
    double strewn         # mean square by which a point of a potential differs from ``wide``
    float[SHARP_POINTS] sharp
    float[WIDE_POINTS] wide
    unsigned char[WIDE_POINTS] seen   # potentials averaged in each point of ``wide``

ctypedef struct Place:
    int start             # row of a template's first point
    double misfit         # share of what would still be accepted, over the whole shape
    double size           # likewise, of its size alone
    double fall           # by how much the power falls when it is taken out, as a share of its own

cdef Geometry geometry_for(int step, double rows_per_ms) noexcept nogil
cdef void start_template(
    Template* template, const Geometry* geometry, const Window* window, int peak, double noise_uv,
    bint alone
) noexcept nogil
cdef void learn_template(
    Template* template, const Geometry* geometry, const Window* window, int start, int remembered
) noexcept nogil
cdef int points_there(
    const Template* template, const Geometry* geometry, const Window* window, int peak
) noexcept nogil
cdef bint may_lie(
    const Template* template, const Geometry* geometry, const Window* window, int peak, int to,
    double noise_uv, bint elastic, double worst, double worst_core
) noexcept nogil
cdef bint place_template(
    const Template* template, const Geometry* geometry, const Window* window, int peak, int to,
    double noise_uv, bint elastic, Place* place
) noexcept nogil
cdef double core_misfit(
    const Template* template, const Geometry* geometry, const Window* window, const Place* place,
    int to, double noise_uv, bint elastic
) noexcept nogil
cdef double best_fall(
    const Template* template, const Geometry* geometry, const Window* window, int low, int high,
    int* start
) noexcept nogil
cdef void take_out_wide(
    const Template* template, const Geometry* geometry, Window* window, int start
) noexcept nogil
cdef void take_out_sharp(
    const Template* template, const Geometry* geometry, Window* window, int start
) noexcept nogil
cdef void take_out(
    const Template* template, const Geometry* geometry, Window* window, int start
) noexcept nogil
cdef void resize_template(
    Template* template, const Geometry* geometry, const Window* window, int start
) noexcept nogil
cdef double blur_uv(const Template* template, int remembered) noexcept nogil
cdef double unsettled_uv(const Template* template, const Geometry* geometry) noexcept nogil
cdef double largest_of(
    const Arithmetic* arithmetic, const Template* template, const Geometry* geometry
) noexcept nogil
cdef void learn_points(
    const Arithmetic* arithmetic, Template* template, const Geometry* geometry, int first,
    int count, const float* rows, double level, double largest, int remembered
) noexcept nogil
cdef int seen_points(const Template* template, const Geometry* geometry) noexcept nogil
cdef bint copy_points(
    const Geometry* geometry, const Window* window, int start, float* points
) noexcept nogil
cdef double reshape_template(
    const Arithmetic* arithmetic, Template* template, const Geometry* geometry,
    const float* sharp, int count
) noexcept nogil
