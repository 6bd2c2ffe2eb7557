"""``Playback``: a recording in the place of a session, with a playhead for the newest sample."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.block import Block, Samples, StreamInfo
from myoscope.acquisition.errors import ArchiveError
from myoscope.acquisition.source import StreamHealth
from myoscope.dsp_core.errors import SettingError
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.monitor_ui.recorded_findings import RecordedFindings
from myoscope.monitor_ui.watched import REVIEW, examiner_by_login
from myoscope.recordings.decisions import Decision, Decisions, What
from myoscope.recordings.errors import RecordingError
from myoscope.recordings.fold import fold_decisions
from myoscope.recordings.reader import Recording, open_recording

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)
# A sweep of ten seconds, and what its filters need to settle.
PRELOAD_S = 11.0
# A recording that still grows is looked at again so often, or less where looking takes long.
LOOK_AGAIN_S = 2.0
LOOK_AGAIN_COSTS = 20.0
NOISE_S = 0.5
_MAD_TO_SD = 1.4826


class Playback:
    """A recording, finished or growing, behind the interface of a session.

    The mailbox has what a live session would have had at the playhead, so the live window's
    panels show a recording without knowing it. Everything happens in the thread that calls.

    Parameters
    ----------
    recording
        Closed by ``close``.
    clock_s
        Monotonic seconds.

    Attributes
    ----------
    findings
        Of the whole recording, as far as it was there when it was last looked at.
    playing
        Whether the playhead moves.
    damage
        A sentence about the newest stretch that could not be read; "" where there is none.
    decision_error
        Why the newest decision could not be kept on the disk; "" where it was.
    """

    mode = REVIEW
    recorder = None
    recorders = ()
    recording_error = ""
    error: Exception | None = None

    def __init__(self, recording: Recording, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._recording = recording
        self._clock_s = clock_s
        self.examiner = examiner_by_login()
        self.settings = _settings_of(recording)
        self.running = True
        self.stop_requested = False
        self.playing = False
        self.damage = ""
        self.decision_error = ""
        self._speed = 1.0
        self._started = (0, 0.0)
        self._written_s = 0.0
        self._changed = False
        self._undone: list[Decision] = []
        self._done: list[Decision] = []
        self.findings = RecordedFindings(recording)
        # The clock stands while nothing is written, so that no silence is reported.
        self.mailbox = Mailbox(
            recording.info, self._health, self._noise_uv, lambda: self._written_s
        )
        self._decisions = Decisions()
        self._take_decisions(recording.decisions.made)
        self._look_again_s = clock_s() + LOOK_AGAIN_S
        self.seek(0)

    @property
    def info(self) -> StreamInfo:
        """The stream."""
        return self._recording.info

    @property
    def recording(self) -> Recording:
        """The recording as it was when it was last looked at."""
        return self._recording

    @property
    def decisions(self) -> Decisions:
        """All that was decided about the recording."""
        return self._decisions

    @property
    def n_samples(self) -> int:
        """Length of the recording, as far as it was there when it was last looked at."""
        return self._recording.n_samples

    @property
    def position(self) -> int:
        """The playhead: the sample after the newest one that is shown."""
        return self.mailbox.ring.newest

    @property
    def speed(self) -> float:
        """Seconds of signal in a second, one of ``SPEEDS``."""
        return self._speed

    def set_speed(self, speed: float) -> None:
        """Play slower or faster from here on."""
        self._speed = min(SPEEDS, key=lambda known: abs(known - speed))
        self._started = self.position, self._clock_s()

    def play(self) -> None:
        """Let the playhead move; from the start where it is at the end."""
        if self.position >= self.n_samples:
            self.seek(0)
        self.playing = True
        self._started = self.position, self._clock_s()

    def pause(self) -> None:
        """Let the playhead stand."""
        self.playing = False

    def seek(self, sample: int) -> None:
        """Put the playhead at ``sample``, or at the nearest that there is."""
        sample = min(max(0, sample), self.n_samples)
        start = max(0, sample - round(PRELOAD_S * self.info.rate_hz))
        start = max(start, sample - self.mailbox.ring.capacity_samples)
        self.mailbox.restart(start)
        self._write(start, sample, begin=True)
        self.mailbox.resume(self.findings.counts(sample))
        self._started = sample, self._clock_s()

    def step(self, samples: int) -> None:
        """Move the playhead by so many samples."""
        self.pause()
        if samples > 0:
            self._write(self.position, min(self.position + samples, self.n_samples))
        else:
            self.seek(self.position + samples)

    def advance(self) -> bool:
        """Write what is due; return whether the recording has grown.

        Called as often as the screen is painted.
        """
        grown = self._look_again()
        if self.playing:
            sample, since_s = self._started
            due = sample + round((self._clock_s() - since_s) * self._speed * self.info.rate_hz)
            stop = min(due, self.n_samples)
            if due - self.position > self.mailbox.ring.capacity_samples // 2:
                self.seek(stop)  # the screen stood still for long
            elif stop > self.position:
                self._write(self.position, stop)
            if self.position >= self.n_samples and not self._recording.is_being_written:
                self.playing = False
        return grown

    def record(self) -> None:
        """Do nothing: what is reviewed is recorded already."""

    def stop_recording(self) -> None:
        """Do nothing: a recording that still grows is its session's."""

    def decide(self, decision: Decision) -> None:
        """Keep a decision on the screen and in the recording's own layer."""
        if decision.what is not What.WITHDRAW:
            self._done.append(decision)
            self._undone.clear()
        self._keep(decision)

    def undo(self) -> bool:
        """Take back the newest decision of this review; return whether there was one."""
        if not self._done:
            return False
        decision = self._done.pop()
        self._undone.append(decision)
        self._keep(
            Decision(What.WITHDRAW, decision.sample, author=self.examiner, withdraws=decision.id)
        )
        return True

    def redo(self) -> bool:
        """Decide again what was taken back last; return whether there was something."""
        if not self._undone:
            return False
        again = self._undone.pop().again()
        self._done.append(again)
        self._keep(again)
        return True

    @property
    def can_undo(self) -> bool:
        """Whether ``undo`` has something to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether ``redo`` has something to decide again."""
        return bool(self._undone)

    def stop(self) -> None:
        """End the review."""
        self.stop_requested = True
        self.running = False

    def close(self) -> None:
        """Bring the recording's tables up to what was decided, and let go of it.

        Raises
        ------
        RecordingError
            If the disk refuses; the decisions themselves are safe.
        """
        self.stop()
        self._recording.close()
        if not self._changed:
            return
        self._changed = False
        try:
            fold_decisions(self._recording.folder)
        except OSError as error:
            raise RecordingError(
                f"the tables of {self._recording.folder} could not be brought up to date: {error}; "
                "the decisions themselves are kept"
            ) from error

    def _keep(self, decision: Decision) -> None:
        self._take_decisions([decision])
        try:
            self._recording.decide(decision)
            self._changed, self.decision_error = True, ""
        except RecordingError as error:
            self.decision_error = str(error)

    def _take_decisions(self, made: Sequence[Decision]) -> None:
        """Take decisions, as well those that another window has made of a growing recording."""
        for decision in made:
            self._decisions.add(decision)
        self.mailbox.decide(*made)

    def _look_again(self) -> bool:
        now_s = self._clock_s()
        if not self._recording.is_being_written or now_s < self._look_again_s:
            return False
        before = self.n_samples
        try:
            self._recording = open_recording(self._recording.folder)
            self.findings = RecordedFindings(self._recording)
            self._take_decisions(self._recording.decisions.made)
        except ArchiveError as error:  # it is just being closed; the next look tells
            self.damage = str(error)
        cost_s = self._clock_s() - now_s
        self._look_again_s = self._clock_s() + max(LOOK_AGAIN_S, LOOK_AGAIN_COSTS * cost_s)
        return self.n_samples != before

    def _write(self, start: int, stop: int, begin: bool = False) -> None:
        self._written_s = self._clock_s()
        findings = self.findings.between(start, stop, begin=begin)
        self.mailbox.write(Block(self._read(start, stop), start), findings)

    def _read(self, start: int, stop: int) -> Samples:
        """Return samples, NaN where the recording is damaged."""
        try:
            return self._recording.read(start, stop).copy()
        except ArchiveError as error:
            self.damage = str(error)
        samples = np.full((stop - start, self.info.n_channels), np.nan, np.float32)
        for first, last in self._recording.chunk_bounds():
            begin, end = max(start, first), min(stop, last)
            if begin < end:
                try:
                    samples[begin - start : end - start] = self._recording.read(begin, end)
                except ArchiveError:
                    continue
        return samples

    def _health(self) -> StreamHealth:
        rate_hz = self._recording.attributes.get("effective_rate_hz")
        return StreamHealth() if rate_hz is None else StreamHealth(effective_rate_hz=rate_hz)

    def _noise_uv(self) -> npt.NDArray[np.float32]:
        newest = self.mailbox.ring.newest
        samples = self.mailbox.ring.read(
            newest - round(NOISE_S * self.info.rate_hz), newest
        ).samples
        if not len(samples) or not np.isfinite(samples).all():
            return np.full(self.info.n_channels, np.nan, np.float32)
        # The median is not moved by what stands out of the noise.
        centred = np.abs(samples - np.median(samples, axis=0))
        noise: npt.NDArray[np.float32] = (_MAD_TO_SD * np.median(centred, axis=0)).astype(
            np.float32
        )
        return noise


def _settings_of(recording: Recording) -> DetectorSettings:
    """Return the settings that the recording was made with, or else today's."""
    try:
        return DetectorSettings.from_dict(recording.settings)
    except (SettingError, TypeError):
        return DetectorSettings()
