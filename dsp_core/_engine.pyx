"""The whole core: signal path, potentials, trains, kinds, alerts.

Everything happens at a row of the signal, never at the end of a block, so the same samples give the
same findings however they are cut. The signal path takes a few rows of all channels at once; then
only the channels on which something stands out, or is awaited, are followed row by row. The state
of a channel is one C struct; a block is one call without the GIL.
"""

from cpython.buffer cimport (
    PyBUF_FORMAT, PyBUF_ND, PyBuffer_Release, PyObject_GetBuffer,
)
from libc.math cimport NAN, exp, fabs, isnan, log2, log10, sqrt
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcpy, memset

import numpy as np

from myoscope.dsp_core._bank cimport N_WIDTHS, BankKernel, sort_floats
from myoscope.dsp_core._filter cimport FilterKernel
from myoscope.dsp_core._kinds cimport (
    AMPLITUDE, DURATION, FIRST_PHASE, HALF_WIDTH, N_FEATURES, N_KINDS, PHASES, POSITIVITY, RATE,
    RISE, SHORTEST, VARIABILITY, KindModel, judge, load_model,
)
from myoscope.dsp_core._signal_path cimport Lane, SignalPath
from myoscope.dsp_core._superposition cimport best_place, subtract
from myoscope.dsp_core._tiles cimport (
    SUB_ROWS, flush_denormals, highest_bit, lowest_bit, restore_denormals,
)
from myoscope.dsp_core._trains cimport (
    INTERVALS, TEMPLATE_POINTS, Snippet, Train, count_potential, learn, locked_to, match,
    power_of, start_train, update_rhythm,
)
from myoscope.dsp_core._waveform cimport Waveform, measure

from myoscope.dsp_core.findings import ALERT_DTYPE, POTENTIAL_DTYPE, TRAIN_DTYPE

# Codes of ``Kind``; a test keeps them equal.
cdef enum:
    UNCLASSIFIED = 0
    FIBRILLATION = 1
    POSITIVE_SHARP_WAVE = 2
    FASCICULATION = 3
    CRAMP_DISCHARGE = 8
    MOTOR_UNIT_POTENTIAL = 9
    END_PLATE_SPIKE = 10
    END_PLATE_NOISE = 11
    INSERTIONAL_ACTIVITY = 12
    ARTEFACT = 13

cdef enum:
    TRAINS = 24          # shapes a channel is followed in at once
    REMEMBERED = 64      # newest potentials of a channel
    MOST_PARTS = 4       # potentials that one candidate is resolved into
    BASELINE_ROWS = 48   # of those before a candidate, for the level that it starts from
    PENDING = 8          # candidates on a channel whose waveform is not complete yet

