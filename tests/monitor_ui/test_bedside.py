"""What the examiner does in the window: needle, verdicts, grades, calipers, looks."""

import numpy as np
import pytest
from monitor_windows import click_row, opened, press, show_frame, texts
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLineEdit, QSlider
from screen_feed import Feed, SilentSource, alert_row, findings

from myoscope.dsp_core.findings import Findings
from myoscope.dsp_core.kinds import Kind
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui import sound_panel, theme
from myoscope.monitor_ui.app import Run
from myoscope.monitor_ui.evidence_panel import weight_signs
from myoscope.monitor_ui.keys import BINDINGS
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.monitor_ui.site_panel import Found
from myoscope.monitor_ui.trace_view import GLYPH_H
from myoscope.recordings.decisions import What
from myoscope.recordings.verify import verify

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
RATE_HZ = 10_000


@pytest.fixture
def window(quiet_run, qtbot, monkeypatch):
    # However slow the machine is, the stream never counts as silent.
    monkeypatch.setattr(quiet_run.mailbox, "_clock_s", lambda: 0.0)
    return opened(quiet_run, qtbot)


@pytest.fixture
def trains(feed):
    """Two trains of ten potentials each within a second, with their alerts."""
    feed_trains(feed)


def feed_trains(feed: Feed) -> None:
    fibrillation, sharp = Kind.FIBRILLATION, Kind.POSITIVE_SHARP_WAVE
    potentials, samples = [], np.random.default_rng(0).normal(0, 3, (10_000, 2))
    for number in range(10):
        for train, kind in ((0, fibrillation), (1, sharp)):
            sample = 400 + 1000 * number + 450 * train
            samples[sample : sample + 20, 0] += 100.0 * (1 - 2 * train)
            potentials.append(
                {"sample": sample, "train": train, "kind": kind, "amplitude_uv": 100.0}
            )
    rows = [
        {
            "train": train,
            "kind": kind,
            "potentials": 10,
            "rate_hz": 10.0,
            "interval_cv": 0.01,
            "onset_sample": 400,
            "offset_sample": 9850,
            "amplitude_uv": 100.0,
            "confidence": 0.98,
        }
        for train, kind in ((0, fibrillation), (1, sharp))
    ]
    alerts = (alert_row(0, train=0), alert_row(1, train=1, kind=sharp))
    feed.signal(samples, findings(tuple(potentials), tuple(rows), alerts))
    feed.noise(0.1)


def decided(window):
    return [(d.what, d.value) for d in window.run.mailbox.decisions()]


def refresh(window):
    show_frame(window)
    window.refresh_all()


def test_a_muscle_is_found_by_typing_and_named_with_its_roots_and_nerve(window, qtbot):
    press(qtbot, window, Key.Key_Slash)
    picker = window.muscle_picker
    assert picker.isVisible()
    qtbot.keyClicks(picker.search, "tib ant")
    press(qtbot, picker.search, Key.Key_Tab, Key.Key_Return)
    assert not picker.isVisible()
    assert "L tibialis anterior" in texts(window)
    assert "L4–L5 · deep peroneal" in texts(window)
    [muscle] = window.run.mailbox.decisions()
    assert (muscle.what, muscle.value, muscle.side) == (What.MUSCLE, "tibialis anterior", "left")


def test_a_muscle_that_is_not_in_the_list_is_taken_as_typed(window, qtbot):
    press(qtbot, window, Key.Key_F3)
    qtbot.keyClicks(window.muscle_picker.search, "palmaris brevis")
    press(qtbot, window.muscle_picker.search, Key.Key_Return)
    assert "R palmaris brevis" in texts(window)


def test_letters_typed_into_the_search_do_nothing_else(window, qtbot):
    press(qtbot, window, Key.Key_Slash)
    qtbot.keyClicks(window.muscle_picker.search, "in b")
    assert decided(window) == []
    assert not window.trace.frozen
    press(qtbot, window.muscle_picker.search, Key.Key_Escape)
    assert not window.muscle_picker.isVisible()
    assert window.hasFocus()


def test_a_remark_is_kept_at_the_moment_at_which_it_was_begun(window, qtbot, feed):
    feed.noise(0.5)
    press(qtbot, window, Key.Key_T)
    feed.noise(0.5)
    qtbot.keyClicks(window.remark_sheet.line, "jumped, m n a")
    press(qtbot, window.remark_sheet.line, Key.Key_Return)
    assert decided(window) == [(What.MARKER, "jumped, m n a")]
    (made,) = window.run.mailbox.decisions()
    assert made.sample == 5000
    refresh(window)
    assert [line.word for line in window.trace.lines] == ["jumped, m n a"]
    press(qtbot, window, Key.Key_T)
    press(qtbot, window.remark_sheet.line, Key.Key_Escape)
    press(qtbot, window, Key.Key_T)
    press(qtbot, window.remark_sheet.line, Key.Key_Space, Key.Key_Return)
    assert len(decided(window)) == 1
    assert window.hasFocus()


