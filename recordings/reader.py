"""``Recording``: a recording opened for reading, whatever became of its recorder."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from myoscope.acquisition.block import Samples
from myoscope.dsp_core.findings import POTENTIAL_DTYPE, Table
from myoscope.recordings import layout
from myoscope.recordings.errors import DamagedRecordingError, NotARecordingError
from myoscope.recordings.gaps import (
    clipped_gaps,
    lost_of,
    missing_chunks,
    recorded_samples,
)
from myoscope.recordings.journal import read_journal
from myoscope.recordings.lock import is_being_written
from myoscope.recordings.tables import final_kinds


def open_recording(path: Path | str) -> "Recording":
    """Return the recording at ``path``, read-only; nothing on the disk is changed.

    Parameters
    ----------
    path
        The recording's folder, or the zarr store in it.

    Raises
    ------
    NotARecordingError
        If there is none.
    """
    path = Path(path)
    if not path.is_dir():
        raise NotARecordingError(
            f"{path} is no folder; wanted the folder of a recording"
            if path.exists()
            else f"{path} does not exist; wanted the folder of a recording"
        )
    store = path / layout.STORE
    return Recording(store if store.is_dir() else path)


class Recording:
    """A recording, as it was when it was opened; belongs to one thread.

    Satisfies the ``Archive`` protocol. Made by ``open_recording``. While a recording is being
    written, and after its recorder was killed, it reads as far as its chunks go and takes its
    findings from the journal.

    Attributes
    ----------
    folder
        Where it lies.
    state
        "recording", "closed" or "recovered".
    is_being_written
        True if a living recorder was at work when the recording was opened.
    attributes
        Of the root group: ids, times, settings, metadata, software.
    info
        The stream.
    n_samples
        Length, lost samples included.
    """

    def __init__(self, store: Path) -> None:
        self.folder = store.parent
        self._store = store
        self._root = layout.open_root(store)
        self.attributes: Mapping[str, Any] = self._root.attrs.asdict()
        self.state = str(self.attributes["state"])
        self.is_being_written = is_being_written(self.folder / layout.LOCK)
        self.info = layout.stream_from_json(self.attributes.get("stream"), store)
        self._signal = layout.open_signal(self._root)
        self._rows = int(self._signal.chunks[0])
        self.n_samples = recorded_samples(store, self._signal)
        self._missing = frozenset(
            missing_chunks(store, self._signal, self.n_samples, self.lost).tolist()
        )
        self._kept: tuple[int, Samples] | None = None

    def read(self, start: int, stop: int) -> Samples:
        """Return samples, NaN where they were lost.

        Parameters
        ----------
        start, stop
            From sample ``start`` up to and without ``stop``, cut to the recording's length.

        Returns
        -------
        float32 array, shape (stop - start, n_channels), microvolts

        Raises
        ------
        DamagedRecordingError
            If a chunk of the stretch is damaged or missing.
        """
        start, stop, _ = slice(start, stop).indices(self.n_samples)
        samples = np.empty((max(0, stop - start), self.info.n_channels), np.float32)
        for chunk in range(start // self._rows, -(-stop // self._rows) if stop > start else 0):
            first = chunk * self._rows
            begin, end = max(start, first), min(stop, first + self._rows)
            samples[begin - start : end - start] = self._read_chunk(chunk)[
                begin - first : end - first
            ]
        return samples

    def clock_s(self, sample: int) -> float:
        """Return the source's clock at ``sample``, counted on from the stamp before it; or NaN."""
        clock = self.clock
        place = int(np.searchsorted(clock["sample"], sample, side="right")) - 1
        if place < 0:
            return float("nan")
        row = clock[place]
        return float(row["clock_s"] + (sample - row["sample"]) / self.info.rate_hz)

    def close(self) -> None:
        """Let go of what is kept in memory."""
        self._kept = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def potentials(self) -> Table:
        """Structured array of ``POTENTIAL_DTYPE``, kinds as they were at first."""
        rows = self._tables["potentials"]
        potentials = np.empty(len(rows), POTENTIAL_DTYPE)
        for column in POTENTIAL_DTYPE.names or ():
            potentials[column] = rows[column]
        return potentials

    @property
    def final_kinds(self) -> npt.NDArray[np.uint8]:
        """``Kind`` codes of the potentials, as they were in the end."""
        return final_kinds(self._tables["potentials"], self.trains)

    @property
    def trains(self) -> Table:
        """Structured array of ``TRAIN_DTYPE``: the newest row of each train."""
        return self._tables["trains"]

    @property
    def alerts(self) -> Table:
        """Structured array of ``ALERT_DTYPE``: the newest row of each alert."""
        return self._tables["alerts"]

    @property
    def gaps(self) -> Table:
        """Structured array of ``GAP_DTYPE``: what is missing, and why."""
        return self._tables["gaps"]

    @property
    def clock(self) -> Table:
        """Structured array of ``STAMP_DTYPE``: raw times of the source, about one a second."""
        return self._tables["clock"]

    @property
    def annotations(self) -> Table:
        """Structured array of ``ANNOTATION_DTYPE``, in the order in which they were made."""
        return self._tables["annotations"]

    @property
    def truth(self) -> Table:
        """Structured array of ``TRUTH_DTYPE``; without a row unless the signal was simulated."""
        return self._tables["truth"]

    @property
    def lost(self) -> list[tuple[int, int]]:
        """(first sample after the gap, number of lost samples) of each gap."""
        return lost_of(self.gaps)

    @property
    def settings(self) -> Mapping[str, Any]:
        """Of the detector that was at work."""
        settings: Mapping[str, Any] = self.attributes.get("settings", {})
        return settings

    @cached_property
    def _tables(self) -> Mapping[str, Table]:
        if self.state == layout.RECORDING:
            tables = dict(read_journal(self.folder / layout.JOURNAL).tables)
            tables["gaps"] = clipped_gaps(tables["gaps"], self.n_samples)
            return tables
        return {name: layout.read_table(self._root, name) for name in layout.TABLES}

    def _read_chunk(self, chunk: int) -> Samples:
        """Return a chunk; the last one is kept, as a replay asks for it two hundred times."""
        if self._kept is not None and self._kept[0] == chunk:
            return self._kept[1]
        start = chunk * self._rows
        stop = min(start + self._rows, self.n_samples)
        found = "its file is missing" if chunk in self._missing else ""
        if not found:
            try:
                samples: Samples = np.asarray(self._signal[start:stop], np.float32)
            except (OSError, RuntimeError, ValueError, TypeError) as error:
                found = str(error) or type(error).__name__
        if found:
            raise DamagedRecordingError(self.folder, start, stop, self.info.rate_hz, found)
        self._kept = (chunk, samples)
        return samples
