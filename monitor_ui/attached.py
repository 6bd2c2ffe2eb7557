"""``AttachedRun``: a session in another process, behind the interface of one in this process."""

import contextlib
import math
import subprocess
import threading
import time
from dataclasses import dataclass, replace
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.source import StreamHealth
from myoscope.dsp_core.findings import Findings
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.errors import MonitorError
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.monitor_ui.session_folder import (
    SessionEntry,
    find_sessions,
    log_path,
    withdraw,
)
from myoscope.monitor_ui.session_wire import VERSION, Message, receive, send
from myoscope.monitor_ui.watched import examiner_by_login
from myoscope.recordings.decisions import Decision
from myoscope.recordings.stream_json import stream_from_json

CONNECT_S = 5.0
# Closing a recording of hours makes its tables.
CLOSE_S = 600.0


@dataclass(frozen=True, slots=True)
class RemoteRecorder:
    """The recorder of another process, as it was a moment ago."""

    folder: Path
    state: str
    error: str
    minutes_left: float
    overrun_samples: int


class AttachedRun:
    """A session in another process; its mailbox is filled by a thread that listens to it.

    Parameters
    ----------
    entry
        How to reach it.
    process
        Its process, where it is a child of this one.

    Raises
    ------
    MonitorError
        If it cannot be reached.
    """

    def __init__(
        self, entry: SessionEntry, process: "subprocess.Popen[bytes] | None" = None
    ) -> None:
        self._entry = entry
        self._process = process
        self.examiner = examiner_by_login()
        self.error: Exception | None = None
        self.decision_error = ""
        self.stop_requested = False
        self.recorders: list[RemoteRecorder] = []
        self.recorded_from = 0
        self.recording_error = ""
        self._health = StreamHealth()
        self._noise_uv = np.zeros(0, np.float32)
        self._ended = threading.Event()
        self._decided_late = False
        self._left = False
        self._sending = threading.Lock()
        self._connection, hello = self._connect()
        self._mailbox = self._begin(hello)
        self._thread = threading.Thread(target=self._listen, name="session", daemon=True)
        self._thread.start()

    @property
    def entry(self) -> SessionEntry:
        """How the session is reached."""
        return self._entry

    @property
    def info(self) -> StreamInfo:
        """The stream."""
        return self._info

    @property
    def settings(self) -> DetectorSettings:
        """What the detector goes by."""
        return self._settings

    @property
    def mailbox(self) -> Mailbox:
        """What screens read."""
        return self._mailbox

    @property
    def running(self) -> bool:
        """True until everything is closed."""
        return not self._ended.is_set()

    @property
    def recorder(self) -> RemoteRecorder | None:
        """The newest recording, in progress or over; None before there is one."""
        return self.recorders[-1] if self.recorders else None

    def record(self) -> None:
        """Begin a recording, where none is made."""
        self._tell(Message("record", {}))

    def stop_recording(self) -> None:
        """End the recording and close it; the session goes on."""
        self._tell(Message("stop recording", {}))

    def decide(self, decision: Decision) -> None:
        """Keep a decision, on the screen and in the recording."""
        self.mailbox.decide(decision)
        if self.running:
            self._tell(Message("decide", {"decision": decision.to_json()}))
        elif self.recorder is not None:
            from myoscope.recordings.decision_log import append_decisions

            try:
                here = replace(decision, sample=decision.sample - self.recorded_from)
                append_decisions(self.recorder.folder, [here])
                self._decided_late, self.decision_error = True, ""
            except OSError as error:
                self.decision_error = f"the decision could not be kept: {error}"

    def stop(self) -> None:
        """Ask the session to end; where other windows watch it, only leave it."""
        self.stop_requested = True
        self._tell(Message("stop", {}))

    def join(self, timeout_s: float | None = None) -> None:
        """Wait until the session has ended and everything is closed."""
        self._ended.wait(timeout_s)

    def wait(self) -> None:
        """Wait for the end, serving signals meanwhile."""
        while self.running:
            self.join(0.2)

    def close(self) -> None:
        """End the session, and return when its recording is closed; or leave it to others."""
        if self.running:
            self.stop()
            self.join(CLOSE_S)
        with contextlib.suppress(OSError):
            self._connection.close()
        if self._process is not None and not self._left:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(CLOSE_S)
        if self._decided_late and self.recorder is not None:
            self._decided_late = False
            from myoscope.recordings.fold import fold_decisions

            with contextlib.suppress(OSError):  # the decisions themselves are safe
                fold_decisions(self.recorder.folder)
        if not self._entry.is_alive:
            log_path(self._entry.id).unlink(missing_ok=True)

    def _connect(self) -> tuple[Connection, Message]:
        entry = self._entry
        end_s = time.monotonic() + CONNECT_S
        while True:
            try:
                connection = Client(entry.address, authkey=bytes.fromhex(entry.key))
                break
            except (OSError, EOFError) as error:
                if time.monotonic() > end_s or not entry.is_alive:
                    raise MonitorError(
                        f"session {entry.id} of {entry.stream!r} cannot be reached: {error}"
                    ) from error
                time.sleep(0.05)
            except Exception as error:  # the key is another's
                raise MonitorError(f"session {entry.id} lets this window not in") from error
        try:
            hello = receive(connection)
        except (OSError, EOFError) as error:
            raise MonitorError(f"session {entry.id} ended while it was being reached") from error
        if hello.what != "hello" or hello.values.get("version") != VERSION:
            raise MonitorError(
                f"session {entry.id} was started by another version of the program; "
                "close it with that one"
            )
        return connection, hello

    def _begin(self, hello: Message) -> Mailbox:
        values = hello.values
        self._info = stream_from_json(values["stream"], Path(self._entry.address))
        self._settings = DetectorSettings.from_dict(values["settings"])
        self.mode = str(values["mode"])
        self._take_state(values["state"])
        mailbox = Mailbox(self._info, lambda: self._health, lambda: self._noise_uv)
        self._fill(mailbox, hello)
        return mailbox

    def _fill(self, mailbox: Mailbox, hello: Message) -> None:
        samples, counts, potentials, trains, alerts = hello.arrays
        values = hello.values
        mailbox.restart(int(values["first_sample"]))
        findings = Findings(potentials, trains, alerts)
        mailbox.write(Block(samples.copy(), int(values["first_sample"])), findings)
        mailbox.resume(counts, int(values["lost_samples"]), int(values["gaps"]))
        mailbox.decide(*(Decision.from_json(made) for made in values["decisions"]))
        if values["ended"]:
            mailbox.finish(Findings.none())

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                self._take(receive(self._connection))
            except (EOFError, OSError, TypeError):
                if not self._come_again():
                    return
            except Exception as error:
                self.error = self.error or error
                self._ended.set()

    def _come_again(self) -> bool:
        """Reach the session again after it let go of us; False where it is gone."""
        if self._ended.is_set():
            return False
        with contextlib.suppress(OSError):
            self._connection.close()
        try:
            connection, hello = self._connect()
        except MonitorError:
            if self._ended.is_set():
                return False
            self.error = MonitorError(
                f"the session's process has ended unexpectedly{self._left_behind()}"
            )
            self.mailbox.finish(Findings.none())
            self._ended.set()
            withdraw(self._entry.id)
            return False
        self._connection = connection
        self._fill(self.mailbox, hello)
        if self.stop_requested:  # nobody may have heard it
            self._tell(Message("stop", {}))
        return True

    def _left_behind(self) -> str:
        """Return what is to be said of the newest recording of a session that is gone."""
        recorder = self.recorder
        if recorder is None or recorder.state not in ("recording", "closing"):
            return ""
        from myoscope.recordings.layout import MANIFEST

        if (recorder.folder / MANIFEST).exists():  # it is written last
            self.recorders[-1] = replace(recorder, state="closed")
            return "; the recording was closed"
        return f"; myoscope repair {recorder.folder}"

    def _take(self, message: Message) -> None:
        if message.what == "block":
            samples, potentials, trains, alerts = message.arrays
            block = Block(
                samples, int(message.values["first_sample"]), int(message.values["lost_before"])
            )
            self.mailbox.write(block, Findings(potentials, trains, alerts))
        elif message.what == "state":
            self._take_state(message.values)
        elif message.what == "decide":
            self.mailbox.decide(Decision.from_json(message.values["decision"]))
        elif message.what == "finish":
            potentials, trains, alerts = message.arrays
            self.mailbox.finish(Findings(potentials, trains, alerts))
        elif message.what == "let go":
            raise EOFError("this window was too slow")  # it comes again
        elif message.what == "left":
            self._left = True
            self._ended.set()
        elif message.what == "end":
            if message.values["error"]:
                self.error = MonitorError(str(message.values["error"]))
            self._ended.set()

    def _take_state(self, values: Any) -> None:
        self.recorders = [
            RemoteRecorder(**{**recording, "folder": Path(recording["folder"])})
            for recording in values["recordings"]
        ]
        self.recorded_from = int(values["recorded_from"])
        self.recording_error = str(values["recording_error"])
        self._health = StreamHealth(
            effective_rate_hz=_number(values["effective_rate_hz"]),
            lag_ms=_number(values["lag_ms"]),
        )
        self._noise_uv = _row(values["noise_uv"])
        self.decision_error = str(values["decision_error"])

    def _tell(self, message: Message) -> None:
        with self._sending, contextlib.suppress(OSError):
            send(self._connection, message)


def attach_to(words: str) -> AttachedRun:
    """Watch a session that runs already.

    Parameters
    ----------
    words
        Its id, or the beginning of one; "" where only one runs.

    Raises
    ------
    MonitorError
        If there is none, or several fit.
    """
    sessions = find_sessions()
    fitting = [entry for entry in sessions if entry.id.startswith(words)]
    if len(fitting) == 1:
        return AttachedRun(fitting[0])
    listed = "; ".join(
        f"{entry.id}: {entry.stream}{f', recording to {entry.folder}' if entry.folder else ''}"
        for entry in sessions
    )
    if not sessions:
        raise MonitorError("no session of yours is running")
    found = "several sessions fit" if fitting else f"no session is called {words!r}"
    raise MonitorError(f"{found}; there are: {listed}")


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _row(values: Any) -> npt.NDArray[np.float32]:
    return np.array(values, np.float32)
