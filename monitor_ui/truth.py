"""``myoscope simulate``: a recording of the virtual patient beside the truth about it."""

import csv
from pathlib import Path

from myoscope.acquisition.block import Block
from myoscope.acquisition.session import Session
from myoscope.acquisition.simulation import SimulatedSource
from myoscope.acquisition.simulation.truth import Truth
from myoscope.dsp_core.detector import SpontaneousActivityDetector
from myoscope.dsp_core.findings import Findings
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.progress import progress_bars
from myoscope.recordings.writer import RecordingWriter

BLOCK_MS = 250.0
TRUTH_FILE = "truth.csv"
TRUTH_COLUMNS = ("time_s", "sample", "channel", "unit", "kind", "amplitude_uv", "duration_ms")


def write_simulation(
    scenario: str, out: Path, *, seconds: float, rate_hz: float, n_channels: int, seed: int
) -> None:
    """Record a virtual patient as fast as it goes, with what the detector finds and the truth.

    Parameters
    ----------
    scenario
        Name of one of ``SCENARIOS``.
    out
        Folder of the recording; ``truth.csv`` lies in it afterwards.
    seconds, rate_hz, n_channels, seed
        Of the simulation.
    """
    source = SimulatedSource(
        scenario,
        rate_hz=rate_hz,
        n_channels=n_channels,
        seconds=seconds,
        seed=seed,
        block_ms=BLOCK_MS,
    )
    settings = DetectorSettings()
    detector = SpontaneousActivityDetector(n_channels, rate_hz, settings)
    with (
        RecordingWriter(out, source.info, settings=settings.to_dict(), live=False) as recorder,
        progress_bars() as bars,
    ):
        task = bars.add_task(scenario, total=seconds)

        class Progress:
            def write(self, block: Block, findings: Findings) -> None:
                del findings
                bars.update(task, completed=block.end_sample / rate_hz)

            def finish(self, findings: Findings) -> None:
                del findings

        session = Session(source, detector, [recorder, Progress()])
        try:
            session.run()
        finally:  # an interrupted simulation is a shorter one
            truth = source.truth_until(session.samples_read)
            recorder.keep_truth(truth)
            write_truth(out / TRUTH_FILE, truth, rate_hz)
    print(f"Recording: {out}, {session.samples_read / rate_hz:.1f} s")
    print(f"Truth: {out / TRUTH_FILE}, {len(truth)} potentials")


def write_truth(path: Path, truth: Truth, rate_hz: float) -> None:
    """Write the truth as a table; ``time_s`` counts from the first sample."""
    with path.open("x", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(TRUTH_COLUMNS)
        for row in truth:
            writer.writerow(
                (
                    f"{row['sample'] / rate_hz:.6f}",
                    row["sample"],
                    row["channel"],
                    row["unit"],
                    row["kind"],
                    f"{row['amplitude_uv']:.2f}",
                    f"{row['duration_ms']:.3f}",
                )
            )
