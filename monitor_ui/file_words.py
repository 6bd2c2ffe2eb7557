"""``FileWords``: what a user has to say about a file that does not say it itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileWords:
    """What a user may have to say about a file that does not say it itself.

    Attributes
    ----------
    rate_hz
        Sampling rate, for a file without one.
    unit
        Unit of the stored numbers: "uV", "mV", …
    channels
        Labels or numbers (from 0) of the channels to read; empty for all EMG channels.
    stream
        Name of the stream in a file that holds several.
    """

    rate_hz: float | None = None
    unit: str | None = None
    channels: tuple[str, ...] = ()
    stream: str | None = None
