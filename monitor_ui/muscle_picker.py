"""``MusclePicker``: a muscle and a side from a list that is searched by typing."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from myoscope.monitor_ui.key_button import KeyButton
from myoscope.monitor_ui.labels import make_label
from myoscope.monitor_ui.muscles import search
from myoscope.monitor_ui.overlay import Overlay

SIDES = ("right", "left", "")
_SIDE_WORDS = {"right": "R  right", "left": "L  left", "": "–  no side"}
NAME_ROLE = int(Qt.ItemDataRole.UserRole)


class MusclePicker(Overlay):
    """Typing searches name, root and nerve; Tab changes the side, Return chooses."""

    picked = Signal(str, str)
    """Muscle and side."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, (560, 520))
        self.side = "right"
        self.search = QLineEdit()
        self.search.setAccessibleName("Search muscle, root or nerve")
        self.search.setPlaceholderText("type a muscle, root or nerve: tib ant, C7, median …")
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setObjectName("choices")
        self.list.setAccessibleName("Muscles that fit")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(lambda _: self._pick())
        self.side_buttons: dict[str, KeyButton] = {}
        sides = QHBoxLayout()
        for side in SIDES:
            button = KeyButton(_SIDE_WORDS[side], f"Side: {side or 'none'}")
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _=False, side=side: self._choose_side(side))
            self.side_buttons[side] = button
            sides.addWidget(button)
        sides.addStretch(1)
        sides.addWidget(
            make_label("small", "[Tab] side   [↑ ↓] list   [Return] choose   [Esc] close")
        )
        column = QVBoxLayout(self)
        column.addWidget(make_label("heading", "MUSCLE"))
        column.addWidget(self.search)
        column.addLayout(sides)
        column.addWidget(self.list, 1)

    def open_with(self, text: str, side: str) -> None:
        """Open it with what was typed so far, on the side examined last."""
        self._choose_side(side or self.side)
        self.search.setText(text)
        self._fill(text)
        self.open()
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that are not for typing."""
        if watched is self.search and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            key = event.key()
            if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
                place = SIDES.index(self.side) + (1 if key == Qt.Key.Key_Tab else -1)
                self._choose_side(SIDES[place % len(SIDES)])
                return True
            if key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
                step = {
                    Qt.Key.Key_Up: -1,
                    Qt.Key.Key_Down: 1,
                    Qt.Key.Key_PageUp: -8,
                    Qt.Key.Key_PageDown: 8,
                }[Qt.Key(key)]
                row = min(max(self.list.currentRow() + step, 0), self.list.count() - 1)
                self.list.setCurrentRow(row)
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._pick()
                return True
        return super().eventFilter(watched, event)

    def _fill(self, text: str) -> None:
        self.list.clear()
        for muscle in search(text):
            item = QListWidgetItem(f"{muscle.name}    {muscle.supply}")
            item.setData(NAME_ROLE, muscle.name)
            self.list.addItem(item)
        if not self.list.count():
            item = QListWidgetItem(f"{text.strip()}    not in the list; Return takes it as typed")
            item.setData(NAME_ROLE, text.strip())
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _choose_side(self, side: str) -> None:
        self.side = side
        for name, button in self.side_buttons.items():
            button.setChecked(name == side)

    def _pick(self) -> None:
        item = self.list.currentItem()
        if item is not None and item.data(NAME_ROLE):
            self.close_sheet()
            self.picked.emit(item.data(NAME_ROLE), self.side)
