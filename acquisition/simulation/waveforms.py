"""The shape of every kind of potential, from muscle fibres.

Each maker draws one unit and returns its waveforms as ``Template`` takes them: shape
(n_positions, n_variants, n_fine), electrode positive, in µV as the physics gives them.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.simulation.fibre import MuscleFibre, fibre_potential

Waveform = npt.NDArray[np.float64]
WaveformMaker = Callable[[np.random.Generator, float], Waveform]

# The needle creeps: by the last position the fibre is a fifth farther away.
CREEP = (1.0, 1.05, 1.1, 1.15, 1.2)
STILL = (1.0,)
# Below this share of the largest deflection a waveform is cut off, over this fade.
CUT = 0.003
FADE_MS = 0.5


def _denervated_fibre(
    rng: np.random.Generator, origin_mm: float, ends_mm: tuple[float, float]
) -> MuscleFibre:
    return MuscleFibre(
        diameter_um=rng.uniform(25.0, 50.0),
        across_mm=rng.uniform(0.08, 0.3),
        along_shaft_mm=rng.uniform(-0.2, 0.2),
        origin_mm=origin_mm,
        ends_mm=ends_mm,
    )


def _farther(fibre: MuscleFibre, times: float) -> MuscleFibre:
    return MuscleFibre(
        fibre.diameter_um,
        fibre.across_mm * times,
        fibre.along_shaft_mm * times,
        fibre.origin_mm,
        fibre.ends_mm,
    )


def _seen(fibre: MuscleFibre, rate_hz: float) -> Waveform:
    """Return the fibre's potential up to 8 ms after the wave has passed the needle."""
    return fibre_potential(
        fibre, rate_hz, min(abs(fibre.origin_mm) / fibre.velocity_m_s, 25.0) + 8.0
    )


def _trimmed(waves: Waveform, rate_hz: float) -> Waveform:
    """Return the waves without the quiet before and after, faded at both cuts."""
    loudest = np.abs(waves).reshape(-1, waves.shape[-1]).max(axis=0)
    loud = np.flatnonzero(loudest >= CUT * loudest.max())
    fade = max(2, round(FADE_MS * 1e-3 * rate_hz))
    first, last = max(0, int(loud[0]) - fade), int(loud[-1]) + fade + 1
    cut = np.pad(waves, ((0, 0), (0, 0), (0, max(0, last - waves.shape[-1]))))[..., first:last]
    ramp = np.sin(0.5 * np.pi * (np.arange(fade) + 0.5) / fade) ** 2
    cut[..., -fade:] *= ramp[::-1]
    if first > 0:
        cut[..., :fade] *= ramp
    return np.ascontiguousarray(cut)


def fibrillation(
    rng: np.random.Generator,
    rate_hz: float,
    *,
    origin_share: float = 0.12,
    creep: Sequence[float] = CREEP,
) -> Waveform:
    """Return a spontaneously discharging fibre that passes the needle, or starts at it.

    ``origin_share`` is the probability that the needle lies at the origin, where the first
    deflection is negative; ``creep`` are the fibre's distances at the positions, relative to the
    first.
    """
    side = rng.choice((-1.0, 1.0))
    far = -side * rng.uniform(8.0, 30.0)
    origin = rng.uniform(-0.1, 0.1) if rng.random() < origin_share else far
    reach = rng.uniform(15.0, 50.0, 2)
    ends = (min(origin, 0.0) - float(reach[0]), max(origin, 0.0) + float(reach[1]))
    fibre = _denervated_fibre(rng, float(origin), ends)
    waves = [_seen(_farther(fibre, times), rate_hz) for times in creep]
    return _trimmed(np.stack(waves)[:, None, :], rate_hz)


def _leaky_pulse(rate_hz: float, rise_ms: float, decay_ms: float) -> Waveform:
    t_ms = np.arange(round(8.0 * decay_ms * 1e-3 * rate_hz)) * 1e3 / rate_hz
    pulse = (1.0 - np.exp(-t_ms / rise_ms)) * np.exp(-t_ms / decay_ms)
    return np.asarray(pulse / pulse.max())


