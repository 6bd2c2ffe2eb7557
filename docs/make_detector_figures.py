"""Draw the figures of ``detector.md`` and write ``accuracy.md`` and a part of the README.

    myoscope bench accuracy --workers 2 --json accuracy.json
    python docs/make_detector_figures.py accuracy.json

Needs the extra ``docs`` (matplotlib) and the real records of ``CONTRIBUTING.md``; without those the
stages are shown on simulated contraction.
"""

import argparse
import json
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from scipy.stats import chi2

from myoscope.bench.accuracy.physical import physical_signal
from myoscope.bench.accuracy.records import record_signal, records_folder
from myoscope.bench.accuracy.rows import ROWS
from myoscope.bench.accuracy.signals import Signal
from myoscope.dsp_core.detector import SpontaneousActivityDetector
from myoscope.dsp_core.evidence import evidence
from myoscope.dsp_core.filters import make_filter
from myoscope.dsp_core.kinds import Kind
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.marks import MARKS
from myoscope.recordings.findings_log import newest_rows
from myoscope.recordings.tables import final_kinds

# Rows that the README shows.
IN_README = (
    "fibrillations",
    "small-fibrillations",
    "sharp-waves-20-hz",
    "mixed",
    "profuse",
    "fasciculations",
    "voluntary",
    "end-plate",
    "insertions",
    "alert-regular",
    "alert-irregular",
)
DOCS = Path(__file__).parent
IMAGES = DOCS / "images"
mpl.rcParams.update(
    {
        "font.size": 8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "lines.linewidth": 0.7,
        "legend.frameon": False,
        "figure.constrained_layout.use": True,
    }
)


def main() -> None:
    """Draw everything."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("measured", type=Path, help="what bench accuracy --json wrote")
    measured = json.loads(parser.parse_args().measured.read_text(encoding="utf-8"))
    IMAGES.mkdir(exist_ok=True)
    draw_stages()
    draw_evidence()
    draw_sensitivity(measured)
    draw_false_alerts(measured)
    draw_reliability(measured)
    (DOCS / "accuracy.md").write_text(table_in_words(measured), encoding="utf-8")
    readme = DOCS.parent / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, after = text.partition("### How well")[0], text.partition("### Known limits")[2]
    section = f"{readme_section(measured)}\n### Known limits"
    readme.write_text(before + section + after, encoding="utf-8")


def keep(figure: plt.Figure, name: str) -> None:
    """Save a figure."""
    figure.savefig(IMAGES / f"{name}.png", dpi=130, metadata={"Software": None})
    plt.close(figure)


def findings_of(signal: Signal) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return potentials, their final kinds and trains of a signal."""
    detector = SpontaneousActivityDetector(1, signal.rate_hz)
    found = [detector.process(signal.samples), detector.finish()]
    potentials = np.concatenate([one.potentials for one in found])
    trains = newest_rows(np.concatenate([one.trains for one in found]), "train")
    return potentials, final_kinds(potentials, trains), trains


