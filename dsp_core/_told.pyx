"""What is told: peaks, spikes, potentials, trains and alerts, as rows of tables."""

from cpython.bytearray cimport PyByteArray_FromStringAndSize
from libc.stdlib cimport calloc, free, realloc

from numpy import frombuffer

from myoscope.dsp_core._discharges cimport parts_of
from myoscope.dsp_core._kinds cimport UNCLASSIFIED, Evidence
from myoscope.dsp_core._stream cimport Stream, Table, is_live
from myoscope.dsp_core._trains cimport Rhythm, Train, telling_rhythm
from myoscope.dsp_core._waveform cimport Waveform

from myoscope.dsp_core.findings import (
    ALERT_DTYPE, PEAK_DTYPE, POTENTIAL_DTYPE, SPIKE_DTYPE, TRAIN_DTYPE,
)

cdef packed struct PeakRow:
    long long sample
    int channel
    float amplitude_uv

cdef packed struct SpikeRow:
    long long sample
    long long train
    int channel
    int shape
    float amplitude_uv
    float duration_ms
    unsigned char kind
    signed char first_phase

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
    unsigned int context

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


cdef int open_tables(Stream* stream) except -1:
    """Make room for rows."""
    make_table(&stream.peak_table, sizeof(PeakRow))
    make_table(&stream.spike_table, sizeof(SpikeRow))
    make_table(&stream.potential_table, sizeof(PotentialRow))
    make_table(&stream.train_table, sizeof(TrainRow))
    make_table(&stream.alert_table, sizeof(AlertRow))
    return 0


cdef void close_tables(Stream* stream) noexcept nogil:
    free(stream.peak_table.rows)
    free(stream.spike_table.rows)
    free(stream.potential_table.rows)
    free(stream.train_table.rows)
    free(stream.alert_table.rows)


cdef bint is_anything(const Stream* stream) noexcept nogil:
    """Return whether there are rows that were not taken yet."""
    return (
        stream.peak_table.count > 0 or stream.spike_table.count > 0
        or stream.potential_table.count > 0 or stream.train_table.count > 0
        or stream.alert_table.count > 0
    )


cdef tuple take_tables(Stream* stream):
    """Return (peaks, spikes, potentials, trains, alerts) written since the last call.

    None where there are none.
    """
    return (
        take_table(&stream.peak_table, PEAK_DTYPE),
        take_table(&stream.spike_table, SPIKE_DTYPE),
        take_table(&stream.potential_table, POTENTIAL_DTYPE),
        take_table(&stream.train_table, TRAIN_DTYPE),
        take_table(&stream.alert_table, ALERT_DTYPE),
    )


cdef void write_peak(
    Stream* stream, int channel, long long sample, float amplitude_uv
) noexcept nogil:
    cdef PeakRow* row = <PeakRow*> next_row(stream, &stream.peak_table)
    if row == NULL:
        return
    row.sample = sample
    row.channel = channel
    row.amplitude_uv = amplitude_uv


cdef void write_spike(
    Stream* stream, int channel, const Train* train, const Waveform* waveform, long long sample
) noexcept nogil:
    """Write a spike; ``train`` IN that of its shape, NULL where it is no known one."""
    cdef SpikeRow* row = <SpikeRow*> next_row(stream, &stream.spike_table)
    if row == NULL:
        return
    row.sample = sample
    row.train = -1
    row.channel = channel
    row.shape = -1
    row.amplitude_uv = waveform.amplitude_uv
    row.duration_ms = waveform.duration_ms
    row.kind = UNCLASSIFIED
    row.first_phase = <signed char> waveform.first_phase
    if train != NULL:
        row.shape = train.shape_class
        # Of what fell silent only the shape is known; what fires again is another train.
        if is_live(train):
            row.train = train.number
            row.kind = train.kind


cdef void write_potential(
    Stream* stream, int channel, const Train* train, const Waveform* waveform, long long sample
) noexcept nogil:
    cdef PotentialRow* row = <PotentialRow*> next_row(stream, &stream.potential_table)
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


cdef void write_train(Stream* stream, int channel, Train* train, bint closed) noexcept nogil:
    cdef TrainRow* row = <TrainRow*> next_row(stream, &stream.train_table)
    cdef const Evidence* evidence = &train.evidence
    cdef Rhythm rhythm = train.turn.rhythm if train.turn.taken else telling_rhythm(train)
    if row == NULL:
        return
    if evidence.duration_ms > 0.0 and not train.satellite:
        # What it was judged by; what came since, while the needle moved, does not count.
        rhythm = Rhythm(
            evidence.rate_hz, evidence.variability, evidence.shortest_ms * stream.per_ms,
            evidence.wander, evidence.grouping,
        )
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
    row.duration_ms = <float> evidence.duration_ms
    row.half_width_ms = <float> evidence.half_width_ms
    row.rise_ms = <float> evidence.rise_ms
    row.positive_share = <float> evidence.positive_share
    row.phases = <unsigned char> min(255, evidence.phases)
    row.first_phase = <signed char> evidence.first_phase
    row.parts = <unsigned char> min(255, parts_of(stream, channel, train))
    row.intervals = <unsigned char> evidence.intervals
    row.interval_variability = <float> rhythm.variability
    row.shortest_ms = <float> (rhythm.shortest / stream.per_ms)
    row.wander = <float> rhythm.wander
    row.grouping = <float> rhythm.grouping
    row.silent_s = <float> evidence.silent_s
    row.rest_share = <float> train.rest
    row.context = evidence.context
    train.changed = False


cdef void write_alert(Stream* stream, int channel, const Train* train, bint cleared) noexcept nogil:
    cdef AlertRow* row = <AlertRow*> next_row(stream, &stream.alert_table)
    if row == NULL:
        return
    row.alert = train.alert
    row.train = train.number
    row.raised_sample = train.alert_raised
    row.cleared_sample = stream.newest if cleared else -1
    row.first_potential_sample = train.onset_sample
    row.potentials = train.alert_potentials
    row.channel = channel
    row.rate_hz = train.alert_rate_hz
    row.interval_cv = train.alert_cv
    row.confidence = train.alert_confidence
    row.kind = train.alert_kind


cdef void* next_row(Stream* stream, Table* table) noexcept nogil:
    """Return room for one more row, NULL where there is no memory for it."""
    cdef char* grown
    if table.count == table.capacity:
        grown = <char*> realloc(table.rows, 2 * table.capacity * table.row_size)
        if grown == NULL:
            stream.out_of_memory = True
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
    rows = frombuffer(
        PyByteArray_FromStringAndSize(table.rows, table.count * table.row_size), dtype
    )
    table.count = 0
    return rows
