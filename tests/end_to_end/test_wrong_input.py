"""What is no recording is refused in one sentence, whoever asks."""

from pathlib import Path

import pytest
from end_to_end.commands import Bench

pytestmark = pytest.mark.slow

NOISE = bytes(range(256)) * 12
HEADER = b"rec 1 4000 100\nrec.dat 16 10000/mV 16 0 0 0 0 EMG\n"
# Each format's own ways to be wrong are tested with its reader.
JUNK = {
    "words.txt": b"this is no signal\n",
    "noise.edf": NOISE,
    "rec.hea": HEADER,  # and no rec.dat
}


@pytest.mark.parametrize("command", ["info", "stream", "analyze"])
def test_junk_is_refused_in_one_sentence_that_names_it(command: str, tmp_path: Path) -> None:
    for name, content in JUNK.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder").mkdir()
    extra = ("--out", tmp_path / "out") if command == "analyze" else ()
    with Bench(tmp_path) as bench:
        asked = {
            name: bench.myoscope(command, tmp_path / name, *extra, name=f"about {name}")
            for name in (*JUNK, "folder", "nothing")
        }
        for name, program in asked.items():
            assert program.end() == 1, name
            assert program.out == "", name
            (line,) = program.err.splitlines()
            assert line.startswith("myoscope: "), name
            assert name.partition(".")[0] in line, name
    assert not (tmp_path / "out").exists()


def test_one_bad_input_does_not_keep_the_others_from_analysis(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "words.txt"
    rows = "\n".join(f"{index / 4000:.6f},{index % 7}" for index in range(4000))
    good.write_text(f"time,EMG (uV)\n{rows}\n")
    bad.write_bytes(JUNK["words.txt"])
    with Bench(tmp_path) as bench:
        program = bench.myoscope("analyze", bad, good, "--out", tmp_path / "out")
        assert program.end() == 1
    refused, summed_up = program.err.splitlines()
    assert "words.txt is of no format that can be read" in refused
    assert "1 of 2 inputs could not be analysed" in summed_up
    assert (tmp_path / "out" / "good" / "events.csv").exists()
