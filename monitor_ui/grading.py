"""What can be graded, the keys for it, and what the trains suggest; no Qt here."""

from collections.abc import Sequence
from dataclasses import dataclass

from myoscope.dsp_core.findings import Table
from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.place import Place
from myoscope.recordings.grade import suggest_grade


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


def suggestion(
    kind: Kind, trains: Table, sites: Sequence[Place], rate_hz: float, now_sample: int
) -> str:
    """Return the grade that the sites of a muscle suggest, or "" where nothing can be said.

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

    Notes
    -----
    Persistent potentials in one or two areas suggest 1+, in three or more 2+; how many there are,
    which 3+ and 4+ ask for, is left to the examiner, as is everything in the end.
    """
    if not sites or kind is Kind.INSERTIONAL_ACTIVITY:
        return ""
    of_kind = trains[trains["kind"] == kind]
    persistent = 0
    found = False
    for site in sites:
        here = of_kind[
            (of_kind["offset_sample"] >= site.start_sample)
            & (of_kind["onset_sample"] < site.stop_sample)
        ]
        found = found or bool(len(here))
        if kind.is_denervation:
            grades = (suggest_grade(here, int(c), rate_hz).grade for c in set(here["channel"]))
            persistent += any(grade == "1+" for grade in grades)
    if persistent:
        return "2+" if persistent >= 3 else "1+"
    watched_s = (now_sample - sites[0].start_sample) / rate_hz
    return "0" if not found and watched_s >= WATCHED_S else ""
