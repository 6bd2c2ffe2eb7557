"""The shape that the potentials of a train share: learnt, compared, placed and taken out."""

from libc.math cimport INFINITY, exp, fabs, sqrt
from libc.string cimport memcpy, memset

from myoscope.dsp_core._arithmetic cimport Arithmetic
from myoscope.dsp_core._window cimport close_window, fill_window, point_at, refresh_points

# A template reaches from BEFORE_MS before its largest deflection to AFTER_MS after it; the shape
# that is measured, to WIDE_AFTER_MS.
cdef double BEFORE_MS = 3.0
cdef double AFTER_MS = 6.0
cdef double WIDE_AFTER_MS = 17.0
# The spike of a template reaches so far to either side of its largest deflection.
cdef double CORE_MS = 0.6
# A potential's largest deflection lies this near to where the template has one.
cdef double REACH_MS = 0.3
# Mean square difference of equal shapes: the noise, and as many of its standard deviations; and
# this share of the template's own power, by which a shape wanders with the needle and with jitter.
cdef double NOISE_DEVIATIONS = 3.0
cdef double MISFIT_SHARE = 0.07
# Sizes of equal potentials differ by the noise and by this share of them, and by no more than so
# many standard deviations.
cdef double SIZE_SPREAD = 0.06
cdef double SIZE_DEVIATIONS = 3.0
# A deflection is another one if it differs from the template's by more than this factor.
cdef double LARGEST_RATIO = 1.7
# A shape lies no further than this from the nearest row, in rows.
cdef double LARGEST_SLIDE = 0.55
# A fast train's potentials change their size: by so much from one to the next at most, and the
# template follows by this share.
cdef double LEAST_GAIN = 0.65
cdef double RESIZING = 0.4
# By so much, as a share of its power, the misfit of a template falls at most when it is stretched.
cdef double LARGEST_STRETCH = (1.0 / LEAST_GAIN - 1.0) ** 2
# Sums of up to some hundreds of products in float32 miss by this share of the root of both powers.
cdef double ROUGH = 1e-4

cdef enum:
    MOST_PLACES = 128    # that are tried roughly at once

# The shape ends where it stays below both for so long.
cdef double EDGE_NOISE = 2.5
cdef double EDGE_SHARE = 0.05
cdef double QUIET_MS = 0.8
cdef double QUIET_ALONE_MS = 1.6
# The largest deflection of a potential is not further than this from its middle.
cdef double NEAR_MS = 2.0
# What lies beside a shape has averaged out of it after so many potentials.
cdef int AVERAGES_OUT = 5
# What was measured of a shape that was taken for another counts as so many potentials.
cdef int SEEN_BEFORE = 2
# So long are the stretches at its ends in which a shape shows what is not its own.
cdef double UNSETTLED_MS = 1.5
# It hides no more of the shape than this share of its spike.
cdef double UNSETTLED_SHARE = 0.1
# A mean that forgets, over n potentials, is as good as one of 2 n - 1: its error is this share of
# that of a mean of n.
cdef double MEAN_BLUR = 0.72
# What lay on potentials is no larger in their mean than this share of its spike.
cdef double BLUR_SHARE = 0.15
# A spike is the same again if it is as like, and as large, as this.
cdef double REPEATED = 0.9
# Time constant of what outlasts a template: an amplifier's high-pass at 20 Hz.
cdef double FADING_MS = 8.0


cdef Geometry geometry_for(int step, double rows_per_ms) noexcept nogil:
    """Return how templates lie on a signal of so many rows per millisecond."""
    cdef Geometry geometry
    geometry.step = step
    geometry.per_ms = rows_per_ms / step
    geometry.before = <int> (BEFORE_MS * geometry.per_ms)
    geometry.sharp = min(<int> SHARP_POINTS, <int> ((BEFORE_MS + AFTER_MS) * geometry.per_ms))
    geometry.wide = min(<int> WIDE_POINTS, <int> ((BEFORE_MS + WIDE_AFTER_MS) * geometry.per_ms))
    geometry.core = max(1, <int> (CORE_MS * geometry.per_ms))
    geometry.reach = max(1, <int> (REACH_MS * rows_per_ms))
    return geometry


