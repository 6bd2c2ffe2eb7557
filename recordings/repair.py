"""``repair``: finish what a killed recorder left."""

from dataclasses import dataclass
from pathlib import Path

from myoscope.recordings import layout
from myoscope.recordings.errors import RecordingError
from myoscope.recordings.fold import fold
from myoscope.recordings.journal import read_journal
from myoscope.recordings.lock import RecordingLock
from myoscope.recordings.reader import open_recording


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What a repair found and did.

    Attributes
    ----------
    changed
        False where the recording was in good order already.
    state
        Of the recording now.
    duration_s
        Of the recording now.
    damaged_journal_lines
        Lines of the journal whose checksum is wrong; what they held is not in the tables.
    """

    changed: bool
    state: str
    duration_s: float
    damaged_journal_lines: int


def repair(path: Path | str) -> RepairReport:
    """Fold the journal of a recording whose recorder died into its tables.

    A second time there is nothing left to do. Samples are never changed, and nothing that was
    recorded is removed.

    Parameters
    ----------
    path
        The recording's folder, or the zarr store in it.

    Raises
    ------
    NotARecordingError
        If there is none.
    RecordingBusyError
        If a living recorder is writing it.
    RecordingError
        If the disk refuses.
    """
    with open_recording(path) as found:
        folder, state = found.folder, found.state
        end_reason = str(found.attributes.get("end_reason", ""))
    damaged_lines = 0
    changed = state == layout.RECORDING or not (folder / layout.MANIFEST).exists()
    if changed:
        try:
            lock = RecordingLock(folder / layout.LOCK)
            try:
                damaged_lines = read_journal(folder / layout.JOURNAL).damaged_lines
                if state == layout.RECORDING:
                    state = layout.RECOVERED
                    end_reason = "the recorder ended without closing the recording"
                fold(folder, state, end_reason)
            finally:
                lock.release()
        except OSError as error:
            raise RecordingError(f"{folder} cannot be repaired: {error}") from error
    with open_recording(path) as now:
        duration_s = now.n_samples / now.info.rate_hz
        return RepairReport(changed, now.state, duration_s, damaged_lines)
