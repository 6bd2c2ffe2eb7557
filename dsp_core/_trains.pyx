"""Potentials of one shape on one channel: the template they share and the rhythm they keep."""

from libc.math cimport NAN, fabs, round, sqrt
from libc.string cimport memset

import numpy as np

from myoscope.dsp_core._bank cimport sort_floats
from myoscope.dsp_core._waveform cimport Waveform, measure

# A potential belongs to a train while its mean square difference from the template is below
# MISFIT_NOISE times the noise power plus MISFIT_SHARE of the template's own power: needle creep
# and jitter of single fibres stay below the latter.
cdef double MISFIT_NOISE = 2.0
cdef double MISFIT_SHARE = 0.04
cdef double LARGEST_RATIO = 1.6
# Intervals of 1.7 to 2.3 medians hide one missed potential.
cdef double MISSED_FROM = 1.7
cdef double MISSED_TO = 2.3
# The shortest interval is the one of this rank from below: one in eight may be wrong.
cdef int SHORTEST_RANK = 8
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
cdef int LOCKED_INTERVALS = 2


cdef inline double point(const Snippet* snippet, int index, int lag) noexcept nogil:
    """Return one point of a snippet, shifted by ``lag`` rows."""
    cdef int start = snippet.peak - snippet.before + index * snippet.step + lag
    if start < 0 or start + snippet.step > snippet.count:
        return 0.0
    return (snippet.sums[start + snippet.step] - snippet.sums[start]) / snippet.step


cdef double misfit_at(const Train* train, const Snippet* snippet, int lag) noexcept nogil:
    cdef int index
    cdef double difference
    cdef double total = 0.0
    for index in range(train.support_from, train.support_to):
        difference = point(snippet, index, lag) - train.points[index]
        total += difference * difference
    return total


cdef double power_of(const Train* train) noexcept nogil:
    """Return the sum of squares of the points of a template that are compared."""
    cdef int index
    cdef double total = 0.0
    for index in range(train.support_from, train.support_to):
        total += <double> train.points[index] * train.points[index]
    return total


