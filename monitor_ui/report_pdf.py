"""The same report as a PDF, printed by Qt; needs no screen."""

import os
import sys
from pathlib import Path

from PySide6.QtCore import QByteArray, QMarginsF, QSizeF, Qt, QUrl
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter, QTextDocument
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from myoscope.monitor_ui.report import Report
from myoscope.monitor_ui.report_html import to_html
from myoscope.monitor_ui.report_waveforms import HEIGHT, WIDTH, Waveform
from myoscope.recordings.store import FILE_MODE

MARGIN_MM = 15.0
DOTS_PER_INCH = 300
PICTURE_SCALE = 4


def write_pdf(report: Report, path: Path) -> None:
    """Print the report to ``path``, on A4, landscape for the wide tables."""
    if QApplication.instance() is None:
        if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
            os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        global _application
        _application = QApplication(sys.argv[:1])
    document = QTextDocument()
    document.setHtml("")

    def picture(number: int, waveform: Waveform) -> str:
        name = f"waveform-{number}"
        document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), _image(waveform))
        return f'<img src="{name}" width="{WIDTH}" height="{HEIGHT}">'

    html = to_html(report, picture)
    # Qt keeps the mode of a file that is there: for its owner alone, as the recording is.
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, FILE_MODE))
    writer = QPdfWriter(str(path))
    writer.setTitle(f"Needle EMG: {report.summary.stream_name}")
    writer.setCreator("Myoscope")
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageOrientation(QPageLayout.Orientation.Landscape)
    writer.setPageMargins(
        QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM), QPageLayout.Unit.Millimeter
    )
    writer.setResolution(DOTS_PER_INCH)
    # A page of the size that the words are laid out for, in their own pixels.
    document.setPageSize(QSizeF(writer.pageLayout().paintRectPixels(96).size()))
    document.setDocumentMargin(0)
    document.setHtml(html)
    painter = QPainter()
    if not painter.begin(writer):
        raise OSError(f"{path} cannot be written")
    scale = DOTS_PER_INCH / 96
    page = document.pageSize()
    for number in range(document.pageCount()):
        if number:
            writer.newPage()
        painter.save()
        painter.scale(scale, scale)
        painter.translate(0, -number * page.height())
        painter.setClipRect(
            0, round(number * page.height()), round(page.width()), round(page.height())
        )
        document.drawContents(painter)
        painter.restore()
    painter.end()


_application: QApplication | None = None


def _image(waveform: Waveform) -> QImage:
    image = QImage(WIDTH * PICTURE_SCALE, HEIGHT * PICTURE_SCALE, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(waveform.svg().encode())).render(painter)
    painter.end()
    return image
