/* Arithmetic on stretches of one channel, for _window.pyx, _templates.pyx and _waveform.pyx.
 *
 * Sums are taken in eight lanes, so that a compiler may work on several at once: the same additions
 * in the same order on every instruction set.
 */
#ifndef MYOSCOPE_STRETCH_H
#define MYOSCOPE_STRETCH_H

#include <stddef.h>

#include "_lanes.h"

#define SUM_LANES 8
#define LAGS_AT_ONCE 4 /* as lagged_products writes them out */

ALWAYS_INLINE double sum_of_lanes(const double *sums) {
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

/* Sum of (a - b) squared. */
ALWAYS_INLINE double squared_difference(const float *a, const float *b, int count) {
    double sums[SUM_LANES] = {0.0};
    int index = 0;
    for (; index + SUM_LANES <= count; index += SUM_LANES) {
        for (int lane = 0; lane < SUM_LANES; lane++) {
            const double difference = a[index + lane] - b[index + lane];
            sums[lane] += difference * difference;
        }
    }
    for (int lane = 0; index < count; index++, lane++) {
        const double difference = a[index] - b[index];
        sums[lane] += difference * difference;
    }
    return sum_of_lanes(sums);
}

/* Sum of a * b. */
ALWAYS_INLINE double product_of(const float *a, const float *b, int count) {
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
    return sum_of_lanes(sums);
}

/* Add the products of eight pairs to eight sums. */
ALWAYS_INLINE void add_products(const float *a, const float *b, float *sums) {
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
ALWAYS_INLINE void lagged_products(
    const float *values, int count, int first, int n_lags, double *out
) {
    for (int at = 0; at < n_lags; at += LAGS_AT_ONCE) {
        const int lags = n_lags - at < LAGS_AT_ONCE ? n_lags - at : LAGS_AT_ONCE;
        const float *const later = values + first + at;
        /* As far as all of these lags go; the rest of each by itself. */
        const int whole = (count - first - at - (LAGS_AT_ONCE - 1)) / SUM_LANES * SUM_LANES;
        float sums[LAGS_AT_ONCE][SUM_LANES] = {{0.0f}};
        for (int index = 0; index < whole; index += SUM_LANES) {
            add_products(values + index, later + index, sums[0]);
            add_products(values + index, later + index + 1, sums[1]);
            add_products(values + index, later + index + 2, sums[2]);
            add_products(values + index, later + index + 3, sums[3]);
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

/* Index of the first of the values that are largest regardless of their sign; 0 of none. */
ALWAYS_INLINE int index_of_largest(const float *values, int count) {
    float most[SUM_LANES] = {0.0f};
    float largest = 0.0f;
    int index = 0;
    for (; index + SUM_LANES <= count; index += SUM_LANES) {
        for (int lane = 0; lane < SUM_LANES; lane++) {
            const float size = fabsf(values[index + lane]);
            most[lane] = size > most[lane] ? size : most[lane];
        }
    }
    for (; index < count; index++) {
        const float size = fabsf(values[index]);
        largest = size > largest ? size : largest;
    }
    for (int lane = 0; lane < SUM_LANES; lane++) {
        largest = most[lane] > largest ? most[lane] : largest;
    }
    for (index = 0; index < count; index++) {
        if (fabsf(values[index]) == largest) return index;
    }
    return 0;
}

/* Largest float32 that is no more than a number of 0 or more. */
ALWAYS_INLINE float no_more_than(double number) {
    const float rounded = (float)number;
    return rounded > number ? nextafterf(rounded, 0.0f) : rounded;
}

/* Last value beyond ``edge``, going from ``first`` by ``step`` over at most ``count`` values, before
 * ``enough`` in a row are not; ``quiet`` OUT of these. */
ALWAYS_INLINE int last_beyond(
    const float *values, int first, int step, int count, double edge, int enough, int *quiet
) {
    const float bound = no_more_than(edge);
    int last = first;
    int row = first;
    int run = 0;
    for (; count > 0 && run < enough; count--, row += step) {
        run++;
        if (fabsf(values[row]) > bound) {
            last = row;
            run = 0;
        }
    }
    *quiet = run;
    return last;
}

/* Smallest and largest value, and 0. */
ALWAYS_INLINE void extent(const float *values, int count, double *low, double *high) {
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
ALWAYS_INLINE int count_phases(const float *values, int count, double edge, int *first) {
    const float bound = no_more_than(edge);
    int phases = 0;
    int last = 0;
    for (int index = 0; index < count; index++) {
        if (fabsf(values[index]) > bound) {
            const int side = values[index] > 0.0f ? 1 : -1;
            if (side != last) {
                if (phases == 0) *first = side;
                phases++;
                last = side;
            }
        }
    }
    return phases;
}

/* Every ``stride``-th of the values, to where they lie side by side. */
ALWAYS_INLINE void gather(const float *values, int stride, int count, float *out) {
    if (stride == 8) {
        for (int index = 0; index < count; index++) out[index] = values[(ptrdiff_t)8 * index];
    } else {
        for (int index = 0; index < count; index++) out[index] = values[(ptrdiff_t)stride * index];
    }
}

/* Means of ``step`` values each, one after the other. */
ALWAYS_INLINE void average(const float *values, int step, int count, float *out) {
    const float share = (float)(1.0 / step);
    if (step == 2) {
        for (int index = 0; index < count; index++) {
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
ALWAYS_INLINE double largest_mean(const float *rows, int step, int count) {
    double largest = 0.0;
    for (int index = 0; index < count; index++, rows += step) {
        double total = rows[0];
        for (int place = 1; place < step; place++) total += rows[place];
        total = fabs(total);
        largest = total > largest ? total : largest;
    }
    return largest / step;
}

/* ``average_in`` for a ``step`` that the compiler knows. */
ALWAYS_INLINE void average_steps(
    float *means, unsigned char *seen, int count, const float *rows, int step, double level,
    double most, int remembered
) {
    for (int index = 0; index < count; index++) {
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
ALWAYS_INLINE void average_in(
    float *means, unsigned char *seen, int count, const float *rows,
    int step, double level, double most, int remembered
) {
    if (step == 2) {
        average_steps(means, seen, count, rows, 2, level, most, remembered);
    } else {
        average_steps(means, seen, count, rows, step, level, most, remembered);
    }
}

/* Running sums: out[i + 1] is out[0] and all values up to the i-th. */
ALWAYS_INLINE void add_up(const float *values, int count, double *out) {
    double total = out[0];
    int index = 0;
    /* The sum of four at once, for each addition waits for the one before. */
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

/* First-order high-pass that had settled at the first value; ``kept`` from one row to the next. */
ALWAYS_INLINE void high_pass(const float *values, int count, double kept, float *out) {
    const double kept2 = kept * kept;
    const double kept3 = kept2 * kept;
    const double kept4 = kept2 * kept2;
    double value = 0.0;
    double before = count > 0 ? values[0] : 0.0;
    int row = 0;
    /* Four at once, as above. */
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
ALWAYS_INLINE double level_at(const float *points, int low, int high, int row, int step) {
    const double place = (row - 0.5 * (step - 1)) / step;
    const int left = (int)place;
    if (place < low) return points[low];
    if (left + 1 >= high) return points[high - 1];
    return (1.0 - (place - left)) * points[left] + (place - left) * points[left + 1];
}

/* Take straight lines between ``count`` pairs of points out of values, from the first row at or
 * after the middle of the first point on. */
ALWAYS_INLINE void subtract_lines(const float *points, int count, float *values, int step) {
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
ALWAYS_INLINE void subtract(
    const float *points, int low, int high, float *values, int count, int start, int step
) {
    const int end = start + high * step < count ? start + high * step : count;
    int row = start + low * step > 0 ? start + low * step : 0;
    int left;
    int lines;
    while (row < end && (row - start < low * step + step / 2 || (row - start - step / 2) % step)) {
        values[row] -= (float)level_at(points, low, high, row - start, step);
        row++;
    }
    left = (row - start) / step;
    lines = (end - row) / step < high - 1 - left ? (end - row) / step : high - 1 - left;
    if (lines > 0) {
        if (step == 2) {
            subtract_lines(points + left, lines, values + row, 2);
        } else if (step == 4) {
            subtract_lines(points + left, lines, values + row, 4);
        } else {
            subtract_lines(points + left, lines, values + row, step);
        }
        row += lines * step;
    }
    for (; row < end; row++) {
        values[row] -= (float)level_at(points, low, high, row - start, step);
    }
}

#endif
