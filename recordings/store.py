"""``DurableLocalStore``: a zarr store whose every key survives a power cut once it is written."""

import asyncio
import os
import sys
import uuid
from pathlib import Path

import google_crc32c
from zarr.core.buffer import Buffer
from zarr.storage import LocalStore

FOLDER_MODE = 0o700
FILE_MODE = 0o600


class DurableLocalStore(LocalStore):
    """A ``LocalStore`` that writes to the disk before it says that it has written.

    Each key goes to a temporary file, is forced to the disk, renamed into place, and its folder
    forced to the disk: at every moment a key is absent, old or whole. zarr's own store renames
    without forcing, so a power cut leaves empty chunks under intact metadata.

    On Windows folders cannot be forced to the disk; there the newest keys may be absent after a
    power cut, never torn.

    Attributes
    ----------
    written : dict of str to (int, int)
        Bytes and crc32c of every key written through this store, for the manifest.
    """

    def __init__(self, root: Path | str, *, read_only: bool = False) -> None:
        super().__init__(root, read_only=read_only)
        self.written: dict[str, tuple[int, int]] = {}

    def set_sync(self, key: str, value: Buffer) -> None:
        """Write ``value`` under ``key``, durably."""
        self._check_writable()
        self._put(key, value, exclusive=False)

    async def _set(self, key: str, value: Buffer, exclusive: bool = False) -> None:
        if not self._is_open:
            await self._open()
        self._check_writable()
        await asyncio.to_thread(self._put, key, value, exclusive)

    def _put(self, key: str, value: Buffer, exclusive: bool) -> None:
        path = self.root / key
        if exclusive and path.exists():  # there is one writer, so nobody comes in between
            raise FileExistsError(path)
        content = value.to_bytes()
        # Temporary files lie beside the store: inside it a leftover would be listed as unknown.
        write_durably(path, content, temporary_folder=self.root.parent)
        self.written[key] = (len(content), google_crc32c.value(content))


def write_durably(path: Path, content: bytes, temporary_folder: Path | None = None) -> None:
    """Put ``content`` at ``path``, replacing what is there, so that a power cut leaves old or new.

    Parameters
    ----------
    path
        Folders that are missing on the way are made, for their owner alone.
    content
        The whole file.
    temporary_folder
        Where the file is prepared, on the same file system; the folder of ``path`` by default.

    Raises
    ------
    OSError
        If the disk is full or fails; ``path`` is then as it was.
    """
    make_folder_durably(path.parent)
    temporary = (temporary_folder or path.parent) / f".{uuid.uuid4().hex}.partial"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        try:
            write_all(descriptor, content)
            force_to_disk(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    force_folder_to_disk(path.parent)


def make_folder_durably(folder: Path) -> None:
    """Make ``folder`` and what is missing above it, for their owner alone."""
    if folder.is_dir():
        return
    make_folder_durably(folder.parent)
    # zarr writes the keys of one group from several threads.
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    force_folder_to_disk(folder.parent)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of ``content``: on a full disk a short write comes before the error."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def force_to_disk(descriptor: int) -> None:
    """Return when the disk has what was written to ``descriptor``."""
    if sys.platform == "darwin":
        import fcntl

        # fsync of macOS leaves the data in the drive's own memory.
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fsync(descriptor)


def force_folder_to_disk(folder: Path) -> None:
    """Return when the disk has the names in ``folder``; does nothing on Windows."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
