"""``LevelMeter``: how large the noise and the signal of each channel are, second by second."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.block import Samples, StreamInfo

# Differences over half a millisecond: an offset, drift and most of the hum are no noise, and
# neighbouring samples of an amplifier slower than the converter do not hide it.
LAG_S = 0.5e-3
LARGEST_LAG = 64
# So many rows of each second are enough for its noise; of all seconds the median counts.
NOISE_ROWS = 256
# Fewer numbers in a second tell nothing.
FEWEST = 20
# The detector blanks a channel for a while after what is no number: nearer places are one.
SAME_PLACE_S = 0.2
MOST_PLACES = 100
# Values in a row over which NumPy goes at full speed.
WIDE = 512
_OF_NORMAL = 1.4826  # standard deviation for one median of absolute values

Places = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ChannelLevel:
    """What is in one channel, lost samples apart.

    Attributes
    ----------
    seconds
        Of signal that holds numbers and moves.
    noise_uv
        Its noise, rms above some 500 Hz; NaN where there is none.
    swing_uv
        From the lowest to the highest value of a second; the median of the seconds, NaN where
        there is none.
    constant_share
        Share of the time in whole seconds of one and the same value, 0 to 1.
    missing
        Samples that are no number, or infinite.
    missing_share
        Their share, 0 to 1.
    missing_places
        (first sample, end) of the first ``MOST_PLACES`` stretches with such samples.
    at_limit_share
        Share of the time at the lowest or at the highest value of all, 0 to 1.
    lowest_uv, highest_uv
        Those values; NaN where there is none.
    """

    seconds: float
    noise_uv: float
    swing_uv: float
    constant_share: float
    missing: int
    missing_share: float
    missing_places: Places
    at_limit_share: float
    lowest_uv: float
    highest_uv: float


class LevelMeter:
    """Measures levels as samples come; the same however they are cut.

    Parameters
    ----------
    n_channels
        Columns.
    rate_hz
        Sampling rate.
    """

    def __init__(self, n_channels: int, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._rows = max(1, round(rate_hz))
        self._lag = min(max(1, round(LAG_S * rate_hz)), LARGEST_LAG)
        self._merge = max(1, round(SAME_PLACE_S * rate_hz))
        # Of the seconds that are over, one after the other: a session may last for hours.
        self._noise, self._swing = array("f"), array("f")
        self._taken = np.zeros(n_channels, np.int64)
        self._moving = np.zeros(n_channels, np.int64)
        self._constant = np.zeros(n_channels, np.int64)
        self._looked_at = np.zeros(n_channels, np.int64)
        self._extremes = np.full((2, n_channels), np.nan, np.float32)  # lowest, highest
        self._at_extremes = np.zeros((2, n_channels), np.int64)
        self._missing = np.zeros(n_channels, np.int64)
        self._places: list[list[tuple[int, int]]] = [[] for _ in range(n_channels)]
        # Of the second in hand.
        self._second = -1
        self._lowest = np.full(n_channels, np.nan, np.float32)
        self._highest = np.full(n_channels, np.nan, np.float32)
        self._numbers = np.zeros(n_channels, np.int64)
        # By channel, since that is how their medians are found quickly.
        self._first_rows = np.full((n_channels, min(NOISE_ROWS, self._rows)), np.nan, np.float32)

    def add(self, samples: Samples, first_sample: int) -> None:
        """Take samples.

        Parameters
        ----------
        samples : float32 array, shape (n_samples, n_channels), microvolts
        first_sample
            Index of the first row, lost samples included; not before the end of the last ones.
        """
        start = 0
        while start < len(samples):
            second, row = divmod(first_sample + start, self._rows)
            if second != self._second:
                self._end_second()
                self._second = second
            stop = min(len(samples), start + self._rows - row)
            self._take(samples[start:stop], row, first_sample + start)
            start = stop

    def levels(self) -> tuple[ChannelLevel, ...]:
        """Return what has been measured so far; the second in hand then counts as over."""
        self._end_second()
        noise_uv = _median_of(self._noise, len(self._taken))
        swing_uv = _median_of(self._swing, len(self._taken))
        at_limit = self._at_extremes.max(axis=0)
        return tuple(
            ChannelLevel(
                seconds=float(self._moving[channel]) / self._rate_hz,
                noise_uv=float(noise_uv[channel]),
                swing_uv=float(swing_uv[channel]),
                constant_share=_share(self._constant[channel], self._taken[channel]),
                missing=int(self._missing[channel]),
                missing_share=_share(
                    self._missing[channel], self._taken[channel] + self._missing[channel]
                ),
                missing_places=tuple(self._places[channel]),
                at_limit_share=_share(at_limit[channel], self._looked_at[channel]),
                lowest_uv=float(self._extremes[0, channel]),
                highest_uv=float(self._extremes[1, channel]),
            )
            for channel in range(len(self._taken))
        )

    def _take(self, samples: Samples, row: int, first_sample: int) -> None:
        lowest, highest = _of_columns(np.minimum, samples), _of_columns(np.maximum, samples)
        if np.isfinite(lowest).all() and np.isfinite(highest).all():
            self._numbers += len(samples)
        else:
            numbers = np.isfinite(samples)
            self._numbers += numbers.sum(axis=0)
            self._note_missing(~numbers, first_sample)
            samples = np.where(numbers, samples, np.float32(np.nan))
            lowest, highest = _of_columns(np.fmin, samples), _of_columns(np.fmax, samples)
        np.fmin(self._lowest, lowest, out=self._lowest)
        np.fmax(self._highest, highest, out=self._highest)
        n_first = self._first_rows.shape[1]
        if row < n_first:
            rows = samples[: n_first - row]
            self._first_rows[:, row : row + len(rows)] = rows.T

    def _note_missing(self, missing: npt.NDArray[np.bool_], first_sample: int) -> None:
        for channel in np.flatnonzero(missing.any(axis=0)).tolist():
            at = np.flatnonzero(missing[:, channel]) + first_sample
            self._missing[channel] += len(at)
            places = self._places[channel]
            for stretch in np.split(at, np.flatnonzero(np.diff(at) > self._merge) + 1):
                first, end = int(stretch[0]), int(stretch[-1]) + 1
                if places and first - places[-1][1] < self._merge:
                    places[-1] = (places[-1][0], end)
                elif len(places) < MOST_PLACES:
                    places.append((first, end))

    def _end_second(self) -> None:
        if not self._numbers.any():
            return
        told = self._numbers >= FEWEST
        moves = told & (self._highest > self._lowest)
        self._taken += self._numbers
        self._moving += np.where(moves, self._numbers, 0)
        self._constant += np.where(told & ~moves, self._numbers, 0)
        swing_uv = self._highest - self._lowest
        for seconds, of_second in ((self._noise, self._noise_uv()), (self._swing, swing_uv)):
            seconds.frombytes(np.where(moves, of_second, np.float32(np.nan)).tobytes())
        self._note_extremes(moves)
        self._lowest.fill(np.nan)
        self._highest.fill(np.nan)
        self._numbers.fill(0)
        self._first_rows.fill(np.nan)

    def _noise_uv(self) -> npt.NDArray[np.float32]:
        rows = self._first_rows
        differences = np.abs(rows[:, self._lag :] - rows[:, : -self._lag])
        noise_uv = _medians(differences)
        noise_uv *= _OF_NORMAL / np.sqrt(2)
        # A converter of steps larger than the noise: most differences are nothing.
        for channel in np.flatnonzero(noise_uv == 0).tolist():
            rms = np.sqrt(np.nanmean(np.square(differences[channel], dtype=np.float64)) / 2)
            noise_uv[channel] = rms or np.nan
        return noise_uv

    def _note_extremes(self, moves: npt.NDArray[np.bool_]) -> None:
        """Count the rows at the lowest and highest value of all, among those looked at."""
        rows = self._first_rows
        self._looked_at += np.where(moves, np.isfinite(rows).sum(axis=1), 0)
        for which, of_second, is_beyond in (
            (0, self._lowest, np.less),
            (1, self._highest, np.greater),
        ):
            of_all = self._extremes[which]
            beyond = moves & (is_beyond(of_second, of_all) | np.isnan(of_all))
            of_all[beyond] = of_second[beyond]
            self._at_extremes[which][beyond] = 0
            same = moves & (of_second == of_all)
            self._at_extremes[which] += np.where(same, (rows == of_all[:, None]).sum(axis=1), 0)


def measure_levels(
    info: StreamInfo,
    read: Callable[[int, int], Samples],
    n_samples: int,
    lost: Sequence[tuple[int, int]],
) -> tuple[ChannelLevel, ...]:
    """Return the levels of what is stored, between its gaps.

    Parameters
    ----------
    info
        What it is.
    read
        Called with (start, stop); returns these samples.
    n_samples
        Where to end, lost samples included.
    lost
        (first sample after the gap, number of lost samples) of each gap, in order.
    """
    meter = LevelMeter(info.n_channels, info.rate_hz)
    rows = max(1, round(info.rate_hz))
    start = 0
    for after, n_lost in [*lost, (n_samples, 0)]:
        end = min(after - n_lost, n_samples)
        while start < end:
            stop = min((start // rows + 1) * rows, end)
            meter.add(read(start, stop), start)
            start = stop
        start = after
    return meter.levels()


def _median_of(seconds: "array[float]", n_channels: int) -> npt.NDArray[np.float32]:
    if not seconds:
        return np.full(n_channels, np.nan, np.float32)
    return _medians(np.array(seconds, np.float32).reshape(-1, n_channels).T)


def _medians(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the upper median of the numbers in each row; NaN where there is none."""
    ordered = np.sort(rows, axis=1)  # NaN comes last
    middle = np.isfinite(rows).sum(axis=1) // 2
    found: npt.NDArray[np.float32] = ordered[np.arange(len(rows)), middle]
    return found


def _of_columns(extreme: np.ufunc, samples: Samples) -> Samples:
    """Return the lowest or highest value of each column, quickly for a few columns too."""
    n_rows, n_columns = samples.shape
    side_by_side = max(1, WIDE // n_columns)
    in_wide_rows = n_rows - n_rows % side_by_side
    if side_by_side == 1 or not in_wide_rows or not samples.flags.c_contiguous:
        plain: Samples = extreme.reduce(samples)
        return plain
    wide = extreme.reduce(samples[:in_wide_rows].reshape(-1, side_by_side * n_columns))
    found: Samples = extreme.reduce(
        np.concatenate([wide.reshape(-1, n_columns), samples[in_wide_rows:]])
    )
    return found


def _share(part: np.int64, whole: np.int64) -> float:
    return float(part) / float(whole) if whole else 0.0
