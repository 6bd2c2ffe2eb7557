"""Tails of potentials: learnt when they are there, which is after the potential was told."""

from myoscope.dsp_core._excerpt cimport copy_rows
from myoscope.dsp_core._stream cimport TAILS, Channel, Stream, Tail, live_train, remembered_by
from myoscope.dsp_core._templates cimport largest_of, learn_points
from myoscope.dsp_core._trains cimport Train


cdef void await_tail(
    Stream* stream, int channel, const Train* train, long long sample
) noexcept nogil:
    """Note that a potential's tail is to be learnt; ``sample`` IN of its template's start."""
    cdef Channel* state = &stream.channels[channel]
    cdef Tail* tail
    if state.n_tails == TAILS:
        return
    tail = &state.tails[state.n_tails]
    tail.train = train.number
    tail.start = sample - stream.sample + stream.row
    tail.level = stream.window.level
    state.n_tails += 1


cdef void learn_tail(Stream* stream, int channel) noexcept nogil:
    """Average the oldest awaited tail into its train's shape: potentials are told before it."""
    cdef Channel* state = &stream.channels[channel]
    cdef Tail tail = state.tails[0]
    cdef Train* train = live_train(state, tail.train)
    cdef int first = stream.geometry.sharp
    cdef int count = stream.geometry.wide - first
    cdef int index
    state.n_tails -= 1
    for index in range(state.n_tails):
        state.tails[index] = state.tails[index + 1]
    if train == NULL:
        return
    copy_rows(
        stream, channel, tail.start + first * stream.geometry.step, count * stream.geometry.step,
        stream.kept,
    )
    learn_points(
        stream.arithmetic, &train.template, &stream.geometry, first, count, stream.kept, tail.level,
        largest_of(stream.arithmetic, &train.template, &stream.geometry), remembered_by(train),
    )
