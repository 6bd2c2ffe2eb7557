"""``StartPage``: what to watch, where nobody has said it; asks before anything is detected."""

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from myoscope.acquisition.errors import AcquisitionError
from myoscope.monitor_ui import wording
from myoscope.monitor_ui.errors import MonitorError
from myoscope.monitor_ui.first_look import FirstLook, UnitChoice, look_at_file, look_at_source
from myoscope.monitor_ui.kept_look import keep_look, kept_look
from myoscope.monitor_ui.labels import WrappedLabel, make_label
from myoscope.monitor_ui.session_plan import SessionPlan
from myoscope.monitor_ui.signals import on_signals
from myoscope.monitor_ui.theme import Look
from myoscope.recordings.errors import RecordingError

FIND_S = 1.0
FIND_AGAIN_S = 3.0
WAKE_MS = 200
RECORDINGS_SHOWN = 8
DEFAULT_SCENARIO = "denervated-mild"
EXPECTED = (AcquisitionError, MonitorError, RecordingError, OSError)


class Choice:
    """What was chosen on the first page.

    Attributes
    ----------
    plan
        The session to begin, or None.
    review
        The recording to look through, or None.
    """

    def __init__(self, plan: SessionPlan | None = None, review: Path | None = None) -> None:
        self.plan = plan
        self.review = review


class _News(QObject):
    """Carries what a thread found out to the window's thread."""

    streams = Signal(object)
    looked = Signal(object)


