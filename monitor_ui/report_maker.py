"""``ReportMaker``: ``myoscope report`` beside the window, which goes on meanwhile."""

import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QUrl, Signal
from PySide6.QtGui import QDesktopServices

END_MS = 10_000


class ReportMaker(QObject):
    """Makes reports of recordings in a process of their own, one at a time."""

    said = Signal(str)
    """What is being made, what was made, or why it could not be."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.page: Path | None = None
        self._process = QProcess(self)
        self._process.finished.connect(self._finished)

    @property
    def busy(self) -> bool:
        """True while one is being made."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def make(self, folder: Path) -> None:
        """Write report.html and report.pdf into the folder of a recording."""
        if self.busy:
            return
        self.page = None
        self._folder = folder
        self.said.emit(f"REPORT of {folder.name} is being written …")
        words = ["-m", "myoscope.monitor_ui", "report", str(folder)]
        self._process.start(sys.executable, words)

    def show(self) -> None:
        """Open the page that was made with what opens pages here."""
        if self.page is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.page)))

    def close(self) -> None:
        """Wait for the one that is being made."""
        if self.busy and not self._process.waitForFinished(END_MS):
            self._process.kill()
            self._process.waitForFinished()

    def _finished(self, status: int, how: QProcess.ExitStatus) -> None:
        del how
        if status == 0:
            self.page = self._folder / "report.html"
            self.said.emit(f"REPORT   [F2] opens {self.page} (.pdf beside it)")
            return
        said = bytes(self._process.readAllStandardError().data()).decode(errors="replace")
        reason = said.strip().splitlines()[-1:] or [f"status {status}"]
        self.said.emit(f"NO REPORT: {reason[0].removeprefix('myoscope: ')}")
