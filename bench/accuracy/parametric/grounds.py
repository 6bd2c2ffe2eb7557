"""Noises, hum and artefacts by formula, before the amplifier's filter."""

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, lfilter, sosfilt

Floats = npt.NDArray[np.float64]


def noise(rng: np.random.Generator, n: int, rate_hz: float) -> Floats:
    """Return noise of one of four makes, of any size."""
    white = rng.standard_normal(n, dtype=np.float32).astype(np.float64)
    style = rng.integers(4)
    if style == 0:
        return white
    if style == 1:
        return white + rng.uniform(1.0, 3.0) * _pink(rng, n)
    if style == 2:
        # An input stage with a soft resonance.
        pole = rng.uniform(0.3, 0.7)
        angle = 2.0 * np.pi * min(rng.uniform(300.0, 1500.0), 0.2 * rate_hz) / rate_hz
        poles = [1.0, -2.0 * pole * np.cos(angle), pole**2]
        return np.asarray(lfilter([1.0], poles, white))
    # Thermal noise, a polarised electrode, and muscle far away.
    far = sosfilt(
        butter(1, [15.0, min(300.0, 0.2 * rate_hz)], "band", fs=rate_hz, output="sos"),
        rng.standard_normal(n, dtype=np.float32),
    )
    return np.asarray(
        white + rng.uniform(0.5, 1.5) * _pink(rng, n) + rng.uniform(0.3, 1.0) * far / far.std()
    )


def _pink(rng: np.random.Generator, n: int) -> Floats:
    """Return noise whose power falls as 1/f, by Kellet's filter, rms about 1."""
    white = rng.standard_normal(n, dtype=np.float32)
    pink = lfilter(
        [0.049922035, -0.095993537, 0.050612699, -0.004408786],
        [1.0, -2.494956002, 2.017265875, -0.522189400],
        white,
    )
    return np.asarray(pink / pink.std())


def mains(
    rng: np.random.Generator, n: int, rate_hz: float, hz: float, amplitude_uv: float
) -> Floats:
    """Return hum: harmonics of all orders, the edges of a dimmer, a frequency that wanders."""
    t = np.arange(n) / rate_hz
    wander = 0.02 * np.sin(2.0 * np.pi * t / rng.uniform(20.0, 60.0))
    phase = 2.0 * np.pi * (hz * t + wander)
    hum = np.sin(phase)
    for order in range(2, int(min(1200.0, 0.45 * rate_hz) / hz) + 1):
        if rng.random() < 0.5:
            share = rng.uniform(0.05, 1.0) / order
            hum += share * np.sin(order * phase + rng.uniform(0.0, 2.0 * np.pi))
    if rng.random() < 0.4:
        # A phase cut twice in each period, seen through stray capacitance.
        since = np.mod(phase / np.pi + rng.uniform(), 1.0) / (2.0 * hz)
        sign = np.where(np.mod(phase, 2.0 * np.pi) < np.pi, 1.0, -1.0)
        hum += rng.uniform(0.1, 0.6) * sign * np.exp(-since / rng.uniform(0.1e-3, 0.5e-3))
    return np.asarray(amplitude_uv * hum * (1.0 + 0.1 * np.sin(2.0 * np.pi * 0.05 * t)))


def added(signal: Floats, starts: npt.NDArray[np.int64], waves: Floats) -> None:
    """Add each of ``waves``, shape (n, m), into ``signal`` at its start, where it is inside."""
    if not len(starts):
        return
    at = starts[:, None] + np.arange(waves.shape[1])
    inside = (at >= 0) & (at < len(signal))
    np.add.at(signal, at[inside], waves[inside])


def beats(rng: np.random.Generator, seconds: float) -> Floats:
    """Return the times of a heart's beats, with breathing and wandering."""
    n = int(3.0 * seconds) + 10
    wander = lfilter([1.0], [1.0, -0.95], 0.01 * rng.standard_normal(n))
    breath = 0.03 * np.sin(2.0 * np.pi * 0.25 * np.arange(n) / 1.2)
    found = np.cumsum(rng.uniform(0.55, 1.1) * np.exp(wander + breath)) - rng.uniform(0.0, 0.5)
    return np.asarray(found[(found > 0.0) & (found < seconds - 0.7)])


