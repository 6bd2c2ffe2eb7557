"""``Mailbox``: what a screen reads of a running session, whenever it likes."""

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.block import Block, Samples, StreamInfo
from myoscope.acquisition.ring import SampleRing
from myoscope.acquisition.source import StreamHealth
from myoscope.dsp_core.findings import TRAIN_DTYPE, Findings, Table
from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.kept_rows import RowsByNumber
from myoscope.recordings.decisions import Decision, Decisions


@dataclass(frozen=True, slots=True)
class SeenPotential:
    """A potential as the screen shows it.

    ``kind`` is provisional; ``Mailbox.kind_of`` tells the kind by what is known now.
    """

    sample: int
    channel: int
    train: int
    kind: Kind
    amplitude_uv: float
    duration_ms: float
    time_s: float


@dataclass(frozen=True, slots=True)
class SeenAlert:
    """An alert with the newest that is known of its train.

    ``cleared_s`` is NaN while it stands; ``rate_hz`` and ``interval_cv`` are NaN while unknown.
    """

    number: int
    kind: Kind
    channel: int
    train: int
    raised_s: float
    cleared_s: float
    first_potential_s: float
    potentials: int
    rate_hz: float
    interval_cv: float
    confidence: float

    @property
    def stands(self) -> bool:
        """True until the alert is cleared."""
        return math.isnan(self.cleared_s)


