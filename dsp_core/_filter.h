/* The filter's kernels for each size of a tile and each instruction set; see _filter.pyx. */
#ifndef MYOSCOPE_FILTER_H
#define MYOSCOPE_FILTER_H

#include "_lanes.h"

#define MAX_HARMONICS 32
/* float32 just below 1e7, as bits: larger numbers than any amplifier's range only overflow. */
#define LARGEST_BITS 0x4b18967fu

/* One biquad; a0 is 1. */
typedef struct {
    double b0, b1, b2, a1, a2;
} Section;

/* Of a stream. */
typedef struct {
    Section high, low;
    int has_low;
    int n_harmonics;
    double step; /* of the canceller's weights */
} FilterShape;

/* Of up to 8 channels; rows of LANES values. */
typedef struct {
    double offset[MAX_LANES];      /* first row, so that the high-pass starts settled */
    float held[MAX_LANES];         /* newest number */
    double state[4][MAX_LANES];    /* of the high-pass, then of the low-pass */
    double error_level[MAX_LANES]; /* running mean |residual| of the canceller */
    double *weights;               /* (n_harmonics, 2, LANES): in phase, in quadrature */
} FilterTile;

typedef struct {
    int (*any_missing)(const float *, ptrdiff_t, int);
    void (*filter)(
        const FilterShape *, FilterTile *, const float *, ptrdiff_t, int, const double *, float *,
        ptrdiff_t
    );
} FilterLanes;

#define KERNEL "_filter_lanes.h"
#include "_lanes_sizes.h"
#undef KERNEL

#define TABLE_ROW(lanes, set) {JOIN(any_missing, lanes, set), JOIN(filter, lanes, set)}
static const FilterLanes FILTER_LANES[INSTRUCTION_SETS][TILE_SIZES] = LANES_TABLE;
#undef TABLE_ROW

#endif
