"""Superimposed potentials with scale bars, as SVG; no Qt here."""

from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt

from myoscope.dsp_core.kinds import Kind
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui import wording
from myoscope.monitor_ui.display_filter import DisplayFilter
from myoscope.monitor_ui.marks import MARKS
from myoscope.recordings.reader import Recording

MOST = 20
SETTLING_S = 0.3
# Before and after the largest deflection; longer for what is longer.
WINDOW_MS = (4.0, 12.0)
LONG_WINDOW_MS = (8.0, 32.0)
WIDTH, HEIGHT = 260, 150
BARS_UV = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """Potentials of one train, laid over each other.

    Attributes
    ----------
    kind, channel_label
        What they are, and where.
    traces
        float32 array, shape (n_potentials, n_samples), microvolts, positive up.
    step_ms
        Time from a sample to the next.
    before_ms
        Time from the first sample to the largest deflection.
    """

    kind: Kind
    channel_label: str
    traces: npt.NDArray[np.float32]
    step_ms: float
    before_ms: float

    @property
    def title(self) -> str:
        """Kind, channel and number."""
        number = wording.number_of_potentials(len(self.traces))
        return f"{MARKS[self.kind].sign} {self.kind.words} · {self.channel_label} · {number}"

    def svg(self) -> str:
        """Return the picture, negative up, with a bar of time and one of voltage."""
        mean = self.traces.mean(axis=0)
        low, high = float(self.traces.min()), float(self.traces.max())
        span = max(high - low, 1.0)
        top, left, plot_width, plot_height = 8, 8, WIDTH - 16, HEIGHT - 40

        def points(trace: npt.NDArray[np.float32]) -> str:
            x = left + np.arange(len(trace)) * plot_width / max(1, len(trace) - 1)
            y = top + (trace - low) * plot_height / span  # negative up
            return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))

        colour = MARKS[self.kind].colour_on_light
        lines = [
            f'<polyline points="{points(trace)}" fill="none" stroke="{colour}" '
            'stroke-opacity="0.3" stroke-width="0.7"/>'
            for trace in self.traces
        ]
        lines.append(
            f'<polyline points="{points(mean)}" fill="none" stroke="#111111" stroke-width="1.6"/>'
        )
        length_ms = (self.traces.shape[1] - 1) * self.step_ms
        bar_ms = 10 if length_ms >= 30 else 5
        bar_uv = max((bar for bar in BARS_UV if bar <= 0.5 * span), default=BARS_UV[0])
        bar_x, bar_y = bar_ms * plot_width / length_ms, bar_uv * plot_height / span
        foot = HEIGHT - 24
        lines.append(
            f'<path d="M {left} {foot - bar_y:.1f} V {foot} H {left + bar_x:.1f}" fill="none" '
            'stroke="#111111" stroke-width="1.5"/>'
        )
        words = escape(f"{wording.duration(bar_ms)} · {wording.voltage(bar_uv)} · negative up")
        lines.append(
            f'<text x="{left}" y="{HEIGHT - 6}" font-family="DejaVu Sans, sans-serif" '
            f'font-size="11" fill="#111111">{words}</text>'
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape(self.title)}">'
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>{"".join(lines)}</svg>'
        )


def cut_out(
    recording: Recording,
    settings: DetectorSettings,
    samples: npt.NDArray[np.int64],
    channel: int,
    kind: Kind,
) -> Waveform | None:
    """Return potentials of a train in the detector's band; None where none can be cut out whole.

    Raises
    ------
    DamagedRecordingError
        If the signal there cannot be read.
    """
    info = recording.info
    before_ms, after_ms = (
        WINDOW_MS if kind in (Kind.FIBRILLATION, Kind.MYOTONIC_DISCHARGE) else LONG_WINDOW_MS
    )
    before, after = (round(ms * info.rate_hz / 1000) for ms in (before_ms, after_ms))
    settling = round(SETTLING_S * info.rate_hz)
    # Spread over the train, not only its beginning.
    places = np.unique(np.linspace(0, len(samples) - 1, min(MOST, len(samples))).astype(int))
    traces = []
    for sample in samples[places].tolist():
        start, stop = sample - before, sample + after
        first = max(0, start - settling)
        if start < 0 or stop > recording.n_samples:
            continue
        band = DisplayFilter(info.n_channels, info.rate_hz, settings)
        trace = band.process(recording.read(first, stop), first)[start - first :, channel]
        if np.isfinite(trace).all():
            traces.append(trace)
    if not traces:
        return None
    return Waveform(
        kind, info.channel_labels[channel], np.array(traces), 1000 / info.rate_hz, before_ms
    )
