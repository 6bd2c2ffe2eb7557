"""``ROWS``: what is to be reached; ``SUITES``: the signals that it is measured on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from myoscope.acquisition.simulation import truth
from myoscope.bench.accuracy.judge import DENERVATION, Question
from myoscope.bench.accuracy.records import RATE_HZ as RECORD_RATE_HZ
from myoscope.bench.accuracy.tally import Tally


@dataclass(frozen=True, slots=True)
class Suite:
    """Signals of one make.

    Attributes
    ----------
    name
        As the generators know it.
    question
        What is asked of the detector.
    seconds
        Length of one signal.
    hours
        Of signal for each generator, over all rates together.
    rate_hz
        The one rate that there is; None for any.
    """

    name: str
    question: Question
    seconds: float
    hours: float
    rate_hz: float | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A figure and its bound.

    Attributes
    ----------
    name
        What is measured.
    measure
        Takes it from a tally.
    bound
        What must be reached; None where it is only told.
    at_least
        Whether the figure must not be smaller than the bound, or not greater.
    unit
        Behind the figure.
    """

    name: str
    measure: Callable[[Tally], float]
    bound: float | None
    at_least: bool = False
    unit: str = ""

    def reached(self, figure: float, slack: float = 0.0) -> bool:
        """Return whether a figure is good enough; NaN is not."""
        if self.bound is None:
            return True
        return figure >= self.bound - slack if self.at_least else figure <= self.bound + slack


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table.

    Attributes
    ----------
    name
        As typed after ``--only``.
    words
        What the signals are.
    suites
        Names of the suites that count.
    targets
        What is to be reached.
    """

    name: str
    words: str
    suites: tuple[str, ...]
    targets: tuple[Target, ...]


def _sensitivity(bound: float) -> Target:
    return Target("sensitivity", lambda tally: tally.sensitivity, bound, at_least=True)


def _ppv(bound: float) -> Target:
    return Target("PPV", lambda tally: tally.ppv, bound, at_least=True)


def _trains(bound: float) -> Target:
    return Target("trains named", lambda tally: tally.train_share, bound, at_least=True)


_NO_ALERT = Target("false alerts", lambda tally: tally.false_alerts_count, 0.0)
_ONE_ALERT = Target("false alerts", lambda tally: tally.false_alerts_per_hour, 1.0, unit="/h")
_ONE_EVENT = Target("false events", lambda tally: tally.false_events_per_minute, 1.0, unit="/min")

_FIBRILLATION = (truth.FIBRILLATION,)
_SHARP_WAVE = (truth.POSITIVE_SHARP_WAVE,)
_TRAIN_S = 60.0
_ARTEFACT_S = 150.0

_SHARP_WAVES = tuple(f"sharp-waves-{corner_hz}-hz" for corner_hz in (2, 10, 20, 30))
_SIZES = (
    ("fibrillations-by-size", truth.FIBRILLATION),
    ("sharp-waves-by-size", truth.POSITIVE_SHARP_WAVE),
)
_ARTEFACTS = (
    ("rest", "rest noise"),
    ("mains-50", "50 Hz mains and harmonics, to 100 µV"),
    ("mains-60", "60 Hz mains and harmonics, to 100 µV"),
    ("ecg", "ECG"),
    ("pacemaker", "pacemaker and ECG"),
    ("deep-brain-stimulator", "deep brain stimulator"),
    ("electrode-pops", "electrode pops"),
    ("movement", "a cable that is pulled"),
    ("saturation", "saturation"),
    ("radio", "radio bursts"),
)
_DISCHARGES = (
    ("crd", "complex repetitive discharges", truth.COMPLEX_REPETITIVE_DISCHARGE),
    ("myotonia", "myotonic discharges", truth.MYOTONIC_DISCHARGE),
    ("myokymia", "myokymic discharges", truth.MYOKYMIC_DISCHARGE),
    ("neuromyotonia", "neuromyotonic discharges", truth.NEUROMYOTONIC_DISCHARGE),
    ("cramp", "cramp", truth.CRAMP_DISCHARGE),
)
_CONTRACTIONS = (
    ("voluntary", "voluntary contraction, 1–6 units, onset and end"),
    ("doublets", "voluntary contraction with doublets"),
    ("lone-unit", "a lone voluntary unit, CV 0.08"),
)


def _suites() -> Mapping[str, Suite]:
    suites = [
        Suite("fibrillations", Question(_FIBRILLATION, 8.0), _TRAIN_S, 2.5),
        Suite("small-fibrillations", Question(_FIBRILLATION, 5.0), _TRAIN_S, 1.5),
        *(Suite(name, Question(_SHARP_WAVE, 8.0), _TRAIN_S, 1.0) for name in _SHARP_WAVES),
        *(Suite(name, Question((kind,)), _TRAIN_S, 1.0) for name, kind in _SIZES),
        Suite("mixed", Question(DENERVATION, 8.0), _TRAIN_S, 1.0),
        Suite("profuse", Question(DENERVATION, 8.0), _TRAIN_S, 0.75),
        Suite("fasciculations", Question((truth.FASCICULATION,), 8.0), _TRAIN_S, 1.0),
        Suite(
            "fasciculations-among-fibrillations",
            Question((truth.FASCICULATION,), 8.0),
            _TRAIN_S,
            1.0,
        ),
        *(
            Suite(
                name,
                Question((kind,), spans=True, joined=name == "cramp", parted=name != "myokymia"),
                _TRAIN_S,
                1.5,
            )
            for name, _, kind in _DISCHARGES
        ),
        *(Suite(name, Question(), _ARTEFACT_S, 1.3) for name, _ in _ARTEFACTS),
        *(Suite(name, Question(), _ARTEFACT_S, 1.3) for name, _ in _CONTRACTIONS),
        Suite("end-plate", Question(), _ARTEFACT_S, 1.3),
        Suite("end-plate-denervated", Question(_FIBRILLATION, 8.0), _TRAIN_S, 1.0),
        Suite("insertions", Question(), _ARTEFACT_S, 1.3),
        Suite("explored", Question(DENERVATION, 8.0), _ARTEFACT_S, 1.3),
        Suite(
            "increased-insertion",
            Question((truth.INSERTIONAL_ACTIVITY,), spans=True, joined=True),
            _ARTEFACT_S,
            1.5,
        ),
        Suite("records", Question(), 25.0, 12 * 25.0 / 3600.0, RECORD_RATE_HZ),
        Suite("records-overlaid", Question(DENERVATION, 8.0), 25.0, 0.25, RECORD_RATE_HZ),
        Suite("provisional", Question(DENERVATION, 8.0, block_s=1e-3), _TRAIN_S, 0.4),
    ]
    return MappingProxyType({suite.name: suite for suite in suites})


SUITES = _suites()

ROWS: tuple[Row, ...] = (
    Row(
        "fibrillations",
        "fibrillations ≥ 8 × noise, 1–3 trains",
        ("fibrillations",),
        (_sensitivity(0.97), _ppv(0.97)),
    ),
    Row(
        "small-fibrillations",
        "fibrillations 5–8 × noise, 1–3 trains",
        ("small-fibrillations",),
        (_sensitivity(0.85), _ppv(0.95)),
    ),
    *(
        Row(
            name,
            f"positive sharp waves ≥ 8 × noise, high-pass {name.split('-')[2]} Hz",
            (name,),
            (_sensitivity(0.97), _ppv(0.97)),
        )
        for name in _SHARP_WAVES
    ),
    *(
        Row(
            name,
            f"{name.removesuffix('-by-size').replace('-', ' ')} of 2–30 × noise, a single train",
            (name,),
            (Target("half found and named from", Tally.half_from, None, unit=" × noise"),),
        )
        for name, _ in _SIZES
    ),
    Row(
        "mixed",
        "fibrillations and sharp waves, 4–6 trains",
        ("mixed",),
        (_sensitivity(0.92), _ppv(0.95)),
    ),
    Row(
        "profuse",
        "profuse (4+), 10 trains",
        ("profuse",),
        (
            Target("found", lambda tally: tally.found_share, 0.90, at_least=True),
            Target("rightly named", lambda tally: tally.sensitivity, 0.85, at_least=True),
        ),
    ),
    Row(
        "fasciculations",
        "fasciculations in rest noise",
        ("fasciculations",),
        (_sensitivity(0.92), _ppv(0.92)),
    ),
    Row(
        "fasciculations-among-fibrillations",
        "fasciculations among fibrillations",
        ("fasciculations-among-fibrillations",),
        (_sensitivity(0.92), _ppv(0.92)),
    ),
    *(Row(name, words, (name,), (_trains(0.95),)) for name, words, _ in _DISCHARGES),
    *(Row(name, words, (name,), (_NO_ALERT,)) for name, words in _ARTEFACTS),
    *(Row(name, words, (name,), (_ONE_ALERT, _ONE_EVENT)) for name, words in _CONTRACTIONS),
    Row("end-plate", "end-plate noise and spikes, both polarities", ("end-plate",), (_ONE_ALERT,)),
    Row(
        "end-plate-denervated",
        "a fibrillation train in the end-plate zone",
        ("end-plate-denervated",),
        (_sensitivity(0.9),),
    ),
    Row("insertions", "normal insertions every 10 s", ("insertions",), (_NO_ALERT,)),
    Row(
        "explored",
        "insertions every 10 s with trains between",
        ("explored",),
        (_trains(0.9), _NO_ALERT),
    ),
    Row(
        "increased-insertion",
        "increased insertional activity, over 300 ms",
        ("increased-insertion",),
        (
            Target("reported as such", lambda tally: tally.train_share, 0.9, at_least=True),
            _NO_ALERT,
        ),
    ),
    Row(
        "records",
        "real voluntary EMG (emgdb, 4 kHz, also as 20 kHz), either way up",
        ("records",),
        (_NO_ALERT,),
    ),
    Row(
        "records-overlaid",
        "simulated trains over it, ≥ 8 × the background around",
        ("records-overlaid",),
        (_sensitivity(0.9),),
    ),
    Row(
        "alert-regular",
        "time to alert, regular trains ≥ 8 × noise",
        ("fibrillations", *_SHARP_WAVES),
        (
            Target("median", lambda tally: tally.alert_potentials(0.5, regular=True), 6.0),
            Target("95 %", lambda tally: tally.alert_potentials(0.95, regular=True), 12.0),
        ),
    ),
    Row(
        "alert-irregular",
        "time to alert, irregular trains ≥ 8 × noise",
        ("fibrillations", *_SHARP_WAVES),
        (Target("median", lambda tally: tally.alert_potentials(0.5, regular=False), 15.0),),
    ),
    Row(
        "provisional",
        "shape class told after a waveform's end, blocks of 1 ms",
        ("provisional",),
        (Target("95 %", lambda tally: tally.spike_lateness_ms(0.95), 3.0, unit=" ms"),),
    ),
)
