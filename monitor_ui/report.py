"""``Report``: what a recording holds, in the order in which one reads it; no layout here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from myoscope.acquisition.errors import ArchiveError
from myoscope.dsp_core.errors import SettingError
from myoscope.dsp_core.evidence import evidence
from myoscope.dsp_core.findings import Table
from myoscope.dsp_core.kinds import Kind
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui import wording
from myoscope.monitor_ui.grading import GRADE_ROWS, suggestion
from myoscope.monitor_ui.place import Place, places
from myoscope.monitor_ui.recorded_findings import RecordedFindings
from myoscope.monitor_ui.report_waveforms import Waveform, cut_out
from myoscope.recordings.decisions import What
from myoscope.recordings.info import RecordingSummary, summarise
from myoscope.recordings.reader import Recording

TRAINS_SHOWN = 24
ITEMS_FOR, ITEMS_AGAINST = 3, 2
# Less before the first muscle was named is only the time that it took to name it.
UNNAMED_S = 5.0
WAVEFORMS_SHOWN = 12
# Fibrillations and positive sharp waves appear in paraspinal muscles after 7 to 10 days, in the
# limbs after about 14, in distal muscles after 3 to 6 weeks, and last 18 to 24 months (Willmott
# 2012, doi 10.1002/mus.23310).
EARLY_DAYS = 42
LATE_DAYS = 18 * 30
EARLY = (
    "The injury was {days} days before. Fibrillations and positive sharp waves appear after 7–10 "
    "days in paraspinal muscles, after about 14 days in the limbs and after 3–6 weeks in distal "
    "muscles: that none were found this early proves nothing."
)
LATE = (
    "The injury was about {months} months before. Fibrillations and positive sharp waves last "
    "18–24 months, or until the muscle is reinnervated or fibrotic: that none are found this late "
    "does not prove that there were none."
)
BEFORE = "The recording was made before the date that was given for the injury."
NOTE = (
    "Research use only. No diagnosis: suggestions of a program, and what the examiner decided, "
    "stand beside each other."
)


@dataclass(frozen=True, slots=True)
class SiteRow:
    """What was found at one site.

    Attributes
    ----------
    place
        Muscle, side and site.
    seconds
        For how long.
    insertions
        Movements of the needle that were marked.
    per_minute
        Potentials a minute of each kind, by what the examiner holds them for.
    counts
        How many there were.
    """

    place: Place
    seconds: float
    insertions: int
    counts: Counter[Kind]

    def per_minute(self, kind: Kind) -> float:
        """Return how many of a kind there were in a minute."""
        return 60 * self.counts[kind] / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class GradeCell:
    """A grade: the examiner's beside the suggested one; "" where there is none."""

    kind: Kind
    given: str
    suggested: str
    suggested_then: str
    author: str


@dataclass(frozen=True, slots=True)
class MuscleRow:
    """One muscle with its sites and grades."""

    place: Place
    sites: tuple[SiteRow, ...]
    grades: tuple[GradeCell, ...]


@dataclass(frozen=True, slots=True)
class TrainRow:
    """One train: the detector's word, the examiner's, and what both could go by."""

    train: int
    channel_label: str
    place: Place | None
    detected: Kind
    verdict: str
    raised_alert: bool
    onset_s: float
    seconds: float
    potentials: int
    rhythm: str
    amplitude_uv: float
    confidence: float
    further: str


@dataclass(frozen=True, slots=True)
class Report:
    """All of it.

    Attributes
    ----------
    summary
        Session, device, rates, settings, versions.
    device
        What the source said about itself, and what was noted when it was recorded.
    made_utc
        When the report was made.
    warnings
        Sentences that come first.
    muscles
        In the order in which they were examined.
    trains
        Those with alerts and verdicts first, then the longest.
    trains_left_out
        How many more there are.
    waveforms
        Representative potentials.
    remarks
        (time, words, author) of what the examiner marked.
    gaps
        (start, seconds) of what is missing.
    """

    summary: RecordingSummary
    device: Mapping[str, object]
    made_utc: str
    warnings: tuple[str, ...]
    muscles: tuple[MuscleRow, ...]
    trains: tuple[TrainRow, ...]
    trains_left_out: int
    waveforms: tuple[Waveform, ...]
    remarks: tuple[tuple[float, str, str], ...]
    gaps: tuple[tuple[float, float], ...]


