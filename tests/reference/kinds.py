"""The kind of a train, plainly: bells of its features, then the rules of its context."""

import numpy as np

from myoscope.dsp_core.evidence import Context
from myoscope.dsp_core.kinds import Kind

FIRST_RHYTHM_FEATURE = 7
RHYTHM_SPREAD = 0.8
LARGEST_DEVIATION, LARGEST_DURATION_DEVIATION = 3.5, 2.5
LONG_MS, MOST_PHASES, LONG_PAUSE = 100.0, 12, 16.0
SILENT_INTERVALS = 5.0
WIDEST_FIBRE_MS, NARROWEST_FIBRE_MS, DOUBT_OF_WIDTH = 6.0, 0.13, 1e-6
LONGEST_FIBRE_MS, SLOWEST_FIBRE_MS, QUICKEST_UNIT_MS = 150.0, 2.0, 0.15
CLOCKED_INTERVALS = 8
FEWEST_INTERVALS = 2
ALONE_S = 2.5
DOUBT_OF_CONTRACTION, DOUBT = 1e-4, 0.025
DOUBT_BESIDE_END_PLATE, DOUBT_IN_CROWD, DOUBT_IRREGULAR_IN_CROWD = 3e-3, 1e-3, 0.02
UNHURRIED, UNHURRIED_OF_NEGATIVE, QUICK_MS, DOUBT_OF_END_PLATE = 9.0, 14.0, 40.0, 0.1
DOUBT_AT_WILL = 0.3
UNDECIDED_IN_CROWD, UNDECIDED_OF_LARGE, UNDECIDED_BESIDE_END_PLATE = 0.05, 0.08, 0.1
MOST_OF_FIBRE, BRIEFEST_RING_MS, UNWILFUL = 8, 8.0, 0.6
REGULAR, REGULAR_IN_CONTRACTION = 0.05, 0.03
LONG_INTERVALS, LONG_REGULAR_IN_CONTRACTION = 24, 0.05
EVENLY_VOLUNTARY_HZ, MOST_REGULAR_SLOW, SLOWEST_VOLUNTARY_HZ = 8.0, 0.2, 5.0
STANDING_OUT_INTERVALS, AT_RANDOM = 12, 1.0
DOUBT_OF_LARGE_SPIKE, DOUBT_OF_LARGE_WAVE = 4e-3, 1.5e-2
DOUBT_OF_PLAIN, DOUBLET_MS = 0.3, 12.0
WAVE_INTERVALS, STEADY_WAVE, DOUBT_OF_WAVE = 16, 0.08, 1e-2
RUN_INTERVALS, RUN_HZ, EVEN, EVEN_RING = 20, 28.0, 0.25, 0.03
WIDEST_IN_VOLLEY_MS = 8.0
CALIBRATED_SLOPE, CALIBRATED_SHIFT = 0.8, -0.5
OF_FIBRES = [Kind.FIBRILLATION, Kind.POSITIVE_SHARP_WAVE]
BY_CONTEXT, BY_VOLLEY, UNDECIDED = 0.9, 0.97, 0.5


def is_unhurried(row, least=UNHURRIED):
    """Return whether even the shortest interval is longer than chance would have it."""
    expected = row["intervals"] * 1e-3 * row["shortest_ms"] * row["rate_hz"]
    return row["shortest_ms"] > QUICK_MS and expected > least


def runs(row):
    """Return whether a train fires as nobody does at will."""
    return (
        row["intervals"] >= RUN_INTERVALS
        and row["rate_hz"] > RUN_HZ
        and row["interval_variability"] < EVEN
    )


