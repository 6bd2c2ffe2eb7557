"""``MonitorWindow``: the bedside window. It polls the mailbox and holds nobody up."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QApplication

from myoscope.dsp_core.findings import Table
from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.banner import is_recording
from myoscope.monitor_ui.calipers import Calipers
from myoscope.monitor_ui.chosen_train import ChosenTrain
from myoscope.monitor_ui.examiner import Examiner
from myoscope.monitor_ui.grading import suggestions
from myoscope.monitor_ui.kept_look import keep_look, kept_look
from myoscope.monitor_ui.key_press import binding_of
from myoscope.monitor_ui.keys import IN_PANELS
from myoscope.monitor_ui.panel_window import PanelWindow
from myoscope.monitor_ui.place import Place
from myoscope.monitor_ui.report_maker import ReportMaker
from myoscope.monitor_ui.signal_watch import SignalWatch
from myoscope.monitor_ui.site_panel import Found
from myoscope.monitor_ui.sound_signal import AudioControl
from myoscope.monitor_ui.theme import Look
from myoscope.monitor_ui.trace_panel import MS_PER_DIV, UV_PER_DIV, next_step
from myoscope.monitor_ui.train_view import TrainView, train_view
from myoscope.monitor_ui.watched import REVIEW, Watched
from myoscope.recordings.decisions import What

FRAME_MS = 16
# Words change about sixteen times a second, the trace sixty times; each of the slower panels has
# frames of its own in a round of half a second: one to read, one to draw, so that none is long.
WORD_FRAMES = 4
ROUND_FRAMES = 32
BACK_S = 10.0
STOP_QUESTION = "STOP THE RECORDING?   Ctrl Shift R once more stops it · Esc goes on"
QUESTION_S = 5.0
NOTE_S = 15.0


class MonitorWindow(PanelWindow):
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

    def __init__(
        self, run: Watched, close_at_end: bool = False, audio: AudioControl | None = None
    ) -> None:
        super().__init__(run, audio)
        self._close_at_end = close_at_end
        self._frame = 0
        self._evidence_of: int | None = -1
        self.examiner = Examiner(run)
        self.chosen = ChosenTrain(run.mailbox)
        self.signal_watch = SignalWatch(run.mailbox)
        self.reports = ReportMaker(self)
        self._connect()
        self._rounds: dict[int, Callable[[], None]] = {
            0: self._refresh_strip,
            4: lambda: self.triggered.refresh(self._train_view()),
            5: self.triggered.present,
            8: lambda: self.superimposed.refresh(self._train_view()),
            9: self.superimposed.present,
            11: lambda: self.rhythm.refresh(self._train_view()),
            12: self.rhythm.present,
            13: self.rhythm.present_intervals,
            15: self.events.refresh,
            16: self.events.draw,
            17: self.events.present,
            19: self._refresh_sites,
            20: self._suggest_grades,
            21: self._refresh_grades,
            23: self.channels.measure,
            24: lambda: self.channels.refresh(0, 2),
            25: lambda: self.channels.refresh(1, 2),
            27: self._look_at_signal,
            28: self._refresh_signal_words,
            29: self._refresh_evidence,
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

    def _connect(self) -> None:
        self.channels.chosen.connect(self._toggle_solo)
        self.alerts.chosen.connect(self._choose_train)
        self.events.chosen.connect(self._choose_train)
        self.trace.clicked.connect(self._place_caliper)
        self.strip_60_s.went_to.connect(self._show_around)
        self.grade.graded.connect(self._keep_grade)
        self.muscle_picker.picked.connect(self._keep_muscle)
        self.remark_sheet.kept.connect(self._keep_remark)
        self.reports.said.connect(self._note)
        self.kind_picker.picked.connect(lambda kind: self._keep_verdict(What.RENAME, kind))

    def set_look(self, look: Look) -> None:
        """Show everything in these colours and sizes."""
        super().set_look(look)
        self.refresh_all()

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

    def potentials_between(self, start: int, stop: int) -> Table:
        """Return what is known of the potentials of a time, with the columns of ``SEEN_DTYPE``."""
        rows = self.log.since(start)
        return rows[rows["sample"] < stop]

    @property
    def known_from(self) -> int:
        """Sample from which on every potential is known."""
        return self.log.known_from

    def found_at(self, place: Place) -> Found:
        """Return what was found at a site."""
        rows = self.potentials_between(place.start_sample, place.stop_sample)
        return Found(self.log.count(rows), is_all=place.start_sample >= self.known_from)

    def known_trains(self) -> Table:
        """Return the newest row of each train, as ``TRAIN_DTYPE``."""
        return self.run.mailbox.train_rows()

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
        self.muscle_picker.open_with("", self.examiner.places[-1].side)

    def next_site(self) -> None:
        """Say that the needle is at the next site."""
        self.examiner.next_site()
        self.refresh_all()

    def mark_insertion(self) -> None:
        """Say that the needle was moved just now."""
        self.examiner.insertion()
        self.refresh_all()

    def mark(self) -> None:
        """Put a numbered mark here."""
        self.examiner.mark()
        self.refresh_all()

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
        self.examiner.take_back()
        self.refresh_all()

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
        self.examiner.acknowledge()
        self.refresh_all()

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
        self.far_view.refresh(self.examiner.places[-1], self.banner.danger)
        self.far_view.show()
        self.far_view.raise_()

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
            if binding.action in IN_PANELS:
                self.far_view.hide()
            does = getattr(self, binding.action)
            does() if binding.argument is None else does(binding.argument)

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
        place = self.examiner.places[-1]
        self.chosen.update(self.trace.view.channel)
        self.status.refresh(self.trace.frozen, place)
        self.trace.say_state(self.run.mode != REVIEW, is_recording(self.run))
        self.banner.refresh()
        self.alerts.refresh(self.chosen, self.trace.view.negative_up)
        if self.chosen.train != self._evidence_of:
            self._refresh_evidence()
        if self.far_view.isVisible():
            self.far_view.refresh(place, self.banner.danger)

    def _refresh_evidence(self) -> None:
        self._evidence_of = self.chosen.train
        self.evidence.refresh(self._train_view())

    def _refresh_strip(self) -> None:
        shown_to = self.trace.shown_to
        shown = shown_to - 2 * self._half_sweep, shown_to
        rows = self.potentials_between(*self.strip_60_s.span)
        self.strip_60_s.refresh(rows, self.trace.view.channel, shown)

    def _refresh_sites(self) -> None:
        decisions = len(self.run.mailbox.all_decisions())
        self.sites.refresh(self.examiner.places, self.found_at, decisions)

    def _suggest_grades(self) -> None:
        not_judged = self.signal_watch.not_judged
        self._suggested = suggestions(
            self.run.mailbox, self.known_trains(), self.examiner.places, not_judged
        )

    def _refresh_grades(self) -> None:
        view = self._train_view()
        self.grade.refresh(
            self.examiner.grades, self._suggested, None if view is None else view.kind
        )

    def _look_at_signal(self) -> None:
        watch = self.signal_watch
        watch.look()
        self.status.say_judged(watch.odd_now)
        self.channels.say_odd(watch.odd_now)
        self.trace.say_odd(watch.odd_now)
        self.banner.say_not_judged(*watch.why_nothing_is_judged)

    def _refresh_signal_words(self) -> None:
        self.banner.look_at_signal()
        self.sound.refresh()
        self.channels.show_heard(self.sound.heard)
        self.status.say_sound("" if self.sound.isVisible() else self.sound.silence)

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
        view = self._train_view()
        if view is not None:
            self.examiner.judge(view, what, kind)
            self.refresh_all()

    def _keep_grade(self, kind: Kind, value: str) -> None:
        self.examiner.grade(kind, value, self._suggested[kind].grade)
        self.refresh_all()

    def _keep_remark(self, sample: int, words: str) -> None:
        self.examiner.remark(sample, words)
        self.refresh_all()

    def _keep_muscle(self, muscle: str, side: str) -> None:
        self.signal_watch.restart()
        self.examiner.choose_muscle(muscle, side)
        self.refresh_all()


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
    window.appear()
    application.exec()
    keep_look(window.look)
