"""``fold``: turn a recording's journal into its zarr tables, its CSV tables and its manifest.

Closing and repairing are the same work, so what a killed recorder left ends up like the rest. The
manifest is written last: a fold that was broken off leaves none, and is done again.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
import numpy.lib.recfunctions as recfunctions

from myoscope.dsp_core.findings import Table
from myoscope.recordings import layout
from myoscope.recordings.gaps import lost_of, recorded_extent
from myoscope.recordings.journal import read_journal
from myoscope.recordings.store import write_durably
from myoscope.recordings.tables import final_kinds, render_tables

# Change while or after the manifest is written.
_UNLISTED = {layout.LOCK, layout.LOG, layout.MANIFEST}


def fold(
    folder: Path,
    state: str,
    end_reason: str = "",
    written: Mapping[str, tuple[int, int]] | None = None,
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
    info = layout.stream_from_json(root.attrs["stream"], path)
    tables = dict(read_journal(folder / layout.JOURNAL).tables)

    n_samples, tables["gaps"] = recorded_extent(
        signal, layout.existing_chunks(path), tables["gaps"]
    )
    if signal.shape[0] != n_samples:
        signal.resize((n_samples, info.n_channels))
    lost = lost_of(tables["gaps"])
    settings: Any = root.attrs["settings"]
    findings = (tables["potentials"], tables["trains"], tables["alerts"])
    contents = render_tables(info, n_samples, lost, settings, *findings)
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
