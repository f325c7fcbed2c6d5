"""What a spreadsheet says outside its cells: heads of the printed page, comments, boxes."""

import posixpath
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from pipeline.adapters.workbook_reading.package import Package
from pipeline.adapters.workbook_reading.xml_events import Attributes, H, Handler, parsed
from pipeline.domain.reading.sheet import UnreadableWorkbookError

_MOST = 2_000
_LONGEST = 1_000
_LARGEST = 16 * 1024 * 1024
# Left, centre and right parts, fonts, sizes, colours, page numbers and the like.
_PARTED = re.compile(r"&[LCR]|[\r\n]+")
_SIGNS = re.compile(r'&(?:&|"[^"]*"|K(?:[0-9A-Fa-f]{6}|\d\d[+-]\d{3})|\d{1,3}|[A-Za-z])')


def printed_lines(written: str) -> Iterator[str]:
    """The lines of the printed page's head or foot, without the signs for its looks."""
    for part in _PARTED.split(written[:_LONGEST]):
        line = _SIGNS.sub("", part).strip()
        if line:
            yield line


def kept_comment(text: str) -> str:
    """A comment that a person may have written, as long as it is read."""
    return text.strip()[:_LONGEST]


@dataclass(slots=True)
class _Relations(Handler):
    """What a sheet is related to: kind and target of each."""

    targets: list[tuple[str, str]] = field(default_factory=list)

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.targets.append((kind, attributes.get("Target", "")))


@dataclass(slots=True)
class _Comments(Handler):
    """A part of comments: the text of each."""

    each: str = "comment"
    found: list[str] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)

    def start(self, name: str, attributes: Attributes) -> None:
        if name == self.each:
            self._text = []

    def end(self, name: str) -> None:
        text = kept_comment("".join(self._text)) if name == self.each else ""
        if text and len(self.found) < _MOST:
            self.found.append(text)

    def text(self, data: str) -> None:
        self._text.append(data)


@dataclass(slots=True)
class _Drawn(_Comments):
    """A drawing: the lines of its text boxes."""

    each: str = "p"


_KINDS: dict[str, type[_Comments]] = {"comments": _Comments, "drawing": _Drawn}


def comment_parts(package: Package, sheet: str) -> list[str]:
    """The parts that hold the comments of a sheet."""
    return [part for kind, part in _related(package, sheet) if kind == "comments"]


def comments_of(
    package: Package, sheet: str, kinds: Collection[str] = ("comments", "drawing")
) -> Iterator[str]:
    """The comments on the cells of a sheet, and the lines of text boxes over them."""
    for kind, part in _related(package, sheet):
        found = _told(_KINDS[kind], package, part) if kind in kinds else None
        yield from found.found if found else ()


def _related(package: Package, sheet: str) -> list[tuple[str, str]]:
    """Kind and name of the parts that a sheet is related to."""
    folder, name = posixpath.split(sheet)
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in package:
        return []  # nearly always
    found = _told(_Relations, package, relations)
    return [
        (kind, posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/"))
        for kind, target in (found.targets if found else ())
    ]


def _told(kind: type[H], package: Package, part: str) -> H | None:
    """A part as it is read; None where it is broken or so large that sheets would lack the
    room: figures are not lost for a comment.
    """
    if package.size(part) > _LARGEST:
        return None
    try:
        data = package.read(part)
        return parsed(kind, data, part) if data else None
    except UnreadableWorkbookError:
        return None
