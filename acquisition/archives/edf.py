"""EDF, EDF+, BDF and BDF+ files."""

import io
import re
import warnings
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

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

HEADER_BYTES = 256
# Bytes of a signal's header fields before the number of its samples in a record.
SAMPLES_OFFSET = 216
EDF_VERSION, BDF_VERSION = b"0       ", b"\xffBIOSEMI"
ONSET = re.compile(rb"[+-]\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the data records lie and what is in each: one stretch of samples for each signal."""

    offset: int
    bytes_per_sample: int
    samples: list[int]  # in one record, for each signal

    @property
    def record_bytes(self) -> int:
        return self.bytes_per_sample * sum(self.samples)

    def bytes_of(self, signal: int) -> slice:
        """Return where a signal lies in a record."""
        start = self.bytes_per_sample * sum(self.samples[:signal])
        return slice(start, start + self.bytes_per_sample * self.samples[signal])


class EdfArchive(FileArchive):
    """An EDF or BDF file. edfio reads the header; records are read here, in windows.

    edfio maps EDF files, and a mapped file that another program cuts short ends the process; it
    reads BDF files whole.
    """

    def __init__(
        self, path: Path, emg: EmgChannels, layout: _Layout, signals: list[Any], lost: list[Gap]
    ) -> None:
        self._layout = layout
        self._per_record = layout.samples[emg.columns[0]]
        n_records = _n_records(path, layout)
        super().__init__(path, emg.info, n_records * self._per_record, lost)
        self._bytes = [layout.bytes_of(column) for column in emg.columns]
        calibrations = [_calibration(signals[column]) for column in emg.columns]
        self._gain = np.array([gain for gain, _ in calibrations])
        self._offset = np.array([offset for _, offset in calibrations])
        self._scale_uv = np.array(emg.info.scale_uv)

    def _read_rows(self, start: int, stop: int) -> Rows:
        first, end = start // self._per_record, -(-stop // self._per_record)
        records = _read_records(self.path, self._layout, first, end)
        counts = np.stack(
            [_counts(records[:, part], self._layout.bytes_per_sample) for part in self._bytes], 1
        )
        skip = start - first * self._per_record
        rows: Rows = (counts[skip : skip + stop - start] + self._offset) * self._gain
        rows *= self._scale_uv
        return rows


def open_edf(path: Path, hints: Hints) -> EdfArchive:
    """Open an EDF or BDF file; which of the two is told by its first bytes."""
    check_file(path)
    with optional_reader(path, "edf"):
        import edfio
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES)
        version = header[:8]
        if version not in (EDF_VERSION, BDF_VERSION):
            raise ArchiveError(
                f"{path.name} begins with {version!r}; wanted {EDF_VERSION!r} of an EDF file or "
                f"{BDF_VERSION!r} of a BDF file"
            )
        with reading(path, "an EDF header"):
            n_signals = int(header[252:256])
            duration_s = Decimal(header[244:252].decode("ascii").strip())
            if not duration_s > 0:
                raise ArchiveError(
                    f"{path.name} has data records of {duration_s} s; wanted more than 0"
                )
            header += file.read(HEADER_BYTES * max(0, n_signals))
            if len(header) != HEADER_BYTES * (1 + n_signals):
                raise ArchiveError(
                    f"{path.name} is cut short in its header: it has {len(header)} bytes; "
                    f"wanted {HEADER_BYTES * (1 + n_signals)} for {n_signals} signals"
                )
            with warnings.catch_warnings():
                # Only the header is given, so edfio says that no records follow.
                warnings.simplefilter("ignore")
                read = edfio.read_edf if version == EDF_VERSION else edfio.read_bdf
                parsed = read(io.BytesIO(header), header_encoding="latin-1")
            return _open(path, hints, header, parsed, duration_s)


def _open(path: Path, hints: Hints, raw: bytes, header: Any, duration_s: Decimal) -> EdfArchive:
    """Open a file by its header, as bytes and as edfio reads it."""
    layout = _layout(path, raw)
    # Annotations are among the signals of a record, but not of edfio's.
    of_header = iter(header.signals)
    signals = [
        None if annotates else next(of_header) for annotates in _annotates(raw, len(layout.samples))
    ]
    n_records = _n_records(path, layout)
    plain = "EDF" if layout.bytes_per_sample == 2 else "BDF"
    plus = header.reserved.startswith(f"{plain}+")
    metadata = {"format": header.reserved[:5] if plus else plain}
    if n_records * layout.record_bytes != path.stat().st_size - layout.offset:
        metadata["warning"] = f"cut short: the last of {n_records + 1} records is incomplete"
    usable = {i: s for i, s in enumerate(signals) if s is not None and _is_usable(s)}
    flat = [s.label for i, s in enumerate(signals) if s is not None and i not in usable]
    if flat:
        metadata["warning"] = f"no samples or no range of values for {', '.join(flat)}"
    rates_hz = [float(layout.samples[i] / duration_s) for i in usable]
    declared = [
        ChannelDeclaration(label=signal.label, unit=signal.physical_dimension)
        for signal in usable.values()
    ]
    emg = choose_emg(path, declared, rates_hz, hints, metadata)
    emg = EmgChannels([list(usable)[i] for i in emg.columns], emg.info)
    lost: list[Gap] = []
    if header.reserved.startswith(f"{plain}+D"):
        if None not in signals:
            raise ArchiveError(
                f"{path.name} says that it is interrupted; wanted annotations that say when"
            )
        onsets_s = _onsets(path, layout, signals.index(None), n_records)
        lost = _gaps(path, onsets_s, duration_s, layout.samples[emg.columns[0]])
    return EdfArchive(path, emg, layout, signals, lost)


