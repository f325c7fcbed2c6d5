"""Length-prefixed frames over a pipe: how the daemon and its parsing child talk."""

import json
import struct
from collections.abc import Callable
from typing import Any

LARGEST_FRAME = 64 * 1024 * 1024
_LENGTH = struct.Struct(">I")


class BrokenPipeOfFramesError(Exception):
    """The other side went away, or spoke no frames."""


def pack(data: bytes) -> bytes:
    """A frame: four bytes of length, then the data."""
    return _LENGTH.pack(len(data)) + data


def pack_json(value: Any) -> bytes:
    """A frame that holds JSON; half a surrogate pair, which UTF-8 lacks, comes through."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return pack(text.encode("utf-8", "surrogatepass"))


def take(read: Callable[[int], bytes], limit: int = LARGEST_FRAME) -> bytes:
    """The next frame out of `read(n)`, which gives exactly n bytes or fewer at the end."""
    head = read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise BrokenPipeOfFramesError("the other side closed the pipe")
    (length,) = _LENGTH.unpack(head)
    if length > limit:
        raise BrokenPipeOfFramesError(f"a frame of {length} bytes is over the limit")
    data = read(length)
    if len(data) < length:
        raise BrokenPipeOfFramesError("the other side closed the pipe within a frame")
    return data
