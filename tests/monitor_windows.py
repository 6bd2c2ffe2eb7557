"""Windows for tests: opened, shown, and stopped so that a test says when a frame is due."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from myoscope.monitor_ui.trace_panel import MARK_FRAMES
from myoscope.monitor_ui.window import MonitorWindow


def opened(run, qtbot, **options):
    window = MonitorWindow(run, **options)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window._timer.stop()
    return window


def press(qtbot, window, *keys, modifier=Qt.KeyboardModifier.NoModifier):
    for key in keys:
        qtbot.keyClick(window, key, modifier)


def click_row(qtbot, view, row):
    place = view.visualItemRect(view.item(row)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def show_frame(window):
    """What the timer does, without the slow panels."""
    window.log.update()
    window.signal.advance()
    for _ in range(MARK_FRAMES):
        window.trace.refresh()


def texts(window):
    return " | ".join(label.text() for label in window.findChildren(QLabel))
