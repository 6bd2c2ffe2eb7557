"""``AlertPanel``: the alerts as a list, those that stand first, each with its mean waveform."""

import numpy as np
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui import wording
from myoscope.monitor_ui.alert_state import AlertState, states
from myoscope.monitor_ui.chosen_train import ChosenTrain, listed
from myoscope.monitor_ui.labels import make_label, say
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.row_delegate import RowDelegate
from myoscope.monitor_ui.theme import Look
from myoscope.monitor_ui.wave_picture import wave_picture
from myoscope.monitor_ui.waveforms import Waveforms

ROW_PX = 58
THUMBNAIL_PX = 54
THUMBNAIL_MS = (-3.0, 12.0)
ROWS_AT_MOST = 100
GROWTH_CALLS = 6
STATE_ROLE = int(Qt.ItemDataRole.UserRole)
CHOSEN_ROLE = STATE_ROLE + 1


class AlertPanel(QFrame):
    """Shows what the mailbox has of alerts when ``refresh`` is called.

    Parameters
    ----------
    mailbox
        Of the session.
    waveforms
        For the picture beside each alert.
    """

    chosen = Signal(int)
    """The train of an alert that was clicked on."""

    def __init__(self, mailbox: Mailbox, waveforms: Waveforms) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._mailbox = mailbox
        self._seen: tuple[object, ...] = ()
        self._news: list[tuple[int, str]] = []
        self._calls_to_growth = 0
        self.heading = make_label("heading")
        self.list = QListWidget()
        self.list.setAccessibleName("Alerts, those that stand first")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._delegate = _AlertDelegate(self.list, waveforms)
        self.list.setItemDelegate(self._delegate)
        self.list.itemClicked.connect(
            lambda item: self.chosen.emit(item.data(STATE_ROLE).alert.train)
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 8, 6)
        column.setSpacing(4)
        column.addWidget(self.heading)
        column.addWidget(self.list, 1)
        self.refresh(ChosenTrain(mailbox), True)

    def set_look(self, look: Look) -> None:
        """Show it in these colours and sizes."""
        self._delegate.look = look
        self.list.setMinimumHeight(self._delegate.height)
        self.list.scheduleDelayedItemsLayout()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the chosen train in sight."""
        super().resizeEvent(event)
        for row in range(self.list.count()):
            if self.list.item(row).data(CHOSEN_ROLE):
                self._scroll_to(self.list.item(row))

    def _scroll_to(self, item: QListWidgetItem) -> None:
        self.list.scrollToItem(item, QAbstractItemView.ScrollHint.PositionAtTop)

    def refresh(self, chosen: ChosenTrain, negative_up: bool) -> None:
        """Show what has changed since the last call, and which train is chosen."""
        seen = (self._mailbox.version, chosen.train, negative_up)
        if seen == self._seen:
            return
        shown = states(self._mailbox, listed(self._mailbox))
        # A new alert or word is shown at once; that trains grow, now and then.
        news = [(state.alert.number, state.word) for state in shown]
        self._calls_to_growth -= 1
        if self._calls_to_growth > 0 and (news, seen[1:]) == (self._news, self._seen[1:]):
            return
        self._seen, self._news, self._calls_to_growth = seen, news, GROWTH_CALLS
        self._delegate.negative_up = negative_up
        standing = sum(state.alert.stands and not state.rejected for state in shown)
        over = sum(not state.alert.stands and not state.rejected for state in shown)
        rejected = sum(state.rejected for state in shown)
        words = f"ALERTS   {standing} standing · {over} over"
        say(self.heading, f"{words} · {rejected} rejected" if rejected else words)
        self._show(shown[:ROWS_AT_MOST], chosen)

    def _show(self, shown: list[AlertState], chosen: ChosenTrain) -> None:
        while self.list.count() > len(shown):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(shown):
            self.list.addItem(QListWidgetItem())
        # Of several alerts of the chosen train, the newest.
        chosen_row = next((r for r, s in enumerate(shown) if s.alert.train == chosen.train), None)
        for row, state in enumerate(shown):
            item = self.list.item(row)
            is_chosen = row == chosen_row
            if item.data(CHOSEN_ROLE) != is_chosen:
                item.setData(CHOSEN_ROLE, is_chosen)
                if is_chosen:
                    self._scroll_to(item)
            if item.data(STATE_ROLE) != state:
                item.setData(STATE_ROLE, state)
                item.setText(sentence(state))


def sentence(state: AlertState) -> str:
    """Return an alert as screen readers say it."""
    alert = state.alert
    return (
        f"{wording.plural(state.kind)} on channel {alert.channel + 1}, "
        f"{wording.rhythm(alert.rate_hz, alert.interval_cv)}, {state.word.lower()}"
    )


class _AlertDelegate(RowDelegate):
    """Paints an alert in three lines between a bar in the colour of a notice and its waveform."""

    def __init__(self, parent: QListWidget, waveforms: Waveforms) -> None:
        super().__init__(parent, ROW_PX)
        self.negative_up = True
        self._waveforms = waveforms

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        state: AlertState = index.data(STATE_ROLE)
        alert, mark = state.alert, MARKS[state.kind]
        palette, px = self.look.palette, self.look.px
        live = alert.stands and not state.rejected
        rect: QRect = option.rect.adjusted(0, 0, -1, -px(4))
        painter.save()
        painter.fillRect(rect, QColor(palette.raised if live else palette.panel))
        bar = QRect(rect.left(), rect.top(), px(6), rect.height())
        painter.fillRect(bar, QColor(palette.notice if state.calls else palette.border))
        if index.data(CHOSEN_ROLE):
            painter.setPen(QPen(QColor(palette.notice), px(2)))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))
        ink = palette.text if live else palette.dim
        colour = self.look.colour_of(state.kind) if live else palette.dim
        picture = rect.adjusted(rect.width() - px(THUMBNAIL_PX + 6), px(20), -px(6), -px(4))
        self._paint_wave(painter, alert.train, picture, colour)
        text = rect.adjusted(px(13), px(3), -px(8), -px(3))
        font = QFont(option.font)
        font.setPixelSize(px(11))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(palette.notice if state.calls else palette.dim))
        painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, state.word)
        room = text.width() - painter.fontMetrics().horizontalAdvance(state.word) - px(8)
        font.setPixelSize(px(14))
        font.setStrikeOut(state.rejected)
        painter.setFont(font)
        painter.setPen(QColor(colour))
        title = f"{mark.sign} {_title(state.kind)}"
        if painter.fontMetrics().horizontalAdvance(title) > room:
            title = f"{mark.sign} {mark.short}"
        painter.drawText(text, Qt.AlignmentFlag.AlignTop, title)
        font.setPixelSize(px(12))
        font.setBold(False)
        font.setStrikeOut(False)
        painter.setFont(font)
        painter.setPen(QColor(ink))
        where = f"Ch {alert.channel + 1} · {short_rhythm(alert.rate_hz, alert.interval_cv)}"
        when = f"{wording.clock(alert.raised_s)} · n {alert.potentials}"
        when += (
            f" · conf {alert.confidence:.2f}"
            if alert.stands
            else f" · until {wording.clock(alert.cleared_s)}"
        )
        for line, words in enumerate((where, when)):
            place = text.adjusted(0, px(19) + px(16) * line, -px(THUMBNAIL_PX + 4), 0)
            metrics = painter.fontMetrics()
            shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, 0, shown)
        painter.restore()

    def _paint_wave(self, painter: QPainter, train: int, rect: QRect, colour: str) -> None:
        wave = self._waveforms.mean(train, *THUMBNAIL_MS)
        if wave is None:
            return
        ratio = painter.deviceTransform().m11()  # pixels for one of Qt's
        size = round(rect.width() * ratio), round(rect.height() * ratio)
        px_per_uv = 0.5 * (size[1] - 1) / max(1e-6, float(np.abs(wave).max()))
        picture = wave_picture(
            wave[np.newaxis],
            size,
            0.5 * (size[1] - 1),
            -px_per_uv if self.negative_up else px_per_uv,
            QColor(colour),
            round(self.look.scale * ratio),
        )
        picture.setDevicePixelRatio(ratio)
        painter.drawImage(rect.topLeft(), picture)


def short_rhythm(rate_hz: float, interval_cv: float) -> str:
    """Return ``10.7 /s, regular`` for a narrow row; the coefficient stands in the evidence."""
    return wording.rhythm(rate_hz, interval_cv).split(" (")[0]


def _title(kind: Kind) -> str:
    words = "fibrillations" if kind is Kind.FIBRILLATION else wording.plural(kind)
    return words[0].upper() + words[1:]
