"""The sound: what is seen is heard, soon, and nothing waits for it; no sound card is needed."""

import threading
import time
import wave
from itertools import pairwise

import numpy as np
import pytest
from screen_feed import Feed

from myoscope.acquisition.block import StreamInfo
from myoscope.acquisition.source import StreamHealth
from myoscope.monitor_ui import loudspeaker as speakers
from myoscope.monitor_ui.errors import MissingPartError, MonitorError
from myoscope.monitor_ui.loudspeaker import SOUND_RATE_HZ, Loudspeaker
from myoscope.monitor_ui.mailbox import Mailbox
from myoscope.monitor_ui.sound_signal import LATE_MS, WAIT_MS, SoundSignal

FRAMES = 384  # 8 ms
RATES_HZ = [2000.0, 9999.7, 10_000.0, 20_000.0, 48_000.0]


def mailbox(rate_hz=10_000.0, n_channels=2, noise_uv=5.0):
    info = StreamInfo("a", rate_hz, tuple(map(str, range(n_channels))))
    return Mailbox(info, StreamHealth, lambda: np.full(n_channels, noise_uv, np.float32))


class Session:
    """Writes 5 ms blocks and renders 8 ms of sound, each when it is due, without a clock."""

    def __init__(self, rate_hz=10_000.0, pulse_uv=300.0, noise_uv=2.0, every_ms=100):
        self.mailbox = mailbox(rate_hz)
        self.feed = Feed(self.mailbox)
        self.sound = SoundSignal(self.mailbox, SOUND_RATE_HZ)
        self.rate_hz, self.pulse_uv, self.noise_uv = rate_hz, pulse_uv, noise_uv
        self.every_ms = every_ms
        self.random = np.random.default_rng(0)
        self.now_ms = 0
        self.waited_ms = []

    def run(self, ms):
        heard = []
        for now_ms in range(self.now_ms, self.now_ms + ms):
            if now_ms % 5 == 0:
                n = round((now_ms + 5) * self.rate_hz / 1000) - self.feed.next_sample
                block = self.random.normal(0, self.noise_uv, (n, 2))
                if now_ms % self.every_ms == 0:
                    block[0, 0] += self.pulse_uv
                self.feed.signal(block)
            if now_ms % 8 == 0:
                heard.append(self.sound.render(FRAMES))
                if self.sound.next_sample >= 0:
                    waiting = self.mailbox.ring.newest - self.sound.next_sample
                    self.waited_ms.append(1000 * waiting / self.rate_hz)
        self.now_ms += ms
        return np.concatenate(heard)


def pulses(sound, level=0.4):
    loud = np.flatnonzero(sound > level)
    return loud[np.insert(np.diff(loud) > 1000, 0, True)] if len(loud) else loud


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_every_potential_is_heard_at_its_time_and_soon(rate_hz):
    session = Session(rate_hz)
    heard = pulses(session.run(5000))
    assert len(heard) >= 48
    assert np.diff(heard) == pytest.approx(0.1 * SOUND_RATE_HZ, abs=0.001 * SOUND_RATE_HZ)
    assert session.sound.stumbles == 0
    # In the ring; the card adds its own buffer. The limit for the whole way is 60 ms.
    assert max(session.waited_ms) < 25


def test_the_other_channel_is_heard_when_it_is_chosen():
    session = Session()
    session.sound.channel = 1
    assert len(pulses(session.run(1000))) == 0
    session.sound.channel = 0
    assert len(pulses(session.run(1000))) >= 9
    session.sound.channel = 99  # there is none; the last one is heard
    assert len(pulses(session.run(1000))) == 0


def test_volume_and_mute():
    session = Session()
    loud = np.abs(session.run(1000)).max()
    session.sound.volume = 0.1
    soft = np.abs(session.run(1000)[FRAMES:]).max()
    session.sound.muted = True
    silent = np.abs(session.run(1000)[10 * FRAMES :]).max()
    assert loud > 5 * soft > 0
    assert silent == 0


def test_the_limiter_keeps_every_peak_below_full_scale():
    session = Session(pulse_uv=1e6)
    heard = session.run(1000)
    assert np.isfinite(heard).all()
    assert 0.9 < np.abs(heard).max() <= 1.0


def test_the_squelch_lets_only_potentials_through():
    session = Session(noise_uv=5.0, every_ms=500)
    session.mailbox._noise_uv[:] = 5.0
    session.sound.squelch = True
    session.run(1000)
    heard = session.run(4000)
    assert len(pulses(heard)) == 8
    assert np.mean(heard == 0) > 0.4


def test_lost_and_impossible_samples_are_silence():
    session = Session()
    session.run(500)
    session.feed.signal(np.full((20, 2), np.inf), lost_before=300)
    session.feed.signal(np.full((20, 2), np.nan))
    session.now_ms += 34
    heard = session.run(1000)
    assert np.isfinite(heard).all()
    assert len(pulses(heard)) >= 8


def test_where_samples_stop_there_is_silence_and_then_sound_again():
    session = Session()
    session.run(1000)
    silence = np.concatenate([session.sound.render(FRAMES) for _ in range(100)])
    assert (silence[20 * FRAMES :] == 0).all()
    assert session.sound.stumbles > 0
    session.run(200)
    assert len(pulses(session.run(1000))) >= 9


