"""The parts of an .xlsx package beside its sheets: list of sheets, styles, strings."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.adapters.workbook_reading.package import Package
from pipeline.adapters.workbook_reading.xml_events import (
    Attributes,
    Handler,
    local,
    parse,
    parsed,
)
from pipeline.domain.writing.legacy_text import Run
from pipeline.domain.writing.text import match_key

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LITERAL = re.compile(r'"([^"]*)"')
_SCALES = frozenset(("nghin", "ngan", "trieu", "tr", "trd", "ti", "van"))
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\[\]]*\]|_.')
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_WHOLE = re.compile("[0-9]+")
_PERCENT_FORMATS = frozenset((9, 10))


def unescaped(text: str) -> str:
    """Text with the escapes of the format (_x000D_) turned into characters."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)


@dataclass(frozen=True, slots=True)
class Style:
    """What matters of a cell's style; `scale` is a word of size that its format adds."""

    font: str | None = None
    percent: bool = False
    date: bool = False
    scale: str = ""


_PLAIN = Style()


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
        return Style(
            font=self._fonts[font] if 0 <= font < len(self._fonts) else None,
            percent=is_percent(number, self._formats.get(number, "")),
            date=is_date(number, self._formats.get(number, "")),
            scale=scale_of(self._formats.get(number, "")),
        )


def is_percent(number: int, code: str) -> bool:
    """Whether a number format shows the value times 100."""
    return "%" in _QUOTED.sub("", code) if code else number in _PERCENT_FORMATS


def scale_of(code: str) -> str:
    """What a number format writes behind the digits when it speaks of their size.

    `#,##0" nghìn"` shows 12 as "12 nghìn": who reads the sheet sees twelve thousand.
    """
    for found in _LITERAL.finditer(code.partition(";")[0]):
        literal: str = found[1]
        if _SCALES & set(match_key(literal).split()):
            return literal.strip()
    return ""


def is_date(number: int, code: str) -> bool:
    """Whether a number format shows a date or a time."""
    if not code:
        return number in _DATE_FORMATS
    bare = _QUOTED.sub("", code.partition(";")[0]).lower().replace("general", "")
    return any(letter in bare for letter in "ymdhs") and not set("0#?") & set(
        bare.replace(".0", "")
    )


def style_at(styles: Sequence[Style], written: str) -> Style:
    """The style that a cell names by its number, or one that says nothing."""
    number = whole(written) or 0
    return styles[number] if number < len(styles) else _PLAIN


def whole(written: str) -> int | None:
    """A number of nothing but a few digits."""
    return int(written) if len(written) < 10 and _WHOLE.fullmatch(written) else None


def _integer(text: str | None) -> int:
    try:
        return int(text or 0)
    except ValueError:
        return 0


@dataclass(frozen=True, slots=True)
class SharedString:
    """A string of the shared table; `runs` where fonts change inside it."""

    text: str
    runs: tuple[Run, ...] = ()


@dataclass(slots=True)
class Strings(Handler):
    """sharedStrings.xml: every string, phonetic guides left out."""

    strings: list[SharedString] = field(default_factory=list)
    _runs: list[Run] = field(default_factory=list)
    _font: str | None = None
    _text: list[str] = field(default_factory=list)
    _phonetic: bool = False
    _reading: bool = False
    _rich: bool = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "si":
            self._runs, self._font, self._rich = [], None, False
        elif name == "r":
            self._font, self._rich = None, True
        elif name == "rFont":
            self._font = attributes.get("val")
        elif name == "rPh":
            self._phonetic = True
        elif name == "t":
            self._reading, self._text = not self._phonetic, []

    def end(self, name: str) -> None:
        if name == "t" and self._reading:
            self._runs.append((unescaped("".join(self._text)), self._font))
            self._reading = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            text = "".join(part for part, _ in self._runs)
            runs = tuple(self._runs) if self._rich else ()
            self.strings.append(SharedString(text, runs))

    def text(self, data: str) -> None:
        if self._reading:
            self._text.append(data)


@dataclass(frozen=True, slots=True)
class Parts:
    """All that the sheets need from the rest of the package."""

    sheets: tuple[SheetPart, ...]
    styles: tuple[Style, ...]
    strings: tuple[SharedString, ...]
    recalculates: bool
    macros: bool


def read_parts(package: Package) -> Parts:
    """Sheets, styles and strings of a package, whichever namespace it is written in."""
    root = _relations(package, "", "_rels/.rels")
    book_part = next(
        (target for kind, target in root.values() if kind == "officeDocument"),
        "xl/workbook.xml",
    )
    folder = posixpath.dirname(book_part.lstrip("/"))
    name = posixpath.basename(book_part)
    relations = _relations(package, folder, posixpath.join(folder, "_rels", f"{name}.rels"))
    book = parsed(Book, package.read(book_part), book_part)
    strings = Strings()
    for part in _of_kind(package, relations, "sharedStrings"):
        parse(package.read(part), strings, part)
    return Parts(
        sheets=tuple(
            SheetPart(title, relations[relation][1], hidden)
            for title, relation, hidden in book.listed
            if relation in relations and relations[relation][0] == "worksheet"
        ),
        styles=_styles(package, relations),
        strings=tuple(strings.strings),
        recalculates=book.recalculates,
        macros=any(part.endswith("vbaproject.bin") for part in package.names()),
    )


def _styles(package: Package, relations: Targets) -> tuple[Style, ...]:
    parts = _of_kind(package, relations, "styles")
    if len(parts) == 1:
        return tuple(parsed(Styles, package.read(parts[0]), parts[0]).styles)
    together = Styles()
    for part in parts:
        parse(package.read(part), together, part)
    return tuple(together.styles)


def _of_kind(package: Package, relations: Targets, kind: str) -> list[str]:
    return [part for found, part in relations.values() if found == kind and part in package]


def _relations(package: Package, folder: str, part: str) -> Targets:
    """Relations of a part with their targets made absolute in the package."""
    if part not in package:
        return {}
    written = parsed(Relations, package.read(part), part).targets
    return {
        key: (kind, posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/"))
        for key, (kind, target) in written.items()
    }
