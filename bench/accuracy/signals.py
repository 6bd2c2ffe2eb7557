"""``Signal``: samples with the truth about them, as every generator of the bench hands them out."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.block import Samples
from myoscope.acquisition.simulation.truth import Truth


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """One channel of EMG whose potentials are known.

    Attributes
    ----------
    samples
        float32 array, shape (n_samples, 1), microvolts.
    rate_hz
        Sampling rate.
    truth
        Structured array of ``TRUTH_DTYPE``, ordered by sample.
    noise_uv
        Noise after the amplifier's filter, rms; one value, or one for each row of ``truth``.
    ends
        Sample at which the waveform of each row of ``truth`` has ended, where it is known.
    """

    samples: Samples
    rate_hz: float
    truth: Truth
    noise_uv: float | npt.NDArray[np.float64]
    ends: npt.NDArray[np.int64] | None = None

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.samples) / self.rate_hz
