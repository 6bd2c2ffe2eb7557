"""What we send over LSL: a source as a virtual amplifier, and findings as they are made."""

import json
import math
import secrets
import threading
import time
from collections.abc import Sequence
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.lsl_config import load_pylsl
from myoscope.acquisition.source import Source

# Whole numbers are exact in float32 up to here; there the counter starts again at 0.
COUNTER_MODULUS = 1 << 24
# An outlet that is dropped takes along what its readers have not yet been sent.
_LINGER_S = 0.5
_POLL_S = 0.1


class VirtualAmplifier:
    """A source played into an LSL outlet, as an amplifier would send it.

    The source sets the pace and the size of the chunks. Stamps are exact multiples of the sampling
    interval from the first sample on; samples that the source has lost are missing from the
    stamps and the counter. A source that is played at another speed has stamps that run at its own
    rate, not at the LSL clock's.

    Parameters
    ----------
    source
        What to play; the amplifier closes it.
    name
        Name of the stream, by default the source's.
    serial
        Serial number; with the rate it makes the stream's source id, so that an amplifier that
        comes back with another rate is not taken for the same one.
    with_counter
        Send a channel of type SampleCounter after the EMG channels.
    sample_format
        "float32" or "double64".

    Raises
    ------
    LslLibraryError
        If LSL cannot be used on this machine.
    """

    def __init__(
        self,
        source: Source,
        name: str = "",
        serial: str = "myoscope",
        *,
        with_counter: bool = True,
        sample_format: Literal["float32", "double64"] = "float32",
    ) -> None:
        self._pylsl = load_pylsl()
        self._source = source
        info = source.info
        self.name = name or info.name
        self.source_id = f"{serial}_SR{info.rate_hz:g}"
        self.samples_sent = 0
        self._rate_hz = info.rate_hz
        self._with_counter = with_counter
        self._start_s = 0.0
        lsl_info = self._pylsl.StreamInfo(
            self.name,
            "EMG",
            info.n_channels + with_counter,
            info.rate_hz,
            sample_format,
            self.source_id,
        )
        _describe(lsl_info, info, serial, with_counter)
        self._outlet: Any = self._pylsl.StreamOutlet(lsl_info)

    def wait_for_consumers(
        self, timeout_s: float = float("inf"), stop: threading.Event | None = None
    ) -> bool:
        """Wait until somebody listens, so that the first sample is not lost; return whether."""
        deadline_s = time.monotonic() + timeout_s
        while not (stop is not None and stop.is_set()):
            wait_s = min(_POLL_S, deadline_s - time.monotonic())
            if self._outlet.wait_for_consumers(max(0.0, wait_s)):
                return True
            if wait_s <= 0:
                break
        return False

    def run(self, stop: threading.Event | None = None) -> None:
        """Play the source until it ends or ``stop`` is set, then close.

        Readers are given half a second to fetch the last samples.
        """
        try:
            while not (self._source.ended or (stop is not None and stop.is_set())):
                block = self._source.read_block(_POLL_S)
                if block is not None and block.n_samples:
                    self._send(block)
            if self._outlet.have_consumers():
                time.sleep(_LINGER_S)
        finally:
            self.close()

    def close(self) -> None:
        """End the stream and close the source; may be called twice."""
        self._source.close()
        self._outlet = None

    def _send(self, block: Block) -> None:
        """Send a Block with the stamps and the count of its samples."""
        if not self.samples_sent:
            # The stamps begin with the source's schedule, for which the first block may be late.
            late_s = 1e-3 * self._source.health.lag_ms
            self._start_s = self._pylsl.local_clock() - block.end_sample / self._rate_hz
            self._start_s -= late_s if math.isfinite(late_s) else 0.0
        samples = block.samples
        if self._with_counter:
            count = np.arange(block.first_sample, block.end_sample) % COUNTER_MODULUS
            samples = np.column_stack((samples, count.astype(np.float32)))
        newest_s = self._start_s + (block.end_sample - 1) / self._rate_hz
        self._outlet.push_chunk(samples, newest_s)
        self.samples_sent += block.n_samples


class PublishedFindings(Protocol):
    """Tables with the columns that ``FindingsOutlet`` publishes."""

    @property
    def peaks(self) -> npt.NDArray[np.void]:
        """Structured array, one row a peak that stands out."""
        ...

    @property
    def spikes(self) -> npt.NDArray[np.void]:
        """Structured array, one row a peak's spike."""
        ...

    @property
    def potentials(self) -> npt.NDArray[np.void]:
        """Structured array, one row a potential."""
        ...

    @property
    def alerts(self) -> npt.NDArray[np.void]:
        """Structured array, one row an alert raised or cleared."""
        ...


