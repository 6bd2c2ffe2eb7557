"""``EvidencePanel``: why the chosen train is called what it is, and what speaks against it."""

from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QVBoxLayout

from myoscope.monitor_ui import wording
from myoscope.monitor_ui.labels import make_label, paint, say
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.theme import Look
from myoscope.monitor_ui.train_view import TrainView
from myoscope.recordings.decisions import What


class EvidencePanel(QFrame):
    """The measured numbers of a train in words."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._look = Look()
        self.heading = make_label("heading", "EVIDENCE")
        self.title = make_label("strong")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(1, 1)
        # A long word is cut; it never makes the column wider.
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._rows: list[tuple[QLabel, QLabel]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(3)
        column.addWidget(self.heading)
        column.addWidget(self.title)
        column.addLayout(self._grid)

    def set_look(self, look: Look) -> None:
        """Show it in these colours."""
        self._look = look

    def refresh(self, view: TrainView | None) -> None:
        """Show what is known of this train."""
        if view is None:
            say(self.heading, "EVIDENCE")
            say(self.title, "no train yet")
            paint(self.title, f"color: {self._look.palette.dim}; font-weight: normal;")
            self._show([])
            return
        mark = MARKS[view.detected]
        say(self.heading, f"EVIDENCE   train {view.train} · Ch {view.channel + 1}")
        say(self.title, f"{mark.sign} {view.detected.words}")
        paint(self.title, f"color: {self._look.colour_of(view.detected)};")
        said = _said(view)
        phase = {1: "initially positive", -1: "initially negative"}.get(view.first_phase, "–")
        self._show(
            [
                ("confidence", f"{view.confidence:.2f}"),
                ("rate", wording.rate(view.rate_hz)),
                ("rhythm", wording.regularity(view.interval_cv)),
                ("first phase", phase),
                ("duration", f"{view.duration_ms:.1f} ms"),
                ("amplitude", f"{view.amplitude_uv:.0f} µV, n {view.potentials}"),
                *([("examiner", said)] if said else []),
            ]
        )

    def _show(self, lines: list[tuple[str, str]]) -> None:
        while len(self._rows) < len(lines):
            pair = make_label("small"), make_label("words")
            for column, label in enumerate(pair):
                self._grid.addWidget(label, len(self._rows), column)
            self._rows.append(pair)
        for number, pair in enumerate(self._rows):
            for label, words in zip(
                pair, lines[number] if number < len(lines) else ("", ""), strict=True
            ):
                say(label, words)
                label.setVisible(number < len(lines))


def _said(view: TrainView) -> str:
    """Return the examiner's word on a train, "" where there is none."""
    verdict = view.verdict
    if verdict is None:
        return ""
    said = {What.CONFIRM: "confirmed", What.REJECT: "rejected"}.get(verdict.what)
    return said or f"renamed to {view.kind.words}"
