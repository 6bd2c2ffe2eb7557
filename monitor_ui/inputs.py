"""Sources by the words of the command line: a live stream, a file or a scenario."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

from myoscope.acquisition.archive import Archive, open_archive
from myoscope.acquisition.archives.base import Hints
from myoscope.acquisition.clock import Clock, SystemClock
from myoscope.acquisition.replay import ReplaySource
from myoscope.acquisition.source import Source
from myoscope.monitor_ui.file_words import FileWords

if TYPE_CHECKING:
    from myoscope.recordings.reader import Recording

# Where nobody watches, an amplifier that is away for so long has been switched off.
GIVE_UP_AFTER_S = 5.0


def open_file(path: Path, words: FileWords | None = None) -> Archive:
    """Open one of our recordings, or a file of any format that can be read.

    Raises
    ------
    AcquisitionError, RecordingError
        If it cannot be opened; the sentence names the file and what was wanted.
    """
    words = words or FileWords()
    if _is_recording(path):
        # Zarr takes longest to import of all that a replay may need.
        from myoscope.recordings.reader import open_recording

        recording = open_recording(path)
        return recording if words == FileWords() else _restated(recording, words)
    return open_archive(
        path,
        rate_hz=words.rate_hz,
        unit=words.unit,
        channels=_channels(words),
        stream=words.stream,
    )


def _restated(recording: "Recording", words: FileWords) -> Archive:
    from myoscope.monitor_ui.restated import RestatedRecording

    try:
        hints = Hints(words.rate_hz, words.unit, _channels(words))
        return RestatedRecording(recording, hints)
    except Exception:
        recording.close()
        raise


def _channels(words: FileWords) -> list[int | str] | None:
    return [int(word) if word.isdecimal() else word for word in words.channels] or None


def open_replay(
    path: Path,
    words: FileWords | None = None,
    *,
    clock: Clock | None = None,
    speed: float = 1.0,
    seconds: float | None = None,
    block_ms: float | None = None,
) -> ReplaySource:
    """Open a file as a stream, paced by ``clock`` or as fast as it goes without one.

    Only the first ``seconds`` of it where they are given.
    """
    archive = open_file(path, words)
    stop_sample = None
    if seconds is not None:
        stop_sample = min(archive.n_samples, round(seconds * archive.info.rate_hz))
    try:
        return ReplaySource(
            archive, clock=clock, speed=speed, stop_sample=stop_sample, block_ms=block_ms
        )
    except Exception:
        archive.close()
        raise


def open_scenario(
    scenario: str,
    *,
    rate_hz: float,
    n_channels: int,
    seconds: float | None,
    seed: int,
    speed: float = 1.0,
    block_ms: float = 5.0,
) -> Source:
    """Open the virtual patient as a stream in real time; endless where ``seconds`` is None."""
    from myoscope.acquisition.simulation import SimulatedSource

    return SimulatedSource(
        scenario,
        rate_hz=rate_hz,
        n_channels=n_channels,
        seconds=seconds,
        seed=seed,
        clock=SystemClock(),
        speed=speed,
        block_ms=block_ms,
        keep_truth=False,
    )


def open_stream(
    words: str, wait_s: float, unit: str | None = None, *, outlasts_silence: bool = False
) -> Source:
    """Connect to an LSL stream by its name, or by ``type=…`` or ``source_id=…``.

    One that goes is waited for without end where it ``outlasts_silence``, else for some seconds.
    """
    from myoscope.acquisition.lsl import LslSource

    key, equals, value = words.partition("=")
    if not (equals and key in ("name", "type", "source_id")):
        key, value = "name", words
    return LslSource(
        name=value if key == "name" else None,
        type=value if key == "type" else None,
        source_id=value if key == "source_id" else None,
        timeout_s=wait_s,
        unit=unit or "",
        give_up_after_s=math.inf if outlasts_silence else GIVE_UP_AFTER_S,
    )


def real_time() -> Clock:
    """Return the clock that paces a replay like the original."""
    return SystemClock()


def _is_recording(path: Path) -> bool:
    return path.suffix == ".zarr" or (path / "recording.zarr").is_dir()
