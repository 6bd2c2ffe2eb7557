"""Discharges of the virtual patients carry their names, however the signal is cut.

Seeds of their own (950 and up, not used for tuning).
"""

from collections import Counter

import numpy as np
import pytest
from detector_runs import run

from myoscope.acquisition.simulation import simulate
from myoscope.dsp_core.kinds import Kind

FIRST_TEST_SEED = 950


def most_common_kinds(samples, truth, rate_hz, pause_s=0.4, shortest_s=0.15):
    """Return the kind of most potentials of each discharge that a pause parts from the next."""
    potentials, trains, _ = run(samples, rate_hz=rate_hz)
    kinds = dict(zip(trains["train"], trains["kind"], strict=True))  # the newest row holds
    found = np.array([kinds[train] for train in potentials["train"]])
    for rows in np.split(truth, np.flatnonzero(np.diff(truth["sample"]) > pause_s * rate_hz) + 1):
        first, last = rows["sample"][[0, -1]]
        if last - first > shortest_s * rate_hz:
            inside = (potentials["sample"] >= first) & (potentials["sample"] <= last)
            yield Kind(Counter(found[inside].tolist()).most_common(1)[0][0])


@pytest.mark.parametrize("rate_hz", [10_000.0, 20_000.0, 48_000.0])
def test_neuromyotonic_discharges_are_named(rate_hz):
    for seed in range(FIRST_TEST_SEED, FIRST_TEST_SEED + 2):
        samples, truth = simulate("neuromyotonia", rate_hz, 1, 20.0, seed)
        named = list(most_common_kinds(samples, truth, rate_hz))
        assert named.count(Kind.NEUROMYOTONIC_DISCHARGE) >= 0.9 * len(named), (seed, named)


@pytest.mark.parametrize("rate_hz", [5_000.0, 10_000.0, 48_000.0])
def test_myotonic_discharges_are_named_though_fibres_keep_step_for_a_while(rate_hz):
    named = []
    for seed in range(FIRST_TEST_SEED, FIRST_TEST_SEED + 3):
        samples, truth = simulate("myotonia", rate_hz, 1, 40.0, seed)
        for unit in np.unique(truth["unit"]):
            named += most_common_kinds(samples, truth[truth["unit"] == unit], rate_hz)
    assert named.count(Kind.MYOTONIC_DISCHARGE) >= 0.9 * len(named), named


@pytest.mark.parametrize("firing_hz", [30.0, 50.0, 65.0])
def test_a_fibre_that_fires_fast_has_no_more_phases_than_one_that_fires_slowly(firing_hz):
    rng = np.random.default_rng(7101)
    time_ms = np.arange(-3.0, 4.0, 0.05)
    spike = 150.0 * (
        np.exp(-0.5 * ((time_ms + 0.7) / 0.35) ** 2)
        - 2.0 * np.exp(-0.5 * (time_ms / 0.3) ** 2)
        + 0.7 * np.exp(-0.5 * ((time_ms - 0.9) / 0.45) ** 2)
    )
    samples = 3.0 * rng.standard_normal(12 * 20_000)
    intervals_s = rng.normal(1.0, 0.02, 2000) / (firing_hz * (1.0 - 0.2 * np.linspace(-1, 1, 2000)))
    for row in np.round(20_000 * (0.5 + np.cumsum(intervals_s))).astype(int):
        if row < 11 * 20_000:
            samples[row : row + len(spike)] += spike
    _, trains, _ = run(samples.astype(np.float32)[:, np.newaxis], rate_hz=20_000.0)
    largest = trains[np.argmax(trains["potentials"])]
    assert largest["phases"] <= 4
    assert Kind(largest["kind"]) is Kind.MYOTONIC_DISCHARGE


def ring_of_fibres(firing_hz, lags_ms, seconds, seed, rate_hz=20_000.0):
    """Return noise with brief spikes, at rest between, that come in the same order each time."""
    rng = np.random.default_rng(seed)
    time_ms = np.arange(-2.0, 2.0, 1e3 / rate_hz)
    spike = (
        np.exp(-0.5 * ((time_ms + 0.4) / 0.2) ** 2)
        - 2.0 * np.exp(-0.5 * (time_ms / 0.17) ** 2)
        + 0.7 * np.exp(-0.5 * ((time_ms - 0.5) / 0.25) ** 2)
    )
    samples = 3.0 * rng.standard_normal(round((seconds + 1.0) * rate_hz))
    for begin_s in 0.5 + np.cumsum(rng.normal(1.0, 0.006, round(seconds * firing_hz))) / firing_hz:
        for lag_ms, size_uv in zip(lags_ms, (120.0, 90.0, 75.0), strict=False):
            first = round(rate_hz * (begin_s + 1e-3 * (lag_ms + rng.normal(0.0, 0.015))))
            if first + len(spike) <= len(samples):
                samples[first : first + len(spike)] += size_uv * spike
    return samples.astype(np.float32)[:, np.newaxis]