def ecg(rng: np.random.Generator, rate_hz: float) -> tuple[Floats, float]:
    """Return one beat, P to T, and the time of its R in s."""
    t = np.arange(-0.25, 0.5, 1.0 / rate_hz)
    width = rng.uniform(0.006, 0.016)
    wave = np.zeros_like(t)
    for at_s, width_s, height in (
        (-0.16, 0.025, rng.uniform(0.03, 0.15)),
        (-2.2 * width, 0.7 * width, -rng.uniform(0.0, 0.3)),
        (0.0, width, 1.0),
        (2.4 * width, 0.9 * width, -rng.uniform(0.1, 0.8)),
        (0.25, 0.05, rng.uniform(-0.1, 0.3)),
    ):
        wave += height * np.exp(-0.5 * ((t - at_s) / width_s) ** 2)
    return rng.choice((-1.0, 1.0)) * wave, 0.25


def pulse(rng: np.random.Generator, rate_hz: float, width_s: float) -> Floats:
    """Return a stimulator's pulse with its recharge, as sharp as the rate allows."""
    style = rng.integers(2)
    length_s = 12.0 * width_s + 0.001
    t = np.arange(0.0, length_s, 1.0 / rate_hz) - rng.uniform(0.0, 1.0) / rate_hz
    # The mean over each sample, so that a pulse shorter than a sample is not lost.
    step = 1.0 / rate_hz
    covered = np.clip(np.minimum(t + step, width_s) - np.maximum(t, 0.0), 0.0, step) / step
    later = np.where(t > width_s, t - width_s, 0.0)
    if style == 0:
        recharge = np.clip(np.minimum(t + step, 2.0 * width_s) - np.maximum(t, width_s), 0.0, step)
        wave = covered - recharge / step
    else:
        tail = rng.uniform(1.5, 4.0) * width_s
        wave = covered - np.where(t > width_s, width_s / tail * np.exp(-later / tail), 0.0)
    return np.asarray(rng.choice((-1.0, 1.0)) * wave)


def pop(rng: np.random.Generator, rate_hz: float) -> Floats:
    """Return a step of the electrode's potential that leaks away, some with a second one."""
    t = np.arange(0.0, 0.25, 1.0 / rate_hz)
    decay = float(np.exp(rng.uniform(np.log(0.5e-3), np.log(40e-3))))
    wave = np.exp(-t / decay)
    if rng.random() < 0.4:
        back = rng.uniform(1e-3, 20e-3)
        wave -= rng.uniform(0.3, 1.2) * np.where(t > back, np.exp(-(t - back) / decay), 0.0)
    return np.asarray(rng.choice((-1.0, 1.0)) * wave)


def pull(rng: np.random.Generator, rate_hz: float, length_s: float) -> Floats:
    """Return slow noise below 20 to 50 Hz while cable or needle moves, peak to peak 1."""
    n = max(8, round(length_s * rate_hz))
    corner = rng.uniform(20.0, 50.0)
    slow = sosfilt(
        butter(2, min(corner, 0.2 * rate_hz), fs=rate_hz, output="sos"), rng.standard_normal(n)
    )
    wave = slow * np.hanning(n)
    return np.asarray(wave / np.ptp(wave))


def overload(rng: np.random.Generator, rate_hz: float) -> Floats:
    """Return a step of 1 that stands and comes back."""
    stands = rng.uniform(0.03, 0.5)
    t = np.arange(0.0, stands + 1.0, 1.0 / rate_hz)
    back = np.exp(-np.maximum(t - stands, 0.0) / rng.uniform(0.015, 0.15))
    return np.asarray(rng.choice((-1.0, 1.0)) * back)


def radio(rng: np.random.Generator, rate_hz: float) -> Floats:
    """Return a burst of frames or of keyed noise, rectified by the input stage."""
    t = np.arange(0.0, rng.uniform(0.05, 0.8), 1.0 / rate_hz)
    if rng.random() < 0.6:
        frame_s = 1.0 / 216.7
        wave = (np.mod(t, frame_s) < 0.577e-3).astype(float)
        wave *= (np.mod(t, 26 * frame_s) < 25 * frame_s) * (1.0 + 0.1 * rng.standard_normal(len(t)))
    else:
        keyed = np.repeat(rng.random(len(t) // 8 + 1) < 0.5, 8)[: len(t)]
        wave = keyed * np.abs(rng.standard_normal(len(t)))
    return np.asarray(rng.choice((-1.0, 1.0)) * wave)
