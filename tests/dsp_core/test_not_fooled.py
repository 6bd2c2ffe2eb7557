"""What looks much like a denervated fibre and is none raises no alert.

Waveforms by formula, with seeds that nothing was tuned on.
"""

import numpy as np
import pytest
from detector_runs import run
from muscle import RATE_HZ, TIME_MS, muscle
from scipy.signal import lfilter

from myoscope.bench.accuracy.parametric.generator import parametric_signal
from myoscope.dsp_core.kinds import Kind

SECONDS = 60.0


def spike(width_ms, size_uv, positive=0.5):
    """Return a triphasic spike, initially positive, with its size from peak to peak."""
    waveform = (
        positive * np.exp(-0.5 * ((TIME_MS + 1.9 * width_ms) / width_ms) ** 2)
        - np.exp(-0.5 * (TIME_MS / width_ms) ** 2)
        + 0.3 * np.exp(-0.5 * ((TIME_MS - 2.2 * width_ms) / (1.3 * width_ms)) ** 2)
    )
    return size_uv * waveform / np.ptp(waveform)


def effort(generator, mean_s, cv, start_s=2.0, end_s=SECONDS - 1.0):
    """Return when a motor unit fires."""
    steps_s = mean_s * (1 + cv * generator.standard_normal(int(2 * SECONDS / mean_s)))
    times_s = start_s + np.cumsum(np.maximum(0.4 * mean_s, steps_s))
    return times_s[times_s < end_s]


def bursts(generator):
    """Return when an end-plate fires: now quickly, now slowly, then not."""
    times_s = []
    time_s = 1.0
    while time_s < SECONDS - 1.0:
        for _ in range(generator.integers(3, 30)):
            quick = generator.random() < 0.4
            time_s += 0.004 + generator.exponential(0.02 if quick else 0.12)
            times_s.append(time_s)
        time_s += generator.exponential(0.5)
    return [time_s for time_s in times_s if time_s < SECONDS - 1.0]


def denervation_alerts(samples, rate_hz=RATE_HZ):
    _, _, alerts = run(samples, rate_hz=rate_hz)
    return [row for row in alerts if Kind(row["kind"]).is_denervation]


@pytest.mark.parametrize("seed", [7101, 7102])
def test_end_plate_spikes_seen_from_beside(seed):
    generator = np.random.default_rng(seed)
    samples = muscle(
        generator,
        SECONDS,
        (spike(0.3, 220.0), bursts(generator)),
        (spike(0.4, 120.0), bursts(generator)),
    )
    assert not denervation_alerts(samples)


@pytest.mark.parametrize("seed", [7201, 7202])
def test_the_short_motor_units_of_a_myopathic_contraction(seed):
    generator = np.random.default_rng(seed)
    units = [
        (
            spike(generator.uniform(0.45, 0.8), generator.uniform(80.0, 350.0), 0.3),
            effort(generator, generator.uniform(0.07, 0.12), generator.uniform(0.08, 0.2)),
        )
        for _ in range(5)
    ]
    assert not denervation_alerts(muscle(generator, SECONDS, *units))


@pytest.mark.parametrize("seed", [7251, 7252])
def test_a_fibre_that_fires_through_a_contraction_is_named_all_the_same(seed):
    generator = np.random.default_rng(seed)
    units = [
        (
            spike(generator.uniform(0.9, 1.5), generator.uniform(150.0, 350.0), 0.3),
            effort(generator, generator.uniform(0.07, 0.12), generator.uniform(0.1, 0.2)),
        )
        for _ in range(4)
    ]
    slow = (spike(0.35, 700.0), effort(generator, 0.35, 0.045))
    potentials, trains, _ = run(muscle(generator, SECONDS, *units, slow), rate_hz=RATE_HZ)
    large = potentials["train"][potentials["amplitude_uv"] > 550.0]
    kinds = {row["train"]: Kind(row["kind"]) for row in trains}
    named = np.array([kinds[train] is Kind.FIBRILLATION for train in large])
    assert len(named) > 0.8 * len(slow[1])
    assert named.mean() > 0.6


def test_a_moving_cable_leaves_shapes_of_every_size_and_no_fibre():
    """Of the bench's second generator, a seed that is not used for scores."""
    samples = parametric_signal("movement", 30_000.0, SECONDS, 45).samples
    assert not denervation_alerts(samples, 30_000.0)


