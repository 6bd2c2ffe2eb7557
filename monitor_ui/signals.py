"""Ctrl-C and SIGTERM as a request to end, not as an exception in the middle of something."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def on_signals(end: Callable[[], object]) -> Iterator[None]:
    """Call ``end`` on the first Ctrl-C or SIGTERM; a second one interrupts at once.

    Only the main thread can ask for signals.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        for again in before:
            signal.signal(again, signal.default_int_handler)
        end()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
