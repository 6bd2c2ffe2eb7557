"""``EventTable``: the newest potentials, one row each."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui import theme, wording
from myoscope.monitor_ui.labels import make_label
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.potential_log import REJECTED, PotentialLog
from myoscope.monitor_ui.row_delegate import RowDelegate
from myoscope.monitor_ui.theme import Look

ROWS = 100
ROW_PX = 17
# Left edge and width of the columns at a scale of 1.
COLUMNS_PX = ((0, 88), (88, 60), (148, 26), (174, 62), (236, 58))
TO_THE_LEFT = 2  # columns; numbers stand to the right
EVENT_ROLE = int(Qt.ItemDataRole.UserRole)


@dataclass(frozen=True, slots=True)
class Event:
    """A potential as the table shows it; ``kind`` is None where the examiner rejected it."""

    time_s: float
    kind: Kind | None
    channel: int
    amplitude_uv: float
    duration_ms: float
    train: int

    @property
    def cells(self) -> tuple[str, ...]:
        """The row's words, column by column."""
        mark = None if self.kind is None else MARKS[self.kind]
        return (
            wording.clock_ms(self.time_s)[:-1],
            "✕ rej." if mark is None else f"{mark.sign} {mark.short}",
            str(self.channel + 1),
            f"{self.amplitude_uv:.0f} µV",
            f"{self.duration_ms:.1f} ms",
        )

    @property
    def words(self) -> str:
        """The row as a screen reader says it."""
        time, _, channel, amplitude, duration = self.cells
        kind = "rejected" if self.kind is None else self.kind.words
        return f"{time}, {kind} on channel {channel}, {amplitude}, {duration}"


class EventTable(QFrame):
    """The newest events first; a click chooses the event's train.

    Potentials that belong to no train that anybody could name are left to the trace.

    Parameters
    ----------
    log
        The potentials.
    rate_hz
        Sampling rate.
    """

    chosen = Signal(int)
    """The train of a row that was clicked on."""

    def __init__(self, log: PotentialLog, rate_hz: float) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._waits = False
        self.model = EventModel(log, rate_hz)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setAccessibleName("Events, newest first")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._delegate = _EventDelegate(self.list)
        self.list.setItemDelegate(self._delegate)
        self.list.clicked.connect(lambda index: self.chosen.emit(index.data(EVENT_ROLE).train))
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 8, 6)
        column.setSpacing(2)
        column.addWidget(make_label("heading", "EVENTS   newest first"))
        column.addWidget(self.list, 1)
        self.set_look(Look())

    def set_look(self, look: Look) -> None:
        """Show it in these colours and sizes."""
        self._delegate.look = look
        self.list.setMinimumHeight(look.px(2 * ROW_PX))
        self.list.scheduleDelayedItemsLayout()

    def refresh(self) -> None:
        """Read the newest events."""
        self._waits |= self.model.update()

    def draw(self) -> None:
        """Draw the rows that are new, in a frame of its own."""
        if self._waits:
            self._delegate.draw_first_rows()

    def present(self) -> None:
        """Show them, in another frame."""
        if self._waits:
            self._waits = False
            self.list.viewport().update()


class EventModel(QAbstractListModel):
    """The newest named potentials."""

    def __init__(self, log: PotentialLog, rate_hz: float) -> None:
        super().__init__()
        self._log = log
        self._rate_hz = rate_hz
        self.events: list[Event] = []

    def update(self) -> bool:
        """Read the newest; return whether anything is new."""
        rows = self._log.newest(4 * ROWS)
        kinds = self._log.kinds(rows)
        named = (kinds != Kind.UNCLASSIFIED) & (kinds != Kind.END_PLATE_NOISE)
        order = np.argsort(rows["sample"][named], kind="stable")[::-1][:ROWS]
        events = [
            Event(
                sample / self._rate_hz,
                None if kind == REJECTED else Kind(kind),
                channel,
                amplitude_uv,
                duration_ms,
                train,
            )
            for (sample, train, channel, amplitude_uv, duration_ms, _), kind in zip(
                rows[named][order].tolist(), kinds[named][order].tolist(), strict=True
            )
        ]
        if events == self.events:
            return False
        other = len(events) != len(self.events)
        if other:
            self.beginResetModel()
        self.events = events
        if other:
            self.endResetModel()
        return True

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of events."""
        return 0 if parent.isValid() else len(self.events)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the event, or its words."""
        event = self.events[index.row()]
        if role == EVENT_ROLE:
            return event
        return event.words if role == Qt.ItemDataRole.DisplayRole else None


class _EventDelegate(RowDelegate):
    """Paints an event in columns."""

    def __init__(self, parent: QListView) -> None:
        super().__init__(parent, ROW_PX, between_px=0)
        self._list = parent

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        rect = option.rect
        if rect.bottom() > option.widget.height():
            return  # half a row is not read
        painter.drawPixmap(rect.topLeft(), self._picture(index.data(EVENT_ROLE)))

    def draw_first_rows(self) -> None:
        """Draw the rows that will be seen, if they have not been."""
        model = self._list.model()
        seen = min(model.rowCount(), self._list.height() // self.height)
        for row in range(seen):
            self._picture(model.index(row, 0).data(EVENT_ROLE))

    def _picture(self, event: Event) -> QPixmap:
        size = self._list.viewport().width(), self.height
        return _row_picture(event, size, self.look, self._list.devicePixelRatioF())


@lru_cache(maxsize=4 * ROWS)
def _row_picture(event: Event, size: tuple[int, int], look: Look, ratio: float) -> QPixmap:
    """Return an event's row; it moves down far more often than it changes."""
    width, height = size
    picture = QPixmap(round(width * ratio), round(height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(look.palette.panel))
    painter = QPainter(picture)
    font = QFont(theme.FONT)
    font.setPixelSize(look.px(12))
    painter.setFont(font)
    colour = look.palette.dim if event.kind is None else look.colour_of(event.kind)
    painter.setPen(QColor(colour))
    metrics = painter.fontMetrics()
    baseline = (height + metrics.ascent() - metrics.descent()) // 2
    for number, ((left, wide), words) in enumerate(zip(COLUMNS_PX, event.cells, strict=True)):
        x = look.px(left)
        if number >= TO_THE_LEFT:
            x += look.px(wide) - metrics.horizontalAdvance(words)
        painter.drawText(x, baseline, words)  # a tenth of what words in a rectangle cost
    painter.end()
    return picture
