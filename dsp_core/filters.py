"""``StreamFilter``: the band that the detector listens to, for all that shows or sounds it."""

from math import cos, pi, sin, sqrt

import numpy as np
import numpy.typing as npt

from myoscope.dsp_core._filter import FilterKernel
from myoscope.dsp_core.settings import DetectorSettings

# Above this share of the rate a low-pass would only repeat what sampling has done.
HIGHEST_CORNER = 0.45
# Mains that are 0.02 Hz off are still cancelled to about 3 % at each harmonic.
MAINS_TIME_CONSTANT_S = 0.2

_RESYNC_ROWS = 64


class StreamFilter:
    """High-pass, mains canceller and low-pass of the detector's settings, block by block.

    It starts settled at the first value, so an electrode's offset is not seen as a step. A missing
    value is held from before. The result does not depend on how the stream is cut. Belongs to one
    thread.

    Parameters
    ----------
    n_channels
        Columns of every block.
    rate_hz
        Sampling rate.
    settings
        Whose corners, mains frequency and polarity hold.
    """

    def __init__(self, n_channels: int, rate_hz: float, settings: DetectorSettings) -> None:
        self._kernel = make_filter(n_channels, rate_hz, settings)

    def process(
        self, samples: npt.NDArray[np.float32], first_sample: int
    ) -> npt.NDArray[np.float32]:
        """Return the samples in the band.

        Parameters
        ----------
        samples : float32 array, shape (n_samples, n_channels), microvolts
            The next of the stream, C-contiguous; is not changed.
        first_sample
            Index of the first row; the mains canceller keeps time by it.

        Returns
        -------
        float32 array, shape (n_samples, n_channels), C-contiguous, microvolts
        """
        return self._kernel.filter_block(samples, first_sample)

    def restart(self) -> None:
        """Forget what came before, as after lost samples."""
        self._kernel.restart()


def make_filter(n_channels: int, rate_hz: float, settings: DetectorSettings) -> FilterKernel:
    """Return the kernel for a stream."""
    low = np.empty((0, 6))
    if settings.low_pass_hz < HIGHEST_CORNER * rate_hz:
        low = butterworth_section("low", settings.low_pass_hz, rate_hz)
    harmonics = 0
    if settings.notch_hz:
        highest = min(settings.notch_highest_hz, HIGHEST_CORNER * rate_hz)
        harmonics = int(highest // settings.notch_hz)
    return FilterKernel(
        n_channels,
        butterworth_section("high", settings.high_pass_hz, rate_hz),
        low,
        settings.notch_hz / rate_hz,
        harmonics,
        1.0 / (MAINS_TIME_CONSTANT_S * rate_hz),
        _RESYNC_ROWS,
        settings.polarity == "inverted",
    )


def butterworth_section(side: str, corner_hz: float, rate_hz: float) -> npt.NDArray[np.float64]:
    """Return a second-order Butterworth filter: float64 array, shape (1, 6).

    One row of b0, b1, b2, a0, a1, a2 by the bilinear transform; equal to ``scipy.signal.butter``
    with ``output="sos"``, whose import alone would take longer than the rest of a start.
    ``side`` is "high" or "low": what passes.
    """
    turn = 2.0 * pi * corner_hz / rate_hz
    alpha = sin(turn) / sqrt(2.0)
    sign = 1.0 if side == "low" else -1.0
    gain = (1.0 - sign * cos(turn)) / 2.0
    b0, b1, b2 = gain, sign * 2.0 * gain, gain
    a0, a1, a2 = 1.0 + alpha, -2.0 * cos(turn), 1.0 - alpha
    return np.array([[b0 / a0, b1 / a0, b2 / a0, 1.0, a1 / a0, a2 / a0]])
