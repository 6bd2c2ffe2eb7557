"""Every number of the detector has a range, and a wrong one is named."""

import math

import pytest

from myoscope.dsp_core.errors import SettingError
from myoscope.dsp_core.settings import PRESETS, DetectorSettings


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("threshold", 2.0, "setting threshold is 2.0; wanted 3 to 20"),
        ("threshold", math.nan, "setting threshold is nan; wanted 3 to 20"),
        ("high_pass_hz", "10", "setting high_pass_hz is '10'; wanted a number from 0.5 to 100"),
        ("notch_hz", 55, "setting notch_hz is 55; wanted 0.0 or 50.0 or 60.0"),
        ("polarity", "up", "setting polarity is 'up'; wanted 'normal' or 'inverted'"),
        ("release", 6.0, "setting release is 6.0; wanted less than threshold 4.6"),
        ("alert_potentials", 1, "setting alert_potentials is 1; wanted 2 to 100"),
    ],
)
def test_a_wrong_value_is_named_with_its_range(name, value, sentence):
    with pytest.raises(SettingError) as caught:
        DetectorSettings(**{name: value})
    assert str(caught.value) == sentence
    assert caught.value.name == name


def test_an_unknown_name_is_named_with_the_known_ones():
    with pytest.raises(SettingError, match=r"setting treshold is 5; wanted one of .*threshold"):
        DetectorSettings.from_dict({"treshold": 5})


def test_settings_survive_being_written_down():
    settings = DetectorSettings.preset("sensitive", notch_hz=60.0)
    assert DetectorSettings.from_dict(settings.to_dict()) == settings


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_is_made(name):
    assert DetectorSettings.preset(name).threshold >= 3


def test_an_unknown_preset_is_named():
    with pytest.raises(SettingError, match="setting preset is 'fast'; wanted 'clinical' or"):
        DetectorSettings.preset("fast")


def test_each_setting_is_explained():
    assert set(DetectorSettings.describe()) == set(DetectorSettings().to_dict())
