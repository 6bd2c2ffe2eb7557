"""``Archive`` and ``open_archive``: recorded files, read in windows of microvolts."""

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Protocol

from myoscope.acquisition.archives.audio import open_sound, open_wav
from myoscope.acquisition.archives.base import Hints
from myoscope.acquisition.archives.edf import open_edf
from myoscope.acquisition.archives.npy import open_npy
from myoscope.acquisition.archives.text import open_text
from myoscope.acquisition.archives.wfdb import open_wfdb
from myoscope.acquisition.archives.xdf import open_xdf
from myoscope.acquisition.block import Samples, StreamInfo
from myoscope.acquisition.errors import ArchiveError


class Archive(Protocol):
    """A recording that can be read anywhere.

    Samples are counted as in a Block: from the start, lost ones included, so that
    ``sample / rate_hz`` is a time. An Archive may be read by one thread at a time.
    """

    @property
    def info(self) -> StreamInfo:
        """What was recorded."""
        ...

    @property
    def n_samples(self) -> int:
        """Samples from first to last, lost ones included."""
        ...

    @property
    def lost(self) -> Sequence[tuple[int, int]]:
        """(first sample after the gap, samples lost) of every gap, in order.

        A gap is ``first - n_lost`` up to ``first``; samples follow each of them.
        """
        ...

    def read(self, start: int, stop: int) -> Samples:
        """Return the samples from ``start`` up to ``stop``, NaN where they are lost or missing.

        Returns
        -------
        float32 array, shape (stop - start, n_channels), C-contiguous, microvolts

        Raises
        ------
        ArchiveError
            If not ``0 <= start <= stop <= n_samples``, or if the file cannot be read there.
        """
        ...

    def clock_s(self, sample: int) -> float:
        """Return the time of a sample by the source's clock; NaN where there is none."""
        ...

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        ...


ARCHIVES: Mapping[str, Callable[[Path, Hints], Archive]] = {
    ".edf": open_edf,
    ".bdf": open_edf,
    ".xdf": open_xdf,
    ".xdfz": open_xdf,
    ".xdf.gz": open_xdf,
    ".hea": open_wfdb,
    ".dat": open_wfdb,
    ".wav": open_wav,
    ".flac": open_sound,
    ".csv": open_text,
    ".tsv": open_text,
    ".npy": open_npy,
}
"""What opens a file, by the ending of its name."""


def open_archive(
    path: str | PathLike[str],
    *,
    rate_hz: float | None = None,
    unit: str | None = None,
    channels: Sequence[str | int] | None = None,
    stream: str | None = None,
    full_scale_uv: float | None = None,
) -> Archive:
    """Open a recorded file of any format in `ARCHIVES`, or a WFDB record by its bare name.

    What is given here goes before what the file says about itself.

    Parameters
    ----------
    path
        The file.
    rate_hz
        Sampling rate; needed for ``.npy``, and for text without a time column.
    unit
        Unit of the stored numbers: "V", "mV", "uV" or "nV".
    channels
        Channels to read, by label or by number from 0 in the order of the file; all EMG channels
        where left out.
    stream
        Name of the stream to read from an XDF file that holds several.
    full_scale_uv
        Microvolts at the full scale of a sound file.

    Raises
    ------
    ArchiveError
        If the file is not there, is of another format than its name says, is damaged beyond use,
        holds nothing that can be EMG, or needs a reader that is not installed.
    StreamFormatError
        If its rate or its number of channels is impossible.
    """
    path = Path(path)
    hints = Hints(rate_hz, unit, channels, stream, full_scale_uv)
    name = path.name.lower()
    for ending, open_file in ARCHIVES.items():
        if name.endswith(ending):
            return open_file(path, hints)
    if path.with_name(path.name + ".hea").exists():
        return open_wfdb(path, hints)
    if not path.exists():
        raise ArchiveError(f"there is no file {path}")
    raise ArchiveError(
        f"{path.name} is of no format that can be read; wanted one of {', '.join(ARCHIVES)}"
    )
