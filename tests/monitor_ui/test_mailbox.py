"""What a screen can rely on when it looks into the mailbox."""

import math

import numpy as np
import pytest
from screen_feed import alert_row, findings

from myoscope.acquisition.block import Block, StreamInfo
from myoscope.acquisition.source import StreamHealth
from myoscope.dsp_core.findings import Findings
from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.mailbox import Mailbox


def potential(sample, train=-1, kind=Kind.UNCLASSIFIED, channel=0):
    return {"sample": sample, "train": train, "kind": kind, "channel": channel}


def train(number, kind, potentials, closed=0, **values):
    return {"train": number, "kind": kind, "potentials": potentials, "closed": closed, **values}


def test_a_reader_gets_each_potential_once(quiet_run, feed):
    feed.noise(0.1, findings((potential(10), potential(20))))
    first, number = quiet_run.mailbox.potentials_since(0)
    assert [seen.sample for seen in first] == [10, 20]
    feed.noise(0.1, findings((potential(1500),)))
    second, number = quiet_run.mailbox.potentials_since(number)
    assert [seen.sample for seen in second] == [1500]
    assert quiet_run.mailbox.potentials_since(number)[0] == []


def test_two_readers_do_not_take_from_each_other(quiet_run, feed):
    feed.noise(0.1, findings((potential(10),)))
    mailbox = quiet_run.mailbox
    assert mailbox.potentials_since(0) == mailbox.potentials_since(0)


def test_a_reader_that_was_away_gets_the_newest_and_all_are_counted(quiet_run, feed):
    n = Mailbox.POTENTIALS + 10
    feed.noise(1, findings(tuple(potential(i, kind=Kind.FIBRILLATION) for i in range(n))))
    seen, number = quiet_run.mailbox.potentials_since(0)
    assert len(seen) == Mailbox.POTENTIALS
    assert seen[-1].sample == n - 1
    assert number == n
    assert quiet_run.mailbox.counts_by_kind()[Kind.FIBRILLATION] == n


def test_a_train_that_is_renamed_takes_its_potentials_along(quiet_run, feed):
    mailbox = quiet_run.mailbox
    found = findings(
        (potential(10, 7), potential(20, 7)), (train(7, Kind.MOTOR_UNIT_POTENTIAL, 2),)
    )
    feed.noise(0.1, found)
    [first, _], _ = mailbox.potentials_since(0)
    assert mailbox.kind_of(first) is Kind.MOTOR_UNIT_POTENTIAL
    feed.noise(0.1, findings((potential(30, 7),), (train(7, Kind.FIBRILLATION, 3, closed=1),)))
    assert mailbox.kind_of(first) is Kind.FIBRILLATION
    counts = mailbox.counts_by_kind()
    assert (counts[Kind.FIBRILLATION], counts[Kind.MOTOR_UNIT_POTENTIAL]) == (3, 0)


def test_potentials_are_counted_on_their_channel(quiet_run, feed):
    feed.noise(0.1, findings((potential(10, kind=Kind.ARTEFACT, channel=1),)))
    assert quiet_run.mailbox.counts()[:, Kind.ARTEFACT].tolist() == [0, 1]


def test_an_alert_shows_the_newest_rate_of_its_train_until_it_is_cleared(quiet_run, feed):
    mailbox = quiet_run.mailbox
    feed.noise(0.1, findings(alerts=(alert_row(0, train=3),)))
    newer = train(3, Kind.FIBRILLATION, 9, rate_hz=12.0, interval_cv=0.02)
    feed.noise(0.1, findings(trains=(newer,)))
    [alert] = mailbox.alerts()
    assert alert.stands
    assert (alert.potentials, alert.rate_hz) == (9, 12.0)
    feed.noise(0.1, findings(alerts=(alert_row(0, train=3, cleared_sample=20_000),)))
    [alert] = mailbox.alerts()
    assert not alert.stands
    assert alert.cleared_s == pytest.approx(2.0)


def test_an_alert_that_is_heard_of_late_is_as_its_train_is_now(quiet_run, feed):
    now = train(3, Kind.FIBRILLATION, 18, rate_hz=12.0, interval_cv=0.02, confidence=0.99)
    raised = alert_row(0, train=3, potentials=5, rate_hz=9.0)
    feed.noise(0.1, findings(trains=(now,), alerts=(raised,)))
    [alert] = quiet_run.mailbox.alerts()
    assert (alert.potentials, alert.rate_hz) == (18, 12.0)


def test_many_alerts_leave_the_newest(quiet_run, feed):
    rows = tuple(alert_row(n, train=n) for n in range(Mailbox.ALERTS + 5))
    feed.noise(0.1, findings(alerts=rows))
    alerts = quiet_run.mailbox.alerts()
    assert len(alerts) == Mailbox.ALERTS
    assert alerts[-1].number == Mailbox.ALERTS + 4
    feed.noise(0.1, findings(trains=(train(0, Kind.FIBRILLATION, 9),)))


def test_losses_are_counted_and_count_as_time(quiet_run, feed):
    feed.noise(1.0)
    feed.signal(np.zeros((100, 2)), lost_before=400)
    health = quiet_run.mailbox.health
    assert (health.lost_samples, health.gaps) == (400, 1)
    assert quiet_run.mailbox.elapsed_s == pytest.approx(1.05)


def test_the_level_is_the_rms_about_the_mean_of_the_newest_half_second(quiet_run, feed):
    feed.signal(np.full((10_000, 2), 500.0))
    wave = 10 * np.sqrt(2) * np.sin(2 * np.pi * 50 * np.arange(5000) / 10_000)
    feed.signal(np.column_stack([wave + 300.0, wave * np.nan]))
    level = quiet_run.mailbox.level_uv()
    assert level[0] == pytest.approx(10.0, rel=1e-3)
    assert math.isnan(level[1])


def test_before_anything_came_nothing_is_known(quiet_run):
    mailbox = quiet_run.mailbox
    assert np.isnan(mailbox.level_uv()).all()
    assert np.isnan(mailbox.noise_uv).all()
    assert mailbox.alerts() == []
    assert mailbox.elapsed_s == 0


def test_silence_is_measured_from_the_last_block():
    now = [100.0]
    mailbox = Mailbox(
        StreamInfo("x", 1000.0, ("a",)), StreamHealth, lambda: np.zeros(1), lambda: now[0]
    )
    mailbox.write(Block(np.zeros((10, 1), np.float32), 0), Findings.none())
    now[0] += 2.5
    assert mailbox.silent_s == 2.5


def test_the_end_is_seen(quiet_run):
    assert not quiet_run.mailbox.ended
    quiet_run.mailbox.finish(findings((potential(3, kind=Kind.FASCICULATION),)))
    assert quiet_run.mailbox.ended
    assert quiet_run.mailbox.counts_by_kind()[Kind.FASCICULATION] == 1


def test_memory_is_bounded_for_many_channels():
    info = StreamInfo("x", 48_000.0, tuple(map(str, range(64))))
    mailbox = Mailbox(info, StreamHealth, lambda: np.zeros(64))
    assert mailbox.ring.capacity_samples * 64 * 4 <= Mailbox.RING_BYTES
    assert mailbox.ring.capacity_samples >= 10 * 48_000
