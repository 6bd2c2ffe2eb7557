"""``myoscope``: the commands. Everything heavy is imported by the command that needs it."""

import signal
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from myoscope.bench.cli import app as bench

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from myoscope.dsp_core.settings import DetectorSettings
    from myoscope.monitor_ui.app import Run
    from myoscope.monitor_ui.attached import AttachedRun
    from myoscope.monitor_ui.file_words import FileWords
    from myoscope.monitor_ui.mailbox import Mailbox
    from myoscope.monitor_ui.session_plan import SessionPlan
    from myoscope.monitor_ui.sound_signal import AudioControl

    Sound = Callable[[Mailbox], AbstractContextManager[AudioControl | None]]

EPILOG = (
    "Exit status: 0 done, also when a session was ended with Ctrl-C; 1 failed, with one sentence "
    "that says why; 2 wrong usage; 130 interrupted before anything could be finished. "
    "For research use only: no diagnosis, not a medical device."
)

app = typer.Typer(
    name="myoscope",
    help="Real-time needle EMG: acquire, detect spontaneous activity, monitor and record.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(bench)

StreamName = Annotated[
    str | None,
    typer.Option(
        "--stream", metavar="NAME", help="LSL stream by its name, or by type=TYPE or source_id=ID."
    ),
]
ReplayFile = Annotated[
    Path | None,
    typer.Option("--replay", metavar="FILE", help="Recorded file, played like the original."),
]
Scenario = Annotated[
    str | None,
    typer.Option(
        "--simulate",
        metavar="SCENARIO",
        help="Virtual patient, such as denervated-mild; any other word lists them.",
    ),
]
Seconds = Annotated[
    float | None,
    typer.Option(metavar="S", min=0.001, max=1e8, help="Stop after so many seconds of signal."),
]
Wait = Annotated[
    float, typer.Option(metavar="S", min=0.0, help="Wait so many seconds for the stream.")
]
Speed = Annotated[
    float,
    typer.Option(metavar="X", min=0.001, help="Seconds of signal in a second; live is always 1."),
]
RateHz = Annotated[
    float | None,
    typer.Option(
        "--rate",
        metavar="HZ",
        help="Sampling rate of a simulation (20000 where not given) or of a file without one.",
    ),
]
Channels = Annotated[
    int, typer.Option(metavar="N", min=1, max=1024, help="Channels of a simulation.")
]
Pick = Annotated[
    list[str] | None,
    typer.Option(
        "--channel", metavar="LABEL", help="Channel of a file, by label or number from 0; repeat."
    ),
]
Unit = Annotated[
    str | None,
    typer.Option(
        metavar="UNIT", help="Unit of the numbers, if the source does not say: V, mV, uV or nV."
    ),
]
Seed = Annotated[int, typer.Option(metavar="N", min=0, help="Seed of a simulation.")]
Preset = Annotated[str, typer.Option(metavar="NAME", help="clinical, sensitive or quiet.")]
HighPass = Annotated[
    float | None, typer.Option("--high-pass", metavar="HZ", help="Corner of the high-pass.")
]
LowPass = Annotated[
    float | None, typer.Option("--low-pass", metavar="HZ", help="Corner of the low-pass.")
]
Notch = Annotated[
    float | None,
    typer.Option(metavar="HZ", help="Mains frequency to cancel: 50 or 60; 0 for none."),
]
Polarity = Annotated[
    str | None,
    typer.Option(
        metavar="WORD", help="normal, or inverted for a source stored the other way round."
    ),
]
RecordTo = Annotated[
    Path | None,
    typer.Option("--record", metavar="OUT", help="Folder to record to; must not exist yet."),
]
Publish = Annotated[
    bool, typer.Option("--publish", help="Send findings out as LSL markers, one JSON object each.")
]
TextMonitor = Annotated[
    bool, typer.Option("--console", help="Text monitor in this terminal instead of the window.")
]
WithSound = Annotated[
    bool, typer.Option("--sound/--no-sound", help="Sound the EMG through the loudspeaker.")
]
AudioFile = Annotated[
    Path | None,
    typer.Option("--audio-file", metavar="FILE", help="WAV file that gets what would sound."),
]


@app.callback()
def common(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of a failure; anywhere in the line.")
    ] = False,
) -> None:
    """Real-time needle EMG: acquire, detect spontaneous activity, monitor and record."""
    # main() takes --debug out of the line, so that it may stand anywhere.
    del debug


