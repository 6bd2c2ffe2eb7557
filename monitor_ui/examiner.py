"""``Examiner``: what the person at the window says, kept beside the detector's word; no Qt here."""

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.place import Place, places
from myoscope.monitor_ui.train_view import TrainView
from myoscope.monitor_ui.watched import Watched
from myoscope.recordings.decisions import Decision, Decisions, What


class Examiner:
    """Makes decisions about this moment, a train or a muscle.

    Parameters
    ----------
    run
        Keeps them, on the screen and in the recording.
    """

    def __init__(self, run: Watched) -> None:
        self._run = run
        self._mailbox = run.mailbox

    @property
    def places(self) -> list[Place]:
        """The sites of the session in their order; one at least."""
        return places(self._mailbox.decisions(), self._mailbox.ring.newest)

    @property
    def grades(self) -> dict[Kind, str]:
        """The grades that hold of the muscle in which the needle is."""
        here = self.places[-1]
        decisions = Decisions(self._mailbox.decisions())
        given = decisions.grades(here.muscle, here.side, self._mailbox.ring.newest)
        return {kind: grade.value for kind, grade in given.items()}

    def decide(self, what: What, **said: object) -> None:
        """Keep a decision about this moment, unless ``said`` names another."""
        said.setdefault("sample", self._mailbox.ring.newest)
        self._run.decide(Decision(what, author=self._run.examiner, **said))  # type: ignore[arg-type]

    def choose_muscle(self, muscle: str, side: str) -> None:
        """Say which muscle the needle is in."""
        here = self.places
        # The first muscle that is named is where the session began.
        unnamed = len(here) == 1 and not here[0].muscle
        sample = 0 if unnamed else self._mailbox.ring.newest
        self.decide(What.MUSCLE, sample=sample, value=muscle, side=side)

    def next_site(self) -> None:
        """Say that the needle is at the next site."""
        self.decide(What.SITE, value=str(self.places[-1].site + 1))

    def insertion(self) -> None:
        """Say that the needle was moved just now."""
        self.decide(What.INSERTION)

    def mark(self) -> None:
        """Put a numbered mark here."""
        made = sum(d.what is What.MARKER for d in self._mailbox.decisions())
        self.decide(What.MARKER, value=f"mark {made + 1}")

    def remark(self, sample: int, words: str) -> None:
        """Put words at a place of the signal."""
        self.decide(What.MARKER, sample=sample, value=words)

    def acknowledge(self) -> None:
        """Say that the alerts that call were seen."""
        seen = {d.train for d in self._mailbox.decisions() if d.what is What.ACKNOWLEDGE}
        for alert in self._mailbox.alerts():
            if alert.stands and alert.train not in seen:
                self.decide(
                    What.ACKNOWLEDGE, train=alert.train, channel=alert.channel, kind=alert.kind
                )

    def judge(self, view: TrainView, what: What, kind: Kind | None = None) -> None:
        """Confirm, reject or rename a train; the same word again takes it back."""
        before = view.verdict
        if before is not None and (before.what, before.kind) == (what, kind):
            self.decide(What.WITHDRAW, sample=before.sample, withdraws=before.id)
            return
        self.decide(
            what,
            sample=view.offset_sample,
            train=view.train,
            channel=view.channel,
            kind=kind,
            suggestion=view.detected.label,
        )

    def grade(self, kind: Kind, value: str, suggested: str) -> None:
        """Grade this muscle; what was suggested is kept beside it."""
        self.decide(What.GRADE, kind=kind, value=value, suggestion=suggested)

    def take_back(self) -> None:
        """Take back the newest decision that stands."""
        standing = self._mailbox.decisions()
        if standing:
            last = standing[-1]
            self.decide(What.WITHDRAW, sample=last.sample, withdraws=last.id)
