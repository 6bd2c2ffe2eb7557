"""What else may go on while the chain runs, as it does in the process of a window."""

import gc
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
BESIDE = ("nothing", "spin", "gc", "window")

_OBJECTS = 1_000_000
_COLLECT_EVERY_S = 0.2


def run_beside(name: str, work: Callable[[], T]) -> T:
    """Run ``work``, or wait for it, while something else goes on in this process.

    Parameters
    ----------
    name
        "nothing"; "spin", a thread of pure Python that never waits; "gc", the garbage collector
        over a million objects, five times a second; "window", eight curves repainted thirty times
        a second by pyqtgraph in this thread, with ``work`` in another.
    work
        Is waited for; its result is returned.
    """
    if name == "window":
        from myoscope.monitor_ui.repainting import run_beside_window

        return run_beside_window(work)
    stop = threading.Event()
    threads = {"spin": _spin, "gc": _collect}
    if name not in threads:
        return work()
    thread = threading.Thread(target=threads[name], args=(stop,), name=name, daemon=True)
    thread.start()
    try:
        return work()
    finally:
        stop.set()
        thread.join()


def _spin(stop: threading.Event) -> None:
    count = 0
    while not stop.is_set():
        for _ in range(1000):
            count += 1


def _collect(stop: threading.Event) -> None:
    kept = [[index] for index in range(_OBJECTS)]
    while not stop.wait(_COLLECT_EVERY_S):
        gc.collect()
    kept.clear()
