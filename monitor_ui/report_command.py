"""``myoscope report``: a page to read and one to print, beside the recording or elsewhere."""

from datetime import date
from importlib.util import find_spec
from pathlib import Path

from myoscope.monitor_ui.errors import OutputError
from myoscope.monitor_ui.report import make_report
from myoscope.monitor_ui.report_html import to_html
from myoscope.recordings.reader import open_recording
from myoscope.recordings.store import write_durably

NAME = "report"


def write_report(path: Path, out: Path | None, injury: date | None, pdf: bool) -> None:
    """Write report.html and report.pdf and say where they are.

    Parameters
    ----------
    path
        A recording.
    out
        Folder for both; that of the recording where left out.
    injury
        Day of the injury.
    pdf
        Whether to print as well.

    Raises
    ------
    NotARecordingError
        If there is none.
    OutputError
        If the folder cannot be written to.
    """
    with open_recording(path) as recording:
        report = make_report(recording, injury)
        folder = recording.folder if out is None else out
        html, printed = folder / f"{NAME}.html", folder / f"{NAME}.pdf"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_durably(html, to_html(report).encode())
        except OSError as error:
            raise OutputError(f"{html} cannot be written: {error.strerror or error}") from error
        print(f"Report: {html}")
        if not pdf:
            return
        if find_spec("PySide6") is None:
            print('No PDF: it needs PySide6, pip install "myoscope[window]"')
            return
        from myoscope.monitor_ui.report_pdf import write_pdf

        write_pdf(report, printed)
        print(f"Report: {printed}")
