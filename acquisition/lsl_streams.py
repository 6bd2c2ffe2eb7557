"""Which LSL streams are there, and what they say about themselves."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from myoscope.acquisition.block import StreamInfo
from myoscope.acquisition.errors import (
    AcquisitionError,
    StreamAmbiguousError,
    StreamFormatError,
    StreamNotFoundError,
)
from myoscope.acquisition.lsl_config import load_pylsl, loopback_session
from myoscope.acquisition.units import ChannelChoice, ChannelDeclaration, choose_channels

# A second stream of the same name answers in LSL's next wave of queries, which comes sooner where
# LSL is confined to loopback and tuned for it.
_SECOND_WAVE_S = 0.5
_SECOND_WAVE_ON_LOOPBACK_S = 0.2
# LSL waits in C, where nobody hears a Ctrl-C: so it waits no longer than this at a time.
_RESOLVE_S = 1.0
# A busy machine may take its time before the first sample is there.
_SAMPLE_WITHIN_S = 3.0
# Stamps further than this from the LSL clock are of another clock: UNIX time, a device's own.
FOREIGN_CLOCK_S = 5.0
_FACTOR_TAGS = ("scalingfactor", "scaling_factor", "resolution")


@dataclass(frozen=True, slots=True)
class StreamRow:
    """One LSL stream, as ``find_streams`` saw it.

    Attributes
    ----------
    name, type, source_id, host
        As the stream declares them; a stream without a source id cannot be found again after an
        interruption.
    rate_hz
        Nominal sampling rate, 0 for an irregular one.
    n_channels
        Number of channels, those that are not EMG included.
    sample_format
        "float32", "int16", …
    labels
        Labels of the EMG channels; empty where there are none.
    unit
        Unit of the EMG channels, "" where none is declared.
    clock
        "LSL", "foreign by 1.8e+09 s", or why it is not known.
    problem
        Why the stream cannot be monitored, "" if it can.
    """

    name: str
    type: str
    source_id: str
    host: str
    rate_hz: float
    n_channels: int
    sample_format: str
    labels: tuple[str, ...] = ()
    unit: str = ""
    clock: str = ""
    problem: str = ""


def find_streams(timeout_s: float = 1.0) -> list[StreamRow]:
    """Return the LSL streams that answer within ``timeout_s``, ordered by name and host.

    Each stream of EMG is opened for a moment to check its clock.

    Raises
    ------
    LslLibraryError
        If LSL cannot be used on this machine.
    """
    pylsl = load_pylsl()
    found = unique_outlets(pylsl.resolve_streams(timeout_s))
    if not found:
        return []
    with ThreadPoolExecutor(max_workers=min(16, len(found))) as pool:
        rows = list(pool.map(_row, found))
    return sorted(rows, key=lambda row: (row.name, row.host, row.source_id))


def unique_outlets(infos: Sequence[Any]) -> list[Any]:
    """Return each outlet once: one that listens on two interfaces answers twice."""
    return list({info.uid(): info for info in infos}.values())


def resolve_one(name: str | None, type: str | None, source_id: str | None, timeout_s: float) -> Any:
    """Return the one outlet that answers to all that is given.

    Raises
    ------
    StreamNotFoundError
        If there is none within ``timeout_s``; names those that are there.
    StreamAmbiguousError
        If there are several; names them with their hosts.
    """
    pylsl = load_pylsl()
    wanted = {"name": name, "type": type, "source_id": source_id}
    # Without a word about it, the one stream that has a rate and numbers is meant.
    predicate = (
        " and ".join(f"{key}={_quoted(value)}" for key, value in wanted.items() if value)
        or "nominal_srate>0 and channel_format!='string'"
    )
    words = ", ".join(f"{key} {value!r}" for key, value in wanted.items() if value)
    wave_s = _SECOND_WAVE_ON_LOOPBACK_S if loopback_session() else _SECOND_WAVE_S
    deadline_s = time.monotonic() + timeout_s
    found: list[Any] = []
    while not found and (left_s := deadline_s - time.monotonic()) > 0:
        found = unique_outlets(pylsl.resolve_bypred(predicate, 1, min(left_s, _RESOLVE_S)))
    if found:
        again = pylsl.resolve_bypred(predicate, 2, wave_s)
        found = unique_outlets([*found, *again])
    if not found:
        there = unique_outlets(pylsl.resolve_streams(wave_s))
        raise StreamNotFoundError(
            f"no LSL stream with {words or 'a sampling rate'} answered within {timeout_s:g} s; "
            + (f"there: {_listed(there)}" if there else "none is there at all")
        )
    if len(found) > 1:
        raise StreamAmbiguousError(
            f"{len(found)} LSL streams with {words or 'a sampling rate'} are there: "
            f"{_listed(found)}; name one by its source id, or close the others"
        )
    return found[0]


def outlets_of(source_id: str, timeout_s: float) -> list[Any]:
    """Return the outlets with a source id that answer within ``timeout_s``; waits for the first."""
    return unique_outlets(
        load_pylsl().resolve_bypred(f"source_id={_quoted(source_id)}", 1, timeout_s)
    )


def sample_format(info: Any) -> str:
    """Return "float32", "int16", … or "string" for a pylsl ``StreamInfo``."""
    names = ("undefined", "float32", "double64", "string", "int32", "int16", "int8", "int64")
    return names[info.channel_format()]


def declared_channels(info: Any) -> list[ChannelDeclaration]:
    """Return what a full pylsl ``StreamInfo`` says about its channels, in order."""
    channels = []
    channel = info.desc().child("channels").child("channel")
    while not channel.empty():
        channels.append(
            ChannelDeclaration(
                # Mentalab and OpenSignals write other tags for the label.
                label=_first(channel, "label", "name", "sensor"),
                type=channel.child_value("type"),
                unit=channel.child_value("unit"),
                factor=_number(_first(channel, *_FACTOR_TAGS)),
                modulus=int(_number(channel.child_value("counter_modulus")) or 0) or None,
            )
        )
        channel = channel.next_sibling("channel")
    if info.name() == "OpenSignals" and len(channels) == info.channel_count() - 1:
        channels.insert(0, ChannelDeclaration(label="nSeq"))  # sent, but not declared
    return channels


def describe(info: Any, unit: str = "") -> tuple[StreamInfo, ChannelChoice]:
    """Return what a full pylsl ``StreamInfo`` means to us.

    Parameters
    ----------
    info
        With its description, as an inlet returns it.
    unit
        What the user says the unit is.

    Raises
    ------
    StreamFormatError
        If the stream has no regular rate, no numbers or no EMG.
    """
    name, form = info.name(), sample_format(info)
    if form in ("string", "undefined"):
        raise StreamFormatError(f"stream {name!r} sends {form} values; wanted numbers")
    if info.nominal_srate() == 0:
        raise StreamFormatError(
            f"stream {name!r} has an irregular rate (0 Hz); wanted a regular sampling rate"
        )
    try:
        choice = choose_channels(
            declared_channels(info),
            info.channel_count(),
            integers=form.startswith("int"),
            unit=unit,
        )
    except StreamFormatError as error:
        raise StreamFormatError(f"stream {name!r}: {error}") from None
    acquisition = info.desc().child("acquisition")
    metadata = {
        "type": info.type(),
        "host": info.hostname(),
        "sample_format": form,
        "manufacturer": acquisition.child_value("manufacturer")
        or info.desc().child_value("manufacturer"),
        "model": acquisition.child_value("model"),
        "serial_number": acquisition.child_value("serial_number"),
        "channels_left_out": ", ".join(choice.left_out),
    }
    ours = StreamInfo(
        name=name,
        rate_hz=info.nominal_srate(),
        channel_labels=choice.labels,
        unit=choice.unit,
        scale_uv=choice.scale_uv,
        unit_assumed=choice.unit_assumed,
        source_id=info.source_id(),
        metadata=MappingProxyType({key: value for key, value in metadata.items() if value}),
    )
    return ours, choice


def _row(info: Any) -> StreamRow:
    """Ask one outlet for its description and look at its clock."""
    pylsl = load_pylsl()
    said = {
        "name": info.name(),
        "type": info.type(),
        "source_id": info.source_id(),
        "host": info.hostname(),
        "rate_hz": info.nominal_srate(),
        "n_channels": info.channel_count(),
        "sample_format": sample_format(info),
    }
    inlet = pylsl.StreamInlet(info, max_buflen=1, recover=False)
    try:
        ours, _ = describe(inlet.info(2.0))
        return StreamRow(**said, labels=ours.channel_labels, unit=ours.unit, clock=_clock(inlet))
    except AcquisitionError as error:
        return StreamRow(**said, problem=str(error))
    except RuntimeError as error:  # pylsl's TimeoutError and LostError are no more than that
        return StreamRow(**said, problem=f"does not answer: {error}")


def _clock(inlet: Any) -> str:
    """Return whether an inlet's stamps are of the LSL clock."""
    pylsl = load_pylsl()
    try:
        offset_s = inlet.time_correction(2.0)
    except pylsl.util.TimeoutError:
        return "unknown: no answer over UDP"
    _, stamp_s = inlet.pull_sample(_SAMPLE_WITHIN_S)
    if stamp_s is None:
        return f"unknown: no sample within {_SAMPLE_WITHIN_S:g} s"
    ahead_s = stamp_s + offset_s - pylsl.local_clock()
    return "LSL" if abs(ahead_s) <= FOREIGN_CLOCK_S else f"foreign by {ahead_s:.3g} s"


def _listed(infos: Sequence[Any]) -> str:
    """Return streams with hosts and source ids, for a sentence."""
    listed = sorted(
        f"{info.name()!r} on {info.hostname()} (source id {info.source_id()!r}, "
        f"{info.channel_count()} channels, {info.nominal_srate():g} Hz)"
        for info in infos
    )
    return "; ".join(listed)


def _quoted(value: str) -> str:
    """Return a value as an XPath string, which has no escapes."""
    quote = '"' if "'" in value else "'"
    if quote in value:
        raise StreamNotFoundError(f"an LSL stream cannot be looked up by {value!r}: both quotes")
    return f"{quote}{value}{quote}"


def _first(element: Any, *tags: str) -> str:
    """Return the first tag's value that is not empty."""
    return next((value for tag in tags if (value := element.child_value(tag))), "")


def _number(text: str) -> float | None:
    """Return a tag's number, None where it is none."""
    try:
        return float(text)
    except ValueError:
        return None
