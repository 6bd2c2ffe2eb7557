"""The detector's contract: blocks, gaps, missing values, alerts, errors."""

import numpy as np
import pytest
from detector_runs import ALL, RATE_HZ, run, tables
from hypothesis import given, settings
from hypothesis import strategies as st

from myoscope.acquisition.simulation import clean_train, simulate
from myoscope.dsp_core.detector import SpontaneousActivityDetector
from myoscope.dsp_core.errors import ChannelCountError, RateError
from myoscope.dsp_core.findings import PEAK_DTYPE, POTENTIAL_DTYPE, SPIKE_DTYPE, Findings
from myoscope.dsp_core.kinds import Kind
from myoscope.dsp_core.settings import DetectorSettings


@pytest.fixture(scope="module")
def busy():
    """Three seconds with everything in it, on two channels."""
    samples, _ = simulate("denervated-profuse", RATE_HZ, 2, 3.0, seed=5)
    return samples


@pytest.fixture(scope="module")
def whole(busy):
    return run(busy)


@pytest.fixture(scope="module")
def everything(busy):
    return run(busy, names=ALL)


class TestDeterminism:
    def test_something_is_found_in_what_is_cut_below(self, whole):
        potentials, trains, alerts = whole
        assert len(potentials) > 50
        assert len(trains) > 5
        assert len(alerts) > 0

    @given(st.lists(st.one_of(st.integers(0, 40), st.integers(0, 9000)), max_size=60))
    @settings(deadline=None, max_examples=25)
    def test_any_cut_into_blocks_gives_the_same_findings_byte_for_byte(
        self, busy, everything, lengths
    ):
        for found, expected in zip(run(busy, lengths, names=ALL), everything, strict=True):
            assert found.tobytes() == expected.tobytes()

    def test_one_sample_blocks_give_the_same_findings(self, busy, everything):
        for found, expected in zip(run(busy, [1] * len(busy), names=ALL), everything, strict=True):
            assert found.tobytes() == expected.tobytes()

    @given(
        st.lists(st.integers(0, 5000), max_size=30),
        st.dictionaries(st.integers(1, 29_999), st.integers(1, 3000), max_size=3),
    )
    @settings(deadline=None, max_examples=15)
    def test_cuts_change_nothing_around_gaps_either(self, busy, lengths, lost):
        for found, expected in zip(
            run(busy, lengths, dict(lost), names=ALL),
            run(busy, None, dict(lost), names=ALL),
            strict=True,
        ):
            assert found.tobytes() == expected.tobytes()

    def test_reset_makes_it_new(self, busy, everything):
        detector = SpontaneousActivityDetector(2, RATE_HZ)
        detector.process(busy)
        detector.reset()
        for found, expected in zip(
            tables([detector.process(busy), detector.finish()], ALL), everything, strict=True
        ):
            assert found.tobytes() == expected.tobytes()

    def test_a_channel_is_not_touched_by_its_neighbours(self, busy, whole):
        alone, _, _ = run(np.ascontiguousarray(busy[:, 1:]))
        beside = whole[0][whole[0]["channel"] == 1]
        for field in ("sample", "amplitude_uv", "duration_ms", "kind", "shape"):
            np.testing.assert_array_equal(alone[field], beside[field])


class TestBlocks:
    def test_an_empty_block_finds_nothing_and_changes_nothing(self, busy, whole):
        for found, expected in zip(run(busy, [0, 0, 500, 0, 0]), whole, strict=True):
            assert found.tobytes() == expected.tobytes()

    def test_a_read_only_block_is_taken_and_left_as_it_is(self, busy):
        block = busy[:2000].copy()
        block.flags.writeable = False
        before = block.tobytes()
        SpontaneousActivityDetector(2, RATE_HZ).process(block)
        assert block.tobytes() == before

    def test_other_channels_than_it_was_made_for_are_refused(self):
        with pytest.raises(ChannelCountError, match=r"block has shape \(5, 3\); detector was made"):
            SpontaneousActivityDetector(2, RATE_HZ).process(np.zeros((5, 3), np.float32))

    @pytest.mark.parametrize("rate_hz", [0.0, 999.0, 1e6, float("nan")])
    def test_a_rate_at_which_nothing_can_be_detected_is_refused(self, rate_hz):
        with pytest.raises(RateError, match="wanted 1000 to 200000 Hz"):
            SpontaneousActivityDetector(1, rate_hz)

    def test_no_channels_are_refused(self):
        with pytest.raises(ChannelCountError, match="wanted 1 or more"):
            SpontaneousActivityDetector(0, RATE_HZ)

    @pytest.mark.parametrize("n_channels", [1, 7, 64])
    def test_every_channel_is_listened_to(self, n_channels):
        train, truth = clean_train("fibrillation", RATE_HZ, 3.0, 8.0, 0.03, 12.0, seed=2)
        potentials, _, _ = run(np.repeat(train, n_channels, axis=1))
        counts = np.bincount(potentials["channel"], minlength=n_channels)
        assert (counts >= 0.9 * len(truth)).all()


