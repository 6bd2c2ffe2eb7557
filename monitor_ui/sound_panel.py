"""``SoundPanel``: what sounds and how loud, and why nothing may."""

import math
from time import monotonic

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QSlider, QVBoxLayout

from myoscope.monitor_ui.key_button import KeyButton
from myoscope.monitor_ui.labels import WrappedLabel, make_label, say
from myoscope.monitor_ui.sound_signal import AudioControl
from myoscope.monitor_ui.theme import Look

VOLUME_STEP = 0.05
PAUSE_S = 120.0
# Two lines.
WORDS_PX = 30


class SoundPanel(QFrame):
    """Mute, for good or for two minutes, channel and volume of the loudspeaker.

    Parameters
    ----------
    audio
        The loudspeaker; None where none was asked for.
    """

    def __init__(self, audio: AudioControl | None) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.audio = audio
        self._paused_until_s = -math.inf
        self._silence = ""
        self._state = make_label("strong")
        self.mute = KeyButton("Mute", "Mute the sound")
        self.mute.setCheckable(True)
        self.mute.clicked.connect(self.toggle_mute)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Volume")
        self.slider.setRange(0, 100)
        self.slider.setMinimumWidth(40)
        self.slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.slider.valueChanged.connect(self._set_volume)
        self._words = WrappedLabel("small")
        row = QHBoxLayout()
        row.addWidget(self.slider, 1)
        row.addWidget(self.mute)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 5, 10, 5)
        column.setSpacing(1)
        column.addWidget(self._state)
        column.addLayout(row)
        column.addWidget(self._words)
        self.refresh()

    def set_look(self, look: Look) -> None:
        """Give button and words their room."""
        self.mute.setFixedWidth(look.px(56))
        self._words.setFixedHeight(look.px(WORDS_PX))

    @property
    def silence(self) -> str:
        """``MUTED``, or ``MUTED 1:58`` in a pause; "" while it sounds or nothing can."""
        return self._silence

    @property
    def heard(self) -> int | None:
        """The channel that sounds; None while nothing does."""
        audio = self.audio
        return audio.channel if audio is not None and audio.available and not audio.muted else None

    def pause(self) -> None:
        """Mute for two minutes; a second call begins them anew."""
        if self.audio is not None:
            self.audio.muted = True
            self._paused_until_s = monotonic() + PAUSE_S
        self.refresh()

    def toggle_mute(self) -> None:
        """Mute, or sound again."""
        self._paused_until_s = -math.inf
        if self.audio is not None:
            self.audio.muted = not self.audio.muted
        self.refresh()

    def toggle_squelch(self) -> None:
        """Silence the noise between potentials, or let it be heard."""
        if self.audio is not None:
            self.audio.squelch = not self.audio.squelch
        self.refresh()

    def step_volume(self, by: int) -> None:
        """Make it louder, or softer where ``by`` is below 0."""
        if self.audio is not None:
            self.audio.volume = min(1.0, max(0.0, self.audio.volume + by * VOLUME_STEP))
        self.refresh()

    def refresh(self) -> None:
        """Show the state of now, and end a pause that is over."""
        audio = self.audio
        left_s = self._paused_until_s - monotonic()
        if audio is not None and -math.inf < left_s <= 0.0:
            self._paused_until_s = -math.inf
            audio.muted = False
        on = audio is not None and audio.available
        for control in (self.mute, self.slider):
            control.setVisible(on)
        if audio is None or not on:
            self._silence = ""
            say(self._state, "SOUND off")
            say(self._words, "no sound" if audio is None else audio.words)
            return
        self._silence = "MUTED" if audio.muted else ""
        if left_s > 0.0:
            minutes, seconds = divmod(math.ceil(left_s), 60)
            self._silence = f"MUTED {minutes}:{seconds:02d}"
        say(self._state, f"{self._silence or 'SOUND'} Ch {audio.channel + 1}")
        self.mute.setChecked(audio.muted)
        self.slider.blockSignals(True)
        self.slider.setValue(round(100 * audio.volume))
        self.slider.blockSignals(False)
        say(self._words, f"{audio.words} · squelch {'on' if audio.squelch else 'off'}")

    def _set_volume(self, value: int) -> None:
        if self.audio is not None:
            self.audio.volume = value / 100
