"""What can go wrong with a recording on disk."""

from pathlib import Path

from myoscope.acquisition.errors import ArchiveError


class RecordingError(Exception):
    """Anything that a recording reports in one sentence."""


class RecordingExistsError(RecordingError, FileExistsError):
    """A new recording would overwrite what is there already."""


class RecordingStateError(RecordingError, RuntimeError):
    """A recording that has failed or is closed was asked to take more."""


class RecordingBusyError(RecordingError, RuntimeError):
    """A recording is still being written, so it cannot be repaired."""


class DiskSpaceError(RecordingError, OSError):
    """The disk has no room for a recording.

    Attributes
    ----------
    free_bytes, wanted_bytes
        What the disk has and what was wanted of it.
    """

    def __init__(self, folder: Path, free_bytes: int, wanted_bytes: int, wanted_for: str) -> None:
        super().__init__(
            f"the disk of {folder} has {free_bytes / 1e6:.0f} MB free; "
            f"wanted {wanted_bytes / 1e6:.0f} MB, {wanted_for}"
        )
        self.free_bytes = free_bytes
        self.wanted_bytes = wanted_bytes


class NotARecordingError(RecordingError, ArchiveError):
    """A path holds no Myoscope recording, or one of a version that cannot be read."""


class DamagedRecordingError(RecordingError, ArchiveError):
    """A stretch of the signal cannot be read; the rest can.

    Attributes
    ----------
    start_sample, stop_sample
        The stretch.
    """

    def __init__(
        self, folder: Path, start_sample: int, stop_sample: int, rate_hz: float, found: str
    ) -> None:
        super().__init__(
            f"{folder} is damaged from {start_sample / rate_hz:.3f} s to "
            f"{stop_sample / rate_hz:.3f} s ({found}); the rest can be read"
        )
        self.start_sample = start_sample
        self.stop_sample = stop_sample


class DamagedTableError(RecordingError, ArchiveError):
    """A table of findings cannot be read; the signal can."""
