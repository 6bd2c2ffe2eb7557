from myoscope.dsp_core._arithmetic cimport Arithmetic
from myoscope.dsp_core._kinds cimport KindModel
from myoscope.dsp_core._ring cimport Ring
from myoscope.dsp_core._signal_path cimport Lane
from myoscope.dsp_core._templates cimport SHARP_POINTS, Geometry, Template
from myoscope.dsp_core._trains cimport Train
from myoscope.dsp_core._volley cimport Volley
from myoscope.dsp_core._waveform cimport Waveform
from myoscope.dsp_core._window cimport Window

cdef enum:
    TRAINS = 24          # shapes a channel is followed in at once
    REMEMBERED = 64      # newest potentials of a channel
    MOST_FOUND = 36      # potentials that come out of one candidate
    PENDING = 8          # candidates on a channel whose waveform is not complete yet
    TAILS = 16           # potentials on a channel whose tail is not there yet
    EXCERPTS = 24        # newest potentials of a train that are compared

# What more than one stage goes by; the numbers and their reasons are in _stream.pyx.
cdef double FURTHEST_MS
cdef double BASELINE_MS
cdef double AMONG_OTHERS
cdef double SLOWEST_PART_MS
cdef int KNOWN_SHAPE
cdef int REMEMBERED_POTENTIALS
cdef int REMEMBERED_FAST
cdef double FAST_HZ
cdef double GROUP_HZ
cdef double SILENT_TO_S
cdef double SINGLE_S
cdef int SINGLE_POTENTIALS
cdef double BUSY_MS
cdef double INSERTION_AFTER_S
cdef double INSERTION_LONGEST_S
cdef double RHYTHM_VARIABILITY
cdef int BURST_INTERVALS
cdef double CRAMP_HZ
cdef double NEIGHBOUR_RECENT_S
cdef double IRREGULAR
cdef double ONE_DISCHARGE_MS
cdef long long NEVER

ctypedef struct Limits:
    float threshold
    float release
    int quiet_rows
    int longest_rows
    int blanking_rows
    double smallest_uv
    double alert_confidence
    int alert_potentials
    double alert_span_rows
    double fasciculation_uv

ctypedef struct Candidate:
    long long start      # row since the last gap
    long long end        # row after the last one that stood out
    long long due        # row at which enough of the signal is there to measure it
    float deflection     # largest, in multiples of the noise

ctypedef struct Found:
    Train* train
    long long sample     # aligned to the template
    long long largest    # of the largest deflection
    bint joint           # found only together with others that it lies under
    Waveform waveform

ctypedef struct Tail:
    # What is still to be learnt of a potential's shape.
    long long train
    long long start      # row since the last gap of the template's first point
    float level          # microvolts that it stands on

ctypedef struct Spike:
    # A peak that was told, and whose shape is to be told.
    bint awaited
    long long start      # row since the last gap at which its stretch began
    long long peak       # row
    long long due        # row at which it is told

ctypedef struct Excerpt:
    long long sample     # aligned to the template
    float[SHARP_POINTS] sharp

ctypedef struct Gallery:
    # The newest potentials of a train that lay alone.
    int count            # ever; the ring holds the newest
    int compared         # of them, when they were last compared
    Excerpt[EXCERPTS] excerpts

ctypedef struct Memory:
    long long sample
    long long train
    float amplitude_uv

ctypedef struct Channel:
    int n_pending
    Candidate[PENDING] pending
    int n_tails
    Tail[TAILS] tails
    Spike spike
    double busy                  # share of the last rows that stood out, as of busy_row
    long long busy_row
    bint in_burst
    long long burst_start        # sample
    long long burst_end          # sample; the newest burst's
    bint burst_sudden            # after a while without one
    Train burst                  # potentials of the newest burst
    long long cramp              # sample at which units last cramped
    Ring ring                    # complex that repeats itself, over all trains
    Volley volley                # as of the newest look
    long long look_due           # row of the next
    long long volley_seen        # sample at which there was one last
    int n_shapes                 # shapes ever met
    long long n_potentials       # ever; the ring holds the newest
    Memory[REMEMBERED] memory
    double recent                # potentials of the last UNREST_S; older ones fade
    double loud_uv               # as large as the largest tenth of the newest potentials
    double orphans               # those among them whose shape was new
    long long counted            # sample at which they were counted
    int places                   # of ``trains`` that were ever taken; the others are free
    Train[TRAINS] trains

ctypedef struct Table:
    # Rows written since they were last taken; grows when it is full, which is rare.
    char* rows
    int count
    int capacity
    int row_size

ctypedef struct Stream:
    # What the stages of the core share.
    int n_channels
    double rate_hz
    double per_ms                # rows
    double corner                # of the high-pass, radians a row
    Limits limits
    Geometry geometry
    const Arithmetic* arithmetic
    const KindModel* model
    int after_rows               # that are awaited after a potential's peak
    int furthest_rows
    int tick_rows                # trains are looked after at its multiples
    int report_rows              # changed trains are written at its multiples
    # How far it has come.
    long long row                # next row, since the last gap
    long long written            # rows in the ring since the last gap
    long long newest             # sample that was processed last
    long long sample             # of the next row, since the start of the stream
    # What the signal path knows.
    const Lane* lanes            # (n_channels,)
    int ring_mask
    const int* widths            # of the bank, in rows
    const float* noise           # (N_LEVELS, n_channels): rms, microvolts
    const double* gain           # (N_WIDTHS, n_channels): 1 / noise
    Channel* channels            # (n_channels,)
    Gallery* galleries           # (n_channels, TRAINS)
    # Scratch: the candidate that is worked on.
    Window window                # it and what lies around it
    Waveform measured            # in the window, when it had changed ``measured_change`` times
    unsigned int measured_change
    float* kept                  # (2 * window rows,): rows, or the window before parts were tried
    Template unknown             # more of a shape that was just met
    Train together               # potentials of several trains that may be one fibre's
    int n_found
    Found[MOST_FOUND] found      # its potentials, in the order of time
    # What was found so far and not taken yet.
    long long n_trains           # ever
    long long n_alerts
    bint out_of_memory
    Table peak_table
    Table spike_table
    Table potential_table
    Table train_table
    Table alert_table

cdef int open_stream(Stream* stream, int window_rows) except -1
cdef void close_stream(Stream* stream) noexcept nogil
cdef int remembered_by(const Train* train) noexcept nogil
cdef Train* known_train(Channel* state, long long number) noexcept nogil
cdef Train* live_train(Channel* state, long long number) noexcept nogil


cdef inline bint is_live(const Train* train) noexcept nogil:
    """Return whether a train fires now."""
    return train.used and not train.seed and not train.dormant
