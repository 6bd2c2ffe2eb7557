"""``Pacer``: when the samples of a replay or a simulation are due."""

from math import isfinite

from myoscope.acquisition.clock import Clock
from myoscope.acquisition.errors import ReplayError


class Pacer:
    """An absolute schedule: sample n is due at start + n / rate_hz / speed, whatever was late.

    Parameters
    ----------
    rate_hz
        Sampling rate of what is played.
    clock
        What the schedule is kept by; None has everything due at once.
    speed
        How many seconds of signal go by in one second of the clock.

    Raises
    ------
    ReplayError
        If the speed is not a finite number above 0.
    """

    def __init__(self, rate_hz: float, clock: Clock | None, speed: float = 1.0) -> None:
        if not (isfinite(speed) and speed > 0):
            raise ReplayError(f"speed is {speed:g}; wanted a finite number above 0")
        self._rate_hz = rate_hz * speed
        self._clock = clock
        self._start_s: float | None = None

    def wait_for(self, end_sample: int, timeout_s: float) -> bool:
        """Wait until the samples before ``end_sample`` have been sampled; False on time-out.

        The schedule starts with the first call.
        """
        if self._clock is None:
            return True
        wait_s = -self.late_s(end_sample)
        self._clock.wait_s(max(0.0, min(wait_s, timeout_s)))
        return wait_s <= timeout_s

    def late_s(self, end_sample: int) -> float:
        """Return how long ago ``end_sample`` was due; below 0 before that, NaN without a clock."""
        if self._clock is None:
            return float("nan")
        now_s = self._clock.now_s()
        if self._start_s is None:
            self._start_s = now_s
        return now_s - self._start_s - end_sample / self._rate_hz
