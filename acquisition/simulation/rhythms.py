"""The rhythm of every kind of discharge.

Each rhythm is a generator function of a ``Firing`` that yields (time in seconds, gain) of one
discharge after another, without end; the generator is all the state there is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

Discharge = tuple[float, float]
Range = tuple[float, float]

# How long the needle moves when it is moved on.
MOVING_S = 0.2


@dataclass(frozen=True, slots=True)
class Firing:
    """What a rhythm is told of the unit that fires.

    Attributes
    ----------
    rng
        The unit's own.
    start_s
        When the unit may begin.
    common
        Seed that all units of the same activity and place share: the will, a cramp.
    duration_s
        Of the unit's waveform.
    """

    rng: np.random.Generator
    start_s: float
    common: np.random.SeedSequence
    duration_s: float


Rhythm = Callable[[Firing], Iterator[Discharge]]


def _log_uniform(rng: np.random.Generator, bounds: Range) -> float:
    return float(np.exp(rng.uniform(np.log(bounds[0]), np.log(bounds[1]))))


def regular(
    firing: Firing,
    *,
    firing_hz: Range = (0.5, 15.0),
    cv: Range = (0.01, 0.05),
    run_s: Range = (30.0, 180.0),
    pause_s: Range = (3.0, 20.0),
) -> Iterator[Discharge]:
    """Fire like a clock; the interval grows over the last seconds before a stop.

    An infinite ``run_s`` never stops.
    """
    rng = firing.rng
    interval = 1.0 / _log_uniform(rng, firing_hz)
    spread = rng.uniform(*cv)
    time_s = firing.start_s + rng.uniform(0.0, interval)
    while True:
        run = rng.uniform(*run_s) if np.isfinite(run_s[1]) else np.inf
        stop_s = time_s + run
        slowing_s = min(0.25 * run, max(3.0, 6.0 * interval))
        while time_s < stop_s:
            yield time_s, 1.0 + 0.01 * rng.normal()
            slow = 1.0 + 0.8 * max(0.0, 1.0 - (stop_s - time_s) / slowing_s) ** 2
            time_s += interval * slow * max(0.2, 1.0 + spread * rng.normal())
        time_s += rng.uniform(*pause_s)
        interval *= np.exp(0.1 * rng.normal())


def irregular(
    firing: Firing,
    *,
    firing_hz: Range = (0.5, 12.0),
    cv: Range = (0.3, 0.8),
    least_ms: Range = (30.0, 50.0),
) -> Iterator[Discharge]:
    """Fire irregularly, never within 30 to 50 ms of the discharge before."""
    rng = firing.rng
    mean = 1.0 / _log_uniform(rng, firing_hz)
    least = min(rng.uniform(*least_ms) * 1e-3, 0.6 * mean)
    # A gamma distribution above the least interval that gives the whole the wanted CV.
    shape = ((mean - least) / (rng.uniform(*cv) * mean)) ** 2
    time_s = firing.start_s + rng.uniform(0.0, mean)
    while True:
        yield time_s, 1.0 + 0.02 * rng.normal()
        time_s += least + rng.gamma(shape, (mean - least) / shape)


def changeable(
    firing: Firing,
    *,
    firing_hz: Range = (1.0, 12.0),
    epoch_s: Range = (4.0, 15.0),
    cv: tuple[Range, Range] = ((0.01, 0.05), (0.3, 0.8)),
    least_s: float = 0.035,
) -> Iterator[Discharge]:
    """Fire regularly for some seconds and irregularly for the next, as many fibrillations do."""
    rng = firing.rng
    mean = max(1.0 / _log_uniform(rng, firing_hz), 2.0 * least_s)
    epoch = int(rng.integers(2))
    time_s = firing.start_s + rng.uniform(0.0, mean)
    while True:
        change_s = time_s + rng.uniform(*epoch_s)
        shape = ((mean - least_s) / (rng.uniform(*cv[epoch]) * mean)) ** 2
        while time_s < change_s:
            yield time_s, 1.0 + 0.015 * rng.normal()
            time_s += least_s + rng.gamma(shape, (mean - least_s) / shape)
        epoch = 1 - epoch


def fasciculating(
    firing: Firing, *, firing_hz: Range = (0.05, 2.0), cluster_share: float = 0.08
) -> Iterator[Discharge]:
    """Fire at random; now and then a few discharges at 5 to 10 Hz."""
    rng = firing.rng
    mean = 1.0 / _log_uniform(rng, firing_hz)
    time_s = firing.start_s + rng.exponential(mean)
    while True:
        yield time_s, float(np.exp(0.08 * rng.normal()))
        if rng.random() < cluster_share:
            time_s += rng.uniform(0.1, 0.2)
        else:
            time_s += 0.03 + rng.exponential(mean)


class Drive:
    """A drive from 0 to 1 that rises, wavers, falls and rests, the same for all units of a seed.

    Parameters
    ----------
    common
        The shared seed.
    start_s
        When the first rest begins.
    rest_s, rise_s, hold_s
        Ranges of its parts.
    peak
        Range of the level that is reached.
    """

    def __init__(
        self,
        common: np.random.SeedSequence,
        start_s: float,
        *,
        rest_s: Range,
        rise_s: Range,
        hold_s: Range,
        peak: Range,
    ) -> None:
        self._rng = np.random.default_rng(common)
        self._ranges = (rest_s, rise_s, hold_s, peak)
        self._end_s = start_s
        self._next()

    def _next(self) -> None:
        rest_s, rise_s, hold_s, peak = self._ranges
        rng = self._rng
        self._up_s = self._end_s + rng.uniform(*rest_s)
        self._rise, self._fall = rng.uniform(*rise_s), rng.uniform(*rise_s)
        self._down_s = self._up_s + self._rise + rng.uniform(*hold_s)
        self._end_s = self._down_s + self._fall
        self._peak = rng.uniform(*peak)
        self._waver_hz, self._waver_phase = rng.uniform(0.1, 0.5), rng.uniform(0.0, 2.0 * np.pi)

    def level(self, time_s: float) -> float:
        """Return the drive; ``time_s`` never goes back."""
        while time_s >= self._end_s:
            self._next()
        up = (time_s - self._up_s) / self._rise
        down = (self._end_s - time_s) / self._fall
        waver = 1.0 + 0.12 * np.sin(2.0 * np.pi * self._waver_hz * time_s + self._waver_phase)
        return float(self._peak * waver * np.clip(min(up, down), 0.0, 1.0))


def voluntary(
    firing: Firing,
    *,
    onset_hz: Range = (5.0, 8.0),
    gain_hz: Range = (8.0, 20.0),
    most_hz: float = 25.0,
    cv: Range = (0.06, 0.25),
    threshold: Range = (0.02, 0.6),
    rest_s: Range = (2.0, 8.0),
    rise_s: Range = (0.3, 3.0),
    hold_s: Range = (3.0, 20.0),
    peak: Range = (0.3, 1.0),
    doublets: float = 0.0,
) -> Iterator[Discharge]:
    """Fire with effort: recruited above a threshold, faster with more effort, together.

    ``doublets`` is the probability of a second discharge after 3 to 10 ms.
    """
    rng = firing.rng
    drive = Drive(
        firing.common, firing.start_s, rest_s=rest_s, rise_s=rise_s, hold_s=hold_s, peak=peak
    )
    # Below the strongest effort, or the unit would never be heard of.
    recruited = min(rng.uniform(*threshold), 0.9 * peak[1])
    onset, gain, spread = rng.uniform(*onset_hz), rng.uniform(*gain_hz), rng.uniform(*cv)
    time_s = firing.start_s + rng.uniform(0.0, 0.05)
    while True:
        above = drive.level(time_s) - recruited
        if above < 0.0:
            time_s += rng.uniform(0.02, 0.05)
            continue
        yield time_s, 1.0 + 0.03 * rng.normal()
        if rng.random() < doublets:
            yield time_s + rng.uniform(0.003, 0.010), 0.9 + 0.05 * rng.normal()
        rate = min(most_hz, onset + gain * above)
        time_s += max(0.4, 1.0 + spread * rng.normal()) / rate


def steady(
    firing: Firing, *, firing_hz: Range = (5.0, 12.0), cv: Range = (0.06, 0.25)
) -> Iterator[Discharge]:
    """Fire as a lone motor unit that cannot be relaxed; near-Gaussian intervals."""
    rng = firing.rng
    interval, spread = 1.0 / rng.uniform(*firing_hz), rng.uniform(*cv)
    time_s = firing.start_s + rng.uniform(0.0, interval)
    while True:
        yield time_s, 1.0 + 0.03 * rng.normal()
        time_s += interval * max(0.4, 1.0 + spread * rng.normal())


def cramping(firing: Firing) -> Iterator[Discharge]:
    """Fire in a cramp: 20 to 150 Hz, mostly 40 to 60, irregular, building up and fading."""
    return voluntary(
        firing,
        onset_hz=(20.0, 35.0),
        gain_hz=(15.0, 50.0),
        most_hz=150.0,
        cv=(0.15, 0.35),
        threshold=(0.05, 0.5),
        rest_s=(2.0, 6.0),
        rise_s=(1.0, 4.0),
        hold_s=(4.0, 25.0),
        peak=(0.7, 1.0),
    )


def end_plate_spikes(
    firing: Firing, *, firing_hz: Range = (5.0, 30.0), least_ms: Range = (2.0, 6.0)
) -> Iterator[Discharge]:
    """Fire in irregular bursts of up to 100 Hz with very short intervals between."""
    rng = firing.rng
    least = rng.uniform(*least_ms) * 1e-3
    mean = 1.0 / _log_uniform(rng, firing_hz)
    burst = 1.0 / rng.uniform(50.0, 100.0)
    time_s = firing.start_s + rng.exponential(mean)
    in_burst = False
    while True:
        yield time_s, float(np.exp(0.05 * rng.normal()))
        in_burst = rng.random() < (0.75 if in_burst else 0.12)
        time_s += least + rng.exponential(burst if in_burst else mean)


def end_plate_hiss(firing: Firing, *, firing_hz: Range = (20.0, 600.0)) -> Iterator[Discharge]:
    """Fire densely at random, as quanta are released."""
    rng = firing.rng
    mean = 1.0 / _log_uniform(rng, firing_hz)
    time_s = firing.start_s
    while True:
        intervals = rng.exponential(mean, 64)
        gains = np.exp(rng.normal(0.0, 0.35, 64))
        for interval, gain in zip(intervals.tolist(), gains.tolist(), strict=True):
            time_s += interval
            yield time_s, gain


def ring(
    firing: Firing,
    *,
    firing_hz: Range = (3.0, 100.0),
    run_s: Range = (2.0, 30.0),
    pause_s: Range = (1.0, 8.0),
    step_every_s: float = 6.0,
) -> Iterator[Discharge]:
    """Fire as a complex repetitive discharge: abrupt, CV below 2 %, with sudden steps of rate."""
    rng = firing.rng
    fastest = min(firing_hz[1], 0.85 / firing.duration_s)
    slowest = min(firing_hz[0], fastest)
    interval = 1.0 / _log_uniform(rng, (slowest, fastest))
    spread = rng.uniform(0.002, 0.012)
    time_s = firing.start_s + rng.uniform(0.0, pause_s[1])
    while True:
        stop_s = time_s + rng.uniform(*run_s)
        step_s = time_s + rng.exponential(step_every_s)
        while time_s < stop_s:
            yield time_s, 1.0 + 0.005 * rng.normal()
            if time_s > step_s:
                changed = interval * rng.choice((0.6, 0.75, 1.3, 1.6))
                interval = float(np.clip(changed, 1.0 / fastest, 1.0 / slowest))
                step_s = time_s + 1.0 + rng.exponential(step_every_s)
            time_s += interval * (1.0 + spread * rng.normal())
        time_s += rng.uniform(*pause_s)


def waxing_and_waning(
    firing: Firing,
    *,
    slow_hz: Range = (15.0, 25.0),
    fast_hz: Range = (40.0, 100.0),
    run_s: Range = (2.0, 20.0),
    pause_s: Range = (1.0, 8.0),
) -> Iterator[Discharge]:
    """Fire as a myotonic discharge: rate and amplitude rise and fall, apart and together."""
    rng = firing.rng
    spread = rng.uniform(0.01, 0.04)
    time_s = firing.start_s + rng.uniform(0.0, pause_s[1])
    while True:
        start_s, run = time_s, rng.uniform(*run_s)
        slow, fast = rng.uniform(*slow_hz), rng.uniform(*fast_hz)
        swings, lead = rng.uniform(0.8, 2.5), rng.uniform(-0.15, 0.15)
        while time_s < start_s + run:
            part = (time_s - start_s) / run
            fade = min(1.0, 8.0 * part + 0.3, 4.0 * (1.0 - part) + 0.1)
            swell = 0.5 - 0.5 * np.cos(2.0 * np.pi * swings * (part + lead))
            size = 0.5 - 0.5 * np.cos(2.0 * np.pi * swings * part)
            yield time_s, float(fade * (0.35 + 0.65 * size))
            rate = slow + (fast - slow) * swell * fade
            time_s += (1.0 + spread * rng.normal()) / rate
        time_s += rng.uniform(*pause_s)


def grouped(
    firing: Firing,
    *,
    within_hz: Range = (8.0, 60.0),
    every_s: Range = (0.2, 10.0),
    burst: tuple[int, int] = (2, 15),
) -> Iterator[Discharge]:
    """Fire as a myokymic discharge: short bursts, semi-rhythmic, silence between."""
    rng = firing.rng
    within = 1.0 / _log_uniform(rng, within_hz)
    typical = int(rng.integers(burst[0], burst[1] + 1))
    every = max(_log_uniform(rng, every_s), 2.5 * within * typical + 0.1)
    spread = rng.uniform(0.08, 0.25)
    time_s = firing.start_s + rng.uniform(0.0, min(every, 2.0))
    while True:
        count = int(np.clip(typical + rng.integers(-1, 2), *burst))
        at_s = time_s
        for _ in range(count):
            yield at_s, 1.0 + 0.02 * rng.normal()
            at_s += within * max(0.4, 1.0 + 0.12 * rng.normal())
        # However the bursts waver, silence parts them.
        time_s = max(at_s + 3.0 * within, time_s + every * max(0.4, 1.0 + spread * rng.normal()))


def decrementing(
    firing: Firing,
    *,
    firing_hz: Range = (150.0, 300.0),
    run_s: Range = (0.1, 4.0),
    pause_s: Range = (0.5, 5.0),
) -> Iterator[Discharge]:
    """Fire as a neuromyotonic discharge: abrupt, very fast, ever smaller."""
    rng = firing.rng
    time_s = firing.start_s + rng.uniform(0.0, pause_s[1])
    while True:
        start_s, run, rate = time_s, rng.uniform(*run_s), rng.uniform(*firing_hz)
        while time_s < start_s + run:
            part = (time_s - start_s) / run
            yield time_s, float((1.0 - 0.8 * part) * (1.0 + 0.02 * rng.normal()))
            time_s += (1.0 + 0.02 * rng.normal()) / max(150.0, rate * (1.0 - 0.15 * part))
        time_s += rng.uniform(*pause_s)


def insertion(
    firing: Firing,
    *,
    after_s: Range = (0.03, 0.25),
    firing_hz: Range = (80.0, 300.0),
) -> Iterator[Discharge]:
    """Fire while the needle moves (``MOVING_S``) and ``after_s`` longer, ever fewer; then stop."""
    rng = firing.rng
    after = np.random.default_rng(firing.common).uniform(*after_s)
    rate = rng.uniform(*firing_hz)
    end_s = firing.start_s + MOVING_S + after
    time_s = firing.start_s
    while True:
        left = np.clip((end_s - time_s) / after, 0.0, 1.0)
        time_s += rng.exponential(1.0 / (rate * (0.15 + 0.85 * left)))
        if time_s >= end_s:
            break
        yield time_s, float(np.exp(0.5 * rng.normal()))


def once(firing: Firing) -> Iterator[Discharge]:
    """Fire once, at the start."""
    yield firing.start_s, 1.0


def clocked(firing: Firing, *, firing_hz: Range) -> Iterator[Discharge]:
    """Fire as a device: exactly periodic."""
    period = 1.0 / firing.rng.uniform(*firing_hz)
    first_s = firing.start_s + firing.rng.uniform(0.0, period)
    count = 0
    while True:
        yield first_s + count * period, 1.0
        count += 1


def heart(firing: Firing, *, firing_hz: Range = (0.8, 1.6)) -> Iterator[Discharge]:
    """Fire as a heart: slightly irregular, with breathing."""
    rng = firing.rng
    interval = 1.0 / rng.uniform(*firing_hz)
    breath_hz = rng.uniform(0.2, 0.3)
    time_s = firing.start_s + rng.uniform(0.0, interval)
    while True:
        breath = np.sin(2.0 * np.pi * breath_hz * time_s)
        yield time_s, float(1.0 + 0.1 * breath)
        time_s += float(interval * (1.0 + 0.04 * breath + 0.01 * rng.normal()))


def now_and_then(firing: Firing, *, every_s: Range = (2.0, 10.0)) -> Iterator[Discharge]:
    """Happen at random, with sizes that differ severalfold."""
    rng = firing.rng
    time_s = firing.start_s
    while True:
        time_s += 0.02 + rng.exponential(rng.uniform(*every_s))
        yield time_s, float(np.exp(0.6 * rng.normal()))
