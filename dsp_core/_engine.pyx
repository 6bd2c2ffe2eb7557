"""The whole core: signal path, potentials, trains, kinds, alerts.

Everything happens at a row of the signal, never at the end of a block, so the same samples give the
same findings however they are cut. The signal path takes a few rows of all channels at once; then
only the channels on which something stands out, or is awaited, are followed row by row. The state
of a channel is one C struct; a block is one call without the GIL.
"""

from cpython.buffer cimport (
    PyBUF_FORMAT, PyBUF_ND, PyBuffer_Release, PyObject_GetBuffer,
)
from libc.math cimport exp, fabs, isnan, sqrt
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free, llabs, realloc
from libc.string cimport memcpy

import numpy as np

from myoscope.dsp_core._arithmetic cimport Arithmetic
from myoscope.dsp_core._bank cimport N_WIDTHS, BankKernel
from myoscope.dsp_core._filter cimport FilterKernel
from myoscope.dsp_core._kinds cimport (
    ACCOMPANIED, BESIDE_END_PLATE, BRIEF, CLOCKED, COMPLEX_REPETITIVE_DISCHARGE, CRAMP_DISCHARGE,
    FASCICULATION, FIBRILLATION, IN_CRAMP, IN_CROWD, IN_INSERTION, IN_VOLLEY,
    INSERTIONAL_ACTIVITY, MAY_BE_SUPERPOSED, MOTOR_UNIT_POTENTIAL, MYOKYMIC_DISCHARGE, N_KINDS,
    NEAR_MOVEMENT, NOT_AT_REST, OF_CONTRACTION, ON_MAINS, POSITIVE_SHARP_WAVE, QUICK_MS,
    QUICKEST_FIBRE_MS, SMALL, STEPPED, UNCLASSIFIED, Evidence, KindModel, judge,
    load_model,
)
from myoscope.dsp_core._ring cimport Ring, follow_ring, ring_rhythm
from myoscope.dsp_core._signal_path cimport Lane, SignalPath
from myoscope.dsp_core._tiles cimport (
    SUB_ROWS, flush_denormals, highest_bit, lowest_bit, restore_denormals,
)
from myoscope.dsp_core._templates cimport (
    Geometry, Place, Template, best_fall, geometry_for, learn_template, place_template,
    largest_of, learn_points, may_lie, resize_template, seen_points, start_template, take_out,
    take_out_wide, unsettled_uv,
)
from myoscope.dsp_core._trains cimport (
    INTERVALS, Rhythm, Train, count_potential, is_clocked, locked_to, meet, start_train,
    telling_rhythm, try_coupling, uncouple, update_rhythm,
)
from myoscope.dsp_core._volley cimport Volley, is_volley, look_for_volley, of_a_device
from myoscope.dsp_core._waveform cimport Waveform, measure, measure_at
from myoscope.dsp_core._window cimport (
    Window, close_window, deflection_at, level_window,
    local_noise_uv, open_window, point_at, refresh_window, settle_window, sharpen_window, sharpest,
)

from myoscope.dsp_core.findings import ALERT_DTYPE, POTENTIAL_DTYPE, TRAIN_DTYPE

cdef enum:
    TRAINS = 24          # shapes a channel is followed in at once
    REMEMBERED = 64      # newest potentials of a channel
    MOST_PARTS = 12      # potentials that one candidate is resolved into
    MOST_JOINT = 3       # of them that are found only together
    MOST_FOUND = 36      # potentials that come out of one candidate
    PENDING = 8          # candidates on a channel whose waveform is not complete yet
    TAILS = 16           # potentials on a channel whose tail is not there yet

# A potential's peak may be taken for another of its deflections: so far is looked for its shape.
cdef double FURTHEST_MS = 1.25
cdef double SMOOTHING_MS = 0.2
cdef double BASELINE_MS = 5.0
# The signal is awaited for so long after a potential's peak.
cdef double AFTER_MS = 7.25
cdef double POINTS_PER_MS = 10.0
# What is left of a candidate is another potential if its spike is larger than so many times the
# noise and than this share of those that were taken out beside it: shapes wander by as much.
cdef double LEFT_NOISE = 4.5
cdef double LEFT_SHARE = 0.35
# And it must stand out by so much more than a potential alone: what was taken out is never exact.
cdef double LEFT_THRESHOLD = 1.15
cdef double BESIDE_MS = 3.0
# Not even between potentials is a channel quiet that has more than so many times its noise.
cdef double AMONG_OTHERS = 2.0
# Spikes without a known shape that lie this near to each other are one waveform.
cdef double ONE_SHAPE_MS = 12.0
# What is left that is wider than this at half its height is the slow end of what was taken out.
cdef double SLOWEST_PART_MS = 5.0
# It may go on for so long after the potential.
cdef double SLOW_END_MS = 40.0
# What a motor unit leaves is more of it: its fibres jitter, and some are missing now and then.
cdef int COMPOUND_PHASES = 4
cdef double COMPOUND_MS = 6.0
cdef double COMPOUND_SHARE = 0.8
# A shape counts as known from so many potentials on; taking it out where it is a part of a
# superposition lets the power fall by more than this share of its own.
cdef int KNOWN_SHAPE = 3
cdef double PART_SHARE = 0.6
# Potentials that a template averages over; fewer where a fast train changes from one to the next.
cdef int REMEMBERED_POTENTIALS = 16
cdef int REMEMBERED_FAST = 5
cdef double FAST_HZ = 15.0
cdef double REFRACTORY_MS = 2.0
# Trains that fire so near to each other may be parts of one discharge, if they keep the lag.
cdef double COUPLED_MS = 25.0
cdef double LAG_TOLERANCE_MS = 0.3
# A smaller part, as a share of the whole, is what an inexact template left of it.
cdef double SMALLEST_PART = 0.25
# The largest part leads, but not by noise alone.
cdef double CHANGE_OF_LEADER = 1.15
# A train leaves a complex that repeats itself after so many potentials that were no part of it.
cdef int ASTRAY = 16
# A train has fallen silent after so many of its intervals, but within these limits.
cdef double SILENT_INTERVALS = 5.0
cdef double SILENT_PAUSES = 2.0    # of the longest of the newest intervals
cdef double SILENT_FROM_S = 3.0
# What is faster and falls silent has ended, unless it is known to fire in groups.
cdef double GROUP_HZ = 4.0
cdef double SILENT_TO_S = 15.0
# A shape is known for so long after its train fell silent.
cdef double FORGOTTEN_S = 60.0
# A potential that is not followed by its like for so long was a single one.
cdef double SINGLE_S = 1.5
cdef int SINGLE_POTENTIALS = 3
# An alert needs so many certain judgements in a row, and stands until the train is for certain
# something else.
cdef int SURE_IN_A_ROW = 2
# The steadiest of motor units seems as steady as a fibre for less than this.
cdef int SURE_IN_CONTRACTION = 16
cdef double CLEARING_CONFIDENCE = 0.8
# What is smaller than so many times the noise, and irregular, may be noise itself: it needs more
# potentials.
cdef double SMALL_NOISE = 8.0
cdef int SMALL_POTENTIALS = 20
# So does a fibrillation or sharp wave that is irregular or one of a crowd, as end-plates have it.
cdef int DOUBTFUL_POTENTIALS = 12
# An end-plate's spikes come in bursts, and between them as slowly as a fibre's potentials: an alert
# for a fibre wants fewer quick intervals than this among the last hundreds.
cdef double MOST_HURRIED = 2.5
# And as noise crosses the threshold now and then, they must be no rarer than this.
cdef double SMALL_HZ = 1.0
# A channel is busy while deflections stand out for more than BUSY_FROM of the last BUSY_MS, until
# less than BUSY_TO: the needle moves, or many motor units fire.
cdef double BUSY_MS = 30.0
cdef double BUSY_FROM = 0.65
cdef double BUSY_TO = 0.15
# A volley, which leaves no baseline, is looked for from here on: no spike alone lasts as long.
cdef double BUSY_LOOK = 0.4
# A busy channel is looked at so often for potentials that follow each other too fast to be sorted,
# so long a stretch each time; they go on until none were seen for a little longer.
cdef double LOOK_EVERY_MS = 10.0
cdef double LOOK_MS = 40.0
cdef double VOLLEY_ENDS_MS = 25.0
# Two potentials of a volley are no nearer to each other than this share of its period.
cdef double VOLLEY_NEAREST = 0.6
cdef double INSERTION_AFTER_S = 0.3   # normal insertional activity ends within it
cdef double INSERTION_LONGEST_S = 3.0  # a longer busy time is no needle movement
# A train of so many intervals, and less variable than insertional activity, keeps a rhythm.
cdef int RHYTHM_INTERVALS = 6
cdef double RHYTHM_VARIABILITY = 0.4
# But in a busy time potentials are so dense that some come evenly by chance.
cdef int BURST_INTERVALS = 16
cdef double BURST_VARIABILITY = 0.3
# Nobody fires a motor unit faster at will for more than a doublet. A cramp goes on while the
# channel is busy, or for so long after the last unit that could be told apart. Where so many units
# fire that there is never less noise than this, it goes on, too, and a unit tells of it from this
# probability on.
cdef double CRAMP_HZ = 28.0
cdef double NEVER_QUIET_UV = 50.0
cdef double CRAMP_CONFIDENCE = 0.6
cdef double CRAMP_LEAST_S = 0.8
cdef int CRAMP_INTERVALS = 24     # of a train that raises the alert
# Who contracts now and then fires in groups, too: so many intervals show that the groups go on.
cdef int GROUPED_INTERVALS = 24
cdef double CRAMP_RECENT_S = 1.5
# The crests of hum change by less than this share from one period to the next.
cdef double HUM_CHANGE = 0.6
# Another train tells where the needle is once it is so certain, and for so long after it fired.
cdef double NEIGHBOUR_CONFIDENCE = 0.9
cdef int NEIGHBOUR_POTENTIALS = 5
# The muscle rests while it is as probable as this that none of the trains is a motor unit; what is
# less probable for a train is none.
cdef double REST_CONFIDENCE = 0.15
cdef double LEAST_SUSPICION = 0.05
# Motor units that fire at will are faster than this, and keep a rhythm even where some are missed.
cdef double SLOWEST_VOLUNTARY_HZ = 3.0
cdef double VOLUNTARY_VARIABILITY = 0.9
# An end-plate's spikes follow each other this quickly; its noise has many shapes.
cdef int END_PLATE_SHAPES = 3
cdef double NEIGHBOUR_RECENT_S = 1.5
# In the end-plate zone only what is more regular than this counts as denervation undiminished.
cdef double IRREGULAR = 0.15
# A contraction shows ever new shapes, for its units overlap: the muscle does not rest while more
# than so many potentials of the last UNREST_S, and more than this share of them, had a new shape.
cdef double UNREST_S = 2.0
cdef double UNREST_ORPHANS = 8.0
cdef double UNREST_SHARE = 0.2
# With a needle in it a muscle at rest shows some 10 microvolts rms at most; where there is never
# less than this, motor units fire all the time.
cdef double LOUDEST_REST_UV = 15.0
# A train most of whose potentials came during a contraction is part of it.
cdef double REST_SHARE = 0.7
# Fasciculations are rare: no finding where more than so many discharges of at least half the
# amplitude came in the last UNREST_S. The parts of one come within ONE_DISCHARGE_MS.
cdef int CROWD = 8
cdef double ONE_DISCHARGE_MS = 20.0
# Late components of a motor unit are no units by themselves: so often they come with one that is
# so many times as large.
cdef double ACCOMPANIED_SHARE = 0.8
cdef double ACCOMPANIED_RATIO = 2.0
# An electrode's step makes this share of its height so soon, and is wider at half of it than the
# narrowest potentials, which are as steep.
cdef double STEP_MS = 0.2
cdef double STEP_SHARE = 0.65
cdef double NARROWEST_STEP_MS = 0.6
# No fasciculation is named so near to a movement of the needle or a contraction.
cdef double SETTLED_S = 3.0
# A busy time that is shorter than this, as far as it is told, is one long discharge.
cdef double BRIEFEST_BURST_MS = 160.0

