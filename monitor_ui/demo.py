"""The virtual patient in a process of its own, heard over LSL on this machine only."""

import multiprocessing
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import TracebackType
from typing import Self

from myoscope.acquisition.lsl_config import confine_to_loopback
from myoscope.monitor_ui.errors import MonitorError
from myoscope.monitor_ui.inputs import open_scenario
from myoscope.monitor_ui.session_plan import SessionPlan

NAME = "virtual patient"
RATE_HZ = 20_000.0
SEED = 1
CONNECT_S = 20.0
END_S = 5.0


class VirtualPatient:
    """A virtual amplifier in another process; ends with its context.

    Both processes are confined to the loopback interface and a session with a random name, so no
    other machine, and no other demonstration on this one, sees the stream.

    Parameters
    ----------
    scenario
        What the patient has.
    """

    def __init__(self, scenario: str) -> None:
        self._scenario = scenario
        self._session = ""
        self._process: SpawnProcess | None = None

    def __enter__(self) -> Self:
        self._session = confine_to_loopback()
        self._process = multiprocessing.get_context("spawn").Process(
            target=_be_the_patient, args=(self._scenario, self._session), name=NAME, daemon=True
        )
        self._process.start()
        return self

    def plan(self, record_to: Path, seconds: float | None) -> SessionPlan:
        """Return the session that hears the patient and records it."""
        return SessionPlan(
            stream=NAME,
            wait_s=CONNECT_S,
            record_to=str(record_to),
            seconds=seconds,
            lsl_session=self._session,
        )

    @contextmanager
    def named_where_it_ends(self) -> Iterator[None]:
        """Say that the other process has ended, where that is why the stream is not found.

        Raises
        ------
        MonitorError
            Instead of what was raised inside.
        """
        try:
            yield
        except Exception:
            if self._process is not None and not self._process.is_alive():
                raise MonitorError(
                    f"the virtual patient's process ended with status {self._process.exitcode}"
                ) from None
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        process = self._process
        if process is None:
            return
        process.terminate()
        process.join(END_S)
        if process.is_alive():
            process.kill()
            process.join()
        process.close()


def _be_the_patient(scenario: str, session: str) -> None:
    """Play the scenario over LSL until told to end, or until the demonstration is gone."""
    from myoscope.acquisition.outlet import VirtualAmplifier, new_serial

    stop = threading.Event()
    # Ctrl-C reaches both processes; the other one says when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    parent = multiprocessing.parent_process()
    if parent is not None:

        def end_with_parent() -> None:
            parent.join()
            stop.set()

        threading.Thread(target=end_with_parent, daemon=True).start()
    confine_to_loopback(session)
    source = open_scenario(scenario, rate_hz=RATE_HZ, n_channels=1, seconds=None, seed=SEED)
    amplifier = VirtualAmplifier(source, NAME, serial=new_serial(source.info))
    amplifier.wait_for_consumers(stop=stop)
    amplifier.run(stop)
