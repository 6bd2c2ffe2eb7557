"""Rows that are kept for hours: the newest, in memory that is taken once."""

import numpy as np
import pytest

from myoscope.monitor_ui.kept_rows import LastRows, RowsByNumber

DTYPE = np.dtype([("number", "<i8"), ("value", "<f4")])


def table(*rows):
    return np.array(list(rows), DTYPE)


@pytest.mark.parametrize("at_once", [1, 2, 3, 5, 7, 20])
def test_the_last_rows_are_kept_however_they_come(at_once):
    kept = LastRows(DTYPE, 5)
    assert len(kept.rows()) == 0
    for first in range(0, 20, at_once):
        kept.keep(table(*((n, n) for n in range(first, min(first + at_once, 20)))))
    assert kept.rows()["number"].tolist() == [15, 16, 17, 18, 19]


def test_of_each_number_the_newest_row_is_kept():
    kept = RowsByNumber(DTYPE, "number", 3)
    for row in table((1, 1.0), (2, 1.0), (1, 2.0), (3, 1.0)):
        kept.keep(row)
    assert kept.rows().tolist() == [(2, 1.0), (1, 2.0), (3, 1.0)]
    assert kept.get(1)["value"] == 2.0
    assert kept.get(9) is None


def test_what_has_said_nothing_for_longest_makes_room():
    kept = RowsByNumber(DTYPE, "number", 2)
    for row in table((1, 1.0), (2, 1.0), (1, 2.0), (3, 1.0)):
        kept.keep(row)
    assert kept.rows()["number"].tolist() == [1, 3]
    kept.clear()
    assert len(kept.rows()) == 0


def test_a_row_that_was_handed_out_does_not_change():
    kept = RowsByNumber(DTYPE, "number", 1)
    kept.keep(table((1, 1.0))[0])
    row, rows = kept.get(1), kept.rows()
    kept.keep(table((2, 5.0))[0])
    assert row.item() == (1, 1.0)
    assert rows.tolist() == [(1, 1.0)]
