"""``SignalWatch``: can what comes be microvolts of a needle? Asked in turn of all channels."""

import numpy as np

from myoscope.acquisition.levels import ChannelLevel, LevelMeter
from myoscope.acquisition.plausibility import declared_doubts, judge
from myoscope.monitor_ui.mailbox import Mailbox

LOOK_S = 1.0
# So many values are looked at in one go, in a millisecond or so.
VALUES_AT_ONCE = 100_000
# Of a channel that was as it should be for so many seconds, what was found is believed.
ENOUGH_LOOKS = 3


class SignalWatch:
    """Looks at the newest second of some channels at each ``look``, of all in turn.

    Parameters
    ----------
    mailbox
        Of the session, which keeps its newest seconds.

    Attributes
    ----------
    odd_now
        For each channel why its newest second cannot be a needle's; "" where it can.
    not_judged
        The same, but "" for a channel that was as it should be since ``restart``: a needle that is
        withdrawn takes nothing back.
    warnings
        A sentence for each thing that is odd now.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._info = info = mailbox.info
        self._rows = max(1, round(LOOK_S * info.rate_hz))
        at_once = max(1, VALUES_AT_ONCE // self._rows)
        self._groups = [
            slice(first, first + at_once) for first in range(0, info.n_channels, at_once)
        ]
        self._turn = 0
        self._seen_to = [0] * len(self._groups)
        self._levels: list[ChannelLevel | None] = [None] * info.n_channels
        self.warnings: tuple[str, ...] = ()
        self.odd_now = ("",) * info.n_channels
        self.restart()

    @property
    def why_nothing_is_judged(self) -> tuple[str, ...]:
        """Why no channel at all can be judged, in ever fewer words; () where one can."""
        if not all(self.not_judged):
            return ()
        reason = self.not_judged[0]
        declared = set(declared_doubts(self._info))  # what was measured tells more
        sentence = next((said for said in self.warnings if said not in declared), reason)
        question = sentence.rpartition(": ")[2]  # of its unit, or of the electrode
        return sentence, f"{reason}: {question}", question

    def restart(self) -> None:
        """Believe nothing yet: the needle is in another muscle."""
        self.not_judged = self.odd_now
        self._good_looks = np.zeros(self._info.n_channels, np.int64)

    def look(self) -> None:
        """Look at the channels whose turn it is, if another second of them has come."""
        newest = self._mailbox.ring.newest
        if newest < self._rows or abs(newest - self._seen_to[self._turn]) < self._rows:
            return
        channels = self._groups[self._turn]
        self._seen_to[self._turn] = newest
        self._turn = (self._turn + 1) % len(self._groups)
        rows = self._mailbox.ring.read(newest - self._rows, newest, channels).samples
        finite = np.isfinite(rows)
        if not finite.all():
            # Rows without any number were lost; but a channel that gives nothing else is none.
            heard = finite.any(axis=1)
            rows = rows[heard] if heard.any() else rows
        meter = LevelMeter(rows.shape[1], self._info.rate_hz)
        meter.add(np.ascontiguousarray(rows), 0)
        self._levels[channels] = meter.levels()
        levels = [level for level in self._levels if level is not None]
        if len(levels) < self._info.n_channels:
            return
        found = judge(self._info, levels)
        self.warnings, self.odd_now = found.warnings, found.not_judged
        looked_at = np.arange(self._info.n_channels)[channels]
        self._good_looks[looked_at] += [not self.odd_now[channel] for channel in looked_at]
        believed = self._good_looks >= ENOUGH_LOOKS
        self.not_judged = tuple(
            "" if good else why for why, good in zip(self.odd_now, believed, strict=True)
        )
