from myoscope.dsp_core._waveform cimport Waveform

cdef enum:
    TEMPLATE_POINTS = 200
    INTERVALS = 24        # of the newest that rhythm is judged by
    AVERAGED = 16         # potentials that a template averages over

ctypedef struct Train:
    bint used
    long long number
    long long onset_sample          # aligned to the template, as are all times of a train
    long long last_sample
    long long potentials
    long long n_intervals           # ever seen; the ring holds the newest
    int shape_class                 # number of the shape on its channel
    int support_from                # points of the template that are compared
    int support_to
    bint changed                    # since its last row was written
    bint interrupted                # a gap came after the newest potential
    unsigned char kind
    float confidence
    long long alert                 # number of its standing alert; -1 if none
    unsigned char alert_kind        # what it was raised as, when, and on what evidence
    long long alert_raised
    long long alert_potentials
    float alert_rate_hz
    float alert_cv
    float alert_confidence
    int sure                        # judgements in a row that were certain of one kind
    double amplitude_uv             # running means over its potentials
    double duration_ms
    double rate_hz                  # of the rhythm; NaN before there is one
    double interval_cv
    double variability              # mean proportional difference of consecutive intervals
    double shortest                 # interval, in samples
    double rest                     # share of its potentials that came while the muscle rested
    double[INTERVALS] intervals     # in samples
    float[TEMPLATE_POINTS] points
    Waveform shape                  # of the template

ctypedef struct Snippet:
    # A candidate around its peak, as running sums so that any lag can be averaged.
    const double* sums              # sums[i + 1] - sums[i] is the value at row i
    int count                       # rows
    int peak                        # row of the largest deflection
    int before                      # rows of a template before the peak
    int points                      # of a template
    int step                        # rows averaged to a point
    int furthest                    # lag, rows
    double noise_uv                 # of one point
    float amplitude_uv

cdef double power_of(const Train* train) noexcept nogil
cdef bint match(const Train* train, const Snippet* snippet, int* lag, double* misfit) noexcept nogil
cdef void start_train(
    Train* train, const Snippet* snippet, const Waveform* waveform, double samples_per_ms
) noexcept nogil
cdef void learn(
    Train* train, const Snippet* snippet, const Waveform* waveform, int lag, long long sample,
    double samples_per_ms
) noexcept nogil
cdef void count_potential(Train* train, long long sample) noexcept nogil
cdef void update_rhythm(Train* train, double rate_hz) noexcept nogil
cdef bint locked_to(const Train* train, double period_samples) noexcept nogil
