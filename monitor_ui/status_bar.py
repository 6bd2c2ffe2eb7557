"""``StatusBar``: recording, time, muscle, site and stream, in one line at the top."""

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout

from myoscope.monitor_ui import wording
from myoscope.monitor_ui.banner import SILENT_S, is_recording
from myoscope.monitor_ui.labels import GivingLabel, make_label, paint, say
from myoscope.monitor_ui.place import PLANNED_SITES, Place
from myoscope.monitor_ui.theme import Look, Palette
from myoscope.monitor_ui.watched import REVIEW, Watched

# Below these widths, at a scale of 1, what matters least is left out.
WIDE_PX, HEALTH_PX = 1100, 860
# A longer name is cut.
MUSCLE_PX = 400


class StatusBar(QFrame):
    """One line: recording state, elapsed time, muscle and site, stream, rate, losses and lag.

    Parameters
    ----------
    run
        The session.
    """

    def __init__(self, run: Watched) -> None:
        super().__init__()
        self._run = run
        self._look = Look()
        self._rec = make_label("rec")
        self._elapsed = make_label("elapsed")
        self._where = GivingLabel("dim")
        self._muscle = GivingLabel("title")
        self._supply = make_label("dim")
        self._site = make_label("site")
        self._badge = make_label("badge")
        self._badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._health = make_label("dim")
        self._sound = make_label("strong")
        self._judged = make_label("badge")
        self._judged.hide()
        for label, name in (
            (self._rec, "Recording state"),
            (self._elapsed, "Elapsed time"),
            (self._where, "Stream and place of the recording"),
            (self._muscle, "Muscle and side"),
            (self._supply, "Roots and nerve"),
            (self._site, "Site"),
            (self._badge, "Stream state"),
            (self._health, "Rate, losses and lag"),
            (self._sound, "Sound"),
            (self._judged, "What cannot be judged"),
        ):
            label.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 6, 0)
        row.setSpacing(12)
        row.addWidget(self._rec)
        row.addWidget(self._elapsed)
        row.addWidget(self._where)
        row.addWidget(self._muscle)
        row.addWidget(self._supply)
        row.addWidget(self._site)
        row.addStretch(1)
        row.addWidget(self._sound)
        row.addWidget(self._judged)
        row.addWidget(self._badge)
        row.addWidget(self._health)

    def set_look(self, look: Look) -> None:
        """Show it in these colours."""
        self._look = look
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what matters least where there is no room."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        self._where.setVisible(self._is_wide)
        self._supply.setVisible(self._is_wide)
        self._health.setVisible(self.width() >= self._look.px(HEALTH_PX))

    @property
    def _is_wide(self) -> bool:
        return self.width() >= self._look.px(WIDE_PX)

    def say_sound(self, words: str) -> None:
        """Say that the sound is off, where the sound's own panel is not seen; or "" for nothing."""
        say(self._sound, words)
        self._sound.setVisible(bool(words))

    def say_judged(self, odd: Sequence[str]) -> None:
        """Say how many channels cannot be judged now; for each why, "" where it can be."""
        channels = sum(map(bool, odd))
        all_of_them = channels == len(odd)
        say(self._judged, "NOT JUDGED" if all_of_them else f"{channels} of {len(odd)} NOT JUDGED")
        self._judged.setAccessibleDescription(wording.not_judged(odd) if channels else "")
        palette = self._look.palette
        paint(self._judged, f"background: {palette.warning}; color: {palette.on_colour};")
        # Where there is no room, the banner and the list of channels say it.
        self._judged.setVisible(channels > 0 and self._is_wide)

    def refresh(self, frozen: bool, place: Place) -> None:
        """Show the state of now."""
        run, mailbox, palette = self._run, self._run.mailbox, self._look.palette
        words, colour = recording_state(run, palette)
        say(self._rec, words)
        paint(self._rec, f"color: {colour};")
        say(self._elapsed, wording.clock(mailbox.elapsed_s))
        self._where.say(where_words(run))
        paint(self._muscle, "" if place.muscle else f"color: {palette.dim}; font-weight: normal;")
        self._muscle.say(place.words)
        # The place of the recording gives way before the muscle does.
        wanted = min(self._muscle.sizeHint().width(), self._look.px(MUSCLE_PX))
        self._muscle.setMinimumWidth(wanted if self._is_wide else 0)
        say(self._supply, "[/] chooses" if not place.muscle else _supply(place))
        of_how_many = f" / {max(PLANNED_SITES, place.site)}" if self._is_wide else ""
        say(self._site, f"Site {place.site}{of_how_many}")
        if mailbox.ended:
            words, colour = "ENDED", palette.dim
        elif mailbox.silent_s > SILENT_S:
            words, colour = f"NO SAMPLES {mailbox.silent_s:.0f} s", palette.danger
        elif frozen and run.mode != REVIEW:
            words, colour = "FROZEN", palette.text
        else:
            words, colour = run.mode, palette.trace
        say(self._badge, words)
        paint(self._badge, f"background: {colour}; color: {palette.background};")
        say(self._health, health_words(run))
        losses = mailbox.health.lost_samples > 0
        paint(self._health, f"color: {palette.danger_text};" if losses else "")


def _supply(place: Place) -> str:
    return place.known.supply if place.known is not None else ""


def recording_state(run: Watched, palette: Palette) -> tuple[str, str]:
    """Return the recording's state in a word or two, and its colour."""
    if run.mode == REVIEW:
        return "■ recorded", palette.dim
    if run.recorder is None:
        return "○ not recording", palette.dim
    if is_recording(run):
        return "● REC", palette.danger_text
    if run.recorder.state == "closing":
        return "■ closing …", palette.text
    if run.recorder.state == "closed" and run.mailbox.ended:
        return "■ recorded", palette.text
    if run.recorder.state == "closed":  # by the examiner, and the session goes on
        return "■ stopped", palette.text
    return "✕ NOT RECORDING", palette.danger_text


def where_words(run: Watched) -> str:
    """Return where the recording goes and for how long the disk has room, or the stream's name."""
    recorder = run.recorder
    if recorder is None:
        return run.info.name
    if recorder.state != "recording":
        return f"recorded in {recorder.folder}"
    return f"{recorder.folder.name} · disk {wording.room(recorder.minutes_left)}"


def health_words(run: Watched) -> str:
    """Return rate, losses and lag."""
    health = run.mailbox.health
    rate_hz = health.effective_rate_hz
    parts = [f"{rate_hz:.1f} Hz" if math.isfinite(rate_hz) else f"{run.info.rate_hz:g} Hz"]
    parts.append(f"lost {health.lost_samples}")
    if math.isfinite(health.lag_ms):
        parts.append(f"{max(0.0, health.lag_ms):.0f} ms")
    if run.info.unit_assumed:
        parts.append("µV assumed")
    return " · ".join(parts)
