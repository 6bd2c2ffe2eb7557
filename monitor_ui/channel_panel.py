"""``ChannelPanel``: the channels with their level, noise and counts; one is chosen by a click."""

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.labels import make_label
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.monitor_ui.marks import MARKS

KINDS_SHOWN = 3


class ChannelPanel(QFrame):
    """One button for each channel.

    Parameters
    ----------
    mailbox
        Of the running session.
    """

    chosen = Signal(int)
    """The index of a channel that was clicked on."""

    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._mailbox = mailbox
        self.buttons = [QPushButton() for _ in mailbox.info.channel_labels]
        inside = QWidget()
        inside.setStyleSheet("background: transparent;")
        buttons = QVBoxLayout(inside)
        buttons.setContentsMargins(0, 0, 4, 0)
        for index, button in enumerate(self.buttons):
            button.setCheckable(True)
            # Space belongs to the freezing of the picture, whatever was clicked on last.
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _=False, index=index: self.chosen.emit(index))
            buttons.addWidget(button)
        buttons.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setStyleSheet("background: transparent;")
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 6, 8)
        column.addWidget(make_label("heading", "CHANNELS"))
        column.addWidget(scroll, 1)
        self.refresh()

    def show_chosen(self, channel: int | None) -> None:
        """Mark the channel that is on the screen; None marks all."""
        for index, button in enumerate(self.buttons):
            button.setChecked(channel is None or index == channel)

    def refresh(self) -> None:
        """Show the levels of now."""
        mailbox = self._mailbox
        level, noise, counts = mailbox.level_uv(), mailbox.noise_uv, mailbox.counts()
        for index, (button, label) in enumerate(
            zip(self.buttons, mailbox.info.channel_labels, strict=True)
        ):
            most = sorted(
                (kind for kind in Kind if kind.raises_alert and counts[index, kind]),
                key=lambda kind: -counts[index, kind],
            )
            found = "  ".join(
                f"{MARKS[kind].sign}{counts[index, kind]}" for kind in sorted(most[:KINDS_SHOWN])
            )
            text = (
                f"{index + 1}  {label}\n"
                f"RMS {_microvolts(level[index])} · noise {_microvolts(noise[index])}\n"
                f"{found or 'nothing found'}"
            )
            if button.text() != text:
                button.setText(text)
                button.setAccessibleName(f"Channel {index + 1}, {label}")


def _microvolts(value: float) -> str:
    return f"{value:.1f} µV" if math.isfinite(value) and value > 0 else "–"
