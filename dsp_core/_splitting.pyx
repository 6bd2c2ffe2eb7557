"""Fibres that were taken for one, told apart once their potentials have been compared.

A shape may wander with the needle and with jitter, so that two fibres whose potentials look much
the same come into one train, or two that do not, if its template slid between them. The newest
potentials of a train differ most in one direction: those of one fibre scatter along it about one
place, those of two about two, and by when they come it is plain that they are two.
"""

from libc.math cimport fabs, round, sqrt
from libc.string cimport memcpy, memset

from myoscope.dsp_core._arithmetic cimport Arithmetic
from myoscope.dsp_core._excerpt cimport point_noise_uv
from myoscope.dsp_core._kinds cimport QUICK_MS
from myoscope.dsp_core._lives cimport free_train, wake
from myoscope.dsp_core._stream cimport EXCERPTS, TRAINS, Excerpt, Gallery, Stream, is_live
from myoscope.dsp_core._templates cimport SHARP_POINTS, copy_points, reshape_template
from myoscope.dsp_core._trains cimport MOST_TIMES, Train, newest_times, set_times, uncouple

# Potentials of a train are compared from so many on, with every so many more; less often once there
# are as many as are kept.
cdef int FEWEST = 12
cdef int EVERY = 4
cdef int EVERY_LATER = 12
# Either fibre has so many of them.
cdef int FEWEST_OF_ONE = 4
# Both are plainly apart by so many standard deviations, with nothing between them in this share of
# it. The halves of what is normally distributed are apart by 2.7, those of a uniform drift by 3.5:
# from the least on, the rhythm decides.
cdef double APART = 5.0
cdef double EMPTY = 0.35
cdef double LEAST_APART = 3.0
# A train that has no interval shorter than this share of the median is one fibre's.
cdef double SHORTEST_SHARE = 0.8
# So many potentials keep a beat if they miss it by less than this share; with another fibre's they
# miss it by more than this, and by so many times as much.
cdef int FEWEST_EVEN = 6
cdef double ON_BEAT = 0.06
cdef double OFF_BEAT = 0.09
cdef double MORE_OFF = 2.5
# The direction is found once it was turned so often.
cdef int TURNS = 4


cdef inline Gallery* gallery_of(
    const Stream* stream, int channel, const Train* train
) noexcept nogil:
    return &stream.galleries[channel * TRAINS + (train - &stream.channels[channel].trains[0])]


cdef void keep_excerpt(
    Stream* stream, int channel, const Train* train, int start, long long sample
) noexcept nogil:
    """Keep a potential that lies alone.

    ``start`` IN row of its template's first point; ``sample`` IN aligned to the template.
    """
    cdef Gallery* gallery = gallery_of(stream, channel, train)
    cdef Excerpt* excerpt = &gallery.excerpts[gallery.count % EXCERPTS]
    if copy_points(&stream.geometry, &stream.window, start, excerpt.sharp):
        excerpt.sample = sample
        gallery.count += 1


cdef void forget_excerpts(Stream* stream, int channel, const Train* train) noexcept nogil:
    """Forget the potentials of a train: its shape or its rhythm is another now."""
    cdef Gallery* gallery = gallery_of(stream, channel, train)
    gallery.count = 0
    gallery.compared = 0


cdef void try_splitting(Stream* stream, int channel, Train* train) noexcept nogil:
    """Part a train in two where its newest potentials are those of two fibres."""
    cdef Gallery* gallery = gallery_of(stream, channel, train)
    cdef int count = min(gallery.count, <int> EXCERPTS)
    cdef int first
    cdef bint plainly
    cdef int[EXCERPTS] places
    if (
        gallery.count < FEWEST
        or gallery.count - gallery.compared < (EVERY if count < EXCERPTS else EVERY_LATER)
        or not is_live(train)
        or not train.shortest < SHORTEST_SHARE * stream.rate_hz / train.rate_hz
    ):
        return
    gallery.compared = gallery.count
    first = cut_between(
        stream.arithmetic, gallery, count, train.template.support_from,
        train.template.support_to, point_noise_uv(stream, channel), places, &plainly,
    )
    if first > 0 and fire_apart(stream, gallery, places, first, count, plainly):
        part(stream, channel, train, gallery, places, first, count)


