"""``Watched``: what a window watches, wherever its session runs."""

import getpass
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from myoscope.acquisition.block import StreamInfo
    from myoscope.dsp_core.settings import DetectorSettings
    from myoscope.monitor_ui.mailbox import Mailbox
    from myoscope.recordings.decisions import Decision

LIVE = "LIVE"
REPLAY = "REPLAY"
SIMULATION = "SIMULATION"
REVIEW = "REVIEW"


class RecorderState(Protocol):
    """What a window says about a recording in progress."""

    @property
    def folder(self) -> Path:
        """Of the recording."""
        ...

    @property
    def state(self) -> str:
        """One of "recording", "closing", "closed" and "failed"."""
        ...

    @property
    def error(self) -> str:
        """Why it failed; "" where it did not."""
        ...

    @property
    def minutes_left(self) -> float:
        """Minutes of signal that the disk has room for."""
        ...

    @property
    def overrun_samples(self) -> int:
        """Samples that are missing because the disk was too slow."""
        ...


class Watched(Protocol):
    """A session as a window sees it: in this process, in another one, or long over.

    Attributes
    ----------
    mode
        ``LIVE``, ``REPLAY``, ``SIMULATION`` or ``REVIEW``.
    examiner
        Who decides, for the record.
    decision_error
        Why the newest decision could not be kept on the disk; "" where it was.
    recording_error
        Why no recording could be begun; "" where it could.
    """

    mode: str
    examiner: str
    decision_error: str
    recording_error: str

    @property
    def info(self) -> "StreamInfo":
        """The stream."""
        ...

    @property
    def settings(self) -> "DetectorSettings":
        """What the detector goes by."""
        ...

    @property
    def mailbox(self) -> "Mailbox":
        """What screens read."""
        ...

    @property
    def recorders(self) -> Sequence[RecorderState]:
        """The recordings that the session made, in their order."""
        ...

    @property
    def recorder(self) -> RecorderState | None:
        """The newest recording, in progress or over, or None."""
        ...

    @property
    def error(self) -> Exception | None:
        """What ended the session before its time, or None."""
        ...

    @property
    def running(self) -> bool:
        """True until everything is closed."""
        ...

    @property
    def stop_requested(self) -> bool:
        """True once somebody asked the session to end."""
        ...

    def decide(self, decision: "Decision") -> None:
        """Keep a decision, on the screen and in the recording; never waits for the disk."""
        ...

    def record(self) -> None:
        """Begin a recording of what comes from now on; where none is made."""
        ...

    def stop_recording(self) -> None:
        """End the recording, and nothing else."""
        ...

    def stop(self) -> None:
        """Ask the session to end."""
        ...

    def close(self) -> None:
        """End it, and return when everything is closed."""
        ...


def examiner_by_login() -> str:
    """Return the name under which somebody is logged in, "" where that cannot be told."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return os.environ.get("USERNAME", "")
