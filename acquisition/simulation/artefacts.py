"""What is no muscle: the heart, stimulators, the electrode, the cable, the room."""

import numpy as np
import numpy.typing as npt

Waveform = npt.NDArray[np.float64]


def _time_ms(rate_hz: float, duration_ms: float) -> Waveform:
    return np.asarray(np.arange(round(duration_ms * 1e-3 * rate_hz)) * 1e3 / rate_hz)


def ecg(rng: np.random.Generator, rate_hz: float) -> Waveform:
    """Return a heart beat from afar: QRS of 60 to 100 ms, a low T wave."""
    qrs_ms = rng.uniform(60.0, 100.0)
    t = _time_ms(rate_hz, 500.0) - 70.0
    sign = rng.choice((-1.0, 1.0))
    wave = np.zeros_like(t)
    for centre, width, height in (
        (-0.22, 0.07, -0.15),
        (0.0, 0.11, 1.0),
        (0.24, 0.09, -rng.uniform(0.1, 0.6)),
        (2.8, 0.6, rng.uniform(0.05, 0.2)),
    ):
        wave += height * np.exp(-0.5 * ((t / qrs_ms - centre) / width) ** 2)
    return np.asarray(sign * wave)[None, None]


def stimulus(
    rng: np.random.Generator, rate_hz: float, *, width_ms: tuple[float, float]
) -> Waveform:
    """Return a stimulator's pulse and its recharge: pacemaker, deep brain or vagus nerve."""
    width = rng.uniform(*width_ms)
    recharge = rng.uniform(2.0, 5.0)
    t = _time_ms(rate_hz, width * (1.0 + 4.0 * recharge) + 0.5)
    pulse = np.where(t < width, 1.0, 0.0)
    pulse -= np.where(t >= width, np.exp(-(t - width) / (recharge * width)) / recharge, 0.0)
    return np.asarray(rng.choice((-1.0, 1.0)) * pulse)[None, None]


def electrode_pop(rng: np.random.Generator, rate_hz: float) -> Waveform:
    """Return sudden steps of the electrode's potential that leak away in 1 to 30 ms."""
    variants = []
    for _ in range(6):
        decay = np.exp(rng.uniform(np.log(1.0), np.log(30.0)))
        t = _time_ms(rate_hz, 180.0)
        rise = 1.0 - np.exp(-t / rng.uniform(0.02, 0.2))
        variants.append(rng.choice((-1.0, 1.0)) * rise * np.exp(-t / decay))
    return np.stack(variants)[None]


def movement(
    rng: np.random.Generator, rate_hz: float, *, swing_ms: tuple[float, float] = (100.0, 400.0)
) -> Waveform:
    """Return slow swings below 20 to 50 Hz while cable or needle moves."""
    variants = []
    for _ in range(4):
        t = _time_ms(rate_hz, swing_ms[1])
        duration = rng.uniform(*swing_ms)
        envelope = np.sin(np.pi * np.clip(t / duration, 0.0, 1.0)) ** 2
        wave = sum(
            rng.normal() * np.sin(2e-3 * np.pi * hz * t + rng.uniform(0.0, 2.0 * np.pi))
            for hz in rng.uniform(2.0, 40.0, 6)
        )
        variants.append(envelope * wave / np.ptp(envelope * wave))
    return np.stack(variants)[None]


def saturation(rng: np.random.Generator, rate_hz: float) -> Waveform:
    """Return a step far beyond the amplifier's range that comes back in 0.2 to 1 s."""
    t = _time_ms(rate_hz, 1200.0)
    hold = rng.uniform(50.0, 400.0)
    decay = rng.uniform(20.0, 120.0)
    wave = np.where(t < hold, 1.0 - 0.3 * t / hold, 0.7 * np.exp(-(t - hold) / decay))
    return np.asarray(rng.choice((-1.0, 1.0)) * wave)[None, None]


def radio_burst(rng: np.random.Generator, rate_hz: float) -> Waveform:
    """Return a mobile phone's bursts, rectified by the input stage: 0.577 ms at 216.7 Hz."""
    t = _time_ms(rate_hz, rng.uniform(100.0, 600.0))
    frame = np.mod(t, 4.615)
    pulses = ((frame < 0.577) & (np.mod(t, 120.0) < 115.0)).astype(np.float64)
    return np.asarray(rng.choice((-1.0, 1.0)) * pulses)[None, None]
