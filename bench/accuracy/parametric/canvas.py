"""``Canvas``: where units, artefacts and noise are put together as one channel of EMG."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import bessel, butter, oaconvolve, resample_poly, sosfilt

from myoscope.acquisition.simulation.truth import ARTEFACT, TRUTH_DTYPE, Truth
from myoscope.bench.accuracy.parametric import grounds
from myoscope.bench.accuracy.parametric.shapes import Shape
from myoscope.bench.accuracy.signals import Signal

Floats = npt.NDArray[np.float64]

# Everything is made at this rate or faster; a slower stream is thinned out at the end.
LEAST_RATE_HZ = 10_000.0
HIGH_PASSES_HZ = (2.0, 10.0, 20.0, 30.0)
EDGE = 0.08
STAGES = 6
VARIANTS = 8
# What the high-pass adds after a waveform.
TAIL_S = 0.06


@dataclass(frozen=True, slots=True)
class Placed:
    """Discharges of one unit: rows of truth and where their waveforms end."""

    truth: Truth
    ends: npt.NDArray[np.int64]


class Canvas:
    """One channel in the making.

    Parameters
    ----------
    rng
        Draws everything.
    rate_hz
        Of the stream.
    seconds
        Length.
    high_pass_hz
        Corner of the amplifier's first-order high-pass; drawn where None.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        rate_hz: float,
        seconds: float,
        high_pass_hz: float | None = None,
    ) -> None:
        self.rng = rng
        self.seconds = seconds
        self.stream_hz = rate_hz
        self.thinning = int(np.ceil(LEAST_RATE_HZ / rate_hz))
        self.rate_hz = rate_hz * self.thinning
        self.noise_uv = float(np.exp(rng.uniform(np.log(1.5), np.log(7.0))))
        self.range_uv = float(rng.choice([5e3, 1e4, 3e4]))
        corner_hz = high_pass_hz or float(rng.choice(HIGH_PASSES_HZ))
        sections = [butter(1, corner_hz, "high", fs=self.rate_hz, output="sos")]
        low_pass_hz = rng.uniform(3000.0, 10_000.0)
        if low_pass_hz < 0.45 * self.rate_hz:
            design = (butter, bessel)[int(rng.integers(2))]
            order = int(rng.integers(1, 5))
            sections.append(design(order, low_pass_hz, fs=self.rate_hz, output="sos"))
        self._amplifier = np.vstack(sections)
        self.signal = np.zeros(round(seconds * self.rate_hz))
        self._placed: list[Placed] = []
        self._n_units = 0

    def times_noise(self, lowest: float, highest: float) -> float:
        """Draw an amplitude between two multiples of the noise, log-uniformly, in µV."""
        return self.noise_uv * float(np.exp(self.rng.uniform(np.log(lowest), np.log(highest))))

    def unit(
        self,
        kind: str,
        shape: Shape,
        times_s: Floats,
        amplitude_uv: float,
        gains: Floats | None = None,
        *,
        creeps: bool = True,
    ) -> None:
        """Add a unit that fires at ``times_s``; its amplitude is that behind the amplifier.

        ``creeps`` lets it get slower, and smaller by up to a fifth, and back.
        """
        rng, n = self.rng, len(times_s)
        waves = shape.table(rng, self.rate_hz, STAGES if creeps else 1, VARIANTS)
        waves *= np.linspace(1.0, 0.8, len(waves))[:, None, None] if creeps else 1.0
        waves = waves.reshape(-1, waves.shape[-1])
        scale, peaks, ends, sizes, durations_ms = self._seen(waves, amplitude_uv)
        stage = np.zeros(n, np.int64)
        if creeps:
            way = 0.5 - 0.5 * np.cos(2.0 * np.pi * times_s / rng.uniform(60.0, 500.0))
            stage = np.rint(way * (STAGES - 1)).astype(np.int64)
        rows = stage * VARIANTS + rng.integers(0, VARIANTS, n)
        if gains is None:
            gains = 1.0 + 0.02 * rng.standard_normal(n)
        starts = np.rint((times_s - 1e-3 * shape.reach_ms[0]) * self.rate_hz).astype(np.int64)
        grounds.added(self.signal, starts, scale * waves[rows] * gains[:, None])
        self._note(kind, starts + peaks[rows], starts + ends[rows], sizes[rows] * gains)
        self._placed[-1].truth["duration_ms"] = durations_ms[rows]

    def quanta(self, kind: str, shape: Shape, times_s: Floats, amplitude_uv: float) -> None:
        """Add very many potentials of one shape, of sizes that differ by a third."""
        wave = shape.table(self.rng, self.rate_hz, 1, 1)[0]
        scale, peaks, ends, sizes, durations_ms = self._seen(wave, amplitude_uv)
        gains = self.rng.gamma(9.0, 1.0 / 9.0, len(times_s))
        starts = np.rint(times_s * self.rate_hz).astype(np.int64)
        impulses = np.bincount(starts, gains, len(self.signal))[: len(self.signal)]
        self.signal += oaconvolve(impulses, scale * wave[0])[: len(self.signal)]
        self._note(kind, starts + peaks[0], starts + ends[0], sizes[0] * gains)
        self._placed[-1].truth["duration_ms"] = durations_ms[0]

    def artefact(self, times_s: Floats, wave: Floats, amplitudes_uv: Floats | float) -> None:
        """Add an artefact, given before the amplifier, at each of some times."""
        starts = np.rint(np.asarray(times_s) * self.rate_hz).astype(np.int64)
        sizes = np.broadcast_to(np.asarray(amplitudes_uv, np.float64), starts.shape)
        grounds.added(self.signal, starts, sizes[:, None] * wave)
        _, peaks, ends, _, _ = self._seen(wave[None], 1.0)
        self._note(ARTEFACT, starts + peaks[0], starts + ends[0], sizes)

    def finished(self) -> Signal:
        """Return what leaves the amplifier, with noise, and the truth."""
        noise = grounds.noise(self.rng, len(self.signal), self.rate_hz)
        noise = self._thinned(sosfilt(self._amplifier, noise))
        noise *= self.noise_uv / noise.std()
        limited = np.clip(self.signal, -self.range_uv, self.range_uv)
        samples = self._thinned(sosfilt(self._amplifier, limited)) + noise
        # An input stage that is overloaded passes nothing on, not even noise.
        samples[np.abs(self.signal[:: self.thinning]) > self.range_uv] = self.range_uv
        truth = np.concatenate([np.empty(0, TRUTH_DTYPE), *(one.truth for one in self._placed)])
        ends = np.concatenate([np.empty(0, np.int64), *(one.ends for one in self._placed)])
        inside = (truth["sample"] >= 0) & (truth["sample"] < len(samples))
        order = np.flatnonzero(inside)[np.argsort(truth["sample"][inside], kind="stable")]
        return Signal(
            np.ascontiguousarray(samples[:, None], np.float32),
            self.stream_hz,
            truth[order],
            self.noise_uv,
            ends[order],
        )

    def _thinned(self, signal: Floats) -> Floats:
        return resample_poly(signal, 1, self.thinning) if self.thinning > 1 else signal

    def _seen(
        self, waves: Floats, amplitude_uv: float
    ) -> tuple[float, npt.NDArray[np.int64], npt.NDArray[np.int64], Floats, Floats]:
        """Return the scale that gives the first of ``waves`` its amplitude, and what is seen.

        That is of each wave: the largest deflection's index, the index at which it has ended, its
        amplitude and its duration in ms.
        """
        tail = round(TAIL_S * self.rate_hz)
        seen = sosfilt(self._amplifier, np.pad(waves, ((0, 0), (0, tail))), axis=-1)
        if self.thinning > 1:
            seen = resample_poly(seen, 1, self.thinning, axis=-1)
        sizes = np.ptp(seen, axis=-1)
        scale = amplitude_uv / sizes[0]
        deflections = np.abs(seen)
        above = deflections >= EDGE * deflections.max(axis=-1, keepdims=True)
        first = above.argmax(axis=-1)
        last = above.shape[-1] - 1 - above[:, ::-1].argmax(axis=-1)
        peaks = deflections.argmax(axis=-1)
        durations_ms = (last - first + 1) * 1e3 / self.stream_hz
        return scale, peaks * self.thinning, last * self.thinning, scale * sizes, durations_ms

    def _note(
        self,
        kind: str,
        peaks: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
        amplitudes_uv: Floats,
    ) -> None:
        truth = np.zeros(len(peaks), TRUTH_DTYPE)
        truth["sample"] = np.rint(peaks / self.thinning)
        truth["unit"] = self._n_units
        truth["kind"] = kind
        truth["amplitude_uv"] = amplitudes_uv
        self._n_units += 1
        self._placed.append(Placed(truth, np.rint(ends / self.thinning).astype(np.int64)))