@app.command()
def streams(
    wait: Annotated[
        float, typer.Option(metavar="S", min=0.1, help="Listen for so many seconds.")
    ] = 2.0,
    doctor: Annotated[
        bool, typer.Option("--doctor", help="Explain why the list may be empty.")
    ] = False,
) -> None:
    """List the LSL streams, with rate, channels, unit and clock."""
    from myoscope.monitor_ui.streams import show_streams

    show_streams(wait, doctor=doctor)


@app.command()
def monitor(
    stream: StreamName = None,
    replay: ReplayFile = None,
    simulate: Scenario = None,
    attach: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Watch a session that runs already, whose window was closed: its id, or any.",
        ),
    ] = None,
    record: RecordTo = None,
    console: TextMonitor = False,
    sound: WithSound = True,
    audio_file: AudioFile = None,
    publish: Publish = False,
    seconds: Seconds = None,
    wait: Wait = 10.0,
    speed: Speed = 1.0,
    rate: RateHz = None,
    channels: Channels = 1,
    channel: Pick = None,
    unit: Unit = None,
    seed: Seed = 0,
    preset: Preset = "clinical",
    high_pass: HighPass = None,
    low_pass: LowPass = None,
    notch: Notch = None,
    polarity: Polarity = None,
) -> None:
    """Watch a stream, a file or a virtual patient; record it.

    Where none is named, a first page offers the streams seen, recordings and virtual patients.
    """
    if attach is not None:
        _need_screen()
        _watch_other(attach, _sound(sound, audio_file))
        return
    to_be_chosen = not console and stream is None and replay is None and simulate is None
    plan = _plan(
        stream,
        replay,
        simulate,
        to_be_chosen=to_be_chosen,
        settings=_settings(preset, high_pass, low_pass, notch, polarity),
        record_to=record,
        publish=publish,
        seconds=seconds,
        wait=wait,
        speed=speed,
        words=_file_words(rate, unit, channel),
        channels=channels,
        seed=seed,
    )
    if console:
        run = plan.open()
        _watch_in_console(run)
        _report(run, run.early.judgement.not_judged)
        return
    _need_screen()
    if to_be_chosen or (seconds is None and unit is None and plan.stream is not None):
        from myoscope.monitor_ui.start_page import choose

        # A doubt about unit or rate is asked about before anything is detected.
        chosen = choose(plan, Path.cwd(), look_only=not to_be_chosen)
        if chosen is None:
            return
        if chosen.review is not None:
            review(chosen.review, sound=sound, audio_file=audio_file)
            return
        plan = chosen.plan or plan
    _watch_in_window(plan, _sound(sound, audio_file))


@app.command()
def record(
    out: Annotated[
        Path | None,
        typer.Argument(metavar="OUT", help="Folder; where left out, named by date and time."),
    ] = None,
    stream: StreamName = None,
    replay: ReplayFile = None,
    simulate: Scenario = None,
    publish: Publish = False,
    seconds: Seconds = None,
    wait: Wait = 10.0,
    speed: Speed = 1.0,
    rate: RateHz = None,
    channels: Channels = 1,
    channel: Pick = None,
    unit: Unit = None,
    seed: Seed = 0,
    preset: Preset = "clinical",
    high_pass: HighPass = None,
    low_pass: LowPass = None,
    notch: Notch = None,
    polarity: Polarity = None,
) -> None:
    """Record without a window.

    Acquires, detects and records until the source ends; Ctrl-C closes the recording cleanly.
    """
    from myoscope.monitor_ui.console import recording_words
    from myoscope.monitor_ui.signals import on_signals

    run = _plan(
        stream,
        replay,
        simulate,
        settings=_settings(preset, high_pass, low_pass, notch, polarity),
        record_to=out or _dated_folder(Path()),
        publish=publish,
        seconds=seconds,
        wait=wait,
        speed=speed,
        words=_file_words(rate, unit, channel),
        channels=channels,
        seed=seed,
    ).open()
    typer.echo(recording_words(run))
    with on_signals(run.stop):
        run.start()
        _wait_and_warn(run)
    _report(run, run.early.judgement.not_judged)


