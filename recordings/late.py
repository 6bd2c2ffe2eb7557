"""``LateRecording``: a recording that begins in the middle of a session."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

from myoscope.acquisition.block import Block
from myoscope.dsp_core.findings import Findings, Table
from myoscope.recordings.decisions import VERDICTS, Decision, Decisions, What
from myoscope.recordings.writer import RecordingWriter

_PLACES_OF_TABLES = (
    ("sample",),
    ("onset_sample", "offset_sample"),
    ("raised_sample", "cleared_sample", "first_potential_sample"),
)


class LateRecording:
    """A sink that hands a recorder the session from now on, counted from its own first sample.

    Trains and alerts that are going on are kept as they are: what lies before the recording has a
    place below 0. The examiner's word on them, the muscle, the site and the muscle's grades hold
    from its first sample.

    Parameters
    ----------
    writer
        The recorder.
    earlier
        Called in the session's thread with the first Block, for the trains and alerts that are
        going on, and for the decisions that hold.

    Attributes
    ----------
    first_sample
        Of the session, which is the recording's sample 0; None before the first Block.
    """

    def __init__(
        self,
        writer: RecordingWriter,
        earlier: Callable[[], tuple[Findings, Iterable[Decision]]],
    ) -> None:
        self.writer = writer
        self.first_sample: int | None = None
        self._earlier = earlier
        self._beginning = threading.Lock()

    def write(self, block: Block, findings: Findings) -> None:
        """Take a Block and what was found in it; never waits for the disk."""
        if self.first_sample is None:
            self._begin(block)
            block = replace(block, lost_before=0)
        assert self.first_sample is not None
        here = replace(block, first_sample=block.first_sample - self.first_sample)
        self.writer.write(here, counted_from(self.first_sample, findings))

    def finish(self, findings: Findings) -> None:
        """Take what the end of the stream made known."""
        self.writer.finish(counted_from(self.first_sample or 0, findings))

    def decide(self, decision: Decision) -> None:
        """Keep what a person decided; raises what the recorder raises."""
        with self._beginning:
            first_sample = self.first_sample
        if first_sample is not None:  # else it is among what held before
            self.writer.decide(replace(decision, sample=decision.sample - first_sample))

    def _begin(self, block: Block) -> None:
        first_sample = block.first_sample
        findings, decisions = self._earlier()
        with self._beginning:
            for decision in still_holding(decisions, first_sample):
                self.writer.decide(replace(decision, sample=decision.sample - first_sample))
            self.first_sample = first_sample
        seconds = first_sample / self.writer.info.rate_hz
        self.writer.annotate(0, f"recording begun {seconds:.3f} s after the session")
        empty = replace(block, samples=block.samples[:0], first_sample=0, lost_before=0)
        self.writer.write(empty, counted_from(first_sample, findings))


def counted_from(first_sample: int, findings: Findings) -> Findings:
    """Return findings with their samples counted from another one; potentials before it go."""
    tables = (findings.potentials, findings.trains, findings.alerts)
    potentials, trains, alerts = (
        _moved(table, columns, first_sample)
        for table, columns in zip(tables, _PLACES_OF_TABLES, strict=True)
    )
    return Findings(potentials[potentials["sample"] >= 0], trains, alerts)


def _moved(table: Table, columns: tuple[str, ...], by: int) -> Table:
    moved: Table = table.copy()
    for column in columns:
        # An alert that stands has no end yet, which is written as -1.
        known = moved[column] >= 0 if column == "cleared_sample" else slice(None)
        moved[column][known] -= by
    return moved


def still_holding(decisions: Iterable[Decision], sample: int) -> list[Decision]:
    """Return what of earlier decisions is said of ``sample`` and what follows, in order."""
    standing = list(decisions)
    stretches = Decisions(standing).examinations(sample + 1)
    here = stretches[-1]
    same = [s for s in stretches if (s.muscle, s.side) == (here.muscle, here.side)]
    muscles = [d for d in standing if d.what is What.MUSCLE]
    sites = [
        d for d in standing if d.what is What.SITE and d.sample >= here.start_sample and here.site
    ]
    held = {d.id for d in (*muscles[-1:], *sites[-1:])}
    return [
        decision
        for decision in standing
        if decision.id in held
        or decision.what in VERDICTS
        or decision.what is What.ACKNOWLEDGE
        or (
            decision.what is What.GRADE
            and any(s.start_sample <= decision.sample < s.stop_sample for s in same)
        )
    ]
