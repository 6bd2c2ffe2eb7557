"""Labels by their role in the style sheet, changed only when they have something new to say."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy


class PlainLabel(QLabel):
    """A label that shows its words as they are.

    Parameters
    ----------
    role
        In the style sheet.
    words
        To begin with.
    """

    def __init__(self, role: str, words: str = "") -> None:
        super().__init__(words)
        # Names come from the network: what looks like HTML is still a name.
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setObjectName(role)


def make_label(role: str, words: str = "") -> QLabel:
    """Return a label that the style sheet knows by ``role``."""
    return PlainLabel(role, words)


def say(label: QLabel, words: str) -> None:
    """Set a text; the same text again would cost a new layout for nothing."""
    if label.text() != words:
        label.setText(words)


def paint(label: QLabel, style: str) -> None:
    """Set a style; the same style again would cost as much as another."""
    if label.styleSheet() != style:
        label.setStyleSheet(style)


class ElidedLabel(PlainLabel):
    """A label that gives way: what does not fit is cut at its end and stands in the tooltip."""

    def __init__(self, role: str) -> None:
        self._words = ""
        super().__init__(role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def say(self, words: str) -> None:
        """Set a text."""
        self._words = words
        metrics = self.fontMetrics()
        say(self, metrics.elidedText(words, Qt.TextElideMode.ElideRight, self.width()))
        if self.toolTip() != words:
            self.setToolTip(words)
            self.setAccessibleDescription(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as fits now."""
        super().resizeEvent(event)
        self.say(self._words)

    def changeEvent(self, event: QEvent) -> None:
        """Show as much as fits in another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.say(self._words)


class GivingLabel(ElidedLabel):
    """A label that takes the width of its words, and gives way only where there is no room."""

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def say(self, words: str) -> None:
        """Set a text."""
        if words != self._words:
            self._words = words
            self.updateGeometry()
            parent = self.parentWidget()
            around = None if parent is None else parent.layout()
            if around is not None:
                around.activate()  # so that nothing is cut for a frame
        super().say(words)

    def sizeHint(self) -> QSize:
        """Return the room that all words take, whatever is cut now."""
        width = self.fontMetrics().horizontalAdvance(self._words)
        return QSize(width + 2, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return that it may be cut."""
        return QSize(0, super().minimumSizeHint().height())


class WrappedLabel(PlainLabel):
    """A label of so many lines, whatever it says: words never move what is around them."""

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)

    def hasHeightForWidth(self) -> bool:
        """Return that the height is fixed: one that follows the width unsettles whole columns."""
        return False
