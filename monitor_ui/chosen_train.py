"""``ChosenTrain``: the train whose waveforms, rhythm and evidence are shown."""

from myoscope.monitor_ui.mailbox import Mailbox, SeenAlert
from myoscope.recordings.decisions import What

BUSY_POTENTIALS = 8


class ChosenTrain:
    """Follows the newest alert that stands, of the channel that is shown before all others.

    Somebody may choose another train, which then stays.

    Before the first alert it follows the busiest train: what is no denervation is looked at too.

    Parameters
    ----------
    mailbox
        Of the session.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._generation = mailbox.generation
        self._seen: tuple[int, int | None] = (-1, None)
        self._chosen: int | None = None
        self._followed: int | None = None

    @property
    def train(self) -> int | None:
        """Number of the train; None while there is nothing to show."""
        return self._followed if self._chosen is None else self._chosen

    @property
    def is_followed(self) -> bool:
        """True while nobody has chosen."""
        return self._chosen is None

    def choose(self, train: int | None) -> None:
        """Show this train from now on; None follows the alerts again."""
        self._chosen = train if train is None or train >= 0 else None

    def step(self, by: int) -> None:
        """Choose the alert ``by`` places further down the list."""
        # A train may have raised several alerts, one after the other.
        trains = list(dict.fromkeys(alert.train for alert in listed(self._mailbox)))
        if not trains:
            return
        train = self.train
        place = trains.index(train) + by if train in trains else 0
        self.choose(trains[min(max(place, 0), len(trains) - 1)])

    def update(self, channel: int | None = None) -> None:
        """See which alert is the newest now; of those that are over, the last one stays.

        ``channel`` is the one that is shown; None where all are.
        """
        if self._mailbox.generation != self._generation:
            self._generation = self._mailbox.generation
            self._chosen = self._followed = None
            self._seen = (-1, None)
        if (self._mailbox.version, channel) == self._seen:
            return
        self._seen = self._mailbox.version, channel
        alerts = self._mailbox.alerts()
        standing = [alert for alert in alerts if alert.stands]
        standing = [alert for alert in standing if alert.channel == channel] or standing
        if standing and self._followed not in {alert.train for alert in standing}:
            self._followed = max(standing, key=lambda alert: alert.number).train
        elif not alerts and not self._still_busy():
            rows = self._mailbox.train_rows()
            rows = rows[(rows["closed"] == 0) & (rows["potentials"] >= BUSY_POTENTIALS)]
            if len(rows):
                self._followed = int(rows["train"][rows["potentials"].argmax()])

    def _still_busy(self) -> bool:
        row = None if self._followed is None else self._mailbox.train_row(self._followed)
        return row is not None and not row["closed"]


def listed(mailbox: Mailbox) -> list[SeenAlert]:
    """Return the alerts as they are listed: those that stand first, the newest first."""
    rejected = {d.train for d in mailbox.decisions() if d.what is What.REJECT}
    return sorted(
        mailbox.alerts(),
        key=lambda alert: (alert.train in rejected, not alert.stands, -alert.number),
    )
