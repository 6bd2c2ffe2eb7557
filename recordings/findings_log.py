"""``FindingsLog``: keeps what a detector found, for the tables at the end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.levels import ChannelLevel, LevelMeter
from myoscope.dsp_core.findings import ALERT_DTYPE, POTENTIAL_DTYPE, TRAIN_DTYPE, Findings, Table
from myoscope.recordings.tables import write_tables


def newest_rows(rows: Table, number: str) -> Table:
    """Return the last row of each number in column ``number``, ordered by it."""
    _, last = np.unique(rows[number][::-1], return_index=True)
    newest: Table = rows[len(rows) - 1 - last]
    return newest


class FindingsLog:
    """A sink that keeps findings, gaps and levels in memory, and no samples.

    Parameters
    ----------
    info
        The stream.

    Attributes
    ----------
    n_samples
        Samples that have gone by, lost ones included.
    lost
        (first sample after the gap, number of lost samples) of each gap.
    """

    def __init__(self, info: StreamInfo) -> None:
        self.info = info
        self.n_samples = 0
        self.lost: list[tuple[int, int]] = []
        self._potentials: list[Table] = []
        self._trains: list[Table] = []
        self._alerts: list[Table] = []
        self._meter = LevelMeter(info.n_channels, info.rate_hz)

    def write(self, block: Block, findings: Findings) -> None:
        """Keep ``findings`` and the place and the level of ``block``."""
        if block.lost_before:
            self.lost.append((block.first_sample, block.lost_before))
        self.n_samples = block.end_sample
        self._meter.add(block.samples, block.first_sample)
        self._keep(findings)

    def finish(self, findings: Findings) -> None:
        """Keep the last findings."""
        self._keep(findings)

    @property
    def levels(self) -> tuple[ChannelLevel, ...]:
        """Of each channel; to be asked for at the end."""
        return self._meter.levels()

    @property
    def potentials(self) -> Table:
        """Structured array of ``POTENTIAL_DTYPE``, in the order in which they were found."""
        return _joined(self._potentials, POTENTIAL_DTYPE)

    @property
    def trains(self) -> Table:
        """Structured array of ``TRAIN_DTYPE``: the newest row of each train."""
        return newest_rows(_joined(self._trains, TRAIN_DTYPE), "train")

    @property
    def alerts(self) -> Table:
        """Structured array of ``ALERT_DTYPE``: the newest row of each alert."""
        return newest_rows(_joined(self._alerts, ALERT_DTYPE), "alert")

    def write_tables(self, folder: Path, settings: Mapping[str, Any]) -> None:
        """Write events.csv, trains.csv, alerts.csv and summary.json into ``folder``."""
        write_tables(
            folder,
            self.info,
            self.n_samples,
            self.lost,
            self.levels,
            settings,
            self.potentials,
            self.trains,
            self.alerts,
        )

    def _keep(self, findings: Findings) -> None:
        for kept, rows in (
            (self._potentials, findings.potentials),
            (self._trains, findings.trains),
            (self._alerts, findings.alerts),
        ):
            if len(rows):
                kept.append(rows.copy())


def _joined(pieces: list[Table], dtype: npt.DTypeLike) -> Table:
    return np.concatenate([np.empty(0, dtype), *pieces])
