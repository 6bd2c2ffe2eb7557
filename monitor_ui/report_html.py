"""A report as one HTML page: it needs no other file, and no script."""

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui import wording
from myoscope.monitor_ui.marks import MARKS
from myoscope.monitor_ui.report import NOTE, GradeCell, MuscleRow, Report, TrainRow
from myoscope.monitor_ui.report_waveforms import Waveform

COUNTED = tuple(kind for kind in Kind if kind.raises_alert)
GAPS_SHOWN = 20
ABREAST = 3
# What QTextDocument, which prints the page, understands as well.
_STYLE = """
body { font-family: "DejaVu Sans", "Segoe UI", "Helvetica Neue", sans-serif; color: #111111;
       font-size: 10pt; max-width: 70em; margin: 2em auto; }
h1 { font-size: 17pt; } h2 { font-size: 13pt; margin-top: 18pt; }
table { border-collapse: collapse; }
th { text-align: left; background: #eef1f4; }
td, th { padding: 3px 8px; border: 1px solid #b9c3cb; vertical-align: top; }
.warning { background: #fff3c4; border: 2px solid #8a6d00; padding: 6px 10px; }
.note { color: #4c5863; }
"""


def to_html(report: Report, picture: Callable[[int, Waveform], str] | None = None) -> str:
    """Return the page.

    Parameters
    ----------
    report
        What to say.
    picture
        Returns the element that shows a waveform; SVG in the page itself where left out.
    """
    show = picture or (lambda number, waveform: waveform.svg())
    title = f"Needle EMG: {report.summary.stream_name}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="note">{escape(NOTE)}</p>',
        *(f'<p class="warning">{escape(words)}</p>' for words in report.warnings),
        "<h2>Session</h2>",
        _session(report),
        "<h2>Muscles</h2>",
        *map(_muscle, report.muscles),
        "<h2>Representative potentials</h2>",
        *_figures(report.waveforms, show),
        "<h2>Trains</h2>",
        _trains(report),
        *_remarks(report),
        *_gaps(report),
        "<h2>How it was made</h2>",
        _versions(report),
        f'<p class="note">{escape(NOTE)}</p>',
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _session(report: Report) -> str:
    summary = report.summary
    measured = summary.effective_rate_hz
    rate = f"{summary.rate_hz:g} Hz"
    if math.isfinite(measured):
        rate += f", measured {measured:.3f} Hz"
    unit = f"{summary.unit or 'not given'}{' (assumed)' if summary.unit_assumed else ''}"
    rows = [
        ("Recorded", f"{summary.created_utc} (UTC)"),
        ("Length", wording.clock_ms(summary.duration_s)),
        ("Stream", f"{summary.stream_name} {summary.source_id}".strip()),
        ("Channels", f"{len(summary.channel_labels)}: {', '.join(summary.channel_labels)}"),
        ("Sampling rate", rate),
        ("Unit", unit),
        ("Lost samples", f"{summary.lost_samples} in {summary.gaps} places"),
        ("State", summary.state),
        *((name.replace("_", " "), str(value)) for name, value in report.device.items()),
    ]
    return _table(None, ((escape(name), escape(value)) for name, value in rows))


def _muscle(row: MuscleRow) -> str:
    supply = row.place.known.supply if row.place.known is not None else ""
    kinds = [kind for kind in COUNTED if any(site.counts[kind] for site in row.sites)]
    heading = ["site", "watched", "insertions", *(MARKS[kind].short for kind in kinds)]
    cells = (
        [
            str(site.place.site),
            f"{site.seconds:.1f} s",
            str(site.insertions),
            *(f"{site.counts[kind]} ({site.per_minute(kind):.0f}/min)" for kind in kinds),
        ]
        for site in row.sites
    )
    graded = [cell for cell in row.grades if cell.given or cell.suggested]
    return (
        f"<h3>{escape(row.place.words)} <small>{escape(supply)}</small></h3>"
        + _table(heading, cells)
        + ("<p></p>" + _grades(graded) if graded else "<p>No grade was given.</p>")
    )


