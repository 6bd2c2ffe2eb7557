"""A stream's description as JSON values, in a recording and between a session and its windows."""

from pathlib import Path
from typing import Any

from myoscope.acquisition.block import StreamInfo
from myoscope.acquisition.errors import StreamFormatError
from myoscope.recordings.errors import NotARecordingError


def stream_to_json(info: StreamInfo) -> dict[str, Any]:
    """Return ``info`` as JSON values."""
    return {
        "name": info.name,
        "rate_hz": info.rate_hz,
        "channel_labels": list(info.channel_labels),
        "unit": info.unit,
        "scale_uv": list(info.scale_uv),
        "unit_assumed": info.unit_assumed,
        "source_id": info.source_id,
        "metadata": dict(info.metadata),
    }


def stream_from_json(values: Any, path: Path) -> StreamInfo:
    """Return what ``stream_to_json`` was given.

    Raises
    ------
    NotARecordingError
        If ``values`` describe no stream; ``path`` names the recording in the sentence.
    """
    try:
        return StreamInfo(
            name=values["name"],
            rate_hz=float(values["rate_hz"]),
            channel_labels=tuple(values["channel_labels"]),
            unit=values["unit"],
            scale_uv=tuple(values["scale_uv"]),
            unit_assumed=values["unit_assumed"],
            source_id=values["source_id"],
            metadata=dict(values["metadata"]),
        )
    except (KeyError, TypeError, ValueError, StreamFormatError) as error:
        raise NotARecordingError(f"{path} does not describe its stream: {error}") from error
