"""What ``myoscope bench accuracy`` counts, and the signals that it counts on."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from myoscope.acquisition.simulation import TRUTH_DTYPE, clean_train
from myoscope.bench.accuracy import FIRST_TEST_SEED
from myoscope.bench.accuracy.judge import Question, judge
from myoscope.bench.accuracy.matching import match
from myoscope.bench.accuracy.parametric.canvas import Canvas
from myoscope.bench.accuracy.parametric.generator import RECIPES, parametric_signal
from myoscope.bench.accuracy.parametric.shapes import fibrillation, motor_unit, sharp_wave
from myoscope.bench.accuracy.physical import PATIENTS, physical_signal
from myoscope.bench.accuracy.records import SUITES as RECORD_SUITES
from myoscope.bench.accuracy.records import record_signal
from myoscope.bench.accuracy.reliability import reliability, wilson
from myoscope.bench.accuracy.rows import ROWS, SUITES
from myoscope.bench.accuracy.run import plan
from myoscope.bench.accuracy.signals import Signal
from myoscope.bench.accuracy.tally import Tally, TrainOutcome
from myoscope.monitor_ui.cli import app

RATE_HZ = 10_000.0


class TestMatching:
    def test_each_potential_has_one_partner_and_the_nearest_pairs_come_first(self):
        wanted, given = np.array([100, 110, 500]), np.array([90, 108, 112])
        assert match(wanted, given, 25).tolist() == [0, 1, -1]

    def test_what_is_farther_than_the_tolerance_is_no_partner(self):
        assert match(np.array([100]), np.array([126]), 25).tolist() == [-1]
        assert match(np.array([100]), np.array([125]), 25).tolist() == [0]

    def test_two_of_one_place_need_two_partners(self):
        partners = match(np.array([100, 101]), np.array([100]), 25)
        assert sorted(partners.tolist()) == [-1, 0]

    def test_nothing_matches_nothing(self):
        none = np.empty(0, np.int64)
        assert match(none, np.array([1]), 5).tolist() == []
        assert match(np.array([1]), none, 5).tolist() == [-1]


class TestReliability:
    def test_wilson_intervals_are_those_of_the_textbook(self):
        low, high = wilson(9, 10)
        assert (low, high) == (pytest.approx(0.596, abs=1e-3), pytest.approx(0.982, abs=1e-3))
        assert wilson(0, 5)[0] == 0.0
        assert wilson(5, 5)[1] == 1.0

    def test_a_bin_says_which_share_of_its_trains_is_right(self):
        rows = [("fibrillation", 0.92, True)] * 9 + [("fibrillation", 0.94, False)]
        (only,) = reliability([*rows])
        assert (only.low, only.high, only.trains, only.right) == (0.9, 0.95, 10, 0.9)
        assert only.mean == pytest.approx(0.922)

    def test_a_confidence_of_one_is_counted(self):
        assert sum(one.trains for one in reliability([("fibrillation", 1.0, True)])) == 1


class TestTally:
    def test_tallies_add_up(self):
        one, other = Tally(seconds=60.0, asked=10, right=9), Tally(seconds=60.0, asked=10, right=5)
        one.add(other)
        assert one.sensitivity == pytest.approx(0.7)
        assert one.seconds == 120.0

    def test_a_train_without_an_alert_takes_for_ever(self):
        outcomes = [TrainOutcome("fibrillation", True, 5.0, 1.0)] * 9
        outcomes.append(TrainOutcome("fibrillation", True, float("inf"), float("inf")))
        tally = Tally(alerts=outcomes)
        assert tally.alert_potentials(0.5, regular=True) == 5.0
        assert tally.alert_potentials(0.95, regular=True) == float("inf")
        assert np.isnan(tally.alert_potentials(0.5, regular=False))

    def test_a_spike_s_class_is_worth_what_its_potential_says(self):
        tally = Tally(in_trains=10, spiked=9, spikes_classed=8, spikes_agreeing=6)
        tally.add(tally)
        assert tally.spike_share == 0.9
        assert tally.spike_class_share == 0.8
        assert tally.spike_agreement == 0.75

    def test_shares_of_nothing_are_no_number(self):
        assert np.isnan(Tally().sensitivity)
        assert np.isnan(Tally().false_alerts_per_hour)


@pytest.fixture(scope="module")
def train():
    samples, truth = clean_train("fibrillation", RATE_HZ, 20.0, 6.0, 0.02, 20.0, seed=3)
    return Signal(samples, RATE_HZ, truth, 4.0)


class TestJudging:
    def test_a_clean_train_is_found_named_and_raised(self, train):
        tally = judge(train, Question(("fibrillation",), 8.0))
        assert tally.asked >= len(train.truth) - 1
        assert tally.sensitivity > 0.95
        assert tally.ppv > 0.95
        assert (tally.trains, tally.trains_right) == (1, 1)
        assert tally.false_alerts == 0
        assert tally.false_events <= 2
        (outcome,) = tally.alerts
        assert outcome.regular
        assert 1 < outcome.potentials < 20
        assert outcome.seconds > 0

    def test_without_a_truth_all_of_it_is_false(self, train):
        untrue = Signal(train.samples, RATE_HZ, np.empty(0, TRUTH_DTYPE), 4.0)
        tally = judge(untrue, Question())
        assert tally.false_alerts >= 1
        assert tally.false_events > 80
        assert tally.confusion["nothing", "fibrillation"] == tally.false_events

    def test_what_is_smaller_than_asked_is_neither_asked_for_nor_held_against(self, train):
        tally = judge(train, Question(("fibrillation",), 50.0))
        assert tally.asked == tally.trains == 0
        assert tally.false_events <= 2

    def test_a_sharp_wave_that_is_called_a_fibrillation_is_false(self, train):
        truth = train.truth.copy()
        truth["kind"] = "positive_sharp_wave"
        tally = judge(
            Signal(train.samples, RATE_HZ, truth, 4.0), Question(("positive_sharp_wave",))
        )
        assert tally.found_share > 0.95
        assert tally.sensitivity == tally.ppv == 0.0
        assert tally.false_alerts == 0  # it is denervation all the same

    def test_blocks_of_a_millisecond_tell_when_a_potential_was_known(self, train):
        short = Signal(train.samples[:40_000], RATE_HZ, train.truth, 4.0)
        tally = judge(short, Question(("fibrillation",), 8.0, block_s=1e-3))
        assert tally.found > 10
        assert 0.0 < tally.delay_ms(0.5) < 50.0
        assert np.isnan(tally.spike_lateness_ms(0.5))  # nobody said where waveforms end

    def test_shape_classes_are_known_soon_after_a_waveform_s_end(self, train):
        ends = train.truth["sample"] + round(1e-3 * RATE_HZ)
        tally = judge(
            Signal(train.samples, RATE_HZ, train.truth, 4.0, ends),
            Question(("fibrillation",), 8.0, block_s=1e-3),
        )
        assert 1.0 < tally.spike_lateness_ms(0.05) <= tally.spike_lateness_ms(0.95) <= 3.0
        assert tally.spike_lateness_ms(0.95) < tally.lateness_ms(0.05)
        assert tally.in_trains > 80
        assert tally.spike_share >= tally.spike_class_share > 0.9
        assert tally.spike_agreement > 0.95


GENERATED = [
    *((physical_signal, name) for name in PATIENTS),
    *((parametric_signal, name) for name in RECIPES),
]


class TestSignals:
    @pytest.mark.parametrize(("make", "suite"), GENERATED)
    def test_truth_is_in_order_and_inside(self, make, suite):
        made = make(suite, RATE_HZ, 5.0, FIRST_TEST_SEED)
        assert made.samples.shape == (50_000, 1)
        assert made.samples.dtype == np.float32
        assert np.isfinite(made.samples).all()
        assert (np.diff(made.truth["sample"]) >= 0).all()
        assert ((made.truth["sample"] >= 0) & (made.truth["sample"] < 50_000)).all()
        assert made.noise_uv > 0

    def test_the_same_seed_gives_the_same_signal_and_another_another(self):
        first, again, other = (
            parametric_signal("mixed", RATE_HZ, 3.0, seed) for seed in (1001, 1001, 1002)
        )
        assert first.samples.tobytes() == again.samples.tobytes()
        assert first.truth.tobytes() == again.truth.tobytes()
        assert first.samples.tobytes() != other.samples.tobytes()

    @pytest.mark.parametrize("rate_hz", [2500.0, 5000.0, 20_000.0])
    @pytest.mark.parametrize("make", [fibrillation, sharp_wave, motor_unit])
    def test_formulas_give_the_amplitude_and_the_place_that_the_truth_says(self, make, rate_hz):
        canvas = Canvas(np.random.default_rng(4), rate_hz, 20.0)
        canvas.noise_uv = 1e-6
        canvas.unit("fibrillation", make(canvas.rng), np.arange(1.0, 19.0, 0.5), 120.0)
        made = canvas.finished()
        reach = round(0.1 * rate_hz)
        near = made.samples[:, 0][made.truth["sample"][:, None] + np.arange(-reach, reach)]
        np.testing.assert_allclose(np.ptp(near, axis=1), made.truth["amplitude_uv"], rtol=0.04)
        np.testing.assert_allclose(np.abs(near).argmax(axis=1), reach, atol=1)
        assert (made.ends > made.truth["sample"]).all()

    @pytest.mark.parametrize("suite", ["rest", "fibrillations"])
    @pytest.mark.parametrize("make", [physical_signal, parametric_signal])
    def test_the_noise_is_that_of_the_signal(self, make, suite):
        made = make(suite, RATE_HZ, 60.0, FIRST_TEST_SEED)
        samples = made.samples[:, 0]
        quiet = np.ones(len(samples), bool)
        for row in made.truth["sample"]:
            quiet[max(0, row - 600) : row + 1500] = False
        assert samples[quiet].std() == pytest.approx(made.noise_uv, rel=0.1)

    def test_trains_are_laid_over_real_records_where_there_are_some(self, emgdb):
        del emgdb
        bare = record_signal("records", 4000.0, 0.0, FIRST_TEST_SEED)
        laid = record_signal("records-overlaid", 4000.0, 0.0, FIRST_TEST_SEED)
        assert len(bare.truth) == 0
        assert laid.samples.shape == bare.samples.shape
        assert len(laid.truth) == len(laid.noise_uv) > 5


class TestTable:
    def test_every_row_rests_on_suites_that_some_generator_makes(self):
        made = {*PATIENTS, *RECIPES, *RECORD_SUITES}
        for row in ROWS:
            assert row.targets
            for suite in row.suites:
                assert suite in SUITES
                assert suite in made
        assert len({row.name for row in ROWS}) == len(ROWS)

    def test_seeds_for_tuning_are_of_the_physical_simulator_alone(self):
        row = next(row for row in ROWS if row.name == "fibrillations")
        tuning = plan([row], [RATE_HZ], 0.01, 1)
        testing = plan([row], [RATE_HZ], 0.01, FIRST_TEST_SEED)
        assert {job.generator for job in tuning} == {"physical"}
        assert {job.generator for job in testing} == {"physical", "parametric"}

    def test_negatives_rest_on_an_hour_of_each_generator_at_full_rates(self):
        rates_hz = (10_000.0, 20_000.0, 30_000.0, 48_000.0, 5000.0, 4000.0, 2500.0)
        row = next(row for row in ROWS if row.name == "rest")
        for generator in ("physical", "parametric"):
            jobs = plan([row], rates_hz, 1.0, FIRST_TEST_SEED)
            full = [job for job in jobs if job.generator == generator and job.rate_hz >= 10_000]
            assert sum(job.seconds for job in full) >= 3600.0


class TestCommand:
    def test_a_row_can_be_measured_alone_and_written(self, tmp_path):
        written, page = tmp_path / "out.json", tmp_path / "out.html"
        words = ["bench", "accuracy", "--only", "rest", "--quick", "--rate", "10000"]
        result = CliRunner().invoke(app, [*words, "--json", str(written), "--html", str(page)])
        assert result.exit_code == 0, result.output
        assert "rest noise" in result.output
        (row,) = json.loads(written.read_text())["rows"]
        assert row["reached"] is True
        assert {part["generator"] for part in row["parts"]} == {"physical", "parametric"}
        assert "rest noise" in page.read_text()

    def test_a_row_that_is_not_there_is_wrong_usage(self):
        result = CliRunner().invoke(app, ["bench", "accuracy", "--only", "nonsense"])
        assert result.exit_code == 2
        assert "nonsense" in result.output

    def test_a_file_that_cannot_be_written_is_named_before_anything_is_measured(self, tmp_path):
        for option in ("--json", "--html"):
            words = ["bench", "accuracy", option, str(tmp_path / "nowhere" / "out")]
            result = CliRunner().invoke(app, words)
            assert result.exit_code == 2
            assert "nowhere" in result.output

    def test_scenarios_are_told_one_by_one(self):
        words = ["bench", "scenarios", "rest", "denervated-mild", "--patients", "1"]
        result = CliRunner().invoke(app, [*words, "--seconds", "10"])
        assert result.exit_code == 0, result.output
        assert "denervated-mild" in result.output
        assert "alerts in" in result.output
