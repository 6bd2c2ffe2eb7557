"""Names, chunks, types and version of what a recording holds; nothing else knows them.

``docs/recording_format.md`` says the same in words, for other programs.
"""

import platform
import warnings
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import zarr
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec
from zarr.errors import ZarrUserWarning

from myoscope.acquisition.block import StreamInfo
from myoscope.dsp_core.evidence import Context
from myoscope.dsp_core.findings import ALERT_DTYPE, POTENTIAL_DTYPE, TRAIN_DTYPE, Table
from myoscope.dsp_core.kinds import Kind
from myoscope.recordings.decisions import DECISION_DTYPE, What
from myoscope.recordings.errors import NotARecordingError
from myoscope.recordings.store import DurableLocalStore, make_folder_durably
from myoscope.recordings.stream_json import stream_to_json

FORMAT = "myoscope recording"
FORMAT_VERSION = 2

STORE = "recording.zarr"
JOURNAL = "journal.jsonl"
LOCK = "lock"
LOG = "log.txt"
MANIFEST = "manifest.json"

EMG = "emg"
SIGNAL = "emg/signal"

RECORDING = "recording"
CLOSED = "closed"
RECOVERED = "recovered"

# Why samples are missing.
LOST = 0  # they never came from the source
OVERRUN = 1  # they came, and the disk was too slow to take them

GAP_DTYPE = np.dtype([("first_sample", "<i8"), ("n_lost", "<i8"), ("reason", "u1")])
STAMP_DTYPE = np.dtype(
    [
        ("sample", "<i8"),
        ("clock_s", "<f8"),  # of the source, as it came; NaN where it has none
        ("received_unix_s", "<f8"),  # of this computer, when the Block was handed over
    ]
)
# An annotation's words are variable-length strings and stand beside these columns.
ANNOTATION_DTYPE = np.dtype([("sample", "<i8"), ("text", object), ("author", object)])
TRUTH_DTYPE = np.dtype(
    [
        ("sample", "<i8"),
        ("channel", "<i4"),
        ("unit", "<i4"),
        ("amplitude_uv", "<f4"),
        ("duration_ms", "<f4"),
        ("kind", "u1"),
    ]
)

# Group of each table and its columns. The final kind of a potential is its train's.
TABLES: Mapping[str, np.dtype[Any]] = {
    "potentials": np.dtype([*POTENTIAL_DTYPE.descr, ("final_kind", "u1")]),
    "trains": TRAIN_DTYPE,
    "alerts": ALERT_DTYPE,
    "gaps": GAP_DTYPE,
    "clock": STAMP_DTYPE,
    "annotations": ANNOTATION_DTYPE,
    "decisions": DECISION_DTYPE,
    "truth": TRUTH_DTYPE,
}
_KIND_FLAGS = {
    "flag_values": [int(kind) for kind in Kind],
    "flag_meanings": " ".join(kind.label for kind in Kind),
}
_COLUMN_ATTRIBUTES: Mapping[str, Mapping[str, Any]] = {
    "kind": _KIND_FLAGS,
    "final_kind": _KIND_FLAGS,
    "what": {
        "flag_values": [int(what) for what in What],
        "flag_meanings": " ".join(what.label for what in What),
    },
    "reason": {"flag_values": [LOST, OVERRUN], "flag_meanings": "lost overrun"},
    "amplitude_uv": {"units": "uV"},
    "rate_hz": {"units": "Hz"},
    "context": {
        "flag_masks": [int(flag) for flag in Context],
        "flag_meanings": " ".join(str(flag.name).lower() for flag in Context),
    },
}

CHUNK_S = 1.0
MAX_CHUNK_BYTES = 32 * 2**20
TABLE_CHUNK_ROWS = 65_536


