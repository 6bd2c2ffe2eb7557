"""The text monitor on terminals of any width, and where there is none."""

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console
from screen_feed import SilentSource, alert_row, findings

from myoscope.acquisition.block import Block
from myoscope.acquisition.simulation import SimulatedSource
from myoscope.dsp_core.kinds import Kind
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.app import Run
from myoscope.monitor_ui.console import render, watch


def screen(run, width=100):
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    console.print(render(run, width))
    return console.file.getvalue()


def test_channels_are_shown_with_level_noise_and_counts(quiet_run, feed):
    found = tuple({"sample": n, "train": -1, "kind": 1, "channel": 1} for n in range(12))
    feed.noise(1.0, findings(found))
    text = screen(quiet_run)
    # Of 3 µV of noise, as well as 2500 samples tell.
    assert re.search(r"2 +R gastrocnemius +(2\.9|3\.[01]) +\S+ +12", text)
    assert "▲ FIB" in text
    assert "10000 Hz · measured 10000.2 Hz · lag 12 ms · lost 0" in text
    assert "LIVE   00:00:01  amplifier" in text
    assert "○ not recording" in text


def test_alerts_come_with_kind_rate_regularity_and_time(quiet_run, feed):
    over = alert_row(1, train=1, kind=Kind.FASCICULATION, cleared_sample=8000)
    feed.noise(1.0, findings(alerts=(alert_row(0), over)))
    text = screen(quiet_run)
    assert "Alerts: 1 standing, 1 over" in text
    assert "00:00:00 ▲ fibrillation potentials" in text
    assert "10.7 /s, regular (CV 1.2 %), 4 potentials" in text
    assert text.index("fibrillation") < text.index("fasciculation")


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(quiet_run, feed, width):
    kinds = tuple({"sample": 10, "train": -1, "kind": kind, "channel": 0} for kind in Kind)
    feed.noise(1.0, findings(kinds, alerts=(alert_row(0),)))
    text = screen(quiet_run, width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "RMS" in text


def test_a_recording_is_shown_with_its_folder(info, tmp_path):
    from screen_feed import Feed

    run = Run(SilentSource(info), DetectorSettings(), record_to=tmp_path / "session-1")
    try:
        Feed(run.mailbox).noise(0.1)
        text = screen(run, 200)
        assert f"● REC {tmp_path / 'session-1'}" in text
        run.recorder._fail("the disk is full")
        assert "RECORDING HAS STOPPED" in screen(run, 200)
    finally:
        run.close()


def test_silence_is_shown(quiet_run, feed, monkeypatch):
    feed.noise(0.1)
    later = quiet_run.mailbox._written_s + 4.0
    monkeypatch.setattr(quiet_run.mailbox, "_clock_s", lambda: later)
    assert "NO SAMPLES for 4 s" in screen(quiet_run)


def test_a_pipe_gets_a_line_for_each_alert_and_no_control_characters():
    source = SimulatedSource("denervated-mild", 10_000.0, seconds=12.0, seed=1, block_ms=50.0)
    run = Run(source, DetectorSettings(), live=False)
    pipe = io.StringIO()
    run.start()
    watch(run, Console(file=pipe))
    lines = pipe.getvalue().splitlines()
    assert lines[0] == ("virtual patient: denervated-mild: 1 channel at 10000 Hz; not recording")
    raised = [line for line in lines if "  ALERT  " in line]
    assert len(raised) == len(run.mailbox.alerts()) >= 1
    assert all(
        re.match(r"\d\d:\d\d:\d\d\.\d{3}  ALERT  channel 1 needle 1: [a-z -]+s, [\d.]+ /s, ", line)
        for line in raised
    )
    assert any("  status  10000 Hz" in line for line in lines)
    assert "\x1b" not in pipe.getvalue()


class VoltsSource(SilentSource):
    """Six seconds of a needle in volts, from a stream that does not say so."""

    seconds = 0

    def read_block(self, timeout_s):
        rate = int(self.info.rate_hz)
        noise = np.random.default_rng(self.seconds).normal(0, 3e-6, (rate, self.info.n_channels))
        self.seconds += 1
        self.ended = self.seconds == 6
        return Block(noise.astype(np.float32), (self.seconds - 1) * rate)


def test_a_doubtful_unit_is_told_once_on_a_pipe_and_stands_on_a_terminal(info):
    run = Run(VoltsSource(replace(info, unit="", unit_assumed=True)), DetectorSettings())
    assert "no unit is given in amplifier: microvolts assumed" in screen(run, 200)
    assert "volts?" not in screen(run, 200)  # nothing has come yet
    pipe = io.StringIO()
    run.start()
    watch(run, Console(file=pipe))
    told = [line for line in pipe.getvalue().splitlines() if "  warning  " in line]
    assert len(told) == 2
    assert told[1].endswith("is it in volts? (--unit V)")
    assert 'channels "R tibialis anterior", "R gastrocnemius"' in screen(run, 200)
    assert all(run.early.judgement.not_judged)


def test_what_was_lost_is_no_missing_number(quiet_run, feed):
    feed.noise(2.0)
    feed.signal(np.random.default_rng(1).normal(0, 3, (40_000, 2)), lost_before=500)
    assert quiet_run.early.judgement.warnings == ()
    assert quiet_run.early.judgement.noise_uv == pytest.approx(3, rel=0.2)


def test_a_terminal_gets_the_table_until_the_run_ends():
    source = SimulatedSource("denervated-mild", 10_000.0, seconds=2.0, seed=1, block_ms=50.0)
    run = Run(source, DetectorSettings(), live=False)
    terminal = io.StringIO()
    run.start()
    watch(run, Console(file=terminal, force_terminal=True, width=100))
    assert "needle 1" in terminal.getvalue()
    assert "ENDED" in terminal.getvalue()