cdef bint match(
    const Train* train, const Snippet* snippet, int* lag, double* misfit
) noexcept nogil:
    """Return whether the snippet has the train's shape.

    ``lag`` OUT rows by which the template lies later than the snippet's own peak; ``misfit`` OUT
    share of what would still be accepted, 0 for equal shapes.
    """
    cdef int count = train.support_to - train.support_from
    cdef int shift
    cdef int centre
    cdef double value
    cdef double best = 1e300
    cdef double averaged = min(train.potentials, <long long> AVERAGED)
    cdef double bound
    cdef double ratio = snippet.amplitude_uv / train.amplitude_uv
    if ratio > LARGEST_RATIO or ratio * LARGEST_RATIO < 1.0:
        return False
    bound = count * MISFIT_NOISE * snippet.noise_uv * snippet.noise_uv * (1.0 + 1.0 / averaged)
    bound += MISFIT_SHARE * power_of(train)
    shift = -(snippet.furthest // snippet.step) * snippet.step
    centre = 0
    while shift <= snippet.furthest:
        value = misfit_at(train, snippet, shift)
        if value < best:
            best = value
            centre = shift
        shift += snippet.step
    lag[0] = centre
    for shift in range(centre - snippet.step // 2, centre + snippet.step // 2 + 1):
        value = misfit_at(train, snippet, shift)
        if value < best:
            best = value
            lag[0] = shift
    misfit[0] = best / bound
    return best < bound


cdef void start_train(
    Train* train, const Snippet* snippet, const Waveform* waveform, double samples_per_ms
) noexcept nogil:
    """Make the snippet the template of a new train; the caller numbers it."""
    cdef int index
    cdef int margin = 1 + <int> (0.2 * samples_per_ms / snippet.step)
    cdef int first = snippet.peak - snippet.before
    memset(train, 0, sizeof(Train))
    train.used = True
    train.alert = -1
    train.rate_hz = NAN
    train.interval_cv = NAN
    train.variability = NAN
    train.shortest = NAN
    train.support_from = max(0, (waveform.onset - first) // snippet.step - margin)
    train.support_to = min(snippet.points, (waveform.end - first) // snippet.step + 1 + margin)
    for index in range(snippet.points):
        train.points[index] = <float> point(snippet, index, 0)


cdef void learn(
    Train* train, const Snippet* snippet, const Waveform* waveform, int lag, long long sample,
    double samples_per_ms
) noexcept nogil:
    """Add a potential to a train: its shape to the template, its time to the rhythm."""
    cdef int index
    cdef double weight
    cdef double points_per_ms = samples_per_ms / snippet.step
    count_potential(train, sample)
    weight = 1.0 / min(train.potentials, <long long> AVERAGED)
    for index in range(snippet.points):
        train.points[index] += <float> (weight * (point(snippet, index, lag) - train.points[index]))
    train.amplitude_uv += weight * (waveform.amplitude_uv - train.amplitude_uv)
    train.duration_ms += weight * (waveform.duration_ms - train.duration_ms)
    measure(
        &train.points[0], snippet.points, train.support_from, train.support_to, points_per_ms,
        snippet.noise_uv * sqrt(weight), &train.shape
    )


cdef void count_potential(Train* train, long long sample) noexcept nogil:
    """Add a potential's time to the rhythm of a train."""
    train.potentials += 1
    if train.potentials == 1:
        train.onset_sample = sample
    elif sample > train.last_sample and not train.interrupted:
        train.intervals[train.n_intervals % INTERVALS] = <double> (sample - train.last_sample)
        train.n_intervals += 1
    train.last_sample = max(sample, train.last_sample)
    train.interrupted = False
    train.changed = True


cdef void update_rhythm(Train* train, double rate_hz) noexcept nogil:
    """Measure the newest intervals; ``rate_hz`` IN samples per second.

    Medians and ranks, for a potential that was missed or taken in wrongly spoils two intervals.
    """
    cdef int count = <int> min(train.n_intervals, <long long> INTERVALS)
    cdef int index
    cdef float median
    cdef bint spoilt
    cdef int kept = 0
    cdef double mean = 0.0
    cdef double square = 0.0
    cdef float[INTERVALS] ordered
    cdef double[INTERVALS] latest
    if count == 0:
        return
    memset(ordered, 0, sizeof(ordered))
    for index in range(count):
        latest[index] = train.intervals[(train.n_intervals - count + index) % INTERVALS]
        ordered[index] = <float> latest[index]
    sort_floats(ordered, count)
    median = ordered[count // 2]
    train.rate_hz = rate_hz / median
    train.shortest = ordered[count // SHORTEST_RANK]
    if count < 2:
        return
    for index in range(count):
        ordered[index] = <float> fabs(latest[index] - median)
    sort_floats(ordered, count)
    spoilt = MAD_TO_DEVIATION * middle(ordered, count) < MOSTLY_REGULAR * median
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
    for index in range(1, count):
        ordered[index - 1] = <float> (
            2.0 * fabs(latest[index] - latest[index - 1]) / (latest[index] + latest[index - 1])
        )
    sort_floats(ordered, count - 1)
    train.variability = MEDIAN_TO_MEAN * middle(ordered, count - 1)


cdef inline double middle(const float* ordered, int count) noexcept nogil:
    """Return the median of values in order."""
    return 0.5 * (ordered[(count - 1) // 2] + ordered[count // 2])


cdef bint locked_to(const Train* train, double period_samples) noexcept nogil:
    """Return whether its intervals are whole numbers of periods: what mains pulses keep."""
    cdef int count = <int> min(train.n_intervals, <long long> INTERVALS)
    cdef int index
    cdef int kept = 0
    cdef double periods
    cdef double allowed
    if count < LOCKED_INTERVALS:
        return False
    for index in range(count):
        periods = train.intervals[index] / period_samples
        allowed = min(LOCKED_LARGEST, LOCKED_MISS + LOCKED_WANDER * periods)
        kept += fabs(periods - round(periods)) < allowed
    return kept >= LOCKED_SHARE * count


cdef Train train_at(const double[::1] times) noexcept:
    """Return a train that has fired at ``times`` in samples."""
    cdef Train train
    cdef Py_ssize_t index
    memset(&train, 0, sizeof(Train))
    train.rate_hz = train.interval_cv = train.variability = train.shortest = NAN
    for index in range(1, times.shape[0]):
        train.intervals[train.n_intervals % INTERVALS] = times[index] - times[index - 1]
        train.n_intervals += 1
    return train


def rhythm(const double[::1] times not None, double rate_hz):
    """Return (rate_hz, interval_cv, variability, shortest) of potentials at ``times`` in samples.

    The measures of a train with a potential at each of the times; for tests and plots.
    """
    cdef Train train = train_at(times)
    update_rhythm(&train, rate_hz)
    return train.rate_hz, train.interval_cv, train.variability, train.shortest


def keeps_time(const double[::1] times not None, double period_samples):
    """Return whether potentials at ``times`` are locked to a period; for tests and plots."""
    cdef Train train = train_at(times)
    return bool(locked_to(&train, period_samples))


def compare(
    const float[::1] first not None, const float[::1] second not None, int peak, int before,
    int points, int step, int furthest, double noise_uv
):
    """Return (same shape, lag, misfit) of two waveforms whose peaks are at row ``peak``.

    The first becomes the template of a train, over all its points, the second is held against it;
    for tests and plots.
    """
    cdef Train train
    cdef Waveform waveform
    cdef Snippet snippet
    cdef int lag = 0
    cdef double misfit = 1e300
    cdef double[::1] sums = np.concatenate([[0.0], np.cumsum(np.asarray(first, np.float64))])
    if points > TEMPLATE_POINTS:
        raise ValueError(f"{points} points; wanted {TEMPLATE_POINTS} at most")
    memset(&waveform, 0, sizeof(Waveform))
    waveform.onset = peak - before
    waveform.end = peak - before + points * step - 1
    waveform.amplitude_uv = np.ptp(first)
    snippet.sums = &sums[0]
    snippet.count = <int> first.shape[0]
    snippet.peak = peak
    snippet.before = before
    snippet.points = points
    snippet.step = step
    snippet.furthest = furthest
    snippet.noise_uv = noise_uv
    snippet.amplitude_uv = waveform.amplitude_uv
    start_train(&train, &snippet, &waveform, 1.0)
    learn(&train, &snippet, &waveform, 0, 0, 1.0)
    sums = np.concatenate([[0.0], np.cumsum(np.asarray(second, np.float64))])
    snippet.sums = &sums[0]
    snippet.amplitude_uv = np.ptp(second)
    same = match(&train, &snippet, &lag, &misfit)
    return bool(same), lag, misfit
