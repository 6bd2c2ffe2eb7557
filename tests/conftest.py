"""What every test may ask for, and what none may touch: the screen and the network outside."""

import os
import secrets
import signal
import tempfile
from pathlib import Path

import pytest

# Before anything imports Qt: without a platform Qt ends the whole test process.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Whatever looks for streams, a window's first page included, stays on the machine and among the
# processes that its own tests start.
os.environ["MYOSCOPE_LSL_SESSION"] = f"myoscope-tests-{secrets.token_hex(8)}"

# A shell starts what runs in the background deaf to Ctrl-C, and deafness is inherited; but tests
# send Ctrl-C to what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What a window keeps for the next one goes to a folder that is taken away.
_kept = tempfile.TemporaryDirectory(prefix="myoscope-tests-")
os.environ["XDG_CONFIG_HOME"] = _kept.name

# So does what lasts as long as a program: sessions and the sockets of sound. Short, for a socket.
_running = tempfile.TemporaryDirectory(prefix="myo")
os.environ["XDG_RUNTIME_DIR"] = _running.name

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def emgdb() -> Path:
    """Folder of the real needle EMG records, which are not part of the project."""
    shared = Path(os.environ.get("MYOSCOPE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    folder = shared / "emgdb"
    if not folder.is_dir():
        pytest.skip(f"the real needle EMG records are not at {folder}")
    return folder


@pytest.fixture(scope="session")
def lsl_session() -> str:
    """Name of the LSL session, on loopback only, that this test process is confined to."""
    from myoscope.acquisition.lsl_config import confine_to_loopback

    return confine_to_loopback()
