"""From a candidate to the potentials in it, each of a known shape or of a new one."""

from libc.math cimport fabs
from libc.string cimport memcpy

from myoscope.dsp_core._bursts cimport add_to_burst, judge_burst
from myoscope.dsp_core._context cimport fade_counts, of_burst, of_movement
from myoscope.dsp_core._excerpt cimport (
    largest_row, measure_spike, measure_window, noise_around_uv, stands_out,
)
from myoscope.dsp_core._kinds cimport FIBRILLATION, POSITIVE_SHARP_WAVE
from myoscope.dsp_core._lives cimport free_train, wake
from myoscope.dsp_core._splitting cimport forget_excerpts, keep_excerpt
from myoscope.dsp_core._stream cimport (
    FAST_HZ, KNOWN_SHAPE, MOST_FOUND, SLOWEST_PART_MS, Channel, Stream,
    is_live, remembered_by,
)
from myoscope.dsp_core._tails cimport await_tail
from myoscope.dsp_core._templates cimport (
    Geometry, Place, Template, best_fall, core_misfit, learn_template, may_lie, place_template,
    points_there, resize_template, start_template, take_out, take_out_sharp, take_out_wide,
)
from myoscope.dsp_core._trains cimport Train, start_train
from myoscope.dsp_core._waveform cimport Waveform
from myoscope.dsp_core._window cimport Window, point_at, refresh_window, sharpest

cdef enum:
    MOST_PARTS = 12      # potentials that one candidate is resolved into
    MOST_JOINT = 4       # of them that are found only together

# What is left of a candidate is another potential if its spike is larger than so many times the
# noise and than this share of those that were taken out beside it: shapes wander by as much.
cdef double LEFT_NOISE = 4.5
cdef double LEFT_SHARE = 0.35
cdef double BESIDE_MS = 3.0
# Spikes without a known shape that lie this near to each other are one waveform.
cdef double ONE_SHAPE_MS = 12.0
# What a motor unit leaves is more of it: its fibres jitter, and some are missing now and then.
cdef int COMPOUND_PHASES = 4
cdef double COMPOUND_MS = 6.0
cdef double COMPOUND_SHARE = 0.8
# Taking a shape out where it is a part of a superposition lets the power fall by more than this
# share of its own.
cdef double PART_SHARE = 0.6
# Beside another a shape is placed anew within so much of where it seemed to lie.
cdef double JOINT_MS = 0.5
# Several together leave no more than this share of their power, and so many times the noise's.
cdef double JOINT_SHARE = 0.03
cdef double JOINT_NOISE = 2.0
# No fibre fires again so soon.
cdef double REFRACTORY_MS = 2.0


cdef void resolve(
    Stream* stream, int channel, long long origin, int low, int high, int widest
) noexcept nogil:
    """Hand on the potentials between rows ``low`` and ``high`` of the window, one by one.

    A potential of a known shape is taken out of the window; what then still stands out is the
    next. Where the largest spike has no known shape, it may be several known ones that lie on
    top of each other.

    ``origin`` IN sample of row 0; ``widest`` IN row of the largest deflection.
    """
    cdef Channel* state = &stream.channels[channel]
    cdef double noise_uv = noise_around_uv(stream, channel)
    cdef int n_parts
    cdef int index
    cdef int peak
    cdef int start
    cdef int unknown = -1
    cdef double loudest = 1e300    # that is more of the unknown
    cdef double least
    cdef double level
    cdef bint whole
    cdef Train* train
    cdef Template* template = NULL
    cdef int[MOST_PARTS] peaks
    cdef double[MOST_PARTS] levels
    for n_parts in range(MOST_PARTS):
        peak = sharpest(&stream.window, low, high)
        level = fabs(point_at(&stream.window, peak))
        least = LEFT_NOISE * noise_uv
        if n_parts == 0 and level < least:
            peak = widest
            level = fabs(point_at(&stream.window, peak))
        elif n_parts > 0:
            for index in range(n_parts):
                if abs(peaks[index] - peak) < <int> (BESIDE_MS * stream.per_ms):
                    least = max(least, LEFT_SHARE * levels[index])
            if level < least:
                return
            if template != NULL:
                # Not before, for mostly nothing is left in the sharpened signal.
                take_out_wide(template, &stream.geometry, &stream.window, start)
                template = NULL
            if not stands_out(stream, channel, low, high):
                return
        peaks[n_parts] = peak
        levels[n_parts] = level
        train = shape_at(stream, state, peak, False, noise_uv, &start, &whole)
        if train != NULL:
            assign(stream, channel, train, origin, start, whole)
            template = &train.template
            if train.shape.phases >= COMPOUND_PHASES and (
                train.shape.duration_ms > COMPOUND_MS
            ):
                unknown = peak
                loudest = COMPOUND_SHARE * level
        elif not state.in_burst and resolve_joint(stream, channel, origin, peak, noise_uv):
            continue
        else:
            start = peak - stream.geometry.before * stream.geometry.step
            if (
                unknown >= 0 and abs(peak - unknown) < <int> (ONE_SHAPE_MS * stream.per_ms)
                and level < loudest
            ) or (n_parts > 0 and is_slow(stream, channel, peak)):
                # More of the same, as far as anyone can tell.
                template = &stream.unknown
                start_template(template, &stream.geometry, &stream.window, peak, noise_uv, False)
            else:
                train = new_shape(stream, channel, origin, peak, noise_uv, n_parts == 0)
                if train == NULL:
                    return
                template = &train.template
                unknown = peak
                loudest = 1e300
        take_out_sharp(template, &stream.geometry, &stream.window, start)