def chunk_samples(info: StreamInfo) -> int:
    """Return the rows of one chunk: a second, less where that would exceed 32 MiB."""
    return max(1, min(round(info.rate_hz * CHUNK_S), MAX_CHUNK_BYTES // (4 * info.n_channels)))


def software_versions() -> dict[str, str]:
    """Return the version of what computes and writes: name to version."""
    versions = {"python": platform.python_version()}
    for name in ("myoscope", "numpy", "scipy", "zarr", "numcodecs"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "unknown"
    return versions


def _array_options(shape: tuple[int, ...], chunks: tuple[int, ...]) -> dict[str, Any]:
    # A fixed block size: the automatic one makes the ratio erratic. crc32c: blosc and zstd alone
    # hand out wrong samples where a bit has turned.
    return {
        "shape": shape,
        "chunks": chunks,
        "serializer": BytesCodec(endian="little"),
        "compressors": [
            BloscCodec(cname="zstd", clevel=1, shuffle="bitshuffle", blocksize=256 * 1024),
            Crc32cCodec(),
        ],
        "chunk_key_encoding": {"name": "default", "separator": "."},
        # A silent second is written like any other: a chunk that is absent was never recorded.
        "config": {"write_empty_chunks": True},
    }


def create(
    store: DurableLocalStore, info: StreamInfo, attributes: Mapping[str, Any]
) -> zarr.Array[Any]:
    """Make the groups of a new recording and return its signal, without a sample.

    Parameters
    ----------
    store
        Empty.
    info
        The stream to be recorded.
    attributes
        Further attributes of the root group, of JSON values.
    """
    make_folder_durably(store.root)  # zarr would let everyone in
    root = zarr.create_group(
        store=store,
        attributes={
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "state": RECORDING,
            "stream": stream_to_json(info),
            **attributes,
        },
    )
    emg = root.create_group(EMG)
    labels: Any = emg.create_array(
        "channel", shape=(info.n_channels,), dtype=str, dimension_names=("channel",)
    )
    labels[:] = np.array(info.channel_labels, dtype=object)
    return emg.create_array(
        "signal",
        dtype="float32",
        fill_value=float("nan"),
        dimension_names=("time", "channel"),
        attributes={
            "long_name": "EMG, active minus reference",
            "units": "uV",
            "sampling_frequency": info.rate_hz,
        },
        **_array_options((0, info.n_channels), (chunk_samples(info), info.n_channels)),
    )


def open_root(path: Path, mode: Literal["r", "r+"] = "r") -> zarr.Group:
    """Return the root group of the store at ``path``, checked to be a recording.

    Raises
    ------
    NotARecordingError
        If it is none, or was written by a version that this one cannot read.
    """
    store = DurableLocalStore(path, read_only=mode == "r")
    try:
        # Consolidated metadata may be of a moment before a repair was broken off.
        root = zarr.open_group(store, mode=mode, use_consolidated=False)
        attributes = root.attrs.asdict()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotARecordingError(
            f"{path} cannot be opened as a zarr group ({error or type(error).__name__}); "
            "wanted the folder of a Myoscope recording"
        ) from error
    if attributes.get("format") != FORMAT:
        raise NotARecordingError(
            f"{path} is a zarr group of format {attributes.get('format')!r}; wanted {FORMAT!r}"
        )
    found = attributes.get("format_version")
    if not isinstance(found, int) or not 1 <= found <= FORMAT_VERSION:
        raise NotARecordingError(
            f"{path} has version {found!r} of the format; "
            f"this program reads versions 1 to {FORMAT_VERSION}"
        )
    return root


def open_signal(root: zarr.Group) -> zarr.Array[Any]:
    """Return the signal, (time, channel) microvolts.

    Raises
    ------
    NotARecordingError
        If the store has none.
    """
    try:
        signal = root[SIGNAL]
    except (KeyError, OSError, ValueError) as error:
        raise NotARecordingError(f"{root.store_path} has no readable {SIGNAL}") from error
    if not isinstance(signal, zarr.Array) or signal.ndim != 2:
        raise NotARecordingError(f"{root.store_path} has no array (time, channel) at {SIGNAL}")
    return signal


def chunk_key(index: int) -> str:
    """Return the key, in the store, of the signal's chunk number ``index``."""
    return f"{SIGNAL}/c.{index}.0"


def existing_chunks(store_path: Path) -> npt.NDArray[np.int64]:
    """Return the numbers of the signal's chunks that are there, sorted."""
    names = (path.name.split(".") for path in (store_path / SIGNAL).glob("c.*.0"))
    return np.sort(np.array([int(name[1]) for name in names if name[1].isdigit()], np.int64))


def write_table(root: zarr.Group, name: str, rows: Table) -> None:
    """Write ``rows`` as group ``name``, one array a column, in place of what is there.

    Columns and not records: a structured array cannot be read across versions of zarr.
    """
    group = root.create_group(name, overwrite=True)
    dimension = name.removesuffix("s")
    for column in TABLES[name].names or ():
        values = rows[column]
        is_text = values.dtype == object
        array: Any = group.create_array(
            column,
            dtype=str if is_text else values.dtype,
            dimension_names=(dimension,),
            attributes=dict(_COLUMN_ATTRIBUTES.get(column, {})),
            **(
                {"shape": rows.shape}
                if is_text
                else _array_options(rows.shape, (min(max(1, len(rows)), TABLE_CHUNK_ROWS),))
            ),
        )
        if len(rows):
            array[:] = values


def read_table(root: zarr.Group, name: str) -> Table:
    """Return group ``name`` as a structured array; without a row where there is no such group."""
    dtype = TABLES[name]
    group = root.get(name)
    if not isinstance(group, zarr.Group):
        return np.empty(0, dtype)
    arrays: Any = group
    columns = {
        column: np.asarray(arrays[column][...]) for column in dtype.names or () if column in arrays
    }
    rows = unknown_rows(len(next(iter(columns.values()))), dtype)
    for column, values in columns.items():
        rows[column] = values
    return rows


def unknown_rows(count: int, dtype: np.dtype[Any]) -> Table:
    """Return rows that say nothing: NaN, or 0 where there is no NaN.

    For the columns that an older version of the format did not have.
    """
    rows = np.zeros(count, dtype)
    for column in dtype.names or ():
        if dtype[column].kind == "f":
            rows[column] = np.nan
    return rows


def truth_rows(truth: Table) -> Table:
    """Return ``truth``, whose kinds are labels, as rows of ``TRUTH_DTYPE``."""
    rows = np.empty(len(truth), TRUTH_DTYPE)
    for column in TRUTH_DTYPE.names or ():
        if column == "kind":
            rows[column] = [Kind[label.upper()] for label in truth[column].tolist()]
        else:
            rows[column] = truth[column]
    return rows


def consolidate(root: zarr.Group) -> None:
    """Put all metadata into the root's: xarray warns where it has to look for them.

    Only for a recording that has stopped growing: the copy is not kept up to date.
    """
    with warnings.catch_warnings():
        # "not part of the v3 specification": a reader that does not know it, passes over it.
        warnings.simplefilter("ignore", ZarrUserWarning)
        warnings.simplefilter("ignore", UserWarning)
        zarr.consolidate_metadata(root.store)
