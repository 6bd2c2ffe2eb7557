"""What the stages of the core share: the stream's measures, its channels and how far it has come.

A stage is a module of functions that are handed the one ``Stream``. From the rows to what is told:
``_following``, ``_spikes``, ``_candidates``, ``_resolving``, ``_potentials``, ``_judging``,
``_alerts``, ``_told``.
"""

from libc.stdlib cimport calloc, free

from myoscope.dsp_core._window cimport close_window, open_window

cdef double SMOOTHING_MS = 0.2
# The signal is awaited for so long after a potential's peak.
cdef double AFTER_MS = 7.25

# A potential's peak may be taken for another of its deflections: so far is looked for its shape.
FURTHEST_MS = 1.25
# The level of a candidate is that of so long before it.
BASELINE_MS = 5.0
# Not even between potentials is a channel quiet that has more than so many times its noise.
AMONG_OTHERS = 2.0
# What is left that is wider than this at half its height is the slow end of what was taken out.
SLOWEST_PART_MS = 5.0
# A shape counts as known from so many potentials on.
KNOWN_SHAPE = 3
# Potentials that a template averages over; fewer where a fast train changes from one to the next.
REMEMBERED_POTENTIALS = 16
REMEMBERED_FAST = 5
FAST_HZ = 15.0
# What is faster and falls silent has ended, unless it is known to fire in groups.
GROUP_HZ = 4.0
# A train has fallen silent after this at the latest.
SILENT_TO_S = 15.0
# A potential that is not followed by its like for so long was a single one.
SINGLE_S = 1.5
SINGLE_POTENTIALS = 3
# Over so long is reckoned how busy a channel is.
BUSY_MS = 30.0
INSERTION_AFTER_S = 0.3    # normal insertional activity ends within it
INSERTION_LONGEST_S = 3.0  # a longer busy time is no needle movement
# A train that is less variable than this, as insertional activity is not, keeps a rhythm.
RHYTHM_VARIABILITY = 0.4
# But in a busy time potentials are so dense that some come evenly by chance.
BURST_INTERVALS = 16
# Nobody fires a motor unit faster at will for more than a doublet.
CRAMP_HZ = 28.0
# Another train tells where the needle is for so long after it fired.
NEIGHBOUR_RECENT_S = 1.5
# In the end-plate zone only what is more regular than this counts as denervation undiminished.
IRREGULAR = 0.15
# The parts of one discharge come within this.
ONE_DISCHARGE_MS = 20.0
# Of a busy time before there was one.
NEVER = -(1 << 60)


cdef int open_stream(Stream* stream, int window_rows) except -1:
    """Make room for the channels and for candidates of so many rows."""
    cdef int channel
    open_window(
        &stream.window, window_rows, stream.geometry.step,
        max(1, <int> (SMOOTHING_MS * stream.per_ms)) | 1, stream.per_ms,
    )
    stream.arithmetic = stream.window.arithmetic
    stream.kept = <float*> calloc(2 * window_rows, sizeof(float))
    stream.channels = <Channel*> calloc(stream.n_channels, sizeof(Channel))
    stream.galleries = <Gallery*> calloc(stream.n_channels * TRAINS, sizeof(Gallery))
    if stream.kept == NULL or stream.channels == NULL or stream.galleries == NULL:
        raise MemoryError()
    stream.after_rows = <int> (AFTER_MS * stream.per_ms)
    stream.furthest_rows = max(1, <int> (FURTHEST_MS * stream.per_ms))
    stream.tick_rows = max(1, <int> (100 * stream.per_ms))
    stream.report_rows = 10 * stream.tick_rows
    for channel in range(stream.n_channels):
        stream.channels[channel].burst_start = NEVER
        stream.channels[channel].burst_end = NEVER
        stream.channels[channel].cramp = NEVER
        stream.channels[channel].volley_seen = NEVER
    return 0


cdef void close_stream(Stream* stream) noexcept nogil:
    free(stream.kept)
    free(stream.channels)
    free(stream.galleries)
    close_window(&stream.window)


cdef int remembered_by(const Train* train) noexcept nogil:
    """Return over how many potentials a train's shape is averaged."""
    return REMEMBERED_FAST if train.rate_hz > FAST_HZ else REMEMBERED_POTENTIALS


cdef Train* known_train(Channel* state, long long number) noexcept nogil:
    """Return the train of a number, whether it fires now or not; NULL where it was forgotten."""
    cdef int index
    for index in range(state.places):
        if state.trains[index].used and state.trains[index].number == number:
            return &state.trains[index]
    return NULL


cdef Train* live_train(Channel* state, long long number) noexcept nogil:
    """Return the train of a number that fires now; NULL where it has ended."""
    cdef int index
    for index in range(state.places):
        if is_live(&state.trains[index]) and state.trains[index].number == number:
            return &state.trains[index]
    return NULL
