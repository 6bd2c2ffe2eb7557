"""Potentials of one shape on one channel, and the rhythm they keep."""

from libc.math cimport NAN, exp, fabs, fmod, isnan, round, sqrt
from libc.string cimport memset

from myoscope.dsp_core._arithmetic cimport Arithmetic, chosen_arithmetic


cdef extern from "_sorting.h" nogil:
    void sort_floats(float* values, int count)

# Intervals of 1.7 to 2.3 medians hide one missed potential.
cdef double MISSED_FROM = 1.7
cdef double MISSED_TO = 2.3
# The shortest interval is one of the shortest: of this many, one may be wrong.
cdef int ONE_WRONG_OF = 16
# Standard deviation over median absolute deviation of normally distributed intervals.
cdef double MAD_TO_DEVIATION = 1.4826
# A train that is mostly as regular as this has its coefficient of variation without the intervals
# that differ from the median by more than this share: a potential was missed or one too many.
cdef double MOSTLY_REGULAR = 0.15
cdef double SPOILT = 0.45
# Mean over median of the differences of independent, normally distributed intervals.
cdef double MEDIAN_TO_MEAN = 1.183
# An interval keeps time with the mains if it misses a whole number of periods by no more than this
# share of one, and by 0.2 % of itself, for mains wander by 0.1 Hz; but by no more than the largest.
cdef double LOCKED_MISS = 0.035
cdef double LOCKED_WANDER = 0.002
cdef double LOCKED_LARGEST = 0.09
cdef double LOCKED_SHARE = 0.9
cdef int LOCKED_INTERVALS = 4
# So many periods each time, or whole multiples of that, are a rhythm of its own.
cdef int LOCKED_ALIKE = 3
# Of so many pulses that are late each by itself, one in a thousand times what they are late by
# seems to add up; of a ring that happens to be as fast it does nineteen times in twenty.
cdef int WALKED_INTERVALS = 32
cdef double WALKED = 0.95
# A device misses its periods by this share of them at most, and by what peaks are found with.
cdef double CLOCKED = 0.002
cdef double CLOCKED_SAMPLES = 2.0
# A short interval by accident divides all others by chance, unless that is less than so.
cdef double BY_CHANCE = 0.001
cdef int CLOCKED_INTERVALS = 4
cdef int PAIRED_INTERVALS = 8     # and more where it takes two of them to a period
# A ring of fibres is faster than this, a pacemaker slower.
cdef double SLOWEST_RING_HZ = 4.0
# A train follows another from so many potentials on that kept their lag, of so many of its own;
# it lets go below the looser share. The newest count most.
cdef int FEWEST_HITS = 3
cdef int FEWEST_TRIES = 6
cdef int MOST_TRIES = 24
cdef double COUPLED_SHARE = 0.4
cdef double LOOSE_SHARE = 0.25
cdef double LAG_WEIGHT = 0.2
# Nobody fires a motor unit as fast as this at will, nor so evenly for so many intervals; nor does a
# denervated fibre: only myotonia and repetitive discharges do.
cdef double RUN_HZ = 28.0
cdef double EVEN = 0.25
cdef int RUN_INTERVALS = 20
# Nor does anybody fire one as evenly as this for so many potentials more than the rhythm is judged
# by; the slower, the less evenly.
cdef double EVEN_FOR_LONG = 0.04
cdef double EVENLY_HZ = 8.0
cdef double MOST_EVEN_SLOW = 4.0
cdef int EVEN_POTENTIALS = 40
# What is slower than this fires in no groups: fasciculations.
cdef double GROUP_HZ = 4.0
# Of the intervals, so many at least lie within groups where there are any.
cdef double GROUPED_SHARE = 0.4
# What varies as usual is known of so many intervals.
cdef int USUAL_INTERVALS = 64
# Quick intervals count for some hundreds of potentials.
cdef double LONG_WEIGHT = 1.0 / 256.0
# A fibre rests after each potential: so many intervals at random would be shorter than the rest,
# and so many more for each that is, for some potentials are another's that were sorted into it.
cdef double EXPECTED_WITHIN_REST = 8.0
cdef double LONGER_REST = 1.5
cdef double EXPECTED_FOR_EACH = 6.0
# Bursts of myokymia have two to fifteen potentials; a contraction lasts longer.
cdef int LONGEST_GROUP = 15


