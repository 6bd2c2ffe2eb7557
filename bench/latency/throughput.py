"""``myoscope bench throughput``: the core alone, and beside its peers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from myoscope.bench.latency.machine import machine
from myoscope.bench.latency.page import Chart, Page, write_json
from myoscope.bench.latency.peers import OURS, peers
from myoscope.bench.latency.signals import signal
from myoscope.bench.latency.stages import stages
from myoscope.bench.latency.timing import Times, in_turns
from myoscope.dsp_core.detector import SpontaneousActivityDetector
from myoscope.monitor_ui.progress import progress_bars

N_BLOCKS = 2000
# Peers take up to a thousand times as long.
N_PEER_BLOCKS = 300
_PERCENTS = (50.0, 99.0, 99.9)


@dataclass(slots=True)
class Throughput:
    """All that was measured."""

    rate_hz: float
    per_second: int
    quiet: dict[tuple[int, float], Times] = field(default_factory=dict)
    busy: dict[tuple[int, float], Times] = field(default_factory=dict)
    by_stage: dict[int, dict[str, Times]] = field(default_factory=dict)
    beside: dict[tuple[int, float], dict[str, Times]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def measure_throughput(
    channels: Sequence[int],
    blocks_ms: Sequence[float],
    rate_hz: float,
    per_second: int,
    *,
    with_peers: bool,
    json: Path | None,
    html: Path | None,
) -> None:
    """Measure and show; the arguments are those of the command."""
    found = Throughput(rate_hz, per_second)
    places = [(n, ms) for n in channels for ms in blocks_ms]
    with progress_bars() as bars:
        task = bars.add_task("blocks", total=len(places) * (2 + with_peers) + len(channels))
        for n_channels, block_ms in places:
            rows = max(1, round(rate_hz * block_ms / 1000))
            place = (n_channels, block_ms)
            for activity, times in ((0, found.quiet), (per_second, found.busy)):
                bars.update(task, description=f"{n_channels} channels, {block_ms:g} ms")
                samples = signal(n_channels, rate_hz, activity)
                work = SpontaneousActivityDetector(n_channels, rate_hz).process
                times[place] = in_turns({OURS: work}, samples, rows, rate_hz, N_BLOCKS)[OURS]
                bars.advance(task)
            if with_peers:
                works, found.left_out = peers(n_channels, rate_hz, rows)
                # As it is in a session: ours knows the noise and the trains, its peers nothing.
                works[OURS](samples)
                found.beside[place] = in_turns(works, samples, rows, rate_hz, N_PEER_BLOCKS)
                bars.advance(task)
        for n_channels in channels:
            rows = max(1, round(rate_hz * 0.005))
            found.by_stage[n_channels] = stages(n_channels, rate_hz, rows, per_second, N_BLOCKS)
            bars.advance(task)
    terminal = Console()
    _print(found, terminal if terminal.is_terminal else Console(width=140))
    if json is not None:
        write_json(json, as_json(found))
    if html is not None:
        as_page(found).write(html)


def _print(found: Throughput, console: Console) -> None:
    for line in _machine_lines():
        console.print(line, highlight=False)
    for title, table in _tables(found):
        console.print()
        console.print(title, highlight=False)
        console.print(table)
    for name, reason in found.left_out.items() if found.beside else ():
        console.print(f"not measured: {name} – {reason}", highlight=False)


def _machine_lines() -> list[str]:
    facts = machine()
    return [f"{facts.pop('processor')}; " + ", ".join(f"{k} {v}" for k, v in facts.items())]


def _tables(found: Throughput) -> list[tuple[str, Table]]:
    rate = f"at {found.rate_hz / 1000:g} kHz"
    tables = []
    for title, times in (
        (f"The core {rate}, nothing but noise", found.quiet),
        (f"The core {rate}, {found.per_second} potentials a second and channel", found.busy),
    ):
        table = _table(
            "channels", "block", "median", "99 %", "99.9 %", "longest", "ns per channel-sample",
            "of one core",
        )  # fmt: skip
        for (n_channels, block_ms), one in times.items():
            table.add_row(
                str(n_channels),
                f"{block_ms:g} ms",
                *(_us(one.percentile_us(percent)) for percent in _PERCENTS),
                _us(float(one.us.max())),
                f"{one.ns_per_channel_sample:.2f}",
                f"{100 * one.share_of_block:.2f} %",
            )
        tables.append((title, table))
    table = _table("channels", "call", "filter", "bank", "whole core")
    for n_channels, stage in found.by_stage.items():
        table.add_row(str(n_channels), *(_us(one.median_us) for one in stage.values()))
    title = f"By stage {rate}, blocks of 5 ms, {found.per_second} potentials a second and channel"
    tables.append((title, table))
    if found.beside:
        table = _table("channels", "block", "who", "median", "× ours")
        for (n_channels, block_ms), by_name in found.beside.items():
            for name, one in by_name.items():
                table.add_row(
                    str(n_channels),
                    f"{block_ms:g} ms",
                    name,
                    _us(one.median_us),
                    f"{one.median_us / by_name[OURS].median_us:.1f}",
                )
        tables.append((f"Beside its peers {rate}, which only find peaks", table))
    return tables


def _table(*headings: str) -> Table:
    table = Table()
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "who" else "right")
    return table


def _us(value: float) -> str:
    return f"{value:.2f} µs" if value < 100 else f"{value:.0f} µs"


def as_json(found: Throughput) -> dict[str, Any]:
    """Return everything that was measured, as JSON values."""

    def listed(times: dict[tuple[int, float], Times]) -> list[dict[str, Any]]:
        return [
            {"channels": n_channels, "block_ms": block_ms, **one.summary()}
            for (n_channels, block_ms), one in times.items()
        ]

    return {
        "machine": machine(),
        "rate_hz": found.rate_hz,
        "potentials_per_second_and_channel": found.per_second,
        "quiet": listed(found.quiet),
        "active": listed(found.busy),
        "stages": [
            {"channels": n, "block_ms": 5.0, "stage": name, **one.summary()}
            for n, stage in found.by_stage.items()
            for name, one in stage.items()
        ],
        "peers": [
            {
                "channels": n_channels,
                "block_ms": block_ms,
                "name": name,
                **one.summary(),
                "times_ours": one.median_us / by_name[OURS].median_us,
            }
            for (n_channels, block_ms), by_name in found.beside.items()
            for name, one in by_name.items()
        ],
        "left_out": found.left_out,
    }


def as_page(found: Throughput) -> Page:
    """Return everything that was measured, as a page."""
    page = Page("How long the core takes", machine())
    for times, title in ((found.quiet, "Noise alone"), (found.busy, "With potentials")):
        page.add_chart(
            Chart.steps(
                f"{title}: share of blocks that took no longer",
                "µs",
                {f"{n} channels, {ms:g} ms": one.us for (n, ms), one in times.items()},
            )
        )
    page.add_chart(
        Chart.bars(
            "By stage, blocks of 5 ms",
            "µs",
            {
                f"{n} channels, {name}": one.median_us
                for n, stage in found.by_stage.items()
                for name, one in stage.items()
            },
        )
    )
    for (n_channels, block_ms), by_name in found.beside.items():
        page.add_chart(
            Chart.bars(
                f"Peers: {n_channels} channels, blocks of {block_ms:g} ms",
                "µs",
                {name: one.median_us for name, one in by_name.items()},
            )
        )
    for title, table in _tables(found):
        page.add_table(title, table)
    for name, reason in found.left_out.items() if found.beside else ():
        page.add_text(f"Not measured: {name} – {reason}.")
    return page
