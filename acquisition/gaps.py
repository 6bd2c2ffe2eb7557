"""Where samples are missing from a stream: told by a counter channel, or by the stamps alone."""

import itertools
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.block import Samples
from myoscope.acquisition.lsl_stamps import CLOCK_STEP_S, HOLD_S, TOLERANCE_S, StampFit, Stamps

# A rise without a step of this size from one sample to the next is a rate that is off, not a gap.
_STEP_S = 0.005

# Moduli of counters that were seen: 8, 12, 15, 16, 24, 31 and 32 bits.
_MODULI = (1 << 8, 1 << 12, 1 << 15, 1 << 16, 1 << 24, 1 << 31, 1 << 32)
_REPEATS_ALLOWED = 2


class Piece(NamedTuple):
    """Consecutive samples without a gap inside.

    Attributes
    ----------
    samples
        Shape (n_samples, n_channels).
    stamp_s
        Stamp of the first row, as it came.
    lost_before
        Samples missing before the first row.
    """

    samples: Samples
    stamp_s: float
    lost_before: int


class Arrival(NamedTuple):
    """What came out of a stream at once.

    Attributes
    ----------
    samples
        Shape (n_samples, n_channels), at least one row.
    stamps
        float64, shape (n_samples,), seconds of the source's clock.
    arrived_s
        When, on this machine's clock.
    counter
        float64, shape (n_samples,), the counter channel; None where there is none.
    restarted
        True when the source was seen to have started anew: what is missing then is lost, and a
        counter has begun again.
    """

    samples: Samples
    stamps: Stamps
    arrived_s: float
    counter: npt.NDArray[np.float64] | None = None
    restarted: bool = False


class Gaps(Protocol):
    """Something that cuts what arrives where samples are missing."""

    fit: StampFit

    def push(self, arrival: Arrival) -> list[Piece]:
        """Return what is now known to follow, with or without a gap; may keep samples back."""
        ...

    def settle(self) -> list[Piece]:
        """Return what was kept back, judged by what is known now."""
        ...


class ClockGaps:
    """Gaps by the count of samples against their stamps.

    A forward jump of the stamps is either a late sender, which catches up, or a loss, which does
    not. Samples after a jump of more than ``TOLERANCE_S`` are kept back until the stamps are on
    their line again (late: nothing is missing) or have been above it for ``HOLD_S`` of stream time
    (lost: the gap is counted before the first sample after the jump). Losses shorter than the
    tolerance show in the effective rate only.

    Stamps that leap where the arrival of the samples does not are a clock that was set; the line
    starts anew, and a gap is counted only if nothing arrived meanwhile.

    Parameters
    ----------
    rate_hz
        Nominal sampling rate.
    fit
        The line to go on with, where one is there already.
    """

    def __init__(self, rate_hz: float, fit: StampFit | None = None) -> None:
        self.fit = fit or StampFit(rate_hz)
        self._rate_hz = rate_hz
        self._samples: Samples | None = None  # kept back, with their stamps
        self._stamps: Stamps = np.empty(0)
        self._arrived_s = float("nan")  # newest arrival
        self._lost = 0  # to be told with the next piece

    def push(self, arrival: Arrival) -> list[Piece]:
        """Return what is now known to follow."""
        if self._samples is None:
            self._samples, self._stamps = arrival.samples, arrival.stamps
        else:
            self._samples = np.concatenate((self._samples, arrival.samples))
            self._stamps = np.concatenate((self._stamps, arrival.stamps))
        self._arrived_s = arrival.arrived_s
        return self._judge(settle=arrival.restarted)

    def settle(self) -> list[Piece]:
        """Return what was kept back: a jump that has not fallen back is a loss."""
        return self._judge(settle=True)

    def _judge(self, *, settle: bool) -> list[Piece]:
        """Pass on what can be judged."""
        pieces: list[Piece] = []
        while self._samples is not None:
            stamps = self._stamps
            late_s = self.fit.lateness_s(stamps)
            leap = self.fit.leap(stamps, late_s, self._arrived_s)
            on_time = np.flatnonzero(late_s <= TOLERANCE_S)
            if leap == 0:
                self._lost += self.fit.begin_clock(self._arrived_s, stamps.shape[0])
            elif leap is not None:
                pieces.append(self._pass_on(leap, late_s))
            elif on_time.size:
                pieces.append(self._pass_on(int(on_time[-1]) + 1, late_s))
            elif not stamps[0] - self.fit.last_stamp_s > 1 / self._rate_hz + _STEP_S:
                pieces.append(self._pass_on(stamps.shape[0], late_s))
            elif settle or stamps.max() - stamps[0] >= HOLD_S:
                lost = self.fit.lost_in(float(late_s.min()))
                self.fit.skip(lost)
                self._lost += lost
            else:
                self.fit.hear(stamps, self._arrived_s)
                break
        return pieces

    def _pass_on(self, n: int, late_s: Stamps) -> Piece:
        """Return the first ``n`` samples kept back as a piece."""
        assert self._samples is not None
        piece = Piece(self._samples[:n], float(self._stamps[0]), self._lost)
        self.fit.accept(self._stamps[:n], late_s[:n], self._arrived_s)
        self._lost = 0
        rest = self._samples[n:]
        self._samples, self._stamps = (rest if rest.shape[0] else None), self._stamps[n:]
        return piece