def _grades(cells: Sequence[GradeCell]) -> str:
    return _table(
        ["grade of", "examiner", "suggested then", "suggested by the whole recording", "by whom"],
        (
            [
                escape(wording.plural(cell.kind)),
                f"<b>{escape(cell.given)}</b>" if cell.given else "not graded",
                escape(cell.suggested_then) or "–",
                escape(cell.suggested) or "–",
                escape(cell.author) or "–",
            ]
            for cell in cells
        ),
    )


def _figures(waveforms: Sequence[Waveform], show: Callable[[int, Waveform], str]) -> Iterable[str]:
    if not waveforms:
        yield "<p>No train of spontaneous activity was found.</p>"
        return
    cells = [
        f"<td>{show(number, waveform)}<br>{escape(waveform.title)}</td>"
        for number, waveform in enumerate(waveforms)
    ]
    rows = (cells[first : first + ABREAST] for first in range(0, len(cells), ABREAST))
    yield (
        '<table cellspacing="0">' + "".join(f"<tr>{''.join(row)}</tr>" for row in rows) + "</table>"
    )
    yield (
        '<p class="note">Up to 20 potentials of the clearest train of each kind on each channel, '
        "in the detector's band; black: their mean.</p>"
    )


def _trains(report: Report) -> str:
    if not report.trains:
        return "<p>No train of spontaneous activity was found.</p>"
    left_out = (
        f'<p class="note">{report.trains_left_out} more are in trains.csv.</p>'
        if report.trains_left_out
        else ""
    )
    heading = ["train", "where", "detector", "examiner", "from", "lasts", "n", "rhythm", "size",
               "confidence", "evidence"]  # fmt: skip
    return _table(heading, map(_train, report.trains)) + left_out


def _train(row: TrainRow) -> list[str]:
    place = ""
    if row.place is not None and row.place.muscle:
        place = f"{row.place.words}, site {row.place.site}; "
    alert = "" if row.raised_alert else " (no alert)"
    return [
        str(row.train),
        escape(f"{place}{row.channel_label}"),
        escape(f"{MARKS[row.detected].sign} {row.detected.words}{alert}"),
        escape(row.verdict) or "–",
        wording.clock_ms(row.onset_s),
        f"{row.seconds:.1f} s",
        str(row.potentials),
        escape(row.rhythm),
        f"{row.amplitude_uv:.0f} µV",
        f"{row.confidence:.2f}",
        escape(row.further) or "–",
    ]


def _remarks(report: Report) -> Iterable[str]:
    if report.remarks:
        yield "<h2>Remarks</h2>"
        yield _table(
            ["at", "words", "by whom"],
            (
                [wording.clock_ms(at), escape(words), escape(author) or "–"]
                for at, words, author in report.remarks
            ),
        )


def _gaps(report: Report) -> Iterable[str]:
    if report.gaps:
        yield "<h2>Gaps</h2>"
        yield _table(
            ["at", "missing"],
            (
                [wording.clock_ms(start), f"{seconds:.3f} s"]
                for start, seconds in report.gaps[:GAPS_SHOWN]
            ),
        )
        if len(report.gaps) > GAPS_SHOWN:
            yield f'<p class="note">and {len(report.gaps) - GAPS_SHOWN} more.</p>'


def _versions(report: Report) -> str:
    summary = report.summary
    software = ", ".join(f"{name} {version}" for name, version in summary.software.items())
    settings = ", ".join(f"{name} {value}" for name, value in summary.settings.items())
    rows = [
        ("Recorded with", software),
        ("Settings", settings),
        ("Format", f"version {summary.format_version}"),
        ("Recording", summary.folder.name),
        ("Report made", f"{report.made_utc} (UTC)"),
    ]
    return _table(None, ((escape(name), escape(value)) for name, value in rows))


def _table(heading: Sequence[str] | None, rows: Iterable[Sequence[str]]) -> str:
    """Return a table; ``heading`` is plain words, the cells are HTML."""
    head = ""
    if heading is not None:
        head = "<tr>" + "".join(f"<th>{escape(word)}</th>" for word in heading) + "</tr>"
    body = "".join(
        "<tr>"
        + "".join(
            f"<th>{cell}</th>" if heading is None and not place else f"<td>{cell}</td>"
            for place, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return f'<table cellspacing="0">{head}{body}</table>'
