from myoscope.dsp_core._arithmetic cimport Arithmetic


ctypedef struct Window:
    # A stretch of one channel's filtered signal, from which potentials are taken one by one.
    const Arithmetic* arithmetic
    int room              # rows that fit
    int count             # rows in it
    int step              # rows averaged to a point
    int stride            # points of a phase
    int smoothing         # rows, odd
    unsigned int changes  # how often rows became others
    int settled           # rows whose sums and smoothed values are up to date
    double per_ms         # rows
    double sharp_kept     # of the high-pass that sharpens, from one row to the next
    float level           # microvolts that were taken off
    float* wide           # (room,) microvolts above the level before the candidate
    float* sharp          # (room,) the same without what is slower than a spike
    float* smooth         # (room,) wide, smoothed, for measuring
    float* points         # (step, stride) means of sharp over step rows, phase by phase
    double* sums          # (room + 1,) running sums of wide

cdef int open_window(Window* window, int room, int step, int smoothing, double per_ms) except -1
cdef void close_window(Window* window) noexcept nogil
cdef void level_window(Window* window, int low, int high) noexcept nogil
cdef void sharpen_window(Window* window) noexcept nogil
cdef void refresh_window(Window* window) noexcept nogil
cdef void refresh_points(Window* window, int low, int high) noexcept nogil
cdef void settle_window(Window* window) noexcept nogil
cdef int sharpest(const Window* window, int low, int high) noexcept nogil
cdef bint is_louder(const Window* window, double uv) noexcept nogil
cdef double local_noise_uv(const Window* window) noexcept nogil
cdef double deflection_at(const Window* window, int row, int width) noexcept nogil
cdef int fill_window(Window* window, values, int step, int smoothing, double per_ms) except -1


cdef inline double point_at(const Window* window, int row) noexcept nogil:
    """Return the mean of the sharpened signal over the point that begins at ``row``; 0 outside."""
    if row < 0 or row + window.step > window.count:
        return 0.0
    return window.points[(row % window.step) * window.stride + row // window.step]
