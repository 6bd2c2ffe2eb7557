"""Recordings of every version of the format, kept as they were written, still open.

``tests/old_recordings/vN.tar.xz`` holds two of version N: ``closed``, 2.5 s of two channels at
200 Hz with a gap of 40 samples, and ``killed``, the same as a recorder leaves it that was killed
after 2 s.
"""

import tarfile
from pathlib import Path

import numpy as np
import pytest

from myoscope.dsp_core.kinds import Kind
from myoscope.recordings.decisions import Decision, What
from myoscope.recordings.fold import fold_decisions
from myoscope.recordings.layout import FORMAT_VERSION
from myoscope.recordings.reader import open_recording
from myoscope.recordings.repair import repair
from myoscope.recordings.verify import verify

KEPT = Path(__file__).parents[1] / "old_recordings"


@pytest.fixture(params=range(1, FORMAT_VERSION + 1), ids="v{}".format)
def version(request):
    return request.param


@pytest.fixture
def old(version, tmp_path):
    with tarfile.open(KEPT / f"v{version}.tar.xz") as kept:
        # Debian 12's Python 3.11.2 has no filters; 3.12 warns where none is chosen.
        kept.extraction_filter = getattr(tarfile, "data_filter", None)
        kept.extractall(tmp_path)
    return tmp_path


def signal(n_samples):
    rows = np.arange(n_samples)[:, None]
    samples = ((rows * 7 + np.arange(2) * 3) % 101 - 50).astype(np.float32) / 4
    samples[17, 1] = np.nan
    samples[260:300] = np.nan
    return samples


@pytest.mark.parametrize(("name", "n_samples"), [("closed", 500), ("killed", 400)])
def test_an_old_recording_reads_as_it_was_written(old, name, n_samples):
    with open_recording(old / name) as recording:
        assert recording.n_samples == n_samples
        assert recording.read(0, n_samples).tobytes() == signal(n_samples).tobytes()
        assert recording.info.channel_labels == ("needle", "surface")
        assert recording.info.rate_hz == 200.0
        assert recording.lost == [(300, 40)]
        assert recording.potentials["sample"].tolist() == [50, 90]
        assert recording.potentials["amplitude_uv"].tolist() == [12.5, 13.0]
        assert recording.final_kinds.tolist() == [Kind.FIBRILLATION, Kind.POSITIVE_SHARP_WAVE]
        assert np.isnan(recording.trains["rate_hz"][0])
        assert recording.alerts["raised_sample"].tolist() == [100]
        assert recording.annotations.tolist() == [(120, "needle moved", "µ")]
        assert recording.clock_s(310) == pytest.approx(11.55)
        assert recording.settings == {"threshold": 4.5}


@pytest.mark.parametrize("name", ["closed", "killed"])
def test_an_old_recording_keeps_its_decisions_and_takes_new_ones(old, version, name):
    with open_recording(old / name) as recording:
        verdict = recording.decisions.verdict(0)
        assert (verdict is not None) == (version >= 2)
        assert verdict is None or verdict.kind is Kind.MYOTONIC_DISCHARGE
        recording.decide(Decision(What.MARKER, 7, value="later"))
    if name == "killed":
        repair(old / name)
    fold_decisions(old / name)
    with open_recording(old / name) as recording:
        assert recording.decisions.made[-1].value == "later"
        assert recording.potentials["sample"].tolist() == [50, 90]
    assert verify(old / name).is_whole


@pytest.mark.parametrize("name", ["closed", "killed"])
def test_what_a_version_did_not_record_is_unknown(old, version, name):
    with open_recording(old / name) as recording:
        (duration_ms,) = recording.trains["duration_ms"]
    assert duration_ms == 2.5 if version >= 2 else np.isnan(duration_ms)


def test_an_old_recording_verifies_and_can_be_repaired(old):
    assert verify(old / "closed").is_whole
    assert repair(old / "killed").changed
    assert verify(old / "killed").is_whole
