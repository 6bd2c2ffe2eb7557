"""``SidePanels``: panels below each other, or in pages where the window has no room for all."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QTabBar, QVBoxLayout, QWidget

from myoscope.monitor_ui.labels import make_label
from myoscope.monitor_ui.theme import Look

# Below this height, in pixels at a scale of 1, the panels stand in pages.
HEIGHT_FOR_ALL = 640


@dataclass(frozen=True, slots=True)
class Page:
    """Panels that are seen together where not all have room, each with its share of the height."""

    name: str
    panels: tuple[tuple[QWidget, int], ...]


class SidePanels(QFrame):
    """A column of panels; ``step`` goes through its pages and puts it away after the last.

    Parameters
    ----------
    pages
        From top to bottom.
    """

    def __init__(self, pages: Sequence[Page]) -> None:
        super().__init__()
        self._look = Look()
        self._pages: tuple[Page, ...] = ()
        self._in_pages = False
        self.tabs = QTabBar()
        self.tabs.setAccessibleName("Pages of panels")
        self.tabs.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(True)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.currentChanged.connect(lambda _: self._show_page())
        self._key = make_label("small", "[O]")
        inside = QFrame()
        inside.setObjectName("ground")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.addWidget(self.tabs, 1)
        row.addWidget(self._key)
        column.addLayout(row)
        column.addWidget(self._scroll, 1)
        self.set_pages(pages)

    def set_look(self, look: Look) -> None:
        """Take this size."""
        self._look = look
        self._fit()

    def set_pages(self, pages: Sequence[Page]) -> None:
        """Take these panels, which may have stood elsewhere before."""
        if self._pages == tuple(pages):
            return
        self._pages = tuple(pages)
        self.tabs.blockSignals(True)
        while self.tabs.count():
            self.tabs.removeTab(0)
        while self._column.count():
            self._column.takeAt(0)
        for page in pages:
            self.tabs.addTab(page.name)
            for panel, share in page.panels:
                self._column.addWidget(panel, share)
        self._column.addStretch()  # below panels of which none can grow
        self.tabs.blockSignals(False)
        self._fit()

    @property
    def page(self) -> str:
        """Name of the page that is shown; "" where all panels are."""
        return self.tabs.tabText(self.tabs.currentIndex()) if self._in_pages else ""

    def step(self) -> None:
        """Show the next page; after the last put the column away, and then begin again."""
        if self.isHidden():
            self.tabs.setCurrentIndex(0)
            self.show()
        elif self._in_pages and self.tabs.currentIndex() + 1 < self.tabs.count():
            self.tabs.setCurrentIndex(self.tabs.currentIndex() + 1)
        else:
            self.hide()

    def show_panel(self, panel: QWidget) -> None:
        """Show the page on which a panel is."""
        for number, page in enumerate(self._pages):
            if panel in [each for each, _ in page.panels]:
                self.tabs.setCurrentIndex(number)
                self.show()
                self._scroll.ensureWidgetVisible(panel)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See whether all have room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        all_fit = self.height() >= self._look.px(HEIGHT_FOR_ALL)
        self._in_pages = not all_fit or len(self._pages) > 2
        self.tabs.setVisible(self._in_pages)
        self._key.setVisible(self._in_pages)
        self._show_page()

    def _show_page(self) -> None:
        for number, page in enumerate(self._pages):
            for panel, _ in page.panels:
                panel.setVisible(not self._in_pages or number == self.tabs.currentIndex())
