from myoscope.dsp_core._arithmetic cimport Arithmetic


cdef enum:
    # Codes of ``Kind``; a test keeps them equal.
    UNCLASSIFIED = 0
    FIBRILLATION = 1
    POSITIVE_SHARP_WAVE = 2
    FASCICULATION = 3
    COMPLEX_REPETITIVE_DISCHARGE = 4
    MYOTONIC_DISCHARGE = 5
    MYOKYMIC_DISCHARGE = 6
    NEUROMYOTONIC_DISCHARGE = 7
    CRAMP_DISCHARGE = 8
    MOTOR_UNIT_POTENTIAL = 9
    END_PLATE_SPIKE = 10
    END_PLATE_NOISE = 11
    INSERTIONAL_ACTIVITY = 12
    ARTEFACT = 13
    N_KINDS = 14

cdef enum:
    # Flags of ``Context``; a test keeps them equal.
    OF_CONTRACTION = 1       # most of its potentials came while motor units fired
    NOT_AT_REST = 2          # motor units fire now
    BESIDE_END_PLATE = 4     # and its own rhythm is irregular or not known yet
    IN_CROWD = 8             # as large potentials are common now
    NEAR_MOVEMENT = 16       # the needle moved, or the muscle contracted, shortly before or after
    MAY_BE_SUPERPOSED = 32   # two other trains could make it together
    ON_MAINS = 64            # its intervals are whole periods of the mains or frames of a phone
    IN_CRAMP = 128           # motor units cramp now
    IN_INSERTION = 256       # began while the needle moved and keeps no rhythm
    BRIEF = 512              # so far it is shorter than any cramp
    SMALL = 1024             # smaller than the smallest fasciculation that is reported
    CLOCKED = 2048           # its intervals are whole numbers of the shortest, as a device's are
    IN_VOLLEY = 4096         # potentials follow each other evenly, too fast to be told apart
    ACCOMPANIED = 8192       # its potentials come with larger ones, as late components do
    STEPPED = 16384          # most of its height is one step, too steep for its width
    STANDS_OUT = 32768       # as large as most of the largest potentials around it
    ALL_ALIKE = 65536        # its potentials are equally large
    LIKE_END_PLATE = 131072  # an end-plate's spikes look like its potentials, and it is irregular
    LIKE_NOISE = 262144      # hardly larger than the noise, as rare as its peaks, and irregular
    AT_WILL = 524288         # as fast and as even as a motor unit that fires at will
    RESTED = 1048576         # a rest comes after each potential, over its last hundreds

cdef enum:
    # An end-plate's spikes follow each other this quickly; a fibre's potentials do not.
    QUICK_MS = 40
    # And those of no fibre this quickly, not even at 30 a second.
    QUICKEST_FIBRE_MS = 25
    # After each of its potentials a fibre rests for so long at least, whatever its rate.
    SHORTEST_REST_MS = 32

cdef enum:
    N_FEATURES = 12
    MAX_HYPOTHESES = 48
    # Features, in the order of the table's columns.
    DURATION = 0      # log2 ms
    HALF_WIDTH = 1    # log2 ms
    POSITIVITY = 2    # positive part of the amplitude, 0 to 1
    FIRST_PHASE = 3   # +1 or -1
    AMPLITUDE = 4     # log10 microvolts
    PHASES = 5
    RISE = 6          # log2 ms
    RATE = 7          # log2 Hz, of the median interval; the features from here on are the rhythm's
    VARIABILITY = 8   # log2 of the proportional difference of consecutive intervals
    SHORTEST = 9      # log2 ms, of the shortest interval
    WANDER = 10       # log2 of the slow change of the interval over that from one to the next
    GROUPING = 11     # log2 of pauses over intervals within groups

cdef enum:
    MOST_INTERVALS = 32   # that a rhythm rests on
    # Bells: one a feature of the shape, one a feature of the rhythm and number of intervals.
    N_BELLS = 7 + 5 * 32

ctypedef struct KindModel:
    const Arithmetic* arithmetic
    int n_hypotheses
    unsigned char[MAX_HYPOTHESES] kind
    double[MAX_HYPOTHESES] log_prior
    double[N_FEATURES][MAX_HYPOTHESES] mean
    double[N_BELLS][MAX_HYPOTHESES] weight       # 1 / variance
    double[N_BELLS][MAX_HYPOTHESES] log_variance

ctypedef struct Evidence:
    # What a train is judged by; the columns of the same names in TRAIN_DTYPE.
    double duration_ms
    double half_width_ms
    double positive_share
    int first_phase
    double amplitude_uv
    int phases
    double rise_ms
    int intervals
    double rate_hz
    double variability
    double shortest_ms
    double wander
    double grouping
    double silent_s
    unsigned int context

# Typed views in this file would be compiled into every kernel that reads it.
cdef int load_model(KindModel* model, tuple table) except -1

cdef int judge(
    const KindModel* model, const Evidence* evidence, double* posterior, double* motor_unit,
    double* end_plate
) noexcept nogil

cdef double finding(const double* posterior, int kind) noexcept nogil

cdef bint same_finding(int kind, int other) noexcept nogil
