"""``SweepRaster``: the newest sweep of a stream as a picture that hides no potential."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.block import Samples
from myoscope.monitor_ui import _raster

Pixels = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a channel is drawn.

    Attributes
    ----------
    channel
        Index of the channel.
    zero_px
        Row of 0 microvolts.
    top_px, bottom_px
        First and last row; what would lie outside is drawn at this edge.
    colour
        0xffRRGGBB.
    """

    channel: int
    zero_px: float
    top_px: int
    bottom_px: int
    colour: int


class SweepRaster:
    """A picture that a line is swept across, over and over, with an erase bar ahead of it.

    Every column of pixels shows the whole range that the signal took in it, so a potential of one
    sample is as high on the screen as at any other sweep speed. Columns hold the same samples
    however the stream came in. Belongs to one thread.

    Parameters
    ----------
    n_channels
        Channels of the stream; all are followed, so that another can be shown at once.

    Attributes
    ----------
    image
        The picture: uint32 array, shape (rows, columns), 0xffRRGGBB.
    next_sample
        Index of the sample that is expected next.
    samples_per_sweep
        Length of a sweep.
    first_column
        Column, counted from the start of the stream, in which the line on the picture begins.
    erase_px
        Columns ahead of the line that are kept empty behind a cursor; 0 keeps a whole sweep, for a
        picture that is scrolled. Takes effect with ``repaint``.
    """

    ERASE_PX = 24

    def __init__(self, n_channels: int) -> None:
        self.n_channels = n_channels
        self.samples_per_sweep = 1
        self.next_sample = 0
        self.erase_px = self.ERASE_PX
        self.image: Pixels = np.zeros((1, 1), np.uint32)
        self._background: Pixels = self.image.copy()
        self._cursor = 0xFFFFFFFF
        self._px_per_uv = 1.0
        self._line_px = 1
        self._channels = np.zeros(0, np.int32)
        self._zero_px = np.zeros(0, np.float64)
        self._top_px = np.zeros(0, np.int32)
        self._bottom_px = np.zeros(0, np.int32)
        self._colours = np.zeros(0, np.uint32)
        self._painted_to = 0
        self._start_at(0)

    @property
    def columns(self) -> int:
        """Columns of pixels in a sweep."""
        return int(self.image.shape[1])

    @property
    def newest_column(self) -> int:
        """Column of the newest sample, counted from the start of the stream; -1 before it."""
        return self.column_of(self.next_sample - 1) if self.next_sample else -1

    def column_of(self, sample: int) -> int:
        """Return the column, counted from the start of the stream, that a sample lies in."""
        return sample * self.columns // self.samples_per_sweep

    def set_picture(self, background: Pixels, cursor: int) -> None:
        """Take a picture size and what lies behind the line; forgets the signal.

        Parameters
        ----------
        background : uint32 array, shape (rows, columns), 0xffRRGGBB
        cursor
            Colour of the line at the head of the sweep.
        """
        self._background = np.ascontiguousarray(background, np.uint32)
        self.image = self._background.copy()
        self._cursor = cursor
        self._start_at(self.next_sample)

    def set_background(self, background: Pixels) -> None:
        """Put something else of the same size behind the line; takes effect with ``repaint``."""
        self._background = np.ascontiguousarray(background, np.uint32)

    def set_samples_per_sweep(self, samples: int) -> None:
        """Set the sweep's length; forgets the signal."""
        self.samples_per_sweep = max(1, samples)
        self._start_at(self.next_sample)

    def set_lanes(self, lanes: list[Lane], px_per_uv: float, line_px: int) -> None:
        """Choose what is drawn where and how high; takes effect with ``repaint``.

        Parameters
        ----------
        lanes
            One for each channel to be drawn.
        px_per_uv
            Rows for a microvolt; a number below 0 draws negative deflections upwards.
        line_px
            Width of the line.
        """
        self._channels = np.array([lane.channel for lane in lanes], np.int32)
        self._zero_px = np.array([lane.zero_px for lane in lanes], np.float64)
        self._top_px = np.array([lane.top_px for lane in lanes], np.int32)
        self._bottom_px = np.array([lane.bottom_px for lane in lanes], np.int32)
        self._colours = np.array([lane.colour for lane in lanes], np.uint32)
        self._px_per_uv = px_per_uv
        self._line_px = line_px

    def restart(self, first_sample: int) -> None:
        """Forget the signal; the next ``extend`` begins with ``first_sample``."""
        self.image[:] = self._background
        self._start_at(first_sample)

    def extend(self, samples: Samples, first_sample: int) -> None:
        """Take the next samples; does not paint them yet.

        Parameters
        ----------
        samples : float32 array, shape (n_samples, n_channels), microvolts
            C-contiguous. NaN interrupts the line.
        first_sample
            Index of the first row; one beyond the sample expected leaves a gap in the line.
        """
        if first_sample > self.next_sample:
            _raster.interrupt(
                self.next_sample,
                first_sample,
                self.samples_per_sweep,
                self._previous,
                self._low,
                self._high,
            )
        _raster.extend(
            samples, first_sample, self.samples_per_sweep, self._previous, self._low, self._high
        )
        self.next_sample = first_sample + samples.shape[0]

    def envelope(self, column: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return the lowest and the highest value in a column for each channel, microvolts."""
        place = column % self.columns
        return self._low[place], self._high[place]

    def paint(self) -> tuple[int, int]:
        """Paint what came since the last call.

        Returns
        -------
        first_column, end_column
            The columns whose pixels may have changed, counted from the start of the stream; at
            most one sweep of them.
        """
        newest = self.newest_column
        # The column that was newest at the last call may have grown.
        first = max(self._painted_to - 1, newest + 1 - self.columns, 0)
        self._paint_columns(first, newest + 1)
        self._painted_to = newest + 1
        return first, min(newest + 1 + self.erase_px, first + self.columns)

    def repaint(self) -> None:
        """Paint the whole picture anew."""
        newest = self.newest_column
        self.image[:] = self._background
        self._paint_columns(
            max(newest + 1 - self.columns + self.erase_px, self.first_column, 0), newest + 1
        )
        self._painted_to = newest + 1

    def _start_at(self, first_sample: int) -> None:
        shape = self.columns, self.n_channels
        self.next_sample = first_sample
        self._low = np.full(shape, np.inf, np.float32)
        self._high = np.full(shape, -np.inf, np.float32)
        self._previous = np.full(self.n_channels, np.nan, np.float32)
        self.first_column = self._painted_to = self.column_of(first_sample)

    def _paint_columns(self, first: int, end: int) -> None:
        if self._channels.size and end > first:
            _raster.paint(
                first,
                end,
                self._low,
                self._high,
                self._channels,
                self._zero_px,
                self._px_per_uv,
                self._top_px,
                self._bottom_px,
                self._colours,
                self._line_px,
                self._background,
                self.image,
            )
        if self.erase_px:
            ahead = end + min(self.erase_px, self.columns)
            _raster.erase(end, ahead, self._background, self.image)
            self.image[:, end % self.columns] = self._cursor
