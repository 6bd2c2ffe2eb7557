"""``Session``: the one loop that takes Blocks from a source through the detector to the sinks."""

import threading
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from myoscope.acquisition.block import Block, Samples
from myoscope.acquisition.source import Source

FindingsT = TypeVar("FindingsT")
FindingsIn = TypeVar("FindingsIn", contravariant=True)
FindingsOut = TypeVar("FindingsOut", covariant=True)


class Detector(Protocol[FindingsOut]):
    """What the loop needs of a detector."""

    def process(self, samples: Samples, lost_before: int = 0) -> FindingsOut:
        """Return what became known with these samples."""
        ...

    def finish(self) -> FindingsOut:
        """Return what only the end of the stream makes known."""
        ...


class Sink(Protocol[FindingsIn]):
    """What a session hands its Blocks and findings to: a recording, a window, a table."""

    def write(self, block: Block, findings: FindingsIn) -> None:
        """Take a Block and what was found in it. Never waits for a disk or a screen."""
        ...

    def finish(self, findings: FindingsIn) -> None:
        """Take what the end of the stream made known. Called once, after the last ``write``."""
        ...


class Session(Generic[FindingsT]):
    """One run of a source through a detector into any number of sinks.

    Live, replay, archive and benchmark all run this loop.

    Parameters
    ----------
    source
        Where Blocks come from; the session closes it.
    detector
        Made for the source's rate and channels.
    sinks
        Each gets every Block, in order, from when it was added. The session does not close them.
    """

    POLL_S = 0.1

    def __init__(
        self,
        source: Source,
        detector: Detector[FindingsT],
        sinks: Sequence[Sink[FindingsT]] = (),
    ) -> None:
        self.source = source
        self.detector = detector
        self.sinks = tuple(sinks)
        self.samples_read = 0
        self._stop = threading.Event()

    def add(self, sink: Sink[FindingsT]) -> None:
        """Let another sink have the Blocks from the next one on; from any thread."""
        self.sinks = (*self.sinks, sink)

    def remove(self, sink: Sink[FindingsT]) -> None:
        """Let a sink have no more Blocks after the one in hand; from any thread."""
        self.sinks = tuple(other for other in self.sinks if other is not sink)

    def stop(self) -> None:
        """Ask the loop to end after the Block in hand; may be called from any thread."""
        self._stop.set()

    def run(self, max_samples: int | None = None) -> None:
        """Run until the source ends, ``stop`` is called or ``max_samples`` have gone through.

        Counted with lost samples, so that ``max_samples / rate_hz`` is a duration. The detector is
        finished and the source closed however the loop ends.
        """
        source, detector = self.source, self.detector
        try:
            while not (source.ended or self._stop.is_set()):
                block = source.read_block(self.POLL_S)
                if block is None:
                    continue
                if max_samples is not None and block.end_sample > max_samples:
                    block = _head(block, max_samples)
                if block is not None:
                    findings = detector.process(block.samples, block.lost_before)
                    self.samples_read = block.end_sample
                    for sink in self.sinks:
                        sink.write(block, findings)
                if max_samples is not None and (block is None or block.end_sample >= max_samples):
                    break
        finally:
            source.close()
            last = detector.finish()
            for sink in self.sinks:
                sink.finish(last)


def _head(block: Block, end_sample: int) -> Block | None:
    """Return the part of a Block before ``end_sample``, None where that is nothing."""
    keep = end_sample - block.first_sample
    if keep <= 0:
        return None
    return Block(block.samples[:keep], block.first_sample, block.lost_before, block.clock_s)
