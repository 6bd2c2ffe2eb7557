"""XDF files, as LabRecorder writes them."""

import gzip
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
    gaps_of,
    optional_reader,
    reading,
)
from myoscope.acquisition.errors import ArchiveError, StreamFormatError
from myoscope.acquisition.gaps import ClockGaps, CounterGaps, Gaps
from myoscope.acquisition.units import ChannelDeclaration, choose_channels

# Types under which streams of muscle potentials were seen, the likeliest first.
EMG_TYPES = (("emg",), ("exg", "eeg", "bio", "bip"))
FACTOR_TAGS = ("scalingfactor", "scaling_factor", "resolution")


class XdfArchive(FileArchive):
    """One stream of an XDF file, with its stamps as they were recorded.

    The format has no index, so the stream is held in memory.
    """

    def __init__(
        self,
        path: Path,
        emg: EmgChannels,
        samples: npt.NDArray[Any],
        stamps: npt.NDArray[np.float64],
        lost: list[Gap],
    ) -> None:
        super().__init__(path, emg.info, len(samples), lost)
        self._samples = samples[:, emg.columns]
        self._stamps = stamps
        self._scale_uv = np.array(emg.info.scale_uv)

    def clock_s(self, sample: int) -> float:
        """Return the stamp of a sample, or of the next one where it is lost."""
        row = self._row_of(sample)
        return float(self._stamps[row]) if row < len(self._stamps) else float("nan")

    def _read_rows(self, start: int, stop: int) -> Rows:
        rows: Rows = self._samples[start:stop].astype(np.float64) * self._scale_uv
        return rows


def open_xdf(path: Path, hints: Hints) -> XdfArchive:
    """Open the stream of EMG in an XDF file."""
    check_file(path)
    with optional_reader(path, "xdf"):
        import pyxdf
    with reading(path, "XDF"), _complaints() as complaints:
        compressed = path.name.lower().endswith((".xdfz", ".gz"))
        with gzip.open(path) if compressed else path.open("rb") as file:
            streams, _ = pyxdf.load_xdf(file, synchronize_clocks=False, dejitter_timestamps=False)
        return _open_stream(path, _choose_stream(path, streams, hints), hints, complaints)


def _open_stream(
    path: Path, stream: Mapping[str, Any], hints: Hints, complaints: list[str]
) -> XdfArchive:
    info = stream["info"]
    samples, stamps = np.asarray(stream["time_series"]), np.asarray(stream["time_stamps"])
    declared = _declared(info)
    declared = (declared + [ChannelDeclaration()] * samples.shape[1])[: samples.shape[1]]
    integers = samples.dtype.kind == "i"
    rate_hz = float(_text(info, "nominal_srate"))
    metadata = {"format": "XDF", "type": _text(info, "type")}
    if complaints:
        metadata["warning"] = complaints[0]
    emg = choose_emg(
        path,
        declared,
        [rate_hz] * len(declared),
        hints,
        metadata,
        name=_text(info, "name"),
        integers=integers,
    )
    return XdfArchive(path, emg, samples, stamps, _gaps(emg, declared, samples, stamps))


def _choose_stream(
    path: Path, streams: Sequence[Mapping[str, Any]], hints: Hints
) -> Mapping[str, Any]:
    """Return the stream that was asked for, or the only one that is likeliest to be EMG."""
    found = ", ".join(_description(stream) for stream in streams) or "none"
    if hints.stream is not None:
        named = [s for s in streams if _text(s["info"], "name") == hints.stream]
        if len(named) != 1:
            raise ArchiveError(
                f"{path.name} has {len(named)} streams named {hints.stream!r}; found {found}"
            )
        return named[0]
    regular = [
        stream
        for stream in streams
        if _text(stream["info"], "channel_format") != "string"
        and float(_text(stream["info"], "nominal_srate")) > 0
    ]
    by_type = [
        [s for s in regular if _text(s["info"], "type").lower() in types] for types in EMG_TYPES
    ]
    for likely in (*by_type, regular):
        if len(likely) == 1:
            return likely[0]
        if likely:
            raise ArchiveError(
                f"{path.name} holds several streams that may be EMG; "
                f"wanted the name of one of {found}"
            )
    raise ArchiveError(
        f"{path.name} holds no stream of numbers at a regular rate; found streams: {found}"
    )


def _gaps(
    emg: EmgChannels,
    declared: Sequence[ChannelDeclaration],
    samples: npt.NDArray[Any],
    stamps: npt.NDArray[np.float64],
) -> list[Gap]:
    """Return the gaps as a live stream's are counted: by its counter, or else by its stamps."""
    if not np.isfinite(stamps).all():
        return []
    rate_hz = emg.info.rate_hz
    counting = _counting_column(declared)
    counting_gaps: Gaps = ClockGaps(rate_hz)
    counter: npt.NDArray[np.float64] | None = None
    if counting is not None:
        counting_gaps = CounterGaps(rate_hz, declared[counting].modulus)
        counter = samples[:, counting].astype(np.float64)
    return gaps_of(stamps, counting_gaps, rate_hz, counter)


def _counting_column(declared: Sequence[ChannelDeclaration]) -> int | None:
    try:
        return choose_channels(declared, len(declared)).counter
    except StreamFormatError:  # the user picked channels that the file does not call EMG
        return None


def _declared(info: Mapping[str, Any]) -> list[ChannelDeclaration]:
    """Return what the header says of each channel."""
    declared = []
    channels = _first(_first(info, "desc"), "channels").get("channel", [])
    for channel in channels:
        factors = [_number(_text(channel, tag)) for tag in FACTOR_TAGS]
        declared.append(
            ChannelDeclaration(
                label=_text(channel, "label") or _text(channel, "name"),
                type=_text(channel, "type"),
                unit=_text(channel, "unit"),
                factor=next((factor for factor in factors if factor is not None), None),
            )
        )
    return declared


def _description(stream: Mapping[str, Any]) -> str:
    """Return a stream's name with what tells it from others, for a sentence."""
    info = stream["info"]
    channels, rate = _text(info, "channel_count"), _text(info, "nominal_srate")
    return f"{_text(info, 'name')!r} ({_text(info, 'type')}, {channels} channels, {rate} Hz)"


def _first(parent: Mapping[str, Any], tag: str) -> Mapping[str, Any]:
    """Return the first element of that name, as pyxdf keeps elements: in lists."""
    element = next(iter(parent.get(tag) or []), None)
    return element if isinstance(element, Mapping) else {}


def _text(parent: Mapping[str, Any], tag: str) -> str:
    """Return the text of the first element of that name, "" where there is none."""
    text = next(iter(parent.get(tag) or []), None)
    return text.strip() if isinstance(text, str) else ""


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """Collect what pyxdf says of damage instead of letting it go to the console."""
    messages: list[str] = []
    log = logging.getLogger("pyxdf.pyxdf")
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    log.addHandler(handler)
    propagated, log.propagate = log.propagate, False
    try:
        yield messages
    finally:
        log.removeHandler(handler)
        log.propagate = propagated