cdef bint is_slow(Stream* stream, int channel, int peak) noexcept nogil:
    """Return whether what stands out at row ``peak`` is slower than any potential's spike."""
    cdef Waveform waveform
    measure_spike(stream, channel, peak, &waveform)
    return waveform.half_width_ms > SLOWEST_PART_MS


cdef Train* shape_at(
    Stream* stream, Channel* state, int peak, bint begun, double noise_uv, int* start, bint* whole
) noexcept nogil:
    """Return the train whose shape lies at row ``peak``, NULL if there is none.

    ``begun`` IN whether the window may end before the shape does, so that only what is there is
    compared; ``start`` OUT row of its template's first point; ``whole`` OUT whether all of the
    shape is there, and not its spike alone while another potential covers the rest.
    """
    cdef int index
    cdef int to
    cdef double best = 1.0
    cdef double best_core = 1.0
    cdef double core
    cdef Place place
    cdef Train* train
    cdef Train* found = NULL
    cdef Train* found_core = NULL
    cdef int core_start = 0
    for index in range(state.places):
        train = &state.trains[index]
        if not train.used:
            continue
        to = train.template.support_to
        if begun:
            to = points_there(&train.template, &stream.geometry, &stream.window, peak)
        if to == 0 or not may_lie(
            &train.template, &stream.geometry, &stream.window, peak, to, noise_uv,
            train.rate_hz > FAST_HZ, best, best_core if found == NULL else 0.0,
        ) or not place_template(
            &train.template, &stream.geometry, &stream.window, peak, to, noise_uv,
            train.rate_hz > FAST_HZ, &place,
        ):
            continue
        if place.misfit < best:
            best = place.misfit
            start[0] = place.start
            found = train
        elif found == NULL and place.fall > PART_SHARE:
            core = core_misfit(
                &train.template, &stream.geometry, &stream.window, &place, to, noise_uv,
                train.rate_hz > FAST_HZ,
            )
            if core < best_core:
                best_core = core
                core_start = place.start
                found_core = train
    whole[0] = found != NULL
    if found == NULL:
        found = found_core
        start[0] = core_start
    return found


