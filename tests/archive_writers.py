"""Archives of every format, made by writers other than ours, with what must be read from them."""

import csv
import struct
import warnings
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import edfio
import numpy as np
import soundfile

with warnings.catch_warnings():  # pandas, of wfdb's ways
    warnings.simplefilter("ignore")
    import wfdb

RATE_HZ = 4000.0


@dataclass(frozen=True)
class Written:
    """A file, what `open_archive` must be told of it, and what it holds."""

    path: Path
    samples_uv: np.ndarray
    hints: dict[str, Any] = field(default_factory=dict)


def counts(n_samples: int = 4000 * 3, n_channels: int = 2, bits: int = 16) -> np.ndarray:
    """Numbers of a converter, its extremes among them."""
    limit = 1 << (bits - 1)
    values = np.random.default_rng(2026).integers(-limit, limit, (n_samples, n_channels))
    values[0], values[1] = -limit + 1, limit - 1
    return values


def float32(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, np.float64).astype(np.float32)


def edf(folder: Path) -> Written:
    values = counts().astype(np.int16)
    signals = [
        edfio.EdfSignal.from_digital(
            np.ascontiguousarray(values[:, channel]),
            RATE_HZ,
            label=label,
            physical_dimension=unit,
            physical_range=(-3276.8, 3276.7),
        )
        for channel, (label, unit) in enumerate([("APB", "uV"), ("FDI", "mV")])
    ]
    slow = edfio.EdfSignal(np.zeros(300), 100, label="Resp", physical_dimension="mV")
    path = folder / "recording.edf"
    notes = [edfio.EdfAnnotation(0.5, 0.1, "needle moved")]
    edfio.Edf([signals[0], slow, signals[1]], annotations=notes, data_record_duration=1).write(path)
    return Written(path, float32(np.stack([s.data for s in signals], 1) * [1.0, 1000.0]))


def bdf(folder: Path) -> Written:
    values = counts(bits=24).astype(np.int32)
    signals = [
        edfio.BdfSignal.from_digital(
            np.ascontiguousarray(values[:, channel]),
            RATE_HZ,
            label=f"EMG {channel}",
            physical_dimension="uV",
            physical_range=(-262144, 262143),
        )
        for channel in range(2)
    ]
    path = folder / "recording.bdf"
    edfio.Bdf(signals, data_record_duration=0.5).write(path)
    return Written(path, float32(np.stack([signal.data for signal in signals], 1)))


def wfdb_record(fmt: str) -> Callable[[Path], Written]:
    def write(folder: Path) -> Written:
        bits = {"80": 8, "212": 12, "16": 16, "24": 24, "32": 32}[fmt]
        values = counts(bits=bits)
        write_wfdb(folder, f"record{fmt}", values, fmt)
        samples_uv = np.stack([values[:, 0] * 0.1, (values[:, 1] - 7) / 4.0], 1)
        samples_uv[values == -(1 << (bits - 1))] = np.nan  # the format's sign for "missing"
        return Written(folder / f"record{fmt}.hea", float32(samples_uv))

    return write


