"""``TraceView``: the swept picture, with marks and calipers over it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from pyqtgraph.graphicsItems.ScatterPlotItem import drawSymbol
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.raster import Pixels
from myoscope.monitor_ui.theme import FONT, Look

# Pixels at a scale of 1.
GLYPH_W, GLYPH_H = 16, 30
SMALL_GLYPH_W, SMALL_GLYPH_H = 10, 12
LABEL_ALPHA = 170
WORD_ROWS = 3
_TICKS = (Kind.UNCLASSIFIED, Kind.END_PLATE_NOISE)


@dataclass(frozen=True, slots=True)
class PlacedMark:
    """A mark on the picture.

    Attributes
    ----------
    column
        Column of the picture, counted from the start of the stream.
    x, top
        Its middle and its upper edge, in pixels of the item's area.
    bottom
        Where its line down into the trace ends.
    kind
        What it marks.
    width
        Of its stripe.
    small
        True where a whole glyph would hide its neighbours.
    """

    column: int
    x: float
    top: float
    bottom: float
    kind: Kind
    width: float
    small: bool = False

    @property
    def left(self) -> float:
        """Left edge of the stripe that it takes."""
        return self.x - self.width / 2 - 1

    @property
    def right(self) -> float:
        """Right edge of the stripe that it takes."""
        return self.x + self.width / 2 + 1


@dataclass(frozen=True, slots=True)
class LaneLabel:
    """Words at the left edge of a lane of a picture that scrolls."""

    words: str
    bottom: float
    font_px: int


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """A line down the whole picture with a word: a caliper, or a mark of the examiner's.

    Attributes
    ----------
    column
        Column of the picture, counted from the start of the stream.
    x
        In pixels of the item's area.
    word
        Beside its lower end.
    colour
        #rrggbb.
    firm
        Drawn through; else dashed.
    """

    column: int
    x: float
    word: str
    colour: str
    firm: bool


class TraceView(QWidget):
    """Blits the raster's pixels one to one, and paints marks over them.

    A widget of its own that paints only what has changed: a scene of graphics items costs more for
    each frame than all that is drawn in it.

    Attributes
    ----------
    marks, lines
        Over the picture; their places are those of the raster's pixels, however it scrolls.
    labels
        At the left edge, over the picture.
    """

    pressed = Signal(float)
    """Where it was pressed or dragged to, 0 at the left edge to 1."""
    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._pixels: Pixels | None = None
        self._image = QImage()
        self._ratio = 1.0
        self._look = Look()
        self.marks: list[PlacedMark] = []
        self.lines: list[Line] = []
        self.labels: list[LaneLabel] = []
        self._first: int | None = None

    def set_pixels(self, pixels: Pixels, ratio: float) -> None:
        """Show these pixels, and what becomes of them; ``ratio`` device pixels for one of Qt's."""
        rows, columns = pixels.shape
        self._pixels, self._ratio = pixels, ratio  # the image borrows the array's memory
        self._image = QImage(
            pixels.data, columns, rows, pixels.strides[0], QImage.Format.Format_RGB32
        )
        self._image.setDevicePixelRatio(ratio)
        self.update()

    def set_look(self, look: Look) -> None:
        """Paint marks in these colours and sizes from now on."""
        self._look = look
        self.update()

    def set_lines(self, lines: list[Line]) -> None:
        """Draw these lines and no others."""
        if lines != self.lines:
            self.lines = lines
            self.update()

    def scroll_to(self, first_column: int | None) -> None:
        """Show this column of the raster at the left edge, or None for a sweep that stands."""
        if first_column != self._first:
            self._first = first_column
            self.update()

    def update_columns(self, first: int, end: int) -> None:
        """Have columns of the picture painted again; both may lie beyond one sweep."""
        columns = self._image.width()
        if end - first >= columns or self._first is not None:
            self.update()
            return
        first, end = first % columns, first % columns + (end - first)
        self._update_stripe(first / self._ratio, min(end, columns) / self._ratio)
        if end > columns:
            self._update_stripe(0, (end - columns) / self._ratio)

    def update_mark(self, mark: PlacedMark) -> None:
        """Have the stripe of a mark painted again."""
        if self._first is not None:
            self.update()
        else:
            self._update_stripe(mark.left, mark.right)

    def _update_stripe(self, left: float, right: float) -> None:
        first = math.floor(left)
        self.update(first, 0, math.ceil(right) - first, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Blit what is asked for; Qt clips to it."""
        exposed = event.rect()
        painter = QPainter(self)
        first, width = (self._first or 0) / self._ratio, self._image.width() / self._ratio
        if exposed.right() >= int(width) or exposed.bottom() >= int(
            self._image.height() / self._ratio
        ):
            painter.fillRect(exposed, QColor(self._look.palette.background))
        if first:
            self._draw_from(painter, self._first or 0)
        else:
            painter.drawImage(0, 0, self._image)
        # While the line wraps around there are two stripes, with all marks between them.
        region: Iterable[QRect] = event.region()  # type: ignore[assignment]  # of its stubs
        stripes = [(stripe.left(), stripe.right()) for stripe in region]
        for mark in self.marks:
            half, x = mark.width / 2 + 1, (mark.x - first) % width
            if any(left - half <= x <= right + half for left, right in stripes):
                _paint_mark(painter, mark, x, self._look, self._ratio)
        if self.lines:
            places = sorted(((line.x - first) % width, line) for line in self.lines)
            _paint_lines(painter, places, self.size(), self._look)
        for label in self.labels:
            _paint_label(painter, label, self._look)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say that another picture is wanted."""
        super().resizeEvent(event)
        self.resized.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell the place."""
        self.pressed.emit(event.position().x() / max(1, self.width()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the place; it moves only while a button is down."""
        self.pressed.emit(event.position().x() / max(1, self.width()))

    def _draw_from(self, painter: QPainter, first: int) -> None:
        """Draw the picture from this column on, then what comes before it."""
        columns, rows, ratio = self._image.width(), self._image.height(), self._ratio
        for start, stop, x in ((first, columns, 0), (0, first, columns - first)):
            size = (stop - start) / ratio, rows / ratio
            source = QRectF(start, 0, stop - start, rows)
            painter.drawImage(QRectF(x / ratio, 0, *size), self._image, source)


def _paint_mark(painter: QPainter, mark: PlacedMark, x: float, look: Look, ratio: float) -> None:
    if mark.kind in _TICKS:
        painter.setPen(_pen(mark.kind, look))
        painter.drawLine(QPointF(x, mark.top), QPointF(x, mark.top + look.px(5)))
        return
    small = mark.small or not mark.kind.raises_alert
    if mark.kind.raises_alert:
        painter.setPen(_pen(mark.kind, look))
        height = look.px(SMALL_GLYPH_H if small else GLYPH_H)
        painter.drawLine(QPointF(x, mark.top + height), QPointF(x, mark.bottom))
    width = look.px(SMALL_GLYPH_W if small else GLYPH_W)
    painter.drawPixmap(QPointF(x - width / 2, mark.top), glyph(mark.kind, small, look, ratio))


@cache
def _pen(kind: Kind, look: Look) -> QPen:
    """Return the pen of a kind's tick, or of the line from its glyph down into the trace."""
    colour = QColor(look.colour_of(kind))
    if kind in _TICKS:
        return QPen(colour, look.scale)
    colour.setAlpha(90)
    return QPen(colour, 1, Qt.PenStyle.DotLine)


def _paint_label(painter: QPainter, label: LaneLabel, look: Look) -> None:
    colour = QColor(look.palette.dim)
    colour.setAlpha(LABEL_ALPHA)  # the line is seen through it
    font = QFont(FONT)
    font.setPixelSize(label.font_px)
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(QPointF(4, label.bottom), label.words)


def _paint_lines(
    painter: QPainter, lines: list[tuple[float, Line]], size: QSize, look: Look
) -> None:
    """Paint lines from left to right; a word that would lie on another goes above it.

    A word that has no room at the right edge stands before its line.
    """
    height = size.height()
    taken_to = [-math.inf] * WORD_ROWS
    for x, line in lines:
        style = Qt.PenStyle.SolidLine if line.firm else Qt.PenStyle.DashLine
        painter.setPen(QPen(QColor(line.colour), look.scale, style))
        painter.drawLine(QPointF(x, 0), QPointF(x, height))
        font = QFont(FONT)
        font.setPixelSize(look.px(13))
        font.setBold(line.firm)
        painter.setFont(font)
        wide = painter.fontMetrics().horizontalAdvance(line.word)
        left = x + look.px(4)
        if left + wide > size.width():
            left = x - look.px(4) - wide
        row = next((row for row, end in enumerate(taken_to) if end <= left), 0)
        taken_to[row] = left + wide + look.px(4)
        painter.drawText(QPointF(left, height - look.px(6 + 16 * row)), line.word)


@cache
def glyph(kind: Kind, small: bool, look: Look, ratio: float) -> QPixmap:
    """Return a kind's shape, with its letter below where there is room."""
    mark = MARKS[kind]
    width, height = (SMALL_GLYPH_W, SMALL_GLYPH_H) if small else (GLYPH_W, GLYPH_H)
    ratio *= look.scale
    pixmap = QPixmap(round(width * ratio), round(height * ratio))
    pixmap.setDevicePixelRatio(ratio)
    # A large potential runs through its own mark, which must still be read.
    ground = QColor(look.palette.background)
    ground.setAlpha(215)
    pixmap.fill(ground)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colour = QColor(look.colour_of(kind))
    side = 8 if small else 12
    painter.save()
    painter.translate(width / 2, side / 2 + 1)
    # The pen would be scaled with the shape, which is one unit wide.
    if kind.raises_alert:
        drawSymbol(painter, mark.symbol, side, QPen(Qt.PenStyle.NoPen), QBrush(colour))
    else:  # an outline: what is no spontaneous activity is told by its shape too
        drawSymbol(painter, mark.symbol, side - 1, QPen(colour, 1.5 / side), QBrush())
    painter.restore()
    if not small:
        font = QFont(FONT)
        font.setPixelSize(13)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(
            QRectF(0, side + 2, width, height - side - 2),
            Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop,
            mark.letter,
        )
    painter.end()
    pixmap.setDevicePixelRatio(ratio / look.scale)
    return pixmap
