"""A recording that begins in the middle of a session."""

import numpy as np
from screen_feed import alert_row, findings

from myoscope.dsp_core.kinds import Kind
from myoscope.recordings.decisions import Decision, What
from myoscope.recordings.late import counted_from, still_holding


def test_places_are_counted_from_the_recordings_first_sample():
    train = {"train": 3, "onset_sample": 400, "offset_sample": 1500}
    standing = alert_row(0, raised_sample=900, first_potential_sample=400)
    over = alert_row(1, raised_sample=900, cleared_sample=1600)
    given = findings(({"sample": 999}, {"sample": 1500}), (train,), (standing, over))
    here = counted_from(1000, given)
    assert here.potentials["sample"].tolist() == [500]
    assert here.trains[["onset_sample", "offset_sample"]].tolist() == [(-600, 500)]
    assert here.alerts["raised_sample"].tolist() == [-100, -100]
    assert here.alerts["cleared_sample"].tolist() == [-1, 600]
    assert given.potentials["sample"].tolist() == [999, 1500]


def test_what_was_said_of_the_muscle_and_of_trains_still_holds():
    said = [
        Decision(What.MUSCLE, 0, value="deltoid"),
        Decision(What.GRADE, 10, kind=Kind.FIBRILLATION, value="3+"),
        Decision(What.SITE, 20, value="2"),
        Decision(What.MUSCLE, 100, value="biceps"),
        Decision(What.INSERTION, 110),
        Decision(What.MARKER, 120, value="mark 1"),
        Decision(What.SITE, 130, value="2"),
        Decision(What.SITE, 160, value="3"),
        Decision(What.GRADE, 170, kind=Kind.FIBRILLATION, value="1+"),
        Decision(What.CONFIRM, 180, train=7),
        Decision(What.ACKNOWLEDGE, 190, train=7),
    ]
    held = still_holding(said, 200)
    assert [(made.what, made.value) for made in held] == [
        (What.MUSCLE, "biceps"),
        (What.SITE, "3"),
        (What.GRADE, "1+"),
        (What.CONFIRM, ""),
        (What.ACKNOWLEDGE, ""),
    ]
    assert still_holding([], 200) == []
    assert np.all([made in said for made in held])