class CounterGaps:
    """Gaps by a channel that counts samples: exact, and known at once.

    A counter that starts again at 0 and one whose source was restarted look alike; the stamps tell
    them apart. A counter that does not count (repeats, fractions, NaN) is given up, and the stamps
    alone judge from there on.

    Parameters
    ----------
    rate_hz
        Nominal sampling rate.
    modulus
        Number at which the counter starts again at 0; None to take the least usual one above the
        counter's last number.
    """

    def __init__(self, rate_hz: float, modulus: int | None = None) -> None:
        self.fit = StampFit(rate_hz)
        self._rate_hz = rate_hz
        self._modulus = modulus
        self._last: float | None = None
        self._repeats = 0
        self._by_clock: ClockGaps | None = None

    @property
    def trusted(self) -> bool:
        """False once the counter was given up."""
        return self._by_clock is None

    def push(self, arrival: Arrival) -> list[Piece]:
        """Return what arrived, cut where the counter skips."""
        if self._by_clock is not None:
            return self._by_clock.push(arrival)
        counter = arrival.counter
        assert counter is not None
        last = float(counter[0]) - 1 if self._last is None else self._last
        if counter[0] - last == 1 and (counter[1:] - counter[:-1] == 1).all():
            self._last = float(counter[-1])
            return [self._piece(arrival, 0, counter.shape[0], 1.0)]
        counts = bool(np.isfinite(counter).all()) and np.array_equal(counter, np.rint(counter))
        steps = np.diff(counter, prepend=last) if counts else np.zeros_like(counter)
        self._repeats += int(np.count_nonzero(steps == 0))
        if self._repeats > _REPEATS_ALLOWED:
            self._by_clock = ClockGaps(self._rate_hz, self.fit)
            return self._by_clock.push(arrival)
        self._last = float(counter[-1])
        edges = [0, *(np.flatnonzero(steps[1:] != 1) + 1).tolist(), counter.shape[0]]
        return [
            self._piece(arrival, start, stop, float(steps[start]))
            for start, stop in itertools.pairwise(edges)
        ]

    def settle(self) -> list[Piece]:
        """Return what was kept back, which is nothing while the counter is trusted."""
        return [] if self._by_clock is None else self._by_clock.settle()

    def _piece(self, arrival: Arrival, start: int, stop: int, step: float) -> Piece:
        """Return the samples ``start`` to ``stop``, the first of which is ``step`` on."""
        stamps = arrival.stamps[start:stop]
        late_s = self.fit.lateness_s(stamps)
        leap = self.fit.leap(stamps, late_s, arrival.arrived_s)
        if leap is None:
            silent = self.fit.lost_in(float(late_s[0])) if late_s[0] > TOLERANCE_S else 0
        else:
            silent = self.fit.begin_clock(arrival.arrived_s, arrival.stamps.shape[0])
        lost = 0
        if step not in (0, 1):
            assert arrival.counter is not None
            last = float(arrival.counter[start]) - step
            lost = silent if arrival.restarted else self._skipped(last, step, silent)
        if lost or leap is not None:
            self.fit.skip(lost)
            late_s = self.fit.lateness_s(stamps)
        self.fit.accept(stamps, late_s, arrival.arrived_s)
        return Piece(arrival.samples[start:stop], float(stamps[0]), lost)

    def _skipped(self, last: float, step: float, silent: int) -> int:
        """Return the samples missing between number ``last`` and the number a step on.

        ``silent`` of them are missing by the stamps.
        """
        modulus = self._modulus or next((m for m in _MODULI if m > last), _MODULI[-1])
        lost = int(step - 1) % modulus
        if lost > silent + self._rate_hz * CLOCK_STEP_S:  # the source began to count anew
            return silent
        rounds = round((silent - lost) / modulus)  # more than 0 if it went round in the gap
        return lost + max(0, rounds) * modulus
