"""``Scenario``: what a virtual patient has, in clinical terms."""

from dataclasses import dataclass, field

from myoscope.acquisition.errors import SimulationError
from myoscope.acquisition.simulation.amplifier import Amplifier
from myoscope.acquisition.simulation.rhythms import Range, Rhythm
from myoscope.acquisition.simulation.waveforms import WaveformMaker

# A place that is left sooner would not be heard out.
SHORTEST_PLACE_S = 1.0


@dataclass(frozen=True, slots=True)
class Activity:
    """Units of one kind near the needle.

    Attributes
    ----------
    kind
        Label of the Kind that truth gives to their potentials.
    waveform
        Draws one unit's waveforms.
    rhythm
        Makes one unit's discharges.
    amplitude_uv
        Range of the units' peak-to-peak amplitudes, drawn log-uniformly, after the amplifier.
    units
        Fewest and most units at one place of the needle.
    presence
        Probability that a place of the needle has this activity at all.
    delay_s
        Range of the time from the needle's arrival to the units' start.
    creep_s
        Range of the time in which the needle creeps away and back; infinite for a needle that
        stays put.
    everywhere
        True for what all channels see at the same time: the heart, a stimulator.
    """

    kind: str
    waveform: WaveformMaker
    rhythm: Rhythm
    amplitude_uv: Range
    units: tuple[int, int] = (1, 1)
    presence: float = 1.0
    delay_s: Range = (0.0, 0.0)
    creep_s: Range = (60.0, 600.0)
    everywhere: bool = False

    def __post_init__(self) -> None:
        lowest, highest = self.amplitude_uv
        if not 0.0 < lowest <= highest:
            raise SimulationError(
                f"{self.kind} has amplitudes from {lowest:g} to {highest:g} µV; "
                "wanted a rising range above 0"
            )
        if not 0 <= self.units[0] <= self.units[1]:
            raise SimulationError(
                f"{self.kind} has {self.units[0]} to {self.units[1]} units; "
                "wanted a rising range from 0"
            )


@dataclass(frozen=True, slots=True)
class Scenario:
    """A virtual patient.

    Attributes
    ----------
    name
        As typed on the command line.
    description
        One line in the words of the clinic.
    activities
        What the needle meets.
    amplifier
        Its band and noise.
    mains_uv
        Amplitude (zero to peak) of the mains' fundamental; 0 for none.
    mains_hz
        50 or 60.
    place_s
        Mean time before the needle is moved on to a new place; infinite for never.
    """

    name: str
    description: str
    activities: tuple[Activity, ...] = ()
    amplifier: Amplifier = field(default_factory=Amplifier)
    mains_uv: float = 0.0
    mains_hz: float = 50.0
    place_s: float = float("inf")

    def __post_init__(self) -> None:
        if not self.place_s >= SHORTEST_PLACE_S:
            raise SimulationError(
                f"{self.name} moves the needle every {self.place_s:g} s; "
                f"wanted {SHORTEST_PLACE_S:g} s or more"
            )
        if not 0.0 <= self.mains_uv < float("inf") or not 10.0 <= self.mains_hz <= 400.0:
            raise SimulationError(
                f"{self.name} has mains of {self.mains_uv:g} µV at {self.mains_hz:g} Hz; "
                "wanted 0 µV or more at 10 to 400 Hz"
            )
