"""``Calipers``: two places on a frozen picture and what lies between them; no Qt here."""

import math
from dataclasses import dataclass, replace

import numpy as np

from myoscope.monitor_ui.display_signal import DisplaySignal


@dataclass(frozen=True, slots=True)
class Calipers:
    """Two samples of one channel; one of the two moves."""

    channel: int
    a: int
    b: int
    moving: str = "b"

    def moved_to(self, sample: int) -> "Calipers":
        """Return the calipers with the moving one at ``sample``."""
        sample = max(0, sample)
        return replace(self, a=sample) if self.moving == "a" else replace(self, b=sample)

    def moved_by(self, samples: int) -> "Calipers":
        """Return the calipers with the moving one so much later."""
        return self.moved_to((self.a if self.moving == "a" else self.b) + samples)

    def swapped(self) -> "Calipers":
        """Return the calipers with the other one moving."""
        return replace(self, moving="b" if self.moving == "a" else "a")


@dataclass(frozen=True, slots=True)
class Measured:
    """What lies between two calipers; NaN where the signal is gone.

    ``difference_uv`` is from a to b, ``peak_to_peak_uv`` of all between them.
    """

    time_ms: float
    a_uv: float
    b_uv: float
    difference_uv: float
    peak_to_peak_uv: float

    @property
    def words(self) -> str:
        """What the window says: time, 1/time, values and their difference."""
        frequency = f"1/Δt {1000 / self.time_ms:.1f} Hz" if self.time_ms > 0 else "1/Δt –"
        return (
            f"Δt {self.time_ms:.2f} ms · {frequency} · A {_uv(self.a_uv)} · B {_uv(self.b_uv)} · "
            f"ΔV {_uv(self.difference_uv)} · peak to peak {_uv(self.peak_to_peak_uv)}"
        )

    @property
    def few_words(self) -> str:
        """The same where there is little room: time, 1/time and the peak to peak value."""
        frequency = f" · {1000 / self.time_ms:.1f} Hz" if self.time_ms > 0 else ""
        return f"{self.time_ms:.2f} ms{frequency} · pp {_uv(self.peak_to_peak_uv)}"


def measure(calipers: Calipers, signal: DisplaySignal) -> Measured:
    """Return what the shown signal has between the calipers."""
    start, stop = sorted((calipers.a, calipers.b))
    wave = signal.shown_cut(calipers.channel, start, stop + 1)
    a = b = peak_to_peak = math.nan
    if wave is not None and not np.isnan(wave).any():
        a, b = (float(wave[sample - start]) for sample in (calipers.a, calipers.b))
        peak_to_peak = float(np.ptp(wave))
    return Measured((stop - start) * 1000 / signal.info.rate_hz, a, b, b - a, peak_to_peak)


def _uv(microvolts: float) -> str:
    # Adding 0 takes the sign from what rounds to 0.
    rounded = round(microvolts, 0) + 0.0 if math.isfinite(microvolts) else math.nan
    return "–" if math.isnan(rounded) else f"{rounded:.0f} µV".replace("-", "−")