def features_of(row):
    """Return (features on the table's scales, which are known)."""
    n, silent_s = row["intervals"], row["silent_s"]
    rate_hz = row["rate_hz"] if n else np.nan
    if silent_s > 0 and not silent_s * rate_hz <= SILENT_INTERVALS:
        rate_hz = 1 / silent_s
    values = [
        np.log2(max(0.1, row["duration_ms"])),
        np.log2(max(0.05, row["half_width_ms"])),
        row["positive_share"],
        row["first_phase"],
        np.log10(max(1.0, row["amplitude_uv"])),
        min(MOST_PHASES, row["phases"]),
        np.log2(max(0.05, row["rise_ms"])),
        np.log2(rate_hz),
        np.log2(max(0.003, row["interval_variability"])) if n > 1 else np.nan,
        np.log2(np.clip(row["shortest_ms"], 0.1, LONG_MS)) if n > 0 else np.nan,
        np.log2(row["wander"]) if n > 3 else np.nan,
        np.log2(min(LONG_PAUSE, row["grouping"])) if n > 3 else np.nan,
    ]
    return np.array(values), ~np.isnan(values)


def scores_of(means, spreads, features, intervals):
    """Return how probable each feature is under each hypothesis, as a logarithm."""
    variances = spreads**2
    variances[:, FIRST_RHYTHM_FEATURE:] += RHYTHM_SPREAD**2 / max(1, intervals)
    largest = np.full(len(features), LARGEST_DEVIATION)
    largest[0] = LARGEST_DURATION_DEVIATION
    deviations = np.minimum((features - means) ** 2 / variances, largest**2)
    return -0.5 * (deviations + np.log(variances))


