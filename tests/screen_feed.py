"""What a session would write into a mailbox, made by hand."""

from dataclasses import dataclass

import numpy as np

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.source import StreamHealth
from myoscope.dsp_core.findings import ALERT_DTYPE, POTENTIAL_DTYPE, TRAIN_DTYPE, Findings
from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.mailbox import Mailbox


class SilentSource:
    """A live stream on which nothing has come yet; tests write into the mailbox themselves."""

    def __init__(self, info: StreamInfo) -> None:
        self.info = info
        self.ended = False
        self.health = StreamHealth(effective_rate_hz=info.rate_hz + 0.2, lag_ms=12.0)

    def read_block(self, timeout_s: float) -> Block | None:
        return None

    def close(self) -> None:
        self.ended = True


@dataclass
class Feed:
    """Writes into a mailbox what a session would write."""

    mailbox: Mailbox
    next_sample: int = 0

    def signal(self, samples, findings: Findings | None = None, lost_before: int = 0) -> None:
        samples = np.ascontiguousarray(samples, np.float32)
        first = self.next_sample + lost_before
        block = Block(samples, first, lost_before)
        self.mailbox.write(block, findings or Findings.none())
        self.next_sample = block.end_sample

    def noise(self, seconds: float, findings: Findings | None = None, seed: int = 0) -> None:
        info = self.mailbox.info
        shape = round(seconds * info.rate_hz), info.n_channels
        self.signal(np.random.default_rng(seed).normal(0, 3, shape), findings)


def rows(dtype: np.dtype, *given: dict) -> np.ndarray:
    table = np.zeros(len(given), dtype)
    for row, values in zip(table, given, strict=True):
        for name, value in values.items():
            row[name] = value
    return table


def findings(
    potentials: tuple[dict, ...] = (), trains: tuple[dict, ...] = (), alerts: tuple[dict, ...] = ()
) -> Findings:
    return Findings(
        rows(POTENTIAL_DTYPE, *potentials), rows(TRAIN_DTYPE, *trains), rows(ALERT_DTYPE, *alerts)
    )


def alert_row(number: int = 0, train: int = 0, kind: Kind = Kind.FIBRILLATION, **values) -> dict:
    return {
        "alert": number,
        "train": train,
        "kind": kind,
        "raised_sample": 5000,
        "cleared_sample": -1,
        "potentials": 4,
        "rate_hz": 10.7,
        "interval_cv": 0.012,
        "confidence": 0.97,
        **values,
    }
