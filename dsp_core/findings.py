"""``Findings``: what the detector says about a Block, in five tables."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.void]

# One row for each stretch of signal that stands out, about a millisecond after its peak: what it is
# follows as a potential, or it is none after all. Told, and not kept.
PEAK_DTYPE = np.dtype(
    [
        ("sample", "<i8"),  # of the largest deflection so far, counted from the start of the stream
        ("channel", "<i4"),  # from 0
        ("amplitude_uv", "<f4"),  # of it, with its sign
    ]
)

# One row for each peak, some 2.6 ms after it: what is there of its waveform, and which of the known
# shapes it begins. For who cannot wait for the potential; told, and not kept.
SPIKE_DTYPE = np.dtype(
    [
        ("sample", "<i8"),  # of the largest deflection so far, counted from the start of the stream
        ("train", "<i8"),  # number of the train that has its shape; -1 where none fires now
        ("channel", "<i4"),  # from 0
        ("shape", "<i4"),  # shape class on its channel; -1 where it is no known one
        ("amplitude_uv", "<f4"),  # peak to peak so far
        ("duration_ms", "<f4"),  # from leaving the baseline, so far
        ("kind", "u1"),  # Kind of the train at the moment; unclassified where there is none
        ("first_phase", "i1"),  # +1 initially positive, -1 initially negative
    ]
)

# One row a potential, as soon as its waveform can be compared. The final kind is its train's.
POTENTIAL_DTYPE = np.dtype(
    [
        ("sample", "<i8"),  # of the largest deflection, counted from the start of the stream
        ("train", "<i8"),  # number of its train; -1 where it belongs to none
        ("channel", "<i4"),  # from 0
        ("shape", "<i4"),  # shape class on its channel; -1 where it has none
        ("amplitude_uv", "<f4"),  # peak to peak
        ("duration_ms", "<f4"),  # from leaving to rejoining the baseline
        ("rise_ms", "<f4"),  # of the steepest phase, 10 to 90 %
        ("confidence", "<f4"),  # 0 to 1, that this is a potential of the provisional kind
        ("kind", "u1"),  # provisional Kind
        ("phases", "u1"),  # number of baseline crossings plus one
        ("first_phase", "i1"),  # +1 initially positive, -1 initially negative
    ]
)

# One row for each change of a train; the newest row of a number is what holds.
TRAIN_DTYPE = np.dtype(
    [
        ("train", "<i8"),  # counted from 0 as they become known
        ("onset_sample", "<i8"),  # of its first potential
        ("offset_sample", "<i8"),  # of its newest potential
        ("potentials", "<i8"),  # its own, also those told under the train that it was parted from
        ("channel", "<i4"),
        ("rate_hz", "<f4"),  # 1 / median interval; NaN before there is one
        ("interval_cv", "<f4"),  # standard deviation / mean of the newest 32 intervals; NaN below 2
        ("amplitude_uv", "<f4"),  # mean, peak to peak
        ("confidence", "<f4"),
        ("kind", "u1"),
        ("closed", "u1"),  # 1 once no potential will be added
        # What its kind was judged by, for ``evidence``. Of the shape that its potentials share:
        ("duration_ms", "<f4"),
        ("half_width_ms", "<f4"),  # of the largest deflection, at half its height
        ("rise_ms", "<f4"),  # of the phase before the largest deflection, 10 to 90 %
        ("positive_share", "<f4"),  # positive part of the peak-to-peak amplitude, 0 to 1
        ("phases", "u1"),  # of all its parts
        ("first_phase", "i1"),  # +1 initially positive, -1 initially negative
        ("parts", "u1"),  # shapes that follow each other at fixed lags; 1 for a simple potential
        # Of its rhythm:
        ("intervals", "u1"),  # how many of the newest were judged
        ("interval_variability", "<f4"),  # mean 2 |b - a| / (b + a) of neighbours a, b
        ("shortest_ms", "<f4"),  # interval
        ("wander", "<f4"),  # slow change of the interval over that from one to the next; 1 for none
        ("grouping", "<f4"),  # pauses over intervals within groups; 1 where there are no groups
        ("silent_s", "<f4"),  # silence that counted as evidence of a low rate; 0 for none
        # Of what went on around it:
        ("rest_share", "<f4"),  # of its potentials, that came while the muscle rested
        ("context", "<u4"),  # ``Context`` flags
    ]
)

# One row when an alert is raised and one when it is cleared.
ALERT_DTYPE = np.dtype(
    [
        ("alert", "<i8"),  # counted from 0 in order of raising
        ("train", "<i8"),
        ("raised_sample", "<i8"),  # newest sample that had been processed
        ("cleared_sample", "<i8"),  # likewise; -1 while the alert stands
        ("first_potential_sample", "<i8"),
        ("potentials", "<i8"),  # of the train when raised, as what follows
        ("channel", "<i4"),
        ("rate_hz", "<f4"),
        ("interval_cv", "<f4"),
        ("confidence", "<f4"),
        ("kind", "u1"),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What became known with one call of the detector; any table may be empty.

    Attributes
    ----------
    potentials
        Structured array of ``POTENTIAL_DTYPE``, in the order in which they were found.
    trains
        Structured array of ``TRAIN_DTYPE``: trains that began or changed, in order.
    alerts
        Structured array of ``ALERT_DTYPE``: alerts raised or cleared, in order.
    peaks
        Structured array of ``PEAK_DTYPE``: provisional, some milliseconds before ``potentials``.
    spikes
        Structured array of ``SPIKE_DTYPE``: provisional likewise, with the shape class.
    """

    potentials: Table
    trains: Table
    alerts: Table
    peaks: Table = field(default_factory=lambda: np.empty(0, PEAK_DTYPE))
    spikes: Table = field(default_factory=lambda: np.empty(0, SPIKE_DTYPE))

    @classmethod
    def none(cls) -> "Findings":
        """Return findings without a row."""
        return cls(np.empty(0, POTENTIAL_DTYPE), np.empty(0, TRAIN_DTYPE), np.empty(0, ALERT_DTYPE))
