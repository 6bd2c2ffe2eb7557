"""``PendingSession``: a session that is being opened while its window still loads."""

import json
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from myoscope.monitor_ui.errors import MonitorError
from myoscope.monitor_ui.session_folder import find_sessions, log_path, new_id
from myoscope.monitor_ui.session_plan import SessionPlan

if TYPE_CHECKING:
    from myoscope.monitor_ui.attached import AttachedRun


class PendingSession:
    """A session that is being opened in a process of its own.

    Parameters
    ----------
    plan
        What it is to do.
    """

    def __init__(self, plan: SessionPlan) -> None:
        self._id = new_id()
        with log_path(self._id).open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "myoscope.monitor_ui.session_host", self._id],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                # Ctrl-C in the terminal is for the window, which then ends the session in order.
                start_new_session=True,
            )
        assert self._process.stdin is not None
        self._process.stdin.write(plan.to_json().encode() + b"\n")
        self._process.stdin.close()
        # It may outlive the window, or be left to others; whenever it ends, somebody has waited.
        threading.Thread(target=self._process.wait, name="session's end", daemon=True).start()

    def attach(self) -> "AttachedRun":
        """Wait until the session is there and watch it.

        Raises
        ------
        MonitorError
            If it could not begin; with the sentence that says why.
        """
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            try:
                said = stdout.readline()
            except BaseException:
                self._process.terminate()
                raise
        try:
            words: dict[str, str] = json.loads(said)
        except ValueError:
            words = {}
        if "ready" not in words:
            self._process.wait()
            error = words.get("error") or _last_words(self._id, self._process.returncode)
            log_path(self._id).unlink(missing_ok=True)
            raise MonitorError(error)
        from myoscope.monitor_ui.attached import AttachedRun

        for entry in find_sessions():
            if entry.id == self._id:
                return AttachedRun(entry, self._process)
        raise MonitorError("the session ended as soon as it began")


def _last_words(session_id: str, status: int | None) -> str:
    try:
        lines = log_path(session_id).read_text(errors="replace").split("\n")
    except OSError:
        lines = []
    said = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"the session's process ended with status {status}{f': {said}' if said else ''}"
