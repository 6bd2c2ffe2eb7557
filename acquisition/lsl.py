"""``LslSource``: a Lab Streaming Layer amplifier as a stream of Blocks."""

import threading
from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.errors import AcquisitionError, StreamLostError
from myoscope.acquisition.gaps import Arrival, ClockGaps, CounterGaps, Gaps, Piece
from myoscope.acquisition.lsl_config import load_pylsl
from myoscope.acquisition.lsl_stamps import HOLD_S
from myoscope.acquisition.lsl_streams import (
    FOREIGN_CLOCK_S,
    describe,
    outlets_of,
    resolve_one,
    sample_format,
)
from myoscope.acquisition.lsl_streams import StreamRow as StreamRow
from myoscope.acquisition.lsl_streams import find_streams as find_streams
from myoscope.acquisition.source import StreamHealth

# Seconds that LSL keeps for a reader that stalls: 10 s on both sides outlast a freeze of 8 s at
# 64 channels and 20 kHz, and cost a quarter of the memory of the default.
_BUFFER_S = 10
# A pull waits no longer than this, so that close() from another thread is seen.
_PULL_S = 0.1
_PULL_SAMPLES_S = 0.1
# LSL needs 0.5 s to find an outlet that was restarted, so a shorter silence cannot hide one.
_RESTART_S = 0.4
_ANSWER_S = 0.5
_LONG_ANSWER_S = 2.0
# A silent outlet is asked for this often; twice without an answer means that it has gone.
_LOOK_S = 1.0
_LOOKS = 2
_CORRECTION_INTERVAL_S = 2.0
_FOREIGN_FIT_S = 2.0
_LAGS = 101


