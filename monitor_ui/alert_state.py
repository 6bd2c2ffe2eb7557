"""``AlertState``: what has become of an alert, in a word; no Qt here."""

from dataclasses import dataclass

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.mailbox import Mailbox, SeenAlert
from myoscope.monitor_ui.marks import MARKS
from myoscope.recordings.decisions import Decision, What


@dataclass(frozen=True, slots=True)
class AlertState:
    """An alert with what the examiner made of it.

    Attributes
    ----------
    alert
        As the detector raised it.
    verdict
        The examiner's word on its train; None where there is none.
    acknowledged
        True where the examiner has seen it.
    """

    alert: SeenAlert
    verdict: Decision | None
    acknowledged: bool

    @property
    def kind(self) -> Kind:
        """What it is held for now: the examiner's word before the detector's."""
        if self.verdict is not None and self.verdict.what is What.RENAME and self.verdict.kind:
            return self.verdict.kind
        return self.alert.kind

    @property
    def rejected(self) -> bool:
        """True where the examiner holds the train for nothing."""
        return self.verdict is not None and self.verdict.what is What.REJECT

    @property
    def calls(self) -> bool:
        """True while it stands and nobody has said anything to it."""
        return self.alert.stands and not self.acknowledged and self.verdict is None

    @property
    def word(self) -> str:
        """``STANDING``, ``confirmed``, ``renamed from ▲ FIB`` and so on."""
        verdict = self.verdict
        if verdict is not None and verdict.what is What.CONFIRM:
            return "✓ CONFIRMED"
        if verdict is not None and verdict.what is What.REJECT:
            return "✕ REJECTED"
        if verdict is not None:
            mark = MARKS[self.alert.kind]
            return f"RENAMED, was {mark.sign} {mark.short}"
        if not self.alert.stands:
            return "over"
        return "acknowledged" if self.acknowledged else "STANDING"


def states(mailbox: Mailbox, alerts: list[SeenAlert]) -> list[AlertState]:
    """Return alerts with what the examiner made of each."""
    seen = {
        decision.train
        for decision in mailbox.decisions()
        if decision.what is What.ACKNOWLEDGE and decision.train >= 0
    }
    return [
        AlertState(alert, mailbox.verdict(alert.train), alert.train in seen) for alert in alerts
    ]
