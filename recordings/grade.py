"""The grade of spontaneous activity that a muscle's needle positions suggest, 0 to 4+."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from myoscope.dsp_core.findings import Table
from myoscope.dsp_core.kinds import DENERVATION, Kind

# "Persistent (> 2-3 s)" in the usual grading (StatPearls, Abnormal Spontaneous EMG Activity);
# the longer one, so that the suggestion errs towards less.
PERSISTENT_S = 3.0
# "Moderate numbers", "many" and "fill the baseline" have no numbers in the literature. These are
# ours: potentials in a second, or share of the time in which there is one. A fibre fires at 0.5 to
# 15 Hz, so that moderate wants a quick fibre or several slow ones, and many wants several.
MODERATE_PER_S = 2.0
MANY_PER_S = 10.0
FILLING_SHARE = 0.5
# In the place of a grade where the signal cannot be a needle's.
NOT_JUDGED = "not judged"
# Shorter looks are no site: each position is watched half a second to several seconds.
SHORTEST_LOOK_S = 0.5
# Bursts of a moving needle that are nearer to each other are one movement.
SAME_MOVEMENT_S = 1.0
# A train that goes on for so long before and after a burst shows that the needle stayed.
STAYED_S = 1.0


@dataclass(frozen=True, slots=True)
class SuggestedGrade:
    """What the needle positions of a muscle say about its grade.

    Attributes
    ----------
    grade
        ``"0"``, ``"not persistent"``, ``"one site"``, ``"1+"``, ``"2+"``, ``"3+"`` or ``"4+"``;
        ``NOT_JUDGED`` where the signal cannot be a needle's.
    reason
        A sentence.
    """

    grade: str
    reason: str


@dataclass(frozen=True, slots=True)
class Site:
    """What was seen of fibrillations and positive sharp waves at one position of the needle.

    Attributes
    ----------
    seconds
        For how long it was watched.
    trains
        How many there were.
    longest_s
        How long the longest went on there.
    per_second
        Potentials in a second.
    filled
        Share of the time in which there was one, 0 to 1.
    """

    seconds: float
    trains: int
    longest_s: float
    per_second: float
    filled: float

    @property
    def persistent(self) -> bool:
        """Whether a train went on for longer than ``PERSISTENT_S``."""
        return self.longest_s > PERSISTENT_S


def suggest_grade(sites: Sequence[Site]) -> SuggestedGrade:
    """Return the grade that a muscle's sites suggest; it remains for the examiner to grade.

    Notes
    -----
    1+ wants persistent potentials in at least two areas, 2+ moderate numbers in three or more, 3+
    many in all, 4+ a baseline that is filled everywhere; a single, unsustained or one-site
    potential is no 1+ (StatPearls, Abnormal Spontaneous EMG Activity). 3+ and 4+ want at least the
    three areas that 2+ wants.
    """
    n_trains = sum(site.trains for site in sites)
    if not n_trains:
        return SuggestedGrade("0", "no train of fibrillations or positive sharp waves was found")
    longest_s = max(site.longest_s for site in sites)
    persistent = [site for site in sites if site.persistent]
    seen = f"{_counted(n_trains, 'train')}, the longest of {longest_s:.1f} s"
    if not persistent:
        return SuggestedGrade(
            "not persistent", f"{seen}; a grade wants more than {PERSISTENT_S:g} s"
        )
    where = f"persistent at {len(persistent)} of {_counted(len(sites), 'site')}"
    if len(persistent) == 1:
        return SuggestedGrade("one site", f"{seen}, {where}; 1+ wants two sites")
    moderate = [site for site in persistent if site.per_second >= MODERATE_PER_S]
    numbers = f"{where}, {_range([site.per_second for site in persistent])} potentials a second"
    if len(moderate) < 3:
        return SuggestedGrade(
            "1+", f"{numbers}; 2+ wants {MODERATE_PER_S:g} or more at three sites"
        )
    everywhere = len(persistent) == len(sites)
    if everywhere and all(site.filled >= FILLING_SHARE for site in sites):
        return SuggestedGrade("4+", f"{numbers}; the baseline is filled everywhere")
    if everywhere and all(site.per_second >= MANY_PER_S for site in sites):
        return SuggestedGrade("3+", f"{numbers}; 4+ wants a baseline that is filled everywhere")
    return SuggestedGrade("2+", f"{numbers}; 3+ wants {MANY_PER_S:g} or more at all sites")


def site_between(
    start: int,
    stop: int,
    trains: Table,
    rate_hz: float,
    kinds: Sequence[Kind] = DENERVATION,
) -> Site:
    """Return what was seen from one sample up to another.

    Parameters
    ----------
    start, stop
        Samples between which the needle stayed; ``stop`` greater than ``start``.
    trains
        Structured array of ``TRAIN_DTYPE``, the newest row of each train of one channel. Of one
        that began before or ended after, the potentials count by its share of time.
    rate_hz
        Sampling rate.
    kinds
        What counts.
    """
    first = np.maximum(trains["onset_sample"], start)
    last = np.minimum(trains["offset_sample"], stop)
    there = np.isin(trains["kind"], kinds) & (last > first)
    rows, inside = trains[there], (last - first)[there]
    potentials = rows["potentials"] * inside / (rows["offset_sample"] - rows["onset_sample"])
    seconds = (stop - start) / rate_hz
    return Site(
        seconds=seconds,
        trains=len(rows),
        longest_s=float(inside.max(initial=0)) / rate_hz,
        per_second=float(potentials.sum()) / seconds,
        filled=min(1.0, 1e-3 * float((potentials * _durations_ms(rows)).sum()) / seconds),
    )


def _durations_ms(trains: Table) -> npt.NDArray[np.float64]:
    """Return how long a potential of each train lasts; the typical where a row does not say."""
    typical = np.where(trains["kind"] == Kind.POSITIVE_SHARP_WAVE, 13.0, 3.0)
    if "duration_ms" not in (trains.dtype.names or ()):
        return typical
    known = np.asarray(trains["duration_ms"], np.float64)
    return np.where(known > 0.0, known, typical)


def stays(trains: Table, n_samples: int, rate_hz: float) -> list[tuple[int, int]]:
    """Return the (start, stop) samples between which the needle seems to have stayed in place.

    Insertional activity tells that it moved, unless a train of denervation goes on before and
    after. Without any the whole recording is one stay.

    Parameters
    ----------
    trains
        Structured array of ``TRAIN_DTYPE``, the newest row of each train of one channel.
    n_samples
        Length of the recording.
    rate_hz
        Sampling rate.
    """
    burst = trains["kind"] == Kind.INSERTIONAL_ACTIVITY
    going_on = trains[np.isin(trains["kind"], DENERVATION)]
    found: list[tuple[int, int]] = []
    start = end = 0
    for row in np.sort(trains[burst], order="onset_sample"):
        begins, ends = int(row["onset_sample"]), int(row["offset_sample"])
        before = going_on["onset_sample"] < begins - STAYED_S * rate_hz
        after = going_on["offset_sample"] > ends + STAYED_S * rate_hz
        if (before & after).any():
            continue
        if begins - end >= SAME_MOVEMENT_S * rate_hz:
            found.append((start, begins))
            start = ends
        end = max(end, ends)
        start = max(start, ends)
    found.append((start, n_samples))
    least = SHORTEST_LOOK_S * rate_hz
    return [stay for stay in found if stay[1] - stay[0] >= least] or [(0, max(1, n_samples))]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _range(values: Sequence[float]) -> str:
    low, high = f"{min(values):.2g}", f"{max(values):.2g}"
    return low if low == high else f"{low} to {high}"
