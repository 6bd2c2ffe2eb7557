"""``EventStrip``: what was found in the last minute, and the examiner's marks."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from myoscope.dsp_core.findings import Table
from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.potential_log import PotentialLog
from myoscope.monitor_ui.theme import FONT, Look, packed
from myoscope.recordings.decisions import What

SPAN_S = 60.0
TICK_S = 5.0
TOGETHER_PX = 24
LANES = 5
"""Rows of marks: the four usual kinds and one for all other spontaneous ones."""

_LANE_OF = {
    Kind.FIBRILLATION: 0,
    Kind.POSITIVE_SHARP_WAVE: 1,
    Kind.FASCICULATION: 2,
    Kind.COMPLEX_REPETITIVE_DISCHARGE: 3,
}


@dataclass(frozen=True, slots=True)
class StripMark:
    """A mark of the examiner's on the strip."""

    sample: int
    words: str


class EventStrip(QWidget):
    """A minute of events in a row for each kind, with what the trace shows of it.

    Parameters
    ----------
    mailbox
        Of the session.
    log
        The potentials.
    """

    went_to = Signal(int)
    """The sample that was clicked on."""

    def __init__(self, mailbox: Mailbox, log: PotentialLog) -> None:
        super().__init__()
        self.setAccessibleName("Events of the last minute")
        self._mailbox = mailbox
        self._log = log
        self._look = Look()
        self._channel: int | None = None
        self._shown = (0, 0)
        self._now = 0
        self.places: list[tuple[Kind, np.ndarray]] = []
        self.marks: list[StripMark] = []
        self.set_look(Look())

    def set_look(self, look: Look) -> None:
        """Draw it in these colours and sizes."""
        self._look = look
        self._axis: QPixmap | None = None
        self.setFixedHeight(look.px(16 + 9 * LANES + 18))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw another axis."""
        super().resizeEvent(event)
        self._axis = None

    @property
    def span(self) -> tuple[int, int]:
        """First sample of the minute that ends now, and the one after its last."""
        now = self._mailbox.ring.newest
        return int(now - SPAN_S * self._mailbox.info.rate_hz), now

    def refresh(self, rows: Table, channel: int | None, shown: tuple[int, int]) -> None:
        """Show the events of now.

        Parameters
        ----------
        rows
            Of this minute, with the columns of ``SEEN_DTYPE``.
        channel
            The one that is shown; None where all are.
        shown
            The samples that the trace shows.
        """
        first, self._now = self.span
        self._channel, self._shown = channel, shown
        if channel is not None:
            rows = rows[rows["channel"] == channel]
        kinds = self._log.kinds(rows)
        self.places = [
            (kind, np.unique(self._x_of(rows["sample"][kinds == kind])))
            for kind in Kind
            if kind.raises_alert and (kinds == kind).any()
        ]
        self.marks = [
            StripMark(decision.sample, _mark_words(decision.what, decision.value))
            for decision in self._mailbox.decisions()
            if decision.what in (What.INSERTION, What.SITE, What.MARKER, What.MUSCLE)
            and first < decision.sample <= self._now
        ]
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell the sample that was clicked on."""
        share = event.position().x() / max(1, self.width())
        span = SPAN_S * self._mailbox.info.rate_hz
        self.went_to.emit(max(0, round(self._now - span * (1 - share))))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw lanes, marks and the time axis."""
        del event
        painter = QPainter(self)
        palette, px = self._look.palette, self._look.px
        painter.fillRect(self.rect(), QColor(palette.background))
        left, right = (float(x) for x in self._x_of(np.array(self._shown)))
        left = max(0.0, left)
        if right > left:
            ground = QColor(palette.raised)
            painter.fillRect(QRect(int(left), 0, max(2, int(right - left)), self.height()), ground)
        painter.setFont(self._font)
        painter.drawImage(0, 0, self._events_picture(painter.deviceTransform().m11()))
        for kind, places in self.places:
            self._draw_sign(painter, kind, places)
        axis = self.height() - px(16)
        if self._axis is None:
            self._axis = self._axis_picture(painter.deviceTransform().m11())
        painter.drawPixmap(0, axis, self._axis)
        self._draw_marks(painter, axis)
        painter.end()

    def _draw_marks(self, painter: QPainter, axis: int) -> None:
        """Draw the examiner's marks, with the words of each up to the next one."""
        px, metrics = self._look.px, painter.fontMetrics()
        painter.setPen(QPen(QColor(self._look.palette.text), 1, Qt.PenStyle.DashLine))
        words_at: dict[float, str] = {}
        last = -np.inf
        for mark in self.marks:
            x = float(self._x_of(np.array([mark.sample]))[0])
            painter.drawLine(QPointF(x, 0), QPointF(x, axis))
            if x - last < px(TOGETHER_PX):  # a site and its insertion are marked in one breath
                words_at[last] += f" · {mark.words}"
            else:
                words_at[x], last = mark.words, x
        painter.setPen(QColor(self._look.palette.text))
        end = float(self.width())
        for x, words in reversed(words_at.items()):
            if end == self.width():  # the newest words may reach to the left instead
                at = min(x + px(3), end - metrics.horizontalAdvance(words) - px(5))
            else:
                at = x + px(3)
                room = int(end - at) - px(5)
                words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
                if room < px(TOGETHER_PX):
                    continue
            painter.drawText(QPointF(at, px(12)), words)
            end = min(x, at)

    @property
    def _font(self) -> QFont:
        font = QFont(FONT)
        font.setPixelSize(self._look.px(11))
        return font

    def _axis_picture(self, ratio: float) -> QPixmap:
        """Return the axis, which is the same at every moment; ``ratio`` pixels for one of Qt's."""
        palette, px, wide = self._look.palette, self._look.px, self.width()
        picture = QPixmap(round(wide * ratio), round(px(16) * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setFont(self._font)
        painter.setPen(QPen(QColor(palette.graticule_zero), 1))
        painter.drawLine(0, 0, wide, 0)
        for number in range(1, round(SPAN_S / TICK_S)):
            x = wide * (1 - number * TICK_S / SPAN_S)
            painter.setPen(QColor(palette.graticule_zero))
            painter.drawLine(QPointF(x, 0), QPointF(x, px(3)))
            if number % 2 == 0:
                painter.setPen(QColor(palette.dim))
                box = QRect(int(x) - px(30), px(2), px(60), px(14))
                words = f"−{number * TICK_S:g} s"
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
        painter.setPen(QColor(palette.dim))
        painter.drawText(
            QRect(wide - px(60), px(2), px(58), px(14)),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            "now",
        )
        painter.end()
        return picture

    def _events_picture(self, ratio: float) -> QImage:
        """Return a line for each event; hundreds of a painter's cost more than all the rest."""
        columns, rows = round(self.width() * ratio), round(self.height() * ratio)
        pixels = np.zeros((rows, columns), np.uint32)
        wide = max(1, round(self._look.scale * ratio))
        for kind, places in self.places:
            first = (places * ratio).astype(np.int64)
            lines = np.unique((first[:, np.newaxis] + np.arange(wide)).clip(0, columns - 1))
            top, bottom = (round(y * ratio) for y in self.row_of(kind))
            pixels[top:bottom, lines] = packed(self._look.colour_of(kind))
        form = QImage.Format.Format_ARGB32_Premultiplied
        picture = QImage(pixels.data, columns, rows, pixels.strides[0], form).copy()
        picture.setDevicePixelRatio(ratio)
        return picture

    def row_of(self, kind: Kind) -> tuple[int, int]:
        """Return the upper and the lower edge of a kind's row."""
        lane_px = self._look.px(9)
        top = self._look.px(16) + lane_px * _LANE_OF.get(kind, LANES - 1)
        return top, top + lane_px - 2

    def _draw_sign(self, painter: QPainter, kind: Kind, places: np.ndarray) -> None:
        """Draw a kind's shape beside the newest event: colour is not needed to tell them."""
        sign = MARKS[kind].sign
        width = painter.fontMetrics().horizontalAdvance(sign)
        painter.setPen(QColor(self._look.colour_of(kind)))
        newest = float(places[-1])
        at = newest + 2 if newest + width + 4 < self.width() else self.width() - width - 2
        painter.drawText(QPointF(at, self.row_of(kind)[1]), sign)

    def _x_of(self, samples: np.ndarray) -> np.ndarray:
        span = SPAN_S * self._mailbox.info.rate_hz
        return np.floor(self.width() * (1 - (self._now - samples) / span))


def _mark_words(what: What, value: str) -> str:
    if what is What.SITE:
        return f"site {value}"
    return value if what is not What.INSERTION else "insertion"