@pytest.mark.parametrize("firing_hz", [6.0, 15.0, 28.0])
@pytest.mark.parametrize("lags_ms", [(0.0, 3.0), (0.0, 4.0, 8.0)])
def test_a_ring_of_fibres_is_no_fibre_though_its_spikes_rest_between(firing_hz, lags_ms):
    samples = ring_of_fibres(firing_hz, lags_ms, 10.0, 7103)
    _, trains, _ = run(samples, rate_hz=20_000.0)
    newest = {row["train"]: row for row in trains if row["potentials"] >= 20}.values()
    assert {Kind(row["kind"]) for row in newest} == {Kind.COMPLEX_REPETITIVE_DISCHARGE}
    assert max(row["phases"] for row in newest) >= 5
    assert max(row["duration_ms"] for row in newest) >= lags_ms[-1]


@pytest.mark.parametrize("lag_ms", [-16.0, -6.0, 6.0, 16.0])
def test_a_part_that_keeps_its_lag_is_not_told_beside_the_largest(lag_ms):
    rng = np.random.default_rng(7102)
    time_ms = np.arange(-3.0, 4.0, 0.05)
    spike = 2.0 * np.exp(-0.5 * ((time_ms + 0.7) / 0.3) ** 2)
    spike -= 3.0 * np.exp(-0.5 * (time_ms / 0.3) ** 2)
    wave = np.exp(-0.5 * (time_ms / 0.5) ** 2)
    samples = 3.0 * rng.standard_normal(22 * 20_000)
    rows = np.round(20_000 * (0.5 + np.cumsum(rng.uniform(0.06, 0.14, 200)))).astype(int)
    for row in rows:
        samples[row : row + len(time_ms)] += 200.0 * spike
        row += round(20 * lag_ms)
        samples[row : row + len(time_ms)] += 90.0 * wave
    samples = samples.astype(np.float32)[:, np.newaxis]
    potentials, _, _ = run(samples, rate_hz=20_000.0)
    small = potentials[potentials["amplitude_uv"] < 300.0]
    assert len(potentials) - len(small) >= 0.97 * len(rows)
    assert len(small) <= 10  # until it is known that the lag is kept


@pytest.mark.parametrize("accompanied", [1, 6])
def test_what_comes_with_few_discharges_only_is_no_part_of_them(accompanied):
    rng = np.random.default_rng(7103)
    time_ms = np.arange(-3.0, 4.0, 0.05)
    spike = np.exp(-0.5 * ((time_ms + 0.7) / 0.3) ** 2) - 2.0 * np.exp(-0.5 * (time_ms / 0.3) ** 2)
    wave = np.exp(-0.5 * (time_ms / 0.5) ** 2)
    samples = 3.0 * rng.standard_normal(22 * 20_000)
    rows = np.round(20_000 * (0.5 + np.cumsum(rng.uniform(0.09, 0.11, 200)))).astype(int)
    for number, row in enumerate(rows):
        samples[row : row + len(time_ms)] += 100.0 * spike
        if number % accompanied == 0:
            row += 20 * 14
            samples[row : row + len(time_ms)] += 90.0 * wave
    _, trains, _ = run(samples.astype(np.float32)[:, np.newaxis], rate_hz=20_000.0)
    largest = trains[trains["amplitude_uv"] > 200.0][-1]
    assert (largest["parts"] > 1) == (accompanied == 1), largest


@pytest.mark.parametrize("rate_hz", [5_000.0, 10_000.0, 20_000.0, 48_000.0])
def test_complex_repetitive_discharges_are_named(rate_hz):
    named = []
    for seed in range(FIRST_TEST_SEED, FIRST_TEST_SEED + 6):
        samples, truth = simulate("crd", rate_hz, 1, 30.0, seed)
        named += most_common_kinds(samples, truth, rate_hz)
    assert named.count(Kind.COMPLEX_REPETITIVE_DISCHARGE) >= 0.85 * len(named), named


