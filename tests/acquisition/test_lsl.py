"""LslSource against real outlets in other processes, on loopback."""

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from contracts.source import check_source

from myoscope.acquisition.block import Block
from myoscope.acquisition.errors import (
    StreamAmbiguousError,
    StreamFormatError,
    StreamLostError,
    StreamNotFoundError,
)
from myoscope.acquisition.lsl import LslSource, StreamRow, find_streams

EMG = {"label": "APB", "type": "EMG", "unit": "microvolts"}
COUNTER = {"label": "SampleCounter", "type": "SampleCounter", "unit": "count"}
Start = Callable[..., Any]


def amplifier(name: str, *channels: dict[str, str], **described: Any) -> dict[str, Any]:
    """Describe an amplifier that sends 200 samples at once, unless told otherwise."""
    return {
        "name": name,
        "channels": list(channels) or [EMG],
        "n_samples": 200,
        "paced": False,
        **described,
    }


def live(name: str, *channels: dict[str, str], **described: Any) -> dict[str, Any]:
    """Describe an amplifier that sends for ever, in real time."""
    return amplifier(name, *channels, **{"n_samples": 0, "paced": True, **described})


@contextmanager
def listening(name: str, **options: Any) -> Iterator[LslSource]:
    source = LslSource(name, **options)
    try:
        yield source
    finally:
        source.close()


@contextmanager
def all_listening(*names: str, **options: Any) -> Iterator[list[LslSource]]:
    """Open several sources at once: most of the time it takes is waiting."""
    with ThreadPoolExecutor() as pool:
        sources = list(pool.map(lambda name: LslSource(name, **options), names))
    try:
        yield sources
    finally:
        for source in sources:
            source.close()


def read(source: LslSource, enough: Callable[[list[Block]], bool]) -> list[Block]:
    """Read Blocks until they are enough or the stream has ended; give up after a minute."""
    blocks: list[Block] = []
    end_s = time.monotonic() + 60.0
    while time.monotonic() < end_s:
        block = source.read_block(0.1)
        if block is not None:
            if blocks:
                assert block.first_sample == blocks[-1].end_sample + block.lost_before
            blocks.append(block)
        if enough(blocks) or source.ended:
            return blocks
    raise AssertionError(f"not enough after {len(blocks)} blocks: {source.health}")


def samples_of(blocks: list[Block]) -> np.ndarray:
    return np.concatenate([block.samples for block in blocks])


def n_samples(n: int) -> Callable[[list[Block]], bool]:
    return lambda blocks: sum(block.n_samples for block in blocks) >= n


def expected(first: int, n: int, column: int = 0) -> np.ndarray:
    return (np.arange(first, first + n) % 1000 + column).astype(np.float32)


# What the numbers mean


def test_every_format_and_unit_arrives_in_microvolts(amplifiers: Start) -> None:
    formats: list[tuple[str, dict[str, str], float]] = [
        ("float32", {"unit": "microvolts"}, 1.0),
        ("double64", {"unit": "uV"}, 1.0),
        ("int16", {"unit": "INT_16", "scalingfactor": "0.25"}, 0.25),
        ("int32", {"unit": "microvolts", "scaling_factor": "0.5"}, 0.5),
        ("float32", {"unit": "mV"}, 1e3),
        ("double64", {"unit": "0", "type": "emg"}, 1e6),
    ]
    names = [f"{sample_format} {tags['unit']}" for sample_format, tags, _ in formats]
    amplifiers(
        *(
            amplifier(name, {**EMG, **tags}, format=sample_format)
            for name, (sample_format, tags, _) in zip(names, formats, strict=True)
        )
    )
    with all_listening(*names) as sources:
        for name, source, (_, _, scale_uv) in zip(names, sources, formats, strict=True):
            assert source.info.scale_uv == (scale_uv,), name
            assert not source.info.unit_assumed, name
            samples = samples_of(read(source, n_samples(200)))
            wanted = (expected(0, 200) * scale_uv).astype(np.float32)
            np.testing.assert_array_equal(samples[:, 0], wanted, err_msg=name)


