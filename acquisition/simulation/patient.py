"""``VirtualPatient``: makes a scenario's signal piece by piece, the same for the same seed."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt
import scipy

from myoscope.acquisition.block import Samples
from myoscope.acquisition.errors import SimulationError
from myoscope.acquisition.simulation.amplifier import high_pass, noise_shaping, oversampling
from myoscope.acquisition.simulation.rhythms import Discharge, Firing
from myoscope.acquisition.simulation.scenario import Activity, Scenario
from myoscope.acquisition.simulation.template import Template
from myoscope.acquisition.simulation.truth import TRUTH_DTYPE, Truth

Signal = npt.NDArray[np.float64]

RATE_RANGE_HZ = (2_000.0, 48_000.0)
# Pieces are short so that a live stream is never held up long while one is made.
PIECE_S = 0.1
# First word of the key of every seed that all channels share; channels follow from 1.
ALL_CHANNELS = 0


class _Unit:
    """One fibre, motor unit or device on one channel: a template and a rhythm."""

    def __init__(
        self,
        number: int,
        activity: Activity,
        template: Template,
        discharges: Iterator[Discharge],
        rng: np.random.Generator,
    ) -> None:
        self.number = number
        self.kind = activity.kind
        self.everywhere = activity.everywhere
        self.template = template
        self._discharges = discharges
        self._next: Discharge | None = next(discharges, None)
        self._rng = rng
        self._creep_s = rng.uniform(*activity.creep_s) if np.isfinite(activity.creep_s[1]) else 0.0

    def discharges_before(self, end_s: float) -> tuple[Signal, Signal]:
        """Return times (s) and gains of the discharges before ``end_s``, each once."""
        found: list[Discharge] = []
        while self._next is not None and self._next[0] < end_s:
            found.append(self._next)
            self._next = next(self._discharges, None)
        times_s, gains = np.array(found, np.float64).reshape(-1, 2).T
        return times_s, gains

    def waves(self, times_s: Signal, rate_hz: float) -> tuple[npt.NDArray[np.int64], ...]:
        """Return the first samples and the template's rows of discharges at ``times_s``."""
        template = self.template
        at = times_s * rate_hz
        first = np.ceil(at).astype(np.int64)
        nearest = np.rint((first - at) * template.n_shifts).astype(np.int64)
        shift = np.minimum(nearest, template.n_shifts - 1)
        variant = self._rng.integers(0, template.n_variants, times_s.size)
        position = np.zeros(times_s.size, np.int64)
        if self._creep_s:
            away = 1.0 - np.abs(1.0 - np.mod(2.0 * times_s / self._creep_s, 2.0))
            position = np.rint(away * (template.n_positions - 1)).astype(np.int64)
        return first, template.rows(position, variant, shift)


