"""Where the sessions of this user can be found by their windows; for their owner alone."""

import json
import os
import secrets
import stat
import sys
import tempfile
from dataclasses import asdict, dataclass
from operator import itemgetter
from pathlib import Path

from myoscope.monitor_ui.errors import MonitorError


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """How to reach a session in another process.

    Attributes
    ----------
    id
        A few letters, for people to choose by.
    pid
        Of its process.
    address
        Of its local socket, or named pipe on Windows.
    key
        What a window has to know, hexadecimal.
    stream
        Name of what it listens to.
    folder
        Of its recording; "" where it makes none.
    """

    id: str
    pid: int
    address: str
    key: str
    stream: str
    folder: str

    @property
    def is_alive(self) -> bool:
        """Whether its process is there."""
        return _is_alive(self.pid)


def new_address(session_id: str) -> str:
    """Return where the session of this id listens."""
    if sys.platform == "win32":
        return rf"\\.\pipe\myoscope-{session_id}-{secrets.token_hex(8)}"
    return str(sessions_folder() / f"{session_id}.sock")


def new_id() -> str:
    """Return letters that no session has."""
    return secrets.token_hex(3)


def announce(entry: SessionEntry) -> None:
    """Let windows of this user find a session."""
    path = _path(entry.id)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        json.dump(asdict(entry), file)


def withdraw(session_id: str) -> None:
    """Let nobody find a session any more."""
    for ending in ("json", "sock"):
        (sessions_folder() / f"{session_id}.{ending}").unlink(missing_ok=True)


def find_sessions() -> list[SessionEntry]:
    """Return the sessions that run, oldest first; what dead ones left is cleared away."""
    found = []
    for path in sessions_folder().glob("*.json"):
        try:
            began_s = path.stat().st_mtime
            entry = SessionEntry(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):  # ended meanwhile, or only half written
            continue
        if entry.is_alive:
            found.append((began_s, entry))
        else:
            withdraw(path.stem)
    return [entry for _, entry in sorted(found, key=itemgetter(0))]


def log_path(session_id: str) -> Path:
    """Return where a session's process writes what nobody is there to read."""
    return sessions_folder() / f"{session_id}.log"


def sessions_folder() -> Path:
    """Return the folder, made where it is missing.

    Raises
    ------
    MonitorError
        If somebody else owns it or may write to it.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and Path(runtime).is_dir():
        folder = Path(runtime) / "myoscope"
    else:
        user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
        folder = Path(tempfile.gettempdir()) / f"myoscope-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise MonitorError(f"{folder} cannot be made: {error.strerror}") from error
    if hasattr(os, "getuid") and (
        not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077
    ):
        raise MonitorError(
            f"{folder} is open to others; wanted a folder for you alone, or set XDG_RUNTIME_DIR"
        )
    return folder


def _path(session_id: str) -> Path:
    return sessions_folder() / f"{session_id}.json"


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:  # one that has ended and was not waited for
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return True
