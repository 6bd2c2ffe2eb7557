"""``DisplayFilter``: the band in which the trace is shown, block by block."""

import numpy as np
import numpy.typing as npt
from scipy import signal

from myoscope.acquisition.block import Samples
from myoscope.dsp_core.settings import DetectorSettings

# Bandwidth of each notch: 2 Hz at 60 Hz.
NOTCH_QUALITY = 30.0
# Mains harmonics below the frequencies that make a potential's shape.
NOTCH_HARMONICS = 5


class DisplayFilter:
    """High-pass, low-pass and notch of the detector's settings, for the eye.

    It starts settled at the first value, so an electrode's offset is not seen as a step, and starts
    anew after lost samples. Missing values stay missing. Belongs to one thread.

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
        self._n_channels = n_channels
        self._sign = -1.0 if settings.polarity == "inverted" else 1.0
        sections = [signal.butter(2, settings.high_pass_hz, "highpass", fs=rate_hz, output="sos")]
        # Above this the low-pass would only repeat what sampling has done.
        if settings.low_pass_hz <= 0.45 * rate_hz:
            sections.append(
                signal.butter(2, settings.low_pass_hz, "lowpass", fs=rate_hz, output="sos")
            )
        if settings.notch_hz:
            sections += [
                np.hstack(signal.iirnotch(harmonic, NOTCH_QUALITY, fs=rate_hz))[np.newaxis]
                for harmonic in settings.notch_hz * np.arange(1, NOTCH_HARMONICS + 1)
                if harmonic < 0.45 * rate_hz
            ]
        self._sections = np.vstack(sections)
        self._settled = signal.sosfilt_zi(self._sections)[:, :, np.newaxis]
        self.restart()

    def restart(self) -> None:
        """Forget what came before."""
        self._state: npt.NDArray[np.float64] | None = None
        self._held = np.zeros(self._n_channels)

    def process(self, samples: Samples) -> Samples:
        """Return the samples in the band.

        Parameters
        ----------
        samples : float32 array, shape (n_samples, n_channels), microvolts
            The next of the stream; NaN where values are missing, whole rows where they were lost.

        Returns
        -------
        float32 array, shape (n_samples, n_channels), C-contiguous, microvolts
        """
        missing: npt.NDArray[np.bool_] = np.logical_not(np.isfinite(samples))
        if not missing.any():
            return self._run(samples.astype(np.float64))
        shown = np.full(samples.shape, np.nan, np.float32)
        there: npt.NDArray[np.bool_] = np.logical_not(missing.all(axis=1))
        edges = np.flatnonzero(np.diff(there, prepend=False, append=False))
        for start, stop in edges.reshape(-1, 2):
            if start > 0:
                self.restart()
            shown[start:stop] = self._run(self._filled(samples[start:stop], missing[start:stop]))
        if not there[-1]:
            self.restart()
        shown[missing] = np.nan
        return shown

    def _run(self, values: npt.NDArray[np.float64]) -> Samples:
        if not len(values):
            return np.empty(values.shape, np.float32)
        if self._state is None:
            self._state = self._settled * values[0]
        self._held = values[-1]
        filtered, self._state = signal.sosfilt(self._sections, values, axis=0, zi=self._state)
        return np.ascontiguousarray(self._sign * filtered, np.float32)

    def _filled(self, samples: Samples, missing: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        """Return the values with each missing one held from before, so that no filter rings."""
        values = np.vstack([self._held, samples])
        rows = np.where(np.vstack([np.zeros(self._n_channels, bool), missing]), 0, 1)
        newest = np.maximum.accumulate(rows * np.arange(len(values))[:, np.newaxis], axis=0)
        filled: npt.NDArray[np.float64] = np.take_along_axis(values, newest, axis=0)[1:]
        return filled
