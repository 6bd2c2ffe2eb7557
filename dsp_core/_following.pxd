from libc.stdint cimport uint32_t

from myoscope.dsp_core._bank cimport BankKernel
from myoscope.dsp_core._signal_path cimport SignalPath
from myoscope.dsp_core._stream cimport Stream

ctypedef struct Stretch:
    # Of rows that are above the release level, but for short gaps; one on each channel.
    bint active
    float deflection             # largest that was looked at; a potential's is
    long long start              # row since the last gap
    long long last_high          # newest row above the release level
    long long blank_until        # row before which nothing is detected
    long long peak_due           # row at which its peak is looked for, once it is above threshold

ctypedef struct Following:
    # Which channels are followed, and from where.
    Stretch* stretches           # (n_channels,)
    long long* awaited           # (n_channels,): row from which it must be followed
    int* followed                # scratch: channels to follow through the newest rows
    int* turns                   # scratch: index, among these, of the next that matters to each
    long long blanked_until      # latest blank_until of a channel
    int tail_rows                # from a template's first point to the end of its tail
    double busy_decay
    double[20] busy_kept         # (1 - busy_decay) to the power of 1, 2, 4, ... rows
    # What the signal path says of the newest rows.
    int delay                    # rows from a row to the deflection centred on it
    const float* peaks           # (n_channels,): largest deflection
    const uint32_t* high         # (n_channels,): bit i where the i-th is above the release
    const uint32_t* missing      # (n_channels,): bit i where the i-th was no number
    unsigned char* spoilt        # (n_channels,): the noise is not to be learnt from them

cdef int open_following(
    Following* following, const Stream* stream, SignalPath path, BankKernel bank_kernel
) except -1
cdef void close_following(Following* following) noexcept nogil
cdef void start_anew(Following* following, Stream* stream) noexcept nogil
cdef int choose_channels(Following* following, Stream* stream, int rows) noexcept nogil
cdef void await_channel(Following* following, Stream* stream, int channel) noexcept nogil
cdef void follow_channels(
    Following* following, Stream* stream, int n_followed, int rows, bint whole
) noexcept nogil
cdef void end_candidates(Following* following, Stream* stream, int channel) noexcept nogil
