"""What files say, leave out or lie about: read where it can be, refused in a sentence where not."""

import os
import subprocess
import sys
from pathlib import Path

import edfio
import numpy as np
import pytest
import soundfile
from archive_writers import RATE_HZ, WRITERS, XdfStream, counts, edf, write_wfdb, write_xdf
from contracts.source import blocks_of
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from myoscope.acquisition.archive import ARCHIVES, open_archive
from myoscope.acquisition.errors import AcquisitionError, ArchiveError, StreamFormatError
from myoscope.acquisition.replay import ReplaySource

as_root = hasattr(os, "geteuid") and os.geteuid() == 0


def write_text(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# What is no file


def test_an_unknown_ending_is_told_what_can_be_read(tmp_path):
    path = write_text(tmp_path, "x", "recording.docx")
    with pytest.raises(ArchiveError, match=r"docx is of no format .* one of \.edf, .*\.npy"):
        open_archive(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ArchiveError, match=r"there is no file .*nothing\.edf"):
        open_archive(tmp_path / "nothing.edf")


def test_a_folder_is_refused(tmp_path):
    (tmp_path / "folder.edf").mkdir()
    with pytest.raises(ArchiveError, match=r"folder\.edf is a folder; wanted a file"):
        open_archive(tmp_path / "folder.edf")


@pytest.mark.parametrize("ending", ARCHIVES)
def test_an_empty_file_is_refused(tmp_path, ending):
    path = tmp_path / f"empty{ending}"
    path.touch()
    if ending == ".dat":
        (tmp_path / "empty.hea").touch()
    with pytest.raises(ArchiveError, match="is empty; wanted a recording"):
        open_archive(path, rate_hz=1000.0)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(ArchiveError, match="is a device or a pipe; wanted a file"):
        open_archive(tmp_path / "pipe.wav")


@pytest.mark.skipif(as_root or os.name == "nt", reason="needs a user who can be kept out of a file")
def test_a_file_without_permission_is_named(tmp_path):
    path = write_text(tmp_path, "x", "secret.edf")
    path.chmod(0)
    with pytest.raises(ArchiveError, match=r"secret\.edf cannot be opened: .*denied"):
        open_archive(path)


@pytest.mark.parametrize(
    ("ending", "sentence"),
    [
        (".edf", "begins with .* of an EDF file or .* of a BDF file"),
        (".bdf", "begins with"),
        (".xdf", "cannot be read as XDF"),
        (".wav", "does not begin with 'RIFF'"),
        (".flac", "cannot be read as a sound file"),
        (".npy", "cannot be read as a NumPy array"),
        (".hea", "cannot be read as a WFDB header"),
    ],
)
def test_a_text_under_another_ending_is_refused(tmp_path, ending, sentence):
    path = write_text(tmp_path, "Dear colleague,\nthe recording follows.\n" * 40, f"text{ending}")
    with pytest.raises(ArchiveError, match=sentence):
        open_archive(path, rate_hz=1000.0)


@pytest.mark.parametrize(
    ("module", "ending", "extra"),
    [
        ("edfio", ".edf", "edf"),
        ("pyxdf", ".xdf", "xdf"),
        ("wfdb", ".hea", "wfdb"),
        ("soundfile", ".flac", "audio-files"),
    ],
)
def test_a_reader_that_is_missing_is_named_with_its_extra(
    tmp_path, monkeypatch, module, ending, extra
):
    monkeypatch.setitem(sys.modules, module, None)
    path = write_text(tmp_path, "anything", f"file{ending}")
    with pytest.raises(ArchiveError, match=rf'pip install "myoscope\[{extra}\]"'):
        open_archive(path)


# Hints


def test_what_the_user_says_of_the_unit_goes_before_the_file(tmp_path):
    written = edf(tmp_path)
    archive = open_archive(written.path, unit="V", channels=["APB"])
    np.testing.assert_allclose(
        archive.read(0, 100)[:, 0], written.samples_uv[:100, 0] * 1e6, rtol=1e-6
    )
    assert not archive.info.unit_assumed


def test_what_the_user_says_of_the_rate_goes_before_the_file(tmp_path):
    assert open_archive(edf(tmp_path).path, rate_hz=5000.0).info.rate_hz == 5000


def test_a_unit_that_is_no_voltage_is_refused(tmp_path):
    with pytest.raises(ArchiveError, match="'furlong' is no unit of voltage; wanted V, mV, uV"):
        open_archive(edf(tmp_path).path, unit="furlong")


def test_a_channel_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    with pytest.raises(
        ArchiveError, match="no channel 'ADM'; wanted 0 to 2 or one of 'APB', 'Resp', 'FDI'"
    ):
        open_archive(edf(tmp_path).path, channels=["ADM"])


def test_channels_of_two_rates_are_refused(tmp_path):
    with pytest.raises(ArchiveError, match="at 100, 4000 Hz; wanted channels of one rate"):
        open_archive(edf(tmp_path).path, channels=["APB", "Resp"])


def test_a_file_without_a_unit_says_that_its_unit_is_assumed(tmp_path):
    np.save(tmp_path / "plain.npy", np.zeros(10))
    assert open_archive(tmp_path / "plain.npy", rate_hz=1000.0).info.unit_assumed
    assert not open_archive(tmp_path / "plain.npy", rate_hz=1000.0, unit="uV").info.unit_assumed


# EDF and BDF


def interrupt(path: Path, onsets_s: list[float], extra: str = "EDF+D") -> None:
    """Make records of one second start at other times, as an EDF+D file says it."""
    raw = bytearray(path.read_bytes())
    raw[192:197] = extra.encode()
    for second, onset_s in reversed(list(enumerate(onsets_s))):
        was = f"+{second}".encode() + b"\x14\x14"
        now = f"+{onset_s:g}".encode() + b"\x14\x14"
        place = raw.index(was + b"\x00" * (len(now) - len(was)))
        raw[place : place + len(now)] = now
    path.write_bytes(raw)


def edf_of_four_seconds(folder: Path) -> tuple[Path, np.ndarray]:
    values = counts(4000).astype(np.int16)[:, 0].copy()
    signal = edfio.EdfSignal.from_digital(values, 1000, label="EMG", physical_dimension="uV")
    notes = [edfio.EdfAnnotation(0, None, "a long note that makes room for other onsets")]
    path = folder / "interrupted.edf"
    edfio.Edf([signal], annotations=notes, data_record_duration=1).write(path)
    return path, values.astype(np.float32)


def test_an_interrupted_edf_file_has_gaps(tmp_path):
    path, values = edf_of_four_seconds(tmp_path)
    interrupt(path, [0, 1, 3.5, 4.5])
    archive = open_archive(path)
    assert archive.lost == ((3500, 1500),)
    assert archive.n_samples == 5500
    whole = archive.read(0, 5500)[:, 0]
    np.testing.assert_array_equal(whole[:2000], values[:2000])
    assert np.isnan(whole[2000:3500]).all()
    np.testing.assert_array_equal(whole[3500:], values[2000:])
    np.testing.assert_array_equal(archive.read(1990, 3510)[:, 0], whole[1990:3510])
    blocks = blocks_of(ReplaySource(archive))
    assert sum(block.lost_before for block in blocks) == 1500
    np.testing.assert_array_equal(np.concatenate([b.samples[:, 0] for b in blocks]), values)


def test_records_that_go_back_in_time_are_refused(tmp_path):
    path, _ = edf_of_four_seconds(tmp_path)
    interrupt(path, [0, 5, 3, 7])
    with pytest.raises(ArchiveError, match="record 2 at 3 s, before the end of the one before"):
        open_archive(path)


def test_an_edf_file_that_is_cut_short_is_read_up_to_its_last_whole_record(tmp_path):
    written = edf(tmp_path)
    raw = written.path.read_bytes()
    written.path.write_bytes(raw[:-5])
    archive = open_archive(written.path)
    assert archive.n_samples == 8000
    np.testing.assert_array_equal(archive.read(0, 8000), written.samples_uv[:8000])
    assert "cut short" in archive.info.metadata["warning"]


def test_an_edf_file_is_as_long_as_its_data_whatever_its_header_says(tmp_path):
    written = edf(tmp_path)
    raw = bytearray(written.path.read_bytes())
    raw[236:244] = b"99999999"
    written.path.write_bytes(raw)
    assert open_archive(written.path).n_samples == len(written.samples_uv)


def test_an_edf_file_cut_in_its_header_is_refused(tmp_path):
    written = edf(tmp_path)
    written.path.write_bytes(written.path.read_bytes()[:700])
    with pytest.raises(ArchiveError, match="cut short in its header: it has 700 bytes; wanted"):
        open_archive(written.path)


@pytest.mark.parametrize(
    ("duration", "sentence"),
    [
        (b"0       ", "records of 0 s; wanted more than 0"),
        (b"1000    ", "4 Hz; wanted 100 to"),
        (b"eternal ", "cannot"),
    ],
)
def test_an_impossible_record_duration_is_refused(tmp_path, duration, sentence):
    written = edf(tmp_path)
    raw = bytearray(written.path.read_bytes())
    raw[244:252] = duration
    written.path.write_bytes(raw)
    with pytest.raises(AcquisitionError, match=sentence):
        open_archive(written.path)


def test_a_signal_without_a_range_is_left_out(tmp_path):
    written = edf(tmp_path)
    raw = bytearray(written.path.read_bytes())
    n_signals = int(raw[252:256])
    maxima = 256 + n_signals * (16 + 80 + 8 + 8)
    raw[maxima : maxima + 8] = raw[maxima - 8 * n_signals : maxima - 8 * n_signals + 8]
    written.path.write_bytes(raw)
    archive = open_archive(written.path)
    assert archive.info.channel_labels == ("FDI",)
    assert archive.info.metadata["warning"] == "no samples or no range of values for APB"


# WFDB


def test_the_record_is_found_by_any_of_its_names(tmp_path):
    write_wfdb(tmp_path, "rec_1", counts(100))
    names = {open_archive(tmp_path / f"rec_1{end}").info.name for end in ("", ".hea", ".dat")}
    assert names == {"rec_1"}


def test_a_signal_file_without_its_header_is_refused(tmp_path):
    write_text(tmp_path, "x" * 100, "lonely.dat")
    with pytest.raises(ArchiveError, match=r"no header; wanted lonely\.hea beside it"):
        open_archive(tmp_path / "lonely.dat")


def test_a_header_without_its_signal_file_is_refused(tmp_path):
    write_wfdb(tmp_path, "rec", counts(100))
    (tmp_path / "rec.dat").unlink()
    with pytest.raises(ArchiveError, match=r"there is no file .*rec\.dat"):
        open_archive(tmp_path / "rec")


def test_a_record_that_is_cut_short_is_read_as_far_as_it_goes(tmp_path):
    values = counts(1000)
    write_wfdb(tmp_path, "rec", values)
    raw = (tmp_path / "rec.dat").read_bytes()
    (tmp_path / "rec.dat").write_bytes(raw[: 4 * 600 + 1])
    archive = open_archive(tmp_path / "rec")
    assert archive.n_samples == 600
    np.testing.assert_array_equal(
        archive.read(590, 600)[:, 0], (values[590:600, 0] * 0.1).astype(np.float32)
    )
    assert archive.info.metadata["warning"] == "cut short: 600 of 1000 samples"


def test_an_empty_segment_of_a_record_is_a_gap(tmp_path):
    first, second = counts(300) // 2, counts(200) // 3
    write_wfdb(tmp_path, "seg_1", first)
    write_wfdb(tmp_path, "seg_2", second)
    write_text(tmp_path, "multi/3 2 4000 600\nseg_1 300\n~ 100\nseg_2 200\n", "multi.hea")
    archive = open_archive(tmp_path / "multi")
    assert archive.lost == ((400, 100),)
    whole = archive.read(0, archive.n_samples)[:, 0]
    np.testing.assert_allclose(whole[:300], first[:, 0] * 0.1, rtol=1e-6)
    assert np.isnan(whole[300:400]).all()
    np.testing.assert_allclose(whole[400:], second[:, 0] * 0.1, rtol=1e-6)
    np.testing.assert_array_equal(archive.read(290, 410)[:, 0], whole[290:410])


@pytest.mark.parametrize("name", ["http://example.org/x.dat", "simplecache::x.dat"])
def test_a_header_that_points_to_the_network_is_refused(tmp_path, name):
    header = f"rec 1 4000 100\n{name} 16 10000/mV 16 0 0 0 0 EMG\n"
    write_text(tmp_path, header, "rec.hea")
    with pytest.raises(ArchiveError, match="cannot be read as a WFDB header"):
        open_archive(tmp_path / "rec")


# XDF


def stamps_of(n_samples: int, start_s: float = 1000.0) -> np.ndarray:
    return start_s + np.arange(n_samples) / RATE_HZ


def test_samples_missing_from_a_stream_are_a_gap(tmp_path):
    values = counts(20_000, 1).astype("<f4")
    stamps = stamps_of(20_000)
    stamps[8000:] += 1000 / RATE_HZ
    write_xdf(tmp_path / "gap.xdf", [XdfStream("Needle", values, stamps)])
    archive = open_archive(tmp_path / "gap.xdf")
    assert archive.lost == ((9000, 1000),)
    assert archive.n_samples == 21_000
    whole = archive.read(0, 21_000)
    np.testing.assert_array_equal(whole[9000:], values[8000:])
    assert np.isnan(whole[8000:9000]).all()
    assert archive.clock_s(0) == 1000.0
    assert archive.clock_s(9000) == stamps[8000]
    assert archive.clock_s(8500) == stamps[8000]


def test_a_late_chunk_is_no_gap(tmp_path):
    values = counts(20_000, 1).astype("<f4")
    stamps = stamps_of(20_000)
    stamps[8000:8400] = stamps[8400]
    write_xdf(tmp_path / "late.xdf", [XdfStream("Needle", values, stamps)])
    assert open_archive(tmp_path / "late.xdf").lost == ()


def test_a_counter_channel_tells_the_gap_exactly_and_is_no_emg(tmp_path):
    values = counts(20_000, 2).astype("<f4")
    values[:, 1] = np.arange(20_000) + np.where(np.arange(20_000) < 5000, 0, 7)
    channels = [{"label": "APB", "unit": "uV"}, {"label": "SampleCounter"}]
    write_xdf(tmp_path / "n.xdf", [XdfStream("Needle", values, stamps_of(20_000), channels)])
    archive = open_archive(tmp_path / "n.xdf")
    assert archive.info.channel_labels == ("APB",)
    assert archive.lost == ((5007, 7),)


def test_the_emg_stream_is_taken_from_among_others(tmp_path):
    values = counts(500, 1).astype("<f4")
    write_xdf(
        tmp_path / "several.xdf",
        [
            XdfStream("Cap", values, stamps_of(500), type="EEG"),
            XdfStream("Needle", values, stamps_of(500)),
            XdfStream("Gaze", values, stamps_of(500), type="Gaze", rate_hz=0.0),
        ],
    )
    assert open_archive(tmp_path / "several.xdf").info.name == "Needle"
    assert open_archive(tmp_path / "several.xdf", stream="Cap").info.name == "Cap"


def test_two_emg_streams_must_be_told_apart(tmp_path):
    values = counts(500, 1).astype("<f4")
    streams = [XdfStream(name, values, stamps_of(500)) for name in ("Left", "Right")]
    write_xdf(tmp_path / "two.xdf", streams)
    with pytest.raises(ArchiveError, match=r"several streams .* 'Left' \(EMG, 1 channels"):
        open_archive(tmp_path / "two.xdf")
    with pytest.raises(ArchiveError, match="has 0 streams named 'Middle'"):
        open_archive(tmp_path / "two.xdf", stream="Middle")


def test_an_xdf_file_that_is_cut_short_is_read_as_far_as_it_goes(tmp_path, caplog):
    values = counts(1000, 1).astype("<f4")
    path = tmp_path / "cut.xdf"
    write_xdf(path, [XdfStream("Needle", values, stamps_of(1000))])
    path.write_bytes(path.read_bytes()[:-50])
    archive = open_archive(path)
    assert archive.n_samples == 900
    np.testing.assert_array_equal(archive.read(0, 900), values[:900])
    assert "corruption" in archive.info.metadata["warning"]
    assert not caplog.records


# Sound


def test_the_full_scale_of_a_sound_is_assumed_where_nobody_says(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.array([0.0, 0.5, -0.5]), 8000, subtype="PCM_16")
    archive = open_archive(tmp_path / "a.wav")
    assert archive.read(0, 3)[:, 0].tolist() == [0, 500, -500]
    assert archive.info.unit_assumed
    assert not open_archive(tmp_path / "a.wav", full_scale_uv=2000.0).info.unit_assumed


@pytest.mark.parametrize("full_scale_uv", [0.0, -1.0, float("nan")])
def test_an_impossible_full_scale_is_refused(tmp_path, full_scale_uv):
    soundfile.write(tmp_path / "a.wav", np.zeros(3), 8000)
    with pytest.raises(ArchiveError, match=r"full scale of .* was given; wanted more than 0"):
        open_archive(tmp_path / "a.wav", full_scale_uv=full_scale_uv)


@pytest.mark.parametrize("declared", [0, 0xFFFFFFF0])
def test_a_sound_whose_recorder_was_cut_off_is_read_as_far_as_it_goes(tmp_path, declared):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.full(1000, 0.25), 8000, subtype="PCM_16")
    raw = bytearray(path.read_bytes())
    place = raw.index(b"data") + 4
    raw[place : place + 4] = declared.to_bytes(4, "little")
    path.write_bytes(raw)
    archive = open_archive(path)
    assert archive.n_samples == 1000
    assert (archive.read(0, 1000) == 250).all()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        (b"fmt ", b"junk", "cannot be read as a"),
        (b"\x10\x00data", b"\x00\x02data", "samples of 512 bits; wanted 8 to 32"),
        (b"\x40\x1f\x00\x00", b"\x00\x00\x00\x00", "rate of 0 Hz; wanted 100 to"),
    ],
)
def test_a_sound_with_a_damaged_header_is_refused(tmp_path, field, value, sentence):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(1000), 8000, subtype="PCM_16")
    path.write_bytes(path.read_bytes().replace(field, value, 1))
    with pytest.raises(AcquisitionError, match=sentence):
        open_archive(path)