# Of a busy time before there was one.
cdef long long NEVER = -(1 << 60)
# Row from which a channel must be followed on which nothing is awaited.
cdef long long NOT_AWAITED = 1 << 60

cdef packed struct PotentialRow:
    long long sample
    long long train
    int channel
    int shape
    float amplitude_uv
    float duration_ms
    float rise_ms
    float confidence
    unsigned char kind
    unsigned char phases
    signed char first_phase

cdef packed struct TrainRow:
    long long train
    long long onset_sample
    long long offset_sample
    long long potentials
    int channel
    float rate_hz
    float interval_cv
    float amplitude_uv
    float confidence
    unsigned char kind
    unsigned char closed
    float duration_ms
    float half_width_ms
    float rise_ms
    float positive_share
    unsigned char phases
    signed char first_phase
    unsigned char parts
    unsigned char intervals
    float interval_variability
    float shortest_ms
    float wander
    float grouping
    float silent_s
    float rest_share
    unsigned short context

cdef packed struct AlertRow:
    long long alert
    long long train
    long long raised_sample
    long long cleared_sample
    long long first_potential_sample
    long long potentials
    int channel
    float rate_hz
    float interval_cv
    float confidence
    unsigned char kind

ctypedef struct Table:
    # Rows written since they were last taken; grows when it is full, which is rare.
    char* rows
    int count
    int capacity
    int row_size

ctypedef struct Candidate:
    long long start      # row since the last gap
    long long end        # row after the last one that stood out
    long long due        # row at which enough of the signal is there to measure it
    float deflection     # largest, in multiples of the noise

ctypedef struct Found:
    Train* train
    long long sample     # aligned to the template
    long long largest    # of the largest deflection
    Waveform waveform

ctypedef struct Tail:
    # What is still to be learnt of a potential's shape.
    long long train
    long long start      # row since the last gap of the template's first point
    float level          # microvolts that it stands on

ctypedef struct Memory:
    long long sample
    long long train
    float amplitude_uv

ctypedef struct Stretch:
    # Of rows that are above the release level, but for short gaps; one on each channel.
    bint active
    float deflection             # largest that was looked at; a potential's is
    long long start              # row since the last gap
    long long last_high          # newest row above the release level
    long long blank_until        # row before which nothing is detected

ctypedef struct Channel:
    int n_pending
    Candidate[PENDING] pending
    int n_tails
    Tail[TAILS] tails
    double busy                  # share of the last rows that stood out, as of busy_row
    long long busy_row
    bint in_burst
    long long burst_start        # sample
    long long burst_end          # sample; the newest burst's
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
    double orphans               # those among them whose shape was new
    long long counted            # sample at which they were counted
    int places                   # of ``trains`` that were ever taken; the others are free
    Train[TRAINS] trains

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


