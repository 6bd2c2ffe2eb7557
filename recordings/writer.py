"""``RecordingWriter``: a sink that keeps everything, on a thread of its own."""

import json
import math
import os
import shutil
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import numpy as np

from myoscope.acquisition.block import Block, Samples, StreamInfo
from myoscope.acquisition.levels import LevelMeter
from myoscope.dsp_core.findings import Findings, Table
from myoscope.recordings import layout
from myoscope.recordings.decision_log import append_decisions
from myoscope.recordings.decisions import Decision
from myoscope.recordings.errors import (
    DiskSpaceError,
    RecordingError,
    RecordingExistsError,
    RecordingStateError,
)
from myoscope.recordings.findings_log import newest_rows
from myoscope.recordings.fold import fold, fold_decisions
from myoscope.recordings.journal import JournalWriter
from myoscope.recordings.lock import RecordingLock
from myoscope.recordings.store import (
    FILE_MODE,
    FOLDER_MODE,
    DurableLocalStore,
    force_folder_to_disk,
    make_folder_durably,
    write_all,
)

FAILED = "failed"

# Room that a recording wants before it starts, and at which it stops while its tables still fit.
START_MINUTES = 10.0
STOP_MINUTES = 2.0
# A jump this long is a broken clock and no gap.
MAX_GAP_S = 24 * 3600.0
# Seconds that may wait for the disk, as far as memory goes.
MAX_BUFFERS = 16
MAX_BUFFER_BYTES = 256 * 2**20
SYNC_S = 1.0
STAMP_S = 1.0
# Raw stamps of a source jump by its own chunks; more than this is a jump of its clock.
CLOCK_JUMP_S = 0.1


def folder_by_time(parent: Path, moment: datetime | None = None) -> Path:
    """Return a folder in ``parent`` that does not exist yet, named by date and time.

    Parameters
    ----------
    parent
        Where recordings lie.
    moment
        Local time; now by default.
    """
    name = (moment or datetime.now()).strftime("%Y-%m-%d_%H-%M-%S")
    folder = parent / name
    number = 1
    while folder.exists():
        number += 1
        folder = parent / f"{name}_{number}"
    return folder


