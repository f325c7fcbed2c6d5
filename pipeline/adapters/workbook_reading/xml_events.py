"""XML as events, refusing entity declarations: the only way hostile XML is parsed."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar, cast
from xml.parsers import expat

from pipeline.adapters.workbook_reading.xml_mending import is_foreign
from pipeline.domain.reading.sheet import UnreadableWorkbookError

Attributes = dict[str, str]
_PREFIXED = re.compile(rb"<[^\s:/<>!?]++:")
_WHOLE = re.compile("[0-9]+")
_SMALL = 1 << 14


class Handler:
    """Receives events with names stripped of their prefixes."""

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Characters inside the current element."""


H = TypeVar("H", bound=Handler)


def parse(data: bytes, handler: Handler, part: str) -> None:
    """Feed a handler; UnreadableWorkbookError when the XML is broken or has entities."""
    if is_foreign(data):
        raise UnreadableWorkbookError("unreadable-file", f"{part}: a foreign encoding")
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.EntityDeclHandler = _refuse(part)
    if _is_bare(data):
        parser.StartElementHandler, parser.EndElementHandler = handler.start, handler.end
    else:
        parser.StartElementHandler = _without_prefix(handler)
        parser.EndElementHandler = lambda name: handler.end(name.rpartition(":")[2])
    parser.CharacterDataHandler = handler.text
    try:
        parser.Parse(data, True)  # noqa: FBT003  expat takes no keywords
    except expat.ExpatError as error:
        raise UnreadableWorkbookError("unreadable-file", f"{part}: {error}") from error


def parsed(kind: type[H], data: bytes, part: str) -> H:
    """A handler that was fed a part. It is not to be changed: others may get it as well.

    Provinces fill in copies of one workbook: beside cells and strings, the small parts of
    a file are nearly always those of one that was read before.
    """
    read = _remembered if len(data) <= _SMALL else _remembered.__wrapped__
    return cast("H", read(cast("Callable[[], Handler]", kind), data, part))


@lru_cache(maxsize=384)
def _remembered(kind: Callable[[], Handler], data: bytes, part: str) -> Handler:
    handler = kind()
    parse(data, handler, part)
    return handler


def _is_bare(data: bytes) -> bool:
    """Whether no element has a prefix to take off; not said of text in wide characters."""
    return b"\0" not in data[:4] and _PREFIXED.search(data) is None


def _without_prefix(handler: Handler) -> Callable[[str, Attributes], None]:
    start = handler.start
    return lambda name, attributes: start(name.rpartition(":")[2], attributes)


def _refuse(part: str) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise UnreadableWorkbookError("unreadable-file", f"{part}: declares entities")

    return refuse


def whole(written: str) -> int | None:
    """A number of nothing but a few digits."""
    return int(written) if len(written) < 10 and _WHOLE.fullmatch(written) else None


def local(attributes: Attributes, name: str) -> str | None:
    """An attribute by its name without prefix."""
    for key, value in attributes.items():
        if key == name or key.endswith(f":{name}"):
            return value
    return None
