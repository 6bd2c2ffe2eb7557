"""What the detector refuses."""


class DetectorError(Exception):
    """Anything that the DSP core reports in one sentence."""


class SettingError(DetectorError, ValueError):
    """A setting is outside its range.

    Attributes
    ----------
    name, value
        The setting and what was given.
    """

    def __init__(self, name: str, value: object, wanted: str) -> None:
        super().__init__(f"setting {name} is {value!r}; wanted {wanted}")
        self.name = name
        self.value = value


class ChannelCountError(DetectorError, ValueError):
    """A block has other channels than the detector was made for."""


class RateError(DetectorError, ValueError):
    """A sampling rate at which nothing can be detected."""
