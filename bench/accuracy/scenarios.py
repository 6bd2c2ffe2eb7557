"""``myoscope bench scenarios``: each virtual patient by itself."""

from collections import Counter
from collections.abc import Sequence

import typer

from myoscope.acquisition.simulation import SCENARIOS, scenario_named, simulate
from myoscope.bench.accuracy import FIRST_TEST_SEED
from myoscope.bench.accuracy.judge import Question, judge
from myoscope.bench.accuracy.signals import Signal

SMALLEST_UV = 20.0


def show_scenarios(names: Sequence[str], seconds: float, patients: int, rate_hz: float) -> None:
    """Print the lines of the scenarios of these names, or of all."""
    typer.echo(f"{'scenario':24}{'kind':30}{'potentials':>11}{'found':>8}{'named':>8}{'right':>8}")
    for scenario in [scenario_named(name) for name in names or SCENARIOS]:
        _show(scenario.name, rate_hz, seconds, patients)


def _show(name: str, rate_hz: float, seconds: float, patients: int) -> None:
    confusion: Counter[tuple[str, str]] = Counter()
    alerts: Counter[str] = Counter()
    for seed in range(FIRST_TEST_SEED, FIRST_TEST_SEED + patients):
        samples, truth = simulate(name, rate_hz, 1, seconds, seed)
        tally = judge(Signal(samples, rate_hz, truth, 1.0), Question(asked_times_noise=SMALLEST_UV))
        confusion += tally.confusion
        alerts += tally.raised
    there = sorted({kind for kind, _ in confusion} - {"nothing"})
    for kind in there:
        asked = sum(n for (is_, _), n in confusion.items() if is_ == kind)
        missed = confusion[kind, "missed"]
        right = confusion[kind, kind]
        named = sum(n for (_, called), n in confusion.items() if called == kind)
        typer.echo(
            f"{name:24}{kind:30}{asked:11d}{1 - missed / asked:8.3f}{right / asked:8.3f}"
            f"{right / max(1, named):8.3f}"
        )
    said = ", ".join(f"{n} {kind}" for kind, n in alerts.most_common()) or "none"
    typer.echo(f"{name:24}alerts in {patients * seconds / 60:g} minutes: {said}")
