/* Arithmetic on stretches of one channel: included by _stretch.h once for each instruction set.
 *
 * Sums are taken in eight lanes, so that several can be worked on at once: the same additions in
 * the same order on every instruction set.
 */
#define NAMED(name) JOIN2(name, INSTRUCTION_SET)

/* Bit i is set where the i-th of eight values compares so with ``bound``; ``how`` is a constant. */
ALWAYS_INLINE uint32_t NAMED(compared8)(const float *values, float bound, int how) {
#if HAVE_VECTORS && defined(__AVX2__)
    const __m256 eight = _mm256_loadu_ps(values);
    const __m256 other = _mm256_set1_ps(bound);
    return (uint32_t)_mm256_movemask_ps(
        how == BELOW ? _mm256_cmp_ps(eight, other, _CMP_LT_OQ)
        : how == EQUAL ? _mm256_cmp_ps(eight, other, _CMP_EQ_OQ)
        : _mm256_cmp_ps(_mm256_andnot_ps(_mm256_set1_ps(-0.0f), eight), other, _CMP_GT_OQ)
    );
#elif HAVE_VECTORS && defined(__x86_64__)
    uint32_t bits = 0;
    const __m128 other = _mm_set1_ps(bound);
    for (int half = 0; half < 8; half += 4) {
        const __m128 four = _mm_loadu_ps(values + half);
        bits |= (uint32_t)_mm_movemask_ps(
            how == BELOW ? _mm_cmplt_ps(four, other)
            : how == EQUAL ? _mm_cmpeq_ps(four, other)
            : _mm_cmpgt_ps(_mm_andnot_ps(_mm_set1_ps(-0.0f), four), other)
        ) << half;
    }
    return bits;
#else
    uint32_t bits = 0;
    for (int index = 0; index < 8; index++) {
        const float value = values[index];
        bits |= (uint32_t)(
            how == BELOW ? value < bound : how == EQUAL ? value == bound : fabsf(value) > bound
        ) << index;
    }
    return bits;
#endif
}

/* Bit i is set where the i-th of up to 32 values is beyond ``bound``, regardless of its sign. */
ALWAYS_INLINE uint32_t NAMED(beyond)(const float *values, int count, float bound) {
    uint32_t bits = 0;
    int index = 0;
    for (; index + 8 <= count; index += 8) {
        bits |= NAMED(compared8)(values + index, bound, BEYOND) << index;
    }
    for (; index < count; index++) bits |= (uint32_t)(fabsf(values[index]) > bound) << index;
    return bits;
}

