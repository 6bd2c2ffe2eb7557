"""The needle amplifier: its band, its range and its own noise."""

from dataclasses import dataclass
from enum import Enum
from functools import cache

import numpy as np
import numpy.typing as npt

# SciPy loads its parts when they are first used: the signal part takes long, and naming a patient
# needs none of it.
import scipy

from myoscope.acquisition.errors import SimulationError

Sections = npt.NDArray[np.float64]
Waveform = npt.NDArray[np.float64]

# Waveforms are made this much faster than the stream, and at least this fast.
FINE_RATE_HZ = 100_000.0
LEAST_OVERSAMPLING = 4
# Half the length of the converter's anti-aliasing filter, in samples of the stream.
ANTI_ALIAS_SAMPLES = 16


class NoiseSpectrum(Enum):
    """Shape of the amplifier's noise before its high-pass."""

    WHITE = "white"
    """Flat in the band: thermal noise of the core's impedance."""
    PINK = "pink"
    """Power falls as 1/f: a polarised or poorly etched electrode."""
    COLOURED = "coloured"
    """White with twice as much again below 800 Hz: far muscle and an older input stage."""


@dataclass(frozen=True, slots=True)
class Amplifier:
    """Settings of the amplifier and its noise.

    Attributes
    ----------
    high_pass_hz
        Corner of the Butterworth high-pass; clinical 2 to 30.
    high_pass_order
        1 or 2.
    low_pass_hz
        Corner of the second-order low-pass; what the stream's rate cannot hold is taken out by
        the converter's own filter.
    range_uv
        Input and output both stop at plus and minus this.
    noise_uv
        Noise at the output, rms.
    spectrum
        Its spectrum.
    """

    high_pass_hz: float = 20.0
    high_pass_order: int = 1
    low_pass_hz: float = 10_000.0
    range_uv: float = 25_000.0
    noise_uv: float = 4.0
    spectrum: NoiseSpectrum = NoiseSpectrum.WHITE

    def __post_init__(self) -> None:
        if self.high_pass_order not in (1, 2):
            raise SimulationError(
                f"amplifier has a high-pass of order {self.high_pass_order}; wanted 1 or 2"
            )
        if not 0.1 <= self.high_pass_hz <= 500.0 or not self.low_pass_hz > self.high_pass_hz:
            raise SimulationError(
                f"amplifier passes {self.high_pass_hz:g} to {self.low_pass_hz:g} Hz; wanted a "
                "high-pass of 0.1 to 500 Hz below the low-pass"
            )
        if not self.noise_uv >= 0.0 or not self.range_uv > 0.0:
            raise SimulationError(
                f"amplifier has {self.noise_uv:g} µV of noise in a range of {self.range_uv:g} µV; "
                "wanted noise of 0 or more in a range above 0"
            )


def oversampling(rate_hz: float) -> int:
    """Return how many fine samples of a waveform make one sample of the stream."""
    return max(LEAST_OVERSAMPLING, int(np.ceil(FINE_RATE_HZ / rate_hz)))


@cache
def high_pass(amplifier: Amplifier, rate_hz: float) -> Sections:
    """Return the high-pass as second-order sections at the stream's rate."""
    corner_hz = min(amplifier.high_pass_hz, 0.4 * rate_hz)
    sections = scipy.signal.butter(
        amplifier.high_pass_order, corner_hz, "highpass", fs=rate_hz, output="sos"
    )
    return np.asarray(sections, np.float64)


@cache
def _converter(low_pass_hz: float, rate_hz: float) -> tuple[Sections, Waveform]:
    """Return the low-pass and the anti-aliasing taps at the fine rate."""
    factor = oversampling(rate_hz)
    fine_rate_hz = rate_hz * factor
    low_pass = scipy.signal.butter(
        2, min(low_pass_hz, 0.4 * fine_rate_hz), fs=fine_rate_hz, output="sos"
    )
    taps = scipy.signal.firwin(
        2 * ANTI_ALIAS_SAMPLES * factor + 1,
        0.45 * rate_hz,
        window=("kaiser", 6.0),
        fs=fine_rate_hz,
    )
    return low_pass, taps


def band_limit(fine: Waveform, amplifier: Amplifier, rate_hz: float) -> Waveform:
    """Return fine waveforms as the low-pass and the anti-aliasing filter leave them.

    Parameters
    ----------
    fine
        Shape (..., n_fine), at ``oversampling(rate_hz)`` times the stream's rate.
    amplifier
        Whose low-pass to use.
    rate_hz
        The stream's rate.

    Returns
    -------
    float64 array, shape (..., n_fine + 2 × ANTI_ALIAS_SAMPLES × oversampling)
        Begins ``ANTI_ALIAS_SAMPLES`` samples of the stream before the waveform does.
    """
    low_pass, taps = _converter(amplifier.low_pass_hz, rate_hz)
    shaped = scipy.signal.sosfilt(low_pass, fine, axis=-1)
    return np.asarray(
        scipy.signal.oaconvolve(shaped, taps.reshape((1,) * (fine.ndim - 1) + (-1,)), axes=-1)
    )


@cache
def noise_shaping(amplifier: Amplifier, rate_hz: float) -> tuple[Sections, float]:
    """Return the filter and the factor that make the amplifier's noise of unit white noise.

    The factor counts the high-pass, which the noise goes through after the filter, so that the
    output has ``amplifier.noise_uv`` rms.
    """
    sections = [np.array([[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]])]
    if amplifier.low_pass_hz < 0.45 * rate_hz:
        sections.append(scipy.signal.butter(2, amplifier.low_pass_hz, fs=rate_hz, output="sos"))
    if amplifier.spectrum is NoiseSpectrum.PINK:
        sections.append(_shelves(rate_hz, 1.0, np.geomspace(2.0, rate_hz / 2.5, 7)))
    elif amplifier.spectrum is NoiseSpectrum.COLOURED:
        sections.append(_shelf(800.0, 2400.0, rate_hz))
    shape = np.vstack(sections)
    frequencies = np.linspace(0.0, np.pi, 1 << 17)[1:]
    _, response = scipy.signal.freqz_sos(
        np.vstack([shape, high_pass(amplifier, rate_hz)]), frequencies
    )
    return shape, float(amplifier.noise_uv / np.sqrt(np.mean(np.abs(response) ** 2)))


def _shelf(pole_hz: float, zero_hz: float, rate_hz: float) -> Sections:
    """Return one section that falls from the pole to the zero, both below half the rate."""
    pole = np.exp(-2.0 * np.pi * min(pole_hz, 0.3 * rate_hz) / rate_hz)
    zero = np.exp(-2.0 * np.pi * min(zero_hz, 0.45 * rate_hz) / rate_hz)
    return np.array([[1.0, -zero, 0.0, 1.0, -pole, 0.0]])


def _shelves(rate_hz: float, slope: float, corners_hz: Waveform) -> Sections:
    """Return sections whose power falls by ``slope`` powers of f over the corners' range."""
    ratio = (corners_hz[1] / corners_hz[0]) ** (slope / 2.0)
    return np.vstack([_shelf(corner, corner * ratio, rate_hz) for corner in corners_hz[:-1]])
