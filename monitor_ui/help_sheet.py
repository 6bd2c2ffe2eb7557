"""``HelpSheet``: every key, over the window."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from myoscope.monitor_ui.keys import (
    FOOTSWITCH,
    NEEDLE,
    PICTURE,
    PLAYHEAD,
    RECORDING,
    SOUND,
    TRAIN,
    WINDOW,
    Binding,
)
from myoscope.monitor_ui.labels import make_label
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.overlay import Overlay
from myoscope.monitor_ui.theme import Look

COLUMNS = ((PLAYHEAD, PICTURE), (NEEDLE, TRAIN), (RECORDING, SOUND, WINDOW))
COLUMN_PX = 300
SCROLL_PX = 60
SCROLL_STEPS = {
    int(Qt.Key.Key_Up): -1,
    int(Qt.Key.Key_Down): 1,
    int(Qt.Key.Key_PageUp): -6,
    int(Qt.Key.Key_PageDown): 6,
}


class HelpSheet(Overlay):
    """The keys by what they are for, and the signs of the kinds; any key closes it."""

    def __init__(self, parent: QWidget, bindings: Sequence[Binding]) -> None:
        super().__init__(parent, (1080, 540))
        self._bindings = bindings
        self._n_columns = 0
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outside = QVBoxLayout(self)
        outside.addWidget(self._scroll)

    def fit(self) -> None:
        """Take as many columns as there is room for."""
        super().fit()
        n_columns = min(len(COLUMNS), max(1, self.width() // self.look.px(COLUMN_PX)))
        if n_columns != self._n_columns:
            self._n_columns = n_columns
            self._scroll.setWidget(self._sheet(n_columns))

    def _sheet(self, n_columns: int) -> QWidget:
        groups = [group for column in COLUMNS for group in column]
        if n_columns == len(COLUMNS):
            shared = [list(column) for column in COLUMNS]
        else:
            half = -(-len(groups) // n_columns)
            shared = [groups[start : start + half] for start in range(0, len(groups), half)]
        columns = QHBoxLayout()
        columns.setSpacing(28)
        for groups in shared:
            columns.addLayout(self._keys(groups))
        signs = QGridLayout()
        signs.setHorizontalSpacing(20)
        per_line = 2 * n_columns - 1
        for number, (kind, mark) in enumerate(MARKS.items()):
            label = make_label("words", f"{mark.sign} {mark.letter}  {kind.words}")
            label.setStyleSheet(f"color: {self.look.colour_of(kind)};")
            signs.addWidget(label, number // per_line, number % per_line)
        foot = make_label("small", FOOTSWITCH)
        foot.setWordWrap(True)
        inside = QWidget()
        inside.setObjectName("sheet")
        inside.setStyleSheet("QWidget#sheet { background: transparent; }")
        column = QVBoxLayout(inside)
        column.addLayout(columns, 1)
        column.addWidget(make_label("heading", "SIGNS"))
        column.addLayout(signs)
        column.addWidget(foot)
        return inside

    def _keys(self, groups: list[str]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        line = 0
        for group in groups:
            if not any(binding.group == group for binding in self._bindings):
                continue
            grid.addWidget(make_label("heading", group.upper()), line, 0, 1, 2)
            line += 1
            for binding in self._bindings:
                if binding.group == group and binding.shown:
                    cap = make_label("keycap", binding.shown)
                    grid.addWidget(cap, line, 0, Qt.AlignmentFlag.AlignLeft)
                    grid.addWidget(make_label("words", binding.does), line, 1)
                    line += 1
        grid.setRowStretch(line, 1)
        return grid

    def set_look(self, look: Look) -> None:
        """Show it in these colours and sizes."""
        self._n_columns = 0
        super().set_look(look)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with any key but those that scroll."""
        bar, step = self._scroll.verticalScrollBar(), SCROLL_STEPS.get(event.key())
        if step is not None and bar.maximum():
            bar.setValue(bar.value() + step * self.look.px(SCROLL_PX))
        else:
            self.close_sheet()
        event.accept()
