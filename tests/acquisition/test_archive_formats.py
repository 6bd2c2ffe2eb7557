"""Every format gives back what an independent writer put in, whole and in windows."""

import numpy as np
import pytest
from archive_writers import RATE_HZ, WRITERS, Written
from contracts.source import check_source, on_one_time_axis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from myoscope.acquisition.archive import Archive, open_archive
from myoscope.acquisition.errors import ArchiveError
from myoscope.acquisition.replay import ReplaySource


@pytest.fixture(scope="module", params=list(WRITERS))
def written(request, tmp_path_factory) -> Written:
    return WRITERS[request.param](tmp_path_factory.mktemp("archive"))


@pytest.fixture(scope="module")
def archive(written):
    archive = open_archive(written.path, **written.hints)
    yield archive
    archive.close()


def test_the_whole_file_is_read_exactly(written: Written, archive: Archive):
    assert archive.n_samples == len(written.samples_uv)
    samples = archive.read(0, archive.n_samples)
    assert samples.dtype == np.float32
    assert samples.flags.c_contiguous
    np.testing.assert_array_equal(samples, written.samples_uv)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_every_window_is_that_part_of_the_whole(data, written: Written, archive: Archive):
    start = data.draw(st.integers(0, archive.n_samples))
    stop = data.draw(st.integers(start, archive.n_samples))
    np.testing.assert_array_equal(archive.read(start, stop), written.samples_uv[start:stop])


def test_the_rate_channels_and_gaps_are_those_of_the_file(written: Written, archive: Archive):
    assert archive.info.rate_hz == RATE_HZ
    assert archive.info.n_channels == 2
    assert len(archive.lost) == 0


@pytest.mark.parametrize("window", [(-1, 5), (5, 4), (0, 1_000_000)])
def test_samples_outside_the_file_are_refused(archive: Archive, window):
    with pytest.raises(ArchiveError, match="wanted a stretch of 0 to"):
        archive.read(*window)


def test_one_channel_can_be_picked_by_its_number(written: Written):
    archive = open_archive(written.path, **written.hints, channels=[written_column(written)])
    np.testing.assert_array_equal(archive.read(10, 20)[:, 0], written.samples_uv[10:20, 1])
    assert archive.info.n_channels == 1
    archive.close()


def written_column(written: Written) -> int:
    """Place of the second EMG channel among all channels of the file."""
    return 2 if written.path.suffix == ".edf" else 1


def test_a_closed_archive_says_so(written: Written):
    archive = open_archive(written.path, **written.hints)
    archive.close()
    archive.close()
    with pytest.raises(ArchiveError, match="was closed"):
        archive.read(0, 1)


def test_a_replay_of_the_file_keeps_the_contract_and_loses_nothing(written: Written):
    blocks = check_source(lambda: ReplaySource(open_archive(written.path, **written.hints)))
    np.testing.assert_array_equal(on_one_time_axis(blocks, 2), written.samples_uv)


@pytest.mark.parametrize("record", ["emg_healthy", "emg_myopathy", "emg_neuropathy"])
@pytest.mark.parametrize("ending", ["", ".hea", ".dat"])
def test_real_records_are_read_as_the_numbers_in_their_files(emgdb, record, ending):
    archive = open_archive(emgdb / f"{record}{ending}")
    counts = np.fromfile(emgdb / f"{record}.dat", "<i2")
    np.testing.assert_array_equal(
        archive.read(0, archive.n_samples)[:, 0], (counts * 0.1).astype(np.float32)
    )
    assert archive.info.rate_hz == 4000
    assert not archive.info.unit_assumed
    assert archive.info.name == record
