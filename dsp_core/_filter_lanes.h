/* High-pass, mains canceller and low-pass of LANES channels; see _filter.pyx. Included once for
 * each size and instruction set.
 */
#include "_lanes_types.h"

/* Return whether a value of the rows is no number, or out of any amplifier's range. */
static int LANES_NAME(any_missing)(const float *samples, ptrdiff_t stride, int rows) {
    vu out_of_range[GROUPS];
    uint32_t lanes[LANES], any = 0;
    for (int k = 0; k < GROUPS; k++) out_of_range[k] = (vu){0};
    for (int row = 0; row < rows; row++, samples += stride)
        for (int k = 0; k < GROUPS; k++) {
            /* As integers, magnitudes have the order of numbers, with infinity and NaN above. */
            const vu magnitude = BITS(*(const vf *)(samples + k * NATIVE)) & 0x7fffffffu;
            out_of_range[k] |= LARGEST_BITS - magnitude;
        }
    memcpy(lanes, out_of_range, sizeof lanes);
    for (int lane = 0; lane < LANES; lane++) any |= lanes[lane];
    return any >> 31;
}

/* Run one row of HALF_LANES channels through a biquad, transposed direct form II. */
#define BIQUAD(section, value, first, second) \
    do { \
        const vd input_ = value; \
        value = section##_b0 * input_ + first; \
        first = (section##_b1 * input_ + second) - section##_a1 * value; \
        second = section##_b2 * input_ - section##_a2 * value; \
    } while (0)
/* A section's coefficients in every lane: what is written through a pointer might change them. */
#define COEFFICIENTS(section) \
    const vd section##_b0 = (vd){0} + shape->section.b0; \
    const vd section##_b1 = (vd){0} + shape->section.b1; \
    const vd section##_b2 = (vd){0} + shape->section.b2; \
    const vd section##_a1 = (vd){0} + shape->section.a1; \
    const vd section##_a2 = (vd){0} + shape->section.a2

/* Subtract what the mains are believed to be from a row, and follow what is left. */
ALWAYS_INLINE void LANES_NAME(cancel_mains)(
    const FilterShape *shape, FilterTile *tile, const double *waves, vd *row
) {
    const int n = shape->n_harmonics;
    vd limit[HALVES], clipped[HALVES];
    for (int harmonic = 0; harmonic < n; harmonic++) {
        const double cosine = waves[2 * harmonic], sine = waves[2 * harmonic + 1];
        const double *weights = tile->weights + harmonic * 2 * LANES;
        for (int h = 0; h < HALVES; h++)
            row[h] -= *(const vd *)(weights + h * HALF_LANES) * cosine
                    + *(const vd *)(weights + LANES + h * HALF_LANES) * sine;
    }
    for (int h = 0; h < HALVES; h++) {
        const vd residual = ABS_D(row[h]);
        const vd level = *(const vd *)(tile->error_level + h * HALF_LANES);
        const vd clipped_residual = SELECT_D(residual < 3.0 * level, residual, 3.0 * level);
        const vd followed = level + shape->step * (clipped_residual - level);
        limit[h] = SELECT_D(level > 0.0, followed, residual);
        *(vd *)(tile->error_level + h * HALF_LANES) = limit[h];
        limit[h] *= 3.0;
        clipped[h] = SELECT_D(row[h] > -limit[h], row[h], -limit[h]);
        clipped[h] = SELECT_D(clipped[h] < limit[h], clipped[h], limit[h]);
        clipped[h] *= 2.0 * shape->step;
    }
    for (int harmonic = 0; harmonic < n; harmonic++) {
        const double cosine = waves[2 * harmonic], sine = waves[2 * harmonic + 1];
        double *weights = tile->weights + harmonic * 2 * LANES;
        for (int h = 0; h < HALVES; h++) {
            *(vd *)(weights + h * HALF_LANES) += clipped[h] * cosine;
            *(vd *)(weights + LANES + h * HALF_LANES) += clipped[h] * sine;
        }
    }
}

/* Filter rows of a tile: ``samples`` IN rows of numbers, ``stride`` floats apart; ``waves`` IN
 * (rows, n_harmonics, 2) cosine and sine of the mains; ``out`` OUT rows ``out_stride`` apart.
 */
ALWAYS_INLINE void LANES_NAME(filter_as)(
    const FilterShape *shape, FilterTile *tile, const float *samples, ptrdiff_t stride, int rows,
    const double *waves, float *out, ptrdiff_t out_stride, const int mains, const int low
) {
    COEFFICIENTS(high);
    COEFFICIENTS(low);
    vd offset[HALVES], high1[HALVES], high2[HALVES], low1[HALVES], low2[HALVES], value[HALVES];
    for (int h = 0; h < HALVES; h++) {
        offset[h] = *(const vd *)(tile->offset + h * HALF_LANES);
        high1[h] = *(const vd *)(tile->state[0] + h * HALF_LANES);
        high2[h] = *(const vd *)(tile->state[1] + h * HALF_LANES);
        low1[h] = *(const vd *)(tile->state[2] + h * HALF_LANES);
        low2[h] = *(const vd *)(tile->state[3] + h * HALF_LANES);
    }
    for (int row = 0; row < rows; row++) {
        for (int h = 0; h < HALVES; h++) {
            value[h] = TO_DOUBLE(*(const HALF *)(samples + h * HALF_LANES)) - offset[h];
            BIQUAD(high, value[h], high1[h], high2[h]);
        }
        if (mains) LANES_NAME(cancel_mains)(shape, tile, waves, value);
        for (int h = 0; h < HALVES; h++) {
            if (low) BIQUAD(low, value[h], low1[h], low2[h]);
            *(HALF *)(out + h * HALF_LANES) = TO_FLOAT(value[h]);
        }
        samples += stride;
        waves += 2 * shape->n_harmonics;
        out += out_stride;
    }
    for (int h = 0; h < HALVES; h++) {
        *(vd *)(tile->state[0] + h * HALF_LANES) = high1[h];
        *(vd *)(tile->state[1] + h * HALF_LANES) = high2[h];
        *(vd *)(tile->state[2] + h * HALF_LANES) = low1[h];
        *(vd *)(tile->state[3] + h * HALF_LANES) = low2[h];
    }
}

static void LANES_NAME(filter)(
    const FilterShape *shape, FilterTile *tile, const float *samples, ptrdiff_t stride, int rows,
    const double *waves, float *out, ptrdiff_t out_stride
) {
    const int mains = shape->n_harmonics > 0;
    if (mains && shape->has_low)
        LANES_NAME(filter_as)(shape, tile, samples, stride, rows, waves, out, out_stride, 1, 1);
    else if (mains)
        LANES_NAME(filter_as)(shape, tile, samples, stride, rows, waves, out, out_stride, 1, 0);
    else if (shape->has_low)
        LANES_NAME(filter_as)(shape, tile, samples, stride, rows, waves, out, out_stride, 0, 1);
    else
        LANES_NAME(filter_as)(shape, tile, samples, stride, rows, waves, out, out_stride, 0, 0);
}

#undef BIQUAD
#undef COEFFICIENTS
