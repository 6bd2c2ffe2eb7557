"""The simple cases must be right: clean trains are named, rest and contraction raise no alarm.

Signals: the simulator with seeds of their own (950 and up, not used for tuning), and trains from a
second generator that shares nothing with it.
"""

import numpy as np
import pytest
from detector_runs import run
from parametric import parametric_train

from myoscope.acquisition.archive import open_archive
from myoscope.acquisition.simulation import clean_train, simulate
from myoscope.dsp_core.kinds import Kind
from myoscope.dsp_core.settings import DetectorSettings

FIRST_TEST_SEED = 950


def score(kind, samples, peaks, rate_hz):
    """Return (share found and rightly named, share of the named that are right)."""
    potentials, trains, _ = run(samples, rate_hz=rate_hz)
    kinds = dict(zip(trains["train"], trains["kind"], strict=True))  # the newest row holds
    named = np.sort(
        [row["sample"] for row in potentials if Kind(kinds[row["train"]]).label == kind]
    )
    right, free = 0, list(named)
    for peak in np.sort(peaks):
        near = [sample for sample in free if abs(sample - peak) <= 2.5e-3 * rate_hz]
        if near:
            free.remove(min(near, key=lambda sample, peak=peak: abs(sample - peak)))
            right += 1
    return right / len(peaks), right / max(1, len(named))


@pytest.mark.parametrize("rate_hz", [10_000.0, 20_000.0, 48_000.0])
@pytest.mark.parametrize("kind", ["fibrillation", "positive_sharp_wave"])
@pytest.mark.parametrize("rhythm", ["regular", "irregular"])
@pytest.mark.parametrize("make", [clean_train, parametric_train], ids=["physical", "parametric"])
def test_a_clean_train_at_ten_times_the_noise_is_found_and_named(kind, rate_hz, rhythm, make):
    for seed in range(FIRST_TEST_SEED, FIRST_TEST_SEED + 3):
        generator = np.random.default_rng(seed)
        firing_hz = generator.uniform(1.5, 13.0)
        cv = generator.uniform(0.01, 0.05) if rhythm == "regular" else generator.uniform(0.3, 0.6)
        samples, truth = make(kind, rate_hz, 20.0, firing_hz, cv, 10.0, seed)
        sensitivity, predictive_value = score(kind, samples, truth["sample"], rate_hz)
        assert sensitivity >= 0.95, (seed, firing_hz, cv)
        assert predictive_value >= 0.95, (seed, firing_hz, cv)


@pytest.mark.parametrize("rate_hz", [4000.0, 20_000.0])
@pytest.mark.parametrize("hum_uv", [0.0, 5.0, 15.0, 50.0, 100.0])
@pytest.mark.parametrize("notch_hz", [0.0, 50.0])
def test_ten_minutes_of_rest_with_50_hz_hum_raise_no_denervation_alert(rate_hz, hum_uv, notch_hz):
    generator = np.random.default_rng(FIRST_TEST_SEED)
    time_s = np.arange(int(600 * rate_hz)) / rate_hz
    samples = 4 * generator.standard_normal(len(time_s), dtype=np.float32)
    for harmonic, share in ((1, 1.0), (2, 0.2), (3, 0.3), (5, 0.2), (7, 0.1), (9, 0.05)):
        phase = generator.uniform(0, 2 * np.pi)
        wave = np.sin(2 * np.pi * 49.98 * harmonic * time_s + phase)
        samples += (hum_uv * share * wave).astype(np.float32)
    _, _, alerts = run(
        samples[:, np.newaxis], rate_hz=rate_hz, settings=DetectorSettings(notch_hz=notch_hz)
    )
    assert not [row for row in alerts if Kind(row["kind"]).raises_alert]


@pytest.mark.parametrize("record", ["emg_healthy", "emg_myopathy", "emg_neuropathy"])
def test_real_voluntary_contraction_raises_no_denervation_alert(emgdb, record):
    archive = open_archive(emgdb / f"{record}.hea")
    try:
        samples = archive.read(0, archive.n_samples)
        potentials, _, alerts = run(samples, rate_hz=archive.info.rate_hz)
    finally:
        archive.close()
    assert len(potentials) > 100
    assert not [row for row in alerts if Kind(row["kind"]).raises_alert]


