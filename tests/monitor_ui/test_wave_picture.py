"""Waves on top of each other, as pixels."""

import numpy as np
import pytest
from PySide6.QtGui import QColor
from reference import raster as reference

from myoscope.monitor_ui.wave_picture import wave_picture

SIZE = COLUMNS, ROWS = 60, 40
ZERO_PX = 20.0


def pixels(waves, px_per_unit=2.0, colour="#ffffff", alpha=255, line_px=1):
    colour = QColor(colour)
    colour.setAlpha(alpha)
    waves = np.asarray(waves, np.float32)
    image = wave_picture(waves, SIZE, ZERO_PX, px_per_unit, colour, line_px)
    return np.array(
        [[image.pixelColor(x, y).getRgb() for x in range(COLUMNS)] for y in range(ROWS)]
    )


@pytest.mark.parametrize("n_samples", [20, 60, 500])
@pytest.mark.parametrize("px_per_unit", [2.0, -2.0])
def test_a_wave_is_its_whole_range_in_every_column(n_samples, px_per_unit):
    wave = np.random.default_rng(n_samples).normal(0, 3, n_samples).astype(np.float32)
    low, high = reference.envelope(wave.astype(float), n_samples, COLUMNS)
    wanted = reference.picture(low, high, ROWS, ZERO_PX, px_per_unit, COLUMNS)
    np.testing.assert_array_equal(pixels([wave], px_per_unit)[..., 3] > 0, wanted)


def test_a_pixel_is_the_denser_the_more_waves_cross_it():
    one, three, nothing = (pixels([np.zeros(50)] * n, alpha=100) for n in (1, 3, 1))
    row = round(ZERO_PX)
    assert one[row, 30, 3] == 100
    assert three[row, 30, 3] == round(255 * (1 - (1 - 100 / 255) ** 3))
    assert not nothing[row + 2, :, 3].any()


def test_a_wide_line_lies_around_a_thin_one():
    wave = 5 * np.sin(np.arange(200) / 10)
    thin, wide = (pixels([wave], line_px=n)[..., 3] > 0 for n in (1, 3))
    assert wide[thin].all()
    assert wide.sum() > 2 * thin.sum()


def test_what_lies_outside_is_left_out_and_no_wave_is_no_picture():
    assert not pixels([np.full(50, 1e9)])[..., 3].any()
    assert not pixels([np.full(50, -1e9)])[..., 3].any()
    assert not pixels([np.full(50, np.nan)])[..., 3].any()
    assert not pixels(np.empty((0, 50)))[..., 3].any()