@app.command()
def analyze(
    inputs: Annotated[
        list[Path], typer.Argument(metavar="INPUT", help="Recordings or files of any format.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where each input gets a folder named after it.")
    ],
    block_ms: Annotated[
        float | None,
        typer.Option(
            metavar="MS", min=0.001, max=1e6, help="Block length; changes the speed, no result."
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, max=256, help="Inputs in work at the same time.")
    ] = 1,
    rate: Annotated[
        float | None, typer.Option(metavar="HZ", help="Sampling rate of files without one.")
    ] = None,
    channel: Pick = None,
    unit: Unit = None,
    preset: Preset = "clinical",
    high_pass: HighPass = None,
    low_pass: LowPass = None,
    notch: Notch = None,
    polarity: Polarity = None,
) -> None:
    """Detect in recordings and files, and write tables.

    Goes as fast as it can. Each input gets events.csv, trains.csv, alerts.csv and summary.json
    in a folder of its own. A doubtful unit, dead channels and values that are no numbers are told
    on stderr and in summary.json.
    """
    from myoscope.monitor_ui.analyze import plan_jobs, run_jobs

    settings = _settings(preset, high_pass, low_pass, notch, polarity)
    run_jobs(plan_jobs(inputs, out, settings, _file_words(rate, unit, channel), block_ms), workers)


@app.command()
def stream(
    what: Annotated[
        str,
        typer.Argument(
            metavar="FILE|SCENARIO", help="What to play, such as a.edf or denervated-mild."
        ),
    ],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the stream; that of the input.")
    ] = None,
    speed: Speed = 1.0,
    rate: RateHz = None,
    channels: Channels = 1,
    channel: Pick = None,
    unit: Unit = None,
    chunk_ms: Annotated[
        float, typer.Option(metavar="MS", min=0.01, max=1000.0, help="Signal in one LSL chunk.")
    ] = 5.0,
    seconds: Seconds = None,
    seed: Seed = 0,
    wait: Annotated[
        bool, typer.Option("--wait", help="Begin when the first reader has connected.")
    ] = False,
) -> None:
    """Be a virtual amplifier.

    Plays a file or a virtual patient into an LSL outlet, at its own rate.
    """
    from myoscope.monitor_ui.amplifier import play

    play(
        what,
        name=name,
        speed=speed,
        words=_file_words(rate, unit, channel),
        n_channels=channels,
        chunk_ms=chunk_ms,
        seconds=seconds,
        seed=seed,
        wait=wait,
    )


@app.command()
def simulate(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO", help="What the patient has, such as als; any other word lists them."
        ),
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder; must not exist yet.")],
    seconds: Annotated[float, typer.Option(metavar="S", min=0.01, help="Length.")] = 60.0,
    rate: Annotated[float, typer.Option(metavar="HZ", help="Sampling rate.")] = 20_000.0,
    channels: Channels = 1,
    seed: Seed = 0,
) -> None:
    """Write a recording of a virtual patient with its truth.

    As fast as it goes; what was put into the signal is in truth.csv in the recording's folder.
    """
    from myoscope.monitor_ui.truth import write_simulation

    write_simulation(
        _known_scenario(scenario),
        out,
        seconds=seconds,
        rate_hz=rate,
        n_channels=channels,
        seed=seed,
    )


@app.command()
def review(
    recording: Annotated[
        Path, typer.Argument(metavar="RECORDING", help="A recording, finished or still growing.")
    ],
    sound: WithSound = True,
    audio_file: AudioFile = None,
) -> None:
    """Look through a recording in the window.

    Scrub, go from event to event, play with sound, and say what you make of it: decisions lie
    beside the findings and can be taken back.
    """
    from myoscope.recordings.reader import open_recording

    opened = open_recording(recording)
    _need_screen()
    from myoscope.monitor_ui.playback import Playback
    from myoscope.monitor_ui.review import show_review
    from myoscope.monitor_ui.signals import on_signals

    playback = Playback(opened)
    try:
        with (
            on_signals(playback.stop),
            _sound(sound, audio_file)(playback.mailbox) as audio,
        ):
            show_review(playback, audio)
    finally:
        playback.close()


@app.command()
def report(
    recording: Annotated[Path, typer.Argument(metavar="RECORDING", help="A recording.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for the report; that of the recording."),
    ] = None,
    injury_date: Annotated[
        datetime | None,
        typer.Option(
            metavar="DATE", formats=["%Y-%m-%d"], help="Day of the injury, such as 2026-10-31."
        ),
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="Print it to a PDF as well.")] = True,
) -> None:
    """Write a report of a recording: HTML and PDF.

    Session, muscles with grades, given beside suggested, trains with their evidence, and
    representative potentials.
    """
    from myoscope.monitor_ui.report_command import write_report

    write_report(recording, out, injury_date.date() if injury_date else None, pdf)


@app.command()
def export(
    recording: Annotated[Path, typer.Argument(metavar="RECORDING", help="A recording.")],
    out: Annotated[
        Path, typer.Argument(metavar="FILE", help="What to write: .edf, .bdf, .npy or .csv.")
    ],
) -> None:
    """Write a recording as a file for other programs.

    EDF+ and BDF+ get potentials, decisions and gaps as annotations.
    """
    from myoscope.monitor_ui.export import export as write

    write(recording, out)


