"""``EarlyWarnings``: what is odd about a session's stream, as soon as its first seconds tell."""

import numpy as np

from myoscope.acquisition.block import Samples, StreamInfo
from myoscope.acquisition.levels import measure_levels
from myoscope.acquisition.plausibility import Judgement, declared_doubts, judge
from myoscope.monitor_ui.mailbox import Mailbox

FIRST_S = 5.0


class EarlyWarnings:
    """Judges a stream once, by its first ``FIRST_S`` seconds or by all there is of a shorter one.

    Parameters
    ----------
    info
        The stream.
    mailbox
        Of the session, which keeps its newest seconds.
    """

    def __init__(self, info: StreamInfo, mailbox: Mailbox) -> None:
        self._info = info
        self._mailbox = mailbox
        self._declared = Judgement(
            tuple(declared_doubts(info)), ("",) * info.n_channels, info.unit_assumed, np.nan
        )
        self._judgement: Judgement | None = None

    @property
    def judgement(self) -> Judgement:
        """What can be said by now; for one thread."""
        ring = self._mailbox.ring
        told = self._mailbox.elapsed_s >= FIRST_S or (self._mailbox.ended and ring.newest > 0)
        if self._judgement is None and told:
            self._judgement = self._judge(ring.read(0, round(FIRST_S * self._info.rate_hz)).samples)
        return self._judgement or self._declared

    def _judge(self, samples: Samples) -> Judgement:
        lost = _rows_without_numbers(samples)
        return judge(
            self._info,
            measure_levels(self._info, lambda start, stop: samples[start:stop], len(samples), lost),
        )


def _rows_without_numbers(samples: Samples) -> list[tuple[int, int]]:
    """Return (row after it, length) of each stretch without any number: lost, as the ring has it.

    Not of all rows: a stream that gives nothing else is no loss.
    """
    empty = np.concatenate([[False], ~np.isfinite(samples).any(axis=1), [False]])
    if empty[1:-1].all():
        return []
    edges = np.flatnonzero(np.diff(empty)).reshape(-1, 2)
    return [(int(end), int(end - start)) for start, end in edges]
