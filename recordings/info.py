"""``RecordingSummary``: what there is to say about a recording on one screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from myoscope.recordings.reader import Recording
from myoscope.recordings.tables import count_kinds


@dataclass(frozen=True, slots=True)
class RecordingSummary:
    """What a recording holds.

    Attributes
    ----------
    folder, state, is_being_written
        As in ``Recording``.
    format_version
        Of the layout on the disk.
    created_utc
        ISO 8601.
    end_reason
        Why it ended early; "" where it did not.
    stream_name, source_id, unit, unit_assumed, channel_labels
        As in ``StreamInfo``.
    rate_hz, effective_rate_hz
        Nominal, and by the source's clock; NaN where that is not known.
    n_samples, duration_s
        Length, lost samples included.
    gaps, lost_samples
        Places at which samples are missing, and how many.
    potentials, trains, alerts
        Number of each kind, by its label; potentials by their final kind.
    annotations
        Number of remarks.
    decisions
        Number of decisions that hold.
    stored_bytes
        On the disk, all files.
    settings, metadata, software
        As they were when it was recorded.
    """

    folder: Path
    state: str
    is_being_written: bool
    format_version: int
    created_utc: str
    end_reason: str
    stream_name: str
    source_id: str
    unit: str
    unit_assumed: bool
    channel_labels: tuple[str, ...]
    rate_hz: float
    effective_rate_hz: float
    n_samples: int
    duration_s: float
    gaps: int
    lost_samples: int
    potentials: Mapping[str, int]
    trains: Mapping[str, int]
    alerts: Mapping[str, int]
    annotations: int
    decisions: int
    stored_bytes: int
    settings: Mapping[str, Any]
    metadata: Mapping[str, Any]
    software: Mapping[str, str]


def summarise(recording: Recording) -> RecordingSummary:
    """Return what there is to say about ``recording``; reads no sample."""
    info, attributes, lost = recording.info, recording.attributes, recording.lost
    effective_rate_hz = attributes.get("effective_rate_hz")
    return RecordingSummary(
        folder=recording.folder,
        state=recording.state,
        is_being_written=recording.is_being_written,
        format_version=attributes["format_version"],
        created_utc=attributes["created_utc"],
        end_reason=attributes.get("end_reason", ""),
        stream_name=info.name,
        source_id=info.source_id,
        unit=info.unit,
        unit_assumed=info.unit_assumed,
        channel_labels=info.channel_labels,
        rate_hz=info.rate_hz,
        effective_rate_hz=np.nan if effective_rate_hz is None else effective_rate_hz,
        n_samples=recording.n_samples,
        duration_s=recording.n_samples / info.rate_hz,
        gaps=len(lost),
        lost_samples=sum(n for _, n in lost),
        potentials=count_kinds(recording.final_kinds),
        trains=count_kinds(recording.trains["kind"]),
        alerts=count_kinds(recording.alerts["kind"]),
        annotations=len(recording.annotations),
        decisions=len(recording.decisions.standing()),
        stored_bytes=sum(p.stat().st_size for p in recording.folder.rglob("*") if p.is_file()),
        settings=recording.settings,
        metadata=attributes["metadata"],
        software=attributes["software"],
    )
