"""``TracePanel``: the sweep of one channel or of all, with its scales in words."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Signal
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from myoscope.dsp_core.findings import Table
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui import theme, wording
from myoscope.monitor_ui.calipers import Calipers, measure
from myoscope.monitor_ui.display_signal import DisplaySignal
from myoscope.monitor_ui.labels import ElidedLabel, make_label, say
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.monitor_ui.mark_layout import MarkLayout
from myoscope.monitor_ui.potential_log import PotentialLog
from myoscope.monitor_ui.raster import Lane, Pixels, SweepRaster
from myoscope.monitor_ui.theme import Look
from myoscope.monitor_ui.trace_view import LaneLabel, Line, PlacedMark, TraceView
from myoscope.recordings.decisions import What

UV_PER_DIV = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
MS_PER_DIV = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
COLUMN_DIVISIONS = 10
ROW_DIVISIONS = 8
ROW_DIVISIONS_PER_LANE = 2
MARKS_AT_MOST = 3000
WIDE_PX = 600
# A new potential has its mark with the next frame. All are placed anew, with the kinds that are
# known by then, at every fourth frame at most: kinds change more often than eyes follow.
MARK_FRAMES = 4
# Eyes do not follow a picture that moves sixty times a second any better.
SCROLL_FRAMES = 2
MARKS_PER_ROUND = 150
_MARKS_OF_EXAMINER = {
    What.SITE: "site",
    What.INSERTION: "insertion",
    What.MARKER: "",
    What.MUSCLE: "",
}


@dataclass(frozen=True, slots=True)
class View:
    """What the user chose to see.

    Attributes
    ----------
    uv_per_div, ms_per_div
        Scales, one of ``UV_PER_DIV`` and of ``MS_PER_DIV``.
    channel
        The channel shown; None shows all.
    negative_up
        The clinical way up.
    scrolls
        The newest signal stands at the right edge and the picture moves; else a line is swept
        across a picture that stands.
    """

    uv_per_div: int = 50
    ms_per_div: int = 100
    channel: int | None = 0
    negative_up: bool = True
    scrolls: bool = False

    @property
    def sweep_ms(self) -> int:
        """Length of a sweep."""
        return self.ms_per_div * COLUMN_DIVISIONS


class TracePanel(QFrame):
    """Sweeps the newest samples across a graticule, with a mark above each potential found.

    It reads the signal when ``refresh`` is called and never holds anybody up; what it was too
    late for is skipped on the screen only.

    Parameters
    ----------
    mailbox
        Of the session.
    signal
        What is swept.
    log
        The potentials to be marked.
    settings
        The band and the polarity that the signal has, for the words beside it.
    """

    clicked = Signal(float)
    """Place across the frozen picture, 0 to 1, that was clicked or dragged to."""

    def __init__(
        self,
        mailbox: Mailbox,
        signal: DisplaySignal,
        log: PotentialLog,
        settings: DetectorSettings,
    ) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._mailbox = mailbox
        self._signal = signal
        self._log = log
        self._info = mailbox.info
        self._settings = settings
        self._raster = SweepRaster(self._info.n_channels)
        self._view = View()
        self._look = Look()
        self._frozen_at: int | None = None
        self._shown_to = 0
        self._calipers: Calipers | None = None
        self._odd = ("",) * self._info.n_channels
        self._frames_to_marks = self._frames = 0
        self._seen_kinds = -1
        self._line_ahead = False
        self._marks_seen = 0
        self._generation = signal.generation
        self._lay_out()
        self._apply_view()

    def _lay_out(self) -> None:
        self._channel_label = ElidedLabel("channel")
        self._frozen_label = make_label("badge")
        self._frozen_label.setAccessibleName("State of the picture")
        self._frozen_label.hide()
        self._scale_label = make_label("scale")
        self._scale_label.setAccessibleName("Sensitivity and sweep")
        self._filter_label = make_label("dim", filter_words(self._settings))
        self._filter_label.setAccessibleName("Filters")
        self._polarity_label = make_label("dim")
        self._caliper_label = make_label("strong")
        self._caliper_label.setAccessibleName("Calipers")
        self._state_label = make_label("dim")
        # Of one height, whatever they say: words must not make the picture smaller.
        self._head, self._foot = QFrame(), QFrame()
        head, foot = QHBoxLayout(self._head), QHBoxLayout(self._foot)
        head.setContentsMargins(0, 0, 0, 0)
        foot.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self._channel_label, 1)
        head.addWidget(self._frozen_label)
        head.addWidget(self._scale_label)
        foot.addWidget(self._polarity_label)
        foot.addSpacing(12)
        foot.addWidget(self._filter_label)
        foot.addStretch(1)
        foot.addWidget(self._caliper_label)
        foot.addStretch(1)
        foot.addWidget(self._state_label)
        self.canvas = TraceView()
        self.canvas.setAccessibleName("EMG trace")
        self.canvas.pressed.connect(self.clicked)
        self.canvas.resized.connect(self._remake_picture)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(3)
        column.addWidget(self._head)
        column.addWidget(self.canvas, 1)
        column.addWidget(self._foot)

    @property
    def view(self) -> View:
        """What is shown now."""
        return self._view

    @property
    def picture(self) -> Pixels:
        """The trace's pixels as they stand, without the marks: uint32 array, 0xffRRGGBB."""
        image = self._raster.image
        return np.roll(image, -self._first_column, axis=1) if self._view.scrolls else image

    @property
    def marks(self) -> list[PlacedMark]:
        """The marks that are on the picture."""
        return list(self.canvas.marks)

    @property
    def lines(self) -> list[Line]:
        """The calipers and the examiner's marks that are on the picture."""
        return list(self.canvas.lines)

    @property
    def frozen(self) -> bool:
        """True while the picture stands still."""
        return self._frozen_at is not None

    @property
    def shown_to(self) -> int:
        """Index after the newest sample on the picture."""
        return self._raster.next_sample if self._frozen_at is None else self._shown_to

    @property
    def behind_s(self) -> float:
        """How far the picture's newest sample lies behind the stream's, in seconds of signal."""
        if self._frozen_at is None:
            return 0.0
        return self._mailbox.elapsed_s - self._shown_to / self._info.rate_hz

    @property
    def calipers(self) -> Calipers | None:
        """The calipers on the frozen picture; None while there are none."""
        return self._calipers

    def set_view(self, view: View) -> None:
        """Show something else; the picture is made anew from the newest samples."""
        before, self._view = self._view, view
        sweep_changes = view.ms_per_div != before.ms_per_div or view.scrolls != before.scrolls
        self._apply_view(rescan=sweep_changes)

    def set_look(self, look: Look) -> None:
        """Draw in these colours and sizes."""
        self._look = look
        self._head.setFixedHeight(look.px(26))
        self._foot.setFixedHeight(look.px(19))
        self.canvas.set_look(look)
        self._remake_picture()
        self._say_state()

    def set_frozen(self, frozen: bool) -> None:
        """Let the picture stand still, or catch up with the newest samples."""
        if frozen == self.frozen:
            return
        if frozen:
            self._signal.hold()
            self._frozen_at = self._shown_to = self._raster.next_sample
            self._place_marks()
        else:
            self._signal.release()
            self._signal.advance()
            self._frozen_at = None
            self._calipers = None
            self._rescan()
        self._say_state()

    def show_until(self, sample: int) -> None:
        """Let a frozen picture end at ``sample``, as far as the signal is still there."""
        if self._frozen_at is None:
            return
        oldest = self._signal.oldest_shown
        earliest = min(self._frozen_at, oldest + self._raster.samples_per_sweep)
        self._shown_to = min(max(sample, earliest), self._frozen_at)
        self._rescan()
        self._say_state()

    def set_calipers(self, calipers: Calipers | None) -> None:
        """Put calipers on the frozen picture, or take them away."""
        self._calipers = calipers if self.frozen else None
        self._place_lines()
        self._say_state()

    def sample_at(self, share: float) -> int:
        """Return the sample at a place across the picture, 0 (left) to 1."""
        raster = self._raster
        column = min(max(int(share * raster.columns), 0), raster.columns - 1)
        if self._view.scrolls:
            column += self._first_column
        newest = raster.newest_column
        strip = newest - (newest - column) % raster.columns
        return max(0, -(-strip * raster.samples_per_sweep // raster.columns))

    def refresh(self) -> None:
        """Show what has come since the last call."""
        if self._signal.generation != self._generation:
            self._generation = self._signal.generation
            self._frozen_at = self._calipers = None
            self._raster.restart(0)
            self._rescan()
            self._say_state()
        self._frames_to_marks -= 1
        if self.frozen:
            self._refresh_marks()
            return
        if not self._raster.columns > 1:
            return
        self._frames += 1
        if self._view.scrolls and self._frames % SCROLL_FRAMES:
            return
        start, newest = self._raster.next_sample, self._signal.newest
        if newest - start > self._raster.samples_per_sweep:
            self._rescan()  # too late for a whole sweep: skip to the newest
            return
        if newest > start:
            for first, rows in self._signal.views(start, newest):
                self._raster.extend(rows, first)
            self.canvas.update_columns(*self._raster.paint())
            self._follow()
            self._drop_marks()
        self._refresh_marks()

    def _refresh_marks(self) -> None:
        changed = self._log.kinds_version != self._seen_kinds or self._line_ahead
        if changed and self._frames_to_marks <= 0:
            self._place_marks()
        elif self._log.seen != self._marks_seen:
            self._add_marks()

    def changeEvent(self, event: QEvent) -> None:
        """Make the picture anew where the screen has another resolution."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._remake_picture()
        super().changeEvent(event)

    def _apply_view(self, rescan: bool = True) -> None:
        view, rate_hz = self._view, self._info.rate_hz
        self._raster.erase_px = 0 if view.scrolls else SweepRaster.ERASE_PX
        if rescan:
            self._raster.set_samples_per_sweep(round(view.sweep_ms * rate_hz / 1000))
        labels = self._info.channel_labels
        self._channel_label.say(
            f"all {len(labels)} channels"
            if view.channel is None
            else f"Ch {view.channel + 1}  {labels[view.channel]}"
        )
        self._say_scales()
        say(self._polarity_label, "negative up" if view.negative_up else "positive up")
        self._remake_picture(rescan=rescan)
        self._say_state()

    def _say_scales(self) -> None:
        voltage = wording.voltage(self._view.uv_per_div)
        duration = wording.duration(self._view.ms_per_div)
        between = "/div   " if self._is_wide else " · "
        say(self._scale_label, f"{voltage}{between}{duration}/div")

    @property
    def _lanes(self) -> range:
        channel = self._view.channel
        return range(self._info.n_channels) if channel is None else range(channel, channel + 1)

    @property
    def _row_divisions(self) -> int:
        n_lanes = len(self._lanes)
        return ROW_DIVISIONS if n_lanes == 1 else ROW_DIVISIONS_PER_LANE * n_lanes

    def say_state(self, live: bool, recording: bool) -> None:
        """Say whether the picture stands still, and what goes on behind it.

        A picture that is not of a live stream stands still by itself.
        """
        if self.frozen:
            still = "still recording" if recording else "not recording"
            words = f"FROZEN – {still} · {self.behind_s:.0f} s behind"
            # The top bar says in any case whether it is recorded.
            say(self._frozen_label, words if self._is_wide else f"FROZEN {self.behind_s:.0f} s")
        self._frozen_label.setVisible(live and self.frozen)
        self._say_scale_of_time()

    def say_odd(self, odd: tuple[str, ...]) -> None:
        """Say from now on why channels cannot be judged; "" for those whose noise is a figure."""
        self._odd = odd

    def _say_scale_of_time(self) -> None:
        way = "scroll" if self._view.scrolls else "sweep"
        parts = [f"{way} {wording.duration(self._view.sweep_ms)}"]
        channel = self._view.channel
        if channel is not None:
            noise_uv = float(self._mailbox.noise_uv[channel])
            if self._odd[channel]:
                parts.insert(0, "not judged")
            elif np.isfinite(noise_uv):
                parts.insert(0, f"noise {noise_uv:.1f} µV")
        say(self._state_label, " · ".join(parts))

    def _say_state(self) -> None:
        self._say_scale_of_time()
        words = ""
        if self._calipers is not None:
            measured = measure(self._calipers, self._signal)
            words = measured.words if self._is_wide else measured.few_words
        say(self._caliper_label, words)
        self._polarity_label.setVisible(not words)
        self._filter_label.setVisible(not words and self._is_wide)
        self._state_label.setVisible(not words)
        palette = self._look.palette
        style = f"background: {palette.text}; color: {palette.background};"
        if self._frozen_label.styleSheet() != style:
            self._frozen_label.setStyleSheet(style)

    @property
    def _is_wide(self) -> bool:
        """False where the words around the picture have to be short."""
        return self.width() >= self._look.px(WIDE_PX)

    def _remake_picture(self, rescan: bool = True) -> None:
        self._say_scales()
        canvas = self.canvas
        ratio = canvas.devicePixelRatioF()
        columns, rows = int(canvas.width() * ratio), int(canvas.height() * ratio)
        if columns < 2 * SweepRaster.ERASE_PX or rows < 20:
            return
        palette = self._look.palette
        lane_height = rows / len(self._lanes)
        tops = [round(lane * lane_height) for lane in range(len(self._lanes) + 1)]
        lanes = [
            Lane(
                channel,
                zero_px=(tops[lane] + tops[lane + 1] - 1) / 2,
                top_px=tops[lane],
                bottom_px=tops[lane + 1] - 1,
                colour=theme.packed(palette.trace),
            )
            for lane, channel in enumerate(self._lanes)
        ]
        px_per_uv = rows / self._row_divisions / self._view.uv_per_div
        background = self._background(rows, columns, lanes, ratio)
        if rescan or self._raster.image.shape != background.shape:
            self._raster.set_picture(background, theme.packed(palette.cursor))
            rescan = True
        else:
            self._raster.set_background(background)
        width = ratio * (self._look.scale if len(lanes) == 1 else 1.0)
        self._raster.set_lanes(
            lanes,
            -px_per_uv if self._view.negative_up else px_per_uv,
            line_px=max(1, round(width)) if len(lanes) > 1 else max(2, round(2 * width)),
        )
        self.canvas.set_pixels(self._raster.image, ratio)
        self.canvas.labels = self._labels(lanes, ratio) if self._view.scrolls else []
        if rescan:
            self._rescan()
        else:
            self._raster.repaint()
            self._place_marks()

    def _rescan(self) -> None:
        """Make the picture anew from what is still there of the sweep that it shows."""
        raster, signal = self._raster, self._signal
        end = signal.newest if self._frozen_at is None else self._shown_to
        views = signal.views(max(0, end - raster.samples_per_sweep), end)
        raster.restart(views[0][0] if views else end)
        for first, rows in views:
            raster.extend(rows, first)
        raster.repaint()
        self.canvas.update()
        self._follow()
        self._place_marks()

    def _follow(self) -> None:
        """Let the newest column stand at the right edge, where the picture scrolls."""
        self.canvas.scroll_to(self._first_column if self._view.scrolls else None)

    @property
    def _first_column(self) -> int:
        """Place in the raster of the oldest column, which a picture that scrolls begins with."""
        return (self._raster.newest_column + 1) % self._raster.columns

    @property
    def _oldest_column(self) -> int:
        """Column before the oldest one that is on the picture."""
        raster = self._raster
        return max(raster.newest_column - raster.columns + raster.erase_px, raster.first_column - 1)

    def _drop_marks(self) -> None:
        """Take away the marks and lines that the erase bar has reached."""
        marks, oldest = self.canvas.marks, self._oldest_column
        while marks and marks[0].column <= oldest:
            self.canvas.update_mark(marks.pop(0))
        if any(line.column <= oldest for line in self.canvas.lines):
            self.canvas.set_lines([line for line in self.canvas.lines if line.column > oldest])

    def _place_marks(self) -> None:
        """Put a mark above each potential on the picture, with the kind that is known now."""
        self._seen_kinds = self._log.kinds_version
        raster = self._raster
        self._layout = MarkLayout(raster, self._lanes, self.canvas.devicePixelRatioF(), self._look)
        since = self._oldest_column * raster.samples_per_sweep // raster.columns
        marks = self._marks_of(self._log.since(since))
        before, self.canvas.marks = self.canvas.marks, marks
        # The more there are, the longer until their kinds are looked up again.
        self._frames_to_marks = MARK_FRAMES * (1 + len(marks) // MARKS_PER_ROUND)
        for mark in set(before) ^ set(marks):
            self.canvas.update_mark(mark)
        self._place_lines()

    def _add_marks(self) -> None:
        """Put a mark above each potential that was found since the last time."""
        for mark in self._marks_of(self._log.newest(self._log.seen - self._marks_seen)):
            self.canvas.marks.append(mark)
            self.canvas.update_mark(mark)

    def _marks_of(self, rows: Table) -> list[PlacedMark]:
        self._marks_seen = self._log.seen
        if len(self._lanes) == 1:
            rows = rows[rows["channel"] == self._lanes[0]]
        rows = rows[rows["sample"] < self.shown_to][-MARKS_AT_MOST:]
        return list(self._layout.place(rows, self._log.kinds(rows), self._oldest_column))

    def _place_lines(self) -> None:
        """Draw the examiner's marks and the calipers that lie on the picture."""
        palette = self._look.palette
        lines = []
        self._line_ahead = False
        for decision in self._mailbox.decisions():
            if decision.what in _MARKS_OF_EXAMINER:
                self._line_ahead |= decision.sample >= self._raster.next_sample
                word = f"{_MARKS_OF_EXAMINER[decision.what]} {decision.value}".strip()
                lines.append(self._line(decision.sample, word, palette.dim, False))
        if self._calipers is not None:
            for name, sample in (("A", self._calipers.a), ("B", self._calipers.b)):
                moving = self._calipers.moving == name.lower()
                word = f"{name} ◂▸" if moving else name
                lines.append(self._line(sample, word, palette.caliper, True))
        self.canvas.set_lines([line for line in lines if line is not None])

    def _line(self, sample: int, word: str, colour: str, firm: bool) -> Line | None:
        raster = self._raster
        column = raster.column_of(sample)
        if not self._oldest_column < column <= raster.newest_column:
            return None
        x = (column % raster.columns + 0.5) / self.canvas.devicePixelRatioF()
        return Line(column, x, word, colour, firm)

    def _background(self, rows: int, columns: int, lanes: list[Lane], ratio: float) -> Pixels:
        """Return the graticule: 10 divisions across, and as many up as the scale says."""
        palette = self._look.palette
        pixels = np.zeros((rows, columns), np.uint32)
        image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
        image.fill(QColor(palette.background))
        painter = QPainter(image)
        pen = QPen(QColor(palette.graticule), max(1.0, ratio))
        painter.setPen(pen)
        for division in range(1, COLUMN_DIVISIONS):
            x = division * columns // COLUMN_DIVISIONS
            painter.drawLine(x, 0, x, rows)
        if len(lanes) <= ROW_DIVISIONS:
            for division in range(1, self._row_divisions):
                y = division * rows // self._row_divisions
                painter.drawLine(0, y, columns, y)
        painter.setPen(QPen(QColor(palette.graticule_zero), max(1.0, ratio)))
        for lane in lanes:
            painter.drawLine(0, int(lane.zero_px), columns, int(lane.zero_px))
        if not self._view.scrolls:  # behind the line
            font = QFont(theme.FONT)
            painter.setPen(QColor(palette.dim))
            for label in self._labels(lanes, 1.0):
                font.setPixelSize(label.font_px)
                painter.setFont(font)
                painter.drawText(QPointF(4, label.bottom), label.words)
        painter.end()
        return pixels

    def _labels(self, lanes: list[Lane], ratio: float) -> list[LaneLabel]:
        """Return the names of several channels, in pixels of the picture divided by ``ratio``."""
        if len(lanes) == 1:
            return []
        height = (lanes[0].bottom_px - lanes[0].top_px - 1) / ratio
        wanted = 12 * self._look.scale * self.canvas.devicePixelRatioF() / ratio
        font_px = max(8, round(min(wanted, height)))
        return [
            LaneLabel(
                f"{lane.channel + 1} {self._info.channel_labels[lane.channel]}",
                (lane.bottom_px - 3) / ratio,
                font_px,
            )
            for lane in lanes
        ]


def next_step(steps: tuple[int, ...], value: int, by: int) -> int:
    """Return the step ``by`` places on from ``value``, at most to the end of the scale."""
    return steps[min(max(steps.index(value) + by, 0), len(steps) - 1)]


def filter_words(settings: DetectorSettings) -> str:
    """Return the band and the notch as they are shown beside the trace."""
    low_pass = (
        f"{settings.low_pass_hz / 1000:g} kHz"
        if settings.low_pass_hz >= 1000
        else f"{settings.low_pass_hz:g} Hz"
    )
    notch = f"notch {settings.notch_hz:g} Hz" if settings.notch_hz else "notch off"
    inverted = "  input inverted" if settings.polarity == "inverted" else ""
    return f"{settings.high_pass_hz:g} Hz – {low_pass}  {notch}{inverted}"
