"""``myoscope bench``: what is measured, each by one command."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="bench",
    help="Measure how well and how fast everything is.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def accuracy(
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="ROW", help="Row of the table; repeat. Any other word lists them."),
    ] = None,
    rate: Annotated[
        list[float] | None,
        typer.Option(metavar="HZ", min=2000.0, max=48_000.0, help="Sampling rate; repeat."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A twelfth of the signals, at two rates.")
    ] = False,
    share: Annotated[
        float,
        typer.Option(metavar="X", min=0.01, max=100.0, help="Of the full length of signals."),
    ] = 1.0,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            help="First seed; below 1001 for tuning, and then of the physical simulator alone.",
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, max=256, help="Signals in work at the same time.")
    ] = 1,
    json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write everything measured.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the table as a page.")
    ] = None,
) -> None:
    """Measure how much is found and named right, and how often it is wrong.

    On simulated signals that the detector was never tuned on: seeds from 1001 on of the physical
    simulator, and a second generator that shares nothing with it.
    """
    from myoscope.bench.accuracy.command import measure_accuracy

    measure_accuracy(
        only or [],
        rate or [],
        quick=quick,
        share=share,
        seed=seed,
        workers=workers,
        json=json,
        html=html,
    )


@app.command()
def scenarios(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="SCENARIO", help="Virtual patients; all where none is given."),
    ] = None,
    seconds: Annotated[float, typer.Option(metavar="S", min=1.0, help="Of each patient.")] = 60.0,
    patients: Annotated[int, typer.Option(metavar="N", min=1, help="Seeds of each scenario.")] = 4,
    rate: Annotated[float, typer.Option(metavar="HZ", help="Sampling rate.")] = 20_000.0,
) -> None:
    """Show what is found in each virtual patient, and what is raised falsely.

    One line for each kind that a scenario holds: how many potentials there were (20 µV or more),
    which share was found within 2.5 ms, which share found and named right, and which share of
    those named so was right; and for the scenario the alerts. The seeds, 1001 and on, were not
    used for tuning.
    """
    from myoscope.bench.accuracy.scenarios import show_scenarios

    show_scenarios(names or [], seconds, patients, rate)


@app.command()
def throughput(
    channels: Annotated[
        list[int] | None, typer.Option(metavar="N", min=1, max=1024, help="Channels; repeat.")
    ] = None,
    block_ms: Annotated[
        list[float] | None,
        typer.Option("--block-ms", metavar="MS", min=0.1, max=1000.0, help="Blocks; repeat."),
    ] = None,
    rate: Annotated[
        float, typer.Option(metavar="HZ", min=1000.0, max=200_000.0, help="Sampling rate.")
    ] = 20_000.0,
    potentials: Annotated[
        int, typer.Option(metavar="N", help="A second and channel, where there are any: 10 or 100.")
    ] = 10,
    peers: Annotated[
        bool, typer.Option("--peers", help="Measure what else there is for this work as well.")
    ] = False,
    json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write everything measured.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with plots.")
    ] = None,
) -> None:
    """Measure how long the core takes for a block: by channels, block and stage.

    With ``--peers``, beside other software, in turns with ours in the same run: only the ratios
    mean something on a machine that does other things as well.
    """
    from myoscope.bench.latency.throughput import measure_throughput

    if potentials not in (10, 100):
        raise typer.BadParameter(
            f"{potentials} potentials a second; wanted 10 or 100", param_hint="--potentials"
        )
    measure_throughput(
        channels or [1, 8, 64, 256],
        block_ms or [1.0, 5.0],
        rate,
        potentials,
        with_peers=peers,
        json=json,
        html=html,
    )


@app.command()
def latency(
    stream: Annotated[
        str,
        typer.Option(metavar="NAME", help="An LSL stream; a virtual amplifier where left out."),
    ] = "",
    channels: Annotated[int, typer.Option(metavar="N", min=1, help="Of the virtual one.")] = 8,
    rate: Annotated[float, typer.Option(metavar="HZ", help="Of the virtual one.")] = 20_000.0,
    block_ms: Annotated[
        float, typer.Option("--block-ms", metavar="MS", min=0.5, help="It sends so much at once.")
    ] = 5.0,
    seconds: Annotated[float, typer.Option(metavar="S", min=1.0, help="How long.")] = 30.0,
    beside: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT",
            help="What else goes on, as in a window: nothing, spin, gc or window; repeat.",
        ),
    ] = None,
    together: Annotated[
        bool, typer.Option("--together", help="In one process with what else goes on.")
    ] = False,
    json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write everything measured.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with plots.")
    ] = None,
) -> None:
    """Measure how long a potential takes from the amplifier to its publication, and why.

    The chain is the one of monitor and recorder. Told apart are the wait for the waveform's end,
    for the rest of the block, LSL, the core and the hand-off. With ``--stream`` it is your own
    amplifier that is measured; without, a virtual one in another process, on loopback. As with the
    monitor, the chain is a process of its own, so that no window holds it up.
    """
    from myoscope.bench.latency.latency import measure_latency

    measure_latency(
        stream,
        channels,
        rate,
        block_ms,
        seconds,
        beside or ["nothing"],
        together=together,
        json=json,
        html=html,
    )