cdef class Engine:
    """The core of one stream; belongs to one thread.

    Parameters
    ----------
    n_channels, rate_hz
        Of the stream.
    settings : dict
        As ``DetectorSettings.to_dict`` gives it.
    filter_kernel, bank_kernel
        Made for the same stream.
    model : tuple of arrays
        As ``kind_table`` gives it.
    """

    cdef readonly int n_channels
    cdef readonly double rate_hz
    cdef readonly FilterKernel filter_kernel
    cdef readonly BankKernel bank_kernel
    cdef KindModel model
    cdef Limits limits
    cdef double per_ms               # samples
    cdef SignalPath path
    cdef int ring_mask               # of the path
    cdef const Lane* lanes           # of the path, (n_channels,)
    cdef Stretch* stretches          # (n_channels,)
    cdef Channel* channels
    cdef long long* awaited          # (n_channels,): row from which it must be followed
    cdef int* followed               # scratch: channels to follow through the newest rows
    cdef int* turns                  # scratch: index, among these, of the next that matters to each
    cdef long long blanked_until     # latest blank_until of a channel
    cdef const Arithmetic* arithmetic    # the window's
    cdef Window window               # scratch: a candidate and what lies around it
    cdef float* looked_at            # scratch: points in which a volley is looked for
    cdef Waveform measured           # in the window, when it had changed ``measured_change`` times
    cdef unsigned int measured_change
    cdef float* kept                 # scratch: both signals of the window before parts were tried
    cdef int n_found
    cdef Found[MOST_FOUND] found     # scratch: potentials of a candidate, in the order of time
    cdef Template unknown            # scratch: more of a shape that was just met
    cdef Geometry geometry
    cdef int after_rows
    cdef int tail_rows               # from a template's first point to the end of its tail
    cdef int furthest_rows
    cdef double busy_decay
    cdef double[20] busy_kept        # (1 - busy_decay) to the power of 1, 2, 4, ... rows
    cdef int tick_rows               # trains are looked after at its multiples
    cdef int report_rows             # changed trains are written at its multiples
    cdef long long row               # next row, since the last gap
    cdef long long written           # rows in the ring since the last gap
    cdef long long newest            # sample that was processed last
    cdef readonly long long sample   # of the next row, since the start of the stream
    cdef long long n_trains
    cdef long long n_alerts
    cdef bint out_of_memory
    cdef Table potential_table
    cdef Table train_table
    cdef Table alert_table

    def __cinit__(
        self, int n_channels, double rate_hz, dict settings, FilterKernel filter_kernel not None,
        BankKernel bank_kernel not None, tuple model
    ):
        cdef int index
        cdef int window_rows
        kinds, priors, means, spreads = model
        self.n_channels = n_channels
        self.rate_hz = rate_hz
        self.per_ms = rate_hz / 1000.0
        self.filter_kernel = filter_kernel
        self.bank_kernel = bank_kernel
        load_model(&self.model, kinds, priors, means, spreads)
        self.limits.threshold = settings["threshold"]
        self.limits.release = settings["release"]
        self.limits.quiet_rows = max(1, <int> (settings["quiet_ms"] * self.per_ms))
        self.limits.longest_rows = <int> (settings["longest_ms"] * self.per_ms)
        self.limits.blanking_rows = <int> (settings["blanking_ms"] * self.per_ms)
        self.limits.smallest_uv = settings["smallest_amplitude_uv"]
        self.limits.alert_confidence = settings["alert_confidence"]
        self.limits.alert_potentials = settings["alert_potentials"]
        self.limits.alert_span_rows = settings["alert_span_s"] * rate_hz
        self.limits.fasciculation_uv = settings["fasciculation_amplitude_uv"]

        self.geometry = geometry_for(max(1, <int> (self.per_ms / POINTS_PER_MS)), self.per_ms)
        self.after_rows = <int> (AFTER_MS * self.per_ms)
        self.tail_rows = self.geometry.wide * self.geometry.step
        self.furthest_rows = max(1, <int> (FURTHEST_MS * self.per_ms))
        self.busy_decay = 1.0 / (BUSY_MS * self.per_ms)
        self.busy_kept[0] = 1.0 - self.busy_decay
        for index in range(1, 20):
            self.busy_kept[index] = self.busy_kept[index - 1] * self.busy_kept[index - 1]
        self.tick_rows = max(1, <int> (100 * self.per_ms))
        self.report_rows = 10 * self.tick_rows

        # Room for the longest candidate, twice, with what lies around it.
        window_rows = 2 * self.limits.longest_rows + <int> (30 * self.per_ms)
        self.path = SignalPath(
            filter_kernel, bank_kernel, window_rows + bank_kernel.warm_up,
            settings["release"],
        )
        self.ring_mask = self.path.ring_mask
        self.lanes = self.path.lanes
        self.awaited = <long long*> calloc(n_channels, sizeof(long long))
        self.followed = <int*> calloc(n_channels, sizeof(int))
        self.turns = <int*> calloc(n_channels, sizeof(int))
        self.stretches = <Stretch*> calloc(n_channels, sizeof(Stretch))
        self.channels = <Channel*> calloc(n_channels, sizeof(Channel))
        open_window(
            &self.window, window_rows, self.geometry.step,
            max(1, <int> (SMOOTHING_MS * self.per_ms)) | 1, self.per_ms,
        )
        self.arithmetic = self.window.arithmetic
        self.kept = <float*> calloc(2 * window_rows, sizeof(float))
        self.looked_at = <float*> calloc(
            max(1, <int> (LOOK_MS * self.geometry.per_ms)), sizeof(float)
        )
        if (
            self.awaited == NULL or self.followed == NULL or self.turns == NULL
            or self.stretches == NULL or self.channels == NULL or self.kept == NULL
            or self.looked_at == NULL
        ):
            raise MemoryError()
        for index in range(n_channels):
            self.awaited[index] = NOT_AWAITED
            self.channels[index].burst_start = NEVER
            self.channels[index].burst_end = NEVER
            self.channels[index].cramp = NEVER
            self.channels[index].volley_seen = NEVER
        make_table(&self.potential_table, sizeof(PotentialRow))
        make_table(&self.train_table, sizeof(TrainRow))
        make_table(&self.alert_table, sizeof(AlertRow))

    def __dealloc__(self):
        free(self.awaited)
        free(self.followed)
        free(self.turns)
        free(self.stretches)
        free(self.channels)
        free(self.kept)
        free(self.looked_at)
        close_window(&self.window)
        free(self.potential_table.rows)
        free(self.train_table.rows)
        free(self.alert_table.rows)

    def process(self, samples, long long lost_before):
        """Run over the rows of a block; what was found waits in the tables.

        Returns
        -------
        bool
            Whether anything was found.

        Raises
        ------
        TypeError, BufferError
            If the block is no C-contiguous float32 array with the engine's channels.
        """
        cdef Py_buffer block
        # A typed view would cost more than a block of one channel takes.
        PyObject_GetBuffer(samples, &block, PyBUF_ND | PyBUF_FORMAT)
        try:
            if block.ndim != 2 or block.shape[1] != self.n_channels or block.format != b"f":
                raise TypeError(f"wanted float32 rows of {self.n_channels} channels")
            with nogil:
                self.run(<const float*> block.buf, block.shape[0], lost_before)
        finally:
            PyBuffer_Release(&block)
        if self.out_of_memory:
            raise MemoryError("no memory for more findings")
        return (
            self.potential_table.count > 0 or self.train_table.count > 0
            or self.alert_table.count > 0
        )

    cdef void run(
        self, const float* samples, Py_ssize_t count, long long lost_before
    ) noexcept nogil:
        """Take lost samples, then rows: ``samples`` IN (count, n_channels) microvolts."""
        cdef Py_ssize_t taken = 0
        cdef uint64_t mode = flush_denormals()
        if lost_before > 0:
            self.skip_gap(lost_before)
        while taken < count:
            taken += self.process_rows(samples + taken * self.n_channels, count - taken)
        restore_denormals(mode)

    def finish(self):
        """Complete what the end of the stream leaves open."""
        cdef int channel
        cdef int index
        with nogil:
            for channel in range(self.n_channels):
                self.end_candidates(channel)
                if self.channels[channel].burst.used:
                    self.close_train(channel, &self.channels[channel].burst, False)
                for index in range(self.channels[channel].places):
                    if is_live(&self.channels[channel].trains[index]):
                        self.close_train(channel, &self.channels[channel].trains[index], False)
        if self.out_of_memory:
            raise MemoryError("no memory for more findings")

    def take(self):
        """Return (potentials, trains, alerts) found since the last call; None where none."""
        return (
            take_table(&self.potential_table, POTENTIAL_DTYPE),
            take_table(&self.train_table, TRAIN_DTYPE),
            take_table(&self.alert_table, ALERT_DTYPE),
        )

    cdef void skip_gap(self, long long lost) noexcept nogil:
        """Start the signal path anew after lost samples; trains go on."""
        cdef int channel
        cdef int index
        cdef Channel* state
        self.path.reset_state()
        self.blanked_until = self.limits.blanking_rows
        for channel in range(self.n_channels):
            state = &self.channels[channel]
            state.n_pending = 0
            state.n_tails = 0
            state.busy = 0.0
            state.busy_row = 0
            state.volley.steady = 0
            state.look_due = 0
            state.ring.n = 0
            state.ring.period = 0.0
            self.stretches[channel].active = False
            self.stretches[channel].blank_until = self.limits.blanking_rows
            self.awaited[channel] = NOT_AWAITED
            if state.in_burst:
                state.in_burst = False
                state.burst_end = self.sample
            for index in range(state.places):
                state.trains[index].interrupted = True
        self.row = 0
        self.written = 0
        self.sample += lost

    cdef int process_rows(self, const float* samples, Py_ssize_t count) noexcept nogil:
        """Run over the next rows, at most ``count``; return how many."""
        cdef int n_followed
        cdef int place
        cdef bint whole = self.bank_kernel.whole()
        cdef int rows = <int> min(
            <long long> count, self.tick_rows - self.sample % self.tick_rows
        )
        rows = self.path.take_rows(samples, rows, self.sample)
        n_followed = self.choose_channels(rows)
        if n_followed:
            self.follow_channels(n_followed, rows, whole)
        self.row += rows
        self.sample += rows
        self.written = self.row
        self.newest = self.sample - 1
        for place in range(n_followed):
            self.await_channel(self.followed[place])
        self.bank_kernel.end_rows(rows)
        if self.sample % self.tick_rows == 0:
            for place in range(self.n_channels):
                self.look_after_trains(place)
        return rows

    cdef void follow_channels(self, int n_followed, int rows, bint whole) noexcept nogil:
        """Take the newest rows of the channels that were chosen, in the order of time."""
        cdef int place
        cdef int index = 0
        cdef long long first = self.row
        cdef long long first_sample = self.sample
        for place in range(n_followed):
            self.turns[place] = self.next_turn(self.followed[place], 0, first, whole)
        while index < rows:
            self.row = first + index
            self.sample = first_sample + index
            self.written = self.row + 1
            self.newest = self.sample
            for place in range(n_followed):
                if self.turns[place] == index:
                    self.follow_row(self.followed[place], index, whole)
                    self.turns[place] = self.next_turn(
                        self.followed[place], index + 1, first, whole
                    )
            index = rows
            for place in range(n_followed):
                index = min(index, self.turns[place])
        self.row = first
        self.sample = first_sample

    cdef int choose_channels(self, int rows) noexcept nogil:
        """Note the channels that must be followed through the newest rows; return how many.

        On the others nothing stands out, though in noise too rows come above the release level.
        """
        cdef int channel
        cdef int count = 0
        cdef long long end = self.row + rows
        cdef const float* peaks = self.path.peaks
        cdef const uint32_t* high = self.path.high
        for channel in range(self.n_channels):
            if (
                peaks[channel] > self.limits.threshold or self.awaited[channel] < end
                or self.path.missing[channel]
            ):
                self.followed[count] = channel
                count += 1
            elif high[channel] or self.stretches[channel].active:
                self.skim(channel, high[channel], rows)
        if self.row < self.blanked_until:
            for channel in range(self.n_channels):
                if self.row < self.stretches[channel].blank_until:
                    self.bank_kernel.spoilt[channel] = True
        return count

    cdef void skim(self, int channel, uint32_t high, int rows) noexcept nogil:
        """Start, extend and end stretches as ``follow`` does, where none of them is a potential.

        ``high`` IN bit i is set where the i-th of the newest rows is above the release level.
        """
        cdef Stretch* stretch = &self.stretches[channel]
        cdef long long first = self.row - self.bank_kernel.delay
        cdef long long centre
        cdef int oldest = lowest_bit(high) if high else 0
        cdef int newest = highest_bit(high) if high else 0
        if (
            high and newest - oldest <= self.limits.quiet_rows
            and first + oldest >= stretch.blank_until
        ):
            # All in one stretch, unless it becomes too long.
            if not stretch.active or first + oldest > stretch.last_high + self.limits.quiet_rows:
                stretch.active = True
                stretch.start = first + oldest
                stretch.deflection = 0.0
            if first + newest < stretch.start + self.limits.longest_rows:
                stretch.last_high = first + newest
                high = 0
        while high:
            centre = first + lowest_bit(high)
            high &= high - 1
            if stretch.active and (
                centre > stretch.last_high + self.limits.quiet_rows
                or centre > stretch.start + self.limits.longest_rows
            ):
                stretch.active = False
            if stretch.active:
                stretch.last_high = centre
                stretch.active = centre < stretch.start + self.limits.longest_rows
            elif centre >= stretch.blank_until:
                stretch.active = True
                stretch.start = centre
                stretch.last_high = centre
                stretch.deflection = 0.0
        centre = first + rows - 1
        if (
            centre >= stretch.last_high + self.limits.quiet_rows
            or centre >= stretch.start + self.limits.longest_rows
        ):
            stretch.active = False

    cdef void await_channel(self, int channel) noexcept nogil:
        """Note from which row on a channel must be followed even where nothing stands out."""
        cdef const Channel* state = &self.channels[channel]
        cdef const Stretch* stretch = &self.stretches[channel]
        if state.in_burst or (stretch.active and stretch.deflection > self.limits.threshold):
            self.awaited[channel] = self.row
        else:
            self.awaited[channel] = NOT_AWAITED
            if state.n_pending:
                self.awaited[channel] = state.pending[0].due
            if state.n_tails:
                self.awaited[channel] = min(
                    self.awaited[channel], state.tails[0].start + self.tail_rows
                )

    cdef int next_turn(
        self, int channel, int index, long long first, bint whole
    ) noexcept nogil:
        """Return the first of the newest rows, from ``index`` on, that ``follow_row`` must see.

        ``first`` IN row at index 0. Rows that only prolong a stretch are taken here.
        """
        cdef Channel* state = &self.channels[channel]
        cdef Stretch* stretch = &self.stretches[channel]
        cdef const Lane* lane = &self.lanes[channel]
        cdef long long shift = self.bank_kernel.delay - first   # from a centre to its index
        cdef uint32_t bits
        cdef int seen = index
        cdef int due = SUB_ROWS     # index at which something else happens
        cdef int longest = SUB_ROWS
        cdef int end = SUB_ROWS     # index at which the stretch ends if nothing more stands out
        cdef int newest = -1
        cdef float deflection
        cdef float largest = stretch.deflection
        cdef float threshold = self.limits.threshold
        cdef int quiet_rows = self.limits.quiet_rows
        cdef double busy = state.busy
        cdef long long busy_row = state.busy_row
        if index >= SUB_ROWS or whole and state.in_burst:
            return index
        bits = self.path.missing[channel] >> index
        if bits:
            due = index + lowest_bit(bits)
        if not whole:
            return due
        if state.n_pending:
            due = <int> min(<long long> due, state.pending[0].due - first)
        if state.n_tails:
            due = <int> min(<long long> due, state.tails[0].start + self.tail_rows - first)
        if stretch.active:
            longest = <int> min(
                <long long> longest, stretch.start + self.limits.longest_rows + shift
            )
            end = <int> min(
                <long long> longest, stretch.last_high + self.limits.quiet_rows + shift
            )
        bits = self.path.high[channel] >> index
        while bits:
            index += lowest_bit(bits)
            bits = bits >> lowest_bit(bits) >> 1
            if index >= due or index >= end:
                break
            deflection = lane.deflections[index * lane.stride]
            if deflection > threshold:
                if busy + self.busy_decay > (
                    BUSY_FROM if state.look_due > first + index else BUSY_LOOK
                ):
                    due = index
                    break
                busy = self.faded_busy(busy, first + index - busy_row) + self.busy_decay
                busy_row = first + index
            if stretch.active:
                newest = index
                largest = max(largest, deflection)
            elif index - shift >= stretch.blank_until:
                stretch.active = True
                stretch.start = index - shift
                longest = min(longest, index + self.limits.longest_rows)
                newest = index
                largest = deflection
            if stretch.active:
                end = min(longest, newest + quiet_rows)
            index += 1
        if newest >= 0:
            stretch.last_high = newest - shift
            stretch.deflection = largest
        state.busy = busy
        state.busy_row = busy_row
        return max(seen, min(due, end))

    cdef void follow_row(self, int channel, int index, bint whole) noexcept nogil:
        """Take one row of a channel; ``index`` IN of it among the newest rows."""
        cdef Channel* state = &self.channels[channel]
        cdef float deflection
        if self.path.missing[channel] >> index & 1:
            self.blank(channel)
        if not whole:
            return
        deflection = self.lanes[channel].deflections[index * self.lanes[channel].stride]
        if state.in_burst or deflection > self.limits.threshold:
            self.update_busy(state, self.row, deflection > self.limits.threshold)
            if state.busy > BUSY_LOOK and state.look_due <= self.row:
                self.look(channel)
        if self.stretches[channel].active or deflection > self.limits.release:
            self.follow(channel, self.row - self.bank_kernel.delay, deflection)
        if state.n_pending and state.pending[0].due <= self.row:
            self.measure_candidate(channel)
        if state.n_tails and state.tails[0].start + self.tail_rows <= self.row:
            self.learn_tail(channel)
        if state.in_burst or state.busy > BUSY_FROM:
            self.follow_burst(channel)

    cdef void update_busy(self, Channel* state, long long row, bint stands_out) noexcept nogil:
        """Bring the share of rows that stood out up to a row."""
        state.busy = (
            self.faded_busy(state.busy, row - state.busy_row) + self.busy_decay * stands_out
        )
        state.busy_row = row

    cdef inline double faded_busy(self, double busy, long long rows) noexcept nogil:
        """Return what is left of the share of rows that stood out after so many that did not."""
        cdef int bit = 0
        if rows == 1:
            return busy * self.busy_kept[0]
        while rows and bit < 20:
            if rows & 1:
                busy *= self.busy_kept[bit]
            rows >>= 1
            bit += 1
        return 0.0 if rows else busy

    cdef void blank(self, int channel) noexcept nogil:
        """Detect nothing on a channel for a while: its value was no number."""
        cdef Stretch* stretch = &self.stretches[channel]
        stretch.active = False
        stretch.blank_until = self.row + self.limits.blanking_rows
        self.blanked_until = max(self.blanked_until, stretch.blank_until)
        self.bank_kernel.spoilt[channel] = True
        self.channels[channel].n_pending = 0
        self.channels[channel].n_tails = 0

    cdef void follow(self, int channel, long long centre, float deflection) noexcept nogil:
        """Start, extend or end the stretch of rows that stands out on a channel."""
        cdef Stretch* stretch = &self.stretches[channel]
        if not stretch.active:
            if centre < stretch.blank_until:
                return
            stretch.active = True
            stretch.start = centre
            stretch.last_high = centre
            stretch.deflection = deflection
            return
        if deflection > self.limits.release:
            stretch.last_high = centre
            stretch.deflection = max(stretch.deflection, deflection)
        if (
            centre - stretch.last_high >= self.limits.quiet_rows
            or centre - stretch.start >= self.limits.longest_rows
        ):
            stretch.active = False
            if stretch.deflection > self.limits.threshold:
                self.add_candidate(
                    channel, stretch.start, stretch.last_high + 1, stretch.deflection
                )

    cdef void add_candidate(
        self, int channel, long long start, long long end, float deflection
    ) noexcept nogil:
        """Queue a candidate until the signal around its peak is there."""
        cdef Channel* state = &self.channels[channel]
        cdef Candidate* candidate
        cdef long long peak
        if state.n_pending == PENDING:
            self.measure_candidate(channel)
        self.copy_rows(channel, start, <int> (end - start), self.kept)
        peak = start + self.arithmetic.index_of_largest(self.kept, <int> (end - start))
        candidate = &state.pending[state.n_pending]
        candidate.start = start
        candidate.end = end
        candidate.deflection = deflection
        candidate.due = max(
            end + <long long> (2.0 * self.per_ms), peak + self.after_rows
        )
        state.n_pending += 1

    cdef void end_candidates(self, int channel) noexcept nogil:
        """Measure what there is of the candidates on a channel, at the end of the stream."""
        cdef Channel* state = &self.channels[channel]
        cdef Stretch* stretch = &self.stretches[channel]
        if stretch.active and stretch.deflection > self.limits.threshold:
            self.add_candidate(channel, stretch.start, stretch.last_high + 1, stretch.deflection)
        stretch.active = False
        while state.n_pending:
            self.measure_candidate(channel)

    cdef void drop_candidate(self, Channel* state) noexcept nogil:
        cdef int index
        state.n_pending -= 1
        for index in range(state.n_pending):
            state.pending[index] = state.pending[index + 1]

    cdef void measure_candidate(self, int channel) noexcept nogil:
        """Hand on the potentials in the oldest candidate of a channel."""
        cdef Channel* state = &self.channels[channel]
        cdef Candidate candidate = state.pending[0]
        cdef int margin = <int> ((BASELINE_MS + FURTHEST_MS) * self.per_ms)
        cdef int half = self.window.smoothing // 2
        cdef long long first = max(<long long> 0, candidate.start - margin)
        cdef long long last = min(
            self.written, max(candidate.due, candidate.end + self.after_rows)
        )
        cdef int low
        cdef int high
        cdef Waveform waveform
        first = max(first, self.written - self.window.room)
        self.load_window(channel, first, <int> (last - first), <int> (candidate.start - first))
        low = <int> max(<long long> 0, candidate.start - first - half)
        high = <int> min(<long long> self.window.count, candidate.end - first + half)
        if high <= low:
            self.drop_candidate(state)
            return
        self.measure_window(channel, low, high, &waveform)
        self.drop_candidate(state)
        if self.in_volley(state):
            self.take_volley(channel, self.sample - self.row + first, low, high)
            return
        if (
            waveform.amplitude_uv < self.limits.smallest_uv
            or waveform.amplitude_uv < 3.0 * self.bank_kernel.noise[channel]
            or self.is_slow_end(state, self.sample - self.row + first, &waveform)
            or self.is_hum(channel, first, &waveform)
            or (state.n_tails > 0 and not self.stands_out(channel, low, high))
        ):
            return
        self.resolve(channel, self.sample - self.row + first, low, high, waveform.peak)
        self.hand_on(channel)

    cdef void measure_window(
        self, int channel, int low, int high, Waveform* out
    ) noexcept nogil:
        """Measure the waveform around the largest deflection of the window between two rows."""
        cdef int peak
        settle_window(&self.window)
        peak = low + self.arithmetic.index_of_largest(self.window.smooth + low, high - low)
        if self.measured_change != self.window.changes or self.measured.peak != peak:
            measure_at(
                self.arithmetic, self.window.smooth, self.window.count, peak, self.per_ms,
                self.smooth_noise_uv(channel), &self.measured,
            )
            self.measured_change = self.window.changes
        out[0] = self.measured

    cdef void measure_spike(self, int channel, int peak, Waveform* out) noexcept nogil:
        """Measure the waveform whose largest deflection lies near row ``peak`` of the window."""
        self.measure_window(
            channel, max(0, peak - self.furthest_rows),
            min(self.window.count, peak + self.furthest_rows), out,
        )

    cdef double smooth_noise_uv(self, int channel) noexcept nogil:
        """Return the noise of the smoothed signal: that of the bank's narrowest width."""
        # The deflection of white noise is sqrt(1.5) times the mean over its middle.
        return self.bank_kernel.noise[self.n_channels + channel] / 1.2247448713915890

    cdef double point_noise_uv(self, int channel) noexcept nogil:
        """Return the noise of a point of the sharpened signal."""
        return min(
            <double> self.bank_kernel.noise[channel],
            self.smooth_noise_uv(channel)
            * sqrt(<double> self.bank_kernel.widths[0] / self.geometry.step),
        )

    cdef double noise_around_uv(self, int channel) noexcept nogil:
        """Return the noise of a point of the window: among motor units, they are the noise."""
        cdef double noise_uv = self.point_noise_uv(channel)
        cdef double local_uv = local_noise_uv(&self.window)
        return local_uv if local_uv > AMONG_OTHERS * noise_uv else noise_uv

    cdef void copy_rows(
        self, int channel, long long first, int count, float* values
    ) noexcept nogil:
        """Fetch ``count`` rows from row ``first`` on."""
        cdef const Lane* lane = &self.lanes[channel]
        cdef int place = <int> (first & self.ring_mask)
        cdef int before = min(count, self.ring_mask + 1 - place)
        self.arithmetic.gather(lane.signal + place * lane.stride, lane.stride, before, values)
        self.arithmetic.gather(lane.signal, lane.stride, count - before, values + before)

    cdef void load_window(self, int channel, long long first, int count, int start) noexcept nogil:
        """Fetch ``count`` rows from row ``first`` on, less the level just before row ``start``."""
        self.window.count = count
        self.copy_rows(channel, first, count, self.window.wide)
        self.take_out_tails(channel, first)
        level_window(
            &self.window, max(0, start - <int> (BASELINE_MS * self.per_ms)),
            max(1, start - <int> (0.4 * self.per_ms)),
        )
        sharpen_window(&self.window)
        refresh_window(&self.window)

    cdef void take_out_tails(self, int channel, long long first) noexcept nogil:
        """Take what was found before, and goes on, out of a window that begins at row ``first``."""
        cdef Channel* state = &self.channels[channel]
        cdef int index
        cdef Train* train
        for index in range(state.n_tails):
            train = live_train(state, state.tails[index].train)
            if train != NULL and train.template.count >= REMEMBERED_FAST:
                take_out_wide(
                    &train.template, &self.geometry, &self.window,
                    <int> (state.tails[index].start - first),
                )

    cdef void resolve(
        self, int channel, long long origin, int low, int high, int widest
    ) noexcept nogil:
        """Hand on the potentials between rows ``low`` and ``high`` of the window, one by one.

        A potential of a known shape is taken out of the window; what then still stands out is the
        next. Where the largest spike has no known shape, it may be several known ones that lie on
        top of each other.

        ``origin`` IN sample of row 0; ``widest`` IN row of the largest deflection.
        """
        cdef Channel* state = &self.channels[channel]
        cdef double noise_uv = self.noise_around_uv(channel)
        cdef int n_parts
        cdef int index
        cdef int peak
        cdef int start
        cdef int unknown = -1
        cdef double loudest = 1e300    # that is more of the unknown
        cdef double least
        cdef double level
        cdef bint whole
        cdef Train* train
        cdef Template* template
        cdef int[MOST_PARTS] peaks
        cdef double[MOST_PARTS] levels
        for n_parts in range(MOST_PARTS):
            peak = sharpest(&self.window, low, high)
            level = fabs(point_at(&self.window, peak))
            least = LEFT_NOISE * noise_uv
            if n_parts == 0 and level < least:
                peak = widest
                level = fabs(point_at(&self.window, peak))
            elif n_parts > 0:
                for index in range(n_parts):
                    if abs(peaks[index] - peak) < <int> (BESIDE_MS * self.per_ms):
                        least = max(least, LEFT_SHARE * levels[index])
                if level < least or not self.stands_out(channel, low, high):
                    return
            peaks[n_parts] = peak
            levels[n_parts] = level
            train = self.shape_at(state, peak, noise_uv, &start, &whole)
            if train != NULL:
                self.assign(channel, train, origin, start, whole)
                template = &train.template
                if train.shape.phases >= COMPOUND_PHASES and (
                    train.shape.duration_ms > COMPOUND_MS
                ):
                    unknown = peak
                    loudest = COMPOUND_SHARE * level
            elif self.resolve_joint(channel, origin, peak, noise_uv):
                continue
            else:
                start = peak - self.geometry.before * self.geometry.step
                if (
                    unknown >= 0 and abs(peak - unknown) < <int> (ONE_SHAPE_MS * self.per_ms)
                    and level < loudest
                ) or (n_parts > 0 and self.is_slow(channel, peak)):
                    # More of the same, as far as anyone can tell.
                    template = &self.unknown
                    start_template(template, &self.geometry, &self.window, peak, noise_uv, False)
                else:
                    train = self.new_shape(channel, origin, peak, noise_uv, n_parts == 0)
                    if train == NULL:
                        return
                    template = &train.template
                    unknown = peak
                    loudest = 1e300
            take_out(template, &self.geometry, &self.window, start)

    cdef bint is_slow(self, int channel, int peak) noexcept nogil:
        """Return whether what stands out at row ``peak`` is slower than any potential's spike."""
        cdef Waveform waveform
        self.measure_spike(channel, peak, &waveform)
        return waveform.half_width_ms > SLOWEST_PART_MS

    cdef bint stands_out(self, int channel, int low, int high) noexcept nogil:
        """Return whether what is left of the window stands out of the noise at any width."""
        cdef int index
        cdef int row
        cdef double gain
        settle_window(&self.window)
        for index in range(N_WIDTHS):
            gain = self.bank_kernel.gain[index * self.n_channels + channel]
            for row in range(low, high):
                if (
                    deflection_at(&self.window, row, self.bank_kernel.widths[index]) * gain
                    > LEFT_THRESHOLD * self.limits.threshold
                ):
                    return True
        return False

    cdef Train* shape_at(
        self, Channel* state, int peak, double noise_uv, int* start, bint* whole
    ) noexcept nogil:
        """Return the train whose shape lies at row ``peak``, NULL if there is none.

        ``start`` OUT row of its template's first point; ``whole`` OUT whether all of the shape is
        there, and not its spike alone while another potential covers the rest.
        """
        cdef int index
        cdef double best = 1.0
        cdef double best_core = 1.0
        cdef Place place
        cdef Train* train
        cdef Train* found = NULL
        cdef Train* found_core = NULL
        cdef int core_start = 0
        for index in range(state.places):
            train = &state.trains[index]
            if not train.used or not may_lie(
                &train.template, &self.geometry, &self.window, peak, noise_uv,
                train.rate_hz > FAST_HZ, best, best_core if found == NULL else 0.0,
            ) or not place_template(
                &train.template, &self.geometry, &self.window, peak, noise_uv,
                train.rate_hz > FAST_HZ, &place,
            ):
                continue
            if place.misfit < best:
                best = place.misfit
                start[0] = place.start
                found = train
            if place.core < best_core and place.fall > PART_SHARE:
                best_core = place.core
                core_start = place.start
                found_core = train
        whole[0] = found != NULL
        if found == NULL:
            found = found_core
            start[0] = core_start
        return found

    cdef bint resolve_joint(
        self, int channel, long long origin, int peak, double noise_uv
    ) noexcept nogil:
        """Return whether known shapes together make the spike at row ``peak``; hand them on."""
        cdef Channel* state = &self.channels[channel]
        cdef int reach = <int> (2.0 * self.per_ms)
        cdef int near = <int> (self.per_ms)
        cdef int room = self.window.count
        cdef int n_parts
        cdef int index
        cdef int start = 0
        cdef double fall
        cdef double best
        cdef double largest = 0.0
        cdef double left
        cdef Train* train
        cdef (Train*)[MOST_JOINT] parts
        cdef int[MOST_JOINT] starts
        memcpy(self.kept, self.window.wide, room * sizeof(float))
        memcpy(self.kept + room, self.window.sharp, room * sizeof(float))
        for n_parts in range(MOST_JOINT):
            best = PART_SHARE
            parts[n_parts] = NULL
            for index in range(state.places):
                train = &state.trains[index]
                if train.used and train.potentials >= KNOWN_SHAPE:
                    fall = best_fall(
                        &train.template, &self.geometry, &self.window, peak - reach, peak + reach,
                        &start,
                    )
                    if fall > best:
                        best = fall
                        starts[n_parts] = start
                        parts[n_parts] = train
            train = parts[n_parts]
            if train == NULL:
                break
            largest = max(largest, fabs(train.template.sharp[train.template.extreme]))
            take_out(&train.template, &self.geometry, &self.window, starts[n_parts])
            left = fabs(
                point_at(&self.window, sharpest(&self.window, peak - near, peak + near))
            )
            if left < max(0.8 * LEFT_NOISE * noise_uv, LEFT_SHARE * largest):
                for index in range(n_parts + 1):
                    self.assign_part(channel, parts[index], origin, starts[index])
                return True
        memcpy(self.window.wide, self.kept, room * sizeof(float))
        memcpy(self.window.sharp, self.kept + room, room * sizeof(float))
        refresh_window(&self.window)
        return False

    cdef bint is_slow_end(
        self, const Channel* state, long long origin, const Waveform* waveform
    ) noexcept nogil:
        """Return whether a waveform is how a larger potential, told before, slowly ends.

        ``origin`` IN sample of the waveform's index 0.
        """
        cdef const Memory* newest
        if waveform.half_width_ms < SLOWEST_PART_MS or state.n_potentials == 0:
            return False
        newest = &state.memory[(state.n_potentials - 1) % REMEMBERED]
        return (
            newest.amplitude_uv > waveform.amplitude_uv
            and origin + waveform.peak - newest.sample < <long long> (SLOW_END_MS * self.per_ms)
        )

    cdef bint is_hum(
        self, int channel, long long first, const Waveform* waveform
    ) noexcept nogil:
        """Return whether a waveform is a crest of the hum: it was there in both periods before.

        ``first`` IN row, since the last gap, of the waveform's index 0.
        """
        cdef long long peak = first + waveform.peak
        cdef long long reach = <long long> (self.per_ms * max(2.0, 2.0 * waveform.half_width_ms))
        cdef long long start = max(<long long> 0, peak - reach)
        cdef int count = <int> (min(self.written, peak + reach) - start)
        cdef int width = self.bank_kernel.widths[1]
        cdef int index
        cdef int crest = 0
        cdef double total = 0.0
        cdef double largest = 0.0
        self.copy_rows(channel, start, count, self.kept)
        for index in range(count):
            total += self.kept[index]
            if index >= width:
                total -= self.kept[index - width]
            if fabs(total) > largest:
                largest = fabs(total)
                crest = index
        largest *= HUM_CHANGE
        return (
            self.repeats(channel, start, count, crest, self.rate_hz / 50.0, largest)
            or self.repeats(channel, start, count, crest, self.rate_hz / 60.0, largest)
        )

    cdef bint repeats(
        self, int channel, long long start, int count, int crest, double period, double allowed
    ) noexcept nogil:
        """Return whether the signal was much the same one and two periods ago.

        ``kept`` IN (count,) the signal from row ``start`` on; ``crest`` IN index of the last row of
        its crest; ``allowed`` IN the largest sum over the rows of a crest by which it may have
        changed.
        """
        cdef const Lane* lane = &self.lanes[channel]
        cdef int width = self.bank_kernel.widths[1]
        cdef int index
        cdef int periods
        cdef long long before
        cdef double change
        for periods in range(1, 3):
            before = start - <long long> (periods * period + 0.5)
            if before < 0 or self.written - before > self.ring_mask - SUB_ROWS:
                return False
            # Where it was not the same, it was not at the crest, but for what rounding does.
            change = 0.0
            for index in range(max(0, crest + 1 - width), crest + 1):
                change += (
                    self.kept[index]
                    - lane.signal[((before + index) & self.ring_mask) * lane.stride]
                )
            if fabs(change) > 1.000001 * allowed:
                return False
            change = 0.0
            for index in range(count):
                change += (
                    self.kept[index]
                    - lane.signal[((before + index) & self.ring_mask) * lane.stride]
                )
                if index >= width:
                    change -= (
                        self.kept[index - width]
                        - lane.signal[((before + index - width) & self.ring_mask) * lane.stride]
                    )
                if fabs(change) > allowed:
                    return False
        return True

    cdef Train* new_shape(
        self, int channel, long long origin, int peak, double noise_uv, bint alone
    ) noexcept nogil:
        """Start a train with a shape that was not met before; NULL where it is too small.

        ``alone`` IN whether no other potential was found in the window.
        """
        cdef Channel* state = &self.channels[channel]
        cdef Train* train
        cdef Waveform waveform
        cdef long long sample
        self.measure_spike(channel, peak, &waveform)
        if (
            waveform.amplitude_uv < self.limits.smallest_uv
            or waveform.amplitude_uv < 3.0 * self.bank_kernel.noise[channel]
        ):
            return NULL
        train = self.free_train(channel)
        start_train(train)
        start_template(&train.template, &self.geometry, &self.window, peak, noise_uv, alone)
        train.shape_class = state.n_shapes
        state.n_shapes += 1
        sample = origin + waveform.peak
        self.fade_counts(state)
        state.orphans += 1.0
        if self.of_burst(state, sample):
            train.seed = True
            train.last_sample = sample
            train.amplitude_uv = waveform.amplitude_uv
            self.add_to_burst(channel, &waveform, sample)
            state.burst_end = max(state.burst_end, sample)
            self.judge_burst(state)
            return train
        self.wake(channel, train)
        self.await_tail(channel, train, origin + peak - self.geometry.before * self.geometry.step)
        self.note(train, &waveform, origin + peak, sample)
        return train

    cdef void assign(
        self, int channel, Train* train, long long origin, int start, bint whole
    ) noexcept nogil:
        """Add a potential to the train whose shape it has.

        ``origin`` IN sample of row 0; ``start`` IN row of the template's first point; ``whole`` IN
        whether nothing else lies on it.
        """
        cdef int step = self.geometry.step
        cdef int peak = start + self.geometry.before * step
        cdef Waveform waveform
        if not whole and train.met >= KNOWN_SHAPE:
            if train.rate_hz > FAST_HZ:
                resize_template(&train.template, &self.geometry, &self.window, start)
            self.assign_part(channel, train, origin, start)
            return
        if self.just_fired(train, origin + peak):
            return
        self.measure_window(
            channel,
            max(0, min(peak - self.furthest_rows, start + train.template.support_from * step)),
            min(
                self.window.count,
                max(peak + self.furthest_rows, start + train.template.support_to * step),
            ),
            &waveform,
        )
        if not waveform.ended:
            waveform.duration_ms = max(waveform.duration_ms, train.shape.duration_ms)
        learn_template(
            &train.template, &self.geometry, &self.window, start, remembered_by(train)
        )
        if not is_live(train):
            self.wake(channel, train)
        self.await_tail(channel, train, origin + start)
        self.note(train, &waveform, origin + peak, origin + waveform.peak)

    cdef void await_tail(self, int channel, const Train* train, long long sample) noexcept nogil:
        """Note that a potential's tail is to be learnt; ``sample`` IN of its template's start."""
        cdef Channel* state = &self.channels[channel]
        cdef Tail* tail
        if state.n_tails == TAILS:
            return
        tail = &state.tails[state.n_tails]
        tail.train = train.number
        tail.start = sample - self.sample + self.row
        tail.level = self.window.level
        state.n_tails += 1

    cdef void learn_tail(self, int channel) noexcept nogil:
        """Average the oldest awaited tail into its train's shape: potentials are told before it."""
        cdef Channel* state = &self.channels[channel]
        cdef Tail tail = state.tails[0]
        cdef Train* train = live_train(state, tail.train)
        cdef int first = self.geometry.sharp
        cdef int count = self.geometry.wide - first
        cdef int index
        state.n_tails -= 1
        for index in range(state.n_tails):
            state.tails[index] = state.tails[index + 1]
        if train == NULL:
            return
        self.copy_rows(
            channel, tail.start + first * self.geometry.step, count * self.geometry.step, self.kept
        )
        learn_points(
            self.arithmetic, &train.template, &self.geometry, first, count, self.kept, tail.level,
            largest_of(self.arithmetic, &train.template, &self.geometry), remembered_by(train),
        )

    cdef void assign_part(
        self, int channel, Train* train, long long origin, int start
    ) noexcept nogil:
        """Add a potential that lies under others: its shape is the train's, and teaches nothing."""
        cdef long long sample = origin + start + self.geometry.before * self.geometry.step
        cdef Waveform waveform = train.shape
        if self.just_fired(train, sample):
            return
        waveform.amplitude_uv = <float> train.amplitude_uv
        waveform.duration_ms = <float> train.duration_ms
        if not is_live(train):
            self.wake(channel, train)
        self.note(
            train, &waveform, sample,
            sample + (train.shape.peak - self.geometry.before) * self.geometry.step,
        )

    cdef bint just_fired(self, const Train* train, long long sample) noexcept nogil:
        """Return whether this is a potential that the train has already: no fibre fires so soon."""
        cdef int index
        cdef double soon = REFRACTORY_MS * self.per_ms
        for index in range(self.n_found):
            if self.found[index].train == train and (
                fabs(<double> (sample - self.found[index].sample)) < soon
            ):
                return True
        return train.potentials > 0 and fabs(<double> (sample - train.last_sample)) < soon

    cdef void note(
        self, Train* train, const Waveform* waveform, long long sample, long long largest
    ) noexcept nogil:
        """Keep a potential until all of its candidate are known.

        ``sample`` IN aligned to the template; ``largest`` IN of the largest deflection.
        """
        cdef int place = self.n_found
        if self.n_found == MOST_FOUND:
            return
        # The largest was found first; a rhythm is made of what comes one after the other.
        while place > 0 and self.found[place - 1].sample > sample:
            self.found[place] = self.found[place - 1]
            place -= 1
        self.found[place].train = train
        self.found[place].sample = sample
        self.found[place].largest = largest
        self.found[place].waveform = waveform[0]
        self.n_found += 1
        train.held = True

    cdef void hand_on(self, int channel) noexcept nogil:
        """Take in what was found in a candidate, in the order of time."""
        cdef int index
        for index in range(self.n_found):
            self.found[index].train.held = False
        for index in range(self.n_found):
            self.take_in(
                channel, self.found[index].train, &self.found[index].waveform,
                self.found[index].sample, self.found[index].largest,
            )
        self.n_found = 0

    cdef void take_in(
        self, int channel, Train* train, const Waveform* waveform, long long sample,
        long long largest
    ) noexcept nogil:
        """Judge a train anew with one more potential, and write the potential.

        ``sample`` IN aligned to the template; ``largest`` IN of the largest deflection.
        """
        cdef Channel* state = &self.channels[channel]
        cdef double weight
        count_potential(
            train, sample, <long long> (SILENT_TO_S * self.rate_hz),
            <long long> (QUICKEST_FIBRE_MS * self.per_ms),
        )
        self.couple(state, train, train.amplitude_uv if train.met > 1 else waveform.amplitude_uv)
        weight = 1.0 / min(train.met, <long long> REMEMBERED_POTENTIALS)
        train.amplitude_uv += weight * (waveform.amplitude_uv - train.amplitude_uv)
        train.duration_ms += weight * (waveform.duration_ms - train.duration_ms)
        measure(
            self.arithmetic, &train.template.wide[0], seen_points(&train.template, &self.geometry),
            max(0, self.geometry.before - <int> (FURTHEST_MS * self.geometry.per_ms)),
            self.geometry.before + <int> (FURTHEST_MS * self.geometry.per_ms),
            self.geometry.per_ms, max(
                self.point_noise_uv(channel) * sqrt(weight),
                unsettled_uv(&train.template, &self.geometry),
            ),
            &train.shape,
        )
        train.stepped = self.is_step(&train.template, &train.shape)
        update_rhythm(train, self.rate_hz)
        self.follow_complex(state, train)
        if train.satellite:
            self.follow_leader(channel, train)
            return
        self.fade_counts(state)
        state.recent += 1.0
        self.remember(state, train, waveform)
        self.judge_train(channel, train, 0.0)
        self.write_potential(channel, train, waveform, largest)

    cdef bint is_step(self, const Template* template, const Waveform* shape) noexcept nogil:
        """Return whether a shape is an electrode's step and not a potential.

        No fibre's potential rises by most of its height so soon, but one as narrow.
        """
        cdef int soon = max(1, <int> (STEP_MS * self.geometry.per_ms + 0.5))
        cdef int index
        cdef double steepest = 0.0
        if shape.half_width_ms < NARROWEST_STEP_MS:
            return False
        for index in range(max(0, shape.onset - soon), shape.end + 1 - soon):
            steepest = max(steepest, fabs(template.wide[index + soon] - template.wide[index]))
        return steepest > STEP_SHARE * shape.amplitude_uv

    cdef void follow_complex(self, Channel* state, Train* train) noexcept nogil:
        """Note whether a train's newest potential is part of a complex that repeats itself."""
        if follow_ring(
            &state.ring, train.last_sample, train.number, train.shape.phases, self.per_ms
        ):
            train.ringed = True
            train.astray = 0
            train.ring = ring_rhythm(&state.ring, self.rate_hz)
            train.ring_phases = <int> (state.ring.phases + 0.5)
            train.ring_span = state.ring.span
        else:
            train.astray += 1
            train.ringed = train.ringed and train.astray < ASTRAY

    cdef void couple(self, Channel* state, Train* train, double amplitude_uv) noexcept nogil:
        """Note which trains fired just before this one: parts of one discharge keep their lag.

        ``amplitude_uv`` IN of the train, that of its first potential included.
        """
        cdef int index
        cdef double lag
        cdef double nearest = COUPLED_MS * self.per_ms
        cdef double tolerance = LAG_TOLERANCE_MS * self.per_ms
        cdef Train* other
        cdef Train* leader = NULL
        try_coupling(train)
        for index in range(state.places):
            other = &state.trains[index]
            if not is_live(other) or other == train or other.satellite:
                continue
            lag = <double> (train.last_sample - other.last_sample)
            if fabs(lag) >= COUPLED_MS * self.per_ms:
                continue
            if fabs(lag) < ONE_DISCHARGE_MS * self.per_ms:
                # What fires often comes with anything by chance.
                if ACCOMPANIED_RATIO * other.amplitude_uv < amplitude_uv:
                    if not train.rate_hz > GROUP_HZ:
                        accompany(other)
                elif (
                    ACCOMPANIED_RATIO * amplitude_uv < other.amplitude_uv
                    and not other.rate_hz > GROUP_HZ
                ):
                    accompany(train)
            if train.leader == other.number and (
                train.amplitude_uv > CHANGE_OF_LEADER * other.amplitude_uv
            ):
                uncouple(train)
            if train.leader != other.number and (
                other.leader == train.number or other.amplitude_uv < train.amplitude_uv
            ):
                meet(other, train, -lag, tolerance)
            elif fabs(lag) < nearest or other.number == train.leader:
                nearest = 0.0 if other.number == train.leader else fabs(lag)
                leader = other
        if leader != NULL:
            meet(train, leader, <double> (train.last_sample - leader.last_sample), tolerance)

    cdef Train* leader_of(self, Channel* state, const Train* train) noexcept nogil:
        """Return the train that a satellite belongs to; NULL where it has ended."""
        cdef int index
        for index in range(state.places):
            if state.trains[index].used and state.trains[index].number == train.leader:
                return &state.trains[index]
        return NULL

    cdef void follow_leader(self, int channel, Train* train) noexcept nogil:
        """Give a satellite the kind of its leader; it raises no alert of its own."""
        cdef Train* leader = self.leader_of(&self.channels[channel], train)
        if leader == NULL or leader.satellite:
            uncouple(train)
            return
        if train.alert >= 0:
            self.clear_alert(channel, train)
        train.changed = train.changed or train.kind != leader.kind
        train.kind = leader.kind
        train.confidence = leader.confidence

    cdef int parts_of(self, int channel, const Train* train) noexcept nogil:
        """Return how many shapes a discharge has that follow each other at fixed lags."""
        cdef int index
        cdef int parts = 1
        cdef const Train* other
        for index in range(self.channels[channel].places):
            other = &self.channels[channel].trains[index]
            parts += is_part(other, train)
        return parts

    cdef int phases_of(self, int channel, const Train* train) noexcept nogil:
        """Return the phases of all parts of a discharge."""
        cdef int index
        cdef int phases = train.shape.phases
        cdef const Train* other
        for index in range(self.channels[channel].places):
            other = &self.channels[channel].trains[index]
            if is_part(other, train):
                phases += other.shape.phases
        return phases

    cdef double duration_of(self, int channel, const Train* train) noexcept nogil:
        """Return the duration of a discharge with all its parts, ms."""
        cdef int index
        cdef double first = 0.0
        cdef double last = 0.0
        cdef double own
        cdef const Train* other
        own = train.shape.duration_ms
        for index in range(self.channels[channel].places):
            other = &self.channels[channel].trains[index]
            if is_part(other, train):
                first = min(first, other.lag)
                last = max(last, other.lag)
        return own + (last - first) / self.per_ms

    cdef Train* free_train(self, int channel) noexcept nogil:
        """Return a place for a new train: a free one, or that of the one least worth keeping.

        Small shapes come by chance and come often; a large one that is rare will be met again.
        """
        cdef Channel* state = &self.channels[channel]
        cdef int index
        cdef double age
        cdef double oldest = -1.0
        cdef double worth
        cdef Train* train
        cdef Train* least = NULL
        for index in range(TRAINS):
            train = &state.trains[index]
            if not train.used:
                state.places = max(state.places, index + 1)
                return train
            if train.held:
                continue
            worth = train.amplitude_uv * max(1.0, <double> train.potentials) ** 2
            age = (self.sample - train.last_sample) / worth
            if age > oldest:
                oldest = age
                least = train
        self.close_train(channel, least, True)
        return least

    cdef bint of_burst(self, const Channel* state, long long sample) noexcept nogil:
        """Return whether a potential lies in a busy time or in what an insertion leaves."""
        cdef long long until = state.burst_end
        if state.burst.used and state.burst.kind == INSERTIONAL_ACTIVITY:
            until += <long long> (INSERTION_AFTER_S * self.rate_hz)
        return sample >= state.burst_start and (state.in_burst or sample < until)

    cdef void follow_burst(self, int channel) noexcept nogil:
        """Start, prolong or end a busy time of a channel."""
        cdef Channel* state = &self.channels[channel]
        if not state.in_burst:
            state.in_burst = True
            # Insertional activity thins out; what comes soon after is more of it.
            if (
                self.sample - state.burst_end > <long long> (INSERTION_AFTER_S * self.rate_hz)
                or not (state.burst.used and state.burst.kind == INSERTIONAL_ACTIVITY)
            ):
                state.burst_start = self.sample - <long long> (2 * BUSY_MS * self.per_ms)
                if state.burst.used:
                    self.close_train(channel, &state.burst, True)
        state.burst_end = self.sample
        if state.busy < BUSY_TO:
            state.in_burst = False
        self.judge_burst(state)

    cdef bint in_volley(self, const Channel* state) noexcept nogil:
        """Return whether potentials follow each other now too fast to be sorted."""
        return self.sample - state.volley_seen < <long long> (VOLLEY_ENDS_MS * self.per_ms)

    cdef void look(self, int channel) noexcept nogil:
        """Look whether a busy channel repeats itself, as no more than one axon or device does."""
        cdef Channel* state = &self.channels[channel]
        cdef int step = self.geometry.step
        cdef int count = <int> (LOOK_MS * self.geometry.per_ms)
        cdef long long row = self.written - count * step
        cdef int every = <int> (LOOK_EVERY_MS * self.per_ms)
        if row < 0:
            return
        if self.row > state.look_due + 2 * every:
            state.volley.steady = 0
        state.look_due = self.row + every
        self.copy_rows(channel, row, count * step, self.kept)
        self.arithmetic.average(self.kept, step, count, self.looked_at)
        if state.volley.steady == 0 and not self.in_volley(state):
            state.volley.compared = 0
            state.volley.changed = 0
        look_for_volley(
            self.arithmetic, &state.volley, self.looked_at, count, self.geometry.per_ms
        )
        if not is_volley(&state.volley):
            return
        if not self.in_volley(state):
            self.start_volley(channel)
        state.volley_seen = self.sample

    cdef void start_volley(self, int channel) noexcept nogil:
        """Make the busy time of a channel a volley, and with it what was found in it so far."""
        cdef Channel* state = &self.channels[channel]
        cdef int index
        cdef Train* train
        state.volley_seen = self.sample
        self.follow_burst(channel)
        for index in range(state.places):
            train = &state.trains[index]
            if is_live(train) and train.onset_sample >= state.burst_start:
                train.of_volley = True
                self.judge_train(channel, train, 0.0)

    cdef void take_volley(
        self, int channel, long long origin, int low, int high
    ) noexcept nogil:
        """Hand on a potential for each period of a volley between two rows of the window.

        ``origin`` IN sample of row 0.
        """
        cdef Channel* state = &self.channels[channel]
        cdef Train* burst = &state.burst
        cdef int period = max(4, <int> (state.volley.period_ms * self.per_ms))
        cdef int row = low
        cdef int end
        cdef int index
        cdef int widest = low
        cdef int peak
        cdef double sign
        cdef Waveform waveform
        for index in range(low, high):
            if fabs(self.window.smooth[index]) > fabs(self.window.smooth[widest]):
                widest = index
        sign = 1.0 if self.window.smooth[widest] > 0.0 else -1.0
        # The interval before the largest is the first that is certain to have one.
        row = widest - (widest - low) // period * period - period // 2
        while row < high:
            peak = max(row, low)
            end = min(row + period, high)
            for index in range(peak, end):
                if sign * self.window.smooth[index] > sign * self.window.smooth[peak]:
                    peak = index
            if (
                sign * self.window.smooth[peak] > AMONG_OTHERS * self.smooth_noise_uv(channel)
                and not (
                    burst.used
                    and origin + peak - burst.last_sample < <long long> (VOLLEY_NEAREST * period)
                )
            ):
                measure(
                    self.arithmetic, self.window.smooth, self.window.count, peak, peak + 1,
                    self.per_ms, self.smooth_noise_uv(channel), &waveform,
                )
                waveform.duration_ms = min(
                    waveform.duration_ms, <float> state.volley.period_ms
                )
                burst.of_volley = True
                burst.rest = 1.0
                burst.shape = waveform
                self.add_to_burst(channel, &waveform, origin + peak)
                self.judge_train(channel, burst, 0.0)
                row = peak + period // 2
            else:
                row += period

    cdef void judge_burst(self, Channel* state) noexcept nogil:
        """Tell a needle movement from motor units that fire together.

        A contraction has units that keep a rhythm, or lasts longer than any insertion.
        """
        cdef int kind = INSERTIONAL_ACTIVITY
        if not state.burst.used or state.burst.of_volley:
            return
        if self.cramps(state):
            kind = CRAMP_DISCHARGE
        elif (
            state.burst_end - state.burst_start
            >= <long long> (INSERTION_LONGEST_S * self.rate_hz) or self.units_keep_rhythm(state)
        ):
            kind = MOTOR_UNIT_POTENTIAL
        if kind != INSERTIONAL_ACTIVITY and kind != state.burst.kind:
            state.burst.kind = <unsigned char> kind
            state.burst.changed = True

    cdef bint units_keep_rhythm(self, const Channel* state) noexcept nogil:
        """Return whether a train that fires now is more regular than insertional activity."""
        cdef int index
        cdef const Train* train
        for index in range(state.places):
            train = &state.trains[index]
            if (
                is_live(train) and train.n_intervals >= BURST_INTERVALS
                and train.variability < BURST_VARIABILITY
                and train.kind >= COMPLEX_REPETITIVE_DISCHARGE
                and self.sample - train.last_sample < <long long> (0.5 * self.rate_hz)
            ):
                return True
        return False

    cdef bint cramps(self, const Channel* state) noexcept nogil:
        """Return whether motor units fired faster than by will a moment ago."""
        return self.sample - state.cramp < <long long> (CRAMP_RECENT_S * self.rate_hz)

    cdef void add_to_burst(
        self, int channel, const Waveform* waveform, long long sample
    ) noexcept nogil:
        """Count a potential to the busy time that it lies in, whatever its shape."""
        cdef Channel* state = &self.channels[channel]
        cdef Train* burst = &state.burst
        if not burst.used:
            start_train(burst)
            burst.number = self.n_trains
            burst.shape_class = -1
            self.n_trains += 1
            burst.kind = INSERTIONAL_ACTIVITY
            burst.confidence = 0.5
        burst.amplitude_uv += (waveform.amplitude_uv - burst.amplitude_uv) / (burst.potentials + 1)
        count_potential(burst, sample, 0, 0)
        update_rhythm(burst, self.rate_hz)
        self.write_potential(channel, burst, waveform, sample)

    cdef void fade_counts(self, Channel* state) noexcept nogil:
        """Let the counts of recent potentials fade to now."""
        cdef double kept
        if state.counted == self.sample:
            return
        kept = exp((state.counted - self.sample) / (UNREST_S * self.rate_hz))
        state.recent *= kept
        state.orphans *= kept
        state.counted = self.sample

    cdef bint at_rest(self, const Channel* state, const Train* train) noexcept nogil:
        """Return whether the muscle rests, as far as the train's neighbours tell.

        None of them need be a motor unit for certain where several may be.
        """
        cdef int index
        cdef double none = 1.0
        cdef const Train* other
        if state.orphans > UNREST_ORPHANS and state.orphans > UNREST_SHARE * state.recent:
            return False
        for index in range(state.places):
            other = &state.trains[index]
            if (
                other.motor_unit > LEAST_SUSPICION and other.rate_hz > SLOWEST_VOLUNTARY_HZ
                and other.variability < VOLUNTARY_VARIABILITY
                and self.fires_beside(other, train)
            ):
                none *= 1.0 - other.motor_unit
        return none > REST_CONFIDENCE

    cdef bint beside_end_plate(self, const Channel* state, const Train* train) noexcept nogil:
        """Return whether the needle is in an end-plate: spikes in quick succession, or many."""
        cdef int index
        cdef int count = 0
        cdef const Train* other
        for index in range(state.places):
            other = &state.trains[index]
            if other.end_plate > NEIGHBOUR_CONFIDENCE and self.fires_beside(other, train):
                count += 1
                if other.shortest < QUICK_MS * self.per_ms or count >= END_PLATE_SHAPES:
                    return True
        return False

    cdef bint fires_beside(self, const Train* other, const Train* train) noexcept nogil:
        """Return whether another train fires now, and has done so for some time.

        What it is must follow from its shape and rhythm alone: what trains conclude from each
        other must not go in circles.
        """
        return (
            is_live(other) and other != train and other.potentials >= NEIGHBOUR_POTENTIALS
            and self.sample - other.last_sample < <long long> (NEIGHBOUR_RECENT_S * self.rate_hz)
        )

    cdef void remember(
        self, Channel* state, Train* train, const Waveform* waveform
    ) noexcept nogil:
        """Note a potential, and whether the muscle rested when it came."""
        cdef Memory* place = &state.memory[state.n_potentials % REMEMBERED]
        cdef double weight = 1.0 / min(train.met, <long long> 8)
        place.sample = train.last_sample
        place.train = train.number
        place.amplitude_uv = waveform.amplitude_uv
        state.n_potentials += 1
        train.rest += weight * (self.at_rest(state, train) - train.rest)

    cdef bint in_crowd(self, const Channel* state, const Train* train) noexcept nogil:
        """Return whether discharges as large as the train's are common on the channel now.

        Trains that stand as an alert are not counted: fasciculations come among fibrillations.
        """
        cdef int count = 0
        cdef int back
        cdef int other
        cdef long long counted = NEVER
        cdef const Memory* place
        cdef bint counts
        cdef int n_alerts = 0
        cdef long long[TRAINS] alerts
        for other in range(state.places):
            if state.trains[other].used and state.trains[other].alert >= 0:
                alerts[n_alerts] = state.trains[other].number
                n_alerts += 1
        for back in range(1, 1 + <int> min(state.n_potentials, <long long> REMEMBERED)):
            place = &state.memory[(state.n_potentials - back) % REMEMBERED]
            if (
                place.train == train.number or place.amplitude_uv < 0.5 * train.amplitude_uv
                or self.sample - place.sample > <long long> (UNREST_S * self.rate_hz)
                or llabs(place.sample - counted) < <long long> (ONE_DISCHARGE_MS * self.per_ms)
            ):
                continue
            counts = True
            for other in range(n_alerts):
                counts = counts and alerts[other] != place.train
            if counts:
                counted = place.sample
                count += 1
                if count > CROWD:
                    return True
        return False

    cdef bint near_burst(self, const Channel* state, const Train* train) noexcept nogil:
        """Return whether a train fired shortly before or after a busy time."""
        cdef long long settled = <long long> (SETTLED_S * self.rate_hz)
        return (
            state.burst_end - state.burst_start > <long long> (BRIEFEST_BURST_MS * self.per_ms)
            and state.burst_start - settled < train.last_sample
            and train.onset_sample < state.burst_end + settled
        )

    cdef bint may_be_superposed(self, const Channel* state, const Train* train) noexcept nogil:
        """Return whether two trains that fire now could make this potential together."""
        cdef int index
        cdef const Train* other
        cdef double largest = 0.0
        cdef double second = 0.0
        for index in range(state.places):
            other = &state.trains[index]
            if (
                is_live(other) and other != train and other.potentials > SINGLE_POTENTIALS
                and self.sample - other.last_sample
                < <long long> (2.0 * SINGLE_S * self.rate_hz)
            ):
                if other.amplitude_uv > largest:
                    second = largest
                    largest = other.amplitude_uv
                else:
                    second = max(second, other.amplitude_uv)
        return train.amplitude_uv < largest + second

    cdef void judge_train(self, int channel, Train* train, double silent_s) noexcept nogil:
        """Set the kind of a train from all that is known of it, and its alert with it.

        ``silent_s`` IN time since its newest potential where that is worth something as evidence,
        else 0.
        """
        cdef double[N_KINDS] posterior
        cdef int kind
        if train.of_volley and is_volley(&self.channels[channel].volley):
            train.of_device = of_a_device(&self.channels[channel].volley) and not train.of_axon
            train.of_axon = not train.of_device
        self.gather_evidence(channel, train, silent_s)
        kind = judge(
            &self.model, &train.evidence, posterior, &train.motor_unit, &train.end_plate
        )
        self.follow_cramp(
            &self.channels[channel], train, posterior[CRAMP_DISCHARGE],
            self.bank_kernel.noise[channel],
        )
        train.changed = train.changed or train.kind != kind
        if train.kind != kind or posterior[kind] < self.limits.alert_confidence:
            train.sure = 0
        train.kind = <unsigned char> kind
        train.confidence = <float> posterior[kind]
        train.sure += train.confidence >= self.limits.alert_confidence
        self.update_alert(channel, train)

    cdef void gather_evidence(self, int channel, Train* train, double silent_s) noexcept nogil:
        """Put together what a train is judged by."""
        cdef Evidence* evidence = &train.evidence
        cdef const Waveform* shape = &train.shape
        cdef Rhythm rhythm = telling_rhythm(train)
        if train.ringed:
            rhythm = train.ring
        evidence.duration_ms = self.duration_of(channel, train)
        evidence.half_width_ms = shape.half_width_ms
        evidence.positive_share = shape.positive_uv / max(1e-6, <double> shape.amplitude_uv)
        evidence.first_phase = shape.first_phase
        evidence.amplitude_uv = train.amplitude_uv
        evidence.phases = self.phases_of(channel, train)
        if train.ringed:
            evidence.duration_ms = max(
                evidence.duration_ms, shape.duration_ms + train.ring_span / self.per_ms
            )
            evidence.phases = max(evidence.phases, train.ring_phases)
        evidence.rise_ms = shape.rise_ms
        evidence.intervals = <int> min(train.n_intervals, <long long> INTERVALS)
        evidence.rate_hz = rhythm.rate_hz
        evidence.variability = rhythm.variability
        evidence.shortest_ms = rhythm.shortest / self.per_ms
        evidence.wander = rhythm.wander
        evidence.grouping = rhythm.grouping
        evidence.silent_s = silent_s
        evidence.context = self.context_of(
            &self.channels[channel], train, self.bank_kernel.noise[channel]
        )

    cdef unsigned short context_of(
        self, Channel* state, const Train* train, double noise_uv
    ) noexcept nogil:
        """Return the flags of what goes on around a train."""
        cdef int context = 0
        self.fade_counts(state)
        if train.rest < REST_SHARE or noise_uv > LOUDEST_REST_UV:
            context |= OF_CONTRACTION
        if not self.at_rest(state, train):
            context |= NOT_AT_REST
        if (
            not train.variability < IRREGULAR  # also where it is not known
            and self.beside_end_plate(state, train)
        ):
            context |= BESIDE_END_PLATE
        if self.in_crowd(state, train):
            context |= IN_CROWD
        if self.near_burst(state, train):
            context |= NEAR_MOVEMENT
        if train.n_intervals < SINGLE_POTENTIALS and self.may_be_superposed(state, train):
            context |= MAY_BE_SUPERPOSED
        if locked_to(self.arithmetic, train, self.rate_hz / 50.0) or locked_to(
            self.arithmetic, train, self.rate_hz / 60.0
        ):
            context |= ON_MAINS
        if train.of_volley:
            context |= IN_VOLLEY
        if train.of_device if train.of_volley else is_clocked(train):
            context |= CLOCKED
        if self.cramps(state):
            context |= IN_CRAMP
        if (
            state.burst.used and state.burst.kind == INSERTIONAL_ACTIVITY
            and train.onset_sample >= state.burst_start
            and (
                train.potentials <= RHYTHM_INTERVALS or train.variability > RHYTHM_VARIABILITY
                or (train.potentials <= BURST_INTERVALS and self.of_burst(state, train.last_sample))
            )
        ):
            context |= IN_INSERTION
        if train.last_sample - train.onset_sample < <long long> (CRAMP_LEAST_S * self.rate_hz):
            context |= BRIEF
        if train.amplitude_uv < self.limits.fasciculation_uv:
            context |= SMALL
        if train.accompanied >= ACCOMPANIED_SHARE * train.potentials:
            context |= ACCOMPANIED
        if train.stepped:
            context |= STEPPED
        return <unsigned short> context

    cdef void follow_cramp(
        self, Channel* state, const Train* train, double cramp, double noise_uv
    ) noexcept nogil:
        """Note whether motor units cramp; ``cramp`` IN probability that the train shows it."""
        cdef bint loud = noise_uv > NEVER_QUIET_UV
        if (
            cramp > (CRAMP_CONFIDENCE if loud else NEIGHBOUR_CONFIDENCE)
            and train.n_intervals >= RHYTHM_INTERVALS and train.rate_hz > CRAMP_HZ
            and (
                train.variability < RHYTHM_VARIABILITY
                or train.last_sample - train.onset_sample
                > <long long> (INSERTION_LONGEST_S * self.rate_hz)
            )
            and not train.evidence.context & (IN_CRAMP | BRIEF | IN_VOLLEY)
        ) or (
            self.cramps(state) and (
                state.in_burst or train.rate_hz > CRAMP_HZ or loud
            )
        ):
            state.cramp = self.sample

    cdef bint is_enough(self, int channel, const Train* train) noexcept nogil:
        """Return whether there are potentials enough of a train for an alert of its kind."""
        cdef bint regular = train.variability < IRREGULAR
        cdef int context = train.evidence.context
        # A fasciculation is a finding by itself, if it is not the first potential of a
        # contraction; every other kind needs a train.
        if train.kind == FASCICULATION:
            return train.potentials > SINGLE_POTENTIALS or train.evidence.silent_s > 0.0
        if (
            train.sure < SURE_IN_A_ROW
            or train.potentials < self.limits.alert_potentials
            or train.last_sample - train.onset_sample < self.limits.alert_span_rows
        ):
            return False
        if not (
            regular or (train.potentials >= SMALL_POTENTIALS and train.rate_hz > SMALL_HZ)
            or train.amplitude_uv > SMALL_NOISE * self.bank_kernel.noise[channel]
        ):
            return False
        if train.kind == MYOKYMIC_DISCHARGE:
            return (
                train.potentials >= GROUPED_INTERVALS
                and not context & (OF_CONTRACTION | NOT_AT_REST)
                and not self.of_burst(&self.channels[channel], train.last_sample)
            )
        if train.kind == COMPLEX_REPETITIVE_DISCHARGE and self.is_told(
            &self.channels[channel], train
        ):
            return False
        if train.kind == CRAMP_DISCHARGE:
            return (
                train.n_intervals >= CRAMP_INTERVALS and train.rate_hz > CRAMP_HZ
                and train.variability < RHYTHM_VARIABILITY
            )
        if train.kind > POSITIVE_SHARP_WAVE:
            return True
        if context & OF_CONTRACTION and train.sure < SURE_IN_CONTRACTION:
            return False
        return train.hurried < MOST_HURRIED and (
            train.potentials >= DOUBTFUL_POTENTIALS or (regular and not context & IN_CROWD)
        )

    cdef bint is_told(self, const Channel* state, const Train* train) noexcept nogil:
        """Return whether an alert stands for the complex that a train's potentials are parts of."""
        cdef int index
        cdef const Train* other
        for index in range(state.places):
            other = &state.trains[index]
            if (
                is_live(other) and other != train and other.alert >= 0
                and other.alert_kind == COMPLEX_REPETITIVE_DISCHARGE
                and self.sample - other.last_sample
                < <long long> (NEIGHBOUR_RECENT_S * self.rate_hz)
            ):
                return True
        return False

    cdef void update_alert(self, int channel, Train* train) noexcept nogil:
        """Raise a train's alert when its evidence suffices, clear it when its kind has changed."""
        cdef bint alerting = FIBRILLATION <= train.kind <= CRAMP_DISCHARGE
        cdef bint sure = train.confidence >= self.limits.alert_confidence
        cdef bint enough = self.is_enough(channel, train)
        if train.alert >= 0 and train.kind != train.alert_kind and (
            sure and enough if alerting else train.confidence >= CLEARING_CONFIDENCE
        ):
            self.clear_alert(channel, train)
        if train.alert >= 0 or not (alerting and sure and enough):
            return
        train.alert = self.n_alerts
        train.alert_raised = self.newest
        train.alert_kind = train.kind
        train.alert_potentials = train.potentials
        train.alert_rate_hz = <float> train.rate_hz
        train.alert_cv = <float> train.interval_cv
        train.alert_confidence = train.confidence
        self.n_alerts += 1
        self.write_alert(channel, train, False)
        self.write_train(channel, train, False)

    cdef void clear_alert(self, int channel, Train* train) noexcept nogil:
        self.write_alert(channel, train, True)
        train.alert = -1

    cdef void look_after_trains(self, int channel) noexcept nogil:
        """Close trains that have fallen silent; write those that changed, once a second."""
        cdef Channel* state = &self.channels[channel]
        cdef int index
        cdef Train* train
        cdef double silent_s
        cdef double allowed_s
        cdef bint report = self.sample % self.report_rows == 0
        if (
            state.burst.used and not state.in_burst
            and self.sample - state.burst_end > <long long> (SINGLE_S * self.rate_hz)
        ):
            self.close_train(channel, &state.burst, True)
        for index in range(state.places):
            train = &state.trains[index]
            if not train.used:
                continue
            if train.seed:
                # Shapes met once in a busy time are forgotten some time after it.
                if self.sample - state.burst_end > <long long> (SINGLE_S * self.rate_hz):
                    train.used = False
                continue
            silent_s = (self.sample - train.last_sample) / self.rate_hz
            if train.dormant:
                if silent_s > FORGOTTEN_S or train.n_intervals < KNOWN_SHAPE:
                    train.used = False
                continue
            allowed_s = SILENT_FROM_S
            if not isnan(train.rate_hz):
                allowed_s = max(
                    SILENT_FROM_S,
                    min(
                        max(
                            SILENT_INTERVALS / train.rate_hz,
                            SILENT_PAUSES * train.longest_s if may_pause(train) else 0.0,
                        ),
                        SILENT_TO_S,
                    ),
                )
            if silent_s > SINGLE_S and train.potentials <= SINGLE_POTENTIALS:
                self.judge_train(channel, train, silent_s)
            if silent_s > allowed_s:
                self.let_sleep(channel, train)
            elif report and train.changed:
                self.write_train(channel, train, False)

    cdef void close_train(self, int channel, Train* train, bint silent) noexcept nogil:
        """Write a train for the last time; ``silent`` IN whether its alert is cleared with it."""
        if silent and train.alert >= 0:
            self.clear_alert(channel, train)
        if is_live(train):
            self.write_train(channel, train, True)
        train.used = False

    cdef void wake(self, int channel, Train* train) noexcept nogil:
        """Make a train of a shape that was met once, or whose train has fallen silent."""
        train.seed = False
        train.dormant = False
        train.potentials = 0
        train.of_axon = False
        train.accompanied = 0
        train.sure = 0
        train.kind = UNCLASSIFIED
        train.confidence = 0.0
        train.number = self.n_trains
        self.n_trains += 1

    cdef void let_sleep(self, int channel, Train* train) noexcept nogil:
        """Close a train that has fallen silent and keep what it looks like."""
        self.close_train(channel, train, True)
        train.used = True
        train.dormant = True
        uncouple(train)

    cdef void write_potential(
        self, int channel, const Train* train, const Waveform* waveform, long long sample
    ) noexcept nogil:
        cdef PotentialRow* row = <PotentialRow*> self.next_row(&self.potential_table)
        if row == NULL:
            return
        row.sample = sample
        row.train = train.number
        row.channel = channel
        row.shape = train.shape_class
        row.amplitude_uv = waveform.amplitude_uv
        row.duration_ms = waveform.duration_ms
        row.rise_ms = waveform.rise_ms
        row.confidence = train.confidence
        row.kind = train.kind
        row.phases = <unsigned char> min(waveform.phases, 255)
        row.first_phase = <signed char> waveform.first_phase

    cdef void write_train(self, int channel, Train* train, bint closed) noexcept nogil:
        cdef TrainRow* row = <TrainRow*> self.next_row(&self.train_table)
        cdef Rhythm rhythm = train.ring if train.ringed else telling_rhythm(train)
        if row == NULL:
            return
        row.train = train.number
        row.onset_sample = train.onset_sample
        row.offset_sample = train.last_sample
        row.potentials = train.potentials
        row.channel = channel
        row.rate_hz = <float> rhythm.rate_hz
        row.interval_cv = <float> train.interval_cv
        row.amplitude_uv = <float> train.amplitude_uv
        row.confidence = train.confidence
        row.kind = train.kind
        row.closed = closed
        row.duration_ms = <float> train.evidence.duration_ms
        row.half_width_ms = <float> train.evidence.half_width_ms
        row.rise_ms = <float> train.evidence.rise_ms
        row.positive_share = <float> train.evidence.positive_share
        row.phases = <unsigned char> min(255, train.evidence.phases)
        row.first_phase = <signed char> train.evidence.first_phase
        row.parts = <unsigned char> min(255, self.parts_of(channel, train))
        row.intervals = <unsigned char> train.evidence.intervals
        row.interval_variability = <float> rhythm.variability
        row.shortest_ms = <float> (rhythm.shortest / self.per_ms)
        row.wander = <float> rhythm.wander
        row.grouping = <float> rhythm.grouping
        row.silent_s = <float> train.evidence.silent_s
        row.rest_share = <float> train.rest
        row.context = train.evidence.context
        train.changed = False

    cdef void write_alert(self, int channel, const Train* train, bint cleared) noexcept nogil:
        cdef AlertRow* row = <AlertRow*> self.next_row(&self.alert_table)
        if row == NULL:
            return
        row.alert = train.alert
        row.train = train.number
        row.raised_sample = train.alert_raised
        row.cleared_sample = self.newest if cleared else -1
        row.first_potential_sample = train.onset_sample
        row.potentials = train.alert_potentials
        row.channel = channel
        row.rate_hz = train.alert_rate_hz
        row.interval_cv = train.alert_cv
        row.confidence = train.alert_confidence
        row.kind = train.alert_kind

    cdef void* next_row(self, Table* table) noexcept nogil:
        """Return room for one more row, NULL where there is no memory for it."""
        cdef char* grown
        if table.count == table.capacity:
            grown = <char*> realloc(table.rows, 2 * table.capacity * table.row_size)
            if grown == NULL:
                self.out_of_memory = True
                return NULL
            table.rows = grown
            table.capacity *= 2
        table.count += 1
        return table.rows + (table.count - 1) * table.row_size


