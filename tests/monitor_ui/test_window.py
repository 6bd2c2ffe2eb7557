"""The window, offscreen: keys, picture, marks, alerts and what it says of the recording."""

import time
from dataclasses import replace

import numpy as np
import pytest
from monitor_windows import click_row, opened, press, show_frame, texts
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel
from screen_feed import SilentSource, alert_row, findings

from myoscope.acquisition.block import StreamInfo
from myoscope.acquisition.errors import StreamLostError
from myoscope.acquisition.session import Session
from myoscope.dsp_core.kinds import Kind
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui import theme
from myoscope.monitor_ui.app import Run
from myoscope.monitor_ui.display_filter import DisplayFilter
from myoscope.monitor_ui.display_signal import DisplaySignal
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.potential_log import PotentialLog
from myoscope.monitor_ui.trace_panel import MS_PER_DIV, UV_PER_DIV, TracePanel
from myoscope.monitor_ui.trace_view import glyph

TRACE = theme.packed(theme.DARK.trace)


@pytest.fixture
def window(quiet_run, qtbot):
    return opened(quiet_run, qtbot)


def scales(window):
    return window.trace.view.uv_per_div, window.trace.view.ms_per_div


def trace_rows(panel):
    """First and last row of the line in each column of the picture; -1 where there is none."""
    drawn = panel.picture == TRACE
    first = np.where(drawn.any(axis=0), drawn.argmax(axis=0), -1)
    last = np.where(drawn.any(axis=0), len(drawn) - 1 - drawn[::-1].argmax(axis=0), -1)
    return first, last


def test_arrows_change_gain_and_sweep_in_clinical_steps_and_say_so(window, qtbot):
    assert scales(window) == (50, 100)
    press(qtbot, window, Qt.Key.Key_Up)
    assert scales(window) == (20, 100)
    press(qtbot, window, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Left)
    assert scales(window) == (100, 50)
    assert "100 µV/div   50 ms/div" in texts(window)
    press(qtbot, window, *[Qt.Key.Key_Right] * 20, *[Qt.Key.Key_Down] * 20)
    assert scales(window) == (UV_PER_DIV[-1], MS_PER_DIV[-1])


def test_negative_is_up_until_it_is_turned_over(window, qtbot, feed):
    samples = np.zeros((5000, 2), np.float32)
    samples[2500:2510] = -150.0
    feed.signal(samples)
    show_frame(window)
    middle = window.trace.picture.shape[0] / 2
    first, last = trace_rows(window.trace)
    assert middle - first[first >= 0].min() > 2 * (last.max() - middle)
    assert "negative up" in texts(window)
    press(qtbot, window, Qt.Key.Key_P)
    first, last = trace_rows(window.trace)
    assert last.max() - middle > 2 * (middle - first[first >= 0].min())
    assert "positive up" in texts(window)


def test_number_keys_choose_a_channel_and_0_shows_all(window, qtbot):
    press(qtbot, window, Qt.Key.Key_2)
    assert window.trace.view.channel == 1
    assert [row.chosen for row in window.channels.rows()] == [False, True]
    assert "Ch 2  R gastrocnemius" in texts(window)
    press(qtbot, window, Qt.Key.Key_9)
    assert window.trace.view.channel == 1
    press(qtbot, window, Qt.Key.Key_0)
    assert window.trace.view.channel is None
    assert "all 2 channels" in texts(window)
    press(qtbot, window, Qt.Key.Key_PageDown, Qt.Key.Key_PageDown, Qt.Key.Key_PageDown)
    assert window.trace.view.channel == 1


def test_a_click_chooses_a_channel_and_leaves_the_space_key_alone(window, qtbot):
    click_row(qtbot, window.channels.list, 1)
    assert window.trace.view.channel == 1
    assert window.channels.rows()[1].solo
    press(qtbot, window, Qt.Key.Key_Space)
    assert window.trace.frozen
    click_row(qtbot, window.channels.list, 1)
    assert window.trace.view.channel is None


