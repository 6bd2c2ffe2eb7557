"""How soon is it heard? From the moment at which a sample is due to the driver that gets it.

    python bench/bench_sound.py                    the clock asks for sound, every 8 ms
    python bench/bench_sound.py --through miniaudio        miniaudio's null device asks
    python bench/bench_sound.py --through device           the computer's default device asks
    python bench/bench_sound.py --through pulse            a PulseAudio without a card asks

A thread writes noise with a pulse in each 100 ms into the mailbox, a chunk at a time, when the
chunk's last sample is due: so the chunk's own length is part of the time. The pulse is found again
in what the driver was given; what device and driver then take stands beside it, as they say it.
``pulse`` listens to what comes out of the sound server, too: the whole way but for a card's own.
"""

import argparse
import os
import subprocess
import tempfile
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.source import StreamHealth
from myoscope.dsp_core.findings import Findings
from myoscope.monitor_ui import loudspeaker
from myoscope.monitor_ui.loudspeaker import SOUND_RATE_HZ, Loudspeaker
from myoscope.monitor_ui.mailbox import Mailbox

PULSE_S = 0.1
THROUGH = "clock", "miniaudio", "device", "pulse"
LOUD = 0.5
"""A pulse of 500 µV is far above it, noise of 2 µV far below."""


class NullSink:
    """A PulseAudio of its own, whose sink nobody hears; ``heard`` gets what it plays.

    PortAudio finds it as the default device by ALSA's Pulse plug-in; ``apt-get install pulseaudio
    pulseaudio-utils libasound2-plugins``.
    """

    START_S = 10.0

    def __init__(self) -> None:
        self.heard: list[tuple[float, np.ndarray]] = []

    def __enter__(self) -> "NullSink":
        self._folder = tempfile.TemporaryDirectory(prefix="sound")
        self._runtime_before = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = self._folder.name
        quiet = {"stderr": subprocess.DEVNULL}
        self._server = subprocess.Popen(
            ["pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n",
             "--load=module-native-protocol-unix",
             # Without norewinds each client stands still for seconds.
             "--load=module-null-sink sink_name=nullout rate=48000 norewinds=1"],
            **quiet,
        )  # fmt: skip
        end_s = time.monotonic() + self.START_S
        while not Path(self._folder.name, "pulse", "native").exists():
            if time.monotonic() > end_s or self._server.poll() is not None:
                self.__exit__()
                raise RuntimeError("PulseAudio does not start")
            time.sleep(0.05)
        self._listener = subprocess.Popen(
            ["parec", "-d", "nullout.monitor", "--raw", "--format=float32le", "--channels=1",
             f"--rate={SOUND_RATE_HZ}", "--latency-msec=5"],
            stdout=subprocess.PIPE, **quiet,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for process in (getattr(self, "_listener", None), self._server):
            if process is not None:
                process.terminate()
                process.wait()
        if hasattr(self, "_thread"):
            self._thread.join()
        if self._runtime_before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = self._runtime_before
        self._folder.cleanup()

    def _listen(self) -> None:
        out = self._listener.stdout.fileno()
        while chunk := os.read(out, 65_536):
            self.heard.append((time.perf_counter(), np.frombuffer(chunk, "<f4")))


class Miniaudio:
    """miniaudio's null device: no card, and the pace of one."""

    words = "miniaudio's null device, 10 ms buffer"

    def __init__(self, render: loudspeaker.Render) -> None:
        import miniaudio

        def stream():
            frames = yield b""
            while True:
                frames = yield render(frames).tobytes()

        source = stream()
        next(source)
        self.device = miniaudio.PlaybackDevice(
            backends=[miniaudio.Backend.NULL],
            output_format=miniaudio.SampleFormat.FLOAT32,
            nchannels=1,
            sample_rate=SOUND_RATE_HZ,
            buffersize_msec=10,
        )
        self.device.start(source)

    def close(self) -> None:
        """Stop."""
        self.device.close()


def main() -> None:
    """Read what is wanted, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=20_000.0, help="Hz")
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--chunk-ms", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument(
        "--through", choices=("clock", "miniaudio", "device", "pulse"), default="clock"
    )
    arguments = parser.parse_args()

    with NullSink() if arguments.through == "pulse" else nullcontext() as sink:
        measure(arguments, sink)


def measure(arguments: argparse.Namespace, sink: NullSink | None) -> None:
    """Listen for a while and print when the pulses came."""
    rate_hz = arguments.rate
    info = StreamInfo("bench", rate_hz, tuple(str(n) for n in range(arguments.channels)))
    mailbox = Mailbox(info, StreamHealth, lambda: np.ones(info.n_channels, np.float32))
    opened = {
        "clock": loudspeaker._Pace,
        "miniaudio": Miniaudio,
        "device": loudspeaker.open_device,
        "pulse": loudspeaker.open_device,
    }[arguments.through]
    speaker = Loudspeaker(mailbox, opened)
    heard_s: list[float] = []
    render = speaker.signal.render

    def listen(n_frames: int) -> loudspeaker.Sound:
        sound = render(n_frames)
        if sound.max(initial=0.0) > LOUD:
            heard_s.append(time.perf_counter())
        return sound

    speaker.signal.render = listen  # type: ignore[method-assign]
    stop = threading.Event()
    due_s: list[float] = []

    def write() -> None:
        chunk = round(arguments.chunk_ms * rate_hz / 1000)
        random = np.random.default_rng(0)
        every = round(PULSE_S * rate_hz)
        start_s, sample = time.perf_counter(), 0
        while not stop.is_set():
            samples = random.normal(0, 2, (chunk, info.n_channels)).astype(np.float32)
            for place in range(-sample % every, chunk, every):
                samples[place] += 500.0
                due_s.append(start_s + (sample + place) / rate_hz)
            time.sleep(max(0.0, start_s + (sample + chunk) / rate_hz - time.perf_counter()))
            mailbox.write(Block(samples, sample), Findings.none())
            sample += chunk

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(arguments.seconds)
    stop.set()
    writer.join()
    words = speaker.words
    speaker.close()
    late_ms = lateness_ms(heard_s, due_s)
    if not len(late_ms):
        print(f"nothing was heard: {words}")
        return
    print(
        f"{info.n_channels} ch x {rate_hz:g} Hz, chunks of {arguments.chunk_ms:g} ms, {words}: "
        f"{len(late_ms)} of {len(due_s)} pulses heard, "
        f"sample to driver p50/p99/max {percentiles(late_ms)} ms, "
        f"{speaker.signal.stumbles} stumbles, {speaker.signal.dropped_samples} samples dropped"
    )
    if sink is not None:
        out_s = [time_s for time_s, sound in sink.heard if sound.max(initial=0.0) > LOUD]
        late_ms = lateness_ms(out_s, due_s)
        told = f"{len(late_ms)} heard, p50/p99/max {percentiles(late_ms)} ms"
        print(f"  out of the sound server: {told}")


def lateness_ms(heard_s: list[float], due_s: list[float]) -> np.ndarray:
    """Return how long after each pulse it was first heard; of those that were."""
    times, pulses = np.array(heard_s), np.array(due_s)
    place = np.searchsorted(pulses, times) - 1
    times, place = times[place >= 0], place[place >= 0]
    place, first = np.unique(place, return_index=True)
    late_ms: np.ndarray = 1000 * (times[first] - pulses[place])
    return late_ms


def percentiles(late_ms: np.ndarray) -> str:
    """Return median, 99 % and the latest."""
    return "{:.1f} / {:.1f} / {:.1f}".format(*np.percentile(late_ms, [50, 99, 100]))


if __name__ == "__main__":
    main()
