"""``SampleRing``: the last seconds by sample index, for screens and loudspeakers."""

from typing import NamedTuple

import numpy as np

from myoscope.acquisition.block import Block, Samples


class RingWindow(NamedTuple):
    """What a reader got.

    Attributes
    ----------
    samples
        float32 array, shape (n_samples, n_channels), a copy; NaN where samples were lost.
    first_sample
        Index of its first row.
    overrun_samples
        Samples at the start of what was asked for that had been overwritten: this reader's own
        loss, not the stream's.
    """

    samples: Samples
    first_sample: int
    overrun_samples: int


class SampleRing:
    """The newest samples of a stream: one thread writes, any number read.

    The writer waits for nobody. Before it overwrites rows it moves ``oldest`` past them, and it
    moves ``newest`` only when new rows are whole; a reader looks at ``oldest`` again after its
    copy and drops what may have been overwritten meanwhile.

    Parameters
    ----------
    n_channels
        Columns.
    capacity_samples
        Samples that are kept; at least 1.
    """

    def __init__(self, n_channels: int, capacity_samples: int) -> None:
        if n_channels < 1 or capacity_samples < 1:
            raise ValueError(
                f"a ring of {capacity_samples} samples of {n_channels} channels was asked for; "
                "wanted 1 or more of each"
            )
        # No row is read before it was written.
        self._rows = np.empty((capacity_samples, n_channels), np.float32)
        self._oldest = 0
        self._newest = 0

    @property
    def capacity_samples(self) -> int:
        """Samples that are kept."""
        return len(self._rows)

    @property
    def oldest(self) -> int:
        """Index of the oldest sample that is still there."""
        return self._oldest

    @property
    def newest(self) -> int:
        """Index after the newest sample."""
        return self._newest

    def write(self, block: Block) -> None:
        """Append a Block; what is missing before it becomes NaN. Never waits.

        Raises
        ------
        ValueError
            If the Block has other channels than the ring or lies before its newest sample.
        """
        if block.n_channels != self._rows.shape[1]:
            raise ValueError(
                f"block has {block.n_channels} channels; wanted {self._rows.shape[1]} as the ring"
            )
        if block.first_sample < self._newest:
            raise ValueError(
                f"block starts at sample {block.first_sample}; "
                f"wanted {self._newest} or later, where the ring ends"
            )
        end = block.end_sample
        # Rows are given up before they are overwritten: a reader's second look relies on it.
        self._oldest = max(self._oldest, end - self.capacity_samples)
        kept = max(self._newest, self._oldest)
        for part in self._parts(kept, max(kept, block.first_sample)):
            self._rows[part] = np.nan
        first = max(block.first_sample, self._oldest)
        position = first - block.first_sample
        for part in self._parts(first, end):
            length = part.stop - part.start
            self._rows[part] = block.samples[position : position + length]
            position += length
        self._newest = end

    def restart(self, sample: int) -> None:
        """Forget every sample; the next one to come is ``sample``. Only for the writer."""
        # In this order a reader that looks on finds an empty ring and never rows of before.
        self._oldest = max(self._newest, sample)
        self._newest = sample
        self._oldest = sample

    def read(self, start: int, stop: int, channels: slice = slice(None)) -> RingWindow:
        """Return what is there of the samples from ``start`` up to ``stop``, as a copy.

        Samples that are not written yet are left out at the end; samples that have been
        overwritten are left out at the start and counted. ``channels`` are the columns copied.
        """
        start = max(0, start)
        # The newest is looked up first: the oldest is then never a whole ring behind it.
        stop = max(start, min(stop, self._newest))
        first = min(max(start, self._oldest), stop)
        n_columns = len(range(self._rows.shape[1])[channels])
        samples = np.empty((stop - first, n_columns), np.float32)
        position = 0
        for part in self._parts(first, stop):
            length = part.stop - part.start
            samples[position : position + length] = self._rows[part, channels]
            position += length
        kept = min(max(first, self._oldest), stop)
        return RingWindow(samples[kept - first :], kept, kept - start)

    def sample(self, start: int, stop: int, step: int) -> Samples:
        """Return every ``step``-th row of what is there from ``start`` up to ``stop``, as a copy.

        For measures of many rows that a part of them tells as well.
        """
        stop = min(stop, self._newest)
        # A row that is overwritten meanwhile is a newer one.
        parts = [self._rows[part][::step] for part in self._parts(max(start, self._oldest), stop)]
        return np.concatenate(parts or [self._rows[:0]])

    def views(self, start: int, stop: int) -> list[tuple[int, Samples]]:
        """Return (first sample, rows) of what is there from ``start`` up to ``stop``, not copied.

        Only for the thread that writes: its next ``write`` may overwrite them.
        """
        first = max(start, self._oldest)
        views = []
        for part in self._parts(first, min(stop, self._newest)):
            views.append((first, self._rows[part]))
            first += part.stop - part.start
        return views

    def _parts(self, start: int, stop: int) -> list[slice]:
        """Return the slices of rows that hold the samples from start to stop."""
        if start >= stop:
            return []
        first, length = start % self.capacity_samples, stop - start
        head = min(length, self.capacity_samples - first)
        parts = [slice(first, first + head)]
        if length > head:
            parts.append(slice(0, length - head))
        return parts
