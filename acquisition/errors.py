"""What can go wrong between an amplifier or an archive and a Block."""


class AcquisitionError(Exception):
    """Anything that acquisition reports in one sentence."""


class StreamNotFoundError(AcquisitionError, LookupError):
    """No stream answers to the name, type or source id that was asked for."""


class StreamLostError(AcquisitionError, ConnectionError):
    """A live stream has gone, or has come back as another one."""


class StreamFormatError(AcquisitionError, ValueError):
    """A stream or a file says something about itself that cannot be used."""


class ArchiveError(AcquisitionError, ValueError):
    """A file is no recording, is damaged, or is of a format that cannot be read here."""


class SimulationError(AcquisitionError, ValueError):
    """A virtual patient was asked for that cannot be."""


class ReplayError(AcquisitionError, ValueError):
    """A replay was asked for something that it cannot do."""


class StreamAmbiguousError(AcquisitionError, LookupError):
    """More than one stream answers to what was asked for."""


class LslLibraryError(AcquisitionError, ImportError):
    """LSL cannot be used on this machine because its library is missing."""


class LslConfigError(AcquisitionError, RuntimeError):
    """LSL is configured once a process, and it is too late for another configuration."""
