"""The swept picture: what the eye can rely on."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import raster as reference

from myoscope.monitor_ui.raster import Lane, SweepRaster

BLACK, WHITE, GREEN = 0xFF000000, 0xFFFFFFFF, 0xFF00FF00
# Samples in a sweep of 300 columns: from 3 pixels a sample to 160 samples a pixel.
SWEEPS = [100, 299, 300, 301, 1000, 4801, 48_000]


def make_raster(columns=300, rows=100, n_channels=1, samples_per_sweep=1000, line_px=1):
    raster = SweepRaster(n_channels)
    raster.set_samples_per_sweep(samples_per_sweep)
    raster.set_picture(np.full((rows, columns), BLACK, np.uint32), WHITE)
    lane = Lane(0, zero_px=50.0, top_px=0, bottom_px=rows - 1, colour=GREEN)
    raster.set_lanes([lane], px_per_uv=-0.5, line_px=line_px)
    return raster


def signal(n_samples, seed=0):
    noise = np.random.default_rng(seed).normal(0, 5, (n_samples, 1))
    return noise.astype(np.float32)


def envelope_of(raster, first, end):
    pairs = [raster.envelope(column) for column in range(first, end)]
    return np.array([low[0] for low, _ in pairs]), np.array([high[0] for _, high in pairs])


@pytest.mark.parametrize("samples_per_sweep", SWEEPS)
def test_the_envelope_is_the_range_of_the_line_in_every_column(samples_per_sweep):
    samples = signal(int(samples_per_sweep * 0.9))
    raster = make_raster(samples_per_sweep=samples_per_sweep)
    raster.extend(samples, 0)
    low, high = reference.envelope(samples[:, 0].astype(float), samples_per_sweep, 300)
    got_low, got_high = envelope_of(raster, 0, raster.newest_column + 1)
    np.testing.assert_allclose(got_low, low, atol=1e-4)
    np.testing.assert_allclose(got_high, high, atol=1e-4)


@pytest.mark.parametrize("samples_per_sweep", [100, 1000, 48_000])
def test_the_picture_is_the_line_and_nothing_but_the_line(samples_per_sweep):
    samples = signal(int(samples_per_sweep * 0.9))
    raster = make_raster(samples_per_sweep=samples_per_sweep)
    raster.extend(samples, 0)
    raster.repaint()
    low, high = envelope_of(raster, 0, raster.newest_column + 1)
    covered = reference.picture(low, high, 100, 50.0, -0.5, 300)
    np.testing.assert_array_equal(raster.image == GREEN, covered)


@pytest.mark.parametrize("line_px", [1, 2])
@pytest.mark.parametrize("samples_per_sweep", SWEEPS)
def test_every_potential_is_as_high_on_the_screen_as_it_is(samples_per_sweep, line_px):
    """One sample of 80 µV anywhere in a sweep reaches the row of 80 µV."""
    for place in np.linspace(2, 0.9 * samples_per_sweep - 2, 11).astype(int):
        samples = np.zeros((int(0.9 * samples_per_sweep), 1), np.float32)
        samples[place] = -80.0
        raster = make_raster(samples_per_sweep=samples_per_sweep, line_px=line_px)
        raster.extend(samples, 0)
        raster.paint()
        rows, columns = np.nonzero(raster.image == GREEN)
        # Negative up: -80 µV at half a pixel for a microvolt is 40 rows above row 50.
        assert rows.min() in (10, 10 - line_px // 2)
        assert abs(columns[rows.argmin()] - raster.column_of(int(place))) <= line_px


@settings(max_examples=60, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 2600), max_size=12),
    samples_per_sweep=st.integers(50, 5000),
    paints=st.booleans(),
)
def test_the_picture_does_not_depend_on_how_the_stream_was_cut(cuts, samples_per_sweep, paints):
    samples = signal(2600, seed=3)
    whole = make_raster(samples_per_sweep=samples_per_sweep)
    whole.extend(samples, 0)
    whole.repaint()
    pieces = make_raster(samples_per_sweep=samples_per_sweep)
    edges = [0, *sorted(cuts), 2600]
    for start, stop in pairwise(edges):
        pieces.extend(samples[start:stop], start)
        if paints:
            pieces.paint()
    pieces.repaint()
    np.testing.assert_array_equal(pieces.image, whole.image)


def test_painting_as_it_comes_gives_the_same_picture_as_painting_anew():
    samples = signal(3000, seed=4)
    raster = make_raster(samples_per_sweep=1000)
    for start in range(0, 3000, 37):
        raster.extend(samples[start : start + 37], start)
        raster.paint()
    as_it_came = raster.image.copy()
    raster.repaint()
    np.testing.assert_array_equal(as_it_came, raster.image)


def test_neighbouring_columns_join():
    """No row is left out between one column's range and the next's."""
    raster = make_raster(samples_per_sweep=48_000)
    raster.extend(signal(43_000), 0)
    low, high = envelope_of(raster, 0, raster.newest_column + 1)
    assert (low[1:] <= high[:-1]).all()
    assert (low[:-1] <= high[1:]).all()


@pytest.mark.parametrize("samples_per_sweep", SWEEPS)
def test_before_the_first_sample_there_is_only_the_background(samples_per_sweep):
    raster = make_raster(samples_per_sweep=samples_per_sweep)
    assert raster.newest_column == -1
    raster.repaint()
    raster.paint()
    assert not (raster.image == GREEN).any()


def test_the_erase_bar_runs_ahead_of_the_line():
    raster = make_raster(samples_per_sweep=300)
    raster.extend(signal(450), 0)
    raster.repaint()
    assert (raster.image[:, 150] == WHITE).all()
    assert (raster.image[:, 151 : 150 + SweepRaster.ERASE_PX] == BLACK).all()
    assert (raster.image == GREEN).any(axis=0)[150 + SweepRaster.ERASE_PX : 300].all()


def test_lost_samples_leave_a_gap_in_the_line():
    raster = make_raster(samples_per_sweep=300)
    raster.extend(signal(100), 0)
    raster.extend(signal(50), 150)
    raster.repaint()
    drawn = (raster.image == GREEN).any(axis=0)
    assert drawn[:100].all()
    assert not drawn[100:150].any()
    assert drawn[150:200].all()


def test_a_gap_longer_than_a_sweep_leaves_an_empty_screen_behind_it():
    raster = make_raster(samples_per_sweep=300)
    raster.extend(signal(300), 0)
    raster.extend(signal(10), 3100)
    raster.repaint()
    assert (raster.image == GREEN).any(axis=0).sum() == 10


def test_missing_values_interrupt_the_line():
    samples = signal(200)
    samples[50:60] = np.nan
    raster = make_raster(samples_per_sweep=300)
    raster.extend(samples, 0)
    raster.repaint()
    drawn = (raster.image == GREEN).any(axis=0)
    assert drawn[:50].all()
    assert not drawn[50:60].any()
    assert drawn[60:200].all()


def test_what_is_off_the_scale_is_drawn_at_the_edge_of_its_lane():
    raster = make_raster(samples_per_sweep=300, n_channels=2)
    lanes = [
        Lane(0, zero_px=25.0, top_px=0, bottom_px=49, colour=GREEN),
        Lane(1, zero_px=75.0, top_px=50, bottom_px=99, colour=WHITE - 1),
    ]
    raster.set_lanes(lanes, px_per_uv=-0.5, line_px=1)
    samples = np.zeros((200, 2), np.float32)
    samples[100, 0] = 1e6
    samples[120, 1] = -1e6
    raster.extend(samples, 0)
    raster.repaint()
    rows, _ = np.nonzero(raster.image == GREEN)
    assert (rows.min(), rows.max()) == (25, 49)
    rows, _ = np.nonzero(raster.image == WHITE - 1)
    assert (rows.min(), rows.max()) == (50, 75)


def test_an_index_of_days_at_a_high_rate_is_still_exact():
    first = 48_000 * 86_400 * 7
    samples = signal(1000)
    late, early = make_raster(samples_per_sweep=1000), make_raster(samples_per_sweep=1000)
    late.restart(first)
    late.extend(samples, first)
    late.repaint()
    early.extend(samples, 0)
    early.repaint()
    difference = late.column_of(first) % 300
    np.testing.assert_array_equal(np.roll(late.image, -difference, axis=1), early.image)
