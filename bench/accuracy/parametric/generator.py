"""The signals of the bench by formula: one recipe for each suite."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.simulation import truth
from myoscope.bench.accuracy.parametric import grounds, intervals, shapes
from myoscope.bench.accuracy.parametric.canvas import HIGH_PASSES_HZ, Canvas
from myoscope.bench.accuracy.signals import Signal

Floats = npt.NDArray[np.float64]
Range = tuple[float, float]
Recipe = Callable[[Canvas], object]

# Amplitudes in multiples of the noise.
BIG = (8.0, 35.0)
SMALL = (5.0, 8.0)
ANY_SIZE = (2.0, 30.0)
REGULAR_SHARE = 0.57
# How long what a needle excites outlasts its movement.
NORMAL_AFTER_S = (0.02, 0.28)
INCREASED_AFTER_S = (0.5, 2.0)


def parametric_signal(suite: str, rate_hz: float, seconds: float, seed: int) -> Signal:
    """Return a signal of a suite of ``RECIPES``."""
    rng = np.random.default_rng([seed, round(rate_hz), 424_242, *suite.encode()])
    canvas = Canvas(rng, rate_hz, seconds, HIGH_PASS_HZ.get(suite))
    RECIPES[suite](canvas)
    return canvas.finished()


def _denervated(
    canvas: Canvas,
    kind: str,
    times_noise: tuple[float, float],
    *,
    slowest_hz: float = 0.5,
    begin_s: float | None = None,
    end_s: float | None = None,
) -> None:
    """Add a train of fibrillations or sharp waves, regular or not."""
    rng = canvas.rng
    rate_hz = float(np.exp(rng.uniform(np.log(slowest_hz), np.log(15.0))))
    begin_s = rng.uniform(0.5, 3.0) if begin_s is None else begin_s
    course = intervals.denervated_course(rng, canvas.seconds, rate_hz, begin_s)
    if end_s is not None:
        course[intervals.grid(canvas.seconds) > end_s] = 0.0
    n = intervals.enough(course)
    law = (
        intervals.regular(rng, n)
        if rng.random() < REGULAR_SHARE
        else intervals.irregular(rng, n, rate_hz)
    )
    shape = (shapes.fibrillation if kind == truth.FIBRILLATION else shapes.sharp_wave)(rng)
    canvas.unit(kind, shape, intervals.times(law, course), canvas.times_noise(*times_noise))


def _trains(
    canvas: Canvas, kinds: tuple[str, ...], fewest: int, most: int, times_noise: tuple[float, float]
) -> None:
    for order in range(canvas.rng.integers(fewest, most + 1)):
        _denervated(canvas, kinds[order % len(kinds)], times_noise)


def _fasciculations(canvas: Canvas, *, among_fibrillations: bool) -> None:
    rng = canvas.rng
    for _ in range(rng.integers(1, 4)):
        rate_hz = float(np.exp(rng.uniform(np.log(0.05), np.log(1.5))))
        course = np.full(len(intervals.grid(canvas.seconds)), rate_hz)
        # Some come in volleys.
        if rng.random() < 0.3:
            course *= 1.0 + 4.0 * (intervals.slow(rng, intervals.grid(canvas.seconds), (5, 20)) > 0)
        course[: round(0.5 / intervals.STEP_S)] = 0.0
        times_s = intervals.random_times(rng, course, 0.1)
        gains = np.exp(0.1 * rng.standard_normal(len(times_s)))
        amplitude_uv = max(
            float(np.exp(rng.uniform(np.log(150.0), np.log(2000.0)))), 12.0 * canvas.noise_uv
        )
        shape = shapes.fasciculation(rng)
        canvas.unit(truth.FASCICULATION, shape, times_s, amplitude_uv, gains)
    if among_fibrillations:
        _trains(canvas, (truth.FIBRILLATION,), 1, 3, BIG)


def _runs(
    rng: np.random.Generator, seconds: float, run_s: Range, rest_s: Range
) -> list[tuple[float, float]]:
    """Return beginnings and lengths of runs."""
    found = []
    now_s = rng.uniform(0.5, rest_s[1])
    while now_s < seconds:
        length_s = rng.uniform(*run_s)
        found.append((now_s, length_s))
        now_s += length_s + rng.uniform(*rest_s)
    return found


def _complex(canvas: Canvas) -> None:
    rng = canvas.rng
    shape = shapes.complex_discharge(rng)
    length_s = 1e-3 * sum(shape.reach_ms)
    fastest = min(100.0, 0.8 / length_s)
    rate_hz = float(np.exp(rng.uniform(np.log(3.0), np.log(fastest))))
    at_s = intervals.grid(canvas.seconds)
    course = np.zeros(len(at_s))
    for begin_s, run_s in _runs(rng, canvas.seconds, (2.0, 25.0), (1.5, 8.0)):
        course[(at_s >= begin_s) & (at_s < begin_s + run_s)] = rate_hz
        if rng.random() < 0.4:
            step_s = begin_s + rng.uniform(0.3, 0.7) * run_s
            rate_hz = float(np.clip(rate_hz * rng.choice((0.5, 0.7, 1.4, 2.0)), 3.0, fastest))
            course[(at_s >= step_s) & (at_s < begin_s + run_s)] = rate_hz
    law = np.exp(rng.uniform(0.002, 0.015) * rng.standard_normal(intervals.enough(course)))
    canvas.unit(
        truth.COMPLEX_REPETITIVE_DISCHARGE,
        shape,
        intervals.times(law, course),
        float(np.exp(rng.uniform(np.log(100.0), np.log(1000.0)))),
    )


def _myotonic(canvas: Canvas) -> None:
    rng = canvas.rng
    at_s = intervals.grid(canvas.seconds)
    for _ in range(rng.integers(1, 3)):
        course, size = np.zeros(len(at_s)), np.ones(len(at_s))
        for begin_s, run_s in _runs(rng, canvas.seconds, (2.0, 20.0), (1.5, 8.0)):
            inside = (at_s >= begin_s) & (at_s < begin_s + run_s)
            part = (at_s[inside] - begin_s) / run_s
            # Up and down once, or down alone, with a ripple.
            rise = rng.uniform(0.0, 0.5)
            swell = np.interp(part, [0.0, max(rise, 1e-3), 1.0], [0.2, 1.0, 0.0])
            ripple = 1.0 + 0.15 * np.sin(2.0 * np.pi * rng.uniform(1.0, 3.0) * part)
            slow_hz, fast_hz = rng.uniform(15.0, 28.0), rng.uniform(45.0, 110.0)
            course[inside] = slow_hz + (fast_hz - slow_hz) * swell * ripple
            size[inside] = 0.2 + 0.8 * swell**0.7
        spread = rng.uniform(0.01, 0.04)
        law = np.exp(spread * rng.standard_normal(intervals.enough(course)))
        times_s = intervals.times(law, course)
        canvas.unit(
            truth.MYOTONIC_DISCHARGE,
            shapes.myotonic(rng),
            times_s,
            float(np.exp(rng.uniform(np.log(150.0), np.log(1000.0)))),
            np.interp(times_s, at_s, size),
        )


def _myokymic(canvas: Canvas) -> None:
    rng = canvas.rng
    for _ in range(rng.integers(1, 3)):
        within_s = 1.0 / float(np.exp(rng.uniform(np.log(8.0), np.log(60.0))))
        typical = int(rng.integers(3, 14))
        every_s = float(np.exp(rng.uniform(np.log(0.3), np.log(6.0))))
        every_s = max(every_s, 2.5 * within_s * typical)
        found: list[Floats] = []
        now_s = rng.uniform(0.5, 2.0)
        while now_s < canvas.seconds:
            count = max(2, typical + int(rng.integers(-2, 3)))
            steps = within_s * np.exp(0.1 * rng.standard_normal(count))
            found.append(now_s + np.cumsum(steps))
            now_s = max(found[-1][-1] + 3.0 * within_s, now_s + every_s * rng.gamma(40.0, 1 / 40.0))
        times_s = np.concatenate(found)
        canvas.unit(
            truth.MYOKYMIC_DISCHARGE,
            shapes.motor_unit(rng),
            times_s[times_s < canvas.seconds],
            float(np.exp(rng.uniform(np.log(200.0), np.log(1500.0)))),
        )


def _neuromyotonic(canvas: Canvas) -> None:
    rng = canvas.rng
    at_s = intervals.grid(canvas.seconds)
    course, size = np.zeros(len(at_s)), np.ones(len(at_s))
    for begin_s, run_s in _runs(rng, canvas.seconds, (0.15, 3.5), (1.2, 6.0)):
        inside = (at_s >= begin_s) & (at_s < begin_s + run_s)
        part = (at_s[inside] - begin_s) / run_s
        course[inside] = rng.uniform(160.0, 300.0) * (1.0 - 0.15 * part)
        size[inside] = (1.0 - part) ** rng.uniform(0.5, 1.2) * 0.85 + 0.15
    times_s = intervals.times(np.exp(0.02 * rng.standard_normal(intervals.enough(course))), course)
    canvas.unit(
        truth.NEUROMYOTONIC_DISCHARGE,
        shapes.brief_motor_unit(rng),
        times_s,
        float(np.exp(rng.uniform(np.log(250.0), np.log(1500.0)))),
        np.interp(times_s, at_s, size),
    )


def _cramp(canvas: Canvas) -> None:
    rng = canvas.rng
    at_s = intervals.grid(canvas.seconds)
    will = np.zeros(len(at_s))
    for begin_s, run_s in _runs(rng, canvas.seconds, (6.0, 25.0), (3.0, 8.0)):
        knots = [begin_s, begin_s + 0.25 * run_s, begin_s + 0.7 * run_s, begin_s + run_s]
        will = np.maximum(will, np.interp(at_s, knots, [0.0, 1.0, 0.9, 0.0], 0.0, 0.0))
    for _ in range(rng.integers(4, 9)):
        above = will - rng.uniform(0.05, 0.5)
        course = np.where(above > 0.0, rng.uniform(20.0, 35.0) + rng.uniform(15, 60) * above, 0.0)
        law = intervals.voluntary(rng, intervals.enough(course), rng.uniform(0.15, 0.35))
        amplitude_uv = float(np.exp(rng.uniform(np.log(300.0), np.log(2000.0))))
        shape = shapes.motor_unit(rng)
        canvas.unit(truth.CRAMP_DISCHARGE, shape, intervals.times(law, course), amplitude_uv)


def _nothing(canvas: Canvas) -> None:
    del canvas


def _mains(canvas: Canvas, hz: float) -> None:
    amplitude_uv = float(np.exp(canvas.rng.uniform(np.log(5.0), np.log(100.0))))
    canvas.signal += grounds.mains(canvas.rng, len(canvas.signal), canvas.rate_hz, hz, amplitude_uv)


def _heart(canvas: Canvas) -> None:
    rng = canvas.rng
    wave, before_s = grounds.ecg(rng, canvas.rate_hz)
    times_s = grounds.beats(rng, canvas.seconds) - before_s
    sizes = rng.uniform(20.0, 300.0) * (1.0 + 0.1 * rng.standard_normal(len(times_s)))
    canvas.artefact(times_s, wave, sizes)


def _pacemaker(canvas: Canvas) -> None:
    rng = canvas.rng
    _heart(canvas)
    wave = grounds.pulse(rng, canvas.rate_hz, rng.uniform(0.2e-3, 1.0e-3))
    period_s = rng.uniform(0.6, 1.2)
    times_s = np.arange(rng.uniform(0.0, period_s), canvas.seconds - 0.5, period_s)
    size_uv = float(np.exp(rng.uniform(np.log(80.0), np.log(2000.0))))
    canvas.artefact(times_s, wave, size_uv)
    if rng.random() < 0.4:  # two chambers
        canvas.artefact(times_s + rng.uniform(0.12, 0.2), wave, size_uv * rng.uniform(0.4, 1.5))


def _deep_brain(canvas: Canvas) -> None:
    rng = canvas.rng
    period_s = 1.0 / rng.uniform(130.0, 185.0)
    times_s = np.arange(0.1, canvas.seconds - 0.1, period_s)
    wave = grounds.pulse(rng, canvas.rate_hz, rng.uniform(60e-6, 120e-6))
    # The clocks of stimulator and converter beat, so that each pulse is sampled elsewhere.
    canvas.artefact(times_s, wave, rng.uniform(20.0, 200.0))


def _pops(canvas: Canvas) -> None:
    rng = canvas.rng
    now_s = 0.0
    while (now_s := now_s + rng.exponential(3.0)) < canvas.seconds - 0.3:
        for again in range(int(rng.geometric(0.6))):
            size_uv = float(np.exp(rng.normal(np.log(250.0), 0.9)))
            canvas.artefact(
                np.array([now_s + 0.08 * again]), grounds.pop(rng, canvas.rate_hz), size_uv
            )


def _pulled(canvas: Canvas) -> None:
    rng = canvas.rng
    now_s = 0.0
    while (now_s := now_s + rng.exponential(4.0)) < canvas.seconds - 1.0:
        wave = grounds.pull(rng, canvas.rate_hz, rng.uniform(0.1, 0.8))
        canvas.artefact(np.array([now_s]), wave, float(np.exp(rng.normal(np.log(1500.0), 0.8))))


def _overloaded(canvas: Canvas) -> None:
    rng = canvas.rng
    now_s = 0.0
    while (now_s := now_s + rng.uniform(4.0, 20.0)) < canvas.seconds - 1.6:
        wave = grounds.overload(rng, canvas.rate_hz)
        canvas.artefact(np.array([now_s]), wave, canvas.range_uv * rng.uniform(1.5, 10.0))


def _radio(canvas: Canvas) -> None:
    rng = canvas.rng
    now_s = 0.0
    while (now_s := now_s + rng.exponential(6.0)) < canvas.seconds - 1.0:
        wave = grounds.radio(rng, canvas.rate_hz)
        canvas.artefact(np.array([now_s]), wave, float(np.exp(rng.normal(np.log(70.0), 0.6))))


def _contraction(
    canvas: Canvas, units: tuple[int, int], doublets: float = 0.0, cv: float | None = None
) -> None:
    rng = canvas.rng
    will = intervals.effort(rng, canvas.seconds)
    for order in range(rng.integers(units[0], units[1] + 1)):
        # The first is recruited whenever there is a will.
        above = will - (0.02 if order == 0 else rng.uniform(0.02, 0.6))
        onset_hz, gain_hz = rng.uniform(5.0, 8.0), rng.uniform(6.0, 20.0)
        course = np.where(above > 0.0, np.minimum(25.0, onset_hz + gain_hz * above), 0.0)
        law = intervals.voluntary(rng, intervals.enough(course), cv or rng.uniform(0.06, 0.25))
        _motor_unit(canvas, intervals.times(law, course), doublets)


def _lone(canvas: Canvas) -> None:
    rng = canvas.rng
    at_s = intervals.grid(canvas.seconds)
    course = rng.uniform(5.0, 12.0) * (1.0 + 0.08 * intervals.slow(rng, at_s, (3.0, 30.0)))
    law = intervals.voluntary(rng, intervals.enough(course), 0.08)
    _motor_unit(canvas, intervals.times(law, course), 0.0)


def _motor_unit(canvas: Canvas, times_s: Floats, doublets: float) -> None:
    rng = canvas.rng
    if doublets:
        again = times_s[rng.random(len(times_s)) < doublets]
        times_s = np.sort(np.concatenate([times_s, again + rng.uniform(2e-3, 12e-3, len(again))]))
    amplitude_uv = float(np.exp(rng.uniform(np.log(200.0), np.log(2500.0))))
    gains = 1.0 + 0.03 * rng.standard_normal(len(times_s))
    canvas.unit(truth.MOTOR_UNIT_POTENTIAL, shapes.motor_unit(rng), times_s, amplitude_uv, gains)


def _end_plate(canvas: Canvas, *, with_fibrillation: bool) -> None:
    rng = canvas.rng
    at_s = intervals.grid(canvas.seconds)
    density = float(np.exp(rng.uniform(np.log(20.0), np.log(600.0))))
    course = density * (1.0 + 0.3 * intervals.slow(rng, at_s, (2.0, 20.0)))
    canvas.quanta(
        truth.END_PLATE_NOISE,
        shapes.miniature(rng),
        intervals.random_times(rng, course, 0.0),
        rng.uniform(10.0, 50.0),
    )
    for _ in range(rng.integers(1, 3)):
        least_s = rng.uniform(2e-3, 6e-3)
        base_hz = float(np.exp(rng.uniform(np.log(5.0), np.log(30.0))))
        # Irritated in spells: bursts of up to 100 Hz between long gaps.
        excited = lognormal_course(rng, len(at_s))
        times_s = intervals.random_times(rng, np.minimum(base_hz * excited, 100.0), least_s)
        gains = np.exp(0.05 * rng.standard_normal(len(times_s)))
        amplitude_uv = float(np.exp(rng.uniform(np.log(80.0), np.log(500.0))))
        shape = shapes.end_plate_spike(rng)
        canvas.unit(truth.END_PLATE_SPIKE, shape, times_s, amplitude_uv, gains)
    if with_fibrillation:
        lowest = max(8.0, 100.0 / canvas.noise_uv)
        _denervated(canvas, truth.FIBRILLATION, (lowest, 4.0 * lowest), slowest_hz=1.0)


def lognormal_course(rng: np.random.Generator, n: int) -> Floats:
    """Return factors with a mean of 1 that change within a tenth of a second."""
    knots = np.exp(rng.normal(-0.4, 0.9, n // 10 + 2))
    return np.asarray(np.interp(np.arange(n), 10.0 * np.arange(len(knots)), knots))


def _insertions(canvas: Canvas, after_s: tuple[float, float]) -> Floats:
    """Add a movement of the needle about every 10 s and what it excites; return the ends."""
    rng = canvas.rng
    moved: list[float] = []
    now_s = rng.uniform(0.3, 2.0)
    while now_s < canvas.seconds - 1.5:
        # The physical simulator's needle moves for 0.2 s too; what counts is the time after.
        wave = grounds.pull(rng, canvas.rate_hz, 0.2)
        canvas.artefact(np.array([now_s]), wave, float(np.exp(rng.normal(np.log(1500.0), 0.6))))
        length_s = 0.2 + rng.uniform(*after_s)
        n = int(rng.poisson(rng.uniform(25.0, 90.0) * length_s))
        # Ever fewer, but up to the end.
        times_s = now_s + length_s * np.sort(np.append(rng.beta(1.0, 1.4, n), 0.97))
        which = rng.integers(0, 5, len(times_s))
        for one in range(5):
            mine = times_s[which == one]
            if len(mine):
                canvas.unit(
                    truth.INSERTIONAL_ACTIVITY,
                    shapes.anything(rng),
                    mine,
                    float(np.exp(rng.uniform(np.log(100.0), np.log(1500.0)))),
                    np.exp(0.4 * rng.standard_normal(len(mine))),
                    creeps=False,
                )
        moved.append(now_s + 0.2)
        now_s += rng.uniform(8.0, 12.0)
    return np.array(moved)


def _explored(canvas: Canvas) -> None:
    rng = canvas.rng
    moved = _insertions(canvas, NORMAL_AFTER_S)
    for begin_s, end_s in zip(moved, np.append(moved[1:] - 0.3, canvas.seconds), strict=True):
        for kind, share in ((truth.FIBRILLATION, 0.6), (truth.POSITIVE_SHARP_WAVE, 0.4)):
            if rng.random() < share:
                _denervated(
                    canvas,
                    kind,
                    BIG,
                    slowest_hz=1.0,
                    begin_s=begin_s + rng.uniform(0.4, 1.2),
                    end_s=float(end_s),
                )


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "fibrillations": partial(
            _trains, kinds=(truth.FIBRILLATION,), fewest=1, most=3, times_noise=BIG
        ),
        "small-fibrillations": partial(
            _trains, kinds=(truth.FIBRILLATION,), fewest=1, most=3, times_noise=SMALL
        ),
        **{
            f"sharp-waves-{corner_hz:g}-hz": partial(
                _trains, kinds=(truth.POSITIVE_SHARP_WAVE,), fewest=1, most=3, times_noise=BIG
            )
            for corner_hz in HIGH_PASSES_HZ
        },
        **{
            f"{name}-by-size": partial(
                _trains, kinds=(kind,), fewest=1, most=1, times_noise=ANY_SIZE
            )
            for name, kind in (
                ("fibrillations", truth.FIBRILLATION),
                ("sharp-waves", truth.POSITIVE_SHARP_WAVE),
            )
        },
        "mixed": partial(
            _trains,
            kinds=(truth.FIBRILLATION, truth.POSITIVE_SHARP_WAVE),
            fewest=4,
            most=6,
            times_noise=BIG,
        ),
        "profuse": partial(
            _trains,
            kinds=(truth.FIBRILLATION, truth.POSITIVE_SHARP_WAVE),
            fewest=10,
            most=10,
            times_noise=BIG,
        ),
        "fasciculations": partial(_fasciculations, among_fibrillations=False),
        "fasciculations-among-fibrillations": partial(_fasciculations, among_fibrillations=True),
        "crd": _complex,
        "myotonia": _myotonic,
        "myokymia": _myokymic,
        "neuromyotonia": _neuromyotonic,
        "cramp": _cramp,
        "rest": _nothing,
        "mains-50": partial(_mains, hz=50.0),
        "mains-60": partial(_mains, hz=60.0),
        "ecg": _heart,
        "pacemaker": _pacemaker,
        "deep-brain-stimulator": _deep_brain,
        "electrode-pops": _pops,
        "movement": _pulled,
        "saturation": _overloaded,
        "radio": _radio,
        "voluntary": partial(_contraction, units=(1, 6)),
        "doublets": partial(_contraction, units=(1, 3), doublets=0.15),
        "lone-unit": _lone,
        "end-plate": partial(_end_plate, with_fibrillation=False),
        "end-plate-denervated": partial(_end_plate, with_fibrillation=True),
        "insertions": partial(_insertions, after_s=NORMAL_AFTER_S),
        "explored": _explored,
        "increased-insertion": partial(_insertions, after_s=INCREASED_AFTER_S),
        "provisional": partial(
            _trains,
            kinds=(truth.FIBRILLATION, truth.POSITIVE_SHARP_WAVE),
            fewest=1,
            most=2,
            times_noise=BIG,
        ),
    }
)

HIGH_PASS_HZ: Mapping[str, float] = MappingProxyType(
    {f"sharp-waves-{corner_hz:g}-hz": corner_hz for corner_hz in HIGH_PASSES_HZ}
)
