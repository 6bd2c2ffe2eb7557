"""``Place``: where the needle is, read from what the examiner has said."""

from collections.abc import Iterable
from dataclasses import dataclass

from myoscope.monitor_ui.muscles import Muscle, muscle_named
from myoscope.recordings.decisions import Decision, Decisions, Examination

PLANNED_SITES = 10
"""Usual plan of an examination: four quadrants with some advances each."""


@dataclass(frozen=True, slots=True)
class Place:
    """A site in a muscle.

    Attributes
    ----------
    muscle, side
        As the examiner chose them; "" while nothing was chosen.
    site
        Counted from 1 in each muscle.
    start_sample, stop_sample
        The stretch of the stream in which the needle was there.
    muscle_start_sample
        Where the muscle's first site begins.
    """

    muscle: str = ""
    side: str = ""
    site: int = 1
    start_sample: int = 0
    stop_sample: int = 0
    muscle_start_sample: int = 0

    @property
    def words(self) -> str:
        """``R tibialis anterior``, or that no muscle was chosen."""
        if not self.muscle:
            return "no muscle chosen"
        return f"{self.side[:1].upper()} {self.muscle}".strip()

    @property
    def known(self) -> Muscle | None:
        """The muscle's entry in the list; None for one that was typed."""
        return muscle_named(self.muscle)


def places(decisions: Iterable[Decision], n_samples: int) -> list[Place]:
    """Return the sites of a session in their order; the last one is where the needle is now."""
    found: list[Place] = []
    # One sample on: a site that was begun at the newest sample is there as well.
    for stretch in Decisions(decisions).examinations(n_samples + 1):
        found.append(_place(stretch, found[-1] if found else None))
    return found or [Place(stop_sample=n_samples + 1)]


def _place(stretch: Examination, before: Place | None) -> Place:
    same = before is not None and (before.muscle, before.side) == (stretch.muscle, stretch.side)
    if stretch.site.isdecimal():
        site = int(stretch.site)
    else:
        site = before.site + 1 if before is not None and same else 1
    start = before.muscle_start_sample if before is not None and same else stretch.start_sample
    return Place(
        stretch.muscle, stretch.side, site, stretch.start_sample, stretch.stop_sample, start
    )
