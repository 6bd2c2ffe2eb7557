"""``MonitorWindow``: the bedside window. It polls the mailbox and holds nobody up."""

import sys
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from myoscope.monitor_ui import theme
from myoscope.monitor_ui.alert_panel import AlertPanel
from myoscope.monitor_ui.app import Run
from myoscope.monitor_ui.channel_panel import ChannelPanel
from myoscope.monitor_ui.labels import make_label
from myoscope.monitor_ui.status_bar import Banner, StatusBar
from myoscope.monitor_ui.trace_panel import MS_PER_DIV, UV_PER_DIV, TracePanel, next_step

FRAME_MS = 16
TEXT_FRAMES = 8  # words change eight times a second, the trace sixty times
LEVEL_FRAMES = 30
KEYS = (
    ("Space", "Freeze"),
    ("↑ ↓", "Gain"),
    ("← →", "Sweep"),
    ("1 – 9", "Channel"),
    ("Page ↑ ↓", "Next channel"),
    ("0", "All channels"),
    ("P", "Turn over"),
    ("Ctrl+Q", "Close"),
)


class MonitorWindow(QWidget):
    """Trace, channels, alerts and recording state of one run.

    A timer reads indices and draws what is new; if drawing falls behind, the picture skips to the
    newest. Closing the window ends the run.

    Parameters
    ----------
    run
        Started or about to be.
    close_at_end
        Whether the window closes by itself when the run has ended.
    """

    def __init__(self, run: Run, close_at_end: bool = False) -> None:
        super().__init__()
        self.setObjectName("window")
        self.run = run
        self._close_at_end = close_at_end
        self._frame = 0
        self.status = StatusBar(run)
        self.banner = Banner(run)
        self.channels = ChannelPanel(run.mailbox)
        self.trace = TracePanel(run.mailbox, run.settings)
        self.alerts = AlertPanel(run.mailbox)
        self.channels.chosen.connect(self.show_channel)
        self.channels.show_chosen(self.trace.view.channel)
        self._lay_out()
        self._refresh_words()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(FRAME_MS)

    def _lay_out(self) -> None:
        self.setWindowTitle(f"Myoscope – {self.run.info.name}")
        self.setStyleSheet(theme.STYLE)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.resize(1280, 800)
        self.setMinimumSize(900, 560)
        self.channels.setFixedWidth(226)
        self.alerts.setFixedWidth(322)
        middle = QHBoxLayout()
        middle.setSpacing(8)
        middle.addWidget(self.channels)
        middle.addWidget(self.trace, 1)
        middle.addWidget(self.alerts)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(6)
        column.addWidget(self.status)
        column.addWidget(self.banner)
        column.addLayout(middle, 1)
        extra = self.extra_row()
        if extra is not None:
            column.addWidget(extra)
        column.addWidget(_key_strip())

    def extra_row(self) -> QWidget | None:
        """Return what stands between the panels and the keys; nothing here."""
        return None

    def show_channel(self, channel: int | None) -> None:
        """Show one channel, or all."""
        n_channels = self.run.info.n_channels
        if channel is not None and not 0 <= channel < n_channels:
            return
        if n_channels == 1:
            channel = 0
        self.trace.set_view(replace(self.trace.view, channel=channel))
        self.channels.show_chosen(channel)

    def set_frozen(self, frozen: bool) -> None:
        """Freeze the picture, and nothing else, or let it catch up."""
        self.trace.set_frozen(frozen)
        self._refresh_words()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what the key strip says."""
        view, key = self.trace.view, event.key()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key == Qt.Key.Key_Q and control:
            self.close()
        elif key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self.set_frozen(not self.trace.frozen)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            by = -1 if key == Qt.Key.Key_Up else 1
            self.trace.set_view(
                replace(view, uv_per_div=next_step(UV_PER_DIV, view.uv_per_div, by))
            )
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            by = -1 if key == Qt.Key.Key_Left else 1
            self.trace.set_view(
                replace(view, ms_per_div=next_step(MS_PER_DIV, view.ms_per_div, by))
            )
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            by = -1 if key == Qt.Key.Key_PageUp else 1
            self.show_channel(0 if view.channel is None else view.channel + by)
        elif key == Qt.Key.Key_0:
            self.show_channel(None)
        elif Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
            self.show_channel(key - Qt.Key.Key_1)
        elif key == Qt.Key.Key_P:
            self.trace.set_view(replace(view, negative_up=not view.negative_up))
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the run; the caller waits until everything is closed."""
        self._timer.stop()
        self.run.stop()
        super().closeEvent(event)

    def _tick(self) -> None:
        self.trace.refresh()
        self._frame += 1
        if self._frame % TEXT_FRAMES == 0:
            self._refresh_words()
        if self._frame % LEVEL_FRAMES == 0:
            self.channels.refresh()
        if not self.run.running and (self._close_at_end or self.run.stop_requested):
            self.close()

    def _refresh_words(self) -> None:
        self.status.refresh(self.trace.frozen, self.trace.behind_s)
        self.banner.refresh()
        self.alerts.refresh()


def _key_strip() -> QFrame:
    strip = QFrame()
    row = QHBoxLayout(strip)
    row.setContentsMargins(4, 0, 4, 0)
    row.setSpacing(6)
    for key, does in KEYS:
        cap = QLabel(key)
        cap.setStyleSheet(
            f"background: {theme.BORDER}; border-radius: 3px; padding: 1px 6px; font-weight: bold;"
        )
        row.addWidget(cap)
        row.addWidget(make_label("dim", does))
        row.addSpacing(8)
    row.addStretch(1)
    row.addWidget(make_label("dim", "research use only"))
    return strip


def show(run: Run, close_at_end: bool = False) -> None:
    """Open the window on a started run and return when it is closed.

    Parameters
    ----------
    run
        The running session; it goes on until the window closes.
    close_at_end
        Whether the window closes by itself when the run has ended.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    application.setApplicationName("Myoscope")
    window = MonitorWindow(run, close_at_end)
    window.show()
    application.exec()
