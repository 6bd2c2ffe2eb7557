"""``RestatedRecording``: a recording of which somebody knows better what it holds."""

from collections.abc import Sequence

import numpy as np

from myoscope.acquisition.archives.base import Hints, choose_emg
from myoscope.acquisition.block import Samples
from myoscope.acquisition.units import ChannelDeclaration, microvolts_per_unit
from myoscope.recordings.reader import Recording


class RestatedRecording:
    """A recording with the unit, the rate or the channels that the user says; an ``Archive``.

    A stream that declared a wrong unit, or none, was recorded as it came: its numbers are scaled
    anew here, and the recording is left as it is.

    Parameters
    ----------
    recording
        Closed with this.
    hints
        What the user said.

    Raises
    ------
    ArchiveError, StreamFormatError
        If there is no such channel or unit, or if the rate is impossible.
    """

    def __init__(self, recording: Recording, hints: Hints) -> None:
        before = recording.info
        declared = [
            ChannelDeclaration(label, "EMG", before.unit) for label in before.channel_labels
        ]
        rates_hz = [before.rate_hz] * len(declared)
        chosen = choose_emg(
            recording.folder, declared, rates_hz, hints, before.metadata, name=before.name
        )
        self.info = chosen.info
        self._recording = recording
        self._columns = chosen.columns
        # Of a unit that was not known a number was taken for a microvolt.
        recorded_uv = microvolts_per_unit(before.unit) or 1.0
        factors = np.array(chosen.info.scale_uv) / recorded_uv if hints.unit else 1.0
        self._factors = np.asarray(factors, np.float32)

    @property
    def n_samples(self) -> int:
        """Samples from first to last, lost ones included."""
        return self._recording.n_samples

    @property
    def lost(self) -> Sequence[tuple[int, int]]:
        """(first sample after the gap, samples lost) of every gap, in order."""
        return self._recording.lost

    def read(self, start: int, stop: int) -> Samples:
        """Return samples of the chosen channels, microvolts; NaN where they were lost."""
        samples = self._recording.read(start, stop)[:, self._columns] * self._factors
        return np.ascontiguousarray(samples, np.float32)

    def clock_s(self, sample: int) -> float:
        """Return the time of a sample by the source's clock; NaN where there is none."""
        return self._recording.clock_s(sample)

    def close(self) -> None:
        """Let go of it; may be called twice."""
        self._recording.close()