# Text


def test_labels_and_units_are_read_from_the_header(tmp_path):
    rows = "0,1,2,3,4\n0.001,1,2,3,4\n0.002,1,2,3,4\n"
    path = write_text(tmp_path, "time_s,APB (mV),FDI [uV],ADM_V,Trigger\n" + rows)
    archive = open_archive(path)
    assert archive.info.channel_labels == ("APB", "FDI", "ADM")
    assert archive.info.scale_uv == (1e3, 1.0, 1e6)
    assert archive.info.rate_hz == 1000


def test_rows_missing_by_the_time_column_are_a_gap(tmp_path):
    times = [t / 1000 for t in range(6000) if not 2000 <= t < 2500]
    lines = [f"{t:.3f},{t}" for t in times]
    archive = open_archive(write_text(tmp_path, "\n".join(["t (s),EMG (uV)", *lines])))
    assert archive.lost == ((2500, 500),)
    np.testing.assert_allclose(archive.read(2500, 2502)[:, 0], [2.5, 2.501])


def test_times_rounded_to_milliseconds_still_tell_the_rate(tmp_path):
    lines = [f"{round(n / 4)},{n}" for n in range(9000)]
    archive = open_archive(write_text(tmp_path, "\n".join(["time [ms],EMG", *lines])))
    assert archive.info.rate_hz == 4000
    assert archive.lost == ()