cdef int cut_between(
    const Arithmetic* arithmetic, const Gallery* gallery, int count, int low, int high,
    double noise_uv, int* places, bint* plainly
) noexcept nogil:
    """Return how many potentials are of the first of two kinds; 0 where there are no two.

    ``low``, ``high`` IN points that are compared; ``noise_uv`` IN rms of one; ``places`` OUT of the
    potentials in the gallery, those of the first kind first; ``plainly`` OUT whether there are two
    by their shapes alone.
    """
    cdef int index
    cdef int place
    cdef int first = 0
    cdef double[EXCERPTS] scores
    cdef double[EXCERPTS] ordered
    cdef double total = 0.0
    cdef double square = 0.0
    cdef double left = 0.0
    cdef double apart
    cdef double between
    cdef double furthest = 0.0
    cdef double spread
    cdef double best = -1.0
    score(arithmetic, gallery, count, low, high, scores)
    for place in range(count):
        index = place
        while index > 0 and ordered[index - 1] > scores[place]:
            ordered[index] = ordered[index - 1]
            places[index] = places[index - 1]
            index -= 1
        ordered[index] = scores[place]
        places[index] = place
        total += scores[place]
        square += scores[place] * scores[place]
    for index in range(1, count):
        left += ordered[index - 1]
        if index < FEWEST_OF_ONE or count - index < FEWEST_OF_ONE:
            continue
        apart = (total - left) / (count - index) - left / index
        between = apart * apart * index * (count - index) / count
        if between > best:
            best = between
            furthest = apart
            first = index
    spread = sqrt(max((square - total * total / count - best) / (count - 2), noise_uv * noise_uv))
    plainly[0] = furthest > APART * spread and (
        ordered[first] - ordered[first - 1] > EMPTY * furthest
    )
    return first if furthest > LEAST_APART * spread else 0


cdef void score(
    const Arithmetic* arithmetic, const Gallery* gallery, int count, int low, int high,
    double* scores
) noexcept nogil:
    """Measure potentials along the direction in which they differ most.

    ``scores`` OUT (count,) microvolts. The largest principal component, by power iteration from
    the potential that is the least like the others.
    """
    cdef int index
    cdef int place
    cdef int _
    cdef double power
    cdef double level
    cdef double most = -1.0
    cdef float weight
    cdef const float* values
    cdef float[SHARP_POINTS] mean
    cdef float[SHARP_POINTS] direction
    memset(mean, 0, sizeof(mean))
    for place in range(count):
        values = &gallery.excerpts[place].sharp[0]
        for index in range(low, high):
            mean[index] += values[index] / <float> count
    for place in range(count):
        values = &gallery.excerpts[place].sharp[0]
        power = arithmetic.squared_difference(values + low, &mean[low], high - low, 1e300)
        if power > most:
            most = power
            for index in range(low, high):
                direction[index] = values[index] - mean[index]
    for _ in range(TURNS):
        power = arithmetic.product_of(&direction[low], &direction[low], high - low)
        weight = <float> (1.0 / sqrt(max(power, 1e-30)))
        for index in range(low, high):
            direction[index] *= weight
        level = arithmetic.product_of(&direction[low], &mean[low], high - low)
        for place in range(count):
            scores[place] = arithmetic.product_of(
                &direction[low], &gallery.excerpts[place].sharp[low], high - low
            ) - level
        memset(direction, 0, sizeof(direction))
        for place in range(count):
            values = &gallery.excerpts[place].sharp[0]
            weight = <float> scores[place]
            for index in range(low, high):
                direction[index] += weight * (values[index] - mean[index])


cdef bint fire_apart(
    const Stream* stream, const Gallery* gallery, const int* places, int first, int count,
    bint plainly
) noexcept nogil:
    """Return whether two kinds of potentials are of two fibres by when they come.

    One of them keeps a beat and the other comes off it; or each rests after a potential, both
    together do not, and they are plainly apart. For a motor unit's shape may change from one
    potential to the next and back.
    """
    cdef double quick = QUICK_MS * stream.per_ms
    cdef double[MOST_TIMES] whole
    cdef double[MOST_TIMES] one
    cdef double[MOST_TIMES] two
    sorted_times(gallery, places, 0, count, whole)
    sorted_times(gallery, places, 0, first, one)
    sorted_times(gallery, places, first, count, two)
    return take_turns(one, first, two, count - first) and ((
        plainly and shortest_of(whole, count) < quick and shortest_of(one, first) > quick
        and shortest_of(two, count - first) > quick
    ) or keeps_beat(stream.arithmetic, one, first, whole, count) or keeps_beat(
        stream.arithmetic, two, count - first, whole, count
    ))


cdef bint take_turns(const double* one, int n_one, const double* two, int n_two) noexcept nogil:
    """Return whether potentials of two kinds come in turns, newest first.

    One kind after the other is a shape that changes.
    """
    cdef int first = 0
    cdef int second = 0
    cdef int turns = 0
    cdef bint of_first
    cdef bint before = one[0] > two[0]
    while first < n_one and second < n_two:
        of_first = one[first] > two[second]
        turns += of_first != before
        before = of_first
        if of_first:
            first += 1
        else:
            second += 1
    return turns >= min(n_one, n_two)


