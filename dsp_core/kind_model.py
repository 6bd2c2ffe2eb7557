"""The table by which trains are told apart: how each kind looks, lasts and fires.

Each row is a hypothesis: a kind, how common it is among trains, and for each feature the mean and
spread that it has. A train's probability of a kind is the prior times the product of the bells,
summed over the kind's hypotheses and normalised. So each feature's share of a decision can be
shown. Ranges are those of the textbooks (AANEM glossary; Daube & Rubin; Preston & Shapiro) and of
Heckmann & Ludin 1982 for the variability of intervals; 43 % of denervation trains are irregular.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log2, log10

import numpy as np
import numpy.typing as npt

from myoscope.dsp_core.kinds import Kind

Bell = tuple[float, float]
Rhythm = dict[str, Bell]
Shape = dict[str, Bell]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One way in which a train can come about; each feature is (mean, spread).

    Attributes
    ----------
    kind
        What a train of this hypothesis is called.
    prior
        How common it is among trains; any scale.
    duration
        log2 of the duration in ms.
    half_width
        log2 of the width in ms of the largest deflection at half its height.
    positivity
        Positive part of the peak-to-peak amplitude, 0 to 1.
    first_phase
        +1 initially positive, -1 initially negative.
    amplitude
        log10 of the peak-to-peak amplitude in microvolts.
    phases
        Number of phases.
    rise
        log2 of the rise time in ms, 10 to 90 %: what lies far from the needle rises slowly.
    rate
        log2 of the rate in Hz.
    variability
        log2 of the mean of 2 |b - a| / (b + a) over consecutive intervals a, b; this is 1.13 times
        the coefficient of variation where intervals are independent.
    shortest
        log2 of the shortest interval in ms, or of 100 ms where it is longer.
    wander
        log2 of the slow change of intervals over their change from one to the next; 0 where
        they are independent.
    grouping
        log2 of pauses over intervals within groups; 0 where there are no groups.
    """

    kind: Kind
    prior: float
    duration: Bell
    half_width: Bell
    positivity: Bell
    first_phase: Bell
    amplitude: Bell
    phases: Bell
    rise: Bell
    rate: Bell
    variability: Bell
    shortest: Bell
    wander: Bell = (0.0, 0.7)
    grouping: Bell = (0.4, 0.7)

    def bells(self) -> list[Bell]:
        """Return the features in the order of the kernel's columns."""
        return [
            self.duration,
            self.half_width,
            self.positivity,
            self.first_phase,
            self.amplitude,
            self.phases,
            self.rise,
            self.rate,
            self.variability,
            self.shortest,
            self.wander,
            self.grouping,
        ]


