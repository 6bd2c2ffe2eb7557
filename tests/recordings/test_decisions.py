"""What people decide is kept beside what the detector found, and outlives whoever wrote it."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
import xarray

from myoscope.dsp_core.kinds import Kind
from myoscope.recordings import fold as folding
from myoscope.recordings.decision_log import append_decisions, read_decisions
from myoscope.recordings.decisions import Decision, Decisions, What
from myoscope.recordings.errors import RecordingError
from myoscope.recordings.fold import fold_decisions
from myoscope.recordings.reader import open_recording
from myoscope.recordings.repair import repair
from myoscope.recordings.verify import verify
from myoscope.recordings.writer import RecordingWriter


def renamed(train: int = 0, kind: Kind = Kind.MYOTONIC_DISCHARGE) -> Decision:
    return Decision(What.RENAME, sample=210, channel=0, train=train, kind=kind, author="ND")


def cells(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def closed(tmp_path, emg, record, findings):
    record(tmp_path / "r", emg(2500), findings=findings)
    return tmp_path / "r"


def test_a_decision_made_while_recording_comes_back_and_changes_no_finding(
    tmp_path, info, emg, findings, record
):
    writer = RecordingWriter(tmp_path / "r", info, live=False)
    decision = renamed()
    marker = Decision(What.MARKER, sample=40, value='needle moved, "second" µ-site\n')
    writer.decide(decision)
    writer.decide(marker)
    record(tmp_path / "r", emg(2500), findings=findings, writer=writer)
    with open_recording(tmp_path / "r") as recording:
        assert recording.decisions.made == [decision, marker]
        assert recording.decisions.verdict(0) == decision
        assert recording.trains["kind"].tolist() == [Kind.FIBRILLATION]
        assert recording.final_kinds.tolist()[0] == Kind.FIBRILLATION
    row = cells(tmp_path / "r" / "decisions.csv")[0]
    assert row["detector_kind"] == "fibrillation"
    assert (row["what"], row["kind"], row["author"]) == ("rename", "myotonic_discharge", "ND")
    assert verify(tmp_path / "r").is_whole


def test_other_programs_read_decisions_from_the_store(closed):
    with open_recording(closed) as recording:
        recording.decide(renamed())
    fold_decisions(closed)
    with xarray.open_zarr(closed / "recording.zarr", group="decisions") as table:
        assert table.what.values.tolist() == [What.RENAME]
        assert table.author.values.tolist() == ["ND"]
        assert "rename" in table.what.attrs["flag_meanings"]


def test_a_closed_recording_takes_decisions_and_stays_whole(closed):
    with open_recording(closed) as recording:
        recording.decide(renamed(), Decision(What.SITE, 0, value="2"))
        assert len(recording.decisions.made) == 2
    assert verify(closed).is_whole  # before its tables know of them
    fold_decisions(closed)
    assert verify(closed).is_whole
    assert len(cells(closed / "decisions.csv")) == 2
    # The store alone, without what lies beside it, has them as well.
    (closed / "decisions.jsonl").unlink()
    with open_recording(closed) as recording:
        assert [made.what for made in recording.decisions.made] == [What.RENAME, What.SITE]


def test_a_recorder_that_has_closed_still_takes_decisions(tmp_path, emg, record):
    writer = record(tmp_path / "r", emg(1500))
    writer.decide(renamed())
    assert len(cells(tmp_path / "r" / "decisions.csv")) == 1
    assert verify(tmp_path / "r").is_whole


def test_what_is_taken_back_stays_in_the_record_and_holds_no_longer():
    first, second = renamed(), Decision(What.REJECT, 300, train=0)
    decisions = Decisions([first, second])
    assert decisions.verdict(0) == second
    assert decisions.kind_of(0, 210, 0, Kind.FIBRILLATION) is None
    decisions.add(Decision(What.WITHDRAW, 300, withdraws=second.id))
    assert decisions.verdict(0) == first
    assert decisions.kind_of(0, 210, 0, Kind.FIBRILLATION) is Kind.MYOTONIC_DISCHARGE
    assert decisions.standing() == [first]
    assert len(decisions.made) == 3


def test_a_label_of_a_potential_goes_before_the_verdict_on_its_train():
    label = Decision(What.LABEL, 210, channel=0, train=0, kind=Kind.ARTEFACT)
    decisions = Decisions([renamed(), label])
    assert decisions.kind_of(0, 210, 0, Kind.FIBRILLATION) is Kind.ARTEFACT
    assert decisions.kind_of(0, 410, 0, Kind.FIBRILLATION) is Kind.MYOTONIC_DISCHARGE
    assert decisions.kind_of(1, 210, -1, Kind.END_PLATE_SPIKE) is Kind.END_PLATE_SPIKE


def test_marks_cut_a_recording_into_muscles_and_sites_with_their_grades():
    decisions = Decisions(
        [
            Decision(What.INSERTION, 50),
            Decision(What.MUSCLE, 100, value="tibialis anterior", side="left"),
            Decision(What.SITE, 100, value="1"),
            Decision(What.INSERTION, 120),
            Decision(What.GRADE, 300, kind=Kind.FIBRILLATION, value="1+", suggestion="2+"),
            Decision(What.SITE, 400, value="2"),
            Decision(What.GRADE, 500, kind=Kind.FIBRILLATION, value="2+", suggestion="2+"),
            Decision(What.MUSCLE, 600, value="deltoid", side="right"),
            Decision(What.GRADE, 1000, kind=Kind.FASCICULATION, value="0"),
        ]
    )
    found = [
        (s.start_sample, s.stop_sample, s.muscle, s.side, s.site, s.insertions)
        for s in decisions.examinations(1000)
    ]
    assert found == [
        (0, 100, "", "", "", (50,)),
        (100, 400, "tibialis anterior", "left", "1", (120,)),
        (400, 600, "tibialis anterior", "left", "2", ()),
        (600, 1000, "deltoid", "right", "", ()),
    ]
    grade = decisions.grades("tibialis anterior", "left", 1000)[Kind.FIBRILLATION]
    assert (grade.value, grade.suggestion) == ("2+", "2+")
    assert set(decisions.grades("deltoid", "right", 1000)) == {Kind.FASCICULATION}
    assert Decisions().examinations(0) == []


def test_a_line_torn_by_a_kill_is_left_out_and_written_over(closed):
    first, second = renamed(), renamed(kind=Kind.CRAMP_DISCHARGE)
    append_decisions(closed, [first])
    with (closed / "decisions.jsonl").open("ab") as file:
        file.write(b'{"crc32c":"00000000","entry":{"decision":{"what":"ren')
    assert read_decisions(closed) == ([first], 0)
    append_decisions(closed, [second])
    assert read_decisions(closed) == ([first, second], 0)
    assert verify(closed).is_whole


@pytest.mark.parametrize(
    "line",
    [
        b"junk\n",
        b'{"crc32c":"00000000","entry":{}}\n',
        b'{"crc32c":"7b9d6f1b","entry":{"decision":{"what":"sing"}}}\n',
        b"\xff\x00\n",
    ],
)
def test_a_damaged_line_is_counted_and_the_others_hold(closed, line):
    append_decisions(closed, [renamed()])
    with (closed / "decisions.jsonl").open("ab") as file:
        file.write(line)
    decisions, damaged_lines = read_decisions(closed)
    assert (len(decisions), damaged_lines) == (1, 1)
    assert any("1 lines" in problem for problem in verify(closed).problems)


def test_two_who_write_at_the_same_time_lose_nothing(closed):
    def write(number: int) -> None:
        for _ in range(20):
            append_decisions(closed, [renamed(train=number)])

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    decisions, damaged_lines = read_decisions(closed)
    assert (len(decisions), damaged_lines) == (60, 0)


def test_bringing_the_tables_up_to_date_can_be_broken_off_and_done_again(closed, monkeypatch):
    append_decisions(closed, [renamed()])
    monkeypatch.setattr(folding, "_write_manifest", lambda *_: (_ for _ in ()).throw(OSError("no")))
    with pytest.raises(OSError, match="no"):
        fold_decisions(closed)
    monkeypatch.undo()
    report = repair(closed)
    assert (report.changed, report.state) == (True, "closed")
    assert verify(closed).is_whole
    assert len(cells(closed / "decisions.csv")) == 1


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_recording_that_may_not_be_written_says_so(closed):
    closed.chmod(0o500)
    try:
        with (
            open_recording(closed) as recording,
            pytest.raises(RecordingError, match="takes no decision"),
        ):
            recording.decide(renamed())
    finally:
        closed.chmod(0o700)


def test_a_recording_whose_folder_is_gone_says_so(closed):
    with open_recording(closed) as recording:
        shutil.rmtree(closed)
        with pytest.raises(RecordingError, match="takes no decision"):
            recording.decide(renamed())


def test_half_a_character_from_a_keyboard_ends_no_recording(closed):
    append_decisions(closed, [Decision(What.MARKER, 0, value="\ud800")])
    assert read_decisions(closed)[1] == 0


RECORDER = """
import sys, time
import numpy as np
from myoscope.acquisition.block import Block, StreamInfo
from myoscope.dsp_core.findings import Findings
from myoscope.recordings.decisions import Decision, What
from myoscope.recordings.writer import RecordingWriter
writer = RecordingWriter(sys.argv[1], StreamInfo("a", 1000.0, ("a",)))
position = 0
while True:
    writer.write(Block(np.zeros((50, 1), np.float32), position), Findings.none())
    position += 50
    writer.decide(Decision(What.MARKER, position, value=str(position)))
    print(position, flush=True)
    time.sleep(0.05)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_decisions_of_a_killed_recorder_are_there_but_for_the_last_second(tmp_path):
    folder = tmp_path / "r"
    with subprocess.Popen(
        [sys.executable, "-c", RECORDER, str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for _ in range(40):
            said = int(process.stdout.readline())
        time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    with open_recording(folder) as recording:
        kept = [made.sample for made in recording.decisions.made]
    assert kept == list(range(50, kept[-1] + 1, 50))
    assert kept[-1] >= said - 1000  # a loaded disk may take its time
    repair(folder)
    assert [int(row["value"]) for row in cells(folder / "decisions.csv")] == kept
    assert verify(folder).is_whole
