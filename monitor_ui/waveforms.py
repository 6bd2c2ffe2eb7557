"""``Waveforms``: the newest potentials of each train, cut out of the shown signal."""

from collections import OrderedDict, deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from myoscope.monitor_ui.display_signal import DisplaySignal
from myoscope.monitor_ui.potential_log import PotentialLog

Wave = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class CutOut:
    """One potential and what lies around it.

    Attributes
    ----------
    sample
        Of its largest deflection.
    wave : float32 array, microvolts
        From ``BEFORE_MS`` before that sample to ``AFTER_MS`` after it.
    """

    sample: int
    wave: Wave


class Waveforms:
    """Keeps the newest cut-outs of the trains that fired last.

    Parameters
    ----------
    signal
        What is cut.
    log
        Where the potentials are read.
    """

    BEFORE_MS, AFTER_MS = 10.0, 50.0
    PER_TRAIN = 40
    TRAINS = 32
    BYTES = 16_000_000

    def __init__(self, signal: DisplaySignal, log: PotentialLog) -> None:
        rate_hz = signal.info.rate_hz
        self._signal = signal
        self._log = log
        self._before = round(self.BEFORE_MS * rate_hz / 1000)
        self._after = round(self.AFTER_MS * rate_hz / 1000)
        self.times_ms: Wave = np.arange(-self._before, self._after, dtype=np.float32) * np.float32(
            1000 / rate_hz
        )
        # Of many short trains that come and go far more are kept than of long ones. Each channel
        # may have a train that is looked at.
        self._at_most = max(
            self.PER_TRAIN * (self.TRAINS + signal.info.n_channels),
            self.BYTES // (4 * len(self.times_ms)),
        )
        self._forget()

    def _forget(self) -> None:
        self._generation = self._signal.generation
        self._seen = 0
        self._waiting: deque[np.void] = deque(maxlen=4096)
        self._trains: OrderedDict[int, deque[CutOut]] = OrderedDict()
        self._n_cuts = 0

    def collect(self) -> None:
        """Cut out what has become whole since the last call."""
        if self._signal.generation != self._generation:
            self._forget()
        fresh, self._seen = self._log.seen - self._seen, self._log.seen
        if fresh:
            rows = self._log.newest(fresh)
            self._waiting.extend(rows[rows["train"] >= 0].copy())
        for _ in range(len(self._waiting)):
            row = self._waiting.popleft()
            if int(row["sample"]) + self._after > self._signal.newest:
                self._waiting.append(row)
                continue
            self._keep(row)

    def _keep(self, row: np.void) -> None:
        sample, train = int(row["sample"]), int(row["train"])
        wave = self._signal.cut(int(row["channel"]), sample - self._before, sample + self._after)
        if wave is None or np.isnan(wave).any():
            return
        cuts = self._trains.setdefault(train, deque(maxlen=self.PER_TRAIN))
        self._n_cuts += len(cuts) < self.PER_TRAIN
        cuts.append(CutOut(sample, wave))
        self._trains.move_to_end(train)
        while self._n_cuts > self._at_most:
            _, oldest = self._trains.popitem(last=False)
            self._n_cuts -= len(oldest)

    def of_train(self, train: int) -> list[CutOut]:
        """Return a train's newest cut-outs, oldest first; none where it is not known any more."""
        return list(self._trains.get(train, ()))

    def mean(self, train: int, from_ms: float, to_ms: float) -> Wave | None:
        """Return the mean of a train's cut-outs between two times; None where there is none."""
        cuts = self._trains.get(train)
        inside = self.between(from_ms, to_ms)
        return np.mean([cut.wave[inside] for cut in cuts], axis=0) if cuts else None

    def between(self, from_ms: float, to_ms: float) -> slice:
        """Return the place in a cut-out of the samples between two times."""
        first, stop = np.searchsorted(self.times_ms, (from_ms, to_ms))
        return slice(int(first), int(stop))
