"""Can these be microvolts of a needle? What is odd is said in a sentence with what to do."""

import numpy as np
import pytest

from myoscope.acquisition.block import StreamInfo
from myoscope.acquisition.levels import measure_levels
from myoscope.acquisition.plausibility import guess_units, judge, level_words

RATE_HZ = 10_000.0


def needle(seconds=4.0, n_channels=1):
    """Noise of 3 µV, and a potential of 80 µV now and then."""
    shape = (round(seconds * RATE_HZ), n_channels)
    samples = np.random.default_rng(0).normal(0, 3, shape)
    samples[::3000] += 80
    return samples


def judged(samples, **info):
    samples = np.asarray(samples, np.float32)
    labels = tuple("abcdefgh"[: samples.shape[1]])
    stream = StreamInfo("a.npy", RATE_HZ, labels, **{"unit": "uV", **info})
    levels = measure_levels(stream, lambda a, b: samples[a:b], len(samples), [])
    return judge(stream, levels)


def test_a_needle_raises_no_question():
    for unit, microvolts in (("uV", 1.0), ("mV", 1e3), ("V", 1e6)):
        found = judged(needle(), unit=unit, scale_uv=(microvolts,))
        assert found.warnings == ()
        assert found.not_judged == ("",)
        assert not found.unit_doubtful


def test_a_unit_that_is_not_given_is_said_to_be_assumed():
    found = judged(needle(), unit="", unit_assumed=True)
    assert found.warnings == ("no unit is given in a.npy: microvolts assumed (--unit says which)",)
    assert found.not_judged == ("",)  # the level is a needle's


def test_a_unit_that_says_nothing_is_named():
    (said,) = judged(needle(), unit="full scale", unit_assumed=True, scale_uv=(1e3,)).warnings
    assert '"full scale"' in said
    assert "1000 assumed" in said


@pytest.mark.parametrize(
    ("really", "given", "numbers", "question"),
    [
        ("volts", "uV", 1e-6, "is it in volts? (--unit V)"),
        ("millivolts", "uV", 1e-3, "is it in millivolts? (--unit mV)"),
        ("nanovolts", "uV", 1e3, "is it in nanovolts? (--unit nV)"),
        ("microvolts", "V", 1e6, "is it in microvolts? (--unit uV)"),
        ("volts with an offset", "uV", 1e-6, "is it in volts? (--unit V)"),
    ],
)
def test_a_level_that_cannot_be_is_asked_about_and_not_judged(really, given, numbers, question):
    offset = 0.3 if "offset" in really else 0.0
    for assumed in (False, True):
        unit = "" if assumed and given == "uV" else given
        scale_uv = {"uV": 1.0, "V": 1e6}[given]
        found = judged(
            needle() * numbers + offset, unit=unit, unit_assumed=not unit, scale_uv=(scale_uv,)
        )
        assert question in found.warnings[-1]
        assert 'the noise of channel "a" is' in found.warnings[-1]
        assert "its noise is" in found.not_judged[0]
        assert found.unit_doubtful


def test_one_odd_channel_among_others_has_an_electrode_and_no_unit_of_its_own():
    samples = needle(n_channels=3)
    samples[:, 1] *= 1e-3
    samples[:, 2] *= 1e3
    faint, loud = judged(samples).warnings
    assert faint.startswith('the noise of channel "b" is 0.00')
    assert faint.endswith("is the electrode connected?")
    assert loud.startswith('the noise of channel "c" is 3')
    assert loud.endswith("has the electrode come off?")
    assert [bool(reason) for reason in judged(samples).not_judged] == [False, True, True]


def test_many_channels_share_one_sentence():
    (said,) = judged(needle(n_channels=8) * 1e-6).warnings
    assert 'channels "a", "b", "c" and 5 more' in said


def test_a_large_swing_in_most_seconds_is_odd_and_a_single_one_is_not():
    samples = needle()
    samples[500:600] += 2e5
    assert judged(samples).warnings == ()
    samples[::2000] += 2e5
    (said,) = judged(samples).warnings
    assert 'channel "a" swings by 200 mV' in said
    assert judged(samples).not_judged == ("it swings by 200 mV",)


def test_dead_channels_are_named_and_not_judged():
    samples = needle(n_channels=3)
    samples[:, 1] = 12
    samples[:, 2] = np.nan
    found = judged(samples)
    assert found.warnings == (
        'channel "c" holds no numbers: is the electrode connected?',
        'channel "b" is constant: is the electrode connected?',
    )
    assert found.not_judged == ("", "it is constant", "it holds no numbers")


def test_bad_parts_are_told_and_the_rest_is_judged():
    samples = needle(n_channels=2)
    samples[:10_000, 0] = 0
    samples[10_000:10_160, 1] = np.nan
    found = judged(samples)
    assert found.warnings == (
        'channel "a" is constant for 25 % of the time',
        '0.4 % of channel "b" (160 samples) is no number or infinite: left out',
    )
    assert found.not_judged == ("", "")


def test_saturation_is_told_with_its_limits():
    time_s = np.arange(40_000)[:, None] / RATE_HZ
    (said,) = judged(np.clip(needle() + 5e3 * np.sin(40 * time_s), -2e3, 2e3)).warnings
    assert 'channel "a" is saturated for ' in said
    assert said.endswith("between −2 mV and 2 mV")


def test_a_moment_is_too_short_to_be_judged():
    assert judged(needle(0.1)).not_judged == ("0.1 s are too short; wanted 0.5 s",)


def test_what_a_reader_noted_is_said_too():
    (said,) = judged(needle(), metadata={"warning": "cut short: 6 of 10 samples"}).warnings
    assert said == "in a.npy: cut short: 6 of 10 samples"


def test_units_are_guessed_by_the_noise_that_they_would_mean():
    stream = StreamInfo("a", RATE_HZ, ("1",), unit="volts", scale_uv=(1e6,))
    first, *others = guess_units(stream, 5e6)
    assert (first.unit, first.noise_uv, first.is_plausible) == ("uV", pytest.approx(5), True)
    assert {guess.unit for guess in others if guess.is_plausible} == set()


def test_levels_are_read_without_powers_of_ten():
    assert level_words(3e-6) == "0.000003 µV"
    assert level_words(3.0172) == "3.02 µV"
    assert level_words(51_473) == "51.5 mV"
    assert level_words(3e6) == "3 V"
