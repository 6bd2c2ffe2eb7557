"""``verify``: read everything that a recording holds against its checksums."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import google_crc32c

from myoscope.recordings import layout
from myoscope.recordings.decision_log import DECISIONS, read_decisions
from myoscope.recordings.errors import DamagedRecordingError, DamagedTableError
from myoscope.recordings.journal import read_journal
from myoscope.recordings.reader import Recording, open_recording


@dataclass(frozen=True, slots=True)
class Verification:
    """What ``verify`` found.

    Attributes
    ----------
    duration_s
        Of the recording.
    damaged_s
        (start, end) of each stretch that cannot be read.
    problems
        A sentence for everything that is not as it should be.
    """

    duration_s: float
    damaged_s: tuple[tuple[float, float], ...]
    problems: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """True if there is nothing to complain of."""
        return not self.problems


def verify(path: Path | str, progress: Callable[[float], object] | None = None) -> Verification:
    """Read every sample, table and file of a recording and report what is damaged.

    Parameters
    ----------
    path
        The recording's folder, or the zarr store in it.
    progress
        Called with the share that is done, 0 to 1.

    Raises
    ------
    NotARecordingError
        If there is none.
    """
    with open_recording(path) as recording:
        rate_hz = recording.info.rate_hz
        damaged_s = []
        problems = []
        if recording.state == layout.RECORDING and not recording.is_being_written:
            problems.append(f"{recording.folder} was never closed; repair finishes it")
        for start, stop in recording.chunk_bounds():
            try:
                recording.read(start, stop)
            except DamagedRecordingError as error:
                damaged_s.append((start / rate_hz, stop / rate_hz))
                problems.append(str(error))
            if progress is not None:
                progress(stop / recording.n_samples)
        problems += _damaged_tables(recording)
        problems += _changed_files(recording.folder)
        return Verification(recording.n_samples / rate_hz, tuple(damaged_s), tuple(problems))


def _damaged_tables(recording: Recording) -> Iterator[str]:
    for name in layout.TABLES:
        try:
            recording.table(name)
        except DamagedTableError as error:
            yield str(error)
    for name, damaged_lines in (
        (layout.JOURNAL, read_journal(recording.folder / layout.JOURNAL).damaged_lines),
        (DECISIONS, read_decisions(recording.folder)[1]),
    ):
        if damaged_lines:
            yield f"{damaged_lines} lines of {recording.folder / name} are damaged"


def _changed_files(folder: Path) -> Iterator[str]:
    """Yield a sentence for each file that is not as the manifest says; chunks were read already."""
    manifest = folder / layout.MANIFEST
    if not manifest.exists():
        return
    try:
        files = json.loads(manifest.read_text())["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield f"{manifest} cannot be read: {error}"
        return
    for name, wanted in files.items():
        path = folder / name
        if not path.is_file():
            yield f"{path} is missing"
        elif path.stat().st_size != wanted["bytes"]:
            yield f"{path} has {path.stat().st_size} bytes; it was written with {wanted['bytes']}"
        elif not name.startswith(f"{layout.STORE}/{layout.SIGNAL}/c."):
            found = f"{google_crc32c.value(path.read_bytes()):08x}"
            if found != wanted["crc32c"]:
                yield f"{path} has checksum {found}; it was written with {wanted['crc32c']}"
