"""``SitePanel``: how many potentials of each kind were found at each site."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QVBoxLayout

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui import wording
from myoscope.monitor_ui.labels import make_label, paint, say
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.place import Place
from myoscope.monitor_ui.theme import Look

# Shown at 0 too: that there are none is a finding.
ALWAYS_COUNTED = (
    Kind.FIBRILLATION,
    Kind.POSITIVE_SHARP_WAVE,
    Kind.FASCICULATION,
    Kind.COMPLEX_REPETITIVE_DISCHARGE,
)
SITES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Found:
    """What was found at a site.

    Attributes
    ----------
    counts
        Numbers of potentials by kind, by the examiner's word where there is one.
    is_all
        False where a window that was opened late does not know of the first ones.
    """

    counts: Mapping[Kind, int]
    is_all: bool = True

    def words(self, kind: Kind) -> str:
        """Return a count, ``9999`` or ``12k``: a wide one would cut off its kind."""
        number = self.counts[kind]
        words = str(number) if number < 10_000 else f"{number // 1000}k"
        return words if self.is_all else f"≥{words}"


class SitePanel(QFrame):
    """Counts of this site, and of the sites before it in the same muscle."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._look = Look()
        # What was counted at a site that is left; counted anew when somebody has decided something.
        self._left: dict[Place, Found] = {}
        self._n_decisions = 0
        self.heading = make_label("heading")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(0, 1)
        self._cells: dict[tuple[int, int], QLabel] = {}
        self._kinds: list[Kind] = list(ALWAYS_COUNTED)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(2)
        column.addWidget(self.heading)
        column.addLayout(self._grid)

    def set_look(self, look: Look) -> None:
        """Show it in these colours."""
        self._look = look
        for label in self._cells.values():
            label.setStyleSheet("")

    def refresh(
        self, here: list[Place], found_at: Callable[[Place], Found], decisions: int
    ) -> None:
        """Show the counts.

        Parameters
        ----------
        here
            The sites of the session in their order; one at least.
        found_at
            Called for what was found at a site.
        decisions
            How many have been made: each may change what was found.
        """
        if decisions != self._n_decisions:
            self._n_decisions = decisions
            self._left.clear()
        now = here[-1]
        visited = [place for place in here if (place.muscle, place.side) == (now.muscle, now.side)]
        shown = visited[-SITES_SHOWN:]
        found = [self._found(place, place is now, found_at) for place in shown]
        for kind in Kind:
            if kind.raises_alert and kind not in self._kinds and found[-1].counts[kind]:
                self._kinds.append(kind)
        say(self.heading, "FOUND AT SITE")
        for column in range(SITES_SHOWN):
            place = shown[column] if column < len(shown) else None
            words = "" if place is None else str(place.site) + (" now" if place is now else "")
            self._say(0, column + 1, words, "small", "")
        for row, kind in enumerate(self._kinds, 1):
            mark, colour = MARKS[kind], f"color: {self._look.colour_of(kind)}; font-weight: bold;"
            self._say(row, 0, f"{mark.sign} {mark.short}", "dim", colour)
            for column in range(SITES_SHOWN):
                there = column < len(shown)
                words = found[column].words(kind) if there else ""
                role = "count" if there and shown[column] is now else "dim"
                label = self._say(row, column + 1, words, role, "")
                if there:
                    name = f"{wording.plural(kind)} at site {shown[column].site}"
                    label.setAccessibleName(f"Number of {name}")

    def count_words(self, kind: Kind) -> str:
        """Return what is said of a kind at this site."""
        row = self._kinds.index(kind) + 1
        words = [self._cells[row, column].text() for column in range(1, SITES_SHOWN + 1)]
        return next((word for word in reversed(words) if word), "")

    def _found(self, place: Place, is_now: bool, found_at: Callable[[Place], Found]) -> Found:
        if is_now:
            return found_at(place)
        known = Place(place.muscle, place.side, place.site, place.start_sample)
        if known not in self._left:
            self._left[known] = found_at(place)
        return self._left[known]

    def _say(self, row: int, column: int, words: str, role: str, style: str) -> QLabel:
        label = self._cells.get((row, column))
        if label is None:
            label = make_label(role)
            alignment = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
            label.setAlignment(alignment | Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(label, row, column)
            self._cells[row, column] = label
        if label.objectName() != role:
            label.setObjectName(role)
            label.style().unpolish(label)
            label.style().polish(label)
        say(label, words)
        if style:
            paint(label, style)
        return label
