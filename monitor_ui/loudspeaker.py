"""``Loudspeaker``: plays a session's sound, and keeps what would sound in a file."""

from __future__ import annotations

import queue
import threading
import time
import wave
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np

from myoscope.monitor_ui.errors import MissingPartError, MonitorError
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.monitor_ui.sound_signal import Sound, SoundSignal

SOUND_RATE_HZ = 48_000
BLOCK_MS = 8.0
DEVICE_LATENCY_S = 0.02
FILE_QUEUE = 1000
Render = Callable[[int], Sound]


class Output(Protocol):
    """Something that asks for sound at its own pace.

    Attributes
    ----------
    words
        What it is.
    """

    words: str

    def close(self) -> None:
        """Ask no more."""
        ...


OpenOutput = Callable[[Render], Output]


class Loudspeaker:
    """The sound of a session; satisfies ``AudioControl``.

    The device is looked for in a thread of its own, since that may take seconds. Whatever becomes
    of it, nothing but the sound is touched.

    Parameters
    ----------
    mailbox
        Of the session.
    open_output
        How a device is opened; sounddevice's default one where left out. None opens none.
    file
        WAV file that gets what sounds, or what would sound were there a device; replaced where it
        exists.

    Raises
    ------
    MissingPartError
        If the libraries for sound are not installed.
    MonitorError
        If the file cannot be written.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        open_output: OpenOutput | None = None,
        file: Path | None = None,
    ) -> None:
        if find_spec("soxr") is None:
            raise MissingPartError('sound needs soxr: pip install "myoscope[audio]"')
        self.signal = SoundSignal(mailbox, SOUND_RATE_HZ)
        self._open_output = open_output or open_device
        self._file = None if file is None else SoundFile(file)
        self._output: Output | None = None
        self._words = "looking for a loudspeaker"
        self._closed = False
        self._opening = threading.Lock()
        self._look()

    @property
    def channel(self) -> int:
        """The channel that is heard, from 0."""
        return self.signal.channel

    @channel.setter
    def channel(self, channel: int) -> None:
        self.signal.channel = channel

    @property
    def volume(self) -> float:
        """0 to 1."""
        return self.signal.volume

    @volume.setter
    def volume(self, volume: float) -> None:
        self.signal.volume = min(1.0, max(0.0, volume))

    @property
    def muted(self) -> bool:
        """Whether nothing is to be heard."""
        return self.signal.muted

    @muted.setter
    def muted(self, muted: bool) -> None:
        self.signal.muted = muted
        if not muted and not self.available:
            self._look()  # somebody may have plugged one in

    @property
    def squelch(self) -> bool:
        """Whether only what rises out of the noise is heard."""
        return self.signal.squelch

    @squelch.setter
    def squelch(self, squelch: bool) -> None:
        self.signal.squelch = squelch

    @property
    def speed(self) -> float:
        """Seconds of signal in a second."""
        return self.signal.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self.signal.speed = speed

    @property
    def available(self) -> bool:
        """Whether a device plays."""
        return self._output is not None and not isinstance(self._output, _Pace)

    @property
    def words(self) -> str:
        """Device, rate and delay; or why there is no sound."""
        return self._words

    @property
    def level(self) -> float:
        """Highest amplitude of what has just sounded, 0 to 1."""
        return self.signal.level

    def notice(self) -> None:
        """Sound one soft tone, once."""
        self.signal.notice()

    def close(self) -> None:
        """Fall silent and finish the file."""
        self._closed = True
        with self._opening:
            if self._output is not None:
                self._output.close()
                self._output = None
        if self._file is not None:
            self._file.close()

    def _look(self) -> None:
        threading.Thread(target=self._open, name="loudspeaker", daemon=True).start()

    def _open(self) -> None:
        with self._opening:
            if self._closed or self.available:
                return
            try:
                output = self._open_output(self._render)
            except Exception as error:  # of PortAudio, of a driver: only the sound is lost
                self._words = f"no sound: {_reason(error)}"
                if self._file is not None and self._output is None:
                    self._output = _Pace(self._render)
                return
            if isinstance(self._output, _Pace):
                self._output.close()
            self._output = output
            self._words = output.words

    def _render(self, n_frames: int) -> Sound:
        sound = self.signal.render(n_frames)
        if self._file is not None:
            self._file.add(sound)
        return sound


class SoundFile:
    """A WAV file, 16 bits, written in a thread of its own; whole up to the last half second.

    Parameters
    ----------
    path
        Replaced where it exists.

    Raises
    ------
    MonitorError
        If it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._queue: queue.Queue[Sound | None] = queue.Queue(FILE_QUEUE)
        try:
            self._raw = path.open("wb")
            self._wave = wave.open(self._raw, "wb")
            self._wave.setnchannels(1)
            self._wave.setsampwidth(2)
            self._wave.setframerate(SOUND_RATE_HZ)
            self._wave.writeframes(b"")
        except OSError as error:
            raise MonitorError(f"{path} cannot be written: {error.strerror or error}") from error
        self._thread = threading.Thread(target=self._run, name="sound file", daemon=True)
        self._thread.start()

    def add(self, sound: Sound) -> None:
        """Keep some sound; never waits for the disk."""
        try:
            self._queue.put_nowait(sound)
        except queue.Full:
            pass  # the disk stands still; the session goes on

    def close(self) -> None:
        """Write the rest."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        waiting: list[Sound] = []
        frames = 0
        try:
            while (sound := self._queue.get()) is not None:
                waiting.append(sound)
                frames += len(sound)
                if frames > SOUND_RATE_HZ // 2:
                    self._write(waiting)
                    waiting, frames = [], 0
            self._write(waiting)
            self._wave.close()
            self._raw.close()
        except OSError:
            return  # a full disk ends the file, and nothing else

    def _write(self, waiting: list[Sound]) -> None:
        if waiting:
            whole = np.concatenate(waiting)
            # writeframes brings the header up to date, so that a kill leaves a readable file.
            self._wave.writeframes(np.round(32767 * whole).astype("<i2").tobytes())


def open_device(render: Render) -> Output:
    """Open the default output device of this computer.

    Raises
    ------
    MissingPartError
        If sounddevice, or the PortAudio that it needs, is not installed.
    Exception
        Whatever PortAudio says where there is no device.
    """
    return _Device(render)


def no_device(render: Render) -> Output:
    """Open none: only a file is wanted."""
    del render
    raise MissingPartError("not wanted")


class _Device:
    """The default output device, by PortAudio."""

    def __init__(self, render: Render) -> None:
        try:
            import sounddevice
        except ImportError as error:
            raise MissingPartError('no sounddevice: pip install "myoscope[audio]"') from error
        except OSError as error:
            raise MissingPartError("no PortAudio: install libportaudio2") from error
        device = sounddevice.query_devices(kind="output")

        def fill(out: np.ndarray, frames: int, time_info: object, status: object) -> None:
            del time_info, status  # an underflow is a click, and no reason to stop
            out[:] = render(frames)[:, None]

        self._stream = sounddevice.OutputStream(
            samplerate=SOUND_RATE_HZ,
            blocksize=round(SOUND_RATE_HZ * BLOCK_MS / 1000),
            channels=min(2, int(device["max_output_channels"])),
            dtype="float32",
            latency=DEVICE_LATENCY_S,
            callback=fill,
        )
        self._stream.start()
        latency_ms = 1000 * float(self._stream.latency)
        self.words = f"{device['name']} · {SOUND_RATE_HZ // 1000} kHz · {latency_ms:.0f} ms"

    def close(self) -> None:
        self._stream.close(ignore_errors=True)


class _Pace:
    """No device: asks for sound at the pace of the clock, so that a file gets it."""

    words = "no sound"

    def __init__(self, render: Render) -> None:
        self._render = render
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sound pace", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        step = round(SOUND_RATE_HZ * BLOCK_MS / 1000)
        start_s, frames = time.monotonic(), 0
        while not self._stop.wait(start_s + frames / SOUND_RATE_HZ - time.monotonic()):
            self._render(step)
            frames += step


def _reason(error: Exception) -> str:
    words = " ".join(str(error).split()) or type(error).__name__
    if type(error).__name__ == "PortAudioError" and "device" in words:
        return "no output device"
    return words
