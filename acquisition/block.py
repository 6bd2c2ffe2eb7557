"""``StreamInfo`` and ``Block``: what crosses every border of the program."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.errors import StreamFormatError

MAX_CHANNELS = 1024
RATE_RANGE_HZ = (100.0, 1_000_000.0)

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What is known of a stream before its first sample.

    Attributes
    ----------
    name
        The stream's or the file's name.
    rate_hz
        Nominal sampling rate.
    channel_labels
        One label for each EMG channel, in the order of a Block's columns.
    unit
        The unit as the source declared it ("" if it declared none); Blocks are microvolts whatever
        this says.
    scale_uv
        Microvolts for one unit of the source, one number for each channel.
    unit_assumed
        True when the source declared no unit that is known and ``scale_uv`` is a guess.
    source_id
        What identifies the device or the file when it comes back.
    metadata
        Further words of the source about itself (device, filters, file format); plain text.

    Raises
    ------
    StreamFormatError
        If the rate is outside ``RATE_RANGE_HZ``, there are no channels or more than
        ``MAX_CHANNELS``, or a scale is missing or not a finite number other than 0.
    """

    name: str
    rate_hz: float
    channel_labels: tuple[str, ...]
    unit: str = "microvolts"
    scale_uv: tuple[float, ...] = ()
    unit_assumed: bool = False
    source_id: str = ""
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        lowest, highest = RATE_RANGE_HZ
        if not lowest <= self.rate_hz <= highest:  # also false for NaN
            raise StreamFormatError(
                f"{self.name!r} has a sampling rate of {self.rate_hz:g} Hz; "
                f"wanted {lowest:g} to {highest:g} Hz"
            )
        if not 1 <= self.n_channels <= MAX_CHANNELS:
            raise StreamFormatError(
                f"{self.name!r} has {self.n_channels} EMG channels; wanted 1 to {MAX_CHANNELS}"
            )
        if not self.scale_uv:
            object.__setattr__(self, "scale_uv", (1.0,) * self.n_channels)
        if len(self.scale_uv) != self.n_channels or not all(
            np.isfinite(scale) and scale != 0 for scale in self.scale_uv
        ):
            raise StreamFormatError(
                f"{self.name!r} has scales {self.scale_uv}; wanted {self.n_channels} finite "
                "numbers of microvolts per unit, none of them 0"
            )

    @property
    def n_channels(self) -> int:
        """Number of EMG channels."""
        return len(self.channel_labels)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Consecutive samples of a stream. Nobody changes a Block after it is made.

    Attributes
    ----------
    samples
        float32 array, shape (n_samples, n_channels), C-contiguous, read-only, microvolts, active
        minus reference. May hold no sample. NaN where a source says that a value is missing.
    first_sample
        Index of the first row, counted from the start of the stream, lost samples included: so
        ``first_sample / rate_hz`` is its time, and equals the end of the Block before plus
        ``lost_before``.
    lost_before
        Samples missing between the Block before and this one.
    clock_s
        LSL time of the first row by the source's clock; NaN where there is none.
    """

    samples: Samples
    first_sample: int
    lost_before: int = 0
    clock_s: float = float("nan")

    def __post_init__(self) -> None:
        samples = self.samples
        if samples.ndim != 2 or samples.dtype != np.float32 or not samples.flags.c_contiguous:
            raise ValueError(
                f"block has {samples.dtype} samples of shape {samples.shape}"
                f"{'' if samples.flags.c_contiguous else ' that are not C-contiguous'}; "
                "wanted C-contiguous float32 of shape (n_samples, n_channels)"
            )
        if self.first_sample < 0 or self.lost_before < 0:
            raise ValueError(
                f"block starts at sample {self.first_sample} after {self.lost_before} lost ones; "
                "wanted numbers of 0 or more"
            )
        samples.flags.writeable = False

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        return int(self.samples.shape[0])

    @property
    def n_channels(self) -> int:
        """Number of columns."""
        return int(self.samples.shape[1])

    @property
    def end_sample(self) -> int:
        """Index of the row after the last one."""
        return self.first_sample + self.n_samples
