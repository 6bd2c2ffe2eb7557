"""Runs, mailboxes and the command line for the tests of the monitor."""

import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from screen_feed import Feed, SilentSource

from myoscope.acquisition.block import StreamInfo
from myoscope.acquisition.simulation import SimulatedSource
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.app import Run

RATE_HZ = 10_000.0


@pytest.fixture
def info() -> StreamInfo:
    return StreamInfo("amplifier", RATE_HZ, ("R tibialis anterior", "R gastrocnemius"))


@pytest.fixture
def quiet_run(info: StreamInfo) -> Iterator[Run]:
    """A run that was never started, whose mailbox the test writes into."""
    run = Run(SilentSource(info), DetectorSettings())
    yield run
    run.close()


@pytest.fixture
def feed(quiet_run: Run) -> Feed:
    return Feed(quiet_run.mailbox)


@pytest.fixture
def finished_run() -> Run:
    """Ten seconds of a denervated muscle, gone through as fast as it goes."""
    source = SimulatedSource("denervated-mild", RATE_HZ, seconds=10.0, seed=1, block_ms=50.0)
    run = Run(source, DetectorSettings(), live=False)
    run.start()
    run.join()
    return run


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of 20 s of a denervated muscle, that no test changes."""
    folder = tmp_path_factory.mktemp("recorded") / "r"
    source = SimulatedSource("denervated-mild", RATE_HZ, seconds=20.0, seed=1, block_ms=50.0)
    run = Run(source, DetectorSettings(), record_to=folder, live=False)
    run.start()
    run.join()
    return folder


@pytest.fixture
def folder(recorded: Path, tmp_path: Path) -> Path:
    """A copy of that recording for a test alone."""
    return shutil.copytree(recorded, tmp_path / "r")


@pytest.fixture
def myoscope(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """Run a command line in this process; return exit status, stdout and stderr."""
    from myoscope.monitor_ui.cli import main

    before = signal.getsignal(signal.SIGTERM)

    def call(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["myoscope", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    yield call
    signal.signal(signal.SIGTERM, before)
