"""``HelpSheet``: every key, over the window."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from myoscope.monitor_ui.keys import (
    FOOTSWITCH,
    NEEDLE,
    PICTURE,
    PLAYHEAD,
    RECORDING,
    SOUND,
    TRAIN,
    WINDOW,
    Binding,
)
from myoscope.monitor_ui.labels import make_label
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.overlay import Overlay
from myoscope.monitor_ui.theme import Look

COLUMNS = ((PLAYHEAD, PICTURE), (NEEDLE, TRAIN), (RECORDING, SOUND, WINDOW))
KEYS_PER_LINE = 5


class HelpSheet(Overlay):
    """The keys by what they are for, and the signs of the kinds; any key closes it."""

    def __init__(self, parent: QWidget, bindings: Sequence[Binding]) -> None:
        super().__init__(parent, (1080, 540))
        self._signs: list[tuple[QLabel, object]] = []
        inside = QWidget()
        inside.setObjectName("sheet")
        columns = QHBoxLayout()
        columns.setSpacing(28)
        for groups in COLUMNS:
            grid = QGridLayout()
            grid.setHorizontalSpacing(8)
            grid.setVerticalSpacing(4)
            grid.setColumnStretch(1, 1)
            line = 0
            for group in groups:
                if not any(binding.group == group for binding in bindings):
                    continue
                grid.addWidget(make_label("heading", group.upper()), line, 0, 1, 2)
                line += 1
                for binding in bindings:
                    if binding.group == group and binding.shown:
                        cap = make_label("keycap", binding.shown)
                        grid.addWidget(cap, line, 0, Qt.AlignmentFlag.AlignLeft)
                        grid.addWidget(make_label("words", binding.does), line, 1)
                        line += 1
            grid.setRowStretch(line, 1)
            columns.addLayout(grid)
        signs = QGridLayout()
        signs.setHorizontalSpacing(20)
        for number, (kind, mark) in enumerate(MARKS.items()):
            label = make_label("words", f"{mark.sign} {mark.letter}  {kind.words}")
            self._signs.append((label, kind))
            signs.addWidget(label, number // KEYS_PER_LINE, number % KEYS_PER_LINE)
        foot = make_label("small", FOOTSWITCH)
        foot.setWordWrap(True)
        column = QVBoxLayout(inside)
        column.addLayout(columns, 1)
        column.addWidget(make_label("heading", "SIGNS"))
        column.addLayout(signs)
        column.addWidget(foot)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        inside.setStyleSheet("QWidget#sheet { background: transparent; }")
        outside = QVBoxLayout(self)
        outside.addWidget(scroll)

    def set_look(self, look: Look) -> None:
        """Show it in these colours and sizes."""
        super().set_look(look)
        for label, kind in self._signs:
            label.setStyleSheet(f"color: {look.colour_of(kind)};")  # type: ignore[arg-type]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with any key."""
        self.close_sheet()
        event.accept()
