"""What we send over LSL, heard by inlets on loopback."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.lsl import LslSource
from myoscope.acquisition.lsl_config import load_pylsl
from myoscope.acquisition.lsl_doctor import configuration, explain_no_streams
from myoscope.acquisition.lsl_streams import declared_channels, describe
from myoscope.acquisition.outlet import COUNTER_MODULUS, FindingsOutlet, VirtualAmplifier
from myoscope.acquisition.source import StreamHealth
from myoscope.dsp_core.findings import (
    ALERT_DTYPE,
    PEAK_DTYPE,
    POTENTIAL_DTYPE,
    SPIKE_DTYPE,
    Findings,
)
from myoscope.dsp_core.kinds import Kind

RATE_HZ = 2000.0
INFO = StreamInfo("deltoid", RATE_HZ, ("left", "right"), source_id="42")

pytestmark = pytest.mark.usefixtures("lsl_session")


class Stretches:
    """A source of two channels whose numbers are the sample's index, and minus it."""

    def __init__(self, *stretches: tuple[int, int], block: int = 100) -> None:
        self.info = INFO
        self.health = StreamHealth()
        self.closed = False
        self._blocks: list[Block] = []
        end = stretches[0][0]
        for start, stop in stretches:
            for first in range(start, stop, block):
                index = np.arange(first, min(first + block, stop), dtype=np.float32)
                samples = np.ascontiguousarray(np.column_stack((index, -index)))
                self._blocks.append(Block(samples, first, first - end))
                end = first + len(index)

    @property
    def ended(self) -> bool:
        return self.closed or not self._blocks

    def read_block(self, timeout_s: float) -> Block | None:
        return self._blocks.pop(0)

    def close(self) -> None:
        self.closed = True


def inlet_of(name: str) -> Any:
    pylsl = load_pylsl()
    (found,) = pylsl.resolve_byprop("name", name, 1, 5.0)
    return pylsl.StreamInlet(found)


