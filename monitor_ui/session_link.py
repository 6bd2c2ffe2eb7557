"""``SessionLink``: lets windows of other processes watch a session, and waits for none of them."""

import contextlib
import threading
from collections import deque
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import (
    Connection,
    Listener,
    answer_challenge,
    deliver_challenge,
)
from typing import TYPE_CHECKING, Any

import numpy as np

from myoscope.acquisition.block import Block
from myoscope.dsp_core.findings import (
    ALERT_DTYPE,
    POTENTIAL_DTYPE,
    TRAIN_DTYPE,
    Findings,
    Table,
)
from myoscope.monitor_ui.errors import MonitorError
from myoscope.monitor_ui.kept_rows import LastRows, RowsByNumber
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.monitor_ui.session_wire import VERSION, Message, receive
from myoscope.recordings.decisions import Decision
from myoscope.recordings.stream_json import stream_to_json

if TYPE_CHECKING:
    from myoscope.monitor_ui.app import Run

# A window that comes late gets so much of the signal, enough for the longest sweep.
BACK_S = 11.0
BACK_BYTES = 100_000_000
# A window that does not read is let go of; it may come again.
WAITING_BYTES = 200_000_000
# At the end, one that has taken nothing for so long is not waited for any more.
DEAF_S = 10.0
STATE_S = 0.25


class SessionLink:
    """A sink in the place of the mailbox: hands everything on to it and to the windows.

    Parameters
    ----------
    run
        Its mailbox is written here and nowhere else.
    """

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._mailbox: Mailbox = run.mailbox
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._windows: list[_Window] = []
        self._listener: Listener | None = None
        self._key = b""
        self._closed = threading.Event()
        self._news_s = 0.0
        self._potentials = LastRows(POTENTIAL_DTYPE, Mailbox.POTENTIALS)
        self._trains = RowsByNumber(TRAIN_DTYPE, "train", Mailbox.CLOSED_TRAINS)
        self._alerts = RowsByNumber(ALERT_DTYPE, "alert", Mailbox.ALERTS)
        self.windows_seen = 0

    @property
    def n_windows(self) -> int:
        """Windows that watch now."""
        return len(self._windows)

    def listen(self, address: str, key: bytes) -> None:
        """Let windows in from now on, those that know the key."""
        self._listener = Listener(address)
        self._key = key
        threading.Thread(target=self._accept, name="session link", daemon=True).start()
        threading.Thread(target=self._tell_state, name="session state", daemon=True).start()

    def write(self, block: Block, findings: Findings) -> None:
        """Take a Block and what was found in it; never waits for a window."""
        with self._lock:
            self._mailbox.write(block, findings)
            self._keep(findings)
            if self._windows:
                self._hand_on(_block_message("block", block, findings))

    def finish(self, findings: Findings) -> None:
        """Take what the end of the stream made known."""
        with self._lock:
            self._mailbox.finish(findings)
            self._keep(findings)
            self._hand_on(Message("finish", {}, _tables(findings)))

    def going_on(self) -> Findings:
        """Return the trains that are open and the alerts that stand; for the session's thread."""
        trains, alerts = self._trains.rows(), self._alerts.rows()
        return Findings(
            np.empty(0, POTENTIAL_DTYPE),
            trains[trains["closed"] == 0],
            alerts[alerts["cleared_sample"] < 0],
        )

    def close(self, error: Exception | None) -> None:
        """Tell the windows that everything is closed, and let go of them."""
        self._closed.set()
        self._hand_on_state()
        words = "" if error is None else " ".join(str(error).split())
        self._hand_on(Message("end", {"error": words}))
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.close()
        windows = list(self._windows)
        for window in windows:
            window.close()
        for window in windows:
            window.wait()

    def _keep(self, findings: Findings) -> None:
        """Keep what a window that comes later has to know."""
        self._potentials.keep(findings.potentials)
        for row in findings.trains:
            self._trains.keep(row)
        for row in findings.alerts:
            self._alerts.keep(row)

    def _hand_on(self, message: Message, but: "_Window | None" = None) -> None:
        if not self._windows:
            return
        content = message.to_bytes()
        for window in list(self._windows):
            if window is not but:
                window.put(content)

    def _accept(self) -> None:
        assert self._listener is not None
        while not self._closed.is_set():
            try:
                connection = self._listener.accept()
            except OSError:  # the end of listening
                if self._closed.wait(0.05):
                    return
                continue
            # Whoever knocks and then says nothing keeps nobody else out.
            threading.Thread(
                target=self._ask_in, args=(connection,), name="session door", daemon=True
            ).start()

    def _ask_in(self, connection: Connection) -> None:
        try:
            deliver_challenge(connection, self._key)
            answer_challenge(connection, self._key)
        except (AuthenticationError, OSError, EOFError):
            connection.close()
            return
        self._let_in(connection)

    def _let_in(self, connection: Connection) -> None:
        window = _Window(connection, self._take, self._forget)
        with self._lock:
            mailbox = self._mailbox
            newest = mailbox.ring.newest
            hello = self._hello(newest)
            self._windows.append(window)
            self.windows_seen += 1
        # Outside of the lock: copying seconds of signal must not hold the session up.
        rate_hz, n_channels = mailbox.info.rate_hz, mailbox.info.n_channels
        back = int(min(BACK_S * rate_hz, BACK_BYTES / (4 * n_channels)))
        ring = mailbox.ring.read(newest - back, newest)
        hello = Message(
            "hello",
            {**hello.values, "first_sample": ring.first_sample},
            (ring.samples, *hello.arrays),
        )
        window.begin(hello.to_bytes())

    def _hello(self, newest: int) -> Message:
        run, mailbox = self._run, self._mailbox
        health = mailbox.health
        return Message(
            "hello",
            {
                "version": VERSION,
                "stream": stream_to_json(run.info),
                "settings": run.settings.to_dict(),
                "mode": run.mode,
                "newest": newest,
                "ended": mailbox.ended,
                "lost_samples": health.lost_samples,
                "gaps": health.gaps,
                "state": self._state().values,
                "decisions": [made.to_json() for made in mailbox.all_decisions()],
            },
            (
                mailbox.counts(),
                self._potentials.rows(),
                self._trains.rows(),
                self._alerts.rows(),
            ),
        )

    def _state(self) -> Message:
        run, health = self._run, self._mailbox.health
        recordings = [
            {
                "folder": str(recorder.folder.absolute()),
                "state": "closing" if recorder.is_closing else recorder.state,
                "error": recorder.error,
                "minutes_left": recorder.minutes_left if recorder is run.recorder else 0.0,
                "overrun_samples": recorder.overrun_samples,
            }
            for recorder in run.recorders
        ]
        return Message(
            "state",
            {
                "recordings": recordings,
                "recorded_from": run.recorded_from,
                "recording_error": run.recording_error,
                "effective_rate_hz": health.effective_rate_hz,
                "lag_ms": health.lag_ms,
                "noise_uv": self._mailbox.noise_uv.tolist(),
                "decision_error": run.decision_error,
            },
        )

    def _tell_state(self) -> None:
        while not self._closed.wait(STATE_S):
            if self._windows:
                self._hand_on_state()

    def _hand_on_state(self) -> None:
        with self._telling:  # an older state never comes after a newer one
            self._hand_on(self._state())

    def _take(self, window: "_Window", message: Message) -> None:
        if message.what == "decide":
            try:
                decision = Decision.from_json(message.values.get("decision"))
            except ValueError:
                return
            self._run.decide(decision)
            self._hand_on(message, but=window)
        elif message.what in ("record", "stop recording"):
            # Making a folder and closing one take their time; decisions come meanwhile.
            does = self._run.record if message.what == "record" else self._run.stop_recording
            threading.Thread(target=does, name=message.what, daemon=True).start()
        elif message.what == "stop":
            with self._lock:
                others = [other for other in self._windows if other is not window]
                if others:  # they go on watching
                    self._windows = others
            if others:
                window.put(Message("left", {}).to_bytes())
            else:
                self._run.stop()

    def _forget(self, window: "_Window") -> None:
        with self._lock, contextlib.suppress(ValueError):
            self._windows.remove(window)


