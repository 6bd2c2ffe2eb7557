"""The tables of contracts.md: columns, formats, and the same bytes for the same findings."""

import json

import numpy as np
import pytest

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.levels import LevelMeter
from myoscope.dsp_core.findings import Findings
from myoscope.recordings.findings_log import FindingsLog
from myoscope.recordings.tables import write_tables

TABLES = ("events.csv", "trains.csv", "alerts.csv", "summary.json")


@pytest.fixture
def logged(info, emg, cut, findings):
    def log(block_samples):
        log = FindingsLog(info)
        for block in cut(emg(2500), block_samples, [(1500, 100)]):
            log.write(block, findings if block.first_sample == 0 else Findings.none())
        log.finish(Findings.none())
        return log

    return log


def test_events_carry_the_final_kind_and_its_confidence_in_order_of_time(tmp_path, logged, info):
    logged(50).write_tables(tmp_path, {})
    assert (tmp_path / "events.csv").read_text() == (
        "time_s,sample,channel,channel_label,kind,train,amplitude_uv,duration_ms,confidence\n"
        "0.150000,150,1,surface,end_plate_spike,-1,40.00,1.250,0.250\n"
        "0.210000,210,0,needle,fibrillation,0,81.26,2.500,0.900\n"
        "0.410000,410,0,needle,fibrillation,0,79.12,2.500,0.900\n"
    )


def test_trains_have_empty_cells_for_what_is_not_known(tmp_path, logged, info):
    logged(50).write_tables(tmp_path, {})
    assert (tmp_path / "trains.csv").read_text() == (
        "train,channel,kind,onset_s,offset_s,potentials,rate_hz,interval_cv,amplitude_uv,"
        "confidence\n"
        "0,0,fibrillation,0.210000,0.410000,2,5.000,,80.19,0.900\n"
    )


def test_alerts_say_when_they_were_raised_and_cleared(tmp_path, info, findings):
    cleared = findings.alerts.copy()
    cleared["cleared_sample"] = 3512
    cleared["potentials"] = 9
    for n_rows, wanted in [
        (1, "0.500000,,fibrillation,0,0,0.210000,2,0.900\n"),
        (2, "0.500000,3.512000,fibrillation,0,0,0.210000,9,0.900\n"),
    ]:
        log = FindingsLog(info)
        rows = np.concatenate([findings.alerts, cleared])[:n_rows]
        log.finish(Findings(findings.potentials, findings.trains, rows))
        log.write_tables(tmp_path, {})
        assert (tmp_path / "alerts.csv").read_text() == (
            "raised_s,cleared_s,kind,channel,train,first_potential_s,potentials,confidence\n"
            + wanted
        )


def test_the_summary_counts_and_names_what_was_analysed(tmp_path, logged, info):
    logged(50).write_tables(tmp_path, {"threshold": 4.5})
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["input"] == {
        "name": "tibialis anterior",
        "source_id": "amp-7",
        "manufacturer": "Nobody",
    }
    assert summary["duration_s"] == 2.5
    assert summary["rate_hz"] == 1000.0
    assert summary["gaps"] == {
        "count": 1,
        "lost_samples": 100,
        "places": [{"end_s": 1.5, "lost_samples": 100}],
    }
    assert summary["settings"] == {"threshold": 4.5}
    assert {"myoscope", "numpy", "python"} <= set(summary["versions"])
    assert summary["counts"] == {
        "potentials": {"fibrillation": 2, "end_plate_spike": 1},
        "trains": {"fibrillation": 1},
        "alerts": {"fibrillation": 1},
    }
    needle, surface = summary["channels"]
    assert needle["potentials"] == {"fibrillation": 2}
    assert needle["noise_uv"] == pytest.approx(20, rel=0.2)
    assert needle["no_number"] == {"samples": 0, "places": []}
    assert surface["no_number"] == {
        "samples": 1,
        "places": [{"start_s": 0.833, "end_s": 0.834}],
    }
    assert summary["warnings"] == [
        '0.042 % of channel "surface" (1 sample) is no number or infinite: left out'
    ]
    assert needle["suggested_grade"]["grade"] == "not persistent"
    assert (surface["label"], surface["suggested_grade"]["grade"]) == ("surface", "0")


def test_what_is_no_needle_gets_no_grade_but_a_reason(tmp_path):
    info = StreamInfo("volts.npy", 1000.0, ("1", "2"), unit="", unit_assumed=True)
    samples = np.random.default_rng(0).normal(0, 3e-6, (4000, 2)).astype(np.float32)
    samples[:, 1] = 0
    log = FindingsLog(info)
    log.write(Block(samples, 0), Findings.none())
    log.finish(Findings.none())
    log.write_tables(tmp_path, {})
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert len(summary["warnings"]) == 3
    assert "microvolts assumed" in summary["warnings"][0]
    assert "--unit V" in summary["warnings"][1]
    volts, dead = (channel["suggested_grade"] for channel in summary["channels"])
    assert volts["grade"] == dead["grade"] == "not judged"
    assert "its noise is 0.000003" in volts["reason"]
    assert dead["reason"] == "it is constant"


def test_a_live_recording_and_an_analysis_write_the_same_bytes(
    tmp_path, logged, record, emg, info, findings
):
    record(tmp_path / "r", emg(2500), findings=findings, lost=[(1500, 100)])
    logged(7).write_tables(tmp_path / "a", {})
    logged(2500).write_tables(tmp_path / "b", {})
    for name in TABLES:
        wanted = (tmp_path / "a" / name).read_bytes()
        assert (tmp_path / "b" / name).read_bytes() == wanted
        assert (tmp_path / "r" / name).read_bytes() == wanted


def test_a_session_without_a_finding_has_tables_without_a_row(tmp_path, info):
    none = Findings.none()
    levels = LevelMeter(info.n_channels, info.rate_hz).levels()
    write_tables(
        tmp_path / "new", info, 0, [], levels, {}, none.potentials, none.trains, none.alerts
    )
    for name in TABLES[:3]:
        assert (tmp_path / "new" / name).read_bytes().count(b"\n") == 1
    assert json.loads((tmp_path / "new" / "summary.json").read_text())["n_samples"] == 0


def test_labels_are_quoted_where_csv_needs_it(tmp_path, findings):
    info = StreamInfo("x", 1000.0, ('deltoid, "left"', "µ"))
    log = FindingsLog(info)
    log.finish(findings)
    log.write_tables(tmp_path, {})
    text = (tmp_path / "events.csv").read_bytes().decode()
    assert '"deltoid, ""left"""' in text
    assert "\r" not in text
    assert ",µ," in text


def test_the_findings_log_keeps_copies(info, findings):
    potentials = findings.potentials.copy()
    log = FindingsLog(info)
    log.finish(Findings(potentials, findings.trains, findings.alerts))
    potentials["sample"] = 0
    assert log.potentials["sample"].tolist() == [210, 150, 410]
