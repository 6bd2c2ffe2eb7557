"""Each kernel agrees with a plain NumPy reference."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from reference import bank, kinds, potentials, templates, trains, waveform, window
from reference import filter as plain_filter
from scipy import signal

from myoscope.acquisition.simulation import clean_train
from myoscope.dsp_core._bank import BankKernel
from myoscope.dsp_core._filter import FilterKernel
from myoscope.dsp_core._kinds import context_flags, judge_row, kind_codes
from myoscope.dsp_core._templates import Shape
from myoscope.dsp_core._trains import follows, is_rested, keeps_a_clock, keeps_time, rhythm
from myoscope.dsp_core._waveform import measure_waveform
from myoscope.dsp_core._window import stretch
from myoscope.dsp_core.detector import SpontaneousActivityDetector
from myoscope.dsp_core.evidence import Context
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

    def test_a_waveform_cut_off_where_the_window_begins_has_begun_before(self):
        values = np.linspace(100, 0, 400, dtype=np.float32)
        assert not measure_waveform(values, 0, 20, 20.0, 0.1)["begun"]
        assert measure_waveform(waveform_of(0, 0.4), 150, 250, 20.0, 0.1)["begun"]

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


class TestWindow:
    @given(SEEDS, st.sampled_from([1, 2, 4]), st.sampled_from([1, 5]), st.sampled_from([6, 14]))
    @settings(deadline=None, max_examples=30)
    def test_it_agrees_with_scipy_and_plain_means(self, seed, step, smoothing, width):
        values = waveform_of(2, 0.6) + noise(0.02, 1, seed)[:, 0] + np.float32(30)
        arguments = (step, smoothing, 20.0, 40, 140, width)
        found, expected = stretch(values, *arguments), window.stretch(values, *arguments)
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            np.testing.assert_allclose(found[name], value, atol=2e-4, err_msg=name)

    def test_the_level_is_that_of_the_rows_before_whatever_lies_there(self):
        values = np.full(400, 50, np.float32)
        values[60:80] += 300  # another potential
        found = stretch(values, 2, 5, 20.0, 40, 140, 6)
        np.testing.assert_allclose(found["wide"][100:], 0.0)

    def test_sharpened_a_positive_wave_is_as_short_as_its_spike(self):
        wave = waveform_of(2, 1.2)
        found = stretch(wave, 1, 1, 20.0, 0, 100, 6)
        over = [np.flatnonzero(np.abs(found[n]) > 20).size for n in ("wide", "sharp")]
        assert over[1] < 0.6 * over[0]

    def test_there_may_be_nothing_before_the_candidate(self):
        values = waveform_of(0, 0.4)
        np.testing.assert_array_equal(stretch(values, 2, 5, 20.0, 0, 0, 6)["wide"], values)


NOISE_UV = 2.0


def shape_of(values, *, alone=True, step=2, noise_uv=NOISE_UV):
    """Return the shape around the largest point, which begins a template, and its first row."""
    peak = stretch(values, step, 1, 20.0, 0, 0, 6)["sharpest"]
    shape = Shape(values, peak, step, 20.0, noise_uv, alone)
    return shape, peak - shape.state["geometry"]["before"] * step


def placed(shape, values, *, elastic=False, noise_uv=NOISE_UV):
    """Return how a shape lies on the largest point of ``values``."""
    peak = stretch(values, shape.state["geometry"]["step"], 1, 20.0, 0, 0, 6)["sharpest"]
    return shape.place(values, peak, noise_uv, elastic)


def is_same(shape, values, *, elastic=False):
    place = placed(shape, values, elastic=elastic)
    return place is not None and place["misfit"] < 1


def noisy(values, seed, level_uv=NOISE_UV):
    return values + noise(0.02, 1, seed, level_uv)[:, 0]


class TestTemplates:
    @given(SEEDS, st.sampled_from([0, 1, 2]), st.sampled_from([1, 2, 4]), st.integers(1, 20))
    @settings(deadline=None, max_examples=30)
    def test_learning_agrees_with_plain_means(self, seed, form, step, remembered):
        shifts = np.random.default_rng(seed).integers(-60, 120, 5)
        values = [noisy(np.roll(waveform_of(form, 0.5), s), seed + s + 60) for s in (0, *shifts)]
        shape, start = shape_of(values[0], step=step)
        potentials = [(values[0], start)]
        for shifted, shift in zip(values[1:], shifts, strict=True):
            shape.learn(shifted, start + int(shift), remembered)
            potentials.append((shifted, start + int(shift)))
        state = shape.state
        assert state["count"] == 6
        expected = templates.learnt(
            [(templates.Signal(one, step, 20.0), row) for one, row in potentials],
            state["geometry"],
            remembered,
        )
        np.testing.assert_allclose(state["sharp"], expected[0], atol=1e-3)
        np.testing.assert_allclose(state["wide"][: len(expected[1])], expected[1], atol=1e-3)
        assert not any(state["wide"][len(expected[1]) :])

    @pytest.mark.parametrize("level_uv", [2.0, 20.0])
    def test_what_lies_on_potentials_is_known_by_how_they_differ(self, level_uv):
        wave = 20 * waveform_of(0, 0.5)
        shape, start = shape_of(noisy(wave, 1, level_uv), step=1)
        for seed in range(2, 40):
            shape.learn(noisy(wave, seed, level_uv), start, 16)
        # Each differs from the mean of those before by its own noise and by what is left in that.
        assert np.sqrt(shape.state["strewn"]) == pytest.approx(level_uv, rel=0.15)

    @given(
        SEEDS,
        st.tuples(st.sampled_from([0, 1, 2]), st.sampled_from([0, 1, 2])),
        st.integers(-150, 150),
        st.floats(0.5, 2.0),
        st.sampled_from([1, 2, 4]),
        st.booleans(),
    )
    @settings(deadline=None, max_examples=60)
    def test_placing_agrees_with_the_plain_rule(self, seed, forms, shift, gain, step, elastic):
        shape, _ = shape_of(noisy(waveform_of(forms[0], 0.5), seed), step=step)
        other = np.roll(gain * waveform_of(forms[1], 0.5), shift).astype(np.float32)
        other = noisy(other, seed + 1)
        peak = stretch(other, step, 1, 20.0, 0, 0, 6)["sharpest"]
        found = shape.place(other, peak, NOISE_UV, elastic)
        expected = templates.Template(shape.state).place(
            templates.Signal(other, step, 20.0), peak, NOISE_UV, elastic
        )
        assert found == (expected and pytest.approx(expected, rel=1e-3, abs=1e-4))

    @given(
        SEEDS,
        st.tuples(st.sampled_from([0, 1, 2]), st.sampled_from([0, 1, 2])),
        st.integers(-10, 120),
        st.sampled_from([1, 2, 4]),
        st.booleans(),
    )
    # Fewer rows after the peak than a template may be shifted by.
    @example(0, (0, 2), 0, 2, False)
    @settings(deadline=None, max_examples=60)
    def test_placing_what_has_begun_agrees_with_the_plain_rule(
        self, seed, forms, after, step, elastic
    ):
        shape, _ = shape_of(noisy(waveform_of(forms[0], 0.5), seed), step=step)
        other = noisy(waveform_of(forms[1], 0.5), seed + 1)
        peak = stretch(other, step, 1, 20.0, 0, 0, 6)["sharpest"]
        other = np.ascontiguousarray(other[: max(peak + step, peak + after)])
        found = shape.place(other, peak, NOISE_UV, elastic, True)
        expected = templates.Template(shape.state).place(
            templates.Signal(other, step, 20.0), peak, NOISE_UV, elastic, begun=True
        )
        assert found == (expected and pytest.approx(expected, rel=1e-3, abs=1e-4))

    @pytest.mark.parametrize("form", [0, 1, 2])
    def test_a_shape_is_known_by_what_is_there_of_it(self, form):
        shape, start = shape_of(noisy(waveform_of(form, 0.5), 1))
        peak = start + 2 * shape.state["geometry"]["before"]

        def begun(values, rows):
            values = np.ascontiguousarray(values[: peak + rows])
            place = shape.place(values, peak, NOISE_UV, False, True)
            return place is not None and place["misfit"] < 1

        assert begun(noisy(waveform_of(form, 0.5), 2), 52)
        assert not begun(noisy(1.5 * waveform_of(form, 0.5), 2), 52)
        assert not begun(noisy(waveform_of(form, 0.5), 2), 10)  # not even its spike is there

    @given(SEEDS, st.sampled_from([0, 1, 2]), st.sampled_from([1, 2, 4]), st.integers(0, 8))
    @settings(deadline=None, max_examples=30)
    def test_taking_out_agrees_with_the_plain_search(self, seed, form, step, more):
        values = noisy(waveform_of(form, 0.5), seed)
        shape, start = shape_of(values, step=step)
        for index in range(more):
            shape.learn(noisy(waveform_of(form, 0.5), seed + 1 + index), start, 16)
        template, signal = templates.Template(shape.state), templates.Signal(values, step, 20.0)
        fall, place = shape.best_fall(values, 160, 240)
        expected = template.best_fall(signal, 160, 240)
        assert (fall, place) == pytest.approx(expected, rel=1e-4)
        for found, plain in zip(
            shape.take_out(values, place), template.take_out(signal, place, 20.0), strict=True
        ):
            np.testing.assert_allclose(found, plain, atol=1e-3)

    def test_a_potential_that_comes_between_two_rows_has_the_same_shape(self):
        # A spike of a few rows far above the noise, as a fibrillation is at 5 to 10 kHz.
        def spike(centre, width):
            x = (np.arange(400.0) - centre) / width
            return (300.0 * (1.0 - x**2) * np.exp(-0.5 * x**2)).astype(np.float32)

        shape, _ = shape_of(noisy(spike(200.0, 1.6), 3), step=1)
        assert is_same(shape, noisy(spike(200.5, 1.6), 4))
        assert not is_same(shape, noisy(spike(200.5, 2.4), 5))

    @pytest.mark.parametrize("form", [0, 1, 2])
    def test_a_shifted_copy_has_the_same_shape_and_another_waveform_has_not(self, form):
        shape, start = shape_of(noisy(waveform_of(form, 0.5), 1))
        shifted = noisy(np.roll(waveform_of(form, 0.5), 7), 2)
        assert is_same(shape, shifted)
        assert placed(shape, shifted)["start"] == pytest.approx(start + 7, abs=1)
        assert not is_same(shape, noisy(waveform_of((form + 1) % 3, 0.5), 2))
        assert not is_same(shape, noisy(-waveform_of(form, 0.5), 2))
        assert not is_same(shape, noisy(waveform_of(form, 0.9), 2))

    @pytest.mark.parametrize("gain", [0.6, 0.7, 1.4, 1.6])
    def test_another_size_is_another_shape_unless_the_train_is_fast(self, gain):
        shape, start = shape_of(noisy(waveform_of(0, 0.5), 1))
        resized = noisy((gain * waveform_of(0, 0.5)).astype(np.float32), 2)
        assert not is_same(shape, resized)
        if 0.7 <= gain <= 1.4:
            assert is_same(shape, resized, elastic=True)
            assert placed(shape, resized, elastic=True)["start"] == pytest.approx(start, abs=1)

    def test_a_template_follows_the_size_of_a_fast_train(self):
        shape, start = shape_of(waveform_of(0, 0.5))
        sizes = []
        for _ in range(8):
            sizes.append(np.max(np.abs(shape.state["sharp"])))
            shape.resize((0.8 * waveform_of(0, 0.5)).astype(np.float32), start)
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[-1] / sizes[0] == pytest.approx(0.8, abs=0.02)

    def test_two_potentials_that_overlap_are_told_apart(self):
        first, second = waveform_of(0, 0.4), waveform_of(2, 0.6)
        shapes = []
        for values in (first, second):
            shape, start = shape_of(noisy(values, 1, 1.0))
            for seed in range(2, 10):
                shape.learn(noisy(values, seed, 1.0), start, 16)
            shapes.append((shape, start))
        for lag in (12, 20, 35):
            both = noisy(np.roll(first, -lag) + np.roll(second, lag), 20, 1.0)
            fall, place = shapes[0][0].best_fall(both, 200 - lag - 40, 200 - lag + 40)
            assert place == pytest.approx(shapes[0][1] - lag, abs=1)
            assert fall > 0.6
            wide, _ = shapes[0][0].take_out(both, place)
            rest = np.array(wide, np.float32)
            assert is_same(shapes[1][0], rest)
            assert np.abs(rest - np.roll(second, lag))[100:].max() < 20

    @pytest.mark.parametrize("form", [0, 1])
    def test_what_was_taken_out_leaves_the_noise(self, form):
        shape, start = shape_of(noisy(waveform_of(form, 0.6), 1))
        for seed in range(2, 18):
            shape.learn(noisy(waveform_of(form, 0.6), seed), start, 16)
        for left in shape.take_out(noisy(waveform_of(form, 0.6), 30), start):
            assert np.std(left) == pytest.approx(NOISE_UV, rel=0.15)

    def test_a_new_shape_ends_where_its_spike_comes_again_and_not_at_another_spike(self):
        spike = waveform_of(0, 0.2)
        own, _ = shape_of(spike)
        fast, _ = shape_of(sum(np.roll(spike, 45 * index) for index in range(-3, 5)))
        satellite, _ = shape_of(spike + 0.4 * np.roll(spike, 45))
        first, last = (2 * (side - 30) for side in fast.state["support"])  # rows from the peak
        assert -45 < first < 0 < last < 45
        assert own.state["support"][1] < satellite.state["support"][1]
        assert 2 * (satellite.state["support"][1] - 30) > 45

    def test_a_spike_some_way_off_belongs_to_a_shape_that_lies_alone(self):
        values = waveform_of(0, 0.2) + 0.4 * np.roll(waveform_of(0, 0.2), 48)
        alone, crowded = (shape_of(values, alone=one)[0].state["support"] for one in (True, False))
        assert crowded[1] < alone[1]


class TestTrains:
    @given(st.lists(st.integers(1, 40_000), min_size=0, max_size=60))
    @settings(deadline=None)
    def test_rhythm_agrees_with_the_plain_measures(self, intervals):
        times = np.cumsum([0.0, *intervals])
        found, expected = rhythm(times, RATE_HZ), trains.rhythm(times, RATE_HZ)
        assert found == pytest.approx(expected, rel=1e-6, nan_ok=True)

    @given(SEEDS, st.floats(0, 600), st.integers(2, 40))
    @settings(deadline=None)
    def test_keeping_time_agrees_with_the_plain_rule(self, seed, jitter, count):
        generator = np.random.default_rng(seed)
        times = np.cumsum(400.0 * generator.integers(1, 20, count))
        times = np.sort(times + generator.normal(0, jitter, count))
        assert keeps_time(times, 400.0) == trains.keeps_time(times, 400.0)

    @given(SEEDS, st.floats(0, 20), st.integers(2, 40))
    @settings(deadline=None)
    def test_keeping_a_clock_agrees_with_the_plain_rule(self, seed, jitter, count):
        generator = np.random.default_rng(seed)
        times = np.cumsum(777.0 * generator.integers(1, 4, count))
        times = np.sort(times + np.rint(generator.normal(0, jitter, count)))
        assert keeps_a_clock(times) == trains.keeps_a_clock(times)

    @given(SEEDS, st.integers(0, 300), st.integers(0, 1600), st.floats(50, 5000))
    @settings(deadline=None)
    def test_resting_agrees_with_the_plain_rule(self, seed, count, rest, mean):
        intervals = rest + np.rint(np.random.default_rng(seed).exponential(mean, count)) + 1
        times = np.cumsum([0.0, *intervals])
        assert is_rested(times, 640.0) == trains.is_rested(times, 640.0)

    def test_a_fibre_rests_after_each_potential_and_an_end_plate_after_most(self):
        generator = np.random.default_rng(6)
        fibre = 850 + generator.exponential(1900.0, 100)
        end_plate = 500 + generator.exponential(2250.0, 100)
        assert is_rested(np.rint(np.cumsum(fibre)), 640.0)
        assert not is_rested(np.rint(np.cumsum(fibre[:20])), 640.0)
        assert not is_rested(np.rint(np.cumsum(end_plate)), 640.0)

    def test_a_device_keeps_a_clock_though_pulses_are_missed_and_a_fibre_does_not(self):
        generator = np.random.default_rng(3)
        missed = np.arange(40.0)[generator.random(40) < 0.7] * 1801.5
        assert keeps_a_clock(np.rint(missed))
        assert not keeps_a_clock(np.cumsum(generator.normal(1800, 0.01 * 1800, 30)))

    def test_a_short_interval_by_accident_makes_no_clock_of_an_even_fibre(self):
        generator = np.random.default_rng(4)
        times = np.cumsum(np.rint(generator.normal(22_000, 0.01 * 22_000, 30)))
        assert not keeps_a_clock(np.sort(np.append(times, times[12] + 45)))
        assert keeps_a_clock(22_000 * np.arange(6.0))

    @pytest.mark.parametrize("cycle", [1600, 1596, 670, 1338])
    def test_a_ring_of_fibres_keeps_neither_time_nor_a_clock_by_chance(self, cycle):
        # At 20 kHz: four, two and one period of the mains, nearly.
        for seed in range(20):
            generator = np.random.default_rng(seed)
            times = np.cumsum(np.rint(generator.normal(cycle, 0.006 * cycle, 33)))
            assert not keeps_a_clock(times)
            assert cycle < 1500 or not keeps_time(times, 400.0)

    @pytest.mark.parametrize("cycle", [4000, 800])
    def test_a_ring_keeps_no_time_also_where_some_cycles_are_missed_or_it_is_as_fast(self, cycle):
        # At 20 kHz: ten periods of the mains, and two.
        locked = []
        for seed in range(40):
            generator = np.random.default_rng(seed)
            times = np.cumsum(np.rint(generator.normal(cycle, 0.004 * cycle, 46)))
            kept = generator.random(45) < 0.9 if cycle > 3000 else np.ones(45, bool)
            locked.append(keeps_time(times[1:][kept], 400.0))
            # A device that is late by as much each time does.
            late = generator.normal(0, 0.003 * cycle, 46)
            assert cycle > 3000 or keeps_time(np.rint(cycle * np.arange(46.0) + late), 400.0)
        assert np.mean(locked) < 0.1

    def test_pulses_of_the_mains_keep_time_though_some_are_missed_and_it_wanders(self):
        for seed in range(20):
            generator = np.random.default_rng(seed)
            periods = np.cumsum(generator.integers(1, 9, 33))
            late = generator.normal(0, 3, 33)
            assert keeps_time(np.rint(400.4 * periods + late), 400.0)

    @given(st.lists(st.sampled_from([np.nan, 40.0, 41.0, 43.0, 60.0, 300.0]), max_size=60))
    @settings(deadline=None)
    def test_following_agrees_with_the_plain_rule(self, lags):
        lags = np.array(lags)
        assert follows(lags, 6.0) == trains.follows(lags, 6.0)

    def test_one_wrong_interval_of_sixteen_is_not_the_shortest(self):
        intervals = np.array([2000.0] * 20 + [90.0])
        assert rhythm(np.cumsum([0.0, *intervals]), RATE_HZ)["shortest"] == 2000
        assert rhythm(np.cumsum([0.0, *intervals[-8:]]), RATE_HZ)["shortest"] == 90

    def test_a_slow_change_of_the_rate_is_wander_and_jitter_is_none(self):
        generator = np.random.default_rng(3)
        jitter = generator.normal(2000, 100, 300)
        drift = 2000 * np.exp(np.linspace(-0.5, 0.5, 32)) + generator.normal(0, 10, 32)
        assert rhythm(np.cumsum(drift), RATE_HZ)["wander"] > 8
        found = [rhythm(np.cumsum(jitter[i : i + 32]), RATE_HZ)["wander"] for i in range(0, 260, 8)]
        assert np.median(found) == pytest.approx(1.0, abs=0.25)

    def test_pauses_between_bursts_are_grouping_and_a_missed_potential_is_none(self):
        generator = np.random.default_rng(3)
        bursts = np.array([*[900.0] * 5, 20_000.0] * 5) * generator.normal(1, 0.1, 30)
        missed = np.array([*[900.0] * 5, 1800.0] * 5) * generator.normal(1, 0.02, 30)
        assert rhythm(np.cumsum(bursts), RATE_HZ)["grouping"] > 10
        assert rhythm(np.cumsum(missed), RATE_HZ)["grouping"] < 1.2

    def test_a_part_of_a_discharge_follows_at_one_lag_and_another_train_does_not(self):
        generator = np.random.default_rng(3)
        part = 80 + generator.normal(0, 1, 30)
        assert not follows(part[:2], 6.0)
        assert follows(part[:3], 6.0)
        part[generator.random(30) < 0.15] = np.nan  # missed now and then
        assert follows(part, 6.0)
        assert not follows(generator.uniform(-500, 500, 30), 6.0)
        assert not follows(np.concatenate([part, np.full(30, np.nan)]), 6.0)


def row_of(**columns):
    """Return what a train is judged by: a regular fibrillation at rest, but for what is given."""
    return {
        "duration_ms": 3.6,
        "half_width_ms": 0.5,
        "positive_share": 0.34,
        "first_phase": 1,
        "amplitude_uv": 100.0,
        "phases": 3,
        "rise_ms": 0.27,
        "intervals": 24,
        "rate_hz": 5.0,
        "interval_variability": 0.035,
        "shortest_ms": 180.0,
        "wander": 1.0,
        "grouping": 1.2,
        "silent_s": 0.0,
        "context": 0,
    } | columns


SHARP_WAVE = {
    "duration_ms": 18.0,
    "half_width_ms": 1.8,
    "positive_share": 0.78,
    "phases": 2,
    "rise_ms": 0.5,
}


def row_as(hypothesis, **columns):
    """Return a row whose features are the means of a hypothesis."""
    mean = {
        name: getattr(hypothesis, name)[0]
        for name in hypothesis.__dataclass_fields__
        if name not in ("kind", "prior")
    }
    return (
        row_of(
            duration_ms=2 ** mean["duration"],
            half_width_ms=2 ** mean["half_width"],
            positive_share=mean["positivity"],
            first_phase=mean["first_phase"],
            amplitude_uv=10 ** mean["amplitude"],
            phases=mean["phases"],
            rise_ms=2 ** mean["rise"],
            rate_hz=2 ** mean["rate"],
            interval_variability=2 ** mean["variability"],
            shortest_ms=2 ** mean["shortest"],
            wander=2 ** mean["wander"],
            grouping=2 ** mean["grouping"],
        )
        | columns
    )


def judged(**columns):
    """Return (kind, its confidence) of a row."""
    kind, posterior, _, _ = judge_row(*kind_table(), row_of(**columns))
    return Kind(kind), posterior[kind]


def probability(kind, **columns):
    """Return how probable a kind is, whatever the row's is."""
    return judge_row(*kind_table(), row_of(**columns))[1][kind]