def _layout(path: Path, raw: bytes) -> _Layout:
    """Return the layout of the records, from the samples in a record of each signal."""
    n_signals = len(raw) // HEADER_BYTES - 1
    start = HEADER_BYTES + SAMPLES_OFFSET * n_signals
    samples = [int(raw[start + 8 * i : start + 8 * (i + 1)]) for i in range(n_signals)]
    if min(samples, default=0) < 0:
        raise ArchiveError(f"{path.name} has {min(samples)} samples in a record; wanted 0 or more")
    return _Layout(
        offset=len(raw),
        bytes_per_sample=2 if raw[:8] == EDF_VERSION else 3,
        samples=samples,
    )


def _annotates(raw: bytes, n_signals: int) -> list[bool]:
    """Return which signals are annotations, by their labels."""
    labels = [raw[HEADER_BYTES + 16 * i :][:16].rstrip() for i in range(n_signals)]
    wanted = b"EDF Annotations" if raw[:8] == EDF_VERSION else b"BDF Annotations"
    return [label == wanted for label in labels]


def _is_usable(signal: Any) -> bool:
    """Return whether a signal holds samples that can be calibrated."""
    return bool(
        signal.samples_per_data_record > 0
        and signal.digital_min != signal.digital_max
        and signal.physical_min != signal.physical_max
    )


def _calibration(signal: Any) -> tuple[float, float]:
    """Return the gain and the offset of a signal, in edfio's arithmetic."""
    gain = (signal.physical_max - signal.physical_min) / (signal.digital_max - signal.digital_min)
    return gain, signal.physical_max / gain - signal.digital_max


def _n_records(path: Path, layout: _Layout) -> int:
    """Return how many whole records there are, whatever the header says."""
    if layout.record_bytes == 0:
        return 0
    return max(0, path.stat().st_size - layout.offset) // layout.record_bytes


def _read_records(path: Path, layout: _Layout, start: int, stop: int) -> npt.NDArray[np.uint8]:
    """Return the bytes of records, one record a row."""
    with path.open("rb") as file:
        file.seek(layout.offset + start * layout.record_bytes)
        raw = np.fromfile(file, np.uint8, (stop - start) * layout.record_bytes)
    return raw.reshape(-1, layout.record_bytes)


def _counts(raw: npt.NDArray[np.uint8], bytes_per_sample: int) -> npt.NDArray[np.int32]:
    """Return little-endian numbers of two or three bytes."""
    if bytes_per_sample == 2:
        return np.ascontiguousarray(raw).view("<i2").ravel().astype(np.int32)
    padded = np.zeros((raw.size // 3, 4), np.uint8)
    padded[:, 1:] = raw.reshape(-1, 3)
    return padded.view("<i4").ravel() >> 8


def _onsets(path: Path, layout: _Layout, annotations: int, n_records: int) -> list[Decimal]:
    """Return the start of every record in seconds: the first annotation of each says it."""
    part = layout.bytes_of(annotations)
    onsets_s = []
    with path.open("rb") as file:
        for record in range(n_records):
            file.seek(layout.offset + record * layout.record_bytes + part.start)
            text = file.read(part.stop - part.start)
            onset = ONSET.match(text)
            if onset is None:
                raise ArchiveError(
                    f"{path.name} does not say when record {record} starts; found {text[:12]!r}"
                )
            onsets_s.append(Decimal(onset.group().decode()))
    return onsets_s


def _gaps(path: Path, onsets_s: list[Decimal], duration_s: Decimal, per_record: int) -> list[Gap]:
    """Return the gaps between records, rounded to whole samples counted from the first."""
    lost: list[Gap] = []
    n_lost = 0
    for record, onset_s in enumerate(onsets_s):
        position = round((onset_s - onsets_s[0]) / duration_s * per_record)
        missing = position - record * per_record - n_lost
        if missing < 0:
            raise ArchiveError(
                f"{path.name} has record {record} at {onset_s} s, before the end of the one before"
            )
        if missing:
            lost.append((position, missing))
            n_lost += missing
    return lost
