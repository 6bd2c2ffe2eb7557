"""``TrainView``: what the panels say of one train, from one reading of the mailbox."""

import math
from dataclasses import dataclass

from myoscope.dsp_core.evidence import Evidence, evidence
from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.recordings.decisions import Decision, What


@dataclass(frozen=True, slots=True)
class TrainView:
    """A train as it is known now; numbers are NaN while they are not known.

    Attributes
    ----------
    train, channel
        Which train, and where.
    detected
        The detector's word.
    verdict
        The examiner's; None where there is none.
    negative_up
        The way up in which waveforms are drawn.
    evidence
        What it was judged by; None in recordings of before there was such a thing.
    """

    train: int
    channel: int
    detected: Kind
    verdict: Decision | None
    negative_up: bool
    potentials: int
    onset_sample: int
    offset_sample: int
    rate_hz: float = math.nan
    interval_cv: float = math.nan
    amplitude_uv: float = math.nan
    duration_ms: float = math.nan
    confidence: float = math.nan
    evidence: Evidence | None = None
    closed: bool = False

    @property
    def kind(self) -> Kind:
        """The examiner's word before the detector's."""
        verdict = self.verdict
        if verdict is not None and verdict.what is What.RENAME and verdict.kind is not None:
            return verdict.kind
        return self.detected


def waiting_for(view: TrainView | None) -> str:
    """Return why nothing is drawn of a train."""
    if view is None:
        return "waits for a train"
    return "too long ago to be drawn" if view.closed else "waits for potentials"


def train_view(mailbox: Mailbox, train: int | None, negative_up: bool) -> TrainView | None:
    """Return what is known of a train; None where nothing is."""
    row = mailbox.train_row(train) if train is not None else None
    if row is None:
        return None
    return TrainView(
        train=int(row["train"]),
        channel=int(row["channel"]),
        detected=Kind(int(row["kind"])),
        verdict=mailbox.verdict(int(row["train"])),
        negative_up=negative_up,
        potentials=int(row["potentials"]),
        onset_sample=int(row["onset_sample"]),
        offset_sample=int(row["offset_sample"]),
        rate_hz=float(row["rate_hz"]),
        interval_cv=float(row["interval_cv"]),
        amplitude_uv=float(row["amplitude_uv"]),
        duration_ms=float(row["duration_ms"]),
        confidence=float(row["confidence"]),
        evidence=evidence(row) if row["duration_ms"] > 0 else None,
        closed=bool(row["closed"]),
    )
