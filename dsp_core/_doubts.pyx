"""What makes a kind less probable than a train's shape and rhythm alone would have it.

What goes on around it, and what no fibre, motor unit or end-plate does.
"""

from myoscope.dsp_core._kinds cimport (
    ACCOMPANIED, ALL_ALIKE, ARTEFACT, AT_WILL, BESIDE_END_PLATE, CLOCKED,
    COMPLEX_REPETITIVE_DISCHARGE, CRAMP_DISCHARGE, END_PLATE_NOISE, END_PLATE_SPIKE, FASCICULATION,
    FIBRILLATION, INSERTIONAL_ACTIVITY, IN_CRAMP, IN_CROWD, IN_INSERTION, IN_VOLLEY, LIKE_END_PLATE,
    LIKE_NOISE, MAY_BE_SUPERPOSED, MOTOR_UNIT_POTENTIAL, MYOTONIC_DISCHARGE, NEAR_MOVEMENT,
    NEUROMYOTONIC_DISCHARGE, NOT_AT_REST, OF_CONTRACTION, ON_MAINS, POSITIVE_SHARP_WAVE, QUICK_MS,
    RESTED, SMALL, STANDS_OUT, STEPPED, UNCLASSIFIED, Evidence,
)

# No fibre keeps time like a clock or with the mains for long; stimulators and hum do. Until there
# are so many intervals, a train that has kept time stays without a kind.
cdef int CLOCKED_INTERVALS = 8
# Denervation is named only from so many intervals on: rhythm gives the final kind.
cdef int FEWEST_INTERVALS = 2
cdef double ALONE_S = 2.5
# By so much the context makes denervation less probable.
cdef double DOUBT_OF_CONTRACTION = 1e-4
cdef double DOUBT_BESIDE_END_PLATE = 3e-3
cdef double DOUBT_IN_CROWD = 1e-3
cdef double DOUBT_IRREGULAR_IN_CROWD = 0.02
cdef double DOUBT = 0.025
# Less probable than this, an irregular train in a crowd is nothing that can be named.
cdef double UNDECIDED_IN_CROWD = 0.05
cdef double UNDECIDED_OF_LARGE = 0.08
cdef double UNDECIDED_BESIDE_END_PLATE = 0.1
# Logarithm of how improbable it must be that chance alone keeps potentials so far apart, and how
# much less probable that makes an end-plate.
cdef double UNHURRIED = 9.0
cdef double UNHURRIED_OF_NEGATIVE = 14.0
cdef double DOUBT_OF_END_PLATE = 0.1
# Voluntary motor units have coefficients of variation of 0.06 at least.
cdef double REGULAR = 0.05
# The steadiest of many comes near it for some seconds, but not for long.
cdef double REGULAR_IN_CONTRACTION = 0.03
cdef double LONG_REGULAR_IN_CONTRACTION = 0.05
cdef int LONG_INTERVALS = 24
# The slower a motor unit fires at will, the less evenly, and none goes on more slowly than the
# last of these rates.
cdef double EVENLY_VOLUNTARY_HZ = 8.0
cdef double MOST_REGULAR_SLOW = 0.2
cdef double SLOWEST_VOLUNTARY_HZ = 5.0
# Fibres are more even than at will, or less: of 140 simulated trains of fibres that are as fast one
# in seven is in between, of motor units half.
cdef double DOUBT_AT_WILL = 0.3
# Scraps of a contraction look like anything, but they are small beside the potentials whose scraps
# they are; what is not small is denervation with these probabilities.
cdef double DOUBT_OF_LARGE_SPIKE = 4e-3
cdef double DOUBT_OF_LARGE_WAVE = 1.5e-2
cdef int STANDING_OUT_INTERVALS = 12
# Scraps of motor units hardly ever are what is plainly a fibre's potential: of one that passes the
# needle, briefly and sharply positive, negative, positive; or that is blocked there, a positive
# wave as steep, with a long and low negative one behind it.
cdef double PLAIN_SPIKE_RISE_MS = 0.36
cdef double PLAIN_SPIKE_HALF_WIDTH_MS = 0.6
cdef double PLAIN_SPIKE_LONGEST_MS = 5.0
cdef double PLAIN_SPIKE_LEAST_POSITIVE = 0.25
cdef double PLAIN_SPIKE_MOST_POSITIVE = 0.42
cdef double PLAIN_WAVE_RISE_MS = 0.8
cdef double PLAIN_WAVE_LEAST_HALF_WIDTH_MS = 0.6
cdef double PLAIN_WAVE_MOST_HALF_WIDTH_MS = 3.5
cdef double PLAIN_WAVE_SHORTEST_MS = 8.0
cdef double PLAIN_WAVE_LONGEST_MS = 40.0
cdef double PLAIN_WAVE_LEAST_POSITIVE = 0.68
cdef double PLAIN_WAVE_MOST_POSITIVE = 0.9
cdef double DOUBT_OF_PLAIN = 0.3
# Only short myopathic units do, so that what is small must fire less evenly than at will.
cdef double UNWILFUL = 0.6
# Motor units fire doublets at intervals shorter than this.
cdef double DOUBLET_MS = 12.0
# Intervals at random change by as much on average; where spikes change by more, they are of several
# units.
cdef double AT_RANDOM = 1.0
# As fast and even as this nobody fires a motor unit at will for so long.
cdef double RUN_HZ = 28.0
cdef double EVEN = 0.25
cdef int RUN_INTERVALS = 20
# Of what runs so, a ring is still more even.
cdef double EVEN_RING = 0.03
# Hardly a motor unit looks like a sharp wave and keeps time as well.
cdef double STEADY_WAVE = 0.08
cdef int WAVE_INTERVALS = 16
cdef double DOUBT_OF_WAVE = 1e-2
# The positive part of a sharp wave lasts 2 to 5 ms; what is wider at half its height is a swing of
# the electrode or the heart.
cdef double WIDEST_FIBRE_MS = 6.0
# And a stimulus is shorter than what even the nearest fibre shows.
cdef double NARROWEST_FIBRE_MS = 0.13
cdef double DOUBT_OF_WIDTH = 1e-6
# Sharp waves of up to 100 ms are read of; what lasts longer is no fibre's potential. What a needle
# hears of a fibre rises within 1 ms where it is near, and within 1.7 of all simulated ones.
cdef double LONGEST_FIBRE_MS = 150.0
cdef double SLOWEST_FIBRE_MS = 2.0
# A pop of an electrode is largest at once, by a step, and then decays or rings: of 265 trains of
# simulated fasciculations none rises in less than 0.22 ms (10 to 90 %), for what comes towards the
# needle is heard before, and the spikes of a unit's fibres do not come at one instant.
cdef double QUICKEST_UNIT_MS = 0.15
# One has three phases, and what neighbours leave adds some; a ring has more, and takes its time.
cdef int MOST_OF_FIBRE = 8
cdef double BRIEFEST_RING_MS = 8.0
# What comes back after 3 to 7 ms is hardly wider than that.
cdef double WIDEST_IN_VOLLEY_MS = 8.0