cdef double shortest_of(const double* times, int count) noexcept nogil:
    """Return the shortest interval between some times, newest first."""
    cdef int index
    cdef double shortest = 1e300
    for index in range(1, count):
        shortest = min(shortest, times[index - 1] - times[index])
    return shortest


cdef bint keeps_beat(
    const Arithmetic* arithmetic, const double* times, int count, const double* whole, int n_whole
) noexcept nogil:
    """Return whether some times keep a beat that all together do not; newest first."""
    cdef int index
    cdef double period
    cdef double own
    cdef float[MOST_TIMES] intervals
    if count < FEWEST_EVEN:
        return False
    for index in range(1, count):
        intervals[index - 1] = <float> (times[index - 1] - times[index])
    arithmetic.sort_floats(intervals, count - 1)
    period = intervals[(count - 1) // 2]
    own = off_beat(times, count, period)
    return own < ON_BEAT and off_beat(whole, n_whole, period) > max(OFF_BEAT, MORE_OFF * own)


cdef double off_beat(const double* times, int count, double period) noexcept nogil:
    """Return by how much intervals miss whole numbers of a period on average, as a share of it.

    What lay under another potential is missing. 0.25 for times at random.
    """
    cdef int index
    cdef double beats
    cdef double total = 0.0
    for index in range(1, count):
        beats = (times[index - 1] - times[index]) / period
        total += fabs(beats - round(beats))
    return total / (count - 1)


cdef int sorted_times(
    const Gallery* gallery, const int* places, int low, int high, double* times
) noexcept nogil:
    """Return how many potentials are at some places of a gallery.

    ``times`` OUT (MOST_TIMES,) their samples, the newest first.
    """
    cdef int index
    cdef int place
    cdef double sample
    for index in range(low, high):
        sample = <double> gallery.excerpts[places[index]].sample
        place = index - low
        while place > 0 and times[place - 1] < sample:
            times[place] = times[place - 1]
            place -= 1
        times[place] = sample
    return high - low


cdef void part(
    Stream* stream, int channel, Train* train, Gallery* gallery, const int* places, int first,
    int count
) noexcept nogil:
    """Give the fewer of two kinds of potentials a train of their own; ``first`` IN of one kind."""
    cdef Train* twin
    cdef bint fewer = 2 * first < count    # whether those are the first
    cdef double[MOST_TIMES] times
    train.awaited = True
    twin = free_train(stream, channel)
    train.awaited = False
    memcpy(twin, train, sizeof(Train))
    twin.shape_class = stream.channels[channel].n_shapes
    stream.channels[channel].n_shapes += 1
    uncouple(twin)
    wake(stream, channel, twin)
    twin.alert = -1
    twin.turn.taken = False
    take_share(
        stream, train, gallery, places, first if fewer else 0, count if fewer else first
    )
    take_share(
        stream, twin, gallery, places, 0 if fewer else first, first if fewer else count
    )
    twin.potentials = newest_times(twin, times)
    twin.onset_sample = <long long> times[twin.potentials - 1]
    train.potentials -= twin.potentials
    forget_excerpts(stream, channel, train)
    forget_excerpts(stream, channel, twin)


cdef void take_share(
    Stream* stream, Train* train, const Gallery* gallery, const int* places, int low, int high
) noexcept nogil:
    """Let the shape and the rhythm of a train be those of the potentials at some places alone."""
    cdef int index
    cdef int place
    cdef double[MOST_TIMES] times
    cdef float[SHARP_POINTS] mean
    memset(mean, 0, sizeof(mean))
    for place in range(low, high):
        for index in range(stream.geometry.sharp):
            mean[index] += gallery.excerpts[places[place]].sharp[index] / <float> (high - low)
    train.amplitude_uv *= reshape_template(
        stream.arithmetic, &train.template, &stream.geometry, mean, high - low
    )
    set_times(train, times, sorted_times(gallery, places, low, high, times))
    train.last_sample = <long long> times[0]
    train.hurried = 0.0
    train.usual_variability = 0.0
    train.long_intervals = 0.0
    train.long_time = 0.0
    memset(train.within_rest, 0, sizeof(train.within_rest))
    train.run = 0
    train.ran = False
    train.even_from = 0
    train.was_even = False
    train.unlike = 0.0
    train.sure = 0
    train.unjudged = 0
    train.changed = True
