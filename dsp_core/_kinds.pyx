"""From what is known of a train to the probability of each kind.

First the table's bells: every feature speaks for or against every hypothesis by itself, so that
its share can be shown. Then what no table of shapes and rhythms can know (``_doubts``): a muscle
that contracts, a needle that moves, an end-plate, the mains.
"""

from libc.math cimport exp, log, log2, log10
from libc.string cimport memset

import numpy as np

from myoscope.dsp_core._arithmetic cimport chosen_arithmetic
from myoscope.dsp_core._doubts cimport (
    Traits, doubt_by_context, doubt_by_crowd, doubt_by_rhythm, doubt_by_shape, given_by_context,
    is_doubted_in_crowd, is_ruled_out, is_too_doubtful, traits_of,
)

# No single feature may count for more than this many standard deviations against a kind: the
# table's bells have heavier tails than drawn.
cdef double LARGEST_DEVIATION = 3.5
# Neighbours easily seem to prolong a shape.
cdef double LARGEST_DURATION_DEVIATION = 2.5
# Standard deviation of a rhythm feature that rests on one interval, in its own (log2) unit.
cdef double RHYTHM_SPREAD = 0.8
# All intervals longer than this are alike: only short ones tell end-plates from fibres.
cdef double LONG_MS = 100.0
# And so are all waveforms of more phases.
cdef int MOST_PHASES = 12
# And all pauses that are so many times as long as the intervals within groups.
cdef double LONG_PAUSE = 16.0
# A silence of more than so many intervals says that the train is slower than it seemed.
cdef double SILENT_INTERVALS = 5.0
# Logarithms of odds of what raises alerts, as the model has them and as they turn out: a line
# through the simulator's trains, of seeds that are not used for testing.
cdef double CALIBRATED_SLOPE = 0.8
cdef double CALIBRATED_SHIFT = -0.5
# How certain a kind is that the context alone gives.
cdef double BY_CONTEXT = 0.9
# Nothing but an axon or a device repeats itself 150 to 300 times a second.
cdef double BY_VOLLEY = 0.97
cdef double UNDECIDED = 0.5


cdef int load_model(KindModel* model, tuple table) except -1:
    """Take over the kinds, priors, means and spreads of ``kind_table``."""
    cdef const unsigned char[::1] kinds = table[0]
    cdef const double[::1] priors = table[1]
    cdef const double[:, ::1] means = table[2]
    cdef const double[:, ::1] spreads = table[3]
    cdef int hypothesis
    cdef int feature
    cdef int intervals
    cdef int bell
    cdef double variance
    model.arithmetic = chosen_arithmetic()
    model.n_hypotheses = <int> kinds.shape[0]
    if model.n_hypotheses > MAX_HYPOTHESES:
        raise ValueError(f"{model.n_hypotheses} hypotheses; wanted {MAX_HYPOTHESES} at most")
    for hypothesis in range(model.n_hypotheses):
        model.kind[hypothesis] = kinds[hypothesis]
        model.log_prior[hypothesis] = log(priors[hypothesis])
        for feature in range(N_FEATURES):
            model.mean[feature][hypothesis] = means[hypothesis, feature]
            for intervals in range(1, MOST_INTERVALS + 1):
                bell = bell_of(feature, intervals)
                variance = spreads[hypothesis, feature] * spreads[hypothesis, feature]
                if feature >= RATE:
                    variance += RHYTHM_SPREAD * RHYTHM_SPREAD / intervals
                model.weight[bell][hypothesis] = 1.0 / variance
                model.log_variance[bell][hypothesis] = log(variance)
    return 0


cdef inline int bell_of(int feature, int intervals) noexcept nogil:
    """Return the index of a feature's bells where the rhythm rests on so many intervals."""
    if feature < RATE:
        return feature
    return feature + (N_FEATURES - RATE) * (min(max(intervals, 1), <int> MOST_INTERVALS) - 1)


