"""The same detector over archives, as fast as it goes: one folder of tables for each input."""

import json
import multiprocessing
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

from rich.progress import TaskID

from myoscope.acquisition.block import Block
from myoscope.acquisition.errors import AcquisitionError
from myoscope.acquisition.plausibility import judge
from myoscope.acquisition.replay import ReplaySource
from myoscope.acquisition.session import Session
from myoscope.dsp_core.detector import SpontaneousActivityDetector
from myoscope.dsp_core.errors import DetectorError
from myoscope.dsp_core.findings import Findings
from myoscope.dsp_core.kinds import Kind
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui import wording
from myoscope.monitor_ui.errors import AnalysisError, OutputError
from myoscope.monitor_ui.file_words import FileWords
from myoscope.monitor_ui.inputs import open_file
from myoscope.monitor_ui.progress import progress_bars
from myoscope.recordings.errors import RecordingError
from myoscope.recordings.findings_log import FindingsLog
from myoscope.recordings.tables import final_kinds

REFUSALS = (AcquisitionError, DetectorError, RecordingError, OSError, MemoryError)
"""What one input may fail with while the others go on."""

INPUT_FILE = "input.json"
"""Beside the tables: which file they are of, so that another of the same name is kept apart."""

Progress = Callable[[int, int, int], None]
"""Called with (number of the input, samples done, samples in all)."""


