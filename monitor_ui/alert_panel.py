"""``AlertPanel``: the alerts as a list, those that stand first, and the potentials by kind."""

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QGridLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui import theme, wording
from myoscope.monitor_ui.labels import make_label
from myoscope.monitor_ui.mailbox import Mailbox, SeenAlert
from myoscope.monitor_ui.marks import MARKS

ROW_PX = 58
ROWS_AT_MOST = 100
ALERT_ROLE = int(Qt.ItemDataRole.UserRole)
# Shown at 0 too: that there are none is a finding.
ALWAYS_COUNTED = (
    Kind.FIBRILLATION,
    Kind.POSITIVE_SHARP_WAVE,
    Kind.FASCICULATION,
    Kind.COMPLEX_REPETITIVE_DISCHARGE,
)


class AlertPanel(QFrame):
    """Shows what the mailbox has of alerts and counts when ``refresh`` is called.

    Parameters
    ----------
    mailbox
        Of the running session.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._mailbox = mailbox
        self._seen_version = -1
        self._heading = make_label("heading")
        self.list = QListWidget()
        self.list.setAccessibleName("Alerts, those that stand first")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(_AlertDelegate(self.list))
        self._counts = QGridLayout()
        self._counts.setColumnStretch(0, 1)
        self._count_labels: dict[Kind, QLabel] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.addWidget(self._heading)
        column.addWidget(self.list, 1)
        column.addWidget(make_label("heading", "POTENTIALS FOUND  (all channels)"))
        column.addLayout(self._counts)
        self.refresh()

    def refresh(self) -> None:
        """Show what has changed since the last call."""
        if self._mailbox.version == self._seen_version:
            return
        self._seen_version = self._mailbox.version
        alerts = self._mailbox.alerts()
        standing = sum(alert.stands for alert in alerts)
        self._heading.setText(f"ALERTS   {standing} standing · {len(alerts) - standing} over")
        ordered = sorted(alerts, key=lambda alert: (not alert.stands, -alert.number))
        self._show_alerts(ordered[:ROWS_AT_MOST])
        self._show_counts(self._mailbox.counts().sum(axis=0))

    def _show_alerts(self, alerts: list[SeenAlert]) -> None:
        while self.list.count() > len(alerts):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(alerts):
            self.list.addItem(QListWidgetItem())
        for row, alert in enumerate(alerts):
            item = self.list.item(row)
            if item.data(ALERT_ROLE) != alert:
                item.setData(ALERT_ROLE, alert)
                item.setText(sentence(alert))

    def _show_counts(self, counts: npt.NDArray[np.int64]) -> None:
        for kind in Kind:
            number = int(counts[kind])
            if not number and kind not in ALWAYS_COUNTED and kind not in self._count_labels:
                continue
            if kind not in self._count_labels:
                self._add_count(kind)
            label = self._count_labels[kind]
            if label.text() != str(number):
                label.setText(str(number))

    def _add_count(self, kind: Kind) -> None:
        mark = MARKS[kind]
        name = QLabel(f"{mark.sign} {wording.plural(kind)}")
        number = make_label("count")
        number.setAccessibleName(f"Number of {wording.plural(kind)}")
        number.setAlignment(Qt.AlignmentFlag.AlignRight)
        weight = "bold" if kind.raises_alert else "normal"
        name.setStyleSheet(f"color: {mark.colour}; font-weight: {weight};")
        self._count_labels[kind] = number
        # What nobody could name comes last.
        row = len(Kind) if kind is Kind.UNCLASSIFIED else int(kind)
        self._counts.addWidget(name, row, 0)
        self._counts.addWidget(number, row, 1)


def sentence(alert: SeenAlert) -> str:
    """Return an alert as screen readers say it."""
    return (
        f"{wording.plural(alert.kind)} on channel {alert.channel + 1}, "
        f"{wording.rhythm(alert.rate_hz, alert.interval_cv)}, "
        f"{'standing' if alert.stands else 'over'}"
    )


class _AlertDelegate(QStyledItemDelegate):
    """Paints an alert in three lines beside a bar in the colour of a notice."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        del option, index
        return QSize(0, ROW_PX + 4)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        alert: SeenAlert = index.data(ALERT_ROLE)
        mark = MARKS[alert.kind]
        rect: QRect = option.rect.adjusted(0, 0, 0, -4)
        painter.save()
        painter.fillRect(rect, QColor("#1b252e" if alert.stands else theme.PANEL))
        bar = QRect(rect.left(), rect.top(), 6, rect.height())
        painter.fillRect(bar, QColor(theme.NOTICE if alert.stands else theme.BORDER))
        text = rect.adjusted(14, 4, -8, -4)
        state = "STANDING" if alert.stands else "over"
        font = QFont(option.font)
        font.setPixelSize(11)
        font.setBold(alert.stands)
        painter.setFont(font)
        painter.setPen(QColor(theme.NOTICE if alert.stands else theme.DIM))
        painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, state)
        font.setPixelSize(14)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(mark.colour if alert.stands else theme.DIM))
        title = f"{mark.sign} {_title(alert.kind)}"
        room = text.width() - 70
        painter.drawText(
            text,
            Qt.AlignmentFlag.AlignTop,
            painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, room),
        )
        font.setPixelSize(12)
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(QColor(theme.TEXT if alert.stands else theme.DIM))
        where = f"Ch {alert.channel + 1} · {wording.rhythm(alert.rate_hz, alert.interval_cv)}"
        when = f"{wording.clock(alert.raised_s)} · {wording.number_of_potentials(alert.potentials)}"
        when += (
            f" · confidence {alert.confidence:.2f}"
            if alert.stands
            else f" · until {wording.clock(alert.cleared_s)}"
        )
        for line, words in enumerate((where, when)):
            elided = painter.fontMetrics().elidedText(
                words, Qt.TextElideMode.ElideRight, text.width()
            )
            painter.drawText(text.adjusted(0, 18 + 16 * line, 0, 0), 0, elided)
        painter.restore()


def _title(kind: Kind) -> str:
    words = "fibrillations" if kind is Kind.FIBRILLATION else wording.plural(kind)
    return words[0].upper() + words[1:]
