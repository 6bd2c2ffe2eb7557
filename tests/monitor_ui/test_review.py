"""The review: the live window on a recording, with a playhead, events to step through and undo."""

import signal
import sys
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtWidgets import QApplication

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.playback import Playback
from myoscope.monitor_ui.review import ReviewWindow
from myoscope.monitor_ui.theme import SCALES, Look
from myoscope.recordings.decisions import What
from myoscope.recordings.reader import open_recording

RATE_HZ = 10_000
Key = Qt.Key


@pytest.fixture
def window(folder, qtbot):
    playback = Playback(open_recording(folder))
    window = ReviewWindow(playback)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window._timer.stop()
    window._advance.stop()
    yield window
    window.close()
    playback.close()


def press(qtbot, window, *keys, modifier=Qt.KeyboardModifier.NoModifier):
    for key in keys:
        qtbot.keyClick(window, key, modifier)


def chosen(window):
    return window.playback.findings.potentials[window.chosen_event]


def test_the_brackets_go_from_event_to_event(window, qtbot):
    press(qtbot, window, Key.Key_Home)
    visited = []
    for _ in range(4):
        press(qtbot, window, Key.Key_BracketRight)
        visited.append(int(chosen(window)["sample"]))
    assert visited == sorted(set(visited))
    press(qtbot, window, Key.Key_BracketLeft)
    assert chosen(window)["sample"] == visited[-2]
    # It stands in the middle of the sweep.
    assert window.playback.position == visited[-2] + RATE_HZ // 2


@pytest.mark.parametrize("scale", SCALES)
def test_every_page_is_seen_whole_on_a_small_screen(window, qtbot, scale):
    window.resize(1280, 800)
    window.set_look(Look(scale=scale))
    window.chosen.choose(0)
    press(qtbot, window, Key.Key_C)  # the examiner's word takes a line of the evidence
    qtbot.wait(1)
    seen = set()
    for _ in range(window.side.tabs.count()):
        for panel in (window.alerts, window.evidence, window.grade, window.sites):
            if panel.isVisible():
                seen.add(panel)
                top = panel.mapTo(window, panel.rect().topLeft()).y()
                bottom = panel.mapTo(window, panel.rect().bottomLeft()).y()
                assert window.side.mapTo(window, QPoint(0, 0)).y() < top
                assert bottom < window._extra_row.y()
        press(qtbot, window, Key.Key_O)
        qtbot.wait(1)
    assert len(seen) == 4
    assert window.trace.picture.shape[0] >= 150


@pytest.mark.parametrize(
    ("room", "all_over"),
    [((1280, 800), True), ((1366, 800), True), ((1920, 1080), False), ((800, 600), False)],
)
def test_on_a_small_screen_it_opens_all_over_it(window, monkeypatch, room, all_over):
    monkeypatch.setattr(
        window, "screen", lambda: SimpleNamespace(availableSize=lambda: QSize(*room))
    )
    window.hide()
    window.appear()
    assert window.isVisible()
    assert window.isMaximized() == all_over


@pytest.mark.parametrize("scale", SCALES)
def test_how_to_see_the_keys_is_told_at_every_scale(window, qtbot, scale):
    window.resize(1280, 800)
    window.set_look(Look(scale=scale))
    qtbot.wait(1)
    assert window.key_strip.isVisible() != window.help_button.isVisible()


def test_a_label_is_given_taken_back_and_given_again(window, qtbot, folder):
    press(qtbot, window, Key.Key_BracketRight)
    row = chosen(window)
    place = int(row["channel"]), int(row["sample"])
    window.label(Kind.ARTEFACT)
    assert window.playback.decisions.label(*place).kind is Kind.ARTEFACT
    control = Qt.KeyboardModifier.ControlModifier
    press(qtbot, window, Key.Key_Z, modifier=control)
    assert window.playback.decisions.label(*place) is None
    press(qtbot, window, Key.Key_Z, modifier=control | Qt.KeyboardModifier.ShiftModifier)
    assert window.playback.decisions.label(*place).kind is Kind.ARTEFACT
    window.unlabel()
    assert window.playback.decisions.label(*place) is None
    with open_recording(folder) as recording:
        assert [made.what for made in recording.decisions.made] == [
            What.LABEL,
            What.WITHDRAW,
            What.LABEL,
            What.WITHDRAW,
        ]


