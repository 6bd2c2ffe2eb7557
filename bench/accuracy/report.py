"""The table of what was reached: in the terminal, as JSON and as HTML."""

import io
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from myoscope.bench.accuracy.reliability import reliability
from myoscope.bench.accuracy.rows import ROWS, SUITES, Row, Target
from myoscope.bench.accuracy.run import FULL_RATES_HZ, Tallies
from myoscope.bench.accuracy.tally import Tally, size_of

# At 5 kHz a share may miss its target by so much; below, nothing is promised.
SLACK_HZ = 5_000.0
SLACK = 0.05

MARKS = {True: "yes", False: "NO", None: "–"}


def pooled(
    tallies: Tallies, row: Row, rates_hz: Iterable[float], generator: str | None = None
) -> Tally:
    """Return all that was counted for a row at some rates, of one generator or of all.

    Signals of which there is only one rate count always.
    """
    total = Tally()
    wanted = set(rates_hz)
    for (suite, made_by, rate_hz), tally in tallies.items():
        if (
            suite in row.suites
            and (rate_hz in wanted or SUITES[suite].rate_hz)
            and generator in (None, made_by)
        ):
            total.add(tally)
    return total


def _at_rate(tallies: Tallies, row: Row, rate_hz: float) -> Tally:
    """Return all that was counted for a row at one rate."""
    only = {key: tally for key, tally in tallies.items() if key[2] == rate_hz}
    return pooled(only, row, [rate_hz])


def rests_on(row: Row, tally: Tally) -> str:
    """Return on how much a row's figures rest."""
    hours = f"{tally.seconds / 3600:.2g} h"
    names = {target.name for target in row.targets}
    if names & {"sensitivity", "found", "half found and named from"}:
        return f"{tally.asked} potentials, {hours}"
    if row.name.startswith("alert"):
        regular = row.name == "alert-regular"
        n_trains = sum(one.regular == regular for one in tally.alerts)
        median, late = (_seconds(tally.alert_seconds(q, regular=regular)) for q in (0.5, 0.95))
        return f"{n_trains} trains; median {median}, 95 % {late}"
    if row.name == "provisional":
        return (
            f"{tally.in_trains} potentials of trains: {_percent(tally.spike_share)} with a spike"
            f" before, {_percent(tally.spike_class_share)} with a class, of which"
            f" {_percent(tally.spike_agreement)} agree; peaks after {tally.peak_delay_ms(0.5):.1f}"
            f" ms, 95 % {tally.peak_delay_ms(0.95):.1f} ms; potentials"
            f" {tally.lateness_ms(0.5):.1f} ms after their end, 95 %"
            f" {tally.lateness_ms(0.95):.1f} ms"
        )
    if tally.trains:
        return f"{tally.trains} discharges, {hours}"
    others = ", ".join(
        f"{number} of {label.replace('_', ' ')}" for label, number in tally.other_alerts.items()
    )
    return f"{hours}; other alerts: {others}" if others else hours


def figure_words(target: Target, figure: float) -> str:
    """Return a figure as it stands in the table."""
    if math.isnan(figure):
        return "–"
    if math.isinf(figure):
        return "never"
    return f"{figure:.3f}" if target.at_least else f"{figure:.3g}{target.unit}"


def bound_words(target: Target) -> str:
    """Return a target as it stands in the table."""
    if target.bound is None:
        return target.name
    sign = "≥" if target.at_least else "≤"
    return f"{target.name} {sign} {target.bound:g}{target.unit}"


def verdict(row: Row, tallies: Tallies, rates_hz: Sequence[float]) -> bool | None:
    """Return whether every generator reaches a row's targets; None where there is nothing."""
    generators = {made_by for suite, made_by, _ in tallies if suite in row.suites}
    judged = [
        target.reached(target.measure(total))
        for generator in generators
        if (total := pooled(tallies, row, rates_hz, generator)).seconds
        for target in row.targets
        if target.bound is not None
    ]
    return all(judged) if judged else None