class Mailbox:
    """A sink that keeps the newest samples and findings for screens to poll.

    The session's thread writes and never waits for a screen: it takes a lock only as long as a few
    rows take to copy. Any number of readers look when they are ready; what they were too late for
    is still counted.

    Parameters
    ----------
    info
        The stream.
    health
        Called in the session's thread for the source's state.
    noise_uv
        Called in the session's thread for each channel's baseline noise, microvolts.
    clock_s
        Monotonic seconds, to know how long a stream has been silent.

    Attributes
    ----------
    ring
        The newest samples by absolute index.
    version
        Goes up whenever something is known anew.
    kinds_version
        Goes up whenever a potential that is known already may have another kind.
    generation
        Goes up when all was forgotten, because the reader jumped to another place of a recording:
        what a screen keeps of it by itself is then of another place.
    known_from
        Sample from which on every potential was written here.
    """

    RING_S = 30.0
    # 64 channels at 48 kHz still get more than the longest sweep, 10 s.
    RING_BYTES = 160_000_000
    POTENTIALS = 4096
    ALERTS = 500
    CLOSED_TRAINS = 4096
    PROBE_S = 0.1
    TELLING_ROWS = 2500
    SATURATED_ROWS = 10
    SATURATED_UV = 1000.0

    def __init__(
        self,
        info: StreamInfo,
        health: Callable[[], StreamHealth],
        noise_uv: Callable[[], npt.NDArray[np.float32]],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.info = info
        capacity = min(self.RING_S * info.rate_hz, self.RING_BYTES / (4 * info.n_channels))
        self.ring = SampleRing(info.n_channels, max(1, int(capacity)))
        self.version = 0
        self.kinds_version = 0
        self.generation = 0
        self.known_from = 0
        self.ended = False
        self._decisions = Decisions()
        self._probe_health = health
        self._probe_noise_uv = noise_uv
        self._clock_s = clock_s
        self._health = StreamHealth()
        self._noise_uv = np.full(info.n_channels, np.nan, np.float32)
        self._lock = threading.Lock()
        self._potentials: deque[SeenPotential] = deque(maxlen=self.POTENTIALS)
        self._potentials_seen = 0
        self._alerts: OrderedDict[int, SeenAlert] = OrderedDict()
        self._standing: dict[int, int] = {}
        self._open_trains: dict[int, tuple[Kind, int]] = {}
        self._closed_trains: OrderedDict[int, Kind] = OrderedDict()
        self._train_rows = RowsByNumber(TRAIN_DTYPE, "train", self.CLOSED_TRAINS)
        self._counts = np.zeros((info.n_channels, len(Kind)), np.int64)
        self._lost_samples = 0
        self._gaps = 0
        self._written_s = clock_s()
        self._probed_s = -math.inf

    def write(self, block: Block, findings: Findings) -> None:
        """Take a Block and what was found in it."""
        self.ring.write(block)
        now_s = self._clock_s()
        if now_s - self._probed_s >= self.PROBE_S:
            self._probed_s = now_s
            self._health = self._probe_health()
            self._noise_uv = self._probe_noise_uv().copy()
        if block.lost_before:
            self._lost_samples += block.lost_before
            self._gaps += 1
        self._written_s = now_s
        self._take(findings)

    def finish(self, findings: Findings) -> None:
        """Take what the end of the stream made known."""
        self._take(findings)
        self.ended = True

    def restart(self, sample: int) -> None:
        """Forget samples and findings, and go on from ``sample``; decisions stay."""
        with self._lock:
            self.ring.restart(sample)
            self._potentials.clear()
            self._alerts.clear()
            self._standing.clear()
            self._open_trains.clear()
            self._closed_trains.clear()
            self._train_rows.clear()
            self._counts[:] = 0
            self.ended = False
            self.generation += 1
            self.kinds_version += 1
            self.version += 1

    def resume(self, counts: npt.NDArray[np.int64], lost_samples: int = 0, gaps: int = 0) -> None:
        """Set what has been counted to that of a session that began before this mailbox.

        Parameters
        ----------
        counts
            Numbers of potentials, shape (n_channels, number of kinds), what was written into this
            mailbox included.
        lost_samples, gaps
            What was lost, and in how many places.
        """
        with self._lock:
            self._counts[:] = counts
            samples = [potential.sample for potential in self._potentials]
            is_all = counts.sum() <= len(samples)
            self.known_from = 0 if is_all else min(samples, default=self.ring.newest)
            self._lost_samples, self._gaps = lost_samples, gaps
            self.version += 1

    def decide(self, *decisions: Decision) -> None:
        """Take what people decided; may be called from any thread."""
        with self._lock:
            for decision in decisions:
                self._decisions.add(decision)
            self.kinds_version += 1
            self.version += 1

    def decisions(self) -> list[Decision]:
        """Return the decisions that hold, in the order in which they were made."""
        with self._lock:
            return self._decisions.standing()

    def all_decisions(self) -> list[Decision]:
        """Return every decision, also what was taken back and what takes back."""
        with self._lock:
            return self._decisions.made

    def verdict(self, train: int) -> Decision | None:
        """Return the newest confirmation, rejection or new name of a train that holds."""
        with self._lock:
            return self._decisions.verdict(train)

    def label(self, potential: SeenPotential) -> Decision | None:
        """Return the newest label that a person gave a potential, if any."""
        with self._lock:
            return self._decisions.label(potential.channel, potential.sample)

    @property
    def elapsed_s(self) -> float:
        """Time from the start of the stream to its newest sample, lost samples included."""
        return self.ring.newest / self.info.rate_hz

    @property
    def silent_s(self) -> float:
        """Time since a Block last came."""
        return self._clock_s() - self._written_s

    @property
    def health(self) -> StreamHealth:
        """The source's state when the last Block came, with the losses counted so far."""
        return replace(self._health, lost_samples=self._lost_samples, gaps=self._gaps)

    @property
    def noise_uv(self) -> npt.NDArray[np.float32]:
        """Baseline noise of each channel, microvolts; NaN while unknown."""
        return self._noise_uv

    def level_uv(self, seconds: float = 0.5) -> npt.NDArray[np.float32]:
        """Return the RMS of each channel about its mean over the newest samples, microvolts.

        NaN for a channel of which nothing has come.
        """
        samples = self._newest_rows(seconds)
        if len(samples) and np.isfinite(samples).all():
            level: npt.NDArray[np.float32] = samples.std(axis=0)
            return level
        valid = np.isfinite(samples)
        n_valid = valid.sum(axis=0)
        level = np.full(self.info.n_channels, np.nan, np.float32)
        heard = n_valid > 0
        if heard.any():
            level[heard] = np.std(
                samples[:, heard], axis=0, where=valid[:, heard], dtype=np.float64
            )
        return level

    def saturated(self, seconds: float = 0.5) -> list[int]:
        """Return the channels that are driven against the end of their range.

        Such a channel takes its largest or smallest value, far apart, again and again.
        """
        samples = self._newest_rows(seconds)
        if len(samples) < self.SATURATED_ROWS:
            return []
        highest, lowest = samples.max(axis=0), samples.min(axis=0)
        wide = np.flatnonzero(highest - lowest >= self.SATURATED_UV)
        at_an_end = (samples[:, wide] == highest[wide]), (samples[:, wide] == lowest[wide])
        often = np.maximum(*(at_end.sum(axis=0) for at_end in at_an_end))
        return [int(channel) for channel in wide[often >= self.SATURATED_ROWS]]

    def _newest_rows(self, seconds: float) -> Samples:
        """Return the newest rows; of very many only so many, evenly chosen, as are telling."""
        newest, rows = self.ring.newest, int(seconds * self.info.rate_hz)
        return self.ring.sample(newest - rows, newest, max(1, rows // self.TELLING_ROWS))

    def potentials_since(self, number: int) -> tuple[list[SeenPotential], int]:
        """Return the potentials found since a call that gave ``number``, and the next number.

        Begin with 0. Of a long absence only the newest ``POTENTIALS`` come.
        """
        with self._lock:
            fresh = min(self._potentials_seen - number, len(self._potentials))
            if not fresh:
                return [], self._potentials_seen
            newest = list(islice(reversed(self._potentials), fresh))
            return newest[::-1], self._potentials_seen

    def alerts(self) -> list[SeenAlert]:
        """Return the alerts, oldest first; at most the newest ``ALERTS``."""
        with self._lock:
            return list(self._alerts.values())

    def kind_of(self, potential: SeenPotential) -> Kind:
        """Return the kind of a potential by its train, or the provisional one."""
        with self._lock:
            if potential.train in self._open_trains:
                return self._open_trains[potential.train][0]
            return self._closed_trains.get(potential.train, potential.kind)

    def kinds_of(
        self, trains: npt.NDArray[np.int64], provisional: npt.NDArray[np.uint8]
    ) -> npt.NDArray[np.uint8]:
        """Return the kinds of potentials by their trains, or the provisional ones; as ``Kind``."""
        if not len(trains):
            return provisional
        known, place = np.unique(trains, return_inverse=True)
        with self._lock:
            by_train = [
                self._open_trains[train][0]
                if train in self._open_trains
                else self._closed_trains.get(train, -1)
                for train in known.tolist()
            ]
        kinds = np.array(by_train, np.int16)[place]
        return np.where(kinds >= 0, kinds, provisional).astype(np.uint8)

    def train_row(self, train: int) -> np.void | None:
        """Return the newest row of a train, as ``TRAIN_DTYPE``; None where it is not known."""
        with self._lock:
            return self._train_rows.get(train)

    def train_rows(self) -> Table:
        """Return the newest row of each train, as ``TRAIN_DTYPE``; of the newest trains."""
        with self._lock:
            return self._train_rows.rows()

    def counts(self) -> npt.NDArray[np.int64]:
        """Return the numbers of potentials, shape (n_channels, number of kinds), by ``Kind``."""
        with self._lock:
            return self._counts.copy()

    def counts_by_kind(self) -> dict[Kind, int]:
        """Return the numbers of potentials on all channels."""
        total = self.counts().sum(axis=0)
        return {kind: int(total[kind]) for kind in Kind}

    def _take(self, findings: Findings) -> None:
        if not (len(findings.potentials) or len(findings.trains) or len(findings.alerts)):
            return
        with self._lock:
            for row in findings.potentials:
                self._take_potential(row)
            for row in findings.trains:
                self._take_train(row)
            for row in findings.alerts:
                self._take_alert(row)
            self.version += 1

    def _take_potential(self, row: np.void) -> None:
        potential = SeenPotential(
            sample=int(row["sample"]),
            channel=int(row["channel"]),
            train=int(row["train"]),
            kind=Kind(int(row["kind"])),
            amplitude_uv=float(row["amplitude_uv"]),
            duration_ms=float(row["duration_ms"]),
            time_s=int(row["sample"]) / self.info.rate_hz,
        )
        self._potentials.append(potential)
        self._potentials_seen += 1
        if potential.train < 0:
            self._counts[potential.channel, potential.kind] += 1

    def _take_train(self, row: np.void) -> None:
        train, channel = int(row["train"]), int(row["channel"])
        self._train_rows.keep(row)
        kind, potentials = Kind(int(row["kind"])), int(row["potentials"])
        # A train's newest row holds: its potentials move from the kind before to this one.
        known = self._open_trains.pop(train, None)
        if known is None or known[0] != kind:
            self.kinds_version += 1
        kind_before, potentials_before = known or (kind, 0)
        self._counts[channel, kind_before] -= potentials_before
        self._counts[channel, kind] += potentials
        if row["closed"]:
            self._closed_trains[train] = kind
            while len(self._closed_trains) > self.CLOSED_TRAINS:
                self._closed_trains.popitem(last=False)
        else:
            self._open_trains[train] = kind, potentials
        number = self._standing.get(train)
        if number is not None:
            self._alerts[number] = _grown(self._alerts[number], row)

    def _take_alert(self, row: np.void) -> None:
        rate_hz = self.info.rate_hz
        cleared = int(row["cleared_sample"])
        alert = SeenAlert(
            number=int(row["alert"]),
            kind=Kind(int(row["kind"])),
            channel=int(row["channel"]),
            train=int(row["train"]),
            raised_s=int(row["raised_sample"]) / rate_hz,
            cleared_s=cleared / rate_hz if cleared >= 0 else math.nan,
            first_potential_s=int(row["first_potential_sample"]) / rate_hz,
            potentials=int(row["potentials"]),
            rate_hz=float(row["rate_hz"]),
            interval_cv=float(row["interval_cv"]),
            confidence=float(row["confidence"]),
        )
        if alert.number in self._alerts:  # it has grown with its train since it was raised
            alert = replace(self._alerts[alert.number], cleared_s=alert.cleared_s)
        else:  # a window that comes late hears of it as it was when it was raised
            train = self._train_rows.get(alert.train)
            if train is not None and train["potentials"] > alert.potentials:
                alert = _grown(alert, train)
        self._alerts[alert.number] = alert
        if alert.stands:
            self._standing[alert.train] = alert.number
        else:
            self._standing.pop(alert.train, None)
        while len(self._alerts) > self.ALERTS:
            _, oldest = self._alerts.popitem(last=False)
            self._standing.pop(oldest.train, None)


def _grown(alert: SeenAlert, train: np.void) -> SeenAlert:
    """Return an alert with what its train has become, a row of ``TRAIN_DTYPE``."""
    return replace(
        alert,
        potentials=int(train["potentials"]),
        rate_hz=float(train["rate_hz"]),
        interval_cv=float(train["interval_cv"]),
        confidence=float(train["confidence"]),
    )
