"""The first page: what there is to watch, and what is asked before anything is detected."""

import os
import signal
import sys
import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.lsl_streams import StreamRow
from myoscope.acquisition.source import StreamHealth
from myoscope.monitor_ui import start_page, theme
from myoscope.monitor_ui.file_words import FileWords
from myoscope.monitor_ui.first_look import look_at_file, look_at_source
from myoscope.monitor_ui.inputs import open_file
from myoscope.monitor_ui.session_plan import SessionPlan
from myoscope.monitor_ui.start_page import StartPage
from myoscope.recordings.writer import RecordingWriter


class Stream:
    """A stream whose clock runs with its blocks."""

    def __init__(self, level_uv, rate_hz=20_000.0, really_hz=None, unit="microvolts", **info):
        self.info = StreamInfo("amp", rate_hz, ("a",), unit=unit, **info)
        self.health = StreamHealth()
        self.ended = False
        self.now_s = 0.0
        self.level_uv, self.really_hz = level_uv, really_hz or rate_hz
        self.random = np.random.default_rng(0)
        self.sample = 0

    def clock_s(self):
        return self.now_s

    def read_block(self, timeout_s):
        self.now_s += 0.01
        n = round(0.01 * self.really_hz)
        if not n:
            return None
        samples = self.random.normal(0, self.level_uv, (n, 1)).astype(np.float32)
        self.sample += n
        return Block(samples, self.sample - n)

    def close(self):
        self.ended = True


def look(*args, **options):
    stream = Stream(*args, **options)
    return look_at_source(stream, stream.clock_s)


def test_a_plain_needle_signal_raises_no_question():
    assert not look(5.0).asks


def test_a_unit_that_cannot_be_is_asked_about_with_the_likeliest_first():
    found = look(5e6, unit="volts", scale_uv=(1e6,))
    assert "4.67 V" in found.remarks[0]
    assert found.units[0].unit == "uV"
    assert "4.67 µV" in found.units[0].words
    assert found.units[-1].unit is None


def test_a_unit_that_is_not_given_is_asked_about():
    found = look(5e-3, unit="", unit_assumed=True)
    assert "No unit is given" in found.remarks[0]
    assert found.units[0].unit == "mV"


def test_a_rate_that_is_not_kept_is_asked_about():
    found = look(5.0, rate_hz=10_000.0, really_hz=20_000.0)
    assert "10000 samples a second, but about 20" in found.remarks[0]


def test_a_slow_rate_is_warned_of_and_an_impossible_one_refused():
    assert "below 10000" in look(5.0, rate_hz=4000.0).remarks[0]
    assert not look(5.0, rate_hz=4000.0).impossible
    assert "500 samples a second; wanted 1000" in look(5.0, rate_hz=500.0).impossible


def test_silence_and_dead_channels_are_named():
    assert "no sample came" in look(5.0, really_hz=1.0).remarks[0]
    assert "electrode" in look(0.0).remarks[0]


@pytest.fixture
def page(tmp_path, qtbot, info):
    RecordingWriter(tmp_path / "session-1", info).close()
    page = StartPage(SessionPlan(), tmp_path)
    qtbot.addWidget(page)
    page.show()
    return page