class _Channel:
    """One needle: the units at its place, and its amplifier."""

    def __init__(self, patient: "VirtualPatient", index: int) -> None:
        self._patient = patient
        self._index = index
        self._rng = patient.rng(index + 1)
        self._units: list[_Unit] = []
        self._prepared: list[_Unit] = []
        self._coming = self._met_at(1, 0.0)
        self._place = 0
        self._leave_s = 0.0
        self._sum = np.zeros(patient.piece_samples)
        amplifier, rate_hz = patient.scenario.amplifier, patient.rate_hz
        self._high_pass = high_pass(amplifier, rate_hz)
        self._high_pass_state = np.zeros((self._high_pass.shape[0], 2))
        self._shaping, self._noise_scale = noise_shaping(amplifier, rate_hz)
        self._shaping_state = np.zeros((self._shaping.shape[0], 2))
        self._mains_share = patient.rng(index + 1, 0, 0).uniform(0.6, 1.0)
        self._pending = np.empty(0, TRUTH_DTYPE)

    def _met_at(self, place: int, arrive_s: float) -> Iterator[_Unit]:
        """Make the units that the needle meets at a place, one by one."""
        patient, scenario, rate_hz = self._patient, self._patient.scenario, self._patient.rate_hz
        own = self._index + 1
        presence_rng = patient.rng(own, place, 0)
        for order, activity in enumerate(scenario.activities):
            present = presence_rng.random() < activity.presence
            if not present or (activity.everywhere and place > 1):
                continue
            key = (place, order + 1)
            owner = ALL_CHANNELS if activity.everywhere else own
            fewest, most = activity.units
            count = int(patient.rng(owner, *key, 0).integers(fewest, most + 1))
            for which in range(1, count + 1):
                rng = patient.rng(owner, *key, which)
                own_rng = patient.rng(own, *key, which, 0)
                template = Template(
                    activity.waveform(rng, rate_hz * oversampling(rate_hz)),
                    float(np.exp(own_rng.uniform(*np.log(activity.amplitude_uv)))),
                    scenario.amplifier,
                    rate_hz,
                )
                firing = Firing(
                    rng=rng,
                    start_s=arrive_s + rng.uniform(*activity.delay_s),
                    common=patient.seed_sequence(ALL_CHANNELS, *key),
                    duration_s=template.n_samples / rate_hz,
                )
                yield _Unit(
                    patient.next_unit(), activity, template, activity.rhythm(firing), own_rng
                )

    def prepare(self) -> None:
        """Make one unit of the next place, so that arriving there takes no long computation."""
        self._prepared += islice(self._coming, 1)

    def _arrive(self) -> None:
        """Move the needle to its next place; only the heart and its like go on."""
        everywhere = [unit for unit in self._units if unit.everywhere]
        self._units = [*everywhere, *self._prepared, *self._coming]
        self._prepared = []
        self._place += 1
        stay = self._patient.rng(self._index + 1, self._place).uniform(0.8, 1.2)
        self._leave_s += self._patient.scenario.place_s * stay
        if np.isfinite(self._leave_s):
            self._coming = self._met_at(self._place + 1, self._leave_s)

    def _add_until(self, end_s: float, first_sample: int) -> list[Truth]:
        """Add the discharges before ``end_s`` to the sum; return their truth."""
        rate_hz = self._patient.rate_hz
        most_uv = 2.0 * self._patient.scenario.amplifier.range_uv
        found = []
        for unit in self._units:
            times_s, gains = unit.discharges_before(end_s)
            if not times_s.size:
                continue
            first, rows = unit.waves(times_s, rate_hz)
            template = unit.template
            start = first - first_sample
            need = int(start.max()) + template.n_samples
            if need > self._sum.size:
                self._sum = np.pad(self._sum, (0, need - self._sum.size))
            at = start[:, None] + np.arange(template.n_samples)
            np.add.at(self._sum, at.ravel(), (template.waves[rows] * gains[:, None]).ravel())
            truth = np.empty(times_s.size, TRUTH_DTYPE)
            truth["sample"] = first + template.peak_samples[rows]
            truth["channel"] = self._index
            truth["unit"] = unit.number
            truth["kind"] = unit.kind
            truth["amplitude_uv"] = np.minimum(template.amplitude_uv[rows] * gains, most_uv)
            truth["duration_ms"] = template.duration_ms[rows]
            found.append(truth)
        return found

    def next_piece(self, first_sample: int, mains: Signal) -> tuple[Signal, Truth]:
        """Return the next piece, shape (piece_samples,), and the truth of what peaks in it."""
        patient = self._patient
        end_sample = first_sample + patient.piece_samples
        end_s = end_sample / patient.rate_hz
        found = [self._pending]
        while self._leave_s < end_s:
            found += self._add_until(self._leave_s, first_sample)
            self._arrive()
        found += self._add_until(end_s, first_sample)
        truth = np.concatenate(found)
        truth = truth[np.argsort(truth["sample"], kind="stable")]
        known = int(np.searchsorted(truth["sample"], end_sample))
        self._pending = truth[known:].copy()

        signal = self._sum[: patient.piece_samples] + self._mains_share * mains
        rest = self._sum[patient.piece_samples :]
        self._sum = np.pad(rest, (0, max(0, patient.piece_samples - rest.size)))
        white = self._noise_scale * self._rng.standard_normal(patient.piece_samples)
        noise, self._shaping_state = scipy.signal.sosfilt(
            self._shaping, white, zi=self._shaping_state
        )
        # An overloaded input stage passes nothing on: a flat line, without noise, until it is back.
        range_uv = patient.scenario.amplifier.range_uv
        signal = np.clip(signal + noise, -range_uv, range_uv)
        signal, self._high_pass_state = scipy.signal.sosfilt(
            self._high_pass, signal, zi=self._high_pass_state
        )
        return np.clip(signal, -range_uv, range_uv), truth[:known]