def positive_sharp_wave(
    rng: np.random.Generator,
    rate_hz: float,
    *,
    rise_ms: tuple[float, float] = (0.4, 0.8),
    decay_ms: tuple[float, float] = (2.0, 6.0),
    creep: Sequence[float] = CREEP,
) -> Waveform:
    """Return a fibre whose conduction is blocked at the needle.

    The wave arrives and ends there: a positive spike. The injured membrane then stays
    depolarised, so that no repolarisation follows but a leaky pulse, positive outside; the
    amplifier's high-pass adds the long, low negative phase. After Dumitru 1996 and Dumitru &
    Martinez 2006, Muscle Nerve 34:457.
    """
    block_mm = rng.uniform(-0.6, -0.1)
    fibre = _denervated_fibre(rng, -rng.uniform(8.0, 30.0), (-60.0, block_mm))
    rise = rng.uniform(*rise_ms)
    leak = _leaky_pulse(rate_hz, rise, rng.uniform(*decay_ms))
    share = rng.uniform(1.5, 4.0)
    waves = []
    for times in creep:
        spike = _seen(_farther(fibre, times), rate_hz)
        crest = int(spike.argmax())
        spike[crest:] = np.maximum(spike[crest:], 0.0)
        start = max(0, crest - round(1.2e-3 * rise * rate_hz))
        wave = np.zeros(max(spike.size, start + leak.size))
        wave[: spike.size] = spike
        wave[start : start + leak.size] += share * spike[crest] * leak
        waves.append(wave)
    longest = max(wave.size for wave in waves)
    padded = [np.pad(wave, (0, longest - wave.size)) for wave in waves]
    return _trimmed(np.stack(padded)[:, None, :], rate_hz)


def motor_unit(
    rng: np.random.Generator,
    rate_hz: float,
    *,
    fibres: tuple[int, int] = (10, 25),
    spread_ms: tuple[float, float] = (1.0, 5.0),
    jitter_us: tuple[float, float] = (20.0, 50.0),
    distance_mm: tuple[float, float] = (0.5, 1.4),
    blocking: float = 0.0,
    n_variants: int = 6,
) -> Waveform:
    """Return a motor unit: fibres of one axon around the needle.

    ``spread_ms`` is the spread of their end-plates and terminal branches in time, ``jitter_us``
    the standard deviation of a fibre's latency from one discharge to the next, ``distance_mm`` the
    inner and outer bounds of where its fibres lie, ``blocking`` the probability that a fibre is
    missing from a discharge.
    """
    n = int(rng.integers(fibres[0], fibres[1] + 1))
    spread = rng.uniform(*spread_ms)
    jitter = rng.uniform(*jitter_us)
    zone_mm = -rng.uniform(12.0, 30.0)
    delays_ms = np.clip(rng.normal(0.0, spread / 5.0, n), -spread / 2.0, spread / 2.0)
    delays_ms -= delays_ms.min()
    lone: list[Waveform] = []
    for delay in delays_ms:
        fibre = MuscleFibre(
            diameter_um=float(np.clip(rng.normal(55.0, 5.0), 40.0, 70.0)),
            # Uniform over the territory's section; a unit's fibres are scattered among others,
            # so that the nearest is seldom closer than half a millimetre.
            across_mm=float(np.sqrt(rng.uniform(distance_mm[0] ** 2, distance_mm[1] ** 2))),
            along_shaft_mm=rng.uniform(-0.8, 0.8),
            origin_mm=zone_mm + rng.uniform(-1.0, 1.0),
            ends_mm=(zone_mm - rng.uniform(30.0, 50.0), rng.uniform(25.0, 50.0)),
        )
        lone.append(
            np.concatenate([np.zeros(round(delay * 1e-3 * rate_hz)), _seen(fibre, rate_hz)])
        )
    return _summed(rng, lone, jitter, blocking, n_variants, rate_hz)


def _summed(
    rng: np.random.Generator,
    lone: list[Waveform],
    jitter_us: float,
    blocking: float,
    n_variants: int,
    rate_hz: float,
) -> Waveform:
    """Return ``n_variants`` sums of single-fibre potentials with jittered latencies."""
    room = round(4e-6 * jitter_us * rate_hz)
    total = np.zeros((1, n_variants, max(wave.size for wave in lone) + 2 * room + 1))
    for wave in lone:
        shifts = np.rint(rng.normal(0.0, jitter_us * 1e-6 * rate_hz, n_variants))
        kept = rng.random(n_variants) >= blocking
        kept[0] = True
        for variant in np.flatnonzero(kept):
            start = room + int(np.clip(shifts[variant], -room, room))
            total[0, variant, start : start + wave.size] += wave
    return _trimmed(total, rate_hz)


