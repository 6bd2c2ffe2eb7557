"""``SimulatedSource``: a virtual patient as a live stream; ``simulate``: the same at once."""

import numpy as np

from myoscope.acquisition.block import Block, Samples, StreamInfo
from myoscope.acquisition.clock import Clock
from myoscope.acquisition.errors import SimulationError
from myoscope.acquisition.pacing import Pacer
from myoscope.acquisition.simulation.amplifier import Amplifier
from myoscope.acquisition.simulation.patient import VirtualPatient
from myoscope.acquisition.simulation.scenario import Scenario
from myoscope.acquisition.simulation.scenarios import scenario_named, train_scenario
from myoscope.acquisition.simulation.truth import TRUTH_DTYPE, Truth
from myoscope.acquisition.source import StreamHealth


class SimulatedSource:
    """A virtual patient as a ``Source``.

    The samples depend on scenario, rate, channels and seed alone, not on blocks or pace.

    Parameters
    ----------
    scenario
        A scenario, or the name of one of ``SCENARIOS``.
    rate_hz
        Sampling rate, 2000 to 48000 Hz.
    n_channels
        Needles, each at its own place of the same patient.
    seconds
        Length; None goes on for ever.
    seed
        Another seed is another patient.
    clock
        Paces the stream; without one, Blocks come as fast as they are made.
    speed
        Signal seconds for one second of the clock.
    block_ms
        Length of a Block.
    keep_truth
        False forgets the truth as it is made, for streams that nobody judges.

    Raises
    ------
    SimulationError
        If a number is outside of what can be made, or no scenario has the name.
    ReplayError
        If the speed is not a finite number above 0.
    """

    def __init__(
        self,
        scenario: Scenario | str,
        rate_hz: float = 20_000.0,
        n_channels: int = 1,
        seconds: float | None = None,
        seed: int = 0,
        clock: Clock | None = None,
        speed: float = 1.0,
        block_ms: float = 5.0,
        keep_truth: bool = True,
    ) -> None:
        if isinstance(scenario, str):
            scenario = scenario_named(scenario)
        if seconds is not None and not 0.0 <= seconds < float("inf"):
            raise SimulationError(
                f"the virtual patient was asked for {seconds:g} s; wanted 0 or more, or no end"
            )
        if not 0.0 < block_ms <= 1000.0:
            raise SimulationError(
                f"the simulation has blocks of {block_ms:g} ms; wanted above 0 to 1000 ms"
            )
        self._patient = VirtualPatient(scenario, rate_hz, n_channels, seed)
        self._info = StreamInfo(
            name=f"virtual patient: {scenario.name}",
            rate_hz=rate_hz,
            channel_labels=tuple(f"needle {i + 1}" for i in range(n_channels)),
            source_id=f"simulation-{scenario.name}-{seed}",
            metadata={
                "simulated": "yes",
                "scenario": scenario.name,
                "description": scenario.description,
                "seed": str(seed),
                "high_pass_hz": f"{scenario.amplifier.high_pass_hz:g}",
                "low_pass_hz": f"{scenario.amplifier.low_pass_hz:g}",
            },
        )
        self._n_samples = None if seconds is None else round(seconds * rate_hz)
        self._block_samples = max(1, round(block_ms * 1e-3 * rate_hz))
        self._pacer = Pacer(rate_hz, clock, speed)
        self._lag_ms = float("nan")
        self._next_sample = 0
        self._made = np.empty((0, n_channels), np.float32)
        self._keep_truth = keep_truth
        self._truth: list[Truth] = [np.empty(0, TRUTH_DTYPE)]
        self._closed = False

    @property
    def info(self) -> StreamInfo:
        """What the stream is; its metadata says that it is simulated."""
        return self._info

    @property
    def ended(self) -> bool:
        """True once closed or at the end of ``seconds``."""
        return self._closed or self._left() == 0

    @property
    def health(self) -> StreamHealth:
        """Nothing is ever lost; the lag says how late the newest Block was."""
        return StreamHealth(effective_rate_hz=self._info.rate_hz, lag_ms=self._lag_ms)

    def _left(self) -> int | None:
        return None if self._n_samples is None else self._n_samples - self._next_sample

    def read_block(self, timeout_s: float) -> Block | None:
        """Return the next Block, or None when its time has not come within ``timeout_s``.

        A Block is due when its last sample would have been digitised, on an absolute schedule
        that starts with the first call; late Blocks follow at once.
        """
        if self.ended:
            return None
        left = self._left()
        count = self._block_samples if left is None else min(self._block_samples, left)
        # Made before the wait, and the first ones before the schedule starts: so that computing
        # takes the time that is waited anyway.
        self._make(count)
        end_sample = self._next_sample + count
        if not self._pacer.wait_for(end_sample, timeout_s) or self._closed:
            return None
        block = Block(self._made[:count].copy(), self._next_sample)
        self._made = self._made[count:]
        self._next_sample = end_sample
        self._lag_ms = 1e3 * self._pacer.late_s(end_sample)
        return block

    def _make(self, count: int) -> None:
        """Make at least ``count`` samples that have not been read."""
        pieces, have = [self._made], self._made.shape[0]
        while have < count:
            piece, truth = self._patient.next_piece()
            if self._keep_truth:
                self._truth.append(truth)
            pieces.append(piece)
            have += piece.shape[0]
        if len(pieces) > 1:
            self._made = np.concatenate(pieces)

    def truth_until(self, sample: int) -> Truth:
        """Return the truth of the potentials that peak before ``sample``, and forget it.

        Only what has been read as Blocks is known. Taking the truth now and then keeps the memory
        of an endless run flat.

        Returns
        -------
        structured array of ``TRUTH_DTYPE``, ordered by sample, then channel
        """
        rows = np.concatenate(self._truth)
        known = int(np.searchsorted(rows["sample"], min(sample, self._next_sample)))
        self._truth = [rows[known:].copy()]
        return rows[:known]

    def close(self) -> None:
        """End the stream."""
        self._closed = True


