"""``myoscope streams``: what is on the network, and why nothing may be."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from myoscope.acquisition.lsl_config import SESSION_VARIABLE, load_pylsl
from myoscope.acquisition.lsl_streams import StreamRow, find_streams

# Where liblsl looks for a configuration, in this order; a stray one in the current folder counts.
CONFIGURATIONS = (
    Path("lsl_api.cfg"),
    Path.home() / "lsl_api" / "lsl_api.cfg",
    Path("/etc/lsl_api/lsl_api.cfg"),
)


def show_streams(wait_s: float, *, doctor: bool) -> None:
    """Print the streams that answer within ``wait_s``, and with ``doctor`` what may hide others."""
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
    if doctor:
        for line in diagnosis(rows):
            console.print(f"- {line}", markup=False, highlight=False)


def stream_table(rows: list[StreamRow]) -> Table:
    """Return the streams as a table."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("name", "type", "rate Hz", "channels", "unit", "clock", "host", "source id"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        labels = ", ".join(row.labels[:8]) + (", …" if len(row.labels) > 8 else "")
        table.add_row(
            row.name,
            row.type,
            f"{row.rate_hz:g}" if row.rate_hz else "irregular",
            f"{row.n_channels} ({labels})" if labels else f"{row.n_channels} {row.sample_format}",
            row.unit or ("" if row.problem else "not given"),
            row.clock or row.problem,
            row.host,
            row.source_id or "none",
        )
    return table


def diagnosis(rows: list[StreamRow]) -> Iterator[str]:
    """Yield what may keep streams from being seen, one sentence each."""
    pylsl = load_pylsl()
    version = pylsl.library_version()
    yield f"liblsl {version // 100}.{version % 100} is installed and loads"
    session = os.environ.get(SESSION_VARIABLE)
    if session:
        yield (
            f"{SESSION_VARIABLE} is set: only streams of the session {session!r} on this machine "
            "are seen; unset it to see the network"
        )
    found = [path for path in (_own_configuration(), *CONFIGURATIONS) if path and path.is_file()]
    if found:
        yield f"LSL is configured by {found[0]}: its SessionID and ResolveScope limit what is seen"
    else:
        yield "no lsl_api.cfg is in the way: LSL looks on the whole local network"
    addresses = _addresses()
    if addresses:
        yield (
            f"this machine has the addresses {', '.join(addresses)}; the amplifier must be on the "
            "same network, with no router or guest Wi-Fi between"
        )
    else:
        yield "this machine has no network address but its own: only streams on it can be seen"
    if not rows:
        if _hears_itself():
            yield (
                "an outlet made here for a moment was found: LSL works on this machine. Look at "
                "the amplifier: is its LSL output switched on, is it on the same network?"
            )
            yield (
                "firewalls must let in and out: UDP 16571 (discovery, multicast), UDP and TCP "
                "16572-16604 (data)"
            )
        else:
            yield (
                "an outlet made here for a moment was NOT found: a firewall or VPN on this machine "
                "blocks LSL; let through UDP 16571 and UDP and TCP 16572-16604"
            )


def _own_configuration() -> Path | None:
    named = os.environ.get("LSLAPICFG")
    return Path(named) if named else None


def _addresses() -> list[str]:
    """Return this machine's addresses on networks."""
    try:
        found = socket.getaddrinfo(socket.gethostname(), None)
    except OSError:
        return []
    addresses = {str(address[0]) for *_, address in found}
    return sorted(
        address for address in addresses if not address.startswith(("127.", "::1", "fe80"))
    )


def _hears_itself() -> bool:
    """Return whether an outlet of this process is found."""
    pylsl = load_pylsl()
    name = f"myoscope-doctor-{os.getpid()}-{threading.get_ident()}"
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo(name, "Doctor", 1, 0, "string", name))
    heard = bool(pylsl.resolve_byprop("name", name, 1, 2.0))
    del outlet
    return heard
