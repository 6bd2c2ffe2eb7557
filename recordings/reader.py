"""``Recording``: a recording opened for reading, whatever became of its recorder."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.block import Samples
from myoscope.acquisition.errors import ArchiveError
from myoscope.dsp_core.findings import POTENTIAL_DTYPE, Table
from myoscope.recordings import layout
from myoscope.recordings.decision_log import DECISIONS, append_decisions, read_decisions
from myoscope.recordings.decisions import Decision, Decisions, from_rows
from myoscope.recordings.errors import (
    DamagedRecordingError,
    DamagedTableError,
    NotARecordingError,
    RecordingError,
)
from myoscope.recordings.gaps import lost_of, missing_chunks, recorded_extent
from myoscope.recordings.journal import read_journal
from myoscope.recordings.lock import is_being_written
from myoscope.recordings.stream_json import stream_from_json
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
        self.info = stream_from_json(self.attributes.get("stream"), store)
        self._signal = layout.open_signal(self._root)
        self._rows = int(self._signal.chunks[0])
        chunks = layout.existing_chunks(store)  # before the journal, which runs ahead of them
        self._tables: dict[str, Table] = {}
        if self.state == layout.RECORDING:
            self._tables.update(read_journal(self.folder / layout.JOURNAL).tables)
        self.n_samples, self._tables["gaps"] = recorded_extent(
            self._signal, chunks, self._stored_gaps()
        )
        self._missing = frozenset(
            missing_chunks(self._signal, chunks, self.n_samples, self.lost).tolist()
        )
        self._kept: tuple[int, Samples] | None = None

    def read(self, start: int, stop: int) -> Samples:
        """Return samples, NaN where they were lost.

        Parameters
        ----------
        start, stop
            From sample ``start`` up to and without ``stop``.

        Returns
        -------
        float32 array, shape (stop - start, n_channels), microvolts

        Raises
        ------
        ArchiveError
            If not ``0 <= start <= stop <= n_samples``.
        DamagedRecordingError
            If a chunk of the stretch is damaged or missing.
        """
        if not 0 <= start <= stop <= self.n_samples:
            raise ArchiveError(
                f"samples {start} to {stop} were asked for; {self.folder} has {self.n_samples}"
            )
        samples = np.empty((stop - start, self.info.n_channels), np.float32)
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
        rows = self.table("potentials")
        potentials = np.empty(len(rows), POTENTIAL_DTYPE)
        for column in POTENTIAL_DTYPE.names or ():
            potentials[column] = rows[column]
        return potentials

    @property
    def final_kinds(self) -> npt.NDArray[np.uint8]:
        """``Kind`` codes of the potentials, as they were in the end."""
        return final_kinds(self.table("potentials"), self.trains)

    @property
    def trains(self) -> Table:
        """Structured array of ``TRAIN_DTYPE``: the newest row of each train."""
        return self.table("trains")

    @property
    def alerts(self) -> Table:
        """Structured array of ``ALERT_DTYPE``: the newest row of each alert."""
        return self.table("alerts")

    @property
    def gaps(self) -> Table:
        """Structured array of ``GAP_DTYPE``: what is missing, and why."""
        return self.table("gaps")

    @property
    def clock(self) -> Table:
        """Structured array of ``STAMP_DTYPE``: raw times of the source, about one a second."""
        return self.table("clock")

    @property
    def annotations(self) -> Table:
        """Structured array of ``ANNOTATION_DTYPE``, in the order in which they were made."""
        return self.table("annotations")

    @property
    def decisions(self) -> Decisions:
        """What people decided, as it is on the disk now; the detector's tables know nothing of it.

        Raises
        ------
        DamagedTableError
            If it cannot be read.
        """
        if (self.folder / DECISIONS).exists():
            return Decisions(read_decisions(self.folder)[0])
        return Decisions(from_rows(self.table("decisions")))  # the store came alone

    @property
    def truth(self) -> Table:
        """Structured array of ``TRUTH_DTYPE``; without a row unless the signal was simulated."""
        return self.table("truth")

    @property
    def lost(self) -> list[tuple[int, int]]:
        """(first sample after the gap, number of lost samples) of each gap."""
        return lost_of(self.gaps)

    @property
    def settings(self) -> Mapping[str, Any]:
        """Of the detector that was at work."""
        settings: Mapping[str, Any] = self.attributes.get("settings", {})
        return settings

    def decide(self, *decisions: Decision) -> None:
        """Add decisions; returns when the disk has them. The one thing that a reader writes.

        Raises
        ------
        RecordingError
            If the disk is full, fails or may not be written to.
        """
        try:
            append_decisions(self.folder, decisions)
        except OSError as error:
            raise RecordingError(f"{self.folder} takes no decision: {error}") from error

    def chunk_bounds(self) -> Iterator[tuple[int, int]]:
        """Yield (start, stop) of each chunk: what is read, and damaged, as one."""
        for start in range(0, self.n_samples, self._rows):
            yield start, min(start + self._rows, self.n_samples)

    def table(self, name: str) -> Table:
        """Return one of ``layout.TABLES``.

        Raises
        ------
        DamagedTableError
            If it cannot be read.
        """
        if name not in self._tables:
            try:
                self._tables[name] = layout.read_table(self._root, name)
            except (OSError, RuntimeError, ValueError, KeyError) as error:
                raise DamagedTableError(
                    f"the table {name!r} of {self.folder} is damaged ({error}); "
                    "the signal and the other tables can be read"
                ) from error
        return self._tables[name]

    def _stored_gaps(self) -> Table:
        try:
            return self.table("gaps")
        except DamagedTableError:  # without them nothing could be read; the journal has them too
            return read_journal(self.folder / layout.JOURNAL).tables["gaps"]

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
