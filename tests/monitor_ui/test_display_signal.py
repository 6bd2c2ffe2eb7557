"""The signal that the panels share, the potentials beside it and the waveforms cut out of it."""

import numpy as np
import pytest
from screen_feed import findings

from myoscope.dsp_core.kinds import Kind
from myoscope.dsp_core.settings import DetectorSettings
from myoscope.monitor_ui.calipers import Calipers, measure
from myoscope.monitor_ui.display_filter import DisplayFilter
from myoscope.monitor_ui.display_signal import DisplaySignal
from myoscope.monitor_ui.potential_log import REJECTED, PotentialLog
from myoscope.monitor_ui.waveforms import Waveforms
from myoscope.recordings.decisions import Decision, What

RATE_HZ = 10_000


@pytest.fixture
def mailbox(quiet_run):
    return quiet_run.mailbox


@pytest.fixture
def signal(mailbox):
    return DisplaySignal(mailbox, DetectorSettings())


@pytest.fixture
def log(mailbox):
    return PotentialLog(mailbox)


def all_rows(signal, start, stop):
    return np.concatenate([rows for _, rows in signal.views(start, stop)])


def test_it_is_the_stream_in_the_band_however_it_was_read(signal, feed):
    samples = np.random.default_rng(0).normal(0, 10, (7000, 2)).astype(np.float32)
    for start in range(0, 7000, 700):
        feed.signal(samples[start : start + 700])
        if start % 2100 == 0:
            signal.advance()
    signal.advance()
    assert signal.newest == 7000
    band = DisplayFilter(2, RATE_HZ, DetectorSettings()).process(samples, 0)
    np.testing.assert_allclose(all_rows(signal, 0, 7000), band, atol=1e-3)


def test_what_is_held_stays_while_the_stream_goes_on(signal, feed):
    feed.noise(2.0)
    signal.advance()
    before = all_rows(signal, 0, 20_000)
    signal.hold()
    for second in range(40):
        feed.noise(1.0, seed=second)
        signal.advance()
    assert signal.newest == 420_000
    np.testing.assert_array_equal(all_rows(signal, 0, 500_000), before)
    signal.release()
    assert signal.oldest_shown > 20_000
    assert signal.views(0, 20_000) == []


def test_a_cut_may_reach_from_before_a_freeze_to_after_it(signal, feed):
    feed.noise(0.5)
    signal.advance()
    signal.hold()
    feed.noise(0.5, seed=1)
    signal.advance()
    assert len(signal.cut(1, 4900, 5100)) == 200
    assert signal.cut(1, 9900, 10_100) is None
    signal.release()
    assert len(all_rows(signal, 0, 10_000)) == 10_000


def test_freezing_again_and_again_keeps_no_more_than_one_ring_holds(signal, feed):
    for second in range(80):
        feed.noise(1.0, seed=second)
        signal.advance()
        signal.hold()
        signal.release()
    rows = sum(len(rows) for _, rows in signal.views(0, signal.newest))
    assert rows <= 31 * RATE_HZ


def test_a_jump_of_the_stream_begins_anew(signal, log, feed, mailbox):
    waveforms = Waveforms(signal, log)
    feed.noise(1.0, findings(({"sample": 5000, "train": 0, "kind": 1},)))
    log.update()
    signal.advance()
    waveforms.collect()
    assert len(waveforms.of_train(0)) == 1
    mailbox.restart(70_000)
    feed.next_sample = 70_000
    feed.noise(0.2)
    log.update()
    signal.advance()
    waveforms.collect()
    assert (signal.oldest_shown, signal.newest) == (70_000, 72_000)
    assert len(log.since(0)) == 0
    assert waveforms.of_train(0) == []


def test_a_potential_is_cut_out_when_all_of_it_is_there(signal, log, feed):
    waveforms = Waveforms(signal, log)
    feed.noise(0.52, findings(({"sample": 5000, "train": 0, "kind": 1},)))
    for _ in range(2):
        log.update()
        signal.advance()
        waveforms.collect()
    assert waveforms.of_train(0) == []
    feed.noise(0.1)
    signal.advance()
    waveforms.collect()
    [cut] = waveforms.of_train(0)
    np.testing.assert_array_equal(cut.wave, signal.cut(0, 4900, 5500))
    assert waveforms.times_ms[0] == pytest.approx(-10.0)
    np.testing.assert_array_equal(waveforms.mean(0, -10.0, 50.0), cut.wave)


