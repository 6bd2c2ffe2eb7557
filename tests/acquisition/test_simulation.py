"""The virtual patient: the same for the same seed, true to its truth, as loud as asked."""

import tracemalloc
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from contracts.source import blocks_of, check_source
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import welch

from myoscope.acquisition.clock import ManualClock
from myoscope.acquisition.errors import SimulationError
from myoscope.acquisition.simulation import (
    SCENARIOS,
    TRUTH_DTYPE,
    Amplifier,
    NoiseSpectrum,
    Scenario,
    SimulatedSource,
    clean_train,
    simulate,
    train_scenario,
)
from myoscope.acquisition.simulation.scenarios import STILL
from myoscope.dsp_core.kinds import Kind

SILENT = Amplifier(noise_uv=0.0)


def streamed(source: SimulatedSource) -> np.ndarray:
    return np.concatenate([block.samples for block in blocks_of(source)])


# -- the same however it is read


def test_it_keeps_the_contract_of_sources():
    check_source(lambda: SimulatedSource("denervated-profuse", 5000.0, 2, seconds=1.03, seed=3))


@cache
def simulated(name: str) -> tuple[np.ndarray, np.ndarray]:
    return simulate(name, 2000.0, 2, 1.0, seed=5)


@settings(deadline=None, max_examples=8)
@given(
    block_ms=st.floats(0.5, 700.0),
    paced=st.booleans(),
    name=st.sampled_from(["end-plate-denervated", "artefacts", "insertion"]),
)
def test_the_stream_equals_the_simulation_whatever_the_blocks(block_ms, paced, name):
    expected, expected_truth = simulated(name)
    clock = ManualClock() if paced else None
    source = SimulatedSource(
        name, 2000.0, 2, seconds=1.0, seed=5, clock=clock, speed=3.0, block_ms=block_ms
    )
    np.testing.assert_array_equal(streamed(source), expected)
    np.testing.assert_array_equal(source.truth_until(10**9), expected_truth)


def test_a_longer_simulation_begins_like_a_shorter_one():
    short, short_truth = simulate("examination", 5000.0, 2, 3.0, seed=1)
    long, long_truth = simulate("examination", 5000.0, 2, 14.0, seed=1)
    np.testing.assert_array_equal(long[: len(short)], short)
    np.testing.assert_array_equal(long_truth[: len(short_truth)], short_truth)


def test_another_seed_is_another_patient():
    first, first_truth = simulate("denervated-profuse", 5000.0, 1, 2.0, seed=1)
    other, other_truth = simulate("denervated-profuse", 5000.0, 1, 2.0, seed=2)
    assert abs(np.corrcoef(first[:, 0], other[:, 0])[0, 1]) < 0.2
    assert first_truth["amplitude_uv"].max() != other_truth["amplitude_uv"].max()


def test_the_same_patient_can_be_recorded_at_another_rate():
    _, slow = simulate("als", 10_000.0, 1, 3.0, seed=1)
    _, fast = simulate("als", 48_000.0, 1, 3.0, seed=1)
    slow, fast = np.sort(slow, order=["unit", "sample"]), np.sort(fast, order=["unit", "sample"])
    assert len(slow) == len(fast) > 20
    # But for the anti-aliasing filters' delay.
    np.testing.assert_allclose(slow["sample"] / 10.0, fast["sample"] / 48.0, atol=2.0)
    np.testing.assert_allclose(slow["amplitude_uv"], fast["amplitude_uv"], rtol=0.1)


def test_needles_differ_but_see_the_same_heart():
    _, truth = simulate("ecg", 5000.0, 3, 10.0, seed=1)
    beats = [truth["sample"][truth["channel"] == channel] for channel in range(3)]
    assert 8 <= len(beats[0]) <= 17
    np.testing.assert_array_equal(beats[0], beats[1])
    sizes = [truth["amplitude_uv"][truth["channel"] == channel].mean() for channel in range(3)]
    assert len({round(float(size), 3) for size in sizes}) == 3
    samples, _ = simulate("rest", 5000.0, 2, 2.0, seed=1)
    assert abs(np.corrcoef(samples.T)[0, 1]) < 0.05


def test_no_global_random_state_is_touched():
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    simulate("als", 4000.0, 1, 0.5)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


# -- pace and memory


