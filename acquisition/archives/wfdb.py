"""WFDB records (PhysioNet): a ``.hea`` header with its signal files."""

import warnings
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from myoscope.acquisition.archives.base import (
    EmgChannels,
    FileArchive,
    Gap,
    Hints,
    Rows,
    check_file,
    choose_emg,
    optional_reader,
    reading,
)
from myoscope.acquisition.errors import ArchiveError
from myoscope.acquisition.units import ChannelDeclaration

# What a signal file holds where a sample is missing, by its format (WFDB signal(5)).
MISSING = {
    **{"80": -(1 << 7), "508": -(1 << 7), "212": -(1 << 11), "310": -(1 << 9), "311": -(1 << 9)},
    **{"16": -(1 << 15), "61": -(1 << 15), "160": -(1 << 15), "516": -(1 << 15)},
    **{"24": -(1 << 23), "524": -(1 << 23), "32": -(1 << 31)},
}
DEFAULT_GAIN = 200.0
EMPTY_SEGMENT = "~"
# The compressed formats (508, 516, 524) have no fixed size.
BYTES_PER_SAMPLE = {
    **{"8": 1.0, "80": 1.0, "212": 1.5, "310": 4 / 3, "311": 4 / 3},
    **{"16": 2.0, "61": 2.0, "160": 2.0, "24": 3.0, "32": 4.0},
}


class WfdbArchive(FileArchive):
    """A record of one segment, read in windows as the numbers that were stored."""

    def __init__(self, path: Path, emg: EmgChannels, header: Any, n_frames: int) -> None:
        columns = emg.columns
        self._columns = columns
        self._samples_per_frame = _per_frame(header)[columns[0]]
        super().__init__(path, emg.info, n_frames * self._samples_per_frame)
        self._missing = [MISSING.get(header.fmt[i]) for i in columns]
        self._baseline = np.array([header.baseline[i] or 0 for i in columns], np.float64)
        gain = np.array([header.adc_gain[i] or DEFAULT_GAIN for i in columns], np.float64)
        self._uv_per_count = np.array(emg.info.scale_uv) / gain

    def _read_rows(self, start: int, stop: int) -> Rows:
        import wfdb

        first, end = start // self._samples_per_frame, -(-stop // self._samples_per_frame)
        record = wfdb.rdrecord(
            _record_name(self.path),
            sampfrom=first,
            sampto=end,
            channels=self._columns,
            physical=False,
            smooth_frames=False,
        )
        skip = start - first * self._samples_per_frame
        counts = np.stack(record.e_d_signal, axis=1)[skip : skip + stop - start]
        rows: Rows = (counts.astype(np.float64) - self._baseline) * self._uv_per_count
        for column, missing in enumerate(self._missing):
            if missing is not None:
                rows[counts[:, column] == missing, column] = np.nan
        return rows


class SegmentedWfdbArchive(FileArchive):
    """A record of several segments; an empty segment is a gap."""

    def __init__(self, path: Path, emg: EmgChannels, n_rows: int, lost: list[Gap]) -> None:
        super().__init__(path, emg.info, n_rows, lost)
        self._columns = emg.columns
        self._scale_uv = np.array(emg.info.scale_uv)
        n_lost = np.cumsum([0, *(n for _, n in lost)])
        self._lost_before_row = n_lost
        self._row_after_gap = [after - n for (after, _), n in zip(lost, n_lost[1:], strict=True)]

    def _read_rows(self, start: int, stop: int) -> Rows:
        import wfdb

        first = start + int(self._lost_before_row[bisect_right(self._row_after_gap, start)])
        record = wfdb.rdrecord(
            _record_name(self.path),
            sampfrom=first,
            sampto=first + stop - start,
            channels=self._columns,
        )
        rows: Rows = np.multiply(record.p_signal, self._scale_uv, dtype=np.float64)
        return rows


def open_wfdb(path: Path, hints: Hints) -> FileArchive:
    """Open a record by its header, its signal file or its bare name."""
    header_path = path.with_name(_stem(path) + ".hea")
    if path.exists() and not header_path.exists():
        check_file(path)
        raise ArchiveError(f"{path.name} has no header; wanted {header_path.name} beside it")
    check_file(header_path)
    # pandas warns of wfdb's ways at its import, which is no news to whoever opens a record.
    with optional_reader(path, "wfdb"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import wfdb
    with reading(header_path, "a WFDB header"):
        header = wfdb.rdheader(_record_name(header_path), rd_segments=True)
        if hasattr(header, "segments"):
            return _open_segments(header_path, header, hints)
        return _open_record(header_path, header, hints)


def _open_record(path: Path, header: Any, hints: Hints) -> WfdbArchive:
    n_frames, warning = _stored_frames(path, header)
    emg = _choose(path, header, header, hints, warning)
    return WfdbArchive(path, emg, header, n_frames)


def _open_segments(path: Path, header: Any, hints: Hints) -> SegmentedWfdbArchive:
    # In the variable layout the first segment holds no samples, only the channels.
    segments = [segment for segment in header.segments if segment is not None]
    if not segments:
        raise ArchiveError(f"{path.name} holds empty segments only; wanted one with samples")
    for segment in segments:
        if any(n != 1 for n in _per_frame(segment)):
            raise ArchiveError(
                f"{path.name} has segments with several samples in a frame; wanted one in each"
            )
    lost: list[Gap] = []
    n_rows = position = n_empty = 0
    for name, length in zip(header.seg_name, header.seg_len, strict=True):
        position += length
        if name == EMPTY_SEGMENT:
            n_empty += length
        elif length:
            if n_empty:
                lost.append((position - length, n_empty))
            n_rows, n_empty = n_rows + length, 0
    emg = _choose(path, header, segments[0], hints, {})
    return SegmentedWfdbArchive(path, emg, n_rows, lost)


def _choose(
    path: Path, header: Any, described: Any, hints: Hints, warning: Mapping[str, str]
) -> EmgChannels:
    """Choose among the signals that ``described`` describes: the record or its first segment."""
    declared = [
        ChannelDeclaration(label=label or "", unit=unit or "")
        for label, unit in zip(described.sig_name or [], described.units or [], strict=True)
    ]
    metadata = {"format": "WFDB", "comments": "; ".join(header.comments), **warning}
    rates_hz = [float(header.fs) * n for n in _per_frame(described)]
    return choose_emg(path, declared, rates_hz, hints, metadata, name=header.record_name)


def _per_frame(header: Any) -> list[int]:
    return [n or 1 for n in header.samps_per_frame or []]


def _stored_frames(path: Path, header: Any) -> tuple[int, dict[str, str]]:
    """Return how many frames the signal files hold, and a warning where the header says more."""
    stored: list[int] = []
    per_frame = _per_frame(header)
    for name in dict.fromkeys(header.file_name):
        check_file(path.with_name(name))
        columns = [i for i, other in enumerate(header.file_name) if other == name]
        size = BYTES_PER_SAMPLE.get(header.fmt[columns[0]])
        if size is not None:
            n_bytes = path.with_name(name).stat().st_size - (header.byte_offset[columns[0]] or 0)
            stored.append(int(n_bytes // (size * sum(per_frame[i] for i in columns))))
    declared = header.sig_len
    n_frames = min([*stored, *([declared] if declared else [])], default=0)
    if declared and n_frames < declared:
        return n_frames, {"warning": f"cut short: {n_frames} of {declared} samples"}
    return n_frames, {}


def _record_name(path: Path) -> str:
    return str(path.resolve().with_name(_stem(path)))


def _stem(path: Path) -> str:
    return path.stem if path.suffix.lower() in (".hea", ".dat") else path.name
