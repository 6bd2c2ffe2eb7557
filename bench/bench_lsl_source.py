"""What share of a core does acquisition from LSL take?

    python bench/bench_lsl_source.py
    python bench/bench_lsl_source.py --channels 64 --rate 48000 --no-counter

An outlet in another process, confined to loopback, sends noise in chunks of 5 ms. ``LslSource`` is
compared with a bare pylsl inlet that pulls the same stream in the same way and throws it away; CPU
time is that of the reading process, liblsl's own threads included.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.lsl import LslSource
from myoscope.acquisition.lsl_config import SESSION_VARIABLE, confine_to_loopback, load_pylsl
from myoscope.acquisition.outlet import VirtualAmplifier
from myoscope.acquisition.source import StreamHealth

CHUNK_S = 0.005
WARM_UP_S = 1.0


class Noise:
    """A paced source of noise that costs nothing to make."""

    def __init__(self, n_channels: int, rate_hz: float) -> None:
        self.info = StreamInfo("bench", rate_hz, tuple(f"{n + 1}" for n in range(n_channels)))
        self.health = StreamHealth()
        self.ended = False
        self._n = round(rate_hz * CHUNK_S)
        shape = (self._n, n_channels)
        self._noise = np.random.default_rng(0).normal(0, 10, shape).astype(np.float32)
        self._first, self._start_s = 0, float("nan")

    def read_block(self, timeout_s: float) -> Block:
        """Return the next chunk when it is due."""
        if not self._first:
            self._start_s = time.monotonic()
        due_s = self._start_s + (self._first + self._n) / self.info.rate_hz
        time.sleep(max(0.0, due_s - time.monotonic()))
        block = Block(self._noise, self._first)
        self._first = block.end_sample
        return block

    def close(self) -> None:
        """Stop."""
        self.ended = True


def send(n_channels: int, rate_hz: float, with_counter: bool) -> None:
    """Be the amplifier until the process is ended."""
    VirtualAmplifier(Noise(n_channels, rate_hz), with_counter=with_counter).run()


def measure(read: Callable[[], int], seconds: float) -> tuple[float, int]:
    """Return the share of a core and the samples of a read loop, after a warm-up."""
    end_s = time.monotonic() + WARM_UP_S
    while time.monotonic() < end_s:
        read()
    start_s, cpu_s, n = time.monotonic(), time.process_time(), 0
    while time.monotonic() < start_s + seconds:
        n += read()
    return (time.process_time() - cpu_s) / (time.monotonic() - start_s), n


def bare(max_samples: int) -> Callable[[], int]:
    """Return a read of a bare inlet."""
    pylsl = load_pylsl()
    inlet = pylsl.StreamInlet(pylsl.resolve_byprop("name", "bench", 1, 10.0)[0], max_buflen=10)
    inlet.open_stream(10.0)

    def read() -> int:
        _, stamps = inlet.pull_chunk(
            timeout=0.1, max_samples=max_samples, min_samples=1, as_numpy=True
        )
        return len(stamps)

    return read


def main() -> None:
    """Print one line for the bare inlet and one for ours."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--rate", type=float, default=20_000.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--no-counter", action="store_true")
    parser.add_argument("--send", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.send:
        send(options.channels, options.rate, not options.no_counter)
        return
    session = confine_to_loopback()
    with subprocess.Popen(
        [sys.executable, __file__, *sys.argv[1:], "--send"],
        env={**os.environ, SESSION_VARIABLE: session},
    ) as amplifier:
        source = LslSource("bench")

        def read() -> int:
            block = source.read_block(0.1)
            return 0 if block is None else block.n_samples

        print(
            f"{options.channels} channels at {options.rate:g} Hz, chunks of 5 ms, one core = 1.00"
        )
        share, n = measure(read, options.seconds)
        health = source.health
        source.close()
        print(
            f"LslSource   {share:.3f}   {n} samples, {health.lost_samples} lost, "
            f"lag {health.lag_ms:.2f} ms (median)"
        )
        share, n = measure(bare(round(options.rate / 10)), options.seconds)
        print(f"bare inlet  {share:.3f}   {n} samples")
        amplifier.terminate()


if __name__ == "__main__":
    main()
