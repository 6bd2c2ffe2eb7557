"""``ScrubStrip``: a whole recording in one line, to be dragged through."""

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui import wording
from myoscope.monitor_ui.playback import Playback
from myoscope.monitor_ui.theme import FONT, Look
from myoscope.recordings.decisions import What

ROWS = (
    (Kind.FIBRILLATION,),
    (Kind.POSITIVE_SHARP_WAVE,),
    (Kind.FASCICULATION,),
    tuple(kind for kind in Kind if kind.raises_alert and kind > Kind.FASCICULATION),
)
ROW_PX, LOW_ROW_PX = 9, 6
MARKS_PX = 17
AXIS_PX = 15
TICKS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)
TICK_PX = 90


class ScrubStrip(QWidget):
    """Potentials, gaps, marks and decisions over a whole recording, and the playhead.

    Parameters
    ----------
    playback
        What is reviewed.
    """

    sought = Signal(int)
    """A sample that was clicked on or dragged to."""

    def __init__(self, playback: Playback) -> None:
        super().__init__()
        self._playback = playback
        self._look = Look()
        self._picture: QPixmap | None = None
        self._low = False
        self._seen: tuple[int, int] = (-1, -1)
        self.selected_sample: int | None = None
        self.setAccessibleName("Whole recording: potentials, marks and playhead")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """Tall enough for its rows."""
        return QSize(600, self._axis_top + self._look.px(AXIS_PX))

    def minimumSizeHint(self) -> QSize:
        """As tall as ever."""
        return QSize(200, self.sizeHint().height())

    @property
    def _rows_top(self) -> int:
        return self._look.px(MARKS_PX)

    @property
    def _row_height(self) -> int:
        return self._look.px(LOW_ROW_PX if self._low else ROW_PX)

    @property
    def _rows_height(self) -> int:
        return self._row_height * len(ROWS)

    @property
    def _axis_top(self) -> int:
        return self._rows_top + self._rows_height

    def set_look(self, look: Look) -> None:
        """Show everything in these colours and sizes."""
        self._look = look
        self.updateGeometry()
        self.renew()

    def set_low(self, low: bool) -> None:
        """Leave room for others, or take it."""
        self._low = low
        self.updateGeometry()
        self.renew()

    def refresh(self) -> None:
        """Show where the playhead is, and what has become known."""
        seen = self._playback.n_samples, self._playback.mailbox.version
        if seen != self._seen:
            if self._seen[0] != seen[0] or not self._playback.playing:
                self._picture = None
            self._seen = seen
        self.update()

    def renew(self) -> None:
        """Draw everything anew."""
        self._picture = None
        self.update()

    def x_of(self, sample: int) -> float:
        """Return where a sample is, in pixels from the left."""
        return (self.width() - 1) * sample / max(1, self._playback.n_samples)

    def sample_at(self, x: float) -> int:
        """Return the sample at a place."""
        share = min(1.0, max(0.0, x / max(1, self.width() - 1)))
        return round(share * self._playback.n_samples)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.sought.emit(self.sample_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on there."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.sought.emit(self.sample_at(event.position().x()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw for the new width."""
        self._picture = None
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture and, over it, the playhead."""
        del event
        if self._picture is None:
            self._picture = self._draw()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        if self.selected_sample is not None:
            x = self.x_of(self.selected_sample)
            painter.setPen(QPen(QColor(self._look.palette.cursor), 1))
            painter.drawRect(QRectF(x - 3, self._rows_top - 2, 6, self._rows_height + 3))
        x = self.x_of(self._playback.position)
        painter.setPen(QPen(QColor(self._look.palette.cursor), 2))
        painter.drawLine(round(x), 0, round(x), self._axis_top)
        painter.end()

    def _draw(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor(self._look.palette.background))
        painter = QPainter(picture)
        font = QFont(FONT)
        font.setPixelSize(self._look.px(10))
        painter.setFont(font)
        self._draw_axis(painter)
        self._draw_gaps(painter)
        self._draw_potentials(painter)
        self._draw_marks(painter)
        painter.end()
        return picture

    def _draw_axis(self, painter: QPainter) -> None:
        rate_hz = self._playback.info.rate_hz
        seconds = self._playback.n_samples / rate_hz
        bottom = self._axis_top
        painter.setPen(QPen(QColor(self._look.palette.border), 1))
        painter.drawLine(0, bottom, self.width(), bottom)
        room = max(1, self.width() // self._look.px(TICK_PX))
        step = next((step for step in TICKS_S if seconds / step <= room), TICKS_S[-1])
        for number in range(int(seconds // step) + 1):
            x = round(self.x_of(round(number * step * rate_hz)))
            painter.setPen(QPen(QColor(self._look.palette.border), 1))
            painter.drawLine(x, 0, x, bottom + 3)
            painter.setPen(QColor(self._look.palette.dim))
            words = wording.clock(number * step)
            if x + 3 + painter.fontMetrics().horizontalAdvance(words) <= self.width():
                painter.drawText(x + 3, self.height() - self._look.px(3), words)

    def _draw_gaps(self, painter: QPainter) -> None:
        for end, n_lost in self._playback.recording.lost:
            left, right = self.x_of(end - n_lost), self.x_of(end)
            area = QRectF(
                left, self._rows_top, max(2.0, right - left), self._axis_top - self._rows_top
            )
            painter.fillRect(area, QColor(self._look.palette.danger))

    def _draw_potentials(self, painter: QPainter) -> None:
        findings, decisions = self._playback.findings, self._playback.decisions
        samples, kinds = findings.potentials["sample"], findings.kinds.copy()
        for verdict in decisions.verdicts():
            of_train = findings.potentials["train"] == verdict.train
            if verdict.what is What.REJECT:
                kinds[of_train] = Kind.UNCLASSIFIED
            elif verdict.kind is not None:
                kinds[of_train] = verdict.kind
        columns = (samples * (self.width() - 1) / max(1, self._playback.n_samples)).astype(int)
        for row, row_kinds in enumerate(ROWS):
            top = self._rows_top + row * self._row_height
            for kind in row_kinds:
                painter.setPen(QPen(QColor(self._look.colour_of(kind)), 1))
                for x in np.unique(columns[kinds == kind]).tolist():
                    painter.drawLine(x, top + 1, x, top + self._row_height - 2)

    def _draw_marks(self, painter: QPainter) -> None:
        bottom = self._axis_top
        free_from = -1.0
        for decision in sorted(self._playback.decisions.standing(), key=lambda d: d.sample):
            words = {
                What.MUSCLE: f"{decision.side[:1].upper()} {decision.value}".strip(),
                What.SITE: f"site {decision.value}",
                What.INSERTION: "I",
                What.MARKER: decision.value or "M",
                What.CONFIRM: "✓",
                What.REJECT: "✕",
                What.RENAME: "✎",
                What.LABEL: "✎",
            }.get(decision.what)
            if words is None:
                continue
            x = self.x_of(decision.sample)
            line = Qt.PenStyle.DashLine if len(words) > 1 else Qt.PenStyle.DotLine
            painter.setPen(QPen(QColor(self._look.palette.text), 1, line))
            painter.drawLine(round(x), 0, round(x), bottom)
            if x >= free_from:
                words = painter.fontMetrics().elidedText(
                    words, Qt.TextElideMode.ElideRight, self._look.px(160)
                )
                painter.drawText(round(x) + 3, self._look.px(11), words)
                free_from = x + painter.fontMetrics().horizontalAdvance(words) + 6
