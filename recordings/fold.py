"""``fold``: turn a recording's journal into its zarr tables, its CSV tables and its manifest.

Closing and repairing are the same work, so what a killed recorder left ends up like the rest. The
manifest is written last: a fold that was broken off leaves none, and is done again.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
import numpy.lib.recfunctions as recfunctions

from myoscope.acquisition.levels import ChannelLevel, measure_levels
from myoscope.dsp_core.findings import Table
from myoscope.recordings import layout
from myoscope.recordings.decision_log import DECISIONS, read_decisions
from myoscope.recordings.decisions import Decisions, to_rows
from myoscope.recordings.gaps import lost_of, recorded_extent
from myoscope.recordings.journal import read_journal
from myoscope.recordings.lock import RecordingLock
from myoscope.recordings.store import force_folder_to_disk, write_durably
from myoscope.recordings.stream_json import stream_from_json
from myoscope.recordings.tables import final_kinds, render_decisions, render_tables

DECISION_TABLE = "decisions.csv"
# Change while or after the manifest is written; a report can be made anew at any time.
_UNLISTED = {layout.LOCK, layout.LOG, layout.MANIFEST, DECISIONS, "report.html", "report.pdf"}


def fold(
    folder: Path,
    state: str,
    end_reason: str = "",
    written: Mapping[str, tuple[int, int]] | None = None,
    levels: Sequence[ChannelLevel] | None = None,
) -> None:
    """Finish the recording in ``folder``.

    Parameters
    ----------
    folder
        Of a recording that nobody writes.
    state
        ``layout.CLOSED`` or ``layout.RECOVERED``.
    end_reason
        A sentence for the attributes; "" where the recording ended in good order.
    written
        Bytes and crc32c of the store's keys as far as they are known; the rest is read.
    levels
        Of the channels, as they were recorded; None measures them in what is stored.

    Raises
    ------
    OSError
        If the disk is full or fails; the recording can be folded again.
    """
    path = folder / layout.STORE
    for leftover in folder.glob(".*.partial"):
        leftover.unlink()
    root = layout.open_root(path, "r+")
    signal = layout.open_signal(root)
    info = stream_from_json(root.attrs["stream"], path)
    tables = dict(read_journal(folder / layout.JOURNAL).tables)

    n_samples, tables["gaps"] = recorded_extent(
        signal, layout.existing_chunks(path), tables["gaps"]
    )
    if signal.shape[0] != n_samples:
        signal.resize((n_samples, info.n_channels))
    lost = lost_of(tables["gaps"])
    settings: Any = root.attrs["settings"]
    findings = (tables["potentials"], tables["trains"], tables["alerts"])
    decisions, _ = read_decisions(folder)
    tables["decisions"] = to_rows(decisions)
    if levels is None:
        levels = measure_levels(
            info, lambda start, stop: np.asarray(signal[start:stop], np.float32), n_samples, lost
        )
    contents = render_tables(info, n_samples, lost, levels, settings, *findings)
    contents[DECISION_TABLE] = render_decisions(
        info.rate_hz, Decisions(decisions), tables["trains"]
    )
    for name, content in contents.items():
        write_durably(folder / name, content)

    tables["potentials"] = recfunctions.append_fields(
        tables["potentials"],
        "final_kind",
        final_kinds(tables["potentials"], tables["trains"]),
        usemask=False,
    )
    for name in layout.TABLES:
        layout.write_table(root, name, tables[name])
    root.update_attributes(
        {
            "state": state,
            "end_reason": end_reason,
            "n_samples": n_samples,
            "lost_samples": sum(n for _, n in lost),
            "effective_rate_hz": _effective_rate_hz(tables["clock"]),
        }
    )
    layout.consolidate(root)
    _write_manifest(folder, written or {})


def fold_decisions(folder: Path) -> None:
    """Bring the tables of a finished recording up to the decisions that were made since.

    Does nothing while it is being recorded, or after its recorder was killed: closing and
    repairing do it then. Broken off, it leaves no manifest, and ``repair`` does the rest.

    Raises
    ------
    RecordingBusyError
        If somebody else is at the same work.
    OSError
        If the disk is full, fails or may not be written to; the decisions themselves are safe.
    """
    path = folder / layout.STORE
    if layout.open_root(path).attrs["state"] == layout.RECORDING:
        return
    lock = RecordingLock(folder / layout.LOCK)
    try:
        manifest = folder / layout.MANIFEST
        known = _listed(manifest)
        manifest.unlink(missing_ok=True)
        force_folder_to_disk(folder)
        root = layout.open_root(path, "r+")
        decisions, _ = read_decisions(folder)
        layout.write_table(root, "decisions", to_rows(decisions))
        info = stream_from_json(root.attrs["stream"], path)
        trains = layout.read_table(root, "trains")
        content = render_decisions(info.rate_hz, Decisions(decisions), trains)
        write_durably(folder / DECISION_TABLE, content)
        layout.consolidate(root)
        _write_manifest(folder, known)
    finally:
        lock.release()


def _listed(manifest: Path) -> dict[str, tuple[int, int]]:
    """Return bytes and crc32c of the store's keys in a manifest; nothing where it is damaged."""
    prefix = layout.STORE + "/"
    try:
        files = json.loads(manifest.read_bytes())["files"]
        return {
            name.removeprefix(prefix): (int(values["bytes"]), int(values["crc32c"], 16))
            for name, values in files.items()
            if name.startswith(prefix)
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _effective_rate_hz(clock: Table) -> float | None:
    """Return samples per second of the source's clock, None where that cannot be told."""
    known = clock[np.isfinite(clock["clock_s"])]
    if len(known) < 2 or np.ptp(known["clock_s"]) < 1.0:
        return None
    origin = known[0]
    slope = np.polyfit(known["clock_s"] - origin["clock_s"], known["sample"] - origin["sample"], 1)
    return float(slope[0])


def _write_manifest(folder: Path, written: Mapping[str, tuple[int, int]]) -> None:
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in _UNLISTED:
            key = name.removeprefix(layout.STORE + "/")
            # Chunks are written once; metadata may have been written again since.
            known = written.get(key) if key.startswith(f"{layout.SIGNAL}/c.") else None
            n_bytes, crc32c = known or _size_and_crc32c(path)
            files[name] = {"bytes": n_bytes, "crc32c": f"{crc32c:08x}"}
    text = json.dumps({"format_version": layout.FORMAT_VERSION, "files": files}, indent=1)
    write_durably(folder / layout.MANIFEST, text.encode())


def _size_and_crc32c(path: Path) -> tuple[int, int]:
    content = path.read_bytes()
    return len(content), google_crc32c.value(content)
