"""The header block of a message: its fields as raw bytes, within bounds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.domain.errors import LimitError
from pipeline.domain.header_text import decode_header

MAX_HEADER = 256 * 1024
MAX_FIELD = 16 * 1024
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
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
    fields: list[tuple[str, list[bytes]]] = []
    defects: list[str] = []
    at = start
    while at < end:
        line, after = _line(data, at, end)
        if not line.strip(b"\r\n"):
            at = after
            break
        shape = _FIELD.fullmatch(line.rstrip(b"\r\n"))
        if line[:1] in b" \t" and fields:
            fields[-1][1].append(line)
        elif shape is not None:
            fields.append((shape[1].decode("ascii").lower(), [shape[2]]))
        elif not (at == start and line.startswith((b"From ", b">From "))):
            if not _field_follows(data, after, end) or line.startswith(b"--"):
                defects.append("header-end")
                break
            defects.append("header-line")
            if fields:
                fields[-1][1].append(line)
        at = after
        if at - start > MAX_HEADER:
            raise LimitError("a header block is larger than 256 KB")
    return Head(_as_fields(fields), at, tuple(defects))


def _line(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    # One byte beyond the bound is enough to know that a line is too long.
    shape = _LINE.match(data, at, min(end, at + MAX_HEADER + 1))
    after = shape.end() if shape else end
    return data[at:after], after


def _field_follows(data: bytes, at: int, end: int) -> bool:
    line, _ = _line(data, at, min(end, at + 1000))
    return re.match(rb"[A-Za-z][A-Za-z0-9-]{1,60}:", line) is not None


def _as_fields(fields: Sequence[tuple[str, list[bytes]]]) -> tuple[Field, ...]:
    return tuple(Field(name, b"".join(lines)) for name, lines in fields)