def test_a_decimal_comma_and_a_byte_order_mark_are_read(tmp_path):
    path = write_text(tmp_path, "\ufefftime (ms);EMG (µV)\r\n0,0;1,5\r\n0,5;-2,5\r\n1,0;3\r\n\r\n")
    archive = open_archive(path)
    assert archive.info.rate_hz == 2000
    assert archive.read(0, 3)[:, 0].tolist() == [1.5, -2.5, 3.0]


def test_an_openbci_export_is_read(tmp_path):
    text = (
        "%OpenBCI Raw EXG Data\n%Number of channels = 2\n%Sample Rate = 250 Hz\n"
        "Sample Index, EXG Channel 0, EXG Channel 1, Accel Channel 0, Timestamp (Formatted)\n"
        "0, 10.5, -3, 0.1, 2026-01-01 10:00:00\n1, 11.5, -4, 0.1, 2026-01-01 10:00:00\n"
    )
    archive = open_archive(write_text(tmp_path, text))
    assert archive.info.rate_hz == 250
    assert archive.info.channel_labels == ("EXG Channel 0", "EXG Channel 1")
    assert archive.read(0, 2).tolist() == [[10.5, -3], [11.5, -4]]


def test_missing_and_infinite_numbers_pass_as_they_are(tmp_path):
    archive = open_archive(write_text(tmp_path, "a,b\n1,\nnan,inf\n,-inf\n"), rate_hz=1000.0)
    np.testing.assert_array_equal(
        archive.read(0, 3), [[1, np.nan], [np.nan, np.inf], [np.nan, -np.inf]]
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n1,2,3\n", "3 fields in line 3; wanted 2 as in its header"),
        ("a,b\n1,2\n\n1,2\n", "1 fields in line 3; wanted 2"),
        ("a,b\n1,2\n1,zwei\n", "'zwei' in column 'b' of line 3; wanted a number"),
        ("1,2\n3,4\n", "begins with numbers; wanted a header line"),
        ("# nothing but words\n", "has no header line"),
        ("a,b\n", "has a header line and no rows"),
        ("name,place\nAda,London\n", "has 0 channels"),
    ],
)
def test_a_table_that_is_none_is_refused_with_its_line(tmp_path, text, sentence):
    path = write_text(tmp_path, text)
    with pytest.raises(AcquisitionError, match=sentence):
        blocks_of(ReplaySource(open_archive(path, rate_hz=1000.0)))


