"""An Archive without a file, for tests of what plays one."""

from collections.abc import Sequence

import numpy as np

from myoscope.acquisition.block import StreamInfo


class ArchiveInMemory:
    """Numbered samples (their index, plus half a sample for each channel) with given gaps."""

    def __init__(
        self,
        n_samples: int,
        n_channels: int = 1,
        rate_hz: float = 1000.0,
        lost: Sequence[tuple[int, int]] = (),
        clock_start_s: float = float("nan"),
    ) -> None:
        labels = tuple(f"EMG {channel}" for channel in range(1, n_channels + 1))
        self.info = StreamInfo("in memory", rate_hz, labels)
        self.n_samples = n_samples
        self.lost = tuple(lost)
        self.reads: list[tuple[int, int]] = []
        self.times_closed = 0
        self._clock_start_s = clock_start_s
        rows = np.arange(n_samples, dtype=np.float32)[:, None]
        self.samples = rows + 0.5 * np.arange(n_channels, dtype=np.float32)
        for first, n_lost in lost:
            self.samples[first - n_lost : first] = np.nan

    def read(self, start: int, stop: int) -> np.ndarray:
        assert 0 <= start <= stop <= self.n_samples
        self.reads.append((start, stop))
        return self.samples[start:stop].copy()

    def clock_s(self, sample: int) -> float:
        return self._clock_start_s + sample / self.info.rate_hz

    def close(self) -> None:
        self.times_closed += 1
