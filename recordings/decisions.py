"""``Decision`` and ``Decisions``: what people said of a recording, beside the detector's word.

Nothing here changes a finding. A decision that is taken back stays in the record, and a second one
says that it no longer stands.
"""

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any
from uuid import uuid4

import numpy as np

from myoscope.dsp_core.findings import Table
from myoscope.dsp_core.kinds import Kind

NO_KIND = 255

DECISION_DTYPE = np.dtype(
    [
        ("sample", "<i8"),  # the place that it is about
        ("train", "<i8"),  # -1 where it is about none
        ("channel", "<i4"),  # from 0; -1 where it is about all
        ("made_unix_s", "<f8"),
        ("what", "u1"),
        ("kind", "u1"),  # NO_KIND where it names none
        ("value", object),
        ("side", object),
        ("suggestion", object),  # what the program had proposed at that moment
        ("author", object),
        ("decision", object),  # its id
        ("withdraws", object),  # id of the decision that it takes back
    ]
)


class What(IntEnum):
    """What was decided; codes are in recordings, so none ever changes its meaning."""

    CONFIRM = 1  # a train is what the detector says
    REJECT = 2  # a train is not spontaneous activity at all
    RENAME = 3  # a train is of another kind
    LABEL = 4  # one potential is of another kind; without a kind: it is none
    MUSCLE = 5  # from here on the needle is in this muscle
    SITE = 6  # from here on the needle is at this site
    INSERTION = 7  # the needle was moved here
    MARKER = 8  # a remark
    GRADE = 9  # of a kind in the muscle that holds here
    ACKNOWLEDGE = 10  # an alert was seen
    WITHDRAW = 11  # another decision no longer stands

    @property
    def label(self) -> str:
        """The name in files."""
        return self.name.lower()


