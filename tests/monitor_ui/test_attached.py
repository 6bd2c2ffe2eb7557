"""A session in a process of its own: windows come, crash and come again, and it goes on."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path

import numpy as np
import pytest

from myoscope.acquisition.simulation import SimulatedSource
from myoscope.dsp_core.findings import ALERT_DTYPE, POTENTIAL_DTYPE
from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.attached import AttachedRun, attach_to
from myoscope.monitor_ui.errors import MonitorError
from myoscope.monitor_ui.file_words import FileWords
from myoscope.monitor_ui.pending_session import PendingSession
from myoscope.monitor_ui.session_folder import find_sessions, sessions_folder
from myoscope.monitor_ui.session_plan import SessionPlan
from myoscope.monitor_ui.session_wire import Message, receive, send
from myoscope.recordings.decisions import Decision, What
from myoscope.recordings.reader import open_recording
from myoscope.recordings.verify import verify

RATE_HZ = 10_000.0
SCENARIO = "denervated-mild"


@pytest.fixture(autouse=True)
def runtime(monkeypatch):
    """A folder for sessions of this test alone; its path is short, as a socket's has to be."""
    with tempfile.TemporaryDirectory(prefix="myo") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)
        for entry in find_sessions():
            os.kill(entry.pid, signal.SIGKILL)


def plan(**changes):
    words = FileWords(rate_hz=RATE_HZ)
    return SessionPlan(scenario=SCENARIO, words=words, seed=1, **changes)


def until(it_is_so):
    end_s = time.monotonic() + 60
    while not it_is_so():
        assert time.monotonic() < end_s
        time.sleep(0.01)


def truth(n_samples):
    """What the virtual patient of these tests gives."""
    source = SimulatedSource(SCENARIO, RATE_HZ, seconds=n_samples / RATE_HZ + 1, seed=1)
    blocks = []
    while sum(map(len, blocks)) < n_samples:
        block = source.read_block(1.0)
        assert block is not None
        blocks.append(block.samples)
    return np.concatenate(blocks)[:n_samples]


def test_a_message_comes_back_as_it_was_sent():
    table = np.zeros(3, ALERT_DTYPE)
    table["rate_hz"] = [1, np.nan, 3]
    message = Message("block", {"a": [1, None, "µ"]}, (table, np.zeros((0, 4), np.float32)))
    again = Message.from_bytes(message.to_bytes())
    assert (again.what, again.values) == ("block", {"a": [1, None, "µ"]})
    assert again.arrays[0].dtype == ALERT_DTYPE
    assert again.arrays[0].tobytes() == table.tobytes()
    assert again.arrays[1].shape == (0, 4)


@pytest.mark.parametrize("content", [b"", b"\x05\0\0\0{}", b"\xff" * 50, b"\x02\0\0\0{}", b"junk"])
def test_junk_is_no_message(content):
    with pytest.raises(MonitorError, match="message of another program"):
        Message.from_bytes(content)


def test_a_plan_comes_back_as_it_was():
    one = plan(record_to="a", seconds=3.5, settings={"threshold": 4.5})
    assert SessionPlan.from_json(one.to_json()) == one


def test_a_window_sees_what_its_session_sees(tmp_path):
    run = PendingSession(plan(record_to=str(tmp_path / "r"))).attach()
    until(lambda: run.mailbox.elapsed_s > 3)
    assert run.info.rate_hz == RATE_HZ
    assert run.mode == "SIMULATION"
    window = run.mailbox.ring.read(0, 30_000)
    assert window.samples.tobytes() == truth(30_000).tobytes()
    assert run.recorder.state == "recording"
    assert run.mailbox.noise_uv[0] > 0
    assert run.mailbox.silent_s < 1
    run.close()
    assert (run.error, run.recorder.state) == (None, "closed")
    with open_recording(tmp_path / "r") as recording:
        kinds = np.bincount(recording.final_kinds, minlength=len(Kind))
    assert run.mailbox.counts()[0].tolist() == kinds.tolist()
    assert not find_sessions()
    assert not list(sessions_folder().iterdir())


