"""The text monitor: a table that keeps up with the session, or plain lines where none can be."""

import math
from collections.abc import Iterator
from typing import IO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui import wording
from myoscope.monitor_ui.app import Run
from myoscope.monitor_ui.mailbox import SeenAlert
from myoscope.monitor_ui.marks import MARKS

REFRESH_S = 0.25
SILENT_S = 1.0
STATUS_S = 10.0
ALERT_LINES = 12


def watch(run: Run, console: Console | None = None) -> None:
    """Show a run until it ends.

    On a terminal a table is redrawn in place; elsewhere every alert is a line of its own, so that
    it can be piped and kept.
    """
    console = console or Console()
    if console.is_terminal:
        _watch_live(run, console)
    else:
        _watch_plain(run, console.file)


def _watch_live(run: Run, console: Console) -> None:
    with Live(
        console=console, get_renderable=lambda: render(run, console.width), auto_refresh=False
    ) as live:
        while run.running:
            run.join(REFRESH_S)
            live.refresh()


def _watch_plain(run: Run, out: IO[str]) -> None:
    info = run.info
    _say(
        out,
        f"{info.name}: {wording.channels(info.n_channels)} "
        f"at {info.rate_hz:g} Hz; {recording_words(run)}",
    )
    told: dict[int, bool] = {}
    warned: list[str] = []
    silent, next_status_s = False, STATUS_S
    while True:
        running = run.running
        for warning in run.early.judgement.warnings:
            if warning not in warned:
                warned.append(warning)
                _say(out, f"{wording.clock_ms(run.mailbox.elapsed_s)}  warning  {warning}")
        for alert in run.mailbox.alerts():
            if told.get(alert.number) is not alert.stands:
                if alert.number not in told:
                    _say(out, alert_line(run, alert))
                if not alert.stands:
                    _say(out, cleared_line(run, alert))
                told[alert.number] = alert.stands
        if (run.mailbox.silent_s > SILENT_S and running) is not silent:
            silent = not silent
            at = wording.clock_ms(run.mailbox.elapsed_s)
            _say(out, f"{at}  {'no samples are coming' if silent else 'samples are coming again'}")
        if run.mailbox.elapsed_s >= next_status_s:
            next_status_s += STATUS_S * math.ceil(
                (run.mailbox.elapsed_s - next_status_s) / STATUS_S + 1e-9
            )
            _say(out, status_line(run))
        if not running:
            return
        run.join(REFRESH_S)


def _say(out: IO[str], line: str) -> None:
    print(line, file=out, flush=True)


def alert_line(run: Run, alert: SeenAlert) -> str:
    """Return an alert as one plain line."""
    return (
        f"{wording.clock_ms(alert.raised_s)}  ALERT  {_where(run, alert.channel)}: "
        f"{wording.plural(alert.kind)}, {wording.rhythm(alert.rate_hz, alert.interval_cv)}, "
        f"confidence {alert.confidence:.2f}, "
        f"first at {wording.clock_ms(alert.first_potential_s)}"
    )


def cleared_line(run: Run, alert: SeenAlert) -> str:
    """Return the end of an alert as one plain line."""
    return (
        f"{wording.clock_ms(alert.cleared_s)}  ended  {_where(run, alert.channel)}: "
        f"{wording.plural(alert.kind)} after {wording.number_of_potentials(alert.potentials)}"
    )


def status_line(run: Run) -> str:
    """Return how the stream is doing as one plain line."""
    mailbox = run.mailbox
    levels = ", ".join(
        f"{label} {_microvolts(level)}/{_microvolts(noise)}"
        for label, level, noise in zip(
            run.info.channel_labels, mailbox.level_uv(), mailbox.noise_uv, strict=True
        )
    )
    return (
        f"{wording.clock_ms(mailbox.elapsed_s)}  status  {stream_words(run)}; "
        f"RMS/noise µV: {levels}; {recording_words(run)}"
    )


def stream_words(run: Run) -> str:
    """Return rate, lag and losses in words."""
    health = run.mailbox.health
    parts = [f"{run.info.rate_hz:g} Hz"]
    if math.isfinite(health.effective_rate_hz):
        parts.append(f"measured {health.effective_rate_hz:.1f} Hz")
    if math.isfinite(health.lag_ms):
        parts.append(f"lag {health.lag_ms:.0f} ms")
    gaps = f" in {health.gaps} gap{'s' if health.gaps > 1 else ''}" if health.gaps else ""
    parts.append(f"lost {health.lost_samples}{gaps}")
    return " · ".join(parts)


