"""``judge``: can these be microvolts of a needle? In words, and which channels cannot be judged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from myoscope.acquisition.block import StreamInfo
from myoscope.acquisition.levels import ChannelLevel
from myoscope.acquisition.units import microvolts_per_unit

# Less than a short-circuited amplifier, and more than a needle in a contracting muscle: of the
# emgdb records the noisiest second has 135 µV, the median seconds 7 to 23 µV.
PLAUSIBLE_NOISE_UV = (0.1, 500.0)
# From lowest to highest in most seconds; a single movement of the cable may be larger.
LARGEST_SWING_UV = 50_000.0
# A shorter look at a muscle tells nothing: each position is watched for half a second at least.
SHORTEST_S = 0.5
# Below this a second without a connection, or a value now and then, is nobody's mistake.
NOTED_CONSTANT_SHARE = 0.05
# Samples at the very limit, of a signal much larger than its noise.
SATURATED_SHARE = 0.01
SATURATED_SWING = 20.0
NAMED_CHANNELS = 3
_CONNECTED = "is the electrode connected?"
_OFF = "has the electrode come off?"

_NAMES = {"V": "volts", "mV": "millivolts", "uV": "microvolts", "nV": "nanovolts"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be said of a recording before its findings are believed.

    Attributes
    ----------
    warnings
        A sentence for each thing that is odd; empty where all is as it should be.
    not_judged
        For each channel why it cannot be judged; "" where it can.
    unit_doubtful
        Whether the unit is not given, or cannot be the one that is given.
    noise_uv
        Of the quietest channel that has any; NaN where none has.
    """

    warnings: tuple[str, ...]
    not_judged: tuple[str, ...]
    unit_doubtful: bool
    noise_uv: float


@dataclass(frozen=True, slots=True)
class UnitGuess:
    """A unit that the numbers of a stream may be in.

    Attributes
    ----------
    unit
        As on the command line: V, mV, uV or nV.
    word
        Its name.
    noise_uv
        The noise that the signal then has.
    """

    unit: str
    word: str
    noise_uv: float

    @property
    def is_plausible(self) -> bool:
        """Whether a needle has such noise."""
        lowest, highest = PLAUSIBLE_NOISE_UV
        return lowest <= self.noise_uv <= highest


def judge(info: StreamInfo, levels: Sequence[ChannelLevel]) -> Judgement:
    """Return what the levels of a stream's channels say of its unit and its electrodes.

    Parameters
    ----------
    info
        The stream.
    levels
        One for each of its channels.
    """
    noises_uv = [level.noise_uv for level in levels if np.isfinite(level.noise_uv)]
    doubts = list(_doubts_of_level(info, levels))
    warnings = [
        *declared_doubts(info),
        *doubts,
        *_constant(info, levels),
        *_missing(info, levels),
        *_saturated(info, levels),
    ]
    return Judgement(
        warnings=tuple(warnings),
        not_judged=tuple(map(_why_not_judged, levels)),
        unit_doubtful=info.unit_assumed or bool(doubts),
        noise_uv=min(noises_uv, default=float("nan")),
    )


def guess_units(info: StreamInfo, noise_uv: float) -> list[UnitGuess]:
    """Return the units that a stream may be in, the likeliest first, by the noise that it has."""
    # Where nothing known is declared, a number is taken for the scale's microvolts.
    now_uv = microvolts_per_unit(info.unit) or abs(info.scale_uv[0])
    middle_uv = float(np.sqrt(PLAUSIBLE_NOISE_UV[0] * PLAUSIBLE_NOISE_UV[1]))
    guesses = [
        UnitGuess(unit, name, noise_uv / now_uv * microvolts)
        for unit, name in _NAMES.items()
        if (microvolts := microvolts_per_unit(unit)) is not None
    ]
    return sorted(guesses, key=lambda guess: abs(np.log(guess.noise_uv / middle_uv)))


def level_words(microvolts: float) -> str:
    """Return a level with three digits: ``3.02 µV``, ``51.5 mV``, ``0.000003 µV``."""
    factor, unit = next(
        (pair for pair in ((1e6, "V"), (1e3, "mV")) if microvolts >= pair[0]), (1.0, "µV")
    )
    digits = np.format_float_positional(
        microvolts / factor, precision=3, fractional=False, trim="-"
    )
    return f"{digits} {unit}"


def declared_doubts(info: StreamInfo) -> Iterator[str]:
    """Yield what is odd in what a stream says of itself, before its first sample."""
    if "warning" in info.metadata:
        yield f"in {info.name}: {info.metadata['warning']}"
    if not info.unit_assumed:
        return
    if info.unit:
        yield (
            f'the unit "{info.unit}" of {info.name} does not say how many microvolts it is: '
            f"{info.scale_uv[0]:g} assumed (--unit says which)"
        )
    else:
        yield f"no unit is given in {info.name}: microvolts assumed (--unit says which)"


