"""Build ``myoscope``: the top-level folders become the parts of one import package."""

import os
import shutil
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_py import build_py

NAME = "myoscope"
PARTS = ["acquisition", "bench", "dsp_core", "monitor_ui", "recordings"]

# MYOSCOPE_CYTHON=debug checks every index of the kernels; MYOSCOPE_CYTHON=trace adds line events
# for coverage. Go back to release with: python setup.py build_ext --inplace --force
MODE = os.environ.get("MYOSCOPE_CYTHON", "release")
if MODE not in ("release", "debug", "trace"):
    raise SystemExit(f"MYOSCOPE_CYTHON is {MODE!r}; wanted release, debug or trace")
CHECKED = MODE != "release"
# coverage has no Cython plug-in for sys.monitoring, so trace builds use the older trace hook.
MACROS = (
    [("CYTHON_TRACE_NOGIL", "1"), ("CYTHON_USE_SYS_MONITORING", "0")] if MODE == "trace" else []
)
# Contraction to fused multiply-add is switched off so that every build finds the same events.
COMPILE_ARGS = ["/O2", "/fp:precise"] if sys.platform == "win32" else ["-O3", "-ffp-contract=off"]


def import_tree() -> Path:
    """Return a folder in which every part stands at NAME/PART.

    Cython and the type checkers look for ``myoscope.dsp_core`` under a folder called
    ``myoscope``, which the repository does not have. Links follow the sources; where links are
    not allowed, copies made at build time serve the compiler.
    """
    tree = Path("build/tree")
    (tree / NAME).mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        link = tree / NAME / part
        if link.is_symlink():
            continue
        shutil.rmtree(link, ignore_errors=True)
        try:
            link.symlink_to(Path(part).resolve(), target_is_directory=True)
        except OSError:
            shutil.copytree(part, link)
    return tree


def extensions() -> list[Extension]:
    """Return one extension for each .pyx file, named after its place in the import package."""
    return [
        Extension(
            ".".join([NAME, *pyx.with_suffix("").parts]),
            [pyx.as_posix()],
            include_dirs=[pyx.parent.as_posix()],
            depends=[header.as_posix() for header in sorted(pyx.parent.glob("*.h"))],
            define_macros=MACROS,
            extra_compile_args=COMPILE_ARGS,
        )
        for part in PARTS
        for pyx in sorted(Path(part).rglob("*.pyx"))
    ]


def packages() -> dict[str, str]:
    """Return {import name: folder} for every folder of a part that has an __init__.py."""
    folders = [init.parent for part in PARTS for init in sorted(Path(part).rglob("__init__.py"))]
    return {".".join([NAME, *folder.parts]): folder.as_posix() for folder in folders}


class BuildModules(build_py):
    """Copies the modules of the packages, but for what is run by hand from a checkout."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        """Return (package, module, file) of each module."""
        found = super().find_package_modules(package, package_dir)
        return [
            row for row in found if not (row[1].startswith("bench_") or row[1].endswith("_soak"))
        ]


setup(
    cmdclass={"build_py": BuildModules},
    packages=list(packages()),
    package_dir=packages(),
    package_data={"": ["py.typed", "*.pyi", "*.pxd", "*.pyx", "*.h"]},
    ext_modules=cythonize(
        extensions(),
        include_path=[str(import_tree())],
        # Coverage finds a kernel's lines only when the C file lies beside the .pyx file.
        build_dir=None if MODE == "trace" else "build/cython",
        force=CHECKED,
        compiler_directives={
            "language_level": "3",
            "boundscheck": CHECKED,
            "wraparound": False,
            "initializedcheck": CHECKED,
            "cdivision": not CHECKED,
            "linetrace": MODE == "trace",
            "freethreading_compatible": True,
        },
    ),
)
