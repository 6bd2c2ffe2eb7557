cdef extern from "_arithmetic.h" nogil:
    ctypedef struct Arithmetic:
        double (*squared_difference)(
            const float* a, const float* b, int count, double most
        ) noexcept nogil
        bint (*may_be_near)(
            const float* values, int places, const float* pattern, int low, int high,
            int core_low, int core_high, double most, double most_core
        ) noexcept nogil
        double (*product_of)(const float* a, const float* b, int count) noexcept nogil
        double (*slope_products)(
            const float* values, const float* pattern, int count, double* product
        ) noexcept nogil
        void (*rough_products)(
            const float* values, int places, const float* pattern, int count, float* out
        ) noexcept nogil
        void (*lagged_products)(
            const float* values, int count, int first, int n_lags, double* out
        ) noexcept nogil
        int (*index_of_largest)(const float* values, int count) noexcept nogil
        int (*index_of_most)(const float* values, int count, float side) noexcept nogil
        int (*last_beyond)(
            const float* values, int first, int step, int count, double edge, int enough,
            int* quiet
        ) noexcept nogil
        void (*extent)(const float* values, int count, double* low, double* high) noexcept nogil
        int (*count_phases)(
            const float* values, int count, double edge, int* first
        ) noexcept nogil
        float (*ranked)(const float* values, int count, int rank) noexcept nogil
        void (*gather)(const float* values, int stride, int count, float* out) noexcept nogil
        void (*average)(const float* values, int step, int count, float* out) noexcept nogil
        double (*largest_mean)(const float* rows, int step, int count) noexcept nogil
        void (*average_in)(
            float* means, unsigned char* seen, int count, const float* rows, int step,
            double level, double most, int remembered
        ) noexcept nogil
        void (*approach)(
            float* means, const float* values, int count, double share
        ) noexcept nogil
        void (*add_up)(const float* values, int count, double* out) noexcept nogil
        void (*means_of_sums)(
            const double* sums, int width, int count, float* out
        ) noexcept nogil
        void (*high_pass)(const float* values, int count, double kept, float* out) noexcept nogil
        void (*subtract)(
            const float* points, int low, int high, float* values, int count, int start, int step
        ) noexcept nogil
        void (*score_bells)(
            const double* middle, const double* weight, const double* log_width, int count,
            double value, double largest, double* scores
        ) noexcept nogil
        void (*exponentials)(double* values, int count) noexcept nogil
        int (*count_locked)(
            const double* values, int count, double period, double miss, double wander,
            double most
        ) noexcept nogil
        void (*sort_floats)(float* values, int count) noexcept nogil


cdef const Arithmetic* chosen_arithmetic() except NULL
