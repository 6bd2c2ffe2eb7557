"""The signals of the bench from real needle EMG: voluntary contraction of PhysioNet's emgdb.

As they are, either way up, since nobody knows which way they were stored, at their own rate and
resampled to 20 kHz; and with trains of the
physical simulator laid over them. They are not part of the project: where they are absent, their
rows of the table stay empty.
"""

import os
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, oaconvolve, resample_poly, sosfilt

from myoscope.acquisition.archive import open_archive
from myoscope.acquisition.simulation import TRUTH_DTYPE, Amplifier, simulate
from myoscope.acquisition.simulation.scenario import Scenario
from myoscope.bench.accuracy.physical import fibrillation_train, sharp_wave_train
from myoscope.bench.accuracy.signals import Signal

RATE_HZ = 4000.0
RECORDS = ("emg_healthy", "emg_myopathy", "emg_neuropathy")
SUITES = ("records", "records-overlaid")
# They are heard at their own rate and, resampled, at that of an ordinary amplifier.
FASTER = 5
# The background of a potential is what the record holds within so much of it.
NEAR_S = 0.03
# A fibre's train, without noise of its own.
_NOISELESS_UV = 1e-3
# Fibrillations and sharp waves reach this.
LARGEST_UV = 1000.0


def records_folder() -> Path | None:
    """Return the folder of the records, or None where they are not."""
    shared = Path(os.environ.get("MYOSCOPE_SHARED_DATA", "../shared/data"))
    folder = shared / "emgdb"
    return folder if folder.is_dir() else None


def record_signal(suite: str, rate_hz: float, seconds: float, seed: int) -> Signal:
    """Return a record, chosen by the seed: as it is, or with one or two trains laid over it."""
    del rate_hz, seconds
    record = _record(RECORDS[seed % len(RECORDS)])
    rng = np.random.default_rng([seed, *suite.encode()])
    if suite == "records":
        turned = np.float32(-1.0 if seed // len(RECORDS) % 2 else 1.0)
        faster = FASTER if seed // (2 * len(RECORDS)) % 2 else 1
        samples = (
            resample_poly(turned * record, faster, 1, axis=0) if faster > 1 else turned * record
        )
        return Signal(
            np.ascontiguousarray(samples, np.float32),
            faster * RATE_HZ,
            np.empty(0, TRUTH_DTYPE),
            1.0,
        )
    background_uv = _background_uv(record[:, 0])
    amplifier = Amplifier(high_pass_hz=10.0, noise_uv=_NOISELESS_UV)
    # Around what is wanted of the quieter half of the record.
    quiet_uv = float(np.quantile(background_uv, 0.25))
    amplitudes_uv = (8.0 * quiet_uv, max(12.0 * quiet_uv, LARGEST_UV))
    makers = (fibrillation_train, sharp_wave_train)
    trains = tuple(makers[rng.integers(2)](rng, amplitudes_uv) for _ in range(rng.integers(1, 3)))
    patient = Scenario("overlay", "Laid over a record.", trains, amplifier)
    seed_of_patient = int(rng.integers(2**31))
    laid, rows = simulate(patient, RATE_HZ, 1, len(record) / RATE_HZ, seed_of_patient)
    return Signal(record + laid, RATE_HZ, rows, background_uv[rows["sample"]])


@cache
def _record(name: str) -> npt.NDArray[np.float32]:
    folder = records_folder()
    assert folder is not None
    archive = open_archive(folder / f"{name}.hea")
    try:
        return archive.read(0, archive.n_samples)
    finally:
        archive.close()


def _background_uv(record: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return the rms within ``NEAR_S`` of each sample, above 10 Hz."""
    above = sosfilt(butter(2, 10.0, "high", fs=RATE_HZ, output="sos"), record.astype(np.float64))
    window = np.ones(2 * round(NEAR_S * RATE_HZ) + 1)
    power = oaconvolve(above**2, window / window.size, mode="same")
    return np.asarray(np.sqrt(np.maximum(power, 1e-6)))
