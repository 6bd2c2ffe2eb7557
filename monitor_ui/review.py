"""``ReviewWindow``: the live window on a recording, with a playhead, a scrub strip and undo."""

import sys
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from myoscope.dsp_core.findings import Table
from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui import wording
from myoscope.monitor_ui.kept_look import keep_look, kept_look
from myoscope.monitor_ui.keys import REVIEW_BINDINGS
from myoscope.monitor_ui.labels import make_label, say
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.playback import SPEEDS, Playback
from myoscope.monitor_ui.scrub_strip import ScrubStrip
from myoscope.monitor_ui.sound_signal import AudioControl
from myoscope.monitor_ui.theme import Look
from myoscope.monitor_ui.window import FRAME_MS, MonitorWindow
from myoscope.recordings.decisions import Decision, What

STEP_S = 0.1
PAGE_S = 10.0
# Below this width, at a scale of 1, words about the playhead are left out.
WIDE_PX = 800
NOTHING = "none: no potential"
AS_DETECTED = "as the detector says"


class ReviewWindow(MonitorWindow):
    """The bedside window on a recording that is finished or still grows.

    Parameters
    ----------
    playback
        What is reviewed; closing the window ends it.
    """

    bindings = REVIEW_BINDINGS

    def __init__(self, playback: Playback, audio: AudioControl | None = None) -> None:
        self.playback = playback
        self._event: int | None = None
        self._sought: int | None = None
        super().__init__(playback, audio=audio)
        self.setWindowTitle(f"Myoscope – review of {playback.recording.folder.name}")
        self._advance = QTimer(self)
        self._advance.setTimerType(Qt.TimerType.PreciseTimer)
        self._advance.timeout.connect(self.advance)
        self._advance.start(FRAME_MS)
        first = self._first_event()
        self._go(first if first is not None else round(self._sweep_s * playback.info.rate_hz))
        self._show_transport()

    def potentials_between(self, start: int, stop: int) -> Table:
        """Return what the recording has of a time up to the playhead, wherever one came from."""
        findings = self.playback.findings
        bounds = start, min(stop, self.playback.position)
        first, last = np.searchsorted(findings.potentials["sample"], bounds)
        rows = findings.potentials[first:last].copy()
        rows["kind"] = findings.kinds[first:last]
        return rows

    @property
    def known_from(self) -> int:
        """The start of the recording."""
        return 0

    def known_trains(self) -> Table:
        """Return the trains of the recording that began before the playhead."""
        trains = self.playback.findings.trains
        known: Table = trains[trains["onset_sample"] < self.playback.position]
        return known

    @property
    def recorded_folder(self) -> Path:
        """Folder of the recording that is reviewed."""
        return self.playback.recording.folder

    def extra_row(self) -> QWidget:
        """Return the playhead's controls and the whole recording in a strip."""
        frame = QFrame()
        frame.setObjectName("panel")
        self.strip = ScrubStrip(self.playback)
        self.strip.sought.connect(self._seek_soon)
        self._place = make_label("scale")
        self._event_words = make_label("dim", "no event chosen")
        self._state = make_label("dim")
        self.play_button = _button("Play", "Play or pause", self.toggle_play)
        self.label_button = _button("E  Label", "Say what the chosen potential is", self.ask_label)
        self.undo_button = _button("Ctrl+Z  Undo", "Take back the newest decision", self.undo)
        self.redo_button = _button("Redo", "Decide again what was taken back", self.redo)
        self.speed_button = _button("× 1", "Speed", lambda: self.change_speed(1, wrap=True))
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (
            _button("[  Previous", "Previous event", lambda: self.go_event(-1)),
            self.play_button,
            _button("Next  ]", "Next event", lambda: self.go_event(1)),
            self.speed_button,
            self._place,
        ):
            row.addWidget(widget)
        row.addStretch(1)
        self.help_button = _button("?", "Keys", self.show_help)
        row.addWidget(self.help_button)
        row.addWidget(self.label_button)
        row.addWidget(self.undo_button)
        row.addWidget(self.redo_button)
        said = QHBoxLayout()
        said.addWidget(self._event_words)
        said.addStretch(1)
        said.addWidget(self._state)
        column = QVBoxLayout(frame)
        column.setContentsMargins(8, 5, 8, 5)
        column.setSpacing(4)
        column.addLayout(row)
        column.addLayout(said)
        column.addWidget(self.strip)
        return frame

    def set_look(self, look: Look) -> None:
        """Show everything in these colours and sizes."""
        super().set_look(look)
        self.strip.set_look(look)

    def _make_room(self) -> None:
        super()._make_room()
        # Where there is none for the strip of keys, a button stands for it.
        self.help_button.setVisible(self.key_strip.isHidden())
        self.strip.set_low(self.key_strip.isHidden())

    def advance(self) -> None:
        """Move the playhead to where it is due."""
        if self._sought is not None:
            sample, self._sought = self._sought, None
            self._go(sample)
        grown = self.playback.advance()
        if grown:
            self.strip.renew()
        self.strip.refresh()
        self._show_transport()

    def toggle_play(self) -> None:
        """Play, or stand still."""
        if self.playback.playing:
            self.playback.pause()
        else:
            self.playback.play()
        self._show_transport()

    def change_speed(self, by: int, wrap: bool = False) -> None:
        """Take the next speed, or the one before."""
        place = SPEEDS.index(self.playback.speed) + by
        place = place % len(SPEEDS) if wrap else min(max(0, place), len(SPEEDS) - 1)
        self.playback.set_speed(SPEEDS[place])
        if self.sound.audio is not None:
            self.sound.audio.speed = SPEEDS[place]
        self._show_transport()

    def go_event(self, by: int) -> None:
        """Choose the next or the previous potential of a kind that is looked for."""
        samples, events = self._events()
        if not len(events):
            return
        if self._event is not None and self._event in events:
            place = int(np.searchsorted(events, self._event)) + by
        else:
            middle = self.playback.position - self._half_sweep
            place = int(np.searchsorted(samples, middle)) - (by < 0)
        self._choose(int(events[min(max(0, place), len(events) - 1)]))

    def ask_label(self) -> None:
        """Offer the kinds for the chosen potential."""
        if self._event is None:
            self.go_event(1)
        if self._event is None:
            return
        self.playback.pause()
        menu = QMenu(self)
        menu.setAccessibleName("What the chosen potential is")
        for kind in Kind:
            if kind is not Kind.UNCLASSIFIED:
                mark = MARKS[kind]
                action = QAction(f"{mark.sign}  &{mark.letter}  {kind.words}", menu)
                action.triggered.connect(lambda _=False, kind=kind: self.label(kind))
                menu.addAction(action)
        menu.addSeparator()
        menu.addAction(NOTHING, lambda: self.label(None))
        menu.addAction(AS_DETECTED, self.unlabel)
        menu.popup(self.label_button.mapToGlobal(self.label_button.rect().topLeft()))
        self.label_menu = menu

    def label(self, kind: Kind | None) -> None:
        """Say what the chosen potential is; None says that it is none."""
        if self._event is None:
            return
        row = self.playback.findings.potentials[self._event]
        self.playback.decide(
            Decision(
                What.LABEL,
                sample=int(row["sample"]),
                channel=int(row["channel"]),
                train=int(row["train"]),
                kind=kind,
                suggestion=Kind(self.playback.findings.kinds[self._event]).label,
                author=self.playback.examiner,
            )
        )
        self._show_event()

    def unlabel(self) -> None:
        """Take back what was said of the chosen potential."""
        if self._event is None:
            return
        row = self.playback.findings.potentials[self._event]
        said = self.playback.decisions.label(int(row["channel"]), int(row["sample"]))
        if said is not None:
            self.playback.decide(
                Decision(
                    What.WITHDRAW, said.sample, author=self.playback.examiner, withdraws=said.id
                )
            )
        self._show_event()

    def undo(self) -> None:
        """Take back the newest decision of this review."""
        self.playback.undo()
        self._show_event()

    def redo(self) -> None:
        """Decide again what was taken back."""
        self.playback.redo()
        self._show_event()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what the playhead's keys say, and leave the rest to the live window."""
        key, modifiers = event.key(), event.modifiers()
        control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        rate_hz = self.playback.info.rate_hz
        if key == Qt.Key.Key_Space and not control:
            if not event.isAutoRepeat():
                self.toggle_play()
        elif key == Qt.Key.Key_Z and control:
            self.redo() if shift else self.undo()
        elif key == Qt.Key.Key_Y and control:
            self.redo()
        elif key in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight) and not control:
            self.go_event(-1 if key == Qt.Key.Key_BracketLeft else 1)
        elif key in (Qt.Key.Key_Comma, Qt.Key.Key_Period):
            self.playback.step(round((-1 if key == Qt.Key.Key_Comma else 1) * STEP_S * rate_hz))
        elif key in (Qt.Key.Key_Less, Qt.Key.Key_Greater):
            self.change_speed(-1 if key == Qt.Key.Key_Less else 1)
        elif key == Qt.Key.Key_Home:
            self._go(self._half_sweep * 2)
        elif key == Qt.Key.Key_End:
            self._go(self.playback.n_samples)
        elif key == Qt.Key.Key_B and not control:
            self._go(self.playback.position - round(PAGE_S * rate_hz))
        elif key == Qt.Key.Key_E and not control:
            self.ask_label()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the review."""
        self._advance.stop()
        super().closeEvent(event)

    @property
    def chosen_event(self) -> int | None:
        """Number of the chosen potential, in order of time."""
        return self._event

    @property
    def _sweep_s(self) -> float:
        return self.trace.view.ms_per_div / 100

    @property
    def _half_sweep(self) -> int:
        return round(self._sweep_s * self.playback.info.rate_hz / 2)

    def _events(self) -> "tuple[np.ndarray, np.ndarray]":
        """Return samples and numbers of the potentials that are looked for."""
        findings = self.playback.findings
        sought = [int(kind) for kind in Kind if kind.raises_alert]
        wanted = np.isin(findings.kinds, sought)
        channel = self.trace.view.channel
        if channel is not None:
            wanted &= findings.potentials["channel"] == channel
        numbers = np.flatnonzero(wanted)
        return findings.potentials["sample"][numbers], numbers

    def _first_event(self) -> int | None:
        samples, _ = self._events()
        return int(samples[0]) + self._half_sweep if len(samples) else None

    def _choose(self, number: int) -> None:
        self._event = number
        self.playback.pause()
        sample = int(self.playback.findings.potentials["sample"][number])
        self.strip.selected_sample = sample
        self._go(sample + self._half_sweep)
        self._show_event()

    def _go(self, sample: int) -> None:
        self.playback.seek(sample)
        self.strip.refresh()

    def _seek_soon(self, sample: int) -> None:
        # Of a drag only the newest place counts: reading one may take longer than the next comes.
        self._sought = sample

    def _show_event(self) -> None:
        self.strip.renew()
        if self._event is None:
            return
        findings = self.playback.findings
        row = findings.potentials[self._event]
        channel, sample = int(row["channel"]), int(row["sample"])
        kind = Kind(findings.kinds[self._event])
        held = self.playback.decisions.kind_of(channel, sample, int(row["train"]), kind)
        _, numbers = self._events()
        words = (
            f"{int(np.searchsorted(numbers, self._event)) + 1} of {len(numbers)} · "
            f"{MARKS[kind].sign} {kind.words} · Ch {channel + 1} · "
            f"{wording.clock_ms(sample / self.playback.info.rate_hz)} · "
            f"{row['amplitude_uv']:.0f} µV · {row['duration_ms']:.1f} ms"
        )
        if held is not kind:
            words += f"  →  {'no potential' if held is None else held.words}"
        say(self._event_words, words)

    def _show_transport(self) -> None:
        playback = self.playback
        rate_hz = playback.info.rate_hz
        self.play_button.setText("Pause" if playback.playing else "Play")
        self.speed_button.setText(f"× {playback.speed:g}")
        self.undo_button.setEnabled(playback.can_undo)
        self.redo_button.setEnabled(playback.can_redo)
        place = wording.clock_ms(playback.position / rate_hz)
        if self.width() >= self.look.px(WIDE_PX):
            place += f" / {wording.clock(playback.n_samples / rate_hz)}"
        say(self._place, place)
        state = playback.decision_error or playback.damage
        if not state and playback.recording.is_being_written:
            state = "still being recorded"
        say(self._state, state)


def _button(words: str, name: str, does: object) -> QPushButton:
    button = QPushButton(words)
    button.setAccessibleName(name)
    button.setToolTip(name)
    # Space plays, whatever was clicked on last.
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.clicked.connect(lambda _=False: does())  # type: ignore[operator]
    return button


def show_review(playback: Playback, audio: AudioControl | None = None) -> None:
    """Open the window on a recording and return when it is closed."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    application.setApplicationName("Myoscope")
    window = ReviewWindow(playback, audio=audio)
    window.set_look(kept_look())
    window.appear()
    application.exec()
    keep_look(window.look)
