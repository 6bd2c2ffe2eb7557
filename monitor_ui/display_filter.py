"""``DisplayFilter``: the band in which the trace is shown, block by block."""

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.block import Samples
from myoscope.dsp_core.filters import StreamFilter
from myoscope.dsp_core.settings import DetectorSettings


class DisplayFilter:
    """The detector's own band, for the eye.

    It starts settled at the first value, and anew after lost samples. Missing values stay missing.
    Belongs to one thread.

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
        self._band = StreamFilter(n_channels, rate_hz, settings)

    def restart(self) -> None:
        """Forget what came before."""
        self._band.restart()

    def process(self, samples: Samples, first_sample: int) -> Samples:
        """Return the samples in the band.

        Parameters
        ----------
        samples : float32 array, shape (n_samples, n_channels), microvolts
            The next of the stream; NaN where values are missing, whole rows where they were lost.
        first_sample
            Index of the first row.

        Returns
        -------
        float32 array, shape (n_samples, n_channels), C-contiguous, microvolts
        """
        # One look at all of them together, at each frame: one NaN makes the sum NaN.
        if np.isfinite(np.add.reduce(samples, axis=None)):
            return self._band.process(samples, first_sample)
        missing: npt.NDArray[np.bool_] = np.logical_not(np.isfinite(samples))
        shown = np.full(samples.shape, np.nan, np.float32)
        there: npt.NDArray[np.bool_] = np.logical_not(missing.all(axis=1))
        edges = np.flatnonzero(np.diff(there, prepend=False, append=False))
        for start, stop in edges.reshape(-1, 2):
            if start > 0:
                self.restart()
            shown[start:stop] = self._band.process(samples[start:stop], first_sample + int(start))
        if not there[-1]:
            self.restart()
        shown[missing] = np.nan
        return shown
