"""``decisions.jsonl``: the decisions about a recording, a line each, on the disk at once.

A layer of its own, so that the window, the review and two of them at the same time can write while
the recorder is at work, and after it has closed. A line has the form of the journal's.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from myoscope.recordings.decisions import Decision
from myoscope.recordings.journal import framed, read_entries
from myoscope.recordings.lock import locked
from myoscope.recordings.store import FILE_MODE, force_folder_to_disk, force_to_disk, write_all

DECISIONS = "decisions.jsonl"


def append_decisions(folder: Path, decisions: Iterable[Decision]) -> None:
    """Add decisions to those of the recording in ``folder``; returns when the disk has them.

    Raises
    ------
    OSError
        If the disk is full, fails or may not be written to; what was there still is.
    """
    content = b"".join(framed({"decision": decision.to_json()}) for decision in decisions)
    if not content:
        return
    path = folder / DECISIONS
    is_new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE)
    try:
        with locked(descriptor):
            end = _end_of_whole_lines(descriptor)
            os.ftruncate(descriptor, end)  # a line that was torn by the end of its writer
            os.lseek(descriptor, end, os.SEEK_SET)
            try:
                write_all(descriptor, content)
                force_to_disk(descriptor)
            except OSError:
                os.ftruncate(descriptor, end)
                raise
    finally:
        os.close(descriptor)
    if is_new:
        force_folder_to_disk(folder)


def read_decisions(folder: Path) -> tuple[list[Decision], int]:
    """Return the decisions in ``folder``, and the number of lines that are damaged."""
    entries, damaged_lines = read_entries(folder / DECISIONS)
    decisions = []
    for entry in entries:
        try:
            decisions.append(Decision.from_json(entry.get("decision")))
        except ValueError:
            damaged_lines += 1
    return decisions, damaged_lines


def _end_of_whole_lines(descriptor: int) -> int:
    end = os.lseek(descriptor, 0, os.SEEK_END)
    step = 4096
    while end:
        start = max(0, end - step)
        os.lseek(descriptor, start, os.SEEK_SET)
        place = os.read(descriptor, end - start).rfind(b"\n")
        if place >= 0:
            return start + place + 1
        end = start
    return 0