def print_table(rows: Sequence[Row], tallies: Tallies, console: Console) -> None:
    """Print the table, what each rate gives, and how far confidences can be trusted."""
    rates_hz, full = _rates_of(tallies)
    generators = sorted({made_by for _, made_by, _ in tallies})
    table = Table()
    for heading in ("signal", "wanted", *generators, "rests on", "reached"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        totals = [pooled(tallies, row, full, generator) for generator in generators]
        table.add_row(
            row.words,
            ", ".join(bound_words(target) for target in row.targets),
            *(_figures(row, total) for total in totals),
            rests_on(row, pooled(tallies, row, full)),
            MARKS[verdict(row, tallies, full)],
        )
    console.print(f"Accuracy at {_rate_words(full)}" if full else "Accuracy")
    console.print(table)
    if len(rates_hz) > 1:
        console.print(
            "By sampling rate, generators together; ! marks what misses its target, at 5 kHz by "
            "more than 5 points"
        )
        console.print(_by_rate(rows, tallies, rates_hz))
    console.print(
        "Of trains given this confidence for a kind that raises alerts, so many are right"
    )
    console.print(_reliability_table(tallies))


def _figures(row: Row, total: Tally) -> str:
    if not total.seconds:
        return "–"
    return " / ".join(figure_words(target, target.measure(total)) for target in row.targets)


def _by_rate(rows: Sequence[Row], tallies: Tallies, rates_hz: Sequence[float]) -> Table:
    table = Table()
    table.add_column("signal", overflow="fold")
    for rate_hz in rates_hz:
        table.add_column(f"{rate_hz / 1000:g} kHz")
    for row in rows:
        if any(SUITES[suite].rate_hz for suite in row.suites):
            continue
        cells = []
        for rate_hz in rates_hz:
            total = pooled(tallies, row, [rate_hz])
            slack = SLACK if rate_hz == SLACK_HZ else 0.0
            missed = rate_hz >= SLACK_HZ and not all(
                target.reached(target.measure(total), slack if target.at_least else 0.0)
                for target in row.targets
            )
            cells.append(_figures(row, total) + (" !" if missed and total.seconds else ""))
        table.add_row(row.words, *cells)
    return table


def _reliability_table(tallies: Tallies) -> Table:
    table = Table()
    for heading in ("confidence", "trains", "mean", "right", "95 % interval"):
        table.add_column(heading)
    for one in reliability(_confidences(tallies)):
        table.add_row(
            f"{one.low:g}–{one.high:g}",
            str(one.trains),
            f"{one.mean:.3f}",
            f"{one.right:.3f}",
            f"{one.interval[0]:.3f}–{one.interval[1]:.3f}",
        )
    return table


def _confidences(tallies: Tallies) -> list[tuple[str, float, bool]]:
    return [one for tally in tallies.values() for one in tally.confidences]


def as_json(rows: Sequence[Row], tallies: Tallies) -> dict[str, Any]:
    """Return everything that was measured, as JSON values."""
    _, full = _rates_of(tallies)
    return {
        "rows": [
            {
                "row": row.name,
                "words": row.words,
                "targets": [bound_words(target) for target in row.targets],
                "reached": verdict(row, tallies, full),
                "full_rates": _details(row, pooled(tallies, row, full)),
                "by_generator": {
                    generator: _details(row, total)
                    for generator in sorted({made_by for _, made_by, _ in tallies})
                    if (total := pooled(tallies, row, full, generator)).seconds
                },
                "by_rate": [
                    {"rate_hz": rate_hz, **_details(row, total)}
                    for rate_hz in sorted({rate_hz for _, _, rate_hz in tallies})
                    if (total := _at_rate(tallies, row, rate_hz)).seconds
                ],
                "parts": [
                    {"generator": generator, "rate_hz": rate_hz, **_details(row, total)}
                    for generator in sorted({made_by for _, made_by, _ in tallies})
                    for rate_hz in sorted({rate_hz for _, _, rate_hz in tallies})
                    if any((suite, generator, rate_hz) in tallies for suite in row.suites)
                    if (total := pooled(tallies, row, [rate_hz], generator)).seconds
                ],
            }
            for row in rows
        ],
        "reliability": [asdict(one) for one in reliability(_confidences(tallies))],
        "reliability_by_kind": {
            kind: [
                asdict(one)
                for one in reliability(row for row in _confidences(tallies) if row[0] == kind)
            ]
            for kind in sorted({kind for kind, _, _ in _confidences(tallies)})
        },
    }


def _details(row: Row, total: Tally) -> dict[str, Any]:
    return {
        "figures": {target.name: _plain(target.measure(total)) for target in row.targets},
        "seconds": total.seconds,
        "potentials": total.asked,
        "sensitivity": _plain(total.sensitivity),
        "found": _plain(total.found_share),
        "ppv": _plain(total.ppv),
        "trains": total.trains,
        "trains_named": _plain(total.train_share),
        "false_alerts": total.false_alerts,
        "false_alerts_per_hour": _plain(total.false_alerts_per_hour),
        "false_events_per_minute": _plain(total.false_events_per_minute),
        "other_alerts": dict(total.other_alerts),
        "told_after_peak_ms": [_plain(total.delay_ms(q)) for q in (0.5, 0.95)],
        "peak_told_after_it_ms": [_plain(total.peak_delay_ms(q)) for q in (0.5, 0.95)],
        "told_after_end_ms": [_plain(total.lateness_ms(q)) for q in (0.5, 0.95)],
        "class_told_after_end_ms": [_plain(total.spike_lateness_ms(q)) for q in (0.5, 0.95)],
        "spikes": {
            "told": _plain(total.spike_share),
            "with_class": _plain(total.spike_class_share),
            "agreeing": _plain(total.spike_agreement),
        },
        "alert_after_potentials": {
            word: [_plain(total.alert_potentials(q, regular=regular)) for q in (0.5, 0.95)]
            for word, regular in (("regular", True), ("irregular", False))
        },
        "alert_after_s": {
            word: [_plain(total.alert_seconds(q, regular=regular)) for q in (0.5, 0.95)]
            for word, regular in (("regular", True), ("irregular", False))
        },
        "confusion": [
            {"is": is_, "named": named, "potentials": count}
            for (is_, named), count in total.confusion.most_common()
        ],
        "by_size": [
            {"kind": kind, "times_noise": size_of(step), "right": right, "potentials": count}
            for (kind, step, right), count in sorted(total.by_size.items())
        ],
    }


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _rate_words(rates_hz: Sequence[float]) -> str:
    return ", ".join(f"{rate_hz / 1000:g}" for rate_hz in rates_hz) + " kHz"


def _rates_of(tallies: Tallies) -> tuple[list[float], list[float]]:
    """Return the rates that were chosen, and those of them that count in full."""
    rates_hz = sorted({rate for suite, _, rate in tallies if not SUITES[suite].rate_hz})
    return rates_hz, [rate for rate in rates_hz if rate >= FULL_RATES_HZ[0]] or rates_hz


def _seconds(value: float) -> str:
    return f"{value:.2g} s" if math.isfinite(value) else "never"


def write_json(path: Path, rows: Sequence[Row], tallies: Tallies, words: str) -> None:
    """Write everything that was measured; ``words`` is the command that did."""
    measured = {"command": words, **as_json(rows, tallies)}
    path.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


def write_html(path: Path, rows: Sequence[Row], tallies: Tallies) -> None:
    """Write the tables as they stand in the terminal, as a page."""
    console = Console(record=True, width=180, file=io.StringIO())
    print_table(rows, tallies, console)
    console.save_html(str(path))


def chosen_rows(names: Sequence[str]) -> list[Row]:
    """Return the rows of these names, or all where there is none; KeyError names an unknown one."""
    known = {row.name: row for row in ROWS}
    return [known[name] for name in names] if names else list(ROWS)