class _Window:
    """One window: a thread that sends what waits for it, and one that hears it."""

    def __init__(
        self,
        connection: Connection,
        take: Callable[["_Window", Message], None],
        forget: Callable[["_Window"], None],
    ) -> None:
        self._connection = connection
        self._take = take
        self._forget = forget
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._changed = threading.Condition()
        self._closing = False
        self._sent = 0
        self._sender: threading.Thread | None = None

    def begin(self, hello: bytes) -> None:
        """Send ``hello`` and then what has been waiting."""
        with self._changed:
            self._waiting.appendleft(hello)
            self._waiting_bytes += len(hello)
        self._sender = threading.Thread(target=self._send, name="window out", daemon=True)
        self._sender.start()
        threading.Thread(target=self._hear, name="window in", daemon=True).start()

    def put(self, content: bytes) -> None:
        """Send when there is time; a window that does not read is let go of."""
        with self._changed:
            if self._closing:
                return
            if self._waiting_bytes > WAITING_BYTES:
                self._waiting.clear()
                content = Message("let go", {}).to_bytes()
                self._closing = True
            self._waiting.append(content)
            self._waiting_bytes += len(content)
            self._changed.notify()

    def close(self) -> None:
        """Send the rest and let go."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def wait(self) -> None:
        """Wait until the rest is sent, however long that takes, as long as the window reads."""
        sent = -1
        while self._sender is not None and self._sender.is_alive() and sent != self._sent:
            sent = self._sent
            self._sender.join(DEAF_S)

    def _send(self) -> None:
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._closing)
                    if not self._waiting:
                        break
                    content = self._waiting.popleft()
                    self._waiting_bytes -= len(content)
                self._connection.send_bytes(content)
                self._sent += 1
        except OSError:
            pass  # the window is gone; the session goes on
        finally:
            self._forget(self)
            with contextlib.suppress(OSError):
                self._connection.close()

    def _hear(self) -> None:
        try:
            while True:
                self._take(self, receive(self._connection))
        except (EOFError, OSError, MonitorError, TypeError):
            self._forget(self)  # gone, or no window of ours
            with self._changed:
                self._waiting.clear()
                self._closing = True
                self._changed.notify()


def _block_message(what: str, block: Block, findings: Findings) -> Message:
    values: dict[str, Any] = {"first_sample": block.first_sample, "lost_before": block.lost_before}
    return Message(what, values, (block.samples, *_tables(findings)))


def _tables(findings: Findings) -> tuple[Table, Table, Table]:
    return findings.potentials, findings.trains, findings.alerts
