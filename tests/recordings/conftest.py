"""Small sessions with known content, recorded as a real session would."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.dsp_core.findings import ALERT_DTYPE, POTENTIAL_DTYPE, TRAIN_DTYPE, Findings
from myoscope.dsp_core.kinds import Kind
from myoscope.recordings.writer import RecordingWriter

RATE_HZ = 1000.0
Record = Callable[..., RecordingWriter]


@pytest.fixture(scope="session")
def info() -> StreamInfo:
    return StreamInfo(
        "tibialis anterior",
        RATE_HZ,
        ("needle", "surface"),
        unit="millivolts",
        scale_uv=(1000.0, 1000.0),
        source_id="amp-7",
        metadata={"manufacturer": "Nobody"},
    )


@pytest.fixture(scope="session")
def emg() -> Callable[[int], np.ndarray]:
    """Return samples that no two rows share, with a NaN among them."""

    def make(n_samples: int) -> np.ndarray:
        samples = np.random.default_rng(n_samples).normal(0, 20, (n_samples, 2)).astype(np.float32)
        samples[n_samples // 3, 1] = np.nan
        return samples

    return make


@pytest.fixture(scope="session")
def findings() -> Findings:
    """Two potentials of a train that ends up as fibrillation, one of no train; an alert."""
    potentials = np.zeros(3, POTENTIAL_DTYPE)
    potentials["sample"] = [210, 150, 410]
    potentials["train"] = [0, -1, 0]
    potentials["channel"] = [0, 1, 0]
    potentials["amplitude_uv"] = [81.256, 40.0, 79.123]
    potentials["duration_ms"] = [2.5, 1.25, 2.4996]
    potentials["confidence"] = [0.5, 0.25, 0.98]
    potentials["kind"] = [Kind.UNCLASSIFIED, Kind.END_PLATE_SPIKE, Kind.FIBRILLATION]
    potentials["first_phase"] = [1, -1, 1]
    trains = np.zeros(2, TRAIN_DTYPE)
    trains["onset_sample"] = 210
    trains["offset_sample"] = [210, 410]
    trains["potentials"] = [1, 2]
    trains["rate_hz"] = [np.nan, 5.0]
    trains["interval_cv"] = np.nan
    trains["amplitude_uv"] = [81.256, 80.19]
    trains["kind"] = [Kind.UNCLASSIFIED, Kind.FIBRILLATION]
    trains["confidence"] = [0.5, 0.9]
    alerts = np.zeros(1, ALERT_DTYPE)
    alerts["raised_sample"] = 500
    alerts["cleared_sample"] = -1
    alerts["first_potential_sample"] = 210
    alerts["potentials"] = 2
    alerts["confidence"] = 0.9
    alerts["kind"] = Kind.FIBRILLATION
    return Findings(potentials, trains, alerts)


@pytest.fixture(scope="session")
def record(info: StreamInfo) -> Record:
    """Return what records ``samples`` in blocks and closes."""

    def make(
        folder: Path,
        samples: np.ndarray,
        *,
        block_samples: int = 50,
        lost: Sequence[tuple[int, int]] = (),
        findings: Findings | None = None,
        writer: RecordingWriter | None = None,
    ) -> RecordingWriter:
        writer = writer or RecordingWriter(folder, info, live=False)
        for block in blocks(samples, block_samples, lost):
            first = block.first_sample == 0
            writer.write(block, findings if first and findings is not None else Findings.none())
        writer.close()
        return writer

    return make


def blocks(
    samples: np.ndarray, block_samples: int, lost: Sequence[tuple[int, int]] = ()
) -> list[Block]:
    """Cut ``samples`` into Blocks that leave out ``lost``: (first sample after it, number)."""
    made = []
    position = lost_before = 0
    for after, n_lost in [*lost, (len(samples), 0)]:
        while position < after - n_lost:
            stop = min(position + block_samples, after - n_lost)
            clock_s = 100 + position / RATE_HZ
            made.append(Block(samples[position:stop].copy(), position, lost_before, clock_s))
            position, lost_before = stop, 0
        position, lost_before = after, n_lost
    return made


@pytest.fixture(scope="session")
def cut() -> Callable[..., list[Block]]:
    return blocks
