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
    asked_uv
        Potentials smaller than this, peak to peak, are neither asked for nor held against.
    noise_uv
        Noise after the amplifier's filter, rms; 0 where it is not known.
    ends
        Sample at which the waveform of each row of ``truth`` has ended, where it is known.
    """

    samples: Samples
    rate_hz: float
    truth: Truth
    asked_uv: float = 0.0
    noise_uv: float = 0.0
    ends: npt.NDArray[np.int64] | None = None

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.samples) / self.rate_hz