def test_auxiliary_channels_are_left_out_and_the_counter_is_used(amplifiers: Start) -> None:
    acceleration = {"label": "AccX", "type": "ACC", "unit": "milliGs"}
    trigger = {"label": "TRIGGERS", "type": "Trigger"}
    second = {**EMG, "label": "FDI"}
    amplifiers(amplifier("mixed", acceleration, EMG, trigger, second, COUNTER))
    with listening("mixed") as source:
        blocks = read(source, n_samples(200))
        assert source.info.channel_labels == ("APB", "FDI")
        assert source.info.metadata["channels_left_out"] == "AccX, TRIGGERS, SampleCounter"
        assert source.has_counter
    np.testing.assert_array_equal(samples_of(blocks)[:, 0], expected(0, 200, 1))
    np.testing.assert_array_equal(samples_of(blocks)[:, 1], expected(0, 200, 3))


def test_an_unknown_unit_is_marked_and_the_user_can_name_it(amplifiers: Start) -> None:
    amplifiers(live("silent about its unit", {**EMG, "unit": ""}))
    with listening("silent about its unit") as source:
        assert source.info.unit_assumed
    with listening("silent about its unit", unit="mV") as source:
        assert source.info.scale_uv == (1e3,)
        assert not source.info.unit_assumed


def test_values_that_are_missing_pass_as_nan(amplifiers: Start) -> None:
    amplifiers(amplifier("broken", {**EMG, "label": "broken"}))
    with listening("broken") as source:
        samples = samples_of(read(source, n_samples(200)))
    assert np.flatnonzero(np.isnan(samples[:, 0])).tolist() == list(range(5, 200, 10))


# Nothing is missing, and what is missing is counted


@pytest.mark.parametrize("channels", [(EMG,), (EMG, COUNTER)], ids=["stamps", "counter"])
def test_every_sample_from_the_first_to_the_last_arrives(
    amplifiers: Start, channels: tuple[dict[str, str], ...]
) -> None:
    amplifiers(amplifier("whole", *channels, rate_hz=20_000.0, n_samples=20_000, paced=True))
    with listening("whole") as source:
        blocks = read(source, n_samples(20_000))
        health = source.health
    np.testing.assert_array_equal(samples_of(blocks)[:, 0], expected(0, 20_000))
    assert (health.lost_samples, health.gaps) == (0, 0)
    assert math.isfinite(health.lag_ms)
    clocks_s = [block.clock_s - block.first_sample / 20_000 for block in blocks]
    assert np.ptp(clocks_s) < 1e-3


@pytest.mark.parametrize("channels", [(EMG,), (EMG, COUNTER)], ids=["stamps", "counter"])
def test_a_gap_in_the_stream_is_counted_on_the_next_block(
    amplifiers: Start, channels: tuple[dict[str, str], ...]
) -> None:
    amplifiers(amplifier("torn", *channels, n_samples=8000, lose=(2000, 3000)))
    with listening("torn") as source:
        blocks = read(source, n_samples(7000))
        health = source.health
    assert [(b.first_sample, b.lost_before) for b in blocks if b.lost_before] == [(3000, 1000)]
    assert blocks[-1].end_sample == 8000
    assert (health.lost_samples, health.gaps) == (1000, 1)
    after = [block for block in blocks if block.first_sample >= 3000]
    np.testing.assert_array_equal(samples_of(after)[:, 0], expected(3000, 5000))


def test_an_outlet_that_was_frozen_and_goes_on_has_lost_nothing(amplifiers: Start) -> None:
    # Stamped when sent: after the freeze the stamps jump, and the backlog follows.
    process = amplifiers(live("frozen", stamps="now"))
    with listening("frozen") as source:
        blocks = read(source, n_samples(2000))
        process.send_signal(signal.SIGSTOP)
        threading.Timer(1.5, process.send_signal, [signal.SIGCONT]).start()
        blocks += read(source, n_samples(6000))
        health = source.health
    np.testing.assert_array_equal(samples_of(blocks)[:, 0], expected(0, len(samples_of(blocks))))
    assert (health.lost_samples, health.gaps) == (0, 0)


