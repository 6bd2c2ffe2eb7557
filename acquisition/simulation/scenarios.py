"""``SCENARIOS``: the virtual patients by clinical name, and plain trains for measurements."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from myoscope.acquisition.errors import SimulationError
from myoscope.acquisition.simulation import artefacts, rhythms, truth, waveforms
from myoscope.acquisition.simulation.amplifier import Amplifier
from myoscope.acquisition.simulation.rhythms import Range
from myoscope.acquisition.simulation.scenario import Activity, Scenario
from myoscope.acquisition.simulation.waveforms import WaveformMaker

STILL: Range = (float("inf"), float("inf"))

_FIBRILLATIONS = Activity(
    truth.FIBRILLATION, waveforms.fibrillation, rhythms.regular, (40.0, 300.0), (1, 2)
)
_IRREGULAR_FIBRILLATIONS = replace(_FIBRILLATIONS, rhythm=rhythms.irregular)
_SHARP_WAVES = Activity(
    truth.POSITIVE_SHARP_WAVE, waveforms.positive_sharp_wave, rhythms.regular, (60.0, 500.0), (1, 2)
)
_FASCICULATIONS = Activity(
    truth.FASCICULATION,
    partial(waveforms.motor_unit, spread_ms=(2.0, 7.0), blocking=0.08),
    rhythms.fasciculating,
    (200.0, 2500.0),
    (1, 3),
)
_VOLUNTARY = Activity(
    truth.MOTOR_UNIT_POTENTIAL,
    waveforms.motor_unit,
    rhythms.voluntary,
    (200.0, 2000.0),
    (3, 6),
)
_END_PLATE_SPIKES = Activity(
    truth.END_PLATE_SPIKE,
    waveforms.end_plate_spike,
    rhythms.end_plate_spikes,
    (80.0, 500.0),
    (1, 2),
)
_END_PLATE_NOISE = Activity(
    truth.END_PLATE_NOISE, waveforms.end_plate_noise, rhythms.end_plate_hiss, (10.0, 50.0)
)
_INSERTION = Activity(
    truth.INSERTIONAL_ACTIVITY, waveforms.insertional, rhythms.insertion, (200.0, 1500.0), (2, 4)
)
_MOVEMENT = Activity(
    truth.ARTEFACT, artefacts.movement, rhythms.now_and_then, (500.0, 5000.0), creep_s=STILL
)
_NEEDLE_MOVEMENT = replace(
    _MOVEMENT,
    waveform=partial(
        artefacts.movement, swing_ms=(500.0 * rhythms.MOVING_S, 1000.0 * rhythms.MOVING_S)
    ),
    rhythm=rhythms.once,
)
_ECG = Activity(
    truth.ARTEFACT, artefacts.ecg, rhythms.heart, (30.0, 200.0), creep_s=STILL, everywhere=True
)


def _stimulator(width_ms: Range, firing_hz: Range, amplitude_uv: Range) -> Activity:
    return Activity(
        truth.ARTEFACT,
        partial(artefacts.stimulus, width_ms=width_ms),
        partial(rhythms.clocked, firing_hz=firing_hz),
        amplitude_uv,
        creep_s=STILL,
        everywhere=True,
    )


_PACEMAKER = _stimulator((0.3, 0.9), (1.0, 1.5), (100.0, 1000.0))
_DEEP_BRAIN = _stimulator((0.06, 0.12), (130.0, 185.0), (20.0, 150.0))
_VAGUS_NERVE = _stimulator((0.25, 0.5), (20.0, 30.0), (50.0, 300.0))
_POPS = Activity(
    truth.ARTEFACT, artefacts.electrode_pop, rhythms.now_and_then, (50.0, 2000.0), creep_s=STILL
)
_SATURATION = Activity(
    truth.ARTEFACT,
    artefacts.saturation,
    partial(rhythms.now_and_then, every_s=(8.0, 20.0)),
    (8e4, 3e5),
    creep_s=STILL,
)
_RADIO = Activity(
    truth.ARTEFACT,
    artefacts.radio_burst,
    partial(rhythms.now_and_then, every_s=(4.0, 15.0)),
    (20.0, 200.0),
    creep_s=STILL,
    everywhere=True,
)

_AFTER_INSERTION: Range = (0.4, 1.2)

_ALL = (
    Scenario("rest", "Healthy muscle at rest: the amplifier's noise and nothing else."),
    Scenario("mains", "Rest with 50 Hz hum and its harmonics up to 100 µV.", mains_uv=60.0),
    Scenario(
        "mains-60",
        "Rest with 60 Hz hum and its harmonics up to 100 µV.",
        mains_uv=60.0,
        mains_hz=60.0,
    ),
    Scenario(
        "denervated-mild",
        "A few weeks after a partial injury: one or two trains of fibrillations or sharp waves.",
        (replace(_FIBRILLATIONS, units=(1, 1)), replace(_SHARP_WAVES, units=(0, 1))),
    ),
    Scenario(
        "denervated-profuse",
        "Complete denervation, 4+: a dozen trains fill the baseline.",
        (
            replace(_FIBRILLATIONS, units=(4, 6)),
            replace(_IRREGULAR_FIBRILLATIONS, units=(1, 3)),
            replace(_SHARP_WAVES, units=(3, 5)),
        ),
    ),
    Scenario(
        "denervated-chronic",
        "A year and more after an injury: a few small fibrillations, none above 100 µV.",
        (replace(_FIBRILLATIONS, amplitude_uv=(25.0, 90.0), units=(1, 3)),),
    ),
    Scenario(
        "denervated-irregular",
        "Fibrillations that fire irregularly, as in nearly half of denervated muscle.",
        (
            replace(_IRREGULAR_FIBRILLATIONS, units=(1, 2)),
            replace(_FIBRILLATIONS, rhythm=rhythms.changeable, units=(0, 1)),
        ),
    ),
    Scenario(
        "positive-sharp-waves",
        "Positive sharp waves alone, as at the injured zone or in the first days.",
        (replace(_SHARP_WAVES, units=(1, 3)),),
    ),
    Scenario(
        "end-plate-zone",
        "The needle in a normal end-plate: end-plate noise and spikes.",
        (_END_PLATE_NOISE, _END_PLATE_SPIKES),
    ),
    Scenario(
        "voluntary",
        "Slight to moderate contraction that comes and goes: three to six motor units.",
        (_VOLUNTARY,),
    ),
    Scenario(
        "distant-units",
        "Rest beside a muscle that contracts: dull, low motor units from afar.",
        (
            replace(
                _VOLUNTARY,
                waveform=partial(waveforms.motor_unit, distance_mm=(2.5, 6.0)),
                amplitude_uv=(10.0, 40.0),
            ),
        ),
    ),
    Scenario(
        "poor-relaxation",
        "One motor unit that the patient cannot silence, with some doublets.",
        (
            replace(_VOLUNTARY, units=(1, 1), rhythm=rhythms.steady),
            replace(
                _VOLUNTARY,
                units=(0, 1),
                rhythm=partial(rhythms.voluntary, doublets=0.05),
            ),
        ),
    ),
    Scenario(
        "fasciculations",
        "Fasciculations in a muscle that is otherwise at rest.",
        (replace(_FASCICULATIONS, units=(2, 4)),),
    ),
    Scenario(
        "als",
        "Motor neuron disease: fasciculations among fibrillations and sharp waves.",
        (
            replace(_FASCICULATIONS, units=(2, 4)),
            _FIBRILLATIONS,
            replace(_SHARP_WAVES, units=(0, 2)),
        ),
    ),
    Scenario(
        "myotonia",
        "Myotonic discharges that wax and wane.",
        (
            Activity(
                truth.MYOTONIC_DISCHARGE,
                waveforms.myotonic_potential,
                rhythms.waxing_and_waning,
                (100.0, 1000.0),
                (1, 2),
            ),
        ),
    ),
    Scenario(
        "crd",
        "Complex repetitive discharges: abrupt, machine-like.",
        (
            Activity(
                truth.COMPLEX_REPETITIVE_DISCHARGE,
                waveforms.complex_repetitive_discharge,
                rhythms.ring,
                (100.0, 1000.0),
            ),
        ),
    ),
    Scenario(
        "myokymia",
        "Myokymic discharges: marching bursts of a motor unit, as after radiation.",
        (
            Activity(
                truth.MYOKYMIC_DISCHARGE,
                waveforms.motor_unit,
                rhythms.grouped,
                (200.0, 1500.0),
                (1, 2),
            ),
        ),
    ),
    Scenario(
        "neuromyotonia",
        "Neuromyotonic discharges: pinging, 150 to 300 Hz, decrementing.",
        (
            Activity(
                truth.NEUROMYOTONIC_DISCHARGE,
                partial(waveforms.motor_unit, fibres=(3, 8), spread_ms=(0.3, 1.0)),
                rhythms.decrementing,
                (200.0, 1500.0),
            ),
        ),
    ),
    Scenario(
        "cramp",
        "A cramp: many motor units at 40 to 60 Hz that build up and fade.",
        (
            Activity(
                truth.CRAMP_DISCHARGE,
                waveforms.motor_unit,
                rhythms.cramping,
                (300.0, 2000.0),
                (4, 8),
            ),
        ),
    ),
    Scenario(
        "insertion",
        "Normal muscle, the needle moved every 10 s: insertional activity under 300 ms.",
        (_NEEDLE_MOVEMENT, _INSERTION),
        place_s=10.0,
    ),
    Scenario(
        "insertion-increased",
        "Early denervation: insertional activity that outlasts the movement by 0.5 to 2 s.",
        (
            _NEEDLE_MOVEMENT,
            replace(_INSERTION, rhythm=partial(rhythms.insertion, after_s=(0.5, 2.0))),
        ),
        place_s=10.0,
    ),
    Scenario(
        "examination",
        "A denervated muscle explored: the needle moved every 10 s, some places silent.",
        (
            _NEEDLE_MOVEMENT,
            _INSERTION,
            replace(_FIBRILLATIONS, presence=0.7, delay_s=_AFTER_INSERTION),
            replace(_SHARP_WAVES, presence=0.5, delay_s=_AFTER_INSERTION),
        ),
        place_s=10.0,
    ),
    Scenario(
        "end-plate-denervated",
        "A train of fibrillations in the end-plate zone.",
        (
            _END_PLATE_NOISE,
            _END_PLATE_SPIKES,
            replace(_FIBRILLATIONS, units=(1, 1), amplitude_uv=(100.0, 400.0)),
        ),
    ),
    Scenario("ecg", "Rest near the heart: the ECG at every needle.", (_ECG,)),
    Scenario("pacemaker", "Rest with a pacemaker and the ECG.", (_PACEMAKER, _ECG)),
    Scenario("deep-brain-stimulator", "Rest with a deep brain stimulator.", (_DEEP_BRAIN,)),
    Scenario("vagus-nerve-stimulator", "Rest with a vagus nerve stimulator.", (_VAGUS_NERVE,)),
    Scenario("electrode-pops", "Rest with a bad contact: electrode pops.", (_POPS,)),
    Scenario("movement", "Rest with a cable that is pulled.", (_MOVEMENT,)),
    Scenario(
        "saturation", "Rest with steps that drive the amplifier out of its range.", (_SATURATION,)
    ),
    Scenario("radio", "Rest near a mobile phone.", (_RADIO,)),
    Scenario(
        "artefacts",
        "Rest with everything that is no muscle: hum, heart, pops, movement, phone.",
        (
            _ECG,
            _POPS,
            replace(_MOVEMENT, rhythm=partial(rhythms.now_and_then, every_s=(5.0, 20.0))),
            _SATURATION,
            _RADIO,
        ),
        mains_uv=20.0,
    ),
)

SCENARIOS = MappingProxyType({scenario.name: scenario for scenario in _ALL})


def scenario_named(name: str) -> Scenario:
    """Return the scenario of that name.

    Raises
    ------
    SimulationError
        If there is none; the sentence lists those that there are.
    """
    if name not in SCENARIOS:
        raise SimulationError(f"no scenario is called {name!r}; there are {', '.join(SCENARIOS)}")
    return SCENARIOS[name]


_TRAIN_WAVEFORMS: Mapping[str, WaveformMaker] = MappingProxyType(
    {
        truth.FIBRILLATION: partial(waveforms.fibrillation, origin_share=0.0),
        truth.POSITIVE_SHARP_WAVE: waveforms.positive_sharp_wave,
        truth.FASCICULATION: waveforms.motor_unit,
        truth.MOTOR_UNIT_POTENTIAL: waveforms.motor_unit,
        truth.END_PLATE_SPIKE: waveforms.end_plate_spike,
        truth.COMPLEX_REPETITIVE_DISCHARGE: waveforms.complex_repetitive_discharge,
    }
)


def train_scenario(
    kind: str,
    firing_hz: float,
    cv: float,
    times_noise: float,
    *,
    n_trains: int = 1,
    amplifier: Amplifier | None = None,
) -> Scenario:
    """Return a scenario of plain trains that never stop, over noise, by a needle that stays put.

    Parameters
    ----------
    kind
        Label: fibrillation, positive_sharp_wave, fasciculation, motor_unit_potential,
        end_plate_spike or complex_repetitive_discharge.
    firing_hz
        Mean rate of each train.
    cv
        Of the intervals: near-Gaussian to 0.25, above that gamma with a least interval of 30 ms.
    times_noise
        Peak to peak over the noise's rms, after the amplifier.
    n_trains
        How many.
    amplifier
        Its band and noise; the default one where None.
    """
    amplifier = amplifier or Amplifier()
    if kind not in _TRAIN_WAVEFORMS:
        raise SimulationError(
            f"no plain train of {kind!r} can be made; there are {', '.join(_TRAIN_WAVEFORMS)}"
        )
    if not 0.0 < firing_hz <= 1000.0 or not 0.0 <= cv <= 1.5 or not times_noise > 0.0:
        raise SimulationError(
            f"a train at {firing_hz:g} Hz with CV {cv:g}, {times_noise:g} × the noise, was asked "
            "for; wanted up to 1000 Hz, CV 0 to 1.5 and an amplitude above 0"
        )
    rates = (firing_hz, firing_hz)
    rhythm: rhythms.Rhythm = (
        partial(rhythms.regular, firing_hz=rates, cv=(cv, cv), run_s=STILL)
        if cv <= 0.25
        else partial(rhythms.irregular, firing_hz=rates, cv=(cv, cv), least_ms=(30.0, 30.0))
    )
    amplitude_uv = times_noise * amplifier.noise_uv
    activity = Activity(
        kind,
        _TRAIN_WAVEFORMS[kind],
        rhythm,
        (amplitude_uv, amplitude_uv),
        (n_trains, n_trains),
        creep_s=STILL,
    )
    return Scenario(
        f"{kind}-train",
        f"{n_trains} × {kind} at {firing_hz:g} Hz, CV {cv:g}, {times_noise:g} × the noise.",
        (activity,),
        amplifier,
    )