ROWS = st.fixed_dictionaries(
    {
        "duration_ms": st.floats(0.05, 60),
        "half_width_ms": st.floats(0.02, 12),
        "positive_share": st.floats(0, 1),
        "first_phase": st.sampled_from([-1, 1]),
        "amplitude_uv": st.floats(0.5, 5000),
        "phases": st.integers(1, 20),
        "rise_ms": st.floats(0.02, 5),
        "intervals": st.integers(0, 32),
        "rate_hz": st.floats(0.05, 300),
        "interval_variability": st.floats(0.0005, 2),
        "shortest_ms": st.floats(0.05, 3000),
        "wander": st.floats(0.1, 20),
        "grouping": st.floats(1, 30),
        "silent_s": st.sampled_from([0.0, 0.5, 2.0, 9.0]),
        "context": st.sets(st.sampled_from(list(Context))).map(sum),
    }
)


class TestKinds:
    @given(ROWS)
    @settings(deadline=None, max_examples=200)
    def test_judging_agrees_with_the_plain_rules(self, row):
        table = kind_table()
        kind, posterior, known, scores = judge_row(*table, row)
        features, expected_known = kinds.features_of(row)
        expected = kinds.judged(*table, row)
        assert kind == expected[0]
        np.testing.assert_allclose(posterior, expected[1], atol=1e-9)
        np.testing.assert_array_equal(known, expected_known)
        np.testing.assert_allclose(
            scores[:, known],
            kinds.scores_of(*table[2:], features, row["intervals"])[:, known],
            atol=1e-9,
        )

    @pytest.mark.parametrize(
        "hypothesis",
        [one for one in HYPOTHESES if one.kind is not Kind.UNCLASSIFIED],
        ids=lambda one: one.kind.label,
    )
    def test_a_train_that_is_as_the_table_says_gets_its_kind(self, hypothesis):
        row = row_as(hypothesis, first_phase=1 if hypothesis.first_phase[0] >= 0 else -1)
        row["phases"] = round(row["phases"])
        assert judge_row(*kind_table(), row)[0] == hypothesis.kind

    def test_its_codes_of_kinds_are_those_of_the_tables(self):
        assert kind_codes() == {kind.name: kind for kind in Kind}

    def test_its_flags_of_context_are_those_of_the_tables(self):
        assert context_flags() == {flag.name: flag for flag in Context}

    def test_denervation_is_named_from_a_rhythm_and_not_from_a_shape(self):
        assert judged()[0] is Kind.FIBRILLATION
        assert judged(intervals=2)[0] is Kind.FIBRILLATION
        for intervals in (0, 1):
            assert judged(intervals=intervals) == (Kind.UNCLASSIFIED, 0.5)

    @pytest.mark.parametrize(
        "flag", [Context.OF_CONTRACTION, Context.NOT_AT_REST, Context.BESIDE_END_PLATE]
    )
    def test_denervation_is_less_probable_in_activity_and_beside_an_end_plate(self, flag):
        even = {
            "duration_ms": 6.0, "half_width_ms": 0.7, "rise_ms": 0.5, "amplitude_uv": 200.0,
            "shortest_ms": 30.0, "rate_hz": 9.0, "interval_variability": 0.06,
        }  # fmt: skip
        at_rest, there = (
            probability(Kind.FIBRILLATION, **even, context=context) for context in (0, flag)
        )
        assert there / (1 - there) < 0.1 * at_rest / (1 - at_rest)

    def test_no_motor_unit_fires_so_slowly_and_evenly_at_will(self):
        contracting = {"context": Context.OF_CONTRACTION, "intervals": 30}
        for rate_hz, even, uneven in ((3.0, 0.08, 0.2), (1.0, 0.15, 0.3), (12.0, 0.04, 0.06)):
            of_a_fibre, of_a_unit = (
                probability(
                    Kind.FIBRILLATION, **contracting, rate_hz=rate_hz, interval_variability=change
                )
                for change in (even, uneven)
            )
            assert of_a_unit < 0.1 < of_a_fibre

    @pytest.mark.parametrize("kind", [Kind.FIBRILLATION, Kind.POSITIVE_SHARP_WAVE])
    def test_an_irregular_train_that_stands_out_of_a_contraction_is_no_scrap_of_it(self, kind):
        hypothesis = next(one for one in HYPOTHESES if one.kind is kind)
        row = row_as(hypothesis, first_phase=1) | {
            "phases": 3, "intervals": 30, "interval_variability": 0.5, "shortest_ms": 120.0,
        }  # fmt: skip
        scrap, stands_out = (
            probability(kind, **row | {"context": context})
            for context in (
                Context.OF_CONTRACTION, Context.OF_CONTRACTION | Context.STANDS_OUT
            )
        )  # fmt: skip
        assert stands_out / (1 - stands_out) > 10 * scrap / (1 - scrap)

    @pytest.mark.parametrize("said", [Context.STANDS_OUT, Context.ALL_ALIKE])
    @pytest.mark.parametrize(
        ("kind", "plain", "other"),
        [
            # A third phase; a motor unit's rise.
            (Kind.FIBRILLATION, {}, {"phases": 5}),
            (Kind.FIBRILLATION, {}, {"rise_ms": 0.6}),
            (Kind.POSITIVE_SHARP_WAVE, SHARP_WAVE, {"phases": 4, "positive_share": 0.55}),
        ],
    )
    def test_what_is_plainly_a_fibre_s_keeps_its_name_in_a_contraction(
        self, kind, plain, other, said
    ):
        row = plain | {
            "interval_variability": 0.7, "shortest_ms": 70.0, "amplitude_uv": 500.0,
            "context": Context.OF_CONTRACTION | Context.IN_CROWD | said,
        }  # fmt: skip
        assert judged(**row)[0] is kind
        assert judged(**row | other)[0] is not kind
        scrap = row | {"context": Context.OF_CONTRACTION | Context.IN_CROWD}
        assert probability(kind, **row) > 3 * probability(kind, **scrap)

    def test_a_small_spike_of_a_contraction_that_fires_as_at_will_is_no_fibre_s(self):
        small = {
            "interval_variability": 0.3, "rate_hz": 9.0, "shortest_ms": 70.0,
            "context": Context.OF_CONTRACTION | Context.ALL_ALIKE,
        }  # fmt: skip
        assert judged(**small)[0] is Kind.MOTOR_UNIT_POTENTIAL
        assert judged(**small | {"rate_hz": 4.0})[0] is Kind.FIBRILLATION

    def test_what_an_end_plate_s_spikes_look_like_is_not_believed_though_it_rests(self):
        row = {"interval_variability": 0.5, "shortest_ms": 120.0}
        beside = Context.BESIDE_END_PLATE
        assert probability(Kind.FIBRILLATION, **row, context=beside) > 0.9
        like = beside | Context.LIKE_END_PLATE
        assert probability(Kind.FIBRILLATION, **row, context=like) < 0.8
        even = row | {"interval_variability": 0.1}
        assert probability(Kind.FIBRILLATION, **even, context=like) > 0.9

    def test_what_fires_as_at_will_must_look_more_like_a_fibre(self):
        row = {"interval_variability": 0.07, "rate_hz": 9.0, "duration_ms": 4.4}
        sure, doubted = (
            probability(Kind.FIBRILLATION, **row, context=context)
            for context in (Context(0), Context.AT_WILL)
        )
        assert 1.5 < (1 / doubted - 1) / (1 / sure - 1) < 4.0

    def test_what_may_be_the_noise_s_own_peaks_is_not_named(self):
        row = {"interval_variability": 0.5, "shortest_ms": 300.0, "rate_hz": 0.7}
        assert judged(**row)[0] is Kind.FIBRILLATION
        assert judged(**row, context=Context.LIKE_NOISE)[0] is Kind.UNCLASSIFIED

    def test_what_has_rested_for_hundreds_of_potentials_is_a_fibre_s_whatever_it_looks_like(self):
        row = {"interval_variability": 0.7, "shortest_ms": 45.0, "rate_hz": 6.0}
        like = Context.BESIDE_END_PLATE | Context.LIKE_END_PLATE
        assert probability(Kind.FIBRILLATION, **row, context=like) < 0.5
        assert probability(Kind.FIBRILLATION, **row, context=like | Context.RESTED) > 0.7

    def test_no_fibre_is_as_short_as_a_stimulus_or_has_as_many_phases_as_a_ring(self):
        assert judged(half_width_ms=0.2)[0] is Kind.FIBRILLATION
        assert probability(Kind.FIBRILLATION, half_width_ms=0.12) < 0.01
        long = {"duration_ms": 20.0}
        even = probability(Kind.FIBRILLATION, phases=8, **long)
        assert probability(Kind.FIBRILLATION, phases=9, **long) < 0.6 * even
        # Neighbours add phases, but a ring takes its time.
        assert judged(phases=9, duration_ms=3.0)[0] is Kind.FIBRILLATION

    def test_what_keeps_time_is_no_cramp_while_others_cramp(self):
        row = {"rate_hz": 90.0, "shortest_ms": 10.0, "phases": 6, "duration_ms": 11.0}
        cramp = row | {"context": Context.IN_CRAMP}
        assert judged(**cramp, interval_variability=0.3)[0] is Kind.CRAMP_DISCHARGE
        assert judged(**cramp, interval_variability=0.01)[0] is not Kind.CRAMP_DISCHARGE

    def test_a_fibre_that_rests_after_each_potential_is_believed_beside_an_end_plate(self):
        beside = {"context": Context.BESIDE_END_PLATE, "interval_variability": 0.5}
        hurried, unhurried = (
            probability(Kind.FIBRILLATION, **beside, shortest_ms=ms) for ms in (35.0, 120.0)
        )
        assert hurried < 0.5 < unhurried

    def test_a_fasciculation_is_named_at_rest_only(self):
        hypothesis = next(one for one in HYPOTHESES if one.kind is Kind.FASCICULATION)
        row = row_as(hypothesis, first_phase=1, phases=4)
        assert judged(**row)[0] is Kind.FASCICULATION
        for flag in (Context.OF_CONTRACTION, Context.NOT_AT_REST):
            assert judged(**row | {"context": flag})[0] is Kind.MOTOR_UNIT_POTENTIAL
        assert judged(**row | {"context": Context.SMALL}) == (Kind.UNCLASSIFIED, 0.5)
        alone = probability(Kind.FASCICULATION, **row)
        for flag in (Context.IN_CROWD, Context.NEAR_MOVEMENT, Context.MAY_BE_SUPERPOSED):
            assert probability(Kind.FASCICULATION, **row | {"context": flag}) < alone

    def test_a_fasciculation_may_be_dull_or_mostly_positive(self):
        slow = {
            "rate_hz": 1.2, "interval_variability": 0.9, "shortest_ms": 300.0, "grouping": 1.5,
            "duration_ms": 14.0, "amplitude_uv": 200.0, "phases": 3, "first_phase": -1,
        }  # fmt: skip
        dull = {"half_width_ms": 2.5, "rise_ms": 1.8, "positive_share": 0.36}
        positive = {"half_width_ms": 2.5, "rise_ms": 1.0, "positive_share": 0.76}
        assert judged(**slow | dull)[0] is Kind.FASCICULATION
        assert judged(**slow | positive)[0] is Kind.FASCICULATION
        # A sharp wave begins positive.
        positive |= {"first_phase": 1, "phases": 2, "half_width_ms": 1.8, "rise_ms": 0.6}
        assert judged(**slow | positive)[0] is Kind.POSITIVE_SHARP_WAVE

    def test_what_keeps_time_with_the_mains_or_a_clock_is_an_artefact(self):
        assert judged(context=Context.ON_MAINS)[0] is Kind.ARTEFACT
        assert judged(context=Context.ON_MAINS, intervals=5)[0] is Kind.UNCLASSIFIED
        assert judged(context=Context.CLOCKED)[0] is Kind.ARTEFACT
        assert judged(context=Context.CLOCKED, intervals=5)[0] is Kind.UNCLASSIFIED

    def test_a_step_is_of_an_electrode_unless_it_keeps_time_or_has_one_size(self):
        steep = SHARP_WAVE | {"rise_ms": 0.15, "interval_variability": 0.6, "shortest_ms": 120.0}
        assert judged(**steep, context=Context.STEPPED)[0] is Kind.ARTEFACT
        fibre = Kind.POSITIVE_SHARP_WAVE
        assert judged(**steep, context=Context.STEPPED | Context.ALL_ALIKE)[0] is fibre
        even = steep | {"interval_variability": 0.03}
        assert judged(**even, context=Context.STEPPED)[0] is fibre

    def test_what_is_wider_than_any_fibre_s_potential_is_no_denervation(self):
        for kind in (Kind.FIBRILLATION, Kind.POSITIVE_SHARP_WAVE):
            assert probability(kind, half_width_ms=8.0, rate_hz=10.0) < 0.1

    def test_context_gives_insertional_activity_and_cramps(self):
        assert judged(context=Context.IN_INSERTION)[0] is Kind.INSERTIONAL_ACTIVITY
        unit = next(one for one in HYPOTHESES if one.kind is Kind.MOTOR_UNIT_POTENTIAL)
        cramp = next(one for one in HYPOTHESES if one.kind is Kind.CRAMP_DISCHARGE)
        row = row_as(unit, first_phase=1, phases=4)
        assert judged(**row | {"context": Context.IN_CRAMP})[0] is Kind.CRAMP_DISCHARGE
        row = row_as(cramp, first_phase=1, phases=4)
        assert judged(**row | {"context": Context.BRIEF}) == (Kind.UNCLASSIFIED, 0.5)

    def test_a_long_silence_after_few_potentials_says_that_the_rate_is_low(self):
        slow, fast = ({"intervals": 1, "rate_hz": 20.0, "silent_s": s} for s in (4.0, 0.1))
        known = kinds.features_of(row_of(**slow))[0][7], kinds.features_of(row_of(**fast))[0][7]
        assert known == (np.log2(1 / 4.0), np.log2(20.0))


class TestEngine:
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
            # A sharp wave is told before its late negative phase is there.
            within = 1e-3 if kind == "fibrillation" else 0.05
            assert row["amplitude_uv"] == pytest.approx(one["amplitude_uv"], rel=within)
            assert row["first_phase"] == one["first_phase"]
        # The noise was still a little different when each of them was measured.
        durations_ms = [one["duration_ms"] for one, _ in expected]
        if kind == "fibrillation":
            expected_ms = np.median(durations_ms)
            assert np.median(found["duration_ms"]) == pytest.approx(expected_ms, rel=0.05)
        else:
            # Shapes are known to 17 ms after the peak.
            assert 10.0 < np.median(found["duration_ms"]) <= np.median(durations_ms)