def test_e_offers_every_kind_by_its_letter(window, qtbot):
    press(qtbot, window, Key.Key_BracketRight, Key.Key_E)
    menu = QApplication.activePopupWidget()
    assert menu is window.label_menu
    words = [action.text() for action in menu.actions()]
    assert sum("&" in word for word in words) == len(Kind) - 1
    qtbot.keyClick(menu, Key.Key_P)
    row = chosen(window)
    said = window.playback.decisions.label(int(row["channel"]), int(row["sample"]))
    assert said.kind is Kind.POSITIVE_SHARP_WAVE


def test_space_plays_and_stands_still(window, qtbot):
    press(qtbot, window, Key.Key_Space)
    assert window.playback.playing
    assert window.play_button.text() == "Pause"
    press(qtbot, window, Key.Key_Greater)
    assert window.playback.speed == 2.0
    press(qtbot, window, Key.Key_Less, Key.Key_Less, Key.Key_Less, Key.Key_Less)
    assert window.playback.speed == 0.25
    press(qtbot, window, Key.Key_Space)
    assert not window.playback.playing


def test_a_click_on_the_strip_goes_there(window, qtbot):
    strip = window.strip
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(strip.width() // 2, 10))
    window.advance()
    assert window.playback.position == pytest.approx(10.0 * RATE_HZ, rel=0.01)


def test_any_heap_of_keys_leaves_the_window_alive(window, qtbot):
    for key in range(0x20, 0x60):
        if key not in (Key.Key_E, Key.Key_Slash, Key.Key_R, Key.Key_G):  # they open something
            qtbot.keyClick(window, Key(key))
    for key in (Key.Key_Home, Key.Key_End, Key.Key_PageUp, Key.Key_F5, Key.Key_Escape):
        qtbot.keyClick(window, key)
    window.advance()
    assert window.isVisible()


def test_an_empty_recording_can_be_looked_at(tmp_path, info, qtbot):
    from myoscope.recordings.writer import RecordingWriter

    RecordingWriter(tmp_path / "e", info).close()
    playback = Playback(open_recording(tmp_path / "e"))
    window = ReviewWindow(playback)
    qtbot.addWidget(window)
    window.show()
    press(qtbot, window, Key.Key_BracketRight, Key.Key_Space, Key.Key_E, Key.Key_End)
    window.advance()
    window.close()
    playback.close()


def test_no_recording_is_one_sentence(myoscope, tmp_path):
    status, _, err = myoscope("review", tmp_path)
    assert status == 1
    assert "wanted the folder of a" in err
    assert err.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_closes_the_review(folder, myoscope, qtbot, number):
    QTimer.singleShot(500, lambda: signal.raise_signal(number))
    status, _, err = myoscope("review", folder, "--no-sound")
    assert (status, err) == (0, "")


def test_counts_and_suggested_grades_are_of_the_whole_recording_wherever_one_comes_from(
    window, qtbot
):
    findings = window.playback.findings
    press(qtbot, window, Key.Key_End)
    window.refresh_all()
    counts = {kind: int((findings.kinds == kind).sum()) for kind in Kind if kind.raises_alert}
    found = window.found_at(window.examiner.places[-1])
    assert {kind: found.counts[kind] for kind in counts} == counts
    played = {kind: window._suggested[kind] for kind in window._suggested}
    window.playback.seek(RATE_HZ)
    window.playback.seek(window.playback.n_samples)
    window.refresh_all()
    assert window._suggested == played
    assert len(window.known_trains()) == len(findings.trains)
    half = window.playback.n_samples // 2
    window.playback.seek(half)
    window.refresh_all()
    before = (findings.potentials["sample"] < half) & (findings.kinds == Kind.FIBRILLATION)
    assert window.sites.count_words(Kind.FIBRILLATION) == str(before.sum())


def test_the_last_minute_is_the_recordings_and_holds_nothing_of_the_future(window, qtbot):
    press(qtbot, window, Key.Key_End, Key.Key_I)
    window.playback.seek(RATE_HZ)
    window.refresh_all()
    assert window.strip_60_s.marks == []
    window.playback.seek(window.playback.n_samples)
    window.refresh_all()
    assert [mark.words for mark in window.strip_60_s.marks] == ["insertion"]
    first = window.playback.findings.potentials["sample"][0]
    assert window.potentials_between(*window.strip_60_s.span)["sample"][0] == first
