from myoscope.dsp_core._arithmetic cimport Arithmetic
from myoscope.dsp_core._kinds cimport Evidence
from myoscope.dsp_core._templates cimport Template
from myoscope.dsp_core._waveform cimport Waveform

cdef enum:
    INTERVALS = 32        # of the newest that rhythm is judged by
    MOST_TIMES = INTERVALS + 1
    RESTS = 6             # lengths of a rest after each potential, each LONGER_REST times the last

ctypedef struct Rhythm:
    double rate_hz                  # 1 / median interval; NaN before there is one
    double variability              # mean proportional difference of consecutive intervals
    double shortest                 # interval, in samples
    double wander                   # slow change of the interval over that from one to the next
    double grouping                 # pauses over intervals within groups

ctypedef struct Turn:
    # A train's part in a complex that repeats itself.
    bint taken                      # whether its potentials are parts of one
    long long parts                 # potentials that were, of the train as it fires now
    int astray                      # newest potentials in a row that were not
    Rhythm rhythm                   # of the complex
    int phases
    double span                     # samples from its first potential to its last

ctypedef struct Train:
    bint used
    bint seed                       # a shape met once, in a busy time: no train yet
    bint awaited                    # a potential of it is about to be taken in
    bint dormant                    # fell silent; its shape and rhythm are still known
    long long number
    long long onset_sample          # aligned to the template, as are all times of a train
    long long last_sample
    int largest                     # samples from there to the largest deflection
    long long potentials
    long long met                   # potentials of the shape, those of former trains too
    long long n_intervals           # ever seen; the ring holds the newest
    int shape_class                 # number of the shape on its channel
    bint changed                    # since its last row was written
    bint of_volley                  # part of a discharge too fast to be sorted
    bint of_device                  # and that a device makes, as far as is known
    bint of_axon                    # or that was once known to be no device
    bint interrupted                # a gap came after the newest potential
    unsigned char kind
    float confidence
    float certainty         # of what its alert would be about
    long long alert                 # number of its standing alert; -1 if none
    unsigned char alert_kind        # what it was raised as, when, and on what evidence
    long long alert_raised
    long long alert_potentials
    float alert_rate_hz
    float alert_cv
    float alert_confidence
    long long sure                  # newest potentials that were judged certain of one kind
    int unjudged                    # newest potentials that it was not judged with
    long long judged_sample         # newest potential that it was
    double unlike                   # logarithm of what amplitudes differ from their mean by
    double amplitude_uv             # running means over its potentials
    double duration_ms
    double rise_ms
    double rate_hz                  # of the rhythm; NaN before there is one
    double interval_cv
    double variability              # mean proportional difference of consecutive intervals
    double usual_variability        # its running mean over the newest hundred potentials or so
    double shortest                 # interval, in samples
    double longest_s                # interval
    double wander                   # slow change of the interval over that from one to the next
    double grouping                 # pauses over intervals within groups
    double hurried                  # intervals among the last hundreds that no fibre has
    double long_intervals           # the last hundreds of them; older ones fade
    double long_time                # samples that they took
    double[RESTS] within_rest       # of them shorter than a rest
    long long run                   # newest intervals that are short and even
    bint ran                        # whether there ever were many in a row
    Rhythm fastest                  # as it was then
    long long even_from             # potential from which on it was even; 0 while it is not
    bint was_even                   # whether it ever was for long
    Rhythm evenest                  # as it was then
    double motor_unit               # probability by shape and rhythm alone
    double end_plate                # likewise
    Evidence evidence               # of the newest judgement
    unsigned char held_kind         # discharge that it surely was
    int held                        # judgements for it, less those against; none is held at 0
    Evidence telling                # of the newest judgement for it
    long long leader                # train that this one follows at a fixed lag; -1 if none
    double lag                      # to it, in samples
    int hits                        # potentials that kept the lag
    int tries                       # potentials since it was first met
    bint satellite                  # its potentials are parts of the leader's
    int accompanied                 # potentials that came with a larger one's
    long long accompanied_sample    # of the newest of them
    bint stepped                    # its shape is an electrode's step
    Turn turn                       # in a ring of fibres
    double large                    # share of its potentials as large as the largest around
    double rest                     # share of its potentials that came while the muscle rested
    double[INTERVALS] intervals     # in samples
    Template template
    Waveform shape                  # of the template
    double whole_ms                 # duration with the spikes that come some way off
    int whole_phases                # and their phases

cdef void start_train(Train* train) noexcept nogil
cdef void count_potential(
    Train* train, long long sample, long long longest_pause, long long quickest,
    double shortest_rest
) noexcept nogil
cdef void update_rhythm(Train* train, double rate_hz) noexcept nogil
cdef void follow_run(Train* train, double rate_hz) noexcept nogil
cdef bint rests(const Train* train, double shortest_rest) noexcept nogil
cdef Rhythm newest_rhythm(const Train* train) noexcept nogil
cdef Rhythm telling_rhythm(const Train* train) noexcept nogil
cdef bint locked_to(
    const Arithmetic* arithmetic, const Train* train, double period_samples
) noexcept nogil
cdef void meet(
    Train* smaller, const Train* larger, double lag, double tolerance
) noexcept nogil
cdef void try_coupling(Train* train) noexcept nogil
cdef void uncouple(Train* train) noexcept nogil
cdef bint is_clocked(const Train* train) noexcept nogil
cdef int newest_times(const Train* train, double* times) noexcept nogil
cdef void set_times(Train* train, const double* times, int count) noexcept nogil