cdef inline const float* points_at(
    const Window* window, int start, int* low, int* high
) noexcept nogil:
    """Return where a template that begins at row ``start`` finds its point 0.

    ``low``, ``high`` IN/OUT points, cut to what the window holds.
    """
    cdef int phase = start % window.step
    cdef int first = start // window.step
    if phase < 0:
        phase += window.step
        first -= 1
    if first + low[0] < 0:
        low[0] = -first
    high[0] = min(high[0], (window.count - phase) // window.step - first)
    return window.points + phase * window.stride + first


cdef inline const float* whole_points(
    const Window* window, int start, int low, int high
) noexcept nogil:
    """Return the same; NULL where the window does not hold all points ``low`` to ``high``."""
    cdef int first = low
    cdef int last = high
    cdef const float* values = points_at(window, start, &first, &last)
    return values if first == low and last == high else NULL


cdef double misfit_at(
    const Template* template, const Window* window, int start, int low, int high, double most
) noexcept nogil:
    """Return the sum of squares of what differs between points ``low`` and ``high``.

    ``most`` IN misfit from which on a larger one is as good as any.
    """
    cdef int wanted = high - low
    cdef const float* values = points_at(window, start, &low, &high)
    if 2 * (high - low) <= wanted:
        return 1e300
    # A little more, lest what is rounded seems to be less.
    most = 1.000001 * most * (high - low) / wanted
    return (
        window.arithmetic.squared_difference(
            values + low, &template.sharp[low], high - low, most
        ) * wanted / (high - low)
    )


cdef inline double power_between(
    const Arithmetic* arithmetic, const Template* template, int low, int high
) noexcept nogil:
    return arithmetic.product_of(&template.sharp[low], &template.sharp[low], high - low)


cdef double allowed(
    const Arithmetic* arithmetic, const Template* template, int low, int high, double noise_uv
) noexcept nogil:
    """Return the largest sum of squares by which equal shapes differ there."""
    cdef double count = high - low
    cdef double noise = noise_uv * noise_uv * (1.0 + 1.0 / template.count)
    return (
        noise * (count + NOISE_DEVIATIONS * sqrt(2.0 * count))
        + MISFIT_SHARE * power_between(arithmetic, template, low, high)
    )


cdef void find_extremes(
    const Arithmetic* arithmetic, Template* template, const Geometry* geometry
) noexcept nogil:
    cdef int low = template.support_from
    cdef int high = template.support_to
    cdef int apart = 2 * geometry.core
    cdef double nothing
    cdef int extreme = low + arithmetic.index_of_largest(&template.sharp[low], high - low)
    cdef float side = 1.0 if template.sharp[extreme] > 0.0 else -1.0
    cdef int second = arithmetic.index_of_most(&template.sharp[low], high - low, -side)
    cdef int before = arithmetic.index_of_most(
        &template.sharp[low], extreme - apart + 1 - low, side
    )
    cdef int after = arithmetic.index_of_most(
        &template.sharp[extreme + apart], high - extreme - apart, side
    )
    template.extreme = extreme
    template.second = low + second if second >= 0 else extreme
    template.third = low + before if before >= 0 else extreme
    if after >= 0 and (
        before < 0
        or side * template.sharp[extreme + apart + after] > side * template.sharp[template.third]
    ):
        template.third = extreme + apart + after
    template.power = max(1e-9, power_between(arithmetic, template, low, high))
    low = max(low, 1)
    high = min(high, geometry.sharp - 1)
    template.steepness = arithmetic.slope_products(
        &template.sharp[low], &template.sharp[low], max(0, high - low), &nothing
    )


cdef double fall_between(
    const Template* template, const Window* window, int start, int low, int high
) noexcept nogil:
    """Return by how much the power falls between two points when the template is taken out."""
    cdef int wanted = high - low
    cdef const float* values = points_at(window, start, &low, &high)
    if 2 * (high - low) < wanted:
        return -1e300
    return 2.0 * window.arithmetic.product_of(
        values + low, &template.sharp[low], high - low
    ) - power_between(window.arithmetic, template, low, high)


cdef double fall_at(const Template* template, const Window* window, int start) noexcept nogil:
    """Return by how much the power falls when the template is taken out at row ``start``."""
    return fall_between(
        template, window, start, template.support_from, template.support_to
    )


cdef void resize_template(
    Template* template, const Geometry* geometry, const Window* window, int start
) noexcept nogil:
    """Let a template follow the size of a potential at row ``start``, as its spike shows it."""
    cdef int index
    cdef int low = max(template.support_from, template.extreme - geometry.core)
    cdef int high = min(template.support_to, template.extreme + geometry.core + 1)
    cdef double gain = 0.5 * (
        fall_between(template, window, start, low, high) / power_between(
            window.arithmetic, template, low, high
        ) + 1.0
    )
    gain = 1.0 + RESIZING * (min(max(gain, LEAST_GAIN), 1.0 / LEAST_GAIN) - 1.0)
    for index in range(geometry.sharp):
        template.sharp[index] *= <float> gain
    for index in range(geometry.wide):
        template.wide[index] *= <float> gain
    find_extremes(window.arithmetic, template, geometry)


cdef double slid(
    const Template* template, const Geometry* geometry, const Window* window, int start, int low,
    int high
) noexcept nogil:
    """Return by how much a misfit falls when the template may lie between two rows.

    To first order a shape that comes a little later differs by so much of its slope.
    """
    cdef double slide
    cdef double product
    cdef double power
    cdef double most = LARGEST_SLIDE / geometry.step
    cdef const float* values = points_at(window, start, &low, &high)
    low = max(low, 1)
    high = min(high, geometry.sharp - 1)
    if low >= high:
        return 0.0
    power = 1e-9 + window.arithmetic.slope_products(
        values + low, &template.sharp[low], high - low, &product
    )
    slide = min(max(product / power, -most), most)
    return slide * (2.0 * product - slide * power)


cdef double size_misfit(
    const Template* template, double gain, double power, double noise_uv
) noexcept nogil:
    """Return how far a size differs, as the square of a share of what is accepted.

    The size alone is measured better than the whole shape, and tells like fibres apart.
    """
    cdef double spread = SIZE_SPREAD * SIZE_SPREAD + noise_uv * noise_uv * (
        1.0 + 1.0 / template.count
    ) / power
    return (gain - 1.0) * (gain - 1.0) / (SIZE_DEVIATIONS * SIZE_DEVIATIONS * spread)


cdef double stretched(double misfit, double fall, double power) noexcept nogil:
    """Return what is left of a misfit when the template may be taken larger or smaller.

    ``fall`` IN of the power when it is taken out as it is; ``power`` IN its own.
    """
    cdef double gain = 0.5 * (fall / power + 1.0)
    if not LEAST_GAIN < gain < 1.0 / LEAST_GAIN:
        return misfit
    return max(0.0, misfit - (gain - 1.0) * (gain - 1.0) * power)


cdef bint same_deflection(double value, double other) noexcept nogil:
    """Return whether two deflections may be the same one."""
    return value * other > 0.0 and (
        value <= LARGEST_RATIO * other and other <= LARGEST_RATIO * value
        if value > 0.0 else value >= LARGEST_RATIO * other and other >= LARGEST_RATIO * value
    )


cdef int points_there(
    const Template* template, const Geometry* geometry, const Window* window, int peak
) noexcept nogil:
    """Return before which of its points a template can be compared, wherever it lies on ``peak``.

    Where the window ends too soon it is not the whole shape; 0 where not even its spike is there.
    """
    cdef double value = point_at(window, peak)
    cdef int[3] extremes = [template.extreme, template.second, template.third]
    cdef int reach = geometry.reach + geometry.step // 2
    cdef int which
    cdef int latest
    cdef int to = geometry.sharp
    for which in range(3):
        if same_deflection(value, template.sharp[extremes[which]]):
            # Of a negative number C would not round down.
            latest = peak - extremes[which] * geometry.step + reach
            to = min(to, (window.count - latest) // geometry.step)
    return min(to, template.support_to) if to > template.extreme + geometry.core else 0


cdef bint may_lie(
    const Template* template, const Geometry* geometry, const Window* window, int peak, int to,
    double noise_uv, bint elastic, double worst, double worst_core
) noexcept nogil:
    """Return False where ``place_template`` can find nothing better than what is known.

    A quick look at all rows where it might. ``worst`` IN misfit, ``worst_core`` IN misfit of the
    spike alone that are not good enough; the others as there.
    """
    cdef const Arithmetic* arithmetic = window.arithmetic
    cdef double value = (
        window.points[(peak % window.step) * window.stride + peak // window.step]
    )
    cdef int[3] extremes = [template.extreme, template.second, template.third]
    cdef int low = max(template.support_from, template.extreme - geometry.core)
    cdef int high = min(to, template.extreme + geometry.core + 1)
    cdef int reach = geometry.reach + geometry.step // 2
    cdef int which
    cdef int row
    cdef int places
    cdef double slide
    cdef double most = -1.0
    cdef double most_core = -1.0
    cdef const float* values
    for which in range(3):
        if (which and extremes[which] == template.extreme) or not same_deflection(
            value, template.sharp[extremes[which]]
        ):
            continue
        if most < 0.0:
            most = worst * allowed(arithmetic, template, template.support_from, to, noise_uv)
            most_core = worst_core * allowed(arithmetic, template, low, high, noise_uv)
            if elastic:
                most += LARGEST_STRETCH * template.power
                most_core += LARGEST_STRETCH * power_between(arithmetic, template, low, high)
            # Sliding takes no more off the root of a misfit than so much of the slope's.
            slide = LARGEST_SLIDE / geometry.step * sqrt(template.steepness)
            most = (sqrt(most) + slide) ** 2
            most_core = (sqrt(most_core) + slide) ** 2 if worst_core > 0.0 else 0.0
        for row in range(
            peak - extremes[which] * geometry.step - reach,
            peak - extremes[which] * geometry.step - reach + geometry.step,
        ):
            # Rows a point apart lie side by side.
            places = (2 * reach + peak - extremes[which] * geometry.step - reach - row) // (
                geometry.step
            ) + 1
            values = whole_points(window, row, template.support_from, to + places - 1)
            if values == NULL or arithmetic.may_be_near(
                values, places, template.sharp, template.support_from, to, low, high, most,
                most_core,
            ):
                return True
    return False


cdef bint place_template(
    const Template* template, const Geometry* geometry, const Window* window, int peak, int to,
    double noise_uv, bint elastic, Place* place
) noexcept nogil:
    """Lay a template on the largest deflection of a window; return whether they can be one.

    ``peak`` IN row of the deflection; ``to`` IN point before which it is compared, ``support_to``
    for all of it; ``noise_uv`` IN rms of a point; ``elastic`` IN whether its size may differ;
    ``place`` OUT where it fits best, and how well.
    """
    cdef double value = (
        window.points[(peak % window.step) * window.stride + peak // window.step]
    )
    cdef int which
    cdef int extreme
    cdef int[3] extremes = [template.extreme, template.second, template.third]
    cdef int start
    cdef int centre
    cdef int row
    cdef double ratio
    cdef double misfit
    cdef double power = template.power
    cdef double best = 1e300
    for which in range(3):
        extreme = extremes[which]
        if template.sharp[extreme] * value <= 0.0 or (which and extreme == template.extreme):
            continue
        ratio = value / template.sharp[extreme]
        if ratio > LARGEST_RATIO or ratio * LARGEST_RATIO < 1.0:
            continue
        start = peak - extreme * geometry.step
        centre = start
        row = start - geometry.reach // geometry.step * geometry.step
        while row <= start + geometry.reach:
            misfit = misfit_at(template, window, row, template.support_from, to, best)
            if misfit < best:
                best = misfit
                centre = row
                place.start = row
            row += geometry.step
        for row in range(centre - geometry.step // 2, centre + geometry.step // 2 + 1):
            if row == centre:
                continue
            misfit = misfit_at(template, window, row, template.support_from, to, best)
            if misfit < best:
                best = misfit
                place.start = row
    if best == 1e300:
        return False
    if to < template.support_to:
        power = max(1e-9, power_between(window.arithmetic, template, template.support_from, to))
    place.fall = fall_between(template, window, place.start, template.support_from, to) / power
    best -= slid(template, geometry, window, place.start, template.support_from, to)
    place.size = 0.0
    if elastic:
        best = stretched(best, place.fall * power, power)
    else:
        place.size = size_misfit(template, 0.5 * (place.fall + 1.0), power, noise_uv)
    place.misfit = max(
        place.size,
        best / allowed(window.arithmetic, template, template.support_from, to, noise_uv),
    )
    return True


cdef double core_misfit(
    const Template* template, const Geometry* geometry, const Window* window, const Place* place,
    int to, double noise_uv, bint elastic
) noexcept nogil:
    """Return the misfit of a template's spike alone, as it was placed; the others as there."""
    cdef int low = max(template.support_from, template.extreme - geometry.core)
    cdef int high = min(to, template.extreme + geometry.core + 1)
    cdef double misfit = misfit_at(template, window, place.start, low, high, 1e300)
    misfit -= slid(template, geometry, window, place.start, low, high)
    if elastic:
        misfit = stretched(
            misfit, fall_between(template, window, place.start, low, high),
            power_between(window.arithmetic, template, low, high),
        )
    return misfit / allowed(window.arithmetic, template, low, high, noise_uv)


cdef double best_fall(
    const Template* template, const Geometry* geometry, const Window* window, int low, int high,
    int* start
) noexcept nogil:
    """Return the largest fall of the power, as a share of the template's own.

    ``low``, ``high`` IN rows between which its largest deflection must lie; ``start`` OUT row of
    its first point there.
    """
    cdef int row
    cdef int place
    cdef int first = low - template.extreme * geometry.step
    cdef int places = max(0, (high - low + geometry.step - 1) // geometry.step)
    cdef int coarse = first
    cdef int count = template.support_to - template.support_from
    cdef double value
    cdef double best = -1e300
    cdef float least = -INFINITY
    cdef float[MOST_PLACES + 8] rough
    cdef const float* values = NULL
    if places <= MOST_PLACES:
        values = whole_points(
            window, first, template.support_from, template.support_to + places - 1
        )
    if values != NULL:
        # Only the largest, but for what rounding does, are worth a closer look.
        values += template.support_from
        window.arithmetic.rough_products(
            values, places, &template.sharp[template.support_from], count, rough
        )
        for place in range(places):
            least = max(least, rough[place])
        least -= <float> (ROUGH * sqrt(
            template.power * window.arithmetic.product_of(values, values, count + places - 1)
        ))
    for place in range(places):
        if values == NULL or rough[place] >= least:
            row = first + place * geometry.step
            value = fall_at(template, window, row)
            if value > best:
                best = value
                coarse = row
    start[0] = coarse
    for row in range(coarse - geometry.step // 2, coarse + geometry.step // 2 + 1):
        value = fall_at(template, window, row)
        if value > best:
            best = value
            start[0] = row
    return best / template.power


cdef void end_before_repeats(Template* template, const Geometry* geometry) noexcept nogil:
    """End a new shape where its own spike comes again: a fast train and not a long potential."""
    cdef int away
    cdef int side
    cdef int index
    cdef int there
    cdef double product
    cdef double own
    cdef double others
    for side in range(-1, 2, 2):
        for away in range(2 * geometry.core, geometry.sharp):
            there = geometry.before + side * away
            if there - geometry.core < 0 or there + geometry.core >= geometry.sharp:
                break
            product = own = others = 0.0
            for index in range(-geometry.core, geometry.core + 1):
                product += template.sharp[geometry.before + index] * template.sharp[there + index]
                own += template.sharp[geometry.before + index] ** 2
                others += template.sharp[there + index] ** 2
            if product > REPEATED * own and product > REPEATED * sqrt(own * others):
                if side > 0:
                    template.support_to = min(template.support_to, there - geometry.core)
                else:
                    template.support_from = max(template.support_from, there + geometry.core + 1)
                break


cdef void start_template(
    Template* template, const Geometry* geometry, const Window* window, int peak, double noise_uv,
    bint alone
) noexcept nogil:
    """Make the shape around row ``peak`` a template.

    ``alone`` IN whether nothing else lies there, so that spikes some way off belong to it.
    """
    cdef int index
    cdef int quiet
    cdef int quiet_points = max(
        2, <int> ((QUIET_ALONE_MS if alone else QUIET_MS) * geometry.per_ms)
    )
    cdef int start = peak - geometry.before * geometry.step
    cdef double edge
    memset(template, 0, sizeof(Template))
    learn_template(template, geometry, window, start, 1)
    edge = max(EDGE_NOISE * noise_uv, EDGE_SHARE * fabs(template.sharp[geometry.before]))
    template.support_from = geometry.before
    quiet = 0
    index = geometry.before
    while index >= 0 and quiet < quiet_points:
        quiet += 1
        if fabs(template.sharp[index]) > edge:
            template.support_from = index
            quiet = 0
        index -= 1
    template.support_to = geometry.before + 1
    quiet = 0
    index = geometry.before
    while index < geometry.sharp and quiet < quiet_points:
        quiet += 1
        if fabs(template.sharp[index]) > edge:
            template.support_to = index + 1
            quiet = 0
        index += 1
    end_before_repeats(template, geometry)
    quiet_points = <int> (0.5 * QUIET_MS * geometry.per_ms)
    template.support_from = max(0, template.support_from - quiet_points)
    template.support_to = min(geometry.sharp, template.support_to + quiet_points)
    find_extremes(window.arithmetic, template, geometry)


cdef double largest_of(
    const Arithmetic* arithmetic, const Template* template, const Geometry* geometry
) noexcept nogil:
    """Return the largest deflection of the shape that is measured, near its middle."""
    cdef int reach = <int> (NEAR_MS * geometry.per_ms)
    cdef int first = max(0, geometry.before - reach)
    return fabs(
        template.wide[
            first + arithmetic.index_of_largest(
                &template.wide[first], geometry.before + reach + 1 - first
            )
        ]
    )


cdef void learn_points(
    const Arithmetic* arithmetic, Template* template, const Geometry* geometry, int first,
    int count, const float* rows, double level, double largest, int remembered
) noexcept nogil:
    """Average points of the shape that is measured, from point ``first`` on.

    ``rows`` IN (count, step) of the signal, that stands on ``level``; ``largest`` IN deflection of
    the shape; what reaches further away from it is another's.
    """
    cdef int reach = <int> (NEAR_MS * geometry.per_ms)
    cdef int part
    cdef int low
    cdef int high
    cdef int[4] ends
    ends[0] = first
    ends[3] = first + count
    ends[1] = min(max(first, geometry.before - reach), ends[3])
    ends[2] = min(max(first, geometry.before + reach + 1), ends[3])
    for part in range(3):
        low = ends[part]
        high = ends[part + 1]
        arithmetic.average_in(
            &template.wide[low], &template.seen[low], high - low,
            rows + (low - first) * geometry.step, geometry.step, level,
            1e300 if part == 1 else largest, remembered,
        )


cdef void follow_strewn(
    Template* template, const Geometry* geometry, const float* rows, int first, int last,
    double largest, double weight
) noexcept nogil:
    """Bring up to a new potential how far potentials lie about the shape that is measured.

    ``rows`` IN the signal from point ``first`` on; what is larger than ``largest`` is another's.
    """
    cdef int step = geometry.step
    cdef int index
    cdef int row
    cdef double value
    cdef double total = 0.0
    for index in range(first, last):
        value = rows[0]
        if step == 2:  # as at 20 kHz; a loop costs more than its work
            value += rows[1]
        else:
            for row in range(1, step):
                value += rows[row]
        rows += step
        value /= step
        value = value if value < largest else largest
        value = (value if value > -largest else -largest) - template.wide[index]
        total += value * value
    template.strewn += weight * (total / (last - first) - template.strewn)


cdef double blur_uv(const Template* template, int remembered) noexcept nogil:
    """Return the rms of what lay on its potentials and has not averaged out of a shape."""
    if template.count < 2:
        return 0.0
    return min(
        MEAN_BLUR * sqrt(template.strewn / min(template.count, remembered)),
        BLUR_SHARE * fabs(template.sharp[template.extreme]),
    )


cdef int seen_points(const Template* template, const Geometry* geometry) noexcept nogil:
    """Return how far the shape that is measured is known."""
    return geometry.wide if template.seen[geometry.wide - 1] else geometry.sharp


cdef void learn_template(
    Template* template, const Geometry* geometry, const Window* window, int start, int remembered
) noexcept nogil:
    """Average the potential at row ``start`` into the template.

    ``remembered`` IN potentials that count at most: a shape changes as the needle creeps.
    """
    cdef int low = 0
    cdef int high = geometry.sharp
    cdef int step = geometry.step
    cdef int reach = <int> (NEAR_MS * geometry.per_ms)
    cdef int near
    cdef int far
    cdef double largest
    cdef double weight
    cdef const float* values = points_at(window, start, &low, &high)
    template.count += 1
    weight = 1.0 / min(template.count, remembered)
    if low < high:
        window.arithmetic.approach(&template.sharp[low], values + low, high - low, weight)
    low = (max(0, -start) + step - 1) // step
    high = min(geometry.sharp, max(0, window.count - start) // step)
    near = max(low, geometry.before - reach)
    far = min(max(0, window.count - start) // step, geometry.before + reach + 1)
    largest = window.arithmetic.largest_mean(window.wide + start + near * step, step, far - near)
    if low < high:
        if template.count > 1:
            follow_strewn(
                template, geometry, window.wide + start + low * step, low, high, largest,
                max(weight, 1.0 / (template.count - 1)),
            )
        learn_points(
            window.arithmetic, template, geometry, low, high - low,
            window.wide + start + low * step, 0.0, largest, remembered,
        )
    if template.count > 1:
        find_extremes(window.arithmetic, template, geometry)


cdef bint copy_points(
    const Geometry* geometry, const Window* window, int start, float* points
) noexcept nogil:
    """Return whether a window holds all points of a template that begins at row ``start``.

    ``points`` OUT (SHARP_POINTS,) what it holds there.
    """
    cdef const float* values = whole_points(window, start, 0, geometry.sharp)
    if values == NULL:
        return False
    memcpy(points, values, geometry.sharp * sizeof(float))
    return True


cdef double reshape_template(
    const Arithmetic* arithmetic, Template* template, const Geometry* geometry,
    const float* sharp, int count
) noexcept nogil:
    """Make a template the mean of ``count`` potentials; return by how much it is larger now.

    The shape that is measured is taken to have grown as its spike has, and is soon learnt anew.
    """
    cdef int index
    cdef double gain = sqrt(
        arithmetic.product_of(
            &sharp[template.support_from], &sharp[template.support_from],
            template.support_to - template.support_from,
        ) / template.power
    )
    memcpy(template.sharp, sharp, geometry.sharp * sizeof(float))
    template.count = count
    for index in range(geometry.wide):
        template.wide[index] *= <float> gain
        template.seen[index] = min(template.seen[index], <unsigned char> SEEN_BEFORE)
    find_extremes(arithmetic, template, geometry)
    return gain


cdef double unsettled_uv(const Template* template, const Geometry* geometry) noexcept nogil:
    """Return the rms of what neighbours have left in a shape, where it has not begun or is over."""
    cdef int index
    cdef int last = seen_points(template, geometry)
    cdef int ends = <int> (UNSETTLED_MS * geometry.per_ms)
    cdef double before = 0.0
    cdef double after = 0.0
    for index in range(ends):
        before += template.wide[index] ** 2
        after += template.wide[last - 1 - index] ** 2
    return min(
        sqrt(min(before, after) / ends), UNSETTLED_SHARE * fabs(template.sharp[template.extreme])
    )


cdef void take_out(
    const Template* template, const Geometry* geometry, Window* window, int start
) noexcept nogil:
    """Take a template that begins at row ``start`` out of both signals of a window."""
    take_out_sharp(template, geometry, window, start)
    take_out_wide(template, geometry, window, start)


cdef void take_out_sharp(
    const Template* template, const Geometry* geometry, Window* window, int start
) noexcept nogil:
    """Take a template that begins at row ``start`` out of the sharpened signal."""
    window.arithmetic.subtract(
        template.sharp, template.support_from, template.support_to, window.sharp, window.count,
        start, geometry.step,
    )
    refresh_points(
        window, start + template.support_from * geometry.step,
        start + template.support_to * geometry.step,
    )


cdef void take_out_wide(
    const Template* template, const Geometry* geometry, Window* window, int start
) noexcept nogil:
    """Take a template that begins at row ``start`` out of the signal that is not sharpened.

    What goes on at the last point that was ever seen is taken to fade from there.
    """
    cdef int row
    cdef int first = 0
    cdef int last = seen_points(template, geometry)
    cdef double level
    cdef double kept = exp(-1.0 / (FADING_MS * window.per_ms))
    if template.count < AVERAGES_OUT:
        first = template.support_from
        last = template.support_to
    window.arithmetic.subtract(
        template.wide, first, last, window.wide, window.count, start, geometry.step
    )
    window.settled = min(window.settled, max(0, start + first * geometry.step))
    window.changes += 1
    level = template.wide[last - 1]
    for row in range(max(0, start + last * geometry.step), window.count):
        level *= kept
        window.wide[row] -= <float> level


def template_limits():
    """Return the constants that shapes are compared by; for tests."""
    return {
        "noise_deviations": NOISE_DEVIATIONS,
        "misfit_share": MISFIT_SHARE,
        "size_spread": SIZE_SPREAD,
        "size_deviations": SIZE_DEVIATIONS,
        "largest_ratio": LARGEST_RATIO,
        "largest_slide": LARGEST_SLIDE,
        "least_gain": LEAST_GAIN,
        "averages_out": AVERAGES_OUT,
        "fading_ms": FADING_MS,
    }


cdef class Shape:
    """A template, and what is done with it; for tests and plots.

    Parameters
    ----------
    values : (rows,) float32, microvolts
        With the first potential.
    peak : int
        Row of its largest point.
    step : int
        Rows of a point.
    per_ms : float
        Rows.
    noise_uv : float
        Rms of a point.
    alone : bool
        Whether nothing else lies there.
    """

    cdef Template template
    cdef Geometry geometry
    cdef double per_ms

    def __init__(
        self, const float[::1] values not None, int peak, int step, double per_ms,
        double noise_uv, bint alone
    ):
        cdef Window window
        self.per_ms = per_ms
        self.geometry = geometry_for(step, per_ms)
        fill_window(&window, values, step, 1, per_ms)
        start_template(&self.template, &self.geometry, &window, peak, noise_uv, alone)
        close_window(&window)

    def learn(self, const float[::1] values not None, int start, int remembered):
        """Average in the potential whose template begins at row ``start``."""
        cdef Window window
        fill_window(&window, values, self.geometry.step, 1, self.per_ms)
        learn_template(&self.template, &self.geometry, &window, start, remembered)
        close_window(&window)

    def resize(self, const float[::1] values not None, int start):
        """Follow the size of the potential whose template begins at row ``start``."""
        cdef Window window
        fill_window(&window, values, self.geometry.step, 1, self.per_ms)
        resize_template(&self.template, &self.geometry, &window, start)
        close_window(&window)

    def place(
        self, const float[::1] values not None, int peak, double noise_uv, bint elastic,
        bint begun=False
    ):
        """Return the ``Place`` of the template on the point at row ``peak``; None if there is none.

        And in ``core`` the misfit of its spike alone.
        ``begun`` : only what is there of it is compared, wherever it lies.
        """
        cdef Window window
        cdef Place place
        cdef int to = self.template.support_to
        cdef double core = 0.0
        fill_window(&window, values, self.geometry.step, 1, self.per_ms)
        if begun:
            to = points_there(&self.template, &self.geometry, &window, peak)
        found = to > 0 and place_template(
            &self.template, &self.geometry, &window, peak, to, noise_uv, elastic, &place
        )
        if found:
            core = core_misfit(
                &self.template, &self.geometry, &window, &place, to, noise_uv, elastic
            )
        close_window(&window)
        return {**place, "core": core} if found else None

    def best_fall(self, const float[::1] values not None, int low, int high):
        """Return (largest fall of the power, row of the template's first point there)."""
        cdef Window window
        cdef int start = 0
        fill_window(&window, values, self.geometry.step, 1, self.per_ms)
        fall = best_fall(&self.template, &self.geometry, &window, low, high, &start)
        close_window(&window)
        return fall, start

    def take_out(self, const float[::1] values not None, int start):
        """Return (values, sharpened values) without the template that begins at row ``start``."""
        cdef Window window
        cdef int row
        fill_window(&window, values, self.geometry.step, 1, self.per_ms)
        take_out(&self.template, &self.geometry, &window, start)
        wide = [window.wide[row] for row in range(window.count)]
        sharp = [window.sharp[row] for row in range(window.count)]
        close_window(&window)
        return wide, sharp

    @property
    def state(self):
        """The template and its geometry: fields of ``Template``, and every one of ``Geometry``."""
        cdef Geometry geometry = self.geometry
        return {
            "count": self.template.count,
            "support": (self.template.support_from, self.template.support_to),
            "extreme": self.template.extreme,
            "second": self.template.second,
            "third": self.template.third,
            "strewn": self.template.strewn,
            "sharp": [self.template.sharp[index] for index in range(geometry.sharp)],
            "wide": [self.template.wide[index] for index in range(geometry.wide)],
            "seen": [self.template.seen[index] for index in range(geometry.wide)],
            "geometry": geometry,
        }
