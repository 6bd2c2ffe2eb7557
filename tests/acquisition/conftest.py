"""Amplifiers in processes of their own, which end with the test."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from myoscope.acquisition.lsl_config import SESSION_VARIABLE

PROGRAM = Path(__file__).with_name("lsl_amplifiers.py")
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def amplifiers(lsl_session: str) -> Iterator[Start]:
    """Start processes with LSL outlets, described as ``lsl_amplifiers.py`` says."""
    started: list[subprocess.Popen[str]] = []

    def start(*described: dict[str, Any], session: str = lsl_session) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), json.dumps(described)],
            env={**os.environ, SESSION_VARIABLE: session},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
