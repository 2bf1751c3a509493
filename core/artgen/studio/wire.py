"""The binary form of an answer, the same on the pipe of a player and on the socket of a page.

``u32 size of the head`` (little-endian), the head as JSON in UTF-8, padded with spaces so that what follows begins at a
multiple of 8, then the payload: pictures ``[h, w, 3]`` uint8, films ``[t, h, w, 3]`` uint8, sounds ``[n, channels]`` int16, or
the bytes of a file. On a pipe a ``u32`` with the size of all of it comes first.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

LARGEST = 2**28  # bytes of an answer
_SIZE = struct.Struct("<I")


def pack(head: Mapping[str, Any], payload: bytes = b"") -> bytes:
    """Head and payload as one message."""
    text = json.dumps(head, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-(len(text) + _SIZE.size) % 8)
    return _SIZE.pack(len(text)) + text + payload


def unpack(message: bytes) -> tuple[dict[str, Any], bytes]:
    """The head and the payload. Raises ValueError for anything else."""
    if len(message) < _SIZE.size:
        raise ValueError("too short for a head")
    (size,) = _SIZE.unpack_from(message)
    head = json.loads(message[_SIZE.size : _SIZE.size + size])
    if not isinstance(head, dict):
        raise ValueError("the head is no object")
    return head, message[_SIZE.size + size :]


def framed(message: bytes) -> bytes:
    """A message as it goes through a pipe."""
    return _SIZE.pack(len(message)) + message


def length(prefix: bytes) -> int:
    """How long the message is that follows ``prefix``. Raises ValueError for one that is too long."""
    (size,) = _SIZE.unpack(prefix)
    if size > LARGEST:
        raise ValueError(f"a message of {size} bytes")
    return int(size)