class TestGaps:
    def test_indexes_count_lost_samples(self):
        samples, truth = clean_train("fibrillation", RATE_HZ, 6.0, 8.0, 0.03, 12.0, seed=2)
        potentials, _, _ = run(samples, lost={30_000: 12_345})
        late = truth["sample"][truth["sample"] > 33_000] + 12_345
        nearest = [np.abs(potentials["sample"] - sample).min() for sample in late]
        assert np.median(nearest) <= 5

    def test_nothing_is_found_for_200_ms_after_a_gap(self):
        samples, _ = clean_train("fibrillation", RATE_HZ, 6.0, 12.0, 0.03, 12.0, seed=2)
        stepped = samples.copy()
        stepped[30_000:] += 5000  # what a lost piece of signal can look like
        potentials, _, _ = run(stepped, lost={30_000: 100})
        after = potentials["sample"] - 30_100
        assert not ((after >= 0) & (after < 0.2 * RATE_HZ)).any()

    def test_a_train_lives_through_a_short_gap(self):
        samples, _ = clean_train("fibrillation", RATE_HZ, 8.0, 8.0, 0.03, 12.0, seed=2)
        _, _, alerts = run(samples, lost={40_000: 500})
        assert len(alerts) == 1


class TestMissingValues:
    def test_a_value_that_is_no_number_blanks_its_channel_alone(self):
        train, _ = clean_train("fibrillation", RATE_HZ, 5.0, 12.0, 0.03, 12.0, seed=2)
        both = np.repeat(train, 2, axis=1)
        both[25_000:25_010, 0] = np.nan
        potentials, _, _ = run(both)
        blanked = (potentials["sample"] >= 25_000) & (potentials["sample"] < 26_900)
        counts = np.bincount(potentials["channel"][blanked], minlength=2)
        assert counts[0] == 0
        assert counts[1] > 0

    @given(
        st.lists(
            st.tuples(
                st.integers(0, 5999),
                st.integers(0, 1),
                st.sampled_from([np.nan, np.inf, -np.inf, 1e38, -1e38, 1e-42, 3e5, 0.0]),
                st.integers(1, 600),
            ),
            max_size=12,
        )
    )
    @settings(deadline=None, max_examples=40)
    def test_no_number_breaks_it(self, faults):
        generator = np.random.default_rng(0)
        samples = (4 * generator.standard_normal((6000, 2))).astype(np.float32)
        for row, channel, value, count in faults:
            samples[row : row + count, channel] = value
        potentials, _, _ = run(samples)
        assert np.isfinite(potentials["amplitude_uv"]).all()
        assert (potentials["sample"] >= 0).all()
        assert (potentials["sample"] < 6000).all()

    @pytest.mark.parametrize("level", [0.0, 25_000.0, np.nan])
    def test_a_dead_channel_finds_nothing(self, level):
        potentials, _, alerts = run(np.full((30_000, 1), level, np.float32))
        assert len(potentials) == 0
        assert len(alerts) == 0

    def test_an_electrode_offset_of_300_mv_changes_nothing(self):
        samples, truth = clean_train("fibrillation", RATE_HZ, 5.0, 8.0, 0.03, 12.0, seed=2)
        potentials, _, _ = run(samples + np.float32(300_000))
        assert len(potentials) >= 0.9 * len(truth)


@pytest.fixture(scope="module")
def train():
    """Six seconds of a fibrillating fibre that then falls silent, and its truth."""
    samples, truth = clean_train("fibrillation", RATE_HZ, 6.0, 8.0, 0.03, 12.0, seed=4)
    rest, _ = simulate("rest", RATE_HZ, 1, 8.0, seed=4)
    return np.concatenate([samples, rest]), truth


