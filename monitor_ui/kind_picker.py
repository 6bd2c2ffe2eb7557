"""``KindPicker``: another name for a train, with one key."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.key_button import KeyButton
from myoscope.monitor_ui.labels import make_label, say
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.overlay import Overlay
from myoscope.monitor_ui.theme import Look

KINDS = tuple(kind for kind in Kind if kind is not Kind.UNCLASSIFIED)


class KindPicker(Overlay):
    """The kinds with their letters; the letter's key chooses."""

    picked = Signal(object)
    """The kind."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, (420, 500))
        self._heading = make_label("heading")
        self.buttons: dict[Kind, KeyButton] = {}
        column = QVBoxLayout(self)
        column.setSpacing(4)
        column.addWidget(self._heading)
        for kind in KINDS:
            mark = MARKS[kind]
            words = f"{mark.letter}    {mark.sign}  {kind.words}"
            button = KeyButton(words, f"{kind.words}, key {mark.letter}")
            button.clicked.connect(lambda _=False, kind=kind: self._pick(kind))
            self.buttons[kind] = button
            column.addWidget(button)
        column.addWidget(
            make_label("small", "The detector's word stays in the recording beside yours. [Esc]")
        )

    def set_look(self, look: Look) -> None:
        """Show it in these colours and sizes."""
        super().set_look(look)
        for kind, button in self.buttons.items():
            button.setStyleSheet(
                f"text-align: left; font-size: {look.px(14)}px; color: {look.colour_of(kind)};"
            )

    def open_for(self, words: str) -> None:
        """Open it for the train that ``words`` name."""
        say(self._heading, f"RENAME  {words}")
        self.open()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the kind whose letter was typed."""
        kinds = {MARKS[kind].letter: kind for kind in KINDS}
        kind = kinds.get(event.text().upper())
        if event.key() == Qt.Key.Key_Escape or kind is None:
            super().keyPressEvent(event)
        else:
            self._pick(kind)

    def _pick(self, kind: Kind) -> None:
        self.close_sheet()
        self.picked.emit(kind)
