"""How long does a potential take from the amplifier's push to its publication?

    pytest bench/bench_end_to_end.py

A virtual amplifier in another process sends 5 ms chunks of 8 channels at 20 kHz over LSL on
loopback; the chain is a process of its own, as with the monitor. A round is a potential;
``myoscope bench latency`` says more.
"""

import os
import secrets

import numpy as np
import pytest

from myoscope.bench.latency.beside import BESIDE
from myoscope.bench.latency.latency import measure_beside

SECONDS = 10.0


@pytest.mark.parametrize("beside", BESIDE)
def test_from_the_push(benchmark, beside, monkeypatch):
    monkeypatch.setenv(
        "MYOSCOPE_LSL_SESSION", os.environ.get("MYOSCOPE_LSL_SESSION") or secrets.token_hex(8)
    )
    _, found = benchmark.pedantic(
        measure_beside, args=(beside, SECONDS), rounds=1, iterations=1, warmup_rounds=0
    )
    for part, times_ms in found.parts().items():
        for name, percent in (("p50", 50), ("p99", 99), ("p999", 99.9), ("max", 100)):
            benchmark.extra_info[f"{part}: {name}_ms"] = round(
                float(np.percentile(times_ms, percent)), 3
            )
