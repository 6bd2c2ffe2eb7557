"""``RowDelegate``: what paints the rows of a list, all of one height."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from myoscope.monitor_ui.theme import Look


class RowDelegate(QStyledItemDelegate):
    """Gives each row its height, and a space below it.

    Parameters
    ----------
    parent
        The list.
    row_px
        Height of a row at a scale of 1.
    between_px
        Height of the space below it.

    Attributes
    ----------
    look
        Colours and sizes to paint in.
    """

    def __init__(self, parent: QWidget, row_px: int, between_px: int = 4) -> None:
        super().__init__(parent)
        self.look = Look()
        self._pitch_px = row_px + between_px

    @property
    def height(self) -> int:
        """Height of a row with the space below it, in pixels."""
        return self.look.px(self._pitch_px)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Return the row's height; the width is the list's."""
        del option, index
        return QSize(0, self.height)
