"""``StampFit``: the line that a stream's stamps would follow if no block were ever late."""

from collections import deque

import numpy as np
import numpy.typing as npt

Stamps = npt.NDArray[np.float64]

_BIN_S = 0.1
_BASE_BINS = 10  # the line stands on the earliest stamps of the last second
_SLOPE_BINS = 600  # and takes its slope, the true rate, from the last minute
_SLOPE_PRIOR_S2 = 0.36  # pulls the slope to the nominal rate until the bins span about two seconds
_RATE_BINS = 20  # two seconds before an effective rate is told

# Jumps that a loaded machine makes without a loss, and how long they last, were measured with LSL
# outlets that were stopped, slow, or overrun: these two told late from lost every time.
TOLERANCE_S = 0.015
HOLD_S = 1.0
# Stamps that move against the arrival of their samples by more than this come from another clock.
CLOCK_STEP_S = 1.0
# Between stamps of two clocks only arrival tells what is missing, and it is no finer than this.
_ARRIVAL_TOLERANCE_S = 0.25
# How fast the delay from stamp to arrival may grow because two clocks run apart.
_CLOCK_DRIFT = 1e-3


class StampFit:
    """Lower envelope of stamps against the count of samples.

    A block's stamps are late when its sender was, never early: so the earliest stamps tell the
    truth, and the line through them has the slope of the true rate. A stream that is a percent off
    its nominal rate, or drifts, keeps to its line for hours.

    Parameters
    ----------
    rate_hz
        Nominal sampling rate.
    """

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._ramp: Stamps = np.empty(0)  # 0, 1, 2, …
        self.restart()

    def restart(self) -> None:
        """Forget everything: the stamps that follow are of another clock."""
        self._count = 0  # samples so far, lost ones included
        self._origin_s = float("nan")
        self._times_s: deque[float] = deque(maxlen=_SLOPE_BINS)  # nominal, count / rate
        self._behind_s: deque[float] = deque(maxlen=_SLOPE_BINS)  # least stamp - origin - nominal
        self._bin_end_s = _BIN_S
        self._bin: tuple[float, float] | None = None  # (nominal time, behind) of the bin's least
        self._slope = 0.0  # seconds behind per nominal second
        self._base_s = 0.0  # the line at nominal time 0
        self._late_since_s: float | None = None  # stamp at which the line was left
        self._delay_s = float("nan")  # least time from stamp to arrival
        self._arrived_s = float("nan")  # of the newest sample
        self.last_stamp_s = float("nan")

    @property
    def effective_rate_hz(self) -> float:
        """Samples per second of the source's clock, NaN for the first two seconds."""
        if len(self._times_s) < _RATE_BINS:
            return float("nan")
        return self._rate_hz / (1 + self._slope)

    def lateness_s(self, stamps: Stamps) -> Stamps:
        """Return by how many seconds each of the next stamps lies above the line.

        Parameters
        ----------
        stamps : float64 array, shape (n_samples,), seconds
            Of the samples after those that were accepted.
        """
        if np.isnan(self._origin_s):
            self._origin_s = float(stamps[0])
        n, pace = stamps.shape[0], (1 + self._slope) / self._rate_hz
        if n > self._ramp.shape[0]:
            self._ramp = np.arange(2 * n, dtype=np.float64)
        late: Stamps = stamps - self._ramp[:n] * pace
        late -= self._origin_s + self._base_s + self._count * pace
        return late

    def leap(self, stamps: Stamps, late_s: Stamps, arrived_s: float) -> int | None:
        """Return the first of the next samples that another clock has stamped, or None.

        A stamp far below the line was set back. One that is far ahead of its own arrival, against
        what is usual, was set forward; a loss, however long, lets as much time pass here.
        """
        latest_s = arrived_s - self._delay_s + CLOCK_STEP_S
        if late_s.min() >= -CLOCK_STEP_S and not stamps.max() > latest_s:
            return None
        return int(np.argmax((late_s < -CLOCK_STEP_S) | (stamps > latest_s)))

    def begin_clock(self, arrived_s: float, n_arrived: int) -> int:
        """Start anew with another clock; return how many samples the silence before it cost."""
        silent_s = arrived_s - self._arrived_s - n_arrived / self._rate_hz
        self.restart()
        return round(silent_s * self._rate_hz) if silent_s > _ARRIVAL_TOLERANCE_S else 0

    def accept(self, stamps: Stamps, late_s: Stamps, arrived_s: float) -> None:
        """Take samples as received, in order.

        Parameters
        ----------
        stamps, late_s : float64 arrays, shape (n_samples,)
            The samples' stamps and what ``lateness_s`` said of them.
        arrived_s
            When they arrived, on this machine's clock.
        """
        least = int(late_s.argmin())
        if late_s[least] <= TOLERANCE_S:
            self._late_since_s = None
        elif self._late_since_s is None:
            self._late_since_s = float(stamps[0])
        # Late samples say nothing of the line, unless they are so for good: then the rate is off.
        if self._late_since_s is None or stamps[-1] - self._late_since_s >= HOLD_S:
            at_s = (self._count + least) / self._rate_hz
            behind_s = float(stamps[least]) - self._origin_s - at_s
            above_s = self._above(at_s, behind_s)
            if self._bin is None or above_s < self._above(*self._bin):
                self._bin = (at_s, behind_s)
            self._base_s = min(self._base_s, above_s)
        self._count += stamps.shape[0]
        self.last_stamp_s = float(stamps[-1])
        self.hear(stamps, arrived_s)
        if self._count / self._rate_hz >= self._bin_end_s:
            self._close_bin()

    def hear(self, stamps: Stamps, arrived_s: float) -> None:
        """Note when samples arrived, whether or not they are accepted."""
        delay_s = arrived_s - float(stamps.max())
        usual_s = self._delay_s + _CLOCK_DRIFT * max(0.0, arrived_s - self._arrived_s)
        self._delay_s = usual_s if usual_s < delay_s else delay_s  # NaN before the first
        self._arrived_s = arrived_s

    def skip(self, n_lost: int) -> None:
        """Count samples that will never come."""
        self._count += n_lost

    def lost_in(self, late_s: float) -> int:
        """Return how many samples are missing when the next one is ``late_s`` above the line."""
        return round(late_s * self._rate_hz / (1 + self._slope))

    def _above(self, at_s: float, behind_s: float) -> float:
        """Return where a line of the present slope through a point is at nominal time 0."""
        return behind_s - self._slope * at_s

    def _close_bin(self) -> None:
        """Add the bin's earliest stamp to the line."""
        self._bin_end_s = self._count / self._rate_hz + _BIN_S
        if self._bin is None:
            return
        self._times_s.append(self._bin[0])
        self._behind_s.append(self._bin[1])
        self._bin = None
        times_s, behind_s = np.array(self._times_s), np.array(self._behind_s)
        times_s -= times_s.mean()
        spread = float(times_s @ times_s)
        self._slope = float(times_s @ (behind_s - behind_s.mean())) / (spread + _SLOPE_PRIOR_S2)
        self._base_s = min(
            self._above(self._times_s[-k], self._behind_s[-k])
            for k in range(1, min(_BASE_BINS, len(self._times_s)) + 1)
        )