def make_report(recording: Recording, injury: date | None = None) -> Report:
    """Read a recording for its report.

    Parameters
    ----------
    recording
        Finished, broken off or still growing.
    injury
        Day of the injury, where it is known.
    """
    findings, decisions = RecordedFindings(recording), recording.decisions
    summary = summarise(recording)
    rate_hz = recording.info.rate_hz
    sites = places(decisions.made, recording.n_samples) or [Place()]
    rows = findings.potentials
    held = [
        decisions.kind_of(channel, sample, train, Kind(kind))
        for channel, sample, train, kind in zip(
            rows["channel"].tolist(),
            rows["sample"].tolist(),
            rows["train"].tolist(),
            findings.kinds.tolist(),
            strict=True,
        )
    ]
    trains = findings.trains.copy()
    for verdict in decisions.verdicts():
        if verdict.what is not What.CONFIRM:
            kind = Kind.UNCLASSIFIED if verdict.kind is None else verdict.kind
            trains["kind"][trains["train"] == verdict.train] = kind
    shown = _train_rows(recording, findings, sites)
    warnings = list(_warnings(recording, findings, injury))
    return Report(
        summary=summary,
        device={**recording.info.metadata, **summary.metadata},
        made_utc=datetime.now(UTC).isoformat(timespec="seconds"),
        warnings=tuple(warnings),
        muscles=tuple(_muscles(recording, sites, rows["sample"].tolist(), held, trains)),
        trains=tuple(shown[:TRAINS_SHOWN]),
        trains_left_out=max(0, len(shown) - TRAINS_SHOWN),
        waveforms=tuple(_waveforms(recording, findings, trains)),
        remarks=tuple(
            (made.sample / rate_hz, made.value, made.author)
            for made in decisions.standing()
            if made.what is What.MARKER
        ),
        gaps=tuple(((end - n) / rate_hz, n / rate_hz) for end, n in recording.lost),
    )