@pytest.mark.parametrize("channels", [(EMG,), (EMG, COUNTER)], ids=["stamps", "counter"])
def test_an_outlet_that_was_restarted_goes_on_with_a_gap(
    amplifiers: Start, channels: tuple[dict[str, str], ...]
) -> None:
    described = live("restarted", *channels, source_id="serial 1")
    process = amplifiers(described)
    with listening("restarted", give_up_after_s=30.0) as source:
        blocks = read(source, n_samples(1000))
        process.kill()
        process.wait()
        amplifiers(described)
        blocks += read(source, n_samples(2000))
        health = source.health
    assert health.gaps == 1
    gap = next(block for block in blocks if block.lost_before)
    before = blocks[blocks.index(gap) - 1]
    missing_s = gap.clock_s - before.clock_s - before.n_samples / 2000
    assert gap.lost_before == pytest.approx(missing_s * 2000, abs=5)
    assert gap.lost_before == health.lost_samples


def test_an_outlet_that_comes_back_as_another_one_is_refused(amplifiers: Start) -> None:
    changes: list[tuple[dict[str, Any], str]] = [
        ({"rate_hz": 4000.0}, "another sampling rate: 4000 Hz; wanted 2000 Hz"),
        ({"channels": [EMG, EMG]}, "another number of channels: 2; wanted 1"),
        ({"channels": [{**EMG, "label": "FDI"}]}, "another set of channels: FDI; wanted APB"),
        ({"channels": [{**EMG, "unit": "mV"}]}, "another unit: mV; wanted microvolts"),
    ]
    before = [live(f"amplifier {n}", source_id=f"serial {n}") for n in range(len(changes))]
    process = amplifiers(*before)
    names = [described["name"] for described in before]
    with all_listening(*names, give_up_after_s=60.0) as sources:
        for source in sources:
            read(source, n_samples(200))
        process.kill()
        process.wait()
        amplifiers(*({**old, **new} for old, (new, _) in zip(before, changes, strict=True)))
        for source, (_, sentence) in zip(sources, changes, strict=True):
            with pytest.raises(StreamLostError, match=sentence):
                read(source, lambda _: False)
            assert source.ended
            assert source.health.lost_samples == 0


def test_an_outlet_of_another_session_does_not_take_the_place_of_ours(
    amplifiers: Start, lsl_session: str
) -> None:
    described = live("twin", source_id="the same serial")
    process = amplifiers(described)
    with listening("twin", give_up_after_s=60.0) as source:
        blocks = read(source, n_samples(1000))
        amplifiers(described, session=f"{lsl_session}x")
        process.kill()
        process.wait()
        with pytest.raises(StreamLostError, match="is of another LSL session"):
            blocks += read(source, lambda _: False)
        assert source.ended
        assert source.health.lost_samples == 0


@pytest.mark.parametrize("source_id", ["serial 3", ""], ids=["source id", "no source id"])
def test_a_stream_that_has_gone_has_ended(amplifiers: Start, source_id: str) -> None:
    process = amplifiers(amplifier("ending", source_id=source_id))
    with listening("ending", give_up_after_s=1.0) as source:
        blocks = read(source, n_samples(200))
        process.kill()
        process.wait()
        assert read(source, lambda _: False) == []
        assert source.ended
        assert source.read_block(0.0) is None
    np.testing.assert_array_equal(samples_of(blocks)[:, 0], expected(0, 200))


def test_stamps_of_another_clock_give_way_to_the_time_of_arrival(amplifiers: Start) -> None:
    amplifiers(live("epoch", clock_ahead_s=1.8e9), live("lsl"))
    with listening("epoch") as epoch, listening("lsl") as lsl:
        foreign, own = read(epoch, n_samples(200)), read(lsl, n_samples(200))
        assert epoch.foreign_clock
        assert not lsl.foreign_clock
        assert abs(foreign[0].clock_s - own[0].clock_s) < 10
        assert epoch.health.lost_samples == 0


