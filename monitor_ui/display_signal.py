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
    ``advance`` goes on. Nothing is copied then: what comes goes into another ring, and those before
    are let go of when they are no longer needed.

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
        self._rings: tuple[SampleRing, ...] = (self._new_ring(),)
        self._held: tuple[SampleRing, ...] | None = None

    @property
    def newest(self) -> int:
        """Index after the newest sample that has been filtered."""
        return self._rings[-1].newest

    @property
    def generation(self) -> int:
        """Changes when the stream jumps: what was read before no longer holds."""
        return self._generation

    @property
    def oldest_shown(self) -> int:
        """Index of the oldest sample that the picture can show."""
        return min(ring.oldest for ring in self._shown)

    def advance(self) -> None:
        """Filter what has come since the last call; skips what would be overwritten at once."""
        source = self._mailbox.ring
        if self._mailbox.generation != self._generation:
            self._generation = self._mailbox.generation
            self._rings = (self._new_ring(),)
            self._rings[0].restart(source.oldest)
            self._held = None
            self._filter.restart()
        newest, start = source.newest, self.newest
        settling = round(SETTLING_S * self.info.rate_hz)
        if newest - start > self._capacity or start < source.oldest:
            start = max(source.oldest, newest - self._capacity - settling)
            self._filter.restart()
        while start < newest:
            window = source.read(start, min(start + self._piece, newest))
            if window.overrun_samples:
                self._filter.restart()
            if len(window.samples):
                shown = self._filter.process(window.samples, window.first_sample)
                self._rings[-1].write(Block(np.ascontiguousarray(shown), window.first_sample))
            start = window.first_sample + len(window.samples)
        self._let_go()

    def hold(self) -> None:
        """Keep what is there now, however long the picture is looked at."""
        self._held = self._rings
        self._rings = (*self._rings, self._new_ring())
        self._rings[-1].restart(self._held[-1].newest)

    def release(self) -> None:
        """Let go of what was held."""
        self._held = None

    def views(self, start: int, stop: int) -> list[tuple[int, Samples]]:
        """Return (first sample, rows) of what the picture may show of a time, not copied."""
        pieces = []
        for ring in self._shown:
            for first, rows in ring.views(start, stop):
                for offset in range(0, len(rows), self._piece):
                    pieces.append((first + offset, rows[offset : offset + self._piece]))
        return pieces

    def cut(self, channel: int, start: int, stop: int) -> npt.NDArray[np.float32] | None:
        """Return the newest signal of a channel between two samples; None where it is not whole."""
        wave = _joined(self._rings, channel, start, stop)
        return wave if len(wave) == stop - start else None

    def shown_cut(self, channel: int, start: int, stop: int) -> npt.NDArray[np.float32] | None:
        """Return what the picture has of a channel in a time; None where it is not whole."""
        wave = _joined(self._shown, channel, start, stop)
        return wave if len(wave) == stop - start else None

    @property
    def _shown(self) -> tuple[SampleRing, ...]:
        return self._held or self._rings

    def _new_ring(self) -> SampleRing:
        return SampleRing(self.info.n_channels, self._capacity)

    def _let_go(self) -> None:
        """Forget rings that are older than what one ring holds."""
        oldest = self.newest - self._capacity
        while len(self._rings) > 1 and self._rings[1].oldest <= oldest:
            self._rings = self._rings[1:]


def _joined(
    rings: tuple[SampleRing, ...], channel: int, start: int, stop: int
) -> npt.NDArray[np.float32]:
    return np.concatenate(
        [rows[:, channel] for ring in rings for _, rows in ring.views(start, stop)]
        or [np.empty(0, np.float32)]
    )
