"""The whole chain, timed: amplifier, LSL, source, detector, sink; what each potential waited for.

The chain is the one that monitor and recorder run: ``Session`` with a source, the detector and a
sink. When it has ended, the same samples go once more, one row at a time, through a new detector:
it finds the same, and so tells at which row each potential was complete.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.block import Block, Samples
from myoscope.acquisition.session import Session
from myoscope.acquisition.source import Source
from myoscope.dsp_core.detector import SpontaneousActivityDetector
from myoscope.dsp_core.findings import Findings
from myoscope.dsp_core.settings import DetectorSettings

Milliseconds = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Latencies:
    """What each potential waited for, in milliseconds; each array has shape (n_potentials,).

    Attributes
    ----------
    waveform
        From the potential's peak to the sample that completes it: it must have ended, and what
        follows must be known to be none of it.
    block
        From then to the last sample of the chunk in which the amplifier sends it.
    transport
        From then, which is when the amplifier pushes the chunk, until the chunk was in our hands:
        the sender's own lateness, LSL, and waking up.
    compute
        In the core.
    hand_off
        From the core to the sink.
    block_ms
        Duration of a chunk.
    blocks
        That came.
    """

    waveform: Milliseconds
    block: Milliseconds
    transport: Milliseconds
    compute: Milliseconds
    hand_off: Milliseconds
    block_ms: float
    blocks: int

    @property
    def from_push(self) -> Milliseconds:
        """From the push of the chunk that completes a potential to its publication."""
        return self.transport + self.compute + self.hand_off

    @property
    def from_peak(self) -> Milliseconds:
        """From a potential's peak to its publication."""
        return self.waveform + self.block + self.from_push

    def parts(self) -> dict[str, Milliseconds]:
        """Return what is waited for, by name, in order."""
        return {
            "waveform end": self.waveform,
            "block wait": self.block,
            "transport": self.transport,
            "compute": self.compute,
            "hand-off": self.hand_off,
            "from the push": self.from_push,
            "from the peak": self.from_peak,
        }


@dataclass(slots=True)
class Notes:
    """What is noted while the chain runs, one entry for each Block; seconds of ``now``."""

    now: Callable[[], float]
    blocks: list[Block] = field(default_factory=list)
    begun_s: list[float] = field(default_factory=list)
    found_s: list[float] = field(default_factory=list)
    told_s: list[float] = field(default_factory=list)
    findings: list[Findings] = field(default_factory=list)


class _NotedDetector:
    """A detector that notes when it begins and ends."""

    def __init__(self, detector: SpontaneousActivityDetector, notes: Notes) -> None:
        self._detector, self._notes = detector, notes
        self.finish = detector.finish

    def process(self, samples: Samples, lost_before: int = 0) -> Findings:
        self._notes.begun_s.append(self._notes.now())
        findings = self._detector.process(samples, lost_before)
        self._notes.found_s.append(self._notes.now())
        return findings


class _NotedSink:
    """Where potentials are published: it notes when."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def write(self, block: Block, findings: Findings) -> None:
        self._notes.told_s.append(self._notes.now())
        self._notes.blocks.append(block)
        self._notes.findings.append(findings)

    def finish(self, findings: Findings) -> None:
        del findings


def run_chain(
    source: Source, settings: DetectorSettings, seconds: float, now: Callable[[], float]
) -> Notes:
    """Run the chain for so much signal, and return what was noted.

    ``now`` is the clock of the Blocks' ``clock_s``.
    """
    notes = Notes(now)
    info = source.info
    detector = SpontaneousActivityDetector(info.n_channels, info.rate_hz, settings)
    session = Session(source, _NotedDetector(detector, notes), [_NotedSink(notes)])
    session.run(max_samples=round(seconds * info.rate_hz))
    return notes


def latencies(
    notes: Notes, rate_hz: float, settings: DetectorSettings, rows_of_chunk: int | None = None
) -> Latencies:
    """Return what each potential waited for.

    Parameters
    ----------
    notes
        Of a chain that has ended.
    rows_of_chunk
        What the amplifier sends at once; where left out, the commonest length of a Block.
    """
    lengths = [block.n_samples for block in notes.blocks]
    rows = rows_of_chunk or int(np.bincount(lengths).argmax())
    samples, blocks = [], []
    for place, findings in enumerate(notes.findings):
        samples += findings.potentials["sample"].tolist()
        blocks += [place] * len(findings.potentials)
    complete = completing_samples(notes, rate_hz, settings)[: len(samples)]
    peak, index = np.array(samples, dtype=np.int64), np.array(blocks, dtype=np.int64)
    first = np.array([block.first_sample for block in notes.blocks], dtype=np.int64)[index]
    clock_s = np.array([block.clock_s for block in notes.blocks])[index]
    # LSL may hand out a chunk in pieces; most of them begin where a chunk does.
    begin = int(np.bincount([block.first_sample % rows for block in notes.blocks]).argmax())
    chunk_end = (complete - begin) // rows * rows + begin + rows - 1
    pushed_s = clock_s + (chunk_end - first) / rate_hz
    begun, found, told = (
        np.array(times)[index] for times in (notes.begun_s, notes.found_s, notes.told_s)
    )
    return Latencies(
        waveform=1e3 * (complete - peak) / rate_hz,
        block=1e3 * (chunk_end - complete) / rate_hz,
        transport=1e3 * (begun - pushed_s),
        compute=1e3 * (found - begun),
        hand_off=1e3 * (told - found),
        block_ms=1e3 * rows / rate_hz,
        blocks=len(notes.blocks),
    )


def completing_samples(
    notes: Notes, rate_hz: float, settings: DetectorSettings
) -> npt.NDArray[np.int64]:
    """Return the sample with which each potential became known, in the order of the findings."""
    n_channels = notes.blocks[0].samples.shape[1]
    detector = SpontaneousActivityDetector(n_channels, rate_hz, settings)
    complete: list[int] = []
    for block in notes.blocks:
        lost = block.lost_before
        for row in range(block.n_samples):
            found = detector.process(block.samples[row : row + 1], lost)
            complete += [block.first_sample + row] * len(found.potentials)
            lost = 0
    return np.array(complete, dtype=np.int64)
