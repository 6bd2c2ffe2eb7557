"""What does recording cost? Prints one row for each stream, at real-time pace.

Run as ``python tests/recordings/measure_recorder.py [SECONDS] [FOLDER]``; the disk of the folder is
measured. The signal is Gaussian noise of 5 µV rms in steps of 0.1 µV, in blocks of 5 ms.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.dsp_core.findings import Findings
from myoscope.recordings.writer import RecordingWriter

STREAMS = ((8, 20_000), (64, 20_000))
BLOCK_MS = 5


def measure(folder: Path, n_channels: int, rate_hz: int, seconds: int) -> str:
    """Record for ``seconds`` and return the row."""
    rng = np.random.default_rng(0)
    steps = np.round(rng.normal(0, 50, (rate_hz * 2, n_channels)))
    noise_uv = steps.astype(np.float32) * np.float32(0.1)
    n = rate_hz * BLOCK_MS // 1000
    nothing = Findings.none()
    calls_s = []
    labels = tuple(str(channel) for channel in range(n_channels))
    writer = RecordingWriter(folder, StreamInfo("noise", float(rate_hz), labels))
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    for first in range(0, rate_hz * seconds, n):
        row = first % len(noise_uv)
        block = Block(noise_uv[row : row + n], first, 0, first / rate_hz)
        time.sleep(max(0.0, start_s + first / rate_hz - time.perf_counter()))
        call_s = time.perf_counter()
        writer.write(block, nothing)
        calls_s.append(time.perf_counter() - call_s)
    share = (time.process_time() - start_cpu_s) / (time.perf_counter() - start_s)
    close_s = time.perf_counter()
    writer.close()
    close_s = time.perf_counter() - close_s
    stored = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    p50_us, p99_us, max_us = 1e6 * np.percentile(calls_s, [50, 99, 100])
    return (
        f"{n_channels:>3} ch × {rate_hz / 1000:g} kHz: write {p50_us:.0f} µs (p99 {p99_us:.0f}, "
        f"max {max_us:.0f}), {100 * share:.1f} % of a core, "
        f"{stored * 3600 / seconds / 1e9:.2f} GB per hour "
        f"(1 : {rate_hz * seconds * n_channels * 4 / stored:.2f}), close {close_s:.2f} s, "
        f"lost {writer.overrun_samples}"
    )


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as folder:
        for n_channels, rate_hz in STREAMS:
            print(measure(Path(folder) / f"{n_channels}", n_channels, rate_hz, seconds), flush=True)


if __name__ == "__main__":
    main()
