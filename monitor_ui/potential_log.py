"""``PotentialLog``: the potentials that a window has read from its mailbox, as columns."""

import numpy as np
import numpy.typing as npt

from myoscope.dsp_core.findings import Table
from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.recordings.decisions import VERDICTS, What

SEEN_DTYPE = np.dtype(
    [
        ("sample", "<i8"),
        ("train", "<i8"),
        ("channel", "<i4"),
        ("amplitude_uv", "<f4"),
        ("duration_ms", "<f4"),
        ("kind", "u1"),  # provisional
    ]
)
REJECTED = 255
"""In place of a kind: the examiner has rejected the potential's train."""


class PotentialLog:
    """Keeps the newest potentials for every panel; belongs to the window's thread.

    Parameters
    ----------
    mailbox
        Of the session.

    Attributes
    ----------
    seen
        Potentials that were read.
    kinds_version
        Of the mailbox when it was read; another one may bring other kinds.
    known_from
        Sample from which on every potential is here.
    """

    CAPACITY = 65_536

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._rows = np.zeros(2 * self.CAPACITY, SEEN_DTYPE)
        self._forget()

    def _forget(self) -> None:
        self._generation = self._mailbox.generation
        self._start = self._end = 0
        self._number = 0
        self.known_from = 0
        self.seen = 0
        self.kinds_version = -1

    def update(self) -> int:
        """Read what is new; return how many potentials came."""
        # Read first: what comes meanwhile is seen with the next version.
        self.kinds_version = self._mailbox.kinds_version
        if self._mailbox.generation != self._generation:
            self._forget()
        before = self._number
        fresh, self._number = self._mailbox.potentials_since(before)
        self.known_from = max(self.known_from, self._mailbox.known_from)
        if fresh and self._number - before > len(fresh):  # it was not asked for long
            self.known_from = max(self.known_from, min(seen.sample for seen in fresh))
        if not fresh:
            return 0
        if self._end + len(fresh) > len(self._rows):
            rows = self._rows[self._start : self._end]
            kept = rows[-self.CAPACITY + len(fresh) :].copy()
            self._rows[: len(kept)] = kept
            self._start, self._end = 0, len(kept)
        end = self._end + len(fresh)
        self._rows[self._end : end] = [
            (
                seen.sample,
                seen.train,
                seen.channel,
                seen.amplitude_uv,
                seen.duration_ms,
                seen.kind,
            )
            for seen in fresh
        ]
        self._end = end
        self._start = max(self._start, end - self.CAPACITY)
        self.seen += len(fresh)
        if self.seen > end - self._start:
            self.known_from = max(self.known_from, int(self._rows["sample"][self._start]))
        return len(fresh)

    def newest(self, number: int) -> Table:
        """Return the last rows, ``SEEN_DTYPE``, in the order in which they were found."""
        return self._rows[max(self._start, self._end - number) : self._end]

    def since(self, sample: int) -> Table:
        """Return the rows that lie at ``sample`` or later."""
        rows: Table = self._rows[self._start : self._end]
        found: Table = rows[rows["sample"] >= sample]
        return found

    def of_train(self, train: int) -> Table:
        """Return the rows of a train in the order of their samples."""
        rows = self._rows[self._start : self._end]
        found: Table = rows[rows["train"] == train]
        return np.sort(found, order="sample", kind="stable")

    def kinds(self, rows: Table) -> npt.NDArray[np.uint8]:
        """Return the kind of each row by what is known now, the examiner's word before all.

        ``REJECTED`` where the examiner has rejected the train.
        """
        detected = self._mailbox.kinds_of(rows["train"], rows["kind"])
        kinds = detected.copy()
        for decision in self._mailbox.decisions():
            if decision.what in VERDICTS:
                said = rows["train"] == decision.train
            elif decision.what is What.LABEL:
                said = (rows["sample"] == decision.sample) & (rows["channel"] == decision.channel)
            else:
                continue
            if decision.what is What.CONFIRM:
                kinds[said] = detected[said]
            else:
                kinds[said] = REJECTED if decision.kind is None else decision.kind
        return kinds

    def counts(self, sample: int, until: int | None = None) -> dict[Kind, int]:
        """Return the numbers of potentials by kind from ``sample`` up to ``until``."""
        rows = self.since(sample)
        return self.count(rows if until is None else rows[rows["sample"] < until])

    def count(self, rows: Table) -> dict[Kind, int]:
        """Return the numbers of potentials by kind among rows of ``SEEN_DTYPE`` or more columns."""
        numbers = (
            np.bincount(self.kinds(rows), minlength=len(Kind)) if len(rows) else [0] * len(Kind)
        )
        return {kind: int(numbers[kind]) for kind in Kind}