def test_a_table_without_a_rate_asks_for_it(tmp_path):
    with pytest.raises(ArchiveError, match="does not say its sampling rate; wanted a column"):
        open_archive(write_text(tmp_path, "a,b\n1,2\n"))


def test_the_line_of_a_bad_number_is_named_far_into_a_long_table(tmp_path):
    lines = [f"{n},{n}" for n in range(20_000)]
    lines[12_345] = "1,x"
    archive = open_archive(write_text(tmp_path, "\n".join(["a,b", *lines])), rate_hz=1000.0)
    archive.read(0, 12_345)
    with pytest.raises(ArchiveError, match="line 12347"):
        archive.read(12_000, 13_000)


# NumPy


def test_an_array_without_a_rate_asks_for_it(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(10))
    with pytest.raises(ArchiveError, match="does not say its sampling rate; wanted rate_hz"):
        open_archive(tmp_path / "a.npy")


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, 99.0, 1e7, float("nan"), float("inf")])
def test_an_impossible_rate_is_refused(tmp_path, rate_hz):
    np.save(tmp_path / "a.npy", np.zeros(10))
    with pytest.raises(StreamFormatError, match="wanted 100 to 1e"):
        open_archive(tmp_path / "a.npy", rate_hz=rate_hz)


@pytest.mark.parametrize("n_channels", [0, 1025, 10_000, 1_000_000])
def test_an_impossible_number_of_channels_is_refused(tmp_path, n_channels):
    np.save(tmp_path / "a.npy", np.zeros((2, n_channels), np.int8))
    with pytest.raises(AcquisitionError, match=f"has {n_channels} channels; wanted 1 to 1024"):
        open_archive(tmp_path / "a.npy", rate_hz=1000.0)


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.zeros(10, complex), "holds complex128 values; wanted integers or floats"),
        (np.zeros((2, 2, 2)), r"has the shape \(2, 2, 2\); wanted"),
        (np.array([{"a": 1}]), "holds object values; wanted"),
        (np.zeros((0, 3)), "holds no samples"),
    ],
)
def test_an_array_that_is_no_recording_is_refused(tmp_path, array, sentence):
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(ArchiveError, match=sentence):
        open_archive(tmp_path / "a.npy", rate_hz=1000.0)


