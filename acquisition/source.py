"""``Source``: the contract of everything that Blocks come from."""

from dataclasses import dataclass
from typing import Protocol

from myoscope.acquisition.block import Block, StreamInfo


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """How a source is doing; numbers are NaN while they are not known yet.

    Attributes
    ----------
    effective_rate_hz
        Samples per second of the source's own clock, measured.
    lag_ms
        Age of the newest sample when it was read.
    lost_samples
        Samples lost since the start.
    gaps
        Places at which samples were lost.
    silent_s
        Time since a sample last arrived.
    """

    effective_rate_hz: float = float("nan")
    lag_ms: float = float("nan")
    lost_samples: int = 0
    gaps: int = 0
    silent_s: float = 0.0


class Source(Protocol):
    """A stream of Blocks in order, without overlap, every loss counted.

    A source belongs to one thread. ``close`` may be called twice, and from another thread to end
    a wait.
    """

    @property
    def info(self) -> StreamInfo:
        """What the stream is; does not change while it lasts."""
        ...

    @property
    def ended(self) -> bool:
        """True once no Block will ever come again."""
        ...

    @property
    def health(self) -> StreamHealth:
        """How the stream is doing now."""
        ...

    def read_block(self, timeout_s: float) -> Block | None:
        """Return the next Block, or None when none came within ``timeout_s``.

        Raises
        ------
        StreamLostError
            If the stream has gone and cannot come back as the same stream.
        """
        ...

    def close(self) -> None:
        """Let go of the device or the file."""
        ...
