"""What the user says of a recording goes before what it says of itself."""

import numpy as np
import pytest

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.errors import ArchiveError, StreamFormatError
from myoscope.dsp_core.findings import Findings
from myoscope.monitor_ui.file_words import FileWords
from myoscope.monitor_ui.inputs import open_file
from myoscope.recordings.writer import RecordingWriter

VOLTS = np.random.default_rng(0).normal(0, 3e-6, (3000, 2)).astype(np.float32)


@pytest.fixture(params=["", "mV"], ids=["no unit", "a wrong one"])
def folder(request, tmp_path):
    """Volts, recorded of a stream that did not say so: a second, a gap of one, and another one."""
    scale = 1000.0 if request.param else 1.0
    info = StreamInfo(
        "amplifier", 1000.0, ("APB", "FDI"), request.param, (scale,) * 2, not request.param
    )
    writer = RecordingWriter(tmp_path / "r", info, live=False)
    writer.write(Block(scale * VOLTS[:1000], 0), Findings.none())
    writer.write(Block(scale * VOLTS[2000:], 2000, 1000), Findings.none())
    writer.finish(Findings.none())
    writer.close()
    return tmp_path / "r"


def read(folder, words):
    archive = open_file(folder, words)
    samples = archive.read(0, archive.n_samples)
    info, lost = archive.info, list(archive.lost)
    archive.close()
    return info, samples, lost


def test_a_unit_that_was_wrong_is_put_right(folder):
    info, samples, lost = read(folder, FileWords(unit="V"))
    np.testing.assert_allclose(samples[:1000], 1e6 * VOLTS[:1000], rtol=1e-6)
    np.testing.assert_allclose(samples[2000:], 1e6 * VOLTS[2000:], rtol=1e-6)
    assert np.isnan(samples[1000:2000]).all()
    assert (info.name, info.unit, info.unit_assumed, lost) == (
        "amplifier",
        "V",
        False,
        [(2000, 1000)],
    )
    assert samples.flags.c_contiguous


def test_rate_and_channels_are_those_that_were_asked_for(folder):
    info, samples, _ = read(folder, FileWords(rate_hz=2000.0, channels=("FDI",)))
    assert (info.rate_hz, info.channel_labels) == (2000.0, ("FDI",))
    np.testing.assert_array_equal(samples[:, 0], read(folder, None)[1][:, 1])


def test_what_cannot_be_is_refused_in_a_sentence(folder):
    with pytest.raises(ArchiveError, match="has no channel 'deltoid'"):
        open_file(folder, FileWords(channels=("deltoid",)))
    with pytest.raises((ArchiveError, StreamFormatError), match="furlong"):
        open_file(folder, FileWords(unit="furlong"))
    with pytest.raises(StreamFormatError, match="-5"):
        open_file(folder, FileWords(rate_hz=-5.0))
