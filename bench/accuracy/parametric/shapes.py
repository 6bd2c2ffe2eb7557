"""Waveforms by formula: sums of bumps, derivatives, damped sinusoids and leaky pulses.

A shape maker draws one unit and returns a ``Shape``: a function of time that knows how its unit
jitters from one discharge to the next and how it changes while the needle creeps.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Part = Callable[[Floats], Floats]
ShapeMaker = Callable[[np.random.Generator], "Shape"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A unit's waveform.

    Attributes
    ----------
    parts
        Functions of the time in ms since each part's own instant.
    weights
        Of the parts.
    lags_ms
        Instants of the parts.
    jitter_ms
        Standard deviation of each part's instant from one discharge to the next.
    reach_ms
        Times before and after the discharge's instant within which it lies.
    blocking
        Probability that a part but the largest is missing from a discharge.
    """

    parts: tuple[Part, ...]
    weights: Floats
    lags_ms: Floats
    reach_ms: tuple[float, float]
    jitter_ms: float = 0.0
    blocking: float = 0.0

    def table(self, rng: np.random.Generator, rate_hz: float, stages: int, variants: int) -> Floats:
        """Return waveforms, shape (stages, variants, n_samples), in any unit.

        Each variant lies elsewhere between two samples and has its own jitter. From the first
        stage to the last the unit gets slower by a sixth and its parts change their weights.
        """
        before, after = self.reach_ms
        n = round((before + after) * 1e-3 * rate_hz) + 1
        time_ms = np.arange(n) * 1e3 / rate_hz - before
        drift = rng.normal(0.0, 0.12, len(self.parts))
        waves = np.zeros((stages, variants, n))
        largest = int(np.argmax(np.abs(self.weights)))
        for variant in range(variants):
            between = rng.uniform(-0.5, 0.5) * 1e3 / rate_hz
            lags = self.lags_ms + self.jitter_ms * rng.standard_normal(len(self.parts))
            kept = rng.random(len(self.parts)) >= self.blocking
            kept[largest] = True
            for stage in range(stages):
                part_of_way = stage / max(1, stages - 1)
                slower = 1.0 + 0.16 * part_of_way
                for order, part in enumerate(self.parts):
                    if kept[order]:
                        weight = self.weights[order] * (1.0 + drift[order] * part_of_way)
                        shifted = (time_ms - lags[order] - between) / slower
                        waves[stage, variant] += weight * part(shifted)
        return waves


def _alone(part: Part, reach_ms: tuple[float, float]) -> Shape:
    return Shape((part,), np.ones(1), np.zeros(1), reach_ms)


def _bump(width_ms: float, skew: float = 1.0, height: float = 1.0) -> Part:
    """Return a Gaussian whose falling side is ``skew`` times as wide."""

    def values(time_ms: Floats) -> Floats:
        width = np.where(time_ms < 0.0, width_ms, width_ms * skew)
        return np.asarray(height * np.exp(-0.5 * (time_ms / width) ** 2))

    return values


def _slope(width_ms: float) -> Part:
    """Return the first derivative of a Gaussian: positive, then negative."""

    def values(time_ms: Floats) -> Floats:
        x = time_ms / width_ms
        return np.asarray(-x * np.exp(0.5 - 0.5 * x * x))

    return values


def _curve(width_ms: float, skew: float) -> Part:
    """Return the second derivative of a Gaussian, positive–negative–positive, skewed."""

    def values(time_ms: Floats) -> Floats:
        x = np.where(time_ms < 0.0, time_ms, time_ms / skew) / width_ms
        return np.asarray((x * x - 1.0) * np.exp(-0.5 * x * x))

    return values


def _damped(hz: float, decay_ms: float, rise_ms: float) -> Part:
    """Return a damped sinusoid that begins positive, softly."""

    def values(time_ms: Floats) -> Floats:
        t = np.maximum(time_ms, 0.0)
        return np.asarray(
            (1.0 - np.exp(-((t / rise_ms) ** 2)))
            * np.exp(-t / decay_ms)
            * np.sin(2e-3 * np.pi * hz * t)
        )

    return values