def heard_from(amplifier: VirtualAmplifier, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Play a source to a plain inlet; return n samples and their stamps."""
    inlet = inlet_of(amplifier.name)
    inlet.open_stream(5.0)
    assert amplifier.wait_for_consumers(5.0)
    player = threading.Thread(target=amplifier.run)
    player.start()
    values, stamps = inlet.pull_chunk(timeout=10.0, max_samples=n, as_numpy=True)
    player.join()
    more, _ = inlet.pull_chunk(timeout=0.0, as_numpy=True)
    assert len(more) == 0
    return values, stamps


# The virtual amplifier


def test_an_amplifier_says_what_it_is() -> None:
    amplifier = VirtualAmplifier(Stretches((0, 100)), name="said", serial="MY-7")
    info = inlet_of("said").info(5.0)
    amplifier.close()
    assert (info.type(), info.source_id()) == ("EMG", "MY-7_SR2000")
    assert amplifier.source_id == "MY-7_SR2000"
    left, right, counter = declared_channels(info)
    assert (left.label, left.type, left.unit) == ("left", "EMG", "microvolts")
    assert right.label == "right"
    assert (counter.type, counter.modulus) == ("SampleCounter", COUNTER_MODULUS)
    ours, choice = describe(info)
    assert ours.channel_labels == INFO.channel_labels
    assert ours.metadata["model"] == "virtual amplifier"
    assert (choice.counter, choice.unit_assumed) == (2, False)


@pytest.mark.parametrize("sample_format", ["float32", "double64"])
def test_every_sample_goes_out_with_a_regular_stamp(sample_format: Any) -> None:
    source = Stretches((0, 1050))
    amplifier = VirtualAmplifier(source, name="regular", sample_format=sample_format)
    values, stamps = heard_from(amplifier, 1050)
    np.testing.assert_array_equal(values[:, 0], np.arange(1050))
    np.testing.assert_array_equal(values[:, 1], -np.arange(1050))
    np.testing.assert_array_equal(values[:, 2], np.arange(1050))
    np.testing.assert_allclose(stamps - stamps[0], np.arange(1050) / RATE_HZ, atol=1e-6)
    assert amplifier.samples_sent == 1050
    assert source.closed


@pytest.mark.parametrize("late_s", [float("nan"), 0.0, 1000.0])
def test_the_first_block_is_stamped_as_late_as_its_source_says_that_it_is(late_s: float) -> None:
    source = Stretches((0, 100))
    source.health = StreamHealth(lag_ms=1e3 * late_s)
    amplifier = VirtualAmplifier(source, "late")
    before_s = load_pylsl().local_clock()
    _, stamps = heard_from(amplifier, 100)
    sent_s = stamps[-1] + 1 / RATE_HZ + np.nan_to_num(late_s)
    assert before_s <= sent_s <= load_pylsl().local_clock()


def test_what_the_source_has_lost_is_missing_from_stamps_and_counter() -> None:
    values, stamps = heard_from(VirtualAmplifier(Stretches((0, 200), (700, 900)), "lossy"), 400)
    assert values[199:201, 2].tolist() == [199, 700]
    assert stamps[200] - stamps[199] == pytest.approx(501 / RATE_HZ, abs=1e-6)


def test_a_counter_in_float32_starts_again_where_it_would_no_longer_be_exact() -> None:
    around = (COUNTER_MODULUS - 100, COUNTER_MODULUS + 100)
    values, _ = heard_from(VirtualAmplifier(Stretches(around), "around"), 200)
    np.testing.assert_array_equal(
        values[:, 2], np.arange(COUNTER_MODULUS - 100, COUNTER_MODULUS + 100) % COUNTER_MODULUS
    )


def test_a_counter_is_optional() -> None:
    amplifier = VirtualAmplifier(Stretches((0, 100)), "uncounted", with_counter=False)
    values, _ = heard_from(amplifier, 100)
    assert values.shape == (100, 2)


@pytest.mark.parametrize("with_counter", [True, False])
def test_an_lsl_source_gets_back_what_was_played(with_counter: bool) -> None:
    source = Stretches((0, 3000), (4000, 7000))
    amplifier = VirtualAmplifier(source, "played", with_counter=with_counter)
    heard = LslSource("played", give_up_after_s=1.0)
    player = threading.Thread(target=amplifier.run)
    player.start()
    blocks = []
    while not heard.ended:
        block = heard.read_block(0.1)
        if block is not None:
            blocks.append(block)
    heard.close()
    player.join()
    assert [(b.first_sample, b.lost_before) for b in blocks if b.lost_before] == [(4000, 1000)]
    samples = np.concatenate([block.samples for block in blocks])
    np.testing.assert_array_equal(
        samples[:, 0], np.concatenate((np.arange(3000), np.arange(4000, 7000)))
    )


def test_nobody_listens_and_the_wait_ends() -> None:
    amplifier = VirtualAmplifier(Stretches((0, 100)), "unheard")
    assert not amplifier.wait_for_consumers(0.0)
    stop = threading.Event()
    stop.set()
    assert not amplifier.wait_for_consumers(stop=stop)
    amplifier.close()


def test_an_amplifier_can_be_stopped() -> None:
    source = Stretches((0, 100))
    stop = threading.Event()
    stop.set()
    amplifier = VirtualAmplifier(source, "stopped")
    amplifier.run(stop)
    amplifier.close()
    assert source.closed
    assert amplifier.samples_sent == 0


# Findings


@pytest.fixture
def published() -> Iterator[tuple[FindingsOutlet, Any, Any]]:
    outlet = FindingsOutlet(INFO, [kind.label for kind in Kind])
    events, alerts = inlet_of("myoscope-events"), inlet_of("myoscope-alerts")
    events.open_stream(5.0)
    alerts.open_stream(5.0)
    yield outlet, events, alerts
    outlet.close()


def findings() -> Findings:
    potentials, alerts = np.zeros(1, POTENTIAL_DTYPE), np.zeros(1, ALERT_DTYPE)
    potentials[0]["sample"], potentials[0]["channel"] = 1500, 1
    potentials[0]["kind"], potentials[0]["train"] = Kind.FIBRILLATION, 3
    potentials[0]["amplitude_uv"], potentials[0]["duration_ms"] = 123.456789, np.nan
    potentials[0]["confidence"] = 0.5
    alerts[0]["kind"], alerts[0]["train"] = Kind.POSITIVE_SHARP_WAVE, 3
    alerts[0]["raised_sample"], alerts[0]["cleared_sample"] = 1800, -1
    alerts[0]["first_potential_sample"], alerts[0]["potentials"] = 1500, 8
    alerts[0]["confidence"] = 0.75
    peaks = np.zeros(1, PEAK_DTYPE)
    peaks[0]["sample"], peaks[0]["channel"], peaks[0]["amplitude_uv"] = 1900, 0, -87.5
    spikes = np.zeros(1, SPIKE_DTYPE)
    spikes[0]["sample"], spikes[0]["channel"], spikes[0]["first_phase"] = 1880, 1, -1
    spikes[0]["shape"], spikes[0]["train"], spikes[0]["kind"] = 2, 3, Kind.FIBRILLATION
    spikes[0]["amplitude_uv"], spikes[0]["duration_ms"] = 95.5, 2.5
    return Findings(potentials, Findings.none().trains, alerts, peaks, spikes)


def block(clock_s: float) -> Block:
    return Block(np.zeros((100, 2), np.float32), 1700, 0, clock_s)


def test_findings_are_published_as_they_are_made(
    published: tuple[FindingsOutlet, Any, Any],
) -> None:
    outlet, events, alerts = published
    outlet.write(block(5000.0), findings())
    (value,), stamp_s = events.pull_sample(5.0)
    assert json.loads(value) == {
        "time_s": 0.75,
        "sample": 1500,
        "channel": 1,
        "channel_label": "right",
        "kind": "fibrillation",
        "train": 3,
        "amplitude_uv": 123.457,
        "duration_ms": None,
        "confidence": 0.5,
        "lsl_time_s": 4999.9,
    }
    assert stamp_s == pytest.approx(4999.9)
    (value,), stamp_s = alerts.pull_sample(5.0)
    assert json.loads(value) == {
        "raised_s": 0.9,
        "cleared_s": None,
        "kind": "positive_sharp_wave",
        "channel": 0,
        "train": 3,
        "first_potential_s": 0.75,
        "potentials": 8,
        "confidence": 0.75,
        "lsl_time_s": 5000.05,
    }
    assert stamp_s == pytest.approx(5000.05)


def test_a_peak_is_published_before_it_is_known_what_it_is(
    published: tuple[FindingsOutlet, Any, Any],
) -> None:
    outlet, _, _ = published
    peaks = inlet_of("myoscope-peaks")
    peaks.open_stream(5.0)
    outlet.write(block(5000.0), findings())
    (value,), stamp_s = peaks.pull_sample(5.0)
    assert json.loads(value) == {
        "time_s": 0.95,
        "sample": 1900,
        "channel": 0,
        "channel_label": "left",
        "amplitude_uv": -87.5,
        "lsl_time_s": 5000.1,
    }
    assert stamp_s == pytest.approx(5000.1)


def test_a_spike_is_published_with_its_shape_class_before_its_potential(
    published: tuple[FindingsOutlet, Any, Any],
) -> None:
    outlet, _, _ = published
    spikes = inlet_of("myoscope-spikes")
    spikes.open_stream(5.0)
    outlet.write(block(5000.0), findings())
    (value,), stamp_s = spikes.pull_sample(5.0)
    assert json.loads(value) == {
        "time_s": 0.94,
        "sample": 1880,
        "channel": 1,
        "channel_label": "right",
        "shape": 2,
        "train": 3,
        "kind": "fibrillation",
        "amplitude_uv": 95.5,
        "duration_ms": 2.5,
        "first_phase": -1,
        "lsl_time_s": 5000.09,
    }
    assert stamp_s == pytest.approx(5000.09)


def test_a_cleared_alert_is_published_once_more(
    published: tuple[FindingsOutlet, Any, Any],
) -> None:
    outlet, _, alerts = published
    cleared = findings()
    cleared.alerts["cleared_sample"] = 1790
    outlet.finish(cleared)
    (value,), _ = alerts.pull_sample(5.0)
    assert json.loads(value)["cleared_s"] == 0.895


def test_a_stream_without_a_clock_is_heard_now(published: tuple[FindingsOutlet, Any, Any]) -> None:
    outlet, events, _ = published
    before_s = load_pylsl().local_clock()
    outlet.write(block(float("nan")), findings())
    (value,), _ = events.pull_sample(5.0)
    after_s = load_pylsl().local_clock()
    age_s = (1800 - 1500) / RATE_HZ
    assert before_s - age_s <= json.loads(value)["lsl_time_s"] + 1e-6 <= after_s - age_s + 2e-6


# When nothing is heard


def test_the_doctor_says_whether_the_machine_hears_itself(lsl_session: str) -> None:
    lines = " ".join(explain_no_streams())
    assert "liblsl 1." in lines
    assert lsl_session in lines
    assert "hears a stream of its own" in lines


def test_the_doctor_names_the_configuration_that_is_in_effect(tmp_path: Any) -> None:
    here, home = tmp_path / "here", tmp_path / "home"
    (home / "lsl_api").mkdir(parents=True)
    here.mkdir()
    named = tmp_path / "named.cfg"
    for path in (home / "lsl_api" / "lsl_api.cfg", here / "lsl_api.cfg", named):
        path.touch()
        said = configuration(str(named) if named.exists() else "", here, home)
        assert f"configured by {path};" in said
