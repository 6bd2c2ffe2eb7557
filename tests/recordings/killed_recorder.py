"""Recorders to be killed: each records a known signal and says what it has been given.

Run as ``python killed_recorder.py SPEED``. For each folder that comes as a line, a process of its
own is started and its number printed; what it has been given goes into the file beside the folder.
"""

import os
import signal as signals
import sys
import time
from pathlib import Path

import numpy as np

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.dsp_core.findings import ALERT_DTYPE, POTENTIAL_DTYPE, TRAIN_DTYPE, Findings
from myoscope.recordings.writer import RecordingWriter

RATE_HZ = 1000
BLOCK_SAMPLES = 50
# Every 3 s the source loses 200 samples.
GAP_EVERY, GAP_SAMPLES = 3000, 200
ALERT_EVERY = 400


def signal(start: int, stop: int) -> np.ndarray:
    """Return the samples that belong at ``start`` to ``stop``, NaN in the gaps."""
    rows = np.arange(start, stop, dtype=np.int64)[:, None]
    samples = ((rows * 7919 + np.arange(4) * 104729) % 65521 - 32760).astype(np.float32) / 7
    samples[(rows[:, 0] >= GAP_EVERY) & (rows[:, 0] % GAP_EVERY < GAP_SAMPLES)] = np.nan
    return samples


def findings(sample: int) -> Findings:
    """Return a potential at ``sample``, its train's newest row, and now and then an alert."""
    potential = np.zeros(1, POTENTIAL_DTYPE)
    potential["sample"] = sample
    train = np.zeros(1, TRAIN_DTYPE)
    train["offset_sample"] = sample
    alert = np.zeros(int(sample % ALERT_EVERY == 0), ALERT_DTYPE)
    alert["alert"] = sample // ALERT_EVERY
    return Findings(potential, train, alert)


def record(folder: Path, speed: float) -> None:
    """Record until killed."""
    info = StreamInfo("to be killed", RATE_HZ, tuple("abcd"))
    writer = RecordingWriter(folder, info)
    with folder.with_suffix(".given").open("w") as said:
        start_s = time.monotonic()
        position = 0
        while True:
            gap = GAP_SAMPLES if position and position % GAP_EVERY == 0 else 0
            position += gap
            stop = position + BLOCK_SAMPLES
            time.sleep(max(0.0, start_s + stop / RATE_HZ / speed - time.monotonic()))
            writer.write(Block(signal(position, stop), position, gap), findings(position))
            position = stop
            print(position, writer.durable_samples, file=said, flush=True)


def main() -> None:
    signals.signal(signals.SIGCHLD, signals.SIG_IGN)  # so that the dead do not linger
    for line in sys.stdin:
        number = os.fork()  # no thread has been started yet, and zarr is imported only once
        if not number:
            record(Path(line.strip()), float(sys.argv[1]))
        print(number, flush=True)


if __name__ == "__main__":
    main()