class StartPage(QWidget):
    """Streams seen, recordings, files and virtual patients to choose from.

    Parameters
    ----------
    plan
        A session whose source is still to be chosen; the rest of it stands.
    folder
        Where recordings are looked for, and new ones made.
    """

    def __init__(self, plan: SessionPlan, folder: Path) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("Myoscope – what to watch")
        self.resize(1000, 680)
        self.choice: Choice | None = None
        self._plan = plan
        self._folder = folder
        self._asked: SessionPlan | None = None
        self._looking = 0
        self._closed = threading.Event()
        self._news = _News()
        self._news.streams.connect(self._show_streams)
        self._news.looked.connect(self._show_look)
        self.look = Look()
        self.pages = QStackedWidget()
        self.pages.addWidget(self._first_page())
        self.pages.addWidget(self._question_page())
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 18, 24, 12)
        column.addWidget(make_label("title", "What do you want to watch?"))
        column.addWidget(self.pages, 1)
        foot = QHBoxLayout()
        self._state = make_label("dim")
        self._state.setWordWrap(True)
        foot.addWidget(self._state, 1)
        foot.addWidget(make_label("dim", "research use only"))
        column.addLayout(foot)
        self._finder: threading.Thread | None = None
        self.set_look(self.look)

    def set_look(self, look: Look) -> None:
        """Show everything in these colours and sizes."""
        self.look = look
        self.setStyleSheet(look.style() + _style(look))

    def begin(self, plan: SessionPlan | None = None) -> None:
        """Look for streams, or straight at the source of ``plan``."""
        if plan is not None and (plan.stream or plan.replay):
            self._look_at(plan)
            return
        self._finder = threading.Thread(target=self._find, name="streams", daemon=True)
        self._finder.start()
        self.streams.setFocus()

    def _first_page(self) -> QWidget:
        self.streams = _list("LSL streams on the network")
        self.streams.itemActivated.connect(lambda _: self.choose_stream())
        self.streams_words = WrappedLabel("dim")
        self.streams_words.setText("listening …")
        self.recordings = _list("Recordings")
        self.recordings.itemActivated.connect(lambda _: self.choose_recording())
        for path in recordings_in(self._folder):
            item = QListWidgetItem(f"{path.name}    {path.parent}")
            item.setData(Qt.ItemDataRole.UserRole, path)
            self.recordings.addItem(item)
        self.recordings_words = make_label("dim", f"none in {self._folder.absolute()}")
        self.recordings_words.setVisible(not self.recordings.count())
        self.scenarios = QComboBox()
        self.scenarios.setAccessibleName("Virtual patient")
        adjusts = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.scenarios.setSizeAdjustPolicy(adjusts)  # never wider than the window
        from myoscope.acquisition.simulation import SCENARIOS

        for name, scenario in SCENARIOS.items():
            self.scenarios.addItem(f"{name} – {scenario.description}", name)
        self.scenarios.setCurrentIndex(max(0, self.scenarios.findData(DEFAULT_SCENARIO)))
        self.record = QCheckBox("Record")
        self.record.setAccessibleName("Record the session")
        self.record.setChecked(self._plan.record_to is not None)
        self.record_to = QLineEdit(self._plan.record_to or str(_dated(self._folder)))
        self.record_to.setAccessibleName("Folder of the new recording")
        recording = QHBoxLayout()
        recording.addWidget(self.record)
        recording.addWidget(self.record_to, 1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(
            _section(
                "AN AMPLIFIER ON LSL",
                [self.streams, self.streams_words],
                [("Watch the stream", self.choose_stream)],
            ),
            3,
        )
        column.addWidget(
            _section(
                "A RECORDING OR A FILE",
                [self.recordings, self.recordings_words],
                [
                    ("Review the recording", self.choose_recording),
                    ("Open another recording …", self.ask_recording),
                    ("Replay a file …", self.ask_file),
                ],
            ),
            3,
        )
        column.addWidget(
            _section(
                "A VIRTUAL PATIENT",
                [self.scenarios],
                [("Watch the virtual patient", self.choose_scenario)],
            )
        )
        column.addLayout(recording)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page.setObjectName("ground")
        scroll.setWidget(page)
        return scroll

    def _question_page(self) -> QWidget:
        self.remarks = make_label("strong")
        self.remarks.setWordWrap(True)
        self.units = QVBoxLayout()
        self.unit_group = QButtonGroup(self)
        self.rate = QLineEdit()
        self.rate.setAccessibleName("Sampling rate in hertz")
        self.rate.setPlaceholderText("samples a second, such as 10000")
        self.rate.returnPressed.connect(self.go_on)
        self.go = _push("Go on", self.go_on)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 20, 0, 0)
        column.setSpacing(14)
        column.addWidget(self.remarks)
        column.addLayout(self.units)
        column.addWidget(self.rate)
        row = QHBoxLayout()
        row.addWidget(self.go)
        row.addWidget(_push("Back", self.go_back))
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)
        return page

    def choose_stream(self) -> None:
        """Listen to the chosen stream, then watch it."""
        item = self.streams.currentItem() or self.streams.item(0)
        if item is None:
            self._say("No stream has been seen yet.")
            return
        row = item.data(Qt.ItemDataRole.UserRole)
        if row.problem:
            self._say(f"{row.name}: {row.problem}")
            return
        words = f"source_id={row.source_id}" if row.source_id else row.name
        self._look_at(replace(self._plan, stream=words))

    def choose_recording(self) -> None:
        """Look through the chosen recording."""
        item = self.recordings.currentItem() or self.recordings.item(0)
        if item is None:
            self.ask_recording()
        else:
            self._review(item.data(Qt.ItemDataRole.UserRole))

    def ask_recording(self) -> None:
        """Ask for the folder of a recording."""
        folder = QFileDialog.getExistingDirectory(self, "A recording", str(self._folder))
        if folder:
            self._review(Path(folder))

    def ask_file(self) -> None:
        """Ask for a file to be replayed."""
        name, _ = QFileDialog.getOpenFileName(self, "A recorded file", str(self._folder))
        if name:
            self._look_at(replace(self._plan, replay=name))

    def choose_scenario(self) -> None:
        """Watch the chosen virtual patient."""
        self._done(replace(self._plan, scenario=self.scenarios.currentData()))

    def go_on(self) -> None:
        """Take the answer."""
        if self._asked is None or not self.pages.currentIndex():
            return
        words = self._asked.words
        checked = self.unit_group.checkedButton()
        if checked is not None and checked.property("unit"):
            words = replace(words, unit=str(checked.property("unit")))
        if not self.rate.isHidden():
            try:
                rate_hz = float(self.rate.text().replace(",", "."))
            except ValueError:
                self._say(f"{self.rate.text()!r} is no number of samples a second.")
                return
            self._look_at(replace(self._asked, words=replace(words, rate_hz=rate_hz)))
            return
        self._done(replace(self._asked, words=words))

    def go_back(self) -> None:
        """Choose something else."""
        self._asked = None
        self._looking += 1
        self._say("")
        self.pages.setCurrentIndex(0)
        if self._finder is None:
            self.begin()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back, and from the first page away; Ctrl + and − change the scale."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() == Qt.Key.Key_Escape:
            self.go_back() if self.pages.currentIndex() else self.close()
        elif control and event.key() == Qt.Key.Key_Q:
            self.close()
        elif control and event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.set_look(self.look.scaled(1))
        elif control and event.key() == Qt.Key.Key_Minus:
            self.set_look(self.look.scaled(-1))
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Look for nothing any more."""
        self._closed.set()
        super().closeEvent(event)

    def _find(self) -> None:
        from myoscope.acquisition.lsl_streams import find_streams

        while not self._closed.is_set():
            try:
                found: object = find_streams(FIND_S)
            except EXPECTED as error:
                found = str(error)
            if self._closed.is_set():
                return
            self._news.streams.emit(found)
            if isinstance(found, str):
                return
            self._closed.wait(FIND_AGAIN_S)

    def _show_streams(self, found: object) -> None:
        if isinstance(found, str):
            self.streams_words.setText(f"no streams: {found}")
            self.streams_words.show()
            return
        assert isinstance(found, list)
        before = self.streams.currentItem()
        chosen = before.text() if before is not None else ""
        self.streams.clear()
        for row in found:
            rate = f"{row.rate_hz:g} Hz" if row.rate_hz else "irregular"
            channels = wording.channels(len(row.labels))
            words = row.problem or f"{channels}, {rate}, {row.unit or 'no unit'}"
            item = QListWidgetItem(f"{row.name}    {words}    {row.host}")
            item.setData(Qt.ItemDataRole.UserRole, row)
            self.streams.addItem(item)
            if item.text() == chosen:
                self.streams.setCurrentItem(item)
        if self.streams.count() and self.streams.currentItem() is None:
            self.streams.setCurrentRow(0)
        self.streams_words.setText(
            "No stream has answered yet; myoscope streams --doctor says why."
        )
        self.streams_words.setVisible(not found)

    def _look_at(self, plan: SessionPlan) -> None:
        """Look at a source in a thread: connecting may take its time."""
        name = plan.stream or plan.replay or ""
        self._say(f"Looking at {name.removeprefix('source_id=')} …")
        self._asked = plan
        self._looking += 1
        number = self._looking

        def look() -> None:
            try:
                found: FirstLook | str = _first_look(plan)
            except EXPECTED as error:
                found = " ".join(str(error).split())
            if not self._closed.is_set():
                self._news.looked.emit((number, found))

        threading.Thread(target=look, name="first look", daemon=True).start()

    def _show_look(self, news: tuple[int, FirstLook | str]) -> None:
        number, found = news
        if number != self._looking or self._asked is None:
            return  # of something that is not wanted any more
        self._say("")
        lacks_rate = isinstance(found, str) and "sampling rate" in found
        if isinstance(found, str):
            asked = "\n\nHow many samples a second does it have?" if lacks_rate else ""
            self._ask(found + asked, (), lacks_rate, may_go_on=lacks_rate)
        elif not found.asks:
            self._done(self._asked)
        else:
            words = "\n\n".join(part for part in (*found.remarks, found.impossible) if part)
            about = f"{found.info.name}\n\n{words}"
            self._ask(about, found.units, False, may_go_on=not found.impossible)

    def _ask(
        self, words: str, units: tuple[UnitChoice, ...], wants_rate: bool, may_go_on: bool
    ) -> None:
        self.remarks.setText(words)
        for button in self.unit_group.buttons():
            self.unit_group.removeButton(button)
            button.deleteLater()
        for number, choice in enumerate(units):
            button = QRadioButton(f"The numbers are {choice.words}")
            button.setProperty("unit", choice.unit)
            button.setChecked(number == 0)
            self.unit_group.addButton(button)
            self.units.addWidget(button)
        self.rate.setVisible(wants_rate)
        self.go.setVisible(may_go_on)
        self.pages.setCurrentIndex(1)
        if wants_rate:
            self.rate.setFocus()
        elif may_go_on:
            self.go.setFocus()

    def _review(self, folder: Path) -> None:
        from myoscope.recordings.reader import open_recording

        try:
            open_recording(folder).close()
        except EXPECTED as error:
            self._say(" ".join(str(error).split()))
            return
        self.choice = Choice(review=folder)
        self.close()

    def _done(self, plan: SessionPlan) -> None:
        record_to = self.record_to.text().strip() if self.record.isChecked() else None
        self.choice = Choice(replace(plan, record_to=record_to or None))
        self.close()

    def _say(self, words: str) -> None:
        self._state.setText(words)


def recordings_in(folder: Path) -> list[Path]:
    """Return the recordings in a folder and in the folders in it, newest first; some at most."""
    found = []
    for pattern in ("*/recording.zarr", "*/*/recording.zarr"):
        try:
            found += [path.parent for path in folder.glob(pattern)]
        except OSError:
            continue
    found.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    return found[:RECORDINGS_SHOWN]


def choose(plan: SessionPlan, folder: Path, look_only: bool = False) -> Choice | None:
    """Open the first page and return what was chosen; None where it was closed.

    Parameters
    ----------
    plan
        A session whose source is still to be chosen, or, with ``look_only``, to be looked at.
    folder
        Where recordings are looked for.
    look_only
        Whether only to ask about the source of ``plan``, if there is something to ask.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    application.setApplicationName("Myoscope")
    page = StartPage(plan, folder)
    page.set_look(kept_look())
    page.show()
    QTimer.singleShot(0, lambda: page.begin(plan if look_only else None))
    wake = QTimer(page)  # Python hears of a signal only where it runs
    wake.timeout.connect(lambda: None)
    wake.start(WAKE_MS)
    with on_signals(page.close):
        application.exec()
    keep_look(page.look)
    return page.choice


