"""``myoscope bench latency``: from the amplifier to the potential on the screen's doorstep."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from scipy import signal as scipy_signal

from myoscope.bench.latency.amplifier import NAME
from myoscope.bench.latency.beside import BESIDE, run_beside
from myoscope.bench.latency.chain import Latencies, latencies, run_chain
from myoscope.bench.latency.machine import machine
from myoscope.bench.latency.page import Chart, Page, write_json
from myoscope.bench.latency.peers import sections
from myoscope.dsp_core.settings import DetectorSettings

_PERCENTS = (50.0, 90.0, 99.0, 99.9)
# The middle of a fibrillation potential's band.
_GROUP_DELAY_AT_HZ = 1000.0


def measure_latency(
    stream: str,
    channels: int,
    rate_hz: float,
    block_ms: float,
    seconds: float,
    beside: Sequence[str],
    *,
    together: bool,
    json: Path | None,
    html: Path | None,
) -> None:
    """Measure and show; the arguments are those of the command."""
    for name in beside:
        if name not in BESIDE:
            raise typer.BadParameter(
                f"{name!r} is nothing that can go on beside; wanted {', '.join(BESIDE)}",
                param_hint="--beside",
            )
    found: dict[str, Latencies] = {}
    for name in beside:
        rate_found_hz, found[name] = measure_beside(
            name, seconds, stream, channels, rate_hz, block_ms, together=together
        )
    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=140)
    delay_ms = group_delay_ms(rate_found_hz)
    facts = machine()
    console.print(
        f"{facts['processor']}; " + ", ".join(f"{k} {v}" for k, v in facts.items()), highlight=False
    )
    for name, one in found.items():
        console.print()
        console.print(_title(name, one), highlight=False)
        console.print(_table(one))
    console.print(
        f"Besides, the filter delays what it hears by {1e3 * delay_ms:.0f} µs (at "
        f"{_GROUP_DELAY_AT_HZ:g} Hz).",
        highlight=False,
    )
    if json is not None:
        write_json(json, as_json(found, rate_found_hz, delay_ms))
    if html is not None:
        as_page(found, delay_ms).write(html)


def measure_beside(
    beside: str,
    seconds: float,
    stream: str = "",
    channels: int = 8,
    rate_hz: float = 20_000.0,
    block_ms: float = 5.0,
    *,
    together: bool = False,
) -> tuple[float, Latencies]:
    """Return a stream's rate, and what its potentials waited for while something else went on."""
    with _amplifier(stream, channels, rate_hz, block_ms) as name:
        rows = None if stream else max(1, round(rate_hz * block_ms / 1000))
        measure = measure_chain if together else _apart
        return run_beside(beside, partial(measure, name, seconds, rows))


@contextmanager
def _amplifier(stream: str, channels: int, rate_hz: float, block_ms: float) -> Iterator[str]:
    """Give the name of the stream to measure: the user's, or one of our own on loopback."""
    if stream:
        yield stream
        return
    from myoscope.acquisition.lsl_config import SESSION_VARIABLE, confine_to_loopback

    # Processes that are started from here join the same session.
    session = os.environ.get(SESSION_VARIABLE) or confine_to_loopback()
    os.environ[SESSION_VARIABLE] = session
    words = [f"--channels={channels}", f"--rate={rate_hz}", f"--block-ms={block_ms}"]
    with subprocess.Popen(
        [sys.executable, "-m", "myoscope.bench.latency.amplifier", *words]
    ) as process:
        try:
            yield NAME
        finally:
            process.terminate()


def _apart(stream: str, seconds: float, rows_of_chunk: int | None) -> tuple[float, Latencies]:
    """Return what ``measure_chain`` does, from a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        return executor.submit(measure_chain, stream, seconds, rows_of_chunk).result()


def measure_chain(
    stream: str, seconds: float, rows_of_chunk: int | None
) -> tuple[float, Latencies]:
    """Return a stream's rate and what its potentials waited for."""
    from myoscope.acquisition.lsl import LslSource
    from myoscope.acquisition.lsl_config import load_pylsl

    settings = DetectorSettings()
    source = LslSource(stream, timeout_s=30.0)
    rate_hz = source.info.rate_hz
    notes = run_chain(source, settings, seconds, load_pylsl().local_clock)
    return rate_hz, latencies(notes, rate_hz, settings, rows_of_chunk)


def group_delay_ms(rate_hz: float) -> float:
    """Return by how much the detector's filter delays a potential's middle frequencies."""
    total = 0.0
    for section in sections(rate_hz).astype(np.float64):
        _, delay = scipy_signal.group_delay(
            (section[:3], section[3:]), w=[_GROUP_DELAY_AT_HZ], fs=rate_hz
        )
        total += float(delay[0])
    return 1e3 * total / rate_hz


def _title(beside: str, one: Latencies) -> str:
    words = {
        "nothing": "nothing else goes on",
        "spin": "a thread of pure Python spins beside",
        "gc": "the garbage collector runs over a million objects beside",
        "window": "a window repaints eight curves beside",
    }
    return (
        f"{len(one.waveform)} potentials in {one.blocks} blocks of {one.block_ms:g} ms; "
        f"{words[beside]}"
    )


def _table(one: Latencies) -> Table:
    table = Table()
    table.add_column("waited for")
    for heading in ("median", *(f"{percent:g} %" for percent in _PERCENTS[1:]), "longest"):
        table.add_column(heading, justify="right")
    for name, times in one.parts().items():
        if not len(times):
            continue
        table.add_row(
            name,
            *(f"{np.percentile(times, percent):.3f} ms" for percent in _PERCENTS),
            f"{times.max():.3f} ms",
        )
    return table


def as_json(found: dict[str, Latencies], rate_hz: float, delay_ms: float) -> dict[str, Any]:
    """Return everything that was measured, as JSON values."""
    return {
        "machine": machine(),
        "rate_hz": rate_hz,
        "filter_delay_ms": delay_ms,
        "runs": [
            {
                "beside": name,
                "potentials": len(one.waveform),
                "blocks": one.blocks,
                "block_ms": one.block_ms,
                "waits_ms": {
                    part: {
                        **{f"p{percent:g}": float(np.percentile(times, percent))
                           for percent in _PERCENTS},
                        "max": float(times.max()),
                    }
                    for part, times in one.parts().items()
                    if len(times)
                },
            }
            for name, one in found.items()
        ],
    }  # fmt: skip


def as_page(found: dict[str, Latencies], delay_ms: float) -> Page:
    """Return everything that was measured, as a page."""
    page = Page("From the amplifier to the alert", machine())
    page.add_chart(
        Chart.steps(
            "From the push of the block that completes a potential to its publication",
            "ms",
            {name: one.from_push for name, one in found.items() if len(one.from_push)},
        )
    )
    for name, one in found.items():
        page.add_chart(
            Chart.steps(
                _title(name, one),
                "ms",
                {part: times for part, times in one.parts().items() if len(times)},
            )
        )
        page.add_table(_title(name, one), _table(one))
    page.add_text(
        f"Besides, the filter delays what it hears by {1e3 * delay_ms:.0f} µs (at "
        f"{_GROUP_DELAY_AT_HZ:g} Hz). A train's alert needs several potentials: the time to it is "
        "that of the fibre's own rhythm."
    )
    return page
