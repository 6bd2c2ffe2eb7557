"""An amplifier to measure with, in a process of its own.

    python -m myoscope.bench.latency.amplifier --channels 8 --rate 20000 --block-ms 5

It plays ten seconds of fibrillating muscle over and over, a chunk when its last sample is due.
"""

import argparse
import time

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.outlet import VirtualAmplifier
from myoscope.acquisition.source import StreamHealth
from myoscope.bench.latency.signals import signal

NAME = "myoscope bench"


class Player:
    """A source that gives a signal again and again, in chunks of one size, at its own pace."""

    def __init__(self, n_channels: int, rate_hz: float, rows: int) -> None:
        self.info = StreamInfo(NAME, rate_hz, tuple(f"{n + 1}" for n in range(n_channels)))
        self.health = StreamHealth()
        self.ended = False
        self._rows = rows
        self._samples = signal(n_channels, rate_hz, 10)
        self._first = 0
        self._start_s = float("nan")

    def read_block(self, timeout_s: float) -> Block | None:
        """Return the next chunk when its last sample is due."""
        del timeout_s
        if not self._first:
            self._start_s = time.monotonic()
        due_s = self._start_s + (self._first + self._rows) / self.info.rate_hz
        time.sleep(max(0.0, due_s - time.monotonic()))
        # The stamps are those of the schedule, however late the first chunk goes.
        self.health = StreamHealth(lag_ms=1e3 * (time.monotonic() - due_s))
        place = self._first % (len(self._samples) // self._rows * self._rows)
        block = Block(self._samples[place : place + self._rows], self._first)
        self._first = block.end_sample
        return block

    def close(self) -> None:
        """Stop."""
        self.ended = True


def main() -> None:
    """Be the amplifier until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--rate", type=float, default=20_000.0)
    parser.add_argument("--block-ms", type=float, default=5.0)
    chosen = parser.parse_args()
    rows = max(1, round(chosen.rate * chosen.block_ms / 1000))
    amplifier = VirtualAmplifier(Player(chosen.channels, chosen.rate, rows))
    amplifier.wait_for_consumers()
    amplifier.run()


if __name__ == "__main__":
    main()
