"""``ReplaySource``: a recording as a live stream, paced by a clock or as fast as it goes."""

import threading

from myoscope.acquisition.archive import Archive
from myoscope.acquisition.block import Block, Samples, StreamInfo
from myoscope.acquisition.clock import Clock
from myoscope.acquisition.errors import ReplayError
from myoscope.acquisition.pacing import Pacer
from myoscope.acquisition.source import StreamHealth

PACED_BLOCK_MS = 5.0
UNPACED_BLOCK_MS = 250.0
# A close from another thread ends a wait within this time.
LOOK_OUT_S = 0.1
# The archive is read in pages: opening a file's record for every 5 ms costs more than reading it.
PAGE_S = 1.0
PAGE_BYTES = 16 << 20


class ReplaySource:
    """A Source that plays an archive.

    Sample indexes count from ``start_sample``, so that a stretch is a stream of its own. A Block
    never spans a gap; the Block after it carries the loss.

    Parameters
    ----------
    archive
        What to play; the source closes it.
    block_samples, block_ms
        Length of a Block, one or the other; ``PACED_BLOCK_MS`` with a clock, else
        ``UNPACED_BLOCK_MS``. Blocks are shorter before a gap and at the end.
    clock
        What the replay is paced by: a Block comes when its last sample is due on an absolute
        schedule that starts with the first ``read_block``. None plays as fast as it goes.
    speed
        Seconds of signal in one second of the clock.
    start_sample, stop_sample
        The stretch to play, in samples of the archive; to its end where ``stop_sample`` is None.

    Raises
    ------
    ReplayError
        If the block length, the speed or the stretch is impossible.
    """

    def __init__(
        self,
        archive: Archive,
        *,
        block_samples: int | None = None,
        block_ms: float | None = None,
        clock: Clock | None = None,
        speed: float = 1.0,
        start_sample: int = 0,
        stop_sample: int | None = None,
    ) -> None:
        stop_sample = archive.n_samples if stop_sample is None else stop_sample
        if not 0 <= start_sample <= stop_sample <= archive.n_samples:
            raise ReplayError(
                f"samples {start_sample} to {stop_sample} were asked for; "
                f"{archive.info.name!r} has {archive.n_samples}"
            )
        self._archive = archive
        self._block_samples = _block_samples(archive, block_samples, block_ms, clock is not None)
        self._pacer = Pacer(archive.info.rate_hz, clock, speed)
        self._start = self._position = start_sample
        self._stop = stop_sample
        # (first sample, end) of each stretch without a gap that is still to be played.
        self._stretches = [
            (max(first, start_sample), min(end, stop_sample))
            for first, end in _stored(archive)
            if max(first, start_sample) < min(end, stop_sample)
        ]
        self._stretches.reverse()
        self._page: Samples | None = None
        self._page_start = 0
        self._lock = threading.Lock()  # a close from another thread waits for a read in progress
        self._closed = False
        self._lost_samples = 0
        self._gaps = 0
        self._clock_start: tuple[int, float] | None = None
        self._effective_rate_hz = float("nan")
        self._lag_ms = float("nan")

    @property
    def info(self) -> StreamInfo:
        """What is played."""
        return self._archive.info

    @property
    def n_samples(self) -> int:
        """Samples of the stretch that is played, lost ones included: for showing progress."""
        return self._stop - self._start

    @property
    def ended(self) -> bool:
        """True after the last Block, or once closed."""
        return self._closed or not self._stretches

    @property
    def health(self) -> StreamHealth:
        """Losses so far, how late the newest Block was, and the rate by the archive's clock."""
        late_s = self._pacer.late_s(self._position - self._start)
        return StreamHealth(
            effective_rate_hz=self._effective_rate_hz,
            lag_ms=self._lag_ms,
            lost_samples=self._lost_samples,
            gaps=self._gaps,
            silent_s=max(0.0, late_s) if late_s == late_s else 0.0,
        )

    def read_block(self, timeout_s: float) -> Block | None:
        """Return the next Block, or None when none is due within ``timeout_s``.

        Raises
        ------
        ArchiveError
            If the archive cannot be read there.
        """
        if self.ended:
            return None
        first, end = self._stretches[-1]
        stop = min(first + self._block_samples, end)
        if not self._wait_for(stop, timeout_s):
            return None
        with self._lock:
            if self._closed:
                return None
            samples = self._read(first, stop, end)
            clock_s = self._archive.clock_s(first)
        if stop == end:
            self._stretches.pop()
        else:
            self._stretches[-1] = (stop, end)
        lost_before = first - self._position
        self._position = stop
        self._lost_samples += lost_before
        self._gaps += lost_before > 0
        self._lag_ms = self._pacer.late_s(stop - self._start) * 1e3
        self._measure_rate(first, clock_s)
        return Block(samples, first - self._start, lost_before, clock_s)

    def close(self) -> None:
        """Close the archive; a wait in another thread ends within ``LOOK_OUT_S``."""
        self._closed = True
        with self._lock:
            self._archive.close()

    def _wait_for(self, stop: int, timeout_s: float) -> bool:
        """Wait until a Block is due, looking out for a close; False where it is not."""
        while not self._closed:
            if self._pacer.wait_for(stop - self._start, min(timeout_s, LOOK_OUT_S)):
                return True
            timeout_s -= LOOK_OUT_S
            if timeout_s <= 0:
                break
        return False

    def _read(self, first: int, stop: int, end: int) -> Samples:
        """Return samples of the page in hand, or of a new one that reaches up to ``end``."""
        page = self._page
        if page is None or not self._page_start <= first <= stop <= self._page_start + len(page):
            info = self._archive.info
            page_samples = min(int(PAGE_S * info.rate_hz), PAGE_BYTES // (4 * info.n_channels))
            page_samples = max(page_samples // self._block_samples, 1) * self._block_samples
            page = self._archive.read(first, min(first + page_samples, end))
            self._page, self._page_start = page, first
        return page[first - self._page_start : stop - self._page_start]

    def _measure_rate(self, sample: int, clock_s: float) -> None:
        if self._clock_start is None:
            self._clock_start = (sample, clock_s)
        start, start_s = self._clock_start
        if clock_s > start_s:
            self._effective_rate_hz = (sample - start) / (clock_s - start_s)


def _block_samples(
    archive: Archive, block_samples: int | None, block_ms: float | None, paced: bool
) -> int:
    if block_samples is not None and block_ms is not None:
        raise ReplayError(
            f"a block of {block_samples} samples and of {block_ms:g} ms was asked for; wanted one"
        )
    if block_samples is None:
        if block_ms is None:
            block_ms = PACED_BLOCK_MS if paced else UNPACED_BLOCK_MS
        if not 0 < block_ms < float("inf"):
            raise ReplayError(f"a block of {block_ms:g} ms was asked for; wanted more than 0")
        block_samples = max(1, round(block_ms * 1e-3 * archive.info.rate_hz))
    if block_samples < 1:
        raise ReplayError(f"a block of {block_samples} samples was asked for; wanted 1 or more")
    return block_samples


def _stored(archive: Archive) -> list[tuple[int, int]]:
    """Return (first sample, end) of what lies between the gaps."""
    first, stretches = 0, []
    for after, n_lost in archive.lost:
        stretches.append((first, after - n_lost))
        first = after
    return [*stretches, (first, archive.n_samples)]
