"""What the core is timed on: noise, and fibres that fire in it."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.simulation import clean_train

Signal = npt.NDArray[np.float32]

# By potentials per second and channel: (trains, their rate).
ACTIVITIES = {0: (0, 0.0), 10: (2, 5.0), 100: (8, 12.5)}
SECONDS = 10.0
NOISE_UV = 5.0
# Channels start so far apart in the signal, lest all potentials come at once.
_SHIFT_S = 0.0489


@lru_cache(maxsize=4)
def one_channel(rate_hz: float, per_second: int) -> Signal:
    """Return ten seconds of a channel: float32 array, shape (n_samples,), microvolts.

    ``per_second`` is 0, 10 or 100 fibrillation potentials a second.
    """
    n_trains, firing_hz = ACTIVITIES[per_second]
    if not n_trains:
        noise = np.random.default_rng(1).standard_normal(int(SECONDS * rate_hz))
        return (NOISE_UV * noise).astype(np.float32)
    samples, _ = clean_train(
        "fibrillation", rate_hz, SECONDS, firing_hz, 0.03, 12.0, 1, n_trains=n_trains
    )
    return np.ascontiguousarray(samples[:, 0])


def signal(n_channels: int, rate_hz: float, per_second: int, seconds: float = SECONDS) -> Signal:
    """Return a signal: float32 array, shape (n_samples, n_channels), microvolts."""
    channel = one_channel(rate_hz, per_second)
    rows = int(seconds * rate_hz)
    shift = int(_SHIFT_S * rate_hz)
    return np.ascontiguousarray(
        np.stack([np.roll(channel, shift * index)[:rows] for index in range(n_channels)], axis=1)
    )
