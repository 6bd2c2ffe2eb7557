"""``KeyStrip``: the most used keys at the window's foot, as many as there is room for."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from myoscope.monitor_ui.keys import Binding
from myoscope.monitor_ui.labels import make_label


class KeyStrip(QFrame):
    """Keys and what they do, and that this is for research only.

    Parameters
    ----------
    bindings
        Of which those for the strip are shown.
    """

    def __init__(self, bindings: Sequence[Binding]) -> None:
        super().__init__()
        self.setAccessibleName("Keys")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(4, 0, 4, 0)
        self._row.setSpacing(0)
        self.pairs: list[QWidget] = []
        for binding in bindings:
            if binding.in_strip:
                pair = QWidget()
                inside = QHBoxLayout(pair)
                inside.setContentsMargins(0, 0, 10, 0)
                inside.setSpacing(4)
                inside.addWidget(make_label("keycap", binding.shown))
                inside.addWidget(make_label("does", binding.does))
                self.pairs.append(pair)
                self._row.addWidget(pair)
        self._row.addStretch(1)
        self._note = make_label("does", "research use only")
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._row.addWidget(self._note)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many as fit; the help has them all."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Leave out what does not fit; the last pair, which opens the help, stays."""
        room = self.width() - self._note.sizeHint().width() - 16
        last = self.pairs[-1]
        room -= last.sizeHint().width()
        for pair in self.pairs[:-1]:
            room -= pair.sizeHint().width()
            pair.setVisible(room >= 0)
        last.setVisible(True)