def test_lone_voluntary_units_are_motor_units():
    named = []
    for seed in range(FIRST_TEST_SEED, FIRST_TEST_SEED + 6):
        samples, _ = simulate("poor-relaxation", 20_000.0, 1, 20.0, seed)
        potentials, trains, alerts = run(samples, rate_hz=20_000.0)
        kinds = dict(zip(trains["train"], trains["kind"], strict=True))
        named += [kinds[row["train"]] == Kind.MOTOR_UNIT_POTENTIAL for row in potentials]
        assert not [row for row in alerts if Kind(row["kind"]).is_denervation], seed
    assert np.mean(named) > 0.9


def test_fasciculations_at_rest_are_found_once_and_raise_alerts():
    scores = []
    for seed in range(FIRST_TEST_SEED, FIRST_TEST_SEED + 3):
        samples, truth = simulate("fasciculations", 20_000.0, 1, 40.0, seed)
        peaks = truth["sample"][truth["kind"] == "fasciculation"]
        scores.append(score("fasciculation", samples, peaks, 20_000.0))
        _, _, alerts = run(samples, rate_hz=20_000.0)
        assert Kind.FASCICULATION in alerts["kind"]
    # One of the units has two spikes as large as each other.
    assert (np.mean(scores, axis=0) >= 0.85).all()


def test_an_insertion_is_no_denervation():
    for seed in range(FIRST_TEST_SEED, FIRST_TEST_SEED + 3):
        samples, _ = simulate("insertion", 20_000.0, 1, 30.0, seed)
        _, trains, alerts = run(samples, rate_hz=20_000.0)
        assert Kind.INSERTIONAL_ACTIVITY in trains["kind"]
        assert not [row for row in alerts if Kind(row["kind"]).is_denervation]


@pytest.mark.parametrize(
    ("goes_on_s", "kind"), [(2.4, Kind.INSERTIONAL_ACTIVITY), (9.0, Kind.POSITIVE_SHARP_WAVE)]
)
def test_what_an_insertion_leaves_without_a_rhythm_is_its_own_only_if_it_goes_on(goes_on_s, kind):
    generator = np.random.default_rng(FIRST_TEST_SEED)
    time_ms = np.arange(0.0, 25.0, 0.05)
    wave = 180.0 * (
        np.exp(-0.5 * ((time_ms - 2.0) / 0.6) ** 2)
        - 0.2 * np.exp(-((time_ms - 3.0).clip(0.0)) / 7.0) * (time_ms > 3.0)
    )
    samples = 3.0 * generator.standard_normal(14 * 20_000)
    samples[40_000:44_000] += 400.0 * generator.standard_normal(4000)  # the needle moves at 2 s
    time_s = 2.35
    while time_s < 2.35 + goes_on_s:
        row = round(20_000 * time_s)
        samples[row : row + len(wave)] += wave
        time_s += 0.04 + generator.exponential(0.07)
    _, trains, _ = run(samples.astype(np.float32)[:, np.newaxis], rate_hz=20_000.0)
    newest = {row["train"]: row for row in trains}
    largest = max(newest.values(), key=lambda row: row["potentials"])
    assert Kind(largest["kind"]) is kind


def test_a_stimulator_that_keeps_time_is_an_artefact():
    generator = np.random.default_rng(FIRST_TEST_SEED)
    samples = (4 * generator.standard_normal((20 * 20_000, 1))).astype(np.float32)
    for start in range(1000, len(samples) - 20, 1800):  # 11.1 a second
        samples[start : start + 10] += 150
    _, trains, alerts = run(samples, rate_hz=20_000.0)
    largest = trains[np.argmax(trains["potentials"])]
    assert Kind(largest["kind"]) is Kind.ARTEFACT
    assert not [row for row in alerts if row["cleared_sample"] < 0]
