"""How many instructions the core executes for a block, counted by callgrind.

    python bench/gates/instructions.py            one line for each scenario
    python bench/gates/instructions.py --store    and keep them as what is expected

Only what is done inside of the core counts, so it does not depend on what else the machine does,
but on the compiler: counts are kept by its name, in ``instructions.json``.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

KEPT = Path(__file__).with_name("instructions.json")
# (channels, rows of a block, potentials a second and channel)
SCENARIOS = {
    "1 channel, 1 ms, quiet": (1, 20, 0),
    "8 channels, 5 ms, quiet": (8, 100, 0),
    "64 channels, 5 ms, quiet": (64, 100, 0),
    "8 channels, 5 ms, 10 a second": (8, 100, 10),
}
RATE_HZ = 20_000
BLOCKS = 1000
CORE = "__pyx_f_8myoscope_8dsp_core_7_engine_6Engine_run"
# As in every process that callgrind runs, the instruction set is one that it knows.
INSTRUCTION_SET = "x86-64-v3"

_RUN = """
import sys, numpy as np
from myoscope.dsp_core.detector import SpontaneousActivityDetector
samples, rows, n_blocks = np.load(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
detector = SpontaneousActivityDetector(samples.shape[1], {rate_hz})
for index in range(n_blocks):
    start = index * rows % (len(samples) - rows + 1)
    detector.process(samples[start : start + rows])
"""


def why_not() -> str:
    """Return why nothing can be counted here, "" where it can."""
    from myoscope.dsp_core._tiles import instruction_sets

    if shutil.which("valgrind") is None:
        return "valgrind is not installed"
    if INSTRUCTION_SET not in instruction_sets():
        return f"this machine has no {INSTRUCTION_SET}"
    return ""


def compiler() -> str:
    """Return the name of the C compiler that built the kernels, with its version."""
    from myoscope.dsp_core._tiles import compiler_name

    return compiler_name()


def count(name: str) -> float:
    """Return the instructions that a block of a scenario takes."""
    import numpy as np

    from myoscope.bench.latency.signals import signal

    n_channels, rows, per_second = SCENARIOS[name]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "samples.npy"
        np.save(file, signal(n_channels, RATE_HZ, per_second, seconds=7.0))
        return _executed(file, rows) / BLOCKS


def _executed(file: Path, rows: int) -> int:
    """Return the instructions inside of the core for all blocks."""
    command = [
        "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
        f"--toggle-collect={CORE}", sys.executable, "-c", _RUN.format(rate_hz=RATE_HZ), str(file),
        str(rows), str(BLOCKS),
    ]  # fmt: skip
    environment = {
        "PYTHONHASHSEED": "0",
        "MYOSCOPE_INSTRUCTION_SET": INSTRUCTION_SET,
        "OPENBLAS_NUM_THREADS": "1",  # its threads spin
    }
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"Collected : (\d+)", done.stderr) or re.search(
        r"refs:\s+([\d,]+)", done.stderr
    )
    assert found, done.stderr
    return int(found[1].replace(",", ""))


def main() -> None:
    """Print the counts beside those that are kept."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", action="store_true")
    chosen = parser.parse_args()
    if reason := why_not():
        sys.exit(f"nothing can be counted: {reason}")
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    expected = kept.setdefault(compiler(), {})
    for name in SCENARIOS:
        found = round(count(name))
        print(f"{name:32}{found:12d}   kept: {expected.get(name, 'none')}", flush=True)
        expected[name] = found
    if chosen.store:
        KEPT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