def test_of_a_train_the_newest_potentials_are_kept(signal, log, feed):
    waveforms = Waveforms(signal, log)
    found = tuple({"sample": 500 + 100 * n, "train": 0, "kind": 1} for n in range(60))
    feed.noise(1.0, findings(found))
    log.update()
    signal.advance()
    waveforms.collect()
    samples = [cut.sample for cut in waveforms.of_train(0)]
    assert samples == [seen["sample"] for seen in found[-Waveforms.PER_TRAIN :]]


def test_many_short_trains_do_not_push_a_slow_one_out(signal, log, feed):
    waveforms = Waveforms(signal, log)
    short = [{"sample": 200 + 2 * n, "train": n, "kind": 1} for n in range(1, 400)]
    slow = {"sample": 190, "train": 0, "kind": 1}
    feed.noise(0.3, findings((slow, *short)))
    log.update()
    signal.advance()
    waveforms.collect()
    assert len(waveforms.of_train(0)) == 1


def test_waveforms_are_kept_up_to_a_number_those_that_fired_last(signal, log, feed):
    waveforms = Waveforms(signal, log)
    waveforms._at_most = 50
    found = [{"sample": 200 + 2 * n, "train": n // 10, "kind": 1} for n in range(100)]
    feed.noise(0.3, findings(tuple(found)))
    log.update()
    signal.advance()
    waveforms.collect()
    assert [len(waveforms.of_train(train)) for train in range(10)] == [0] * 5 + [10] * 5


def test_the_log_says_the_kind_that_holds_the_examiners_before_all(log, feed, mailbox):
    found = tuple({"sample": 100 * n, "train": n, "kind": Kind.UNCLASSIFIED} for n in range(1, 5))
    trains = tuple({"train": n, "kind": Kind.FIBRILLATION, "potentials": 1} for n in (1, 2, 3))
    feed.noise(0.1, findings(found, trains))
    log.update()
    mailbox.decide(
        Decision(What.REJECT, 200, train=2),
        Decision(What.RENAME, 300, train=3, kind=Kind.END_PLATE_SPIKE),
        Decision(What.LABEL, 400, train=4, channel=0, kind=Kind.ARTEFACT),
    )
    kinds = log.kinds(log.since(0)).tolist()
    assert kinds == [Kind.FIBRILLATION, REJECTED, Kind.END_PLATE_SPIKE, Kind.ARTEFACT]
    counts = log.counts(0)
    assert counts[Kind.FIBRILLATION] == 1
    assert sum(counts.values()) == 3
    assert sum(log.counts(150, 350).values()) == 1


def test_the_log_forgets_the_oldest_and_never_the_newest(log, feed):
    for start in range(0, 80_000, 4000):
        found = tuple({"sample": start + n, "train": -1, "kind": 1} for n in range(4000))
        feed.noise(0.01, findings(found))
        log.update()
    rows = log.newest(log.CAPACITY)
    assert len(rows) == log.CAPACITY
    np.testing.assert_array_equal(rows["sample"], np.arange(80_000 - log.CAPACITY, 80_000))
    assert log.seen == 80_000


def test_calipers_measure_what_lies_between_them(signal, feed):
    samples = np.zeros((6000, 2))
    samples[3000:3010, 1] = 200.0
    feed.signal(samples)
    signal.advance()
    reading = measure(Calipers(1, 2900, 3005), signal)
    assert reading.time_ms == pytest.approx(10.5)
    assert reading.b_uv == pytest.approx(200.0, rel=0.15)
    assert reading.difference_uv == pytest.approx(reading.b_uv - reading.a_uv)
    assert reading.peak_to_peak_uv >= reading.difference_uv
    assert "1/Δt 95.2 Hz" in reading.words
    gone = measure(Calipers(1, 5000, 9000), signal)
    assert "A – · B –" in gone.words
    assert "1/Δt –" in measure(Calipers(0, 10, 10), signal).words
