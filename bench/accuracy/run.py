"""Runs the signals of the table through the detector, in this process or in others."""

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from myoscope.bench.accuracy import FIRST_TEST_SEED
from myoscope.bench.accuracy.judge import judge
from myoscope.bench.accuracy.parametric.generator import RECIPES, parametric_signal
from myoscope.bench.accuracy.physical import PATIENTS, physical_signal
from myoscope.bench.accuracy.records import SUITES as RECORD_SUITES
from myoscope.bench.accuracy.records import record_signal, records_folder
from myoscope.bench.accuracy.rows import SUITES, Row, Suite
from myoscope.bench.accuracy.signals import Signal
from myoscope.bench.accuracy.tally import Tally

GENERATORS: Mapping[str, Callable[[str, float, float, int], Signal]] = {
    "physical": physical_signal,
    "parametric": parametric_signal,
    "records": record_signal,
}
MADE: Mapping[str, Iterable[str]] = {
    "physical": PATIENTS,
    "parametric": RECIPES,
    "records": RECORD_SUITES if records_folder() else (),
}
# Seeds below the first test seed are for tuning, and only this generator's.
TUNED_ON = "physical"

FULL_RATES_HZ = (10_000.0, 20_000.0, 30_000.0, 48_000.0)
LOW_RATES_HZ = (5_000.0, 4_000.0, 2_500.0)
# Signals at a low rate are so much shorter than at a full one: less is promised.
DEGRADED_SHARE = 0.3
# No signal is shorter than this, unless it is a record.
SHORTEST_S = 60.0
QUICK_SHARE = 0.08
QUICK_RATES_HZ = (10_000.0, 20_000.0)


@dataclass(frozen=True, slots=True)
class Job:
    """One signal to make and to judge."""

    suite: str
    generator: str
    rate_hz: float
    seconds: float
    seed: int


Tallies = dict[tuple[str, str, float], Tally]
"""By suite, generator and rate."""


def plan(
    rows: Sequence[Row], rates_hz: Sequence[float], share: float, first_seed: int
) -> list[Job]:
    """Return the signals that some rows of the table need.

    Parameters
    ----------
    rows
        Of the table.
    rates_hz
        Sampling rates.
    share
        Of the full length.
    first_seed
        Of each suite, generator and rate; the others follow.
    """
    suites = [SUITES[name] for name in dict.fromkeys(name for row in rows for name in row.suites)]
    return [
        job
        for suite in suites
        for generator in GENERATORS
        if suite.name in MADE[generator]
        and (first_seed >= FIRST_TEST_SEED or generator == TUNED_ON)
        for rate_hz, seconds in _shares(suite, rates_hz, share)
        for job in _jobs(suite, generator, rate_hz, seconds, first_seed)
    ]


def _shares(suite: Suite, rates_hz: Sequence[float], share: float) -> Iterator[tuple[float, float]]:
    """Return the rates of a suite and how many seconds each has."""
    if suite.rate_hz is not None:
        yield suite.rate_hz, 3600.0 * suite.hours
        return
    weights = [DEGRADED_SHARE if rate_hz < FULL_RATES_HZ[0] else 1.0 for rate_hz in rates_hz]
    for rate_hz, weight in zip(rates_hz, weights, strict=True):
        yield rate_hz, 3600.0 * suite.hours * share * weight / sum(weights)


def _jobs(
    suite: Suite, generator: str, rate_hz: float, seconds: float, first_seed: int
) -> Iterator[Job]:
    length = min(suite.seconds, max(SHORTEST_S, seconds))
    for number in range(max(1, round(seconds / length))):
        yield Job(suite.name, generator, rate_hz, length, first_seed + number)


def run_job(job: Job) -> Tally:
    """Make a signal and judge it."""
    made = GENERATORS[job.generator](job.suite, job.rate_hz, job.seconds, job.seed)
    return judge(made, SUITES[job.suite].question)


def run_all(jobs: Sequence[Job], workers: int, progress: Callable[[Job], None]) -> Tallies:
    """Return what was counted; ``progress`` gets each job that is done.

    After Ctrl-C that is what was done until then; if that is nothing, it goes on to the caller.
    """
    tallies: Tallies = {}
    try:
        for job, tally in _done(jobs, workers):
            tallies.setdefault((job.suite, job.generator, job.rate_hz), Tally()).add(tally)
            progress(job)
    except KeyboardInterrupt:
        if not tallies:
            raise
    return tallies


def _done(jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, Tally]]:
    if workers == 1:
        for job in jobs:
            yield job, run_job(job)
        return
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(workers, context, initializer=_start_worker)
    try:
        waiting = {executor.submit(run_job, job): job for job in jobs}
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    executor.shutdown()


def _start_worker() -> None:
    # Ctrl-C reaches the whole group; the parent ends the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
