"""The journal: what happened while a recording was made, a line at a time, durable within a second.

Findings cannot go into zarr one by one (each would rewrite a chunk), so they wait here until the
recording is closed or repaired. A line is ``{"crc32c":"…","entry":{…}}``; the checksum is that of
the entry's bytes. The last line may be torn by the end of the program and is then no line.
"""

import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np

from myoscope.dsp_core.findings import ALERT_DTYPE, POTENTIAL_DTYPE, TRAIN_DTYPE, Table
from myoscope.recordings.findings_log import newest_rows
from myoscope.recordings.layout import (
    ANNOTATION_DTYPE,
    FORMAT_VERSION,
    GAP_DTYPE,
    STAMP_DTYPE,
    TRUTH_DTYPE,
    unknown_rows,
)
from myoscope.recordings.store import (
    FILE_MODE,
    force_folder_to_disk,
    force_to_disk,
    write_all,
)

_DTYPES: Mapping[str, np.dtype[Any]] = {
    "potentials": POTENTIAL_DTYPE,
    "trains": TRAIN_DTYPE,
    "alerts": ALERT_DTYPE,
    "gaps": GAP_DTYPE,
    "clock": STAMP_DTYPE,
    "annotations": ANNOTATION_DTYPE,
    "truth": TRUTH_DTYPE,
}
_LINE = re.compile(rb'\{"crc32c":"([0-9a-f]{8})","entry":(.*)\}')


class JournalWriter:
    """Appends entries to a new journal.

    Parameters
    ----------
    path
        Must not exist.
    uuid
        Of the recording.
    """

    def __init__(self, path: Path, uuid: str) -> None:
        self._descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, FILE_MODE
        )
        self._waiting = bytearray()
        self._append(
            {
                "journal_version": FORMAT_VERSION,
                "recording_uuid": uuid,
                "columns": {name: list(dtype.names or ()) for name, dtype in _DTYPES.items()},
            }
        )
        self.sync()
        force_folder_to_disk(path.parent)

    def add_rows(self, table: str, rows: Table) -> None:
        """Add rows of one of the tables; they are on the disk after ``sync``."""
        if len(rows):
            self._append({table: [[_json_value(cell) for cell in row] for row in rows.tolist()]})

    def sync(self) -> None:
        """Return when the disk has every entry.

        Raises
        ------
        OSError
            If the disk is full or fails. The entries stay waiting.
        """
        if self._waiting:
            write_all(self._descriptor, bytes(self._waiting))
            self._waiting.clear()
            force_to_disk(self._descriptor)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)

    def _append(self, entry: Mapping[str, Any]) -> None:
        self._waiting += framed(entry)


@dataclass(frozen=True, slots=True, eq=False)
class Journal:
    """What a journal holds.

    Attributes
    ----------
    tables
        Structured array of each table; of trains and alerts the newest row of each number.
    damaged_lines
        Lines that were passed over because their checksum is wrong.
    """

    tables: Mapping[str, Table]
    damaged_lines: int


def read_journal(path: Path) -> Journal:
    """Return what the journal at ``path`` holds; an absent one holds nothing.

    A line without its end is ignored: the program ended while it was being written.
    """
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _DTYPES}
    columns = {name: list(dtype.names or ()) for name, dtype in _DTYPES.items()}
    entries, damaged_lines = read_entries(path)
    for entry in entries:
        for name in rows.keys() & entry.keys():
            rows[name] += [tuple(row) for row in entry[name]]
    tables = {name: _table(rows[name], columns[name], dtype) for name, dtype in _DTYPES.items()}
    tables["trains"] = newest_rows(tables["trains"], "train")
    tables["alerts"] = newest_rows(tables["alerts"], "alert")
    return Journal(tables, damaged_lines)


def framed(entry: Mapping[str, Any]) -> bytes:
    """Return an entry as a line with its checksum."""
    text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    content = text.encode(errors="replace")  # a keyboard can give half of a character
    return b'{"crc32c":"%08x","entry":%s}\n' % (google_crc32c.value(content), content)


def read_entries(path: Path) -> tuple[list[dict[str, Any]], int]:
    """Return the entries of the lines at ``path``, and the number of lines that are damaged.

    An absent file holds nothing; a last line without its end is no line.
    """
    entries = []
    damaged_lines = 0
    content = path.read_bytes() if path.exists() else b""
    for line in content.split(b"\n")[:-1]:
        match = _LINE.fullmatch(line)
        if match is None or int(match[1], 16) != google_crc32c.value(match[2]):
            damaged_lines += 1
        else:
            entries.append(json.loads(match[2]))
    return entries, damaged_lines


def _json_value(cell: Any) -> Any:
    # JSON has no NaN. repr of a float64 is exact, so a float32 comes back bit by bit.
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _table(rows: list[tuple[Any, ...]], columns: list[str], dtype: np.dtype[Any]) -> Table:
    """Return rows of the columns that the journal's version had as a table of today's."""
    table = unknown_rows(len(rows), dtype)
    for place, column in enumerate(columns[: len(rows[0])] if rows else ()):
        if column in (dtype.names or ()):
            table[column] = [math.nan if row[place] is None else row[place] for row in rows]
    return table