def _leaky(rise_ms: float, decay_ms: float, after: float, after_ms: float) -> Part:
    """Return a sharp positive wave that leaks away into a long, low negative one."""

    def values(time_ms: Floats) -> Floats:
        t = np.maximum(time_ms, 0.0)
        late = np.maximum(t - decay_ms, 0.0) / after_ms
        positive = (1.0 - np.exp(-((t / rise_ms) ** 1.5))) * np.exp(-t / decay_ms)
        return np.asarray(positive - after * late * np.exp(1.0 - late))

    return values


def _gamma_wave(order: float, tau_ms: float, after: float, after_ms: float) -> Part:
    """Return a gamma-shaped positive wave and a later, lower, longer negative one."""

    def values(time_ms: Floats) -> Floats:
        t = np.maximum(time_ms, 0.0)
        early = (t / (order * tau_ms)) ** order * np.exp(order - t / tau_ms)
        late = (t / (2.0 * after_ms)) ** 2 * np.exp(2.0 - t / after_ms)
        return np.asarray(early - after * late)

    return values


def fibrillation(rng: np.random.Generator) -> Shape:
    """Return two or three phases within 1 to 5 ms, initially positive, seldom negative."""
    style = rng.integers(4)
    width = float(np.exp(rng.uniform(np.log(0.16), np.log(0.5))))
    if style == 0:
        shape = _alone(_slope(1.3 * width), (6.0 * width + 1.0, 7.0 * width + 1.0))
    elif style == 1:
        shape = _alone(
            _curve(width, rng.uniform(1.0, 1.8)), (6.0 * width + 1.0, 10.0 * width + 1.0)
        )
    elif style == 2:
        hz = 0.25 / (1.4 * width) * 1e3
        shape = _alone(_damped(hz, rng.uniform(1.2, 2.4) * width, width), (1.0, 22.0 * width + 1.0))
    else:
        weights = np.array([rng.uniform(0.2, 0.7), -1.0, rng.uniform(0.1, 0.5)])
        lags = np.array([-rng.uniform(1.5, 2.2) * width, 0.0, rng.uniform(1.8, 3.2) * width])
        widths = width * np.array([rng.uniform(0.7, 1.2), 0.8, rng.uniform(1.1, 1.8)])
        shape = Shape(
            tuple(_bump(one) for one in widths),
            weights,
            lags,
            (8.0 * width + 1.0, 12.0 * width + 1.0),
        )
    if rng.random() < 0.08:  # the fibre starts at the needle
        return Shape((_slope(1.3 * width),), -np.ones(1), np.zeros(1), (4.0, 5.0))
    return shape


def sharp_wave(rng: np.random.Generator) -> Shape:
    """Return a positive wave of 2 to 5 ms with a steep front, then a low negative one."""
    rise, decay = rng.uniform(0.25, 0.7), rng.uniform(1.4, 4.0)
    after, after_ms = rng.uniform(0.0, 0.25), rng.uniform(3.0, 8.0)
    if rng.random() < 0.5:
        return _alone(_leaky(rise, decay, after, after_ms), (2.0, 60.0))
    return _alone(_gamma_wave(rng.uniform(0.3, 0.8), 0.8 * decay, after, after_ms), (2.0, 60.0))


def motor_unit(
    rng: np.random.Generator,
    *,
    parts: tuple[int, int] = (6, 18),
    spread_ms: tuple[float, float] = (1.5, 5.0),
    jitter_ms: tuple[float, float] = (0.01, 0.05),
    blocking: float = 0.0,
    turned: float = 0.0,
) -> Shape:
    """Return the sum of many wider slopes and bumps: 5 to 15 ms, mostly negative.

    ``turned`` is the probability of the opposite polarity.
    """
    n = int(rng.integers(parts[0], parts[1] + 1))
    spread = rng.uniform(*spread_ms)
    lags = rng.normal(0.0, spread / 3.0, n)
    weights = np.exp(rng.normal(0.0, 0.5, n))
    makers: list[Part] = []
    for _ in range(n):
        width = rng.uniform(0.25, 0.8)
        makers.append(
            _slope(width) if rng.random() < 0.4 else _bump(width, rng.uniform(1.0, 2.0), -1.0)
        )
    # What the action potentials leave behind: a long, low positive end.
    makers.append(_bump(rng.uniform(1.5, 3.5), 1.5))
    weights = np.append(weights, rng.uniform(0.02, 0.08) * weights.sum())
    lags = np.append(lags, lags.max() + rng.uniform(1.5, 3.0))
    if rng.random() < 0.8:
        makers.append(_bump(rng.uniform(0.6, 1.5)))
        weights = np.append(weights, rng.uniform(0.03, 0.12) * weights[:n].sum())
        lags = np.append(lags, lags[:n].min() - rng.uniform(0.8, 2.0))
    sign = -1.0 if rng.random() < turned else 1.0
    return Shape(
        tuple(makers),
        sign * weights,
        lags,
        (float(-lags.min()) + 6.0, float(lags.max()) + 14.0),
        rng.uniform(*jitter_ms),
        blocking,
    )


