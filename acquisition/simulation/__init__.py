"""The virtual patient: needle EMG from the physics of muscle fibres, with the truth."""

from myoscope.acquisition.simulation.amplifier import Amplifier, NoiseSpectrum
from myoscope.acquisition.simulation.scenario import Activity, Scenario
from myoscope.acquisition.simulation.scenarios import SCENARIOS, scenario_named, train_scenario
from myoscope.acquisition.simulation.source import SimulatedSource, clean_train, simulate
from myoscope.acquisition.simulation.truth import TRUTH_DTYPE

__all__ = [
    "SCENARIOS",
    "TRUTH_DTYPE",
    "Activity",
    "Amplifier",
    "NoiseSpectrum",
    "Scenario",
    "SimulatedSource",
    "clean_train",
    "scenario_named",
    "simulate",
    "train_scenario",
]
