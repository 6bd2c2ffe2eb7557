"""``RecordedFindings``: what was known at a place of a recording, in the form of live findings."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from myoscope.dsp_core.findings import (
    ALERT_DTYPE,
    POTENTIAL_DTYPE,
    TRAIN_DTYPE,
    Findings,
    Table,
)
from myoscope.dsp_core.kinds import Kind
from myoscope.recordings.errors import DamagedTableError
from myoscope.recordings.reader import Recording
from myoscope.recordings.tables import final_kinds


class RecordedFindings:
    """A recording's findings, cut by time.

    Kinds, rates and confidences are those that held in the end; numbers of potentials, and whether
    a train goes on or an alert stands, are those of the place that is asked for.

    Parameters
    ----------
    recording
        Where they are read from.

    Attributes
    ----------
    potentials, kinds
        In order of time, with the ``Kind`` codes that held in the end.
    trains, alerts
        The newest row of each.
    damage
        A sentence about a table that cannot be read and is taken as empty; "" where all can.
    """

    def __init__(self, recording: Recording) -> None:
        self.damage = ""
        potentials = self._read(lambda: recording.potentials, POTENTIAL_DTYPE)
        self.trains: Table = self._read(lambda: recording.trains, TRAIN_DTYPE)
        self.alerts: Table = self._read(lambda: recording.alerts, ALERT_DTYPE)
        order = np.lexsort((potentials["channel"], potentials["sample"]))
        self.potentials: Table = potentials[order]
        self.kinds: npt.NDArray[np.uint8] = final_kinds(self.potentials, self.trains)
        self._n_channels = recording.info.n_channels
        # The potentials of each train stand together here, in order of time.
        self._by_train = np.argsort(self.potentials["train"], kind="stable")
        self._train_of = self.potentials["train"][self._by_train]

    def _read(self, table: Callable[[], Table], dtype: npt.DTypeLike) -> Table:
        try:
            return table()
        except DamagedTableError as error:
            self.damage = str(error)
            return np.empty(0, dtype)

    def counts(self, stop: int) -> npt.NDArray[np.int64]:
        """Return the numbers of potentials before ``stop``, shape (n_channels, kinds)."""
        counts = np.zeros((self._n_channels, len(Kind)), np.int64)
        n = int(np.searchsorted(self.potentials["sample"], stop))
        channels = self.potentials["channel"][:n].clip(0, self._n_channels - 1)
        np.add.at(counts, (channels, self.kinds[:n]), 1)
        return counts

    def between(self, start: int, stop: int, *, begin: bool = False) -> Findings:
        """Return what a session would have said from ``start`` up to ``stop``.

        Parameters
        ----------
        start, stop
            Samples.
        begin
            True where nothing was said before: then trains that go on and all alerts raised
            before ``start`` are said as well.
        """
        samples = self.potentials["sample"]
        first, last = np.searchsorted(samples, (start, stop)).tolist()
        potentials = self.potentials[first:last]
        known = np.isin(self.trains["train"], np.unique(potentials["train"]))
        if begin:
            known |= (self.trains["onset_sample"] < stop) & (self.trains["offset_sample"] >= start)
        trains = self.trains[known].copy()
        going_on = trains["offset_sample"] >= stop
        trains["closed"] = ~going_on
        trains["potentials"] = [self._potentials_before(t, stop) for t in trains["train"].tolist()]
        raised, cleared = self.alerts["raised_sample"], self.alerts["cleared_sample"]
        news = (raised < stop) & (
            (raised >= start) | ((cleared >= start) & (cleared < stop)) | begin
        )
        alerts = self.alerts[news].copy()
        alerts["cleared_sample"][alerts["cleared_sample"] >= stop] = -1
        return Findings(potentials, trains, alerts)

    def _potentials_before(self, train: int, stop: int) -> int:
        first, last = np.searchsorted(self._train_of, (train, train + 1)).tolist()
        samples = self.potentials["sample"][self._by_train[first:last]]
        return int(np.searchsorted(samples, stop))
