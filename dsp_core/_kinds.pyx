"""From what is known of a train to the probability of each kind."""

from libc.math cimport exp, log

import numpy as np

# No single feature may count for more than this many standard deviations against a kind: the
# table's bells have heavier tails than drawn.
cdef double LARGEST_DEVIATION = 3.5
# Standard deviation of a rhythm feature that rests on one interval, in its own (log2) unit.
cdef double RHYTHM_SPREAD = 0.8


cdef void load_model(
    KindModel* model, const unsigned char[::1] kinds, const double[::1] priors,
    const double[:, ::1] means, const double[:, ::1] spreads
):
    cdef int hypothesis
    cdef int feature
    model.n_hypotheses = <int> kinds.shape[0]
    if model.n_hypotheses > MAX_HYPOTHESES:
        raise ValueError(f"{model.n_hypotheses} hypotheses; wanted {MAX_HYPOTHESES} at most")
    for hypothesis in range(model.n_hypotheses):
        model.kind[hypothesis] = kinds[hypothesis]
        model.log_prior[hypothesis] = log(priors[hypothesis])
        for feature in range(N_FEATURES):
            model.mean[hypothesis][feature] = means[hypothesis, feature]
            model.spread[hypothesis][feature] = spreads[hypothesis, feature]


cdef int judge(
    const KindModel* model, const double* features, const unsigned char* known, int n_intervals,
    double* posterior
) noexcept nogil:
    """Return the most probable kind.

    ``features`` IN (N_FEATURES,); ``known`` IN (N_FEATURES,) 0 where a feature is not known yet;
    ``posterior`` OUT (N_KINDS,) probabilities that sum to 1.
    """
    cdef int hypothesis
    cdef int feature
    cdef int best = 0
    cdef double deviation
    cdef double variance
    cdef double largest = -1e300
    cdef double total = 0.0
    cdef double[MAX_HYPOTHESES] score
    for hypothesis in range(model.n_hypotheses):
        score[hypothesis] = model.log_prior[hypothesis]
        for feature in range(N_FEATURES):
            if not known[feature]:
                continue
            variance = model.spread[hypothesis][feature] * model.spread[hypothesis][feature]
            if feature >= RATE:
                variance += RHYTHM_SPREAD * RHYTHM_SPREAD / n_intervals
            deviation = features[feature] - model.mean[hypothesis][feature]
            deviation = deviation * deviation / variance
            deviation = min(deviation, LARGEST_DEVIATION * LARGEST_DEVIATION)
            score[hypothesis] -= 0.5 * (deviation + log(variance))
        largest = max(largest, score[hypothesis])
    for feature in range(N_KINDS):
        posterior[feature] = 0.0
    for hypothesis in range(model.n_hypotheses):
        score[hypothesis] = exp(score[hypothesis] - largest)
        total += score[hypothesis]
    for hypothesis in range(model.n_hypotheses):
        posterior[model.kind[hypothesis]] += score[hypothesis] / total
    for feature in range(N_KINDS):
        if posterior[feature] > posterior[best]:
            best = feature
    return best


def kind_posterior(
    const unsigned char[::1] kinds not None, const double[::1] priors not None,
    const double[:, ::1] means not None, const double[:, ::1] spreads not None,
    const double[::1] features not None, const unsigned char[::1] known not None, int n_intervals
):
    """Return the probability of each kind: float64 array, shape (14,); for tests and plots."""
    cdef KindModel model
    cdef double[::1] posterior = np.zeros(N_KINDS)
    load_model(&model, kinds, priors, means, spreads)
    judge(&model, &features[0], &known[0], n_intervals, &posterior[0])
    return np.asarray(posterior)