@app.command()
def info(
    recording: Annotated[
        Path, typer.Argument(metavar="RECORDING", help="A recording, or a file of any format.")
    ],
) -> None:
    """Print what a recording or a file holds."""
    from myoscope.monitor_ui.recording_words import show_info

    show_info(recording)


@app.command()
def verify(
    recording: Annotated[Path, typer.Argument(metavar="RECORDING", help="A recording.")],
) -> None:
    """Check a recording against its checksums; 1 if damaged."""
    from myoscope.monitor_ui.recording_words import show_verification

    if not show_verification(recording):
        raise typer.Exit(1)


@app.command()
def repair(
    recording: Annotated[Path, typer.Argument(metavar="RECORDING", help="A recording.")],
) -> None:
    """Finish a recording that was broken off."""
    from myoscope.monitor_ui.recording_words import show_repair

    show_repair(recording)


@app.command()
def demo(
    out: Annotated[
        Path | None,
        typer.Argument(metavar="OUT", help="Folder; where left out, in ./myoscope-demo."),
    ] = None,
    seconds: Seconds = None,
    scenario: Annotated[
        str, typer.Option(metavar="SCENARIO", help="What the patient has.")
    ] = "denervated-profuse",
    console: TextMonitor = False,
    sound: WithSound = True,
) -> None:
    """Watch and record a virtual patient over LSL.

    On this machine only, and with nothing else needed: in the window where there is a display,
    else in this terminal.
    """
    from myoscope.monitor_ui.demo import VirtualPatient

    in_window = not console and _has_screen()
    with VirtualPatient(_known_scenario(scenario)) as patient:
        plan = patient.plan(out or _dated_folder(Path("myoscope-demo")), seconds)
        if in_window:
            _watch_in_window(plan, _sound(sound, None))
        else:
            with patient.named_where_it_ends():
                run = plan.open()
            _watch_in_console(run)
            _report(run, run.early.judgement.not_judged)


def _settings(
    preset: str,
    high_pass: float | None,
    low_pass: float | None,
    notch: float | None,
    polarity: str | None,
) -> "DetectorSettings":
    """Return the detector's settings; a wrong one is wrong usage."""
    from myoscope.dsp_core.errors import SettingError
    from myoscope.dsp_core.settings import DetectorSettings

    changes = {
        "high_pass_hz": high_pass,
        "low_pass_hz": low_pass,
        "notch_hz": notch,
        "polarity": polarity,
    }
    try:
        return DetectorSettings.preset(
            preset, **{name: value for name, value in changes.items() if value is not None}
        )
    except SettingError as error:
        raise typer.BadParameter(str(error)) from error


def _file_words(rate: float | None, unit: str | None, channel: list[str] | None) -> "FileWords":
    from myoscope.monitor_ui.file_words import FileWords

    return FileWords(rate_hz=rate, unit=unit, channels=tuple(channel or ()))


def _plan(
    stream: str | None,
    replay: Path | None,
    scenario: str | None,
    *,
    to_be_chosen: bool = False,
    settings: "DetectorSettings",
    record_to: Path | None,
    publish: bool,
    seconds: float | None,
    wait: float,
    speed: float,
    words: "FileWords",
    channels: int,
    seed: int,
) -> "SessionPlan":
    """Return the session that was asked for; not exactly one source is wrong usage."""
    from myoscope.monitor_ui.session_plan import SessionPlan

    if not to_be_chosen:
        _check_one(stream, replay, scenario)
    return SessionPlan(
        stream=stream,
        replay=None if replay is None else str(replay),
        scenario=None if scenario is None else _known_scenario(scenario),
        settings=settings.to_dict(),
        record_to=None if record_to is None else str(record_to),
        publish=publish,
        seconds=seconds,
        wait_s=wait,
        speed=speed,
        words=words,
        n_channels=channels,
        seed=seed,
    )


def _check_one(stream: str | None, replay: Path | None, scenario: str | None) -> None:
    if sum(word is not None for word in (stream, replay, scenario)) != 1:
        raise typer.BadParameter("give one of --stream NAME, --replay FILE or --simulate SCENARIO")


def _known_scenario(word: str) -> str:
    from myoscope.acquisition.simulation import SCENARIOS

    if word not in SCENARIOS:
        raise typer.BadParameter(f"there is no scenario {word!r}; wanted {', '.join(SCENARIOS)}")
    return word


