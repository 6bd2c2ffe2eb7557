"""A second generator of trains: waveforms by formula, other statistics than the simulator's."""

import numpy as np
from scipy import signal

NOISE_UV = 5.0
TRUTH_DTYPE = [("sample", "<i8")]


def parametric_train(kind, rate_hz, seconds, firing_hz, cv, times_noise, seed):
    """Return (samples, truth) with the arguments of the simulator's ``clean_train``."""
    generator = np.random.default_rng([seed, 77])
    count = int(seconds * rate_hz)
    band = signal.butter(2, [20, min(10_000, 0.45 * rate_hz)], "band", fs=rate_hz, output="sos")
    samples = signal.sosfilt(band, generator.standard_normal(count))
    samples *= NOISE_UV / samples.std()
    make = fibrillation if kind == "fibrillation" else positive_sharp_wave
    waveform = make(rate_hz, generator)
    waveform *= times_noise * NOISE_UV / np.ptp(waveform)
    peak = int(np.argmax(np.abs(waveform)))
    peaks = []
    time_s = 0.5
    while time_s < seconds - 0.2:
        row = int(time_s * rate_hz)
        stretch = samples[row - peak : row - peak + len(waveform)]
        stretch += waveform[: len(stretch)]
        peaks.append(row)
        if cv < 0.2:
            interval_s = (1 + cv * generator.standard_normal()) / firing_hz
        else:
            interval_s = generator.gamma(1 / cv**2, cv**2 / firing_hz)
        time_s += max(0.04, interval_s)
    return samples.astype(np.float32)[:, np.newaxis], np.array(
        [(row,) for row in peaks], TRUTH_DTYPE
    )


def fibrillation(rate_hz, generator):
    """Return a triphasic or biphasic waveform, initially positive, built of Gaussians."""
    width_s = generator.uniform(0.25e-3, 0.6e-3)
    time = np.arange(-5e-3, 5e-3, 1 / rate_hz) / width_s
    style = generator.integers(3)
    if style == 0:
        return -(1 - time**2) * np.exp(-(time**2) / 2)
    if style == 1:
        return -time * np.exp(-(time**2) / 2)
    bumps = ((0.35, -1.6, 0.7), (-1.0, 0.0, 0.77), (0.25, 2.0, 1.2))
    return sum(size * np.exp(-(((time - place) / width) ** 2) / 2) for size, place, width in bumps)


def positive_sharp_wave(rate_hz, generator):
    """Return a leaky pulse through a first-order high-pass."""
    time_s = np.arange(0, 60e-3, 1 / rate_hz)
    rise_s, decay_s = generator.uniform(0.4e-3, 0.8e-3), generator.uniform(2e-3, 6e-3)
    pulse = (1 - np.exp(-time_s / rise_s)) * np.exp(-time_s / decay_s)
    corner_hz = generator.choice([2.0, 10.0, 20.0, 30.0])
    padded = np.concatenate([np.zeros(int(5e-3 * rate_hz)), pulse])
    return signal.lfilter(*signal.butter(1, corner_hz, "high", fs=rate_hz), padded)
