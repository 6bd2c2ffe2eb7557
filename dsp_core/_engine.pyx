"""The whole core: signal path, potentials, trains, kinds, alerts.

Everything happens at a row of the signal, never at the end of a block, so the same samples give the
same findings however they are cut. The signal path takes a few rows of all channels at once; then
only the channels on which something stands out, or is awaited, are followed row by row. The state
of a channel is one C struct; a block is one call without the GIL.
"""

from math import pi

from cpython.buffer cimport (
    PyBUF_FORMAT, PyBUF_ND, PyBuffer_Release, PyObject_GetBuffer,
)
from libc.stdint cimport uint64_t

from myoscope.dsp_core._bank cimport BankKernel
from myoscope.dsp_core._filter cimport FilterKernel
from myoscope.dsp_core._following cimport (
    Following, await_channel, choose_channels, close_following, end_candidates, follow_channels,
    open_following, start_anew,
)
from myoscope.dsp_core._kinds cimport KindModel, load_model
from myoscope.dsp_core._lives cimport end_trains, look_after_trains
from myoscope.dsp_core._signal_path cimport SignalPath
from myoscope.dsp_core._stream cimport Limits, Stream, close_stream, open_stream
from myoscope.dsp_core._templates cimport geometry_for
from myoscope.dsp_core._tiles cimport flush_denormals, restore_denormals
from myoscope.dsp_core._told cimport close_tables, is_anything, open_tables, take_tables

cdef double POINTS_PER_MS = 10.0


cdef Limits limits_of(dict settings, double rate_hz) except *:
    """Return the settings that the stages go by; ``settings`` IN of ``DetectorSettings``."""
    cdef Limits limits
    cdef double per_ms = rate_hz / 1000.0
    limits.threshold = settings["threshold"]
    limits.release = settings["release"]
    limits.quiet_rows = max(1, <int> (settings["quiet_ms"] * per_ms))
    limits.longest_rows = <int> (settings["longest_ms"] * per_ms)
    limits.blanking_rows = <int> (settings["blanking_ms"] * per_ms)
    limits.smallest_uv = settings["smallest_amplitude_uv"]
    limits.alert_confidence = settings["alert_confidence"]
    limits.alert_potentials = settings["alert_potentials"]
    limits.alert_span_rows = settings["alert_span_s"] * rate_hz
    limits.fasciculation_uv = settings["fasciculation_amplitude_uv"]
    return limits


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
    cdef SignalPath path
    cdef KindModel model
    cdef Following following
    cdef Stream stream

    def __cinit__(
        self, int n_channels, double rate_hz, dict settings, FilterKernel filter_kernel not None,
        BankKernel bank_kernel not None, tuple model
    ):
        cdef Stream* stream = &self.stream
        cdef int window_rows
        load_model(&self.model, model)
        self.n_channels = n_channels
        self.rate_hz = rate_hz
        self.filter_kernel = filter_kernel
        self.bank_kernel = bank_kernel
        stream.n_channels = n_channels
        stream.rate_hz = rate_hz
        stream.per_ms = rate_hz / 1000.0
        stream.corner = 2.0 * pi * settings["high_pass_hz"] / rate_hz
        stream.limits = limits_of(settings, rate_hz)
        stream.geometry = geometry_for(
            max(1, <int> (stream.per_ms / POINTS_PER_MS)), stream.per_ms
        )
        stream.model = &self.model
        # Room for the longest candidate, twice, with what lies around it.
        window_rows = 2 * stream.limits.longest_rows + <int> (30 * stream.per_ms)
        self.path = SignalPath(
            filter_kernel, bank_kernel, window_rows + bank_kernel.warm_up, settings["release"],
        )
        stream.lanes = self.path.lanes
        stream.ring_mask = self.path.ring_mask
        stream.widths = bank_kernel.widths
        stream.noise = bank_kernel.noise
        stream.gain = bank_kernel.gain
        open_stream(stream, window_rows)
        open_following(&self.following, stream, self.path, bank_kernel)
        open_tables(stream)

    def __dealloc__(self):
        close_tables(&self.stream)
        close_following(&self.following)
        close_stream(&self.stream)

    @property
    def sample(self):
        """Samples since the start of the stream, lost ones included."""
        return self.stream.sample

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
        if self.stream.out_of_memory:
            raise MemoryError("no memory for more findings")
        return is_anything(&self.stream)

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

    cdef void skip_gap(self, long long lost) noexcept nogil:
        """Start the signal path anew after lost samples; trains go on."""
        self.path.reset_state()
        start_anew(&self.following, &self.stream)
        self.stream.sample += lost

    cdef int process_rows(self, const float* samples, Py_ssize_t count) noexcept nogil:
        """Run over the next rows, at most ``count``; return how many."""
        cdef Stream* stream = &self.stream
        cdef int n_followed
        cdef int place
        cdef bint whole = self.bank_kernel.whole()
        cdef int rows = <int> min(
            <long long> count, stream.tick_rows - stream.sample % stream.tick_rows
        )
        rows = self.path.take_rows(samples, rows, stream.sample)
        n_followed = choose_channels(&self.following, stream, rows)
        if n_followed:
            follow_channels(&self.following, stream, n_followed, rows, whole)
        stream.row += rows
        stream.sample += rows
        stream.written = stream.row
        stream.newest = stream.sample - 1
        for place in range(n_followed):
            await_channel(&self.following, stream, self.following.followed[place])
        self.bank_kernel.end_rows(rows)
        if stream.sample % stream.tick_rows == 0:
            for place in range(self.n_channels):
                look_after_trains(stream, place)
        return rows

    def finish(self):
        """Complete what the end of the stream leaves open."""
        cdef int channel
        with nogil:
            for channel in range(self.n_channels):
                end_candidates(&self.following, &self.stream, channel)
                end_trains(&self.stream, channel)
        if self.stream.out_of_memory:
            raise MemoryError("no memory for more findings")

    def take(self):
        """Return (peaks, spikes, potentials, trains, alerts) found since the last call.

        None where there are none.
        """
        return take_tables(&self.stream)
