cdef extern from "_stretch.h" nogil:
    double squared_difference(const float* a, const float* b, int count)
    double product_of(const float* a, const float* b, int count)
    void lagged_products(
        const float* values, int count, int first, int n_lags, double* out
    )
    int index_of_largest(const float* values, int count)
    int last_beyond(
        const float* values, int first, int step, int count, double edge, int enough, int* quiet
    )
    void extent(const float* values, int count, double* low, double* high)
    int count_phases(const float* values, int count, double edge, int* first)
    void gather(const float* values, int stride, int count, float* out)
    void average(const float* values, int step, int count, float* out)
    void average_in(
        float* means, unsigned char* seen, int count, const float* rows, int step, double level,
        double most, int remembered
    )
    double largest_mean(const float* rows, int step, int count)
    void add_up(const float* values, int count, double* out)
    void high_pass(const float* values, int count, double kept, float* out)
    void subtract(
        const float* points, int low, int high, float* values, int count, int start, int step
    )


ctypedef struct Window:
    # A stretch of one channel's filtered signal, from which potentials are taken one by one.
    int room              # rows that fit
    int count             # rows in it
    int step              # rows averaged to a point
    int stride            # points of a phase
    int smoothing         # rows, odd
    unsigned int changes  # how often rows became others
    int settled           # rows whose sums and smoothed values are up to date
    double per_ms         # rows
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
cdef double local_noise_uv(const Window* window) noexcept nogil
cdef double deflection_at(const Window* window, int row, int width) noexcept nogil
cdef int fill_window(
    Window* window, const float[::1] values, int step, int smoothing, double per_ms
) except -1


cdef inline double point_at(const Window* window, int row) noexcept nogil:
    """Return the mean of the sharpened signal over the point that begins at ``row``; 0 outside."""
    if row < 0 or row + window.step > window.count:
        return 0.0
    return window.points[(row % window.step) * window.stride + row // window.step]
