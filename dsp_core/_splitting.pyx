"""Fibres that were taken for one shape, told apart once their potentials have been compared.

The shape that is accepted wanders with the needle and with jitter, so that the potentials of two
fibres that look much the same, or one whose template slid between them, come into one train. Of the
newest potentials of a train one direction shows by what they differ most; those of one fibre
scatter along it about one place, those of two about two.
"""

from libc.math cimport sqrt
from libc.string cimport memcpy, memset

from myoscope.dsp_core._excerpt cimport point_noise_uv
from myoscope.dsp_core._kinds cimport QUICK_MS, UNCLASSIFIED
from myoscope.dsp_core._lives cimport free_train
from myoscope.dsp_core._stream cimport (
    EXCERPTS, TRAINS, Excerpt, Gallery, Stream, is_live,
)
from myoscope.dsp_core._templates cimport SHARP_POINTS, Template, copy_points, reshape_template
from myoscope.dsp_core._trains cimport (
    MOST_TIMES, Rhythm, Train, newest_rhythm, set_times, update_rhythm,
)

# Potentials of a train are compared from so many on, with every so many more.
cdef int FEWEST = 12
cdef int EVERY = 4
# Either fibre has so many of them.
cdef int FEWEST_OF_ONE = 4
# Both are apart by so many standard deviations, with nothing between them in this share of it.
cdef double APART = 5.0
cdef double EMPTY = 0.35
cdef double UNEVEN = 0.3
cdef double EVEN = 0.15
cdef int FEWEST_EVEN = 6
cdef int ROUNDS = 8


cdef inline Gallery* gallery_of(
    const Stream* stream, int channel, const Train* train
) noexcept nogil:
    return &stream.galleries[channel * TRAINS + (train - &stream.channels[channel].trains[0])]


cdef void keep_excerpt(
    Stream* stream, int channel, const Train* train, int start, long long sample
) noexcept nogil:
    """Keep a potential that lies alone; ``start`` IN row of its template's first point."""
    cdef Gallery* gallery = gallery_of(stream, channel, train)
    cdef Excerpt* excerpt = &gallery.excerpts[gallery.count % EXCERPTS]
    if copy_points(&stream.geometry, &stream.window, start, excerpt.sharp):
        excerpt.sample = sample
        gallery.count += 1


cdef void forget_excerpts(Stream* stream, int channel, const Train* train) noexcept nogil:
    cdef Gallery* gallery = gallery_of(stream, channel, train)
    gallery.count = 0
    gallery.compared = 0


cdef void try_splitting(Stream* stream, int channel, Train* train) noexcept nogil:
    """Part a train in two where its newest potentials are those of two fibres."""
    cdef Gallery* gallery = gallery_of(stream, channel, train)
    cdef int count = min(gallery.count, <int> EXCERPTS)
    cdef int low = train.template.support_from
    cdef int high = train.template.support_to
    cdef int index
    cdef int other
    cdef int _
    cdef int first = 0
    cdef double[SHARP_POINTS] direction
    cdef float[SHARP_POINTS] along
    cdef float[SHARP_POINTS] mean
    cdef double[EXCERPTS] scores
    cdef double[EXCERPTS] ordered
    cdef int[EXCERPTS] places
    cdef double level
    cdef double power
    cdef double best
    cdef double total
    cdef double left
    cdef double square
    cdef double between
    cdef double middle = 0.0
    cdef double spread
    if (
        not is_live(train) or gallery.count < FEWEST or gallery.count - gallery.compared < EVERY
        or not (train.variability > UNEVEN or train.shortest < QUICK_MS * stream.per_ms)
    ):
        return
    gallery.compared = gallery.count
    for index in range(low, high):
        total = 0.0
        for other in range(count):
            total += gallery.excerpts[other].sharp[index]
        mean[index] = <float> (total / count)
    best = -1.0
    for other in range(count):
        power = 0.0
        for index in range(low, high):
            power += (gallery.excerpts[other].sharp[index] - mean[index]) ** 2
        if power > best:
            best = power
            first = other
    if best <= 0.0:
        return
    for index in range(low, high):
        along[index] = gallery.excerpts[first].sharp[index] - mean[index]
    for _ in range(ROUNDS):
        power = stream.arithmetic.product_of(&along[low], &along[low], high - low)
        if power <= 0.0:
            return
        power = 1.0 / sqrt(power)
        for index in range(low, high):
            along[index] = <float> (along[index] * power)
        level = stream.arithmetic.product_of(&along[low], &mean[low], high - low)
        for other in range(count):
            scores[other] = stream.arithmetic.product_of(
                &along[low], &gallery.excerpts[other].sharp[low], high - low
            ) - level
        memset(direction, 0, sizeof(direction))
        for other in range(count):
            for index in range(low, high):
                direction[index] += scores[other] * (
                    gallery.excerpts[other].sharp[index] - mean[index]
                )
        for index in range(low, high):
            along[index] = <float> direction[index]
    # The scores in order.
    total = 0.0
    square = 0.0
    for other in range(count):
        index = other
        while index > 0 and ordered[index - 1] > scores[other]:
            ordered[index] = ordered[index - 1]
            places[index] = places[index - 1]
            index -= 1
        ordered[index] = scores[other]
        places[index] = other
        total += scores[other]
        square += scores[other] ** 2
    best = -1.0
    first = 0
    left = 0.0
    for index in range(1, count):
        left += ordered[index - 1]
        if index < FEWEST_OF_ONE or count - index < FEWEST_OF_ONE:
            continue
        between = (total - left) / (count - index) - left / index
        between *= between * index * (count - index) / count
        if between > best:
            best = between
            first = index
            middle = (total - left) / (count - index) - left / index
    spread = sqrt(max(
        0.0, square - total * total / count - best
    ) / (count - 2))
    spread = max(spread, point_noise_uv(stream, channel))
    if (
        middle < APART * spread or ordered[first] - ordered[first - 1] < EMPTY * middle
        or not fire_apart(stream, gallery, places, first, count)
    ):
        return
    part(stream, channel, train, gallery, places, first, count)


