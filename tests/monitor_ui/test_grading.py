"""The grades that the window proposes."""

import numpy as np
import pytest

from myoscope.dsp_core.findings import TRAIN_DTYPE
from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.grading import suggestion
from myoscope.monitor_ui.place import Place

RATE_HZ = 1000.0


def examined(n_sites, seconds=10.0):
    stay = int(seconds * RATE_HZ)
    return [Place("m", "R", i + 1, i * stay, (i + 1) * stay) for i in range(n_sites)]


def trains_at(kind, *sites, potentials=50):
    """Return a train of nine seconds at each of some sites, counted from 0."""
    trains = np.zeros(len(sites), TRAIN_DTYPE)
    trains["kind"], trains["potentials"] = kind, potentials
    trains["onset_sample"] = np.array(sites) * 10_000
    trains["offset_sample"] = trains["onset_sample"] + 9000
    return trains


@pytest.mark.parametrize(
    ("found_at", "potentials", "grade"),
    [
        ((), 0, "0"),
        ((0,), 50, ""),  # of one site nothing is said
        ((0, 1), 50, "1+"),
        ((0, 1, 2), 50, "2+"),
        ((0, 1, 2), 5, "1+"),
        ((0, 1, 2, 3), 200, "3+"),
    ],
)
def test_sites_and_numbers_decide(found_at, potentials, grade):
    trains = trains_at(Kind.FIBRILLATION, *found_at, potentials=potentials)
    assert suggestion(Kind.FIBRILLATION, trains, examined(4), RATE_HZ, 40_000).grade == grade
    assert suggestion(Kind.POSITIVE_SHARP_WAVE, trains, examined(4), RATE_HZ, 40_000).grade == "0"


def test_nothing_is_said_too_early_or_of_insertional_activity():
    none = np.zeros(0, TRAIN_DTYPE)
    assert suggestion(Kind.FIBRILLATION, none, examined(1), RATE_HZ, 1000).grade == ""
    assert suggestion(Kind.FIBRILLATION, none, [], RATE_HZ, 60_000).grade == ""
    assert suggestion(Kind.INSERTIONAL_ACTIVITY, none, examined(4), RATE_HZ, 60_000).grade == ""


def test_a_suggestion_says_why_and_what_the_next_grade_wants():
    at_two = trains_at(Kind.FIBRILLATION, 0, 1)
    said = suggestion(Kind.FIBRILLATION, at_two, examined(4), RATE_HZ, 40_000)
    assert "persistent at 2 of 4 sites" in said.reason
    assert "2+ wants" in said.reason
    said = suggestion(Kind.FIBRILLATION, at_two[:1], examined(4), RATE_HZ, 40_000)
    assert "1+ wants two sites" in said.reason
    said = suggestion(Kind.POSITIVE_SHARP_WAVE, at_two, examined(4), RATE_HZ, 40_000)
    assert said.reason == "none found in 40 s at 4 sites"


def test_where_no_channel_can_be_judged_nothing_is_suggested():
    trains = trains_at(Kind.FIBRILLATION, 0, 1)
    found = suggestion(Kind.FIBRILLATION, trains, examined(2), RATE_HZ, 20_000, ["it is constant"])
    assert (found.grade, found.reason) == ("not judged", "not judged: it is constant")


def test_what_a_channel_found_that_cannot_be_judged_does_not_count():
    trains = trains_at(Kind.FIBRILLATION, 0, 1)
    why = ["its noise is 3 V", ""]
    found = suggestion(Kind.FIBRILLATION, trains, examined(2), RATE_HZ, 20_000, why)
    assert found.grade == "0"
    assert found.reason.endswith("1 of 2 channels not judged: its noise is 3 V")
