"""Who imports whom, and what a use of the program need not have installed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("acquisition", "dsp_core", "recordings", "monitor_ui", "bench")
ALLOWED = {
    "acquisition": {"acquisition"},
    "dsp_core": {"dsp_core"},
    "recordings": {"recordings", "acquisition", "dsp_core"},
    "monitor_ui": set(PARTS),
    "bench": set(PARTS),
}
# Recordings know what flows and whether it can be believed, not where it comes from.
TYPES_OF_ACQUISITION = {"block", "errors", "levels", "plausibility"}
QT = {"PySide6", "pyqtgraph", "shiboken6", "PyQt5", "PyQt6"}
# What only some uses need: never at the import of a module of ours.
OPTIONAL = {
    "pylsl",
    "edfio",
    "pyxdf",
    "wfdb",
    "soundfile",
    "dask",
    "distributed",
    "xarray",
    "sounddevice",
    "soxr",
}

# What lies in bench/ itself is run by hand or by pytest, but for its commands.
BY_HAND = {
    *ROOT.glob("bench/bench_*.py"),
    *ROOT.glob("bench/gates/*.py"),
    *ROOT.glob("bench/*_soak.py"),
}

MODULES = sorted(
    path.relative_to(ROOT)
    for part in PARTS
    for path in (ROOT / part).rglob("*.py")
    if path not in BY_HAND
)
pytestmark = pytest.mark.skipif(not MODULES, reason="the sources are not beside the tests")


def imports_of(module: Path, *, at_import_only: bool = False) -> set[str]:
    """Return the names that a module imports, anywhere or only when it is imported itself."""
    names: set[str] = set()
    nodes = list(ast.iter_child_nodes(ast.parse((ROOT / module).read_text(encoding="utf-8"))))
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            names.add(node.module or "")
            if node.module and node.module.count(".") == 1:  # from myoscope.part import module
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
        later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        types_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if not (at_import_only and (later or types_only)):
            nodes += ast.iter_child_nodes(node)
    return names


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_part_imports_only_the_parts_below_it(module):
    part = module.parts[0]
    for name in imports_of(module):
        package, *rest = name.split(".")
        assert package not in PARTS, f"{module} imports {name}: write myoscope.{name}"
        if package == "myoscope" and rest:
            assert rest[0] in ALLOWED[part], f"{part} may not import {name}"
            if part == "recordings" and rest[0] == "acquisition" and len(rest) > 1:
                assert rest[1] in TYPES_OF_ACQUISITION, f"{part} may not import {name}"


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_qt_is_in_the_monitor_alone(module):
    if module.parts[0] != "monitor_ui":
        assert not {name.split(".")[0] for name in imports_of(module)} & QT


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_lsl_is_in_acquisition_alone_and_never_at_import(module):
    assert "pylsl" not in imports_of(module, at_import_only=True)
    if module.parts[0] != "acquisition":
        assert "pylsl" not in imports_of(module)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_optional_libraries_are_not_loaded_by_an_import(module):
    loaded = {name.split(".")[0] for name in imports_of(module, at_import_only=True)}
    assert not loaded & OPTIONAL


def loaded_by(code: str) -> set[str]:
    """Return the top-level modules that are loaded in a new process after some code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print('\\n'.join(sys.modules))"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.split()}


def test_replaying_a_file_loads_neither_lsl_nor_qt():
    loaded = loaded_by(
        "import numpy as np, tempfile, pathlib\n"
        "from myoscope.acquisition.archive import open_archive\n"
        "from myoscope.acquisition.replay import ReplaySource\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    path = pathlib.Path(folder, 'a.npy'); np.save(path, np.zeros(1000))\n"
        "    source = ReplaySource(open_archive(path, rate_hz=1000.0))\n"
        "    while not source.ended: source.read_block(0.1)\n"
        "    source.close()\n"
    )
    assert not loaded & (QT | OPTIONAL)


def test_the_detector_loads_no_other_part_and_neither_lsl_nor_qt():
    loaded = loaded_by(
        "import numpy as np\n"
        "from myoscope.dsp_core.detector import SpontaneousActivityDetector\n"
        "from myoscope.dsp_core.settings import DetectorSettings\n"
        "detector = SpontaneousActivityDetector(1, 4000.0, DetectorSettings())\n"
        "detector.process(np.zeros((4000, 1), np.float32)); detector.finish()\n"
        "import sys\n"
        "ours = {name.split('.')[1] for name in sys.modules if name.startswith('myoscope.')}\n"
        "assert ours == {'dsp_core'}, ours\n"
    )
    assert not loaded & (QT | OPTIONAL)


def test_the_help_of_the_command_loads_neither_lsl_nor_qt():
    loaded = loaded_by(
        "from typer.testing import CliRunner\n"
        "from myoscope.monitor_ui.cli import app\n"
        "result = CliRunner().invoke(app, ['--help'])\n"
        "assert result.exit_code == 0, result.output\n"
    )
    assert not loaded & (QT | OPTIONAL)


def test_analysing_a_file_loads_neither_lsl_nor_qt():
    loaded = loaded_by(
        "import numpy as np, tempfile, pathlib\n"
        "from typer.testing import CliRunner\n"
        "from myoscope.monitor_ui.cli import app\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    path = pathlib.Path(folder, 'a.npy'); np.save(path, np.zeros(8000))\n"
        "    words = ['analyze', str(path), '--rate', '4000', '--out', folder + '/out']\n"
        "    result = CliRunner().invoke(app, words)\n"
        "assert result.exit_code == 0, result.output\n"
    )
    assert not loaded & (QT | OPTIONAL)
