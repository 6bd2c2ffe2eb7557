"""``myoscope stream``: a file or a virtual patient as an amplifier on LSL."""

import glob
import threading
from pathlib import Path

from myoscope.acquisition.outlet import VirtualAmplifier, new_serial
from myoscope.acquisition.simulation import SCENARIOS, scenario_named
from myoscope.acquisition.source import Source
from myoscope.monitor_ui import inputs, wording
from myoscope.monitor_ui.file_words import FileWords
from myoscope.monitor_ui.signals import on_signals

SIMULATED_RATE_HZ = 20_000.0


def play(
    what: str,
    *,
    name: str | None,
    speed: float,
    words: FileWords,
    n_channels: int,
    chunk_ms: float,
    seconds: float | None,
    seed: int,
    wait: bool,
) -> None:
    """Play ``what`` into an LSL outlet until it ends, or until Ctrl-C or SIGTERM.

    Parameters
    ----------
    what
        A scenario, or else a file.
    name
        Of the stream; None takes the source's.
    speed
        Seconds of signal in a second.
    words
        What the user says about the file; its rate also sets that of a scenario.
    n_channels, seed
        Of a scenario.
    chunk_ms
        Signal in one LSL chunk.
    seconds
        Length; None plays to the end.
    wait
        Begin when the first reader has connected.
    """
    source: Source
    if what in SCENARIOS:
        source = inputs.open_scenario(
            what,
            rate_hz=SIMULATED_RATE_HZ if words.rate_hz is None else words.rate_hz,
            n_channels=n_channels,
            seconds=seconds,
            seed=seed,
            speed=speed,
            block_ms=chunk_ms,
        )
    else:
        path = Path(what)
        # A WFDB record has no ending, so nothing but its files tells it from a mistyped scenario.
        if not path.suffix and not any(path.parent.glob(f"{glob.escape(path.name)}*")):
            scenario_named(what)  # says which there are
        source = inputs.open_replay(
            path,
            words,
            clock=inputs.real_time(),
            speed=speed,
            seconds=seconds,
            block_ms=chunk_ms,
        )
    info = source.info
    stop = threading.Event()
    amplifier = VirtualAmplifier(source, name or "", serial=new_serial(info))
    with on_signals(stop.set):
        print(
            f"LSL stream {amplifier.name!r} (source id {amplifier.source_id!r}): "
            f"{wording.channels(info.n_channels)} at {info.rate_hz:g} Hz; Ctrl-C ends it",
            flush=True,
        )
        if wait:
            amplifier.wait_for_consumers(stop=stop)
        amplifier.run(stop)
    print(f"{amplifier.samples_sent} samples sent")
