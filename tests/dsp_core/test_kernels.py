"""Each kernel agrees with a plain NumPy reference."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import bank, kinds, potentials, superposition, trains, waveform
from reference import filter as plain_filter
from scipy import signal

from myoscope.acquisition.simulation import clean_train
from myoscope.dsp_core._bank import BankKernel
from myoscope.dsp_core._engine import kind_codes
from myoscope.dsp_core._filter import FilterKernel
from myoscope.dsp_core._kinds import kind_posterior
from myoscope.dsp_core._superposition import take_out
from myoscope.dsp_core._trains import compare, keeps_time, rhythm
from myoscope.dsp_core._waveform import measure_waveform
from myoscope.dsp_core.detector import SpontaneousActivityDetector
from myoscope.dsp_core.kind_model import HYPOTHESES, kind_table
from myoscope.dsp_core.kinds import Kind
from myoscope.dsp_core.noise_calibration import quantile_scales, white_noise_gain

RATE_HZ = 20_000
SEEDS = st.integers(0, 2**32 - 1)


def noise(seconds=1.0, n_channels=3, seed=0, level_uv=5.0):
    rows = round(seconds * RATE_HZ)
    generator = np.random.default_rng(seed)
    return (level_uv * generator.standard_normal((rows, n_channels))).astype(np.float32)


def sections(order, corner_hz, kind):
    return np.ascontiguousarray(signal.butter(order, corner_hz, kind, fs=RATE_HZ, output="sos"))


class TestFilter:
    HIGH = sections(2, 10, "highpass")
    LOW = sections(2, 5000, "lowpass")
    NONE = np.empty((0, 6))

    @pytest.mark.parametrize("offset_uv", [0.0, 3e5, -3e5])
    def test_it_agrees_with_scipy_at_any_electrode_offset(self, offset_uv):
        samples = noise() + np.float32(offset_uv)
        kernel = FilterKernel(3, self.HIGH, self.LOW, 0.0, 0, 0.0, 64, False)
        expected = plain_filter.filtered(samples, self.HIGH, self.LOW)
        np.testing.assert_allclose(kernel.filter_block(samples, 0), expected, atol=1e-5)

    def test_it_turns_the_sign_of_inverted_sources(self):
        samples = noise()
        kernel = FilterKernel(3, self.HIGH, self.NONE, 0.0, 0, 0.0, 64, True)
        expected = plain_filter.filtered(samples, self.HIGH, self.NONE, sign=-1.0)
        np.testing.assert_allclose(kernel.filter_block(samples, 0), expected, atol=1e-5)

    def test_the_mains_canceller_agrees_with_a_plain_loop(self):
        time_s = np.arange(RATE_HZ // 2) / RATE_HZ
        hum = 40 * np.sin(2 * np.pi * 50 * time_s + 1) + 9 * np.sin(2 * np.pi * 150 * time_s)
        samples = noise(0.5) + hum[:, np.newaxis].astype(np.float32)
        arguments = (50 / RATE_HZ, 4, 1e-4)
        kernel = FilterKernel(3, self.HIGH, self.LOW, *arguments, 64, False)
        expected = plain_filter.filtered(samples, self.HIGH, self.LOW, *arguments)
        np.testing.assert_allclose(kernel.filter_block(samples, 0), expected, atol=1e-4)

    def test_the_mains_canceller_removes_hum_and_leaves_a_spike_without_ringing(self):
        time_s = np.arange(6 * RATE_HZ) / RATE_HZ
        hum = sum(100 / h * np.sin(2 * np.pi * 50.02 * h * time_s + h) for h in (1, 2, 3, 5, 7))
        samples = (noise(6.0, 1) + hum[:, np.newaxis]).astype(np.float32)
        spiked = samples.copy()
        spiked[5 * RATE_HZ : 5 * RATE_HZ + 20] += 2000
        arguments = (self.HIGH, self.NONE, 50 / RATE_HZ, 20, 1 / (0.2 * RATE_HZ), 64, False)
        clean, rung = (
            FilterKernel(1, *arguments).filter_block(x, 0)[:, 0] for x in (samples, spiked)
        )
        assert clean[-RATE_HZ:].std() < 7.0  # of 5 µV noise under 100 µV of hum
        spike = plain_filter.filtered(spiked - samples, self.HIGH, self.NONE)[:, 0]
        assert np.abs(rung - clean - spike)[5 * RATE_HZ :].max() < 5.0  # less than the noise

    def test_a_missing_value_is_held_and_spoils_nothing_after_it(self):
        samples = noise()
        samples[7000:7003, 1] = [np.nan, np.inf, -np.inf]
        out = FilterKernel(3, self.HIGH, self.LOW, 0.0, 0, 0.0, 64, False).filter_block(samples, 0)
        assert np.isfinite(out).all()


class TestBank:
    WIDTHS = (6, 14, 32)
    SCALES = np.array([1.3, 1.4, 1.5, 1.6])
    FLOORS = np.array([0.2, 0.1, 0.1, 0.1])

    def kernel(self, n_channels):
        return BankKernel(n_channels, np.array(self.WIDTHS, np.intc), 100, self.SCALES, self.FLOORS)

    def test_it_agrees_with_convolutions_and_sorted_windows(self):
        samples = noise(1.2)
        samples[15_000:15_010, 1] += 100
        found, noise_uv = self.kernel(3).deflections(samples)
        expected, expected_noise = bank.deflections(
            samples, self.WIDTHS, 100, self.SCALES, self.FLOORS
        )
        np.testing.assert_allclose(noise_uv, expected_noise, rtol=1e-5)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)

    def test_offset_and_drift_leave_no_deflection(self):
        ramp = np.linspace(-200, 300, RATE_HZ, dtype=np.float32)[:, np.newaxis] + noise(1.0, 1)
        found, _ = self.kernel(1).deflections(ramp)
        assert found.max() < 6.5

    @pytest.mark.parametrize("per_second", [0, 10, 30, 60])
    def test_dense_potentials_do_not_raise_the_noise(self, per_second):
        quiet = noise(8.0, 1, level_uv=5.0)
        busy = quiet.copy()
        generator = np.random.default_rng(1)
        for start in generator.integers(0, len(busy) - 60, 8 * per_second):
            busy[start : start + 60, 0] += 150 * np.sin(np.linspace(0, 2 * np.pi, 60))
        levels = [self.kernel(1).deflections(x)[1][0, 0] for x in (quiet, busy)]
        assert levels[1] / levels[0] == pytest.approx(1.0, abs=0.12)

    def test_a_dead_channel_has_the_smallest_noise_that_is_believed(self):
        found, noise_uv = self.kernel(1).deflections(np.zeros((RATE_HZ, 1), np.float32))
        assert (found == 0).all()
        np.testing.assert_allclose(noise_uv[:, 0], self.FLOORS, rtol=1e-6)


class TestWaveform:
    @given(SEEDS, st.floats(0.2, 1.2), st.sampled_from([0, 1, 2]))
    @settings(deadline=None, max_examples=60)
    def test_it_agrees_with_the_plain_measures(self, seed, width_ms, shape):
        values = waveform_of(shape, width_ms) + noise(0.02, 1, seed, 1.0)[:400, 0]
        found = measure_waveform(values, 150, 250, 20.0, 0.7)
        expected = waveform.measured(values, 150, 250, 20.0, 0.7)
        assert found == pytest.approx(expected, rel=1e-4)

    def test_a_triphasic_fibrillation_is_read_as_one(self):
        found = measure_waveform(waveform_of(0, 0.4), 150, 250, 20.0, 0.1)
        assert found["phases"] == 3
        assert found["first_phase"] == 1
        assert 1.5 < found["duration_ms"] < 3.5
        assert found["amplitude_uv"] == pytest.approx(100, abs=1)

    def test_a_waveform_cut_off_by_the_window_has_not_ended(self):
        values = np.linspace(0, 100, 400, dtype=np.float32)
        assert not measure_waveform(values, 150, 400, 20.0, 0.1)["ended"]

    def test_a_search_outside_of_the_values_is_refused(self):
        with pytest.raises(ValueError, match="search from 5 to 500 is not inside 400 values"):
            measure_waveform(np.zeros(400, np.float32), 5, 500, 20.0, 0.1)


def waveform_of(shape, width_ms):
    """Return 400 rows at 20 kHz with a triphasic, biphasic or positive waveform of 100 µV."""
    time = (np.arange(400) - 200) / 20.0 / width_ms
    values = [
        -(1 - time**2) * np.exp(-(time**2) / 2),
        -time * np.exp(-(time**2) / 2),
        np.where(time > 0, time * np.exp(-time / 2), 0.0),
    ][shape]
    return (100 * values / np.ptp(values)).astype(np.float32)


class TestTrains:
    @given(st.lists(st.integers(1, 40_000), min_size=0, max_size=60))
    @settings(deadline=None)
    def test_rhythm_agrees_with_the_plain_measures(self, intervals):
        times = np.cumsum([0.0, *intervals])
        np.testing.assert_allclose(rhythm(times, RATE_HZ), trains.rhythm(times, RATE_HZ))

    @given(SEEDS, st.floats(0, 600), st.integers(2, 40))
    @settings(deadline=None)
    def test_keeping_time_agrees_with_the_plain_rule(self, seed, jitter, count):
        generator = np.random.default_rng(seed)
        times = np.cumsum(400.0 * generator.integers(1, 20, count))
        times = np.sort(times + generator.normal(0, jitter, count))
        assert keeps_time(times, 400.0) == trains.keeps_time(times, 400.0)

    @given(SEEDS, st.integers(-20, 20), st.floats(0.5, 2.0), st.sampled_from([1, 2, 4]))
    @settings(deadline=None)
    def test_comparing_shapes_agrees_with_the_plain_rule(self, seed, shift, gain, step):
        first = waveform_of(0, 0.5) + noise(0.02, 1, seed, 2.0)[:400, 0]
        second = gain * np.roll(waveform_of(0, 0.5), shift) + noise(0.02, 1, seed + 1, 2.0)[:400, 0]
        arguments = (200, 60, 120 // step, step, 25, 2.0)
        same, lag, misfit = compare(first, second.astype(np.float32), *arguments)
        expected = trains.compare(first, second.astype(np.float32), *arguments)
        assert same == expected[0]
        if np.isfinite(expected[2]):
            assert misfit == pytest.approx(expected[2], rel=1e-5)
            assert lag == expected[1]

    def test_a_shifted_copy_has_the_same_shape_and_another_waveform_has_not(self):
        triphasic, biphasic = waveform_of(0, 0.5), waveform_of(2, 0.5)
        arguments = (200, 60, 60, 2, 25, 2.0)
        assert compare(triphasic, np.roll(triphasic, 7), *arguments)[:2] == (True, 7)
        assert not compare(triphasic, biphasic, *arguments)[0]


class TestSuperposition:
    @given(SEEDS, st.integers(100, 250), st.sampled_from([1, 2, 3, 4]), st.sampled_from([0, 1, 2]))
    @settings(deadline=None, max_examples=50)
    def test_it_agrees_with_the_plain_search(self, seed, place, step, shape):
        count = 120 // step
        template = trains.averaged(waveform_of(shape, 0.4), 140, count, step).astype(np.float32)
        values = noise(0.02, 1, seed, 3.0)[:400, 0]
        values[place - 60 : place + 60] += waveform_of(shape, 0.4)[140:260]
        arguments = (place - 30, place + 30, 60, step, 160.0)
        start, fall, rest = take_out(template, values, *arguments)
        expected = superposition.take_out(template, values, *arguments)
        assert start == expected[0]
        assert fall == pytest.approx(expected[1], rel=1e-5)
        np.testing.assert_allclose(rest, expected[2], atol=1e-3)

    def test_two_potentials_that_overlap_are_told_apart(self):
        first, second = waveform_of(0, 0.4), waveform_of(2, 0.6)
        values = np.roll(first, -20) + np.roll(second, 15)
        template = trains.averaged(first, 140, 60, 2).astype(np.float32)
        start, _, rest = take_out(template, values, 150, 250, 60, 2, 160.0)
        assert start + 60 == pytest.approx(180, abs=2)
        assert np.abs(rest - np.roll(second, 15)).max() < 25


class TestKinds:
    @given(SEEDS, st.integers(1, 24))
    @settings(deadline=None)
    def test_it_agrees_with_the_plain_sum(self, seed, n_intervals):
        generator = np.random.default_rng(seed)
        table = kind_table()
        features = generator.normal(1.0, 3.0, 10)
        known = generator.integers(0, 2, 10).astype(np.uint8)
        found = kind_posterior(*table, features, known, n_intervals)
        np.testing.assert_allclose(
            found, kinds.posterior(*table, features, known, n_intervals), atol=1e-12
        )
        assert found.sum() == pytest.approx(1.0)

    @pytest.mark.parametrize(
        "hypothesis",
        [one for one in HYPOTHESES if one.kind is not Kind.UNCLASSIFIED],
        ids=lambda one: one.kind.label,
    )
    def test_a_train_that_is_as_the_table_says_gets_its_kind(self, hypothesis):
        features = np.array([mean for mean, _ in hypothesis.bells()])
        known = np.ones(10, np.uint8)
        assert kind_posterior(*kind_table(), features, known, 24).argmax() == hypothesis.kind


class TestEngine:
    def test_its_codes_of_kinds_are_those_of_the_tables(self):
        assert all(Kind[name] == code for name, code in kind_codes().items())

    @pytest.mark.parametrize("kind", ["fibrillation", "positive_sharp_wave"])
    def test_its_potentials_are_those_found_plainly_after_the_fact(self, kind):
        samples, _ = clean_train(kind, RATE_HZ, 6.0, 4.0, 0.05, 15.0, seed=3)
        detector = SpontaneousActivityDetector(1, RATE_HZ)
        found = np.concatenate([detector.process(samples).potentials, detector.finish().potentials])
        high = sections(2, 10, "highpass")
        filtered = plain_filter.filtered(samples, high, np.empty((0, 6))).astype(np.float32)[:, 0]
        widths, scales = (6, 14, 32), quantile_scales((6, 14, 32), 100, RATE_HZ)
        floors = [0.2 * gain for gain in (1.0, *map(white_noise_gain, widths))]
        out, noise_uv = bank.deflections(filtered[:, np.newaxis], widths, 100, scales, floors)
        smooth_noise_uv = noise_uv[1, 0] / np.sqrt(1.5)
        stretches = potentials.candidates(out[:, 0], 48, 20, 800)
        expected = [potentials.measure(filtered, *one, 20.0, smooth_noise_uv) for one in stretches]
        expected = [(one, peak) for one, peak in expected if one["amplitude_uv"] > 12.5]
        assert len(found) == len(expected)
        for row, (one, peak) in zip(found, expected, strict=True):
            # The peak is where the train's template has it, up to 1.25 ms from the potential's own.
            assert row["sample"] == pytest.approx(peak, abs=25)
            assert row["amplitude_uv"] == pytest.approx(one["amplitude_uv"], rel=1e-3)
            assert row["first_phase"] == one["first_phase"]
        # The noise was still a little different when each of them was measured.
        durations_ms = [one["duration_ms"] for one, _ in expected]
        assert np.median(found["duration_ms"]) == pytest.approx(np.median(durations_ms), rel=0.05)