def test_f2_reports_the_recording_so_far_while_it_goes_on(info, tmp_path, qtbot, monkeypatch):
    run = Run(SilentSource(info), DetectorSettings(), record_to=tmp_path / "r")
    monkeypatch.setattr(run.mailbox, "_clock_s", lambda: 0.0)
    try:
        feed = Feed(run.mailbox)
        window = opened(run, qtbot)
        feed.noise(1.0)
        press(qtbot, window, Key.Key_F2)
        assert "REPORT of r is being written" in window.banner.text()
        qtbot.waitUntil(lambda: not window.reports.busy, timeout=60_000)
        assert "REPORT   [F2] opens" in window.banner.text()
        assert "still being made" in (tmp_path / "r/report.html").read_text()
        assert (tmp_path / "r/report.pdf").read_bytes().startswith(b"%PDF")
        assert run.recorder.state == "recording"
    finally:
        run.close()
    (tmp_path / "r/report.html").write_text("made anew")
    assert verify(tmp_path / "r").is_whole


def test_f2_without_a_recording_says_how_to_make_one(window, qtbot):
    press(qtbot, window, Key.Key_F2)
    assert "NO REPORT: nothing has been recorded; Ctrl R records" in window.banner.text()


def test_sites_are_counted_in_each_muscle_and_potentials_at_each_site(window, qtbot, feed):
    feed_trains(feed)
    refresh(window)
    assert window.sites.count_words(Kind.FIBRILLATION) == "10"
    press(qtbot, window, Key.Key_N)
    assert "Site 2 / 10" in texts(window)
    assert window.sites.count_words(Kind.FIBRILLATION) == "0"
    assert window.examiner.places[-1].start_sample == 11_000
    press(qtbot, window, Key.Key_Slash)
    press(qtbot, window.muscle_picker.search, Key.Key_Return)
    assert "Site 1 / 10" in texts(window)


@pytest.mark.parametrize("key", [Key.Key_I, Key.Key_F14])
def test_an_insertion_is_marked_by_key_or_footswitch_never_by_itself(window, qtbot, feed, key):
    feed.noise(0.5)
    refresh(window)
    assert decided(window) == []
    press(qtbot, window, key)
    feed.noise(0.3)
    refresh(window)
    [mark] = window.run.mailbox.decisions()
    assert (mark.what, mark.sample) == (What.INSERTION, 5000)
    [line] = window.trace.lines
    assert line.word == "insertion"
    assert line.x == pytest.approx(window.trace.picture.shape[1] / 2, abs=2)
    assert [mark.words for mark in window.strip_60_s.marks] == ["insertion"]


@pytest.mark.usefixtures("trains")
def test_an_acknowledged_alert_calls_no_more_and_goes_on_standing(window, qtbot):
    refresh(window)
    assert "POSITIVE SHARP WAVES" in window.banner.text()
    assert "+ 1 more" in window.banner.text()
    press(qtbot, window, Key.Key_A)
    assert window.banner.text() == "No new alert · 2 standing"
    assert "2 standing" in texts(window)
    assert "acknowledged" in window.alerts.list.item(0).text()


@pytest.mark.usefixtures("trains")
def test_one_key_confirms_rejects_or_renames_and_the_detectors_word_stays(window, qtbot):
    refresh(window)
    click_row(qtbot, window.alerts.list, 1)
    assert window.chosen.train == 0
    press(qtbot, window, Key.Key_C)
    assert window.run.mailbox.verdict(0).what is What.CONFIRM
    assert "confirmed" in window.alerts.list.item(1).text()
    press(qtbot, window, Key.Key_X)
    assert "1 rejected" in texts(window)
    assert window.sites.count_words(Kind.FIBRILLATION) == "0"
    press(qtbot, window, Key.Key_R)
    assert window.kind_picker.isVisible()
    press(qtbot, window.kind_picker, Key.Key_E)
    assert not window.kind_picker.isVisible()
    verdict = window.run.mailbox.verdict(0)
    assert (verdict.what, verdict.kind, verdict.suggestion) == (
        What.RENAME,
        Kind.END_PLATE_SPIKE,
        "fibrillation",
    )
    assert "fibrillation" in window.evidence.title.text()
    assert "renamed to end-plate spike by the examiner" in texts(window)
    [seen, *_] = window.run.mailbox.potentials_since(0)[0]
    assert window.run.mailbox.kind_of(seen) is Kind.FIBRILLATION
    press(qtbot, window, Key.Key_Z, modifier=CONTROL)
    assert window.run.mailbox.verdict(0).what is What.REJECT