@pytest.mark.slow
def test_the_contract_of_a_source(amplifiers: Start) -> None:
    described = amplifier("", EMG, COUNTER, n_samples=4000, lose=(2000, 3000), goes=True)
    names = (f"contract {n}" for n in range(100))

    def make() -> LslSource:
        name = next(names)
        amplifiers({**described, "name": name})
        return LslSource(name)

    blocks = check_source(make)
    assert sum(block.n_samples for block in blocks) == 3000
    assert [block.lost_before for block in blocks if block.lost_before] == [1000]


# Finding and refusing


def test_streams_are_listed_with_what_they_say_and_how_their_clock_is(amplifiers: Start) -> None:
    amplifiers(
        live("bedside", EMG, COUNTER, source_id="serial 4"),
        live("epoch", {**EMG, "unit": "mV"}, clock_ahead_s=1.8e9),
        amplifier("letters", format="string"),
    )
    rows: dict[str, StreamRow] = {}
    for _ in range(20):  # on a loaded machine an answer may come too late
        rows |= {row.name: row for row in find_streams(0.5)}
        if len(rows) == 3:
            break
    assert set(rows) == {"bedside", "epoch", "letters"}
    bedside = rows["bedside"]
    assert (bedside.rate_hz, bedside.n_channels, bedside.labels) == (2000.0, 2, ("APB",))
    assert (bedside.unit, bedside.source_id, bedside.clock) == ("microvolts", "serial 4", "LSL")
    assert bedside.host
    assert rows["epoch"].clock == "foreign by 1.8e+09 s"
    assert "sends string values; wanted numbers" in rows["letters"].problem


def test_a_stream_that_is_not_there_is_answered_with_those_that_are(amplifiers: Start) -> None:
    amplifiers(live("bedside"))
    with pytest.raises(
        StreamNotFoundError,
        match=r"no LSL stream with name 'ward' .* there: 'bedside' on .*2000 Hz",
    ):
        LslSource("ward", timeout_s=0.2)


def test_two_streams_of_one_name_are_refused_with_their_hosts(amplifiers: Start) -> None:
    amplifiers(live("twin", source_id="a"), live("twin", source_id="b"))
    with pytest.raises(
        StreamAmbiguousError, match=r"2 LSL streams with name 'twin'.* on .*'a'.* on .*'b'"
    ):
        LslSource("twin")
    with listening("twin", source_id="b") as source:
        assert source.info.source_id == "b"


def test_the_only_stream_needs_no_name(amplifiers: Start) -> None:
    amplifiers(live("alone"), amplifier("letters", format="string", rate_hz=0))
    source = LslSource()
    source.close()
    assert source.info.name == "alone"


@pytest.mark.parametrize(
    ("described", "sentence"),
    [
        ({"format": "string"}, "sends string values; wanted numbers"),
        ({"rate_hz": 0}, r"irregular rate \(0 Hz\); wanted a regular sampling rate"),
        ({"rate_hz": 50.0}, "sampling rate of 50 Hz; wanted 100 to"),
        ({"channels": [COUNTER]}, "none of the 1 channels is EMG"),
    ],
    ids=["letters", "irregular", "slow", "no EMG"],
)
def test_a_stream_that_cannot_be_used_is_refused_in_a_sentence(
    amplifiers: Start, described: dict[str, Any], sentence: str
) -> None:
    amplifiers(amplifier("odd", **described))
    with pytest.raises(StreamFormatError, match=sentence):
        LslSource("odd")


# Closing


def test_closing_from_another_thread_ends_a_wait(amplifiers: Start) -> None:
    amplifiers(amplifier("short"))
    with listening("short") as source:
        read(source, n_samples(200))
        closer = threading.Timer(0.2, source.close)
        closer.start()
        assert source.read_block(60.0) is None
        closer.join()
        assert source.ended


def test_a_source_may_be_closed_twice(amplifiers: Start) -> None:
    amplifiers(live("closed"))
    source = LslSource("closed")
    source.close()
    source.close()
    assert source.ended
    assert source.read_block(0.1) is None
