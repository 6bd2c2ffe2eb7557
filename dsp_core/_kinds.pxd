cdef enum:
    N_FEATURES = 10
    MAX_HYPOTHESES = 16
    N_KINDS = 14
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

ctypedef struct KindModel:
    int n_hypotheses
    unsigned char[MAX_HYPOTHESES] kind
    double[MAX_HYPOTHESES] log_prior
    double[MAX_HYPOTHESES][N_FEATURES] mean
    double[MAX_HYPOTHESES][N_FEATURES] spread

cdef void load_model(
    KindModel* model, const unsigned char[::1] kinds, const double[::1] priors,
    const double[:, ::1] means, const double[:, ::1] spreads
)

cdef int judge(
    const KindModel* model, const double* features, const unsigned char* known, int n_intervals,
    double* posterior
) noexcept nogil