# A template reaches from BEFORE_MS before the peak to AFTER_MS after it.
cdef double BEFORE_MS = 3.0
cdef double AFTER_MS = 6.0
# A potential's peak may be taken for another of its deflections: so far is looked for its shape.
cdef double FURTHEST_MS = 1.25
cdef double SMOOTHING_MS = 0.2
# Time constant of what outlasts a template: an amplifier's high-pass at 20 Hz.
cdef double FADING_MS = 8.0
cdef double BASELINE_MS = 5.0
# A waveform that has not ended is waited for in such steps.
cdef double WAIT_MS = 5.0
cdef double POINTS_PER_MS = 10.0
# What is left of a candidate is another potential if it is larger, peak to peak, than so many times
# the noise and than this share of what was taken out: shapes wander by as much.
cdef double LEFT_NOISE = 6.0
cdef double LEFT_SHARE = 0.35
# A shape counts as known from so many potentials on; taking it out where it is a part of a
# superposition lets the power fall by more than this share of its own.
cdef int KNOWN_SHAPE = 3
cdef double PART_SHARE = 0.6
cdef double REFRACTORY_MS = 2.0
# A train has fallen silent after so many of its intervals, but within these limits.
cdef double SILENT_INTERVALS = 5.0
cdef double SILENT_FROM_S = 3.0
cdef double SILENT_TO_S = 12.0
# A potential that is not followed by its like for so long was a single one.
cdef double SINGLE_S = 1.5
cdef int SINGLE_POTENTIALS = 3
# All intervals longer than this are alike: only short ones tell end-plates from fibres.
cdef double LONG_MS = 100.0
# An alert needs so many certain judgements in a row, and stands until the train is for certain
# something else.
cdef int SURE_IN_A_ROW = 2
cdef double CLEARING_CONFIDENCE = 0.8
# Denervation is named only from so many potentials on: rhythm gives the final kind.
cdef int FEWEST_NAMED = 3
# A channel is busy while deflections stand out for more than BUSY_FROM of the last BUSY_MS, until
# less than BUSY_TO: the needle moves, or many motor units fire.
cdef double BUSY_MS = 30.0
cdef double BUSY_FROM = 0.65
cdef double BUSY_TO = 0.15
cdef double INSERTION_AFTER_S = 0.3   # normal insertional activity ends within it
cdef double INSERTION_LONGEST_S = 1.0  # a longer busy time is no needle movement
# No fibre keeps time like a clock or with the mains for long; stimulators and hum do. Until there
# are so many intervals, a train that has kept time with the mains stays without a kind.
cdef double CLOCKED = 0.002
cdef int CLOCKED_INTERVALS = 8
# The crests of hum change by less than this share from one period to the next.
cdef double HUM_CHANGE = 0.6
# While a motor unit fires the muscle does not rest: so much less probable is denervation.
cdef double NOT_AT_REST = 0.03
# Another train tells where the needle is once it is so certain, and for so long after it fired.
cdef double NEIGHBOUR_CONFIDENCE = 0.8
cdef int NEIGHBOUR_POTENTIALS = 5
cdef double NEIGHBOUR_RECENT_S = 1.5
# In the end-plate zone only what is more regular than this counts as denervation undiminished.
cdef double IRREGULAR = 0.15
# A contraction shows ever new shapes, for its units overlap: the muscle does not rest while more
# than so many potentials of the last UNREST_S, and more than this share of them, had a new shape.
cdef double UNREST_S = 2.0
cdef double UNREST_ORPHANS = 8.0
cdef double UNREST_SHARE = 0.55
# A train most of whose potentials came during a contraction is part of it.
cdef double REST_SHARE = 0.7
cdef double OF_CONTRACTION = 1e-4
# Fasciculations are rare: no finding where more than so many potentials of at least half the
# amplitude came in the last UNREST_S.
cdef int CROWD = 6
# No fasciculation is named so near to a movement of the needle or a contraction.
cdef double SETTLED_S = 3.0

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
    double busy                  # share of the last rows that stood out, as of busy_row
    long long busy_row
    bint in_burst
    long long burst_start        # sample
    long long burst_end          # sample; the newest burst's
    Train burst                  # potentials of the newest burst
    int n_shapes                 # shapes ever met
    long long n_potentials       # ever; the ring holds the newest
    Memory[REMEMBERED] memory
    double recent                # potentials of the last UNREST_S; older ones fade
    double orphans               # those among them whose shape was new
    long long counted            # sample at which they were counted
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
    cdef long long blanked_until     # latest blank_until of a channel
    cdef double* sums                # scratch: running sums of a candidate's window
    cdef float* raw                  # scratch: the window, less what was found in it
    cdef float* kept                 # scratch: the window before parts were tried
    cdef float* window               # scratch: the window, smoothed
    cdef int window_rows             # room in the scratch
    cdef int before_rows
    cdef int after_rows
    cdef int furthest_rows
    cdef int smoothing_rows
    cdef int step_rows
    cdef int points
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

        self.step_rows = max(1, <int> (self.per_ms / POINTS_PER_MS))
        self.points = min(
            <int> TEMPLATE_POINTS, <int> ((BEFORE_MS + AFTER_MS) * self.per_ms) // self.step_rows
        )
        self.before_rows = <int> (BEFORE_MS * self.per_ms)
        self.after_rows = self.points * self.step_rows - self.before_rows
        self.furthest_rows = max(1, <int> (FURTHEST_MS * self.per_ms))
        self.smoothing_rows = max(1, <int> (SMOOTHING_MS * self.per_ms)) | 1
        self.busy_decay = 1.0 / (BUSY_MS * self.per_ms)
        self.busy_kept[0] = 1.0 - self.busy_decay
        for index in range(1, 20):
            self.busy_kept[index] = self.busy_kept[index - 1] * self.busy_kept[index - 1]
        self.tick_rows = max(1, <int> (100 * self.per_ms))
        self.report_rows = 10 * self.tick_rows

        # Room for the longest candidate, twice, with what lies around it.
        self.window_rows = 2 * self.limits.longest_rows + <int> (30 * self.per_ms)
        self.path = SignalPath(
            filter_kernel, bank_kernel, self.window_rows + bank_kernel.warm_up,
            settings["release"],
        )
        self.ring_mask = self.path.ring_mask
        self.lanes = self.path.lanes
        self.awaited = <long long*> calloc(n_channels, sizeof(long long))
        self.followed = <int*> calloc(n_channels, sizeof(int))
        self.stretches = <Stretch*> calloc(n_channels, sizeof(Stretch))
        self.channels = <Channel*> calloc(n_channels, sizeof(Channel))
        self.sums = <double*> calloc(self.window_rows + 1, sizeof(double))
        self.raw = <float*> calloc(self.window_rows, sizeof(float))
        self.kept = <float*> calloc(self.window_rows, sizeof(float))
        self.window = <float*> calloc(self.window_rows, sizeof(float))
        if (
            self.awaited == NULL or self.followed == NULL or self.stretches == NULL
            or self.channels == NULL or self.sums == NULL or self.raw == NULL or self.kept == NULL
            or self.window == NULL
        ):
            raise MemoryError()
        for index in range(n_channels):
            self.awaited[index] = NOT_AWAITED
            self.channels[index].burst_start = NEVER
            self.channels[index].burst_end = NEVER
        make_table(&self.potential_table, sizeof(PotentialRow))
        make_table(&self.train_table, sizeof(TrainRow))
        make_table(&self.alert_table, sizeof(AlertRow))

    def __dealloc__(self):
        free(self.awaited)
        free(self.followed)
        free(self.stretches)
        free(self.channels)
        free(self.sums)
        free(self.raw)
        free(self.kept)
        free(self.window)
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
                for index in range(TRAINS):
                    if self.channels[channel].trains[index].used:
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
            state.busy = 0.0
            state.busy_row = 0
            self.stretches[channel].active = False
            self.stretches[channel].blank_until = self.limits.blanking_rows
            self.awaited[channel] = NOT_AWAITED
            if state.in_burst:
                state.in_burst = False
                state.burst_end = self.sample
            for index in range(TRAINS):
                state.trains[index].interrupted = True
        self.row = 0
        self.written = 0
        self.sample += lost

    cdef int process_rows(self, const float* samples, Py_ssize_t count) noexcept nogil:
        """Run over the next rows, at most ``count``; return how many."""
        cdef int index
        cdef int place
        cdef int n_followed
        cdef bint whole = self.bank_kernel.whole()
        cdef int rows = <int> min(
            <long long> count, self.tick_rows - self.sample % self.tick_rows
        )
        rows = self.path.take_rows(samples, rows, self.sample)
        n_followed = self.choose_channels(rows)
        if n_followed == 0:
            self.row += rows
            self.sample += rows
            self.written = self.row
            self.newest = self.sample - 1
        else:
            for index in range(rows):
                self.written = self.row + 1
                self.newest = self.sample
                for place in range(n_followed):
                    self.follow_row(self.followed[place], index, whole)
                self.row += 1
                self.sample += 1
            for place in range(n_followed):
                self.await_channel(self.followed[place])
        self.bank_kernel.end_rows(rows)
        if self.sample % self.tick_rows == 0:
            for index in range(self.n_channels):
                self.look_after_trains(index)
        return rows

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
        elif state.n_pending:
            self.awaited[channel] = state.pending[0].due
        else:
            self.awaited[channel] = NOT_AWAITED

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
            self.update_busy(state, deflection > self.limits.threshold)
        if self.stretches[channel].active or deflection > self.limits.release:
            self.follow(channel, self.row - self.bank_kernel.delay, deflection)
        if state.n_pending and state.pending[0].due <= self.row:
            self.measure_candidate(channel, False)
        if state.in_burst or state.busy > BUSY_FROM:
            self.follow_burst(channel)

    cdef void update_busy(self, Channel* state, bint stands_out) noexcept nogil:
        """Bring the share of rows that stood out up to this row."""
        cdef long long rows = self.row - state.busy_row
        cdef int bit = 0
        while rows and bit < 20:
            if rows & 1:
                state.busy *= self.busy_kept[bit]
            rows >>= 1
            bit += 1
        if rows:
            state.busy = 0.0
        state.busy += self.busy_decay * stands_out
        state.busy_row = self.row

    cdef void blank(self, int channel) noexcept nogil:
        """Detect nothing on a channel for a while: its value was no number."""
        cdef Stretch* stretch = &self.stretches[channel]
        stretch.active = False
        stretch.blank_until = self.row + self.limits.blanking_rows
        self.blanked_until = max(self.blanked_until, stretch.blank_until)
        self.bank_kernel.spoilt[channel] = True
        self.channels[channel].n_pending = 0

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
        cdef long long index
        cdef long long peak = start
        cdef double largest = -1.0
        cdef double value
        if state.n_pending == PENDING:
            self.measure_candidate(channel, True)
        for index in range(start, end):
            value = fabs(
                self.lanes[channel].signal[(index & self.ring_mask) * self.lanes[channel].stride]
            )
            if value > largest:
                largest = value
                peak = index
        candidate = &state.pending[state.n_pending]
        candidate.start = start
        candidate.end = end
        candidate.deflection = deflection
        candidate.due = max(
            end + <long long> (2.0 * self.per_ms), peak + self.after_rows + self.furthest_rows
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
            self.measure_candidate(channel, True)

    cdef void drop_candidate(self, Channel* state) noexcept nogil:
        cdef int index
        state.n_pending -= 1
        for index in range(state.n_pending):
            state.pending[index] = state.pending[index + 1]

    cdef void measure_candidate(self, int channel, bint now) noexcept nogil:
        """Measure the oldest candidate of a channel and hand on the potentials in it.

        ``now`` IN whether to make do with what there is of a waveform that has not ended.
        """
        cdef Channel* state = &self.channels[channel]
        cdef Candidate candidate = state.pending[0]
        cdef int margin = <int> ((BASELINE_MS + FURTHEST_MS) * self.per_ms)
        cdef int half = self.smoothing_rows // 2
        cdef long long first = max(<long long> 0, candidate.start - margin)
        cdef long long last = min(
            self.written, max(candidate.due, candidate.end + self.after_rows + self.furthest_rows)
        )
        cdef int count
        cdef int low
        cdef int high
        cdef double smooth_noise = self.smooth_noise_uv(channel)
        cdef Waveform waveform
        first = max(first, self.written - self.window_rows)
        count = <int> (last - first)
        low = <int> max(<long long> 0, candidate.start - first - half)
        high = <int> min(<long long> count, candidate.end - first + half)
        if high <= low:
            self.drop_candidate(state)
            return
        self.load_window(channel, first, count, <int> (candidate.start - first))
        measure(self.window, count, low, high, self.per_ms, smooth_noise, &waveform)
        if (
            not now and not waveform.ended
            and candidate.due + <long long> (WAIT_MS * self.per_ms)
            < candidate.start + self.limits.longest_rows
        ):
            state.pending[0].due = candidate.due + <long long> (WAIT_MS * self.per_ms)
            return
        self.drop_candidate(state)
        if (
            waveform.amplitude_uv < self.limits.smallest_uv
            or waveform.amplitude_uv < 3.0 * self.bank_kernel.noise[channel]
            or self.is_hum(channel, first, &waveform)
        ):
            return
        if self.of_burst(state, self.sample - self.row + first + waveform.peak):
            self.add_to_burst(channel, &waveform, self.sample - self.row + first)
        else:
            self.resolve(channel, first, count, low, high, &waveform)

    cdef double smooth_noise_uv(self, int channel) noexcept nogil:
        """Return the noise of the smoothed signal: that of the bank's narrowest width."""
        # The deflection of white noise is sqrt(1.5) times the mean over its middle.
        return self.bank_kernel.noise[self.n_channels + channel] / 1.2247448713915890

    cdef void load_window(self, int channel, long long first, int count, int start) noexcept nogil:
        """Fetch ``count`` rows from row ``first`` on, less the level just before row ``start``."""
        cdef Lane lane = self.lanes[channel]
        cdef int index
        cdef int row
        cdef int n_levels = 0
        cdef int low = max(0, start - <int> (BASELINE_MS * self.per_ms))
        cdef int high = max(1, start - <int> (0.4 * self.per_ms))
        cdef int stride = 1 + (high - low) // BASELINE_ROWS
        cdef float baseline = 0.0
        cdef float[BASELINE_ROWS] levels
        for index in range(count):
            self.raw[index] = lane.signal[((first + index) & self.ring_mask) * lane.stride]
        row = low
        while row < high and n_levels < BASELINE_ROWS:
            levels[n_levels] = self.raw[row]
            n_levels += 1
            row += stride
        if n_levels > 0:
            # The median, for another potential may lie there.
            sort_floats(levels, n_levels)
            baseline = levels[n_levels // 2]
        for index in range(count):
            self.raw[index] -= baseline
        self.smooth_window(count)

    cdef void smooth_window(self, int count) noexcept nogil:
        """Make running sums and the smoothed window of what is in ``raw``."""
        cdef int index
        cdef int low
        cdef int high
        cdef int half = self.smoothing_rows // 2
        self.sums[0] = 0.0
        for index in range(count):
            self.sums[index + 1] = self.sums[index] + self.raw[index]
        for index in range(count):
            low = max(0, index - half)
            high = min(count, index + half + 1)
            self.window[index] = <float> ((self.sums[high] - self.sums[low]) / (high - low))

    cdef void resolve(
        self, int channel, long long first, int count, int low, int high, Waveform* waveform
    ) noexcept nogil:
        """Hand on the potentials between rows ``low`` and ``high`` of the window, one by one.

        A potential of a known shape is taken out of the window; what then still stands out is the
        next. Where the largest deflection has no known shape, it may be several known ones that
        lie on top of each other.
        """
        cdef Channel* state = &self.channels[channel]
        cdef long long origin = self.sample - self.row + first
        cdef double smooth_noise = self.smooth_noise_uv(channel)
        cdef double least
        cdef int _part
        cdef int lag
        cdef Snippet snippet
        cdef Train* train
        snippet.sums = self.sums
        snippet.count = count
        snippet.before = self.before_rows
        snippet.points = self.points
        snippet.step = self.step_rows
        snippet.furthest = self.furthest_rows
        snippet.noise_uv = min(
            <double> self.bank_kernel.noise[channel],
            smooth_noise * sqrt(<double> self.bank_kernel.widths[0] / self.step_rows),
        )
        for _part in range(MOST_PARTS):
            snippet.peak = waveform.peak
            snippet.amplitude_uv = waveform.amplitude_uv
            train = self.shape_of(state, &snippet, &lag)
            if train == NULL:
                if self.resolve_superposed(channel, origin, count, low, high):
                    return
                train = self.new_train(channel, &snippet, waveform)
                lag = 0
            self.assign(channel, train, &snippet, waveform, lag, origin)
            subtract(
                train, self.raw, count, waveform.peak + lag - self.before_rows, self.step_rows,
                FADING_MS * self.per_ms,
            )
            least = max(
                max(self.limits.smallest_uv, LEFT_NOISE * smooth_noise),
                LEFT_SHARE * waveform.amplitude_uv,
            )
            self.smooth_window(count)
            measure(self.window, count, low, high, self.per_ms, smooth_noise, waveform)
            if waveform.amplitude_uv < least or not self.stands_out(channel, count, low, high):
                return

    cdef bint stands_out(self, int channel, int count, int low, int high) noexcept nogil:
        """Return whether what is left of the window stands out of the noise at any width."""
        cdef int n = self.n_channels
        cdef int index
        cdef int row
        cdef int half
        cdef int width
        cdef double deflection
        for index in range(N_WIDTHS):
            width = self.bank_kernel.widths[index]
            half = width // 2
            for row in range(max(low, 3 * half), min(high, count - 3 * half)):
                deflection = fabs(
                    1.5 * (self.sums[row + half] - self.sums[row - half])
                    - 0.5 * (self.sums[row + 3 * half] - self.sums[row - 3 * half])
                ) / width
                if deflection * self.bank_kernel.gain[index * n + channel] > self.limits.threshold:
                    return True
        return False

    cdef Train* shape_of(
        self, Channel* state, const Snippet* snippet, int* lag
    ) noexcept nogil:
        """Return the train whose shape a snippet has, NULL if there is none; ``lag`` OUT rows."""
        cdef int index
        cdef int shift = 0
        cdef double misfit
        cdef double best = 1e300
        cdef Train* found = NULL
        for index in range(TRAINS):
            if state.trains[index].used and match(&state.trains[index], snippet, &shift, &misfit):
                if misfit < best:
                    best = misfit
                    lag[0] = shift
                    found = &state.trains[index]
        return found

    cdef bint resolve_superposed(
        self, int channel, long long origin, int count, int low, int high
    ) noexcept nogil:
        """Return whether known shapes together explain the window; hand them on if so."""
        cdef Channel* state = &self.channels[channel]
        cdef double smooth_noise = self.smooth_noise_uv(channel)
        cdef int reach = <int> (1.0 * self.per_ms)
        cdef int n_parts = 0
        cdef int index
        cdef int start = 0
        cdef int best_start = 0
        cdef double fall
        cdef double best
        cdef double power
        cdef double left = 0.0
        cdef double largest = 0.0
        cdef Train* train
        cdef (Train*)[MOST_PARTS] parts
        cdef int[MOST_PARTS] starts
        memcpy(self.kept, self.raw, count * sizeof(float))
        while n_parts < MOST_PARTS:
            best = 0.0
            train = NULL
            for index in range(TRAINS):
                if state.trains[index].used and state.trains[index].potentials >= KNOWN_SHAPE:
                    fall = best_place(
                        &state.trains[index], self.sums, count, low - reach, high + reach,
                        self.before_rows, self.step_rows, &start,
                    )
                    power = power_of(&state.trains[index])
                    if fall > PART_SHARE * power and fall > best:
                        best = fall
                        best_start = start
                        train = &state.trains[index]
            if train == NULL:
                break
            parts[n_parts] = train
            starts[n_parts] = best_start
            n_parts += 1
            largest = max(largest, train.amplitude_uv)
            subtract(
                train, self.raw, count, best_start, self.step_rows, FADING_MS * self.per_ms
            )
            self.smooth_window(count)
            left = 0.0
            for index in range(low, high):
                left = max(left, fabs(self.window[index]))
            if left < max(0.6 * LEFT_NOISE * smooth_noise, 0.6 * LEFT_SHARE * largest):
                for index in range(n_parts):
                    self.assign_part(channel, parts[index], origin + starts[index])
                return True
        memcpy(self.raw, self.kept, count * sizeof(float))
        self.smooth_window(count)
        return False

    cdef bint is_hum(
        self, int channel, long long first, const Waveform* waveform
    ) noexcept nogil:
        """Return whether a waveform is a crest of the hum: it was there in both periods before.

        ``first`` IN row, since the last gap, of the waveform's index 0.
        """
        cdef long long peak = first + waveform.peak
        cdef long long reach = <long long> (self.per_ms * max(2.0, 2.0 * waveform.half_width_ms))
        cdef long long start = max(<long long> 0, peak - reach)
        cdef long long end = min(self.written, peak + reach)
        return (
            self.repeats(channel, start, end, self.rate_hz / 50.0)
            or self.repeats(channel, start, end, self.rate_hz / 60.0)
        )

    cdef bint repeats(
        self, int channel, long long start, long long end, double period
    ) noexcept nogil:
        """Return whether the signal in [start, end) was much the same one and two periods ago."""
        cdef Lane lane = self.lanes[channel]
        cdef int width = self.bank_kernel.widths[1]
        cdef long long back
        cdef long long index
        cdef int periods
        cdef double largest
        cdef double difference
        cdef double total
        cdef double change
        cdef double newest
        cdef double oldest
        for periods in range(1, 3):
            back = <long long> (periods * period + 0.5)
            if start - back < 0 or self.written - start + back > self.ring_mask - SUB_ROWS:
                return False
            total = 0.0
            change = 0.0
            largest = 0.0
            difference = 0.0
            for index in range(start, end):
                newest = lane.signal[(index & self.ring_mask) * lane.stride]
                oldest = lane.signal[((index - back) & self.ring_mask) * lane.stride]
                total += newest
                change += newest - oldest
                if index - start >= width:
                    newest = lane.signal[((index - width) & self.ring_mask) * lane.stride]
                    oldest = lane.signal[((index - width - back) & self.ring_mask) * lane.stride]
                    total -= newest
                    change -= newest - oldest
                largest = max(largest, fabs(total))
                difference = max(difference, fabs(change))
            if difference > HUM_CHANGE * largest:
                return False
        return True

    cdef Train* new_train(
        self, int channel, const Snippet* snippet, const Waveform* waveform
    ) noexcept nogil:
        """Start a train with a shape that was not seen before."""
        cdef Channel* state = &self.channels[channel]
        cdef Train* train = self.free_train(channel)
        start_train(train, snippet, waveform, self.per_ms)
        train.number = self.n_trains
        train.shape_class = state.n_shapes
        self.n_trains += 1
        state.n_shapes += 1
        self.fade_counts(state)
        state.orphans += 1.0
        return train

    cdef void assign(
        self, int channel, Train* train, const Snippet* snippet, const Waveform* waveform, int lag,
        long long origin
    ) noexcept nogil:
        """Add a potential to the train whose shape it has; ``origin`` IN sample of row 0."""
        cdef long long sample = origin + waveform.peak + lag
        if self.just_fired(train, sample):
            return
        learn(train, snippet, waveform, lag, sample, self.per_ms)
        self.take_in(channel, train, waveform, sample)

    cdef void assign_part(self, int channel, Train* train, long long start) noexcept nogil:
        """Add a potential that lies under others: its shape is the train's, and teaches nothing.

        ``start`` IN sample of the template's first point.
        """
        cdef Waveform waveform = train.shape
        if self.just_fired(train, start + self.before_rows):
            return
        waveform.amplitude_uv = <float> train.amplitude_uv
        waveform.duration_ms = <float> train.duration_ms
        count_potential(train, start + self.before_rows)
        self.take_in(channel, train, &waveform, start + self.before_rows)

    cdef bint just_fired(self, const Train* train, long long sample) noexcept nogil:
        """Return whether this is a potential that the train has already: no fibre fires so soon."""
        return (
            train.potentials > 0
            and fabs(<double> (sample - train.last_sample)) < REFRACTORY_MS * self.per_ms
        )

    cdef void take_in(
        self, int channel, Train* train, const Waveform* waveform, long long sample
    ) noexcept nogil:
        """Judge a train anew after a potential was added to it, and write the potential."""
        cdef Channel* state = &self.channels[channel]
        self.fade_counts(state)
        state.recent += 1.0
        update_rhythm(train, self.rate_hz)
        self.remember(state, train, waveform)
        self.judge_train(channel, train, 0.0)
        self.write_potential(channel, train, waveform, sample)

    cdef Train* free_train(self, int channel) noexcept nogil:
        """Return a place for a new train: a free one, or that of the least active."""
        cdef Channel* state = &self.channels[channel]
        cdef int index
        cdef Train* train
        cdef Train* least = NULL
        for index in range(TRAINS):
            train = &state.trains[index]
            if not train.used:
                return train
            if (
                least == NULL or train.potentials < least.potentials
                or (train.potentials == least.potentials and train.last_sample < least.last_sample)
            ):
                least = train
        self.close_train(channel, least, True)
        return least

    cdef bint of_burst(self, const Channel* state, long long sample) noexcept nogil:
        """Return whether a potential lies in a busy time or in what an insertion leaves."""
        cdef long long until = state.burst_end
        if state.burst_end - state.burst_start < <long long> (INSERTION_LONGEST_S * self.rate_hz):
            until += <long long> (INSERTION_AFTER_S * self.rate_hz)
        return sample >= state.burst_start and (state.in_burst or sample < until)

    cdef void follow_burst(self, int channel) noexcept nogil:
        """Start, prolong or end a busy time of a channel."""
        cdef Channel* state = &self.channels[channel]
        if not state.in_burst:
            state.in_burst = True
            state.burst_start = self.sample - <long long> (2 * BUSY_MS * self.per_ms)
            if state.burst.used:
                self.close_train(channel, &state.burst, True)
        state.burst_end = self.sample
        if state.busy < BUSY_TO:
            state.in_burst = False
        if state.burst.used and state.burst.kind == INSERTIONAL_ACTIVITY and (
            state.burst_end - state.burst_start
            >= <long long> (INSERTION_LONGEST_S * self.rate_hz)
        ):
            state.burst.kind = MOTOR_UNIT_POTENTIAL
            state.burst.changed = True

    cdef void add_to_burst(
        self, int channel, const Waveform* waveform, long long origin
    ) noexcept nogil:
        """Count a potential to the busy time that it lies in, whatever its shape."""
        cdef Channel* state = &self.channels[channel]
        cdef Train* burst = &state.burst
        if not burst.used:
            memset(burst, 0, sizeof(Train))
            burst.used = True
            burst.alert = -1
            burst.rate_hz = burst.interval_cv = NAN
            burst.number = self.n_trains
            burst.shape_class = -1
            self.n_trains += 1
            burst.kind = INSERTIONAL_ACTIVITY
            burst.confidence = 0.5
        burst.amplitude_uv += (waveform.amplitude_uv - burst.amplitude_uv) / (burst.potentials + 1)
        count_potential(burst, origin + waveform.peak)
        update_rhythm(burst, self.rate_hz)
        self.write_potential(channel, burst, waveform, origin + waveform.peak)

    cdef void fade_counts(self, Channel* state) noexcept nogil:
        """Let the counts of recent potentials fade to now."""
        cdef double kept = exp((state.counted - self.sample) / (UNREST_S * self.rate_hz))
        state.recent *= kept
        state.orphans *= kept
        state.counted = self.sample

    cdef bint at_rest(self, const Channel* state, const Train* train) noexcept nogil:
        """Return whether the muscle rests, as far as the train's neighbours tell."""
        if state.in_burst:
            return False
        if state.orphans > UNREST_ORPHANS and state.orphans > UNREST_SHARE * state.recent:
            return False
        return not self.beside(state, train, MOTOR_UNIT_POTENTIAL, MOTOR_UNIT_POTENTIAL)

    cdef bint beside(
        self, const Channel* state, const Train* train, int from_kind, int to_kind
    ) noexcept nogil:
        """Return whether another train of one of the kinds fires on the channel for certain."""
        cdef int index
        cdef const Train* other
        for index in range(TRAINS):
            other = &state.trains[index]
            if (
                other.used and other != train and from_kind <= other.kind <= to_kind
                and other.potentials >= NEIGHBOUR_POTENTIALS
                and other.confidence > NEIGHBOUR_CONFIDENCE
                and self.sample - other.last_sample
                < <long long> (NEIGHBOUR_RECENT_S * self.rate_hz)
            ):
                return True
        return False

    cdef void remember(
        self, Channel* state, Train* train, const Waveform* waveform
    ) noexcept nogil:
        """Note a potential, and whether the muscle rested when it came."""
        cdef Memory* place = &state.memory[state.n_potentials % REMEMBERED]
        cdef double weight = 1.0 / min(train.potentials, <long long> 8)
        place.sample = train.last_sample
        place.train = train.number
        place.amplitude_uv = waveform.amplitude_uv
        state.n_potentials += 1
        train.rest += weight * (self.at_rest(state, train) - train.rest)

    cdef bint in_crowd(self, const Channel* state, const Train* train) noexcept nogil:
        """Return whether potentials as large as the train's are common on the channel now.

        Trains that stand as an alert are not counted: fasciculations come among fibrillations.
        """
        cdef int count = 0
        cdef int index
        cdef int other
        cdef const Memory* place
        cdef bint counts
        for index in range(<int> min(state.n_potentials, <long long> REMEMBERED)):
            place = &state.memory[index]
            if (
                place.train == train.number or place.amplitude_uv < 0.5 * train.amplitude_uv
                or self.sample - place.sample > <long long> (UNREST_S * self.rate_hz)
            ):
                continue
            counts = True
            for other in range(TRAINS):
                if (
                    state.trains[other].used and state.trains[other].number == place.train
                    and state.trains[other].alert >= 0
                ):
                    counts = False
            count += counts
        return count > CROWD

    cdef bint near_burst(self, const Channel* state, const Train* train) noexcept nogil:
        """Return whether a train fired shortly before or after a busy time."""
        cdef long long settled = <long long> (SETTLED_S * self.rate_hz)
        return (
            state.burst_start - settled < train.last_sample
            and train.onset_sample < state.burst_end + settled
        )

    cdef bint may_be_superposed(self, const Channel* state, const Train* train) noexcept nogil:
        """Return whether two trains that fire now could make this potential together."""
        cdef int index
        cdef const Train* other
        cdef double largest = 0.0
        cdef double second = 0.0
        for index in range(TRAINS):
            other = &state.trains[index]
            if (
                other.used and other != train and other.potentials > SINGLE_POTENTIALS
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
        cdef Channel* state = &self.channels[channel]
        cdef double[N_FEATURES] features
        cdef unsigned char[N_FEATURES] known
        cdef double[N_KINDS] posterior
        cdef double total = 0.0
        cdef double doubt = 1.0
        cdef bint on_mains
        cdef int kind
        cdef int index
        cdef int n_intervals = <int> min(train.n_intervals, <long long> INTERVALS)
        cdef const Waveform* shape = &train.shape
        memset(known, 1, N_FEATURES)
        # A template's neighbours average out; only what outlasts it is measured one by one.
        features[DURATION] = log2(
            max(0.1, <double> shape.duration_ms if shape.ended else train.duration_ms)
        )
        features[HALF_WIDTH] = log2(max(0.05, <double> shape.half_width_ms))
        features[POSITIVITY] = shape.positive_uv / max(1e-6, <double> shape.amplitude_uv)
        features[FIRST_PHASE] = shape.first_phase
        features[AMPLITUDE] = log10(max(1.0, train.amplitude_uv))
        features[PHASES] = shape.phases
        features[RISE] = log2(max(0.05, <double> shape.rise_ms))
        known[RATE] = n_intervals > 0 or silent_s > 0.0
        known[VARIABILITY] = n_intervals > 1
        known[SHORTEST] = n_intervals > 0
        features[RATE] = features[VARIABILITY] = features[SHORTEST] = 0.0
        if n_intervals > 0:
            features[RATE] = log2(train.rate_hz)
            features[SHORTEST] = log2(max(0.1, min(LONG_MS, train.shortest / self.per_ms)))
        if silent_s > 0.0 and (n_intervals == 0 or silent_s * train.rate_hz > SILENT_INTERVALS):
            features[RATE] = log2(1.0 / silent_s)
        if n_intervals > 1:
            features[VARIABILITY] = log2(max(0.003, train.variability))
        kind = judge(&self.model, features, known, max(1, n_intervals), posterior)
        self.fade_counts(state)
        if train.rest < REST_SHARE or not self.at_rest(state, train):
            doubt = OF_CONTRACTION if train.rest < REST_SHARE else NOT_AT_REST
        elif (
            not train.variability < IRREGULAR  # also where it is not known
            and self.beside(state, train, END_PLATE_SPIKE, END_PLATE_NOISE)
        ):
            doubt = NOT_AT_REST
        elif (
            self.in_crowd(state, train) or self.near_burst(state, train)
            or (train.potentials <= SINGLE_POTENTIALS and self.may_be_superposed(state, train))
        ):
            posterior[FASCICULATION] *= NOT_AT_REST
        posterior[FIBRILLATION] *= doubt
        posterior[POSITIVE_SHARP_WAVE] *= doubt
        posterior[FASCICULATION] *= doubt
        for index in range(N_KINDS):
            total += posterior[index]
        for index in range(N_KINDS):
            posterior[index] /= total
            if posterior[index] > posterior[kind]:
                kind = index
        on_mains = locked_to(train, self.rate_hz / 50.0) or locked_to(train, self.rate_hz / 60.0)
        if n_intervals >= CLOCKED_INTERVALS and (on_mains or train.variability < CLOCKED):
            kind = ARTEFACT
            posterior[kind] = 0.9
        elif (on_mains and kind <= CRAMP_DISCHARGE) or (
            (kind == FIBRILLATION or kind == POSITIVE_SHARP_WAVE)
            and train.potentials < FEWEST_NAMED
        ) or (kind == FASCICULATION and train.amplitude_uv < self.limits.fasciculation_uv):
            kind = UNCLASSIFIED
            posterior[kind] = 0.5
        train.changed = train.changed or train.kind != kind
        if train.kind != kind or posterior[kind] < self.limits.alert_confidence:
            train.sure = 0
        train.kind = kind
        train.confidence = <float> posterior[kind]
        train.sure += train.confidence >= self.limits.alert_confidence
        self.update_alert(channel, train)

    cdef void update_alert(self, int channel, Train* train) noexcept nogil:
        """Raise a train's alert when its evidence suffices, clear it when its kind has changed."""
        cdef bint alerting = FIBRILLATION <= train.kind <= CRAMP_DISCHARGE
        cdef bint sure = train.confidence >= self.limits.alert_confidence
        # A fasciculation is a finding by itself; every other kind needs a train.
        cdef bint enough = train.kind == FASCICULATION or (
            train.sure >= SURE_IN_A_ROW
            and train.potentials >= self.limits.alert_potentials
            and train.last_sample - train.onset_sample >= self.limits.alert_span_rows
        )
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
        for index in range(TRAINS):
            train = &state.trains[index]
            if not train.used:
                continue
            silent_s = (self.sample - train.last_sample) / self.rate_hz
            allowed_s = SILENT_FROM_S
            if not isnan(train.rate_hz):
                allowed_s = max(
                    SILENT_FROM_S, min(SILENT_INTERVALS / train.rate_hz, SILENT_TO_S)
                )
            if silent_s > SINGLE_S and train.potentials <= SINGLE_POTENTIALS:
                self.judge_train(channel, train, silent_s)
            if silent_s > allowed_s:
                self.close_train(channel, train, True)
            elif report and train.changed:
                self.write_train(channel, train, False)

    cdef void close_train(self, int channel, Train* train, bint silent) noexcept nogil:
        """Write a train for the last time; ``silent`` IN whether its alert is cleared with it."""
        if silent and train.alert >= 0:
            self.clear_alert(channel, train)
        self.write_train(channel, train, True)
        train.used = False

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
        if row == NULL:
            return
        row.train = train.number
        row.onset_sample = train.onset_sample
        row.offset_sample = train.last_sample
        row.potentials = train.potentials
        row.channel = channel
        row.rate_hz = <float> train.rate_hz
        row.interval_cv = <float> train.interval_cv
        row.amplitude_uv = <float> train.amplitude_uv
        row.confidence = train.confidence
        row.kind = train.kind
        row.closed = closed
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


def kind_codes():
    """Return the codes of kinds that the kernel uses, by the names of ``Kind``; for a test."""
    return {
        "UNCLASSIFIED": UNCLASSIFIED,
        "FIBRILLATION": FIBRILLATION,
        "POSITIVE_SHARP_WAVE": POSITIVE_SHARP_WAVE,
        "FASCICULATION": FASCICULATION,
        "CRAMP_DISCHARGE": CRAMP_DISCHARGE,
        "MOTOR_UNIT_POTENTIAL": MOTOR_UNIT_POTENTIAL,
        "END_PLATE_SPIKE": END_PLATE_SPIKE,
        "END_PLATE_NOISE": END_PLATE_NOISE,
        "INSERTIONAL_ACTIVITY": INSERTIONAL_ACTIVITY,
        "ARTEFACT": ARTEFACT,
    }
