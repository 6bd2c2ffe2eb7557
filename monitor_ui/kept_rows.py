"""Rows of findings that are kept for hours, in memory that is taken once.

Thousands of small arrays that come and go leave holes in a process's memory, which grows with them.
"""

from collections import OrderedDict

import numpy as np

from myoscope.dsp_core.findings import Table


class LastRows:
    """The last rows that came.

    Parameters
    ----------
    dtype
        Of the rows.
    at_most
        How many are kept.
    """

    def __init__(self, dtype: np.dtype[np.void], at_most: int) -> None:
        self._table: Table = np.zeros(at_most, dtype)
        self._n_seen = 0

    def keep(self, rows: Table) -> None:
        """Keep rows; the oldest make room for them."""
        rows = rows[-len(self._table) :]
        places = (self._n_seen + np.arange(len(rows))) % len(self._table)
        self._table[places] = rows
        self._n_seen += len(rows)

    def rows(self) -> Table:
        """Return a copy, oldest first."""
        oldest = max(0, self._n_seen - len(self._table))
        found: Table = self._table[np.arange(oldest, self._n_seen) % len(self._table)]
        return found


class RowsByNumber:
    """The newest row of each number, of the numbers of which something came last.

    Parameters
    ----------
    dtype
        Of the rows.
    number
        The column that tells them apart.
    at_most
        How many are kept.
    """

    def __init__(self, dtype: np.dtype[np.void], number: str, at_most: int) -> None:
        self._table: Table = np.zeros(at_most, dtype)
        self._number = number
        self._places: OrderedDict[int, int] = OrderedDict()

    def keep(self, row: np.void) -> None:
        """Keep a row in the place of the one before of its number."""
        number = int(row[self._number])
        place = self._places.pop(number, None)
        if place is None:
            is_full = len(self._places) == len(self._table)
            place = self._places.popitem(last=False)[1] if is_full else len(self._places)
        self._table[place] = row
        self._places[number] = place

    def get(self, number: int) -> np.void | None:
        """Return a copy of a number's row; None where it is not known."""
        place = self._places.get(number)
        if place is None:
            return None
        row: np.void = self._table[place].copy()
        return row

    def rows(self) -> Table:
        """Return a copy, those of which something came last at the end."""
        found: Table = self._table[list(self._places.values())]
        return found

    def clear(self) -> None:
        """Forget all."""
        self._places.clear()
