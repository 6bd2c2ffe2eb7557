"""``Overlay``: a sheet over the middle of the window; Escape takes it away."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget

from myoscope.monitor_ui.theme import Look


class Overlay(QFrame):
    """Stands in front of everything while it is open.

    Parameters
    ----------
    parent
        The window.
    wanted
        Width and height in pixels at a scale of 1; never more than the window has.
    """

    def __init__(self, parent: QWidget, wanted: tuple[int, int]) -> None:
        super().__init__(parent)
        self.setObjectName("overlay")
        self._window = parent
        self._wanted = wanted
        self.look = Look()
        self.hide()

    def set_look(self, look: Look) -> None:
        """Show it in these colours and sizes."""
        self.look = look
        self.fit()

    def open(self) -> None:
        """Show it."""
        self.fit()
        self.show()
        self.raise_()

    def fit(self) -> None:
        """Take its place in the middle of the window."""
        window = self._window.rect()
        width = min(self.look.px(self._wanted[0]), window.width() - 24)
        height = min(self.look.px(self._wanted[1]), window.height() - 24)
        place = QRect(0, 0, width, height)
        place.moveCenter(window.center())
        self.setGeometry(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with Escape; no other key goes through to the window."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_sheet()
        event.accept()

    def close_sheet(self) -> None:
        """Take it away and give the keys back to the window."""
        self.hide()
        self._window.setFocus()
