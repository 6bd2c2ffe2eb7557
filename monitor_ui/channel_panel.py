"""``ChannelPanel``: the channels with level, noise and counts; a click shows one alone."""

import math
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.labels import make_label
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.row_delegate import RowDelegate
from myoscope.monitor_ui.theme import Look

KINDS_SHOWN = 3
SOUGHT = [kind for kind in Kind if kind.raises_alert]
ROW_PX = 62
ROLE = int(Qt.ItemDataRole.UserRole)


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """What the list says of a channel."""

    number: int
    label: str
    level_uv: float
    noise_uv: float
    found: tuple[tuple[Kind, int], ...]
    chosen: bool
    solo: bool
    heard: bool
    odd: str

    @property
    def words(self) -> str:
        """The row as a screen reader says it."""
        levels = f"RMS {microvolts(self.level_uv)}, noise {microvolts(self.noise_uv)}"
        found = ", ".join(f"{MARKS[kind].short} {n}" for kind, n in self.found)
        return (
            f"{self.number}  {self.label}, {f'not judged: {self.odd}' if self.odd else levels}"
            f"{f', {found}' if found else '' if self.odd else ', nothing found'}"
            f"{', shown alone' if self.solo else ''}{', heard' if self.heard else ''}"
        )


class ChannelPanel(QFrame):
    """One row for each channel.

    Parameters
    ----------
    mailbox
        Of the session.
    """

    chosen = Signal(int)
    """The index of a channel that was clicked on."""

    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._mailbox = mailbox
        self._shown: int | None = 0
        self._heard: int | None = None
        self._odd = ("",) * mailbox.info.n_channels
        self._measured = [[math.nan] * mailbox.info.n_channels] * 2
        self.list = QListWidget()
        self.list.setAccessibleName("Channels")
        # Space belongs to the freezing of the picture, whatever was clicked on last.
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._delegate = _ChannelDelegate(self.list, ROW_PX)
        self.list.setItemDelegate(self._delegate)
        self.list.itemClicked.connect(lambda item: self.chosen.emit(self.list.row(item)))
        for _ in mailbox.info.channel_labels:
            self.list.addItem(QListWidgetItem())
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 6, 6)
        column.setSpacing(4)
        column.addWidget(make_label("heading", "CHANNELS"))
        column.addWidget(self.list, 1)
        self.refresh()

    def set_look(self, look: Look) -> None:
        """Show it in these colours and sizes."""
        self._delegate.look = look
        self.list.scheduleDelayedItemsLayout()

    def show_chosen(self, channel: int | None) -> None:
        """Mark the channel that is on the screen; None marks all."""
        self._shown = channel
        self.refresh()

    def show_heard(self, channel: int | None) -> None:
        """Mark the channel that sounds; None marks none."""
        if channel != self._heard:
            self._heard = channel
            self.refresh()

    def say_odd(self, odd: tuple[str, ...]) -> None:
        """Say from now on why channels cannot be judged; "" for those that can."""
        self._odd = odd

    def rows(self) -> list[ChannelRow]:
        """Return what the list says."""
        return [self.list.item(row).data(ROLE) for row in range(self.list.count())]

    def measure(self) -> None:
        """Measure the levels of now."""
        mailbox = self._mailbox
        self._measured = [mailbox.level_uv().tolist(), mailbox.noise_uv.tolist()]

    def refresh(self, part: int = 0, parts: int = 1) -> None:
        """Show what was measured and found; of every channel, or of one part of several."""
        mailbox = self._mailbox
        level, noise = self._measured
        counts = mailbox.counts()[:, SOUGHT].tolist()
        several = mailbox.info.n_channels > 1
        labels = mailbox.info.channel_labels
        for index in range(part, len(labels), parts):
            row = ChannelRow(
                index + 1,
                labels[index],
                round(level[index], 1),
                round(noise[index], 1),
                _most(counts[index]) if any(counts[index]) else (),
                chosen=self._shown is None or self._shown == index,
                solo=several and self._shown == index,
                heard=self._heard == index,
                odd=self._odd[index],
            )
            item = self.list.item(index)
            if item.data(ROLE) != row:
                item.setData(ROLE, row)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, row.words)


def _most(counts: list[int]) -> tuple[tuple[Kind, int], ...]:
    """Return the kinds that were found most often, in the order of kinds, with their numbers."""
    most = sorted(zip(SOUGHT, counts, strict=True), key=lambda found: -found[1])[:KINDS_SHOWN]
    return tuple(sorted(found for found in most if found[1]))


class _ChannelDelegate(RowDelegate):
    """Paints a channel in three lines in a frame."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        row: ChannelRow = index.data(ROLE)
        palette, px = self.look.palette, self.look.px
        rect: QRect = option.rect.adjusted(1, 1, -1, -px(4))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = palette.trace if row.chosen else palette.border
        painter.setPen(QPen(QColor(frame), px(2) if row.chosen else 1))
        painter.setBrush(QColor(palette.chosen if row.chosen else palette.panel))
        painter.drawRoundedRect(rect, px(5), px(5))
        text = rect.adjusted(px(8), px(4), -px(8), -px(4))
        font = QFont(option.font)

        def write(line: int, words: str, size: int, bold: bool, colour: str, left: int = 0) -> int:
            font.setPixelSize(px(size))
            font.setBold(bold)
            painter.setFont(font)
            painter.setPen(QColor(colour))
            place = text.adjusted(left, px(18) * line, 0, 0)
            metrics = painter.fontMetrics()
            shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, 0, shown)
            return left + metrics.horizontalAdvance(shown)

        write(0, f"{row.number}  {row.label}", 13, row.chosen, palette.text)
        levels = f"RMS {microvolts(row.level_uv)} · noise {microvolts(row.noise_uv)}"
        write(1, row.odd or levels, 11, False, palette.dim)
        # That a channel is shown alone is said by its frame.
        tag = "SOUND" if row.heard else ""
        font.setPixelSize(px(10))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(palette.trace))
        painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, tag)
        text.setRight(text.right() - painter.fontMetrics().horizontalAdvance(tag))
        left = 0
        for kind, number in row.found:
            words = f"{MARKS[kind].sign}{number}  "
            left = write(2, words, 12, True, self.look.colour_of(kind), left)
        if row.odd and not row.found:
            write(2, "not judged", 11, True, palette.text)
        elif not row.found:
            write(2, "nothing found", 11, False, palette.dim)
        painter.restore()


def microvolts(value: float) -> str:
    """Return a level: ``9.1 µV``, or a dash while it is not known."""
    return f"{value:.1f} µV" if math.isfinite(value) and value > 0 else "–"