WINDOW = [sys.executable, "-m", "myoscope.monitor_ui", "monitor", "--no-sound"]


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_a_killed_window_costs_no_sample_and_another_one_takes_its_place(tmp_path):
    folder = tmp_path / "r"
    words = ["--simulate", SCENARIO, "--rate", str(RATE_HZ), "--seed", "1", "--record", folder]
    with subprocess.Popen([*WINDOW, *words], start_new_session=True) as window:
        until(find_sessions)
        (entry,) = find_sessions()
        until(lambda: (folder / "recording.zarr/emg/signal/c.1.0").exists())
        os.killpg(window.pid, signal.SIGKILL)  # and whatever else it has started in its group
    time.sleep(0.5)
    assert entry.is_alive
    run = attach_to("")
    killed_at = run.mailbox.ring.newest
    decision = Decision(What.CONFIRM, killed_at, train=0)
    run.decide(decision)
    until(lambda: run.mailbox.ring.newest > killed_at + 2 * RATE_HZ)
    # The one that came later knows what was before.
    window = run.mailbox.ring.read(0, killed_at)
    assert window.samples.tobytes() == truth(killed_at)[window.first_sample :].tobytes()
    run.close()
    assert run.error is None
    with open_recording(folder) as recording:
        assert (recording.state, recording.lost) == ("closed", [])
        n_samples = recording.n_samples
        assert n_samples > killed_at + 2 * RATE_HZ
        assert recording.read(0, n_samples).tobytes() == truth(n_samples).tobytes()
        assert recording.decisions.made == [decision]
        kinds = np.bincount(recording.final_kinds, minlength=len(Kind))
    assert run.mailbox.counts()[0].tolist() == kinds.tolist()
    assert verify(folder).is_whole


def test_a_recording_is_begun_and_stopped_while_the_session_goes_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = PendingSession(plan()).attach()
    muscle = Decision(What.MUSCLE, 0, value="tibialis anterior", side="right")
    run.decide(muscle)
    until(lambda: any(alert.stands for alert in run.mailbox.alerts()))
    assert run.recorder is None
    run.record()
    until(lambda: run.recorder is not None)
    run.record()  # asked for twice, begun once
    until(lambda: run.recorder.state == "recording" and run.recorded_from)
    begun = run.recorded_from
    until(lambda: run.mailbox.ring.newest > begun + 2 * RATE_HZ)
    mark = Decision(What.MARKER, begun + 5000, value="here")
    run.decide(mark)
    run.stop_recording()
    until(lambda: run.recorder.state == "closed")
    assert run.running
    place = run.mailbox.ring.newest
    until(lambda: run.mailbox.ring.newest > place + RATE_HZ / 2)
    run.record()
    until(lambda: len(run.recorders) == 2)
    run.close()
    assert run.error is None
    first, second = (recorder.folder for recorder in run.recorders)
    assert first.parent == second.parent == tmp_path
    assert verify(first).is_whole
    assert verify(second).is_whole
    with open_recording(first) as recording:
        assert (recording.state, recording.lost) == ("closed", [])
        n_samples = recording.n_samples
        expected = truth(begun + n_samples)[begun:]
        assert recording.read(0, n_samples).tobytes() == expected.tobytes()
        # The train that was going on is there, and its alert, from before the first sample.
        (alert, *_) = recording.alerts
        assert alert["raised_sample"] < 0
        assert alert["train"] in recording.trains["train"]
        made = {decision.id: decision.sample for decision in recording.decisions.made}
        assert made == {muscle.id: -begun, mark.id: 5000}
        assert recording.potentials["sample"].min() >= 0
        (here,) = recording.decisions.examinations(n_samples)
        assert (here.muscle, here.start_sample) == ("tibialis anterior", 0)