cdef inline void accompany(Train* train) noexcept nogil:
    """Note that a train's newest potential came with a larger one."""
    if train.accompanied_sample != train.last_sample or train.accompanied == 0:
        train.accompanied_sample = train.last_sample
        train.accompanied += 1


cdef inline bint may_pause(const Train* train) noexcept nogil:
    """Return whether long intervals are of a train's rhythm, and not between two discharges."""
    return train.rate_hz < GROUP_HZ or train.kind == MYOKYMIC_DISCHARGE


cdef inline int remembered_by(const Train* train) noexcept nogil:
    """Return over how many potentials a train's shape is averaged."""
    return REMEMBERED_FAST if train.rate_hz > FAST_HZ else REMEMBERED_POTENTIALS


cdef inline bint is_part(const Train* part, const Train* train) noexcept nogil:
    """Return whether a train's potentials are a part of the other's that shows."""
    return (
        part.used and part.satellite and part.leader == train.number
        and part.amplitude_uv > SMALLEST_PART * train.amplitude_uv
    )


cdef inline bint is_live(const Train* train) noexcept nogil:
    """Return whether a train fires now."""
    return train.used and not train.seed and not train.dormant


cdef Train* live_train(Channel* state, long long number) noexcept nogil:
    """Return the train of a number that fires now; NULL where it has ended."""
    cdef int index
    for index in range(state.places):
        if is_live(&state.trains[index]) and state.trains[index].number == number:
            return &state.trains[index]
    return NULL


cdef make_table(Table* table, int row_size):
    table.row_size = row_size
    table.capacity = 1024
    table.count = 0
    table.rows = <char*> calloc(table.capacity, row_size)
    if table.rows == NULL:
        raise MemoryError()


cdef take_table(Table* table, dtype):
    """Return the rows as a new structured array and empty the table; None where it is empty."""
    if table.count == 0:
        return None
    # A bytearray can be written to, and copying a structured array is slow.
    rows = np.frombuffer(bytearray(table.rows[:table.count * table.row_size]), dtype=dtype)
    table.count = 0
    return rows
