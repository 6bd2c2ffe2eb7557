"""``PanelWindow``: the panels of a window and where they stand."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from myoscope.monitor_ui.alert_panel import AlertPanel
from myoscope.monitor_ui.banner import Banner
from myoscope.monitor_ui.channel_panel import ChannelPanel
from myoscope.monitor_ui.display_signal import DisplaySignal
from myoscope.monitor_ui.event_strip import EventStrip
from myoscope.monitor_ui.event_table import EventTable
from myoscope.monitor_ui.evidence_panel import EvidencePanel
from myoscope.monitor_ui.far_view import FarView
from myoscope.monitor_ui.grade_panel import GradePanel
from myoscope.monitor_ui.help_sheet import HelpSheet
from myoscope.monitor_ui.key_strip import KeyStrip
from myoscope.monitor_ui.keys import BINDINGS
from myoscope.monitor_ui.kind_picker import KindPicker
from myoscope.monitor_ui.muscle_picker import MusclePicker
from myoscope.monitor_ui.potential_log import PotentialLog
from myoscope.monitor_ui.remark_sheet import RemarkSheet
from myoscope.monitor_ui.rhythm_panel import RhythmPanel
from myoscope.monitor_ui.side_panels import Page, SidePanels
from myoscope.monitor_ui.site_panel import SitePanel
from myoscope.monitor_ui.sound_panel import SoundPanel
from myoscope.monitor_ui.sound_signal import AudioControl
from myoscope.monitor_ui.status_bar import StatusBar
from myoscope.monitor_ui.superimposed_panel import SuperimposedPanel
from myoscope.monitor_ui.theme import Look
from myoscope.monitor_ui.trace_panel import TracePanel
from myoscope.monitor_ui.triggered_panel import TriggeredPanel
from myoscope.monitor_ui.watched import Watched
from myoscope.monitor_ui.waveforms import Waveforms

SMALLEST = (1280, 800)
TITLE_PX = 40  # that a window's title and frame take at most
LEFT_PX, RIGHT_PX = 196, 318
# Below these, in pixels at a scale of 1, panels make room for the trace.
WIDTH_FOR_LEFT = 1000
HEIGHT_FOR_PANELS = 700
HEIGHT_FOR_EVIDENCE = 398
EXTRA_ROW_PX = 140


class PanelWindow(QWidget):
    """A window's panels: which there are, where each stands and how they look.

    What they show and when is the business of who inherits.

    Parameters
    ----------
    run
        What they read.
    audio
        The loudspeaker; None without one.
    """

    bindings = BINDINGS
    """The keys that the strip and the help show."""

    def __init__(self, run: Watched, audio: AudioControl | None = None) -> None:
        super().__init__()
        self.setObjectName("window")
        self.run = run
        self.look = Look()
        self._panels_wanted: bool | None = None
        mailbox, settings = run.mailbox, run.settings
        self.signal = DisplaySignal(mailbox, settings)
        self.log = PotentialLog(mailbox)
        self.waveforms = Waveforms(self.signal, self.log)
        self.status = StatusBar(run)
        self.banner = Banner(run)
        self.channels = ChannelPanel(mailbox)
        self.sites = SitePanel()
        self.trace = TracePanel(mailbox, self.signal, self.log, settings)
        self.strip_60_s = EventStrip(mailbox, self.log)
        self.triggered = TriggeredPanel(self.waveforms)
        self.superimposed = SuperimposedPanel(self.waveforms)
        self.rhythm = RhythmPanel(self.log, run.info.rate_hz)
        self.alerts = AlertPanel(mailbox, self.waveforms)
        self.evidence = EvidencePanel()
        self.events = EventTable(self.log, run.info.rate_hz)
        self.grade = GradePanel()
        self.sound = SoundPanel(audio)
        self.key_strip = KeyStrip(self.bindings)
        self._lay_out()
        self.far_view = FarView(self, run)
        self.muscle_picker = MusclePicker(self)
        self.kind_picker = KindPicker(self)
        self.remark_sheet = RemarkSheet(self)
        self.help_sheet = HelpSheet(self, self.bindings)

    def appear(self) -> None:
        """Show the window; all over a screen that is hardly larger than it or smaller."""
        room = self.screen().availableSize()
        is_small = room.width() <= SMALLEST[0] or room.height() < SMALLEST[1] + TITLE_PX
        # Where not even the smallest window fits there is no screen to look at.
        if is_small and room == room.expandedTo(self.minimumSize()):
            self.showMaximized()
        else:
            self.show()

    def _lay_out(self) -> None:
        self.setWindowTitle(f"Myoscope – {self.run.info.name}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.resize(*SMALLEST)
        self.setMinimumSize(900, 560)
        self._left, self._left_column = _column()
        for panel, share in self._left_panels:
            self._left_column.addWidget(panel, share)
        self._panels = QFrame()
        panels = QHBoxLayout(self._panels)
        panels.setContentsMargins(0, 0, 0, 0)
        panels.setSpacing(6)
        for panel in (self.triggered, self.superimposed, self.rhythm):
            panels.addWidget(panel, 1)
        between, centre = _column()
        centre.addWidget(self.trace, 5)
        centre.addWidget(self.strip_60_s)
        centre.addWidget(self._panels, 4)
        self.side = SidePanels(self._right_pages)
        middle = QHBoxLayout()
        middle.setSpacing(6)
        middle.addWidget(self._left)
        middle.addWidget(between, 1)
        middle.addWidget(self.side)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(5)
        column.addWidget(self.status)
        column.addWidget(self.banner)
        column.addLayout(middle, 1)
        self._extra_row = self.extra_row()
        if self._extra_row is not None:
            column.addWidget(self._extra_row)
        column.addWidget(self.key_strip)

    @property
    def _left_panels(self) -> tuple[tuple[QWidget, int], ...]:
        return (self.channels, 1), (self.sites, 0), (self.sound, 0)

    @property
    def _right_pages(self) -> tuple[Page, ...]:
        return (
            Page("Alerts", ((self.alerts, 3), (self.evidence, 0))),
            Page("Grade", ((self.events, 2), (self.grade, 0))),
        )

    def _side_pages(self, has_left: bool, has_room: bool) -> tuple[Page, ...]:
        """Return where panels stand beside the trace.

        Parameters
        ----------
        has_left
            Whether those of the left column have one.
        has_room
            Whether alerts and their evidence can be seen at once.
        """
        if has_room:
            return self._right_pages if has_left else self._right_pages + self._pages_of_left
        alone = (
            Page("Alerts", ((self.alerts, 1),)),
            Page("Evidence", ((self.evidence, 0),)),
            Page("Grade", ((self.grade, 0),)),
        )
        if has_left:
            return *alone, Page("Events", ((self.events, 1),))
        channels, sites = self._pages_of_left
        return *alone, Page(channels.name, (*channels.panels, (self.events, 1))), sites

    @property
    def _pages_of_left(self) -> tuple[Page, ...]:
        """Where the panels of the left column stand when there is no room for one."""
        return (
            Page("Channels", ((self.channels, 1),)),
            Page("Sites", ((self.sites, 0), (self.sound, 0))),
        )

    def extra_row(self) -> QWidget | None:
        """Return what stands between the panels and the keys; nothing here."""
        return None

    def set_look(self, look: Look) -> None:
        """Show everything in these colours and sizes."""
        self.look = look
        self.setStyleSheet(look.style())
        self._left.setFixedWidth(look.px(LEFT_PX))
        self.side.setFixedWidth(look.px(RIGHT_PX))
        for panel in (
            self.status,
            self.banner,
            self.channels,
            self.sites,
            self.trace,
            self.strip_60_s,
            self.side,
            self.triggered,
            self.superimposed,
            self.rhythm,
            self.alerts,
            self.evidence,
            self.events,
            self.grade,
            self.sound,
            self.far_view,
            self.muscle_picker,
            self.kind_picker,
            self.remark_sheet,
            self.help_sheet,
        ):
            panel.set_look(look)
        self._make_room()
        self.key_strip.fit()

    def toggle_panels(self) -> None:
        """Give the trace the room of the lower panels, or give it back."""
        self._panels_wanted = not self._panels.isVisible()
        self._make_room()

    def step_side(self) -> None:
        """Show the next page of the panels at the side, or give their room to the trace."""
        self.side.step()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the trace its room, and sheets their place."""
        super().resizeEvent(event)
        self._make_room()
        self.far_view.setGeometry(self.rect())
        sheets = self.muscle_picker, self.kind_picker, self.remark_sheet, self.help_sheet
        for sheet in sheets:
            sheet.fit()

    def _make_room(self) -> None:
        """Hide what would leave the trace too small."""
        width, height = self.width() / self.look.scale, self.height() / self.look.scale
        has_left = width >= WIDTH_FOR_LEFT
        room = height if self._extra_row is None else height - EXTRA_ROW_PX
        has_room = room >= HEIGHT_FOR_EVIDENCE
        self.side.set_pages(self._side_pages(has_left, has_room))
        self.key_strip.setVisible(has_room or self._extra_row is None)
        if has_left:
            for panel, share in self._left_panels:
                self._left_column.addWidget(panel, share)
                panel.show()
        self._left.setVisible(has_left)
        small, wanted = height < HEIGHT_FOR_PANELS, self._panels_wanted
        self._panels.setVisible(not small if wanted is None else wanted)
        # In a small window they take the room of what stands around the trace, not the trace's.
        others = wanted or self._extra_row is not None
        self.strip_60_s.setVisible(not (small and others))
        if small and wanted is not None:
            self.side.setVisible(not wanted)


def _column() -> tuple[QFrame, QVBoxLayout]:
    frame = QFrame()
    column = QVBoxLayout(frame)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    return frame, column