def _doubts_of_level(info: StreamInfo, levels: Sequence[ChannelLevel]) -> Iterator[str]:
    lowest_uv, highest_uv = PLAUSIBLE_NOISE_UV
    # Every comparison is false for NaN: of a channel without noise nothing is said here.
    faint = [n for n, level in enumerate(levels) if level.noise_uv < lowest_uv]
    loud = [n for n, level in enumerate(levels) if level.noise_uv > highest_uv]
    large = [
        n for n, level in enumerate(levels) if n not in loud and level.swing_uv > LARGEST_SWING_UV
    ]
    if faint:
        yield (
            f"the noise of {_channels(info, faint)} is "
            f"{_range([levels[n].noise_uv for n in faint])}, and no EMG amplifier has less than "
            f"{level_words(lowest_uv)}: {_question(info, levels, faint) or _CONNECTED}"
        )
    if loud:
        yield (
            f"the noise of {_channels(info, loud)} is {_range([levels[n].noise_uv for n in loud])}"
            f", and a needle gives at most {level_words(highest_uv)}: "
            f"{_question(info, levels, loud) or _OFF}"
        )
    if large:
        yield (
            f"{_channels(info, large)} {_verb(large, 'swings', 'swing')} by "
            f"{_range([levels[n].swing_uv for n in large])} in most seconds, and a needle gives "
            f"at most {level_words(LARGEST_SWING_UV)}: {_question(info, levels, large) or _OFF}"
        )


def _question(info: StreamInfo, levels: Sequence[ChannelLevel], odd: Sequence[int]) -> str:
    """Return which unit would explain the level of all channels; "" where none would."""
    if any(_is_plausible(level) for number, level in enumerate(levels) if number not in odd):
        return ""  # a unit is wrong for all channels or for none
    likeliest = guess_units(info, float(np.median([levels[number].noise_uv for number in odd])))[0]
    given = microvolts_per_unit(info.unit)
    if not likeliest.is_plausible or microvolts_per_unit(likeliest.unit) == given:
        return ""
    return f"is it in {likeliest.word}? (--unit {likeliest.unit})"


def _constant(info: StreamInfo, levels: Sequence[ChannelLevel]) -> Iterator[str]:
    empty = [n for n, level in enumerate(levels) if not level.seconds and not level.constant_share]
    if empty:
        yield f"{_channels(info, empty)} {_verb(empty, 'holds', 'hold')} no numbers: " + _CONNECTED
    whole = [n for n, level in enumerate(levels) if not level.seconds and level.constant_share]
    if whole:
        yield f"{_channels(info, whole)} {_verb(whole, 'is', 'are')} constant: " + _CONNECTED
    for number, level in enumerate(levels):
        if level.seconds and level.constant_share >= NOTED_CONSTANT_SHARE:
            yield (
                f"{_channels(info, [number])} is constant for {_percent(level.constant_share)} of "
                "the time"
            )


def _missing(info: StreamInfo, levels: Sequence[ChannelLevel]) -> Iterator[str]:
    for number, level in enumerate(levels):
        if level.missing and (level.seconds or level.constant_share):
            samples = f"{level.missing} sample{'' if level.missing == 1 else 's'}"
            yield (
                f"{_percent(level.missing_share)} of {_channels(info, [number])} ({samples}) is no "
                "number or infinite: left out"
            )


def _saturated(info: StreamInfo, levels: Sequence[ChannelLevel]) -> Iterator[str]:
    for number, level in enumerate(levels):
        if (
            level.at_limit_share >= SATURATED_SHARE
            and level.highest_uv - level.lowest_uv > SATURATED_SWING * level.noise_uv
        ):
            yield (
                f"{_channels(info, [number])} is saturated for {_percent(level.at_limit_share)} of "
                f"the time, between {_signed(level.lowest_uv)} and {_signed(level.highest_uv)}"
            )


def _why_not_judged(level: ChannelLevel) -> str:
    if not level.seconds:
        return "it is constant" if level.constant_share else "it holds no numbers"
    if level.seconds < SHORTEST_S:
        return f"{level.seconds:.2g} s are too short; wanted {SHORTEST_S:g} s"
    if _is_plausible(level):
        return ""
    if level.swing_uv > LARGEST_SWING_UV and not level.noise_uv > PLAUSIBLE_NOISE_UV[1]:
        return f"it swings by {level_words(level.swing_uv)}"
    return f"its noise is {level_words(level.noise_uv)}"


def _is_plausible(level: ChannelLevel) -> bool:
    lowest_uv, highest_uv = PLAUSIBLE_NOISE_UV
    # A converter of large steps shows no noise (NaN) and is not to be blamed for it.
    noise_is_odd = level.noise_uv < lowest_uv or level.noise_uv > highest_uv
    return not noise_is_odd and lowest_uv < level.swing_uv <= LARGEST_SWING_UV


def _channels(info: StreamInfo, numbers: Sequence[int]) -> str:
    """Return ``channel "a"``, ``channels "a", "b" and 6 more``; never a long list."""
    named = [f'"{info.channel_labels[number]}"' for number in numbers[:NAMED_CHANNELS]]
    more = len(numbers) - len(named)
    if more:
        return f"channels {', '.join(named)} and {more} more"
    return f"channel{'' if len(named) == 1 else 's'} {', '.join(named)}"


def _verb(numbers: Sequence[int], one: str, several: str) -> str:
    return one if len(numbers) == 1 else several


def _range(values: Sequence[float]) -> str:
    low, high = level_words(min(values)), level_words(max(values))
    return low if low == high else f"{low} to {high}"


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"


def _signed(microvolts: float) -> str:
    return f"{'−' if microvolts < 0 else ''}{level_words(abs(microvolts))}"