def test_freezing_holds_the_picture_and_nothing_else(window, qtbot, feed, quiet_run):
    feed.noise(0.5)
    show_frame(window)
    before = window.trace.picture.copy()
    press(qtbot, window, Qt.Key.Key_Space)
    feed.noise(0.3, seed=1)
    window._tick()
    np.testing.assert_array_equal(window.trace.picture, before)
    assert quiet_run.mailbox.elapsed_s == pytest.approx(0.8)
    assert window.trace.behind_s == pytest.approx(0.3)
    window._refresh_words()
    assert "FROZEN – not recording" in texts(window)
    press(qtbot, window, Qt.Key.Key_Space)
    assert not window.trace.frozen
    assert (window.trace.picture != before).any()
    assert "LIVE" in texts(window)


def test_a_frozen_picture_can_be_seen_at_another_scale(window, qtbot, feed):
    feed.noise(0.5)
    show_frame(window)
    press(qtbot, window, Qt.Key.Key_Space)
    feed.noise(0.3, seed=1)
    press(qtbot, window, Qt.Key.Key_Right, Qt.Key.Key_Left)
    frozen = window.trace.picture.copy()
    assert window.trace.behind_s == pytest.approx(0.3)
    press(qtbot, window, Qt.Key.Key_Space)
    assert (window.trace.picture != frozen).any()


def test_frozen_while_recording_says_that_it_records(info, tmp_path, qtbot):
    run = Run(SilentSource(info), DetectorSettings(), record_to=tmp_path / "session")
    try:
        window = opened(run, qtbot)
        press(qtbot, window, Qt.Key.Key_Space)
        assert "● REC" in texts(window)
        assert "FROZEN – still recording" in texts(window)
        assert "session · disk" in texts(window)
    finally:
        run.close()