def judged(kinds, priors, means, spreads, row):
    """Return (kind, probability of each of the 14 kinds)."""
    features, known = features_of(row)
    totals = np.log(priors) + scores_of(means, spreads, features, row["intervals"])[:, known].sum(1)
    weights = np.exp(totals - totals.max())
    posterior = np.bincount(kinds, weights / weights.sum(), minlength=14)
    context = Context(row["context"])

    regular = is_regular(row)
    doubt = 1.0
    if context & Context.AT_WILL:
        posterior[Kind.FIBRILLATION] *= DOUBT_AT_WILL
    rested = bool(context & Context.RESTED)
    if rested or is_unhurried(row):
        posterior[[Kind.END_PLATE_SPIKE, Kind.END_PLATE_NOISE]] *= (
            DOUBT if rested else DOUBT_OF_END_PLATE
        )
    if regular:
        posterior[[Kind.END_PLATE_SPIKE, Kind.END_PLATE_NOISE, Kind.CRAMP_DISCHARGE]] *= DOUBT
        posterior[Kind.FASCICULATION] *= DOUBT
        if row["interval_variability"] < REGULAR_IN_CONTRACTION:
            posterior[Kind.MOTOR_UNIT_POTENTIAL] *= DOUBT
    voluntary = is_voluntary(row)
    steady = regular and row["interval_variability"] < most_even(row)
    if context & Context.OF_CONTRACTION and not steady:
        doubt = DOUBT_OF_CONTRACTION
    elif context & (Context.OF_CONTRACTION | Context.NOT_AT_REST):
        doubt = DOUBT
    elif not rested and (
        (context & Context.LIKE_END_PLATE and not row["interval_variability"] < EVEN)
        or (
            context & Context.BESIDE_END_PLATE
            and not is_unhurried(
                row, UNHURRIED if row["first_phase"] > 0 else UNHURRIED_OF_NEGATIVE
            )
        )
    ):
        doubt = DOUBT_BESIDE_END_PLATE
    fasciculation = posterior[Kind.FASCICULATION]
    if context & (Context.OF_CONTRACTION | Context.NOT_AT_REST):
        posterior[Kind.MOTOR_UNIT_POTENTIAL] += (1 - doubt) * fasciculation
    elif context & Context.IN_CROWD:
        posterior[Kind.UNCLASSIFIED] += (1 - DOUBT_IN_CROWD) * fasciculation
        posterior[Kind.FASCICULATION] *= DOUBT_IN_CROWD
    elif context & (Context.NEAR_MOVEMENT | Context.MAY_BE_SUPERPOSED):
        posterior[Kind.FASCICULATION] *= DOUBT
    steady_wave = row["intervals"] >= WAVE_INTERVALS and row["interval_variability"] < STEADY_WAVE
    spike = wave = doubt
    if not voluntary and context & (Context.OF_CONTRACTION | Context.NOT_AT_REST):
        spike = wave = DOUBT if row["rate_hz"] > SLOWEST_VOLUNTARY_HZ else 1.0
    if steady_wave:
        wave = max(wave, DOUBT_OF_WAVE)
    stands_out = context & Context.STANDS_OUT and row["intervals"] >= STANDING_OUT_INTERVALS
    if stands_out:
        at_most_random = row["interval_variability"] < AT_RANDOM
        spike = max(spike, DOUBT_OF_LARGE_SPIKE) if at_most_random else spike
        wave = max(wave, DOUBT_OF_LARGE_WAVE)
    whole = (
        context & (Context.OF_CONTRACTION | Context.NOT_AT_REST)
        and context & (Context.STANDS_OUT | Context.ALL_ALIKE)
        and row["intervals"] >= STANDING_OUT_INTERVALS
        and row["shortest_ms"] > DOUBLET_MS
    )
    unwilful = row["rate_hz"] < SLOWEST_VOLUNTARY_HZ or row["interval_variability"] > UNWILFUL
    plain_spike = whole and is_plain_spike(row) and (stands_out or unwilful)
    plain_wave = whole and is_plain_wave(row)
    spike = max(spike, DOUBT_OF_PLAIN) if plain_spike else spike
    wave = max(wave, DOUBT_OF_PLAIN) if plain_wave else wave
    plain = plain_spike or plain_wave
    posterior[OF_FIBRES] *= np.array([spike, wave]) / doubt
    posterior[Kind.FIBRILLATION : Kind.MYOTONIC_DISCHARGE] *= doubt
    if not runs(row):
        posterior[Kind.MYOTONIC_DISCHARGE] *= doubt
    elif row["interval_variability"] < EVEN_RING:
        posterior[Kind.COMPLEX_REPETITIVE_DISCHARGE] /= doubt
    if row["half_width_ms"] > WIDEST_FIBRE_MS:
        posterior[Kind.FIBRILLATION : Kind.MYOTONIC_DISCHARGE + 1] *= DOUBT_OF_WIDTH
    if row["half_width_ms"] < NARROWEST_FIBRE_MS:
        posterior[OF_FIBRES] *= DOUBT_OF_WIDTH
    if row["phases"] > MOST_OF_FIBRE and row["duration_ms"] > BRIEFEST_RING_MS:
        posterior[OF_FIBRES] *= DOUBT
    if row["duration_ms"] > LONGEST_FIBRE_MS or row["rise_ms"] > SLOWEST_FIBRE_MS:
        posterior[OF_FIBRES] *= DOUBT_OF_WIDTH
    if row["silent_s"] > ALONE_S and row["intervals"] < FEWEST_INTERVALS:
        posterior[[*OF_FIBRES, Kind.COMPLEX_REPETITIVE_DISCHARGE]] *= DOUBT
    posterior /= posterior.sum()
    kind = Kind(int(posterior.argmax()))

    if kind.is_denervation and context & Context.IN_CROWD and voluntary and not regular:
        posterior[OF_FIBRES] *= DOUBT_IRREGULAR_IN_CROWD
        posterior /= posterior.sum()
        contracts = context & Context.OF_CONTRACTION
        least = UNDECIDED_OF_LARGE if contracts and stands_out else UNDECIDED_IN_CROWD
        least = UNDECIDED_BESIDE_END_PLATE if context & Context.BESIDE_END_PLATE else least
        doubtful = posterior[kind] < least
        if not plain and doubtful and (contracts or not (rested or is_unhurried(row))):
            kind = Kind.UNCLASSIFIED
            posterior[kind] = UNDECIDED
    if kind is Kind.CRAMP_DISCHARGE and context & Context.BRIEF:
        kind = Kind.UNCLASSIFIED
        posterior[kind] = UNDECIDED
    given = given_by(context, kind, row)
    if given is not None:
        sure = BY_VOLLEY if context & Context.IN_VOLLEY else BY_CONTEXT
        posterior[given] = max(posterior[given], sure)
        return given, posterior
    if (
        (context & (Context.ON_MAINS | Context.CLOCKED) and kind <= Kind.CRAMP_DISCHARGE)
        or (
            kind is Kind.FASCICULATION
            and (context & (Context.SMALL | Context.ACCOMPANIED) or is_pop(row))
        )
        or (
            kind.is_denervation
            and (row["intervals"] < FEWEST_INTERVALS or context & Context.LIKE_NOISE)
        )
    ):
        kind = Kind.UNCLASSIFIED
        posterior[kind] = UNDECIDED
    if Kind.FIBRILLATION <= kind <= Kind.CRAMP_DISCHARGE:
        finding = OF_FIBRES if kind.is_denervation else [kind]
        raw = np.clip(posterior[finding].sum(), 1e-9, 1 - 1e-9)
        odds = np.exp(CALIBRATED_SHIFT + CALIBRATED_SLOPE * np.log(raw / (1 - raw)))
        own = posterior[finding] * odds / (1 + odds) / raw
        posterior *= 1 / (1 + odds) / (1 - raw)
        posterior[finding] = own
    return kind, posterior


