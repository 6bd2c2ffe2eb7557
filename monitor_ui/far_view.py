"""``FarView``: muscle, alert, rate and recording in letters that are read from two metres."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from myoscope.monitor_ui import wording
from myoscope.monitor_ui.alert_state import AlertState, states
from myoscope.monitor_ui.banner import SILENT_S, is_recording
from myoscope.monitor_ui.chosen_train import listed
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.place import Place
from myoscope.monitor_ui.theme import FONT, Look
from myoscope.monitor_ui.watched import Watched

# Capitals of 20 minutes of arc at 2 m are 11.6 mm high: a font of 58 px on a 24 inch screen with
# 1080 rows. Lines are never smaller than this share of the window's height.
SMALLEST_SHARE = 58 / 1080


class FarView(QWidget):
    """Covers the window; the words fill it.

    Parameters
    ----------
    parent
        The window.
    run
        The session.
    """

    def __init__(self, parent: QWidget, run: Watched) -> None:
        super().__init__(parent)
        self.setAccessibleName("Far view")
        self._run = run
        self._look = Look()
        self._place = Place()
        self.lines: list[tuple[str, str]] = []
        self.hide()

    def set_look(self, look: Look) -> None:
        """Show it in these colours."""
        self._look = look
        self.update()

    def refresh(self, place: Place) -> None:
        """Show the state of now."""
        self._place = place
        lines = self._lines()
        if lines != self.lines:
            self.lines = lines
            self.setAccessibleDescription(", ".join(words for words, _ in lines))
            self.update()

    def _lines(self) -> list[tuple[str, str]]:
        run, mailbox, palette = self._run, self._run.mailbox, self._look.palette
        place = self._place
        lines = [(f"{place.words} · site {place.site}", palette.text)]
        if run.error is not None:
            lines.append(("SESSION ENDED", palette.danger_text))
        elif mailbox.silent_s > SILENT_S and not mailbox.ended:
            lines.append((f"NO SAMPLES {mailbox.silent_s:.0f} s", palette.danger_text))
        shown = [s for s in states(mailbox, listed(mailbox)) if s.alert.stands and not s.rejected]
        lines += [(_words(state), self._look.colour_of(state.kind)) for state in shown[:2]]
        if not shown:
            lines.append(("no alert", palette.dim))
        recording = "● REC" if is_recording(run) else "○ not recording"
        colour = palette.danger_text if is_recording(run) else palette.dim
        lines.append((f"{recording}   {wording.clock(mailbox.elapsed_s)}", colour))
        return lines

    def paintEvent(self, event: QPaintEvent) -> None:
        """Write the lines as large as they fit."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._look.palette.background))
        height = self.height() // max(1, len(self.lines))
        for number, (words, colour) in enumerate(self.lines):
            box = QRect(0, number * height, self.width(), height).adjusted(20, 0, -20, 0)
            font = QFont(FONT)
            font.setBold(True)
            size = max(int(0.5 * height), round(SMALLEST_SHARE * self.height()))
            font.setPixelSize(size)
            painter.setFont(font)
            width = painter.fontMetrics().horizontalAdvance(words)
            if width > box.width():
                font.setPixelSize(max(8, size * box.width() // width))
                painter.setFont(font)
            painter.setPen(QColor(colour))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
        painter.end()


def _words(state: AlertState) -> str:
    alert = state.alert
    rate = wording.rate(alert.rate_hz)
    return f"{MARKS[state.kind].sign} {MARKS[state.kind].short}  {rate}  Ch {alert.channel + 1}"
