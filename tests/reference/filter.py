"""The filters, plainly: SciPy's cascade and a loop for the mains canceller."""

import numpy as np
from scipy import signal


def filtered(
    samples, high_sections, low_sections, mains_per_sample=0.0, n_harmonics=0, step=0.0, sign=1.0
):
    """Return samples through high-pass, mains canceller and low-pass, float64."""
    values = sign * (samples.astype(np.float64) - samples[0].astype(np.float64))
    values = signal.sosfilt(high_sections, values, axis=0)
    if n_harmonics:
        values = mains_cancelled(values, mains_per_sample, n_harmonics, step)
    if len(low_sections):
        values = signal.sosfilt(low_sections, values, axis=0)
    return values


def mains_cancelled(values, mains_per_sample, n_harmonics, step):
    """Return values less the sinusoids that follow their clipped residual."""
    out = np.empty_like(values)
    n_channels = values.shape[1]
    weights = np.zeros((n_harmonics, 2, n_channels))
    level = np.zeros(n_channels)
    harmonics = np.arange(1, n_harmonics + 1)
    for index, row in enumerate(values):
        phase = 2 * np.pi * ((mains_per_sample * harmonics * index) % 1.0)
        waves = np.stack([np.cos(phase), np.sin(phase)], axis=1)[:, :, np.newaxis]
        residual = row - np.sum(weights * waves, axis=(0, 1))
        out[index] = residual
        started = level > 0
        level = np.where(
            started,
            level + step * (np.minimum(np.abs(residual), 3 * level) - level),
            np.abs(residual),
        )
        weights += 2 * step * np.clip(residual, -3 * level, 3 * level) * waves
    return out
