"""``FirstLook``: does a source mean what it says? Asked in words, before anything is detected."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from myoscope.acquisition.archive import Archive
from myoscope.acquisition.block import Samples, StreamInfo
from myoscope.acquisition.levels import measure_levels
from myoscope.acquisition.plausibility import guess_units, judge, level_words
from myoscope.acquisition.source import Source
from myoscope.dsp_core.detector import FULL_ACCURACY_HZ, RATE_RANGE_HZ

LISTEN_S = 1.2
# Over a second, chunks and the network make the measured rate uncertain by some percent.
RATE_TOLERANCE = 0.15
FILE_S = 5.0


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """A unit that the numbers may be in.

    Attributes
    ----------
    unit
        For the command line; None takes what the source says.
    words
        With the noise that the signal then has.
    """

    unit: str | None
    words: str


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What a second of a source tells.

    Attributes
    ----------
    info
        The source.
    remarks
        Sentences about what is odd; empty where all is as it should be.
    units
        Units to choose from, the likeliest first; empty where there is no doubt.
    impossible
        Why nothing can be detected in it; "" where it can.
    """

    info: StreamInfo
    remarks: tuple[str, ...] = ()
    units: tuple[UnitChoice, ...] = ()
    impossible: str = ""

    @property
    def asks(self) -> bool:
        """Whether somebody has to answer."""
        return bool(self.remarks or self.units or self.impossible)


def look_at_source(source: Source, clock_s: Callable[[], float] = time.monotonic) -> FirstLook:
    """Listen to a live source for a second; the caller closes it.

    Raises
    ------
    AcquisitionError
        If it is lost.
    """
    pieces: list[Samples] = []
    first_s = last_s = begun_s = clock_s()
    n_samples = 0
    while clock_s() - begun_s < LISTEN_S and not source.ended:
        block = source.read_block(0.1)
        if block is None or not block.n_samples:
            continue
        now_s = clock_s()
        if not pieces:
            first_s = now_s  # what had been waiting tells nothing of the rate
        else:
            n_samples += block.n_samples + block.lost_before
        pieces.append(block.samples)
        last_s = now_s
    if not pieces:
        return FirstLook(
            source.info, (f"{source.info.name!r} is there, but no sample came in {LISTEN_S:g} s.",)
        )
    samples = np.concatenate(pieces)
    look = _look(source.info, lambda start, stop: samples[start:stop], len(samples), ())
    measured_hz = n_samples / (last_s - first_s) if last_s - first_s > LISTEN_S / 2 else None
    if measured_hz and abs(measured_hz / source.info.rate_hz - 1) > RATE_TOLERANCE:
        look = replace(
            look,
            remarks=(
                f"It says that it sends {source.info.rate_hz:g} samples a second, but about "
                f"{measured_hz:.0f} came. Every duration and every firing rate would be wrong by "
                f"that.",
                *look.remarks,
            ),
        )
    return look


def look_at_file(archive: Archive) -> FirstLook:
    """Look at the first seconds of a file; the caller closes it."""
    stop = min(archive.n_samples, round(FILE_S * archive.info.rate_hz))
    return _look(archive.info, archive.read, stop, archive.lost)


def _look(
    info: StreamInfo,
    read: Callable[[int, int], Samples],
    n_samples: int,
    lost: Sequence[tuple[int, int]],
) -> FirstLook:
    lowest_hz, highest_hz = RATE_RANGE_HZ
    if not lowest_hz <= info.rate_hz <= highest_hz:
        return FirstLook(
            info,
            impossible=f"It has {info.rate_hz:g} samples a second; wanted {lowest_hz:g} to "
            f"{highest_hz:g} to detect anything.",
        )
    found = judge(info, measure_levels(info, read, n_samples, lost))
    asks_unit = found.unit_doubtful and np.isfinite(found.noise_uv)
    remarks = [f"{words[0].upper()}{words[1:]}" for words in found.warnings]
    if info.rate_hz < FULL_ACCURACY_HZ:
        remarks.append(
            f"It has {info.rate_hz:g} samples a second; below {FULL_ACCURACY_HZ:g} fibrillations "
            "lose amplitude and some are missed."
        )
    return FirstLook(
        info,
        tuple(remarks),
        tuple(_unit_choices(info, found.noise_uv)) if asks_unit else (),
    )


def _unit_choices(info: StreamInfo, noise_uv: float) -> Iterator[UnitChoice]:
    for guess in guess_units(info, noise_uv):
        hardly = "" if guess.is_plausible else ": hardly"
        yield UnitChoice(
            guess.unit, f"{guess.word} – the noise is {level_words(guess.noise_uv)}{hardly}"
        )
    yield UnitChoice(None, f"left as they are – the noise is {level_words(noise_uv)}")