def test_blocks_come_on_an_absolute_schedule():
    clock = ManualClock()
    source = SimulatedSource("rest", 4000.0, seconds=1.0, clock=clock, speed=2.0, block_ms=10.0)
    assert source.read_block(0.001) is None
    clock.advance_s(0.1)  # late: what is due comes at once
    late = [source.read_block(0.0) for _ in range(20)]
    assert all(block is not None for block in late)
    blocks_of(source, timeout_s=1.0)
    assert clock.now_s() == pytest.approx(0.5, abs=1e-6)


def test_truth_is_handed_over_once():
    source = SimulatedSource("denervated-profuse", 5000.0, seconds=2.0, seed=1)
    blocks_of(source)
    _, whole = simulate("denervated-profuse", 5000.0, 1, 2.0, seed=1)
    first, second = source.truth_until(5000), source.truth_until(10_000)
    assert first["sample"].max() < 5000 <= second["sample"].min()
    np.testing.assert_array_equal(np.concatenate([first, second]), whole)
    assert source.truth_until(10_000).size == 0


def test_the_truth_of_what_has_not_been_read_is_not_known():
    source = SimulatedSource("denervated-profuse", 5000.0, seed=1, block_ms=50.0)
    block = source.read_block(0.0)
    assert block is not None
    assert np.all(source.truth_until(10**9)["sample"] < block.end_sample)


def test_memory_is_flat_in_an_endless_run():
    source = SimulatedSource("denervated-profuse", 2000.0, block_ms=100.0, keep_truth=False)

    def read(n: int) -> None:
        for _ in range(n):
            source.read_block(0.0)

    read(20)
    tracemalloc.start()
    read(20)
    before, _ = tracemalloc.get_traced_memory()
    read(200)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 100_000


def test_a_source_without_an_end_goes_on():
    source = SimulatedSource("rest", 2000.0, block_ms=100.0)
    for _ in range(30):
        assert source.read_block(0.0) is not None
    assert not source.ended
    source.close()
    assert source.ended
    assert source.read_block(0.0) is None


# -- the truth


@pytest.mark.parametrize("rate_hz", [2000.0, 5000.0, 20_000.0, 48_000.0])
@pytest.mark.parametrize(
    "kind", ["fibrillation", "positive_sharp_wave", "motor_unit_potential", "end_plate_spike"]
)
def test_truth_lies_on_the_largest_deflection(kind, rate_hz):
    scenario = train_scenario(kind, 4.0, 0.02, 10.0, amplifier=replace(SILENT, noise_uv=5.0))
    samples, truth = simulate(replace(scenario, amplifier=SILENT), rate_hz, 1, 5.0, seed=4)
    assert len(truth) >= 15
    reach = round(0.03 * rate_hz)
    for row in truth[1:-1]:
        around = samples[row["sample"] - reach : row["sample"] + reach, 0]
        assert abs(int(np.abs(around).argmax()) - reach) <= 1
        # The train is slow enough for the whole waveform to lie in 0.1 s.
        whole = samples[row["sample"] - reach : row["sample"] + 4 * reach, 0]
        assert np.ptp(whole) == pytest.approx(row["amplitude_uv"], rel=0.02)


def test_amplitudes_are_multiples_of_the_noise():
    _, truth = clean_train("fibrillation", times_noise=10.0, seconds=20.0, seed=2)
    assert truth["amplitude_uv"].mean() == pytest.approx(40.0, rel=0.05)


def test_a_plain_train_has_the_rate_and_cv_that_were_asked_for():
    _, truth = clean_train("fibrillation", 10_000.0, 60.0, firing_hz=6.0, cv=0.03, seed=2)
    intervals = np.diff(truth["sample"]) / 10_000.0
    assert intervals.mean() == pytest.approx(1 / 6, rel=0.01)
    assert intervals.std() / intervals.mean() == pytest.approx(0.03, rel=0.15)
    assert np.unique(truth["unit"]).size == 1


def test_truth_is_in_order_and_inside():
    samples, truth = simulate("denervated-profuse", 5000.0, 2, 5.0, seed=1)
    assert truth.dtype == TRUTH_DTYPE
    assert np.all(np.diff(truth["sample"]) >= 0)
    assert truth["sample"].min() >= 0
    assert truth["sample"].max() < len(samples)
    assert set(truth["channel"]) == {0, 1}
    units = {(row["unit"], row["channel"], row["kind"]) for row in truth}
    assert len({unit for unit, _, _ in units}) == len(units)