cdef Traits traits_of(const Evidence* evidence) noexcept nogil:
    """Return what the rules ask of a train."""
    cdef Traits traits
    cdef bint long_enough = evidence.intervals >= STANDING_OUT_INTERVALS
    cdef bint whole
    traits.regular = evidence.intervals >= CLOCKED_INTERVALS and evidence.variability < REGULAR
    traits.voluntary = is_voluntary(evidence)
    traits.rested = evidence.context & RESTED
    traits.unhurried = traits.rested or is_unhurried(evidence, UNHURRIED)
    traits.ran = (
        evidence.intervals >= RUN_INTERVALS and evidence.rate_hz > RUN_HZ
        and evidence.variability < EVEN
    )
    traits.stands_out = long_enough and evidence.context & STANDS_OUT
    traits.all_alike = long_enough and evidence.context & ALL_ALIKE
    # Of a contraction, but no scrap.
    whole = (
        (traits.stands_out or traits.all_alike)
        and evidence.context & (OF_CONTRACTION | NOT_AT_REST)
        and evidence.shortest_ms > DOUBLET_MS
    )
    traits.plain_spike = whole and is_plain_spike(evidence) and (
        traits.stands_out or evidence.rate_hz < SLOWEST_VOLUNTARY_HZ
        or evidence.variability > UNWILFUL
    )
    traits.plain_wave = whole and is_plain_wave(evidence)
    return traits


