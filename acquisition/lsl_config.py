"""The one place where LSL is imported and configured."""

import importlib
import os
import secrets
from types import ModuleType

from myoscope.acquisition.errors import LslConfigError, LslLibraryError

SESSION_VARIABLE = "MYOSCOPE_LSL_SESSION"

# Nothing leaves the machine: no IPv6, no multicast beyond it, only 127.0.0.1 asked and listened
# to. With LSL's own range of 32 ports, 32 of 40 outlets on a machine are found; with 128 all are.
# The tuning finds a dozen streams in 0.1 s instead of 0.5 s; level -3 also silences the lines that
# liblsl writes to stderr when an outlet goes.
_LOOPBACK = """
[ports]
IPv6 = disable
PortRange = 128
[multicast]
ResolveScope = machine
AddressesOverride = {{127.0.0.1}}
ListenAddress = 127.0.0.1
TTLOverride = 0
[lab]
KnownPeers = {{127.0.0.1}}
SessionID = {session_id}
[log]
level = -3
[tuning]
MulticastMinRTT = 0.1
UnicastMinRTT = 0.1
ContinuousResolveInterval = 0.2
"""

# liblsl reads its configuration once, at its first use, for the life of the process.
_session_id: str | None = None
_in_use = False


def load_pylsl() -> ModuleType:
    """Return ``pylsl``, imported on the first call.

    Where the environment variable ``MYOSCOPE_LSL_SESSION`` holds a session's name, the process
    joins that session on the loopback interface first.

    Raises
    ------
    LslLibraryError
        If pylsl is not installed or finds no liblsl.
    """
    global _in_use
    pylsl = _import()
    if _session_id is None and not _in_use and os.environ.get(SESSION_VARIABLE):
        confine_to_loopback()
    _in_use = True
    return pylsl


def loopback_config(session_id: str) -> str:
    """Return the ``lsl_api.cfg`` with which another LSL program joins a session on loopback."""
    return _LOOPBACK.format(session_id=session_id)


def loopback_session() -> str | None:
    """Return the session that this process is confined to, None if it is not confined."""
    return _session_id


def confine_to_loopback(session_id: str | None = None) -> str:
    """Keep every LSL packet of this process on the machine, among the members of one session.

    Only processes confined to the same session see each other's streams. Call it before the first
    use of LSL; calling it again with the same session, or with none, does nothing.

    Parameters
    ----------
    session_id
        Session to join; by default that of the environment variable ``MYOSCOPE_LSL_SESSION``, or
        a new one with a random name.

    Returns
    -------
    str
        The session's name, for other processes to join.

    Raises
    ------
    LslConfigError
        If LSL was used before, or the process is in another session already.
    LslLibraryError
        If pylsl is not installed or finds no liblsl.
    """
    global _session_id
    wanted = session_id or _session_id or os.environ.get(SESSION_VARIABLE)
    wanted = wanted or f"myoscope-{secrets.token_hex(8)}"
    if not wanted.replace("-", "").replace("_", "").isalnum():
        raise LslConfigError(
            f"{wanted!r} is no name for an LSL session; wanted letters, digits, - and _"
        )
    if _session_id == wanted:
        return wanted
    if _session_id is not None or _in_use:
        state = f"in the LSL session {_session_id!r}" if _session_id else "using LSL unconfined"
        raise LslConfigError(
            f"the process is {state} already and cannot join {wanted!r}; "
            "confine it before its first use of LSL"
        )
    _import().set_config_content(loopback_config(wanted))
    _session_id = wanted
    return wanted


def _import() -> ModuleType:
    """Import pylsl, or say what to do."""
    try:
        return importlib.import_module("pylsl")
    except ImportError as error:
        raise LslLibraryError(
            "live streams need pylsl, which is not installed: pip install pylsl"
        ) from error
    except (RuntimeError, OSError) as error:  # pylsl is there and liblsl is not, or does not load
        raise LslLibraryError(
            "pylsl finds no liblsl on this machine: install it with `conda install -c conda-forge "
            "liblsl`, or `pip install mne-lsl` and set PYLSL_LIB to the liblsl file in its folder "
            "mne_lsl/lsl/lib"
        ) from error
