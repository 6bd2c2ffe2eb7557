"""``FarView``: muscle, alert, rate and recording in letters that are read from two metres."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from myoscope.monitor_ui import wording
from myoscope.monitor_ui.alert_state import AlertState, states
from myoscope.monitor_ui.chosen_train import listed
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.place import Place
from myoscope.monitor_ui.status_bar import recording_state
from myoscope.monitor_ui.theme import FONT, Look
from myoscope.monitor_ui.watched import Watched

# Capitals of 20 minutes of arc at 2 m are 11.6 mm high: a font of 58 px on a 24 inch screen with
# 1080 rows. Lines are never smaller than this share of the window's height.
SMALLEST_SHARE = 58 / 1080
ALERTS_SHOWN = 2


@dataclass(frozen=True, slots=True)
class FarLine:
    """Words in one colour; ``ground`` is "" but for what endangers the examination."""

    words: str
    colour: str
    ground: str = ""


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
        self.lines: list[FarLine] = []
        self.hide()

    def set_look(self, look: Look) -> None:
        """Show it in these colours."""
        self._look = look
        self.update()

    def refresh(self, place: Place, danger: tuple[str, str, str] | None) -> None:
        """Show the state of now; ``danger`` is the banner's."""
        lines = self._lines(place, danger)
        if lines != self.lines:
            self.lines = lines
            self.setAccessibleDescription(", ".join(line.words for line in lines))
            self.update()

    def _lines(self, place: Place, danger: tuple[str, str, str] | None) -> list[FarLine]:
        mailbox, palette = self._run.mailbox, self._look.palette
        lines = [FarLine(f"{place.words} · site {place.site}", palette.text)]
        if danger is not None:
            words, ground, ink = danger
            lines.append(FarLine(words, ink, ground))
        shown = [s for s in states(mailbox, listed(mailbox)) if s.alert.stands and not s.rejected]
        of_alerts = [FarLine(_words(s), self._look.colour_of(s.kind)) for s in shown[:ALERTS_SHOWN]]
        if len(shown) > ALERTS_SHOWN:
            last = of_alerts[-1]
            more = f"{last.words}  + {len(shown) - ALERTS_SHOWN}"
            of_alerts[-1] = FarLine(more, last.colour)
        recording, colour = recording_state(self._run, palette)
        return [
            *lines,
            *(of_alerts or [FarLine("no alert", palette.dim)] * (danger is None)),
            FarLine(f"{recording}   {wording.clock(mailbox.elapsed_s)}", colour),
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Write the lines as large as they fit."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._look.palette.background))
        height = self.height() // max(1, len(self.lines))
        for number, line in enumerate(self.lines):
            box = QRect(0, number * height, self.width(), height)
            if line.ground:
                painter.fillRect(box, QColor(line.ground))
            box = box.adjusted(20, 0, -20, 0)
            font = QFont(FONT)
            font.setBold(True)
            size = max(int(0.5 * height), round(SMALLEST_SHARE * self.height()))
            font.setPixelSize(size)
            painter.setFont(font)
            width = painter.fontMetrics().horizontalAdvance(line.words)
            if width > box.width():
                font.setPixelSize(max(8, size * box.width() // width))
                painter.setFont(font)
            painter.setPen(QColor(line.colour))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, line.words)
        painter.end()


def _words(state: AlertState) -> str:
    alert = state.alert
    rate = wording.rate(alert.rate_hz)
    return f"{MARKS[state.kind].sign} {MARKS[state.kind].short}  {rate}  Ch {alert.channel + 1}"
