"""What the channels of a stream mean: their unit in microvolts, and which of them are EMG."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from myoscope.acquisition.errors import StreamFormatError

# One unit, in microvolts, under every name that amplifiers' programs were seen to write.
_MICROVOLTS = {
    1e-3: ("nv", "nanovolt", "nanovolts", "-9"),
    1.0: ("uv", "µv", "microvolt", "microvolts", "uvolt", "uvolts", "micro volts", "-6"),
    1e3: ("mv", "millivolt", "millivolts", "mvolt", "mvolts", "-3"),
    1e6: ("v", "volt", "volts"),
}
# mne-lsl writes the power of ten of a volt, so 0 is volts; pylsl documents 0 as "none". What tells
# them apart is that only MNE writes the type of a channel in small letters.
_MNE_TYPES = {"emg", "eeg", "ecg", "eog", "bio", "seeg", "ecog", "dbs", "misc", "stim"}
# Raw counts of a converter: a scaling factor beside them gives microvolts (BrainAmp).
_COUNTS = {"int_16", "int16", "int_32", "int32", "counts", "count", "adc", "lsb", "raw", "digital"}

_COUNTER = re.compile(r"(sample|package|packet)? ?(counter|count|num|number)|n ?seq|sequence")
# A channel of one of these is not EMG, whatever else the stream says; words, not parts of words,
# so that a muscle's name is never taken for one of them.
_AUXILIARY = re.compile(
    r"trig(ger)?s?|trigger stream|stim(ulus)?|markers?|events?|din|digital|digital in(put)?"
    r"|time ?stamps?|time|status|batt(ery)?|diag(nostics?)?|valid(ation)?|contact quality|cq"
    r"|acc(el(eration|erometer)?)?( ?[xyz])?|gyr(o|oscope)?( ?[xyz])?|mag(netometer)?( ?[xyz])?"
    r"|quat(ernion)?( ?[0-9wxyz])?|imu|orientation|temp(erature)?|aux|misc|resp(iration)?"
    r"|ecg|ekg|eog|ppg|gsr|eda|spo2"
)
_VOLTAGE_TYPES = {"emg", "eeg", "exg", "bip", "bio", "eng", "ref", "uni", "seeg", "ecog"}
_NOT_VOLTAGE_UNITS = {
    "code", "g", "mg", "milligs", "millig", "gs", "m/s^2", "m/s2", "m/s²", "deg", "deg/s", "dps",
    "rad", "rad/s", "°/s", "ut", "μt", "gauss", "milligauss", "c", "°c", "celsius", "kelvin", "%",
    "percent", "ohm", "kohm", "ω", "kω", "s", "ms", "seconds", "boolean", "trigger",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChannelDeclaration:
    """What a stream says about one channel; "" and None where it says nothing.

    Attributes
    ----------
    label, type, unit
        As written by the stream.
    factor
        Units for one count, from the tags ``scalingfactor``, ``scaling_factor`` or ``resolution``.
    modulus
        Number at which a counter starts again at 0.
    """

    label: str = ""
    type: str = ""
    unit: str = ""
    factor: float | None = None
    modulus: int | None = None


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """Which channels of a stream are EMG, and what their numbers mean.

    Attributes
    ----------
    emg
        Columns of the EMG channels.
    labels
        Their labels, never empty and never twice the same.
    scale_uv
        Microvolts for one number of each.
    unit
        Their declared unit; several are joined by commas.
    unit_assumed
        True when a scale is a guess: the unit is absent or unknown, or a stream of fractions
        declares a scaling factor as well.
    counter
        Column that counts samples, None where there is none.
    counter_modulus
        Number at which that column starts again at 0, None where it is not declared.
    left_out
        Labels of the channels that are not EMG.
    """

    emg: tuple[int, ...]
    labels: tuple[str, ...]
    scale_uv: tuple[float, ...]
    unit: str
    unit_assumed: bool
    counter: int | None
    counter_modulus: int | None
    left_out: tuple[str, ...]


def microvolts_per_unit(unit: str, channel_type: str = "") -> float | None:
    """Return the microvolts in one ``unit``, None if it is no unit of voltage that is known.

    Parameters
    ----------
    unit
        As declared: "microvolts", "uV", "µV" (either sign), "mV", "V", or a power of ten of a volt
        such as "-6".
    channel_type
        The channel's declared type: "0" means volts only beside one in MNE's small letters.
    """
    # Two signs look like µ, U+00B5 and U+03BC, and NFKC makes them one; capitals are chaos in the
    # field ("UV", "mv"), and nobody measures EMG in megavolts.
    name = _plain(unit)
    for microvolts, names in _MICROVOLTS.items():
        if name in map(_plain, names):
            return microvolts
    if name == "0" and channel_type in _MNE_TYPES:
        return 1e6
    return None


def choose_channels(
    declared: Sequence[ChannelDeclaration],
    n_channels: int,
    *,
    integers: bool = False,
    unit: str = "",
) -> ChannelChoice:
    """Return which columns of a stream are EMG and how many microvolts their numbers are.

    Parameters
    ----------
    declared
        The channels in the order of their columns; may be fewer than ``n_channels``, or none.
    n_channels
        Number of columns.
    integers
        True for a stream of whole numbers: a scaling factor then turns counts into the unit.
        Fractions are in their unit already.
    unit
        What the user says the unit is; goes before what the stream says.

    Raises
    ------
    StreamFormatError
        If no channel is EMG, or ``unit`` is not known.
    """
    if unit and microvolts_per_unit(unit) is None:
        raise StreamFormatError(f"{unit!r} is no unit of voltage; wanted V, mV, uV or nV")
    channels = list(declared[:n_channels])
    channels += [ChannelDeclaration()] * (n_channels - len(channels))
    counters = [column for column, channel in enumerate(channels) if _is_counter(channel)]
    emg = [
        column
        for column, channel in enumerate(channels)
        if column not in counters and not _is_auxiliary(channel)
    ]
    # A stream that calls some of its channels EMG means that the others are something else.
    named_emg = [column for column in emg if _plain(channels[column].type) == "emg"]
    emg = named_emg or emg
    if not emg:
        raise StreamFormatError(
            f"none of the {n_channels} channels is EMG: "
            + ", ".join(_description(channel) for channel in channels[:8])
            + ("…" if n_channels > 8 else "")
        )
    scales = [_scale_uv(channels[column], integers, unit) for column in emg]
    units = dict.fromkeys(channels[column].unit for column in emg if channels[column].unit)
    return ChannelChoice(
        emg=tuple(emg),
        labels=_labels(channels, emg),
        scale_uv=tuple(scale for scale, _ in scales),
        unit=unit or ", ".join(units),
        unit_assumed=any(assumed for _, assumed in scales),
        counter=counters[0] if counters else None,
        counter_modulus=channels[counters[0]].modulus if counters else None,
        left_out=tuple(
            channel.label or channel.type or f"channel {column + 1}"
            for column, channel in enumerate(channels)
            if column not in emg
        ),
    )


def _scale_uv(channel: ChannelDeclaration, integers: bool, unit: str) -> tuple[float, bool]:
    """Return the microvolts for one number of a channel, and whether that is a guess."""
    factor = channel.factor if channel.factor else 1.0
    microvolts = microvolts_per_unit(unit or channel.unit, channel.type)
    if microvolts is None:
        known = integers and factor != 1 and _plain(channel.unit) in _COUNTS
        return (factor if integers else 1.0), not known
    if integers:
        return microvolts * factor, False
    return microvolts, factor != 1 and not unit


def _is_counter(channel: ChannelDeclaration) -> bool:
    """Return whether a channel counts samples (LiveAmp, TMSi, Emotiv, OpenSignals, BrainFlow)."""
    return any(_COUNTER.fullmatch(_words(name)) for name in (channel.type, channel.label))


def _is_auxiliary(channel: ChannelDeclaration) -> bool:
    """Return whether a channel carries something other than muscle potentials."""
    kind = _words(channel.type)
    if kind == "emg":
        return False
    if _AUXILIARY.fullmatch(kind) or _plain(channel.unit) in _NOT_VOLTAGE_UNITS:
        return True
    voltage = not kind or _plain(channel.type) in _VOLTAGE_TYPES
    if not voltage and microvolts_per_unit(channel.unit) is None:
        return True
    # Many programs call every channel EEG, their triggers too: then the label decides.
    return _AUXILIARY.fullmatch(_words(channel.label)) is not None


def _labels(channels: Sequence[ChannelDeclaration], emg: Sequence[int]) -> tuple[str, ...]:
    """Return labels of the EMG channels that are there and tell the channels apart."""
    labels: list[str] = []
    for column in emg:
        label = channels[column].label.strip() or f"EMG {column + 1}"
        labels.append(label if label not in labels else f"{label} ({column + 1})")
    return tuple(labels)


def _description(channel: ChannelDeclaration) -> str:
    """Return a channel's label with its type and unit, for a sentence."""
    words = ", ".join(word for word in (channel.type, channel.unit) if word)
    return f"{channel.label or 'unnamed'} ({words or 'no type, no unit'})"


def _plain(text: str) -> str:
    """Return text with one sign for each meaning: NFKC, small letters, no space around."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def _words(text: str) -> str:
    """Return ``AccX``, ``acc_x`` and ``ACC-X`` as ``acc x``."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text.strip())
    return re.sub(r"[\s_\-./:]+", " ", parted).lower().strip()
