"""The parts of an .xlsx package beside its sheets: list of sheets, styles, strings."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from pipeline.adapters.workbook_reading.number_formats import Scale, look_of
from pipeline.adapters.workbook_reading.package import Package
from pipeline.adapters.workbook_reading.seen_pieces import Found, SeenPieces, seen_under
from pipeline.adapters.workbook_reading.shared_strings import SharedString, Strings
from pipeline.adapters.workbook_reading.xml_events import (
    Attributes,
    Handler,
    local,
    parse,
    parsed,
    whole,
)


@dataclass(frozen=True, slots=True)
class Style:
    """What matters of a cell's style; `scale` is a word of size that its format adds."""

    font: str | None = None
    percent: bool = False
    date: bool = False
    scale: Scale = ""


_PLAIN = Style()
_MOST_HELD, _MOST_HELD_FONTS = 10_000, 200_000


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet as the workbook part lists it."""

    name: str
    part: str
    hidden: bool


@dataclass(slots=True)
class Book(Handler):
    """workbook.xml: the sheets in order with their relation ids."""

    listed: list[tuple[str, str, bool]] = field(default_factory=list)
    recalculates: bool = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sheet":
            state = attributes.get("state", "visible")
            relation = local(attributes, "id") or ""
            self.listed.append((attributes.get("name", ""), relation, state != "visible"))
        elif name == "calcPr":
            self.recalculates = attributes.get("fullCalcOnLoad") in ("1", "true")


Targets = dict[str, tuple[str, str]]
# Sheets with cells; a dialog of Excel 5 and a macro sheet are built like any other.
WITH_CELLS = frozenset(("worksheet", "dialogsheet", "xlMacrosheet", "xlIntlMacrosheet"))


@dataclass(slots=True)
class Relations(Handler):
    """A .rels part: relation id to (type, target)."""

    targets: Targets = field(default_factory=dict)

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.targets[attributes.get("Id", "")] = (kind, attributes.get("Target", ""))


@dataclass(slots=True)
class Styles(Handler):
    """styles.xml: for each cell format its font and the nature of its number format."""

    styles: list[Style] = field(default_factory=list)
    _fonts: list[str | None] = field(default_factory=list)
    _formats: dict[int, str] = field(default_factory=dict)
    _inside: list[str] = field(default_factory=list)

    def start(self, name: str, attributes: Attributes) -> None:
        parent = self._inside[-1] if self._inside else ""
        self._inside.append(name)
        if name == "font" and parent == "fonts":
            self._fonts.append(None)
        elif name == "name" and parent == "font" and self._fonts:
            self._fonts[-1] = attributes.get("val")
        elif name == "numFmt" and parent == "numFmts":
            number = _integer(attributes.get("numFmtId"))
            self._formats[number] = attributes.get("formatCode", "")
        elif name == "xf" and parent == "cellXfs":
            self.styles.append(self._style(attributes))

    def end(self, name: str) -> None:
        self._inside.pop()

    def _style(self, attributes: Attributes) -> Style:
        font = _integer(attributes.get("fontId"))
        number = _integer(attributes.get("numFmtId"))
        name = self._fonts[font] if 0 <= font < len(self._fonts) else None
        return Style(name, *look_of(number, self._formats.get(number, "")))


def _are_few(styles: Sequence[Style]) -> bool:
    """Whether styles may be held beyond their file: a province's fonts have short names."""
    fonts = sum(len(style.font) for style in styles if style.font)
    return len(styles) <= _MOST_HELD and fonts <= _MOST_HELD_FONTS


def style_at(styles: Sequence[Style], written: str) -> Style:
    """The style that a cell names by its number, or one that says nothing."""
    number = whole(written) or 0
    return styles[number] if number < len(styles) else _PLAIN


def _integer(text: str | None) -> int:
    try:
        return int(text or 0)
    except ValueError:
        return 0


