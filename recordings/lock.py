"""``RecordingLock``: one writer for a recording, and a way to see that it has died."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from myoscope.recordings.errors import RecordingBusyError
from myoscope.recordings.store import FILE_MODE, write_all

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int, shared: bool = False) -> bool:
        try:
            # Past the words, which stay readable: on Windows locked bytes cannot be read.
            os.lseek(descriptor, 1 << 20, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _wait_for_lock(descriptor: int) -> None:
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int, shared: bool = False) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _wait_for_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextmanager
def locked(descriptor: int) -> Iterator[None]:
    """Wait until no other writer is at work on an open file, and keep them away meanwhile."""
    _wait_for_lock(descriptor)
    try:
        yield
    finally:
        _unlock(descriptor)


class RecordingLock:
    """A lock that the operating system lets go of when its process dies, however it dies.

    Parameters
    ----------
    path
        The lock file; it names the process, for people.

    Raises
    ------
    RecordingBusyError
        If another writer holds the lock.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE)
        if not _try_lock(self._descriptor):
            os.close(self._descriptor)
            raise RecordingBusyError(
                f"{path.parent} is being recorded by process {_holder(path)}; "
                "wanted a recording that nobody writes"
            )
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        words = json.dumps({"pid": os.getpid(), "boot_id": _boot_id()}) + "\n"
        write_all(self._descriptor, words.encode())

    def release(self) -> None:
        """Let go of the lock and remove its file."""
        os.close(self._descriptor)
        self._path.unlink(missing_ok=True)


def is_being_written(path: Path) -> bool:
    """Return True if a living process holds the lock file at ``path``; changes nothing."""
    try:
        descriptor = os.open(path, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
    except OSError:
        return False
    try:
        return not _try_lock(descriptor, shared=True)  # two who ask do not see each other
    finally:
        os.close(descriptor)


def _holder(path: Path) -> str:
    try:
        return str(json.loads(path.read_text())["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return "(unknown)"


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