cdef void features_of(
    const Evidence* evidence, double* features, unsigned char* known
) noexcept nogil:
    """Put the evidence on the table's scales; ``known`` OUT 0 where there is none yet."""
    cdef int n = evidence.intervals
    memset(features, 0, N_FEATURES * sizeof(double))
    memset(known, 1, N_FEATURES)
    features[DURATION] = log2(max(0.1, evidence.duration_ms))
    features[HALF_WIDTH] = log2(max(0.05, evidence.half_width_ms))
    features[POSITIVITY] = evidence.positive_share
    features[FIRST_PHASE] = evidence.first_phase
    features[AMPLITUDE] = log10(max(1.0, evidence.amplitude_uv))
    features[PHASES] = min(MOST_PHASES, evidence.phases)
    features[RISE] = log2(max(0.05, evidence.rise_ms))
    known[RATE] = n > 0 or evidence.silent_s > 0.0
    known[SHORTEST] = n > 0
    known[VARIABILITY] = n > 1
    known[WANDER] = known[GROUPING] = n > 3
    if n > 0:
        features[RATE] = log2(evidence.rate_hz)
        features[SHORTEST] = log2(max(0.1, min(LONG_MS, evidence.shortest_ms)))
    if evidence.silent_s > 0.0 and (
        n == 0 or evidence.silent_s * evidence.rate_hz > SILENT_INTERVALS
    ):
        features[RATE] = log2(1.0 / evidence.silent_s)
    if n > 1:
        features[VARIABILITY] = log2(max(0.003, evidence.variability))
    if n > 3:
        features[WANDER] = log2(evidence.wander)
        features[GROUPING] = log2(min(LONG_PAUSE, evidence.grouping))


cdef void add_scores(
    const KindModel* model, int feature, double value, int intervals, double* scores
) noexcept nogil:
    """Add the logarithm of how probable a feature's value is under each hypothesis."""
    cdef int bell = bell_of(feature, intervals)
    cdef double largest = LARGEST_DURATION_DEVIATION if feature == DURATION else LARGEST_DEVIATION
    model.arithmetic.score_bells(
        model.mean[feature], model.weight[bell], model.log_variance[bell], model.n_hypotheses,
        value, largest * largest, scores,
    )


cdef void shapes_and_rhythm(
    const KindModel* model, const Evidence* evidence, double* posterior
) noexcept nogil:
    """Return what the table alone says: ``posterior`` OUT (N_KINDS,), sums to 1."""
    cdef int hypothesis
    cdef int feature
    cdef double largest = -1e300
    cdef double total = 0.0
    cdef double[MAX_HYPOTHESES] score
    cdef double[N_FEATURES] features
    cdef unsigned char[N_FEATURES] known
    features_of(evidence, features, known)
    for hypothesis in range(model.n_hypotheses):
        score[hypothesis] = model.log_prior[hypothesis]
    for feature in range(N_FEATURES):
        if known[feature]:
            add_scores(model, feature, features[feature], evidence.intervals, score)
    for hypothesis in range(model.n_hypotheses):
        largest = max(largest, score[hypothesis])
    memset(posterior, 0, N_KINDS * sizeof(double))
    for hypothesis in range(model.n_hypotheses):
        score[hypothesis] -= largest
    model.arithmetic.exponentials(score, model.n_hypotheses)
    for hypothesis in range(model.n_hypotheses):
        total += score[hypothesis]
    for hypothesis in range(model.n_hypotheses):
        posterior[model.kind[hypothesis]] += score[hypothesis] / total