def test_ctrl_r_records_and_the_same_with_shift_stops_when_pressed_twice(
    info, tmp_path, qtbot, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    control = Qt.KeyboardModifier.ControlModifier
    both = control | Qt.KeyboardModifier.ShiftModifier
    run = Run(SilentSource(info), DetectorSettings())
    try:
        window = opened(run, qtbot)
        press(qtbot, window, Qt.Key.Key_R, modifier=both)  # there is nothing to stop
        assert window.banner.question == ""
        press(qtbot, window, Qt.Key.Key_R, modifier=control)
        window._refresh_words()
        assert "● REC" in texts(window)
        press(qtbot, window, Qt.Key.Key_R, modifier=both)
        assert "STOP THE RECORDING?" in window.banner.text()
        press(qtbot, window, Qt.Key.Key_Escape)
        assert "STOP" not in window.banner.text()
        assert run.recorder.state == "recording"
        press(qtbot, window, Qt.Key.Key_R, Qt.Key.Key_R, modifier=both)
        window._refresh_words()
        assert run.recorder.state == "closed"
        assert "■ stopped" in texts(window)
        assert f"recorded in {run.recorder.folder}" in texts(window)
        folder = tmp_path / "gone"
        folder.mkdir()
        monkeypatch.chdir(folder)
        folder.rmdir()
        press(qtbot, window, Qt.Key.Key_R, modifier=control)
        window._refresh_words()
        assert "NOT RECORDING" in window.banner.text()
        assert theme.DARK.danger in window.banner.styleSheet()
    finally:
        run.close()


@pytest.mark.parametrize("scrolls", [False, True], ids=["sweep", "scroll"])
@pytest.mark.parametrize("ms_per_div", MS_PER_DIV)
def test_no_potential_is_lost_at_any_sweep_speed(quiet_run, feed, qtbot, ms_per_div, scrolls):
    """A fibrillation of 4 ms is as high on the picture as the filter leaves it."""
    settings = DetectorSettings()
    signal = DisplaySignal(quiet_run.mailbox, settings)
    panel = TracePanel(quiet_run.mailbox, signal, PotentialLog(quiet_run.mailbox), settings)
    qtbot.addWidget(panel)
    panel.resize(900, 500)
    panel.show()
    panel.set_view(replace(panel.view, ms_per_div=ms_per_div, scrolls=scrolls))
    rate_hz, sweep_s = 10_000, ms_per_div / 100
    n_samples = round(0.9 * sweep_s * rate_hz)
    samples = np.zeros((n_samples, 2), np.float32)
    width = min(40, n_samples // 2)
    wave = 100 * np.sin(2 * np.pi * np.arange(width) / width)
    places = np.linspace(0, n_samples - width, max(2, min(8, n_samples // 200))).astype(int)
    for place in places:
        samples[place : place + width, 0] = wave
    for start in range(0, n_samples, 160):
        feed.signal(samples[start : start + 160])
        signal.advance()
        panel.refresh()
    panel.refresh()
    band = DisplayFilter(2, rate_hz, settings).process(samples, 0)[:, 0]
    rows, columns = panel.picture.shape
    px_per_uv = rows / 8 / 50
    image = panel.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    assert (image.width(), image.height()) == (columns, rows)
    shown = np.frombuffer(image.constBits(), np.uint32)
    np.testing.assert_array_equal(shown.reshape(rows, columns), panel.picture)
    first, last = trace_rows(panel)
    newest = (n_samples - 1) * columns // round(sweep_s * rate_hz)
    shift = columns - 1 - newest if scrolls else 0
    for place in places:
        inside = slice(
            shift + place * columns // round(sweep_s * rate_hz),
            shift + (place + width) * columns // round(sweep_s * rate_hz) + 1,
        )
        seen_px = last[inside].max() - first[inside][first[inside] >= 0].min()
        wave_px = np.ptp(band[place : place + width]) * px_per_uv
        assert seen_px >= wave_px - 1


def test_the_picture_skips_to_the_newest_where_drawing_was_late(window, feed):
    feed.noise(0.2)
    show_frame(window)
    for _ in range(5):
        feed.noise(1.0)
    show_frame(window)
    first, _ = trace_rows(window.trace)
    assert (first >= 0).mean() > 0.9


def test_a_gap_is_a_gap_in_the_picture(window, feed):
    feed.noise(0.3)
    feed.signal(np.zeros((2000, 2)), lost_before=2000)
    show_frame(window)
    first, _ = trace_rows(window.trace)
    columns = len(first)
    assert (first[columns * 31 // 100 : columns * 49 // 100] == -1).all()
    assert (first[columns * 51 // 100 : columns * 69 // 100] >= 0).all()
    window._refresh_words()
    assert "SAMPLES WERE LOST: 2000 in all" in texts(window)
    assert "lost 2000" in texts(window)


def test_a_mark_stands_above_its_potential_and_follows_its_kind(window, feed):
    found = {"sample": 5000, "train": 3, "kind": Kind.UNCLASSIFIED}
    feed.noise(0.7, findings((found,)))
    show_frame(window)
    [mark] = window.trace.marks
    assert mark.x == pytest.approx(window.trace.picture.shape[1] / 2, abs=1)
    assert mark.kind is Kind.UNCLASSIFIED
    train = {"train": 3, "kind": Kind.FIBRILLATION, "potentials": 1}
    feed.noise(0.01, findings(trains=(train,)))
    show_frame(window)
    [mark] = window.trace.marks
    assert mark.kind is Kind.FIBRILLATION


def test_marks_of_the_other_channel_are_shown_with_it(window, qtbot, feed):
    feed.noise(0.7, findings(({"sample": 5000, "train": -1, "channel": 1, "kind": 2},)))
    show_frame(window)
    assert window.trace.marks == []
    press(qtbot, window, Qt.Key.Key_2)
    assert [mark.kind for mark in window.trace.marks] == [Kind.POSITIVE_SHARP_WAVE]
    press(qtbot, window, Qt.Key.Key_0)
    [mark] = window.trace.marks
    assert mark.top > window.trace.picture.shape[0] / 2 - 1


def test_the_erase_bar_takes_marks_away(window, feed):
    feed.noise(0.1, findings(({"sample": 500, "train": -1, "kind": 1},)))
    show_frame(window)
    assert len(window.trace.marks) == 1
    feed.noise(0.85)
    show_frame(window)
    assert len(window.trace.marks) == 1
    feed.noise(0.1)
    show_frame(window)
    assert window.trace.marks == []


def test_a_picture_that_scrolls_has_the_newest_at_the_right_and_marks_go_with_it(
    window, qtbot, feed
):
    feed.noise(0.7, findings(({"sample": 5000, "train": -1, "kind": 1},)))
    press(qtbot, window, Qt.Key.Key_W)
    assert "scroll 1 s" in texts(window)
    show_frame(window)
    columns = window.trace.picture.shape[1]
    assert painted_mark(window) == pytest.approx(0.8 * columns, abs=2)
    first, _ = trace_rows(window.trace)
    assert np.flatnonzero(first >= 0)[[0, -1]] == pytest.approx([0.3 * columns, columns], abs=2)
    feed.noise(0.7)
    show_frame(window)
    assert painted_mark(window) == pytest.approx(0.1 * columns, abs=2)
    press(qtbot, window, Qt.Key.Key_Space)
    assert window.trace.sample_at(0.999) == pytest.approx(14_000, abs=20)
    assert window.trace.sample_at(0.0) == pytest.approx(4_000, abs=20)
    press(qtbot, window, Qt.Key.Key_Space, Qt.Key.Key_W)
    assert "sweep 1 s" in texts(window)


def painted_mark(window):
    """Where the only mark is, in pixels from the left, read from the screen."""
    colour = theme.packed(MARKS[Kind.FIBRILLATION].colour)
    image = window.trace.canvas.grab().toImage()
    columns = [
        x for x in range(image.width()) if any(image.pixel(x, y) == colour for y in range(2, 18))
    ]
    return np.mean(columns)


def test_marks_of_neighbours_do_not_hide_each_other(window, feed):
    near = tuple({"sample": 5000 + 50 * n, "train": -1, "kind": 1 + n % 2} for n in range(4))
    feed.noise(0.7, findings(near))
    show_frame(window)
    marks = window.trace.marks
    assert len({mark.top for mark in marks[:3]}) == 3
    assert marks[3].small


def test_a_mark_is_painted_in_the_colour_of_its_kind(window, feed, qtbot):
    feed.noise(0.7, findings(({"sample": 5000, "train": -1, "kind": 1},)))
    show_frame(window)
    colour = theme.packed(MARKS[Kind.FIBRILLATION].colour)
    image = window.trace.canvas.grab().toImage()
    [mark] = window.trace.marks
    found = [
        image.pixel(x, y) == colour
        for x in range(int(mark.x) - 6, int(mark.x) + 7)
        for y in range(2, 18)
    ]
    assert sum(found) > 20


@pytest.mark.parametrize("look", [theme.Look(), theme.Look(theme.LIGHT, 2.0)])
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_glyph(qtbot, kind, look):
    image = glyph(kind, False, look, 1.0).toImage()
    assert any(
        image.pixelColor(x, y).alpha() for x in range(image.width()) for y in range(image.height())
    )


def test_alerts_are_listed_those_that_stand_first_and_said_in_the_banner(window, feed):
    over = alert_row(1, train=1, kind=Kind.POSITIVE_SHARP_WAVE, cleared_sample=8000)
    feed.noise(1.0, findings(alerts=(alert_row(0), over)))
    window._refresh_words()
    listed = window.alerts.list
    assert [listed.item(row).text() for row in range(listed.count())] == [
        "fibrillation potentials on channel 1, 10.7 /s, regular (CV 1.2 %), standing",
        "positive sharp waves on channel 1, 10.7 /s, regular (CV 1.2 %), over",
    ]
    assert "1 standing · 1 over" in texts(window)
    assert "FIBRILLATION POTENTIALS · Ch 1 · 10.7 /s, regular (CV 1.2 %)" in window.banner.text()
    assert theme.DARK.notice in window.banner.styleSheet()
    assert not window.grab().isNull()


def test_a_finding_is_never_yellow_or_red(window, feed):
    feed.noise(1.0, findings(alerts=tuple(alert_row(n, train=n) for n in range(20))))
    window._refresh_words()
    for colour in (theme.DARK.warning, theme.DARK.danger):
        assert colour not in window.banner.styleSheet()


def test_a_silent_stream_is_a_danger_that_comes_before_any_finding(window, feed, monkeypatch):
    feed.noise(1.0, findings(alerts=(alert_row(0),)))
    now_s = time.monotonic() + 3.0
    monkeypatch.setattr(window.run.mailbox, "_clock_s", lambda: now_s)
    window._refresh_words()
    assert "NO SAMPLES ARE COMING" in window.banner.text()
    assert theme.DARK.danger in window.banner.styleSheet()


def test_an_error_of_the_session_is_said_in_the_window(window, feed):
    window.run.error = StreamLostError("stream 'amplifier' has gone")
    window._refresh_words()
    assert "THE SESSION HAS ENDED: stream 'amplifier' has gone" in window.banner.text()


def test_counts_and_levels_are_shown(window, feed):
    found = tuple({"sample": 10 * n, "train": -1, "kind": 1} for n in range(7))
    feed.noise(1.0, findings(found))
    window.channels.measure()
    window.channels.refresh()
    window._refresh_words()
    first, second = window.channels.rows()
    assert first.found == ((Kind.FIBRILLATION, 7),)
    assert first.level_uv == pytest.approx(3.0, abs=0.2)
    assert "RMS 3.0 µV" in replace(first, level_uv=3.0).words
    assert "nothing found" in second.words
    window.refresh_all()
    assert window.sites.count_words(Kind.FIBRILLATION) == "7"
    assert window.sites.count_words(Kind.FASCICULATION) == "0"


def test_a_name_that_looks_like_html_is_shown_as_it_is(qtbot):
    info = StreamInfo("<b>amp</b>", 10_000.0, ("<i>1</i>",))
    run = Run(SilentSource(info), DetectorSettings())
    window = opened(run, qtbot)
    shown = {label.text(): label for label in window.findChildren(QLabel)}
    for words in ("Ch 1  <i>1</i>",):
        assert shown[words].textFormat() == Qt.TextFormat.PlainText
    run.close()


def test_closing_the_window_ends_the_run(window, quiet_run, qtbot):
    press(qtbot, window, Qt.Key.Key_Q)
    assert window.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert not window.isVisible()
    assert quiet_run.stop_requested


def test_the_window_stays_after_the_end_of_a_replay_and_closes_after_a_time_asked_for(
    finished_run, qtbot
):
    window = opened(finished_run, qtbot)
    window._tick()
    window._refresh_words()
    assert window.isVisible()
    assert "ENDED" in texts(window)
    closing = opened(finished_run, qtbot, close_at_end=True)
    closing._tick()
    assert not closing.isVisible()


def test_a_finished_run_can_be_looked_at(finished_run, qtbot):
    window = opened(finished_run, qtbot)
    window._tick()
    window._refresh_words()
    assert {mark.kind for mark in window.trace.marks} & {
        Kind.FIBRILLATION,
        Kind.POSITIVE_SHARP_WAVE,
    }
    assert window.alerts.list.count() >= 1
    press(qtbot, window, *[Qt.Key.Key_Right] * 5, *[Qt.Key.Key_Left] * 12, Qt.Key.Key_0)
    assert not window.grab().isNull()


def test_the_session_is_never_held_up_by_the_window(quiet_run):
    """Nothing in the session's thread knows of Qt: a sink only copies."""
    assert isinstance(quiet_run.session, Session)
    assert quiet_run.session.sinks == (quiet_run.mailbox,)