cdef bint is_unhurried(const Evidence* evidence, double least) noexcept nogil:
    """Return whether a fibre rests after each potential, which spikes of end-plates do not.

    The shortest of intervals at random would be as long with the probability exp(-``least``).
    """
    return (
        evidence.shortest_ms > QUICK_MS
        and 1e-3 * evidence.intervals * evidence.shortest_ms * evidence.rate_hz > least
    )


cdef bint is_plain_spike(const Evidence* evidence) noexcept nogil:
    """Return whether it looks like a fibre that passes the needle, and like no motor unit."""
    return (
        evidence.first_phase > 0 and evidence.phases == 3
        and evidence.rise_ms < PLAIN_SPIKE_RISE_MS
        and evidence.half_width_ms < PLAIN_SPIKE_HALF_WIDTH_MS
        and evidence.duration_ms < PLAIN_SPIKE_LONGEST_MS
        and PLAIN_SPIKE_LEAST_POSITIVE < evidence.positive_share < PLAIN_SPIKE_MOST_POSITIVE
    )


cdef bint is_plain_wave(const Evidence* evidence) noexcept nogil:
    """Return whether it looks like a sharp wave, and like no motor unit."""
    return (
        evidence.first_phase > 0 and evidence.phases <= 2
        and evidence.rise_ms < PLAIN_WAVE_RISE_MS
        and PLAIN_WAVE_LEAST_HALF_WIDTH_MS < evidence.half_width_ms < PLAIN_WAVE_MOST_HALF_WIDTH_MS
        and PLAIN_WAVE_SHORTEST_MS < evidence.duration_ms < PLAIN_WAVE_LONGEST_MS
        and PLAIN_WAVE_LEAST_POSITIVE < evidence.positive_share < PLAIN_WAVE_MOST_POSITIVE
    )


cdef double most_even(const Evidence* evidence) noexcept nogil:
    """Return how little the intervals of a motor unit may seem to change."""
    if evidence.intervals < LONG_INTERVALS:
        return REGULAR_IN_CONTRACTION
    return LONG_REGULAR_IN_CONTRACTION


cdef bint is_voluntary(const Evidence* evidence) noexcept nogil:
    """Return whether a motor unit that fires at will could keep such a rhythm."""
    cdef double least = most_even(evidence)
    if evidence.intervals < CLOCKED_INTERVALS:
        return True
    if evidence.rate_hz < EVENLY_VOLUNTARY_HZ:
        least = min(MOST_REGULAR_SLOW, least * EVENLY_VOLUNTARY_HZ / evidence.rate_hz)
    return not evidence.variability < least


cdef void doubt_by_rhythm(
    const Evidence* evidence, const Traits* traits, double* posterior
) noexcept nogil:
    """Doubt an end-plate that rests after each potential; neither it nor the will keeps time.

    And a fibre that fires as at will.
    """
    if traits.unhurried:
        posterior[END_PLATE_SPIKE] *= DOUBT if traits.rested else DOUBT_OF_END_PLATE
        posterior[END_PLATE_NOISE] *= DOUBT if traits.rested else DOUBT_OF_END_PLATE
    if traits.regular:
        posterior[END_PLATE_SPIKE] *= DOUBT
        posterior[END_PLATE_NOISE] *= DOUBT
        posterior[CRAMP_DISCHARGE] *= DOUBT
        posterior[FASCICULATION] *= DOUBT
    if traits.regular and evidence.variability < REGULAR_IN_CONTRACTION:
        posterior[MOTOR_UNIT_POTENTIAL] *= DOUBT
    if evidence.context & AT_WILL:
        posterior[FIBRILLATION] *= DOUBT_AT_WILL