# Rhythms. The shortest interval counts up to 100 ms: longer ones tell nothing apart.
_REGULAR: Rhythm = {
    "variability": (log2(0.035), 1.0),
    "shortest": (log2(95.0), 0.5),
    "wander": (0.4, 1.1),
}
_IRREGULAR: Rhythm = {"variability": (log2(0.54), 0.5), "shortest": (log2(80.0), 0.6)}
# Two fibres whose potentials are too much alike to be told apart.
_TAKEN_FOR_ONE: Rhythm = {
    "rate": (log2(9.0), 1.0),
    "variability": (log2(0.9), 0.5),
    "shortest": (log2(25.0), 1.1),
    "wander": (0.0, 1.3),
}
# One that another breaks in on now and then.
_BROKEN_IN_ON: Rhythm = {
    "rate": (log2(9.0), 1.0),
    "variability": (log2(0.08), 1.0),
    "shortest": (log2(25.0), 1.0),
    "wander": (0.2, 1.3),
}
_SLOW: Rhythm = {"rate": (log2(3.5), 1.3)}
_MYOTONIC: Rhythm = {
    "rate": (log2(38.0), 0.6),
    "variability": (log2(0.045), 0.8),
    "shortest": (log2(25.0), 0.55),
    "wander": (1.2, 1.1),
}
_FASCICULATING: Rhythm = {
    "rate": (log2(0.7), 1.3),
    "variability": (log2(0.95), 0.45),
    "shortest": (log2(92.0), 0.8),
    "grouping": (0.8, 0.8),
}
# No unit fires as slowly at will, however regularly.
_SLOWLY_FASCICULATING: Rhythm = {
    "rate": (log2(0.5), 1.0),
    "variability": (log2(0.35), 0.8),
    "shortest": (log2(98.0), 0.4),
}
_VOLUNTARY: Rhythm = {
    "rate": (log2(9.0), 0.6),
    "variability": (log2(0.16), 0.62),
    "shortest": (log2(68.0), 0.65),
    "wander": (0.3, 1.0),
}
# Some fire as evenly as a fibre: units that fire alone, or without the will.
_EVENLY_VOLUNTARY: Rhythm = {
    "rate": (log2(11.0), 0.6),
    "variability": (log2(0.07), 0.35),
    "shortest": (log2(75.0), 0.5),
    "wander": (0.3, 1.0),
}
# Now and then a motor unit fires twice at once.
_VOLUNTARY_WITH_DOUBLETS: Rhythm = {
    "rate": (log2(10.0), 0.6),
    "variability": (log2(0.45), 0.7),
    "shortest": (log2(8.0), 0.6),
    "grouping": (0.4, 1.2),
}
_MYOKYMIC: Rhythm = {
    "rate": (log2(25.0), 0.8),
    "variability": (log2(0.17), 0.9),
    "shortest": (log2(32.0), 0.7),
    "grouping": (3.2, 0.8),
}
_SLOWLY_MYOKYMIC: Rhythm = {
    **_MYOKYMIC,
    "rate": (log2(10.0), 0.5),
    "shortest": (log2(85.0), 0.45),
}
# Of two or three potentials in a group, most intervals are followed by a pause: each differs more
# from the next than all do.
_MYOKYMIC_IN_PAIRS: Rhythm = {
    **_MYOKYMIC,
    "rate": (log2(12.0), 1.3),
    "variability": (log2(1.8), 0.25),
    "shortest": (log2(50.0), 1.0),
    "wander": (-2.0, 1.2),
    "grouping": (2.4, 1.0),
}
_NEUROMYOTONIC: Rhythm = {
    "rate": (log2(200.0), 0.35),
    "variability": (log2(0.04), 0.9),
    "shortest": (log2(4.8), 0.35),
}
_CRAMPING: Rhythm = {
    "rate": (log2(45.0), 0.5),
    "variability": (log2(0.3), 0.6),
    "shortest": (log2(16.0), 0.6),
    "grouping": (0.4, 0.6),
}
_END_PLATE: Rhythm = {
    "rate": (log2(11.0), 1.25),
    "variability": (log2(1.0), 0.35),
    "shortest": (log2(15.0), 0.9),
}

# Shapes, as the detector's own filter leaves them.
_SPIKE: Shape = {
    "duration": (log2(2.8), 0.5),
    "half_width": (log2(0.5), 0.55),
    "positivity": (0.34, 0.1),
    "first_phase": (0.85, 0.45),
    "amplitude": (log10(70), 0.5),
    "phases": (2.9, 0.75),
    "rise": (log2(0.3), 0.6),
}
# A fibre that ends near the needle: mostly positive, but as short as any fibrillation.
_ENDING_SPIKE: Shape = {**_SPIKE, "positivity": (0.64, 0.1), "first_phase": (0.95, 0.3)}
# A fibre that starts at the needle: negative first.
_STARTING_SPIKE: Shape = {**_SPIKE, "positivity": (0.27, 0.12), "first_phase": (-0.9, 0.4)}
# Right at the needle a fibre's spike is nearly as short as a stimulus, but larger and with flanks.
_BRIEF_SPIKE: Shape = {
    **_SPIKE,
    "duration": (log2(2.4), 0.5),
    "half_width": (log2(0.21), 0.25),
    "positivity": (0.42, 0.1),
    "amplitude": (log10(180), 0.27),
    "phases": (2.6, 0.6),
    "rise": (log2(0.11), 0.5),
}
# Some way off the needle a fibre is duller and small, and begins either way.
_DULL_SPIKE: Shape = {
    **_SPIKE,
    "duration": (log2(4.2), 0.45),
    "half_width": (log2(1.05), 0.3),
    "positivity": (0.48, 0.09),
    "first_phase": (0.4, 0.9),
    "amplitude": (log10(60), 0.35),
    "phases": (2.3, 0.6),
    "rise": (log2(0.77), 0.3),
}
_POSITIVE_WAVE: Shape = {
    "duration": (log2(18.0), 0.65),
    "half_width": (log2(1.7), 0.55),
    "positivity": (0.79, 0.1),
    "first_phase": (0.95, 0.4),
    "amplitude": (log10(100), 0.5),
    "phases": (2.0, 1.0),
    "rise": (log2(0.57), 0.5),
}
# A high-pass of 20 to 30 Hz in the amplifier cuts its wave short.
_SHORTENED_WAVE: Shape = {
    **_POSITIVE_WAVE,
    "duration": (log2(8.0), 0.5),
    "half_width": (log2(0.85), 0.4),
    "positivity": (0.67, 0.08),
    "rise": (log2(0.8), 0.5),
}
_MOTOR_UNIT: Shape = {
    "duration": (log2(8.5), 0.6),
    "half_width": (log2(0.9), 0.6),
    "positivity": (0.28, 0.13),
    "first_phase": (0.4, 0.9),
    "amplitude": (log10(450), 0.5),
    "phases": (3.6, 1.6),
    "rise": (log2(0.8), 0.75),
}
# In myopathy motor units have lost fibres: they are short and small.
_SHORT_UNIT: Shape = {
    **_MOTOR_UNIT,
    "duration": (log2(4.3), 0.45),
    "half_width": (log2(0.5), 0.5),
    "amplitude": (log10(180), 0.4),
    "rise": (log2(0.35), 0.6),
}
# Close to the needle a large unit has spikes as sharp as a fibre's.
_NEAR_UNIT: Shape = {
    **_MOTOR_UNIT,
    "half_width": (log2(0.33), 0.55),
    "amplitude": (log10(900), 0.35),
    "rise": (log2(0.18), 0.65),
}
_FAR: Shape = {
    "half_width": (log2(1.9), 0.5),
    "amplitude": (log10(40), 0.3),
    "phases": (2.7, 1.0),
    "rise": (log2(1.6), 0.5),
}
_END_PLATE_SPIKE: Shape = {
    "duration": (log2(2.6), 0.6),
    "half_width": (log2(0.5), 0.6),
    "positivity": (0.33, 0.1),
    "first_phase": (-0.85, 0.45),
    "amplitude": (log10(150), 0.35),
    "phases": (2.2, 0.7),
    "rise": (log2(0.22), 0.75),
}