@dataclass(frozen=True, slots=True)
class Parts:
    """All that the sheets need from the rest of the package.

    `seen` are pieces of sheets with these styles, `texts` those that name a string.
    """

    sheets: tuple[SheetPart, ...]
    styles: tuple[Style, ...]
    strings: tuple[SharedString, ...]
    recalculates: bool
    macros: bool
    lost: bool = False  # a sheet is listed of which there is no part
    seen: SeenPieces = field(default_factory=SeenPieces, compare=False, repr=False)
    texts: dict[bytes, Found] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class BinaryParts:
    """Where the parts of a binary workbook are; `sheets` with cells by their relation."""

    book: str
    styles: str
    strings: str
    sheets: Targets
    folder: str

    def sheet(self, relation: str, number: int) -> tuple[str, str]:
        """Kind and part of the sheet listed in this place."""
        usual = f"{self.folder}/worksheets/sheet{number}.bin"
        return self.sheets.get(relation, ("worksheet", usual))


def binary_parts(package: Package) -> BinaryParts:
    """The parts of an .xlsb, found like those of its sister in XML."""
    book, folder, relations = _main(package, "xl/workbook.bin")

    def of_kind(kind: str) -> str:
        return next(iter(_of_kind(package, relations, kind, f"{folder}/{kind}.bin")), "")

    styles, strings = map(of_kind, ("styles", "sharedStrings"))
    return BinaryParts(book, styles, strings, relations, folder)


def _main(package: Package, usual: str) -> tuple[str, str, Targets]:
    """The workbook's own part, its folder and what it is related to."""
    root = _relations(package, "", "_rels/.rels")
    part = next(
        (target for kind, target in root.values() if kind == "officeDocument"), usual
    )
    folder = posixpath.dirname(part.lstrip("/"))
    rels = posixpath.join(folder, "_rels", f"{posixpath.basename(part)}.rels")
    return part, folder, _relations(package, folder, rels)


def read_parts(package: Package) -> Parts:
    """Sheets, styles and strings of a package, whichever namespace it is written in."""
    book_part, folder, relations = _main(package, "xl/workbook.xml")
    book = parsed(Book, package.read(book_part), book_part)
    strings = Strings()
    for part in _of_kind(
        package, relations, "sharedStrings", f"{folder}/sharedStrings.xml"
    ):
        parse(package.read(part), strings, part)
    listed = [
        (title, relations.get(relation) or ("worksheet", _usual(folder, number)), hidden)
        for number, (title, relation, hidden) in enumerate(book.listed, 1)
    ]
    sheets = tuple(
        SheetPart(title, part, hidden)
        for title, (kind, part), hidden in listed
        if kind in WITH_CELLS
    )
    styles = _styles(package, relations, folder)
    return Parts(
        sheets=sheets,
        styles=styles,
        strings=tuple(strings.strings),
        recalculates=book.recalculates,
        macros=any(part.endswith("vbaproject.bin") for part in package.names()),
        lost=not listed or any(sheet.part not in package for sheet in sheets),
        seen=seen_under(styles) if _are_few(styles) else SeenPieces(),
    )


def _usual(folder: str, number: int) -> str:
    """Where a sheet is to be found whose relation is lost."""
    return f"{folder}/worksheets/sheet{number}.xml"


def _styles(package: Package, relations: Targets, folder: str) -> tuple[Style, ...]:
    parts = _of_kind(package, relations, "styles", f"{folder}/styles.xml")
    if len(parts) == 1:
        return tuple(parsed(Styles, package.read(parts[0]), parts[0]).styles)
    together = Styles()
    for part in parts:
        parse(package.read(part), together, part)
    return tuple(together.styles)


def _of_kind(package: Package, relations: Targets, kind: str, usual: str) -> list[str]:
    """The parts of a kind; without a relation, the one of the usual name."""
    named = [part for found, part in relations.values() if found == kind]
    return [part for part in named or [usual] if part in package]


def _relations(package: Package, folder: str, part: str) -> Targets:
    """Relations of a part with their targets made absolute in the package."""
    if part not in package:
        return {}
    written = parsed(Relations, package.read(part), part).targets
    return {
        key: (kind, _located(package, folder, target))
        for key, (kind, target) in written.items()
    }


def _located(package: Package, folder: str, target: str) -> str:
    """Where a target is, also when it is quoted or counted from the root by mistake."""
    first = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
    if first in package:
        return first
    bare = posixpath.normpath(posixpath.join("/", target)).lstrip("/")
    others = (unquote(first), bare, unquote(bare))
    return next((other for other in others if other in package), first)
