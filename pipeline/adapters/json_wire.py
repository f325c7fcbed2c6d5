"""Frozen values as JSON bytes and back, in C where that is safe: the door to msgspec.

`domain/wire.py` says what JSON a value is and what is refused; this gives the same in a
tenth of the time (a return of nine forms is 250 KB). What msgspec reads is believed only
when writing it again gives the very same bytes: then nothing was left out, rounded or
made up. Everything else is read by `from_wire`, which decides. ADR 0019.
"""

import json
from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from threading import Lock
from typing import Any, TypeVar, cast

import msgspec

from pipeline.domain.wire import WireError, from_wire, to_wire

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode
_split = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_NO_NUMBERS = (b"NaN", b"Infinity")
"""Decimals that `from_wire` refuses; a text may hold these words too, and is read there."""


def written(value: object) -> bytes:
    """The JSON of a value, compact; half a surrogate pair, which UTF-8 lacks, included."""
    try:
        return _encode(value)
    except (UnicodeEncodeError, TypeError, ValueError, OverflowError):
        text = json.dumps(to_wire(value), ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "surrogatepass")


def fields_of(data: bytes) -> Mapping[str, bytes]:
    """The fields of a JSON object, each still as JSON; ValueError when it is none."""
    try:
        return {name: bytes(raw) for name, raw in _split(data).items()}
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass  # half a surrogate pair perhaps, which the standard library reads
    try:
        plain = json.loads(data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if type(plain) is not dict:
        raise ValueError("no JSON object")
    return {name: written(value) for name, value in plain.items()}


def text_of(data: bytes) -> str:
    """What a child says in one field; that it said nothing when it is no text."""
    try:
        return read(str, data)
    except WireError:
        return "no word"


def read(kind: type[T], data: bytes) -> T:
    """A value of `kind` out of its JSON; WireError when anything does not fit."""
    try:
        value = _decoder(cast("Any", kind))(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _read_slowly(kind, data)
    # from the end: Python seeks a rare word so in half the time
    if written(value) != data or any(data.rfind(word) >= 0 for word in _NO_NUMBERS):
        return _read_slowly(kind, data)
    return cast("T", value)


_SEVERAL, _NOT_TOO_MUCH = 16, 1 << 19
"""Values held, and bytes of each: what is never written must not fill the memory."""


class AsItCame:
    """The JSON of a few values that were just read, for who writes them soon.

    Kept by the threads that read, taken by the one that writes.
    """

    def __init__(self) -> None:
        self._held: deque[tuple[Any, bytes]] = deque(maxlen=_SEVERAL)
        self._turn = Lock()

    def hold(self, value: object, data: bytes) -> None:
        """`data` is what `read` made the value of."""
        if len(data) <= _NOT_TOO_MUCH:
            with self._turn:
                self._held.append((value, data))

    def written(self, value: object) -> bytes:
        """The JSON of a value as `written`, once as it came where it is held.

        Of a dataclass all of whose fields are the very ones that were read, not only
        alike.
        """
        with self._turn:
            for place, (known, data) in enumerate(self._held):
                if _is_made_of_the_same(known, value):
                    del self._held[place]
                    return data
        return written(value)


def _is_made_of_the_same(known: Any, value: Any) -> bool:
    return type(known) is type(value) and all(
        getattr(known, name) is getattr(value, name) for name in known.__dataclass_fields__
    )


def read_part(kind: type[T], data: bytes) -> T:
    """The fields that `kind` knows of a value that was checked when it was written.

    The others are passed over, and that takes a sixth of the time. WireError where it
    cannot be had: then the whole value is to be read.
    """
    try:
        return cast("T", _decoder(cast("Any", kind))(data))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise WireError("not to be read in part") from error


def _read_slowly(kind: type[T], data: bytes) -> T:
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise WireError("no JSON") from error
    return from_wire(kind, plain)


@lru_cache(maxsize=64)
def _decoder(kind: Any) -> Any:
    return msgspec.json.Decoder(kind).decode