cdef int judge(
    const KindModel* model, const Evidence* evidence, double* posterior, double* motor_unit,
    double* end_plate
) noexcept nogil:
    """Return the most probable kind.

    ``posterior`` OUT (N_KINDS,), of the kind that of the answer; ``motor_unit``, ``end_plate`` OUT
    probabilities of these whatever the context, which other trains may go by.
    """
    cdef Traits traits = traits_of(evidence)
    cdef int kind
    cdef int given
    shapes_and_rhythm(model, evidence, posterior)
    motor_unit[0] = posterior[MOTOR_UNIT_POTENTIAL]
    doubt_by_rhythm(evidence, &traits, posterior)
    end_plate[0] = posterior[END_PLATE_SPIKE] + posterior[END_PLATE_NOISE]
    doubt_by_context(evidence, &traits, posterior)
    doubt_by_shape(evidence, posterior)
    normalise(posterior)
    kind = most_probable(posterior)
    if is_doubted_in_crowd(evidence, &traits, kind):
        doubt_by_crowd(posterior)
        normalise(posterior)
        if is_too_doubtful(evidence, &traits, posterior[kind]):
            kind = undecided(posterior)
    if kind == CRAMP_DISCHARGE and evidence.context & BRIEF:
        # So far it may be a burst of myokymia.
        kind = undecided(posterior)
    given = given_by_context(evidence, &traits, kind)
    if given >= 0:
        posterior[given] = max(
            posterior[given], BY_VOLLEY if evidence.context & IN_VOLLEY else BY_CONTEXT
        )
        return given
    if is_ruled_out(evidence, kind):
        kind = undecided(posterior)
    if FIBRILLATION <= kind <= CRAMP_DISCHARGE:
        calibrate(posterior, kind)
    return kind


cdef int most_probable(const double* posterior) noexcept nogil:
    cdef int kind = 0
    cdef int index
    for index in range(N_KINDS):
        if posterior[index] > posterior[kind]:
            kind = index
    return kind


cdef int undecided(double* posterior) noexcept nogil:
    """Return no kind, as probable as not; ``posterior`` OUT what it is of it."""
    posterior[UNCLASSIFIED] = UNDECIDED
    return UNCLASSIFIED


cdef void normalise(double* posterior) noexcept nogil:
    cdef int index
    cdef double total = 0.0
    for index in range(N_KINDS):
        total += posterior[index]
    for index in range(N_KINDS):
        posterior[index] /= total


cdef bint same_finding(int kind, int other) noexcept nogil:
    """Return whether two kinds raise the same alert: both are potentials of denervated fibres."""
    return kind == other or (
        FIBRILLATION <= kind <= POSITIVE_SHARP_WAVE
        and FIBRILLATION <= other <= POSITIVE_SHARP_WAVE
    )


cdef double finding(const double* posterior, int kind) noexcept nogil:
    """Return how probable it is that there is what a kind's alert is about."""
    cdef int index
    cdef double total = 0.0
    for index in range(N_KINDS):
        if same_finding(kind, index):
            total += posterior[index]
    return total


cdef void calibrate(double* posterior, int kind) noexcept nogil:
    """Make a finding as probable as it turns out to be: its features do not vary on their own."""
    cdef double raw = min(max(finding(posterior, kind), 1e-9), 1.0 - 1e-9)
    cdef double odds = exp(CALIBRATED_SHIFT + CALIBRATED_SLOPE * log(raw / (1.0 - raw)))
    cdef double own = odds / (1.0 + odds) / raw
    cdef double others = 1.0 / (1.0 + odds) / (1.0 - raw)
    cdef int index
    for index in range(N_KINDS):
        posterior[index] *= own if same_finding(kind, index) else others


cdef Evidence evidence_of(dict row) except *:
    """Return the evidence in a row of trains."""
    cdef Evidence evidence
    memset(&evidence, 0, sizeof(Evidence))
    evidence.duration_ms = row["duration_ms"]
    evidence.half_width_ms = row["half_width_ms"]
    evidence.positive_share = row["positive_share"]
    evidence.first_phase = row["first_phase"]
    evidence.amplitude_uv = row["amplitude_uv"]
    evidence.phases = row["phases"]
    evidence.rise_ms = row["rise_ms"]
    evidence.intervals = row["intervals"]
    evidence.rate_hz = row["rate_hz"]
    evidence.variability = row["interval_variability"]
    evidence.shortest_ms = row["shortest_ms"]
    evidence.wander = row["wander"]
    evidence.grouping = row["grouping"]
    evidence.silent_s = row["silent_s"]
    evidence.context = row["context"]
    return evidence