def _watch_in_console(run: "Run") -> None:
    from myoscope.monitor_ui.console import watch
    from myoscope.monitor_ui.signals import on_signals

    with on_signals(run.stop):
        run.start()
        try:
            watch(run)
        finally:
            run.close()


def _wait_and_warn(run: "Run") -> None:
    """Wait for the end; what is odd about the stream is told as soon as its first seconds tell."""
    told: list[str] = []
    running = True
    while running:
        run.join(0.2)
        running = run.running
        for warning in run.early.judgement.warnings:
            if warning not in told:
                told.append(warning)
                typer.echo(f"myoscope: warning: {warning}", err=True)


def _watch_in_window(plan: "SessionPlan", sound: "Sound") -> None:
    """Run a session in a process of its own, and watch it."""
    from myoscope.monitor_ui.pending_session import PendingSession

    # Whoever watches sees that nothing comes, and decides how long to wait for it.
    pending = PendingSession(replace(plan, outlasts_silence=plan.seconds is None))
    from myoscope.monitor_ui import window  # noqa: F401 - Qt loads while the session opens

    _show(pending.attach(), sound, close_at_end=plan.seconds is not None)


def _watch_other(words: str, sound: "Sound") -> None:
    """Watch a session that runs already."""
    from myoscope.monitor_ui.attached import attach_to

    _show(attach_to("" if words == "any" else words), sound)


def _show(run: "AttachedRun", sound: "Sound", close_at_end: bool = False) -> None:
    from myoscope.monitor_ui.signals import on_signals
    from myoscope.monitor_ui.window import show

    with on_signals(run.stop):
        try:
            with sound(run.mailbox) as audio:
                show(run, close_at_end=close_at_end, audio=audio)
        finally:
            run.close()
    _report(run)


def _sound(wanted: bool, file: Path | None) -> "Sound":
    """Return what makes the sound of a mailbox, or none where it is not wanted or not possible."""
    from contextlib import closing, nullcontext
    from importlib.util import find_spec

    if file is None and (not wanted or find_spec("soxr") is None):
        return lambda mailbox: nullcontext(None)
    from myoscope.monitor_ui.loudspeaker import Loudspeaker, no_device, open_device

    open_output = open_device if wanted else no_device
    return lambda mailbox: closing(Loudspeaker(mailbox, open_output, file))


def _report(run: "Run | AttachedRun", not_judged: "Sequence[str]" = ()) -> None:
    """Say where the recording lies and what was found; raise what ended the run."""
    from myoscope.monitor_ui.closing_words import closing_lines

    for line in closing_lines(run, not_judged):
        typer.echo(line)
    if run.error is not None:
        raise run.error


def _dated_folder(parent: Path) -> Path:
    from myoscope.recordings.writer import folder_by_time

    return folder_by_time(parent)


def _has_screen() -> bool:
    """Return whether a window can be opened: Qt ends the process where there is no screen."""
    import os
    from importlib.util import find_spec

    if find_spec("PySide6") is None or find_spec("pyqtgraph") is None:
        return False
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _need_screen() -> None:
    from importlib.util import find_spec

    from myoscope.monitor_ui.errors import MissingPartError

    if find_spec("PySide6") is None or find_spec("pyqtgraph") is None:
        raise MissingPartError(
            'the window needs PySide6 and pyqtgraph: pip install "myoscope[window]"; '
            "--console needs neither"
        )
    if not _has_screen():
        raise MissingPartError("there is no display for the window; --console needs none")


def main() -> NoReturn:
    """Run the command line; a failure is one sentence on stderr."""
    debug = "--debug" in sys.argv
    sys.argv = [word for word in sys.argv if word != "--debug"]
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app(prog_name="myoscope")
    except Exception as error:
        if debug:
            raise
        print(f"myoscope: {sentence(error)}", file=sys.stderr)
        raise SystemExit(1) from None
    raise SystemExit(0)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Let SIGTERM end a command as Ctrl-C does."""
    del number, frame
    raise KeyboardInterrupt


def sentence(error: Exception) -> str:
    """Return an error as one sentence for a user."""
    from myoscope.acquisition.errors import AcquisitionError
    from myoscope.dsp_core.errors import DetectorError
    from myoscope.monitor_ui.errors import MonitorError
    from myoscope.recordings.errors import RecordingError

    expected = (AcquisitionError, DetectorError, MonitorError, RecordingError)
    if isinstance(error, OSError) and not isinstance(error, expected) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    words = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, (*expected, OSError, MemoryError)):
        return words
    return f"an error of the program: {type(error).__name__}: {words}; --debug shows where"