class LslSource:
    """Blocks from a Lab Streaming Layer outlet.

    One inlet with raw stamps: LSL's own smoothing hides lost samples, and its clock correction
    holds the data back where UDP is blocked. EMG channels only, in microvolts; a channel that
    counts samples serves for the counting of gaps. Values that are not finite pass as they are.

    Samples after a jump of the stamps are kept back for up to a second where there is no counter
    channel, until it is known whether they were late or whether samples are missing before them.

    An outlet that goes and comes back with the same source id, rate and channels is the same
    stream, with a gap. One that is away for ``give_up_after_s`` has ended.

    Parameters
    ----------
    name, type, source_id
        What the stream must answer to. Without any, the one stream with a sampling rate is taken.
    timeout_s
        How long to look for it.
    unit
        Unit of its numbers, where the stream does not say or says it wrongly: "uV", "mV", "V".
    give_up_after_s
        Silence of an outlet that no longer answers after which the stream has ended.

    Raises
    ------
    StreamNotFoundError, StreamAmbiguousError
        If no stream answers, or several do.
    StreamFormatError
        If the stream has no regular rate, no numbers or no EMG, or ``unit`` is not known.
    StreamLostError
        If it goes while it is being opened.
    LslLibraryError
        If LSL cannot be used on this machine.
    """

    def __init__(
        self,
        name: str | None = None,
        type: str | None = None,
        source_id: str | None = None,
        timeout_s: float = 10.0,
        *,
        unit: str = "",
        give_up_after_s: float = 5.0,
    ) -> None:
        self._pylsl = load_pylsl()
        outlet = resolve_one(name, type, source_id, timeout_s)
        self._unit = unit
        self._give_up_after_s = give_up_after_s
        self._inlet: Any = self._pylsl.StreamInlet(outlet, max_buflen=_BUFFER_S)
        try:
            full = self._inlet.info(timeout_s)
            self._info, choice = describe(full, unit)
            # Before the data flow: the first correction takes 0.6 s. It also makes LSL watch for
            # a restart of the outlet.
            self._correction_s = self._correction(self._inlet, 2.0, 0.0)
            self._inlet.open_stream(timeout_s)
        except RuntimeError as error:  # pylsl's TimeoutError and LostError are no more than that
            raise StreamLostError(
                f"stream {outlet.name()!r} was found but does not answer: {error}"
            ) from error
        self._offset_s = self._correction_s  # what is added to a stamp
        self._outlet = outlet
        self._columns = list(choice.emg)
        self._scale_uv = np.array(choice.scale_uv)
        self._counter = choice.counter
        rate_hz = self._info.rate_hz
        self._gaps: Gaps = (
            ClockGaps(rate_hz)
            if choice.counter is None
            else CounterGaps(rate_hz, choice.counter_modulus)
        )
        self._max_samples = max(64, int(rate_hz * _PULL_SAMPLES_S))
        self._ready: deque[Block] = deque()
        self._next_sample = 0
        self._lost_samples = 0
        self._n_gaps = 0
        self._lags_ms: deque[float] = deque(maxlen=_LAGS)
        self._opened_s = self._arrived_s = self._now_s()
        self._look_s = self._unanswered = 0.0
        self._failure: StreamLostError | None = None
        self._restarted = False  # since the newest sample
        self._ended = False
        self._foreign_clock: bool | None = None  # not known before the first sample
        self._closed = threading.Event()
        self._clock_thread = threading.Thread(
            target=self._follow_clock, args=(self._inlet,), name="LSL clock", daemon=True
        )
        self._clock_thread.start()

    @property
    def info(self) -> StreamInfo:
        """What the stream is."""
        return self._info

    @property
    def ended(self) -> bool:
        """True once no Block will ever come again."""
        told = not self._ready and self._failure is None
        return self._closed.is_set() or (self._ended and told)

    @property
    def has_counter(self) -> bool:
        """True while a counter channel tells the gaps."""
        return isinstance(self._gaps, CounterGaps) and self._gaps.trusted

    @property
    def foreign_clock(self) -> bool:
        """True if the stream's stamps are of another clock; the time of arrival then serves."""
        return self._foreign_clock is True

    @property
    def health(self) -> StreamHealth:
        """How the stream is doing now; may be asked from any thread."""
        lags_ms = list(self._lags_ms)
        return StreamHealth(
            effective_rate_hz=self._gaps.fit.effective_rate_hz,
            lag_ms=float(np.median(lags_ms)) if lags_ms else float("nan"),
            lost_samples=self._lost_samples,
            gaps=self._n_gaps,
            silent_s=max(0.0, self._now_s() - self._arrived_s),
        )

    def read_block(self, timeout_s: float) -> Block | None:
        """Return the next Block, or None when none came within ``timeout_s``.

        After a silence it may take half a second longer, in which the outlet is asked who it is.

        Raises
        ------
        StreamLostError
            If the outlet has come back with another rate or other channels.
        """
        deadline_s = self._now_s() + timeout_s
        while not self._ready and not self._ended and not self._closed.is_set():
            wait_s = deadline_s - self._now_s()
            try:
                values, stamps = self._pull(max(0.0, min(wait_s, _PULL_S)))
            except self._pylsl.util.LostError:  # an outlet without a source id has gone
                self._end()
                break
            if stamps.shape[0]:
                self._take(values, stamps)
            else:
                self._hear_silence()
            if wait_s <= 0:
                break
        if self._closed.is_set():
            return None
        if not self._ready and self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        return self._ready.popleft() if self._ready else None

    def close(self) -> None:
        """Let go of the outlet; may be called twice, and from another thread."""
        self._closed.set()
        self._clock_thread.join()
        # Dropped, not closed: closing the stream first can abort the process (liblsl issue 220).
        self._inlet = None

    def _pull(self, timeout_s: float) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
        """Return what has arrived, waiting for the first sample only.

        Nothing else touches the stream of data: a loop in C may take this method's place.

        Returns
        -------
        values : array, shape (n_samples, n_columns), in the stream's own format
        stamps : float64 array, shape (n_samples,), seconds of the source's clock
        """
        inlet = self._inlet
        if inlet is None:
            return np.empty((0, 1), np.float32), np.empty(0)
        values, stamps = inlet.pull_chunk(
            timeout=timeout_s, max_samples=self._max_samples, min_samples=1, as_numpy=True
        )
        return values, stamps

    def _take(self, values: npt.NDArray[Any], stamps: npt.NDArray[np.float64]) -> None:
        """Scale what has arrived and make Blocks of what is known to follow."""
        now_s = self._now_s()
        if now_s - self._arrived_s > _RESTART_S:
            self._know_again()
        if self._failure is not None:
            return
        restarted, self._restarted = self._restarted, False
        self._arrived_s = now_s
        if not np.isfinite(stamps).all():
            stamps = np.where(np.isfinite(stamps), stamps, now_s)
        self._check_clock(float(stamps[-1]), now_s)
        self._lags_ms.append(1e3 * (now_s - float(stamps[-1]) - self._offset_s))
        samples = np.multiply(values[:, self._columns], self._scale_uv, dtype=np.float64)
        counter = None if self._counter is None else values[:, self._counter].astype(np.float64)
        arrival = Arrival(samples.astype(np.float32), stamps, now_s, counter, restarted)
        self._publish(self._gaps.push(arrival))

    def _publish(self, pieces: list[Piece]) -> None:
        """Make Blocks of pieces, in order."""
        for samples, stamp_s, lost_before in pieces:
            first_sample = self._next_sample + lost_before
            block = Block(
                np.ascontiguousarray(samples), first_sample, lost_before, stamp_s + self._offset_s
            )
            self._next_sample = block.end_sample
            self._lost_samples += lost_before
            self._n_gaps += lost_before > 0
            self._ready.append(block)

    def _check_clock(self, stamp_s: float, now_s: float) -> None:
        """Find out in the first seconds whether stamps are of the LSL clock; else use arrival."""
        known = self._foreign_clock is not None
        if known and now_s - self._opened_s > _FOREIGN_FIT_S:
            return
        # Until then again and again: a first stamp may be nonsense (liblsl issue 161).
        foreign = abs(stamp_s + self._correction_s - now_s) > FOREIGN_CLOCK_S
        if foreign:
            arrival_s = now_s - stamp_s
            # The least delay is nearest to the truth.
            self._offset_s = min(self._offset_s, arrival_s) if self._foreign_clock else arrival_s
        else:
            self._offset_s = self._correction_s
        self._foreign_clock = foreign

    def _hear_silence(self) -> None:
        """Judge what was kept back, and find out now and then whether the outlet is still there."""
        now_s = self._now_s()
        silent_s = now_s - self._arrived_s
        if silent_s > HOLD_S:
            self._publish(self._gaps.settle())
        if silent_s < min(_LOOK_S, self._give_up_after_s):
            self._unanswered = 0
        elif self._info.source_id and now_s >= self._look_s:
            # Without a source id LSL itself says when the outlet has gone.
            self._look_s = now_s + _LOOK_S
            self._unanswered = 0 if self._look() else self._unanswered + 1
            if self._unanswered >= _LOOKS and silent_s >= self._give_up_after_s:
                self._end()

    def _know_again(self) -> None:
        """Fail if what comes after a silence is of an outlet that nobody in our session knows.

        LSL joins a reader that has lost its outlet to any with the same name and source id, even
        of another session; only that the clock was reset and that nobody answers gives it away.
        """
        if not (self._look() or self._look(_LONG_ANSWER_S)) and self._inlet.was_clock_reset():
            self._failure = StreamLostError(
                f"stream {self._info.name!r} went; what came in its place is of another LSL session"
            )
            self._end()

    def _look(self, timeout_s: float = _ANSWER_S) -> bool:
        """Return whether the outlet answers; fail if another stream has taken its place."""
        if not self._info.source_id:
            return True
        answers = outlets_of(self._info.source_id, timeout_s)
        if answers and self._outlet.uid() not in [outlet.uid() for outlet in answers]:
            self._failure = self._difference(answers[0])
            if self._failure is None:
                self._outlet, self._restarted = answers[0], True
            else:
                self._end()
        return bool(answers)

    def _difference(self, outlet: Any) -> StreamLostError | None:
        """Return what an outlet with our source id has changed, None if it is the same stream."""
        before, now = self._outlet, outlet
        for what, old, new in (
            ("sampling rate", f"{before.nominal_srate():g} Hz", f"{now.nominal_srate():g} Hz"),
            ("number of channels", before.channel_count(), now.channel_count()),
            ("sample format", sample_format(before), sample_format(now)),
            ("name", before.name(), now.name()),
        ):
            if old != new:
                return self._changed(what, old, new)
        try:
            full = self._pylsl.StreamInlet(outlet, max_buflen=1, recover=False).info(1.0)
            info, choice = describe(full, self._unit)
        except (AcquisitionError, RuntimeError):  # LSL finds out by itself whether it is the same
            return None
        if list(choice.emg) != self._columns or info.channel_labels != self._info.channel_labels:
            old, new = self._info.channel_labels, info.channel_labels
            return self._changed("set of channels", ", ".join(old), ", ".join(new))
        if info.scale_uv != self._info.scale_uv:
            return self._changed("unit", self._info.unit, info.unit)
        return None

    def _changed(self, what: str, old: object, new: object) -> StreamLostError:
        return StreamLostError(
            f"stream {self._info.name!r} went and came back with another {what}: {new}; "
            f"wanted {old}. Start anew to go on with it"
        )

    def _end(self) -> None:
        """Give out what was kept back; nothing will follow."""
        self._publish(self._gaps.settle())
        self._ended = True

    def _follow_clock(self, inlet: Any) -> None:
        """Keep the correction of the source's clock up to date; may wait, so has its own thread."""
        while not self._closed.wait(_CORRECTION_INTERVAL_S):
            self._correction_s = self._correction(inlet, _ANSWER_S, self._correction_s)
            if not self._foreign_clock:
                self._offset_s = self._correction_s

    def _correction(self, inlet: Any, timeout_s: float, otherwise_s: float) -> float:
        """Return the seconds from the source's clock to ours, ``otherwise_s`` without an answer."""
        try:
            return float(inlet.time_correction(timeout_s))
        except RuntimeError:  # pylsl's TimeoutError and LostError are no more than that
            return otherwise_s

    def _now_s(self) -> float:
        """Return the time on the LSL clock of this machine."""
        return float(self._pylsl.local_clock())
