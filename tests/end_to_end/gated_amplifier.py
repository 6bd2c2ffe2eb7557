"""An amplifier that is there before it plays, so that nobody misses its first sample.

Run as ``python gated_amplifier.py FILE NAME``. It says ``ready`` when it can be found, plays in
real time from the line ``go`` on, and says ``sent N``.
"""

import sys
import time
from pathlib import Path

from myoscope.acquisition.outlet import VirtualAmplifier
from myoscope.monitor_ui import inputs

# A reader has connected a moment before the outlet begins to keep samples for it.
SETTLE_S = 0.5


def main() -> None:
    source = inputs.open_replay(Path(sys.argv[1]), clock=inputs.real_time())
    amplifier = VirtualAmplifier(source, sys.argv[2], serial="gated")
    print("ready", flush=True)
    sys.stdin.readline()
    time.sleep(SETTLE_S)
    print("begun", flush=True)
    amplifier.run()
    print(f"sent {amplifier.samples_sent}", flush=True)


if __name__ == "__main__":
    main()
