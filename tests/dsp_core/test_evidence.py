"""Why a train was called what it was called, made of its row alone."""

import numpy as np
import pytest
from detector_runs import run
from reference import kinds

from myoscope.acquisition.simulation import simulate
from myoscope.dsp_core.evidence import Context, evidence
from myoscope.dsp_core.findings import TRAIN_DTYPE
from myoscope.dsp_core.kind_model import HYPOTHESES, kind_table
from myoscope.dsp_core.kinds import Kind

RATE_HZ = 20_000.0
SCENARIOS = (
    "denervated-profuse",
    "end-plate-denervated",
    "fasciculations",
    "voluntary",
    "cramp",
    "examination",
)


def row_of(**columns):
    """Return a row of a regular fibrillation at rest, but for what is given."""
    row = np.zeros(1, TRAIN_DTYPE)[0]
    fibrillation = {
        "potentials": 25,
        "rate_hz": 5.0,
        "amplitude_uv": 100.0,
        "duration_ms": 3.6,
        "half_width_ms": 0.5,
        "rise_ms": 0.27,
        "positive_share": 0.34,
        "phases": 3,
        "first_phase": 1,
        "parts": 1,
        "intervals": 24,
        "interval_variability": 0.035,
        "shortest_ms": 180.0,
        "wander": 1.0,
        "grouping": 1.2,
        "rest_share": 1.0,
    }
    for name, value in (fibrillation | columns).items():
        row[name] = value
    return row


@pytest.fixture(scope="module", params=SCENARIOS)
def judged_by_itself(request):
    """The last rows of all trains of a scenario but those that got their kind from another."""
    samples, _ = simulate(request.param, RATE_HZ, 1, 20.0, seed=970)
    potentials, trains, _ = run(samples, rate_hz=RATE_HZ)
    closed = trains[trains["closed"] == 1]
    # A busy time has no shape. A part of another train's discharge has its kind, and its
    # potentials are not written.
    written = np.isin(closed["train"], potentials["train"])
    written &= [
        np.count_nonzero(potentials["train"] == row["train"]) == row["potentials"] for row in closed
    ]
    return closed[written & (closed["duration_ms"] > 0)]


def test_judged_again_from_its_row_a_train_is_what_it_was_called(judged_by_itself):
    assert len(judged_by_itself) >= 2
    for row in judged_by_itself:
        found = evidence(row)
        assert found.kind == row["kind"]
        assert found.probabilities[found.kind] == pytest.approx(row["confidence"], abs=2e-3)


def test_items_and_prior_add_up_to_the_log_odds_of_kind_against_rival(judged_by_itself):
    for row in judged_by_itself:
        found = evidence(row)
        best = best_hypotheses(row)
        odds = best[found.kind] - best[found.rival] if found.kind in best else 0.0
        assert sum(item.weight for item in found.items) + found.prior == pytest.approx(odds)


def test_the_rival_is_the_most_probable_other_kind(judged_by_itself):
    for row in judged_by_itself:
        found = evidence(row)
        best = best_hypotheses(row)
        best.pop(found.kind, None)
        assert found.rival is max(best, key=lambda kind: best[kind])


def best_hypotheses(row):
    """Return {kind: logarithm of its best hypothesis' probability, but for a constant}."""
    values = {name: row[name].item() for name in TRAIN_DTYPE.names}
    _, priors, means, spreads = kind_table()
    features, known = kinds.features_of(values)
    scores = kinds.scores_of(means, spreads, features, values["intervals"])[:, known]
    best = {}
    for hypothesis, total in zip(HYPOTHESES, np.log(priors) + scores.sum(axis=1), strict=True):
        best[hypothesis.kind] = max(total, best.get(hypothesis.kind, -np.inf))
    return best


def test_probabilities_are_of_all_kinds_and_the_heaviest_item_comes_first():
    found = evidence(row_of())
    assert found.kind is Kind.FIBRILLATION
    assert set(found.probabilities) == set(Kind)
    assert list(found.probabilities.values()) == sorted(found.probabilities.values(), reverse=True)
    assert sum(found.probabilities.values()) == pytest.approx(1.0)
    weights = [abs(item.weight) for item in found.items]
    assert weights == sorted(weights, reverse=True)


def test_a_feature_says_its_value_with_its_unit():
    words = {item.what: item.words for item in evidence(row_of()).items}
    assert words == {
        "duration": "3.6 ms",
        "width": "0.5 ms at half height",
        "positive part": "34 % of the amplitude",
        "first phase": "positive",
        "amplitude": "100 µV",
        "phases": "3",
        "rise time": "0.27 ms",
        "rate": "5.0 /s",
        "variability": "intervals change by 4 %",
        "shortest interval": "180 ms",
        "drift": "1.0 × an interval's change",
        "groups": "pauses 1.2 × the intervals between",
    }


def test_of_a_single_potential_only_its_shape_and_the_silence_after_it_speak():
    row = row_of(potentials=1, intervals=0, rate_hz=np.nan, first_phase=-1, silent_s=0.0)
    shape = {item.what for item in evidence(row).items}
    assert "rate" not in shape
    assert "shortest interval" not in shape
    row["silent_s"] = 2.5
    words = {item.what: item.words for item in evidence(row).items}
    assert words["rate"] == "alone for 2.5 s"
    assert words["first phase"] == "negative"
    assert set(words) == shape | {"rate"}


def test_a_feature_speaks_for_the_kind_that_it_fits():
    longer = {item.what: item.weight for item in evidence(row_of(duration_ms=9.0)).items}
    as_usual = {item.what: item.weight for item in evidence(row_of()).items}
    assert as_usual["duration"] > longer["duration"]


def test_context_is_said_in_words_and_overrules_shape_and_rhythm():
    context = Context.ON_MAINS | Context.NEAR_MOVEMENT
    found = evidence(row_of(context=context))
    assert found.kind is Kind.ARTEFACT
    assert found.context == context
    assert found.context.words == (
        "shortly before or after a movement",
        "keeps time with the mains",
    )
    assert evidence(row_of()).context.words == ()


def test_nothing_weighs_for_or_against_a_kind_that_only_the_context_gives():
    found = evidence(row_of(context=Context.IN_INSERTION))
    assert found.kind is Kind.INSERTIONAL_ACTIVITY
    assert found.rival is Kind.FIBRILLATION
    assert {item.weight for item in found.items} == {0.0}


IN_ITS_FAVOUR = {Context.STANDS_OUT, Context.ALL_ALIKE, Context.RESTED}


@pytest.mark.parametrize("flag", list(Context), ids=lambda flag: flag.name.lower())
def test_every_flag_that_speaks_against_a_finding_has_words_of_its_own(flag):
    if flag in IN_ITS_FAVOUR:
        assert not flag.words
        return
    (words,) = flag.words
    assert words
    assert [other for other in Context if other.words == (words,)] == [flag]