class FindingsOutlet:
    """A sink that publishes findings over LSL as soon as they are made.

    Two streams of type Markers, ``myoscope-events`` and ``myoscope-alerts``: each value is one
    JSON object with the columns of events.csv or alerts.csv and ``lsl_time_s``, the LSL time of the
    potential or of the moment at which the alert was raised or cleared, which is also its stamp. An
    event's kind is the provisional one; an alert comes once when it is raised, ``cleared_s`` null,
    and once when it is cleared. Two more are for who cannot wait until a potential's waveform is
    there: ``myoscope-peaks``, where something stands out, its peak and how high it is, and 1.6 ms
    later ``myoscope-spikes``, what there is of it, and the shape class, the train and the kind if
    its shape is known, -1 and unclassified if not.

    Parameters
    ----------
    info
        The stream in which they are found.
    kind_names
        Name of each kind's code.

    Raises
    ------
    LslLibraryError
        If LSL cannot be used on this machine.
    """

    def __init__(self, info: StreamInfo, kind_names: Sequence[str]) -> None:
        self._pylsl = load_pylsl()
        self._info = info
        self._kind_names = tuple(kind_names)
        self._peaks = self._open("peaks")
        self._spikes = self._open("spikes")
        self._events = self._open("events")
        self._alerts = self._open("alerts")
        self._at_sample, self._at_s = 0, self._pylsl.local_clock()  # LSL time of a sample

    def write(self, block: Block, findings: PublishedFindings) -> None:
        """Publish what was found in a Block."""
        if math.isfinite(block.clock_s):
            self._at_sample, self._at_s = block.first_sample, block.clock_s
        else:  # a replay: its newest sample is heard now
            self._at_sample, self._at_s = block.end_sample, self._pylsl.local_clock()
        self._publish(findings)

    def finish(self, findings: PublishedFindings) -> None:
        """Publish what the end made known."""
        self._publish(findings)

    def close(self) -> None:
        """End the streams, once their readers had time to fetch the last values."""
        outlets = (self._peaks, self._spikes, self._events, self._alerts)
        if any(outlet and outlet.have_consumers() for outlet in outlets):
            time.sleep(_LINGER_S)
        self._peaks = self._spikes = self._events = self._alerts = None

    def _open(self, what: str) -> Any:
        """Return an outlet of markers."""
        info, name = self._info, f"myoscope-{what}"
        lsl_info = self._pylsl.StreamInfo(
            name, "Markers", 1, self._pylsl.IRREGULAR_RATE, "string", f"{name}_{info.source_id}"
        )
        lsl_info.desc().append_child_value("stream", info.name)
        return self._pylsl.StreamOutlet(lsl_info)

    def _publish(self, findings: PublishedFindings) -> None:
        """Send one value for each row."""
        for row in findings.peaks:
            sample, channel = int(row["sample"]), int(row["channel"])
            peak = {
                "time_s": self._seconds(sample),
                "sample": sample,
                "channel": channel,
                "channel_label": self._info.channel_labels[channel],
                "amplitude_uv": _number(row["amplitude_uv"]),
            }
            self._send(self._peaks, peak, sample)
        for row in findings.spikes:
            sample, channel = int(row["sample"]), int(row["channel"])
            spike = {
                "time_s": self._seconds(sample),
                "sample": sample,
                "channel": channel,
                "channel_label": self._info.channel_labels[channel],
                "shape": int(row["shape"]),
                "train": int(row["train"]),
                "kind": self._kind_names[row["kind"]],
                "amplitude_uv": _number(row["amplitude_uv"]),
                "duration_ms": _number(row["duration_ms"]),
                "first_phase": int(row["first_phase"]),
            }
            self._send(self._spikes, spike, sample)
        for row in findings.potentials:
            sample, channel = int(row["sample"]), int(row["channel"])
            event = {
                "time_s": self._seconds(sample),
                "sample": sample,
                "channel": channel,
                "channel_label": self._info.channel_labels[channel],
                "kind": self._kind_names[row["kind"]],
                "train": int(row["train"]),
                "amplitude_uv": _number(row["amplitude_uv"]),
                "duration_ms": _number(row["duration_ms"]),
                "confidence": _number(row["confidence"]),
            }
            self._send(self._events, event, sample)
        for row in findings.alerts:
            raised, cleared = int(row["raised_sample"]), int(row["cleared_sample"])
            alert = {
                "raised_s": self._seconds(raised),
                "cleared_s": self._seconds(cleared) if cleared >= 0 else None,
                "kind": self._kind_names[row["kind"]],
                "channel": int(row["channel"]),
                "train": int(row["train"]),
                "first_potential_s": self._seconds(int(row["first_potential_sample"])),
                "potentials": int(row["potentials"]),
                "confidence": _number(row["confidence"]),
            }
            self._send(self._alerts, alert, max(raised, cleared))

    def _send(self, outlet: Any, values: dict[str, Any], sample: int) -> None:
        """Send one JSON object, stamped with the LSL time of a sample."""
        lsl_time_s = self._at_s + (sample - self._at_sample) / self._info.rate_hz
        outlet.push_sample([json.dumps({**values, "lsl_time_s": round(lsl_time_s, 6)})], lsl_time_s)

    def _seconds(self, sample: int) -> float:
        """Return a sample's time from the first one."""
        return round(sample / self._info.rate_hz, 6)


def _number(value: Any) -> float | None:
    """Return a number with six digits, None for NaN, which JSON does not have."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def new_serial(info: StreamInfo) -> str:
    """Return a serial number that no other virtual amplifier has.

    LSL joins a reader that has lost its outlet to any other with the same name and source id, of
    another session too: two virtual amplifiers must never have the same.
    """
    return f"{info.source_id or 'myoscope'}-{secrets.token_hex(4)}"


def _describe(lsl_info: Any, info: StreamInfo, serial: str, with_counter: bool) -> None:
    """Write the description of the stream as the XDF metadata pages ask for it."""
    desc = lsl_info.desc()
    channels = desc.append_child("channels")
    for label in info.channel_labels:
        _channel(channels, label, "EMG", "microvolts")
    if with_counter:
        counter = _channel(channels, "SampleCounter", "SampleCounter", "count")
        counter.append_child_value("counter_modulus", str(COUNTER_MODULUS))
    acquisition = desc.append_child("acquisition")
    for tag, value in (
        ("manufacturer", "Myoscope"),
        ("model", "virtual amplifier"),
        ("serial_number", serial),
        ("precision", "24"),
    ):
        acquisition.append_child_value(tag, value)


def _channel(channels: Any, label: str, kind: str, unit: str) -> Any:
    """Add one channel's description and return it."""
    channel = channels.append_child("channel")
    for tag, value in (("label", label), ("type", kind), ("unit", unit)):
        channel.append_child_value(tag, value)
    return channel
