"""Runs the detector over a signal and counts what it made of it."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.simulation.truth import INSERTIONAL_ACTIVITY, Truth
from myoscope.bench.accuracy.matching import TOLERANCE_S, match
from myoscope.bench.accuracy.signals import Signal
from myoscope.bench.accuracy.tally import Tally, TrainOutcome
from myoscope.dsp_core import kinds
from myoscope.dsp_core.detector import SpontaneousActivityDetector
from myoscope.dsp_core.findings import Table
from myoscope.dsp_core.kinds import Kind
from myoscope.recordings.findings_log import newest_rows
from myoscope.recordings.tables import final_kinds

DENERVATION = tuple(kind.label for kind in kinds.DENERVATION)
LABELS = np.array([kind.label for kind in Kind])
BLOCK_S = 5.0
# Trains whose intervals differ by less than this from one to the next, as a share, are regular.
REGULAR = 0.15
# Discharges are apart where nothing comes for so long; complex repetitive ones repeat at 3 Hz.
PAUSE_S = 1.0
# A needle moves for 0.2 s; what lasts 0.3 s longer is increased insertional activity.
INCREASED_AFTER_S = 0.5
# A discharge of which less is left is too short to be judged.
SHORTEST_SPAN_S = 0.1
# Of fewer potentials no train is judged; and none is raised that has fewer.
JUDGED_POTENTIALS = 5
# Within which an alert could have been raised.
ALERT_POTENTIALS = 20
# What peaks in the last moments has no end.
END_S = 0.05


@dataclass(frozen=True, slots=True)
class Question:
    """What a suite of signals asks.

    Attributes
    ----------
    kinds
        Labels whose potentials are asked for.
    asked_times_noise
        Potentials of less than so many times the noise, peak to peak, are neither asked for nor
        held against.
    spans
        True where potentials come too densely to be told apart one by one: a discharge is then
        named right if most of what was found while it lasted carries its kind.
    joined
        True where several units make one discharge, as in a cramp.
    parted
        False where pauses belong to the discharge, as in myokymia.
    block_s
        Length of the blocks that the detector is fed with.
    """

    kinds: tuple[str, ...] = ()
    asked_times_noise: float = 0.0
    spans: bool = False
    joined: bool = False
    parted: bool = True
    block_s: float = BLOCK_S


def judge(signal: Signal, question: Question) -> Tally:
    """Return what the detector made of a signal."""
    run = _Run(signal, question)
    tally = Tally(seconds=signal.seconds)
    run.count_potentials(tally)
    run.count_alerts(tally)
    if question.spans:
        run.count_discharges(tally)
    else:
        run.count_trains(tally)
    run.count_confidences(tally)
    if question.block_s < BLOCK_S:
        run.count_delays(tally)
    return tally


class _Run:
    """A signal, what was found in it, and which is which."""

    def __init__(self, signal: Signal, question: Question) -> None:
        self.question = question
        self.signal = signal
        self.rate_hz = signal.rate_hz
        detector = SpontaneousActivityDetector(1, signal.rate_hz)
        step = max(1, round(question.block_s * signal.rate_hz))
        findings, told, peaks_told, spikes_told = [], [], [], []
        for start in range(0, len(signal.samples), step):
            block = signal.samples[start : start + step]
            findings.append(detector.process(block))
            told.append(np.full(len(findings[-1].potentials), start + len(block)))
            peaks_told.append(np.full(len(findings[-1].peaks), start + len(block)))
            spikes_told.append(np.full(len(findings[-1].spikes), start + len(block)))
        findings.append(detector.finish())
        told.append(np.full(len(findings[-1].potentials), len(signal.samples)))
        spikes_told.append(np.full(len(findings[-1].spikes), len(signal.samples)))
        potentials, trains, alerts, peaks, spikes = (
            np.concatenate([getattr(one, name) for one in findings])
            for name in ("potentials", "trains", "alerts", "peaks", "spikes")
        )
        order = np.argsort(peaks["sample"], kind="stable")
        self.peaks: Table = peaks[order]
        self.peaks_told = np.concatenate(peaks_told)[order]
        order = np.argsort(spikes["sample"], kind="stable")
        self.spikes: Table = spikes[order]
        self.spikes_told = np.concatenate(spikes_told)[order]
        order = np.argsort(potentials["sample"], kind="stable")
        self.potentials: Table = potentials[order]
        self.told = np.concatenate(told)[order]
        self.trains = newest_rows(trains, "train")
        self.alerts: Table = alerts[alerts["cleared_sample"] < 0]
        self.kinds = LABELS[final_kinds(self.potentials, self.trains)]
        known = signal.truth["sample"] < len(signal.samples) - END_S * signal.rate_hz
        self.known = known
        self.truth: Truth = signal.truth[known]
        # In multiples of the noise.
        self.sizes = (signal.truth["amplitude_uv"] / signal.noise_uv)[known]
        self.big = self.sizes >= question.asked_times_noise
        self.tolerance = TOLERANCE_S * signal.rate_hz
        self.partners = match(self.truth["sample"], self.potentials["sample"], self.tolerance)
        self.truth_of = np.full(len(self.potentials), -1, np.int64)
        self.truth_of[self.partners[self.partners >= 0]] = np.flatnonzero(self.partners >= 0)
        self.owners = self._owners()
        # Each kind for itself: where two potentials meet, each may take the one named like it.
        self.right = np.zeros(len(self.truth), bool)
        self.named_right = np.zeros(len(self.potentials), bool)
        for kind in np.unique(self.truth["kind"]):
            there = np.flatnonzero(self.truth["kind"] == kind)
            given = np.flatnonzero(self.kinds == kind)
            partners = match(
                self.truth["sample"][there], self.potentials["sample"][given], self.tolerance
            )
            self.right[there] = partners >= 0
            self.named_right[given[partners[partners >= 0]]] = True

    def _owners(self) -> npt.NDArray[np.int64]:
        """Return for each potential the row of truth that it is or that it is a part of, or -1.

        A complex discharge has many spikes, and an artefact many edges, of one row of truth each.
        """
        owners = self.truth_of.copy()
        if not len(self.truth):
            return owners
        reach = np.maximum(self.tolerance, 1e-3 * self.rate_hz * self.truth["duration_ms"])
        after = np.searchsorted(self.truth["sample"], self.potentials["sample"])
        best = np.full(len(owners), 1.0)
        for row in (after - 1, after):
            row = row.clip(0, len(self.truth) - 1)
            apart = np.abs(self.truth["sample"][row] - self.potentials["sample"]) / reach[row]
            nearer = (self.truth_of < 0) & (apart <= best)
            owners[nearer], best[nearer] = row[nearer], apart[nearer]
        return owners

    def count_potentials(self, tally: Tally) -> None:
        """Count potentials, found, named and false."""
        asked = self.big & np.isin(self.truth["kind"], self.question.kinds)
        tally.asked = int(asked.sum())
        tally.found = int((asked & (self.partners >= 0)).sum())
        tally.right = int((asked & self.right).sum())
        # A sharp wave that is called a fibrillation is a false fibrillation.
        claimed = set(self.question.kinds)
        if claimed & set(DENERVATION):
            claimed |= set(DENERVATION)
        named = np.isin(self.kinds, list(claimed))
        tally.named = int(named.sum())
        tally.named_right = int((named & self.named_right).sum())
        tally.false_events = int((np.isin(self.kinds, DENERVATION) & ~self.named_right).sum())
        there = np.full(len(self.potentials), "nothing", self.truth["kind"].dtype)
        known = self.truth_of >= 0
        there[known] = self.truth["kind"][self.truth_of[known]]
        tally.confusion.update(zip(there.tolist(), self.kinds.tolist(), strict=True))
        missed = self.truth["kind"][self.big & (self.partners < 0)]
        tally.confusion.update((kind, "missed") for kind in missed.tolist())
        steps = np.floor(4.0 * np.log2(self.sizes[asked])).astype(int)
        tally.by_size.update(
            zip(
                self.truth["kind"][asked].tolist(),
                steps.tolist(),
                self.right[asked].tolist(),
                strict=True,
            )
        )

    def count_delays(self, tally: Tally) -> None:
        """Count how long after its largest deflection, and its end, a potential was told of.

        And before it the peak alone, and its shape class by what was there of it.
        """
        found = self.partners >= 0
        partners = self.partners[found]
        scale = 1e3 / self.rate_hz
        delays = scale * (self.told[partners] - self.potentials["sample"][partners])
        tally.delays_ms = delays.tolist()
        if self.signal.ends is not None:
            ends = self.signal.ends[self.known][found]
            tally.late_ms = (scale * (self.told[partners] - ends)).tolist()
        partners = match(self.truth["sample"], self.peaks["sample"], self.tolerance)
        partners = partners[partners >= 0]
        tally.peak_delays_ms = (
            scale * (self.peaks_told[partners] - self.peaks["sample"][partners])
        ).tolist()
        classed = self.spikes["shape"] >= 0
        if self.signal.ends is not None:
            partners = match(self.truth["sample"], self.spikes["sample"][classed], self.tolerance)
            found = partners >= 0
            told = self.spikes_told[classed][partners[found]]
            ends = self.signal.ends[self.known][found]
            tally.spike_late_ms = (scale * (told - ends)).tolist()
        # What its class was worth: of the potentials that were given to a train.
        given = self.potentials[self.potentials["train"] >= 0]
        partners = match(given["sample"], self.spikes["sample"], self.tolerance)
        spiked = partners >= 0
        shapes = self.spikes["shape"][partners[spiked]]
        tally.in_trains = len(given)
        tally.spiked = len(shapes)
        tally.spikes_classed = int((shapes >= 0).sum())
        tally.spikes_agreeing = int((shapes == given["shape"][spiked]).sum())

    def count_alerts(self, tally: Tally) -> None:
        """Count false alerts, and how long true ones took."""
        raised: dict[int, int] = {}
        for alert in self.alerts:
            unit, kind = self._truth_of_train(alert["train"])
            label = Kind(alert["kind"]).label
            tally.raised[Kind(alert["kind"]).words] += 1
            if label in DENERVATION:
                if kind in DENERVATION:
                    raised.setdefault(unit, int(alert["raised_sample"]))
                else:
                    tally.false_alerts += 1
            elif kind != label:
                tally.other_alerts[label] += 1
        for unit in np.unique(self.truth["unit"][np.isin(self.truth["kind"], DENERVATION)]):
            mine = self.truth["unit"] == unit
            rows = self.truth[mine]
            if len(rows) < ALERT_POTENTIALS or not self.big[mine].any():
                continue
            regular = _variability(rows["sample"]) < REGULAR
            first = int(rows["sample"][0])
            if unit in raised:
                potentials = float((rows["sample"] <= raised[unit]).sum())
                seconds = (raised[unit] - first) / self.rate_hz
            else:
                potentials = seconds = float("inf")
            tally.alerts.append(TrainOutcome(str(rows["kind"][0]), regular, potentials, seconds))

    def _truth_of_train(self, train: int) -> tuple[int, str]:
        """Return the unit that most of a train's potentials are of, and its kind."""
        rows = self.owners[self.potentials["train"] == train]
        if not len(rows):
            return -1, "nothing"
        there = rows[rows >= 0]
        if 2 * len(there) < len(rows):
            return -1, "nothing"
        kinds = Counter(self.truth["kind"][there].tolist())
        kind = kinds.most_common(1)[0][0]
        units = Counter(self.truth["unit"][there[self.truth["kind"][there] == kind]].tolist())
        return units.most_common(1)[0][0], kind

    def count_trains(self, tally: Tally) -> None:
        """Count the true trains of which half was found, and most of that named right."""
        asked = np.isin(self.truth["kind"], self.question.kinds)
        for unit in np.unique(self.truth["unit"][asked]):
            rows = asked & (self.truth["unit"] == unit)
            if not self.big[rows].any():
                continue
            partners = self.partners[rows]
            found = partners[partners >= 0]
            tally.trains += 1
            if 2 * len(found) >= rows.sum():
                named = Counter(self.kinds[found].tolist()).most_common(1)[0][0]
                tally.trains_right += named == self.truth["kind"][rows][0]

    def count_discharges(self, tally: Tally) -> None:
        """Count the discharges during which most of what was found carries their kind."""
        asked = self.truth[np.isin(self.truth["kind"], self.question.kinds)]
        units = (
            [asked]
            if self.question.joined
            else [asked[asked["unit"] == unit] for unit in np.unique(asked["unit"])]
        )
        for rows in units:
            for first, last in self._spans(rows["sample"]):
                low, high = np.searchsorted(
                    self.potentials["sample"], [first - self.tolerance, last + self.tolerance]
                )
                named = Counter(self.kinds[low:high].tolist()).most_common(1)
                tally.trains += 1
                tally.trains_right += bool(named) and named[0][0] == rows["kind"][0]

    def _spans(self, samples: npt.NDArray[np.int64]) -> list[tuple[float, float]]:
        """Return where discharges begin and end that are long enough to be judged."""
        if not len(samples):
            return []
        pauses = np.flatnonzero(np.diff(samples) > PAUSE_S * self.rate_hz)
        if not self.question.parted:
            pauses = pauses[:0]
        firsts = samples[np.concatenate([[0], pauses + 1])].astype(float)
        lasts = samples[np.concatenate([pauses, [len(samples) - 1]])].astype(float)
        if self.question.kinds == (INSERTIONAL_ACTIVITY,):
            firsts += INCREASED_AFTER_S * self.rate_hz
        long = lasts - firsts >= SHORTEST_SPAN_S * self.rate_hz
        return list(zip(firsts[long], lasts[long], strict=True))

    def count_confidences(self, tally: Tally) -> None:
        """Count how sure the detector was of each train whose kind raises alerts."""
        for row in self.trains:
            kind = Kind(row["kind"]).label
            if row["potentials"] < JUDGED_POTENTIALS or not Kind(row["kind"]).raises_alert:
                continue
            _, true_kind = self._truth_of_train(row["train"])
            tally.confidences.append((kind, float(row["confidence"]), kind == true_kind))


def _variability(samples: npt.NDArray[np.int64]) -> float:
    """Return the mean of 2 |b - a| / (b + a) over consecutive intervals, but for the largest tenth.

    Those are the pauses between runs.
    """
    intervals = np.diff(samples).astype(np.float64)
    differences = np.sort(2.0 * np.abs(np.diff(intervals)) / (intervals[1:] + intervals[:-1]))
    return float(differences[: max(1, int(0.9 * len(differences)))].mean())