def test_a_recording_that_cannot_be_begun_says_why(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    run = PendingSession(plan()).attach()
    (tmp_path / "here").rmdir()
    run.record()
    until(lambda: run.recording_error)
    assert run.recorder is None
    assert run.running
    run.close()
    assert run.error is None


def test_two_windows_know_of_each_others_decisions():
    one = PendingSession(plan()).attach()
    two = attach_to(one.entry.id)
    decision = Decision(What.MARKER, 5, value="from one")
    one.decide(decision)
    until(lambda: two.mailbox.decisions() == [decision])
    three = attach_to("")
    assert three.mailbox.decisions() == [decision]
    # Whoever closes first leaves the session to the others; the last one ends it.
    one.close()
    assert not one.running
    place = three.mailbox.ring.newest
    until(lambda: three.mailbox.ring.newest > place + RATE_HZ / 2)
    two.close()
    three.close()
    assert three.error is None
    until(lambda: not find_sessions())
    one._process.wait(20)


def test_a_window_that_does_not_read_does_not_hold_the_session_up(tmp_path):
    run = PendingSession(plan(record_to=str(tmp_path / "r"), speed=2.0, n_channels=8)).attach()
    entry = run.entry
    deaf = Client(entry.address, authkey=bytes.fromhex(entry.key))
    place = run.mailbox.elapsed_s
    until(lambda: run.mailbox.elapsed_s > place + 10)  # 3 MB, much more than a socket holds
    deaf.close()
    place = run.mailbox.elapsed_s
    until(lambda: run.mailbox.elapsed_s > place + 1)
    run.close()
    assert (run.error, run.recorder.state) == (None, "closed")
    with open_recording(tmp_path / "r") as recording:
        assert recording.lost == []


def test_strangers_and_junk_leave_the_session_alone():
    run = PendingSession(plan()).attach()
    entry = run.entry
    silent = Client(entry.address)  # knocks, and never says a word
    with pytest.raises((AuthenticationError, EOFError, OSError)):
        Client(entry.address, authkey=b"another")
    for content in (b"", b"junk", Message("sing", {}).to_bytes()):
        stranger = Client(entry.address, authkey=bytes.fromhex(entry.key))
        receive(stranger)
        stranger.send_bytes(content)
        stranger.close()
    rude = Client(entry.address, authkey=bytes.fromhex(entry.key))
    send(rude, Message("decide", {"decision": {"what": "sing"}}))
    place = run.mailbox.ring.newest
    until(lambda: run.mailbox.ring.newest > place + RATE_HZ / 2)
    rude.close()
    silent.close()
    run.close()
    assert run.error is None


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_sessions_are_for_their_owner_alone(runtime):
    run = PendingSession(plan()).attach()
    folder = runtime / "myoscope"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.glob("*.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    run.close()
    folder.chmod(0o755)
    with pytest.raises(MonitorError, match="open to others"):
        find_sessions()
    folder.chmod(0o700)


def test_a_killed_session_is_told_and_its_recording_can_be_repaired(tmp_path):
    run = PendingSession(plan(record_to=str(tmp_path / "r"))).attach()
    until(lambda: run.mailbox.elapsed_s > 1.5)
    os.kill(run.entry.pid, signal.SIGKILL)
    until(lambda: not run.running)
    assert "repair" in str(run.error)
    assert run.mailbox.ended
    run.close()
    assert not find_sessions()


def test_a_session_killed_once_its_recording_is_closed_asks_for_no_repair(tmp_path):
    run = PendingSession(plan(record_to=str(tmp_path / "r"))).attach()
    until(lambda: run.mailbox.elapsed_s > 1.5)
    run.stop()
    until((tmp_path / "r" / "manifest.json").exists)
    os.kill(run.entry.pid, signal.SIGKILL)
    run.close()
    # It may have come to say that it ends.
    assert "repair" not in str(run.error)
    assert run.recorder.state == "closed"
    assert verify(tmp_path / "r").is_whole


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scenario": None, "replay": "nosuch.edf"}, "nosuch.edf"),
        ({"scenario": "nosuch"}, "nosuch"),
        ({"words": FileWords(rate_hz=5.0)}, "5 Hz"),
        ({"settings": {"threshold": 99.0}}, "99"),
        ({"settings": {"sing": 1}}, "sing"),
        ({"record_to": "/proc/nowhere"}, "the disk of /proc|/proc/nowhere"),
    ],
)
def test_a_session_that_cannot_begin_says_why(changes, said):
    from dataclasses import replace

    with pytest.raises(MonitorError, match=said):
        PendingSession(replace(plan(), **changes)).attach()
    assert not list(sessions_folder().iterdir())


def test_without_a_session_or_with_several_one_has_to_choose():
    with pytest.raises(MonitorError, match="no session of yours is running"):
        attach_to("")
    one, two = PendingSession(plan()), PendingSession(plan())
    runs = [one.attach(), two.attach()]
    with pytest.raises(MonitorError, match="several sessions fit"):
        attach_to("")
    with pytest.raises(MonitorError, match="no session is called 'x'"):
        attach_to("x")
    for run in runs:
        run.close()


def test_after_the_end_a_decision_still_reaches_the_recording(tmp_path):
    run = PendingSession(plan(record_to=str(tmp_path / "r"), seconds=1.0)).attach()
    until(lambda: not run.running)
    run.decide(Decision(What.GRADE, 9000, kind=Kind.FIBRILLATION, value="2+"))
    run.close()
    assert "2+" in (tmp_path / "r" / "decisions.csv").read_text()
    assert verify(tmp_path / "r").is_whole


def test_findings_keep_their_types():
    run = PendingSession(plan()).attach()
    until(lambda: run.mailbox.potentials_since(0)[1] > 3)
    assert isinstance(run, AttachedRun)
    (seen, *_), _ = run.mailbox.potentials_since(0)
    assert isinstance(seen.kind, Kind)
    assert POTENTIAL_DTYPE.names
    run.close()