@pytest.mark.parametrize("high_pass_hz", [2.0, 10.0, 20.0, 30.0])
def test_a_positive_sharp_wave_is_sharp_positive_then_long_and_low(high_pass_hz):
    amplifier = Amplifier(high_pass_hz=high_pass_hz, noise_uv=4.0)
    for seed in range(4):
        scenario = train_scenario("positive_sharp_wave", 2.0, 0.02, 25.0, amplifier=amplifier)
        quiet = replace(scenario, amplifier=replace(amplifier, noise_uv=0.0))
        samples, truth = simulate(quiet, 20_000.0, 1, 2.0, seed)
        peak = int(truth["sample"][1])
        wave = samples[peak - 200 : peak + 4000, 0]
        assert wave[200] == wave.max() > 0
        assert 0.02 < -wave.min() / wave.max() < 0.35
        assert -wave[:200].min() < 0.02 * wave.max()  # nothing negative goes before
        rise_ms = np.sum((wave[:200] > 0.1 * wave.max()) & (wave[:200] < 0.9 * wave.max())) / 20
        assert rise_ms < 1.5
        assert 5.0 < truth["duration_ms"][1] < 40.0


def test_durations_are_those_of_the_kinds():
    # Kind: shortest and longest median, ms.
    expected = {
        "fibrillation": (1.0, 5.0),
        "positive_sharp_wave": (10.0, 30.0),
        "motor_unit_potential": (4.0, 15.0),
        "end_plate_spike": (1.0, 4.0),
        "complex_repetitive_discharge": (5.0, 60.0),
    }
    for kind, (shortest, longest) in expected.items():
        for seed in range(4):
            _, truth = clean_train(kind, 10_000.0, 1.5, firing_hz=4.0, seed=seed)
            assert shortest < np.median(truth["duration_ms"]) < longest, kind


def test_a_creeping_needle_changes_the_amplitude_slowly():
    scenario = train_scenario("fibrillation", 10.0, 0.02, 20.0)
    creeping = replace(scenario.activities[0], creep_s=(20.0, 20.0))
    _, truth = simulate(replace(scenario, activities=(creeping,)), 5000.0, 1, 20.0, seed=1)
    sizes = np.convolve(truth["amplitude_uv"], np.ones(5) / 5, "valid")
    assert sizes.max() > 1.12 * sizes.min()
    assert np.abs(np.diff(sizes)).max() < 0.05 * sizes.max()


# -- noise, mains, range


@pytest.mark.parametrize("spectrum", NoiseSpectrum)
@pytest.mark.parametrize("rate_hz", [2000.0, 20_000.0, 48_000.0])
def test_noise_is_as_loud_as_asked(spectrum, rate_hz):
    amplifier = Amplifier(noise_uv=6.0, spectrum=spectrum)
    scenario = Scenario("noise", "Noise alone.", amplifier=amplifier)
    samples, truth = simulate(scenario, rate_hz, 1, 20.0)
    assert samples.std() == pytest.approx(6.0, rel=0.03)
    assert abs(samples.mean()) < 0.1
    assert truth.size == 0


def test_noise_spectra_differ():
    def power(spectrum: NoiseSpectrum, low_hz: float, high_hz: float) -> float:
        scenario = Scenario("noise", "Noise alone.", amplifier=Amplifier(spectrum=spectrum))
        samples, _ = simulate(scenario, 20_000.0, 1, 10.0)
        frequencies, density = welch(samples[:, 0], 20_000.0, nperseg=4096)
        return float(density[(frequencies > low_hz) & (frequencies < high_hz)].mean())

    slopes = {kind: power(kind, 200, 400) / power(kind, 2000, 4000) for kind in NoiseSpectrum}
    assert slopes[NoiseSpectrum.WHITE] == pytest.approx(1.0, rel=0.1)
    assert slopes[NoiseSpectrum.PINK] == pytest.approx(10.0, rel=0.3)
    assert 2.0 < slopes[NoiseSpectrum.COLOURED] < 8.0


@pytest.mark.parametrize(("name", "mains_hz"), [("mains", 50.0), ("mains-60", 60.0)])
def test_mains_hum_stands_at_its_frequency_and_stays_below_100_uv(name, mains_hz):
    samples, _ = simulate(name, 10_000.0, 1, 10.0)
    assert 20.0 < np.abs(samples).max() < 150.0
    frequencies, density = welch(samples[:, 0], 10_000.0, nperseg=20_000)
    assert frequencies[density.argmax()] == pytest.approx(mains_hz, abs=0.5)


