"""Findings and quantities in words, the same in console, window and summaries."""

import math
from collections.abc import Sequence

from myoscope.dsp_core.kinds import Kind

# A regularly firing fibrillation has 1 to 5 %, a voluntary motor unit 8 to 30 % (domain of the
# detector, which decides by more than these words).
REGULAR_CV = 0.1
SEMI_REGULAR_CV = 0.3

_PLURALS = {
    Kind.FIBRILLATION: "fibrillation potentials",
    Kind.END_PLATE_NOISE: "end-plate noise",
    Kind.INSERTIONAL_ACTIVITY: "insertional activity",
    Kind.UNCLASSIFIED: "unclassified potentials",
}


def plural(kind: Kind) -> str:
    """Return a kind as one says it of many: ``fibrillation potentials``."""
    return _PLURALS.get(kind, f"{kind.words}s")


def rate(rate_hz: float) -> str:
    """Return a firing rate: ``10.7 /s``, or ``rate not known yet``."""
    return f"{rate_hz:.1f} /s" if math.isfinite(rate_hz) else "rate not known yet"


def regularity(interval_cv: float) -> str:
    """Return a rhythm: ``regular (CV 1.2 %)``, or ``regularity not known yet``."""
    if not math.isfinite(interval_cv):
        return "regularity not known yet"
    if interval_cv <= REGULAR_CV:
        word = "regular"
    elif interval_cv <= SEMI_REGULAR_CV:
        word = "semi-regular"
    else:
        word = "irregular"
    return f"{word} (CV {100 * interval_cv:.{1 if interval_cv < 0.1 else 0}f} %)"


def rhythm(rate_hz: float, interval_cv: float) -> str:
    """Return rate and regularity: ``10.7 /s, regular (CV 1.2 %)``, or that there is none yet."""
    if not math.isfinite(rate_hz):
        return "rate not known yet"
    return f"{rate(rate_hz)}, {regularity(interval_cv)}"


def number_of_potentials(number: int) -> str:
    """Return ``1 potential`` or ``412 potentials``."""
    return f"{number} potential{'' if number == 1 else 's'}"


def channels(number: int) -> str:
    """Return ``1 channel`` or ``8 channels``."""
    return f"{number} channel{'' if number == 1 else 's'}"


def clock(seconds: float) -> str:
    """Return a time since the start: ``00:07:42``."""
    whole = max(0, int(seconds))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def clock_ms(seconds: float) -> str:
    """Return a time since the start with milliseconds: ``00:07:42.180``."""
    milliseconds = max(0, round(1000 * seconds))
    return f"{clock(milliseconds // 1000)}.{milliseconds % 1000:03d}"


def size(n_bytes: int) -> str:
    """Return a size in decimal units: ``318 MB``."""
    if n_bytes < 1000:
        return f"{n_bytes} B"
    value = float(n_bytes)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5:
            return f"{value:.{0 if value >= 10 else 1}f} {unit}"
    return f"{value / 1000:.1f} TB"


def room(minutes: float) -> str:
    """Return for how long a disk has room: ``5 h 10 min``."""
    whole = max(0, int(minutes))
    if whole < 60:
        return f"{whole} min"
    return f"{whole // 60} h {whole % 60} min" if whole < 6000 else f"{whole // 1440} days"


def duration(milliseconds: float) -> str:
    """Return a length of time for a scale: ``100 ms`` or ``1 s``."""
    return f"{milliseconds:g} ms" if milliseconds < 1000 else f"{milliseconds / 1000:g} s"


def voltage(microvolts: float) -> str:
    """Return a height for a scale: ``50 µV`` or ``1 mV``."""
    return f"{microvolts:g} µV" if microvolts < 1000 else f"{microvolts / 1000:g} mV"


def rounded_voltage(microvolts: float) -> str:
    """Return a measured height: ``132 µV`` or ``1.2 mV``."""
    return f"{microvolts:.0f} µV" if microvolts < 1000 else f"{microvolts / 1000:.1f} mV"


def counts(by_kind: dict[Kind, int]) -> str:
    """Return numbers of potentials: ``412 fibrillation potentials, 1 fasciculation``."""
    return ", ".join(
        f"{number} {kind_in_number(kind, number)}" for kind, number in by_kind.items() if number
    )


def kind_in_number(kind: Kind, number: int) -> str:
    """Return a kind as one says it after a number."""
    if number == 1:
        return f"{kind.words} potential" if kind is Kind.FIBRILLATION else kind.words
    return plural(kind)


def not_judged(by_channel: Sequence[str]) -> str:
    """Return why channels cannot be judged: ``2 of 8 channels not judged: it is constant``.

    Parameters
    ----------
    by_channel
        The reason for each channel, "" where it can be judged; one at least is given.
    """
    reasons = [reason for reason in by_channel if reason]
    of = "" if len(by_channel) == 1 else f"{len(reasons)} of {len(by_channel)} channels "
    first, *others = dict.fromkeys(reasons)
    return f"{of}not judged: {first}{', …' if others else ''}"