cdef void doubt_by_context(
    const Evidence* evidence, const Traits* traits, double* posterior
) noexcept nogil:
    """Doubt denervation and fasciculations where something else goes on."""
    cdef int context = evidence.context
    cdef int index
    cdef double doubt = doubt_of(evidence, traits)
    cdef double of_spike = doubt
    cdef double of_wave = doubt
    if not traits.voluntary and context & (OF_CONTRACTION | NOT_AT_REST):
        of_spike = of_wave = DOUBT if evidence.rate_hz > SLOWEST_VOLUNTARY_HZ else 1.0
    if evidence.intervals >= WAVE_INTERVALS and evidence.variability < STEADY_WAVE:
        of_wave = max(of_wave, DOUBT_OF_WAVE)
    if traits.stands_out:
        if evidence.variability < AT_RANDOM:
            of_spike = max(of_spike, DOUBT_OF_LARGE_SPIKE)
        of_wave = max(of_wave, DOUBT_OF_LARGE_WAVE)
    if traits.plain_spike:
        of_spike = max(of_spike, DOUBT_OF_PLAIN)
    if traits.plain_wave:
        of_wave = max(of_wave, DOUBT_OF_PLAIN)
    if context & (OF_CONTRACTION | NOT_AT_REST):
        # What would be a fasciculation at rest is a unit of the contraction.
        posterior[MOTOR_UNIT_POTENTIAL] += (1.0 - doubt) * posterior[FASCICULATION]
    elif context & IN_CROWD:
        posterior[UNCLASSIFIED] += (1.0 - DOUBT_IN_CROWD) * posterior[FASCICULATION]
        posterior[FASCICULATION] *= DOUBT_IN_CROWD
    elif context & (NEAR_MOVEMENT | MAY_BE_SUPERPOSED):
        posterior[FASCICULATION] *= DOUBT
    posterior[FIBRILLATION] *= of_spike
    posterior[POSITIVE_SHARP_WAVE] *= of_wave
    for index in range(FASCICULATION, MYOTONIC_DISCHARGE + 1):
        if not traits.ran or not (
            index == MYOTONIC_DISCHARGE
            or (index == COMPLEX_REPETITIVE_DISCHARGE and evidence.variability < EVEN_RING)
        ):
            posterior[index] *= doubt


cdef double doubt_of(const Evidence* evidence, const Traits* traits) noexcept nogil:
    """Return how probable the context leaves denervation, whatever it looks like; 1 for no doubt.
    """
    cdef int context = evidence.context
    if context & OF_CONTRACTION and not (
        traits.regular and evidence.variability < most_even(evidence)
    ):
        return DOUBT_OF_CONTRACTION
    if context & (OF_CONTRACTION | NOT_AT_REST):
        return DOUBT
    if not traits.rested and (
        (context & LIKE_END_PLATE and not evidence.variability < EVEN) or (
            context & BESIDE_END_PLATE and not is_unhurried(
                evidence, UNHURRIED if evidence.first_phase > 0 else UNHURRIED_OF_NEGATIVE
            )
        )
    ):
        return DOUBT_BESIDE_END_PLATE
    return 1.0


cdef void doubt_by_shape(const Evidence* evidence, double* posterior) noexcept nogil:
    """Doubt denervation that is wider, longer, slower or more alone than any fibre's potential."""
    cdef int index
    if evidence.half_width_ms > WIDEST_FIBRE_MS:
        for index in range(FIBRILLATION, MYOTONIC_DISCHARGE + 1):
            posterior[index] *= DOUBT_OF_WIDTH
    if evidence.half_width_ms < NARROWEST_FIBRE_MS:
        posterior[FIBRILLATION] *= DOUBT_OF_WIDTH
        posterior[POSITIVE_SHARP_WAVE] *= DOUBT_OF_WIDTH
    if evidence.phases > MOST_OF_FIBRE and evidence.duration_ms > BRIEFEST_RING_MS:
        posterior[FIBRILLATION] *= DOUBT
        posterior[POSITIVE_SHARP_WAVE] *= DOUBT
    if evidence.duration_ms > LONGEST_FIBRE_MS or evidence.rise_ms > SLOWEST_FIBRE_MS:
        posterior[FIBRILLATION] *= DOUBT_OF_WIDTH
        posterior[POSITIVE_SHARP_WAVE] *= DOUBT_OF_WIDTH
    if evidence.silent_s > ALONE_S and evidence.intervals < FEWEST_INTERVALS:
        # No fibre or ring of fibres fires once and then rests for so long: it would be a train.
        posterior[FIBRILLATION] *= DOUBT
        posterior[POSITIVE_SHARP_WAVE] *= DOUBT
        posterior[COMPLEX_REPETITIVE_DISCHARGE] *= DOUBT