cdef bint resolve_joint(
    Stream* stream, int channel, long long origin, int peak, double noise_uv
) noexcept nogil:
    """Return whether known shapes together make the spike at row ``peak``; hand them on."""
    cdef Channel* state = &stream.channels[channel]
    cdef int reach = <int> (2.0 * stream.per_ms)
    cdef int near = <int> (stream.per_ms)
    cdef int room = stream.window.count
    cdef int n_parts
    cdef int index
    cdef int start = 0
    cdef double fall
    cdef double best
    cdef double largest = 0.0
    cdef double power = 0.0
    cdef double left
    cdef Train* train
    cdef (Train*)[MOST_JOINT] parts
    cdef int[MOST_JOINT] starts
    memcpy(stream.kept, stream.window.wide, room * sizeof(float))
    memcpy(stream.kept + room, stream.window.sharp, room * sizeof(float))
    for n_parts in range(MOST_JOINT):
        best = 0.0
        parts[n_parts] = NULL
        for index in range(state.places):
            train = &state.trains[index]
            if train.used and train.potentials >= KNOWN_SHAPE:
                fall = best_fall(
                    &train.template, &stream.geometry, &stream.window, peak - reach, peak + reach,
                    &start,
                )
                # The largest share would be the smallest shape's.
                if fall > PART_SHARE and fall * train.template.power > best:
                    best = fall * train.template.power
                    starts[n_parts] = start
                    parts[n_parts] = train
        train = parts[n_parts]
        if train == NULL:
            break
        largest = max(largest, fabs(train.template.sharp[train.template.extreme]))
        power += train.template.power
        if n_parts > 0:
            place_together(stream, parts, starts, n_parts + 1, room)
        else:
            take_out(&train.template, &stream.geometry, &stream.window, starts[n_parts])
        left = fabs(
            point_at(&stream.window, sharpest(&stream.window, peak - near, peak + near))
        )
        if left < max(0.8 * LEFT_NOISE * noise_uv, LEFT_SHARE * largest) and (
            power_around(&stream.geometry, &stream.window, peak, near) < JOINT_SHARE * power
            + JOINT_NOISE * noise_uv * noise_uv * (2.0 * near / stream.geometry.step)
        ):
            for index in range(n_parts + 1):
                assign_part(stream, channel, parts[index], origin, starts[index], True)
            return True
    restore_window(stream, room)
    return False


cdef double power_around(
    const Geometry* geometry, const Window* window, int peak, int reach
) noexcept nogil:
    """Return the power of the points within so many rows of one."""
    cdef int row = peak - reach
    cdef double power = 0.0
    while row < peak + reach:
        power += point_at(window, row) ** 2
        row += geometry.step
    return power


cdef void restore_window(Stream* stream, int room) noexcept nogil:
    """Undo what was taken out of the window since it was kept."""
    memcpy(stream.window.wide, stream.kept, room * sizeof(float))
    memcpy(stream.window.sharp, stream.kept + room, room * sizeof(float))
    refresh_window(&stream.window)


cdef void place_together(
    Stream* stream, Train** parts, int* starts, int n_parts, int room
) noexcept nogil:
    """Move each of several shapes to where it lies best beside the others; take all out.

    The largest was placed before it was known what else is there.
    """
    cdef int near = <int> (JOINT_MS * stream.per_ms)
    cdef int moved
    cdef int index
    cdef int extreme
    for moved in range(n_parts + 1):
        restore_window(stream, room)
        for index in range(n_parts):
            if index != moved:
                take_out(
                    &parts[index].template, &stream.geometry, &stream.window, starts[index]
                )
        if moved < n_parts:
            extreme = (
                starts[moved] + parts[moved].template.extreme * stream.geometry.step
            )
            best_fall(
                &parts[moved].template, &stream.geometry, &stream.window, extreme - near,
                extreme + near + 1, &starts[moved],
            )


cdef Train* new_shape(
    Stream* stream, int channel, long long origin, int peak, double noise_uv, bint alone
) noexcept nogil:
    """Start a train with a shape that was not met before; NULL where it is too small.

    ``alone`` IN whether no other potential was found in the window.
    """
    cdef Channel* state = &stream.channels[channel]
    cdef Train* train
    cdef Waveform waveform
    cdef long long sample
    measure_spike(stream, channel, peak, &waveform)
    if (
        waveform.amplitude_uv < stream.limits.smallest_uv
        or waveform.amplitude_uv < 3.0 * stream.noise[channel]
    ):
        return NULL
    train = free_train(stream, channel)
    start_train(train)
    forget_excerpts(stream, channel, train)
    start_template(&train.template, &stream.geometry, &stream.window, peak, noise_uv, alone)
    train.shape_class = state.n_shapes
    state.n_shapes += 1
    train.largest = (
        largest_row(stream, &waveform, waveform.onset, waveform.end + 1) if alone
        else waveform.peak
    ) - peak
    sample = origin + peak + train.largest
    fade_counts(stream, state)
    state.orphans += 1.0
    if of_burst(stream, state, sample):
        train.seed = True
        train.last_sample = sample
        train.amplitude_uv = waveform.amplitude_uv
        add_to_burst(stream, channel, &waveform, sample)
        state.burst_end = max(state.burst_end, sample)
        judge_burst(stream, state)
        return train
    wake(stream, channel, train)
    await_tail(
        stream, channel, train, origin + peak - stream.geometry.before * stream.geometry.step
    )
    note(stream, train, &waveform, origin + peak, sample, False)
    return train


