"""What a session hands on to windows of other processes, however slowly they read."""

import os
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Client, Connection
from pathlib import Path

import numpy as np
import pytest
from screen_feed import SilentSource

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.dsp_core.findings import Findings
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui import session_link
from myoscope.monitor_ui.app import Run
from myoscope.monitor_ui.attached import AttachedRun
from myoscope.monitor_ui.session_folder import SessionEntry
from myoscope.monitor_ui.session_link import SessionLink
from myoscope.monitor_ui.session_wire import receive

CHANNELS = 8
# A second of the stream, 320 kB: more than a local socket holds for one who does not read.
BLOCK = np.arange(80_000, dtype=np.float32).reshape(10_000, CHANNELS)


@pytest.fixture
def link() -> Iterator[SessionLink]:
    info = StreamInfo("amplifier", 10_000.0, tuple(f"channel {n}" for n in range(CHANNELS)))
    run = Run(SilentSource(info), DetectorSettings(), share=True)
    assert run.link is not None
    yield run.link
    run.close()


@pytest.fixture
def entry(link: SessionLink) -> Iterator[SessionEntry]:
    """How windows reach the session, which listens."""
    with tempfile.TemporaryDirectory(prefix="myo") as folder:
        key, address = secrets.token_bytes(32), str(Path(folder) / "link.sock")
        link.listen(address, key)
        yield SessionEntry("abc123", os.getpid(), address, key.hex(), "amplifier", "")
        link.close(None)


@pytest.fixture
def come(link: SessionLink, entry: SessionEntry) -> Iterator[Callable[[], Connection]]:
    """Open a window that reads when the test does."""
    windows: list[Connection] = []

    def come() -> Connection:
        windows.append(Client(entry.address, authkey=bytes.fromhex(entry.key)))
        until(lambda: link.windows_seen == len(windows))
        return windows[-1]

    yield come
    for window in windows:
        window.close()


def until(it_is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 60
    while not it_is_so():
        assert time.monotonic() < end_s
        time.sleep(0.01)


def hand_on(link: SessionLink, blocks: range) -> None:
    for number in blocks:
        link.write(Block(BLOCK, number * len(BLOCK)), Findings.none())


def hear(window: Connection) -> int | str:
    """Return the first sample of the next Block, or another message's kind."""
    while (message := receive(window)).what in ("hello", "state"):
        pass
    return int(message.values["first_sample"]) if message.what == "block" else message.what


def heard(window: Connection) -> tuple[list[int], str]:
    """Read to the end; return the first samples of the Blocks, and what came last."""
    firsts = []
    while isinstance(said := hear(window), int):
        firsts.append(said)
    return firsts, said


def test_the_end_waits_for_a_window_that_is_behind(link, come, monkeypatch):
    monkeypatch.setattr(session_link, "DEAF_S", 2.0)
    window = come()
    hand_on(link, range(40))
    closing = threading.Thread(target=link.close, args=(None,))
    closing.start()
    # It takes longer than a window may be deaf, but is never deaf so long.
    for number in range(30):
        time.sleep(0.1)
        assert hear(window) == number * len(BLOCK)
    assert closing.is_alive()  # the process ends after it, and with it what was not sent
    assert heard(window) == ([number * len(BLOCK) for number in range(30, 40)], "end")
    closing.join()


def test_the_end_does_not_wait_for_a_window_that_reads_nothing(link, come, monkeypatch):
    monkeypatch.setattr(session_link, "DEAF_S", 0.1)
    come()  # and never reads
    window = come()
    hand_on(link, range(5))
    closing = threading.Thread(target=link.close, args=(None,))
    closing.start()
    assert heard(window)[1] == "end"
    closing.join(60)
    assert not closing.is_alive()


def test_a_window_that_is_let_go_of_is_told_so_and_nothing_after_a_hole(link, come, monkeypatch):
    monkeypatch.setattr(session_link, "WAITING_BYTES", 5 * BLOCK.nbytes)
    window = come()
    hand_on(link, range(20))
    firsts, last = heard(window)
    assert firsts == [n * len(BLOCK) for n in range(len(firsts))]
    assert len(firsts) < 20
    assert last == "let go"
    until(lambda: link.n_windows == 0)


def test_a_window_that_was_let_go_of_comes_again(link, entry, monkeypatch):
    monkeypatch.setattr(session_link, "WAITING_BYTES", 5 * BLOCK.nbytes)
    # What it gets of the past when it comes has to fit, as it does outside of a test.
    monkeypatch.setattr(session_link, "BACK_BYTES", BLOCK.nbytes)
    run = AttachedRun(entry)
    has_one, reads = threading.Event(), threading.Event()
    write = run.mailbox.write

    def write_late(block: Block, findings: Findings) -> None:
        has_one.set()
        reads.wait()
        write(block, findings)

    monkeypatch.setattr(run.mailbox, "write", write_late)
    hand_on(link, range(1))
    # Told before its first Block that it was let go of, it would come again in between.
    assert has_one.wait(60)
    hand_on(link, range(1, 20))
    reads.set()
    until(lambda: run.mailbox.ring.newest == 20 * len(BLOCK))
    assert link.windows_seen == 2
    hand_on(link, range(20, 22))
    link.close(None)
    until(lambda: not run.running)
    assert run.mailbox.ring.newest == 22 * len(BLOCK)
    newest = run.mailbox.ring.read(21 * len(BLOCK), 22 * len(BLOCK))
    assert newest.samples.tobytes() == BLOCK.tobytes()
    run.close()
    assert run.error is None


def test_a_window_that_has_gone_is_watching_no_more(link, come):
    window = come()
    hand_on(link, range(20))  # more than can be sent before it goes
    assert link.n_windows == 1
    window.close()
    until(lambda: link.n_windows == 0)
