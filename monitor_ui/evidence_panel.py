"""``EvidencePanel``: why the chosen train is called what it is, and what speaks against it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout

from myoscope.dsp_core.evidence import Evidence, Item
from myoscope.monitor_ui import wording
from myoscope.monitor_ui.labels import ElidedLabel, make_label, paint, say
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.theme import Look
from myoscope.monitor_ui.train_view import TrainView
from myoscope.recordings.decisions import What

# Natural logarithms of likelihood ratios: 1.6, 4.5 and 20 times as probable.
WEIGHTS = (0.5, 1.5, 3.0)
SHOWN_ALWAYS = ("rate", "variability", "first phase", "duration", "amplitude")
# So many lines are kept free: a line more or less must not move the panels below.
ROWS_AT_MOST = 8
ROW_PX = 14
REMARKS_AT_MOST = 3
LIKELY = 0.005


class EvidencePanel(QFrame):
    """What a train was judged by, feature by feature, with how much each speaks for its kind.

    A + speaks for the kind, a − for its rival; three of them make a value twenty times as probable
    under the one as under the other.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._look = Look()
        self.heading = make_label("heading", "EVIDENCE")
        self.title = ElidedLabel("strong")
        self.rhythm = ElidedLabel("words")
        self.odds = ElidedLabel("small")
        self.odds.setAccessibleName("Probabilities of the kinds")
        self.rival = ElidedLabel("small")
        self.remarks = [ElidedLabel("words") for _ in range(REMARKS_AT_MOST)]
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(2, 1)
        self._rows: list[tuple[QLabel, QLabel, ElidedLabel]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(2)
        column.addWidget(self.heading)
        column.addWidget(self.title)
        column.addWidget(self.rhythm)
        column.addWidget(self.odds)
        column.addWidget(self.rival)
        column.addLayout(self._grid)
        for number, label in enumerate(self.remarks):
            label.setAccessibleName("What else went on")
            # In the grid, whose rows they take: with them it is as high as without.
            self._grid.addWidget(label, ROWS_AT_MOST + number, 0, 1, 3)

    def set_look(self, look: Look) -> None:
        """Show it in these colours and sizes."""
        self._look = look
        for signs, *_ in self._rows:
            signs.setFixedWidth(look.px(30))
        for label in self.remarks:
            label.setFixedHeight(look.px(ROW_PX))
        self._keep_rows(ROWS_AT_MOST)

    def refresh(self, view: TrainView | None) -> None:
        """Show what is known of this train."""
        palette = self._look.palette
        if view is None:
            say(self.heading, "EVIDENCE")
            self.title.say("no train yet")
            paint(self.title, f"color: {palette.dim}; font-weight: normal;")
            for label in (self.rhythm, self.odds, self.rival):
                label.say("")
            self._keep_rows(ROWS_AT_MOST)
            self._show(())
            self._remark(())
            return
        mark = MARKS[view.detected]
        say(self.heading, f"EVIDENCE   train {view.train} · Ch {view.channel + 1}")
        self.title.say(f"{mark.sign} {view.detected.words}")
        paint(self.title, f"color: {self._look.colour_of(view.detected)};")
        self.rhythm.say(f"{wording.rhythm(view.rate_hz, view.interval_cv)}, n {view.potentials}")
        self.odds.say(_odds_words(view))
        self.rival.say(_rival_words(view))
        remarks = _remarks(view)
        n_rows = ROWS_AT_MOST - len(remarks)  # remarks take the place of what tells least
        self._keep_rows(n_rows)
        self._show(() if view.evidence is None else _chosen_items(view.evidence, n_rows))
        self._remark(remarks)

    def lines(self) -> list[tuple[str, str, str]]:
        """Return what the rows say: signs, feature, value."""
        shown = [row for row in self._rows if not row[0].isHidden()]
        return [(signs.text(), what.text(), words.toolTip()) for signs, what, words in shown]

    def _keep_rows(self, n_rows: int) -> None:
        for row in range(ROWS_AT_MOST):
            room = self._look.px(ROW_PX) if row < n_rows else 0
            self._grid.setRowMinimumHeight(row, room)

    def _remark(self, remarks: tuple[str, ...]) -> None:
        for number, label in enumerate(self.remarks):
            label.setVisible(number < len(remarks))
            label.say(remarks[number] if number < len(remarks) else "")

    def _show(self, items: tuple[Item, ...]) -> None:
        while len(self._rows) < len(items):
            row = make_label("words"), make_label("small"), ElidedLabel("words")
            row[0].setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            row[0].setFixedWidth(self._look.px(30))
            for column, label in enumerate(row):
                self._grid.addWidget(label, len(self._rows), column)
            self._rows.append(row)
        palette = self._look.palette
        for number, (signs, what, words) in enumerate(self._rows):
            there = number < len(items)
            for label in (signs, what, words):
                label.setVisible(there)
            if there:
                item = items[number]
                say(signs, weight_signs(item.weight))
                signs.setAccessibleName("for" if item.weight > 0 else "against")
                colour = palette.trace if item.weight > 0 else palette.text
                paint(signs, f"color: {colour}; font-weight: bold;")
                say(what, item.what)
                words.say(item.words)


def weight_signs(weight: float) -> str:
    """Return ``+`` to ``+++`` for what speaks for a kind, ``−`` to ``−−−`` against, or ``·``."""
    number = sum(abs(weight) >= limit for limit in WEIGHTS)
    return ("+" if weight > 0 else "−") * number or "·"


def _chosen_items(evidence: Evidence, n_rows: int) -> tuple[Item, ...]:
    """Return the features to be shown: in a fixed order, so that they can be found again."""
    by_weight = sorted(evidence.items, key=lambda item: -abs(item.weight))
    wanted = [item for item in by_weight if item.what in SHOWN_ALWAYS]
    telling = [item for item in by_weight if abs(item.weight) >= WEIGHTS[0]]
    wanted += [item for item in telling if item not in wanted][: n_rows - len(wanted)]
    order = {item.what: place for place, item in enumerate(sorted(wanted, key=_place))}
    return tuple(sorted(wanted, key=lambda item: order[item.what]))


def _place(item: Item) -> tuple[int, str]:
    known = item.what in SHOWN_ALWAYS
    return (SHOWN_ALWAYS.index(item.what) if known else len(SHOWN_ALWAYS), item.what)


def _odds_words(view: TrainView) -> str:
    words = f"confidence {view.confidence:.2f}"
    if view.evidence is None:
        return words
    likely = [kind for kind, p in view.evidence.probabilities.items() if p >= LIKELY]
    others = [
        f"{MARKS[kind].sign} {MARKS[kind].short} {view.evidence.probabilities[kind]:.2f}"
        for kind in likely
        if kind is not view.detected
    ]
    return "   ".join([words, *others[:2]])


def _rival_words(view: TrainView) -> str:
    if view.evidence is None:
        return ""
    rival = MARKS[view.evidence.rival]
    return f"+ for it, − for {rival.sign} {rival.short}:"


def _remarks(view: TrainView) -> tuple[str, ...]:
    """Return the examiner's word, and what else went on."""
    said = [_said(view)] if view.verdict is not None else []
    context = () if view.evidence is None else view.evidence.context.words
    return (*said, *(f"! {words}" for words in context))[:REMARKS_AT_MOST]


def _said(view: TrainView) -> str:
    """Return the examiner's word on a train."""
    verdict = view.verdict
    words = {What.CONFIRM: "✓ confirmed", What.REJECT: "✕ rejected"}
    what = None if verdict is None else words.get(verdict.what)
    return f"{what or f'renamed to {view.kind.words}'} by the examiner"
