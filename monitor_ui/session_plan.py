"""``SessionPlan``: what a session is to do, in words that another process understands."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myoscope.monitor_ui.file_words import FileWords
from myoscope.monitor_ui.watched import LIVE, REPLAY, SIMULATION

if TYPE_CHECKING:
    from myoscope.acquisition.source import Source
    from myoscope.monitor_ui.app import Run

SIMULATED_RATE_HZ = 20_000.0


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """A session before it begins; one of ``stream``, ``replay`` and ``scenario`` is given.

    Attributes
    ----------
    stream
        Words for an LSL stream.
    replay
        A recorded file.
    scenario
        A virtual patient.
    settings
        Of the detector.
    record_to
        Folder of the recording; None records nothing.
    publish
        Whether findings are sent out as LSL markers.
    seconds
        Length; None goes on to the end.
    wait_s
        How long to wait for the stream.
    speed
        Seconds of signal in a second, of a replay or a scenario.
    words
        What the user says of the source: rate, unit, channels.
    n_channels, seed
        Of a scenario.
    outlasts_silence
        Whether a stream that goes is waited for until somebody ends the session.
    lsl_session
        Session of LSL that this machine's demonstration is confined to; "" for all.
    """

    stream: str | None = None
    replay: str | None = None
    scenario: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    record_to: str | None = None
    publish: bool = False
    seconds: float | None = None
    wait_s: float = 10.0
    speed: float = 1.0
    words: FileWords = field(default_factory=FileWords)
    n_channels: int = 1
    seed: int = 0
    outlasts_silence: bool = False
    lsl_session: str = ""

    @property
    def mode(self) -> str:
        """A word for the screen."""
        return LIVE if self.stream is not None else REPLAY if self.replay else SIMULATION

    def open_source(self) -> "Source":
        """Open the source, paced like a live one.

        Raises
        ------
        AcquisitionError, RecordingError
            If it cannot be opened.
        """
        from myoscope.monitor_ui import inputs

        if self.lsl_session:
            from myoscope.acquisition.lsl_config import confine_to_loopback

            confine_to_loopback(self.lsl_session)
        if self.stream is not None:
            return inputs.open_stream(
                self.stream,
                self.wait_s,
                self.words.unit,
                outlasts_silence=self.outlasts_silence,
            )
        if self.replay is not None:
            return inputs.open_replay(
                Path(self.replay), self.words, clock=inputs.real_time(), speed=self.speed
            )
        assert self.scenario is not None
        rate_hz = self.words.rate_hz
        return inputs.open_scenario(
            self.scenario,
            rate_hz=SIMULATED_RATE_HZ if rate_hz is None else rate_hz,
            n_channels=self.n_channels,
            seconds=self.seconds,
            seed=self.seed,
            speed=self.speed,
        )

    def open(self, share: bool = False) -> "Run":
        """Return the session, not started yet; ``share`` lets windows of other processes in."""
        from myoscope.dsp_core.settings import DetectorSettings
        from myoscope.monitor_ui.app import Run

        settings = DetectorSettings.from_dict(self.settings)
        return Run(
            self.open_source(),
            settings,
            record_to=None if self.record_to is None else Path(self.record_to),
            publish=self.publish,
            seconds=self.seconds,
            mode=self.mode,
            share=share,
        )

    def to_json(self) -> str:
        """Return it as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "SessionPlan":
        """Return what ``to_json`` was called on."""
        values = json.loads(text)
        words = values.pop("words")
        words["channels"] = tuple(words["channels"])
        return cls(words=FileWords(**words), **values)
