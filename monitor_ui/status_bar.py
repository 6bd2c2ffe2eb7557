"""``StatusBar`` and ``Banner``: recording, stream and time at the top; what matters most below."""

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy

from myoscope.monitor_ui import theme, wording
from myoscope.monitor_ui.app import Run
from myoscope.monitor_ui.labels import make_label, paint, say
from myoscope.monitor_ui.mailbox import SeenAlert
from myoscope.monitor_ui.marks import MARKS

SILENT_S = 1.0
LOSS_SHOWN_S = 10.0
DISK_LOW_MINUTES = 30.0


class StatusBar(QFrame):
    """One line: recording state, elapsed time, stream, live or not, rate, losses and lag.

    Parameters
    ----------
    run
        The running session.
    """

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run
        self._rec = make_label("rec")
        self._elapsed = make_label("elapsed")
        self._place = _Elided()
        self._title = make_label("title", run.info.name)
        self._badge = make_label("badge")
        self._badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._health = make_label("dim")
        for label, name in (
            (self._rec, "Recording state"),
            (self._elapsed, "Elapsed time"),
            (self._place, "Place of the recording"),
            (self._badge, "Stream state"),
            (self._health, "Rate, losses and lag"),
        ):
            label.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 6, 2)
        row.setSpacing(14)
        row.addWidget(self._rec)
        row.addWidget(self._elapsed)
        row.addWidget(self._place, 1)
        row.addWidget(self._title)
        row.addStretch(1)
        row.addWidget(self._badge)
        row.addWidget(self._health)

    def refresh(self, frozen: bool, behind_s: float) -> None:
        """Show the state of now."""
        run, mailbox = self._run, self._run.mailbox
        words, colour = recording_state(run)
        say(self._rec, words)
        paint(self._rec, f"color: {colour};")
        say(self._elapsed, wording.clock(mailbox.elapsed_s))
        self._place.say(place_words(run))
        if frozen:
            still = "still recording" if is_recording(run) else "not recording"
            words, colour = f"FROZEN – {still} · {behind_s:.0f} s behind", theme.WARNING
        elif mailbox.ended:
            words, colour = "ENDED", theme.DIM
        elif mailbox.silent_s > SILENT_S:
            words, colour = f"NO SAMPLES {mailbox.silent_s:.0f} s", theme.DANGER
        else:
            words, colour = "LIVE", theme.TRACE
        say(self._badge, words)
        paint(self._badge, f"background: {colour};")
        say(self._health, health_words(run))
        losses = mailbox.health.lost_samples > 0
        paint(self._health, f"color: {theme.WARNING};" if losses else "")


class Banner(QLabel):
    """What matters most now: a danger to the examination, or else the newest standing alert.

    It keeps its place when there is nothing to say, so that nothing else moves.

    Parameters
    ----------
    run
        The running session.
    """

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName("Most important notice")
        self._run = run
        self._lost_seen = 0
        self._lost_at_s = -math.inf

    def refresh(self) -> None:
        """Say what matters now."""
        words, colour = self._technical() or self._finding() or ("", "")
        say(self, words or "No alert stands")
        paint(
            self,
            f"background: {colour};"
            if words
            else f"background: {theme.PANEL}; color: {theme.DIM}; font-weight: normal;",
        )

    def _technical(self) -> tuple[str, str] | None:
        run, mailbox = self._run, self._run.mailbox
        recorder = run.recorder
        if run.error is not None:
            return f"THE SESSION HAS ENDED: {run.error}", theme.DANGER
        if recorder is not None and recorder.state == "failed":
            return f"RECORDING HAS STOPPED: {recorder.error}", theme.DANGER
        if mailbox.silent_s > SILENT_S and not mailbox.ended:
            return f"NO SAMPLES ARE COMING for {mailbox.silent_s:.0f} s", theme.DANGER
        lost = mailbox.health.lost_samples
        if lost > self._lost_seen:
            self._lost_seen, self._lost_at_s = lost, mailbox.elapsed_s
        if mailbox.elapsed_s - self._lost_at_s < LOSS_SHOWN_S:
            return f"SAMPLES WERE LOST: {lost} in all", theme.WARNING
        if recorder is not None and is_recording(run) and recorder.minutes_left < DISK_LOW_MINUTES:
            return f"DISK IS NEARLY FULL: {recorder.minutes_left:.0f} min left", theme.WARNING
        return None

    def _finding(self) -> tuple[str, str] | None:
        standing = [alert for alert in self._run.mailbox.alerts() if alert.stands]
        if not standing:
            return None
        newest = max(standing, key=lambda alert: alert.number)
        more = f"   + {len(standing) - 1} more" if len(standing) > 1 else ""
        return banner_words(newest, self._run.mailbox.elapsed_s) + more, theme.NOTICE


def banner_words(alert: SeenAlert, now_s: float) -> str:
    """Return an alert for the banner."""
    return (
        f"{MARKS[alert.kind].sign}  {wording.plural(alert.kind).upper()} · Ch {alert.channel + 1}"
        f" · {wording.rhythm(alert.rate_hz, alert.interval_cv)}"
        f" · for {wording.clock(now_s - alert.first_potential_s)[3:]}"
    )


def is_recording(run: Run) -> bool:
    """Return whether samples are being written to the disk."""
    return run.recorder is not None and run.recorder.state == "recording"


def recording_state(run: Run) -> tuple[str, str]:
    """Return the recording's state in a word or two, and its colour."""
    if run.recorder is None:
        return "○ not recording", theme.DIM
    return {
        "recording": ("● REC", theme.DANGER),
        "closed": ("■ recorded", theme.TEXT),
    }.get(run.recorder.state, ("✕ NOT RECORDING", theme.DANGER))


def place_words(run: Run) -> str:
    """Return where the recording goes and for how long the disk has room."""
    recorder = run.recorder
    if recorder is None:
        return ""
    if recorder.state != "recording":
        return str(recorder.folder)
    return f"{recorder.folder.name} · disk {wording.room(recorder.minutes_left)}"


def health_words(run: Run) -> str:
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


class _Elided(QLabel):
    """A label that gives way: what does not fit is cut in the middle."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("dim")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._words = ""

    def say(self, words: str) -> None:
        self._words = words
        shown = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, self.width())
        say(self, shown)
        self.setToolTip(words)