cdef bint is_doubted_in_crowd(
    const Evidence* evidence, const Traits* traits, int kind
) noexcept nogil:
    """Return whether a fibre is one of many discharges as large, and keeps no rhythm of its own."""
    return (
        evidence.context & IN_CROWD and traits.voluntary and not traits.regular
        and FIBRILLATION <= kind <= POSITIVE_SHARP_WAVE
    )


cdef void doubt_by_crowd(double* posterior) noexcept nogil:
    """Leave a fibre the most probable, but not certain enough for an alert until others are."""
    posterior[FIBRILLATION] *= DOUBT_IRREGULAR_IN_CROWD
    posterior[POSITIVE_SHARP_WAVE] *= DOUBT_IRREGULAR_IN_CROWD


cdef bint is_too_doubtful(
    const Evidence* evidence, const Traits* traits, double probability
) noexcept nogil:
    """Return whether one of a crowd is too doubtful to be named."""
    cdef bint contracts = evidence.context & OF_CONTRACTION
    cdef double least = UNDECIDED_IN_CROWD
    if evidence.context & BESIDE_END_PLATE:
        least = UNDECIDED_BESIDE_END_PLATE
    elif contracts and traits.stands_out:
        least = UNDECIDED_OF_LARGE
    return (
        not (traits.plain_spike or traits.plain_wave) and probability < least
        and (contracts or not traits.unhurried)
    )


cdef bint is_pop(const Evidence* evidence) noexcept nogil:
    """Return whether it begins with its largest phase, at once, and is not one of several."""
    return (
        evidence.rise_ms < QUICKEST_UNIT_MS and evidence.intervals < FEWEST_INTERVALS
        and (evidence.first_phase < 0) == (evidence.positive_share < 0.5)
    )


cdef bint is_ruled_out(const Evidence* evidence, int kind) noexcept nogil:
    """Return whether a kind can not be what it seems, nor is known what it is instead."""
    return (
        (evidence.context & (ON_MAINS | CLOCKED) and kind <= CRAMP_DISCHARGE)
        or (
            kind == FASCICULATION
            and (evidence.context & (SMALL | ACCOMPANIED) or is_pop(evidence))
        )
        or (
            FIBRILLATION <= kind <= POSITIVE_SHARP_WAVE
            and (evidence.intervals < FEWEST_INTERVALS or evidence.context & LIKE_NOISE)
        )
    )


cdef int given_by_context(
    const Evidence* evidence, const Traits* traits, int kind
) noexcept nogil:
    """Return the kind that the context alone gives; -1 where it gives none."""
    cdef int context = evidence.context
    cdef bint device
    if context & IN_VOLLEY:
        device = context & CLOCKED or kind == ARTEFACT or (
            kind != NEUROMYOTONIC_DISCHARGE and evidence.half_width_ms > WIDEST_IN_VOLLEY_MS
        )
        return ARTEFACT if device else NEUROMYOTONIC_DISCHARGE
    if context & IN_CRAMP and not traits.regular and (
        kind == MOTOR_UNIT_POTENTIAL or kind == UNCLASSIFIED or kind == END_PLATE_SPIKE
        or kind == END_PLATE_NOISE
    ):
        return CRAMP_DISCHARGE
    if context & IN_INSERTION:
        return INSERTIONAL_ACTIVITY
    if context & STEPPED and kind <= FASCICULATION and not (
        # Pops of an electrode are of any size.
        traits.regular or traits.all_alike
    ):
        return ARTEFACT
    if context & (ON_MAINS | CLOCKED) and evidence.intervals >= CLOCKED_INTERVALS:
        return ARTEFACT
    return -1
