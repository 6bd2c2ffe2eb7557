/* The bank's kernels for each size of a tile and each instruction set; see _bank.pyx. */
#ifndef MYOSCOPE_BANK_H
#define MYOSCOPE_BANK_H

#include "_lanes.h"

#define N_WIDTHS 3
#define N_LEVELS 4 /* the filtered signal itself, then each width */
#define QUIETEST 6 /* short windows of a long one that are remembered */

/* Of a stream. */
typedef struct {
    int widths[N_WIDTHS];  /* rows, even, rising */
    int middles[N_WIDTHS]; /* rows from the newest back to where the middle stretch begins */
    float resolution;      /* steps in a microvolt that the running sums know */
    float limit;           /* larger values, in steps, are cut off, lest the sums overflow */
    float release;         /* deflection, in multiples of the noise, that is called high */
    float unit_uv[N_LEVELS]; /* mean of the short window for a sum of 1 */
} BankShape;

/* Of up to 8 channels; rows of LANES values. */
typedef struct {
    float levels[N_LEVELS][MAX_LANES]; /* sums of |signal|, |deflection| over the short window */
    float quietest[N_LEVELS][QUIETEST][MAX_LANES]; /* smallest means of the long window, rising */
    float gain[N_WIDTHS][MAX_LANES];   /* 1 / noise, in the units of the sums */
    uint32_t *sums;                    /* (rows, LANES): running sums of the filtered signal */
} BankTile;

typedef struct {
    void (*deflect)(
        const BankShape *, BankTile *, const float *, ptrdiff_t, int, uint32_t *, int, float *,
        float *, uint32_t *
    );
    void (*end_window)(const BankShape *, BankTile *, const unsigned char *);
} BankLanes;

#define KERNEL "_bank_lanes.h"
#include "_lanes_sizes.h"
#undef KERNEL

#define TABLE_ROW(lanes, set) {JOIN(deflect, lanes, set), JOIN(end_window, lanes, set)}
static const BankLanes BANK_LANES[INSTRUCTION_SETS][TILE_SIZES] = LANES_TABLE;
#undef TABLE_ROW

#endif
