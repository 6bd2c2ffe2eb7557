"""``Banner``: what matters most now, and how urgent it is."""

import math
import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from myoscope.monitor_ui import wording
from myoscope.monitor_ui.alert_state import AlertState, states
from myoscope.monitor_ui.labels import paint, say
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.theme import Look
from myoscope.monitor_ui.watched import LIVE, Watched

SILENT_S = 1.0
LOSS_SHOWN_S = 10.0
DISK_LOW_MINUTES = 30.0


class Banner(QLabel):
    """A danger to the examination, or else the newest alert that nobody has acknowledged.

    Findings are low-priority notices; yellow and red are for what endangers the examination. It
    keeps its place when there is nothing to say, so that nothing else moves.

    Parameters
    ----------
    run
        The session.

    Attributes
    ----------
    danger
        What endangers the examination in a few words, with the colours of ground and letters; None
        where nothing does.
    """

    def __init__(self, run: Watched) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName("Most important notice")
        # A long sentence is cut; it never makes the window wider.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._run = run
        self._look = Look()
        self._lost_seen = 0
        self._lost_at_s = -math.inf
        self._saturated: list[int] = []
        self._not_judged: tuple[str, ...] = ()
        self.question = self._said = ""
        self.danger: tuple[str, str, str] | None = None

    def ask(self, question: str) -> None:
        """Put a question of the window's before everything else, or take it away with ""."""
        self.question = question
        self.refresh()

    def note(self, words: str) -> None:
        """Say something that was asked for before any finding, or no longer with ""."""
        self._said = words
        self.refresh()

    def set_look(self, look: Look) -> None:
        """Show it in these colours."""
        self._look = look

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as fits now."""
        super().resizeEvent(event)
        self.refresh()

    def look_at_signal(self) -> None:
        """See whether a channel is driven against the end of its range."""
        self._saturated = self._run.mailbox.saturated()

    def say_not_judged(self, *words: str) -> None:
        """Say why no channel can be judged, in ever fewer words; or nothing any more."""
        self._not_judged = tuple(f"!  NOT JUDGED: {said}" for said in words)

    def refresh(self) -> None:
        """Say what matters now."""
        palette = self._look.palette
        technical = self._technical()
        self.danger = None if technical is None else _in_short(*technical)
        said, ground, ink = (
            technical
            or self._noted()
            or self._finding()
            or (self._nothing_new(), palette.panel, palette.dim)
        )
        # Of a finding there are shorter words where all have no room.
        words = (said,) if isinstance(said, str) else said
        room, metrics = self.width() - self._look.px(30), self.fontMetrics()
        fitting = next((w for w in words if metrics.horizontalAdvance(w) <= room), words[-1])
        say(self, metrics.elidedText(fitting, Qt.TextElideMode.ElideRight, room))
        self.setAccessibleDescription(words[0])
        self.setToolTip(words[0])
        paint(self, f"background: {ground}; color: {ink};")

    def _technical(self) -> tuple[str | tuple[str, ...], str, str] | None:
        run, mailbox, palette = self._run, self._run.mailbox, self._look.palette
        recorder = run.recorder
        danger = palette.danger, palette.on_colour if palette.name == "dark" else "#ffffff"
        warning = palette.warning, palette.on_colour
        if self.question:
            return f"?  {self.question}", *warning
        if run.error is not None:
            return f"✕  THE SESSION HAS ENDED: {run.error}", *danger
        if recorder is not None and recorder.state == "failed":
            return f"✕  RECORDING HAS STOPPED: {recorder.error}", *danger
        if run.recording_error and not is_recording(run):
            return f"✕  NOT RECORDING: {run.recording_error}", *danger
        if mailbox.silent_s > SILENT_S and not mailbox.ended:
            silent = f"✕  NO SAMPLES ARE COMING for {mailbox.silent_s:.0f} s"
            goes_on = f"{silent} · goes on when the stream is back   [Ctrl Q] ends"
            return (goes_on, silent) if run.mode == LIVE else silent, *danger
        if mailbox.ended and run.mode == LIVE:
            closed = recorder is not None and recorder.state == "closed"
            kept = "; the recording is whole and closed" if closed else ""
            at = wording.clock(mailbox.elapsed_s)
            return f"✕  THE STREAM HAS ENDED at {at}{kept}   [Ctrl Q] closes", *danger
        lost = mailbox.health.lost_samples
        if lost > self._lost_seen:
            self._lost_seen, self._lost_at_s = lost, mailbox.elapsed_s
        if mailbox.elapsed_s - self._lost_at_s < LOSS_SHOWN_S:
            return f"!  SAMPLES WERE LOST: {lost} in all", *warning
        if recorder is not None and is_recording(run) and recorder.minutes_left < DISK_LOW_MINUTES:
            return f"!  DISK IS NEARLY FULL: {recorder.minutes_left:.0f} min left", *warning
        if run.decision_error:
            return f"!  NOT KEPT: {run.decision_error}", *warning
        if self._saturated and not mailbox.ended:
            which = ", ".join(str(channel + 1) for channel in self._saturated[:8])
            return f"!  SATURATED: channel {which}; what lies beyond is cut off", *warning
        return (self._not_judged, *warning) if self._not_judged else None

    def _noted(self) -> tuple[str, str, str] | None:
        palette = self._look.palette
        return (self._said, palette.raised, palette.text) if self._said else None

    def _nothing_new(self) -> str:
        mailbox = self._run.mailbox
        seen = sum(s.alert.stands and not s.rejected for s in states(mailbox, mailbox.alerts()))
        return f"No new alert · {seen} standing" if seen else "No alert stands"

    def _finding(self) -> tuple[tuple[str, ...], str, str] | None:
        mailbox, palette = self._run.mailbox, self._look.palette
        calling = [state for state in states(mailbox, mailbox.alerts()) if state.calls]
        if not calling:
            return None
        newest = max(calling, key=lambda state: state.alert.number)
        words = finding_words(newest, mailbox.elapsed_s, len(calling) - 1)
        return words, palette.notice, palette.on_notice


def finding_words(state: AlertState, now_s: float, others: int = 0) -> tuple[str, ...]:
    """Return an alert for the banner, in ever fewer words.

    Parameters
    ----------
    state
        Of the alert.
    now_s
        Since the start of the stream.
    others
        How many more alerts call.
    """
    alert, mark = state.alert, MARKS[state.kind]
    kind = wording.plural(state.kind).upper()
    rate = wording.rate(alert.rate_hz)
    lasting = wording.clock(now_s - alert.first_potential_s)[3:]
    rhythm = wording.rhythm(alert.rate_hz, alert.interval_cv)
    more = f"   + {others} more" if others else ""
    few = f"   + {others}" if others else ""
    channel = f"Ch {alert.channel + 1}"
    return (
        f"{mark.sign}  {kind} · {channel} · {rhythm} · for {lasting}{more}   [A] acknowledge",
        f"{mark.sign}  {kind} · {channel} · {rhythm.split(' (')[0]} · for {lasting}{few}   [A]",
        f"{mark.sign}  {kind} · {channel} · {rate}{few}   [A]",
        f"{mark.sign}  {mark.short} · {channel} · {rate}{few}   [A]",
    )


def _in_short(words: str | tuple[str, ...], ground: str, ink: str) -> tuple[str, str, str]:
    """Return what stands before the first reason or figure."""
    longest = words if isinstance(words, str) else words[0]
    return re.split(r"[:;·?]| for | at |   ", longest[2:], maxsplit=1)[0].strip(), ground, ink


def is_recording(run: Watched) -> bool:
    """Return whether samples are being written to the disk."""
    return run.recorder is not None and run.recorder.state == "recording"