class RecordingWriter:
    """Records a session: signal, times, gaps, findings and annotations.

    ``write`` copies samples into a buffer of one second and returns; a thread of the recorder's
    own forces full buffers to the disk as chunks of the zarr store, and what was found into a
    journal. Whatever happens to the disk, the session goes on: ``state`` then says "failed" and
    ``error`` why, and what was recorded can be read. After a kill or a power cut at most the
    second that was being filled and the one that was being written are missing.

    Parameters
    ----------
    folder
        Of the recording; made here, for its owner alone. Its parents are made where missing.
    info
        The stream.
    settings
        Of the detector, JSON values.
    metadata
        What else is to be kept (device, session, pseudonym), JSON values. No names of patients.
    live
        True for a source that does not wait: a disk that falls behind by more than the buffers
        then costs samples, which are counted and listed as a gap. False for a replay as fast as
        it goes: ``write`` then waits for the disk.

    Raises
    ------
    RecordingExistsError
        If ``folder`` exists.
    DiskSpaceError
        If the disk has less room than ten minutes of signal need.
    RecordingError
        If the settings or the metadata are no JSON values, or the disk refuses.
    """

    def __init__(
        self,
        folder: Path,
        info: StreamInfo,
        *,
        settings: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        live: bool = True,
    ) -> None:
        self.folder = folder = Path(folder)
        self.info = info
        self.state = layout.RECORDING
        self.error = ""
        self.overrun_samples = 0
        self.durable_samples = 0
        self._live = live
        self._rows = layout.chunk_samples(info)
        self._bytes_per_minute = info.rate_hz * info.n_channels * 4 * 60
        _check_json("settings", settings)
        _check_json("metadata", metadata)
        uuid = str(uuid4())
        attributes = {
            "recording_uuid": uuid,
            "created_utc": datetime.now(UTC).isoformat(timespec="microseconds"),
            "settings": dict(settings or {}),
            "metadata": dict(metadata or {}),
            "software": layout.software_versions(),
        }
        self._make_folder()
        try:
            with ExitStack() as undo:
                undo.callback(shutil.rmtree, folder, ignore_errors=True)  # made a moment ago
                self._lock = RecordingLock(folder / layout.LOCK)
                undo.callback(self._lock.release)
                self._journal = JournalWriter(folder / layout.JOURNAL, uuid)
                undo.callback(self._journal.close)
                self._store = DurableLocalStore(folder / layout.STORE)
                self._signal = layout.create(self._store, info, attributes)
                undo.pop_all()
        except OSError as error:
            raise RecordingError(f"{folder} cannot be recorded to: {error}") from error
        self._log(f"recording {info.name!r}: {info.n_channels} channels, {info.rate_hz:g} Hz")

        # All below is shared with the thread, under this condition.
        self._changed = threading.Condition()
        shape = (self._rows, info.n_channels)
        n_buffers = max(3, min(MAX_BUFFERS, MAX_BUFFER_BYTES // (4 * shape[0] * shape[1])))
        self._free = deque(np.full(shape, np.nan, np.float32) for _ in range(n_buffers))
        self._full: deque[tuple[int, int, Samples]] = deque()
        self._waiting: list[tuple[str, Table]] = []
        self._decisions: list[Decision] = []
        self._urgent = False
        self._stopping = False
        self._finished = False
        self._broken = False
        self._chunk = -1
        self._buffer: Samples | None = None
        self._position = 0
        self._stored_end = 0
        self._dropped_from: int | None = None
        self._stamp = (0, math.nan)
        self._next_stamp = 0
        self._meter = LevelMeter(info.n_channels, info.rate_hz)

        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="myoscope recorder", daemon=True)
        self._thread.start()

    @property
    def is_closing(self) -> bool:
        """True while the last samples and the tables are being written."""
        return self._stopping and self.state == layout.RECORDING

    @property
    def minutes_left(self) -> float:
        """Minutes of signal that the disk has room for, taken as it is before compression."""
        try:
            return shutil.disk_usage(self.folder).free / self._bytes_per_minute
        except OSError:  # the disk was pulled out
            return 0.0

    def write(self, block: Block, findings: Findings) -> None:
        """Take a Block and what was found in it; never waits for the disk in a live session."""
        with self._changed:
            if self._finished:
                return
            missing = block.first_sample - self._position
            if block.n_channels != self.info.n_channels:
                self._end_early(
                    f"a block has {block.n_channels} channels, "
                    f"the recording was made for {self.info.n_channels}"
                )
            elif missing < 0:
                self._end_early(
                    f"a block starts at sample {block.first_sample}, "
                    f"the recording has reached {self._position} already"
                )
            elif missing > MAX_GAP_S * self.info.rate_hz:
                self._end_early(
                    f"the stream jumped by {missing / self.info.rate_hz / 3600:.1f} hours; "
                    f"wanted a gap of at most {MAX_GAP_S / 3600:g} hours"
                )
            else:
                self._note_findings(findings)
                self._note_stamp(block)
                self._note_lost(missing)
                self._keep_samples(block)

    def finish(self, findings: Findings) -> None:
        """Take what the end of the stream made known, and hand the last second over."""
        with self._changed:
            if not self._finished:
                self._note_findings(findings)
                self._hand_over(self._stored_end)
                self._finished = True
                self._wake()

    def annotate(self, sample: int, text: str, author: str = "") -> None:
        """Keep a remark on a place of the recording; may be called from any thread.

        Raises
        ------
        RecordingStateError
            If the recording has failed or is closed.
        """
        if self.state != layout.RECORDING:
            raise RecordingStateError(
                f"the recording {self.folder} is {self.state} and takes no annotation"
            )
        rows = np.array([(sample, text, author)], layout.ANNOTATION_DTYPE)
        with self._changed:
            self._waiting.append(("annotations", rows))
            self._wake()

    def decide(self, decision: Decision) -> None:
        """Keep what a person decided; may be called from any thread, and after ``close``.

        While it is being recorded this never waits for the disk.

        Raises
        ------
        RecordingStateError
            If the disk has failed.
        RecordingError
            If it is closed and the disk refuses.
        """
        if self._broken:
            raise RecordingStateError(
                f"the recording {self.folder} cannot be written any more and takes no decision"
            )
        with self._changed:
            if not self._stopping:
                self._decisions.append(decision)
                self._wake()
                return
        with self._closing:  # until the tables are made
            pass
        try:
            append_decisions(self.folder, [decision])
            fold_decisions(self.folder)
        except OSError as error:
            raise RecordingError(f"{self.folder} takes no decision: {error}") from error

    def keep_truth(self, truth: Table) -> None:
        """Keep what a simulation put into the signal.

        Parameters
        ----------
        truth
            Structured array with the columns of ``layout.TRUTH_DTYPE``, ``kind`` as labels.
        """
        with self._changed:
            self._waiting.append(("truth", layout.truth_rows(truth)))

    def close(self) -> None:
        """Write what is waiting, the tables and the manifest; may be called twice.

        A disk that fails now makes the state "failed": ``repair`` does the rest later.
        """
        with self._closing:
            if self._stopping:
                return
            self.finish(Findings.none())
            with self._changed:
                self._stopping = True
                self._wake()
            self._thread.join()
            self._journal.close()
            try:
                # What the disk refused was measured, but is not there.
                levels = None if self._broken else self._meter.levels()
                fold(self.folder, layout.CLOSED, self.error, self._store.written, levels)
            except OSError as error:
                self._fail(f"the recording could not be closed: {error}")
            if self.state == layout.RECORDING:
                self.state = layout.CLOSED
            self._log(f"{self.state} after {self.durable_samples / self.info.rate_hz:.3f} s")
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _keep_samples(self, block: Block) -> None:
        while self._position < block.end_sample:
            chunk, row = divmod(self._position, self._rows)
            if chunk != self._chunk:
                self._hand_over((self._chunk + 1) * self._rows)
            buffer = self._buffer_of(chunk)
            if buffer is None:
                self._drop(block.end_sample)
                return
            self._note_overrun()
            start = self._position - block.first_sample
            n = min(self._rows - row, block.n_samples - start)
            buffer[row : row + n] = block.samples[start : start + n]
            self._meter.add(block.samples[start : start + n], self._position)
            self._position += n
            self._stored_end = self._position
            if row + n == self._rows:
                self._hand_over(self._position)

    def _buffer_of(self, chunk: int) -> Samples | None:
        """Return the buffer for ``chunk``, None where the disk has them all."""
        if self._buffer is None:
            if not self._live:
                self._changed.wait_for(lambda: self._free or self._broken)
            if self._free:
                self._chunk, self._buffer = chunk, self._free.popleft()
        return self._buffer

    def _hand_over(self, stop_sample: int) -> None:
        """Give the buffer in hand, if any, to the thread; it holds rows before ``stop_sample``."""
        if self._buffer is not None:
            self._full.append((self._chunk, stop_sample, self._buffer))
            self._chunk, self._buffer = -1, None
            self._changed.notify_all()

    def _drop(self, end_sample: int) -> None:
        if self._dropped_from is None:
            self._dropped_from = self._position
        self.overrun_samples += end_sample - self._position
        self._position = end_sample

    def _note_overrun(self) -> None:
        if self._dropped_from is not None:
            n = self._position - self._dropped_from
            self._note_gap(self._dropped_from, n, layout.OVERRUN)
            self._dropped_from = None

    def _note_lost(self, missing: int) -> None:
        if missing:
            self._note_overrun()
            self._note_gap(self._position, missing, layout.LOST)
            self._position += missing

    def _note_gap(self, first_sample: int, n_lost: int, reason: int) -> None:
        rows = np.array([(first_sample, n_lost, reason)], layout.GAP_DTYPE)
        self._waiting.append(("gaps", rows))

    def _note_stamp(self, block: Block) -> None:
        if not block.n_samples:
            return
        sample, clock_s = block.first_sample, block.clock_s
        before_sample, before_clock_s = self._stamp
        expected_s = before_clock_s + (sample - before_sample) / self.info.rate_hz
        jumped = abs(clock_s - expected_s) > CLOCK_JUMP_S
        came_or_went = math.isnan(clock_s) != math.isnan(before_clock_s)
        if sample >= self._next_stamp or block.lost_before or jumped or came_or_went:
            rows = np.array([(sample, clock_s, time.time())], layout.STAMP_DTYPE)
            self._waiting.append(("clock", rows))
            self._stamp = (sample, clock_s)
            self._next_stamp = sample + round(self.info.rate_hz * STAMP_S)

    def _note_findings(self, findings: Findings) -> None:
        for table, rows in (
            ("potentials", findings.potentials),
            ("trains", findings.trains),
            ("alerts", findings.alerts),
        ):
            if len(rows):
                self._waiting.append((table, rows.copy()))
        if len(findings.alerts):
            self._wake()

    def _wake(self) -> None:
        self._urgent = True
        self._changed.notify_all()

    def _end_early(self, sentence: str) -> None:
        """End the recording where it stands; what it holds is still written and closed."""
        self.finish(Findings.none())
        self._fail(sentence)

    def _fail(self, sentence: str) -> None:
        if self.state != FAILED:
            self.state, self.error = FAILED, sentence
            self._log(f"failed: {sentence}")

    def _run(self) -> None:
        stopping = False
        while not stopping:
            with self._changed:
                self._changed.wait_for(self._has_work, timeout=SYNC_S)
                waiting, self._waiting = self._waiting, []
                decisions, self._decisions = self._decisions, []
                full = self._full.popleft() if self._full else None
                stopping = self._stopping and not self._full
                self._urgent = False
            try:
                self._write_down(waiting, full)
                append_decisions(self.folder, decisions)
            except Exception as error:  # of the disk or of zarr: the session must go on
                with self._changed:
                    self._finished = self._broken = True
                    self._fail(f"{self.folder} cannot be written any more: {error}")
                    self._changed.notify_all()
                return

    def _has_work(self) -> bool:
        return bool(self._full) or self._urgent or self._stopping

    def _write_down(
        self, waiting: list[tuple[str, Table]], full: tuple[int, int, Samples] | None
    ) -> None:
        # The journal first: it says which rows of the chunk are gaps.
        for table in layout.TABLES:
            rows = [piece for name, piece in waiting if name == table]
            if rows:
                joined = np.concatenate(rows)
                # A train changes with each of its potentials; once a second is enough.
                self._journal.add_rows(
                    table, newest_rows(joined, "train") if table == "trains" else joined
                )
        self._journal.sync()
        if full is not None:
            chunk, stop_sample, buffer = full
            start_sample = chunk * self._rows
            self._signal.resize((stop_sample, self.info.n_channels))
            self._signal[start_sample:stop_sample] = buffer[: stop_sample - start_sample]
            self.durable_samples = stop_sample
            buffer.fill(np.nan)
            with self._changed:
                self._free.append(buffer)
                self._changed.notify_all()
            self._watch_disk()

    def _watch_disk(self) -> None:
        minutes = self.minutes_left
        if minutes < STOP_MINUTES:
            with self._changed:
                if not self._finished:
                    self._end_early(
                        f"the disk of {self.folder} has room for {minutes:.1f} minutes; the "
                        f"recording stopped at {self._stored_end / self.info.rate_hz:.1f} s and "
                        "is complete up to there"
                    )

    def _make_folder(self) -> None:
        parent = self.folder.absolute().parent
        try:
            make_folder_durably(parent)
            free_bytes = shutil.disk_usage(parent).free
            wanted_bytes = int(START_MINUTES * self._bytes_per_minute)
            if free_bytes < wanted_bytes:
                raise DiskSpaceError(
                    parent, free_bytes, wanted_bytes, f"for {START_MINUTES:g} minutes of signal"
                )
            try:
                self.folder.mkdir(mode=FOLDER_MODE)
            except FileExistsError as error:
                raise RecordingExistsError(
                    f"{self.folder} exists already; wanted a new folder, recordings are never "
                    "overwritten"
                ) from error
            force_folder_to_disk(parent)
        except RecordingError:
            raise
        except OSError as error:
            raise RecordingError(f"{self.folder} cannot be made: {error}") from error

    def _log(self, sentence: str) -> None:
        moment = datetime.now(UTC).isoformat(timespec="milliseconds")
        try:
            path = self.folder / layout.LOG
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE_MODE)
            try:
                write_all(descriptor, f"{moment} {sentence}\n".encode())
            finally:
                os.close(descriptor)
        except OSError:
            pass  # a full disk has no room for its own obituary; ``error`` has it


def _check_json(name: str, values: Mapping[str, Any] | None) -> None:
    try:
        json.dumps(dict(values or {}), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise RecordingError(f"{name} cannot be written as JSON: {error}") from error