def test_numbers_beyond_float32_become_infinite_and_no_warning(tmp_path):
    np.save(tmp_path / "a.npy", np.array([1e300, -1e300, np.nan]))
    archive = open_archive(tmp_path / "a.npy", rate_hz=1000.0)
    np.testing.assert_array_equal(archive.read(0, 3)[:, 0], [np.inf, -np.inf, np.nan])


def test_an_array_that_is_cut_short_is_read_as_far_as_it_goes(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(100.0))
    path.write_bytes(path.read_bytes()[:-17])
    archive = open_archive(path, rate_hz=1000.0)
    assert archive.n_samples == 97
    assert archive.info.metadata["warning"] == "cut short: 97 of 100 samples"


def test_a_file_cut_short_while_it_is_open_is_an_error_and_no_crash(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(100_000.0))
    archive = open_archive(path, rate_hz=1000.0)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ArchiveError, match="cut short"):
        archive.read(50_000, 60_000)


# Anything at all

HINTS = {"rate_hz": 1000.0}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(raw=st.binary(min_size=1, max_size=600))
@example(raw=b"0       " + b" " * 248)
@example(raw=b"\xffBIOSEMI" + b"1" * 600)
@example(raw=b"XDF:" + b"\x08" + b"\xff" * 8 + b"\x03\x00")
@example(raw=b"RIFF\xff\xff\xff\xffWAVEfmt ")
@example(raw=b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}")
@example(raw=b"rec 99999999 4000\n")
@pytest.mark.parametrize("ending", ARCHIVES)
def test_junk_is_refused_or_read_and_never_a_traceback(tmp_path, ending, raw):
    path = tmp_path / f"junk{ending}"
    path.write_bytes(raw)
    if ending == ".dat":
        (tmp_path / "junk.hea").write_bytes(raw)
    try_to_read(path)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
