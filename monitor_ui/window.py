"""``MonitorWindow``: the bedside window. It polls the mailbox and holds nobody up."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.alert_panel import AlertPanel
from myoscope.monitor_ui.banner import Banner, is_recording
from myoscope.monitor_ui.calipers import Calipers
from myoscope.monitor_ui.channel_panel import ChannelPanel
from myoscope.monitor_ui.chosen_train import ChosenTrain
from myoscope.monitor_ui.display_signal import DisplaySignal
from myoscope.monitor_ui.event_strip import EventStrip
from myoscope.monitor_ui.event_table import EventTable
from myoscope.monitor_ui.evidence_panel import EvidencePanel
from myoscope.monitor_ui.far_view import FarView
from myoscope.monitor_ui.grade_panel import GradePanel
from myoscope.monitor_ui.grading import GRADE_ROWS, suggestion
from myoscope.monitor_ui.help_sheet import HelpSheet
from myoscope.monitor_ui.kept_look import keep_look, kept_look
from myoscope.monitor_ui.key_strip import KeyStrip
from myoscope.monitor_ui.keys import BINDINGS, BY_KEY, Binding
from myoscope.monitor_ui.kind_picker import KindPicker
from myoscope.monitor_ui.muscle_picker import MusclePicker
from myoscope.monitor_ui.place import Place, places
from myoscope.monitor_ui.potential_log import PotentialLog
from myoscope.monitor_ui.remark_sheet import RemarkSheet
from myoscope.monitor_ui.report_maker import ReportMaker
from myoscope.monitor_ui.rhythm_panel import RhythmPanel
from myoscope.monitor_ui.side_panels import Page, SidePanels
from myoscope.monitor_ui.signal_watch import SignalWatch
from myoscope.monitor_ui.site_panel import SitePanel
from myoscope.monitor_ui.sound_panel import SoundPanel
from myoscope.monitor_ui.sound_signal import AudioControl
from myoscope.monitor_ui.status_bar import StatusBar
from myoscope.monitor_ui.superimposed_panel import SuperimposedPanel
from myoscope.monitor_ui.theme import Look
from myoscope.monitor_ui.trace_panel import MS_PER_DIV, UV_PER_DIV, TracePanel, next_step
from myoscope.monitor_ui.train_view import TrainView, train_view
from myoscope.monitor_ui.triggered_panel import TriggeredPanel
from myoscope.monitor_ui.watched import REVIEW, Watched
from myoscope.monitor_ui.waveforms import Waveforms
from myoscope.recordings.decisions import VERDICTS, Decision, Decisions, What

FRAME_MS = 16
# Words change about sixteen times a second, the trace sixty times; each of the slower panels has a
# frame of its own in a round of half a second.
WORD_FRAMES = 4
ROUND_FRAMES = 32
SMALLEST = (1280, 800)
LEFT_PX, RIGHT_PX = 196, 318
# Below these, in pixels at a scale of 1, panels make room for the trace.
WIDTH_FOR_LEFT = 1000
HEIGHT_FOR_PANELS = 700
HEIGHT_FOR_EVIDENCE = 398
EXTRA_ROW_PX = 140
BACK_S = 10.0
STOP_QUESTION = "STOP THE RECORDING?   Ctrl Shift R once more stops it · Esc goes on"
QUESTION_S = 5.0
NOTE_S = 15.0


class MonitorWindow(QWidget):
    """Trace, channels, alerts, evidence, grades and recording state of one session.

    A timer reads indices and draws what is new; if drawing falls behind, the picture skips to the
    newest. Closing the window ends the session.

    Parameters
    ----------
    run
        Started or about to be.
    close_at_end
        Whether the window closes by itself when the session has ended.
    audio
        The loudspeaker; None without one.
    """

    bindings = BINDINGS
    """The keys that the strip and the help show."""

    def __init__(
        self, run: Watched, close_at_end: bool = False, audio: AudioControl | None = None
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self.run = run
        self.look = Look()
        self._close_at_end = close_at_end
        self._frame = 0
        self._panels_wanted: bool | None = None
        self._evidence_of: int | None = -1
        mailbox, settings = run.mailbox, run.settings
        self.signal = DisplaySignal(mailbox, settings)
        self.log = PotentialLog(mailbox)
        self.waveforms = Waveforms(self.signal, self.log)
        self.chosen = ChosenTrain(mailbox)
        self.signal_watch = SignalWatch(mailbox)
        self.status = StatusBar(run)
        self.banner = Banner(run)
        self.channels = ChannelPanel(mailbox)
        self.sites = SitePanel(self.log)
        self.trace = TracePanel(mailbox, self.signal, self.log, settings)
        self.strip_60_s = EventStrip(mailbox, self.log)
        self.triggered = TriggeredPanel(self.waveforms)
        self.superimposed = SuperimposedPanel(self.waveforms)
        self.rhythm = RhythmPanel(self.log, run.info.rate_hz)
        self.alerts = AlertPanel(mailbox, self.waveforms)
        self.evidence = EvidencePanel()
        self.events = EventTable(self.log, run.info.rate_hz)
        self.grade = GradePanel()
        self.sound = SoundPanel(audio)
        self.key_strip = KeyStrip(self.bindings)
        self._lay_out()
        self.far_view = FarView(self, run)
        self.muscle_picker = MusclePicker(self)
        self.kind_picker = KindPicker(self)
        self.remark_sheet = RemarkSheet(self)
        self.reports = ReportMaker(self)
        self.help_sheet = HelpSheet(self, self.bindings)
        self._connect()
        self._rounds: dict[int, Callable[[], None]] = {
            0: self._refresh_strip,
            4: lambda: self.triggered.refresh(self._train_view()),
            8: lambda: self.superimposed.refresh(self._train_view()),
            12: lambda: self.rhythm.refresh(self._train_view()),
            13: self.rhythm.refresh_intervals,
            16: self.events.refresh,
            20: self._refresh_sites,
            23: lambda: self.channels.refresh(0, 2),
            24: lambda: self.channels.refresh(1, 2),
            25: self._look_at_signal,
            28: self._refresh_signal_words,
            30: self._refresh_evidence,
        }
        self.set_look(self.look)
        self.channels.show_chosen(self.trace.view.channel)
        self.setFocus()
        self._question = QTimer(self)
        self._question.setSingleShot(True)
        self._question.timeout.connect(self._take_back_question)
        self._noting = QTimer(self)
        self._noting.setSingleShot(True)
        self._noting.timeout.connect(lambda: self.banner.note(""))
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(FRAME_MS)

    def _lay_out(self) -> None:
        self.setWindowTitle(f"Myoscope – {self.run.info.name}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.resize(*SMALLEST)
        self.setMinimumSize(900, 560)
        self._left, self._left_column = _column()
        for panel, share in self._left_panels:
            self._left_column.addWidget(panel, share)
        self._panels = QFrame()
        panels = QHBoxLayout(self._panels)
        panels.setContentsMargins(0, 0, 0, 0)
        panels.setSpacing(6)
        for panel in (self.triggered, self.superimposed, self.rhythm):
            panels.addWidget(panel, 1)
        between, centre = _column()
        centre.addWidget(self.trace, 5)
        centre.addWidget(self.strip_60_s)
        centre.addWidget(self._panels, 4)
        self.side = SidePanels(self._right_pages)
        middle = QHBoxLayout()
        middle.setSpacing(6)
        middle.addWidget(self._left)
        middle.addWidget(between, 1)
        middle.addWidget(self.side)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(5)
        column.addWidget(self.status)
        column.addWidget(self.banner)
        column.addLayout(middle, 1)
        self._extra_row = self.extra_row()
        if self._extra_row is not None:
            column.addWidget(self._extra_row)
        column.addWidget(self.key_strip)

    @property
    def _left_panels(self) -> tuple[tuple[QWidget, int], ...]:
        return (self.channels, 1), (self.sites, 0), (self.sound, 0)

    @property
    def _right_pages(self) -> tuple[Page, ...]:
        return (
            Page("Alerts", ((self.alerts, 3), (self.evidence, 0))),
            Page("Grade", ((self.events, 2), (self.grade, 0))),
        )

    def _side_pages(self, has_left: bool, has_room: bool) -> tuple[Page, ...]:
        """Return where panels stand beside the trace.

        Parameters
        ----------
        has_left
            Whether those of the left column have one.
        has_room
            Whether alerts and their evidence can be seen at once.
        """
        if has_room:
            return self._right_pages if has_left else self._right_pages + self._pages_of_left
        alone = (
            Page("Alerts", ((self.alerts, 1),)),
            Page("Evidence", ((self.evidence, 0),)),
            Page("Grade", ((self.grade, 0),)),
        )
        if has_left:
            return *alone, Page("Events", ((self.events, 1),))
        channels, sites = self._pages_of_left
        return *alone, Page(channels.name, (*channels.panels, (self.events, 1))), sites

    @property
    def _pages_of_left(self) -> tuple[Page, ...]:
        """Where the panels of the left column stand when there is no room for one."""
        return (
            Page("Channels", ((self.channels, 1),)),
            Page("Sites", ((self.sites, 0), (self.sound, 0))),
        )

    def extra_row(self) -> QWidget | None:
        """Return what stands between the panels and the keys; nothing here."""
        return None

    def _connect(self) -> None:
        self.channels.chosen.connect(self._toggle_solo)
        self.alerts.chosen.connect(self._choose_train)
        self.events.chosen.connect(self._choose_train)
        self.trace.clicked.connect(self._place_caliper)
        self.strip_60_s.went_to.connect(self._show_around)
        self.grade.graded.connect(self._keep_grade)
        self.muscle_picker.picked.connect(self._keep_muscle)
        self.remark_sheet.kept.connect(
            lambda sample, words: self.decide(What.MARKER, sample=sample, value=words)
        )
        self.reports.said.connect(self._note)
        self.kind_picker.picked.connect(lambda kind: self._keep_verdict(What.RENAME, kind))

    def set_look(self, look: Look) -> None:
        """Show everything in these colours and sizes."""
        self.look = look
        self.setStyleSheet(look.style())
        self._left.setFixedWidth(look.px(LEFT_PX))
        self.side.setFixedWidth(look.px(RIGHT_PX))
        for panel in (
            self.status,
            self.banner,
            self.channels,
            self.sites,
            self.trace,
            self.strip_60_s,
            self.side,
            self.triggered,
            self.superimposed,
            self.rhythm,
            self.alerts,
            self.evidence,
            self.events,
            self.grade,
            self.sound,
            self.far_view,
            self.muscle_picker,
            self.kind_picker,
            self.remark_sheet,
            self.help_sheet,
        ):
            panel.set_look(look)
        self._make_room()
        self.refresh_all()
        self.key_strip.fit()

    def show_channel(self, channel: int | None) -> None:
        """Show one channel, or all; what is shown alone is heard as well."""
        n_channels = self.run.info.n_channels
        if channel is not None and not 0 <= channel < n_channels:
            return
        if n_channels == 1:
            channel = 0
        self.trace.set_view(replace(self.trace.view, channel=channel))
        self.channels.show_chosen(channel)
        if channel is not None and self.sound.audio is not None:
            self.sound.audio.channel = channel
        self._refresh_words()

    def set_frozen(self, frozen: bool) -> None:
        """Freeze the picture, and nothing else, or let it catch up."""
        self.trace.set_frozen(frozen)
        self._refresh_words()

    @property
    def places(self) -> list[Place]:
        """The sites of the session in their order."""
        mailbox = self.run.mailbox
        return places(mailbox.decisions(), mailbox.ring.newest) or [Place()]

    def decide(self, what: What, **said: object) -> None:
        """Keep a decision of the examiner's about this moment, unless ``said`` names another."""
        said.setdefault("sample", self.run.mailbox.ring.newest)
        self.run.decide(Decision(what, author=self.run.examiner, **said))  # type: ignore[arg-type]
        self.refresh_all()

    # What the keys do; the names are those of keys.py.

    def toggle_frozen(self) -> None:
        """Freeze, or go back to live."""
        self.set_frozen(not self.trace.frozen)

    def step_gain(self, by: int) -> None:
        """Change the sensitivity by a step."""
        view = self.trace.view
        gain = next_step(UV_PER_DIV, view.uv_per_div, by)
        self.trace.set_view(replace(view, uv_per_div=gain))

    def step_sweep(self, by: int) -> None:
        """Change the sweep by a step."""
        view = self.trace.view
        sweep = next_step(MS_PER_DIV, view.ms_per_div, by)
        self.trace.set_view(replace(view, ms_per_div=sweep))

    def show_number(self, number: int) -> None:
        """Show the channel of this number, from 1."""
        self.show_channel(number - 1)

    def show_all(self) -> None:
        """Show all channels."""
        self.show_channel(None)

    def step_channel(self, by: int) -> None:
        """Show the next channel, or the one before."""
        channel = self.trace.view.channel
        self.show_channel(0 if channel is None else channel + by)

    def turn_over(self) -> None:
        """Draw negative deflections upwards, or positive ones."""
        view = self.trace.view
        self.trace.set_view(replace(view, negative_up=not view.negative_up))
        self.refresh_all()

    def toggle_scroll(self) -> None:
        """Let the picture scroll, or a line sweep across it."""
        view = self.trace.view
        self.trace.set_view(replace(view, scrolls=not view.scrolls))

    def go_back(self) -> None:
        """Freeze and show what was ten seconds earlier."""
        self.set_frozen(True)
        self.trace.show_until(self.trace.shown_to - round(BACK_S * self.run.info.rate_hz))
        self._refresh_words()

    def step_event(self, by: int) -> None:
        """Freeze and show the next event, or the one before, in the middle."""
        self.set_frozen(True)
        rows = self.log.newest(self.log.CAPACITY)
        kinds = self.log.kinds(rows)
        sought = (kinds >= Kind.FIBRILLATION) & (kinds <= Kind.CRAMP_DISCHARGE)
        channel = self.trace.view.channel
        if channel is not None:
            sought &= rows["channel"] == channel
        rows = np.sort(rows[sought], order="sample")
        middle = self.trace.shown_to - self._half_sweep
        apart = max(1, self._half_sweep // 500)
        ahead = rows[rows["sample"] > middle + apart]
        behind = rows[rows["sample"] < middle - apart]
        found = ahead[:1] if by > 0 else behind[-1:]
        if len(found):
            self._show_around(int(found["sample"][0]))
            self._choose_train(int(found["train"][0]))

    def toggle_calipers(self) -> None:
        """Put calipers on the newest interval of the chosen train, or take them away."""
        if self.trace.calipers is not None:
            self.trace.set_calipers(None)
            return
        self.set_frozen(True)
        shown, sweep = self.trace.shown_to, 2 * self._half_sweep
        channel = self.trace.view.channel or 0
        view = self._train_view()
        samples = np.empty(0, np.int64)
        if view is not None and view.channel == channel:
            samples = self.log.of_train(view.train)["sample"]
            samples = samples[(samples > shown - 0.95 * sweep) & (samples < shown)]
        if len(samples) >= 2:
            a, b = int(samples[-2]), int(samples[-1])
        else:
            a, b = shown - round(0.6 * sweep), shown - round(0.4 * sweep)
        self.trace.set_calipers(Calipers(channel, max(0, a), max(0, b)))

    def step_caliper(self, by: int) -> None:
        """Move the caliper in hand by a pixel."""
        calipers = self.trace.calipers
        if calipers is not None:
            samples = max(1, 2 * self._half_sweep // self.trace.picture.shape[1])
            self.trace.set_calipers(calipers.moved_by(by * samples))

    def swap_calipers(self) -> None:
        """Take the other caliper in hand."""
        calipers = self.trace.calipers
        if calipers is not None:
            self.trace.set_calipers(calipers.swapped())

    def pick_muscle(self) -> None:
        """Open the list of muscles."""
        self.muscle_picker.open_with("", self.places[-1].side)

    def next_site(self) -> None:
        """Say that the needle is at the next site."""
        self.decide(What.SITE, value=str(self.places[-1].site + 1))

    def mark_insertion(self) -> None:
        """Say that the needle was moved just now."""
        self.decide(What.INSERTION)

    def mark(self) -> None:
        """Put a numbered mark here."""
        made = sum(d.what is What.MARKER for d in self.run.mailbox.decisions())
        self.decide(What.MARKER, value=f"mark {made + 1}")

    def remark(self) -> None:
        """Open a line for words on this moment."""
        mailbox = self.run.mailbox
        self.remark_sheet.open_at(mailbox.ring.newest, mailbox.elapsed_s)

    def report(self) -> None:
        """Make a report of the recording so far; made already, open it."""
        folder = self.recorded_folder
        if folder is None:
            self._note("NO REPORT: nothing has been recorded; Ctrl R records")
        elif self._noting.isActive() and self.reports.page is not None:
            self.reports.show()
        else:
            self.reports.make(folder)

    @property
    def recorded_folder(self) -> Path | None:
        """Folder of the newest recording; None before there is one."""
        return None if self.run.recorder is None else self.run.recorder.folder

    def _note(self, words: str) -> None:
        """Say something that the user asked for, for a while."""
        self.banner.note(words)
        self._noting.start(round(1000 * NOTE_S))

    def ask_grade(self) -> None:
        """Wait for the letter and the digit of a grade."""
        self.side.show_panel(self.grade)
        self.grade.ask()

    def undo(self) -> None:
        """Take back the newest decision that stands."""
        standing = self.run.mailbox.decisions()
        if standing:
            last = standing[-1]
            self.decide(What.WITHDRAW, sample=last.sample, withdraws=last.id)

    def record(self) -> None:
        """Record what comes from now on."""
        self._take_back_question()
        if not is_recording(self.run):
            self.run.record()

    def stop_recording(self) -> None:
        """Ask whether to stop the recording; asked already, stop it."""
        if self.banner.question:
            self._take_back_question()
            self.run.stop_recording()
        elif is_recording(self.run):
            self.banner.ask(STOP_QUESTION)
            self._question.start(round(1000 * QUESTION_S))

    def _take_back_question(self) -> None:
        self._question.stop()
        self.banner.ask("")

    def acknowledge(self) -> None:
        """Say that the alerts that call were seen."""
        mailbox = self.run.mailbox
        seen = {d.train for d in mailbox.decisions() if d.what is What.ACKNOWLEDGE}
        for alert in mailbox.alerts():
            if alert.stands and alert.train not in seen:
                self.decide(
                    What.ACKNOWLEDGE, train=alert.train, channel=alert.channel, kind=alert.kind
                )

    def confirm(self) -> None:
        """Say that the chosen train is what the detector says."""
        self._keep_verdict(What.CONFIRM)

    def reject(self) -> None:
        """Say that the chosen train is no spontaneous activity."""
        self._keep_verdict(What.REJECT)

    def rename(self) -> None:
        """Ask for another kind for the chosen train."""
        view = self._train_view()
        if view is not None:
            words = f"{view.detected.words} (train {view.train}, Ch {view.channel + 1})"
            self.kind_picker.open_for(words)

    def step_train(self, by: int) -> None:
        """Choose the next alert's train, or the one before."""
        self.side.show_panel(self.alerts)
        self.chosen.step(by)
        self.refresh_all()

    def toggle_mute(self) -> None:
        """Silence the loudspeaker, or let it sound."""
        self.sound.toggle_mute()

    def pause_sound(self) -> None:
        """Silence the loudspeaker for two minutes."""
        self.sound.pause()

    def step_volume(self, by: int) -> None:
        """Make it louder or softer."""
        self.sound.step_volume(by)

    def toggle_squelch(self) -> None:
        """Silence noise between potentials, or let it sound."""
        self.sound.toggle_squelch()

    def toggle_far_view(self) -> None:
        """Show what is read from two metres, or the panels."""
        if self.far_view.isVisible():
            self.far_view.hide()
            return
        self.far_view.setGeometry(self.rect())
        self.far_view.refresh(self.places[-1])
        self.far_view.show()
        self.far_view.raise_()

    def toggle_panels(self) -> None:
        """Give the trace the room of the lower panels, or give it back."""
        self._panels_wanted = not self._panels.isVisible()
        self._make_room()

    def step_side(self) -> None:
        """Show the next page of the panels at the side, or give their room to the trace."""
        self.side.step()

    def change_palette(self) -> None:
        """Change between dark and light."""
        self.set_look(self.look.other_palette())

    def change_notices(self) -> None:
        """Show findings in yellow, or in cyan again."""
        self.set_look(self.look.other_notices())

    def step_scale(self, by: int) -> None:
        """Make everything larger or smaller."""
        self.set_look(self.look.scaled(by))

    def show_help(self) -> None:
        """Show every key."""
        self.help_sheet.open()
        self.help_sheet.setFocus()

    def escape(self) -> None:
        """Leave a question, the far view, the frozen picture or the chosen train."""
        if self.banner.question:
            self._take_back_question()
        elif self.far_view.isVisible():
            self.far_view.hide()
        elif self.trace.frozen:
            self.set_frozen(False)
        else:
            self.chosen.choose(None)
            self.refresh_all()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what keys.py says."""
        if self.grade.asking and event.text():
            self.grade.take_key(event.text())
            return
        binding = binding_of(event)
        if binding is None or binding not in self.bindings:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat() or binding.action.startswith("step_"):
            does = getattr(self, binding.action)
            does() if binding.argument is None else does(binding.argument)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the trace its room, and sheets their place."""
        super().resizeEvent(event)
        self._make_room()
        self.far_view.setGeometry(self.rect())
        sheets = self.muscle_picker, self.kind_picker, self.remark_sheet, self.help_sheet
        for sheet in sheets:
            sheet.fit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the run; the caller waits until everything is closed."""
        self._timer.stop()
        self.reports.close()
        self.run.stop()
        super().closeEvent(event)

    def refresh_all(self) -> None:
        """Show what is known now in every panel."""
        self.log.update()
        self.signal.advance()
        self.waveforms.collect()
        self.trace.refresh()
        self._refresh_words()
        for refresh in self._rounds.values():
            refresh()

    def _tick(self) -> None:
        # Before the samples: a mark never lies ahead of the line.
        self.log.update()
        self.signal.advance()
        self.trace.refresh()
        self._frame += 1
        if self._frame % WORD_FRAMES == 0:
            self.waveforms.collect()
            self._refresh_words()
        in_turn = self._rounds.get((self._frame - 2) % ROUND_FRAMES)
        if in_turn is not None:
            in_turn()
        if not self.run.running and (self._close_at_end or self.run.stop_requested):
            self.close()

    def _refresh_words(self) -> None:
        place = self.places[-1]
        self.chosen.update(self.trace.view.channel)
        self.status.refresh(self.trace.frozen, place)
        self.trace.say_state(self.run.mode != REVIEW, is_recording(self.run))
        self.banner.refresh()
        self.alerts.refresh(self.chosen, self.trace.view.negative_up)
        if self.chosen.train != self._evidence_of:
            self._refresh_evidence()
        if self.far_view.isVisible():
            self.far_view.refresh(place)

    def _refresh_evidence(self) -> None:
        self._evidence_of = self.chosen.train
        self.evidence.refresh(self._train_view())

    def _refresh_strip(self) -> None:
        shown_to = self.trace.shown_to
        shown = shown_to - 2 * self._half_sweep, shown_to
        self.strip_60_s.refresh(self.trace.view.channel, shown)

    def _refresh_sites(self) -> None:
        mailbox, here = self.run.mailbox, self.places
        now = here[-1]
        self.sites.refresh(here)
        of_muscle = [p for p in here if (p.muscle, p.side) == (now.muscle, now.side)]
        trains, rate_hz, newest = mailbox.train_rows(), self.run.info.rate_hz, mailbox.ring.newest
        for train in {d.train for d in mailbox.decisions() if d.what in VERDICTS}:
            verdict = mailbox.verdict(train)
            if verdict is not None and verdict.what is not What.CONFIRM:
                kind = Kind.UNCLASSIFIED if verdict.kind is None else verdict.kind
                trains["kind"][trains["train"] == train] = kind
        self._suggested = {
            row.kind: suggestion(
                row.kind, trains, of_muscle, rate_hz, newest, self.signal_watch.not_judged
            )
            for row in GRADE_ROWS
        }
        given = Decisions(mailbox.decisions()).grades(now.muscle, now.side, newest)
        view = self._train_view()
        self.grade.refresh(
            {kind: grade.value for kind, grade in given.items()},
            self._suggested,
            None if view is None else view.kind,
        )

    def _look_at_signal(self) -> None:
        watch = self.signal_watch
        watch.look()
        self.status.say_judged(watch.odd_now)
        self.channels.say_odd(watch.odd_now)
        self.banner.say_not_judged(*watch.why_nothing_is_judged)

    def _refresh_signal_words(self) -> None:
        self.banner.look_at_signal()
        self.sound.refresh()
        self.channels.show_heard(self.sound.heard)
        self.status.say_sound("" if self.sound.isVisible() else self.sound.silence)

    def _make_room(self) -> None:
        """Hide what would leave the trace too small."""
        width, height = self.width() / self.look.scale, self.height() / self.look.scale
        has_left = width >= WIDTH_FOR_LEFT
        room = height if self._extra_row is None else height - EXTRA_ROW_PX
        has_room = room >= HEIGHT_FOR_EVIDENCE
        self.side.set_pages(self._side_pages(has_left, has_room))
        self.key_strip.setVisible(has_room or self._extra_row is None)
        if has_left:
            for panel, share in self._left_panels:
                self._left_column.addWidget(panel, share)
                panel.show()
        self._left.setVisible(has_left)
        small, wanted = height < HEIGHT_FOR_PANELS, self._panels_wanted
        self._panels.setVisible(not small if wanted is None else wanted)
        # In a small window they take the room of what stands around the trace, not the trace's.
        others = wanted or self._extra_row is not None
        self.strip_60_s.setVisible(not (small and others))
        if small and wanted is not None:
            self.side.setVisible(not wanted)

    @property
    def _half_sweep(self) -> int:
        return round(self.trace.view.sweep_ms * self.run.info.rate_hz / 2000)

    def _train_view(self) -> TrainView | None:
        return train_view(self.run.mailbox, self.chosen.train, self.trace.view.negative_up)

    def _toggle_solo(self, channel: int) -> None:
        self.show_channel(None if self.trace.view.channel == channel else channel)

    def _choose_train(self, train: int) -> None:
        self.chosen.choose(train)
        self.refresh_all()

    def _place_caliper(self, share: float) -> None:
        calipers = self.trace.calipers
        if calipers is not None:
            self.trace.set_calipers(calipers.moved_to(self.trace.sample_at(share)))

    def _show_around(self, sample: int) -> None:
        self.set_frozen(True)
        self.trace.show_until(sample + self._half_sweep)
        self._refresh_words()

    def _keep_verdict(self, what: What, kind: Kind | None = None) -> None:
        """Keep the examiner's word on the chosen train; the same word again takes it back."""
        view = self._train_view()
        if view is None:
            return
        before = view.verdict
        if before is not None and (before.what, before.kind) == (what, kind):
            self.decide(What.WITHDRAW, sample=before.sample, withdraws=before.id)
            return
        self.decide(
            what,
            sample=view.offset_sample,
            train=view.train,
            channel=view.channel,
            kind=kind,
            suggestion=view.detected.label,
        )

    def _keep_grade(self, kind: Kind, value: str) -> None:
        self.decide(What.GRADE, kind=kind, value=value, suggestion=self._suggested[kind].grade)

    def _keep_muscle(self, muscle: str, side: str) -> None:
        here = self.places
        # The first muscle that is named is where the session began.
        unnamed = len(here) == 1 and not here[0].muscle
        sample = 0 if unnamed else self.run.mailbox.ring.newest
        self.signal_watch.restart()
        self.decide(What.MUSCLE, sample=sample, value=muscle, side=side)


def binding_of(event: QKeyEvent) -> Binding | None:
    """Return what a key does: by its name with modifiers, or else by what it types."""
    name = QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText)
    name = name.replace("Num+", "")
    control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    typed = "" if control else event.text().upper()
    # Which signs want Shift, as Ctrl + does here and there, is a matter of the keyboard.
    is_sign = event.key() < Qt.Key.Key_Escape and not chr(event.key()).isalnum()
    unshifted = name.replace("Shift+", "") if is_sign else ""
    return BY_KEY.get(name) or BY_KEY.get(typed) or BY_KEY.get(unshifted)


def _column() -> tuple[QFrame, QVBoxLayout]:
    frame = QFrame()
    column = QVBoxLayout(frame)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    return frame, column


def show(run: Watched, close_at_end: bool = False, audio: AudioControl | None = None) -> None:
    """Open the window on a started run and return when it is closed.

    Parameters
    ----------
    run
        The running session; it goes on until the window closes.
    close_at_end
        Whether the window closes by itself when the run has ended.
    audio
        The loudspeaker; None without one.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    application.setApplicationName("Myoscope")
    window = MonitorWindow(run, close_at_end, audio)
    window.set_look(kept_look())
    window.show()
    application.exec()
    keep_look(window.look)