@pytest.mark.usefixtures("trains")
def test_the_same_word_again_takes_it_back(window, qtbot):
    refresh(window)
    press(qtbot, window, Key.Key_X, Key.Key_X)
    assert window.run.mailbox.verdict(window.chosen.train) is None


@pytest.mark.usefixtures("trains")
def test_marks_on_the_trace_follow_the_examiner(window, qtbot):
    refresh(window)
    window.chosen.choose(0)
    press(qtbot, window, Key.Key_X)
    refresh(window)
    kinds = {mark.kind for mark in window.trace.marks}
    assert kinds == {Kind.POSITIVE_SHARP_WAVE, Kind.UNCLASSIFIED}


@pytest.mark.usefixtures("trains")
def test_shift_and_arrows_choose_among_the_alerts(window, qtbot):
    refresh(window)
    first = window.chosen.train
    press(qtbot, window, Key.Key_Down, modifier=SHIFT)
    second = window.chosen.train
    assert {first, second} == {0, 1}
    press(qtbot, window, Key.Key_Up, modifier=SHIFT)
    assert window.chosen.train == first
    assert not window.chosen.is_followed
    press(qtbot, window, Key.Key_Escape)
    assert window.chosen.is_followed


@pytest.mark.usefixtures("trains")
def test_a_trains_potentials_are_laid_over_each_other_and_its_rhythm_is_drawn(window):
    refresh(window)
    window.chosen.choose(0)
    window.refresh_all()
    assert len(window.waveforms.of_train(0)) == 10
    assert len(window.superimposed.waves.waves) == 10
    assert "10 Hz" not in window.rhythm.words.text()
    assert "regular (CV 1.0 %)" in window.rhythm.words.text()
    bars = window.rhythm.bars
    assert bars.y.sum() == 9
    assert bars.x[bars.y.argmax()] == pytest.approx(10.0, abs=0.5)
    assert len(window.rhythm.dots.y) == 9
    assert len(window.triggered.sweeps.waves) == 10
    assert "▲ FIB" in window.triggered.heading.text()
    window.resize(window.width() + 40, window.height())
    assert window.superimposed.words.toolTip().startswith("▲ FIB  100 µV pp")


