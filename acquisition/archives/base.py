"""What every reader of a file shares: the user's hints, channel choice, gaps and errors."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from myoscope.acquisition.block import Samples, StreamInfo
from myoscope.acquisition.errors import AcquisitionError, ArchiveError

Gap = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hints:
    """What the user says about a file; each goes before what the file says about itself.

    Attributes
    ----------
    rate_hz
        Sampling rate; needed where the file has none.
    unit
        Unit of the stored numbers ("uV", "mV", …) of all channels.
    channels
        Labels, or numbers from 0 in the order of the file; None takes every EMG channel.
    stream
        Name of the stream in a file that holds several.
    full_scale_uv
        Microvolts at the full scale of a sound file.
    """

    rate_hz: float | None = None
    unit: str | None = None
    channels: Sequence[str | int] | None = None
    stream: str | None = None
    full_scale_uv: float | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """One channel as a file describes it.

    Attributes
    ----------
    label
        Its name.
    unit
        Its unit as written; "" where there is none.
    rate_hz
        Its sampling rate.
    """

    label: str
    unit: str
    rate_hz: float


class FileArchive(ABC):
    """An archive in a file: stored rows with the gaps between them on one time axis.

    A format's reader hands over what it learned and reads rows in `_read_rows`.

    Parameters
    ----------
    path
        The file, for messages.
    info
        What the file says of itself, after the hints.
    n_rows
        Rows that are stored.
    lost
        (first sample after the gap, samples lost), in order, counted with lost samples.
    """

    def __init__(self, path: Path, info: StreamInfo, n_rows: int, lost: Sequence[Gap] = ()) -> None:
        if n_rows <= 0:
            raise ArchiveError(f"{path.name} holds no samples")
        self.path = path
        self._info = info
        self._lost = tuple(lost)
        self._after_gap = [after for after, _ in self._lost]
        self._n_samples = n_rows + sum(n_lost for _, n_lost in self._lost)
        self._closed = False

    @property
    def info(self) -> StreamInfo:
        """What the file is."""
        return self._info

    @property
    def n_samples(self) -> int:
        """Samples from first to last, lost ones included."""
        return self._n_samples

    @property
    def lost(self) -> Sequence[Gap]:
        """(first sample after the gap, samples lost) of every gap, in order."""
        return self._lost

    def read(self, start: int, stop: int) -> Samples:
        """Return the samples from ``start`` up to ``stop``; NaN where they are lost.

        Returns
        -------
        float32 array, shape (stop - start, n_channels), C-contiguous, microvolts

        Raises
        ------
        ArchiveError
            If samples outside the file are asked for, or the file cannot be read there.
        """
        if self._closed:
            raise ArchiveError(f"{self.path.name} was closed and cannot be read")
        if not 0 <= start <= stop <= self._n_samples:
            raise ArchiveError(
                f"samples {start} to {stop} of {self.path.name} were asked for; "
                f"wanted a stretch of 0 to {self._n_samples}"
            )
        samples = np.full((stop - start, self._info.n_channels), np.nan, np.float32)
        for first, last, row in self._stretches(start, stop):
            with reading(self.path):
                rows = self._read_rows(row, row + last - first)
            if rows.shape != (last - first, self._info.n_channels):
                raise ArchiveError(
                    f"{self.path.name} gave {len(rows)} samples at {first}; wanted {last - first}: "
                    "the file has become shorter"
                )
            with np.errstate(over="ignore", invalid="ignore"):
                samples[first - start : last - start] = rows
        return samples

    def clock_s(self, sample: int) -> float:
        """Return the time of a sample by the source's clock; NaN where the file has none."""
        del sample
        return float("nan")

    def close(self) -> None:
        """Let go of the file."""
        self._closed = True

    @abstractmethod
    def _read_rows(self, start: int, stop: int) -> np.ndarray:
        """Return stored rows, shape (stop - start, n_channels), microvolts; never empty."""

    def _stretches(self, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """Yield (first sample, end sample, first row) of what is stored from start to stop."""
        gap = bisect_right(self._after_gap, start)
        shift = sum(n_lost for _, n_lost in self._lost[:gap])
        while start < stop:
            after, n_lost = self._lost[gap] if gap < len(self._lost) else (self._n_samples, 0)
            end = min(stop, after - n_lost)
            if start < end:
                yield start, end, start - shift
            start, shift, gap = after, shift + n_lost, gap + 1

    def _row_of(self, sample: int) -> int:
        """Return the stored row of a sample, or of the next one where it is lost."""
        gap = bisect_right(self._after_gap, sample)
        row = sample - sum(n_lost for _, n_lost in self._lost[:gap])
        if gap < len(self._lost):
            after, n_lost = self._lost[gap]
            row -= max(0, sample - (after - n_lost))
        return row


def check_file(path: Path) -> None:
    """Raise ArchiveError, saying what is there instead, unless path is a file with something in it.

    Anything else is never opened: opening a pipe would wait for a writer.
    """
    try:
        if path.is_dir():
            raise ArchiveError(f"{path} is a folder; wanted a file")
        if not path.exists():
            raise ArchiveError(f"there is no file {path}")
        if not path.is_file():
            raise ArchiveError(f"{path} is a device or a pipe; wanted a file")
        if path.stat().st_size == 0:
            raise ArchiveError(f"{path.name} is empty; wanted a recording")
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:
        if isinstance(error, AcquisitionError):
            raise
        raise ArchiveError(f"{path} cannot be opened: {_sentence(error)}") from error


@contextmanager
def reading(path: Path, wanted: str = "") -> Iterator[None]:
    """Turn whatever a format's library raises on a damaged file into an ArchiveError.

    The libraries name no errors of their own: a damaged header surfaces as anything from
    UnicodeDecodeError to ZeroDivisionError.
    """
    try:
        yield
    except AcquisitionError:
        raise
    except Exception as error:
        as_what = f" as {wanted}" if wanted else ""
        raise ArchiveError(f"{path.name} cannot be read{as_what}: {_sentence(error)}") from error


@contextmanager
def optional_reader(path: Path, extra: str) -> Iterator[None]:
    """Say what to install where the library that reads a format is missing."""
    try:
        yield
    except ImportError as error:
        raise ArchiveError(
            f'{path.name} needs a reader that is not installed: pip install "myoscope[{extra}]"'
        ) from error


def choose_channels(path: Path, signals: Sequence[Signal], hints: Hints) -> list[int]:
    """Return which signals are the EMG channels, by hint or else by what they say of themselves.

    Without a hint, auxiliary signals are left out, then those not at the highest rate: the slow
    ones beside needle EMG are not EMG.

    Raises
    ------
    ArchiveError
        If a channel that was asked for is not there, if those asked for differ in rate, or if no
        EMG channel is left.
    """
    labels = ", ".join(repr(signal.label) for signal in signals[:20])
    if hints.channels is not None:
        chosen = [_find_channel(path, signals, channel, labels) for channel in hints.channels]
        rates = sorted({signals[index].rate_hz for index in chosen})
        if len(rates) > 1:
            raise ArchiveError(
                f"{path.name} has the channels asked for at {', '.join(f'{r:g}' for r in rates)} "
                "Hz; wanted channels of one rate"
            )
    else:
        chosen = [i for i, signal in enumerate(signals) if not is_auxiliary(signal)]
        highest = max((signals[index].rate_hz for index in chosen), default=0.0)
        chosen = [index for index in chosen if signals[index].rate_hz == highest]
    if not chosen:
        raise ArchiveError(f"{path.name} has no EMG channel; found {labels or 'no channels'}")
    return chosen


def _find_channel(path: Path, signals: Sequence[Signal], channel: str | int, labels: str) -> int:
    if isinstance(channel, int) and 0 <= channel < len(signals):
        return channel
    for index, signal in enumerate(signals):
        if signal.label == channel:
            return index
    raise ArchiveError(f"{path.name} has no channel {channel!r}; wanted one of {labels}")


def describe(
    path: Path,
    signals: Sequence[Signal],
    hints: Hints,
    metadata: Mapping[str, str],
    name: str | None = None,
) -> StreamInfo:
    """Return the StreamInfo of the chosen signals.

    Raises
    ------
    ArchiveError
        If the unit of the hint is no unit of voltage.
    StreamFormatError
        If the rate or the number of channels is impossible.
    """
    units = [signal.unit if hints.unit is None else hints.unit for signal in signals]
    scales = [microvolts_per(unit) for unit in units]
    if hints.unit is not None and scales and scales[0] is None:
        raise ArchiveError(f"unit {hints.unit!r} was given; wanted V, mV, uV or nV")
    rate_hz = hints.rate_hz if hints.rate_hz is not None else signals[0].rate_hz
    return StreamInfo(
        name=name or path.name,
        rate_hz=float(rate_hz),
        channel_labels=tuple(signal.label for signal in signals),
        unit=next(iter(units), ""),
        scale_uv=tuple(1.0 if scale is None else scale for scale in scales),
        unit_assumed=any(scale is None for scale in scales),
        source_id=path.name,
        metadata=MappingProxyType(dict(metadata)),
    )


def _sentence(error: BaseException) -> str:
    """Return an error's first line, or its class where it has no text."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def microvolts_per(unit: str) -> float | None:
    return {"v": 1e6, "mv": 1e3, "uv": 1.0, "microvolts": 1.0}.get(
        unit.replace("µ", "u").replace("μ", "u").lower()
    )


def is_auxiliary(signal: Signal) -> bool:
    return False