ALWAYS_INLINE double NAMED(sum_of_lanes)(const double *sums) {
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

#if HAVE_VECTORS
#if defined(__AVX2__)
#define LEAST_D(a, b) ((f64x4)_mm256_min_pd((__m256d)(a), (__m256d)(b)))
#define MOST_D(a, b) ((f64x4)_mm256_max_pd((__m256d)(a), (__m256d)(b)))
#else
#define LEAST_D(a, b) ((f64x4)(((i64x4)(a) & ((a) < (b))) | ((i64x4)(b) & ~((a) < (b)))))
#define MOST_D(a, b) ((f64x4)(((i64x4)(a) & ((a) > (b))) | ((i64x4)(b) & ~((a) > (b)))))
#endif
/* Four of a sum's lanes as doubles. */
#if defined(__AVX2__)
#define WIDENED(four) ((f64x4)_mm256_cvtps_pd((__m128)(four)))
#define NARROWED(four) ((f32x4)_mm256_cvtpd_ps((__m256d)(four)))
#else
#define WIDENED(four) __builtin_convertvector(four, f64x4)
#define NARROWED(four) __builtin_convertvector(four, f32x4)
#endif
#define FOUR(values) WIDENED(*(const f32x4 *)(values))
#define ADDED_UP(low, high) \
    ((((low)[0] + (high)[0]) + ((low)[1] + (high)[1])) + (((low)[2] + (high)[2]) + ((low)[3] + (high)[3])))
#endif

/* Sum of (a - b) squared; or, once it is certain to be ``most`` or more, what it is so far. */
static double NAMED(squared_difference)(
    const float *a, const float *b, int count, double most
) {
#if HAVE_VECTORS
    f64x4 low = {0.0};
    f64x4 high = {0.0};
    double tail[SUM_LANES] = {0.0};
    int index = 0;
    for (; index + SUM_LANES <= count; index += SUM_LANES) {
        const f32x4 one = *(const f32x4 *)(a + index) - *(const f32x4 *)(b + index);
        const f32x4 two = *(const f32x4 *)(a + index + 4) - *(const f32x4 *)(b + index + 4);
        const f64x4 first = WIDENED(one);
        const f64x4 second = WIDENED(two);
        low += first * first;
        high += second * second;
        if ((index & 24) == 24 && ADDED_UP(low, high) >= most) return ADDED_UP(low, high);
    }
    for (int lane = 0; index < count; index++, lane++) {
        const double difference = a[index] - b[index];
        tail[lane] = difference * difference;
    }
    low += *(const f64x4 *)tail;
    high += *(const f64x4 *)(tail + 4);
    return ADDED_UP(low, high);
#else
    double sums[SUM_LANES] = {0.0};
    int index = 0;
    for (; index + SUM_LANES <= count; index += SUM_LANES) {
        for (int lane = 0; lane < SUM_LANES; lane++) {
            const double difference = a[index + lane] - b[index + lane];
            sums[lane] += difference * difference;
        }
        if ((index & 24) == 24 && NAMED(sum_of_lanes)(sums) >= most) break;
    }
    for (int lane = 0; index < count && lane < SUM_LANES; index++, lane++) {
        const double difference = a[index] - b[index];
        sums[lane] += difference * difference;
    }
    return NAMED(sum_of_lanes)(sums);
#endif
}

/* Sum of a * b. */
static double NAMED(product_of)(const float *a, const float *b, int count) {
#if HAVE_VECTORS
    f64x4 low = {0.0};
    f64x4 high = {0.0};
    double tail[SUM_LANES] = {0.0};
    int index = 0;
    for (; index + SUM_LANES <= count; index += SUM_LANES) {
        low += FOUR(a + index) * FOUR(b + index);
        high += FOUR(a + index + 4) * FOUR(b + index + 4);
    }
    for (int lane = 0; index < count; index++, lane++) {
        tail[lane] = (double)a[index] * (double)b[index];
    }
    low += *(const f64x4 *)tail;
    high += *(const f64x4 *)(tail + 4);
    return ADDED_UP(low, high);
#else
    double sums[SUM_LANES] = {0.0};
    int index = 0;
    for (; index + SUM_LANES <= count; index += SUM_LANES) {
        for (int lane = 0; lane < SUM_LANES; lane++) {
            sums[lane] += (double)a[index + lane] * (double)b[index + lane];
        }
    }
    for (int lane = 0; index < count; index++, lane++) {
        sums[lane] += (double)a[index] * (double)b[index];
    }
    return NAMED(sum_of_lanes)(sums);
#endif
}

/* Power of a pattern's slope per point; ``product`` OUT of the slope and of what values differ from
 * the pattern. There must be a point more of it at either end. */
static double NAMED(slope_products)(
    const float *values, const float *pattern, int count, double *product
) {
    double powers[SUM_LANES] = {0.0};
    double products[SUM_LANES] = {0.0};
    int index = 0;
    for (; index + SUM_LANES <= count; index += SUM_LANES) {
        for (int lane = 0; lane < SUM_LANES; lane++) {
            const int at = index + lane;
            const double slope = 0.5 * (double)(pattern[at + 1] - pattern[at - 1]);
            products[lane] += (double)(values[at] - pattern[at]) * slope;
            powers[lane] += slope * slope;
        }
    }
    for (int lane = 0; index < count; index++, lane++) {
        const double slope = 0.5 * (double)(pattern[index + 1] - pattern[index - 1]);
        products[lane] += (double)(values[index] - pattern[index]) * slope;
        powers[lane] += slope * slope;
    }
    *product = NAMED(sum_of_lanes)(products);
    return NAMED(sum_of_lanes)(powers);
}

/* Eight neighbours at once, for what a pattern is compared with at one place after the other. */
#if HAVE_VECTORS && defined(__AVX2__)
#define EIGHT __m256
#define LOAD8(values) _mm256_loadu_ps(values)
#define ALL8(value) _mm256_set1_ps(value)
#define PLUS8(a, b) _mm256_add_ps(a, b)
#define LESS8(a, b) _mm256_sub_ps(a, b)
#define TIMES8(a, b) _mm256_mul_ps(a, b)
#define STORE8(out, a) _mm256_storeu_ps(out, a)
#endif

/* Add to eight sums the squares of what a pattern differs from values, at eight neighbouring
 * places. */
ALWAYS_INLINE void NAMED(add_differences)(
    const float *values, const float *pattern, int count, float *sums
) {
#ifdef EIGHT
    EIGHT total = LOAD8(sums);
    for (int index = 0; index < count; index++) {
        const EIGHT difference = LESS8(LOAD8(values + index), ALL8(pattern[index]));
        total = PLUS8(total, TIMES8(difference, difference));
    }
    STORE8(sums, total);
#else
    for (int index = 0; index < count; index++) {
        for (int place = 0; place < 8; place++) {
            const float difference = values[index + place] - pattern[index];
            sums[place] += difference * difference;
        }
    }
#endif
}

/* Whether a pattern may differ from values by less than ``most`` at one of some neighbouring places,
 * or its points from ``core_low`` to ``core_high`` by less than ``most_core``. Sums are rough: up to
 * a ten-thousandth too large. Eight more values than are asked for must be there. */
static int NAMED(may_be_near)(
    const float *values, int places, const float *pattern, int low, int high, int core_low,
    int core_high, double most, double most_core
) {
    const float bound = (float)(1.0001 * most);
    const float core_bound = (float)(1.0001 * most_core);
    for (int start = 0; start < places; start += 8, values += 8) {
        const int some = places - start < 8 ? places - start : 8;
        float sums[8] = {0.0f};
        int near = 0;
        NAMED(add_differences)(values + core_low, pattern + core_low, core_high - core_low, sums);
        for (int place = 0; place < some; place++) {
            if (sums[place] < core_bound) return 1;
            near |= sums[place] < bound;
        }
        if (!near) continue;
        NAMED(add_differences)(values + low, pattern + low, core_low - low, sums);
        NAMED(add_differences)(values + core_high, pattern + core_high, high - core_high, sums);
        for (int place = 0; place < some; place++) {
            if (sums[place] < bound) return 1;
        }
    }
    return 0;
}

/* Sums of products of a pattern and values, at one place after the other; rough, as above, and
 * ``out`` has room for seven more. */
static void NAMED(rough_products)(
    const float *values, int places, const float *pattern, int count, float *out
) {
    for (int start = 0; start < places; start += 8) {
#ifdef EIGHT
        EIGHT total = ALL8(0.0f);
        for (int index = 0; index < count; index++) {
            total = PLUS8(total, TIMES8(LOAD8(values + start + index), ALL8(pattern[index])));
        }
        STORE8(out + start, total);
#else
        float sums[8] = {0.0f};
        for (int index = 0; index < count; index++) {
            for (int place = 0; place < 8; place++) {
                sums[place] += values[start + index + place] * pattern[index];
            }
        }
        memcpy(out + start, sums, sizeof sums);
#endif
    }
}
#undef EIGHT
#undef LOAD8
#undef ALL8
#undef PLUS8
#undef LESS8
#undef TIMES8
#undef STORE8

/* Add the products of eight pairs to eight sums. */
ALWAYS_INLINE void NAMED(add_products)(const float *a, const float *b, float *sums) {
#if HAVE_VECTORS
    f32x4 *const lanes = (f32x4 *)sums;
    lanes[0] += *(const f32x4 *)a * *(const f32x4 *)b;
    lanes[1] += *(const f32x4 *)(a + 4) * *(const f32x4 *)(b + 4);
#else
    for (int lane = 0; lane < SUM_LANES; lane++) sums[lane] += a[lane] * b[lane];
#endif
}

/* Sums of values[i] * values[i + lag] for lags from ``first`` on; in float32, of which a correlation
 * needs no more. */
static void NAMED(lagged_products)(
    const float *values, int count, int first, int n_lags, double *out
) {
    for (int at = 0; at < n_lags; at += LAGS_AT_ONCE) {
        const int lags = n_lags - at < LAGS_AT_ONCE ? n_lags - at : LAGS_AT_ONCE;
        const float *const later = values + first + at;
        /* As far as all of these lags go; the rest of each by itself. */
        const int whole = (count - first - at - (LAGS_AT_ONCE - 1)) / SUM_LANES * SUM_LANES;
        float sums[LAGS_AT_ONCE][SUM_LANES] = {{0.0f}};
        for (int index = 0; index < whole; index += SUM_LANES) {
            NAMED(add_products)(values + index, later + index, sums[0]);
            NAMED(add_products)(values + index, later + index + 1, sums[1]);
            NAMED(add_products)(values + index, later + index + 2, sums[2]);
            NAMED(add_products)(values + index, later + index + 3, sums[3]);
        }
        for (int lag = 0; lag < lags; lag++) {
            double total = 0.0;
            for (int lane = 0; lane < SUM_LANES; lane++) total += sums[lag][lane];
            for (int index = whole > 0 ? whole : 0; index < count - first - at - lag; index++) {
                total += (double)values[index] * (double)later[index + lag];
            }
            out[at + lag] = total;
        }
    }
}

/* Largest value on the side of ``side``, 1 or -1, or on any where it is 0; 0 of none. */
ALWAYS_INLINE float NAMED(largest_on)(const float *values, int count, int side) {
    float largest = 0.0f;
    int index = 0;
#if HAVE_VECTORS && defined(__x86_64__)
    const __m128 sign = _mm_set1_ps(-0.0f);
    __m128 most = _mm_setzero_ps();
#ifdef __AVX2__
    const __m256 signs = _mm256_set1_ps(-0.0f);
    __m256 mosts = _mm256_setzero_ps();
    for (; index + 8 <= count; index += 8) {
        __m256 eight = _mm256_loadu_ps(values + index);
        if (side == 0) eight = _mm256_andnot_ps(signs, eight);
        if (side < 0) eight = _mm256_xor_ps(signs, eight);
        mosts = _mm256_max_ps(mosts, eight);
    }
    most = _mm_max_ps(_mm256_castps256_ps128(mosts), _mm256_extractf128_ps(mosts, 1));
#endif
    for (; index + 4 <= count; index += 4) {
        __m128 four = _mm_loadu_ps(values + index);
        if (side == 0) four = _mm_andnot_ps(sign, four);
        if (side < 0) four = _mm_xor_ps(sign, four);
        most = _mm_max_ps(most, four);
    }
    most = _mm_max_ps(most, _mm_movehl_ps(most, most));
    most = _mm_max_ss(most, _mm_shuffle_ps(most, most, 1));
    largest = _mm_cvtss_f32(most);
#endif
    for (; index < count; index++) {
        const float size = side == 0 ? fabsf(values[index]) : side * values[index];
        largest = size > largest ? size : largest;
    }
    return largest;
}

/* Index of the first value that is as large regardless of its sign, 0 where none is. */
ALWAYS_INLINE int NAMED(first_as_large)(const float *values, int count, float largest) {
    /* Beyond the number before. */
    const float below = before_float(largest);
    int index = 0;
    for (; index + 8 <= count; index += 8) {
        const uint32_t bits = NAMED(compared8)(values + index, below, BEYOND);
        if (bits) return index + lowest_bit(bits);
    }
    for (; index < count; index++) {
        if (fabsf(values[index]) > below) return index;
    }
    return 0;
}

/* Index of the first of the values that are largest regardless of their sign; 0 of none. */
static int NAMED(index_of_largest)(const float *values, int count) {
    const float largest = NAMED(largest_on)(values, count, 0);
    return largest > 0.0f ? NAMED(first_as_large)(values, count, largest) : 0;
}

/* Last value beyond ``edge``, going from ``first`` by ``step``, 1 or -1, over at most ``count``
 * values, before ``enough`` in a row are not; ``quiet`` OUT of these. */
static int NAMED(last_beyond)(
    const float *values, int first, int step, int count, double edge, int enough, int *quiet
) {
    const float bound = no_more_than(edge);
    int last = first;
    int row = first;
    int run = 0;
    while (count > 0 && run < enough) {
        const int some = count < 32 ? count : 32;
        uint32_t bits = NAMED(beyond)(step > 0 ? values + row : values + row + 1 - some, some, bound);
        int done = 0; /* of these */
        while (bits && run < enough) {
            const int next = step > 0 ? lowest_bit(bits) : some - 1 - highest_bit(bits);
            if (run + next - done >= enough) break;
            last = row + step * next;
            bits ^= step > 0 ? bits & -bits : 1u << highest_bit(bits);
            done = next + 1;
            run = 0;
        }
        run += some - done;
        count -= some;
        row += step * some;
    }
    *quiet = run < enough ? run : enough;
    return last;
}

/* Smallest and largest value, and 0. */
static void NAMED(extent)(const float *values, int count, double *low, double *high) {
    float least[SUM_LANES] = {0.0f};
    float most[SUM_LANES] = {0.0f};
    int index = 0;
    for (; index + SUM_LANES <= count; index += SUM_LANES) {
        for (int lane = 0; lane < SUM_LANES; lane++) {
            const float value = values[index + lane];
            least[lane] = value < least[lane] ? value : least[lane];
            most[lane] = value > most[lane] ? value : most[lane];
        }
    }
    for (int lane = 0; index < count; index++, lane++) {
        least[lane] = values[index] < least[lane] ? values[index] : least[lane];
        most[lane] = values[index] > most[lane] ? values[index] : most[lane];
    }
    for (int lane = 1; lane < SUM_LANES; lane++) {
        least[0] = least[lane] < least[0] ? least[lane] : least[0];
        most[0] = most[lane] > most[0] ? most[lane] : most[0];
    }
    *low = least[0];
    *high = most[0];
}

/* How often values go beyond ``edge`` to the other side than before; ``first`` IN/OUT the side of
 * the first of them, where there is one. */
static int NAMED(count_phases)(const float *values, int count, double edge, int *first) {
    const float bound = no_more_than(edge);
    int phases = 0;
    int last = 0;
    for (int start = 0; start < count; start += 32) {
        const int some = count - start < 32 ? count - start : 32;
        uint32_t bits = NAMED(beyond)(values + start, some, bound);
        while (bits) {
            const int side = values[start + lowest_bit(bits)] > 0.0f ? 1 : -1;
            bits &= bits - 1;
            if (side != last) {
                if (phases == 0) *first = side;
                phases++;
                last = side;
            }
        }
    }
    return phases;
}

/* Index of the first value that is largest on the side of ``side``, 1 or -1; -1 where none is. */
static int NAMED(index_of_most)(const float *values, int count, float side) {
    const float largest = side > 0.0f ? NAMED(largest_on)(values, count, 1)
                                      : NAMED(largest_on)(values, count, -1);
    if (!(largest > 0.0f)) return -1;
    for (int index = 0; index < count; index++) {
        if (values[index] == side * largest) return index;
    }
    return -1;
}

/* The value that would stand at ``rank`` if up to 64 values were in order. */
static float NAMED(ranked)(const float *values, int count, int rank) {
    float padded[64];
    float low = -INFINITY;
    float high = INFINITY;
    float pivot = values[count / 2];
    const int whole = (count + 7) / 8 * 8;
    memcpy(padded, values, count * sizeof(float));
    for (int index = count; index < whole; index++) padded[index] = INFINITY;
    for (;;) {
        int fewer = 0; /* values that are smaller than the pivot */
        int alike = 0;
        int next = -1;
        for (int index = 0; index < whole; index += 8) {
            fewer += ones_in(NAMED(compared8)(padded + index, pivot, BELOW));
            alike += ones_in(NAMED(compared8)(padded + index, pivot, EQUAL));
        }
        if (rank < fewer) {
            high = pivot;
        } else if (rank >= fewer + alike) {
            low = pivot;
        } else {
            return pivot;
        }
        for (int index = 0; index < whole && next < 0; index += 8) {
            const uint32_t bits = NAMED(compared8)(padded + index, high, BELOW) & ~(
                NAMED(compared8)(padded + index, low, BELOW)
                | NAMED(compared8)(padded + index, low, EQUAL)
            );
            if (bits) next = index + lowest_bit(bits);
        }
        if (next < 0) return pivot; /* of no numbers */
        pivot = padded[next];
    }
}

/* Every ``stride``-th of the values, to where they lie side by side. */
static void NAMED(gather)(const float *values, int stride, int count, float *out) {
    int index = 0;
#if HAVE_VECTORS
    if (stride == 8) {
        for (; index + 8 <= count; index += 8, values += 64) {
            const f32x4 one = {values[0], values[8], values[16], values[24]};
            const f32x4 two = {values[32], values[40], values[48], values[56]};
            *(f32x4 *)(out + index) = one;
            *(f32x4 *)(out + index + 4) = two;
        }
    }
#endif
    for (; index < count; index++, values += stride) out[index] = *values;
}

/* Means of ``step`` values each, one after the other. */
static void NAMED(average)(const float *values, int step, int count, float *out) {
    const float share = (float)(1.0 / step);
    if (step == 2) {
        int index = 0;
#if HAVE_VECTORS
        for (; index + 4 <= count; index += 4) {
            const f32x4 one = *(const f32x4 *)(values + 2 * index);
            const f32x4 two = *(const f32x4 *)(values + 2 * index + 4);
            *(f32x4 *)(out + index) = share * (
                SHUFFLED2(one, two, 0, 2, 4, 6) + SHUFFLED2(one, two, 1, 3, 5, 7)
            );
        }
#endif
        for (; index < count; index++) {
            out[index] = (values[2 * index] + values[2 * index + 1]) * share;
        }
        return;
    }
    for (int index = 0; index < count; index++, values += step) {
        double total = 0.0;
        for (int place = 0; place < step; place++) total += values[place];
        out[index] = (float)total * share;
    }
}

/* Largest mean of ``step`` rows, regardless of its sign; 0 of none. */
static double NAMED(largest_mean)(const float *rows, int step, int count) {
    double largest = 0.0;
    for (int index = 0; index < count; index++, rows += step) {
        double total = rows[0];
        for (int place = 1; place < step; place++) total += rows[place];
        total = fabs(total);
        largest = total > largest ? total : largest;
    }
    return largest / step;
}

#if HAVE_VECTORS
ALWAYS_INLINE i32x4 NAMED(four_bytes)(const unsigned char *bytes) {
#ifdef __AVX2__
    int32_t four;
    memcpy(&four, bytes, sizeof four);
    return (i32x4)_mm_cvtepu8_epi32(_mm_cvtsi32_si128(four));
#else
    return (i32x4){bytes[0], bytes[1], bytes[2], bytes[3]};
#endif
}

ALWAYS_INLINE void NAMED(keep_bytes)(i32x4 values, unsigned char *bytes) {
#ifdef __AVX2__
    const __m128i pairs = _mm_packus_epi32((__m128i)values, (__m128i)values);
    const int32_t four = _mm_cvtsi128_si32(_mm_packus_epi16(pairs, pairs));
    memcpy(bytes, &four, sizeof four);
#else
    for (int lane = 0; lane < 4; lane++) bytes[lane] = (unsigned char)values[lane];
#endif
}
#endif

/* ``average_in`` for a ``step`` that the compiler knows. */
ALWAYS_INLINE void NAMED(average_steps)(
    float *means, unsigned char *seen, int count, const float *rows, int step, double level,
    double most, int remembered
) {
    int index = 0;
#if HAVE_VECTORS
    if (step == 2) {
        const f64x4 share = {0.5, 0.5, 0.5, 0.5};
        const f64x4 base = {level, level, level, level};
        const f64x4 highest = {most, most, most, most};
        const i32x4 enough = {remembered, remembered, remembered, remembered};
        for (; index + 4 <= count; index += 4) {
            const f32x4 one = *(const f32x4 *)(rows + 2 * index);
            const f32x4 two = *(const f32x4 *)(rows + 2 * index + 4);
            const f32x4 even = SHUFFLED2(one, two, 0, 2, 4, 6);
            const f32x4 odd = SHUFFLED2(one, two, 1, 3, 5, 7);
            i32x4 times = NAMED(four_bytes)(seen + index);
            const f64x4 mean = FOUR(means + index);
            f64x4 value = (
                WIDENED(even) + WIDENED(odd)
            ) * share - base;
            times += 1;
            times = (times & (times < enough)) | (enough & ~(times < enough));
            value = LEAST_D(value, highest);
            value = MOST_D(value, -highest);
            NAMED(keep_bytes)(times, seen + index);
            *(f32x4 *)(means + index) += NARROWED(
                (value - mean) / __builtin_convertvector(times, f64x4)
            );
        }
    }
#endif
    for (; index < count; index++) {
        const int times = seen[index] + 1 < remembered ? seen[index] + 1 : remembered;
        double value = rows[index * step];
        for (int place = 1; place < step; place++) value += rows[index * step + place];
        value = value / step - level;
        value = value < most ? value : most;
        value = value > -most ? value : -most;
        seen[index] = (unsigned char)times;
        means[index] += (float)((value - means[index]) / times);
    }
}

/* Average rows, ``step`` to a point, less a level and no larger than ``most``, into means of as
 * many as were ``seen``. */
static void NAMED(average_in)(
    float *means, unsigned char *seen, int count, const float *rows,
    int step, double level, double most, int remembered
) {
    if (step == 2) {
        NAMED(average_steps)(means, seen, count, rows, 2, level, most, remembered);
    } else {
        NAMED(average_steps)(means, seen, count, rows, step, level, most, remembered);
    }
}

/* Let means come nearer to values by a share of what they differ. */
static void NAMED(approach)(float *means, const float *values, int count, double share) {
    for (int index = 0; index < count; index++) {
        means[index] += (float)(share * (values[index] - means[index]));
    }
}

#if HAVE_VECTORS
/* Of sixteen values every fourth: rows[i] begins with the i-th. */
ALWAYS_INLINE void NAMED(turn_over)(const float *values, f32x4 *rows) {
    const f32x4 one = *(const f32x4 *)values;
    const f32x4 two = *(const f32x4 *)(values + 4);
    const f32x4 three = *(const f32x4 *)(values + 8);
    const f32x4 four = *(const f32x4 *)(values + 12);
    const f32x4 a = SHUFFLED2(one, two, 0, 4, 1, 5);
    const f32x4 b = SHUFFLED2(three, four, 0, 4, 1, 5);
    const f32x4 c = SHUFFLED2(one, two, 2, 6, 3, 7);
    const f32x4 d = SHUFFLED2(three, four, 2, 6, 3, 7);
    rows[0] = SHUFFLED2(a, b, 0, 1, 4, 5);
    rows[1] = SHUFFLED2(a, b, 2, 3, 6, 7);
    rows[2] = SHUFFLED2(c, d, 0, 1, 4, 5);
    rows[3] = SHUFFLED2(c, d, 2, 3, 6, 7);
}

/* And back: the first of each, then the second of each, and so on. */
ALWAYS_INLINE void NAMED(turn_back)(
    const f64x4 *one, const f64x4 *two, const f64x4 *three, const f64x4 *four, double *out
) {
    const f64x4 a = SHUFFLED2D(*one, *two, 0, 4, 2, 6);
    const f64x4 b = SHUFFLED2D(*one, *two, 1, 5, 3, 7);
    const f64x4 c = SHUFFLED2D(*three, *four, 0, 4, 2, 6);
    const f64x4 d = SHUFFLED2D(*three, *four, 1, 5, 3, 7);
    *(f64x4 *)out = SHUFFLED2D(a, c, 0, 1, 4, 5);
    *(f64x4 *)(out + 4) = SHUFFLED2D(b, d, 0, 1, 4, 5);
    *(f64x4 *)(out + 8) = SHUFFLED2D(a, c, 2, 3, 6, 7);
    *(f64x4 *)(out + 12) = SHUFFLED2D(b, d, 2, 3, 6, 7);
}
#endif

/* Running sums: out[i + 1] is out[0] and all values up to the i-th. */
static void NAMED(add_up)(const float *values, int count, double *out) {
    double total = out[0];
    int index = 0;
    /* The sum of four at once, for each addition waits for the one before. */
#if HAVE_VECTORS
    /* And four of these fours. */
    for (; index + 16 <= count; index += 16) {
        f32x4 rows[4];
        f64x4 one, two, three, four, before, last;
        NAMED(turn_over)(values + index, rows);
        one = WIDENED(rows[0]);
        two = one + WIDENED(rows[1]);
        three = two + WIDENED(rows[2]);
        four = two + (
            WIDENED(rows[2]) + WIDENED(rows[3])
        );
        last[0] = total + four[0];
        last[1] = last[0] + four[1];
        last[2] = last[1] + four[2];
        last[3] = last[2] + four[3];
        before = (f64x4){total, last[0], last[1], last[2]};
        total = last[3];
        one += before;
        two += before;
        three += before;
        NAMED(turn_back)(&one, &two, &three, &last, out + index + 1);
    }
#endif
    for (; index + 4 <= count; index += 4) {
        const double one = values[index];
        const double two = one + values[index + 1];
        const double three = two + values[index + 2];
        const double four = two + ((double)values[index + 2] + values[index + 3]);
        out[index + 1] = total + one;
        out[index + 2] = total + two;
        out[index + 3] = total + three;
        total += four;
        out[index + 4] = total;
    }
    for (; index < count; index++) {
        total += values[index];
        out[index + 1] = total;
    }
}

/* Means of running sums: out[i] of the ``width`` values from the i-th on. */
static void NAMED(means_of_sums)(
    const double *RESTRICT sums, int width, int count, float *RESTRICT out
) {
    const double share = 1.0 / width;
    for (int index = 0; index < count; index++) {
        out[index] = (float)((sums[index + width] - sums[index]) * share);
    }
}

/* First-order high-pass that had settled at the first value; ``kept`` from one row to the next. */
static void NAMED(high_pass)(const float *values, int count, double kept, float *out) {
    const double kept2 = kept * kept;
    const double kept3 = kept2 * kept;
    const double kept4 = kept2 * kept2;
    double value = 0.0;
    double before = count > 0 ? values[0] : 0.0;
    int row = 0;
    /* Four at once, as above. */
#if HAVE_VECTORS
    for (; row + 16 <= count; row += 16) {
        f32x4 rows[4];
        f32x4 over[4];
        f64x4 at0, at1, at2, at3, earlier, first, second, third, fourth;
        double after[4];
        NAMED(turn_over)(values + row, rows);
        at0 = WIDENED(rows[0]);
        at1 = WIDENED(rows[1]);
        at2 = WIDENED(rows[2]);
        at3 = WIDENED(rows[3]);
        earlier = (f64x4){before, values[row + 3], values[row + 7], values[row + 11]};
        before = values[row + 15];
        first = kept * (at0 - earlier);
        second = kept * (first + (at1 - at0));
        third = kept * (second + (at2 - at1));
        fourth = kept * (third + (at3 - at2));
        after[0] = fourth[0] + kept4 * value;
        after[1] = fourth[1] + kept4 * after[0];
        after[2] = fourth[2] + kept4 * after[1];
        after[3] = fourth[3] + kept4 * after[2];
        earlier = (f64x4){value, after[0], after[1], after[2]};
        value = after[3];
        rows[0] = NARROWED(first + kept * earlier);
        rows[1] = NARROWED(second + kept2 * earlier);
        rows[2] = NARROWED(third + kept3 * earlier);
        rows[3] = (f32x4){(float)after[0], (float)after[1], (float)after[2], (float)after[3]};
        NAMED(turn_over)((const float *)rows, over);
        memcpy(out + row, over, sizeof over);
    }
#endif
    for (; row + 4 <= count; row += 4) {
        const double first = kept * (values[row] - before);
        const double second = kept * (first + ((double)values[row + 1] - values[row]));
        const double third = kept * (second + ((double)values[row + 2] - values[row + 1]));
        const double fourth = kept * (third + ((double)values[row + 3] - values[row + 2]));
        out[row] = (float)(first + kept * value);
        out[row + 1] = (float)(second + kept2 * value);
        out[row + 2] = (float)(third + kept3 * value);
        value = fourth + kept4 * value;
        out[row + 3] = (float)value;
        before = values[row + 3];
    }
    for (; row < count; row++) {
        value = kept * (value + (values[row] - before));
        before = values[row];
        out[row] = (float)value;
    }
}

/* Value at a row, counted from the first of a point 0, on straight lines between the middles of
 * points ``low`` to ``high``, that are means of ``step`` rows. */
ALWAYS_INLINE double NAMED(level_at)(const float *points, int low, int high, int row, int step) {
    const double place = (row - 0.5 * (step - 1)) / step;
    const int left = (int)place;
    if (place < low) return points[low];
    if (left + 1 >= high) return points[high - 1];
    return (1.0 - (place - left)) * points[left] + (place - left) * points[left + 1];
}

/* Take straight lines between ``count`` pairs of points out of values, from the first row at or
 * after the middle of the first point on. */
ALWAYS_INLINE void NAMED(subtract_lines)(const float *points, int count, float *values, int step) {
    for (int index = 0; index < count; index++, values += step) {
        const double one = points[index];
        const double two = points[index + 1];
        for (int place = 0; place < step; place++) {
            const double share = (step / 2 + place - 0.5 * (step - 1)) / step;
            values[place] -= (float)((1.0 - share) * one + share * two);
        }
    }
}

/* Take points ``low`` to ``high`` out of ``values``, straight lines between them, where point 0
 * begins at row ``start``. */
static void NAMED(subtract)(
    const float *points, int low, int high, float *values, int count, int start, int step
) {
    const int end = start + high * step < count ? start + high * step : count;
    int row = start + low * step > 0 ? start + low * step : 0;
    int left;
    int lines;
    while (row < end && (row - start < low * step + step / 2 || (row - start - step / 2) % step)) {
        values[row] -= (float)NAMED(level_at)(points, low, high, row - start, step);
        row++;
    }
    left = (row - start) / step;
    lines = (end - row) / step < high - 1 - left ? (end - row) / step : high - 1 - left;
    if (lines > 0) {
        if (step == 2) {
            NAMED(subtract_lines)(points + left, lines, values + row, 2);
        } else if (step == 4) {
            NAMED(subtract_lines)(points + left, lines, values + row, 4);
        } else {
            NAMED(subtract_lines)(points + left, lines, values + row, step);
        }
        row += lines * step;
    }
    for (; row < end; row++) {
        values[row] -= (float)NAMED(level_at)(points, low, high, row - start, step);
    }
}

/* Take from each score what a bell says against it: half the square of the deviation of ``value``
 * from the bell's middle, in its own width, but no more than half of ``largest``; and the logarithm
 * of its width.
 */
static void NAMED(score_bells)(
    const double *middle, const double *weight, const double *log_width, int count, double value,
    double largest, double *RESTRICT scores
) {
    for (int index = 0; index < count; index++) {
        const double deviation = value - middle[index];
        const double square = deviation * deviation * weight[index];
        scores[index] -= 0.5 * ((square < largest ? square : largest) + log_width[index]);
    }
}

/* Exponential of one number of 0 or less, or of four; one below -700 counts as -700. ``number`` and
 * ``whole`` are the types, ``least`` is -700 of the type. */
#define EXPONENTIAL(number, whole, value, least, greater) \
    do { \
        const number shifted = greater(value, least) * 1.4426950408889634 + WHOLE; \
        const number power = shifted - WHOLE; /* of two */ \
        /* The logarithm of two, whose first part times any power is exact. */ \
        const number rest = (greater(value, least) - power * 6.93147180369123816490e-01) \
            - power * 1.90821492927058770002e-10; \
        number sum = rest * (1.0 / 6227020800.0) + 1.0 / 479001600.0; \
        whole bits; \
        number scale; \
        sum = sum * rest + 1.0 / 39916800.0; \
        sum = sum * rest + 1.0 / 3628800.0; \
        sum = sum * rest + 1.0 / 362880.0; \
        sum = sum * rest + 1.0 / 40320.0; \
        sum = sum * rest + 1.0 / 5040.0; \
        sum = sum * rest + 1.0 / 720.0; \
        sum = sum * rest + 1.0 / 120.0; \
        sum = sum * rest + 1.0 / 24.0; \
        sum = sum * rest + 1.0 / 6.0; \
        sum = sum * rest + 0.5; \
        sum = sum * rest + 1.0; \
        sum = sum * rest + 1.0; \
        memcpy(&bits, &shifted, sizeof bits); \
        bits = (bits + 1023) << 52; /* 1023 is the exponent of 1 */ \
        memcpy(&scale, &bits, sizeof scale); \
        (value) = sum * scale; \
    } while (0)
#define GREATER(a, b) ((a) > (b) ? (a) : (b))

/* Exponentials of values of 0 or less. */
static void NAMED(exponentials)(double *values, int count) {
    int index = 0;
#if HAVE_VECTORS
    const f64x4 least = {-700.0, -700.0, -700.0, -700.0};
    for (; index + 4 <= count; index += 4) {
        f64x4 four = *(f64x4 *)(values + index);
        EXPONENTIAL(f64x4, u64x4, four, least, MOST_D);
        *(f64x4 *)(values + index) = four;
    }
#endif
    for (; index < count; index++) {
        double one = values[index];
        EXPONENTIAL(double, uint64_t, one, -700.0, GREATER);
        values[index] = one;
    }
}
#undef EXPONENTIAL
#undef GREATER

/* How many values are whole numbers of periods, but for ``miss`` of one and ``wander`` of
 * themselves, and no more than ``most`` of one. */
static int NAMED(count_locked)(
    const double *values, int count, double period, double miss, double wander, double most
) {
    int kept = 0;
    for (int index = 0; index < count; index++) {
        const double periods = values[index] / period;
        const double off = fabs(periods - ((periods + WHOLE) - WHOLE));
        const double allowed = miss + wander * periods;
        kept += off < (allowed < most ? allowed : most);
    }
    return kept;
}

#undef NAMED
#undef LEAST_D
#undef MOST_D
#undef FOUR
#undef WIDENED
#undef NARROWED
#undef ADDED_UP