def test_a_fast_fibre_that_another_like_it_breaks_in_on_is_no_myotonia():
    generator = np.random.default_rng(7271)
    fast, slow = effort(generator, 0.08, 0.03), effort(generator, 0.36, 0.03)
    fibres = (spike(0.35, 150.0), np.sort([*fast, *slow]))
    potentials, trains, _ = run(muscle(generator, SECONDS, fibres), rate_hz=RATE_HZ)
    kinds = {row["train"]: Kind(row["kind"]) for row in trains}
    named = [kinds[train] is Kind.FIBRILLATION for train in potentials["train"]]
    assert np.mean(named) > 0.95


def test_what_has_long_been_even_is_a_fibre_for_good():
    generator = np.random.default_rng(7261)
    units = [
        (spike(1.3, size_uv, 0.3), effort(generator, 0.11, 0.18))
        for size_uv in (150.0, 220.0, 300.0)
    ]
    even_s = 2.0 + 0.3 * np.arange(150) * (1 + 0.0005 * generator.standard_normal(150))
    uneven_s = even_s[-1] + np.cumsum(generator.uniform(0.07, 0.4, 40))
    fibre = (spike(0.35, 900.0), [*even_s, *uneven_s[uneven_s < SECONDS - 1.0]])
    potentials, trains, _ = run(muscle(generator, SECONDS, *units, fibre), rate_hz=RATE_HZ)
    large = potentials["train"][potentials["amplitude_uv"] > 700.0]
    kinds = {row["train"]: Kind(row["kind"]) for row in trains}
    assert np.mean([kinds[train] is Kind.FIBRILLATION for train in large]) > 0.8


@pytest.mark.parametrize("seed", [7301, 7302])
def test_a_lone_unit_that_fires_evenly(seed):
    generator = np.random.default_rng(seed)
    unit = (spike(1.3, 450.0, 0.25), effort(generator, 0.07, 0.065))
    assert not denervation_alerts(muscle(generator, SECONDS, unit))


def test_a_large_fibre_is_known_again_among_ever_new_small_potentials():
    generator = np.random.default_rng(7401)
    units = [
        (
            sum(spike(generator.uniform(0.2, 1.5), generator.uniform(-90.0, 90.0)) for _ in "abc"),
            generator.uniform(1.0, SECONDS - 1.0, 1),
        )
        for _ in range(3600)
    ]
    fibre = (spike(0.35, 800.0), np.arange(2.0, SECONDS - 1.0, 0.7))
    potentials, _, _ = run(muscle(generator, SECONDS, *units, fibre), rate_hz=RATE_HZ)
    large = potentials[potentials["amplitude_uv"] > 500.0]
    _, counts = np.unique(large["train"], return_counts=True)
    assert counts.max() > 0.8 * len(fibre[1])


def test_a_pacemaker_whose_rate_drifts_a_little():
    generator = np.random.default_rng(7501)
    times_s = 1.0 + np.cumsum(0.86 * (1.0 + 0.0008 * np.sin(np.arange(66) / 10.5)))
    samples = muscle(generator, SECONDS, (spike(0.25, 110.0, 0.9), times_s))
    assert not denervation_alerts(samples)


@pytest.mark.parametrize(("rate_hz", "seed"), [(10_000.0, 113), (30_000.0, 211)])
def test_heartbeats_and_a_pacemaker_of_two_chambers(rate_hz, seed):
    """Of the bench's second generator, seeds that are not used for scores."""
    samples = parametric_signal("pacemaker", rate_hz, SECONDS, seed).samples
    assert not denervation_alerts(samples, rate_hz)


@pytest.mark.parametrize("seed", [7321, 7322])
def test_a_motor_unit_whose_spike_is_a_fibre_s_is_known_by_its_satellites(seed):
    generator = np.random.default_rng(seed)
    times_s = effort(generator, 0.09, 0.09)
    unit = [(spike(0.32, 280.0), times_s)] + [
        (spike(0.3, size_uv), times_s + 1e-3 * lag_ms)
        for lag_ms, size_uv in ((11.0, 24.0), (15.5, 30.0))
    ]
    samples = muscle(generator, SECONDS, *unit)
    assert not denervation_alerts(samples)
    potentials, trains, _ = run(samples, rate_hz=RATE_HZ)
    kinds = {row["train"]: Kind(row["kind"]) for row in trains}
    assert not any(kinds[train].is_denervation for train in potentials["train"])