def complex_repetitive_discharge(
    rng: np.random.Generator,
    rate_hz: float,
    *,
    fibres: tuple[int, int] = (3, 10),
    lag_ms: tuple[float, float] = (0.6, 5.0),
) -> Waveform:
    """Return an ephaptic ring: fibres that excite each other in turn, at fixed lags."""
    n = int(rng.integers(fibres[0], fibres[1] + 1))
    lags_ms = np.concatenate([[0.0], np.cumsum(rng.uniform(*lag_ms, n - 1))])
    lone = []
    for lag in lags_ms:
        wave = fibrillation(rng, rate_hz, origin_share=0.1, creep=STILL)[0, 0]
        wave = wave * rng.uniform(0.3, 1.0) / np.ptp(wave)
        lone.append(np.concatenate([np.zeros(round(lag * 1e-3 * rate_hz)), wave]))
    return _summed(rng, lone, rng.uniform(5.0, 30.0), 0.0, 4, rate_hz)


def myotonic_potential(
    rng: np.random.Generator, rate_hz: float, *, positive_share: float = 0.4
) -> Waveform:
    """Return a myotonic fibre: a brief spike, or a positive wave of 5 to 20 ms."""
    if rng.random() < positive_share:
        return positive_sharp_wave(rng, rate_hz, decay_ms=(1.5, 3.0))
    return fibrillation(rng, rate_hz, origin_share=0.1)


def end_plate_spike(
    rng: np.random.Generator,
    rate_hz: float,
    *,
    beside_share: float = 0.15,
    creep: Sequence[float] = CREEP,
) -> Waveform:
    """Return a fibre that is excited at its end-plate, at the needle or just beside it.

    At the needle the first deflection is negative; from 0.8 mm beside it a small positive one
    comes first (``beside_share`` of the units).
    """
    beside = rng.random() < beside_share
    offset = rng.choice((-1.0, 1.0)) * (rng.uniform(0.8, 1.5) if beside else rng.uniform(0.0, 0.12))
    fibre = MuscleFibre(
        diameter_um=rng.uniform(38.0, 60.0),
        across_mm=rng.uniform(0.08, 0.25),
        along_shaft_mm=rng.uniform(-0.2, 0.2),
        origin_mm=float(offset),
        ends_mm=(-40.0, 40.0),
    )
    waves = [_seen(_farther(fibre, times), rate_hz) for times in creep]
    return _trimmed(np.stack(waves)[:, None, :], rate_hz)


def end_plate_noise(rng: np.random.Generator, rate_hz: float) -> Waveform:
    """Return miniature end-plate potentials: monophasic, negative, 0.5 to 2 ms, not conducted."""
    shapes = [
        -_leaky_pulse(rate_hz, rng.uniform(0.1, 0.25), rng.uniform(0.25, 0.6)) for _ in range(4)
    ]
    longest = max(shape.size for shape in shapes)
    waves = np.stack([np.pad(shape, (0, longest - shape.size)) for shape in shapes])
    return _trimmed(waves[None], rate_hz)


def insertional(rng: np.random.Generator, rate_hz: float) -> Waveform:
    """Return what the moving needle excites: spikes and positive waves of any shape and size."""
    makers: tuple[WaveformMaker, ...] = (
        partial(fibrillation, creep=STILL),
        partial(end_plate_spike, creep=STILL),
        partial(positive_sharp_wave, decay_ms=(1.0, 4.0), creep=STILL),
        partial(motor_unit, fibres=(3, 8), spread_ms=(0.5, 2.0), n_variants=1),
    )
    waves = [makers[i](rng, rate_hz)[0, 0] for i in (0, 0, 1, 1, 2, 2, 3, 3)]
    longest = max(wave.size for wave in waves)
    sizes = np.exp(rng.normal(0.0, 0.5, len(waves)))
    padded = [
        np.pad(size * wave / np.ptp(wave), (0, longest - wave.size))
        for size, wave in zip(sizes, waves, strict=True)
    ]
    return np.ascontiguousarray(np.stack(padded)[None])
