/* Sorting without branches: a bitonic network over four columns side by side. */
#ifndef MYOSCOPE_SORTING_H
#define MYOSCOPE_SORTING_H

#include "_lanes.h"

#define SORT_COLUMNS 4
#define SORT_ROWS 8
#define SORT_LARGEST (SORT_COLUMNS * SORT_ROWS)
#if defined(__clang__)
#define UNROLLED _Pragma("unroll")
#else
#define UNROLLED _Pragma("GCC unroll 8")
#endif

#if HAVE_VECTORS

#if defined(__x86_64__)
#define LEAST4(a, b) ((f32x4)_mm_min_ps((__m128)(a), (__m128)(b)))
#define MOST4(a, b) ((f32x4)_mm_max_ps((__m128)(a), (__m128)(b)))
#else
#define LEAST4(a, b) ((f32x4)(((i32x4)(a) & ((a) < (b))) | ((i32x4)(b) & ~((a) < (b)))))
#define MOST4(a, b) ((f32x4)(((i32x4)(a) & ((a) > (b))) | ((i32x4)(b) & ~((a) > (b)))))
#endif
#ifdef __clang__
#define SHUFFLED(a, i, j, k, l) __builtin_shufflevector(a, a, i, j, k, l)
#else
#define SHUFFLED(a, i, j, k, l) __builtin_shuffle(a, (i32x4){i, j, k, l})
#endif

ALWAYS_INLINE void exchange(f32x4 *low, f32x4 *high) {
    const f32x4 least = LEAST4(*low, *high);
    *high = MOST4(*low, *high);
    *low = least;
}

/* Sort each column, that rises and then falls. */
ALWAYS_INLINE void settle(f32x4 *rows, int count) {
    UNROLLED
    for (int gap = count / 2; gap >= 1; gap /= 2) {
        UNROLLED
        for (int base = 0; base < count; base += 2 * gap) {
            UNROLLED
            for (int row = base; row < base + gap; row++) exchange(rows + row, rows + row + gap);
        }
    }
}

/* Sort each column. */
ALWAYS_INLINE void sort_columns(f32x4 *rows) {
    UNROLLED
    for (int size = 2; size <= SORT_ROWS; size *= 2) {
        UNROLLED
        for (int base = 0; base < SORT_ROWS; base += size) {
            UNROLLED
            for (int row = 0; row < size / 2; row++) {
                exchange(rows + base + row, rows + base + size - 1 - row);
            }
            settle(rows + base, size / 2);
            settle(rows + base + size / 2, size / 2);
        }
    }
}

/* In the columns that ``upper`` names keep the larger, in the others the smaller of two. */
ALWAYS_INLINE f32x4 parted(f32x4 a, f32x4 b, i32x4 upper) {
    return (f32x4)(((i32x4)MOST4(a, b) & upper) | ((i32x4)LEAST4(a, b) & ~upper));
}

/* Merge sorted columns to pairs of them, and these to one, column after column. */
ALWAYS_INLINE void merge_columns(f32x4 *rows) {
    const i32x4 odd = {0, -1, 0, -1};
    const i32x4 last = {0, 0, -1, -1};
    UNROLLED
    for (int row = 0; row < SORT_ROWS / 2; row++) {
        const f32x4 top = rows[row];
        const f32x4 bottom = rows[SORT_ROWS - 1 - row];
        rows[row] = parted(top, SHUFFLED(bottom, 1, 0, 3, 2), odd);
        rows[SORT_ROWS - 1 - row] = parted(bottom, SHUFFLED(top, 1, 0, 3, 2), odd);
    }
    settle(rows, SORT_ROWS);
    UNROLLED
    for (int row = 0; row < SORT_ROWS / 2; row++) {
        const f32x4 top = rows[row];
        const f32x4 bottom = rows[SORT_ROWS - 1 - row];
        rows[row] = parted(top, SHUFFLED(bottom, 3, 2, 1, 0), last);
        rows[SORT_ROWS - 1 - row] = parted(bottom, SHUFFLED(top, 3, 2, 1, 0), last);
    }
    UNROLLED
    for (int row = 0; row < SORT_ROWS; row++) {
        rows[row] = parted(rows[row], SHUFFLED(rows[row], 1, 0, 3, 2), odd);
    }
    settle(rows, SORT_ROWS);
}

#endif

/* Sort up to SORT_LARGEST numbers in place. */
NEVER_INLINE void sort_floats(float *values, int count) {
#if HAVE_VECTORS
    if (count > SORT_ROWS) {
        f32x4 rows[SORT_ROWS];
        float sorted[SORT_LARGEST];
        for (int index = 0; index < SORT_LARGEST; index++) sorted[index] = INFINITY;
        memcpy(sorted, values, count * sizeof(float));
        memcpy(rows, sorted, sizeof rows);
        sort_columns(rows);
        merge_columns(rows);
        UNROLLED
        for (int row = 0; row < SORT_ROWS; row++) {
            UNROLLED
            for (int column = 0; column < SORT_COLUMNS; column++) {
                sorted[column * SORT_ROWS + row] = rows[row][column];
            }
        }
        memcpy(values, sorted, count * sizeof(float));
        return;
    }
#endif
    for (int last = 1; last < count; last++) {
        const float value = values[last];
        int place = last;
        for (; place > 0 && values[place - 1] > value; place--) values[place] = values[place - 1];
        values[place] = value;
    }
}

#endif
