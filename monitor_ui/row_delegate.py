"""``RowDelegate``: what paints the rows of a list, all of one height."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from myoscope.monitor_ui.theme import Look

BETWEEN_PX = 4


class RowDelegate(QStyledItemDelegate):
    """Gives each row its height, and a space below it.

    Parameters
    ----------
    parent
        The list.
    row_px
        Height of a row at a scale of 1.

    Attributes
    ----------
    look
        Colours and sizes to paint in.
    """

    def __init__(self, parent: QWidget, row_px: int) -> None:
        super().__init__(parent)
        self.look = Look()
        self._row_px = row_px

    @property
    def height(self) -> int:
        """Height of a row with the space below it, in pixels."""
        return self.look.px(self._row_px + BETWEEN_PX)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Return the row's height; the width is the list's."""
        del option, index
        return QSize(0, self.height)
