"""Clocks that pace a replay: the machine's, or one that a test moves by hand."""

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Something that tells the time and waits."""

    def now_s(self) -> float:
        """Return seconds from some fixed moment."""
        ...

    def wait_s(self, seconds: float) -> None:
        """Return when ``seconds`` have passed on this clock."""
        ...


class SystemClock:
    """The machine's monotonic clock."""

    def now_s(self) -> float:
        """Return the monotonic time in seconds."""
        return time.monotonic()

    def wait_s(self, seconds: float) -> None:
        """Sleep for ``seconds``."""
        if seconds > 0:
            time.sleep(seconds)


class ManualClock:
    """A clock that moves only when it is waited on or told to: tests need no sleeping."""

    def __init__(self, start_s: float = 0.0) -> None:
        self._now_s = start_s
        self._lock = threading.Lock()

    def now_s(self) -> float:
        """Return the time that the clock was moved to."""
        with self._lock:
            return self._now_s

    def wait_s(self, seconds: float) -> None:
        """Move the clock on by ``seconds`` at once."""
        self.advance_s(seconds)

    def advance_s(self, seconds: float) -> None:
        """Move the clock on by ``seconds``; a negative number leaves it alone."""
        with self._lock:
            self._now_s += max(0.0, seconds)
