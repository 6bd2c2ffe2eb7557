"""Rhythms: intervals of one on average by some law, stretched by a rate that changes with time.

A rate is given on a grid of ``STEP_S``; where it is 0 nothing fires. Discharges come where the
integral of the rate passes the sum of the intervals, so every law goes with every course.
"""

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

Floats = npt.NDArray[np.float64]

STEP_S = 0.01
# Of denervated fibres, as the table has them.
FASTEST_HZ = 15.0


def times(intervals: Floats, rates_hz: Floats) -> Floats:
    """Return the times in s at which a unit fires; ``intervals`` should outlast the course."""
    passed = np.concatenate([[0.0], np.cumsum(rates_hz) * STEP_S])
    wanted = np.cumsum(intervals)
    wanted = wanted[wanted < passed[-1]]
    # The first moment at which the integral is reached, so that no discharge falls into a pause.
    after = np.searchsorted(passed, wanted)
    share = (wanted - passed[after - 1]) / (passed[after] - passed[after - 1])
    return np.asarray((after - 1 + share) * STEP_S)


def enough(rates_hz: Floats) -> int:
    """Return how many intervals outlast a course of rates."""
    expected = float(rates_hz.sum()) * STEP_S
    return int(1.3 * expected + 10.0 * np.sqrt(expected) + 20.0)


def regular(rng: np.random.Generator, n: int) -> Floats:
    """Return intervals that vary by 1 to 5 %, around a mean that may drift."""
    cv = rng.uniform(0.01, 0.05)
    style = rng.integers(3)
    if style == 0:
        return np.asarray(rng.gamma(1.0 / cv**2, cv**2, n))
    if style == 1:
        return np.asarray(np.exp(cv * rng.standard_normal(n)))
    memory = rng.uniform(0.9, 0.98)
    drift = lfilter([1.0], [1.0, -memory], rng.standard_normal(n))
    drift *= 1.5 * cv * np.sqrt(1.0 - memory**2)
    return np.asarray(np.exp(drift + 0.5 * cv * rng.standard_normal(n)))


def irregular(rng: np.random.Generator, n: int, rate_hz: float) -> Floats:
    """Return intervals that vary by 30 to 80 %, none shorter than 35 to 60 ms."""
    least = min(0.6, rng.uniform(0.035, 0.06) * rate_hz)
    cv = rng.uniform(0.3, 0.8)
    style = rng.integers(3)
    spread = cv / (1.0 - least)
    if style == 0:
        free = rng.gamma(1.0 / spread**2, spread**2, n)
    elif style == 1:
        sigma = np.sqrt(np.log1p(spread**2))
        free = np.exp(sigma * rng.standard_normal(n) - 0.5 * sigma**2)
    else:
        # A regular fibre of which discharges fail: small multiples of one interval.
        fails = rng.uniform(0.2, 0.45)
        multiples = rng.geometric(1.0 - fails, n)
        return np.asarray(multiples * np.exp(0.04 * rng.standard_normal(n)))
    return np.asarray(least + (1.0 - least) * free)


def voluntary(rng: np.random.Generator, n: int, cv: float) -> Floats:
    """Return intervals of a motor unit: near-Gaussian or Weibull, weakly dependent."""
    white = rng.standard_normal(n)
    memory = rng.uniform(-0.25, 0.25)
    linked = lfilter([np.sqrt(1.0 - memory**2)], [1.0, -memory], white)
    if rng.random() < 0.5:
        return np.asarray(np.maximum(0.35, 1.0 + cv * linked))
    return np.asarray(np.exp(cv * linked - 0.5 * cv**2))


def random_times(rng: np.random.Generator, rates_hz: Floats, least_s: float) -> Floats:
    """Return times that know nothing of each other but for a least interval."""
    found = times(rng.exponential(1.0, enough(rates_hz)), rates_hz)
    kept = np.concatenate([[True], np.diff(found) >= least_s])[: len(found)]
    return np.asarray(found[kept])


def grid(seconds: float) -> Floats:
    """Return the times of a course of rates."""
    return np.asarray(np.arange(int(np.ceil(seconds / STEP_S))) * STEP_S, np.float64)


def slow(rng: np.random.Generator, at_s: Floats, periods_s: tuple[float, float]) -> Floats:
    """Return two slow waves together, within ±1."""
    first, second = rng.uniform(*periods_s, 2)
    phases = rng.uniform(0.0, 2.0 * np.pi, 2)
    return np.asarray(
        0.6 * np.sin(2.0 * np.pi * at_s / first + phases[0])
        + 0.4 * np.sin(2.0 * np.pi * at_s / second + phases[1])
    )


def denervated_course(
    rng: np.random.Generator, seconds: float, rate_hz: float, begin_s: float
) -> Floats:
    """Return the rate of a denervated fibre: trends, fading runs, pauses."""
    at_s = grid(seconds)
    rates_hz = rate_hz * (1.0 + 0.15 * slow(rng, at_s, (20.0, 120.0)))
    rates_hz[at_s < begin_s] = 0.0
    if rng.random() < 0.5:
        return np.minimum(rates_hz, FASTEST_HZ)
    start_s = begin_s
    while start_s < seconds:
        stop_s = start_s + rng.uniform(15.0, 90.0)
        pause_s = rng.uniform(3.0, 15.0)
        fading_s = max(3.0, 6.0 / rate_hz)
        fading = (at_s > stop_s - fading_s) & (at_s <= stop_s)
        rates_hz[fading] *= 1.0 - 0.5 * (1.0 - (stop_s - at_s[fading]) / fading_s) ** 2
        rates_hz[(at_s > stop_s) & (at_s < stop_s + pause_s)] = 0.0
        start_s = stop_s + pause_s
        rates_hz[at_s >= start_s] *= np.exp(0.1 * rng.standard_normal())
    return np.minimum(rates_hz, FASTEST_HZ)


def effort(rng: np.random.Generator, seconds: float) -> Floats:
    """Return a will from 0 to 1: rests, ramps, plateaus that waver."""
    at_s = grid(seconds)
    knots_s, levels = [0.0], [0.0]
    now_s = 0.0
    while now_s < seconds:
        rest_s, rise_s, hold_s, fall_s = (
            rng.uniform(1.5, 7.0),
            rng.uniform(0.2, 3.0),
            rng.uniform(2.0, 18.0),
            rng.uniform(0.2, 2.5),
        )
        peak = rng.beta(2.0, 1.5)
        for length_s, level in ((rest_s, 0.0), (rise_s, peak), (hold_s, peak), (fall_s, 0.0)):
            now_s += length_s
            knots_s.append(now_s)
            levels.append(level)
    wavering = 1.0 + 0.12 * slow(rng, at_s, (1.5, 8.0))
    return np.asarray(np.interp(at_s, knots_s, levels) * wavering)
