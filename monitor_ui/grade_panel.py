"""``GradePanel``: the examiner's grades of a muscle, with dashed suggestions."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.grading import GRADE_ROWS, GradeRow, row_of
from myoscope.monitor_ui.key_button import KeyButton
from myoscope.monitor_ui.labels import WrappedLabel, make_label, paint, say
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.theme import Look
from myoscope.recordings.grade import NOT_JUDGED, SuggestedGrade

# Three lines.
REASON_PX = 44
_NAMES = {
    Kind.INSERTIONAL_ACTIVITY: "Insertional",
    Kind.FIBRILLATION: "Fib",
    Kind.POSITIVE_SHARP_WAVE: "PSW",
    Kind.FASCICULATION: "Fasc",
    Kind.COMPLEX_REPETITIVE_DISCHARGE: "CRD",
}


class GradePanel(QFrame):
    """A row of buttons for each kind; nothing is graded by itself."""

    graded = Signal(object, str)
    """Kind of the row and the value that was chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._look = Look()
        self._asked: GradeRow | None = None
        self._asking = False
        self.heading = make_label("heading")
        self._names: dict[Kind, QLabel] = {}
        self.buttons: dict[tuple[Kind, str], KeyButton] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(0, 1)
        for line, row in enumerate(GRADE_ROWS):
            self._names[row.kind] = make_label("words")
            grid.addWidget(self._names[row.kind], line, 0)
            for place, (value, words) in enumerate(zip(row.values, row.words, strict=True)):
                button = KeyButton(words, f"{_NAMES[row.kind]} {value}")
                button.setCheckable(True)
                button.clicked.connect(
                    lambda _=False, kind=row.kind, value=value: self.graded.emit(kind, value)
                )
                self.buttons[row.kind, value] = button
                grid.addWidget(button, line, place + 1)
        self.reason = WrappedLabel("small")
        self.reason.setAccessibleName("Why a grade is suggested")
        self._suggested: dict[Kind, SuggestedGrade] = {}
        self._about = Kind.FIBRILLATION
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(4)
        column.addWidget(self.heading)
        column.addLayout(grid)
        column.addWidget(self.reason)
        self._say()

    def set_look(self, look: Look) -> None:
        """Show it in these colours and sizes."""
        self._look = look
        self.reason.setFixedHeight(look.px(REASON_PX))
        for button in self.buttons.values():
            button.setFixedWidth(look.px(36))
            button.setStyleSheet(f"padding: {look.px(2)}px 0px;")
        for kind, label in self._names.items():
            colour = look.palette.text
            if kind is not Kind.INSERTIONAL_ACTIVITY:
                colour = look.colour_of(kind)
            paint(label, f"color: {colour}; font-weight: bold;")

    def refresh(
        self, given: dict[Kind, str], suggested: dict[Kind, SuggestedGrade], about: Kind | None
    ) -> None:
        """Show the grades that were given, what is suggested, and why in the row of ``about``."""
        self._suggested = suggested
        if about in _NAMES:
            self._about = about
        self._say_why()
        for (kind, value), button in self.buttons.items():
            chosen = given.get(kind) == value
            if button.isChecked() != chosen:
                button.setChecked(chosen)
            is_suggested = kind in suggested and suggested[kind].grade == value
            if bool(button.property("suggested")) != is_suggested:
                button.setProperty("suggested", is_suggested)
                button.style().unpolish(button)
                button.style().polish(button)
                name = f"{_NAMES[kind]} {value}"
                button.setAccessibleName(f"{name}, suggested" if is_suggested else name)
            why = suggested[kind].reason if is_suggested else ""
            if button.accessibleDescription() != why:
                button.setAccessibleDescription(why)
                button.setToolTip(why)

    @property
    def asking(self) -> bool:
        """True while the next keys are a row's letter and a grade."""
        return self._asking

    def ask(self, asking: bool = True) -> None:
        """Wait for a letter and a digit, or no longer."""
        self._asking, self._asked = asking, None
        self._say()

    def take_key(self, text: str) -> None:
        """Take a letter or a digit; a grade is chosen with the digit."""
        if self._asked is None:
            self._asked = row_of(text)
            if self._asked is None:
                self.ask(False)
            self._say()
            return
        row, place = self._asked, int(text) if text.isdecimal() and text.isascii() else -1
        self.ask(False)
        if 0 <= place < len(row.values):
            self.graded.emit(row.kind, row.values[place])

    def _say_why(self) -> None:
        kind = self._asked.kind if self._asked is not None else self._about
        if kind in self._suggested:
            why = self._suggested[kind]
            proposed = f"suggests {why.grade} (dashed): " if why.grade else "no suggestion: "
            if why.grade == NOT_JUDGED:
                proposed = ""
            say(self.reason, f"{_NAMES[kind]}: {proposed}{why.reason}")

    def _say(self) -> None:
        self._say_why()
        if not self._asking:
            words = "GRADE THIS MUSCLE   [G], letter, 0–4"
        elif self._asked is None:
            words = "GRADE: press " + " ".join(row.letter for row in GRADE_ROWS)
        else:
            last = len(self._asked.values) - 1
            words = f"GRADE {_NAMES[self._asked.kind]}: press 0–{last}"
        say(self.heading, words)
        ground = self._look.palette.notice
        paint(self.heading, f"color: {ground};" if self._asking else "")
        for row in GRADE_ROWS:
            mark = "" if row.kind is Kind.INSERTIONAL_ACTIVITY else f"{MARKS[row.kind].sign} "
            letter = f"[{row.letter}] " if self._asking else ""
            say(self._names[row.kind], f"{letter}{mark}{_NAMES[row.kind]}")