def test_the_page_can_be_made_larger_and_nothing_is_wider_than_it(page, qtbot):
    page.resize(1280, 780)
    for _ in theme.SCALES:
        qtbot.keyClick(page, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert page.look.scale == 2.0
    page._show_streams([row()])
    qtbot.wait(1)
    assert page.width() == 1280
    assert page.record.mapTo(page, page.record.rect().bottomLeft()).y() < page.height()
    qtbot.keyClick(page, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert not page.isVisible()


def row(name="amp", labels=("1", "2", "3", "4"), **values):
    host, n_channels = "here", 5  # a counter is among them
    return StreamRow(
        name, "EMG", f"id-{name}", host, 20_000.0, n_channels, "float32", labels, **values
    )


def answered(page, qtbot):
    qtbot.waitUntil(
        lambda: page.pages.currentIndex() == 1 or page.choice is not None, timeout=20_000
    )


def test_streams_recordings_and_patients_are_offered(page):
    page._show_streams([row(unit="microvolts"), row("clock", (), problem="no EMG")])
    words = [page.streams.item(n).text() for n in range(2)]
    assert "4 channels, 20000 Hz, microvolts" in words[0]
    assert "no EMG" in words[1]
    assert page.recordings.item(0).text().startswith("session-1")
    assert page.scenarios.count() > 10


def test_without_lsl_the_rest_is_still_offered(page):
    page._show_streams("pylsl is not installed")
    assert "pylsl is not installed" in page.streams_words.text()
    page.choose_stream()
    assert page.choice is None
    page.choose_scenario()
    assert page.choice.plan.scenario == "denervated-mild"
    assert page.choice.plan.record_to is None


def test_the_chosen_stream_stays_chosen_when_another_appears(page):
    page._show_streams([row("b")])
    page._show_streams([row("a"), row("b")])
    assert page.streams.currentItem().text().startswith("b")


def test_a_stream_is_listened_to_and_watched(page, qtbot, monkeypatch):
    stream = Stream(5.0)
    monkeypatch.setattr(SessionPlan, "open_source", lambda plan: stream)
    monkeypatch.setattr(
        start_page, "look_at_source", lambda source: look_at_source(source, stream.clock_s)
    )
    page._show_streams([row()])
    page.record.setChecked(True)
    page.choose_stream()
    answered(page, qtbot)
    assert page.choice.plan.stream == "source_id=id-amp"
    assert page.choice.plan.record_to == page.record_to.text()
    assert stream.ended


def test_a_file_without_rate_and_unit_is_asked_for_both(page, qtbot, tmp_path):
    np.save(tmp_path / "a.npy", np.random.default_rng(0).normal(0, 5e-6, (50_000, 2)))
    page._look_at(SessionPlan(replay=str(tmp_path / "a.npy")))
    answered(page, qtbot)
    assert "How many samples a second" in page.remarks.text()
    for junk in ("", "fast", "nan?"):
        page.rate.setText(junk)
        page.go_on()
        assert page.choice is None
    page.rate.setText("20000")
    page.go_on()
    qtbot.waitUntil(lambda: bool(page.unit_group.buttons()), timeout=20_000)
    checked = page.unit_group.checkedButton()
    assert checked.property("unit") == "V"
    page.go_on()
    assert page.choice.plan.words == FileWords(rate_hz=20_000.0, unit="V")


@pytest.mark.parametrize("rate", ["nan", "-5", "1e9", "50"])
def test_an_impossible_rate_is_refused_in_words(page, qtbot, tmp_path, rate):
    np.save(tmp_path / "a.npy", np.random.default_rng(0).normal(0, 5, (50_000, 2)))
    page._look_at(SessionPlan(replay=str(tmp_path / "a.npy"), words=FileWords(float(rate))))
    answered(page, qtbot)
    assert page.choice is None
    assert page.go.isHidden() or not page.rate.isHidden()
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert page.pages.currentIndex() == 0


def test_a_recording_is_chosen_for_review_and_junk_is_named(page, tmp_path):
    page._review(tmp_path)
    assert "wanted the folder of a" in page._state.text()
    page.choose_recording()
    assert page.choice.review == tmp_path / "session-1"


def test_a_file_that_cannot_be_read_says_so_and_offers_the_way_back(page, qtbot, tmp_path):
    (tmp_path / "a.edf").write_bytes(b"junk")
    page._look_at(SessionPlan(replay=str(tmp_path / "a.edf")))
    answered(page, qtbot)
    assert "a.edf" in page.remarks.text()
    assert page.go.isHidden()
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert not page.isVisible()
    assert page.choice is None


def test_our_own_recordings_raise_no_question(page, tmp_path, info):
    archive = open_file(tmp_path / "session-1")
    assert "electrode" in look_at_file(archive).remarks[0]  # it is empty
    archive.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_closes_the_first_page(tmp_path, qtbot, monkeypatch, number):
    monkeypatch.setattr(StartPage, "begin", lambda page, plan=None: None)
    threading.Timer(0.5, lambda: os.kill(os.getpid(), number)).start()
    assert start_page.choose(SessionPlan(), tmp_path) is None
