"""``myoscope info``, ``verify`` and ``repair``: recordings and files in words."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from myoscope.acquisition.archive import Archive
from myoscope.monitor_ui import wording
from myoscope.monitor_ui.inputs import open_file
from myoscope.monitor_ui.progress import progress_bars


def show_info(path: Path) -> None:
    """Print what a recording or a file of any format holds."""
    archive = open_file(path)
    try:
        lines = list(_info_lines(archive, path))
    finally:
        archive.close()
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        print(f"{name:<{width}}  {value}")


def show_verification(path: Path) -> bool:
    """Print what is damaged in a recording; return whether it is whole."""
    from myoscope.recordings.verify import verify

    with progress_bars() as bars:
        task = bars.add_task(path.name, total=1.0)
        found = verify(path, lambda share: bars.update(task, completed=share))
    for problem in found.problems:
        print(problem)
    verdict = "whole" if found.is_whole else "not whole"
    print(f"{path}: {found.duration_s:.1f} s, {verdict}")
    return found.is_whole


def show_repair(path: Path) -> None:
    """Finish a recording that was broken off and print what was done."""
    from myoscope.recordings.repair import repair

    report = repair(path)
    lost = (
        f"; {report.damaged_journal_lines} damaged lines of the journal were left out"
        if report.damaged_journal_lines
        else ""
    )
    done = "repaired" if report.changed else "nothing to repair"
    print(f"{path}: {done}, {report.duration_s:.1f} s, {report.state}{lost}")


def _info_lines(archive: Archive, path: Path) -> Iterator[tuple[str, str]]:
    from myoscope.recordings.info import summarise
    from myoscope.recordings.reader import Recording

    info = archive.info
    summary = summarise(archive) if isinstance(archive, Recording) else None
    yield "file", str(path)
    yield "stream", info.name
    if info.source_id:
        yield "source id", info.source_id
    if summary is not None:
        being = "being written now" if summary.is_being_written else summary.state
        yield "state", f"{being}{f': {summary.end_reason}' if summary.end_reason else ''}"
        yield "made", f"{summary.created_utc} (UTC), format version {summary.format_version}"
        yield "size", wording.size(summary.stored_bytes)
    seconds = archive.n_samples / info.rate_hz
    yield "length", f"{wording.clock_ms(seconds)}, {archive.n_samples} samples"
    measured = ""
    if summary is not None and math.isfinite(summary.effective_rate_hz):
        measured = f", measured {summary.effective_rate_hz:.3f} Hz"
    yield "rate", f"{info.rate_hz:g} Hz{measured}"
    yield "channels", f"{info.n_channels}: {', '.join(info.channel_labels)}"
    assumed = " (assumed to be microvolts)" if info.unit_assumed else ""
    yield "unit", f"{info.unit or 'not given'}{assumed}"
    yield "gaps", f"{len(archive.lost)}, {sum(n for _, n in archive.lost)} samples lost"
    for name, value in info.metadata.items():
        yield name.replace("_", " "), value
    if summary is not None:
        yield "potentials", _counts(summary.potentials)
        yield "trains", _counts(summary.trains)
        yield "alerts", _counts(summary.alerts)
        yield "annotations", str(summary.annotations)
        yield "decisions", str(summary.decisions)
        yield "software", ", ".join(f"{name} {v}" for name, v in summary.software.items())


def _counts(by_kind: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in by_kind.items()) or "none"
