"""``EventTable``: the newest potentials, one row each."""

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QVBoxLayout

from myoscope.dsp_core.findings import Table
from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui import wording
from myoscope.monitor_ui.labels import make_label
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.potential_log import REJECTED, SEEN_DTYPE, PotentialLog
from myoscope.monitor_ui.theme import Look

ROWS = 100
COLUMNS = ("time", "kind", "ch", "µV", "ms")
ROW_PX = 17


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
        self.model = EventModel(log, rate_hz)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Events, newest first")
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.clicked.connect(lambda index: self.chosen.emit(self.model.train(index.row())))
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 8, 6)
        column.setSpacing(2)
        column.addWidget(make_label("heading", "EVENTS   newest first"))
        column.addWidget(self.table, 1)
        self.set_look(Look())

    def set_look(self, look: Look) -> None:
        """Show it in these colours and sizes."""
        self.model.look = look
        for number, pixels in enumerate((88, 60, 26, 62, 58)):
            self.table.setColumnWidth(number, look.px(pixels))
        self.table.verticalHeader().setDefaultSectionSize(look.px(ROW_PX))
        self.table.verticalHeader().setMinimumSectionSize(look.px(ROW_PX))
        self.table.setMinimumHeight(look.px(2 * ROW_PX))
        self.table.viewport().update()

    def refresh(self) -> None:
        """Show the newest events."""
        if self.model.update():
            self.table.viewport().update()


class EventModel(QAbstractTableModel):
    """The newest named potentials as a table of words."""

    def __init__(self, log: PotentialLog, rate_hz: float) -> None:
        super().__init__()
        self.look = Look()
        self._log = log
        self._rate_hz = rate_hz
        self._rows: Table = np.empty(0, SEEN_DTYPE)
        self._kinds: list[int] = []

    def update(self) -> bool:
        """Read the newest; return whether anything is new."""
        rows = self._log.newest(4 * ROWS)
        kinds = self._log.kinds(rows)
        named = (kinds != Kind.UNCLASSIFIED) & (kinds != Kind.END_PLATE_NOISE)
        order = np.argsort(rows["sample"][named], kind="stable")[::-1][:ROWS]
        rows, new = rows[named][order], kinds[named][order].tolist()
        if new == self._kinds and np.array_equal(rows["sample"], self._rows["sample"]):
            return False
        longer = len(rows) != len(self._rows)
        if longer:
            self.beginResetModel()
        self._rows, self._kinds = rows, new
        if longer:
            self.endResetModel()
        return True

    def train(self, row: int) -> int:
        """Return the number of a row's train, -1 where it has none."""
        return int(self._rows[row]["train"])

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of events."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a cell's words, colour or place."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(index.row(), index.column())
        if role == Qt.ItemDataRole.ForegroundRole:
            code = self._kinds[index.row()]
            palette = self.look.palette
            return QColor(palette.dim if code == REJECTED else self.look.colour_of(Kind(code)))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() >= 2:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return a column's name."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def _words(self, row: int, column: int) -> str:
        seen, code = self._rows[row], self._kinds[row]
        if column == 0:
            return wording.clock_ms(int(seen["sample"]) / self._rate_hz)[:-1]
        if column == 1:
            if code == REJECTED:
                return "✕ rej."
            mark = MARKS[Kind(code)]
            return f"{mark.sign} {mark.short}"
        if column == 2:
            return str(int(seen["channel"]) + 1)
        if column == 3:
            return f"{seen['amplitude_uv']:.0f} µV"
        return f"{seen['duration_ms']:.1f} ms"