def test_a_complex_repetitive_discharge_raises_one_alert_and_none_for_its_parts():
    raised = []
    for seed in range(FIRST_TEST_SEED, FIRST_TEST_SEED + 6):
        samples, truth = simulate("crd", 20_000.0, 1, 30.0, seed)
        pauses = np.diff(truth["sample"]) > 0.4 * 20_000.0
        alerts = run(samples, rate_hz=20_000.0)[2]
        alerts = alerts[alerts["cleared_sample"] < 0]
        # A discharge whose rate jumps may be told once more.
        assert len(alerts) <= 3 * (1 + pauses.sum()), seed
        raised += alerts["kind"].tolist()
    assert raised.count(Kind.COMPLEX_REPETITIVE_DISCHARGE) >= 0.8 * len(raised), Counter(raised)


@pytest.mark.parametrize("rate_hz", [10_000.0, 48_000.0])
def test_myokymic_discharges_are_named_though_pauses_part_the_bursts(rate_hz):
    named = []
    for seed in range(FIRST_TEST_SEED, FIRST_TEST_SEED + 4):
        samples, truth = simulate("myokymia", rate_hz, 1, 60.0, seed)
        named += most_common_kinds(samples, truth, rate_hz, pause_s=30.0)
    assert named.count(Kind.MYOKYMIC_DISCHARGE) >= 3, named


@pytest.mark.parametrize("rate_hz", [10_000.0, 20_000.0])
def test_cramps_are_named_though_their_units_lie_on_each_other(rate_hz):
    named = []
    for seed in range(FIRST_TEST_SEED, FIRST_TEST_SEED + 4):
        samples, truth = simulate("cramp", rate_hz, 1, 40.0, seed)
        named += most_common_kinds(samples, truth, rate_hz, shortest_s=3.0)
    assert named.count(Kind.CRAMP_DISCHARGE) >= 0.8 * len(named), named


@pytest.mark.parametrize("rate_hz", [10_000.0, 48_000.0])
def test_increased_insertional_activity_is_reported_as_such(rate_hz):
    named = []
    for seed in range(FIRST_TEST_SEED, FIRST_TEST_SEED + 2):
        samples, truth = simulate("insertion-increased", rate_hz, 1, 60.0, seed)
        truth = truth[truth["kind"] == "insertional_activity"]
        named += most_common_kinds(samples, truth, rate_hz)
    assert named.count(Kind.INSERTIONAL_ACTIVITY) >= 0.8 * len(named), named


def test_a_phone_beside_the_amplifier_raises_no_alert():
    samples, _ = simulate("radio", 20_000.0, 1, 120.0, FIRST_TEST_SEED)
    assert not len(run(samples, rate_hz=20_000.0)[2])


def test_steps_of_an_electrode_are_no_fasciculations():
    rng = np.random.default_rng(FIRST_TEST_SEED)
    rate_hz = 20_000.0
    samples = rng.normal(0.0, 3.0, (round(60 * rate_hz), 1))
    for start_s in np.cumsum(rng.uniform(1.5, 4.0, 18)):
        times = np.arange(round(0.2 * rate_hz)) / rate_hz
        decay_s, back_s = np.exp(rng.uniform(np.log([5e-4, 1e-3]), np.log([0.04, 0.02])))
        step = np.exp(-times / decay_s)
        step -= rng.uniform(0.0, 1.0) * (times > back_s) * np.exp((back_s - times) / decay_s)
        first = round(start_s * rate_hz)
        samples[first : first + len(step), 0] += rng.choice((-400.0, 400.0)) * step
    _, trains, alerts = run(samples.astype(np.float32), rate_hz=rate_hz)
    assert not len(alerts)
    assert (trains["kind"] == Kind.ARTEFACT).any()


@pytest.mark.parametrize("patient", ["neuromyotonia", "crd", "myokymia", "myotonia"])
def test_discharges_are_the_same_however_the_signal_is_cut(patient):
    samples, _ = simulate(patient, 20_000.0, 1, 6.0, FIRST_TEST_SEED)
    whole = run(samples, rate_hz=20_000.0)
    for block in (7, 333):
        lengths = [block] * (len(samples) // block)
        for table, other in zip(whole, run(samples, lengths, rate_hz=20_000.0), strict=True):
            assert table.tobytes() == other.tobytes()
