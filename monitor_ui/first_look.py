"""``FirstLook``: does a source mean what it says? Asked in words, before anything is detected."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from myoscope.acquisition.archive import Archive
from myoscope.acquisition.block import Samples, StreamInfo
from myoscope.acquisition.source import Source
from myoscope.dsp_core.detector import FULL_ACCURACY_HZ, RATE_RANGE_HZ

# Between a short-circuited amplifier and an electrode that has come off.
PLAUSIBLE_NOISE_UV = (0.2, 300.0)
LARGEST_PLAUSIBLE_UV = 50_000.0
LISTEN_S = 1.2
# Over a second, chunks and the network make the measured rate uncertain by some percent.
RATE_TOLERANCE = 0.15
FILE_S = 5.0
UNITS = ("V", "mV", "uV", "nV")
_MICROVOLTS = {"V": 1e6, "mV": 1e3, "uV": 1.0, "nV": 1e-3}
_WORDS = {"V": "volts", "mV": "millivolts", "uV": "microvolts", "nV": "nanovolts"}


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
    look = _look(source.info, np.concatenate(pieces))
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
    return _look(archive.info, archive.read(0, stop))


def _look(info: StreamInfo, samples: Samples) -> FirstLook:
    lowest_hz, highest_hz = RATE_RANGE_HZ
    if not lowest_hz <= info.rate_hz <= highest_hz:
        return FirstLook(
            info,
            impossible=f"It has {info.rate_hz:g} samples a second; wanted {lowest_hz:g} to "
            f"{highest_hz:g} to detect anything.",
        )
    noise_uv, largest_uv = _levels(samples)
    doubts = tuple(_doubts(info, noise_uv, largest_uv))
    units = tuple(_units(info, noise_uv)) if doubts else ()
    remarks = list(doubts)
    if info.rate_hz < FULL_ACCURACY_HZ:
        remarks.append(
            f"It has {info.rate_hz:g} samples a second; below {FULL_ACCURACY_HZ:g} fibrillations "
            "lose amplitude and some are missed."
        )
    if not np.isfinite(noise_uv):
        remarks.append("Every channel is constant or without a value: is the electrode connected?")
    return FirstLook(info, tuple(remarks), units)


def _levels(samples: Samples) -> tuple[float, float]:
    """Return the noise of the quietest live channel and the largest deflection; NaN if none."""
    noises = []
    largest = 0.0
    for column in samples.T:
        valid = column[np.isfinite(column)].astype(np.float64)
        if len(valid) < 20 or np.ptp(valid) == 0:
            continue
        # Of the differences: slow drift and an offset are no noise.
        noises.append(1.4826 / np.sqrt(2) * float(np.median(np.abs(np.diff(valid)))))
        largest = max(largest, float(np.abs(valid - np.median(valid)).max()))
    if not noises:
        return float("nan"), float("nan")
    return max(min(noises), 1e-12), largest


def _doubts(info: StreamInfo, noise_uv: float, largest_uv: float) -> Iterator[str]:
    lowest, highest = PLAUSIBLE_NOISE_UV
    if not np.isfinite(noise_uv):
        return
    if info.unit_assumed:
        yield (
            f"It does not say its unit clearly ({info.unit or 'none is given'}); taken as "
            f"microvolts, the noise is {_level(noise_uv)}."
        )
    elif not lowest <= noise_uv <= highest or largest_uv > LARGEST_PLAUSIBLE_UV:
        yield (
            f"It says that its unit is {info.unit}; then the noise is {_level(noise_uv)} and the "
            f"largest deflection {_level(largest_uv)}. A needle gives {lowest:g} to {highest:g} µV "
            f"of noise."
        )


def _units(info: StreamInfo, noise_uv: float) -> Iterator[UnitChoice]:
    per_number = noise_uv / abs(info.scale_uv[0])
    lowest, highest = PLAUSIBLE_NOISE_UV
    middle = np.sqrt(lowest * highest)

    def unlikely(unit: str) -> float:
        return float(abs(np.log(per_number * _MICROVOLTS[unit] / middle)))

    for unit in sorted(UNITS, key=unlikely):
        noise = per_number * _MICROVOLTS[unit]
        plausible = "" if lowest <= noise <= highest else ": hardly"
        yield UnitChoice(unit, f"{_WORDS[unit]} – the noise is {_level(noise)}{plausible}")
    yield UnitChoice(None, f"as it is – the noise is {_level(noise_uv)}")


def _level(microvolts: float) -> str:
    for factor, unit in ((1e6, "V"), (1e3, "mV"), (1.0, "µV"), (1e-3, "nV")):
        if microvolts >= factor:
            return f"{microvolts / factor:.3g} {unit}"
    return "next to nothing"
