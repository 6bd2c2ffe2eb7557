"""A complex of potentials that comes again and again: fibres that excite each other in a ring.

The spikes of a complex repetitive discharge keep their lags to each other to some hundredths of a
millisecond while the cycle itself varies by a percent and jumps. So it is known by what is a cycle
before, over all potentials of a channel: it does not matter which trains they were sorted into,
for like fibres of a ring are easily taken for each other.
"""

from libc.math cimport fabs
from libc.string cimport memset

# Complex repetitive discharges come at 3 to 100 Hz (AANEM glossary), read with some room.
cdef double SHORTEST_MS = 9.0
cdef double LONGEST_MS = 420.0
# By so much of itself the period changes at most from one cycle to the next, and by so much the lag
# of two spikes of a complex: the fibres' jitter and what their peaks are found with.
cdef double PERIOD_CHANGE = 0.04
cdef double LAG_CHANGE_MS = 0.15
cdef double LAG_CHANGE_SAMPLES = 1.2
# Of so many of the newest potentials all but so few must have been there a period before; the
# period is given up where they are less than the first share, and tells nothing below the second.
cdef int TRIED = 10
cdef int MISSING = 3
cdef double LOST_SHARE = 0.45
cdef double REPEATED_SHARE = 0.7
# A period is looked for at every so many potentials.
cdef int LOOK_EVERY = 3
# Periods that are longer by no more than this are compared with the shortest that would do.
cdef double ALIKE = 1.2
# How much a period changes from one cycle to the next, before it was measured.
cdef double TYPICAL_CHANGE = 0.02
# A lag is that of a potential and of so many before it; the period follows it by this share.
cdef int TOGETHER = 3
cdef double FOLLOWED = 0.3
# Potentials nearer to each other than this share of the period are of one complex.
cdef double ONE_COMPLEX = 0.75
# What is known of a ring fades over so many potentials, and what is known of its cycles over so
# many of them: four even intervals of a motor unit with satellites are chance.
cdef double WEIGHT = 1.0 / 12.0
cdef double CYCLE_WEIGHT = 1.0 / 8.0
# The cycles of a ring have a coefficient of variation of 2 % at most; this is their mean change
# from one to the next. What is not like the last two cycles counts as a change by PERIOD_CHANGE.
cdef double LARGEST_CHANGE = 0.0226
# A ring, which is of ten fibres at most, has so many potentials a cycle, unevenly, that kept their
# lags so often.
cdef double FEWEST = 1.6
cdef double MOST = 20.0
cdef double UNEVEN = 0.25
# Fibres whose rates are as small whole numbers make a complex together for a while: what comes as
# often as this in a cycle, the longest of the gaps no longer than so many of the shortest, is one.
cdef int EVEN_TIMES = 3
cdef double EVEN_GAPS = 1.25
cdef double KEPT_SHARE = 0.65
cdef int FEWEST_COMPARED = 5


cdef inline Noted* newest(Ring* ring, long long back) noexcept nogil:
    """Return the potential ``back`` before the newest."""
    return &ring.noted[(ring.n - 1 - back) % NOTED]


cdef inline double lag_change(double per_ms) noexcept nogil:
    return LAG_CHANGE_MS * per_ms + LAG_CHANGE_SAMPLES


cdef bint was_there(
    Ring* ring, long long from_back, double sample, double tolerance
) noexcept nogil:
    """Return whether there was a potential at a sample; ``from_back`` IN the newest that may be."""
    cdef long long held = min(ring.n, <long long> NOTED)
    cdef long long other
    cdef double late
    for other in range(from_back, held):
        late = newest(ring, other).sample - sample
        if late < -tolerance:
            return False
        if late <= tolerance:
            return True
    return False


