/* Channels side by side: vector types, and the sizes in which channels are taken together.
 *
 * A kernel is written once, for LANES channels that are worked on in vectors of NATIVE float32
 * values, and included once for each size and instruction set. NATIVE 1 makes it plain C for a
 * compiler without vector types. Every lane sees the same operations in the same order whatever
 * LANES and NATIVE are, so all of them give the same bits.
 */
#ifndef MYOSCOPE_LANES_H
#define MYOSCOPE_LANES_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TILE_SIZES 3 /* of 8, 4 and 1 channels; with 16, AVX2 has too few registers */
#define MAX_LANES 8
#define SUB_ROWS 32 /* most rows that a kernel is given at once; a bit for each in a uint32 */

#if defined(__GNUC__) && (defined(__x86_64__) || defined(__aarch64__))
#define HAVE_VECTORS 1
#define ALWAYS_INLINE static inline __attribute__((always_inline, unused))
#define NEVER_INLINE static __attribute__((noinline, unused))
#else
#define HAVE_VECTORS 0
#define ALWAYS_INLINE static inline
#define NEVER_INLINE static
#endif
#if HAVE_VECTORS && defined(__x86_64__)
#define HAVE_V3 1
#include <immintrin.h>
#else
#define HAVE_V3 0
#endif

#if HAVE_VECTORS
#define BASELINE_NATIVE 4
#else
#define BASELINE_NATIVE 1
#endif

#define JOIN_(name, lanes, set) name##_##lanes##_##set
#define JOIN(name, lanes, set) JOIN_(name, lanes, set)
#define LANES_NAME(name) JOIN(name, LANES, INSTRUCTION_SET)

/* A kernel's functions, by instruction set and size of the tile. */
#define LANES_TABLE_OF(set) \
    {TABLE_ROW(8, set), TABLE_ROW(4, set), TABLE_ROW(1, set)}
#if HAVE_V3
#define INSTRUCTION_SETS 2
#define LANES_TABLE {LANES_TABLE_OF(baseline), LANES_TABLE_OF(v3)}
#else
#define INSTRUCTION_SETS 1
#define LANES_TABLE {LANES_TABLE_OF(baseline)}
#endif

#if HAVE_VECTORS
typedef float f32x4 __attribute__((vector_size(16), aligned(4), may_alias));
typedef int32_t i32x4 __attribute__((vector_size(16), aligned(4), may_alias));
typedef uint32_t u32x4 __attribute__((vector_size(16), aligned(4), may_alias));
typedef float f32x2 __attribute__((vector_size(8), aligned(4), may_alias));
typedef double f64x2 __attribute__((vector_size(16), aligned(8), may_alias));
typedef int64_t i64x2 __attribute__((vector_size(16), aligned(8), may_alias));
typedef double f64x4 __attribute__((vector_size(32), aligned(8), may_alias));
typedef int64_t i64x4 __attribute__((vector_size(32), aligned(8), may_alias));
typedef uint64_t u64x4 __attribute__((vector_size(32), aligned(8), may_alias));
#endif
#if HAVE_V3
typedef float f32x8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t i32x8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef uint32_t u32x8 __attribute__((vector_size(32), aligned(4), may_alias));
#endif

/* Adding it rounds a float32 of at most ROUNDING_LIMIT to an integer, in its lowest bits. */
#define ROUNDING 12582912.0f
#define ROUNDING_LIMIT 4194303.0f

/* What the kernels were compiled with. */
#if defined(__clang_version__)
#define COMPILER_NAME "clang " __clang_version__
#elif defined(__VERSION__)
#define COMPILER_NAME "gcc " __VERSION__
#else
#define COMPILER_NAME "another compiler"
#endif

/* Results too small for a normal number become zero while a kernel runs, or a channel that falls
 * silent would cost a hundred times as much. The mode is the thread's: it is put back. */
ALWAYS_INLINE uint64_t flush_denormals(void) {
#if HAVE_VECTORS && defined(__x86_64__)
    const uint32_t before = _mm_getcsr();
    _mm_setcsr(before | 0x8040u);
    return before;
#elif HAVE_VECTORS && defined(__aarch64__)
    uint64_t before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | (1ull << 24)));
    return before;
#else
    return 0;
#endif
}

ALWAYS_INLINE void restore_denormals(uint64_t before) {
#if HAVE_VECTORS && defined(__x86_64__)
    _mm_setcsr((uint32_t)before);
#elif HAVE_VECTORS && defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(before));
#else
    (void)before;
#endif
}

/* Zeros that begin a cache line, so that no row of a tile lies in two; NULL where there is no room.
 * What the allocator gave is kept just before. */
#define CACHE_LINE 64
ALWAYS_INLINE void *new_lanes(size_t bytes) {
    char *const given = (char *)calloc(1, bytes + CACHE_LINE + sizeof(void *));
    char *lanes = given;
    if (given == NULL) return NULL;
    lanes += sizeof(void *);
    lanes += (CACHE_LINE - (uintptr_t)lanes % CACHE_LINE) % CACHE_LINE;
    memcpy(lanes - sizeof(void *), &given, sizeof given);
    return lanes;
}

ALWAYS_INLINE void free_lanes(void *lanes) {
    char *given;
    if (lanes == NULL) return;
    memcpy(&given, (char *)lanes - sizeof(void *), sizeof given);
    free(given);
}

ALWAYS_INLINE uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Index of the lowest bit that is set; of none in 0. */
ALWAYS_INLINE int lowest_bit(uint32_t bits) {
#if defined(__GNUC__)
    return __builtin_ctz(bits);
#else
    int index = 0;
    while (!(bits >> index & 1)) index++;
    return index;
#endif
}

/* Index of the highest bit that is set; of none in 0. */
ALWAYS_INLINE int highest_bit(uint32_t bits) {
#if defined(__GNUC__)
    return 31 - __builtin_clz(bits);
#else
    int index = 31;
    while (!(bits >> index & 1)) index--;
    return index;
#endif
}

/* Number of instruction sets that this machine can run: the baseline, then x86-64-v3. */
ALWAYS_INLINE int usable_instruction_sets(void) {
#if HAVE_V3
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") ? 2 : 1;
#else
    return 1;
#endif
}

#endif
