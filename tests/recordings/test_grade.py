"""The grade that a muscle's needle positions suggest."""

import numpy as np
import pytest

from myoscope.dsp_core.findings import TRAIN_DTYPE
from myoscope.dsp_core.kinds import Kind
from myoscope.recordings.grade import Site, site_between, stays, suggest_grade

RATE_HZ = 1000.0

SILENT = Site(10.0, 0, 0.0, 0.0, 0.0)
BRIEF = Site(10.0, 1, 2.0, 0.4, 0.01)
FEW = Site(10.0, 1, 9.0, 0.8, 0.01)
MODERATE = Site(10.0, 2, 9.0, 4.0, 0.02)
MANY = Site(10.0, 6, 9.0, 15.0, 0.2)
FILLED = Site(10.0, 12, 9.0, 60.0, 0.8)


@pytest.mark.parametrize(
    ("sites", "grade"),
    [
        ([], "0"),
        ([SILENT], "0"),
        ([SILENT] * 10, "0"),
        ([BRIEF], "not persistent"),
        ([BRIEF] * 10, "not persistent"),
        ([FEW], "one site"),
        ([FILLED], "one site"),
        ([FEW, BRIEF, SILENT, SILENT], "one site"),
        ([FEW, FEW], "1+"),
        ([FEW, FEW, SILENT, SILENT], "1+"),
        ([MANY, MANY], "1+"),  # however many, of two sites it is no 2+
        ([FEW] * 4, "1+"),
        ([MODERATE] * 2 + [FEW] * 4, "1+"),
        ([MODERATE] * 3, "2+"),
        ([MODERATE] * 3 + [SILENT] * 7, "2+"),
        ([MANY] * 9 + [SILENT], "2+"),
        ([MANY] * 9 + [MODERATE], "2+"),
        ([MANY] * 4, "3+"),
        ([FILLED] * 3 + [MANY], "3+"),
        ([FILLED] * 4, "4+"),
    ],
)
def test_the_grade_follows_sites_persistence_and_density(sites, grade):
    assert suggest_grade(sites).grade == grade


def test_the_reason_says_what_was_seen_and_what_more_would_take():
    assert (
        "1 train, the longest of 2.0 s; a grade wants more than 3 s"
        in suggest_grade([BRIEF]).reason
    )
    one = suggest_grade([FEW, SILENT])
    assert "persistent at 1 of 2 sites; 1+ wants two sites" in one.reason
    assert "0.8 to 4 potentials a second" in suggest_grade([FEW, MODERATE]).reason


def trains_of(*rows, potentials=10):
    """Return trains of (kind, onset in s, offset in s)."""
    trains = np.zeros(len(rows), TRAIN_DTYPE)
    for train, (kind, onset_s, offset_s) in zip(trains, rows, strict=True):
        train["kind"], train["potentials"] = kind, potentials
        train["onset_sample"], train["offset_sample"] = onset_s * RATE_HZ, offset_s * RATE_HZ
    return trains


def look(trains, start_s=0.0, stop_s=10.0):
    return site_between(int(start_s * RATE_HZ), int(stop_s * RATE_HZ), trains, RATE_HZ)


class TestSite:
    @pytest.mark.parametrize(
        ("row", "longest_s"),
        [
            ((Kind.FIBRILLATION, 1.0, 4.1), 3.1),
            ((Kind.POSITIVE_SHARP_WAVE, 0.0, 10.0), 10.0),
            ((Kind.POSITIVE_SHARP_WAVE, 6.0, 90.0), 4.0),  # only what was seen there
            ((Kind.FIBRILLATION, 12.0, 20.0), 0.0),
            ((Kind.END_PLATE_SPIKE, 0.0, 10.0), 0.0),
            ((Kind.FASCICULATION, 0.0, 10.0), 0.0),
        ],
    )
    def test_only_denervation_at_the_time_counts(self, row, longest_s):
        site = look(trains_of(row))
        assert site.longest_s == pytest.approx(longest_s)
        assert site.trains == (longest_s > 0)

    def test_three_seconds_are_not_yet_persistent(self):
        assert not look(trains_of((Kind.FIBRILLATION, 0.0, 3.0))).persistent
        assert look(trains_of((Kind.FIBRILLATION, 0.0, 3.1))).persistent

    def test_density_is_that_of_the_time_spent_there(self):
        train = trains_of((Kind.FIBRILLATION, 0.0, 20.0), potentials=200)
        site = look(train, 5.0, 10.0)
        assert site.seconds == 5.0
        assert site.per_second == pytest.approx(10.0)
        both = np.concatenate([train, train])
        assert look(both, 5.0, 10.0).per_second == pytest.approx(20.0)
        assert look(train, 15.0, 25.0).per_second == pytest.approx(5.0)

    def test_many_sharp_waves_fill_the_baseline(self):
        trains = np.concatenate(
            [trains_of((Kind.POSITIVE_SHARP_WAVE, 0.0, 10.0), potentials=100)] * 10
        )
        assert look(trains).filled == 1.0
        assert look(trains[:1]).filled < 0.3


class TestStays:
    def test_a_recording_without_a_movement_is_one_stay(self):
        assert stays(trains_of((Kind.FIBRILLATION, 0.0, 5.0)), 10_000, RATE_HZ) == [(0, 10_000)]
        assert stays(trains_of(), 0, RATE_HZ) == [(0, 1)]

    def test_insertional_activity_parts_stays(self):
        moved = trains_of(
            (Kind.INSERTIONAL_ACTIVITY, 4.0, 4.2),
            (Kind.INSERTIONAL_ACTIVITY, 8.0, 8.3),
            (Kind.INSERTIONAL_ACTIVITY, 8.6, 8.9),
            (Kind.END_PLATE_SPIKE, 6.0, 6.2),
        )
        assert stays(moved, 12_000, RATE_HZ) == [(0, 4000), (4200, 8000), (8900, 12_000)]

    def test_a_train_that_goes_on_shows_that_the_needle_stayed(self):
        bursts = trains_of((Kind.FIBRILLATION, 0.0, 9.0), (Kind.INSERTIONAL_ACTIVITY, 4.0, 4.2))
        assert stays(bursts, 10_000, RATE_HZ) == [(0, 10_000)]

    def test_two_places_with_a_train_each_are_two_sites(self):
        trains = trains_of(
            (Kind.FIBRILLATION, 0.5, 4.0),
            (Kind.INSERTIONAL_ACTIVITY, 4.2, 4.5),
            (Kind.POSITIVE_SHARP_WAVE, 5.0, 9.5),
        )
        sites = [
            look(trains, start / RATE_HZ, stop / RATE_HZ)
            for start, stop in stays(trains, 10_000, RATE_HZ)
        ]
        assert suggest_grade(sites).grade == "1+"