@pytest.mark.usefixtures("trains")
def test_events_are_listed_newest_first_and_choose_their_train(window, qtbot):
    refresh(window)
    model = window.events.model
    assert model.rowCount() == 20
    assert model.events[0].cells == ("00:00:00.98", "▼ PSW", "1", "100 µV", "0.0 ms")
    words = "00:00:00.98, positive sharp wave on channel 1, 100 µV, 0.0 ms"
    assert model.data(model.index(0)) == words
    place = window.events.list.visualRect(model.index(1)).center()
    qtbot.mouseClick(window.events.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.chosen.train == 0


def test_grades_are_given_with_three_keys_and_keep_what_was_suggested(window, qtbot, feed):
    feed.noise(6.0)
    refresh(window)
    button = window.grade.buttons[Kind.FIBRILLATION, "0"]
    assert button.property("suggested")
    assert not button.isChecked()
    press(qtbot, window, Key.Key_G)
    assert "press I F P A C" in texts(window)
    press(qtbot, window, Key.Key_F, Key.Key_2)
    [grade] = window.run.mailbox.decisions()
    assert (grade.what, grade.kind, grade.value) == (What.GRADE, Kind.FIBRILLATION, "2+")
    assert grade.suggestion == "0"
    assert window.grade.buttons[Kind.FIBRILLATION, "2+"].isChecked()
    press(qtbot, window, Key.Key_G, Key.Key_I, Key.Key_2)
    assert window.grade.buttons[Kind.INSERTIONAL_ACTIVITY, "increased"].isChecked()
    # Nothing else happened with these keys.
    assert window.trace.view.channel == 0
    assert len(window.run.mailbox.decisions()) == 2


def test_it_says_why_a_grade_is_suggested(window, qtbot, feed):
    feed.noise(6.0)
    refresh(window)
    assert window.grade.reason.text() == "Fib: suggests 0 (dashed): none found in 6 s at 1 site"
    qtbot.keyClicks(window, "gi")
    assert "for the examiner's ear" in window.grade.reason.text()
    press(qtbot, window, Key.Key_Escape)
    feed_trains(feed)
    for train, name in ((0, "Fib"), (1, "PSW")):
        window.chosen.choose(train)
        refresh(window)
        why = f"{name}: no suggestion: 1 train, the longest of 0.9 s; a grade wants more than 3 s"
        assert window.grade.reason.text() == why


def test_a_click_grades_as_well(window, qtbot):
    qtbot.mouseClick(
        window.grade.buttons[Kind.POSITIVE_SHARP_WAVE, "1+"], Qt.MouseButton.LeftButton
    )
    assert decided(window) == [(What.GRADE, "1+")]


def test_calipers_measure_time_frequency_and_voltage(window, qtbot, feed):
    samples = np.zeros((8000, 2))
    for place in (2000, 3000):
        samples[place : place + 10, 0] = 100.0
    train = {"train": 0, "kind": Kind.FIBRILLATION, "potentials": 2}
    found = tuple(
        {"sample": place + 5, "train": 0, "kind": Kind.FIBRILLATION} for place in (2000, 3000)
    )
    feed.signal(samples, findings(found, (train,), (alert_row(0, train=0),)))
    refresh(window)
    press(qtbot, window, Key.Key_L)
    assert window.trace.frozen
    assert (window.trace.calipers.a, window.trace.calipers.b) == (2005, 3005)
    assert "Δt 100.00 ms · 1/Δt 10.0 Hz" in texts(window)
    assert [line.word[0] for line in window.trace.lines] == ["A", "B"]
    press(qtbot, window, *[Key.Key_Right] * 3, modifier=CONTROL)
    moved = window.trace.calipers.b - 3005
    assert moved == 3 * (RATE_HZ // window.trace.picture.shape[1])
    press(qtbot, window, Key.Key_K)
    plot = window.trace.canvas
    place = QPoint(plot.width() // 2, plot.height() // 2)
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=place)
    assert window.trace.calipers.a == pytest.approx(5000, abs=60)
    press(qtbot, window, Key.Key_L)
    assert window.trace.calipers is None
    press(qtbot, window, Key.Key_Space)
    assert not window.trace.frozen


def test_back_shows_ten_seconds_earlier_and_one_key_is_live_again(window, qtbot, feed):
    for second in range(14):
        feed.noise(1.0, seed=second)
        show_frame(window)
    live = window.trace.picture.copy()
    press(qtbot, window, Key.Key_B)
    assert window.trace.behind_s == pytest.approx(10.0)
    assert "10 s behind" in texts(window)
    assert (window.trace.picture != live).any()
    press(qtbot, window, Key.Key_Escape)
    assert not window.trace.frozen
    np.testing.assert_array_equal(window.trace.picture, live)


def test_a_frozen_picture_outlives_the_ring(quiet_run, qtbot, feed):
    window = opened(quiet_run, qtbot)
    feed.noise(1.0)
    show_frame(window)
    press(qtbot, window, Key.Key_Space)
    frozen = window.trace.picture.copy()
    for second in range(round(Mailbox.RING_S) + 5):
        feed.noise(1.0, seed=second)
        show_frame(window)
    press(qtbot, window, Key.Key_Right, Key.Key_Left)
    np.testing.assert_array_equal(window.trace.picture, frozen)


@pytest.mark.usefixtures("trains")
def test_brackets_go_from_event_to_event_on_the_frozen_picture(window, qtbot):
    refresh(window)
    press(qtbot, window, Key.Key_BracketLeft)
    assert window.trace.frozen
    assert window.chosen.train in (0, 1)


def test_a_jump_of_the_stream_is_a_new_picture(window, feed):
    feed_trains(feed)
    refresh(window)
    assert window.trace.marks
    window.run.mailbox.restart(500_000)
    feed.next_sample = 500_000
    feed.noise(0.5)
    refresh(window)
    assert window.trace.marks == []
    assert window.waveforms.of_train(0) == []
    assert window.trace.shown_to == 505_000


@pytest.mark.parametrize(
    ("noise_uv", "words"), [(3e-6, "NOT JUDGED"), (3.0, "")], ids=["volts", "microvolts"]
)
def test_the_far_view_says_what_endangers_the_examination(window, qtbot, feed, noise_uv, words):
    for _ in range(2):
        feed.signal(np.random.default_rng(0).normal(0, noise_uv, (10_000, 2)))
        window.refresh_all()
    press(qtbot, window, Key.Key_F11)
    in_danger = [line.words for line in window.far_view.lines if line.ground]
    assert in_danger == [words] * bool(words)
    assert ("no alert" in [line.words for line in window.far_view.lines]) != bool(words)


def test_the_far_view_says_how_many_more_alerts_stand(window, qtbot, feed):
    feed.noise(0.5, findings(alerts=tuple(alert_row(number, number) for number in range(5))))
    refresh(window)
    press(qtbot, window, Key.Key_F11)
    assert window.far_view.lines[2].words.endswith("+ 3")


@pytest.mark.parametrize(
    ("keys", "stays"),
    [
        ([Key.Key_Space], False),
        ([Key.Key_G], False),
        ([Key.Key_C], False),
        ([Key.Key_BracketLeft], False),
        ([Key.Key_A, Key.Key_N, Key.Key_I, Key.Key_M, Key.Key_S, Key.Key_D], True),
    ],
)
def test_what_cannot_be_seen_in_the_far_view_leaves_it(window, qtbot, feed, keys, stays):
    feed.noise(0.5)
    refresh(window)
    press(qtbot, window, Key.Key_F11, *keys)
    assert window.far_view.isVisible() is stays


def test_the_far_view_says_muscle_alert_rate_and_recording(window, qtbot, feed):
    feed_trains(feed)
    refresh(window)
    press(qtbot, window, Key.Key_F11)
    assert window.far_view.isVisible()
    words = " ".join(line.words for line in window.far_view.lines)
    assert "no muscle chosen · site 1" in words
    assert "▼ PSW  10.0 /s  Ch 1" in words
    assert "not recording" in words
    assert not window.grab().isNull()
    press(qtbot, window, Key.Key_Escape)
    assert not window.far_view.isVisible()


def test_dark_and_light_are_one_key_apart(window, qtbot, feed):
    feed.noise(0.5)
    show_frame(window)
    assert (window.trace.picture == theme.packed(theme.DARK.background)).any()
    press(qtbot, window, Key.Key_D)
    assert (window.trace.picture == theme.packed(theme.LIGHT.background)).any()
    assert (window.trace.picture == theme.packed(theme.LIGHT.trace)).any()
    assert not (window.trace.picture == theme.packed(theme.DARK.trace)).any()


def test_findings_are_yellow_for_those_who_ask_for_it(window, qtbot, feed):
    feed.noise(1.0, findings(alerts=(alert_row(0),)))
    press(qtbot, window, Key.Key_D, modifier=SHIFT)
    window._refresh_words()
    assert theme.DARK.warning in window.banner.styleSheet()
    press(qtbot, window, Key.Key_D)
    assert window.look.palette == theme.YELLOW["light"]
    press(qtbot, window, Key.Key_D)
    press(qtbot, window, Key.Key_D, modifier=SHIFT)
    window._refresh_words()
    assert theme.DARK.notice in window.banner.styleSheet()


def test_the_sound_is_paused_for_two_minutes(quiet_run, qtbot, monkeypatch):
    audio, now_s = Audio(), [100.0]
    monkeypatch.setattr(sound_panel, "monotonic", lambda: now_s[0])
    window = opened(quiet_run, qtbot, audio=audio)
    press(qtbot, window, Key.Key_S, modifier=SHIFT)
    assert audio.muted
    now_s[0] += 65.0
    window.sound.refresh()
    assert "MUTED 0:55 Ch 1" in texts(window)
    now_s[0] += 56.0
    window.sound.refresh()
    assert not audio.muted
    press(qtbot, window, Key.Key_S, modifier=SHIFT)
    press(qtbot, window, Key.Key_S)
    assert not audio.muted


@pytest.mark.parametrize("size", [(1280, 800), (1680, 1000)])
@pytest.mark.parametrize("steps", range(len(theme.SCALES)))
def test_at_every_scale_the_picture_keeps_its_room(window, qtbot, size, steps):
    window.resize(*size)
    for _ in range(steps):
        press(qtbot, window, Key.Key_Plus, modifier=CONTROL)
    assert window.look.scale == theme.SCALES[steps]
    qtbot.wait(1)
    rows, columns = window.trace.picture.shape
    assert rows >= 250
    assert columns >= 550
    assert window.width() == size[0]


def test_where_the_panels_have_no_room_they_stand_in_pages(window, qtbot, feed):
    window.resize(1280, 800)
    assert window.side.page == ""
    assert all(p.isVisible() for p in (window.alerts, window.grade, window.channels))
    window.set_look(theme.Look(scale=2.0))
    assert window.side.page == "Alerts"
    assert window.alerts.isVisible()
    assert window.evidence.isVisible()
    assert not window.grade.isVisible()
    seen = []
    for _ in range(3):
        press(qtbot, window, Key.Key_O)
        seen.append(window.side.page)
    assert seen == ["Grade", "Channels", "Sites"]
    assert window.sites.isVisible()
    columns = window.trace.picture.shape[1]
    press(qtbot, window, Key.Key_O)
    qtbot.wait(1)
    assert not window.side.isVisible()
    assert window.trace.picture.shape[1] > 1.5 * columns
    press(qtbot, window, Key.Key_G)  # a grade is asked for where it is seen
    qtbot.wait(1)
    assert window.side.page == "Grade"
    bottom = window.grade.mapTo(window, window.grade.rect().bottomLeft()).y()
    assert bottom < window.key_strip.y()
    press(qtbot, window, Key.Key_F, Key.Key_2)
    window.set_look(theme.Look())
    assert window.side.page == ""
    assert window.channels.isVisible()


def test_in_a_small_window_the_lower_panels_take_the_room_of_the_side(window, qtbot):
    window.set_look(theme.Look(scale=2.0))
    qtbot.wait(1)
    assert not window.rhythm.isVisible()
    press(qtbot, window, Key.Key_V)
    qtbot.wait(1)
    assert window.rhythm.isVisible()
    assert not window.side.isVisible()
    assert window.trace.picture.shape[0] >= 150
    press(qtbot, window, Key.Key_V)
    assert window.side.isVisible()


def test_a_notice_says_what_matters_where_all_words_have_no_room(window, qtbot, feed):
    feed.noise(1.0, findings(alerts=(alert_row(0), alert_row(1, train=1))))
    refresh(window)
    assert "regular (CV 1.2 %)" in window.banner.text()
    window.set_look(theme.Look(scale=2.0))
    window.banner.refresh()
    assert "10.7 /s   + 1   [A]" in window.banner.text()
    assert "regular (CV 1.2 %)" in window.banner.accessibleDescription()


def test_a_live_stream_that_has_ended_is_told_until_the_window_closes(window, feed):
    feed.noise(2.0, findings(alerts=(alert_row(0),)))
    window.run.mailbox.finish(Findings.none())
    refresh(window)
    assert "THE STREAM HAS ENDED at 00:00:02" in window.banner.text()
    assert theme.DARK.danger in window.banner.styleSheet()


def test_a_muted_sound_is_told_where_its_panel_is_not_seen(quiet_run, qtbot):
    window = opened(quiet_run, qtbot, audio=Audio())
    window.set_look(theme.Look(scale=2.0))
    press(qtbot, window, Key.Key_S, modifier=SHIFT)
    refresh(window)
    assert "MUTED 2:00" in texts(window.status)
    press(qtbot, window, Key.Key_S)
    refresh(window)
    assert "MUTED" not in texts(window.status)


def test_the_help_is_scrolled_where_it_is_larger_than_the_window(window, qtbot):
    window.set_look(theme.Look(scale=2.0))
    press(qtbot, window, Key.Key_F1)
    qtbot.wait(1)
    bar = window.help_sheet._scroll.verticalScrollBar()
    press(qtbot, window.help_sheet, Key.Key_Down)
    assert bar.value() > 0
    assert window.help_sheet._scroll.horizontalScrollBar().maximum() == 0
    press(qtbot, window.help_sheet, Key.Key_Space)
    assert not window.help_sheet.isVisible()


@pytest.mark.parametrize("palette", [theme.DARK, theme.LIGHT], ids=lambda palette: palette.name)
def test_words_and_signs_can_be_read_on_their_ground(palette):
    look = theme.Look(palette)
    inks = [palette.text, palette.dim, palette.trace, palette.notice, palette.danger_text]
    inks += [look.colour_of(kind) for kind in Kind]
    for ground in (palette.background, palette.panel):
        for ink in inks:
            assert contrast(ink, ground) >= 4.5, (ink, ground)
    assert contrast(palette.on_notice, palette.notice) >= 4.5
    assert contrast(palette.on_colour, palette.warning) >= 4.5


def contrast(one, other):
    """WCAG 2 contrast ratio."""

    def luminance(colour):
        parts = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_every_key_does_something_and_stands_in_the_help(window, qtbot):
    for binding in BINDINGS:
        assert callable(getattr(window, binding.action))
    keys = [key for binding in BINDINGS for key in binding.keys]
    assert len(keys) == len(set(keys))
    qtbot.keyClicks(window, "?")
    assert window.help_sheet.isVisible()
    shown = texts(window.help_sheet)
    assert all(binding.does in shown for binding in BINDINGS if binding.shown)
    press(qtbot, window.help_sheet, Key.Key_Space)
    assert not window.help_sheet.isVisible()
    assert not window.trace.frozen


def test_every_control_has_a_name_and_space_freezes_whatever_has_the_focus(window, qtbot):
    for control in (QAbstractButton, QSlider, QLineEdit, QAbstractItemView):
        for widget in window.findChildren(control):
            if type(widget).__module__.startswith(("myoscope", "PySide6")) and not isinstance(
                widget.parent(), QAbstractItemView
            ):
                assert widget.accessibleName(), widget
    button = window.grade.buttons[Kind.FIBRILLATION, "1+"]
    button.setFocus()
    press(qtbot, button, Key.Key_Space)
    assert window.trace.frozen
    assert decided(window) == []
    press(qtbot, button, Key.Key_Return)
    assert decided(window) == [(What.GRADE, "1+")]


def test_tab_reaches_the_grades(window, qtbot):
    reached = set()
    for _ in range(40):
        press(qtbot, window.focusWidget() or window, Key.Key_Tab)
        reached.add(window.focusWidget())
    assert window.grade.buttons[Kind.FIBRILLATION, "1+"] in reached


def test_a_channel_at_the_end_of_its_range_is_said_in_yellow(window, feed):
    samples = np.random.default_rng(0).normal(0, 3, (10_000, 2))
    samples[::3, 1] = 5000.0
    samples[1::3, 1] = -5000.0
    feed.signal(samples)
    refresh(window)
    window._refresh_words()
    assert "SATURATED: channel 2" in window.banner.text()
    assert theme.DARK.warning in window.banner.styleSheet()


class Audio:
    """A loudspeaker that keeps what it was told."""

    def __init__(self):
        self.channel, self.volume, self.muted, self.squelch = 0, 0.5, False, False
        self.words, self.level, self.available = "USB Audio · 48 kHz · 24 ms", 0.1, True


def test_sound_is_muted_made_louder_and_follows_the_channel_shown_alone(quiet_run, qtbot):
    audio = Audio()
    window = opened(quiet_run, qtbot, audio=audio)
    press(qtbot, window, Key.Key_S)
    assert audio.muted
    press(qtbot, window, Key.Key_S, Key.Key_Minus, Key.Key_Q)
    assert not audio.muted
    assert audio.volume == pytest.approx(0.45)
    assert audio.squelch
    press(qtbot, window, Key.Key_2)
    assert audio.channel == 1
    window.refresh_all()
    assert "SOUND Ch 2" in texts(window)
    assert "USB Audio" in texts(window)
    assert window.channels.rows()[1].heard
    window.sound.slider.setValue(80)
    assert audio.volume == pytest.approx(0.8)


def test_without_a_loudspeaker_it_says_so_and_keys_do_no_harm(window, qtbot):
    press(qtbot, window, Key.Key_S, Key.Key_Plus, Key.Key_Q)
    assert "no sound" in texts(window)


def test_evidence_that_comes_moves_no_panel_below_it(finished_run, qtbot):
    window = opened(finished_run, qtbot)
    window.refresh_all()
    panel = window.evidence
    assert len(panel.lines()) > 4
    height = panel.minimumSizeHint().height()
    panel.refresh(None)
    assert panel.lines() == []
    assert panel.minimumSizeHint().height() == pytest.approx(height, abs=3)


def test_the_evidence_says_what_speaks_for_a_kind_and_what_against(finished_run, qtbot):
    window = opened(finished_run, qtbot)
    window.refresh_all()
    [view] = [window._train_view()]
    assert view.kind.is_denervation
    lines = {what: (signs, words) for signs, what, words in window.evidence.lines()}
    assert {"rate", "variability", "first phase", "duration", "amplitude"} <= set(lines)
    assert lines["duration"][1].endswith("ms")
    for item in view.evidence.items:
        if item.what in lines:
            assert lines[item.what][0] == weight_signs(item.weight)
    assert f"confidence {view.confidence:.2f}" in texts(window.evidence)


@pytest.mark.parametrize(
    ("weight", "signs"),
    [(0.2, "·"), (0.6, "+"), (2.0, "++"), (9.0, "+++"), (-0.3, "·"), (-2.0, "−−")],
)
def test_weights_are_said_in_signs(weight, signs):
    assert weight_signs(weight) == signs


def test_with_no_alert_the_busiest_train_is_shown(window, feed):
    train = {"train": 4, "kind": Kind.MOTOR_UNIT_POTENTIAL, "potentials": 30, "rate_hz": 9.0}
    quiet = {"train": 5, "kind": Kind.UNCLASSIFIED, "potentials": 9}
    feed.noise(1.0, findings(trains=(train, quiet)))
    refresh(window)
    assert window.chosen.train == 4
    assert "motor unit potential" in window.evidence.title.text()


def test_signs_are_found_wherever_the_keyboard_has_them(window, qtbot):
    press(qtbot, window, Key.Key_Plus, modifier=CONTROL | SHIFT)
    assert window.look.scale == theme.SCALES[1]
    press(qtbot, window, Key.Key_Minus, modifier=CONTROL)
    assert window.look.scale == theme.SCALES[0]
    press(qtbot, window, Key.Key_Question, modifier=SHIFT)
    assert window.help_sheet.isVisible()


def test_a_new_potential_has_its_mark_with_the_next_frame(window, feed):
    feed.noise(0.3, findings(({"sample": 500, "train": -1, "kind": 1},)))
    window._tick()
    feed.noise(0.1, findings(({"sample": 3500, "train": -1, "kind": 2},)))
    window._tick()
    assert [mark.kind for mark in window.trace.marks][-1] is Kind.POSITIVE_SHARP_WAVE


def test_every_one_of_very_many_potentials_has_its_mark(window, qtbot, feed):
    press(qtbot, window, *[Key.Key_Right] * 10)
    found = tuple({"sample": sample, "train": -1, "kind": 1} for sample in range(1000, 91_000, 45))
    feed.noise(9.2, findings(found))
    refresh(window)
    assert window.trace.view.sweep_ms == 10_000
    assert len(window.trace.marks) == len(found) == 2000


def test_a_signal_that_cannot_be_a_needles_is_not_judged_in_words(window, feed):
    for _ in range(2):
        feed.signal(np.random.default_rng(0).normal(0, 3e-6, (10_000, 2)))
        window.refresh_all()
    assert "NOT JUDGED" in texts(window)
    assert "is it in volts? (--unit V)" in window.banner.toolTip()
    assert "not judged: its noise is 0.000003" in window.channels.rows()[0].words
    assert "RMS" not in window.channels.rows()[0].words
    assert "2 of 2 channels not judged: its noise is" in window.grade.reason.text()
    assert not any(button.property("suggested") for button in window.grade.buttons.values())


def test_of_a_channel_that_is_not_judged_no_noise_is_given(window, feed):
    window.run.mailbox._probe_noise_uv = lambda: np.array([3.0, 3e-6], np.float32)
    for _ in range(2):
        samples = np.random.default_rng(0).normal(0, 3, (10_000, 2)) * (1, 1e-6)
        feed.signal(samples)
        window.refresh_all()
    assert "noise 3.0 µV" in texts(window)
    window.show_channel(1)
    assert "noise 0.0 µV" not in texts(window)
    assert "not judged · sweep" in texts(window)


@pytest.mark.usefixtures("trains")
def test_the_last_minute_has_a_line_for_each_event_in_the_row_of_its_kind(window):
    refresh(window)
    strip = window.strip_60_s
    places = dict(strip.places)
    picture = strip.grab().toImage()
    for kind in (Kind.FIBRILLATION, Kind.POSITIVE_SHARP_WAVE):
        top, bottom = strip.row_of(kind)
        for x in places[kind].tolist():
            colour = picture.pixelColor(int(x), (top + bottom) // 2)
            assert colour.name() == window.look.colour_of(kind)


@pytest.mark.usefixtures("trains")
def test_slow_panels_are_read_in_one_frame_and_drawn_in_the_next(window):
    refresh(window)
    window.chosen.choose(0)
    window._refresh_words()
    view = window._train_view()
    for panel, shown in (
        (window.triggered, "last 10"),
        (window.superimposed, "last 10"),
        (window.rhythm, "regular"),
    ):
        panel.refresh(None)
        panel.present()
        panel.refresh(view)
        assert shown not in texts(panel)
        panel.present()
        assert shown in texts(panel)


def test_marks_leave_two_thirds_of_a_lane_to_the_trace(window, feed):
    near = tuple(
        {"sample": 5000 + 50 * n, "train": -1, "kind": 1, "channel": n % 2} for n in range(20)
    )
    feed.noise(0.7, findings(near))
    window.show_channel(None)
    refresh(window)
    lane = window.trace.canvas.height() / 2
    lowest = max(mark.top % lane for mark in window.trace.marks if not mark.small)
    assert lowest + GLYPH_H <= lane / 3 + 2
    assert any(mark.small for mark in window.trace.marks)


def test_a_picture_of_before_has_its_marks_however_much_came_since(window, qtbot, feed):
    feed.noise(1.0, findings(({"sample": 5000, "train": 0, "kind": 1},)))
    refresh(window)
    for second in range(1, 9):
        first = second * 10_000
        many = [{"sample": s, "train": -1, "kind": 2} for s in range(first, first + 9000, 10)]
        feed.noise(1.0, findings(tuple(many)))
        refresh(window)
    press(qtbot, window, Key.Key_Space, Key.Key_B)
    assert Kind.FIBRILLATION in {mark.kind for mark in window.trace.marks}


def test_a_large_count_leaves_the_kinds_their_room_and_an_incomplete_one_says_so():
    kind = Kind.FIBRILLATION
    words = [Found({kind: number}).words(kind) for number in (0, 9999, 10_945)]
    assert words == ["0", "9999", "10k"]
    assert Found({kind: 12}, is_all=False).words(kind) == "≥12"


def test_a_window_that_was_opened_late_says_that_it_does_not_know_all(window, feed):
    found = tuple({"sample": 100 * n, "train": -1, "kind": 1} for n in range(1, 6))
    feed.noise(1.0, findings(found))
    counts = window.run.mailbox.counts()
    refresh(window)
    assert window.sites.count_words(Kind.FIBRILLATION) == "5"
    window.run.mailbox.resume(counts + 1)
    feed.noise(0.1, findings(({"sample": 10_000, "train": -1, "kind": 1},)))
    refresh(window)
    window.refresh_all()
    assert window.sites.count_words(Kind.FIBRILLATION) == "≥6"
    window.examiner.next_site()
    window.refresh_all()
    assert window.sites.count_words(Kind.FIBRILLATION) == "0"


@pytest.mark.usefixtures("trains")
def test_of_a_train_that_is_over_it_is_said_why_nothing_is_drawn(window, feed):
    refresh(window)
    row = {"train": 7, "kind": 1, "potentials": 5, "closed": 1}
    feed.noise(0.1, findings(trains=(row,)))
    window.chosen.choose(7)
    refresh(window)
    window.refresh_all()
    assert window.superimposed.words.toolTip() == "too long ago to be drawn"
