"""NumPy ``.npy`` files: time first, at a rate that the user gives."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy_format

from myoscope.acquisition.archives.base import (
    EmgChannels,
    FileArchive,
    Hints,
    Rows,
    check_file,
    choose_emg,
    reading,
)
from myoscope.acquisition.errors import ArchiveError
from myoscope.acquisition.units import ChannelDeclaration


class NpyArchive(FileArchive):
    """An array of shape (n_samples,) or (n_samples, n_channels), read in windows.

    Rows are read from the file, not mapped: a mapped file that another program cuts short ends
    the process.
    """

    def __init__(self, path: Path, emg: EmgChannels, array: "_ArrayOnDisk") -> None:
        super().__init__(path, emg.info, array.n_rows)
        self._array = array
        self._columns = emg.columns
        self._scale_uv = np.array(emg.info.scale_uv)

    def _read_rows(self, start: int, stop: int) -> Rows:
        rows = self._array.rows(self.path, start, stop)[:, self._columns]
        scaled: Rows = np.multiply(rows, self._scale_uv, dtype=np.float64)
        return scaled


class _ArrayOnDisk:
    """Where an array lies in its file."""

    def __init__(
        self, path: Path, dtype: np.dtype[Any], shape: tuple[int, ...], fortran: bool, offset: int
    ) -> None:
        self.dtype = dtype
        self.offset = offset
        self.n_columns = shape[1] if len(shape) == 2 else 1
        self.by_column = fortran and self.n_columns > 1
        self.n_declared = shape[0]
        stored = (path.stat().st_size - offset) // dtype.itemsize // max(1, self.n_columns)
        self.n_rows = min(self.n_declared, stored)

    def rows(self, path: Path, start: int, stop: int) -> npt.NDArray[Any]:
        """Return rows of all columns."""
        n_rows, size = stop - start, self.dtype.itemsize
        with path.open("rb") as file:
            if not self.by_column:
                file.seek(self.offset + start * self.n_columns * size)
                values = np.fromfile(file, self.dtype, n_rows * self.n_columns)
                return values.reshape(-1, self.n_columns)
            columns = np.empty((self.n_columns, n_rows), self.dtype)
            for column in range(self.n_columns):
                file.seek(self.offset + (column * self.n_declared + start) * size)
                columns[column] = np.fromfile(file, self.dtype, n_rows)
            return columns.T


def open_npy(path: Path, hints: Hints) -> NpyArchive:
    """Open an ``.npy`` file of real numbers; never unpickles."""
    check_file(path)
    if hints.rate_hz is None:
        raise ArchiveError(f"{path.name} does not say its sampling rate; wanted rate_hz")
    with reading(path, "a NumPy array"):
        array = _locate(path)
    metadata = {"format": "npy"}
    if array.n_rows < array.n_declared:
        if array.by_column:
            raise ArchiveError(
                f"{path.name} is cut short and stored by channel; wanted all "
                f"{array.n_declared} samples of {array.n_columns} channels"
            )
        metadata["warning"] = f"cut short: {array.n_rows} of {array.n_declared} samples"
    n_columns = array.n_columns
    declared = [ChannelDeclaration()] * n_columns
    emg = choose_emg(path, declared, [hints.rate_hz] * n_columns, hints, metadata)
    return NpyArchive(path, emg, array)


def _locate(path: Path) -> _ArrayOnDisk:
    with path.open("rb") as file:
        version = npy_format.read_magic(file)
        read_header = {
            (1, 0): npy_format.read_array_header_1_0,
            (2, 0): npy_format.read_array_header_2_0,
        }.get(version)
        if read_header is None:
            raise ArchiveError(f"{path.name} is of .npy version {version}; wanted 1.0 or 2.0")
        shape, fortran, dtype = read_header(file)
        offset = file.tell()
    if dtype.kind not in "iuf":
        raise ArchiveError(f"{path.name} holds {dtype} values; wanted integers or floats")
    if len(shape) not in (1, 2):
        raise ArchiveError(
            f"{path.name} has the shape {shape}; wanted (n_samples,) or (n_samples, n_channels)"
        )
    return _ArrayOnDisk(path, dtype, shape, fortran, offset)
