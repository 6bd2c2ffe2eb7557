"""What else is there for this work, each as a function of a block.

All filter with the corners of our settings, in float32 unless they say otherwise, and keep their
state from block to block. None of them measures shapes, follows trains or names kinds, as ours
does: they find peaks.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import signal

from myoscope.bench.latency.signals import NOISE_UV, Signal
from myoscope.bench.latency.timing import Work
from myoscope.dsp_core.detector import SpontaneousActivityDetector
from myoscope.dsp_core.filters import HIGHEST_CORNER, butterworth_section
from myoscope.dsp_core.settings import DetectorSettings

OURS = "myoscope"

# Why some are not measured.
LEFT_OUT: Mapping[str, str] = {
    "brainflow": "its filters begin anew in every block, so that what they give is wrong",
    "tridesclous": "needs blocks of more than 150 ms, and a NumPy older than ours",
    "mne-lsl": "filters in its own stream object; there is no call for a block",
    "Open Ephys": "a program, not a library",
}

_SWEEP_MS = 1.0
_NOISE_MEMORY_S = 1.0
_NOISE_POINTS = 1000


def peers(n_channels: int, rate_hz: float, rows: int) -> tuple[dict[str, Work], dict[str, str]]:
    """Return what can be measured here, ours first, and why the others can not.

    Returns
    -------
    works
        By name.
    left_out
        A reason, by name.
    """
    works: dict[str, Work] = {OURS: SpontaneousActivityDetector(n_channels, rate_hz).process}
    left_out = dict(LEFT_OUT)
    makers: dict[str, Callable[[int, float, int], Work]] = {
        "SciPy sosfilt + SpikeInterface": sosfilt_and_spikeinterface,
        "SciPy sosfilt + MAD + find_peaks": sosfilt_and_find_peaks,
        "ezmsg-sigproc filter, scaler, threshold": ezmsg_sigproc,
        "hand-written numba loop": numba_loop,
    }
    for name, make in makers.items():
        try:
            works[name] = make(n_channels, rate_hz, rows)
        except ImportError as missing:
            left_out[name] = f"{missing.name} is not installed"
    return works, left_out


def sections(rate_hz: float) -> npt.NDArray[np.float32]:
    """Return the detector's filter as second-order sections: float32 array, shape (n, 6)."""
    settings = DetectorSettings()
    found = [butterworth_section("high", settings.high_pass_hz, rate_hz)]
    if settings.low_pass_hz < HIGHEST_CORNER * rate_hz:
        found.append(butterworth_section("low", settings.low_pass_hz, rate_hz))
    return np.concatenate(found).astype(np.float32)


def streaming_sosfilt(n_channels: int, rate_hz: float) -> Callable[[Signal], Signal]:
    """Return SciPy's filter with its state kept."""
    sos = sections(rate_hz)
    state = np.zeros((len(sos), 2, n_channels), np.float32)

    def run(block: Signal) -> Signal:
        nonlocal state
        filtered, state = signal.sosfilt(sos, block, axis=0, zi=state)
        return filtered

    return run


def sosfilt_and_spikeinterface(n_channels: int, rate_hz: float, rows: int) -> Work:
    """Run SciPy's filter, and the kernel of SpikeInterface's "locally exclusive" peaks.

    It looks 1 ms ahead and back, so each block carries 2 ms of those before. The noise is given.
    """
    from spikeinterface.sortingcomponents.peak_detection.locally_exclusive import (
        detect_peaks_numba_locally_exclusive_on_chunk as find,
    )

    run = streaming_sosfilt(n_channels, rate_hz)
    sweep = int(_SWEEP_MS * rate_hz / 1000)
    margin = 2 * (sweep + 1)
    window = np.zeros((margin + rows, n_channels), np.float32)
    thresholds = np.full(n_channels, 5 * NOISE_UV, np.float32)
    neighbours = np.eye(n_channels, dtype=bool)

    def work(block: Signal) -> object:
        window[:margin] = window[rows:].copy() if rows < margin else window[rows:]
        window[margin:] = run(block)
        found, channels = find(window, "both", thresholds, sweep, neighbours)
        return found, channels, window[found, channels]

    return work


