"""``myoscope export``: a recording for other programs."""

from pathlib import Path
from typing import Any

import numpy as np

from myoscope.acquisition.block import Samples
from myoscope.dsp_core.kinds import Kind
from myoscope.monitor_ui.errors import MissingPartError, OutputError
from myoscope.recordings.reader import Recording, open_recording

ENDINGS = (".edf", ".bdf", ".npy", ".csv")
# A data record of EDF holds whole samples of each channel.
RECORD_S = 1.0


def export(path: Path, out: Path) -> None:
    """Write a recording as another format, by the ending of ``out``; say what was written.

    EDF+ and BDF+ get the signal with the potentials, what the examiner decided and the gaps as
    annotations; ``.npy`` the signal in microvolts, time first; ``.csv`` the same with a column of
    time. What was lost is 0 in EDF and BDF and not a number in the others.

    Raises
    ------
    NotARecordingError
        If ``path`` is none.
    OutputError
        If ``out`` exists, has another ending or cannot be written.
    MissingPartError
        If the library for EDF is not installed.
    """
    ending = out.suffix.lower()
    if ending not in ENDINGS:
        raise OutputError(f"{out.name} is of no format to export to; wanted {', '.join(ENDINGS)}")
    if out.exists():
        raise OutputError(f"{out} exists already; wanted a new file, nothing is overwritten")
    with open_recording(path) as recording:
        if not recording.n_samples:
            raise OutputError(f"{path} holds no sample; there is nothing to export")
        try:
            if ending == ".npy":
                _write_npy(recording, out)
            elif ending == ".csv":
                _write_csv(recording, out)
            else:
                _write_edf(recording, out, ending == ".bdf")
        except OSError as error:
            out.unlink(missing_ok=True)
            raise OutputError(f"{out} cannot be written: {error.strerror or error}") from error
        seconds = recording.n_samples / recording.info.rate_hz
        print(f"{out}: {seconds:.1f} s of {recording.info.n_channels} channels")


def _write_npy(recording: Recording, out: Path) -> None:
    shape = recording.n_samples, recording.info.n_channels
    signal = np.lib.format.open_memmap(out, mode="w+", dtype=np.float32, shape=shape)
    for start, stop in recording.chunk_bounds():
        signal[start:stop] = recording.read(start, stop)
    signal.flush()


def _write_csv(recording: Recording, out: Path) -> None:
    info = recording.info
    with out.open("w", newline="", encoding="utf-8") as file:
        labels = ",".join(
            '"' + label.replace('"', '""') + ' (uV)"' for label in info.channel_labels
        )
        file.write(f"time_s,{labels}\n")
        for start, stop in recording.chunk_bounds():
            time_s = np.arange(start, stop) / info.rate_hz
            rows = np.column_stack([time_s, recording.read(start, stop)])
            np.savetxt(file, rows, fmt=["%.6f", *["%.9g"] * info.n_channels], delimiter=",")


def _write_edf(recording: Recording, out: Path, wide: bool) -> None:
    try:
        import edfio
    except ImportError as error:
        raise MissingPartError('EDF needs edfio: pip install "myoscope[edf]"') from error
    info = recording.info
    rate_hz = round(info.rate_hz)
    if abs(info.rate_hz - rate_hz) > 1e-6 * rate_hz:
        # The header has whole samples in a record; the true rate is in the annotations.
        rate_hz = max(1, rate_hz)
    n_samples = -(-recording.n_samples // rate_hz) * rate_hz
    signal = np.zeros((n_samples, info.n_channels), np.float32)
    for start, stop in recording.chunk_bounds():
        signal[start:stop] = np.nan_to_num(recording.read(start, stop), posinf=0, neginf=0)
    kind: Any = edfio.BdfSignal if wide else edfio.EdfSignal
    signals = [
        kind(
            np.ascontiguousarray(signal[:, channel], np.float64),
            rate_hz,
            label=label.encode("ascii", "replace").decode()[:16],
            physical_dimension="uV",
            physical_range=_range(signal[:, channel]),
        )
        for channel, label in enumerate(info.channel_labels)
    ]
    annotations = [
        edfio.EdfAnnotation(round(onset_s, 6), duration_s, words)
        for onset_s, duration_s, words in sorted(_annotations(recording), key=lambda a: a[0])
    ]
    file: Any = edfio.Bdf if wide else edfio.Edf
    file(signals, annotations=annotations, data_record_duration=RECORD_S).write(out)


def _range(samples: Samples) -> tuple[float, float]:
    """Return a symmetric range that EDF can write in eight characters."""
    largest = float(np.abs(samples).max(initial=0.0))
    bound = float(max(1, int(np.ceil(largest))))
    return -bound, bound


def _annotations(recording: Recording) -> list[tuple[float, float | None, str]]:
    rate_hz = recording.info.rate_hz
    labels = recording.info.channel_labels
    found: list[tuple[float, float | None, str]] = [
        (0.0, None, f"sampling rate {rate_hz:.6f} Hz; research use only")
    ]
    potentials = recording.potentials
    for sample, channel, duration_ms, kind in zip(
        potentials["sample"].tolist(),
        potentials["channel"].tolist(),
        potentials["duration_ms"].tolist(),
        recording.final_kinds.tolist(),
        strict=True,
    ):
        words = f"{Kind(kind).label} on {labels[channel]}"
        found.append((sample / rate_hz, duration_ms / 1000, words))
    for end, n_lost in recording.lost:
        found.append(((end - n_lost) / rate_hz, n_lost / rate_hz, "samples lost"))
    for made in recording.decisions.standing():
        words = " ".join(
            part
            for part in (
                "examiner:",
                made.what.label,
                made.kind.label if made.kind is not None else "",
                made.side,
                made.value,
                f"train {made.train}" if made.train >= 0 else "",
            )
            if part
        )
        found.append((max(0, made.sample) / rate_hz, None, words))
    return found
