"""What can be graded, the keys for it, and what the trains suggest; no Qt here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from myoscope.dsp_core.findings import Table
from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui import wording
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.monitor_ui.place import Place
from myoscope.recordings.decisions import VERDICTS, What
from myoscope.recordings.grade import NOT_JUDGED, Site, SuggestedGrade, site_between, suggest_grade


@dataclass(frozen=True, slots=True)
class GradeRow:
    """A row of the grade entry.

    Attributes
    ----------
    kind
        What is graded.
    letter
        The key after G.
    values, words
        What is recorded, and what stands on the buttons; the key of each is its place.
    """

    kind: Kind
    letter: str
    values: tuple[str, ...]
    words: tuple[str, ...]


_PLUS = ("0", "1+", "2+", "3+", "4+")
GRADE_ROWS = (
    GradeRow(
        Kind.INSERTIONAL_ACTIVITY,
        "I",
        ("decreased", "normal", "increased"),
        ("Decr", "Norm", "Incr"),
    ),
    GradeRow(Kind.FIBRILLATION, "F", _PLUS, _PLUS),
    GradeRow(Kind.POSITIVE_SHARP_WAVE, "P", _PLUS, _PLUS),
    GradeRow(Kind.FASCICULATION, "A", _PLUS, _PLUS),
    GradeRow(Kind.COMPLEX_REPETITIVE_DISCHARGE, "C", _PLUS, _PLUS),
)
# An area is watched for at least so long before nothing is said to be there.
WATCHED_S = 5.0


def row_of(letter: str) -> GradeRow | None:
    """Return the row of a letter; None where there is none."""
    return next((row for row in GRADE_ROWS if row.letter == letter.upper()), None)


def suggestions(
    mailbox: Mailbox, trains: Table, sites: Sequence[Place], not_judged: Sequence[str] = ()
) -> dict[Kind, SuggestedGrade]:
    """Return what is suggested in each row for the muscle of the last of these sites.

    Parameters
    ----------
    mailbox
        Of the session; the examiner's word on a train counts before the detector's.
    trains
        ``TRAIN_DTYPE``; not changed.
    sites
        All of the session.
    not_judged
        For each channel why it cannot be judged, "" where it can.
    """
    now = sites[-1]
    of_muscle = [site for site in sites if (site.muscle, site.side) == (now.muscle, now.side)]
    trains = trains.copy()
    for train in {d.train for d in mailbox.decisions() if d.what in VERDICTS}:
        verdict = mailbox.verdict(train)
        if verdict is not None and verdict.what is not What.CONFIRM:
            kind = Kind.UNCLASSIFIED if verdict.kind is None else verdict.kind
            trains["kind"][trains["train"] == train] = kind
    rate_hz, newest = mailbox.info.rate_hz, mailbox.ring.newest
    return {
        row.kind: suggestion(row.kind, trains, of_muscle, rate_hz, newest, not_judged)
        for row in GRADE_ROWS
    }


def suggestion(
    kind: Kind,
    trains: Table,
    sites: Sequence[Place],
    rate_hz: float,
    now_sample: int,
    not_judged: Sequence[str] = (),
) -> SuggestedGrade:
    """Return the grade that the sites of a muscle suggest, and why; "" where none is.

    Parameters
    ----------
    kind
        The row.
    trains
        ``TRAIN_DTYPE``, with the kinds that hold.
    sites
        Of one muscle.
    rate_hz
        Sampling rate.
    now_sample
        Newest sample.
    not_judged
        For each channel why it cannot be judged, "" where it can; what was found there is left
        out, and where none can be judged nothing is suggested.

    Notes
    -----
    Sites, persistence and density suggest 1+ to 4+ of what is denervation; a single site suggests
    nothing yet, and everything is left to the examiner in the end.
    """
    if not any(not_judged):
        return _suggestion(kind, trains, sites, rate_hz, now_sample)
    words = wording.not_judged(not_judged)
    if all(not_judged):
        return SuggestedGrade(NOT_JUDGED, words)
    judged = [channel for channel, why in enumerate(not_judged) if not why]
    trains = trains[np.isin(trains["channel"], judged)]
    of_others = _suggestion(kind, trains, sites, rate_hz, now_sample)
    return replace(of_others, reason=f"{of_others.reason}; {words}")


def _suggestion(
    kind: Kind, trains: Table, sites: Sequence[Place], rate_hz: float, now_sample: int
) -> SuggestedGrade:
    if kind is Kind.INSERTIONAL_ACTIVITY:
        return SuggestedGrade("", "nothing is suggested; it is for the examiner's ear")
    if not sites:
        return SuggestedGrade("", "no site has been looked at")
    if kind.is_denervation:
        looks = [_look(kind, trains, site, rate_hz) for site in sites]
        of_sites = suggest_grade(looks)
        if of_sites.grade != "0":
            proposed = of_sites.grade if of_sites.grade in _PLUS else ""
            return SuggestedGrade(proposed, of_sites.reason)
    found = sum(
        len(_at(trains[trains["kind"] == kind], site.start_sample, site.stop_sample))
        for site in sites
    )
    if found:
        return SuggestedGrade("", f"{found} found; how many make a grade is for the examiner")
    watched_s = (now_sample - sites[0].start_sample) / rate_hz
    where = f"found in {watched_s:.0f} s at {len(sites)} site{'' if len(sites) == 1 else 's'}"
    if watched_s < WATCHED_S:
        return SuggestedGrade("", f"none {where}; 0 wants {WATCHED_S:g} s")
    return SuggestedGrade("0", f"none {where}")


def _look(kind: Kind, trains: Table, site: Place, rate_hz: float) -> Site:
    """Return what the busiest channel saw of a kind at a site."""
    stop = max(site.stop_sample, site.start_sample + 1)
    looks = [
        site_between(
            site.start_sample, stop, trains[trains["channel"] == channel], rate_hz, (kind,)
        )
        for channel in np.unique(trains["channel"])
    ]
    nothing = Site((stop - site.start_sample) / rate_hz, 0, 0.0, 0.0, 0.0)
    return max(looks, key=lambda look: (look.persistent, look.per_second), default=nothing)


def _at(trains: Table, start: int, stop: int) -> Table:
    at: Table = trains[(trains["offset_sample"] >= start) & (trains["onset_sample"] < stop)]
    return at
