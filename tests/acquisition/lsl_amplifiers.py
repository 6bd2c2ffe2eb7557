"""Amplifiers of every sort for the tests of LslSource: LSL outlets in a process of their own.

The argument is a JSON list of amplifiers. Each waits for its first reader, then sends ``n_samples``
(for ever where that is 0) and stays until the standard input ends, or goes when it has sent them
where ``goes`` is true. The number in column c of
sample i is ``i % 1000 + c``; the column of a counter holds i.
"""

import json
import sys
import threading
import time
from typing import Any

import numpy as np

from myoscope.acquisition.lsl_config import load_pylsl

pylsl = load_pylsl()
outlets: list[Any] = []  # an outlet lasts as long as it is kept


def outlet(amplifier: dict[str, Any]) -> Any:
    info = pylsl.StreamInfo(
        amplifier["name"],
        amplifier.get("type", "EMG"),
        len(amplifier["channels"]),
        amplifier.get("rate_hz", 2000.0),
        amplifier.get("format", "float32"),
        amplifier.get("source_id", ""),
    )
    channels = info.desc().append_child("channels")
    for tags in amplifier["channels"]:
        channel = channels.append_child("channel")
        for tag, value in tags.items():
            channel.append_child_value(tag, value)
    return pylsl.StreamOutlet(info)


def numbers(amplifier: dict[str, Any], first: int, n: int) -> np.ndarray:
    index = np.arange(first, first + n)[:, None]
    values = index % 1000 + np.arange(len(amplifier["channels"])) + 0.0
    for column, tags in enumerate(amplifier["channels"]):
        if tags.get("type") == "SampleCounter":
            values[:, column] = index[:, 0]
        if tags.get("label") == "broken":
            values[5, column] = np.nan
    return values


def send(amplifier: dict[str, Any], at: int) -> None:
    """Send in chunks of 5 ms, paced, or all at once where ``paced`` is false.

    ``stamps`` is "exact" (multiples of the interval) or "now" (of the moment of sending). Samples
    ``lose[0]`` to ``lose[1]`` are never sent, though their time passes.
    """
    out = outlets[at]
    rate_hz, n_samples = amplifier.get("rate_hz", 2000.0), amplifier.get("n_samples", 0)
    lose = amplifier.get("lose", (0, 0))
    chunk = max(1, int(rate_hz / 200))
    while not out.wait_for_consumers(1.0):
        pass
    paced = amplifier.get("paced", True)
    start_s = pylsl.local_clock() - (0 if paced else n_samples / rate_hz)
    stamps_s = start_s + amplifier.get("clock_ahead_s", 0.0)
    first = 0
    while not n_samples or first < n_samples:
        if paced:
            time.sleep(max(0.0, start_s + (first + chunk) / rate_hz - pylsl.local_clock()))
        if not lose[0] <= first < lose[1]:
            exact = amplifier.get("stamps", "exact") == "exact"
            newest_s = stamps_s + (first + chunk - 1) / rate_hz if exact else 0.0
            out.push_chunk(numbers(amplifier, first, chunk), newest_s)
        first += chunk
    if amplifier.get("goes", False):
        time.sleep(0.3)  # what has not been sent yet goes with the outlet
        del out
        outlets[at] = None


def main() -> None:
    described = json.loads(sys.argv[1])
    outlets.extend(outlet(amplifier) for amplifier in described)
    for at, amplifier in enumerate(described):
        if amplifier.get("format") != "string" and amplifier.get("rate_hz") != 0:
            threading.Thread(target=send, args=(amplifier, at), daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