@pytest.mark.parametrize("seed", [7331, 7332, 7333])
def test_a_short_motor_unit_that_fires_as_at_will_raises_no_alert(seed):
    """Neither when it begins nor where it is even for some seconds."""
    generator = np.random.default_rng(seed)
    unit = (spike(0.5, 400.0, 0.35), effort(generator, 0.095, 0.07))
    assert not denervation_alerts(muscle(generator, SECONDS, unit))


@pytest.mark.parametrize("seed", [7601, 7602])
def test_peaks_of_the_noise_are_no_potentials_of_fibres(seed):
    """Five minutes of two amplifiers' noise, one of them louder at low frequencies."""
    generator = np.random.default_rng(seed)
    white = 4.0 * generator.standard_normal(int(300.0 * RATE_HZ))
    pink = 4.0 * lfilter([1.0], [1.0, -0.7], generator.standard_normal(len(white)))
    for noise in (white, pink):
        potentials, trains, _ = run(noise[:, None].astype(np.float32), rate_hz=RATE_HZ)
        kinds = {row["train"]: Kind(row["kind"]) for row in trains}
        false = [row for row in potentials["train"] if kinds[row].is_denervation]
        assert len(false) <= 5


@pytest.mark.parametrize(("rate_hz", "seed"), [(48_000.0, 5), (20_000.0, 19)])
def test_bursts_of_a_phone_that_are_hardly_larger_than_the_noise(rate_hz, seed):
    """Of the bench's second generator, seeds that are not used for scores."""
    samples = parametric_signal("radio", rate_hz, SECONDS, seed).samples
    _, _, alerts = run(samples, rate_hz=rate_hz)
    assert not len(alerts)


@pytest.mark.parametrize("rate_hz", [10_000.0, 20_000.0, 48_000.0])
def test_a_pop_of_an_electrode_that_rings_is_no_fasciculation(rate_hz):
    generator = np.random.default_rng(7901)
    samples = 2.5 * generator.standard_normal((round(SECONDS * rate_hz), 1))
    for place, size_uv in enumerate((300.0, -900.0, 2500.0, -300.0, 900.0, -2500.0)):
        time_ms = np.arange(round(0.03 * rate_hz)) / rate_hz * 1e3
        ring = np.exp(-time_ms / 1.8) * np.cos(2 * np.pi * time_ms / (1.4 + 0.2 * place))
        row = round((5.0 + 9.0 * place) * rate_hz)
        samples[row : row + len(ring), 0] += size_uv * ring
    _, _, alerts = run(samples.astype(np.float32), rate_hz=rate_hz)
    assert not len(alerts)


@pytest.mark.parametrize("seed", [7911, 7912, 7913, 7914])
def test_the_sparse_spikes_of_an_insertion_are_no_fasciculations(seed):
    """Every eight seconds some spikes of ever new shapes and sizes within 0.3 s, then rest."""
    generator = np.random.default_rng(seed)
    units = [
        (
            spike(generator.uniform(0.15, 0.7), size_uv, generator.uniform(0.1, 0.6)),
            [start_s + offset_s],
        )
        for start_s in np.arange(5.0, SECONDS - 5.0, 8.0)
        for offset_s, size_uv in zip(
            np.sort(generator.uniform(0.0, 0.3, 12)),
            np.exp(generator.uniform(np.log(100.0), np.log(900.0), 12)),
            strict=True,
        )
    ]
    _, _, alerts = run(muscle(generator, SECONDS, *units), rate_hz=RATE_HZ)
    assert not len(alerts)


@pytest.mark.parametrize("seed", [7921, 7922, 7923])
def test_a_slow_movement_is_no_neuromyotonia(seed):
    """Smooth swings of some millivolts, and the slow return after each."""
    generator = np.random.default_rng(seed)
    time_s = np.arange(round(SECONDS * RATE_HZ)) / RATE_HZ
    samples = muscle(generator, SECONDS)
    for start_s in np.arange(4.0, SECONDS - 4.0, 5.0):
        since_s = np.maximum(0.0, time_s - start_s)
        swing = np.sin(2 * np.pi * generator.uniform(2.0, 12.0) * since_s)
        decay = np.exp(-since_s / generator.uniform(0.08, 0.4)) * -np.expm1(-since_s / 0.01)
        samples[:, 0] += (generator.uniform(1000.0, 4000.0) * swing * decay).astype(np.float32)
    _, _, alerts = run(samples, rate_hz=RATE_HZ)
    assert not len(alerts)