def draw_stages() -> None:
    """Draw what becomes of one trace on its way through the detector."""
    real = records_folder() is not None
    signal = (
        record_signal("records-overlaid", 4000.0, 0.0, 1014)
        if real
        else physical_signal("mixed", 10_000.0, 20.0, 1001)
    )
    rate_hz = signal.rate_hz
    settings = DetectorSettings()
    filtered = make_filter(1, rate_hz, settings).filter_block(signal.samples, 0)[:, 0]
    potentials, kinds, _ = findings_of(signal)
    start = signal.truth["sample"][len(signal.truth) // 2] / rate_hz - 0.5
    shown = slice(int(start * rate_hz), int((start + 1.5) * rate_hz))
    time_s = np.arange(len(signal.samples))[shown] / rate_hz
    figure, (raw, band, named, rhythm) = plt.subplots(
        4, 1, figsize=(8, 6), height_ratios=(2, 2, 2, 1.4)
    )
    raw.plot(time_s, signal.samples[shown, 0], color="0.3")
    inside = signal.truth[
        (signal.truth["sample"] >= shown.start) & (signal.truth["sample"] < shown.stop)
    ]
    raw.plot(inside["sample"] / rate_hz, signal.samples[inside["sample"], 0], "r.", markersize=6)
    raw.set_title(
        "As it comes: "
        + ("real contraction (emgdb), simulated trains laid over it" if real else "simulated")
        + " (red dots)",
        loc="left",
    )
    band.plot(time_s, filtered[shown], color="0.3")
    band.set_title(f"High-pass {settings.high_pass_hz:g} Hz, negative up from here on", loc="left")
    band.invert_yaxis()
    named.plot(time_s, filtered[shown], color="0.7")
    named.invert_yaxis()
    for kind in np.unique(kinds):
        mark = MARKS[Kind(kind)]
        rows = potentials[kinds == kind]["sample"]
        here = rows[(rows >= shown.start) & (rows < shown.stop)]
        if not len(here):
            continue
        named.plot(
            here / rate_hz,
            filtered[here],
            "o",
            color=mark.colour_on_light,
            markersize=3,
            label=Kind(kind).words,
        )
    named.set_title("Potentials, with the kind that their train has in the end", loc="left")
    named.legend(ncols=6, loc="upper right", fontsize=6)
    trains = [train for train in np.unique(potentials["train"]) if train >= 0]
    # The largest, but those that raise alerts in any case.
    often = sorted(
        trains,
        key=lambda t: (
            -Kind(kinds[potentials["train"] == t][0]).raises_alert,
            -(potentials["train"] == t).sum(),
        ),
    )[:12]
    for line, train in enumerate(often):
        of_train = potentials["train"] == train
        mark = MARKS[Kind(kinds[of_train][0])]
        rhythm.plot(
            potentials["sample"][of_train] / rate_hz,
            np.full(of_train.sum(), line),
            "|",
            color=mark.colour_on_light,
            markersize=5,
        )
    rhythm.set_title("The largest trains, over the whole record", loc="left")
    rhythm.set_yticks([])
    rhythm.set_xlabel("s")
    for axis in (raw, band, named):
        axis.set_ylabel("µV")
    keep(figure, "detector_stages")


def draw_evidence() -> None:
    """Draw one train: its potentials on top of each other, and what speaks for its kind."""
    signal = physical_signal("mixed", 20_000.0, 30.0, 1004)
    potentials, _, trains = findings_of(signal)
    fibrillations = trains[trains["kind"] == Kind.FIBRILLATION]
    many = fibrillations[fibrillations["potentials"] > 40]
    train = many[many["confidence"].argmax()]
    judged = evidence(train)
    mark = MARKS[judged.kind]
    figure, (shape, table) = plt.subplots(1, 2, figsize=(8, 2.8), width_ratios=(1, 2))
    reach = np.arange(-80, 160)
    rows = potentials["sample"][potentials["train"] == train["train"]]
    rows = rows[(rows > 80) & (rows < len(signal.samples) - 160)]
    for row in rows[:60]:
        shape.plot(
            reach / 20, signal.samples[row + reach, 0], color=mark.colour_on_light, alpha=0.2
        )
    shape.invert_yaxis()
    shape.set_xlabel("ms")
    shape.set_ylabel("µV, negative up")
    shape.set_title(f"{train['potentials']} potentials", loc="left")
    items = [*judged.items]
    weights = [item.weight for item in items]
    names = [f"{item.what}: {item.words}" for item in items]
    weights.append(judged.prior)
    names.append("how common")
    colours = [mark.colour_on_light if weight > 0 else "0.6" for weight in weights]
    table.barh(range(len(weights)), weights, color=colours)
    table.set_yticks(range(len(names)), names)
    table.invert_yaxis()
    table.axvline(0, color="0.3")
    table.set_xlabel(f"for {judged.kind.words} (right) or {judged.rival.words} (left), log odds")
    table.set_title(
        f"{judged.kind.words} with a probability of {judged.probabilities[judged.kind]:.3f}",
        loc="left",
    )
    keep(figure, "detector_evidence")


def draw_sensitivity(measured: dict[str, Any]) -> None:
    """Draw how much is found and named right, by amplitude over noise and kind."""
    figure, axes = plt.subplots(1, 2, figsize=(8, 2.8), sharey=True)
    for axis, generator in zip(axes, ("physical", "parametric"), strict=True):
        for row in measured["rows"]:
            if not row["row"].endswith("-by-size"):
                continue
            counts: dict[float, list[int]] = {}
            kind = Kind.UNCLASSIFIED
            for part in row["parts"]:
                if part["generator"] != generator or part["rate_hz"] < 10_000:
                    continue
                for one in part["by_size"]:
                    kind = Kind[one["kind"].upper()]
                    both = counts.setdefault(one["times_noise"], [0, 0])
                    both[0] += one["potentials"] * one["right"]
                    both[1] += one["potentials"]
            sizes = [size for size in sorted(counts) if counts[size][1] >= 20]
            axis.plot(
                [size * 2**0.125 for size in sizes],
                [counts[size][0] / counts[size][1] for size in sizes],
                "o-",
                color=MARKS[kind].colour_on_light,
                markersize=3,
                label=f"{kind.words}s",
            )
        axis.axvline(8, color="0.8")
        axis.axvline(5, color="0.8", ls=":")
        axis.set_xscale("log")
        axis.set_xticks([2, 3, 5, 8, 15, 30], ["2", "3", "5", "8", "15", "30"])
        axis.minorticks_off()
        axis.set_ylim(0, 1.02)
        axis.set_xlabel("peak to peak, in multiples of the noise's rms")
        axis.set_title(f"{generator} generator, 10–48 kHz", loc="left")
    axes[0].set_ylabel("found and named right")
    axes[0].legend(loc="lower right")
    keep(figure, "detector_sensitivity")


def draw_false_alerts(measured: dict[str, Any]) -> None:
    """Draw denervation alerts per hour where there is no denervation, with 95 % bounds."""
    wanted = {
        row.name
        for row in ROWS
        if any(target.name == "false alerts" for target in row.targets) and row.name != "explored"
    }
    rows = [row for row in measured["rows"] if row["row"] in wanted]
    figure, axis = plt.subplots(figsize=(8, 0.5 + 0.2 * len(rows)))
    for place, row in enumerate(rows):
        total = row["full_rates"]
        hours, alerts = total["seconds"] / 3600, total["false_alerts"]
        low = chi2.ppf(0.025, 2 * alerts) / 2 / hours if alerts else 0.0
        high = chi2.ppf(0.975, 2 * alerts + 2) / 2 / hours
        axis.plot([low, high], [place, place], color="0.6", lw=3, solid_capstyle="butt")
        axis.plot(alerts / hours, place, "o", color="black", markersize=4)
        axis.text(high, place, f"  {alerts} in {hours:.1f} h", va="center", fontsize=7)
    axis.set_yticks(range(len(rows)), [row["words"] for row in rows])
    axis.invert_yaxis()
    axis.set_xlim(left=-0.05)
    axis.set_xlabel("false denervation alerts per hour (dot), 95 % interval (bar)")
    keep(figure, "detector_false_alerts")


def draw_reliability(measured: dict[str, Any]) -> None:
    """Draw which share of trains is right, against the confidence that they were given."""
    figure, axis = plt.subplots(figsize=(3.6, 3.4))
    axis.plot([0, 1], [0, 1], color="0.8")
    for one in measured["reliability"]:
        low, high = one["interval"]
        axis.plot([one["mean"]] * 2, [low, high], color="0.5")
        axis.plot(one["mean"], one["right"], "o", color="black", markersize=3)
        axis.annotate(
            str(one["trains"]),
            (one["mean"], one["right"]),
            (3, -7),
            textcoords="offset points",
            fontsize=5,
        )
    axis.set_xlabel("confidence given")
    axis.set_ylabel("share that is right, 95 % interval")
    axis.set_xlim(0, 1.02)
    axis.set_ylim(0, 1.02)
    axis.set_aspect("equal")
    keep(figure, "detector_reliability")


def table_in_words(measured: dict[str, Any]) -> str:
    """Return ``accuracy.md``."""
    generators = ("physical", "parametric", "records")
    lines = [
        "# Accuracy, as measured",
        "",
        f"Version {version('myoscope')}, {date.today().isoformat()}, by",
        f"`{measured['command']}`, written here by",
        "`python docs/make_detector_figures.py accuracy.json`. What the figures mean is in",
        "[detector.md](detector.md). Rates from 10 to 48 kHz together; the real records",
        "have 4 kHz.",
        "",
        "| signal | wanted | physical | parametric | records | reached |",
        "|---|---|---|---|---|---|",
    ]
    for row in measured["rows"]:
        cells = [_figures(row, generator) for generator in generators]
        reached = {True: "yes", False: "**no**", None: ""}[row["reached"]]
        wanted = ", ".join(row["targets"])
        lines.append(f"| {row['words']} | {wanted} | {' | '.join(cells)} | {reached} |")
    lines += ["", "## By sampling rate, generators together", ""]
    rates_hz = sorted({part["rate_hz"] for row in measured["rows"] for part in row["parts"]})
    lines.append("| signal | " + " | ".join(f"{rate / 1000:g} kHz" for rate in rates_hz) + " |")
    lines.append("|---" * (len(rates_hz) + 1) + "|")
    for row in measured["rows"]:
        by_rate = {one["rate_hz"]: one for one in row["by_rate"]}
        cells = [
            _cell(row, by_rate[rate]["figures"]) if rate in by_rate else "" for rate in rates_hz
        ]
        lines.append(f"| {row['words']} | {' | '.join(cells)} |")
    lines += ["", "## Reliability", ""]
    lines += ["| confidence | trains | mean | right | 95 % interval |", "|---|---|---|---|---|"]
    for one in measured["reliability"]:
        low, high = one["interval"]
        lines.append(
            f"| {one['low']:g}–{one['high']:g} | {one['trains']} | {one['mean']:.3f} | "
            f"{one['right']:.3f} | {low:.3f}–{high:.3f} |"
        )
    return "\n".join(lines) + "\n"


def readme_section(measured: dict[str, Any]) -> str:
    """Return what the README says of the accuracy."""
    lines = [
        "### How well",
        "",
        "`myoscope bench accuracy` measures it, on signals that no number of the detector was",
        "fitted to: later seeds of the virtual patient, and a second generator that shares nothing",
        "with it. Potentials are matched within 2.5 ms, one to one, and the final kind counts.",
        "Some rows, at 10 to 48 kHz together; [all of them](docs/accuracy.md), and [what they",
        "mean](docs/detector.md#how-well-it-does):",
        "",
        "| signal | measured | virtual patient | second generator |",
        "|---|---|---|---|",
    ]
    by_name = {row["row"]: row for row in measured["rows"]}
    for name in IN_README:
        row = by_name[name]
        what = " / ".join(row["full_rates"]["figures"])
        cells = [_figures(row, generator) for generator in ("physical", "parametric")]
        lines.append(f"| {row['words']} | {what} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _figures(row: dict[str, Any], generator: str) -> str:
    found = row["by_generator"].get(generator)
    return "" if found is None else _cell(row, found["figures"])


def _cell(row: dict[str, Any], figures: dict[str, float | None]) -> str:
    """Return the figures of a row as they stand in the table."""
    targets = {one.name: one for one in next(r for r in ROWS if r.name == row["row"]).targets}
    return " / ".join(
        "–" if value is None else f"{value:.3f}" if targets[name].at_least else f"{value:.3g}"
        for name, value in figures.items()
    )


if __name__ == "__main__":
    main()
