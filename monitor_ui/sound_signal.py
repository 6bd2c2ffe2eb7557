"""``SoundSignal``: the newest samples of one channel as sound; one more reader of the ring."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from myoscope.dsp_core.filters import StreamFilter
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.mailbox import Mailbox

if TYPE_CHECKING:
    import soxr

Sound = npt.NDArray[np.float32]

# The ear hears from here on, and what moves more slowly only moves the membrane.
HIGH_PASS_HZ = 20.0
# Of full scale for one microvolt at full volume: a potential of 100 µV is loud, and the limiter
# rounds off what is higher.
FULL_VOLUME_PER_UV = 0.01
CEILING = 0.95
# Sound that waits: begun with the first, grown by a step at each stumble, never above the last.
WAIT_MS = (12.0, 4.0, 32.0)
# More than this beyond what waits on purpose is dropped: late sound is worse than none.
LATE_MS = 30.0
# A card's clock is off by less; so much faster or slower goes unheard.
TRIM = 1e-3
WINDOW_S = 1.0
SQUELCH_NOISES = 5.0
SQUELCH_UV = 20.0
SQUELCH_HOLD_S = 0.15
NOTICE_HZ, NOTICE_S, NOTICE_LEVEL = 880.0, 0.12, 0.15


class AudioControl(Protocol):
    """What a panel may show and set of the sound.

    Attributes
    ----------
    channel
        The channel that is heard, from 0.
    volume
        0 to 1.
    muted
        True for silence; False looks for a loudspeaker again where there was none.
    squelch
        Whether noise is silent and only what rises out of it is heard.
    speed
        Seconds of signal in a second.
    """

    channel: int
    volume: float
    squelch: bool
    speed: float

    @property
    def muted(self) -> bool:
        """Whether nothing is to be heard."""
        ...

    @muted.setter
    def muted(self, muted: bool) -> None: ...

    @property
    def available(self) -> bool:
        """Whether there is something that sounds."""
        ...

    @property
    def words(self) -> str:
        """Device, rate and delay; or why there is no sound."""
        ...

    @property
    def level(self) -> float:
        """Highest amplitude of what has just sounded, 0 to 1."""
        ...

    def notice(self) -> None:
        """Sound one soft tone, once."""
        ...


class SoundSignal:
    """Turns the newest samples into sound, whenever a loudspeaker asks for some.

    It reads the ring at a place of its own and never waits: where samples are late there is
    silence, where they have piled up some are dropped, and where the clocks of amplifier and card
    differ one sample in a thousand is left out or heard twice.

    Parameters
    ----------
    mailbox
        Of the session.
    sound_rate_hz
        Of the loudspeaker.

    Attributes
    ----------
    channel, volume, muted, squelch, speed
        As in ``AudioControl``.
    level
        Highest amplitude of the newest sound.
    stumbles, dropped_samples
        How often sound ran out, and what was skipped because it came too late.
    """

    def __init__(self, mailbox: Mailbox, sound_rate_hz: float) -> None:
        self.sound_rate_hz = sound_rate_hz
        self.channel = 0
        self.volume = 0.6
        self.muted = False
        self.squelch = False
        self.speed = 1.0
        self.level = 0.0
        self.stumbles = 0
        self.dropped_samples = 0
        self._mailbox = mailbox
        self._rate_hz = mailbox.info.rate_hz
        self._wait_ms = WAIT_MS[0]
        self._band = StreamFilter(1, self._rate_hz, DetectorSettings(high_pass_hz=HIGH_PASS_HZ))
        self._next = self._earliest = -1
        self._ready: Sound = np.zeros(0, np.float32)
        self._resampler = _resampler(self._rate_hz, sound_rate_hz)
        self._heard: tuple[int, int, float] | None = None
        self._gain = 0.0
        self._open_s = 0.0
        self._least_waiting = math.inf
        self._window_left_s = WINDOW_S
        self._trim = 0.0
        self._owed = self._trim_owed = 0.0
        self._tone_at = -1

    @property
    def next_sample(self) -> int:
        """The sample that will be heard next; -1 before the first."""
        return self._next

    @property
    def delay_ms(self) -> float:
        """Time that samples wait here on purpose."""
        return self._wait_ms

    def notice(self) -> None:
        """Sound one soft tone, once."""
        self._tone_at = 0

    def render(self, n_frames: int) -> Sound:
        """Return the next ``n_frames`` of sound, shape (n_frames,), within -1 to 1."""
        sound = self._signal(n_frames)
        # Rounded off rather than cut: a cut peak crackles.
        sound = CEILING * np.tanh(sound / CEILING)
        if self._tone_at >= 0:
            sound = np.clip(sound + self._tone(n_frames), -1.0, 1.0)
        self.level = float(np.abs(sound).max(initial=0.0))
        rounded: Sound = sound.astype(np.float32)
        return rounded

    def _signal(self, n_frames: int) -> Sound:
        heard = (self._mailbox.generation, self.channel, self.speed)
        if heard != self._heard:
            self._heard = heard
            self._restart()
        ring = self._mailbox.ring
        newest = ring.newest
        per_ms = self._rate_hz * self.speed / 1000
        waiting = newest - self._next
        step = self._rate_hz * self.speed / self.sound_rate_hz
        chunk = n_frames * step
        if self._next < 0:
            if newest - self._earliest < self._wait_ms * per_ms + chunk:
                return np.zeros(n_frames, np.float32)
            self._next = newest - round(self._wait_ms * per_ms + chunk)
        elif waiting > (self._wait_ms + LATE_MS) * per_ms + 2 * chunk or waiting < 0:
            fresh = newest - round(self._wait_ms * per_ms + chunk)
            self.dropped_samples += max(0, fresh - self._next)
            self._next = fresh
        while len(self._ready) < n_frames:
            wanted = self._due((n_frames - len(self._ready)) * step)
            window = ring.read(self._next, self._next + wanted)
            got = len(window.samples)
            if got < wanted:
                self._stumble(got)
                if not got:
                    break
            self._next = window.first_sample + got
            self._ready = np.concatenate(
                [self._ready, self._shape(window.samples, window.first_sample)]
            )
            if got < wanted:
                break
        self._watch_clocks(ring.newest - self._next, n_frames)
        sound, self._ready = self._ready[:n_frames], self._ready[n_frames:]
        whole: Sound = np.concatenate([sound, np.zeros(n_frames - len(sound), np.float32)])
        return whole

    def _due(self, samples: float) -> int:
        """Return how many samples to read, faster or slower by the trim; the rest is owed."""
        self._owed += samples
        wanted = max(1, math.ceil(self._owed))
        self._owed -= wanted
        return wanted

    def _shape(self, rows: npt.NDArray[np.float32], first_sample: int) -> Sound:
        """Return rows of the ring as sound: one channel, without its offset, at the card's rate."""
        channel = min(max(0, self.channel), rows.shape[1] - 1)
        column = np.nan_to_num(rows[:, channel : channel + 1], posinf=0.0, neginf=0.0)
        samples = self._band.process(np.ascontiguousarray(column, np.float32), first_sample)[:, 0]
        seconds = len(samples) / self._rate_hz
        was_shut = self.squelch and not self._open_s
        wanted = 0.0 if self.muted or not self._is_open(samples, seconds) else self._volume_gain()
        # A step of the gain would click; but what opens the squelch is to be heard whole.
        gain = np.linspace(wanted if was_shut else self._gain, wanted, len(samples) + 1)[1:]
        self._gain = wanted
        sound = (samples * gain).astype(np.float32)
        if self._trim:
            sound = self._trimmed(sound)
        shaped: Sound = self._resampler.resample_chunk(sound)
        return shaped

    def _volume_gain(self) -> float:
        volume = min(1.0, max(0.0, self.volume))
        return FULL_VOLUME_PER_UV * volume**2  # as the ear hears it

    def _is_open(self, samples: npt.NDArray[np.float32], seconds: float) -> bool:
        if not self.squelch:
            return True
        noise = float(self._mailbox.noise_uv[min(self.channel, self._mailbox.info.n_channels - 1)])
        known = math.isfinite(noise) and noise > 0
        threshold = SQUELCH_NOISES * noise if known else SQUELCH_UV
        self._open_s = max(0.0, self._open_s - seconds)
        if np.abs(samples).max(initial=0.0) > threshold:
            self._open_s = SQUELCH_HOLD_S
        return self._open_s > 0

    def _trimmed(self, sound: Sound) -> Sound:
        self._trim_owed += self._trim * len(sound)
        if abs(self._trim_owed) < 1 or len(sound) < 2:
            return sound
        # Where the signal is flattest, nobody hears it.
        place = int(np.abs(np.diff(sound)).argmin())
        if self._trim_owed >= 1:
            self._trim_owed -= 1
            return np.delete(sound, place)
        self._trim_owed += 1
        return np.insert(sound, place, sound[place])

    def _stumble(self, got: int) -> None:
        self.stumbles += 1
        self._wait_ms = min(self._wait_ms + WAIT_MS[1], WAIT_MS[2])
        self._owed = 0.0
        if not got:
            self._next = -1  # begin again when enough has come since
            self._earliest = self._mailbox.ring.newest

    def _watch_clocks(self, waiting: int, n_frames: int) -> None:
        """Set the trim by the least that has waited in each second: chunks come as they like."""
        self._least_waiting = min(self._least_waiting, waiting)
        self._window_left_s -= n_frames / self.sound_rate_hz
        if self._window_left_s <= 0:
            least_ms = 1000 * self._least_waiting / (self._rate_hz * self.speed)
            over = least_ms > self._wait_ms + 2
            self._trim = TRIM if over else -TRIM if least_ms < 1 else 0.0
            self._least_waiting, self._window_left_s = math.inf, WINDOW_S

    def _tone(self, n_frames: int) -> npt.NDArray[np.float64]:
        length = round(NOTICE_S * self.sound_rate_hz)
        frames = np.arange(self._tone_at, self._tone_at + n_frames)
        self._tone_at = -1 if frames[-1] + 1 >= length else int(frames[-1]) + 1
        swell = np.sin(np.pi * np.clip(frames / length, 0, 1))
        tone: npt.NDArray[np.float64] = (
            NOTICE_LEVEL
            * (0.0 if self.muted else self.volume)
            * swell
            * np.sin(2 * np.pi * NOTICE_HZ * frames / self.sound_rate_hz)
        )
        return tone

    def _restart(self) -> None:
        """Begin anew at the newest sample, of another channel or at another place."""
        self._next, self._earliest = -1, self._mailbox.ring.newest
        self._ready = np.zeros(0, np.float32)
        self._band.restart()
        self._owed = self._trim_owed = self._trim = 0.0
        self._gain = 0.0
        self._resampler = _resampler(self._rate_hz * self.speed, self.sound_rate_hz)


def _resampler(from_hz: float, to_hz: float) -> soxr.ResampleStream:
    import soxr

    # The better qualities hold back 16 to 200 ms; this one holds back 0.1 to 1 ms.
    return soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32", quality="QQ")
