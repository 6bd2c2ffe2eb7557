"""A session in a process of its own, so that nothing that a window does can end it.

    python -m myoscope.monitor_ui.session_host ID      a ``SessionPlan`` comes on stdin

Says on stdout, in one line of JSON, that it is ready or why it is not.
"""

import json
import os
import secrets
import sys
import time
from typing import NoReturn

from myoscope.monitor_ui.session_folder import (
    SessionEntry,
    announce,
    log_path,
    new_address,
    withdraw,
)
from myoscope.monitor_ui.session_plan import SessionPlan
from myoscope.monitor_ui.signals import on_signals

# A session that records goes on without a window; one that does not ends when nobody has come, or
# come back, for so long.
ALONE_S = 30.0
LOOK_S = 0.2


def main() -> NoReturn:
    """Run the session until it ends, or until somebody ends it."""
    session_id = sys.argv[1]
    try:
        plan = SessionPlan.from_json(sys.stdin.readline())
        key = secrets.token_bytes(32)
        run = plan.open(share=True)
    except KeyboardInterrupt:
        _say({"error": "interrupted"})
        raise SystemExit(130) from None
    except Exception as error:
        _say({"error": _sentence(error)})
        raise SystemExit(1) from None
    link = run.link
    assert link is not None
    try:
        address = new_address(session_id)
        link.listen(address, key)
        folder = "" if plan.record_to is None else os.path.abspath(plan.record_to)
        entry = SessionEntry(session_id, os.getpid(), address, key.hex(), run.info.name, folder)
        announce(entry)
    except Exception as error:
        run.close()
        withdraw(session_id)
        _say({"error": _sentence(error)})
        raise SystemExit(1) from None
    _say({"ready": session_id})
    with on_signals(run.stop):
        run.start()
        alone_since_s = time.monotonic()
        while run.running:
            run.join(LOOK_S)
            if link.n_windows or (run.recorder is not None and run.recorder.state == "recording"):
                alone_since_s = time.monotonic()
            elif time.monotonic() - alone_since_s > ALONE_S:
                run.stop()
    link.close(run.error)
    withdraw(session_id)
    log = log_path(session_id)
    if log.exists() and not log.stat().st_size:
        log.unlink()
    raise SystemExit(0 if run.error is None else 1)


def _sentence(error: Exception) -> str:
    # Made with the same words as every other command's; that takes long to import.
    from myoscope.monitor_ui.cli import sentence

    return sentence(error)


def _say(words: dict[str, str]) -> None:
    print(json.dumps(words), flush=True)
    # Nobody listens from here on; a library's words must not break on a closed pipe.
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 1)
    os.close(devnull)


if __name__ == "__main__":
    main()
