"""LSL stays on the machine, and says what to do where it is missing."""

import os
import subprocess
import sys

import pytest

from myoscope.acquisition import lsl_config
from myoscope.acquisition.errors import LslConfigError, LslLibraryError


def run(program: str, **environ: str) -> str:
    """Run a program in a process of its own and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_session_has_a_random_name_unless_one_is_given() -> None:
    program = "from myoscope.acquisition.lsl_config import *; print(confine_to_loopback({}))".format
    first, second = (run(program(""), MYOSCOPE_LSL_SESSION="") for _ in range(2))
    assert first.startswith("myoscope-")
    assert first != second
    assert run(program("'ward-3'"), MYOSCOPE_LSL_SESSION="") == "ward-3"
    assert run(program(""), MYOSCOPE_LSL_SESSION="ward-4") == "ward-4"


def test_a_process_joins_the_session_of_its_environment() -> None:
    program = (
        "from myoscope.acquisition.lsl_config import *; load_pylsl(); print(loopback_session())"
    )
    assert run(program, MYOSCOPE_LSL_SESSION="ward-5") == "ward-5"
    assert run(program, MYOSCOPE_LSL_SESSION="") == "None"


def test_the_session_is_one_for_the_life_of_a_process(lsl_session: str) -> None:
    assert lsl_config.confine_to_loopback() == lsl_session
    assert lsl_config.confine_to_loopback(lsl_session) == lsl_session
    with pytest.raises(LslConfigError, match=f"in the LSL session '{lsl_session}' already"):
        lsl_config.confine_to_loopback("another")


def test_it_is_too_late_to_confine_a_process_that_has_used_lsl() -> None:
    program = (
        "from myoscope.acquisition.lsl_config import *\n"
        "from myoscope.acquisition.errors import LslConfigError\n"
        "load_pylsl()\n"
        "try: confine_to_loopback()\n"
        "except LslConfigError as error: print(error)"
    )
    assert "before its first use of LSL" in run(program, MYOSCOPE_LSL_SESSION="")


@pytest.mark.parametrize("name", ["a b", "a;b", "a\nb", "{a}"])
def test_a_session_name_that_would_break_the_configuration_is_refused(name: str) -> None:
    with pytest.raises(LslConfigError, match="wanted letters, digits"):
        lsl_config.confine_to_loopback(name)


@pytest.mark.parametrize(
    ("raised", "advice"),
    [
        (ModuleNotFoundError("No module named 'pylsl'"), "pip install pylsl"),
        (RuntimeError("LSL binary library file was not found"), "PYLSL_LIB"),
        (OSError("version `GLIBC_2.35' not found"), "PYLSL_LIB"),
    ],
)
def test_a_missing_library_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, advice: str
) -> None:
    def import_module(name: str) -> None:
        raise raised

    monkeypatch.setattr(lsl_config.importlib, "import_module", import_module)
    with pytest.raises(LslLibraryError, match=advice):
        lsl_config.load_pylsl()


def test_pylsl_is_not_imported_before_it_is_used() -> None:
    modules = ("lsl", "lsl_config", "lsl_doctor", "outlet", "gaps", "units")
    imports = "; ".join(f"import myoscope.acquisition.{module}" for module in modules)
    assert run(f"{imports}; import sys; print('pylsl' in sys.modules)") == "False"