cdef double lag_of(
    Ring* ring, long long back, double wanted, double per_ms, bint* kept
) noexcept nogil:
    """Return the lag near ``wanted`` by which most of a complex was there before; 0 for none.

    ``back`` IN of the newest potential of the complex, which must have been there; ``kept`` OUT
    whether the one before it had the same lag.
    """
    cdef long long held = min(ring.n, <long long> NOTED)
    cdef double tolerance = PERIOD_CHANGE * wanted + lag_change(per_ms)
    cdef double sample = <double> newest(ring, back).sample
    cdef long long other
    cdef int before
    cdef bint there
    cdef bint first
    cdef double lag
    cdef double likeness
    cdef double best = -1e300
    cdef double found = 0.0
    kept[0] = False
    for other in range(back + 1, held):
        lag = sample - newest(ring, other).sample
        if lag > wanted + tolerance:
            break
        if lag < wanted - tolerance:
            continue
        likeness = -fabs(lag - wanted) / tolerance
        first = False
        for before in range(1, 1 + <int> min(<long long> TOGETHER, held - 1 - back)):
            there = was_there(
                ring, other, newest(ring, back + before).sample - lag, lag_change(per_ms)
            )
            likeness += there
            first = first or (before == 1 and there)
        if likeness > best:
            best = likeness
            found = lag
            kept[0] = first
    return found


cdef double lag_before(Ring* ring) noexcept nogil:
    """Return the lag that what the newest potential is like had one period before; 0 for none."""
    cdef const Noted* noted = newest(ring, 0)
    cdef long long held = min(ring.n, <long long> NOTED)
    cdef long long back
    for back in range(1, held):
        if noted.sample - newest(ring, back).sample >= noted.lag:
            return newest(ring, back).lag
    return 0.0


cdef void compare(Ring* ring, double per_ms) noexcept nogil:
    """Compare the newest potential with what was a period before it."""
    cdef Noted* noted = newest(ring, 0)
    cdef bint kept
    cdef double before
    cdef double change
    noted.lag = lag_of(ring, 0, ring.period, per_ms, &kept)
    ring.repeated += WEIGHT * ((noted.lag > 0.0) - ring.repeated)
    if noted.lag == 0.0:
        return
    if noted.sample - newest(ring, 1).sample < ONE_COMPLEX * ring.period:
        ring.kept += WEIGHT * (kept - ring.kept)
        ring.compared += 1
    before = lag_before(ring)
    change = fabs(noted.lag - before) / ring.period if before > 0.0 else PERIOD_CHANGE
    ring.change += CYCLE_WEIGHT / max(1.0, ring.count) * (change - ring.change)
    ring.period += FOLLOWED * (noted.lag - ring.period)


cdef int likeness(Ring* ring, double period, double per_ms) noexcept nogil:
    """Return how many of the newest potentials were there a period before, and kept their lags.

    0 where more than a few were not there.
    """
    cdef int missing = 0
    cdef int like = 0
    cdef int back
    cdef bint kept
    for back in range(TRIED):
        missing += lag_of(ring, back, period, per_ms, &kept) == 0.0
        like += kept
        if missing > MISSING:
            return 0
    return TRIED - missing + like


cdef void find_period(Ring* ring, double per_ms) noexcept nogil:
    """Look for the shortest period that the newest potentials repeat."""
    cdef long long held = min(ring.n, <long long> NOTED)
    cdef long long back
    cdef double period
    cdef double found = 0.0
    cdef int like
    cdef int too_quick = 0
    cdef int best = 0
    for back in range(1, held - TRIED):
        period = <double> (newest(ring, 0).sample - newest(ring, back).sample)
        if period > LONGEST_MS * per_ms or (best and period > ALIKE * found):
            break
        like = likeness(ring, period, per_ms)
        if period < SHORTEST_MS * per_ms:
            # Even spikes of a complex repeat, too, but not as well as the complex.
            too_quick = max(too_quick, like)
        elif like > best:
            best = like
            found = period
    if best <= too_quick:
        return
    ring.period = found
    ring.repeated = 1.0 - MISSING / <double> TRIED
    ring.kept = 0.5
    ring.compared = 0
    ring.change = TYPICAL_CHANGE
    ring.count = 0.0