def sosfilt_and_find_peaks(n_channels: int, rate_hz: float, rows: int) -> Work:
    """Run SciPy's filter, the median of the last second for the noise, and ``find_peaks``.

    The median is that of 1000 points of the second, which is kind to it.
    """
    run = streaming_sosfilt(n_channels, rate_hz)
    step = max(1, int(_NOISE_MEMORY_S * rate_hz) // _NOISE_POINTS)
    memory = np.full((_NOISE_POINTS, n_channels), NOISE_UV, np.float32)
    sweep = int(_SWEEP_MS * rate_hz / 1000)
    place = 0

    def work(block: Signal) -> object:
        nonlocal place
        filtered = np.abs(run(block))
        points = filtered[::step]
        places = (place + np.arange(len(points))) % _NOISE_POINTS
        memory[places] = points
        place = (place + len(points)) % _NOISE_POINTS
        noise = np.median(memory, axis=0) / 0.6745
        return [
            signal.find_peaks(filtered[:, channel], height=5 * noise[channel], distance=sweep)[0]
            for channel in range(n_channels)
        ]

    return work


def ezmsg_sigproc(n_channels: int, rate_hz: float, rows: int) -> Work:
    """Run the Butterworth filter and the adaptive scaler of ezmsg-sigproc, then a threshold."""
    from ezmsg.sigproc.butterworthfilter import (
        ButterworthFilterSettings,
        ButterworthFilterTransformer,
    )
    from ezmsg.sigproc.scaler import (
        AdaptiveStandardScalerSettings,
        AdaptiveStandardScalerTransformer,
    )
    from ezmsg.util.messages.axisarray import AxisArray

    settings = DetectorSettings()
    band = ButterworthFilterTransformer(
        settings=ButterworthFilterSettings(order=2, cuton=settings.high_pass_hz, coef_type="sos")
    )
    scale = AdaptiveStandardScalerTransformer(
        settings=AdaptiveStandardScalerSettings(time_constant=_NOISE_MEMORY_S)
    )
    axes = {"time": AxisArray.TimeAxis(fs=rate_hz)}

    def work(block: Signal) -> object:
        message = AxisArray(block, dims=["time", "ch"], axes=axes, key="bench")
        return np.nonzero(np.abs(scale(band(message)).data) > 5)

    return work


def numba_loop(n_channels: int, rate_hz: float, rows: int) -> Work:
    """Run a loop over rows and channels, compiled by numba: filter, running noise, threshold.

    In float64, as an electrode's offset asks for.
    """
    import numba

    @numba.njit(fastmath=True)  # type: ignore[untyped-decorator,unused-ignore]
    def loop(
        block: Any, sos: Any, state: Any, noise: Any, above: Any, out: Any, step: float
    ) -> int:  # pragma: no cover - compiled
        found = 0
        n_rows, channels = block.shape
        for row in range(n_rows):
            for channel in range(channels):
                out[channel] = block[row, channel]
            for section in range(sos.shape[0]):
                b0, b1, b2 = sos[section, 0], sos[section, 1], sos[section, 2]
                a1, a2 = sos[section, 4], sos[section, 5]
                for channel in range(channels):
                    value = out[channel]
                    result = b0 * value + state[section, 0, channel]
                    state[section, 0, channel] = (
                        b1 * value - a1 * result + state[section, 1, channel]
                    )
                    state[section, 1, channel] = b2 * value - a2 * result
                    out[channel] = result
            for channel in range(channels):
                size = abs(out[channel])
                level = noise[channel]
                noise[channel] = level + step * (min(size, 3.0 * level) - level)
                high = size > 6.0 * level
                found += high and not above[channel]
                above[channel] = high
        return found

    sos = sections(rate_hz).astype(np.float64)
    state = np.zeros((len(sos), 2, n_channels), np.float64)
    noise = np.full(n_channels, NOISE_UV, np.float64)
    above = np.zeros(n_channels, np.bool_)
    out = np.zeros(n_channels, np.float64)
    step = 1 / (_NOISE_MEMORY_S * rate_hz)

    def work(block: Signal) -> object:
        return loop(block, sos, state, noise, above, out, step)

    return work