cdef void start_train(Train* train) noexcept nogil:
    """Make a train that has no potential yet; the caller gives it a number and a shape."""
    memset(train, 0, sizeof(Train))
    train.used = True
    train.alert = -1
    train.rate_hz = NAN
    train.interval_cv = NAN
    train.variability = NAN
    train.shortest = NAN
    train.wander = NAN
    train.grouping = NAN
    train.leader = -1


cdef void count_potential(
    Train* train, long long sample, long long longest_pause, long long quickest,
    double shortest_rest
) noexcept nogil:
    """Add a potential's time to the rhythm of a train.

    ``longest_pause`` IN samples: a longer one is no part of the rhythm of what fires in groups;
    ``quickest`` IN samples: no fibre follows itself sooner; ``shortest_rest`` IN samples.
    """
    cdef long long interval = sample - train.last_sample
    cdef int rest
    train.potentials += 1
    train.met += 1
    if train.potentials == 1:
        train.onset_sample = sample
    if (
        train.met > 1 and sample > train.last_sample and not train.interrupted
        and (
            train.potentials > 1
            or (train.rate_hz > GROUP_HZ and sample - train.last_sample < longest_pause)
        )
    ):
        train.intervals[train.n_intervals % INTERVALS] = <double> interval
        train.n_intervals += 1
        train.hurried += (interval < quickest) - LONG_WEIGHT * train.hurried
        train.long_intervals += 1.0 - LONG_WEIGHT * train.long_intervals
        train.long_time += interval - LONG_WEIGHT * train.long_time
        for rest in range(RESTS):
            train.within_rest[rest] += (interval < shortest_rest) - (
                LONG_WEIGHT * train.within_rest[rest]
            )
            shortest_rest *= LONGER_REST
    train.last_sample = max(sample, train.last_sample)
    train.interrupted = False
    train.changed = True


cdef bint rests(const Train* train, double shortest_rest) noexcept nogil:
    """Return whether there is a rest after each of a train's potentials, over its last hundreds.

    ``shortest_rest`` IN samples.
    """
    cdef int rest
    cdef double at_random
    if train.long_intervals <= EXPECTED_WITHIN_REST or train.long_time <= 0.0:
        return False
    for rest in range(RESTS):
        at_random = train.long_intervals * (
            1.0 - exp(-shortest_rest * train.long_intervals / train.long_time)
        )
        if at_random > EXPECTED_WITHIN_REST + EXPECTED_FOR_EACH * train.within_rest[rest]:
            return True
        shortest_rest *= LONGER_REST
    return False