class VirtualPatient:
    """A scenario's signal, made in pieces of a tenth of a second, one after another.

    Parameters
    ----------
    scenario
        What the patient has.
    rate_hz
        Sampling rate, 2000 to 48000 Hz.
    n_channels
        Needles, each at its own place.
    seed
        Another seed is another patient.

    Raises
    ------
    SimulationError
        If rate, channels or seed are outside of what can be made.
    """

    def __init__(self, scenario: Scenario, rate_hz: float, n_channels: int, seed: int) -> None:
        lowest, highest = RATE_RANGE_HZ
        if not lowest <= rate_hz <= highest:
            raise SimulationError(
                f"the virtual patient was asked for {rate_hz:g} Hz; "
                f"wanted {lowest:g} to {highest:g} Hz"
            )
        if n_channels < 1:
            raise SimulationError(
                f"the virtual patient was asked for {n_channels} channels; wanted 1 or more"
            )
        if seed < 0:
            raise SimulationError(
                f"the virtual patient was given the seed {seed}; wanted 0 or more"
            )
        self.scenario = scenario
        self.rate_hz = rate_hz
        self.n_channels = n_channels
        self.piece_samples = max(1, round(PIECE_S * rate_hz))
        self._seed = seed
        self._n_units = 0
        self._end_sample = 0
        mains_rng = self.rng(ALL_CHANNELS)
        # Odd harmonics of transformers and dimmers.
        self._harmonics = [(1, 1.0)] + [
            (k, float(mains_rng.uniform(0.1, 0.9) / k)) for k in (2, 3, 5, 7, 9)
        ]
        self._harmonic_phases = mains_rng.uniform(0.0, 2.0 * np.pi, len(self._harmonics))
        self._channels: list[_Channel] = []

    def seed_sequence(self, *key: int) -> np.random.SeedSequence:
        """Return the seed of one part of this patient."""
        return np.random.SeedSequence(self._seed, spawn_key=key)

    def rng(self, *key: int) -> np.random.Generator:
        """Return a new generator for one part of this patient."""
        return np.random.default_rng(self.seed_sequence(*key))

    def next_unit(self) -> int:
        """Return the number of the next unit."""
        self._n_units += 1
        return self._n_units - 1

    def _mains(self) -> Signal:
        """Return the mains' hum in the next piece; its frequency wavers by some mHz."""
        if not self.scenario.mains_uv:
            return np.zeros(self.piece_samples)
        t = (self._end_sample + np.arange(self.piece_samples)) / self.rate_hz
        phase = 2.0 * np.pi * self.scenario.mains_hz * t + 0.5 * np.sin(2.0 * np.pi * 0.02 * t)
        hum = np.zeros(t.size)
        for (k, share), offset in zip(self._harmonics, self._harmonic_phases, strict=True):
            if k * self.scenario.mains_hz < 0.45 * self.rate_hz:
                hum += share * np.sin(k * phase + offset)
        return np.asarray(self.scenario.mains_uv * hum)

    def next_piece(self) -> tuple[Samples, Truth]:
        """Return the next samples and the truth of the potentials that peak in them.

        Returns
        -------
        samples : float32 array, shape (piece_samples, n_channels), microvolts
        truth : structured array of ``TRUTH_DTYPE``, ordered by sample, then channel
        """
        if not self._channels:  # made here: a patient that is only named costs nothing
            self._channels = [_Channel(self, index) for index in range(self.n_channels)]
        first_sample = self._end_sample
        mains = self._mains()
        # One channel at a time, so that no piece is held up long.
        self._channels[(first_sample // self.piece_samples) % self.n_channels].prepare()
        samples = np.empty((self.piece_samples, self.n_channels), np.float32)
        found = []
        for index, channel in enumerate(self._channels):
            samples[:, index], truth = channel.next_piece(first_sample, mains)
            found.append(truth)
        self._end_sample += self.piece_samples
        rows = np.concatenate(found)
        return samples, rows[np.lexsort((rows["channel"], rows["sample"]))]
