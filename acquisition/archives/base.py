"""What every reader of a file shares: the user's hints, channel choice, gaps and errors."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.block import MAX_CHANNELS, Samples, StreamInfo
from myoscope.acquisition.errors import AcquisitionError, ArchiveError, StreamFormatError
from myoscope.acquisition.gaps import Arrival, ClockGaps, Gaps, Piece
from myoscope.acquisition.units import ChannelChoice, ChannelDeclaration, choose_channels

Gap = tuple[int, int]
Rows = npt.NDArray[np.float64]
GAP_CHUNK_S = 0.25


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
class EmgChannels:
    """Which channels of a file are read.

    Attributes
    ----------
    columns
        Their places in the file.
    info
        What they are.
    """

    columns: list[int]
    info: StreamInfo


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
                    "the file is cut short"
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
    def _read_rows(self, start: int, stop: int) -> Rows:
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


def choose_emg(
    path: Path,
    declared: Sequence[ChannelDeclaration],
    rates_hz: Sequence[float],
    hints: Hints,
    metadata: Mapping[str, str],
    *,
    name: str = "",
    integers: bool = False,
) -> EmgChannels:
    """Return the EMG channels, by hint or else by what the file says of each.

    Without a hint, channels that are no EMG are left out, then those not at the highest rate: the
    slow ones beside needle EMG are not EMG.

    Parameters
    ----------
    path
        The file.
    declared, rates_hz
        Every channel of the file and its rate; 0 where it has none.
    hints
        What the user said.
    metadata
        Further words for the StreamInfo.
    name
        The recording's name, where it is not the file's.
    integers
        True where whole numbers are stored, which a factor turns into the unit.

    Raises
    ------
    ArchiveError
        If a channel that was asked for is not there, if those asked for differ in rate, or if no
        channel is EMG.
    StreamFormatError
        If the rate or the number of channels is impossible, or the unit of the hint is unknown.
    """
    if hints.channels is not None:
        columns = [_column(path, declared, channel) for channel in hints.channels]
        declared = [replace(channel, type="EMG") for channel in declared]
    else:
        columns = list(range(len(declared)))
        if 1 <= len(columns) <= MAX_CHANNELS:  # else StreamInfo refuses them all
            columns = list(_choice(path, declared, columns, hints, integers).emg)
            highest_hz = max(rates_hz[column] for column in columns)
            columns = [column for column in columns if not rates_hz[column] < highest_hz]
    rates = sorted({rates_hz[column] for column in columns})
    if len(rates) > 1:
        raise ArchiveError(
            f"{path.name} has the channels asked for at {', '.join(f'{r:g}' for r in rates)} Hz; "
            "wanted channels of one rate"
        )
    if not 1 <= len(columns) <= MAX_CHANNELS:
        raise StreamFormatError(
            f"{path.name} has {len(columns)} channels; wanted 1 to {MAX_CHANNELS} of EMG"
        )
    choice = _choice(path, declared, columns, hints, integers)
    left_out = [channel.label for column, channel in enumerate(declared) if column not in columns]
    return EmgChannels(
        columns,
        StreamInfo(
            name=name or path.name,
            rate_hz=float(rates[0] if hints.rate_hz is None else hints.rate_hz),
            channel_labels=choice.labels,
            unit=choice.unit,
            scale_uv=choice.scale_uv,
            unit_assumed=choice.unit_assumed,
            source_id=path.name,
            metadata=MappingProxyType(
                {**metadata, **({"left_out": ", ".join(left_out)} if left_out else {})}
            ),
        ),
    )


def _choice(
    path: Path,
    declared: Sequence[ChannelDeclaration],
    columns: Sequence[int],
    hints: Hints,
    integers: bool,
) -> ChannelChoice:
    channels = [declared[column] for column in columns]
    try:
        choice = choose_channels(channels, len(channels), integers=integers, unit=hints.unit or "")
    except StreamFormatError as error:
        raise ArchiveError(f"{path.name}: {error}") from error
    if hints.channels is not None and choice.left_out:
        raise ArchiveError(
            f"{path.name}: {', '.join(choice.left_out)} counts samples; wanted EMG channels"
        )
    return choice


def _column(path: Path, declared: Sequence[ChannelDeclaration], channel: str | int) -> int:
    if isinstance(channel, int) and 0 <= channel < len(declared):
        return channel
    for column, declaration in enumerate(declared):
        if declaration.label == channel:
            return column
    labels = [repr(declaration.label) for declaration in declared if declaration.label]
    by_label = f" or one of {', '.join(labels[:20])}{', …' if len(labels) > 20 else ''}"
    raise ArchiveError(
        f"{path.name} has no channel {channel!r}; "
        f"wanted {f'0 to {len(declared) - 1}' if len(declared) > 1 else '0'}"
        f"{by_label if labels else ''}"
    )


def gaps_by_stamps(stamps: npt.NDArray[np.float64], rate_hz: float) -> list[Gap]:
    """Return the gaps that a live stream with these stamps would have had.

    Parameters
    ----------
    stamps : float64 array, shape (n_samples,), seconds
        Finite.
    rate_hz
        Nominal sampling rate.
    """
    return gaps_of(stamps, ClockGaps(rate_hz), rate_hz)


def gaps_of(
    stamps: npt.NDArray[np.float64],
    gaps: Gaps,
    rate_hz: float,
    counter: npt.NDArray[np.float64] | None = None,
) -> list[Gap]:
    """Return the gaps that ``gaps`` finds in stamps, or in a channel that counts samples."""
    lost: list[Gap] = []
    position = 0

    def take(pieces: Sequence[Piece]) -> None:
        nonlocal position
        for piece in pieces:
            position += piece.lost_before
            if piece.lost_before:
                lost.append((position, piece.lost_before))
            position += piece.samples.shape[0]

    uncounted = np.empty((len(stamps), 0), np.float32)
    chunk = max(1, int(GAP_CHUNK_S * rate_hz))
    for start in range(0, len(stamps), chunk):
        part = slice(start, start + chunk)
        # A file does not know when its samples arrived: as soon as they were stamped, then.
        arrived_s = float(stamps[part].max())
        number = None if counter is None else counter[part]
        take(gaps.push(Arrival(uncounted[part], stamps[part], arrived_s, number)))
    take(gaps.settle())
    return lost


def _sentence(error: BaseException) -> str:
    """Return an error's first line, or its class where it has no text."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
