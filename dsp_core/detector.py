"""``SpontaneousActivityDetector``: the seam between Python and the kernels."""

import numpy as np
import numpy.typing as npt

from myoscope.dsp_core._bank import BankKernel
from myoscope.dsp_core._engine import Engine
from myoscope.dsp_core.errors import ChannelCountError, RateError
from myoscope.dsp_core.filters import make_filter
from myoscope.dsp_core.findings import Findings
from myoscope.dsp_core.kind_model import kind_table
from myoscope.dsp_core.noise_calibration import quantile_scales, white_noise_gain
from myoscope.dsp_core.settings import DetectorSettings

# Below the first, sampling leaves too little of a fibrillation; above the second nothing is gained.
RATE_RANGE_HZ = (1000.0, 200_000.0)
# A simulated fibrillation keeps 95 to 100 % of its amplitude from here on, half of it at 2 kHz.
FULL_ACCURACY_HZ = 10_000.0

_NOTHING = Findings.none()
_WIDTHS_MS = (0.3, 0.7, 1.6)
_NOISE_WINDOW_MS = 5.0
# No needle amplifier is quieter than this.
_SMALLEST_NOISE_UV = 0.2


class SpontaneousActivityDetector:
    """Finds spontaneous potentials in a stream, groups them into trains and raises alerts.

    The same samples give the same findings however they are cut into calls. A detector belongs to
    one thread.

    Parameters
    ----------
    n_channels
        Columns of every block.
    rate_hz
        Sampling rate, within ``RATE_RANGE_HZ``; below ``FULL_ACCURACY_HZ`` short potentials lose
        amplitude and some are missed.
    settings
        What to go by; the clinical preset where left out.

    Raises
    ------
    RateError
        If nothing can be detected at the rate.
    ChannelCountError
        If there is no channel.
    """

    def __init__(
        self, n_channels: int, rate_hz: float, settings: DetectorSettings | None = None
    ) -> None:
        lowest, highest = RATE_RANGE_HZ
        if not lowest <= rate_hz <= highest:
            raise RateError(f"sampling rate is {rate_hz:g} Hz; wanted {lowest:g} to {highest:g} Hz")
        if n_channels < 1:
            raise ChannelCountError(
                f"detector was asked for {n_channels} channels; wanted 1 or more"
            )
        self.n_channels = n_channels
        self.rate_hz = float(rate_hz)
        self.settings = settings if settings is not None else DetectorSettings()
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next sample is the first of a stream."""
        self._bank = make_bank(self.n_channels, self.rate_hz)
        self._engine = Engine(
            self.n_channels,
            self.rate_hz,
            self.settings.to_dict(),
            make_filter(self.n_channels, self.rate_hz, self.settings),
            self._bank,
            kind_table(),
        )

    def process(self, samples: npt.NDArray[np.float32], lost_before: int = 0) -> Findings:
        """Return what became known with these samples.

        Parameters
        ----------
        samples : float32 array, shape (n_samples, n_channels), microvolts
            The next block of the stream, C-contiguous; may be empty; is not changed. A value that
            is no number blanks its channel for ``blanking_ms``.
        lost_before
            Samples that were lost between the last call and this one; they restart the filters
            and blank every channel for ``blanking_ms``.

        Returns
        -------
        Findings
            Sample indexes count from the start of the stream, lost samples included.

        Raises
        ------
        ChannelCountError
            If the block has other channels than the detector was made for.
        """
        if lost_before < 0:
            raise ValueError(f"{lost_before} samples were lost; wanted 0 or more")
        try:
            found = self._engine.process(samples, lost_before)
        except (TypeError, BufferError):
            found = self._engine.process(self._as_block(samples), lost_before)
        return self._take() if found else _NOTHING

    def _as_block(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the samples as the engine takes them: contiguous float32."""
        if samples.ndim != 2 or samples.shape[1] != self.n_channels:
            raise ChannelCountError(
                f"block has shape {samples.shape}; detector was made for "
                f"(n_samples, {self.n_channels})"
            )
        return np.ascontiguousarray(samples, dtype=np.float32)

    def finish(self) -> Findings:
        """Return what only the end of the stream makes known: open potentials and trains."""
        self._engine.finish()
        return self._take()

    @property
    def noise_uv(self) -> npt.NDArray[np.float32]:
        """Baseline noise: float32 array, shape (n_channels,), microvolts rms; 0 if unknown yet."""
        noise: npt.NDArray[np.float32] = self._bank.noise_uv()[0]
        return noise

    @property
    def warm_up_samples(self) -> int:
        """Samples at the start of a stream in which nothing is found: the noise is learnt."""
        return self._bank.warm_up + 20 * _window_rows(self.rate_hz)

    @property
    def samples_processed(self) -> int:
        """Samples since the start of the stream, lost ones included."""
        return self._engine.sample

    def _take(self) -> Findings:
        tables = self._engine.take()
        if all(table is None for table in tables):
            return _NOTHING
        peaks, spikes, potentials, trains, alerts = tables
        return Findings(
            _NOTHING.potentials if potentials is None else potentials,
            _NOTHING.trains if trains is None else trains,
            _NOTHING.alerts if alerts is None else alerts,
            _NOTHING.peaks if peaks is None else peaks,
            _NOTHING.spikes if spikes is None else spikes,
        )


def _window_rows(rate_hz: float) -> int:
    return max(4, round(_NOISE_WINDOW_MS * rate_hz / 1000))


def make_bank(n_channels: int, rate_hz: float) -> BankKernel:
    """Return the bank for a rate: even widths that rise by at least two rows."""
    widths: list[int] = []
    for width_ms in _WIDTHS_MS:
        even = 2 * max(1, round(width_ms * rate_hz / 2000))
        widths.append(max(even, widths[-1] + 2) if widths else even)
    floor_uv = _SMALLEST_NOISE_UV * np.array([1.0, *(white_noise_gain(w) for w in widths)])
    window_rows = _window_rows(rate_hz)
    scales = quantile_scales(tuple(widths), window_rows, rate_hz)
    return BankKernel(
        n_channels, np.array(widths, np.intc), window_rows, np.array(scales), floor_uv
    )
