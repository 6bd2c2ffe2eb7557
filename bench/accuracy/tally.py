"""``Tally``: what was counted; tallies of many signals add up."""

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Self

import numpy as np

# Of fewer potentials of a size nothing is said.
FEWEST_OF_A_SIZE = 20


@dataclass(slots=True)
class TrainOutcome:
    """What became of one true train of denervation potentials.

    Attributes
    ----------
    kind
        Its label.
    regular
        Whether its intervals differ little from one to the next.
    potentials
        Potentials of it until an alert was raised; infinite where none was.
    seconds
        From its first potential until then; infinite likewise.
    """

    kind: str
    regular: bool
    potentials: float
    seconds: float


@dataclass(slots=True)
class Tally:
    """Counts of one or more signals.

    Attributes
    ----------
    seconds
        Of signal.
    asked, found, right
        Potentials of the kinds that a suite asks for; those with a partner of any kind; those with
        a partner that has the same final kind.
    named, named_right
        Potentials that were given one of those kinds in the end; those of them with a partner.
    trains, trains_right
        True trains or discharges; those of which half was found and most of that named right.
    false_events
        Potentials named fibrillation or positive sharp wave without a partner of that kind.
    false_alerts
        Alerts of fibrillations or positive sharp waves on trains that are none.
    raised
        Words to number of all alerts.
    other_alerts
        Label to number of the alerts of other kinds on trains of another true kind.
    confusion
        (true kind or "nothing", final kind or "missed") to number of potentials.
    alerts
        What became of every true train of denervation potentials.
    by_size
        (kind, log2 of the amplitude over the noise in quarters, whether right) to potentials.
    confidences
        (final kind, confidence, whether right) of each train that was called what raises alerts.
    delays_ms
        From a potential's largest deflection to the call that told of it.
    peak_delays_ms
        From a potential's largest deflection to the call that told of it provisionally.
    late_ms
        From the end of a potential's waveform to the call that told of it.
    spike_late_ms
        From there to the call that told its shape class provisionally.
    in_trains, spiked, spikes_classed, spikes_agreeing
        Potentials that were given to a train; those whose spike was told before; those of them of
        which a shape class was; those of which it was the one that the potential got.
    """

    seconds: float = 0.0
    asked: int = 0
    found: int = 0
    right: int = 0
    named: int = 0
    named_right: int = 0
    trains: int = 0
    trains_right: int = 0
    false_events: int = 0
    false_alerts: int = 0
    raised: Counter[str] = field(default_factory=Counter)
    other_alerts: Counter[str] = field(default_factory=Counter)
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    alerts: list[TrainOutcome] = field(default_factory=list)
    by_size: Counter[tuple[str, int, bool]] = field(default_factory=Counter)
    confidences: list[tuple[str, float, bool]] = field(default_factory=list)
    delays_ms: list[float] = field(default_factory=list)
    peak_delays_ms: list[float] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    spike_late_ms: list[float] = field(default_factory=list)
    in_trains: int = 0
    spiked: int = 0
    spikes_classed: int = 0
    spikes_agreeing: int = 0

    def add(self, other: Self) -> None:
        """Add what another tally counted."""
        for one in fields(self):
            total = getattr(self, one.name)
            total += getattr(other, one.name)
            setattr(self, one.name, total)

    @property
    def sensitivity(self) -> float:
        """Share of the potentials asked for that was found and named right."""
        return _share(self.right, self.asked)

    @property
    def found_share(self) -> float:
        """Share of the potentials asked for that was found, whatever it was named."""
        return _share(self.found, self.asked)

    @property
    def ppv(self) -> float:
        """Share of the potentials named so that are so."""
        return _share(self.named_right, self.named)

    @property
    def train_share(self) -> float:
        """Share of the true trains that was found and named right."""
        return _share(self.trains_right, self.trains)

    @property
    def false_alerts_per_hour(self) -> float:
        """Denervation alerts per hour on what is none."""
        return _share(3600.0 * self.false_alerts, self.seconds)

    @property
    def false_alerts_count(self) -> float:
        """Denervation alerts on what is none."""
        return float(self.false_alerts)

    @property
    def false_events_per_minute(self) -> float:
        """Potentials per minute that are called denervation and are none."""
        return _share(60.0 * self.false_events, self.seconds)

    def half_from(self) -> float:
        """Return from which multiple of the noise on half of the potentials is found and named."""
        smallest = float("nan")
        steps = sorted({step for _, step, _ in self.by_size}, reverse=True)
        for step in steps:
            right, wrong = (
                sum(n for (_, at, was), n in self.by_size.items() if at == step and was == so)
                for so in (True, False)
            )
            if right + wrong < FEWEST_OF_A_SIZE:
                continue
            if right < wrong:
                break
            smallest = size_of(step)
        return smallest

    def alert_potentials(self, quantile: float, *, regular: bool) -> float:
        """Return a quantile of the potentials until an alert of trains that are regular or not."""
        return _quantile(
            [one.potentials for one in self.alerts if one.regular == regular], quantile
        )

    def alert_seconds(self, quantile: float, *, regular: bool) -> float:
        """Return a quantile of the seconds until an alert of trains that are regular or not."""
        return _quantile([one.seconds for one in self.alerts if one.regular == regular], quantile)

    def delay_ms(self, quantile: float) -> float:
        """Return a quantile of the time from largest deflection to potential."""
        return _quantile(self.delays_ms, quantile)

    def peak_delay_ms(self, quantile: float) -> float:
        """Return a quantile of the time from largest deflection to provisional peak."""
        return _quantile(self.peak_delays_ms, quantile)

    def lateness_ms(self, quantile: float) -> float:
        """Return a quantile of the time from the waveform's end to potential."""
        return _quantile(self.late_ms, quantile)

    def spike_lateness_ms(self, quantile: float) -> float:
        """Return a quantile of the time from the waveform's end to the provisional shape class."""
        return _quantile(self.spike_late_ms, quantile)

    @property
    def spike_share(self) -> float:
        """Share of the potentials of trains whose spike was told."""
        return _share(self.spiked, self.in_trains)

    @property
    def spike_class_share(self) -> float:
        """Share of the potentials of trains whose spike was told with a shape class."""
        return _share(self.spikes_classed, self.in_trains)

    @property
    def spike_agreement(self) -> float:
        """Share of those whose shape class was the one that the potential got."""
        return _share(self.spikes_agreeing, self.spikes_classed)


def size_of(step: int) -> float:
    """Return the lower edge of a step of ``by_size`` in multiples of the noise."""
    return float(2.0 ** (step / 4.0))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _quantile(values: list[float], quantile: float) -> float:
    # A train without an alert counts as one that takes for ever, so nothing is interpolated.
    return float(np.quantile(values, quantile, method="higher")) if values else float("nan")
