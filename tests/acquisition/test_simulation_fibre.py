"""A muscle fibre looks as theory and textbooks say, wherever the needle is."""

import numpy as np
import pytest

from myoscope.acquisition.simulation.amplifier import Amplifier, band_limit, oversampling
from myoscope.acquisition.simulation.fibre import (
    ACROSS_S_M,
    ANISOTROPY,
    INSIDE_S_M,
    MuscleFibre,
    fibre_potential,
)
from myoscope.acquisition.simulation.waveforms import fibrillation

FINE_HZ = 100_000.0


def phases(wave: np.ndarray) -> str:
    """Return the signs of the phases that exceed 8 % of the largest deflection: "+-+"."""
    clear = wave[np.abs(wave) > 0.08 * np.abs(wave).max()]
    kept = np.concatenate([[True], np.diff(np.sign(clear)) != 0])
    return "".join("+" if value > 0 else "-" for value in clear[kept])


def duration_ms(wave: np.ndarray) -> float:
    """Return the time between the first and last 5 % of the largest deflection."""
    above = np.flatnonzero(np.abs(wave) > 0.05 * np.abs(wave).max())
    return (above[-1] - above[0]) * 1e3 / FINE_HZ


def seen(fibre: MuscleFibre) -> np.ndarray:
    return fibre_potential(fibre, FINE_HZ, 30.0)


def test_thick_fibres_conduct_faster():
    assert MuscleFibre(25.0, 0.1).velocity_m_s == pytest.approx(2.2)
    assert MuscleFibre(50.0, 0.1).velocity_m_s == pytest.approx(3.45)


@pytest.mark.parametrize("across_mm", [0.1, 0.2, 0.3])
def test_a_passing_wave_is_triphasic_and_begins_positive(across_mm):
    wave = seen(MuscleFibre(36.0, across_mm))
    assert phases(wave) == "+-+"
    assert wave.argmin() > wave.argmax()
    assert 200.0 < np.ptp(wave) < 720.0
    assert 2.5 < duration_ms(wave) < 4.0


def test_at_its_origin_a_wave_begins_negative():
    wave = seen(MuscleFibre(36.0, 0.1, origin_mm=0.0))
    assert phases(wave).startswith("-")
    assert -wave.min() > wave.max()
    assert np.ptp(wave) == pytest.approx(900.0, rel=0.05)


@pytest.mark.parametrize(("diameter_um", "across_mm"), [(36.0, 0.1), (40.0, 0.1), (45.0, 0.15)])
def test_at_the_end_of_its_fibre_a_wave_is_mostly_positive(diameter_um, across_mm):
    wave = seen(MuscleFibre(diameter_um, across_mm, ends_mm=(-50.0, 0.0)))
    assert phases(wave).startswith("+")
    assert wave.max() > 1.3 * -wave.min()
    assert 340.0 < np.ptp(wave) < 770.0
    assert 2.0 < duration_ms(wave) < 3.0


def test_a_fibre_farther_away_is_smaller_and_duller():
    near, far = seen(MuscleFibre(40.0, 0.1)), seen(MuscleFibre(40.0, 0.5))
    assert np.ptp(far) < 0.25 * np.ptp(near)
    steepness = [np.abs(np.diff(wave)).max() / np.ptp(wave) for wave in (near, far)]
    assert steepness[1] < 0.7 * steepness[0]


def test_the_side_from_which_a_wave_comes_cannot_be_seen():
    left = seen(MuscleFibre(40.0, 0.2, origin_mm=-15.0, ends_mm=(-40.0, 45.0)))
    right = seen(MuscleFibre(40.0, 0.2, origin_mm=15.0, ends_mm=(-45.0, 40.0)))
    np.testing.assert_allclose(left, right, atol=1e-6 * np.ptp(left))


@pytest.mark.parametrize("end_mm", [25.0, 0.4])
def test_it_equals_the_sum_over_membrane_currents(end_mm):
    """Difference the axial current that is zero beyond the ends, weigh it by distance, sum."""
    fibre = MuscleFibre(40.0, 0.25, origin_mm=-6.0, ends_mm=(-25.0, end_mm))
    step = 0.005
    edges = np.arange(-26.0, 26.0 + step / 2, step)
    z = 0.5 * (edges[1:] + edges[:-1])
    across = (np.arange(9) + 0.5) / 9 * 2 - 1
    core = np.array([(0.075 * a, 0.29 * b) for a in across for b in across if a * a + b * b < 1])
    inverse = np.mean(
        [1.0 / np.sqrt(ANISOTROPY * (fibre.across_mm**2 + y * y) + (z - x) ** 2) for x, y in core],
        axis=0,
    )
    inverse -= np.mean(
        [
            1.0 / np.sqrt(ANISOTROPY * (fibre.across_mm**2 + y * y) + z * z)
            for y in np.linspace(0.6, 15.0, 16)
        ],
        axis=0,
    )
    times_ms = np.arange(1.0, 5.0, 0.1)
    expected = []
    for time_ms in times_ms:
        y = 2.0 * np.clip(fibre.velocity_m_s * time_ms - np.abs(edges + 6.0), 0.0, None)
        vm = 96.0 * y**3 * np.exp(-y)
        axial = np.gradient(vm, step)
        axial[(edges < -25.0) | (edges > end_mm)] = 0.0
        current = INSIDE_S_M * np.pi * 0.02**2 * np.diff(axial)
        expected.append(1e3 * np.sum(current * inverse) / (4.0 * np.pi * ACROSS_S_M))
    wave = fibre_potential(fibre, 400_000.0, 6.0)
    got = np.interp(times_ms, (np.arange(wave.size) + 0.5) / 400.0, wave)
    np.testing.assert_allclose(got, expected, atol=0.02 * np.ptp(expected))


@pytest.mark.parametrize(
    ("rate_hz", "least", "most"),
    [(2_000.0, 0.45, 0.8), (4_000.0, 0.75, 0.97), (10_000.0, 0.95, 1.0), (20_000.0, 0.98, 1.0)],
)
def test_a_slow_rate_costs_amplitude(rate_hz, least, most):
    kept = []
    for seed in range(6):
        factor = oversampling(rate_hz)
        fine = fibrillation(np.random.default_rng(seed), rate_hz * factor, origin_share=0.0)[0, 0]
        limited = band_limit(fine, Amplifier(), rate_hz)
        kept.append(np.mean([np.ptp(limited[shift::factor]) for shift in range(factor)]))
        kept[-1] /= np.ptp(fine)
    assert least < np.mean(kept) <= most
