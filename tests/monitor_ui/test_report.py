"""The report and the export: what a recording holds, for people and for other programs."""

from datetime import date

import numpy as np
import pytest

from myoscope.acquisition.archive import open_archive
from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.report import make_report
from myoscope.monitor_ui.report_html import to_html
from myoscope.recordings.decisions import Decision, What
from myoscope.recordings.reader import open_recording
from myoscope.recordings.verify import verify
from myoscope.recordings.writer import RecordingWriter

RATE_HZ = 10_000


def report_of(folder, *decisions, injury=None):
    with open_recording(folder) as recording:
        recording.decide(*decisions)
        return make_report(recording, injury)


def test_each_muscle_has_its_sites_counts_and_grades(folder):
    report = report_of(
        folder,
        Decision(What.MUSCLE, 0, value="tibialis anterior", side="right"),
        Decision(What.SITE, 0, value="1"),
        Decision(What.SITE, 100_000, value="2"),
        Decision(What.INSERTION, 100_500),
        Decision(
            What.GRADE, 150_000, kind=Kind.FIBRILLATION, value="2+", suggestion="1+", author="ND"
        ),
    )
    (muscle,) = report.muscles
    assert (muscle.place.words, [s.place.site for s in muscle.sites]) == (
        "R tibialis anterior",
        [1, 2],
    )
    assert [site.insertions for site in muscle.sites] == [0, 1]
    assert sum(site.counts[Kind.FIBRILLATION] for site in muscle.sites) > 0
    grade = next(cell for cell in muscle.grades if cell.kind is Kind.FIBRILLATION)
    assert (grade.given, grade.suggested_then, grade.author) == ("2+", "1+", "ND")
    html = to_html(report)
    assert "<b>2+</b>" in html
    assert "L4–L5" in html


def test_the_examiners_word_stands_beside_the_detectors(folder):
    with open_recording(folder) as recording:
        train = int(recording.alerts["train"][0])
        kind = Kind(int(recording.trains["kind"][recording.trains["train"] == train][0]))
    report = report_of(folder, Decision(What.REJECT, 500, train=train, author="ND"))
    row = next(row for row in report.trains if row.train == train)
    assert (row.detected, row.verdict) == (kind, "rejected (ND)")
    counted = report.muscles[0].sites[0].counts[kind]
    before = report_of(folder, Decision(What.CONFIRM, 500, train=train))
    assert before.muscles[0].sites[0].counts[kind] > counted


@pytest.mark.parametrize(
    ("days", "said"),
    [(5, "proves nothing"), (900, "this late"), (100, ""), (-3, "before the date")],
)
def test_what_an_injury_date_says_about_finding_nothing(folder, days, said):
    with open_recording(folder) as recording:
        made = date.fromisoformat(recording.attributes["created_utc"][:10])
    warnings = report_of(folder, injury=date.fromordinal(made.toordinal() - days)).warnings
    assert (said in " ".join(warnings)) if said else not warnings


def test_representative_potentials_have_scale_bars_and_are_drawn_negative_up(folder):
    report = report_of(folder)
    assert Kind.FIBRILLATION in {wave.kind for wave in report.waveforms}
    for wave in report.waveforms:
        svg = wave.svg()
        assert "ms" in svg
        assert "µV" in svg
        assert "negative up" in svg
        assert 1 <= len(wave.traces) <= 20


def test_words_of_others_are_words_and_no_markup(folder):
    html = to_html(report_of(folder, Decision(What.MARKER, 5, value="<script>x</script>&")))
    assert "<script>" not in html
    assert "&lt;script&gt;x&lt;/script&gt;&amp;" in html
    assert "Research use only" in html
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")


def test_the_command_writes_both_and_leaves_the_recording_whole(folder, myoscope, qapp):
    status, out, err = myoscope("report", folder, "--injury-date", "2020-01-01")
    assert (status, err) == (0, "")
    assert (folder / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")
    assert (folder / "report.pdf").stat().st_mode & 0o077 == 0
    assert "report.pdf" in out
    assert verify(folder).is_whole


def test_an_empty_recording_and_a_damaged_one_are_reported(folder, tmp_path, info):
    RecordingWriter(tmp_path / "e", info).close()
    assert "No train" in to_html(report_of(tmp_path / "e"))
    for path in (folder / "recording.zarr/emg/signal").glob("c.*"):
        path.write_bytes(b"junk")
    report = report_of(folder)
    assert report.waveforms == ()
    assert report.trains


def test_a_wrong_date_and_no_recording_are_refused(myoscope, tmp_path, folder):
    assert myoscope("report", folder, "--injury-date", "yesterday")[0] == 2
    status, _, err = myoscope("report", tmp_path / "nothing")
    assert (status, err.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    ("ending", "tolerance_uv"), [(".edf", 0.1), (".bdf", 1e-3), (".npy", 0.0), (".csv", 1e-3)]
)
def test_an_export_reads_as_what_was_recorded(folder, tmp_path, myoscope, ending, tolerance_uv):
    with open_recording(folder) as recording:
        wanted = recording.read(0, recording.n_samples)
    out = tmp_path / f"a{ending}"
    assert myoscope("export", folder, out)[0] == 0
    archive = open_archive(
        out, rate_hz=RATE_HZ if ending == ".npy" else None, unit="uV" if ending == ".npy" else None
    )
    assert archive.info.rate_hz == pytest.approx(RATE_HZ)
    found = archive.read(0, archive.n_samples)
    archive.close()
    assert np.abs(found[: len(wanted)] - wanted).max() <= tolerance_uv


def test_edf_gets_potentials_and_decisions_as_annotations(folder, tmp_path, myoscope):
    import edfio

    report_of(folder, Decision(What.MUSCLE, 0, value="deltoid", side="left"))
    assert myoscope("export", folder, tmp_path / "a.edf")[0] == 0
    words = [annotation.text for annotation in edfio.read_edf(tmp_path / "a.edf").annotations]
    assert "examiner: muscle left deltoid" in words
    assert any(text.startswith("fibrillation on") for text in words)


@pytest.mark.parametrize("name", ["a.doc", "a", "there.npy"])
def test_an_export_to_nowhere_is_refused(folder, tmp_path, myoscope, name):
    (tmp_path / "there.npy").write_bytes(b"mine")
    status, _, err = myoscope("export", folder, tmp_path / name)
    assert (status, err.count("\n")) == (1, 1)
    assert (tmp_path / "there.npy").read_bytes() == b"mine"
