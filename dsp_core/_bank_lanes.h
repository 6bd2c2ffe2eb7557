/* Deflections of LANES channels; see _bank.pyx. Included once for each size and instruction set. */
#include "_lanes_types.h"

/* Take filtered rows of a tile. The running sums are integers, so that they neither drift nor
 * depend on where they began; they wrap around, and their differences are right all the same.
 * ``filtered`` IN rows of numbers, ``stride`` floats apart; ``sums`` IN/OUT running sums, (rows,
 * LANES) to be written with 3 * widest rows before them; ``whole`` IN whether there are so many;
 * ``deflection`` OUT (rows, LANES) multiples of the noise; ``peak`` OUT (LANES,) the largest;
 * ``high`` OUT (LANES,) bit i is set where that of row i is above the release level.
 */
static void LANES_NAME(deflect)(
    const BankShape *shape, BankTile *tile, const float *filtered, ptrdiff_t stride, int rows,
    uint32_t *sums, int whole, float *deflection, float *peak,
    uint32_t *high
) {
    const float limit = shape->limit, resolution = shape->resolution;
    for (int k = 0; k < GROUPS; k++) {
        const float *from = filtered + k * NATIVE;
        uint32_t *to = sums + k * NATIVE;
        vu sum = *(const vu *)(to - LANES);
        for (int row = 0; row < rows; row++, from += stride, to += LANES) {
            vf value = *(const vf *)from * resolution;
            value = MIN_F(MAX_F(value, (vf){0} - limit), (vf){0} + limit);
            /* Both sides of a deflection weigh the same, so what rounding adds cancels out. */
            sum += BITS(value + ROUNDING);
            *(vu *)to = sum;
        }
    }
    if (!whole) {
        memset(deflection, 0, (size_t)rows * LANES * sizeof(float));
        memset(peak, 0, LANES * sizeof(float));
        memset(high, 0, LANES * sizeof(uint32_t));
        return;
    }
    for (int k = 0; k < GROUPS; k++) {
        const float *from = filtered + k * NATIVE;
        const uint32_t *at = sums + k * NATIVE;
        float *to = deflection + k * NATIVE;
        vf largest = (vf){0};
        vu above = (vu){0}, bit = (vu){0} + 1;
        vf level = *(const vf *)(tile->levels[0] + k * NATIVE);
        const float release = shape->release;
        ptrdiff_t widths[N_WIDTHS];
        const uint32_t *before[N_WIDTHS]; /* where the stretch before the middle one begins */
        vf levels[N_WIDTHS], gains[N_WIDTHS];
        for (int w = 0; w < N_WIDTHS; w++) {
            levels[w] = *(const vf *)(tile->levels[1 + w] + k * NATIVE);
            gains[w] = *(const vf *)(tile->gain[w] + k * NATIVE);
            widths[w] = (ptrdiff_t)shape->widths[w] * LANES;
            before[w] = at - (ptrdiff_t)shape->middles[w] * LANES - widths[w];
        }
        for (int row = 0; row < rows; row++, from += stride, to += LANES) {
            vf found = (vf){0};
            level += ABS_F(*(const vf *)from);
            for (int w = 0; w < N_WIDTHS; w++) {
                const ptrdiff_t width = widths[w];
                const uint32_t *sum = before[w];
                const vu inner = *(const vu *)(sum + 2 * width) - *(const vu *)(sum + width);
                const vu outer = *(const vu *)(sum + 3 * width) - *(const vu *)sum;
                const vf value = ABS_F(OF_INTEGERS(inner + inner + inner - outer));
                before[w] += LANES;
                levels[w] += value;
                found = MAX_F(found, value * gains[w]);
            }
            *(vf *)to = found;
            largest = MAX_F(largest, found);
            above |= MASK_F(found > release) & bit;
            bit += bit;
        }
        *(vf *)(tile->levels[0] + k * NATIVE) = level;
        for (int w = 0; w < N_WIDTHS; w++) *(vf *)(tile->levels[1 + w] + k * NATIVE) = levels[w];
        *(vf *)(peak + k * NATIVE) = largest;
        *(vu *)(high + k * NATIVE) = above;
    }
}

/* Take the means of a short window among the quietest of the long one, unless its channel is
 * ``spoilt``: IN (LANES,).
 */
static void LANES_NAME(end_window)(
    const BankShape *shape, BankTile *tile, const unsigned char *spoilt
) {
    float least[LANES]; /* that is believed */
    for (int lane = 0; lane < LANES; lane++) least[lane] = spoilt[lane] ? INFINITY : 0.0f;
    for (int k = 0; k < GROUPS; k++)
        for (int level = 0; level < N_LEVELS; level++) {
            vf mean = *(const vf *)(tile->levels[level] + k * NATIVE) * shape->unit_uv[level];
            mean = MAX_F(mean, *(const vf *)(least + k * NATIVE));
            for (int rank = 0; rank < QUIETEST; rank++) {
                vf *const place = (vf *)(tile->quietest[level][rank] + k * NATIVE);
                const vf quiet = *place;
                *place = MIN_F(mean, quiet);
                mean = MAX_F(mean, quiet);
            }
            *(vf *)(tile->levels[level] + k * NATIVE) = (vf){0};
        }
}
