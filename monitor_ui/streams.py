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
        labels = ", ".join(row.labels[:8]) + (", …" if len(row.labels) > 8 else "")
        cells = (
            row.name,
            row.type,
            f"{row.rate_hz:g}" if row.rate_hz else "irregular",
            f"{row.n_channels} ({labels})" if labels else f"{row.n_channels} {row.sample_format}",
            row.unit or ("" if row.problem else "not given"),
            row.clock or row.problem,
            row.host,
            row.source_id or "none",
        )
        # Plain text: a name in brackets is no markup.
        table.add_row(*map(Text, cells))
    return table
