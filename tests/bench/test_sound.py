"""The sound goes through a real device: PortAudio and a sound server, with no card behind it."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "bench_sound.py"
MISSING = [tool for tool in ("pulseaudio", "parec") if shutil.which(tool) is None]
MISSING += [name for name in ("sounddevice", "soxr") if find_spec(name) is None]


@pytest.mark.slow
@pytest.mark.skipif(bool(MISSING), reason=f"no {', '.join(MISSING)} for a sound server")
@pytest.mark.skipif(not BENCH.exists(), reason="no bench beside an installed wheel")
def test_potentials_come_out_of_a_real_sound_server():
    done = subprocess.run(
        [sys.executable, str(BENCH), "--through", "pulse", "--seconds", "4"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    if "nothing was heard" in done.stdout:
        pytest.skip(done.stdout)  # no PortAudio, or no ALSA plug-in that leads to the server
    heard, sent = re.search(r"(\d+) of (\d+) pulses heard", done.stdout).groups()
    (came_out,) = re.search(r"sound server: (\d+) heard", done.stdout).groups()
    # The device takes its time to open; how soon they are heard is the bench's matter.
    assert int(heard) > 0.5 * int(sent)
    assert int(came_out) > 0.5 * int(sent)
