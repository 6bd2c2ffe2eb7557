"""``RemarkSheet``: a remark in free words on a place of the signal."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from myoscope.monitor_ui import wording
from myoscope.monitor_ui.labels import make_label, say
from myoscope.monitor_ui.overlay import Overlay

LONGEST = 200


class RemarkSheet(Overlay):
    """A line to write on; Return keeps what was written, at the moment at which it was opened."""

    kept = Signal(object, str)
    """The sample and the words."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, (560, 110))
        self._sample = 0
        self._heading = make_label("heading")
        self.line = QLineEdit()
        self.line.setAccessibleName("Remark")
        self.line.setMaxLength(LONGEST)
        self.line.returnPressed.connect(self._keep)
        column = QVBoxLayout(self)
        column.addWidget(self._heading)
        column.addWidget(self.line)
        column.addWidget(make_label("small", "[Return] keeps it   [Esc] closes"))

    def open_at(self, sample: int, seconds: float) -> None:
        """Open it for a place of the signal."""
        self._sample = sample
        say(self._heading, f"REMARK  at {wording.clock(seconds)}")
        self.line.clear()
        self.open()
        self.line.setFocus()

    def _keep(self) -> None:
        words = " ".join(self.line.text().split())
        self.close_sheet()
        if words:
            self.kept.emit(self._sample, words)
