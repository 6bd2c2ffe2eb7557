"""What is wanted larger, lighter or in yellow is so again in the next window."""

import pytest
from PySide6.QtCore import QSettings

from myoscope.monitor_ui import theme
from myoscope.monitor_ui.kept_look import keep_look, kept_look
from myoscope.monitor_ui.theme import Look

PLACE = QSettings.Format.IniFormat, QSettings.Scope.UserScope


@pytest.fixture(autouse=True)
def place(tmp_path):
    before = QSettings(*PLACE, "Myoscope", "window").fileName().removesuffix("Myoscope/window.ini")
    QSettings.setPath(*PLACE, str(tmp_path))
    yield tmp_path / "Myoscope" / "window.ini"
    QSettings.setPath(*PLACE, before)


def test_the_first_window_looks_as_usual(place):
    assert kept_look() == Look()
    assert not place.exists()


@pytest.mark.parametrize("scale", theme.SCALES)
@pytest.mark.parametrize(
    "palette", [theme.DARK, theme.LIGHT, theme.YELLOW["dark"], theme.YELLOW["light"]]
)
def test_a_look_is_kept(palette, scale):
    keep_look(Look(palette, scale))
    assert kept_look() == Look(palette, scale)


def test_what_is_not_understood_is_as_usual(place):
    place.parent.mkdir()
    place.write_text("[General]\npalette=mauve\nscale=40\nfindings=7\n")
    assert kept_look() == Look()