def fasciculation(rng: np.random.Generator) -> Shape:
    """Return a motor unit or a part of one, of either polarity, from which parts drop out."""
    return motor_unit(rng, spread_ms=(2.0, 7.0), blocking=0.06, turned=0.12)


def brief_motor_unit(rng: np.random.Generator) -> Shape:
    """Return the motor unit of few fibres that can fire at 150 to 300 Hz."""
    n = int(rng.integers(2, 6))
    parts = tuple(_slope(rng.uniform(0.2, 0.45)) for _ in range(n))
    return Shape(parts, rng.uniform(0.4, 1.0, n), rng.uniform(-0.6, 0.6, n), (3.0, 4.0), 0.02)


def complex_discharge(rng: np.random.Generator) -> Shape:
    """Return 3 to 10 spikes at fixed lags, serrated, the same each time."""
    n = int(rng.integers(3, 11))
    lags = np.concatenate([[0.0], np.cumsum(rng.uniform(0.8, 4.5, n - 1))])
    makers: list[Part] = []
    for _ in range(n):
        width = rng.uniform(0.18, 0.5)
        makers.append(_slope(width) if rng.random() < 0.5 else _curve(width, rng.uniform(1.0, 1.6)))
    weights = rng.uniform(0.3, 1.0, n) * rng.choice((-1.0, 1.0), n, p=(0.2, 0.8))
    return Shape(tuple(makers), weights, lags, (4.0, float(lags[-1]) + 5.0), 0.012)


def myotonic(rng: np.random.Generator) -> Shape:
    """Return a brief spike or a positive wave of 5 to 20 ms."""
    if rng.random() < 0.4:
        part = _leaky(rng.uniform(0.3, 0.6), rng.uniform(1.2, 2.5), rng.uniform(0.0, 0.2), 3.0)
        return _alone(part, (2.0, 20.0))
    width = rng.uniform(0.18, 0.4)
    return _alone(_curve(width, rng.uniform(1.0, 1.6)), (6.0 * width + 1.0, 10.0 * width + 1.0))


def end_plate_spike(rng: np.random.Generator) -> Shape:
    """Return two phases, negative first; from beside the end-plate a low positive one before."""
    width = rng.uniform(0.25, 0.55)
    lead = rng.uniform(0.15, 0.35) if rng.random() < 0.15 else 0.0
    parts = (_bump(width), _bump(width, 1.3), _bump(width * rng.uniform(1.2, 1.8), 1.5))
    weights = np.array([lead, -1.0, rng.uniform(0.25, 0.6)])
    lags = np.array([-2.0 * width, 0.0, rng.uniform(2.0, 2.8) * width])
    return Shape(parts, weights, lags, (5.0, 8.0))


def miniature(rng: np.random.Generator) -> Shape:
    """Return one quantum of end-plate noise: negative, monophasic, 0.5 to 2 ms."""
    order, tau = rng.uniform(0.6, 1.4), rng.uniform(0.2, 0.45)

    def values(time_ms: Floats) -> Floats:
        t = np.maximum(time_ms, 0.0) / tau
        return np.asarray(-((t / order) ** order) * np.exp(order - t))

    return _alone(values, (0.5, 6.0))


def anything(rng: np.random.Generator) -> Shape:
    """Return what a moving needle excites."""
    makers: tuple[ShapeMaker, ...] = (
        fibrillation,
        sharp_wave,
        end_plate_spike,
        lambda one: motor_unit(one, parts=(3, 8), spread_ms=(0.5, 2.5)),
    )
    return makers[rng.integers(len(makers))](rng)