def recording_words(run: Run) -> str:
    """Return what is being recorded, in words."""
    recorder = run.recorder
    if recorder is None:
        return "not recording"
    return {
        "recording": f"recording to {recorder.folder}",
        "closed": f"recorded to {recorder.folder}",
    }.get(recorder.state, f"RECORDING HAS STOPPED ({recorder.state}): {recorder.folder}")


def render(run: Run, width: int) -> RenderableType:
    """Return the whole screen for a terminal of ``width`` columns."""
    return Group(
        _heading(run),
        _stream_line(run),
        *(Text(warning, "bold yellow") for warning in run.early.judgement.warnings),
        _recording_line(run),
        _channels(run, width),
        *_alerts(run),
    )


def _heading(run: Run) -> Text:
    mailbox = run.mailbox
    heading = Text()
    if mailbox.ended:
        heading.append(" ENDED ", "black on white")
    elif mailbox.silent_s > SILENT_S:
        heading.append(f" NO SAMPLES for {mailbox.silent_s:.0f} s ", "bold black on yellow")
    else:
        heading.append(" LIVE ", "bold black on green")
    heading.append(f"  {wording.clock(mailbox.elapsed_s)}  ", "bold")
    heading.append(run.info.name)
    return heading


def _stream_line(run: Run) -> Text:
    return Text(stream_words(run), "bold yellow" if run.mailbox.health.lost_samples else "dim")


def _recording_line(run: Run) -> Text:
    recorder = run.recorder
    if recorder is None:
        return Text("○ not recording", "dim")
    if recorder.state not in ("recording", "closed"):
        return Text(recording_words(run), "bold white on red")
    line = Text("● REC " if recorder.state == "recording" else "■ ", "bold red")
    line.append(f"{recorder.folder}", "default")
    line.append(f" · {recorder.durable_samples / run.info.rate_hz:.0f} s on the disk", "dim")
    line.append(f" · room for {wording.room(recorder.minutes_left)}", "dim")
    return line


def _channels(run: Run, width: int) -> Table:
    mailbox = run.mailbox
    level, noise, counts = mailbox.level_uv(), mailbox.noise_uv, mailbox.counts()
    kinds = [kind for kind in Kind if kind.raises_alert and counts[:, kind].any()]
    others = [kind for kind in Kind if not kind.raises_alert and counts[:, kind].any()]
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("", justify="right")
    table.add_column("channel", max_width=max(8, width // 4), no_wrap=True, overflow="ellipsis")
    table.add_column("RMS µV", justify="right", no_wrap=True)
    if width >= 50:
        table.add_column("noise µV", justify="right", no_wrap=True)
    # Columns that do not fit are left out, the less telling kinds first.
    shown = (kinds + others)[: max(0, (width - 45) // 7)]
    for kind in shown:
        mark = MARKS[kind]
        table.add_column(f"{mark.sign} {mark.short}", justify="right", style=mark.colour)
    for channel, label in enumerate(run.info.channel_labels):
        row: list[RenderableType] = [
            str(channel + 1),
            Text(label),
            _microvolts(level[channel]),
        ]
        if width >= 50:
            row.append(_microvolts(noise[channel]))
        table.add_row(*row, *(str(counts[channel, kind]) for kind in shown))
    return table


def _alerts(run: Run) -> Iterator[RenderableType]:
    alerts = run.mailbox.alerts()
    standing = sum(alert.stands for alert in alerts)
    yield Text(f"Alerts: {standing} standing, {len(alerts) - standing} over", "bold")
    # Those that stand come first: they are what the person at the screen asks for.
    newest_first = sorted(alerts, key=lambda alert: (not alert.stands, -alert.number))
    for alert in newest_first[:ALERT_LINES]:
        mark = MARKS[alert.kind]
        line = Text(f"{wording.clock(alert.raised_s)} ", "dim", no_wrap=True, overflow="ellipsis")
        line.append(f"{mark.sign} {wording.plural(alert.kind)}", f"bold {mark.colour}")
        line.append(
            f"  {_where(run, alert.channel)}  "
            f"{wording.rhythm(alert.rate_hz, alert.interval_cv)}, "
            f"{wording.number_of_potentials(alert.potentials)}",
            "default",
        )
        if not alert.stands:
            line.append(f"  until {wording.clock(alert.cleared_s)}", "dim")
        yield line


def _where(run: Run, channel: int) -> str:
    label = run.info.channel_labels[channel]
    return f"channel {channel + 1}" + (f" {label}" if label and label != str(channel + 1) else "")


def _microvolts(value: float) -> str:
    return f"{value:.1f}" if math.isfinite(value) and value > 0 else "–"
