"""``evidence``: why a train was called what it was called, feature by feature.

Made of a row of trains alone, live or from a recording, by the kernel that judged it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

import numpy as np
import numpy.typing as npt

from myoscope.dsp_core._kinds import judge_row
from myoscope.dsp_core.kind_model import HYPOTHESES, kind_table
from myoscope.dsp_core.kinds import Kind


class Context(IntFlag):
    """What goes on around a train; ``words`` says it."""

    OF_CONTRACTION = 1
    NOT_AT_REST = 2
    BESIDE_END_PLATE = 4
    IN_CROWD = 8
    NEAR_MOVEMENT = 16
    MAY_BE_SUPERPOSED = 32
    ON_MAINS = 64
    IN_CRAMP = 128
    IN_INSERTION = 256
    BRIEF = 512
    SMALL = 1024
    CLOCKED = 2048
    IN_VOLLEY = 4096
    ACCOMPANIED = 8192
    STEPPED = 16384
    STANDS_OUT = 32768
    ALL_ALIKE = 65536
    LIKE_END_PLATE = 131072
    LIKE_NOISE = 262144
    AT_WILL = 524288
    RESTED = 1048576

    @property
    def words(self) -> tuple[str, ...]:
        """One phrase for each flag that is set and makes a finding less certain."""
        return tuple(words for flag, words in _CONTEXT_WORDS.items() if flag in self)


_CONTEXT_WORDS = {
    Context.OF_CONTRACTION: "most of it came while motor units fired",
    Context.NOT_AT_REST: "motor units fire now",
    Context.BESIDE_END_PLATE: "irregular beside end-plate activity",
    Context.IN_CROWD: "as large potentials are common now",
    Context.NEAR_MOVEMENT: "shortly before or after a movement",
    Context.MAY_BE_SUPERPOSED: "two other trains could make it together",
    Context.ON_MAINS: "keeps time with the mains",
    Context.IN_CRAMP: "motor units cramp now",
    Context.IN_INSERTION: "began while the needle moved, without a rhythm",
    Context.BRIEF: "shorter than 0.8 s so far",
    Context.SMALL: "smaller than the smallest fasciculation",
    Context.CLOCKED: "keeps time as a device does",
    Context.IN_VOLLEY: "too fast and even for single potentials to be told apart",
    Context.ACCOMPANIED: "comes with larger potentials, as late components do",
    Context.STEPPED: "a step, steeper than any potential as wide",
    Context.LIKE_END_PLATE: "irregular, and looks like the end-plate's spikes",
    Context.LIKE_NOISE: "irregular, and as small and rare as peaks of the noise",
    Context.AT_WILL: "as fast and even as a motor unit fires at will",
}


@dataclass(frozen=True, slots=True)
class Item:
    """What one feature says.

    Attributes
    ----------
    what
        The feature: ``duration``.
    words
        Its value with its unit: ``2.7 ms``.
    weight
        Natural logarithm of how much more probable the value is under the train's kind than
        under its rival; positive speaks for the kind.
    """

    what: str
    words: str
    weight: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """For and against the kind of a train.

    Attributes
    ----------
    kind
        What the train is called.
    rival
        The most probable other kind that shapes and rhythms leave; the items weigh the two.
    probabilities
        Of every kind, most probable first.
    items
        What each feature says, the heaviest first. Their sum and the ``prior`` are the logarithm of
        the odds of the kind against the rival before the context is considered. All are 0 for a
        kind that only the context gives.
    prior
        Logarithm of how much more common the kind is than the rival.
    context
        What else went on; where it decides, shapes and rhythms are overruled.
    """

    kind: Kind
    rival: Kind
    probabilities: Mapping[Kind, float]
    items: tuple[Item, ...]
    prior: float
    context: Context


def evidence(train: Any) -> Evidence:
    """Return the evidence that a train was judged by.

    Parameters
    ----------
    train
        A row of ``TRAIN_DTYPE``. Rows of recordings made before version 2 of the format do not
        hold it.
    """
    row = {name: train[name].item() for name in train.dtype.names}
    kind, posterior, known, scores = judge_row(*kind_table(), row)
    totals = scores[:, known].sum(axis=1) + np.log([one.prior for one in HYPOTHESES])
    of_kind = np.array([one.kind == kind for one in HYPOTHESES])
    other = _best(totals, ~of_kind)
    own = _best(totals, of_kind) if of_kind.any() else other
    words = _words(row)
    items = [
        Item(name, words[name], float(scores[own, index] - scores[other, index]))
        for index, name in enumerate(words)
        if known[index]
    ]
    order = np.argsort(-posterior, kind="stable")
    return Evidence(
        kind=Kind(kind),
        rival=HYPOTHESES[other].kind,
        probabilities={Kind(int(code)): float(posterior[code]) for code in order},
        items=tuple(sorted(items, key=lambda item: -abs(item.weight))),
        prior=float(np.log(HYPOTHESES[own].prior / HYPOTHESES[other].prior)),
        context=Context(row["context"]),
    )


def _best(totals: npt.NDArray[np.float64], among: npt.NDArray[np.bool_]) -> int:
    """Return the most probable hypothesis among some."""
    return int(np.argmax(np.where(among, totals, -np.inf)))


def _words(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the value of each feature in words, in the order of the kernel's columns."""
    first = "positive" if row["first_phase"] > 0 else "negative"
    return {
        "duration": f"{row['duration_ms']:.1f} ms",
        "width": f"{row['half_width_ms']:.1f} ms at half height",
        "positive part": f"{100 * row['positive_share']:.0f} % of the amplitude",
        "first phase": first,
        "amplitude": f"{row['amplitude_uv']:.0f} µV",
        "phases": f"{row['phases']}",
        "rise time": f"{row['rise_ms']:.2f} ms",
        "rate": _rate_words(row),
        "variability": f"intervals change by {100 * row['interval_variability']:.0f} %",
        "shortest interval": f"{row['shortest_ms']:.0f} ms",
        "drift": f"{row['wander']:.1f} × an interval's change",
        "groups": f"pauses {row['grouping']:.1f} × the intervals between",
    }


def _rate_words(row: Mapping[str, Any]) -> str:
    if row["intervals"] == 0:
        return f"alone for {row['silent_s']:.1f} s"
    return f"{row['rate_hz']:.1f} /s"
