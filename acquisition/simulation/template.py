"""``Template``: one unit's waveforms, ready to be added into a stream."""

import numpy as np
import numpy.typing as npt
import scipy

from myoscope.acquisition.simulation.amplifier import (
    Amplifier,
    band_limit,
    high_pass,
    oversampling,
)

Waveform = npt.NDArray[np.float64]
Indexes = npt.NDArray[np.int64]

# Where a waveform begins and ends for its duration, as a share of its largest deflection.
EDGE = 0.08


class Template:
    """A unit's waveforms at the stream's rate: several variants, several sub-sample shifts.

    The waveforms lack the high-pass, which the patient applies to the sum; peaks, amplitudes and
    durations are those after the high-pass.

    Parameters
    ----------
    fine
        Shape (n_positions, n_variants, n_fine): the waveform at ``oversampling(rate_hz)`` times
        the rate, in any unit. Positions are stages of a creeping needle, in order; variants are
        discharges that differ by jitter.
    amplitude_uv
        Peak to peak that the first position's first variant is scaled to, after the amplifier.
    amplifier
        Its filters.
    rate_hz
        The stream's rate.

    Attributes
    ----------
    waves
        float64 array, shape (n_positions × n_variants × n_shifts, n_samples).
    peak_samples
        Index of the largest deflection in each row of ``waves``.
    amplitude_uv
        Peak to peak of each row.
    duration_ms
        Duration of each row.
    """

    def __init__(
        self, fine: Waveform, amplitude_uv: float, amplifier: Amplifier, rate_hz: float
    ) -> None:
        self.n_positions, self.n_variants = fine.shape[:2]
        self.n_shifts = oversampling(rate_hz)
        limited = band_limit(fine, amplifier, rate_hz)
        n_samples = -(-limited.shape[-1] // self.n_shifts)
        room = n_samples * self.n_shifts - limited.shape[-1]
        padded = np.pad(limited, ((0, 0), (0, 0), (0, room)))
        waves = (
            padded.reshape(self.n_positions, self.n_variants, n_samples, self.n_shifts)
            .transpose(0, 1, 3, 2)
            .reshape(-1, n_samples)
        )
        # Long enough for what the high-pass adds after the waveform.
        after = int(rate_hz * 0.5 / amplifier.high_pass_hz)
        longer = np.pad(waves, ((0, 0), (0, after)))
        seen = scipy.signal.sosfilt(high_pass(amplifier, rate_hz), longer, axis=-1)
        spans = np.ptp(seen, axis=-1)
        scale = amplitude_uv / spans[0]
        self.waves = np.ascontiguousarray(waves * scale)
        self.peak_samples: Indexes = np.asarray(np.abs(seen).argmax(axis=-1), np.int64)
        self.amplitude_uv = np.asarray(spans * scale)
        above = np.abs(seen) >= EDGE * np.abs(seen).max(axis=-1, keepdims=True)
        last = above.shape[-1] - 1 - above[:, ::-1].argmax(axis=-1)
        self.duration_ms = np.asarray((last - above.argmax(axis=-1) + 1) * 1e3 / rate_hz)

    @property
    def n_samples(self) -> int:
        """Length of a waveform in samples of the stream."""
        return int(self.waves.shape[1])

    def rows(self, position: Indexes, variant: Indexes, shift: Indexes) -> Indexes:
        """Return the rows of ``waves`` for discharges at these positions, variants and shifts."""
        return np.asarray((position * self.n_variants + variant) * self.n_shifts + shift)
