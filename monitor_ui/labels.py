"""Labels by their role in the style sheet, changed only when they have something new to say."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel


def make_label(role: str, words: str = "") -> QLabel:
    """Return a label that the style sheet knows by ``role``."""
    label = QLabel(words)
    # Names come from the network: what looks like HTML is still a name.
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setObjectName(role)
    return label


def say(label: QLabel, words: str) -> None:
    """Set a text; the same text again would cost a new layout for nothing."""
    if label.text() != words:
        label.setText(words)


def paint(label: QLabel, style: str) -> None:
    """Set a style; the same style again would cost as much as another."""
    if label.styleSheet() != style:
        label.setStyleSheet(style)