@pytest.mark.parametrize(
    "writer", ["edf", "bdf", "wfdb 16", "xdf int16", "wav 16 bits", "csv", "npy int16"]
)
def test_a_damaged_file_is_refused_or_read_and_never_a_traceback(tmp_path, writer, data):
    written = WRITERS[writer](tmp_path)
    raw = bytearray(written.path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, min(len(raw) - 1, 2000)))
        raw[place] = data.draw(st.integers(0, 255))
    damaged = written.path.with_name(f"damaged{written.path.suffix}")
    damaged.write_bytes(raw[: data.draw(st.sampled_from([len(raw), len(raw) // 2, 300]))])
    try_to_read(damaged)


def try_to_read(path: Path) -> None:
    try:
        archive = open_archive(path, **HINTS)
        archive.read(0, min(archive.n_samples, 5000))
        archive.close()
    except AcquisitionError as error:
        if "\n" in str(error) or len(str(error)) > 2000:
            pytest.fail(f"no one sentence: {error}")


def test_opening_a_record_of_wfdb_opens_no_socket(tmp_path):
    write_wfdb(tmp_path, "rec", counts(100))
    watch = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise SystemExit('a socket was opened')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "from myoscope.acquisition.archive import open_archive\n"
        "open_archive(sys.argv[1]).read(0, 100)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", watch, str(tmp_path / "rec")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
