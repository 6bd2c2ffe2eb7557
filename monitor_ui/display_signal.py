"""``DisplaySignal``: the last seconds of a stream in the band in which they are shown."""

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.block import Block, Samples
from myoscope.acquisition.ring import SampleRing
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.display_filter import DisplayFilter
from myoscope.monitor_ui.mailbox import Mailbox

# 64 channels at 48 kHz still get the longest sweep, 10 s.
RING_S = 30.0
RING_BYTES = 125_000_000
# Filtered at a time: more would not fit the processor's caches.
PIECE_VALUES = 500_000
# The filter has forgotten how it began after so long.
SETTLING_S = 0.3


class DisplaySignal:
    """The filtered signal that every panel reads; each sample is filtered once.

    Belongs to the window's thread. ``hold`` keeps what is there for a frozen picture while
    ``advance`` goes on.

    Parameters
    ----------
    mailbox
        Of the session.
    settings
        The band and the polarity.
    """

    def __init__(self, mailbox: Mailbox, settings: DetectorSettings) -> None:
        self._mailbox = mailbox
        self.info = mailbox.info
        n_channels, rate_hz = self.info.n_channels, self.info.rate_hz
        self._filter = DisplayFilter(n_channels, rate_hz, settings)
        self._capacity = max(1, int(min(RING_S * rate_hz, RING_BYTES / (4 * n_channels))))
        self._piece = max(1, PIECE_VALUES // n_channels)
        self._generation = mailbox.generation
        self._ring = SampleRing(n_channels, self._capacity)
        self._held: SampleRing | None = None

    @property
    def newest(self) -> int:
        """Index after the newest sample that has been filtered."""
        return self._ring.newest

    @property
    def generation(self) -> int:
        """Changes when the stream jumps: what was read before no longer holds."""
        return self._generation

    @property
    def shown(self) -> SampleRing:
        """What the picture shows: the newest samples, or those that are held."""
        return self._held or self._ring

    def advance(self) -> None:
        """Filter what has come since the last call; skips what would be overwritten at once."""
        source = self._mailbox.ring
        if self._mailbox.generation != self._generation:
            self._generation = self._mailbox.generation
            self._ring = SampleRing(self.info.n_channels, self._capacity)
            self._held = None
            self._filter.restart()
        newest = source.newest
        start = self._ring.newest
        settling = round(SETTLING_S * self.info.rate_hz)
        if newest - start > self._capacity or start < source.oldest:
            start = max(source.oldest, newest - self._capacity - settling)
            self._filter.restart()
        while start < newest:
            window = source.read(start, min(start + self._piece, newest))
            if window.overrun_samples:
                self._filter.restart()
            if len(window.samples):
                shown = np.ascontiguousarray(
                    self._filter.process(window.samples, window.first_sample)
                )
                self._ring.write(Block(shown, window.first_sample))
            start = window.first_sample + len(window.samples)

    def hold(self) -> None:
        """Keep what is there now, however long the picture is looked at."""
        held = SampleRing(self.info.n_channels, self._capacity)
        for first, rows in self._ring.views(self._ring.oldest, self._ring.newest):
            held.write(Block(rows.copy(), first))
        self._held = held

    def release(self) -> None:
        """Let go of what was held."""
        self._held = None

    def views(self, start: int, stop: int) -> list[tuple[int, Samples]]:
        """Return (first sample, rows) of what the picture may show of a time, not copied."""
        pieces = []
        for first, rows in self.shown.views(start, stop):
            for offset in range(0, len(rows), self._piece):
                pieces.append((first + offset, rows[offset : offset + self._piece]))
        return pieces

    def cut(self, channel: int, start: int, stop: int) -> npt.NDArray[np.float32] | None:
        """Return the newest signal of a channel between two samples; None where it is not whole."""
        window = self._ring.read(start, stop, slice(channel, channel + 1))
        whole = window.first_sample == start and len(window.samples) == stop - start
        return window.samples[:, 0] if whole else None

    def shown_cut(self, channel: int, start: int, stop: int) -> tuple[int, npt.NDArray[np.float32]]:
        """Return (first sample, signal) of what the picture has of a channel in a time."""
        window = self.shown.read(start, stop, slice(channel, channel + 1))
        return window.first_sample, window.samples[:, 0]
