"""``myoscope streams``: what is on the network, and why nothing may be."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from myoscope.acquisition.lsl_doctor import explain_no_streams
from myoscope.acquisition.lsl_streams import StreamRow, find_streams


def show_streams(wait_s: float, *, doctor: bool) -> None:
    """Print the streams that answer within ``wait_s``, or with ``doctor`` why none does."""
    console = Console()
    with console.status(f"listening for {wait_s:g} s"):
        rows = find_streams(wait_s)
    if rows:
        console.print(stream_table(rows))
    else:
        console.print(
            f"No LSL stream answered within {wait_s:g} s."
            + ("" if doctor else " `myoscope streams --doctor` looks for the reason.")
        )
    if doctor and not rows:
        for line in explain_no_streams():
            console.print(f"- {line}", markup=False, highlight=False)


def stream_table(rows: list[StreamRow]) -> Table:
    """Return the streams as a table."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("name", "type", "rate Hz", "channels", "unit", "clock", "host", "source id"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        cells = (
            row.name,
            row.type,
            f"{row.rate_hz:g}" if row.rate_hz else "irregular",
            channel_words(row),
            row.unit or ("" if row.problem else "not given"),
            row.clock or row.problem,
            row.host,
            row.source_id or "none",
        )
        # Plain text: a name in brackets is no markup.
        table.add_row(*map(Text, cells))
    return table


def channel_words(row: StreamRow) -> str:
    """Return the EMG channels of a stream: ``4 (needle 1, …) and 1 that is no EMG``."""
    if not row.labels:
        return f"{row.n_channels} {row.sample_format}"
    labels = ", ".join(row.labels[:8]) + (", …" if len(row.labels) > 8 else "")
    others = row.n_channels - len(row.labels)
    verb = "is" if others == 1 else "are"
    left_out = f" and {others} that {verb} no EMG" if others else ""
    return f"{len(row.labels)} ({labels}){left_out}"