VERDICTS = (What.CONFIRM, What.REJECT, What.RENAME)


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of a person.

    Attributes
    ----------
    what
        What was decided.
    sample
        The place that it is about, counted from the start of the stream.
    channel, train
        From 0; -1 where it is about none.
    kind
        The kind that it names, or whose grade it gives.
    value
        A muscle's name, a site's number, a grade such as "2+", the words of a remark.
    side
        "left", "right" or "" of a muscle.
    suggestion
        What the program had proposed at that moment.
    author
        Who decided.
    withdraws
        ``id`` of the decision that this one takes back.
    id
        Made here; no two are the same.
    made_unix_s
        When, by this computer's clock.
    """

    what: What
    sample: int
    channel: int = -1
    train: int = -1
    kind: Kind | None = None
    value: str = ""
    side: str = ""
    suggestion: str = ""
    author: str = ""
    withdraws: str = ""
    id: str = field(default_factory=lambda: uuid4().hex[:16])
    made_unix_s: float = field(default_factory=time.time)

    def again(self) -> "Decision":
        """Return the same decision, made now."""
        return replace(self, id=uuid4().hex[:16], made_unix_s=time.time())

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values; what is not given is left out."""
        values = {
            "decision": self.id,
            "what": self.what.label,
            "sample": self.sample,
            "made_unix_s": self.made_unix_s,
            "channel": self.channel,
            "train": self.train,
            "kind": None if self.kind is None else self.kind.label,
            "value": self.value,
            "side": self.side,
            "suggestion": self.suggestion,
            "author": self.author,
            "withdraws": self.withdraws,
        }
        return {name: value for name, value in values.items() if value not in (None, "", -1)}

    @classmethod
    def from_json(cls, values: Any) -> "Decision":
        """Return what ``to_json`` was called on.

        Raises
        ------
        ValueError
            If ``values`` are of no decision.
        """
        try:
            kind = values.get("kind")
            return cls(
                what=What[values["what"].upper()],
                sample=int(values["sample"]),
                channel=int(values.get("channel", -1)),
                train=int(values.get("train", -1)),
                kind=None if kind is None else Kind[kind.upper()],
                value=str(values.get("value", "")),
                side=str(values.get("side", "")),
                suggestion=str(values.get("suggestion", "")),
                author=str(values.get("author", "")),
                withdraws=str(values.get("withdraws", "")),
                id=str(values["decision"]),
                made_unix_s=float(values["made_unix_s"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{values!r} is no decision: {error}") from error


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade as a person gave it, and what the program had proposed."""

    kind: Kind
    value: str
    suggestion: str
    author: str


@dataclass(frozen=True, slots=True)
class Examination:
    """A stretch of a recording in which the needle was at one site of one muscle.

    Attributes
    ----------
    start_sample, stop_sample
        The stretch.
    muscle, side, site
        "" where nobody said.
    insertions
        Samples at which the needle was moved.
    """

    start_sample: int
    stop_sample: int
    muscle: str = ""
    side: str = ""
    site: str = ""
    insertions: tuple[int, ...] = ()


class Decisions:
    """All decisions about a recording, in the order in which they were made.

    Parameters
    ----------
    made
        Decisions, withdrawn ones among them.
    """

    def __init__(self, made: Iterable[Decision] = ()) -> None:
        self._made: dict[str, Decision] = {}
        self._withdrawn: set[str] = set()
        self._verdicts: dict[int, list[Decision]] = {}
        self._labels: dict[tuple[int, int], list[Decision]] = {}
        for decision in made:
            self.add(decision)

    def add(self, decision: Decision) -> None:
        """Take one more; one that is known already is passed over."""
        if decision.id in self._made:
            return
        self._made[decision.id] = decision
        if decision.what is What.WITHDRAW:
            self._withdrawn.add(decision.withdraws)
        elif decision.what in VERDICTS:
            self._verdicts.setdefault(decision.train, []).append(decision)
        elif decision.what is What.LABEL:
            place = decision.channel, decision.sample
            self._labels.setdefault(place, []).append(decision)

    @property
    def made(self) -> list[Decision]:
        """Every decision, withdrawn ones and withdrawals included."""
        return list(self._made.values())

    def standing(self) -> list[Decision]:
        """Return the decisions that hold, in order."""
        return [decision for decision in self._made.values() if self.stands(decision)]

    def stands(self, decision: Decision) -> bool:
        """Return whether a decision holds: it was not taken back and takes nothing back."""
        return decision.what is not What.WITHDRAW and decision.id not in self._withdrawn

    def verdict(self, train: int) -> Decision | None:
        """Return the newest confirmation, rejection or new name of a train that holds."""
        return self._newest(self._verdicts.get(train, ()))

    def verdicts(self) -> list[Decision]:
        """Return the verdict on each train that has one."""
        found = (self.verdict(train) for train in self._verdicts)
        return [verdict for verdict in found if verdict is not None]

    def label(self, channel: int, sample: int) -> Decision | None:
        """Return the newest label of a potential that holds."""
        return self._newest(self._labels.get((channel, sample), ()))

    def kind_of(self, channel: int, sample: int, train: int, kind: Kind) -> Kind | None:
        """Return what people hold a potential for; None where they hold it for nothing.

        Parameters
        ----------
        channel, sample, train
            Of the potential.
        kind
            The detector's word, which holds where nobody decided.
        """
        label = self.label(channel, sample)
        if label is not None:
            return label.kind
        verdict = self.verdict(train) if train >= 0 else None
        if verdict is None or verdict.what is What.CONFIRM:
            return kind
        return verdict.kind if verdict.what is What.RENAME else None

    def examinations(self, n_samples: int) -> list[Examination]:
        """Return the stretches of muscle and site, from the first sample to ``n_samples``."""
        marks = sorted(
            (d for d in self.standing() if d.what in (What.MUSCLE, What.SITE, What.INSERTION)),
            key=lambda decision: decision.sample,
        )
        stretches: list[Examination] = []
        start, muscle, side, site = 0, "", "", ""
        insertions: list[int] = []

        def end(stop: int) -> None:
            if stop > start:
                stretches.append(Examination(start, stop, muscle, side, site, tuple(insertions)))
                insertions.clear()

        for mark in marks:
            place = min(max(0, mark.sample), n_samples)
            if mark.what is What.INSERTION:
                insertions.append(place)
                continue
            moved = [insertion for insertion in insertions if insertion >= place]
            insertions = [insertion for insertion in insertions if insertion < place]
            end(place)
            insertions, start = moved, place
            if mark.what is What.SITE:
                site = mark.value
            else:
                muscle, side, site = mark.value, mark.side, ""
        end(n_samples)
        return stretches

    def grades(self, muscle: str, side: str, n_samples: int) -> dict[Kind, Grade]:
        """Return the newest grade of each kind that was given while a muscle was examined."""
        stretches = [
            stretch
            for stretch in self.examinations(n_samples + 1)
            if (stretch.muscle, stretch.side) == (muscle, side)
        ]
        given: dict[Kind, Grade] = {}
        for decision in self.standing():
            if decision.what is What.GRADE and decision.kind is not None:
                sample = min(max(0, decision.sample), n_samples)
                if any(s.start_sample <= sample < s.stop_sample for s in stretches):
                    given[decision.kind] = Grade(
                        decision.kind, decision.value, decision.suggestion, decision.author
                    )
        return given

    def _newest(self, made: Iterable[Decision]) -> Decision | None:
        standing = [decision for decision in made if self.stands(decision)]
        return standing[-1] if standing else None


def to_rows(decisions: Iterable[Decision]) -> Table:
    """Return decisions as a structured array of ``DECISION_DTYPE``."""
    return np.array(
        [
            (
                d.sample,
                d.train,
                d.channel,
                d.made_unix_s,
                d.what,
                NO_KIND if d.kind is None else d.kind,
                d.value,
                d.side,
                d.suggestion,
                d.author,
                d.id,
                d.withdraws,
            )
            for d in decisions
        ],
        DECISION_DTYPE,
    )


def from_rows(rows: Table) -> list[Decision]:
    """Return the decisions in a structured array of ``DECISION_DTYPE``."""
    return [
        Decision(
            what=What(row["what"]),
            sample=int(row["sample"]),
            channel=int(row["channel"]),
            train=int(row["train"]),
            kind=None if row["kind"] == NO_KIND else Kind(row["kind"]),
            value=str(row["value"]),
            side=str(row["side"]),
            suggestion=str(row["suggestion"]),
            author=str(row["author"]),
            withdraws=str(row["withdraws"]),
            id=str(row["decision"]),
            made_unix_s=float(row["made_unix_s"]) if math.isfinite(row["made_unix_s"]) else 0.0,
        )
        for row in rows
    ]
