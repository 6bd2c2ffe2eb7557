"""The kinds of potential and train, as every table, file and screen names them."""

from enum import IntEnum


class Kind(IntEnum):
    """A kind's code in the kernels and in recordings; ``label`` is its name in files."""

    UNCLASSIFIED = 0
    FIBRILLATION = 1
    POSITIVE_SHARP_WAVE = 2
    FASCICULATION = 3
    COMPLEX_REPETITIVE_DISCHARGE = 4
    MYOTONIC_DISCHARGE = 5
    MYOKYMIC_DISCHARGE = 6
    NEUROMYOTONIC_DISCHARGE = 7
    CRAMP_DISCHARGE = 8
    MOTOR_UNIT_POTENTIAL = 9
    END_PLATE_SPIKE = 10
    END_PLATE_NOISE = 11
    INSERTIONAL_ACTIVITY = 12
    ARTEFACT = 13

    @property
    def label(self) -> str:
        """The name in files: ``positive_sharp_wave``."""
        return self.name.lower()

    @property
    def words(self) -> str:
        """The name in a sentence: ``positive sharp wave``."""
        return self.label.replace("_", " ").replace("end plate", "end-plate")

    @property
    def raises_alert(self) -> bool:
        """True for spontaneous activity that is reported as an alert."""
        return Kind.FIBRILLATION <= self <= Kind.CRAMP_DISCHARGE

    @property
    def is_denervation(self) -> bool:
        """True for fibrillations and positive sharp waves."""
        return self in (Kind.FIBRILLATION, Kind.POSITIVE_SHARP_WAVE)


DENERVATION = tuple(kind for kind in Kind if kind.is_denervation)
"""Fibrillations and positive sharp waves, which have grades of their own."""
