"""The header block of a message: its fields as raw bytes, within bounds."""

import re
from dataclasses import dataclass

from pipeline.domain.errors import LimitError
from pipeline.domain.mail.header_text import decode_header

MAX_HEADER = 256 * 1024
MAX_FIELD = 16 * 1024
MAX_LINES = 10_000
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
_FIELD_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,60}:")
_FOLD = re.compile(rb"[\r\n\x00]+")


@dataclass(frozen=True, slots=True)
class Field:
    """One header field: its name in lower case, its bytes as they came."""

    name: str
    raw: bytes

    @property
    def value(self) -> bytes:
        """The value unfolded; only its first 16 KB are ever used."""
        return _FOLD.sub(b"", self.raw[:MAX_FIELD]).strip()

    @property
    def unfolded(self) -> bytes:
        """The value on one line with every other sign kept: a NUL is no fold."""
        return re.sub(rb"[\r\n]+", b"", self.raw[:MAX_FIELD]).strip()

    @property
    def text(self) -> str:
        """The value decoded, on one line."""
        return decode_header(self.value)


@dataclass(frozen=True, slots=True)
class Head:
    """A header block: fields in order, where the body begins, what was odd."""

    fields: tuple[Field, ...]
    body_at: int
    defects: tuple[str, ...] = ()

    def all(self, name: str) -> tuple[Field, ...]:
        """Every field of a name (lower case)."""
        return tuple(field for field in self.fields if field.name == name)

    def first(self, name: str) -> bytes:
        """The value of the first field of a name, empty when there is none."""
        for field in self.fields:
            if field.name == name:
                return field.value
        return b""


def read_head(data: bytes, start: int, end: int) -> Head:
    """The header block that begins at `start`.

    A line that is no field belongs to the field above when another field follows it
    (badly folded), else the body begins there. LimitError beyond 256 KB.
    """
    block = _Block()
    at = start
    for _ in range(MAX_LINES):
        if at >= end:
            break
        line, after = _line(data, at, end)
        if not line.strip(b"\r\n"):
            at = after
            break
        if not block.take(line) and not block.bend(line, data[after : after + 80]):
            break
        at = after
        if at - start > MAX_HEADER:
            raise LimitError("a header block is larger than 256 KB")
    else:
        raise LimitError("a header block has more than 10,000 lines")
    return Head(block.fields(), at, tuple(dict.fromkeys(block.defects)))


class _Block:
    """A header block while its lines come in."""

    def __init__(self) -> None:
        self.defects: list[str] = []
        self._fields: list[tuple[str, list[bytes]]] = []

    def take(self, line: bytes) -> bool:
        """Whether the line is a field, or goes on with the one above."""
        shape = _FIELD.fullmatch(line.rstrip(b"\r\n"))
        if line[:1] in b" \t" and self._fields:
            self._fields[-1][1].append(line)
        elif shape is not None:
            self._fields.append((shape[1].decode("ascii").lower(), [shape[2]]))
        else:
            return not self._fields and line.startswith((b"From ", b">From "))
        return True

    def bend(self, line: bytes, following: bytes) -> bool:
        """Whether a line that is no field still stands within the header."""
        if line.startswith(b"--") or _FIELD_NAME.match(following) is None:
            self.defects.append("header-end")
            return False
        self.defects.append("header-line")
        if self._fields:
            self._fields[-1][1].append(line)
        return True

    def fields(self) -> tuple[Field, ...]:
        return tuple(Field(name, b"".join(lines)) for name, lines in self._fields)


def _line(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    # One byte beyond the bound is enough to know that a line is too long.
    shape = _LINE.match(data, at, min(end, at + MAX_HEADER + 1))
    after = shape.end() if shape else end
    return data[at:after], after
