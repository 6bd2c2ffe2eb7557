"""The table by which trains are told apart: how each kind looks, lasts and fires.

Each row is a hypothesis: a kind, how common it is among trains, and for each feature the mean and
spread that it has. A train's probability of a kind is the prior times the product of the bells,
summed over the kind's hypotheses and normalised. So each feature's share of a decision can be
shown. Ranges are those of the textbooks (AANEM glossary; Daube & Rubin; Preston & Shapiro) and of
Heckmann & Ludin 1982 for the variability of intervals; 43 % of denervation trains are irregular.
"""

from dataclasses import dataclass
from math import log2, log10

import numpy as np
import numpy.typing as npt

from myoscope.dsp_core.kinds import Kind

Bell = tuple[float, float]


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
        ]


def _fibrillation(
    prior: float, variability: Bell, shortest: Bell, positivity: Bell, first_phase: Bell
) -> Hypothesis:
    return Hypothesis(
        Kind.FIBRILLATION,
        prior,
        duration=(log2(2.7), 0.42),
        half_width=(log2(0.6), 0.5),
        positivity=positivity,
        first_phase=first_phase,
        amplitude=(log10(100), 0.36),
        phases=(2.8, 0.7),
        rise=(log2(0.32), 0.5),
        rate=(log2(4.0), 1.3),
        variability=variability,
        shortest=shortest,
    )


def _positive_sharp_wave(prior: float, variability: Bell, shortest: Bell) -> Hypothesis:
    return Hypothesis(
        Kind.POSITIVE_SHARP_WAVE,
        prior,
        duration=(log2(13.0), 0.7),
        half_width=(log2(2.5), 0.6),
        positivity=(0.8, 0.11),
        first_phase=(0.95, 0.4),
        amplitude=(log10(130), 0.4),
        phases=(1.9, 0.6),
        rise=(log2(0.6), 0.6),
        rate=(log2(4.0), 1.3),
        variability=variability,
        shortest=shortest,
    )


_REGULAR: Bell = (log2(0.03), 1.0)
_REGULAR_SHORTEST: Bell = (log2(90.0), 0.6)
_IRREGULAR: Bell = (log2(0.5), 0.5)
_IRREGULAR_SHORTEST: Bell = (log2(75.0), 0.7)

HYPOTHESES: tuple[Hypothesis, ...] = (
    _fibrillation(1.0, _REGULAR, _REGULAR_SHORTEST, (0.36, 0.13), (0.8, 0.5)),
    _fibrillation(0.7, _IRREGULAR, _IRREGULAR_SHORTEST, (0.36, 0.13), (0.8, 0.5)),
    # A fibre that ends near the needle: mostly positive, but as short as any fibrillation.
    _fibrillation(0.3, _REGULAR, _REGULAR_SHORTEST, (0.66, 0.1), (0.95, 0.3)),
    _fibrillation(0.2, _IRREGULAR, _IRREGULAR_SHORTEST, (0.66, 0.1), (0.95, 0.3)),
    # A fibre that starts at the needle: negative first.
    _fibrillation(0.1, _REGULAR, _REGULAR_SHORTEST, (0.25, 0.12), (-0.9, 0.4)),
    _positive_sharp_wave(1.0, _REGULAR, _REGULAR_SHORTEST),
    _positive_sharp_wave(0.7, _IRREGULAR, _IRREGULAR_SHORTEST),
    Hypothesis(
        Kind.MOTOR_UNIT_POTENTIAL,
        2.0,
        duration=(log2(9.0), 0.6),
        half_width=(log2(1.0), 0.7),
        positivity=(0.35, 0.17),
        first_phase=(0.4, 0.9),
        amplitude=(log10(500), 0.45),
        phases=(3.0, 1.2),
        rise=(log2(0.9), 0.8),
        rate=(log2(9.0), 0.7),
        variability=(log2(0.14), 0.75),
        shortest=(log2(65.0), 0.7),
    ),
    Hypothesis(
        Kind.FASCICULATION,
        0.5,
        duration=(log2(9.0), 0.6),
        half_width=(log2(1.0), 0.7),
        positivity=(0.38, 0.2),
        first_phase=(0.3, 0.95),
        amplitude=(log10(500), 0.45),
        phases=(3.2, 1.4),
        rise=(log2(0.8), 0.7),
        rate=(log2(0.5), 1.4),
        variability=(log2(0.85), 0.45),
        shortest=(log2(90.0), 0.7),
    ),
    Hypothesis(
        Kind.END_PLATE_SPIKE,
        1.0,
        duration=(log2(3.0), 0.5),
        half_width=(log2(0.7), 0.5),
        positivity=(0.33, 0.12),
        first_phase=(-0.8, 0.5),
        amplitude=(log10(180), 0.35),
        phases=(2.1, 0.6),
        rise=(log2(0.25), 0.5),
        rate=(log2(15.0), 1.5),
        variability=(log2(0.75), 0.45),
        shortest=(log2(12.0), 1.2),
    ),
    # An end-plate spike seen from beside the end-plate begins positive.
    Hypothesis(
        Kind.END_PLATE_SPIKE,
        0.3,
        duration=(log2(3.0), 0.5),
        half_width=(log2(0.7), 0.5),
        positivity=(0.36, 0.13),
        first_phase=(0.8, 0.5),
        amplitude=(log10(150), 0.35),
        phases=(2.6, 0.7),
        rise=(log2(0.25), 0.5),
        rate=(log2(15.0), 1.5),
        variability=(log2(0.75), 0.4),
        shortest=(log2(12.0), 1.2),
    ),
    Hypothesis(
        Kind.END_PLATE_NOISE,
        1.0,
        duration=(log2(1.8), 0.7),
        half_width=(log2(0.6), 0.5),
        positivity=(0.08, 0.1),
        first_phase=(-0.95, 0.3),
        amplitude=(log10(28), 0.22),
        phases=(1.3, 0.6),
        rise=(log2(0.25), 0.6),
        rate=(log2(4.0), 2.0),
        variability=(log2(0.85), 0.4),
        shortest=(log2(25.0), 1.5),
    ),
    # Whatever fits none of them.
    Hypothesis(
        Kind.UNCLASSIFIED,
        0.3,
        duration=(log2(5.0), 2.0),
        half_width=(0.0, 2.0),
        positivity=(0.5, 0.4),
        first_phase=(0.0, 1.2),
        amplitude=(2.0, 1.0),
        phases=(3.0, 3.0),
        rise=(log2(0.6), 1.7),
        rate=(log2(5.0), 3.0),
        variability=(log2(0.3), 3.0),
        shortest=(log2(40.0), 2.0),
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
