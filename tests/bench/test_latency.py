"""What is timed is right; how long it took is not asked here."""

import json
import os
import re
import secrets
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.source import StreamHealth
from myoscope.bench.cli import app
from myoscope.bench.latency.chain import latencies, run_chain
from myoscope.bench.latency.page import Chart, Page
from myoscope.bench.latency.peers import OURS, peers
from myoscope.bench.latency.signals import signal
from myoscope.bench.latency.timing import in_turns
from myoscope.dsp_core.settings import DetectorSettings

RATE_HZ = 10_000.0
CHUNK = 50


class Clockwork:
    """A source whose chunks arrive 2 ms after they were pushed, by a clock that only it moves."""

    def __init__(self, samples):
        self.info = StreamInfo("clockwork", RATE_HZ, ("1", "2"))
        self.health = StreamHealth()
        self.ended = False
        self.now_s = 0.0
        self._samples, self._place = samples, 0

    def read_block(self, timeout_s):
        rows = self._samples[self._place : self._place + CHUNK]
        block = Block(rows, self._place, 0, self._place / RATE_HZ)
        self._place += len(rows)
        self.ended = self._place >= len(self._samples)
        self.now_s = (self._place - 1) / RATE_HZ + 0.002
        return block

    def close(self):
        self.ended = True


@pytest.fixture(scope="module")
def waits():
    source = Clockwork(signal(2, RATE_HZ, 10, seconds=4.0))
    notes = run_chain(source, DetectorSettings(), 4.0, lambda: source.now_s)
    return latencies(notes, RATE_HZ, DetectorSettings())


class TestChain:
    def test_every_potential_is_there(self, waits):
        assert len(waits.waveform) > 50
        assert waits.blocks == 4.0 * RATE_HZ / CHUNK
        assert waits.block_ms == 5.0

    def test_a_potential_is_complete_within_a_few_milliseconds_of_its_peak(self, waits):
        assert (waits.waveform > 1.0).all()
        assert np.median(waits.waveform) < 12.0

    def test_the_rest_of_the_block_is_waited_for(self, waits):
        assert (waits.block >= 0.0).all()
        assert (waits.block < waits.block_ms).all()

    def test_what_comes_after_the_push_is_told_apart(self, waits):
        np.testing.assert_allclose(waits.transport, 2.0, atol=1e-6)
        np.testing.assert_allclose(waits.compute + waits.hand_off, 0.0, atol=1e-6)
        np.testing.assert_allclose(
            waits.from_peak, waits.waveform + waits.block + waits.from_push, atol=1e-9
        )


def test_works_are_timed_in_turns_on_the_same_blocks():
    seen = {"a": [], "b": []}
    samples = signal(1, RATE_HZ, 0, seconds=1.0)
    times = in_turns(
        {name: lambda block, name=name: seen[name].append(block.tobytes()) for name in seen},
        samples,
        100,
        RATE_HZ,
        60,
        warm_up=10,
    )
    assert seen["a"] == seen["b"]
    assert [len(times[name].us) for name in "ab"] == [60, 60]
    assert times["a"].block_ms == 10.0
    assert times["a"].summary()["p50_us"] <= times["a"].summary()["max_us"]


def test_peers_that_are_not_installed_are_named_and_the_others_run():
    works, left_out = peers(2, RATE_HZ, 50)
    assert OURS in works
    assert "brainflow" in left_out
    for work in works.values():
        work(np.zeros((50, 2), np.float32))


def test_a_page_needs_nothing_beside_it(tmp_path):
    page = Page("Times", {"processor": "<any>"})
    page.add_chart(Chart.steps("How long", "ms", {"one": np.array([0.1, 2.0, 300.0])}))
    page.add_chart(Chart.bars("Which", "µs", {"one": 0.5, "two": 70.0}))
    page.write(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.count("<svg") == 2
    assert "&lt;any&gt;" in text
    assert not re.search(r"(src|href)=", text)


def test_the_throughput_command_writes_what_it_measured(tmp_path):
    words = ["throughput", "--channels", "1", "--block-ms", "5", "--rate", "2000"]
    files = [tmp_path / "t.json", tmp_path / "t.html"]
    result = CliRunner().invoke(app, [*words, "--json", str(files[0]), "--html", str(files[1])])
    assert result.exit_code == 0, result.output
    assert "By stage" in result.output
    written = json.loads(files[0].read_text())
    assert written["quiet"][0]["channels"] == 1
    assert written["machine"]["instruction set"]


def test_what_can_go_on_beside_is_said():
    result = CliRunner().invoke(app, ["latency", "--beside", "juggling"])
    assert result.exit_code == 2
    assert "nothing, spin, gc, window" in re.sub(r"\s+", " ", result.output)


@pytest.mark.slow
def test_the_latency_command_measures_a_chain_over_lsl(tmp_path):
    file = tmp_path / "latency.json"
    code = "from myoscope.monitor_ui.cli import main; main()"
    words = ["bench", "latency", "--seconds", "3", "--channels", "2", "--json", str(file)]
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**os.environ, "MYOSCOPE_LSL_SESSION": secrets.token_hex(8)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(file.read_text())["runs"]
    assert found["potentials"] > 10
    assert set(found["waits_ms"]) >= {"waveform end", "block wait", "transport", "compute"}
