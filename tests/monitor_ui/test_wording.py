"""The words that console, window and summaries share."""

import pytest

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui import wording
from myoscope.monitor_ui.marks import MARKS


@pytest.mark.parametrize(
    ("interval_cv", "words"),
    [
        (0.012, "regular (CV 1.2 %)"),
        (0.1, "regular (CV 10 %)"),
        (0.2, "semi-regular (CV 20 %)"),
        (0.8, "irregular (CV 80 %)"),
        (float("nan"), "regularity not known yet"),
    ],
)
def test_a_rhythm_is_said_with_its_coefficient_of_variation(interval_cv, words):
    assert wording.regularity(interval_cv) == words


def test_a_train_of_one_has_no_rhythm():
    assert wording.rhythm(float("nan"), float("nan")) == "rate not known yet"
    assert wording.rhythm(10.7, 0.012) == "10.7 /s, regular (CV 1.2 %)"


def test_times_scales_sizes_and_room():
    assert wording.clock(462.9) == "00:07:42"
    assert wording.clock_ms(462.1804) == "00:07:42.180"
    assert wording.clock_ms(59.9996) == "00:01:00.000"
    assert (wording.duration(100), wording.duration(1000)) == ("100 ms", "1 s")
    assert (wording.voltage(50), wording.voltage(2000)) == ("50 µV", "2 mV")
    sizes = [wording.size(n) for n in (12, 5400, 318_000_000, 2_500_000_000)]
    assert sizes == ["12 B", "5.4 kB", "318 MB", "2.5 GB"]
    rooms = [wording.room(minutes) for minutes in (12.7, 310, 10_000)]
    assert rooms == ["12 min", "5 h 10 min", "6 days"]


def test_counts_are_said_in_number():
    found = {Kind.FIBRILLATION: 2, Kind.FASCICULATION: 1, Kind.ARTEFACT: 0}
    assert wording.counts(found) == "2 fibrillation potentials, 1 fasciculation"


def test_kinds_that_raise_alerts_differ_in_shape_and_letter_and_not_in_colour_alone():
    alerting = [kind for kind in Kind if kind.raises_alert]
    assert len({MARKS[kind].symbol for kind in alerting}) == len(alerting)
    assert len({MARKS[kind].letter for kind in alerting}) == len(alerting)
    assert len({MARKS[kind].sign for kind in alerting}) == len(alerting)
    assert set(MARKS) == set(Kind)
