"""``TRUTH_DTYPE``: what is known of every potential that the virtual patient makes."""

import numpy as np
import numpy.typing as npt

Truth = npt.NDArray[np.void]

TRUTH_DTYPE = np.dtype(
    [
        ("sample", "<i8"),  # of the largest deflection of the waveform without noise
        ("channel", "<i4"),  # from 0
        ("unit", "<i4"),  # what discharged: one fibre, motor unit or device; counted from 0
        ("kind", "<U32"),  # label of a Kind
        ("amplitude_uv", "<f4"),  # peak to peak, as it leaves the amplifier, without noise
        ("duration_ms", "<f4"),  # between the first and last 8 % of the largest deflection
    ]
)

FIBRILLATION = "fibrillation"
POSITIVE_SHARP_WAVE = "positive_sharp_wave"
FASCICULATION = "fasciculation"
COMPLEX_REPETITIVE_DISCHARGE = "complex_repetitive_discharge"
MYOTONIC_DISCHARGE = "myotonic_discharge"
MYOKYMIC_DISCHARGE = "myokymic_discharge"
NEUROMYOTONIC_DISCHARGE = "neuromyotonic_discharge"
CRAMP_DISCHARGE = "cramp_discharge"
MOTOR_UNIT_POTENTIAL = "motor_unit_potential"
END_PLATE_SPIKE = "end_plate_spike"
END_PLATE_NOISE = "end_plate_noise"
INSERTIONAL_ACTIVITY = "insertional_activity"
ARTEFACT = "artefact"
