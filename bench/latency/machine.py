"""What a figure was measured on."""

import os
import platform
import sys
from importlib import metadata
from pathlib import Path

from myoscope.dsp_core._tiles import instruction_set

_LIBRARIES = ("numpy", "scipy", "pylsl", "zarr", "spikeinterface", "numba", "ezmsg-sigproc")


def machine() -> dict[str, str]:
    """Return what there is to know of machine and versions, by name."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "load": _load(),
        "system": platform.platform(),
        "python": sys.version.split()[0],
        "instruction set": instruction_set(),
        "myoscope": metadata.version("myoscope"),
        **{name: version for name in _LIBRARIES if (version := _version(name))},
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _load() -> str:
    """Return how many processes wanted to run during the last minute, where that is known."""
    return f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "not known"


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
