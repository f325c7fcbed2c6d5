"""What a spreadsheet says outside its cells: heads of the printed page, comments."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.adapters.workbook_reading.package import Package
from pipeline.adapters.workbook_reading.xml_events import Attributes, Handler, parsed

_MOST = 2_000
_LONGEST = 1_000
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
    """The comments that a sheet is related to."""

    targets: list[str] = field(default_factory=list)

    def start(self, name: str, attributes: Attributes) -> None:
        kind = attributes.get("Type", "").rpartition("/")[2]
        if name == "Relationship" and kind == "comments":
            self.targets.append(attributes.get("Target", ""))


@dataclass(slots=True)
class _Comments(Handler):
    """A part of comments: the text of each."""

    found: list[str] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "comment":
            self._text = []

    def end(self, name: str) -> None:
        text = kept_comment("".join(self._text)) if name == "comment" else ""
        if text and len(self.found) < _MOST:
            self.found.append(text)

    def text(self, data: str) -> None:
        self._text.append(data)


def comment_parts(package: Package, sheet: str) -> list[str]:
    """The parts that hold the comments of a sheet."""
    folder, name = posixpath.split(sheet)
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in package:
        return []  # nearly always
    targets = parsed(_Relations, package.read(relations), relations).targets
    located = (posixpath.normpath(posixpath.join("/", folder, each)) for each in targets)
    return [each.lstrip("/") for each in located]


def comments_of(package: Package, sheet: str) -> Iterator[str]:
    """The comments on the cells of a sheet."""
    for part in comment_parts(package, sheet):
        data = package.read(part)
        if data:
            yield from parsed(_Comments, data, part).found
