"""The grade of spontaneous activity that one channel's trains suggest."""

from dataclasses import dataclass

import numpy as np

from myoscope.dsp_core.findings import Table
from myoscope.dsp_core.kinds import Kind

# "Persistent (> 2-3 s)" in the usual grading (StatPearls, Abnormal Spontaneous EMG Activity);
# the longer one, so that the suggestion errs towards less.
PERSISTENT_S = 3.0


@dataclass(frozen=True, slots=True)
class SuggestedGrade:
    """What one needle position can say about a muscle's grade.

    Attributes
    ----------
    grade
        ``"0"``, ``"not persistent"`` or ``"1+"``.
    reason
        A sentence.
    """

    grade: str
    reason: str


def suggest_grade(trains: Table, channel: int, rate_hz: float) -> SuggestedGrade:
    """Return the grade that a channel's fibrillations and positive sharp waves suggest.

    Parameters
    ----------
    trains
        Structured array of ``TRAIN_DTYPE``, the newest row of each train.
    channel
        From 0; taken as one needle position.
    rate_hz
        Sampling rate.

    Notes
    -----
    Grades are of a muscle: 1+ wants persistent potentials in at least two areas, 2+ in three or
    more, 3+ and 4+ in all. One position can therefore suggest no more than 1+, and only if a
    second area shows the same; it remains for the examiner to grade.
    """
    denervation = [int(kind) for kind in Kind if kind.is_denervation]
    found = trains[(trains["channel"] == channel) & np.isin(trains["kind"], denervation)]
    if not len(found):
        return SuggestedGrade("0", "no train of fibrillations or positive sharp waves was found")
    durations_s = (found["offset_sample"] - found["onset_sample"]) / rate_hz
    trains_found = f"{len(found)} train{'s' * (len(found) > 1)}"
    if durations_s.max() <= PERSISTENT_S:
        return SuggestedGrade(
            "not persistent",
            f"{trains_found}, the longest of {durations_s.max():.1f} s; "
            f"a grade wants more than {PERSISTENT_S:g} s",
        )
    return SuggestedGrade(
        "1+",
        f"{trains_found}, the longest of {durations_s.max():.1f} s; "
        "holds only if a second area of the muscle shows the same",
    )