cdef void update_rhythm(Train* train, double rate_hz) noexcept nogil:
    """Measure the newest intervals; ``rate_hz`` IN samples per second.

    Medians and ranks, for a potential that was missed or taken in wrongly spoils two intervals.
    """
    cdef double[INTERVALS] latest
    cdef int count = newest_intervals(train, latest)
    cdef int index
    cdef float median
    cdef bint spoilt
    cdef int kept = 0
    cdef double mean = 0.0
    cdef double square = 0.0
    cdef bint halved = False
    cdef float[INTERVALS] ordered
    cdef float[INTERVALS] changes
    if count == 0:
        return
    memset(ordered, 0, sizeof(ordered))
    for index in range(count):
        ordered[index] = <float> latest[index]
    sort_floats(ordered, count)
    median = ordered[count // 2]
    train.rate_hz = rate_hz / median
    train.shortest = ordered[(count + ONE_WRONG_OF // 4) // ONE_WRONG_OF]
    train.longest_s = ordered[count - 1] / rate_hz
    if count < 2:
        return
    spoilt = (
        MAD_TO_DEVIATION * middle_deviation(ordered, count, median) < MOSTLY_REGULAR * median
    )
    for index in range(count):
        if not (spoilt and fabs(latest[index] - median) > SPOILT * median):
            mean += latest[index]
            kept += 1
    mean /= kept
    for index in range(count):
        if not (spoilt and fabs(latest[index] - median) > SPOILT * median):
            square += (latest[index] - mean) * (latest[index] - mean)
    train.interval_cv = sqrt(square / max(1, kept - 1)) / mean
    for index in range(count):
        if MISSED_FROM * median < latest[index] < MISSED_TO * median:
            latest[index] *= 0.5
            halved = True
    for index in range(1, count):
        changes[index - 1] = <float> (
            2.0 * fabs(latest[index] - latest[index - 1]) / (latest[index] + latest[index - 1])
        )
    sort_floats(changes, count - 1)
    train.variability = MEDIAN_TO_MEAN * middle(changes, count - 1)
    train.usual_variability += (train.variability - train.usual_variability) / min(
        train.n_intervals, <long long> USUAL_INTERVALS
    )
    if halved:
        for index in range(count):
            ordered[index] = <float> latest[index]
        sort_floats(ordered, count)
    train.grouping = grouping_of(latest, ordered, count)
    train.wander = wander_of(latest, ordered, count)
    follow_run(train, rate_hz)
    follow_even(train, count)


cdef void follow_run(Train* train, double rate_hz) noexcept nogil:
    """Note the newest interval; keep the rhythm of a run that is faster than anybody's will."""
    cdef double newest = train.intervals[(train.n_intervals - 1) % INTERVALS]
    cdef double before = train.intervals[(train.n_intervals - 2) % INTERVALS]
    train.run += 1
    if newest > rate_hz / RUN_HZ or fabs(newest - before) > EVEN * 0.5 * (newest + before):
        train.run = 0
    if train.run >= RUN_INTERVALS:
        train.ran = True
        train.fastest = newest_rhythm(train)


cdef void follow_even(Train* train, int count) noexcept nogil:
    """Keep a rhythm that has long been more even than anybody's will."""
    cdef double most = EVEN_FOR_LONG * min(MOST_EVEN_SLOW, max(1.0, EVENLY_HZ / train.rate_hz))
    if count < INTERVALS or not train.variability < most:
        train.even_from = 0
        return
    if train.even_from == 0:
        train.even_from = train.potentials
    if train.potentials - train.even_from >= EVEN_POTENTIALS:
        train.was_even = True
        train.evenest = newest_rhythm(train)


cdef Rhythm newest_rhythm(const Train* train) noexcept nogil:
    """Return how a train's newest intervals are."""
    return Rhythm(train.rate_hz, train.variability, train.shortest, train.wander, train.grouping)


cdef Rhythm telling_rhythm(const Train* train) noexcept nogil:
    """Return the rhythm that a train is judged by: the newest, or that of a fast or even run.

    What fires so once stays what it is while it wanes, and where it cannot be told from its like.
    """
    if train.ran:
        return train.fastest
    if train.was_even:
        return train.evenest
    return newest_rhythm(train)


cdef int newest_intervals(const Train* train, double* intervals) noexcept nogil:
    """Return how many of a train's intervals are known.

    ``intervals`` OUT (INTERVALS,) in samples, the newest last.
    """
    cdef int count = <int> min(train.n_intervals, <long long> INTERVALS)
    cdef int index
    for index in range(count):
        intervals[index] = train.intervals[(train.n_intervals - count + index) % INTERVALS]
    return count


cdef int newest_times(const Train* train, double* times) noexcept nogil:
    """Return how many of a train's newest potentials are known.

    ``times`` OUT (MOST_TIMES,) their samples, the newest first.
    """
    cdef double[INTERVALS] intervals
    cdef int count = newest_intervals(train, intervals)
    cdef int back
    times[0] = <double> train.last_sample
    for back in range(count):
        times[back + 1] = times[back] - intervals[count - 1 - back]
    return count + 1


cdef void set_times(Train* train, const double* times, int count) noexcept nogil:
    """Let a train have fired at some times, of which the newest comes first."""
    cdef int index
    for index in range(count - 1):
        train.intervals[count - 2 - index] = times[index] - times[index + 1]
    train.n_intervals = count - 1


cdef bint is_clocked(const Train* train) noexcept nogil:
    """Return whether all intervals are whole numbers of one period: what a device keeps.

    Or every other one is: a pacemaker of two chambers fires twice a beat.
    """
    cdef double[INTERVALS] intervals
    cdef int count = newest_intervals(train, intervals)
    cdef int index
    if keeps_period(intervals, count, train.rate_hz):
        return True
    if count <= PAIRED_INTERVALS:
        return False
    for index in range(count - 1):
        intervals[index] += intervals[index + 1]
    return keeps_period(intervals, count - 1, train.rate_hz)


cdef bint keeps_period(const double* intervals, int count, double rate_hz) noexcept nogil:
    """Return whether all intervals are whole numbers of one period.

    What keeps one never is late by more, while what a living ring of fibres is late by adds up; but
    no fibre keeps time so well that fires as slowly as a pacemaker.
    """
    cdef int index
    cdef double shortest = 1e300
    cdef double periods
    cdef double miss
    cdef double chance = 1.0
    cdef double total = 0.0
    cdef double passed = 0.0
    cdef double since = 0.0
    if count < CLOCKED_INTERVALS:
        return False
    for index in range(count):
        shortest = min(shortest, intervals[index])
    for index in range(count):
        periods = round(intervals[index] / shortest)
        miss = CLOCKED * periods * shortest + CLOCKED_SAMPLES
        if fabs(intervals[index] - periods * shortest) > miss:
            return False
        chance *= min(1.0, 2.0 * miss / shortest)
        total += intervals[index]
        passed += periods
    if chance > BY_CHANCE:
        return False
    if rate_hz < SLOWEST_RING_HZ:
        return True
    total /= passed
    passed = 0.0
    for index in range(count):
        since += intervals[index]
        passed += round(intervals[index] / shortest)
        if fabs(since - passed * total) > CLOCKED * shortest + CLOCKED_SAMPLES:
            return False
    return True


cdef double grouping_of(
    const double* latest, const float* ordered, int count
) noexcept nogil:
    """Return by how much pauses are longer than intervals within groups; 1 where none parts them.

    The widest gap between intervals in order, where at least two lie above it and two fifths below;
    none if what it leaves undivided is longer than a group.

    ``latest`` IN one after the other; ``ordered`` IN the same by length.
    """
    cdef int index
    cdef int longest = 0
    cdef int group = 0
    cdef double shortest_pause = 0.0
    cdef double ratio
    cdef double widest = 1.0
    for index in range(1, count - 1):
        ratio = ordered[index] / ordered[index - 1]
        if ratio > widest and index >= GROUPED_SHARE * count:
            widest = ratio
            shortest_pause = ordered[index]
    for index in range(count):
        group = 0 if <float> latest[index] >= shortest_pause else group + 1
        longest = max(longest, group)
    return widest if longest <= LONGEST_GROUP else 1.0


cdef double wander_of(
    const double* intervals, const float* ordered, int count
) noexcept nogil:
    """Return the standard deviation of intervals over that of their changes; about 1 for none.

    Median absolute deviations, each scaled to what independent intervals have. ``ordered`` IN the
    intervals, rising.
    """
    cdef int index
    cdef double median
    cdef double spread
    cdef float[INTERVALS] deviations
    if count < 4:
        return NAN
    median = middle(ordered, count)
    spread = middle_deviation(ordered, count, median)
    for index in range(1, count):
        deviations[index - 1] = <float> fabs(intervals[index] - intervals[index - 1])
    sort_floats(deviations, count - 1)
    # The difference of two independent values has the square root of 2 times their deviation.
    return (spread + 1e-3 * median) / (
        middle(deviations, count - 1) / 1.4142135623730951 + 1e-3 * median
    )


cdef void meet(
    Train* smaller, const Train* larger, double lag, double tolerance
) noexcept nogil:
    """Note that two trains fired close together; what keeps doing so is one discharge.

    ``lag`` IN samples from the larger's potential to the smaller's.
    """
    if smaller.leader < 0 or (
        smaller.leader != larger.number and smaller.hits < 2 and fabs(lag) < fabs(smaller.lag)
    ):
        smaller.leader = larger.number
        smaller.lag = lag
        smaller.hits = 1
        smaller.tries = 1
    elif smaller.leader == larger.number:
        if fabs(lag - smaller.lag) < tolerance:
            smaller.hits += 1
            smaller.lag += LAG_WEIGHT * (lag - smaller.lag)
        elif smaller.hits < 2 and fabs(lag) < fabs(smaller.lag):
            smaller.lag = lag
    smaller.satellite = smaller.satellite or (
        smaller.hits >= FEWEST_HITS and smaller.hits >= COUPLED_SHARE * smaller.tries
    )


cdef void uncouple(Train* train) noexcept nogil:
    """Let a train follow no other."""
    train.leader = -1
    train.hits = 0
    train.tries = 0
    train.satellite = False


cdef void try_coupling(Train* train) noexcept nogil:
    """Count one more potential of a train that may follow another."""
    if train.leader < 0:
        return
    train.tries += 1
    if train.tries > MOST_TRIES:
        train.tries //= 2
        train.hits //= 2
    if train.tries >= FEWEST_TRIES and train.hits < LOOSE_SHARE * train.tries:
        uncouple(train)


cdef inline double middle(const float* ordered, int count) noexcept nogil:
    """Return the median of values in order."""
    return 0.5 * (ordered[(count - 1) // 2] + ordered[count // 2])


cdef double middle_deviation(const float* ordered, int count, double centre) noexcept nogil:
    """Return the median of what values in order deviate from a number among them."""
    cdef int above = 0
    cdef int below
    cdef int _rank
    cdef float before = 0.0
    cdef float deviation = 0.0
    while above < count and ordered[above] < centre:
        above += 1
    below = above - 1
    # On either side they are in order already.
    for _rank in range(count // 2 + 1):
        before = deviation
        if below < 0 or above < count and ordered[above] - centre < centre - ordered[below]:
            deviation = <float> (ordered[above] - centre)
            above += 1
        else:
            deviation = <float> (centre - ordered[below])
            below -= 1
    return 0.5 * ((deviation if count % 2 else before) + deviation)


cdef bint locked_to(
    const Arithmetic* arithmetic, const Train* train, double period_samples
) noexcept nogil:
    """Return whether its intervals are whole numbers of periods: what mains pulses keep.

    They miss some, and what they are late by does not add up. What comes after so many periods each
    time, or after twice or thrice as many, has a rhythm of its own.
    """
    cdef double[INTERVALS] intervals
    cdef int count = <int> min(train.n_intervals, <long long> INTERVALS)
    cdef int index
    cdef int unlocked = 0
    cdef double late
    cdef double fewest = 1e300
    cdef double total = 0.0
    cdef double total_late = 0.0
    cdef double[INTERVALS] periods
    cdef bint own = True
    if count < LOCKED_INTERVALS or LOCKED_SHARE * count > arithmetic.count_locked(
        train.intervals, count, period_samples, LOCKED_MISS, LOCKED_WANDER, LOCKED_LARGEST
    ):
        return False
    newest_intervals(train, intervals)
    for index in range(count):
        periods[index] = round(intervals[index] / period_samples)
        late = intervals[index] - periods[index] * period_samples
        if fabs(late) > LOCKED_LARGEST * period_samples:
            unlocked += 1
            periods[index] = 0.0
            continue
        fewest = min(fewest, periods[index])
        total += intervals[index]
        total_late += late
    for index in range(count):
        own = own and fmod(periods[index], fewest) == 0.0
    if own and fewest >= LOCKED_ALIKE or fabs(total_late) >= (
        LOCKED_WANDER * total + LOCKED_MISS * period_samples * (1 + unlocked)
    ):
        return False
    return unlocked > 0 or count < WALKED_INTERVALS or not walks(
        intervals, periods, period_samples, count
    )


cdef bint walks(
    const double* intervals, const double* periods, double period_samples, int count
) noexcept nogil:
    """Return whether what each interval is late by adds up, as it does where nothing sets the time.

    The deviation of the sums from a straight line over that of what is added: 0.7 where each pulse
    is late by itself, on average 1.4 where lateness adds up over 32 intervals.

    ``periods`` IN how many each interval lasts.
    """
    cdef int index
    cdef double late
    cdef double added = 0.0
    cdef double squares = 0.0
    cdef double place
    cdef double total = 0.0
    cdef double moment = 0.0
    cdef double powers = 0.0
    cdef double centre = 0.5 * count
    cdef double spread = count * (count + 1.0) * (count + 2.0) / 12.0
    for index in range(count):
        late = intervals[index] - periods[index] * period_samples
        squares += late * late
        added += late
        place = index + 1.0 - centre
        total += added
        moment += place * added
        powers += added * added
    squares = squares / count - (added / count) ** 2
    powers = (powers - total * total / (count + 1.0) - moment * moment / spread) / (count + 1.0)
    return powers > WALKED * WALKED * squares


cdef Train train_at(const double[::1] times) noexcept:
    """Return a train that has fired at ``times`` in samples."""
    cdef Train train
    cdef Py_ssize_t index
    start_train(&train)
    for index in range(1, times.shape[0]):
        train.intervals[train.n_intervals % INTERVALS] = times[index] - times[index - 1]
        train.n_intervals += 1
    return train


def rhythm(const double[::1] times not None, double rate_hz):
    """Return what the rhythm of potentials at ``times`` in samples is like; for tests and plots.

    Returns
    -------
    dict of str to float
        ``rate_hz``, ``interval_cv``, ``variability``, ``shortest`` and ``wander``, ``grouping`` of
        a train with a potential at each of the times; NaN where there are too few.
    """
    cdef Train train = train_at(times)
    update_rhythm(&train, rate_hz)
    return {
        "rate_hz": train.rate_hz,
        "interval_cv": train.interval_cv,
        "variability": train.variability,
        "shortest": train.shortest,
        "wander": train.wander,
        "grouping": train.grouping,
    }


def is_rested(const double[::1] times not None, double shortest_rest):
    """Return whether a rest follows each of potentials at ``times``, all in samples; for tests."""
    cdef Train train
    cdef Py_ssize_t index
    start_train(&train)
    for index in range(times.shape[0]):
        count_potential(&train, <long long> times[index], 0, 0, shortest_rest)
    return bool(rests(&train, shortest_rest))


def keeps_time(const double[::1] times not None, double period_samples):
    """Return whether potentials at ``times`` are locked to a period; for tests and plots."""
    cdef Train train = train_at(times)
    return bool(locked_to(chosen_arithmetic(), &train, period_samples))


def keeps_a_clock(const double[::1] times not None):
    """Return whether potentials at ``times`` come as a device's do; for tests and plots."""
    cdef Train train = train_at(times)
    return bool(is_clocked(&train))


def follows(const double[::1] lags not None, double tolerance):
    """Return whether a train is part of another's discharge; for tests and plots.

    Parameters
    ----------
    lags : (potentials,) float64, samples
        To the other train's nearest potential; NaN where there was none.
    tolerance : float
        By how much a lag may differ, in samples.
    """
    cdef Train larger
    cdef Train smaller
    cdef Py_ssize_t index
    start_train(&larger)
    start_train(&smaller)
    smaller.number = 1
    for index in range(lags.shape[0]):
        try_coupling(&smaller)
        if not isnan(lags[index]):
            meet(&smaller, &larger, lags[index], tolerance)
    return bool(smaller.satellite)