@dataclass(frozen=True, slots=True)
class Job:
    """One input and where its tables go."""

    number: int
    path: Path
    folder: Path
    settings: DetectorSettings
    words: FileWords
    block_ms: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an input.

    Attributes
    ----------
    job
        What was to be done.
    refusal
        Why it could not be done, in one sentence; "" where it was.
    counts
        Potentials of each kind.
    alerts
        Alerts that were raised.
    duration_s
        Length of the signal.
    warnings
        What is odd about the signal, a sentence each.
    not_judged
        For each channel why it cannot be judged; "" where it can.
    """

    job: Job
    refusal: str = ""
    counts: tuple[tuple[Kind, int], ...] = ()
    alerts: int = 0
    duration_s: float = 0.0
    warnings: tuple[str, ...] = ()
    not_judged: tuple[str, ...] = ()


def plan_jobs(
    inputs: Sequence[Path],
    out: Path,
    settings: DetectorSettings,
    words: FileWords,
    block_ms: float | None,
) -> list[Job]:
    """Return one job for each input; no two of them write into the same folder.

    A folder is named after its input without the ending; where inputs share that name, after
    the input's folder too, and numbered where even that is shared.
    """
    paths = list(dict.fromkeys(path.resolve() for path in inputs))
    plain = Counter(_stem(path) for path in paths)
    names: list[str] = []
    for path in paths:
        name = _stem(path)
        if plain[name] > 1:
            name = f"{path.parent.name}-{path.name}" if path.parent.name else path.name
        wanted, number = name, 2
        while name in names:
            name, number = f"{wanted}-{number}", number + 1
        names.append(name)
    return [
        Job(number, path, out / name, settings, words, block_ms)
        for number, (path, name) in enumerate(zip(paths, names, strict=True))
    ]


def analyze(job: Job, progress: Progress) -> Outcome:
    """Run one input through the detector and write its tables; a refusal is part of the outcome."""
    try:
        return _analyze(job, progress)
    except REFUSALS as error:
        return Outcome(job, refusal=sentence(error))


def analyze_all(
    jobs: Sequence[Job], workers: int, progress: Progress, done: Callable[[Outcome], None]
) -> None:
    """Run jobs in this process or in ``workers`` others; ``done`` gets each outcome as it comes.

    On an interrupt, jobs in work are dropped and write nothing; what is done stays.
    """
    if workers == 1 or len(jobs) == 1:
        for job in jobs:
            done(analyze(job, progress))
        return
    # Spawned, not forked: the parent may have threads, and it is the same on every system.
    context = multiprocessing.get_context("spawn")
    reports = context.Queue()
    executor = ProcessPoolExecutor(
        min(workers, len(jobs)), context, initializer=_start_worker, initargs=(reports,)
    )
    waiting: dict[Future[Outcome], Job] = {
        executor.submit(_analyze_in_worker, job): job for job in jobs
    }
    try:
        while waiting:
            try:
                progress(*reports.get(timeout=0.1))
            except Empty:
                pass
            for future in [future for future in waiting if future.done()]:
                job = waiting.pop(future)
                error = future.exception()
                done(future.result() if error is None else Outcome(job, refusal=sentence(error)))
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        # Waited for: at the end of the program the pool's own thread would find its pipe closed.
        executor.shutdown(cancel_futures=True)
        raise
    finally:
        reports.cancel_join_thread()
    executor.shutdown()
    reports.close()


def run_jobs(jobs: Sequence[Job], workers: int) -> None:
    """Run jobs with a progress bar; a line for each input, a sentence for what is wrong with it.

    Raises
    ------
    AnalysisError
        At the end, if some input could not be analysed; of a single one it says why.
    """
    refused = 0
    with progress_bars() as bars:
        whole = bars.add_task(f"{len(jobs)} inputs", total=len(jobs), visible=len(jobs) > 1)
        # One bar for each input in work, not for hundreds that wait.
        tasks: dict[int, TaskID] = {}

        def show(number: int, n_done: int, n_samples: int) -> None:
            if number not in tasks:
                tasks[number] = bars.add_task(jobs[number].path.name, total=max(1, n_samples))
            bars.update(tasks[number], completed=n_done)

        def tell(outcome: Outcome) -> None:
            nonlocal refused
            bars.advance(whole)
            if outcome.job.number in tasks:
                bars.update(tasks[outcome.job.number], visible=False)
            if outcome.refusal:
                refused += 1
                if len(jobs) == 1:
                    raise AnalysisError(f"{outcome.job.path}: {outcome.refusal}")
                print(f"myoscope: {outcome.job.path}: {outcome.refusal}", file=sys.stderr)
            else:
                for warning in outcome.warnings:
                    print(f"myoscope: {outcome.job.path}: warning: {warning}", file=sys.stderr)
                print(_done_line(outcome), flush=True)

        analyze_all(jobs, workers, show, tell)
    if refused:
        raise AnalysisError(f"{refused} of {len(jobs)} inputs could not be analysed")


def _done_line(outcome: Outcome) -> str:
    words = [f"{outcome.duration_s:.1f} s"]
    found = wording.counts({kind: n for kind, n in outcome.counts if kind.raises_alert})
    if found or not all(outcome.not_judged):
        words.append(found or "no spontaneous activity")
        words.append(f"{outcome.alerts} alert{'' if outcome.alerts == 1 else 's'}")
    if any(outcome.not_judged):
        words.append(wording.not_judged(outcome.not_judged))
    return f"{outcome.job.path}: {', '.join(words)} -> {outcome.job.folder}"


def sentence(error: BaseException) -> str:
    """Return what an error says, on one line; never nothing."""
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__


def _analyze(job: Job, progress: Progress) -> Outcome:
    _claim_folder(job)
    archive = open_file(job.path, job.words)
    try:
        source = ReplaySource(archive, block_ms=job.block_ms)
    except Exception:
        archive.close()
        raise
    info = source.info
    detector = SpontaneousActivityDetector(info.n_channels, info.rate_hz, job.settings)
    log = FindingsLog(info)
    reporter = _Reporter(job.number, source.n_samples, progress)
    Session(source, detector, [log, reporter]).run()
    job.folder.mkdir(parents=True, exist_ok=True)
    log.write_tables(job.folder, job.settings.to_dict())
    (job.folder / INPUT_FILE).write_text(json.dumps({"path": str(job.path)}) + "\n")
    judgement = judge(info, log.levels)
    kinds = Counter(final_kinds(log.potentials, log.trains).tolist())
    return Outcome(
        job,
        counts=tuple((Kind(kind), number) for kind, number in sorted(kinds.items())),
        alerts=len(log.alerts),
        duration_s=log.n_samples / info.rate_hz,
        warnings=judgement.warnings,
        not_judged=judgement.not_judged,
    )


def _claim_folder(job: Job) -> None:
    """Refuse a folder that holds something else than an earlier analysis of the same input."""
    if not job.folder.exists():
        return
    if not job.folder.is_dir():
        raise OutputError(f"{job.folder} is a file; wanted a folder for the tables")
    try:
        earlier = json.loads((job.folder / INPUT_FILE).read_text()).get("path")
    except (OSError, ValueError, AttributeError):
        earlier = None if any(job.folder.iterdir()) else str(job.path)
    if earlier != str(job.path):
        raise OutputError(
            f"{job.folder} holds {f'the tables of {earlier}' if earlier else 'other files'}; "
            "choose another --out"
        )


class _Reporter:
    """A sink that reports how far an analysis has come, at most a hundred times."""

    def __init__(self, number: int, n_samples: int, progress: Progress) -> None:
        self._number = number
        self._n_samples = n_samples
        self._progress = progress
        self._next_sample = 0

    def write(self, block: Block, findings: Findings) -> None:
        del findings
        if block.end_sample >= self._next_sample:
            self._next_sample = block.end_sample + self._n_samples // 100
            self._progress(self._number, block.end_sample, self._n_samples)

    def finish(self, findings: Findings) -> None:
        del findings
        self._progress(self._number, self._n_samples, self._n_samples)


_reports: Any = None


def _start_worker(reports: Any) -> None:
    global _reports
    _reports = reports
    # Ctrl-C reaches the whole group; the parent decides what becomes of the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Progress that nobody reads any more must not keep a worker from ending.
    reports.cancel_join_thread()


def _analyze_in_worker(job: Job) -> Outcome:
    return analyze(job, lambda *report: _reports.put(report))


def _stem(path: Path) -> str:
    if path.name == "recording.zarr":
        path = path.parent
    return path.name if path.is_dir() and path.suffix != ".zarr" else path.stem
