"""What is said when a session is over: where the recording lies and what was found."""

from collections.abc import Iterator, Sequence

from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui import wording
from myoscope.monitor_ui.watched import RecorderState, Watched


def closing_lines(run: Watched, not_judged: Sequence[str] = ()) -> Iterator[str]:
    """Yield the lines that end a session.

    Parameters
    ----------
    run
        The session.
    not_judged
        For each channel why it could not be judged by its first seconds; "" where it could.
    """
    mailbox = run.mailbox
    lost = mailbox.health.lost_samples
    yield (
        f"{mailbox.elapsed_s:.1f} s of {wording.channels(run.info.n_channels)} "
        f"at {run.info.rate_hz:g} Hz from {run.info.name}; {lost} samples lost"
    )
    by_kind = mailbox.counts_by_kind()
    spontaneous = {kind: n for kind, n in by_kind.items() if kind.raises_alert}
    other = {kind: n for kind, n in by_kind.items() if not kind.raises_alert}
    if any(not_judged):
        words = wording.not_judged(not_judged)
        yield f"By the first seconds {words}"
    if spontaneous_words := wording.counts(spontaneous):
        yield f"Found: {spontaneous_words}"
    elif not (not_judged and all(not_judged)):
        yield "Found: no spontaneous activity"
    if any(other.values()):
        yield f"Besides: {wording.counts(other)}"
    yield f"Alerts: {alert_words(run)}"
    for recorder in run.recorders:
        yield recording_line(recorder)


def alert_words(run: Watched) -> str:
    """Return how many alerts of which kind were raised."""
    raised: dict[Kind, int] = {}
    for alert in run.mailbox.alerts():
        raised[alert.kind] = raised.get(alert.kind, 0) + 1
    return ", ".join(f"{n} of {wording.plural(kind)}" for kind, n in raised.items()) or "none"


def recording_line(recorder: RecorderState) -> str:
    """Return where a recording lies and whether it is whole."""
    if recorder.state == "failed":
        return (
            f"The recording failed ({recorder.error}); what was written until then is in "
            f"{recorder.folder}"
        )
    overrun = (
        f"; {recorder.overrun_samples} samples missing, the disk was too slow"
        if recorder.overrun_samples
        else ""
    )
    return f"Recording: {recorder.folder}{overrun}"
