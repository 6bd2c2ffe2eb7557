"""What can go wrong between the command line and a session."""


class MonitorError(Exception):
    """Anything that a command reports in one sentence."""


class OutputError(MonitorError, OSError):
    """A place to write to cannot be used."""


class MissingPartError(MonitorError, ImportError):
    """A part of the program that was asked for is not installed."""


class AnalysisError(MonitorError):
    """Some of the inputs of an analysis could not be analysed."""