def _first_look(plan: SessionPlan) -> FirstLook:
    if plan.replay is not None:
        from myoscope.monitor_ui.inputs import open_file

        archive = open_file(Path(plan.replay), plan.words)
        try:
            return look_at_file(archive)
        finally:
            archive.close()
    source = plan.open_source()
    try:
        return look_at_source(source)
    finally:
        source.close()


def _dated(folder: Path) -> Path:
    from myoscope.recordings.writer import folder_by_time

    return folder_by_time(folder)


def _list(name: str) -> QListWidget:
    widget = QListWidget()
    widget.setAccessibleName(name)
    return widget


def _push(words: str, does: Callable[[], None]) -> QPushButton:
    button = QPushButton(words)
    button.setAccessibleName(words)
    button.setAutoDefault(True)
    button.clicked.connect(lambda _=False: does())
    return button


def _section(
    heading: str, widgets: list[QWidget], buttons: list[tuple[str, Callable[[], None]]]
) -> QFrame:
    frame = QFrame()
    frame.setObjectName("panel")
    column = QVBoxLayout(frame)
    column.addWidget(make_label("heading", heading))
    for widget in widgets:
        column.addWidget(widget)
    row = QHBoxLayout()
    for words, does in buttons:
        row.addWidget(_push(words, does))
    row.addStretch(1)
    column.addLayout(row)
    return frame


def _style(look: Look) -> str:
    p, px = look.palette, look.px
    return f"""
QListWidget::item {{ padding: {px(4)}px; }}
QListWidget::item:selected {{ background: {p.chosen}; color: {p.text}; }}
QLineEdit, QComboBox {{
    background: {p.raised}; border: 1px solid {p.border}; border-radius: {px(4)}px;
    padding: {px(4)}px;
}}
QComboBox QAbstractItemView {{ background: {p.panel}; selection-background-color: {p.chosen}; }}
QCheckBox::indicator, QRadioButton::indicator {{
    width: {px(14)}px; height: {px(14)}px; border: 2px solid {p.dim}; background: {p.background};
}}
QRadioButton::indicator {{ border-radius: {px(9)}px; }}
QCheckBox::indicator:checked, QRadioButton::indicator:checked {{
    border-color: {p.trace}; background: {p.trace};
}}
QPushButton:focus, QListWidget:focus, QLineEdit:focus, QComboBox:focus {{
    border: 2px solid {p.trace};
}}
"""
