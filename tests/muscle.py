"""A muscle by formula: noise, and waveforms at the times at which they fire."""

import numpy as np

RATE_HZ = 20_000.0
TIME_MS = np.arange(-10.0, 20.0, 1000.0 / RATE_HZ)


def muscle(generator, seconds, *units):
    """Return noise of 3 microvolts rms with potentials: float32 array, shape (n_samples, 1).

    ``units`` are a waveform of ``TIME_MS`` and the times in seconds at which it begins.
    """
    samples = 3.0 * generator.standard_normal(round(seconds * RATE_HZ))
    for waveform, times_s in units:
        for time_s in times_s:
            row = round(time_s * RATE_HZ)
            samples[row : row + len(waveform)] += waveform
    return samples.astype(np.float32)[:, np.newaxis]
