"""``binding_of``: what a key that was pressed does."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from myoscope.monitor_ui.keys import BY_KEY, Binding


def binding_of(event: QKeyEvent) -> Binding | None:
    """Return what a key does: by its name with modifiers, or else by what it types."""
    name = QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText)
    name = name.replace("Num+", "")
    control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    typed = "" if control else event.text().upper()
    # Which signs want Shift, as Ctrl + does here and there, is a matter of the keyboard.
    is_sign = event.key() < Qt.Key.Key_Escape and not chr(event.key()).isalnum()
    unshifted = name.replace("Shift+", "") if is_sign else ""
    return BY_KEY.get(name) or BY_KEY.get(typed) or BY_KEY.get(unshifted)