def test_what_has_piled_up_is_dropped():
    session = Session()
    session.run(1000)
    session.feed.noise(1.0)
    session.sound.render(FRAMES)
    waiting = session.mailbox.ring.newest - session.sound.next_sample
    assert waiting < (WAIT_MS[2] + LATE_MS) * 10
    assert session.sound.dropped_samples > 5000


@pytest.mark.parametrize("off", [1.0005, 0.9995])
def test_a_card_whose_clock_is_off_neither_runs_dry_nor_falls_behind(off):
    session = Session()
    session.sound.sound_rate_hz = SOUND_RATE_HZ  # as it says; it really takes ``off`` as much
    owed = 0.0
    for now_ms in range(0, 60_000, 5):
        session.feed.noise(0.005, seed=now_ms)
        owed += 5 * off * SOUND_RATE_HZ / 1000
        while owed >= FRAMES:
            session.sound.render(FRAMES)
            owed -= FRAMES
    waiting_ms = (session.mailbox.ring.newest - session.sound.next_sample) / 10
    assert session.sound.stumbles <= 1
    assert session.sound.dropped_samples == 0
    assert 0 <= waiting_ms < 40


def test_slow_motion_sounds_lower_and_jumps_begin_anew():
    session = Session()
    session.run(500)
    session.sound.speed = 0.5
    heard = []
    for _ in range(500):
        session.feed.signal(
            np.where((np.arange(40) + session.feed.next_sample)[:, None] % 1000 == 0, 300.0, 0.0)
            * np.ones(2)
        )
        heard.append(session.sound.render(FRAMES))
    gaps = np.diff(pulses(np.concatenate(heard)))
    assert np.median(gaps) == pytest.approx(0.2 * SOUND_RATE_HZ, rel=0.02)
    session.mailbox.restart(5)
    assert (session.sound.render(FRAMES) == 0).all()


def test_a_notice_is_one_soft_tone():
    session = Session(pulse_uv=0, noise_uv=0)
    session.run(500)
    session.sound.notice()
    heard = session.run(1000)
    assert 0.02 < np.abs(heard).max() < 0.2
    assert np.abs(heard[round(0.2 * SOUND_RATE_HZ) :]).max() == 0


def no_device(render):
    raise OSError("Error querying device -1")


def until(it_is_so):
    end_s = time.monotonic() + 20
    while not it_is_so():
        assert time.monotonic() < end_s
        time.sleep(0.005)


def test_without_a_device_the_reason_is_said_and_the_file_is_written(tmp_path):
    box = mailbox()
    speaker = Loudspeaker(box, no_device, tmp_path / "a.wav")
    feed = Feed(box)
    until(lambda: speaker.words == "no sound: Error querying device -1")
    assert not speaker.available
    end_s = time.monotonic() + 1.0
    while time.monotonic() < end_s:
        feed.noise(0.01)
        time.sleep(0.01)
    speaker.close()
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48_000, 1, 2)
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert len(frames) > 10_000
    assert np.abs(frames).max() > 100


def test_a_device_that_takes_long_to_open_holds_nobody_up():
    opened, may_open = threading.Event(), threading.Event()

    def slow(render):
        opened.set()
        may_open.wait(20)
        raise OSError("never mind")

    speaker = Loudspeaker(mailbox(), slow)
    assert opened.wait(20)
    assert speaker.words == "looking for a loudspeaker"
    may_open.set()
    speaker.close()


def test_unmuting_looks_for_a_loudspeaker_again():
    tries = []

    def open_output(render):
        tries.append(render)
        raise OSError("none")

    speaker = Loudspeaker(mailbox(), open_output)
    until(lambda: len(tries) == 1)
    speaker.muted = True
    speaker.muted = False
    until(lambda: len(tries) == 2)
    speaker.close()


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(MonitorError, match=r"nowhere.*cannot be written"):
        Loudspeaker(mailbox(), no_device, tmp_path / "nowhere" / "a.wav")


def test_missing_libraries_are_named(monkeypatch):
    monkeypatch.setattr(speakers, "find_spec", lambda name: None)
    with pytest.raises(MissingPartError, match=r"myoscope\[audio\]"):
        Loudspeaker(mailbox(), no_device)


def test_a_device_without_a_card_gets_a_steady_sound():
    """miniaudio's null device paces itself like a card."""
    miniaudio = pytest.importorskip("miniaudio")
    asked = []

    class Null:
        words = "null"

        def __init__(self, render):
            def stream():
                frames = yield b""
                while True:
                    asked.append(frames)
                    frames = yield render(frames).tobytes()

            source = stream()
            next(source)
            self.device = miniaudio.PlaybackDevice(
                backends=[miniaudio.Backend.NULL],
                output_format=miniaudio.SampleFormat.FLOAT32,
                nchannels=1,
                sample_rate=SOUND_RATE_HZ,
                buffersize_msec=10,
            )
            self.device.start(source)

        def close(self):
            self.device.close()

    box = mailbox()
    feed = Feed(box)
    speaker = Loudspeaker(box, Null)
    until(lambda: speaker.available)
    loudest = 0.0
    for _ in range(100):
        feed.noise(0.01)
        time.sleep(0.01)
        # A busy machine may feed too late now and then; silence sounds meanwhile.
        loudest = max(loudest, speaker.level)
    assert loudest > 0
    assert speaker.words == "null"
    speaker.close()
    assert sum(asked) > 0.5 * SOUND_RATE_HZ
    assert all(later > 0 for _, later in pairwise(asked))
