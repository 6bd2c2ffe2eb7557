"""The signals of the bench from the physical simulator: muscle fibres seen by a concentric needle.

Each maker draws a virtual patient; another seed is another patient, with another amplifier.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import numpy as np

from myoscope.acquisition.simulation import (
    Amplifier,
    NoiseSpectrum,
    rhythms,
    simulate,
    truth,
    waveforms,
)
from myoscope.acquisition.simulation.rhythms import Range, Rhythm
from myoscope.acquisition.simulation.scenario import Activity, Scenario
from myoscope.acquisition.simulation.scenarios import SCENARIOS
from myoscope.acquisition.simulation.waveforms import WaveformMaker
from myoscope.bench.accuracy.signals import Signal

PatientMaker = Callable[[np.random.Generator], Scenario]

HIGH_PASSES_HZ = (2.0, 10.0, 20.0, 30.0)
# Nothing starts while the detector still learns the noise.
BEGIN_S: Range = (0.5, 3.0)
# 57 % of the patterns of denervated muscle are regular (domain facts: 553 patterns); the rest is
# irregular, part of it changing within one record.
RHYTHMS: tuple[tuple[float, Rhythm], ...] = (
    (0.57, rhythms.regular),
    (0.30, rhythms.irregular),
    (0.13, rhythms.changeable),
)


def physical_signal(suite: str, rate_hz: float, seconds: float, seed: int) -> Signal:
    """Return a patient of a suite of ``PATIENTS``."""
    # Named in the seed, so that suites and rates have patients of their own.
    rng = np.random.default_rng([seed, round(rate_hz), *suite.encode()])
    patient = PATIENTS[suite](rng)
    samples, rows = simulate(patient, rate_hz, 1, seconds, int(rng.integers(2**31)))
    return Signal(samples, rate_hz, rows, patient.amplifier.noise_uv)


def _amplifier(rng: np.random.Generator, high_pass_hz: float | None = None) -> Amplifier:
    return Amplifier(
        high_pass_hz=high_pass_hz or float(rng.choice(HIGH_PASSES_HZ)),
        high_pass_order=int(rng.integers(1, 3)),
        noise_uv=float(np.exp(rng.uniform(np.log(2.0), np.log(6.0)))),
        spectrum=NoiseSpectrum(rng.choice([spectrum.value for spectrum in NoiseSpectrum])),
    )


def _train(
    rng: np.random.Generator,
    kind: str,
    waveform: WaveformMaker,
    amplitude_uv: Range,
    rhythm: Rhythm | None = None,
) -> Activity:
    shares, choices = zip(*RHYTHMS, strict=True)
    chosen = choices[int(rng.choice(len(choices), p=shares))]
    return Activity(kind, waveform, rhythm or chosen, amplitude_uv, (1, 1), delay_s=BEGIN_S)


def fibrillation_train(rng: np.random.Generator, amplitude_uv: Range) -> Activity:
    """Return a train of fibrillations, regular or not."""
    return _train(rng, truth.FIBRILLATION, waveforms.fibrillation, amplitude_uv)


def sharp_wave_train(rng: np.random.Generator, amplitude_uv: Range) -> Activity:
    """Return a train of positive sharp waves, regular or not."""
    return _train(rng, truth.POSITIVE_SHARP_WAVE, waveforms.positive_sharp_wave, amplitude_uv)


def _fibrillations(rng: np.random.Generator, times_noise: Range) -> Scenario:
    amplifier = _amplifier(rng)
    amplitude_uv = _scaled(times_noise, amplifier)
    trains = tuple(fibrillation_train(rng, amplitude_uv) for _ in range(rng.integers(1, 4)))
    return _patient("fibrillations", trains, amplifier)


def _sharp_waves(rng: np.random.Generator, high_pass_hz: float) -> Scenario:
    amplifier = _amplifier(rng, high_pass_hz)
    amplitude_uv = _scaled((8.0, 40.0), amplifier)
    trains = tuple(sharp_wave_train(rng, amplitude_uv) for _ in range(rng.integers(1, 4)))
    return _patient("positive sharp waves", trains, amplifier)


def _of_any_size(
    rng: np.random.Generator, train: Callable[[np.random.Generator, Range], Activity]
) -> Scenario:
    amplifier = _amplifier(rng)
    return _patient("one train", (train(rng, _scaled((2.0, 30.0), amplifier)),), amplifier)


def _mixed(rng: np.random.Generator, fewest: int, most: int) -> Scenario:
    amplifier = _amplifier(rng)
    amplitude_uv = _scaled((8.0, 40.0), amplifier)
    trains = [
        (fibrillation_train, sharp_wave_train)[order % 2](rng, amplitude_uv)
        for order in range(rng.integers(fewest, most + 1))
    ]
    return _patient("mixed", tuple(trains), amplifier)


def _fasciculations(rng: np.random.Generator, *, among_fibrillations: bool) -> Scenario:
    amplifier = _amplifier(rng)
    fasciculations = replace(
        SCENARIOS["fasciculations"].activities[0], units=(1, 3), delay_s=BEGIN_S
    )
    trains: tuple[Activity, ...] = ()
    if among_fibrillations:
        amplitude_uv = _scaled((8.0, 40.0), amplifier)
        trains = tuple(fibrillation_train(rng, amplitude_uv) for _ in range(rng.integers(1, 4)))
    return _patient("fasciculations", (fasciculations, *trains), amplifier)


def _known(rng: np.random.Generator, name: str) -> Scenario:
    """Return one of the clinical patients, with another amplifier."""
    return replace(SCENARIOS[name], amplifier=_amplifier(rng))


def _mains(rng: np.random.Generator, mains_hz: float) -> Scenario:
    return replace(_known(rng, "mains"), mains_hz=mains_hz, mains_uv=rng.uniform(10.0, 100.0))


def _voluntary(rng: np.random.Generator, units: tuple[int, int], rhythm: Rhythm) -> Scenario:
    activity = replace(SCENARIOS["voluntary"].activities[0], units=units, rhythm=rhythm)
    return _patient("voluntary", (activity,), _amplifier(rng))


def _explored(rng: np.random.Generator) -> Scenario:
    patient = _known(rng, "examination")
    floor_uv = 8.0 * patient.amplifier.noise_uv
    activities = [
        replace(activity, amplitude_uv=(max(floor_uv, activity.amplitude_uv[0]), 500.0))
        if activity.kind in (truth.FIBRILLATION, truth.POSITIVE_SHARP_WAVE)
        else activity
        for activity in patient.activities
    ]
    return replace(patient, activities=tuple(activities))


def _patient(name: str, activities: tuple[Activity, ...], amplifier: Amplifier) -> Scenario:
    return Scenario(name, "Drawn for the bench.", activities, amplifier)


def _scaled(times_noise: Range, amplifier: Amplifier) -> Range:
    return times_noise[0] * amplifier.noise_uv, times_noise[1] * amplifier.noise_uv


PATIENTS: Mapping[str, PatientMaker] = MappingProxyType(
    {
        "fibrillations": partial(_fibrillations, times_noise=(8.0, 40.0)),
        "small-fibrillations": partial(_fibrillations, times_noise=(5.0, 8.0)),
        **{
            f"sharp-waves-{corner_hz:g}-hz": partial(_sharp_waves, high_pass_hz=corner_hz)
            for corner_hz in HIGH_PASSES_HZ
        },
        "fibrillations-by-size": partial(_of_any_size, train=fibrillation_train),
        "sharp-waves-by-size": partial(_of_any_size, train=sharp_wave_train),
        "mixed": partial(_mixed, fewest=4, most=6),
        "profuse": partial(_mixed, fewest=10, most=10),
        "fasciculations": partial(_fasciculations, among_fibrillations=False),
        "fasciculations-among-fibrillations": partial(_fasciculations, among_fibrillations=True),
        "crd": partial(_known, name="crd"),
        "myotonia": partial(_known, name="myotonia"),
        "myokymia": partial(_known, name="myokymia"),
        "neuromyotonia": partial(_known, name="neuromyotonia"),
        "cramp": partial(_known, name="cramp"),
        "rest": partial(_known, name="rest"),
        "mains-50": partial(_mains, mains_hz=50.0),
        "mains-60": partial(_mains, mains_hz=60.0),
        "ecg": partial(_known, name="ecg"),
        "pacemaker": partial(_known, name="pacemaker"),
        "deep-brain-stimulator": partial(_known, name="deep-brain-stimulator"),
        "electrode-pops": partial(_known, name="electrode-pops"),
        "movement": partial(_known, name="movement"),
        "saturation": partial(_known, name="saturation"),
        "radio": partial(_known, name="radio"),
        "voluntary": partial(_voluntary, units=(1, 6), rhythm=rhythms.voluntary),
        "doublets": partial(
            _voluntary, units=(1, 3), rhythm=partial(rhythms.voluntary, doublets=0.15)
        ),
        "lone-unit": partial(
            _voluntary, units=(1, 1), rhythm=partial(rhythms.steady, cv=(0.08, 0.08))
        ),
        "end-plate": partial(_known, name="end-plate-zone"),
        "end-plate-denervated": partial(_known, name="end-plate-denervated"),
        "insertions": partial(_known, name="insertion"),
        "explored": _explored,
        "increased-insertion": partial(_known, name="insertion-increased"),
    }
)
