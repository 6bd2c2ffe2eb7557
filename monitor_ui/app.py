"""``Run``: a source, the detector and the sinks put together, in a thread of their own."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from myoscope.acquisition.errors import StreamLostError
from myoscope.acquisition.session import Session, Sink
from myoscope.acquisition.source import Source
from myoscope.dsp_core.detector import SpontaneousActivityDetector
from myoscope.dsp_core.findings import Findings
from myoscope.dsp_core.kinds import Kind
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.early_warnings import EarlyWarnings
from myoscope.monitor_ui.errors import MonitorError
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.monitor_ui.watched import LIVE, examiner_by_login
from myoscope.recordings.decisions import Decision

if TYPE_CHECKING:
    from myoscope.acquisition.outlet import FindingsOutlet
    from myoscope.monitor_ui.session_link import SessionLink
    from myoscope.recordings.late import LateRecording
    from myoscope.recordings.writer import RecordingWriter


class Run:
    """One session from its source to every sink that was asked for.

    Live, replay and simulation differ only in the source that is handed in. ``start`` begins it in
    a thread of its own, so that no screen can hold it up; ``close`` ends it and closes everything.

    Parameters
    ----------
    source
        Where Blocks come from; the run closes it.
    settings
        What the detector goes by.
    record_to
        Folder of the recording to be made; None records nothing.
    publish
        Whether findings are sent out as LSL markers.
    seconds
        Stop after so much signal; None runs until the source ends.
    live
        False for a source that is as fast as its reader: the recorder may then hold it up.
    mode
        A word for the screen: ``LIVE``, ``REPLAY`` or ``SIMULATION``.
    share
        Whether windows of other processes may watch, once ``link`` listens.

    Attributes
    ----------
    mailbox
        What screens read.
    early
        What is odd about the stream by its first seconds; for one screen.
    recorders
        Of the recordings made so far, the newest last.
    recording_error
        Why no recording could be begun; "" where it could.
    link
        What lets windows of other processes watch, or None.
    error
        What ended the run before its time, or None.
    stop_requested
        True once somebody asked the run to end.
    examiner
        Who decides, for the record.
    decision_error
        Why the newest decision could not be kept on the disk; "" where it was.

    Raises
    ------
    AcquisitionError, DetectorError, RecordingError
        If a part cannot be made; what was opened by then is closed.
    """

    def __init__(
        self,
        source: Source,
        settings: DetectorSettings,
        *,
        record_to: Path | None = None,
        publish: bool = False,
        seconds: float | None = None,
        live: bool = True,
        mode: str = LIVE,
        share: bool = False,
    ) -> None:
        self.source = source
        self.mode = mode
        self.examiner = examiner_by_login()
        self.decision_error = ""
        self.settings = settings
        self.info = source.info
        self.error: Exception | None = None
        self.stop_requested = False
        self.recorders: list[RecordingWriter] = []
        self.recording_error = ""
        self._record_to = record_to
        self._late: LateRecording | None = None
        self._recording = threading.Lock()
        self._over = False
        self._publisher: FindingsOutlet | None = None
        self._max_samples = None if seconds is None else round(seconds * self.info.rate_hz)
        try:
            self.detector = SpontaneousActivityDetector(
                self.info.n_channels, self.info.rate_hz, settings
            )
            self.mailbox = Mailbox(
                self.info, lambda: self.source.health, lambda: self.detector.noise_uv
            )
            self.early = EarlyWarnings(self.info, self.mailbox)
            self.link = self._make_link() if share else None
            sinks: list[Sink[Findings]] = [self.link or self.mailbox]
            if record_to is not None:
                self.recorders.append(self._make_recorder(record_to, live))
                sinks.append(self.recorders[0])
            if publish:
                self._publisher = self._make_publisher()
                sinks.append(self._publisher)
        except BaseException:
            self._close_sinks()
            source.close()
            raise
        self.session: Session[Findings] = Session(source, self.detector, sinks)
        self._thread = threading.Thread(target=self._run, name="session", daemon=True)

    def _make_link(self) -> "SessionLink":
        from myoscope.monitor_ui.session_link import SessionLink

        return SessionLink(self)

    def _make_recorder(self, folder: Path, live: bool) -> "RecordingWriter":
        # Zarr takes longer to import than all the rest together.
        from myoscope.recordings.writer import RecordingWriter

        return RecordingWriter(folder, self.info, settings=self.settings.to_dict(), live=live)

    def _make_publisher(self) -> "FindingsOutlet":
        from myoscope.acquisition.outlet import FindingsOutlet

        return FindingsOutlet(self.info, [kind.label for kind in Kind])

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def recorder(self) -> "RecordingWriter | None":
        """The newest recording, in progress or over; None before there is one."""
        return self.recorders[-1] if self.recorders else None

    @property
    def recorded_from(self) -> int:
        """The session's sample that is the newest recording's sample 0."""
        return (self._late.first_sample or 0) if self._late is not None else 0

    def record(self) -> None:
        """Begin a recording of what comes from now on, in a folder named by date and time.

        It lies beside the recording before, or in the working folder. Where that cannot be,
        ``recording_error`` says why. From any thread but the session's.
        """
        from myoscope.recordings.errors import RecordingError

        with self._recording:
            try:
                self._begin_recording()
                self.recording_error = ""
            except (RecordingError, MonitorError, OSError) as error:
                self.recording_error = " ".join(str(error).split())

    def _begin_recording(self) -> None:
        from myoscope.recordings.late import LateRecording
        from myoscope.recordings.writer import folder_by_time

        if self._over or self.mailbox.ended:
            raise MonitorError("the session is over, there is nothing more to record")
        before = self.recorder
        if before is not None and before.state == "recording":
            return
        parent = Path() if self._record_to is None else self._record_to.parent
        recorder = self._make_recorder(folder_by_time(parent), live=True)
        self._late = LateRecording(recorder, self._known)
        self.recorders.append(recorder)
        self.session.add(self._late)

    def stop_recording(self) -> None:
        """End the recording in progress, if any; returns when it is closed."""
        with self._recording:
            recorder = self.recorder
            if recorder is None:
                return
            for sink in (recorder, self._late):
                if sink is not None:
                    self.session.remove(sink)
            recorder.close()

    def _known(self) -> tuple[Findings, list[Decision]]:
        going_on = Findings.none() if self.link is None else self.link.going_on()
        return going_on, self.mailbox.decisions()

    def decide(self, decision: Decision) -> None:
        """Keep a decision on the screen and, where there is one, in the recording."""
        self.mailbox.decide(decision)
        if self.recorder is None:
            return
        from myoscope.recordings.errors import RecordingError

        try:
            (self._late or self.recorder).decide(decision)
            self.decision_error = ""
        except RecordingError as error:
            self.decision_error = str(error)

    @property
    def running(self) -> bool:
        """True until the last sink is closed."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Ask the run to end; may be called from any thread, and from a signal handler."""
        self.stop_requested = True
        self.session.stop()

    def join(self, timeout_s: float | None = None) -> None:
        """Wait until the run has ended and everything is closed."""
        self._thread.join(timeout_s)

    def wait(self) -> None:
        """Wait for the end, serving signals meanwhile."""
        while self.running:
            # Without a limit, Python on Windows would not come to run a signal's handler.
            self.join(0.2)

    def close(self) -> None:
        """End the run, and return when every sink is closed."""
        self.stop()
        if self._thread.ident is None:  # never started
            self.source.close()
            self._close_sinks()
        else:
            self.join()

    def _run(self) -> None:
        try:
            self.session.run(self._max_samples)
            self._check_length()
        except Exception as error:  # reported by whoever waits for the run, in a sentence
            self.error = error
        finally:
            try:
                self._close_sinks()
            except Exception as error:
                self.error = self.error or error

    def _check_length(self) -> None:
        """Raise StreamLostError if the stream ended before the time that was asked for."""
        wanted, got = self._max_samples, self.session.samples_read
        if wanted is not None and got < wanted and not self.stop_requested:
            raise StreamLostError(
                f"{self.info.name!r} ended after {got / self.info.rate_hz:.1f} s; "
                f"{wanted / self.info.rate_hz:g} s were asked for"
            )

    def _close_sinks(self) -> None:
        try:
            with self._recording:
                self._over = True
                for recorder in self.recorders:
                    recorder.close()
        finally:
            if self._publisher is not None:
                self._publisher.close()
