"""events.csv, trains.csv, alerts.csv and summary.json: the same for live runs and archives.

Every cell has a fixed number of decimals and nothing in the three tables depends on the run, so
that the same findings give the same bytes.
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from myoscope.acquisition.block import StreamInfo
from myoscope.acquisition.levels import ChannelLevel
from myoscope.acquisition.plausibility import judge
from myoscope.dsp_core.findings import Table
from myoscope.dsp_core.kinds import Kind
from myoscope.recordings.decisions import Decisions
from myoscope.recordings.grade import NOT_JUDGED, SuggestedGrade, site_between, stays, suggest_grade
from myoscope.recordings.layout import software_versions

EVENT_COLUMNS = (
    "time_s",
    "sample",
    "channel",
    "channel_label",
    "kind",
    "train",
    "amplitude_uv",
    "duration_ms",
    "confidence",
)
TRAIN_COLUMNS = (
    "train",
    "channel",
    "kind",
    "onset_s",
    "offset_s",
    "potentials",
    "rate_hz",
    "interval_cv",
    "amplitude_uv",
    "confidence",
)
ALERT_COLUMNS = (
    "raised_s",
    "cleared_s",
    "kind",
    "channel",
    "train",
    "first_potential_s",
    "potentials",
    "confidence",
)

DECISION_COLUMNS = (
    "made_utc",
    "what",
    "stands",
    "time_s",
    "sample",
    "channel",
    "train",
    "detector_kind",
    "kind",
    "value",
    "side",
    "suggestion",
    "author",
    "decision",
    "withdraws",
)

Lost = Sequence[tuple[int, int]]


def write_tables(
    folder: Path,
    info: StreamInfo,
    n_samples: int,
    lost: Lost,
    levels: Sequence[ChannelLevel],
    settings: Mapping[str, Any],
    potentials: Table,
    trains: Table,
    alerts: Table,
) -> None:
    """Write events.csv, trains.csv, alerts.csv and summary.json into ``folder``.

    Parameters
    ----------
    folder
        Made where it is missing; tables that lie there are replaced.
    info
        The stream.
    n_samples
        Its length, lost samples included.
    lost
        (first sample after the gap, number of lost samples) of each gap.
    levels
        Of each channel; what cannot be judged by them gets no grade.
    settings
        Of the detector, JSON values.
    potentials
        Structured array of ``POTENTIAL_DTYPE``.
    trains
        Structured array of ``TRAIN_DTYPE``, one row a train.
    alerts
        Structured array of ``ALERT_DTYPE``, one row an alert.
    """
    folder.mkdir(parents=True, exist_ok=True)
    contents = render_tables(info, n_samples, lost, levels, settings, potentials, trains, alerts)
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def render_tables(
    info: StreamInfo,
    n_samples: int,
    lost: Lost,
    levels: Sequence[ChannelLevel],
    settings: Mapping[str, Any],
    potentials: Table,
    trains: Table,
    alerts: Table,
) -> dict[str, bytes]:
    """Return file name to content of what ``write_tables`` writes."""
    rate_hz = info.rate_hz
    potentials = potentials[np.lexsort((potentials["channel"], potentials["sample"]))]
    trains = trains[np.argsort(trains["train"], kind="stable")]
    alerts = alerts[np.argsort(alerts["alert"], kind="stable")]
    kinds = final_kinds(potentials, trains)
    return {
        "events.csv": _csv(EVENT_COLUMNS, _event_rows(info, potentials, trains)),
        "trains.csv": _csv(TRAIN_COLUMNS, _train_rows(rate_hz, trains)),
        "alerts.csv": _csv(ALERT_COLUMNS, _alert_rows(rate_hz, alerts)),
        "summary.json": _json(
            _summary(info, n_samples, lost, levels, settings, potentials, kinds, trains, alerts)
        ),
    }


def render_decisions(rate_hz: float, decisions: Decisions, trains: Table) -> bytes:
    """Return what people decided as ``decisions.csv``, the detector's word beside theirs.

    Parameters
    ----------
    rate_hz
        Sampling rate.
    decisions
        All of them; those that were taken back have a 0 under ``stands``.
    trains
        Structured array of ``TRAIN_DTYPE``, one row a train.
    """
    of_train = dict(zip(trains["train"].tolist(), trains["kind"].tolist(), strict=True))
    rows = (
        (
            datetime.fromtimestamp(made.made_unix_s, UTC).isoformat(timespec="milliseconds"),
            made.what.label,
            int(decisions.stands(made)),
            _decimal(made.sample / rate_hz, 6),
            made.sample,
            made.channel if made.channel >= 0 else "",
            made.train if made.train >= 0 else "",
            Kind(of_train[made.train]).label if made.train in of_train else "",
            "" if made.kind is None else made.kind.label,
            made.value,
            made.side,
            made.suggestion,
            made.author,
            made.id,
            made.withdraws,
        )
        for made in decisions.made
    )
    return _csv(DECISION_COLUMNS, rows)


def final_kinds(potentials: Table, trains: Table) -> npt.NDArray[np.uint8]:
    """Return the kind of each potential that holds in the end: its train's.

    Parameters
    ----------
    potentials
        Structured array of ``POTENTIAL_DTYPE``, shape (n,).
    trains
        Structured array of ``TRAIN_DTYPE``, one row a train, ordered by number.

    Returns
    -------
    uint8 array, shape (n,)
        ``Kind`` codes; the provisional kind where a potential belongs to no train.
    """
    kinds: npt.NDArray[np.uint8] = _of_train("kind", potentials, trains)
    return kinds


def _of_train(column: str, potentials: Table, trains: Table) -> npt.NDArray[Any]:
    """Return a column of each potential's train; the potential's own where it belongs to none."""
    values: npt.NDArray[Any] = potentials[column].copy()
    if len(trains):
        place = np.searchsorted(trains["train"], potentials["train"]).clip(max=len(trains) - 1)
        in_train = trains["train"][place] == potentials["train"]
        values[in_train] = trains[column][place[in_train]]
    return values


def _event_rows(info: StreamInfo, potentials: Table, trains: Table) -> Iterable[tuple[object, ...]]:
    kinds = _of_train("kind", potentials, trains).tolist()
    confidences = _of_train("confidence", potentials, trains).tolist()
    columns = ("sample", "channel", "train", "amplitude_uv", "duration_ms")
    cells = (potentials[name].tolist() for name in columns)  # rows of a structured array are slow
    for kind, confidence, sample, channel, train, amplitude_uv, duration_ms in zip(
        kinds, confidences, *cells, strict=True
    ):
        yield (
            _decimal(sample / info.rate_hz, 6),
            sample,
            channel,
            info.channel_labels[channel],
            Kind(kind).label,
            train,
            _decimal(amplitude_uv, 2),
            _decimal(duration_ms, 3),
            _decimal(confidence, 3),
        )


def _train_rows(rate_hz: float, trains: Table) -> Iterable[tuple[object, ...]]:
    for row in trains:
        yield (
            row["train"],
            row["channel"],
            Kind(row["kind"]).label,
            _decimal(row["onset_sample"] / rate_hz, 6),
            _decimal(row["offset_sample"] / rate_hz, 6),
            row["potentials"],
            _decimal(row["rate_hz"], 3),
            _decimal(row["interval_cv"], 4),
            _decimal(row["amplitude_uv"], 2),
            _decimal(row["confidence"], 3),
        )


def _alert_rows(rate_hz: float, alerts: Table) -> Iterable[tuple[object, ...]]:
    for row in alerts:
        cleared = row["cleared_sample"]
        yield (
            _decimal(row["raised_sample"] / rate_hz, 6),
            _decimal(cleared / rate_hz, 6) if cleared >= 0 else "",
            Kind(row["kind"]).label,
            row["channel"],
            row["train"],
            _decimal(row["first_potential_sample"] / rate_hz, 6),
            row["potentials"],
            _decimal(row["confidence"], 3),
        )


def _summary(
    info: StreamInfo,
    n_samples: int,
    lost: Lost,
    levels: Sequence[ChannelLevel],
    settings: Mapping[str, Any],
    potentials: Table,
    kinds: npt.NDArray[np.uint8],
    trains: Table,
    alerts: Table,
) -> dict[str, Any]:
    judgement = judge(info, levels)
    return {
        "input": {"name": info.name, "source_id": info.source_id, **dict(info.metadata)},
        "duration_s": round(n_samples / info.rate_hz, 6),
        "n_samples": n_samples,
        "rate_hz": info.rate_hz,
        "unit": info.unit,
        "unit_assumed": info.unit_assumed,
        "gaps": {
            "count": len(lost),
            "lost_samples": sum(n for _, n in lost),
            "places": [
                {"end_s": round(end / info.rate_hz, 6), "lost_samples": n} for end, n in lost
            ],
        },
        "warnings": list(judgement.warnings),
        "settings": dict(settings),
        "versions": software_versions(),
        "counts": {
            "potentials": count_kinds(kinds),
            "trains": count_kinds(trains["kind"]),
            "alerts": count_kinds(alerts["kind"]),
        },
        "channels": [
            {
                "channel": channel,
                "label": label,
                "potentials": count_kinds(kinds[potentials["channel"] == channel]),
                "trains": count_kinds(trains["kind"][trains["channel"] == channel]),
                "noise_uv": _significant(level.noise_uv),
                "no_number": {
                    "samples": level.missing,
                    "places": [
                        {
                            "start_s": round(start / info.rate_hz, 6),
                            "end_s": round(end / info.rate_hz, 6),
                        }
                        for start, end in level.missing_places
                    ],
                },
                "suggested_grade": asdict(
                    SuggestedGrade(NOT_JUDGED, reason)
                    if reason
                    else _grade(trains[trains["channel"] == channel], n_samples, info.rate_hz)
                ),
            }
            for channel, (label, level, reason) in enumerate(
                zip(info.channel_labels, levels, judgement.not_judged, strict=True)
            )
        ],
        "note": "Research use only. Suggestions are of one channel's needle and no diagnosis.",
    }


def _grade(trains: Table, n_samples: int, rate_hz: float) -> SuggestedGrade:
    """Return the grade that the needle positions of a channel suggest, from its trains."""
    return suggest_grade(
        [
            site_between(start, stop, trains, rate_hz)
            for start, stop in stays(trains, n_samples, rate_hz)
        ]
    )


def count_kinds(kinds: npt.NDArray[np.uint8]) -> dict[str, int]:
    """Return label to number of the ``Kind`` codes in ``kinds``, those that occur."""
    values, counts = np.unique(kinds, return_counts=True)
    return {Kind(kind).label: int(n) for kind, n in zip(values, counts, strict=True)}


def _decimal(value: float, digits: int) -> str:
    """Return ``value`` with a fixed number of decimals; NaN is an empty cell."""
    if not math.isfinite(value):
        return ""
    text = f"{float(value):.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def _significant(value: float) -> float | None:
    """Return ``value`` with four digits; None, which JSON has, for NaN."""
    return float(f"{value:.4g}") if math.isfinite(value) else None


def _csv(columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