class TestAlerts:
    def test_a_train_is_raised_and_cleared_once(self, train):
        _, _, alerts = run(train[0])
        assert [Kind(row["kind"]) for row in alerts] == [Kind.FIBRILLATION] * 2
        raised, cleared = alerts
        assert raised["alert"] == cleared["alert"] == 0
        assert raised["cleared_sample"] == -1
        for evidence in ("raised_sample", "potentials", "rate_hz", "confidence"):
            assert raised[evidence] == cleared[evidence]
        assert 6 * RATE_HZ < cleared["cleared_sample"] < 12 * RATE_HZ

    def test_it_carries_when_it_was_raised_in_stream_time(self, train):
        samples, truth = train
        detector = SpontaneousActivityDetector(1, RATE_HZ)
        for start in range(0, len(samples), 50):
            found = detector.process(samples[start : start + 50])
            if len(found.alerts):
                break
        raised = found.alerts[0]
        assert start <= raised["raised_sample"] < start + 50
        assert raised["first_potential_sample"] == pytest.approx(truth["sample"][0], abs=25)

    def test_it_needs_the_potentials_and_confidence_of_the_settings(self, train):
        strict = DetectorSettings(alert_potentials=20)
        _, _, alerts = run(train[0], settings=strict)
        assert alerts[0]["potentials"] >= 20

    def test_inverted_polarity_reads_the_signal_upside_down(self, train):
        upright = run(train[0])
        turned = run(-train[0], settings=DetectorSettings(polarity="inverted"))
        for found, expected in zip(turned, upright, strict=True):
            assert found.tobytes() == expected.tobytes()


def told(samples, length, name):
    """Return the provisional peaks or spikes, and after how many samples each was told."""
    detector = SpontaneousActivityDetector(samples.shape[1], RATE_HZ)
    rows, after = [], []
    for start in range(0, len(samples), length):
        rows.append(getattr(detector.process(samples[start : start + length]), name))
        after.append(np.full(len(rows[-1]), min(start + length, len(samples))))
    return np.concatenate(rows), np.concatenate(after)


def beside(potentials, rows):
    """Return the one of ``rows`` within 1 ms of each potential."""
    near = np.abs(rows["sample"] - potentials["sample"][:, None]) < 1e-3 * RATE_HZ
    assert (near.sum(axis=1) == 1).all()
    return rows[near.argmax(axis=1)]


class TestSettledTrains:
    def test_a_train_that_was_certain_for_long_is_still_followed(self):
        halves = [
            clean_train("fibrillation", RATE_HZ, 8.0, hz, 0.02, 12.0, seed=2) for hz in (6, 3)
        ]
        _, trains, _ = run(np.concatenate([samples for samples, _ in halves]))
        newest = trains[np.argmax(trains["potentials"])]
        assert newest["rate_hz"] == pytest.approx(3.0, rel=0.1)
        assert newest["potentials"] == pytest.approx(sum(len(t) for _, t in halves), abs=3)

    def test_a_contraction_around_it_is_noticed(self):
        train, _ = clean_train("fibrillation", RATE_HZ, 24.0, 6.0, 0.1, 12.0, seed=2)
        contraction, _ = simulate("voluntary", RATE_HZ, 1, 12.0, seed=3)
        train[-len(contraction) :] += contraction
        _, trains, _ = run(train)
        longest = trains[trains["potentials"] > 60]
        assert len(longest)
        assert (longest["rest_share"][-1] < 1.0).all()


class TestPeaks:
    def test_a_peak_is_told_soon_after_it_and_before_its_potential(self, train):
        samples, truth = train
        peaks, after = told(samples, 1, "peaks")
        potentials, _, _ = run(samples)
        late_ms = 1e3 / RATE_HZ * (after - peaks["sample"])
        assert (late_ms >= 1.0).all()
        assert (late_ms < 4.0).all()
        assert len(peaks) >= 0.95 * len(truth)
        its_peaks = beside(potentials, peaks)
        assert (np.abs(its_peaks["amplitude_uv"]) < potentials["amplitude_uv"]).all()

    @pytest.mark.parametrize("length", [1, 7, 33, 1000])
    def test_any_cut_gives_the_same_peaks(self, busy, length):
        expected, _ = told(busy, len(busy), "peaks")
        found, _ = told(busy, length, "peaks")
        assert len(found) > 50
        assert found.tobytes() == expected.tobytes()

    def test_none_are_told_in_quiet_noise(self):
        samples, _ = simulate("rest", RATE_HZ, 2, 5.0, seed=3)
        assert len(told(samples, 100, "peaks")[0]) <= 5