def is_pop(row):
    """Return whether it begins with its largest phase, at once, and is not one of several."""
    largest = row["positive_share"] >= 0.5
    few = row["intervals"] < FEWEST_INTERVALS
    return few and row["rise_ms"] < QUICKEST_UNIT_MS and (row["first_phase"] >= 0) == largest


def is_plain_spike(row):
    """Return whether it looks like a fibre that passes the needle, and like no motor unit."""
    return (
        row["first_phase"] > 0
        and row["phases"] == 3
        and row["rise_ms"] < 0.36
        and row["half_width_ms"] < 0.6
        and row["duration_ms"] < 5.0
        and 0.25 < row["positive_share"] < 0.42
    )


def is_plain_wave(row):
    """Return whether it looks like a sharp wave, and like no motor unit."""
    return (
        row["first_phase"] > 0
        and row["phases"] <= 2
        and row["rise_ms"] < 0.8
        and 0.6 < row["half_width_ms"] < 3.5
        and 8.0 < row["duration_ms"] < 40.0
        and 0.68 < row["positive_share"] < 0.9
    )


def is_voluntary(row):
    """Return whether a motor unit that fires at will could keep the rhythm."""
    if row["intervals"] < CLOCKED_INTERVALS:
        return True
    least = most_even(row)
    if row["rate_hz"] < EVENLY_VOLUNTARY_HZ:
        least = min(MOST_REGULAR_SLOW, least * EVENLY_VOLUNTARY_HZ / row["rate_hz"])
    return not row["interval_variability"] < least


def most_even(row):
    """Return how little the intervals of a motor unit may seem to change."""
    long = row["intervals"] >= LONG_INTERVALS
    return LONG_REGULAR_IN_CONTRACTION if long else REGULAR_IN_CONTRACTION


def is_regular(row):
    """Return whether a train keeps better time than any motor unit."""
    return row["intervals"] >= CLOCKED_INTERVALS and row["interval_variability"] < REGULAR


def given_by(context, kind, row):
    """Return the kind that the context alone gives; None where it gives none."""
    if context & Context.IN_VOLLEY:
        device = (
            context & Context.CLOCKED
            or kind is Kind.ARTEFACT
            or (
                kind is not Kind.NEUROMYOTONIC_DISCHARGE
                and row["half_width_ms"] > WIDEST_IN_VOLLEY_MS
            )
        )
        return Kind.ARTEFACT if device else Kind.NEUROMYOTONIC_DISCHARGE
    in_cramp = context & Context.IN_CRAMP and not is_regular(row)
    if in_cramp and kind.label in (
        "motor_unit_potential",
        "unclassified",
        "end_plate_spike",
        "end_plate_noise",
    ):
        return Kind.CRAMP_DISCHARGE
    if context & Context.IN_INSERTION:
        return Kind.INSERTIONAL_ACTIVITY
    alike = context & Context.ALL_ALIKE and row["intervals"] >= STANDING_OUT_INTERVALS
    stepped = context & Context.STEPPED and kind <= Kind.FASCICULATION
    if stepped and not is_regular(row) and not alike:
        return Kind.ARTEFACT
    if row["intervals"] >= CLOCKED_INTERVALS and context & (Context.ON_MAINS | Context.CLOCKED):
        return Kind.ARTEFACT
    return None
