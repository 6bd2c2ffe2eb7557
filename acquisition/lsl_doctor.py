"""Why no LSL stream is seen: what is configured, and whether this machine can hear itself."""

import os
import secrets
from pathlib import Path

from myoscope.acquisition.errors import LslLibraryError
from myoscope.acquisition.lsl_config import SESSION_VARIABLE, load_pylsl, loopback_session

_ECHO_S = 2.0


def explain_no_streams() -> list[str]:
    """Return sentences that help to find out why ``find_streams`` returned nothing.

    Opens an outlet of its own for a moment and looks for it.
    """
    try:
        pylsl = load_pylsl()
    except LslLibraryError as error:
        return [f"LSL cannot be used: {error}."]
    version = pylsl.library_version()
    lines = [f"liblsl {version // 100}.{version % 100} is loaded."]
    session = loopback_session()
    if session is None:
        lines.append(configuration(os.environ.get("LSLAPICFG", ""), Path.cwd(), Path.home()))
    else:
        lines.append(
            "This process is confined to streams of this machine in the LSL session "
            f"{session!r}, by {SESSION_VARIABLE} or by the command that runs."
        )
    name = f"myoscope-doctor-{secrets.token_hex(4)}"
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo(name, "", 1, 0.0, "int8", name))
    heard = pylsl.resolve_byprop("name", name, 1, _ECHO_S)
    del outlet
    if not heard:
        lines.append(
            "This machine does not hear a stream of its own: a firewall blocks UDP on port 16571 "
            "or on 16572 to 16604, no network interface is up, or a VPN has taken over multicast."
        )
    else:
        lines += [
            "This machine hears a stream of its own, so LSL works here; no other stream answered.",
            "Check that the amplifier's program is running and that its LSL output is switched on.",
            "On another machine: both must be in one network, and the firewalls of both must let "
            "UDP port 16571 and TCP and UDP ports 16572 to 16604 through.",
            "Where a network carries no multicast, name the other machine in lsl_api.cfg: "
            "[lab] KnownPeers = {its address}.",
        ]
    return lines


def configuration(named: str, here: Path, home: Path) -> str:
    """Return which file configures LSL, in the order in which liblsl looks for one.

    Parameters
    ----------
    named
        Value of the environment variable ``LSLAPICFG``.
    here, home
        The process's current folder and its user's home.
    """
    places = [Path(named)] if named else []
    places += [here / "lsl_api.cfg", home / "lsl_api" / "lsl_api.cfg"]
    places.append(Path("/etc/lsl_api/lsl_api.cfg"))
    used = next((place for place in places if place.is_file()), None)
    if used is None:
        return "No lsl_api.cfg is in effect."
    return f"LSL is configured by {used}; look there for SessionID, ResolveScope and KnownPeers."