cdef void assign(
    Stream* stream, int channel, Train* train, long long origin, int start, bint whole
) noexcept nogil:
    """Add a potential to the train whose shape it has.

    ``origin`` IN sample of row 0; ``start`` IN row of the template's first point; ``whole`` IN
    whether nothing else lies on it.
    """
    cdef int step = stream.geometry.step
    cdef int peak = start + stream.geometry.before * step
    cdef int low = max(
        0, min(peak - stream.furthest_rows, start + train.template.support_from * step)
    )
    cdef int high = min(
        stream.window.count,
        max(peak + stream.furthest_rows, start + train.template.support_to * step),
    )
    cdef Waveform waveform
    if of_movement(stream, &stream.channels[channel], train, origin + peak):
        assign_part(stream, channel, train, origin, start, False)
        return
    if not whole and train.met >= KNOWN_SHAPE:
        if train.rate_hz > FAST_HZ:
            resize_template(&train.template, &stream.geometry, &stream.window, start)
        assign_part(stream, channel, train, origin, start, False)
        return
    if just_fired(stream, train, origin + peak):
        return
    measure_window(stream, channel, low, high, &waveform)
    train.largest = (
        waveform.peak if has_one_spike(train) else largest_row(stream, &waveform, low, high)
    ) - peak
    if not waveform.ended:
        waveform.duration_ms = max(waveform.duration_ms, train.shape.duration_ms)
    learn_template(
        &train.template, &stream.geometry, &stream.window, start, remembered_by(train)
    )
    if not is_live(train):
        wake(stream, channel, train)
        forget_excerpts(stream, channel, train)
    keep_excerpt(stream, channel, train, start, origin + peak)
    await_tail(stream, channel, train, origin + start)
    note(stream, train, &waveform, origin + peak, origin + peak + train.largest, False)


cdef void assign_part(
    Stream* stream, int channel, Train* train, long long origin, int start, bint joint
) noexcept nogil:
    """Add a potential that teaches nothing: it lies under others, or the needle moves.

    ``joint`` IN whether it was found only together with others.
    """
    cdef long long sample = origin + start + stream.geometry.before * stream.geometry.step
    cdef Waveform waveform = train.shape
    if just_fired(stream, train, sample):
        return
    waveform.amplitude_uv = <float> train.amplitude_uv
    waveform.duration_ms = <float> train.duration_ms
    if not is_live(train):
        wake(stream, channel, train)
    note(
        stream, train, &waveform, sample,
        sample + (
            (train.shape.peak - stream.geometry.before) * stream.geometry.step
            if has_one_spike(train) else train.largest
        ),
        joint,
    )


cdef inline bint has_one_spike(const Train* train) noexcept nogil:
    """Return whether a train is a fibre's: other peaks are its neighbours'."""
    return FIBRILLATION <= train.kind <= POSITIVE_SHARP_WAVE


cdef bint just_fired(const Stream* stream, const Train* train, long long sample) noexcept nogil:
    """Return whether this is a potential that the train has already: no fibre fires so soon."""
    cdef int index
    cdef double soon = REFRACTORY_MS * stream.per_ms
    for index in range(stream.n_found):
        if stream.found[index].train == train and (
            fabs(<double> (sample - stream.found[index].sample)) < soon
        ):
            return True
    return train.potentials > 0 and fabs(<double> (sample - train.last_sample)) < soon


cdef void note(
    Stream* stream, Train* train, const Waveform* waveform, long long sample, long long largest,
    bint joint
) noexcept nogil:
    """Keep a potential until all of its candidate are known.

    ``sample`` IN aligned to the template; ``largest`` IN of the largest deflection; ``joint`` IN
    whether it was found only together with others.
    """
    cdef int place = stream.n_found
    if stream.n_found == MOST_FOUND:
        return
    # The largest was found first; a rhythm is made of what comes one after the other.
    while place > 0 and stream.found[place - 1].sample > sample:
        stream.found[place] = stream.found[place - 1]
        place -= 1
    stream.found[place].train = train
    stream.found[place].sample = sample
    stream.found[place].largest = largest
    stream.found[place].waveform = waveform[0]
    stream.found[place].joint = joint
    stream.n_found += 1
    train.awaited = True
