"""What cannot be a needle's is told while it comes."""

import numpy as np
import pytest

from myoscope.acquisition.block import StreamInfo
from myoscope.acquisition.source import StreamHealth
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.monitor_ui.signal_watch import SignalWatch

NOISE = np.random.default_rng(1).normal(0, 3, (10_000, 2))


def watch_seconds(watch, feed, samples, seconds=1):
    for _ in range(seconds):
        feed.signal(samples)
        watch.look()


@pytest.fixture
def watch(quiet_run):
    return SignalWatch(quiet_run.mailbox)


def test_of_a_plausible_signal_nothing_is_said(watch, feed):
    watch_seconds(watch, feed, NOISE, 5)
    assert (watch.odd_now, watch.warnings) == (("", ""), ())


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (NOISE * 1e-6, "its noise is 0.0000"),
        (NOISE * 0 + 7, "it is constant"),
        (NOISE * np.nan, "it holds no numbers"),
        (NOISE * 1e6, "its noise is 2."),
    ],
)
def test_it_is_said_why_channels_cannot_be_judged(watch, feed, samples, reason):
    watch_seconds(watch, feed, samples)
    assert all(why.startswith(reason) for why in watch.odd_now)
    assert watch.not_judged == watch.odd_now
    assert watch.warnings


def test_a_second_that_was_looked_at_counts_once(watch, feed):
    watch_seconds(watch, feed, NOISE)
    for _ in range(10):
        watch.look()
    watch_seconds(watch, feed, NOISE * 0)
    assert all(watch.not_judged)


def test_a_needle_that_is_withdrawn_takes_nothing_back_until_the_next_muscle(watch, feed):
    watch_seconds(watch, feed, NOISE, 3)
    watch_seconds(watch, feed, NOISE * 0)
    assert all(watch.odd_now)
    assert not any(watch.not_judged)
    watch.restart()
    assert all(watch.not_judged)


def test_lost_samples_are_not_held_against_a_channel(watch, feed):
    watch_seconds(watch, feed, NOISE[:4000])
    feed.signal(NOISE[:6000], lost_before=2000)
    watch.look()
    assert watch.odd_now == ("", "")


def test_of_many_channels_each_has_its_turn(feed):
    labels = tuple(map(str, range(16)))
    mailbox = feed.mailbox = Mailbox(
        StreamInfo("many", 48_000.0, labels), StreamHealth, lambda: np.zeros(16, np.float32)
    )
    watch = SignalWatch(mailbox)
    samples = np.random.default_rng(0).normal(0, 3, (48_000, 16))
    samples[:, 15] = 0
    watch_seconds(watch, feed, samples, 16)
    assert watch.odd_now == ("",) * 15 + ("it is constant",)


def test_that_no_unit_is_given_hides_no_question_about_it(feed):
    info = StreamInfo("volts", 10_000.0, ("1", "2"), unit="", unit_assumed=True)
    mailbox = feed.mailbox = Mailbox(info, StreamHealth, lambda: np.zeros(2, np.float32))
    watch = SignalWatch(mailbox)
    watch_seconds(watch, feed, NOISE * 1e-6)
    assert "is it in volts? (--unit V)" in watch.why_nothing_is_judged[0]
