"""How soon is it heard? From the moment at which a sample is due to the driver that gets it.

    python bench/bench_sound.py                    the clock asks for sound, every 8 ms
    python bench/bench_sound.py --through miniaudio        miniaudio's null device asks
    python bench/bench_sound.py --through device           the default device of this computer asks

A thread writes noise with a pulse in each 100 ms into the mailbox, a chunk at a time, when the
chunk's last sample is due: so the chunk's own length is part of the time. The pulse is found again
in what the driver was given; what device and driver then take stands beside it, as they say it.
"""

import argparse
import threading
import time

import numpy as np

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.source import StreamHealth
from myoscope.dsp_core.findings import Findings
from myoscope.monitor_ui import loudspeaker
from myoscope.monitor_ui.loudspeaker import SOUND_RATE_HZ, Loudspeaker
from myoscope.monitor_ui.mailbox import Mailbox

PULSE_S = 0.1


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
    """Listen for a while and print when the pulses came."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=20_000.0, help="Hz")
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--chunk-ms", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--through", choices=("clock", "miniaudio", "device"), default="clock")
    arguments = parser.parse_args()

    rate_hz = arguments.rate
    info = StreamInfo("bench", rate_hz, tuple(str(n) for n in range(arguments.channels)))
    mailbox = Mailbox(info, StreamHealth, lambda: np.ones(info.n_channels, np.float32))
    opened = {
        "clock": loudspeaker._Pace,
        "miniaudio": Miniaudio,
        "device": loudspeaker.open_device,
    }[arguments.through]
    speaker = Loudspeaker(mailbox, opened)
    heard_s: list[float] = []
    render = speaker.signal.render

    def listen(n_frames: int) -> loudspeaker.Sound:
        sound = render(n_frames)
        # A pulse of 500 µV is far above noise of 2 µV; one lies in each 100 ms.
        if sound.max(initial=0.0) > 0.5:
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
    pulses = np.array(due_s)
    times = np.array(heard_s)
    place = np.searchsorted(pulses, times) - 1
    place, first = np.unique(place[place >= 0], return_index=True)
    late_ms = 1000 * (times[np.searchsorted(pulses, times) - 1 >= 0][first] - pulses[place])
    print(
        f"{info.n_channels} ch x {rate_hz:g} Hz, chunks of {arguments.chunk_ms:g} ms, {words}: "
        f"{len(late_ms)} of {len(pulses)} pulses heard, "
        f"sample to driver p50/p99/max {np.percentile(late_ms, 50):.1f} / "
        f"{np.percentile(late_ms, 99):.1f} / {late_ms.max():.1f} ms, "
        f"{speaker.signal.stumbles} stumbles, {speaker.signal.dropped_samples} samples dropped"
    )


if __name__ == "__main__":
    main()