class TestSpikes:
    def test_each_peak_s_is_told_2_6_ms_after_it(self, train, busy):
        samples, _ = train
        spikes, after = told(samples, 1, "spikes")
        assert (after - 1 - spikes["sample"] == 26).all()
        for signal in (samples, busy):
            peaks, spikes = run(signal, names=("peaks", "spikes"))
            for channel in range(signal.shape[1]):
                np.testing.assert_array_equal(
                    spikes["sample"][spikes["channel"] == channel],
                    peaks["sample"][peaks["channel"] == channel],
                )

    def test_its_class_is_the_one_that_its_potential_gets(self, train):
        potentials, spikes = run(train[0], names=("potentials", "spikes"))
        its_spikes = beside(potentials, spikes)
        known = its_spikes["shape"] >= 0
        assert known.mean() >= 0.9
        assert (its_spikes["shape"] == potentials["shape"])[known].all()
        assert (its_spikes["train"] == potentials["train"])[known].all()
        assert its_spikes["kind"][-1] == Kind.FIBRILLATION
        assert (its_spikes["first_phase"] == potentials["first_phase"]).mean() >= 0.9
        for field in ("amplitude_uv", "duration_ms"):
            ratio = its_spikes[field] / potentials[field]
            assert np.median(ratio) == pytest.approx(1.0, abs=0.1)

    def test_a_shape_that_was_not_met_before_has_no_class(self, train):
        spikes, _ = told(train[0], 100, "spikes")
        assert spikes["shape"][0] == spikes["train"][0] == -1
        assert spikes["kind"][0] == Kind.UNCLASSIFIED

    def test_units_that_fire_in_turn_are_told_apart(self):
        fast, _ = clean_train("fibrillation", RATE_HZ, 8.0, 5.0, 0.02, 20.0, seed=4)
        slow, _ = clean_train("positive_sharp_wave", RATE_HZ, 8.0, 3.0, 0.02, 25.0, seed=9)
        potentials, spikes = run(fast + slow, names=("potentials", "spikes"))
        alone = np.diff(potentials["sample"], prepend=-1000) > 20e-3 * RATE_HZ
        alone &= np.diff(potentials["sample"], append=10**6) > 20e-3 * RATE_HZ
        potentials = potentials[alone & (potentials["sample"] > 2 * RATE_HZ)]
        its_spikes = beside(potentials, spikes)
        assert len(np.unique(potentials["shape"])) == 2
        assert (its_spikes["shape"] == potentials["shape"]).mean() >= 0.95

    def test_of_a_train_that_fell_silent_only_the_shape_is_known(self, train):
        samples, _ = train
        potentials, spikes = run(np.concatenate([samples, samples]), names=("potentials", "spikes"))
        again = spikes[spikes["sample"] > len(samples)][0]
        assert again["shape"] == np.bincount(potentials["shape"]).argmax()
        assert again["train"] == -1
        assert again["kind"] == Kind.UNCLASSIFIED

    def test_in_a_burst_none_has_a_class(self, train):
        samples = train[0][: int(7 * RATE_HZ)].copy()
        start, end = int(5.0 * RATE_HZ), int(5.6 * RATE_HZ)
        noise = np.random.default_rng(3).standard_normal((end - start, 1))
        samples[start:end] += (60 * noise).astype(np.float32)
        spikes, _ = told(samples, 50, "spikes")
        # It is a burst once most of 30 ms stood out.
        during = (spikes["sample"] > start + 0.06 * RATE_HZ) & (spikes["sample"] < end)
        assert during.sum() > 5
        assert (spikes["shape"][during] == -1).all()

    @pytest.mark.parametrize("what", ["gap", "missing value", "end"])
    def test_what_is_awaited_ends_with_the_signal_but_not_with_the_stream(self, train, what):
        samples, _ = train
        peaks, after = told(samples, 1, "peaks")
        cut = int(after[5])
        detector = SpontaneousActivityDetector(1, RATE_HZ)
        before = detector.process(samples[:cut])
        assert before.peaks["sample"][-1] == peaks["sample"][5]
        assert len(before.spikes) == 5
        if what == "end":
            (spike,) = detector.finish().spikes
            assert spike["sample"] == peaks["sample"][5]
        else:
            rest = samples[cut : cut + 500].copy()
            if what == "missing value":
                rest[0] = np.nan
            found = detector.process(rest, 100 if what == "gap" else 0)
            assert len(found.spikes) == len(detector.finish().spikes) == 0


def test_no_findings_have_the_right_columns():
    none = Findings.none()
    assert none.peaks.dtype == PEAK_DTYPE
    assert none.spikes.dtype == SPIKE_DTYPE
    assert none.potentials.dtype == POTENTIAL_DTYPE
    assert len(none.trains) == len(none.alerts) == 0


def test_warm_up_is_over_within_a_fifth_of_a_second():
    detector = SpontaneousActivityDetector(1, RATE_HZ)
    assert detector.warm_up_samples <= 0.2 * RATE_HZ
    assert (detector.noise_uv == 0).all()
    noise = np.random.default_rng(1).standard_normal((int(2 * RATE_HZ), 1)).astype(np.float32)
    detector.process(4 * noise)
    assert detector.noise_uv[0] == pytest.approx(4.0, rel=0.05)
