"""WAV and FLAC files: loudspeaker recordings and simple amplifiers."""

import wave
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.archives.base import (
    EmgChannels,
    FileArchive,
    Hints,
    Rows,
    check_file,
    choose_emg,
    optional_reader,
    reading,
)
from myoscope.acquisition.errors import ArchiveError
from myoscope.acquisition.units import ChannelDeclaration

# A sound file does not say what its full scale was at the electrode. ±1 mV suits an amplifier set
# to 50-200 µV a division; recordings made so say that the unit was assumed.
FULL_SCALE_UV = 1000.0
"""Microvolts at full scale where nobody says."""


class PcmArchive(FileArchive):
    """Whole numbers of 8 to 32 bits in a WAV file, read in windows."""

    def __init__(
        self, path: Path, emg: EmgChannels, offset: int, n_channels: int, width: int, n_rows: int
    ) -> None:
        super().__init__(path, emg.info, n_rows)
        self._columns = emg.columns
        self._offset = offset
        self._n_channels = n_channels
        self._width = width
        self._uv_per_count = np.array(emg.info.scale_uv) / (1 << (8 * width - 1))

    def _read_rows(self, start: int, stop: int) -> Rows:
        row_bytes = self._n_channels * self._width
        with self.path.open("rb") as file:
            file.seek(self._offset + start * row_bytes)
            raw = np.frombuffer(file.read((stop - start) * row_bytes), np.uint8)
        counts = _counts(raw, self._width).reshape(-1, self._n_channels)[:, self._columns]
        rows: Rows = counts.astype(np.float64) * self._uv_per_count
        return rows


class SoundFileArchive(FileArchive):
    """What libsndfile reads: FLAC, and WAV files of floats."""

    def __init__(self, path: Path, emg: EmgChannels, sound: Any) -> None:
        super().__init__(path, emg.info, sound.frames)
        self._columns = emg.columns
        self._sound = sound
        self._scale_uv = np.array(emg.info.scale_uv)

    def close(self) -> None:
        """Let go of the file."""
        super().close()
        self._sound.close()

    def _read_rows(self, start: int, stop: int) -> Rows:
        self._sound.seek(start)
        values = self._sound.read(stop - start, dtype="float64", always_2d=True)
        rows: Rows = values[:, self._columns] * self._scale_uv
        return rows


def open_wav(path: Path, hints: Hints) -> FileArchive:
    """Open a WAV file: PCM by the standard library, anything else by libsndfile."""
    check_file(path)
    with path.open("rb") as file:
        if file.read(4) != b"RIFF":
            raise ArchiveError(f"{path.name} does not begin with 'RIFF'; wanted a WAV file")
        file.seek(0)
        try:
            with reading(path, "a WAV file"):
                header = wave.open(file)
        except ArchiveError as error:
            if isinstance(error.__cause__, wave.Error):  # not PCM
                return open_sound(path, hints)
            raise
        offset = file.tell()  # wave stops where the samples begin
    n_channels, width = header.getnchannels(), header.getsampwidth()
    if width > 4:
        raise ArchiveError(f"{path.name} has samples of {8 * width} bits; wanted 8 to 32")
    stored = (path.stat().st_size - offset) // (n_channels * width)
    # A recorder that was cut off leaves 0, or more than there is.
    n_rows = min(stored, header.getnframes() or stored)
    metadata = {"format": f"WAV, {8 * width} bits"}
    if n_rows < header.getnframes():
        metadata["warning"] = f"cut short: {n_rows} of {header.getnframes()} samples"
    emg = _choose(path, n_channels, header.getframerate(), hints, metadata)
    return PcmArchive(path, emg, offset, n_channels, width, n_rows)


def open_sound(path: Path, hints: Hints) -> FileArchive:
    """Open a sound file with libsndfile."""
    check_file(path)
    with optional_reader(path, "audio-files"):
        import soundfile
    with reading(path, "a sound file"):
        sound = soundfile.SoundFile(path)
    try:
        metadata = {"format": f"{sound.format}, {sound.subtype}"}
        emg = _choose(path, sound.channels, sound.samplerate, hints, metadata)
        return SoundFileArchive(path, emg, sound)
    except BaseException:
        sound.close()
        raise


def _choose(
    path: Path, n_channels: int, rate_hz: float, hints: Hints, metadata: dict[str, str]
) -> EmgChannels:
    """Choose channels; 1.0 is one of the hinted unit, or the full scale."""
    full_scale_uv = FULL_SCALE_UV if hints.full_scale_uv is None else hints.full_scale_uv
    if not (isfinite(full_scale_uv) and full_scale_uv > 0):
        raise ArchiveError(f"a full scale of {full_scale_uv:g} µV was given; wanted more than 0")
    declared = [ChannelDeclaration()] * n_channels
    emg = choose_emg(path, declared, [float(rate_hz)] * n_channels, hints, metadata)
    if hints.unit and hints.full_scale_uv is None:
        return emg
    info = replace(
        emg.info,
        unit="full scale",
        scale_uv=(full_scale_uv,) * emg.info.n_channels,
        unit_assumed=hints.full_scale_uv is None,
    )
    return EmgChannels(emg.columns, info)


def _counts(raw: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.int64]:
    """Return signed numbers of 1 to 4 bytes; those of one byte are stored without a sign."""
    if width == 1:
        return raw.astype(np.int64) - 128
    padded = np.zeros((raw.size // width, 4), np.uint8)
    padded[:, 4 - width :] = raw.reshape(-1, width)
    return (padded.view("<i4").ravel() >> (8 * (4 - width))).astype(np.int64)
