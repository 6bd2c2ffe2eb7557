"""The probability of each kind, plainly."""

import numpy as np

FIRST_RHYTHM_FEATURE = 7


def posterior(kinds, priors, means, spreads, features, known, n_intervals):
    """Return the probability of each of the 14 kinds."""
    variances = spreads**2
    variances[:, FIRST_RHYTHM_FEATURE:] += 0.8**2 / n_intervals
    deviations = np.minimum((features - means) ** 2 / variances, 3.5**2)
    scores = np.log(priors) - 0.5 * np.sum((deviations + np.log(variances)) * known, axis=1)
    weights = np.exp(scores - scores.max())
    out = np.zeros(14)
    np.add.at(out, kinds, weights / weights.sum())
    return out