def _warnings(recording: Recording, findings: RecordedFindings, injury: date | None) -> list[str]:
    said = []
    if injury is not None:
        made = datetime.fromisoformat(str(recording.attributes["created_utc"])).date()
        days = (made - injury).days
        if days < 0:
            said.append(BEFORE)
        elif days < EARLY_DAYS:
            said.append(EARLY.format(days=days))
        elif days > LATE_DAYS:
            said.append(LATE.format(months=days // 30))
    if recording.info.unit_assumed:
        said.append(
            "The source did not say its unit; microvolts were assumed, so amplitudes may be wrong."
        )
    if recording.is_being_written:
        said.append("The recording was still being made; the report ends where it had come to.")
    elif recording.state == "recording":
        said.append("The recording was broken off; myoscope repair finishes it.")
    elif recording.attributes.get("end_reason"):
        said.append(f"The recording ended early: {recording.attributes['end_reason']}.")
    if findings.damage:
        said.append(findings.damage)
    return said


def _muscles(
    recording: Recording,
    sites: Sequence[Place],
    samples: list[int],
    held: list[Kind | None],
    trains: Table,
) -> list[MuscleRow]:
    rate_hz, n_samples = recording.info.rate_hz, recording.n_samples
    decisions = recording.decisions
    insertions = [d.sample for d in decisions.standing() if d.what is What.INSERTION]
    found = []
    of_muscle: dict[tuple[str, str], list[Place]] = {}
    for site in sites:
        of_muscle.setdefault((site.muscle, site.side), []).append(site)
    for (muscle, side), its_sites in of_muscle.items():
        rows = []
        for site in its_sites:
            stop = min(site.stop_sample, n_samples)
            first, last = np.searchsorted(samples, (site.start_sample, stop)).tolist()
            rows.append(
                SiteRow(
                    place=site,
                    seconds=(stop - site.start_sample) / rate_hz,
                    insertions=sum(site.start_sample <= place < stop for place in insertions),
                    counts=Counter(kind for kind in held[first:last] if kind is not None),
                )
            )
        given = decisions.grades(muscle, side, n_samples)
        grades = tuple(
            GradeCell(
                kind=row.kind,
                given=given[row.kind].value if row.kind in given else "",
                suggested=suggestion(row.kind, trains, its_sites, rate_hz, n_samples).grade,
                suggested_then=given[row.kind].suggestion if row.kind in given else "",
                author=given[row.kind].author if row.kind in given else "",
            )
            for row in GRADE_ROWS
        )
        seconds = sum(row.seconds for row in rows)
        if muscle or given or seconds >= UNNAMED_S or len(of_muscle) == 1:
            found.append(MuscleRow(its_sites[0], tuple(rows), grades))
    return found


def _train_rows(
    recording: Recording, findings: RecordedFindings, sites: Sequence[Place]
) -> list[TrainRow]:
    rate_hz, decisions = recording.info.rate_hz, recording.decisions
    alerted = set(findings.alerts["train"].tolist())
    rows = []
    for row in findings.trains:
        train, kind = int(row["train"]), Kind(int(row["kind"]))
        verdict = decisions.verdict(train)
        if not kind.raises_alert and verdict is None:
            continue
        onset = int(row["onset_sample"])
        words = ""
        if verdict is not None:
            words = {
                What.CONFIRM: "confirmed",
                What.REJECT: "rejected",
            }.get(verdict.what, f"renamed: {verdict.kind.words if verdict.kind else 'nothing'}")
            words += f" ({verdict.author})" if verdict.author else ""
        rows.append(
            TrainRow(
                train=train,
                channel_label=recording.info.channel_labels[int(row["channel"])],
                place=next((s for s in sites if s.start_sample <= onset < s.stop_sample), None),
                detected=kind,
                verdict=words,
                raised_alert=train in alerted,
                onset_s=onset / rate_hz,
                seconds=(int(row["offset_sample"]) - onset) / rate_hz,
                potentials=int(row["potentials"]),
                rhythm=wording.rhythm(float(row["rate_hz"]), float(row["interval_cv"])),
                amplitude_uv=float(row["amplitude_uv"]),
                confidence=float(row["confidence"]),
                further=_further(row, int(recording.attributes["format_version"])),
            )
        )
    rows.sort(key=lambda row: (not row.verdict, not row.raised_alert, -row.potentials))
    return rows


def _further(row: np.void, version: int) -> str:
    """Return what speaks most for the train's kind and against it, as far as it was recorded."""
    if version < 2:
        return ""
    found = evidence(row)
    speaks_for = [f"{item.what} {item.words}" for item in found.items if item.weight > 0]
    against = [f"{item.what} {item.words}" for item in found.items if item.weight < 0]
    against += found.context.words
    parts = [", ".join(speaks_for[:ITEMS_FOR])]
    if against:
        parts.append(f"against: {', '.join(against[:ITEMS_AGAINST])}")
    return "; ".join(part for part in parts if part)


def _waveforms(recording: Recording, findings: RecordedFindings, trains: Table) -> list[Waveform]:
    """Return the clearest train of each kind on each channel."""
    try:
        settings = DetectorSettings.from_dict(recording.settings)
    except (SettingError, TypeError):
        settings = DetectorSettings()
    best: dict[tuple[int, int], np.void] = {}
    for row in trains:
        kind = Kind(int(row["kind"]))
        place = int(row["kind"]), int(row["channel"])
        clearer = place not in best or _clearness(row) > _clearness(best[place])
        if kind.raises_alert and clearer:
            best[place] = row
    found = []
    for _, row in sorted(best.items())[:WAVEFORMS_SHOWN]:
        of_train = findings.potentials["train"] == row["train"]
        samples = findings.potentials["sample"][of_train]
        try:
            wave = cut_out(
                recording, settings, samples, int(row["channel"]), Kind(int(row["kind"]))
            )
        except ArchiveError:
            continue
        if wave is not None:
            found.append(wave)
    return found


def _clearness(row: np.void) -> tuple[float, int]:
    return float(row["confidence"]), int(row["potentials"])