def simulate(
    scenario: Scenario | str,
    rate_hz: float = 20_000.0,
    n_channels: int = 1,
    seconds: float = 60.0,
    seed: int = 0,
) -> tuple[Samples, Truth]:
    """Return what ``SimulatedSource`` streams with the same arguments, and its truth.

    Returns
    -------
    samples : float32 array, shape (seconds · rate_hz, n_channels), microvolts
    truth : structured array of ``TRUTH_DTYPE``, ordered by sample, then channel
    """
    if isinstance(scenario, str):
        scenario = scenario_named(scenario)
    patient = VirtualPatient(scenario, rate_hz, n_channels, seed)
    if not 0.0 <= seconds < float("inf"):
        raise SimulationError(f"the virtual patient was asked for {seconds:g} s; wanted 0 or more")
    samples = np.empty((round(seconds * rate_hz), n_channels), np.float32)
    found = [np.empty(0, TRUTH_DTYPE)]
    done = 0
    while done < samples.shape[0]:
        piece, truth = patient.next_piece()
        count = min(piece.shape[0], samples.shape[0] - done)
        samples[done : done + count] = piece[:count]
        found.append(truth)
        done += count
    rows = np.concatenate(found)
    return samples, rows[: int(np.searchsorted(rows["sample"], samples.shape[0]))]


def clean_train(
    kind: str,
    rate_hz: float = 20_000.0,
    seconds: float = 30.0,
    firing_hz: float = 8.0,
    cv: float = 0.03,
    times_noise: float = 10.0,
    seed: int = 0,
    *,
    n_trains: int = 1,
    amplifier: Amplifier | None = None,
) -> tuple[Samples, Truth]:
    """Return plain trains over noise on one channel, and their truth.

    The arguments are those of ``train_scenario`` and ``simulate``.
    """
    scenario = train_scenario(
        kind, firing_hz, cv, times_noise, n_trains=n_trains, amplifier=amplifier
    )
    return simulate(scenario, rate_hz, 1, seconds, seed)