cdef bint fire_apart(
    Stream* stream, const Gallery* gallery, const int* places, int first, int count
) noexcept nogil:
    """Return whether two kinds of potentials each keep a rhythm that both together do not.

    A fibre's is even, or it rests after each potential.
    """
    cdef double quick = QUICK_MS * stream.per_ms
    cdef Rhythm whole = rhythm_of(stream, gallery, places, 0, count)
    cdef Rhythm one = rhythm_of(stream, gallery, places, 0, first)
    cdef Rhythm two = rhythm_of(stream, gallery, places, first, count)
    if whole.shortest < quick and one.shortest > quick and two.shortest > quick:
        return True
    if not whole.variability > UNEVEN:
        return False
    return (first >= FEWEST_EVEN and one.variability < EVEN) or (
        count - first >= FEWEST_EVEN and two.variability < EVEN
    )


cdef Rhythm rhythm_of(
    Stream* stream, const Gallery* gallery, const int* places, int low, int high
) noexcept nogil:
    """Return the rhythm of the potentials at some places of a gallery."""
    cdef double[MOST_TIMES] times
    set_times(&stream.together, times, sorted_times(gallery, places, low, high, times))
    update_rhythm(&stream.together, stream.rate_hz)
    return newest_rhythm(&stream.together)


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
    """Give the fewer of two kinds of potentials, in order before and from ``first``, a train."""
    cdef Train* twin
    cdef bint lower = 2 * first < count    # whether the first are the twin's
    cdef int low = 0 if lower else first
    cdef int high = first if lower else count
    train.awaited = True
    twin = free_train(stream, channel)
    train.awaited = False
    memcpy(twin, train, sizeof(Train))
    twin.number = stream.n_trains
    stream.n_trains += 1
    twin.shape_class = stream.channels[channel].n_shapes
    stream.channels[channel].n_shapes += 1
    twin.alert = -1
    twin.kind = UNCLASSIFIED
    twin.confidence = 0.0
    twin.held = 0
    twin.leader = -1
    twin.satellite = False
    twin.hits = 0
    twin.tries = 0
    twin.turn.taken = False
    twin.turn.parts = 0
    take_share(stream, train, gallery, places, first if lower else 0, count if lower else first)
    take_share(stream, twin, gallery, places, low, high)
    forget_excerpts(stream, channel, train)
    forget_excerpts(stream, channel, twin)


cdef void take_share(
    Stream* stream, Train* train, const Gallery* gallery, const int* places, int low, int high
) noexcept nogil:
    """Let a train have had the potentials at some places of a gallery alone."""
    cdef int index
    cdef int place
    cdef int n_times
    cdef double[MOST_TIMES] times
    cdef float[SHARP_POINTS] mean
    if low >= high:
        return
    memset(mean, 0, sizeof(mean))
    for index in range(low, high):
        for place in range(stream.geometry.sharp):
            mean[place] += gallery.excerpts[places[index]].sharp[place] / (high - low)
    n_times = sorted_times(gallery, places, low, high, times)
    train.amplitude_uv *= reshape_template(
        stream.arithmetic, &train.template, &stream.geometry, mean, high - low
    )
    train.last_sample = <long long> times[0]
    set_times(train, times, n_times)
    train.hurried = 0.0
    train.run = 0
    train.ran = False
    train.even_from = 0
    train.was_even = False
    train.sure = 0
    train.unjudged = 0
    train.changed = True
    train.potentials = n_times
    train.onset_sample = <long long> times[n_times - 1]
    train.unlike = 0.0