def kind_codes():
    """Return {name of Kind: code in the kernels}; a test compares them."""
    return {
        "UNCLASSIFIED": UNCLASSIFIED,
        "FIBRILLATION": FIBRILLATION,
        "POSITIVE_SHARP_WAVE": POSITIVE_SHARP_WAVE,
        "FASCICULATION": FASCICULATION,
        "COMPLEX_REPETITIVE_DISCHARGE": COMPLEX_REPETITIVE_DISCHARGE,
        "MYOTONIC_DISCHARGE": MYOTONIC_DISCHARGE,
        "MYOKYMIC_DISCHARGE": MYOKYMIC_DISCHARGE,
        "NEUROMYOTONIC_DISCHARGE": NEUROMYOTONIC_DISCHARGE,
        "CRAMP_DISCHARGE": CRAMP_DISCHARGE,
        "MOTOR_UNIT_POTENTIAL": MOTOR_UNIT_POTENTIAL,
        "END_PLATE_SPIKE": END_PLATE_SPIKE,
        "END_PLATE_NOISE": END_PLATE_NOISE,
        "INSERTIONAL_ACTIVITY": INSERTIONAL_ACTIVITY,
        "ARTEFACT": ARTEFACT,
    }


def context_flags():
    """Return {name of Context: flag in the kernels}; a test compares them."""
    return {
        "OF_CONTRACTION": OF_CONTRACTION,
        "NOT_AT_REST": NOT_AT_REST,
        "BESIDE_END_PLATE": BESIDE_END_PLATE,
        "IN_CROWD": IN_CROWD,
        "NEAR_MOVEMENT": NEAR_MOVEMENT,
        "MAY_BE_SUPERPOSED": MAY_BE_SUPERPOSED,
        "ON_MAINS": ON_MAINS,
        "IN_CRAMP": IN_CRAMP,
        "IN_INSERTION": IN_INSERTION,
        "BRIEF": BRIEF,
        "SMALL": SMALL,
        "CLOCKED": CLOCKED,
        "IN_VOLLEY": IN_VOLLEY,
        "ACCOMPANIED": ACCOMPANIED,
        "STEPPED": STEPPED,
        "STANDS_OUT": STANDS_OUT,
        "ALL_ALIKE": ALL_ALIKE,
        "LIKE_END_PLATE": LIKE_END_PLATE,
        "LIKE_NOISE": LIKE_NOISE,
        "AT_WILL": AT_WILL,
        "RESTED": RESTED,
    }


def judge_row(
    kinds not None, priors not None, means not None, spreads not None, dict row not None
):
    """Judge a row of trains as the engine did, and say what each feature said.

    Returns
    -------
    kind : int
    posterior : float64 array, shape (14,)
    known : bool array, shape (12,)
        Features that there is evidence of.
    scores : float64 array, shape (hypotheses, 12)
        Logarithm of how probable each feature is under each hypothesis.
    """
    cdef KindModel model
    cdef Evidence evidence = evidence_of(row)
    cdef double[::1] posterior = np.zeros(N_KINDS)
    cdef double[N_FEATURES] features
    cdef unsigned char[::1] known = np.zeros(N_FEATURES, np.uint8)
    cdef int hypothesis
    cdef int feature
    cdef double ignored
    cdef double[MAX_HYPOTHESES] scores_of
    load_model(&model, (kinds, priors, means, spreads))
    cdef double[:, ::1] scores = np.zeros((model.n_hypotheses, N_FEATURES))
    kind = judge(&model, &evidence, &posterior[0], &ignored, &ignored)
    features_of(&evidence, features, &known[0])
    for feature in range(N_FEATURES):
        memset(scores_of, 0, sizeof(scores_of))
        add_scores(&model, feature, features[feature], evidence.intervals, scores_of)
        for hypothesis in range(model.n_hypotheses):
            scores[hypothesis, feature] = scores_of[hypothesis]
    return kind, np.asarray(posterior), np.asarray(known).astype(bool), np.asarray(scores)
