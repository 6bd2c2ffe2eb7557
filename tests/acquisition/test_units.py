"""What channels mean: microvolts for a number, and which of them are EMG."""

import pytest

from myoscope.acquisition.errors import StreamFormatError
from myoscope.acquisition.units import ChannelDeclaration, choose_channels, microvolts_per_unit


def channels(*rows: tuple[str, str, str]) -> list[ChannelDeclaration]:
    return [ChannelDeclaration(label, kind, unit) for label, kind, unit in rows]


@pytest.mark.parametrize(
    ("unit", "microvolts"),
    [
        ("microvolts", 1.0),
        ("microvolt", 1.0),
        ("MicroVolts", 1.0),
        ("uV", 1.0),
        ("\u00b5V", 1.0),  # micro sign
        ("\u03bcV", 1.0),  # Greek mu
        (" uV ", 1.0),
        ("-6", 1.0),
        ("mV", 1e3),
        ("millivolts", 1e3),
        ("-3", 1e3),
        ("V", 1e6),
        ("volts", 1e6),
        ("nV", 1e-3),
        ("", None),
        ("0", None),
        ("INT_16", None),
        ("milliGs", None),
    ],
)
def test_a_unit_is_known_by_every_name_seen_in_the_field(
    unit: str, microvolts: float | None
) -> None:
    assert microvolts_per_unit(unit) == microvolts


def test_a_unit_of_0_is_volts_only_beside_a_channel_type_in_small_letters() -> None:
    assert microvolts_per_unit("0", "emg") == 1e6  # mne-lsl
    assert microvolts_per_unit("0", "EMG") is None  # pylsl calls it "none"


@pytest.mark.parametrize("unit", ["", "0", "banana"])
def test_an_unknown_unit_is_taken_for_microvolts_and_marked_as_assumed(unit: str) -> None:
    choice = choose_channels(channels(("APB", "EMG", unit)), 1)
    assert choice.scale_uv == (1.0,)
    assert choice.unit_assumed


def test_the_users_word_goes_before_the_streams() -> None:
    choice = choose_channels(channels(("APB", "EMG", "microvolts")), 1, unit="mV")
    assert choice.scale_uv == (1e3,)
    assert choice.unit == "mV"
    assert not choice.unit_assumed


def test_a_unit_of_the_user_that_is_unknown_is_refused() -> None:
    with pytest.raises(StreamFormatError, match="'furlongs' is no unit of voltage; wanted V"):
        choose_channels(channels(("APB", "EMG", "uV")), 1, unit="furlongs")


@pytest.mark.parametrize(
    ("unit", "scale_uv", "assumed"),
    [("INT_16", 0.5, False), ("microvolts", 0.5, False), ("mV", 500.0, False), ("", 0.5, True)],
)
def test_whole_numbers_are_counts_with_a_scaling_factor(
    unit: str, scale_uv: float, assumed: bool
) -> None:
    declared = [ChannelDeclaration("Fz", "ExG", unit, factor=0.5)]
    choice = choose_channels(declared, 1, integers=True)
    assert choice.scale_uv == (scale_uv,)
    assert choice.unit_assumed == assumed


def test_fractions_are_in_their_unit_already_and_a_factor_makes_that_uncertain() -> None:
    declared = [ChannelDeclaration("Fz", "EEG", "microvolts", factor=0.1)]
    choice = choose_channels(declared, 1)
    assert choice.scale_uv == (1.0,)
    assert choice.unit_assumed


@pytest.mark.parametrize(
    "auxiliary",
    [
        ("trigger", "TRIG", ""),
        ("triggerStream", "EEG", "code"),
        ("TRIGGERS", "", ""),
        ("STATUS", "EEG", ""),
        ("ACC_X", "ACC", "milliGs"),
        ("x", "accelerometer", "g"),
        ("AccX", "EEG", "microvolts"),
        ("Quat0", "", ""),
        ("q", "quaternion", ""),
        ("gyro y", "GYRO", "deg/s"),
        ("Battery", "", "%"),
        ("Timestamp", "", ""),
        ("temp", "Temperature", "C"),
        ("ECG", "EEG", "uV"),
    ],
)
def test_what_is_no_muscle_is_left_out(auxiliary: tuple[str, str, str]) -> None:
    choice = choose_channels(channels(("APB", "", "uV"), auxiliary), 2)
    assert choice.emg == (0,)
    assert choice.left_out == (auxiliary[0],)
    assert choice.counter is None


@pytest.mark.parametrize("label", ["TA", "Stimulated APB", "Magnus", "Accessorius", "TIBIALIS"])
def test_a_muscle_is_not_taken_for_a_trigger(label: str) -> None:
    assert choose_channels(channels((label, "EEG", "uV")), 1).labels == (label,)


@pytest.mark.parametrize(
    ("label", "kind"),
    [("SampleCounter", "EEG"), ("COUNTER", ""), ("nSeq", ""), ("PackageNum", ""), ("x", "Counter")],
)
def test_the_channel_that_counts_samples_is_kept_for_the_gaps(label: str, kind: str) -> None:
    choice = choose_channels(channels(("APB", "EEG", "uV"), (label, kind, "")), 2)
    assert choice.emg == (0,)
    assert choice.counter == 1


def test_where_some_channels_are_called_emg_the_others_are_something_else() -> None:
    choice = choose_channels(channels(("Fz", "EEG", "uV"), ("APB", "EMG", "uV")), 2)
    assert choice.emg == (1,)


@pytest.mark.parametrize("kind", ["EMG", "emg", "ExG", "EXG", "EEG", "", "BIP"])
def test_every_type_that_muscle_channels_are_sent_under_is_taken(kind: str) -> None:
    assert choose_channels(channels(("APB", kind, "uV")), 1).emg == (0,)


def test_channels_that_the_stream_does_not_describe_are_emg_without_a_unit() -> None:
    choice = choose_channels([], 2)
    assert choice.labels == ("EMG 1", "EMG 2")
    assert choice.unit_assumed


def test_two_channels_of_one_label_can_be_told_apart() -> None:
    rows = [("APB", "EMG", "uV")] * 2
    assert choose_channels(channels(*rows), 2).labels == ("APB", "APB (2)")


def test_a_stream_without_emg_is_refused_with_its_channels_named() -> None:
    with pytest.raises(StreamFormatError, match=r"none of the 1 channels is EMG: AccX \(ACC, g\)"):
        choose_channels(channels(("AccX", "ACC", "g")), 1)