def test_an_overloaded_amplifier_stays_in_its_range_and_falls_silent():
    samples, _ = simulate("saturation", 10_000.0, 1, 60.0, seed=1)
    limit = Amplifier().range_uv
    assert np.abs(samples).max() == pytest.approx(limit, rel=0.01)
    rough = np.abs(np.diff(samples[:, 0])).reshape(-1)
    quiet = np.convolve(rough < 0.5, np.ones(200), "valid")
    assert quiet.max() == 200  # 20 ms without noise


# -- the scenarios


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_makes_signal_and_known_kinds(name):
    samples, truth = simulate(name, 4000.0, 1, 4.0, seed=1)
    assert np.all(np.isfinite(samples))
    assert samples.std() > 1.0
    assert set(truth["kind"]) <= {kind.label for kind in Kind}
    assert SCENARIOS[name].name == name
    assert SCENARIOS[name].description.endswith(".")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("denervated-mild", Kind.FIBRILLATION),
        ("positive-sharp-waves", Kind.POSITIVE_SHARP_WAVE),
        ("fasciculations", Kind.FASCICULATION),
        ("crd", Kind.COMPLEX_REPETITIVE_DISCHARGE),
        ("myotonia", Kind.MYOTONIC_DISCHARGE),
        ("myokymia", Kind.MYOKYMIC_DISCHARGE),
        ("neuromyotonia", Kind.NEUROMYOTONIC_DISCHARGE),
        ("cramp", Kind.CRAMP_DISCHARGE),
        ("voluntary", Kind.MOTOR_UNIT_POTENTIAL),
        ("end-plate-zone", Kind.END_PLATE_SPIKE),
        ("end-plate-zone", Kind.END_PLATE_NOISE),
        ("insertion", Kind.INSERTIONAL_ACTIVITY),
        ("artefacts", Kind.ARTEFACT),
    ],
)
def test_every_kind_can_be_had(name, kind):
    _, truth = simulate(name, 2000.0, 1, 20.0, seed=3)
    assert kind.label in set(truth["kind"])


def test_the_needle_meets_other_units_at_its_next_place():
    _, truth = simulate("examination", 4000.0, 1, 40.0, seed=2)
    assert len(np.unique(truth["unit"][truth["kind"] == "insertional_activity"])) >= 8
    moved = truth["sample"][truth["kind"] == "artefact"] / 4000.0
    assert len(moved) >= 3
    assert np.all(np.diff(np.unique(np.round(moved))) > 5.0)


# -- what cannot be


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"scenario": "measles"}, "'measles'.*denervated-mild"),
        ({"rate_hz": 500.0}, "500 Hz; wanted 2000 to 48000"),
        ({"n_channels": 0}, "0 channels"),
        ({"seconds": -1.0}, "-1 s"),
        ({"seed": -1}, "seed -1"),
        ({"block_ms": 0.0}, "blocks of 0 ms"),
    ],
)
def test_what_cannot_be_simulated_is_named(arguments, words):
    with pytest.raises(SimulationError, match=words):
        SimulatedSource(**{"scenario": "rest", **arguments})


def test_an_amplifier_that_cannot_be_is_named():
    with pytest.raises(SimulationError, match="order 3; wanted 1 or 2"):
        Amplifier(high_pass_order=3)
    with pytest.raises(SimulationError, match="-1 µV of noise"):
        Amplifier(noise_uv=-1.0)


def test_a_plain_train_of_an_unknown_kind_is_named():
    with pytest.raises(SimulationError, match="'cramp'"):
        train_scenario("cramp", 5.0, 0.02, 10.0)
    assert train_scenario("fibrillation", 5.0, 0.02, 10.0).activities[0].creep_s == STILL


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((0.0, 0.02, 10.0), "at 0 Hz"), ((5.0, -1.0, 10.0), "CV -1"), ((5.0, 0.02, 0.0), "0 × the")],
)
def test_a_plain_train_that_cannot_be_is_named(arguments, words):
    with pytest.raises(SimulationError, match=words):
        train_scenario("fibrillation", *arguments)


def test_a_scenario_that_would_never_end_is_named():
    with pytest.raises(SimulationError, match="every 0 s; wanted 1 s or more"):
        replace(SCENARIOS["examination"], place_s=0.0)
    with pytest.raises(SimulationError, match="at 0 Hz"):
        replace(SCENARIOS["mains"], mains_hz=0.0)
    with pytest.raises(SimulationError, match="3 to 1 units"):
        replace(SCENARIOS["als"].activities[0], units=(3, 1))