def _hypothesis(kind: Kind, prior: float, *features: Mapping[str, Bell]) -> Hypothesis:
    """Return a hypothesis whose features are those of the mappings, the last one holding."""
    merged = {name: bell for mapping in features for name, bell in mapping.items()}
    return Hypothesis(kind, prior, **merged)


HYPOTHESES: tuple[Hypothesis, ...] = (
    _hypothesis(Kind.FIBRILLATION, 1.0, _SPIKE, _SLOW, _REGULAR),
    _hypothesis(Kind.FIBRILLATION, 0.7, _SPIKE, _SLOW, _IRREGULAR),
    _hypothesis(Kind.FIBRILLATION, 0.25, _SPIKE, _TAKEN_FOR_ONE),
    _hypothesis(Kind.FIBRILLATION, 0.1, _SPIKE, _BROKEN_IN_ON),
    _hypothesis(Kind.FIBRILLATION, 0.3, _ENDING_SPIKE, _SLOW, _REGULAR),
    _hypothesis(Kind.FIBRILLATION, 0.2, _ENDING_SPIKE, _SLOW, _IRREGULAR),
    _hypothesis(Kind.FIBRILLATION, 0.15, _STARTING_SPIKE, _SLOW, _REGULAR),
    _hypothesis(Kind.FIBRILLATION, 0.15, _STARTING_SPIKE, _SLOW, _IRREGULAR),
    _hypothesis(Kind.FIBRILLATION, 0.05, _BRIEF_SPIKE, _SLOW, _REGULAR),
    _hypothesis(Kind.FIBRILLATION, 0.03, _BRIEF_SPIKE, _SLOW, _IRREGULAR),
    _hypothesis(Kind.FIBRILLATION, 0.15, _DULL_SPIKE, _SLOW, _REGULAR),
    _hypothesis(Kind.FIBRILLATION, 0.1, _DULL_SPIKE, _SLOW, _IRREGULAR),
    _hypothesis(Kind.POSITIVE_SHARP_WAVE, 1.0, _POSITIVE_WAVE, _SLOW, _REGULAR),
    _hypothesis(Kind.POSITIVE_SHARP_WAVE, 0.7, _POSITIVE_WAVE, _SLOW, _IRREGULAR),
    _hypothesis(Kind.POSITIVE_SHARP_WAVE, 0.25, _POSITIVE_WAVE, _TAKEN_FOR_ONE),
    _hypothesis(Kind.POSITIVE_SHARP_WAVE, 0.1, _POSITIVE_WAVE, _BROKEN_IN_ON),
    _hypothesis(Kind.POSITIVE_SHARP_WAVE, 0.4, _SHORTENED_WAVE, _SLOW, _REGULAR),
    _hypothesis(Kind.POSITIVE_SHARP_WAVE, 0.3, _SHORTENED_WAVE, _SLOW, _IRREGULAR),
    _hypothesis(Kind.FASCICULATION, 0.8, _MOTOR_UNIT, _FASCICULATING),
    _hypothesis(Kind.FASCICULATION, 0.3, _MOTOR_UNIT, _SLOWLY_FASCICULATING),
    # Some way off it is as dull as any motor unit.
    _hypothesis(
        Kind.FASCICULATION,
        0.3,
        _MOTOR_UNIT,
        _FAR,
        _FASCICULATING,
        {"amplitude": (log10(200), 0.35)},
    ),
    # From beyond where its fibres end a motor unit is mostly positive.
    _hypothesis(
        Kind.FASCICULATION,
        0.2,
        _MOTOR_UNIT,
        _FASCICULATING,
        {
            "half_width": (log2(1.4), 0.8),
            "positivity": (0.68, 0.15),
            "amplitude": (log10(650), 0.3),
            "phases": (3.0, 1.3),
            "rise": (log2(0.65), 0.9),
        },
    ),
    _hypothesis(Kind.FASCICULATION, 0.1, _NEAR_UNIT, _FASCICULATING),
    # A part of a unit may be as short as a myopathic one.
    _hypothesis(
        Kind.FASCICULATION, 0.1, _SHORT_UNIT, _FASCICULATING, {"amplitude": (log10(450), 0.3)}
    ),
    # A ring of fibres: many spikes at fixed lags, from one to the next the same.
    _hypothesis(
        Kind.COMPLEX_REPETITIVE_DISCHARGE,
        0.3,
        _SPIKE,
        {
            "duration": (log2(14.0), 0.8),
            "positivity": (0.35, 0.15),
            "first_phase": (0.0, 1.1),
            "amplitude": (log10(200), 0.45),
            "phases": (10.0, 2.2),
            "rate": (log2(15.0), 1.3),
            "variability": (log2(0.01), 0.8),
            "shortest": (log2(60.0), 0.9),
        },
    ),
    # A ring of two or three fibres.
    _hypothesis(
        Kind.COMPLEX_REPETITIVE_DISCHARGE,
        0.2,
        _SPIKE,
        {
            "duration": (log2(5.5), 0.5),
            "positivity": (0.35, 0.12),
            "first_phase": (0.3, 1.0),
            "amplitude": (log10(200), 0.45),
            "phases": (5.3, 1.2),
            "rate": (log2(18.0), 0.9),
            "variability": (log2(0.009), 0.5),
            "shortest": (log2(55.0), 0.8),
        },
    ),
    _hypothesis(Kind.MYOTONIC_DISCHARGE, 0.3, _SPIKE, _MYOTONIC),
    _hypothesis(Kind.MYOTONIC_DISCHARGE, 0.1, _STARTING_SPIKE, _MYOTONIC),
    _hypothesis(
        Kind.MYOTONIC_DISCHARGE,
        0.2,
        _POSITIVE_WAVE,
        _MYOTONIC,
        {"duration": (log2(15.0), 0.7), "half_width": (log2(1.2), 0.5)},
    ),
    _hypothesis(Kind.MYOKYMIC_DISCHARGE, 0.2, _MOTOR_UNIT, _MYOKYMIC),
    _hypothesis(Kind.MYOKYMIC_DISCHARGE, 0.15, _MOTOR_UNIT, _SLOWLY_MYOKYMIC),
    _hypothesis(Kind.MYOKYMIC_DISCHARGE, 0.1, _MOTOR_UNIT, _MYOKYMIC_IN_PAIRS),
    _hypothesis(
        Kind.NEUROMYOTONIC_DISCHARGE,
        0.2,
        _MOTOR_UNIT,
        _NEUROMYOTONIC,
        {"duration": (log2(6.0), 0.8), "half_width": (log2(0.65), 0.5), "positivity": (0.2, 0.15)},
    ),
    _hypothesis(
        Kind.CRAMP_DISCHARGE, 0.2, _MOTOR_UNIT, _CRAMPING, {"amplitude": (log10(800), 0.35)}
    ),
    _hypothesis(Kind.MOTOR_UNIT_POTENTIAL, 1.0, _MOTOR_UNIT, _VOLUNTARY),
    _hypothesis(
        Kind.MOTOR_UNIT_POTENTIAL,
        0.15,
        _MOTOR_UNIT,
        {"duration": (log2(9.0), 0.45)},
        _EVENLY_VOLUNTARY,
    ),
    _hypothesis(Kind.MOTOR_UNIT_POTENTIAL, 0.1, _SHORT_UNIT, _VOLUNTARY),
    _hypothesis(Kind.MOTOR_UNIT_POTENTIAL, 0.2, _NEAR_UNIT, _VOLUNTARY),
    _hypothesis(Kind.MOTOR_UNIT_POTENTIAL, 0.1, _NEAR_UNIT, _VOLUNTARY_WITH_DOUBLETS),
    _hypothesis(Kind.MOTOR_UNIT_POTENTIAL, 0.3, _MOTOR_UNIT, _VOLUNTARY_WITH_DOUBLETS),
    # From afar a motor unit is low and dull, and easily taken for another one.
    _hypothesis(Kind.MOTOR_UNIT_POTENTIAL, 0.5, _MOTOR_UNIT, _FAR, _VOLUNTARY),
    _hypothesis(
        Kind.MOTOR_UNIT_POTENTIAL,
        0.3,
        _MOTOR_UNIT,
        _FAR,
        {
            "rate": (log2(4.0), 1.2),
            "variability": (log2(0.9), 0.6),
            "shortest": (log2(60.0), 1.0),
        },
    ),
    _hypothesis(Kind.END_PLATE_SPIKE, 1.0, _END_PLATE_SPIKE, _END_PLATE),
    # An end-plate spike seen from beside the end-plate begins positive.
    _hypothesis(
        Kind.END_PLATE_SPIKE,
        0.1,
        _END_PLATE_SPIKE,
        {"positivity": (0.36, 0.12), "first_phase": (0.8, 0.5), "phases": (2.7, 0.7)},
        _END_PLATE,
    ),
    _hypothesis(
        Kind.END_PLATE_NOISE,
        0.5,
        {
            "duration": (log2(4.2), 0.8),
            "half_width": (log2(0.57), 0.45),
            "positivity": (0.1, 0.08),
            "first_phase": (-0.95, 0.3),
            "amplitude": (log10(33), 0.22),
            "phases": (1.4, 0.7),
            "rise": (log2(0.22), 0.8),
            "rate": (log2(3.0), 2.0),
            "variability": (log2(1.0), 0.4),
            "shortest": (log2(50.0), 1.4),
        },
    ),
    # No muscle fibre is as short as a stimulus.
    _hypothesis(
        Kind.ARTEFACT,
        0.3,
        {
            "duration": (log2(0.6), 0.6),
            "half_width": (log2(0.11), 0.35),
            "positivity": (0.5, 0.35),
            "first_phase": (0.0, 1.2),
            "amplitude": (2.0, 0.6),
            "phases": (2.5, 2.0),
            "rise": (log2(0.1), 0.5),
            "rate": (log2(8.0), 2.5),
            "variability": (log2(0.1), 3.0),
            "shortest": (log2(20.0), 2.0),
        },
    ),
    # No muscle potential is as slow as a movement of the needle or the heart.
    _hypothesis(
        Kind.ARTEFACT,
        0.3,
        {
            "duration": (log2(42.0), 0.4),
            "half_width": (log2(10.0), 0.5),
            "positivity": (0.5, 0.4),
            "first_phase": (0.0, 1.2),
            "amplitude": (2.5, 0.6),
            "phases": (1.7, 1.0),
            "rise": (log2(2.0), 1.5),
            "rate": (log2(3.0), 2.5),
            "variability": (log2(0.5), 2.0),
            "shortest": (log2(60.0), 1.5),
        },
    ),
    # Whatever fits none of them.
    _hypothesis(
        Kind.UNCLASSIFIED,
        0.3,
        {
            "duration": (log2(5.0), 2.0),
            "half_width": (0.0, 2.0),
            "positivity": (0.5, 0.4),
            "first_phase": (0.0, 1.2),
            "amplitude": (2.0, 1.0),
            "phases": (3.0, 3.0),
            "rise": (log2(0.6), 1.7),
            "rate": (log2(5.0), 3.0),
            "variability": (log2(0.3), 3.0),
            "shortest": (log2(40.0), 2.0),
            "wander": (0.0, 1.5),
            "grouping": (0.6, 1.2),
        },
    ),
)


def kind_table() -> tuple[
    npt.NDArray[np.uint8],
    npt.NDArray[np.float64],
    npt.NDArray[np.float64],
    npt.NDArray[np.float64],
]:
    """Return kinds, priors, means and spreads of the hypotheses, as the kernel takes them."""
    bells = np.array([hypothesis.bells() for hypothesis in HYPOTHESES], dtype=np.float64)
    return (
        np.array([hypothesis.kind for hypothesis in HYPOTHESES], dtype=np.uint8),
        np.array([hypothesis.prior for hypothesis in HYPOTHESES], dtype=np.float64),
        np.ascontiguousarray(bells[:, :, 0]),
        np.ascontiguousarray(bells[:, :, 1]),
    )