def write_wfdb(folder: Path, name: str, values: np.ndarray, fmt: str = "16") -> None:
    """Write a record of two signals, of 10 counts and of 4 counts a microvolt."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wfdb.wrsamp(
            name,
            fs=RATE_HZ,
            units=["mV", "uV"],
            sig_name=["APB", "FDI"],
            d_signal=values,
            fmt=[fmt, fmt],
            adc_gain=[10_000.0, 4.0],
            baseline=[0, 7],
            write_dir=str(folder),
        )


def wav(bits: int) -> Callable[[Path], Written]:
    def write(folder: Path) -> Written:
        values = counts(bits=bits)
        path = folder / f"pcm{bits}.wav"
        stored = values + 128 if bits == 8 else values
        raw = stored.astype("<i4").view(np.uint8).reshape(*values.shape, 4)[..., : bits // 8]
        with wave.open(str(path), "wb") as file:
            file.setparams((2, bits // 8, int(RATE_HZ), 0, "NONE", ""))
            file.writeframes(raw.tobytes())
        return Written(
            path, float32(values * (500.0 / (1 << (bits - 1)))), {"full_scale_uv": 500.0}
        )

    return write


def sound(name: str, subtype: str) -> Callable[[Path], Written]:
    def write(folder: Path) -> Written:
        path = folder / name
        values = counts() / 32768
        soundfile.write(path, values, int(RATE_HZ), subtype=subtype)
        return Written(path, float32(values * 1000.0), {"unit": "mV"})

    return write


def text(name: str, delimiter: str) -> Callable[[Path], Written]:
    def write(folder: Path) -> Written:
        values = counts(n_samples=9000) / 10
        path = folder / name
        with path.open("w", newline="") as file:
            rows = csv.writer(file, delimiter=delimiter)
            rows.writerow(["time (s)", "APB (uV)", "FDI [mV]"])
            for row, (first, second) in enumerate(values.tolist()):
                rows.writerow([f"{row / RATE_HZ:.5f}", first, second])
        return Written(path, float32(values * [1.0, 1000.0]))

    return write


def npy(name: str, dtype: str, order: str = "C") -> Callable[[Path], Written]:
    def write(folder: Path) -> Written:
        values = np.asarray(counts(), dtype=dtype, order=order)
        path = folder / f"{name}.npy"
        np.save(path, values)
        return Written(path, float32(values), {"rate_hz": RATE_HZ})

    return write


def xdf(channel_format: str) -> Callable[[Path], Written]:
    def write(folder: Path) -> Written:
        dtype = {"float32": "<f4", "double64": "<f8", "int16": "<i2"}[channel_format]
        values = counts().astype(dtype)
        path = folder / f"{channel_format}.xdf"
        channels = [{"label": "APB", "unit": "uV"}, {"label": "FDI", "unit": "millivolts"}]
        stamps = 1000 + np.arange(len(values)) / RATE_HZ
        write_xdf(path, [XdfStream("Needle", values, stamps, channels, channel_format)])
        return Written(path, float32(values * np.array([1.0, 1000.0])))

    return write


@dataclass(frozen=True)
class XdfStream:
    """A stream for `write_xdf`."""

    name: str
    values: np.ndarray
    stamps: np.ndarray
    channels: Sequence[dict[str, str]] = ()
    channel_format: str = "float32"
    type: str = "EMG"
    rate_hz: float = RATE_HZ


def write_xdf(path: Path, streams: Sequence[XdfStream], chunk_samples: int = 100) -> None:
    """Write XDF 1.0 from its specification: a header, chunks of samples and footers."""

    def chunk(tag: int, content: bytes) -> bytes:
        return b"\x04" + struct.pack("<IH", len(content) + 2, tag) + content

    raw = [b"XDF:", chunk(1, b'<?xml version="1.0"?><info><version>1.0</version></info>')]
    for number, stream in enumerate(streams, 1):
        fields = "".join(
            "<channel>" + "".join(f"<{k}>{escape(v)}</{k}>" for k, v in c.items()) + "</channel>"
            for c in stream.channels
        )
        header = (
            f'<?xml version="1.0"?><info><name>{stream.name}</name><type>{stream.type}</type>'
            f"<channel_count>{stream.values.shape[1]}</channel_count>"
            f"<nominal_srate>{stream.rate_hz}</nominal_srate>"
            f"<channel_format>{stream.channel_format}</channel_format>"
            f"<desc><channels>{fields}</channels></desc></info>"
        )
        raw.append(chunk(2, struct.pack("<I", number) + header.encode()))
        for start in range(0, len(stream.values), chunk_samples):
            values = stream.values[start : start + chunk_samples]
            stamps = stream.stamps[start : start + chunk_samples]
            rows = b"".join(
                b"\x08" + struct.pack("<d", stamp) + row.tobytes()
                for row, stamp in zip(values, stamps, strict=True)
            )
            content = struct.pack("<IB", number, 4) + struct.pack("<I", len(values)) + rows
            raw.append(chunk(3, content))
    path.write_bytes(b"".join(raw))


WRITERS: dict[str, Callable[[Path], Written]] = {
    "edf": edf,
    "bdf": bdf,
    **{f"wfdb {fmt}": wfdb_record(fmt) for fmt in ("80", "212", "16", "24", "32")},
    **{f"xdf {fmt}": xdf(fmt) for fmt in ("float32", "double64", "int16")},
    **{f"wav {bits} bits": wav(bits) for bits in (8, 16, 24, 32)},
    "wav float": sound("float.wav", "FLOAT"),
    "flac": sound("sound.flac", "PCM_16"),
    "csv": text("table.csv", ","),
    "csv with semicolons": text("semicolons.csv", ";"),
    "tsv": text("table.tsv", "\t"),
    "npy float32": npy("f4", "<f4"),
    "npy int16": npy("i2", "<i2"),
    "npy big-endian": npy("f8", ">f8"),
    "npy by channel": npy("fortran", "<f4", "F"),
}