cdef void measure_cycle(Ring* ring) noexcept nogil:
    """Count what came since the newest potential's like one period before."""
    cdef long long held = min(ring.n, <long long> NOTED)
    cdef long long back
    cdef int count = 0
    cdef int phases = 0
    cdef double gap
    cdef double widest = 0.0
    cdef double unevenness = 0.0
    cdef double weight
    cdef long long later = newest(ring, 0).sample
    cdef int times = 1
    cdef double shortest = ring.period
    cdef double longest = 0.0
    for back in range(held - 1):
        if newest(ring, 0).sample - newest(ring, back).sample >= newest(ring, 0).lag:
            break
        if back and newest(ring, back).train == newest(ring, 0).train:
            gap = <double> (later - newest(ring, back).sample)
            shortest = min(shortest, gap)
            longest = max(longest, gap)
            later = newest(ring, back).sample
            times += 1
        gap = <double> (newest(ring, back).sample - newest(ring, back + 1).sample)
        widest = max(widest, gap)
        count += 1
        phases += newest(ring, back).phases
    for back in range(count):
        gap = <double> (newest(ring, back).sample - newest(ring, back + 1).sample)
        unevenness += fabs(gap * count / ring.period - 1.0) / count
    gap = <double> (later - newest(ring, 0).sample) + newest(ring, 0).lag
    shortest = min(shortest, gap)
    longest = max(longest, gap)
    if times >= EVEN_TIMES and longest < EVEN_GAPS * shortest:
        unevenness = 0.0
    weight = WEIGHT if ring.count > 0.0 else 1.0
    ring.count += weight * (count - ring.count)
    ring.phases += weight * (phases - ring.phases)
    ring.unevenness += weight * (unevenness - ring.unevenness)
    ring.span += weight * (max(0.0, ring.period - widest) - ring.span)


cdef bint follow_ring(
    Ring* ring, long long sample, long long train, int phases, double per_ms
) noexcept nogil:
    """Note a potential; return whether it belongs to a complex that repeats itself.

    ``train`` IN number; ``phases`` IN of the potential.
    """
    cdef Noted* noted
    ring.n += 1
    noted = newest(ring, 0)
    noted.sample = sample
    noted.train = train
    noted.phases = phases
    noted.lag = 0.0
    if ring.n < TRIED + 2:
        return False
    if ring.period > 0.0:
        compare(ring, per_ms)
        if ring.repeated < LOST_SHARE:
            ring.period = noted.lag = 0.0
    if ring.period == 0.0 and ring.n % LOOK_EVERY == 0:
        find_period(ring, per_ms)
        if ring.period > 0.0:
            compare(ring, per_ms)
    if noted.lag == 0.0:
        return False
    measure_cycle(ring)
    return is_ring(ring)


cdef bint is_ring(const Ring* ring) noexcept nogil:
    """Return whether a channel repeats a complex of several potentials."""
    return (
        ring.period > 0.0 and ring.compared >= FEWEST_COMPARED and ring.kept > KEPT_SHARE
        and ring.repeated > REPEATED_SHARE and ring.change < LARGEST_CHANGE
        and FEWEST < ring.count < MOST and ring.unevenness > UNEVEN
    )


cdef Rhythm ring_rhythm(const Ring* ring, double rate_hz) noexcept nogil:
    """Return the rhythm of the cycles; ``rate_hz`` IN samples per second."""
    return Rhythm(rate_hz / ring.period, ring.change, ring.period, 1.0, 1.0)


def rings(times, trains, phases, double per_ms):
    """Return what is known after each of some potentials; for tests and plots.

    Parameters
    ----------
    times : sequence of int
        In samples.
    trains, phases : sequences of int
        The train that each was sorted into, and how many phases it has.
    per_ms : float
        Samples.

    Returns
    -------
    list of (bool, float, float, float)
        Whether it belongs to a complex that repeats itself, the period and span in ms, and the
        phases of a cycle.
    """
    cdef Ring ring
    cdef bint found
    memset(&ring, 0, sizeof(Ring))
    known = []
    for time, train, of_one in zip(times, trains, phases, strict=True):
        found = follow_ring(&ring, time, train, of_one, per_ms)
        known.append((bool(found), ring.period / per_ms, ring.span / per_ms, ring.phases))
    return known
