"""CSV and TSV files with a header line."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.archives.base import (
    EmgChannels,
    FileArchive,
    Gap,
    Hints,
    Rows,
    check_file,
    choose_emg,
    gaps_by_stamps,
    reading,
)
from myoscope.acquisition.errors import ArchiveError
from myoscope.acquisition.units import ChannelDeclaration

# The file is gone through once when it is opened, and read afterwards from the nearest mark.
INDEX_BYTES = 4 << 20
LINES_PER_MARK = 4096
MAX_LINE_BYTES = 1 << 20
DELIMITERS = ",;\t"
COMMENTS = ("#", "%")

# The rate is told by the times of so many rows, and is the roundest number, of these steps, within
# what the times' own rounding and this share of it leave open.
RATE_ROWS = 4096
RATE_TOLERANCE = 1e-3
ROUND_HZ = (1000, 100, 50, 10, 1)

TIME = re.compile(
    r"(?:time|times|timestamp|timestamps|t)[\s_(\[]*([a-zµμ]*)[\s)\]]*", re.IGNORECASE
)
SECONDS = {
    **{"": 1.0, "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3},
    **{"milliseconds": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "microseconds": 1e-6},
}
ROW_NUMBER = re.compile(r"#|n|no|nr|row|index|idx|samples?([ _]?(index|idx|no|nr))?", re.IGNORECASE)
LABEL_WITH_UNIT = re.compile(r"(.*?)\s*[(\[]([^()\[\]]*)[)\]]|(.*?)[ _]([numµμ]?V)", re.IGNORECASE)
NAMED_EMG = re.compile(r"\b(emg|exg)\b|^(emg|exg)", re.IGNORECASE)
# What comments say of the rate: "%Sample Rate = 250 Hz", as OpenBCI writes.
RATE_COMMENT = re.compile(r"rate\D*([0-9.]+)\s*Hz", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Table:
    """Where the rows lie in the file and how they are written.

    Attributes
    ----------
    path
        The file.
    delimiter
        Between fields.
    decimal_comma
        True where numbers are written 1,5.
    labels
        The header's fields.
    first_line
        Number of the first row's line, from 1.
    marks
        Offset of every LINES_PER_MARK-th row, and of the end.
    n_rows
        Rows.
    """

    path: Path
    delimiter: str
    decimal_comma: bool
    labels: Sequence[str]
    first_line: int
    marks: Sequence[int]
    n_rows: int

    def read(self, start: int, stop: int, columns: Sequence[int]) -> Rows:
        """Return the numbers of some columns of the rows from start to stop."""
        first, last = start // LINES_PER_MARK, -(-stop // LINES_PER_MARK)
        with self.path.open("rb") as file:
            file.seek(self.marks[first])
            raw = file.read(self.marks[last] - self.marks[first])
        skip = start - first * LINES_PER_MARK
        lines = _decode(raw).splitlines()[skip : skip + stop - start]
        if self.decimal_comma:
            lines = [line.replace(",", ".") for line in lines]
        try:
            return np.loadtxt(
                lines, np.float64, comments=None, delimiter=self.delimiter, usecols=columns,
                ndmin=2, quotechar='"',
            )  # fmt: skip
        except ValueError:  # an empty field, or a culprit to be named
            return np.array(
                [
                    [self._number(line, number, column) for column in columns]
                    for number, line in enumerate(lines, self.first_line + start)
                ],
                np.float64,
            )

    def _number(self, line: str, number: int, column: int) -> float:
        """Return one field of a line, NaN where it is empty."""
        fields = line.split(self.delimiter)
        field = fields[column].strip().strip('"') if column < len(fields) else "nothing"
        try:
            return float(field or "nan")
        except ValueError:
            raise ArchiveError(
                f"{self.path.name} has {field[:40]!r} in column {self.labels[column]!r} of line "
                f"{number}; wanted a number"
            ) from None


class TextArchive(FileArchive):
    """Rows of numbers in text, read in windows."""

    def __init__(self, emg: EmgChannels, table: _Table, lost: Sequence[Gap]) -> None:
        super().__init__(table.path, emg.info, table.n_rows, lost)
        self._table = table
        self._columns = emg.columns
        self._scale_uv = np.array(emg.info.scale_uv)

    def _read_rows(self, start: int, stop: int) -> Rows:
        rows: Rows = self._table.read(start, stop, self._columns) * self._scale_uv
        return rows


def open_text(path: Path, hints: Hints) -> TextArchive:
    """Open a table of numbers in text; labels and units are in its header line.

    With ``rate_hz`` the rows are taken as consecutive; else a time column tells the rate and
    where rows are missing, or a comment before the header tells the rate.
    """
    check_file(path)
    table, comments = _index(path)
    first_row = _first_fields(table)
    times = [i for i, label in enumerate(table.labels) if _seconds(label) is not None]
    lost: list[Gap] = []
    if hints.rate_hz is not None:
        rate_hz = hints.rate_hz
    elif times:
        rate_hz, lost = _by_time(table, times[0])
    elif (said := RATE_COMMENT.search(comments)) is not None:
        rate_hz = float(said.group(1))
    else:
        raise ArchiveError(
            f"{path.name} does not say its sampling rate; wanted a column such as 'time_s', "
            "or rate_hz"
        )
    columns = [
        column
        for column, label in enumerate(table.labels)
        if label and column not in times and not ROW_NUMBER.fullmatch(label)
        and _is_number(first_row[column])
    ]  # fmt: skip
    declared = [_declaration(table.labels[column]) for column in columns]
    emg = choose_emg(path, declared, [rate_hz] * len(columns), hints, {"format": "text"})
    return TextArchive(EmgChannels([columns[i] for i in emg.columns], emg.info), table, lost)


def _index(path: Path) -> tuple[_Table, str]:
    """Return where the rows are, checked to be of one length, and the comments before them."""
    with path.open("rb") as file:
        comments: list[str] = []
        for number, line in enumerate(_lines(path, file), 1):
            text = line.strip()
            if text.startswith(COMMENTS):
                comments.append(text)
            elif text:
                first_line = number + 1
                break
        else:
            raise ArchiveError(f"{path.name} has no header line; wanted one such as 'time_s,ch1'")
        delimiter = max(DELIMITERS, key=text.count)
        with reading(path, "a table"):
            labels = [label.strip() for label in next(csv.reader([text], delimiter=delimiter))]
        if all(_is_number(label) for label in labels):
            raise ArchiveError(
                f"{path.name} begins with numbers; wanted a header line such as 'time_s,ch1 (uV)'"
            )
        start = file.tell()
        first = _decode(file.readline(MAX_LINE_BYTES))
        decimal_comma = delimiter != "," and "," in first
        file.seek(start)
        marks, n_rows = _mark_rows(path, file, delimiter, len(labels), first_line)
    table = _Table(path, delimiter, decimal_comma, labels, first_line, marks, n_rows)
    return table, "\n".join(comments)


def _lines(path: Path, file: io.BufferedReader) -> Iterator[str]:
    while line := file.readline(MAX_LINE_BYTES):
        if len(line) == MAX_LINE_BYTES:
            raise ArchiveError(f"{path.name} has a line of more than {MAX_LINE_BYTES} characters")
        yield _decode(line)


def _mark_rows(
    path: Path, file: io.BufferedReader, delimiter: str, n_fields: int, first_line: int
) -> tuple[list[int], int]:
    """Return the offsets of every LINES_PER_MARK-th row and of the end, and the rows' number.

    Raises
    ------
    ArchiveError
        If a row has other fields than the header, naming its line.
    """
    position = file.tell()
    end = _end_of_text(file, position)
    marks: list[int] = []
    n_rows = 0
    rest = b""
    while position < end or rest:
        file.seek(position)
        chunk = file.read(min(INDEX_BYTES, end - position))
        start = position - len(rest)
        position += len(chunk)
        raw = rest + chunk
        if position >= end or not chunk:
            raw, position = raw.rstrip(b"\r\n") + b"\n", end
        codes = np.frombuffer(raw, np.uint8)
        ends = np.flatnonzero(codes == ord("\n"))
        if not len(ends):
            if len(raw) > MAX_LINE_BYTES:
                raise ArchiveError(
                    f"{path.name} has more than {MAX_LINE_BYTES} characters in line "
                    f"{first_line + n_rows}; wanted {n_fields} fields"
                )
            rest = raw
            continue
        found = np.searchsorted(np.flatnonzero(codes == ord(delimiter)), ends)
        fields = np.diff(found, prepend=0) + 1
        wrong = np.flatnonzero(fields != n_fields)
        if len(wrong):
            raise ArchiveError(
                f"{path.name} has {fields[wrong[0]]} fields in line "
                f"{first_line + n_rows + int(wrong[0])}; wanted {n_fields} as in its header"
            )
        begins = np.concatenate(([0], ends[:-1] + 1))
        marks += (start + begins[(-n_rows) % LINES_PER_MARK :: LINES_PER_MARK]).tolist()
        n_rows += len(ends)
        rest = raw[ends[-1] + 1 :]
    return [*marks, end], n_rows


def _end_of_text(file: io.BufferedReader, start: int) -> int:
    """Return the end of the last line with something in it."""
    end = file.seek(0, io.SEEK_END)
    while end > start:
        begin = max(start, end - 4096)
        file.seek(begin)
        tail = file.read(end - begin).rstrip()
        if tail:
            return begin + len(tail)
        end = begin
    return start


def _by_time(table: _Table, column: int) -> tuple[float, list[Gap]]:
    """Return the rate by the time column, and the gaps in it."""
    name, label = table.path.name, table.labels[column]
    if table.n_rows < 2:
        raise ArchiveError(f"{name} has {table.n_rows} rows; wanted 2 or more to tell the rate")
    parts = [
        table.read(start, min(start + LINES_PER_MARK, table.n_rows), [column])[:, 0]
        for start in range(0, table.n_rows, LINES_PER_MARK)
    ]
    times_s: npt.NDArray[np.float64] = np.concatenate(parts) * (_seconds(label) or 1.0)
    unknown = np.flatnonzero(~np.isfinite(times_s))
    if len(unknown):
        raise ArchiveError(
            f"{name} has no time in column {label!r} of line {table.first_line + unknown[0]}"
        )
    rate_hz = _rate_by(times_s)
    if rate_hz is None:
        raise ArchiveError(f"{name} has times in column {label!r} that do not rise")
    return rate_hz, gaps_by_stamps(times_s, rate_hz)


def _rate_by(times_s: npt.NDArray[np.float64]) -> float | None:
    """Return the rate by times that may be rounded and have gaps; None where they do not rise."""
    n_steps = len(times_s) - 1
    rows = min(RATE_ROWS, max(1, n_steps // 4))
    steps_s = np.diff(times_s[: RATE_ROWS + 1])
    if not (steps_s > 0).any():
        return None
    resolution_s = float(steps_s[steps_s > 0].min())
    # Most stretches of some rows have no gap; the whole is more exact where it has none either.
    span_s = float(np.median(times_s[rows:] - times_s[:-rows]))
    whole_s = float(times_s[-1] - times_s[0])
    if span_s <= 0:
        return None
    rate_hz = rows / span_s
    if abs(whole_s - n_steps / rate_hz) <= whole_s * resolution_s / span_s:
        rate_hz, span_s = n_steps / whole_s, whole_s
    tolerance_hz = rate_hz * min(RATE_TOLERANCE, resolution_s / span_s)
    for step_hz in ROUND_HZ:
        nearest_hz = step_hz * round(rate_hz / step_hz)
        if abs(rate_hz - nearest_hz) <= tolerance_hz:
            return float(nearest_hz)
    return rate_hz


def _first_fields(table: _Table) -> list[str]:
    """Return the fields of the first row."""
    if not table.n_rows:
        raise ArchiveError(f"{table.path.name} has a header line and no rows")
    with table.path.open("rb") as file:
        file.seek(table.marks[0])
        line = _decode(file.readline(MAX_LINE_BYTES))
    if table.decimal_comma:
        line = line.replace(",", ".")
    return [field.strip().strip('"') for field in line.split(table.delimiter)]


def _declaration(label: str) -> ChannelDeclaration:
    """Return a channel by its header field: "APB (mV)", "APB [mV]", "APB_mV" or "APB"."""
    match = LABEL_WITH_UNIT.fullmatch(label)
    name, unit = label, ""
    if match is not None:
        name, unit = (match[1], match[2]) if match[1] is not None else (match[3], match[4])
    # A table has no types; beside columns called EMG the others are something else.
    return ChannelDeclaration(name, "EMG" if NAMED_EMG.search(name) else "", unit)


def _seconds(label: str) -> float | None:
    """Return the seconds in one unit of a time column, None where it is no time column."""
    match = TIME.fullmatch(label)
    return SECONDS.get(match[1].lower()) if match is not None else None


def _is_number(field: str) -> bool:
    """Return whether a field is a number, or empty and so a missing one."""
    try:
        float(field or "nan")
    except ValueError:
        return False
    return True


def _decode(raw: bytes) -> str:
    """Return text; spreadsheets begin with a byte order mark and may write Latin-1."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
