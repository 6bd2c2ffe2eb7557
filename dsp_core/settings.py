"""``DetectorSettings``: every number that the detector goes by, with its unit, range and source."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from myoscope.dsp_core.errors import SettingError


def _number(default: float, lowest: float, highest: float, doc: str) -> Any:
    """Declare a setting with its range."""
    return field(default=default, metadata={"range": (lowest, highest), "doc": doc})


def _choice(default: Any, choices: tuple[Any, ...], doc: str) -> Any:
    """Declare a setting that is one of a few words or numbers."""
    return field(default=default, metadata={"choices": choices, "doc": doc})


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """What the detector goes by; recorded with every result.

    A value outside its range raises ``SettingError``, which names the value and the range.
    ``describe`` gives each number's meaning and source in words.
    """

    polarity: str = _choice(
        "normal",
        ("normal", "inverted"),
        "normal: a positive number is a positive deflection; inverted: the source stored the sign "
        "the other way round",
    )
    high_pass_hz: float = _number(
        10.0, 0.5, 100.0, "corner of the second-order high-pass; the amplifier has its own"
    )
    low_pass_hz: float = _number(
        10_000.0,
        500.0,
        20_000.0,
        "corner of the second-order low-pass, left out above 0.45 of the rate",
    )
    notch_hz: float = _choice(
        0.0, (0.0, 50.0, 60.0), "mains frequency to cancel with its harmonics; 0 switches it off"
    )
    notch_highest_hz: float = _number(
        1000.0, 50.0, 5000.0, "highest mains harmonic that is cancelled"
    )
    threshold: float = _number(
        4.6,
        3.0,
        20.0,
        "deflection that starts a potential, in multiples of the noise of each of the bank's "
        "widths: 4.6 gives some three false starts per minute in Gaussian noise",
    )
    release: float = _number(
        2.5, 1.0, 10.0, "deflection below which a potential ends, in multiples of the noise"
    )
    quiet_ms: float = _number(
        1.0, 0.2, 5.0, "how long a deflection must stay below ``release`` for a potential to end"
    )
    longest_ms: float = _number(40.0, 10.0, 200.0, "a potential that lasts longer is cut here")
    blanking_ms: float = _number(
        200.0, 10.0, 2000.0, "nothing is detected so long after lost or missing samples"
    )
    smallest_amplitude_uv: float = _number(
        5.0, 0.0, 1000.0, "smaller potentials, peak to peak, are not reported"
    )
    alert_confidence: float = _number(
        0.9, 0.5, 0.9999, "probability of its kind, calibrated, at which a train raises an alert"
    )
    alert_potentials: int = _number(5, 2, 100, "fewest potentials of a train that raises an alert")
    alert_span_s: float = _number(
        0.25, 0.0, 10.0, "shortest time from the first to the newest potential of an alert's train"
    )
    fasciculation_amplitude_uv: float = _number(
        50.0,
        10.0,
        5000.0,
        "smallest fasciculation, peak to peak; textbooks give 200 µV to several mV near the needle",
    )

    def __post_init__(self) -> None:
        for setting in fields(self):
            value = getattr(self, setting.name)
            choices = setting.metadata.get("choices")
            if choices is not None:
                if value not in choices:
                    wanted = " or ".join(repr(choice) for choice in choices)
                    raise SettingError(setting.name, value, wanted)
                continue
            lowest, highest = setting.metadata["range"]
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise SettingError(setting.name, value, f"a number from {lowest:g} to {highest:g}")
            if not (math.isfinite(value) and lowest <= value <= highest):
                raise SettingError(setting.name, value, f"{lowest:g} to {highest:g}")
        if self.release >= self.threshold:
            raise SettingError("release", self.release, f"less than threshold {self.threshold:g}")

    @classmethod
    def preset(cls, name: str, **changes: Any) -> "DetectorSettings":
        """Return the settings called ``clinical``, ``sensitive`` or ``quiet``, with changes."""
        if name not in PRESETS:
            raise SettingError("preset", name, " or ".join(repr(known) for known in PRESETS))
        return cls.from_dict({**PRESETS[name], **changes})

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "DetectorSettings":
        """Return settings from names and values; an unknown name raises ``SettingError``."""
        known = {setting.name for setting in fields(cls)}
        for name, value in values.items():
            if name not in known:
                raise SettingError(name, value, f"one of {', '.join(sorted(known))}")
        return replace(cls(), **values)

    def to_dict(self) -> dict[str, Any]:
        """Return names and values, for JSON."""
        return asdict(self)

    @classmethod
    def describe(cls) -> dict[str, str]:
        """Return what each setting means."""
        return {setting.name: setting.metadata["doc"] for setting in fields(cls)}


PRESETS: dict[str, dict[str, Any]] = {
    "clinical": {},
    "sensitive": {"threshold": 4.2, "alert_confidence": 0.8},
    "quiet": {"threshold": 6.0, "alert_confidence": 0.97, "alert_potentials": 6},
}
