"""What the bank's noise quantiles are in Gaussian noise of known size."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from myoscope.dsp_core._bank import BankKernel

# Long enough for the quantiles to be known to about 1 %.
_CALIBRATION_S = 12.0


@lru_cache(maxsize=32)
def quantile_scales(widths: tuple[int, ...], window_rows: int, rate_hz: float) -> tuple[float, ...]:
    """Return noise rms divided by its tracked quantile: of the signal, then of each width.

    Measured once for each rate by running the bank over white noise of 1 µV from a fixed seed;
    for the widths the rms is that of their deflections.
    """
    rows = int(_CALIBRATION_S * rate_hz)
    noise = np.random.default_rng(2026).standard_normal((rows, 1), dtype=np.float32)
    ones = np.ones(len(widths) + 1)
    bank = BankKernel(1, np.array(widths, np.intc), window_rows, ones, np.full_like(ones, 1e-9))
    bank.deflections(noise)
    quantiles = bank.noise_uv()[:, 0].astype(np.float64)
    rms = [1.0, *(white_noise_gain(width) for width in widths)]
    return tuple(float(scale) for scale in np.array(rms) / quantiles)


def white_noise_gain(width: int) -> float:
    """Return the rms of the deflection of a width in white noise of 1 µV."""
    kernel: npt.NDArray[np.float64] = np.repeat([-0.5, 1.0, -0.5], width) / width
    return float(np.sqrt(np.sum(kernel**2)))
