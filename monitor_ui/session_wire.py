"""Messages between a session's process and its windows: words as JSON, arrays as bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import numpy.typing as npt

from myoscope.monitor_ui.errors import MonitorError

VERSION = 2
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """One message.

    Attributes
    ----------
    what
        Its kind: "hello", "block", "state", "decide", "stop", "end" …
    values
        JSON values.
    arrays
        Plain or structured arrays.
    """

    what: str
    values: Mapping[str, Any]
    arrays: tuple[Array, ...] = ()

    def to_bytes(self) -> bytes:
        """Return it as bytes."""
        head = {
            "what": self.what,
            "values": dict(self.values),
            "arrays": [
                [array.dtype.descr if array.dtype.names else array.dtype.str, array.shape]
                for array in self.arrays
            ],
        }
        # NaN is understood by the reader, which is this module as well.
        words = json.dumps(head, separators=(",", ":")).encode()
        return b"".join(
            [
                len(words).to_bytes(4, "little"),
                words,
                *(np.ascontiguousarray(array).tobytes() for array in self.arrays),
            ]
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> "Message":
        """Return what ``to_bytes`` was called on.

        Raises
        ------
        MonitorError
            If it is no such message.
        """
        try:
            place = 4 + int.from_bytes(content[:4], "little")
            head = json.loads(content[4:place])
            arrays = []
            for described, shape in head["arrays"]:
                fields = isinstance(described, list)
                dtype = np.dtype([tuple(f) for f in described] if fields else described)
                n_bytes = dtype.itemsize * int(np.prod(shape))
                part = content[place : place + n_bytes]
                arrays.append(np.frombuffer(part, dtype).reshape(shape))
                place += n_bytes
            return cls(str(head["what"]), dict(head["values"]), tuple(arrays))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise MonitorError(f"a message of another program or version: {error}") from error


def send(connection: Connection, message: Message) -> None:
    """Send a message; raises OSError where the other end is gone."""
    connection.send_bytes(message.to_bytes())


def receive(connection: Connection) -> Message:
    """Return the next message; raises EOFError or OSError where the other end is gone."""
    return Message.from_bytes(connection.recv_bytes())
