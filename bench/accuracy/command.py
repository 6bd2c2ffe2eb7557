"""``myoscope bench accuracy``: plan, run with a progress bar, print, write."""

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console

from myoscope.bench.accuracy import FIRST_TEST_SEED
from myoscope.bench.accuracy.report import chosen_rows, print_table, write_html, write_json
from myoscope.bench.accuracy.rows import ROWS
from myoscope.bench.accuracy.run import (
    FULL_RATES_HZ,
    LOW_RATES_HZ,
    QUICK_RATES_HZ,
    QUICK_SHARE,
    Job,
    plan,
    run_all,
)
from myoscope.monitor_ui.progress import progress_bars

# Of what is piped.
WIDTH = 140


def measure_accuracy(
    only: Sequence[str],
    rates_hz: Sequence[float],
    *,
    quick: bool,
    share: float,
    seed: int | None,
    workers: int,
    json: Path | None,
    html: Path | None,
) -> None:
    """Measure and show; the arguments are those of the command."""
    try:
        rows = chosen_rows(only)
    except KeyError as unknown:
        known = ", ".join(row.name for row in ROWS)
        raise typer.BadParameter(
            f"the table has no row {unknown.args[0]!r}; wanted {known}", param_hint="--only"
        ) from None
    for path, option in ((json, "--json"), (html, "--html")):
        # Before minutes are spent on what cannot be kept.
        if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
            raise typer.BadParameter(
                f"{path} cannot be written; wanted a file in a folder that is there",
                param_hint=option,
            )
    if not rates_hz:
        rates_hz = QUICK_RATES_HZ if quick else (*FULL_RATES_HZ, *LOW_RATES_HZ)
    share *= QUICK_SHARE if quick else 1.0
    first_seed = FIRST_TEST_SEED if seed is None else seed
    jobs = plan(rows, rates_hz, share, first_seed)
    done = 0
    with progress_bars() as bars:
        samples = sum(job.seconds * job.rate_hz for job in jobs)
        task = bars.add_task(f"{len(jobs)} signals", total=samples)

        def advance(job: Job) -> None:
            nonlocal done
            done += 1
            bars.update(task, advance=job.seconds * job.rate_hz, description=job.suite)

        tallies = run_all(jobs, workers, advance)
    if done < len(jobs):
        typer.echo(f"Stopped after {done} of {len(jobs)} signals.")
    terminal = Console()
    print_table(rows, tallies, terminal if terminal.is_terminal else Console(width=WIDTH))
    if json is not None:
        words = f"myoscope bench accuracy --share {share:g} --seed {first_seed}"
        words += "".join(f" --rate {rate_hz:g}" for rate_hz in rates_hz)
        write_json(json, rows, tallies, words)
    if html is not None:
        write_html(html, rows, tallies)
