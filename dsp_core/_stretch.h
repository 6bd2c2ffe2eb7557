/* Arithmetic on the stretches of a channel that potentials are found in, for each instruction set.
 *
 * Results are the same bits whatever the instruction set is.
 */
#ifndef MYOSCOPE_STRETCH_H
#define MYOSCOPE_STRETCH_H

#include <stddef.h>

#include "_arithmetic.h"
#include "_lanes.h"
#include "_sorting.h"

#define SUM_LANES 8
#define LAGS_AT_ONCE 4 /* as lagged_products writes them out */
/* Adding it rounds a double of at most 2 to the power of 51 to an integer. */
#define WHOLE 6755399441055744.0

#ifdef __clang__
#define SHUFFLED2(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#define SHUFFLED2D(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
#define SHUFFLED2(a, b, i, j, k, l) __builtin_shuffle(a, b, (i32x4){i, j, k, l})
#define SHUFFLED2D(a, b, i, j, k, l) __builtin_shuffle(a, b, (i64x4){i, j, k, l})
#endif
#define JOIN2_(name, set) name##_##set
#define JOIN2(name, set) JOIN2_(name, set)

#ifdef _MSC_VER
#define RESTRICT __restrict
#else
#define RESTRICT restrict
#endif

/* How values are compared: regardless of their sign with BEYOND. */
enum { BEYOND, BELOW, EQUAL };

/* Number of bits that are set in eight. */
ALWAYS_INLINE int ones_in(uint32_t bits) {
#if defined(__GNUC__)
    return __builtin_popcount(bits);
#else
    int ones = 0;
    for (; bits; bits &= bits - 1) ones++;
    return ones;
#endif
}

/* Float32 before a number of more than 0. */
ALWAYS_INLINE float before_float(float number) {
    const uint32_t bits = bits_of(number) - 1;
    float before;
    memcpy(&before, &bits, sizeof before);
    return before;
}

/* Largest float32 that is no more than a number of 0 or more. */
ALWAYS_INLINE float no_more_than(double number) {
    const float rounded = (float)number;
    return rounded > number ? before_float(rounded) : rounded;
}

#define ARITHMETIC_OF(set) \
    { \
        JOIN2(squared_difference, set), JOIN2(may_be_near, set), JOIN2(product_of, set), \
        JOIN2(slope_products, set), \
        JOIN2(rough_products, set), JOIN2(lagged_products, set), \
        JOIN2(index_of_largest, set), JOIN2(index_of_most, set), JOIN2(last_beyond, set), \
        JOIN2(extent, set), JOIN2(count_phases, set), JOIN2(ranked, set), JOIN2(gather, set), JOIN2(average, set), \
        JOIN2(largest_mean, set), JOIN2(average_in, set), JOIN2(approach, set), \
        JOIN2(add_up, set), JOIN2(means_of_sums, set), JOIN2(high_pass, set), \
        JOIN2(subtract, set), JOIN2(score_bells, set), JOIN2(exponentials, set), JOIN2(count_locked, set), \
        sort_floats \
    }

#define INSTRUCTION_SET baseline
#include "_stretch_set.h"
#undef INSTRUCTION_SET
#if HAVE_V3
#define INSTRUCTION_SET v3
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,popcnt"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,popcnt")
#endif
#include "_stretch_set.h"
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#undef INSTRUCTION_SET
static const Arithmetic ARITHMETIC[INSTRUCTION_SETS] = {ARITHMETIC_OF(baseline), ARITHMETIC_OF(v3)};
#else
static const Arithmetic ARITHMETIC[INSTRUCTION_SETS] = {ARITHMETIC_OF(baseline)};
#endif

#endif
