"""Lines above and below a table that say what its figures are counted in."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from pipeline.domain.plan.plan_round import Unit
from pipeline.domain.reading.form_match import Table
from pipeline.domain.reading.sheet import CellKind
from pipeline.domain.reading.unit_spelling import (
    ALONE,
    LONGEST_REMEMBERED,
    Sized,
    sized,
    told_apart,
)
from pipeline.domain.reading.units import Units
from pipeline.domain.writing.text import compose, unmarked

# matched without diacritics: a whole sheet may be typed without them
_NAMED = r"(?<![a-z])(?:don\s+vi(?:\s+tinh)?|dvt|d/?v(?:\s+tinh)?)"
_SIZE = r"(?:ngh?in|ngan|trieu|tr|t[yi]|1[.,]?000|10\^\d|x\s?10)"
_DECLARES = re.compile(
    rf"(?:(?P<named>{_NAMED})(?:\s*[:.\-=(]|\s+la\b|(?<=tinh)\b|(?<=dvt)\b"
    rf"|\s(?={_SIZE}\b))"
    r"|(?<![a-z])tinh\s+(?:bang|theo)\b)\s*:?\s*(?:don vi )?(?P<rest>.+)"
)
_BARE = re.compile(rf"\(?{_NAMED} ?:?")
_LONGEST_NAMED = 24
BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]")
# a size behind a header or a label that does not say of what: "KH 2014 (x1000)"
_TIMES = re.compile(
    r"(?<![a-z0-9])[x×*/] ?(1[., ]?000(?:[., ]?000)*)$|[-–,:;/] ?(nghin|ngan|trieu|t[yi])$"
)
_UNCLEAR = ["van", "dong"]
_LEAST_SIZE = 1000
_PREFIX = re.compile(rf"^\s*(?:{_NAMED}|tinh\s+bang\b)\s*[:.]?\s*")
_PARTS = re.compile(r"(?<!\d),|,(?!\d{3})|[;(]| va | - | (?:ngoai )?tru ")
_EXCEPTS = re.compile(r"[ (,;](?:ngoai )?(?:tru (?!luong)|rieng )")
_EXCEPTED = re.compile(r"[:,;()]| la | tinh (?:bang|theo) ")
# a size and what is counted, one of them in brackets: "nghìn (người)", "người (x1000)"
_APART = re.compile(r"([^()]+)\(([^()]+)\)[ .]*")
_MOST_WORDS = 4
_NOTE = re.compile(
    r" ?(?:[-–+•] ?)?(?:(?:ghi chu|chu thich|luu y|g/c)\b ?[:.-]? ?)?(?:[-–+•] ?)?"
    r"(?P<mark>\(\*{1,3}\)|\*{1,3}|\(\d{1,2}\))?[ :.]*(?P<rest>.*)"
)
_NOTED = re.compile(r" ?(?:[-–+•] ?)?(?:ghi chu\b|chu thich\b|luu y\b|g/c\b|\(\*)")
_ARE = re.compile(r"\bso lieu\b.{0,40}\b(?:la|theo|bang)\s+(.+)")
# what a note may say before the unit when it speaks of the whole table
_OF_ALL = frozenset(
    (
        "so", "lieu", "cac", "chi", "tieu", "tren", "trong", "bang", "bieu", "nay", "duoc",
        "deu", "la", "don", "vi", "dvt", "ghi", "chu", "thich", "luu", "y", "phu", "luc",
        "mau", "toan", "bo", "tat", "ca", "tinh", "theo", "co", "cua",
    )
)  # fmt: skip
_FOOT_ROWS = 30
# where a line may begin anew to say what it counts in: "Số liệu: nghìn người/năm"
_PIECES = re.compile(
    r"[:;,()\[\]/–—]|\s-\s|(?<![a-z])(?:theo|bang|la|don vi(?: tinh)?|dvt)(?![a-z])"
)


class Said(NamedTuple):
    """What a line declares, whole and in parts ("người, %"); `before` is its beginning.

    `sure` says that units are what it speaks of, and no unit of administration;
    `excepted` is what is said of rows that are left out.
    """

    parts: tuple[str, ...]
    sure: bool = False
    before: str = ""
    excepted: tuple[str, ...] = ()

    def sizes(self) -> Iterator[str]:
        """The parts that begin with a size."""
        for part in self.parts:
            found = sized(part) if len(part.split()) <= _MOST_WORDS else None
            if found and (not found.counted or self.sure or found.is_plain):
                yield part


_NOTHING = Said(())


class Note(NamedTuple):
    """A unit told below a table: for all of it, for the rows that bear a `mark`, or
    `limited` to what nobody can tell from here.
    """

    unit: Unit
    mark: str
    limited: bool


def declared_in(line: str) -> Said:
    """What a line declares, if anything."""
    return _declared_in(line) if len(line) > LONGEST_REMEMBERED else _remembered(line)


def _declared_in(line: str) -> Said:
    found = _DECLARES.search(unmarked(line))
    if found is None:
        return _NOTHING
    named = found["named"] or ""
    sure = "tinh" in named or "dvt" in named
    before, rest = found.string[: found.start()], found["rest"]
    apart = _EXCEPTS.search(rest)
    if apart is None:
        return Said(_split(_joined(rest)), sure, before)
    excepted = tuple(_EXCEPTED.split(rest[apart.end() :]))
    return Said(_split(_joined(rest[: apart.start()])), sure, before, excepted)


_remembered = lru_cache(maxsize=2048)(_declared_in)


def _joined(text: str) -> str:
    """A size and what is counted without the brackets between them."""
    apart = _APART.fullmatch(text)
    if apart is None:
        return text
    sizes = [found for found in map(sized, apart.groups()) if found]
    bare = len(sizes) == 1 and not sizes[0].counted and ALONE.issuperset(sizes[0].scales)
    return f"{apart[1].strip()} {apart[2].strip()}" if bare else text


def _split(text: str) -> tuple[str, ...]:
    parts = [part for part in _PARTS.split(text) if part.strip() != text.strip()]
    again = [found["rest"] for part in parts if (found := _DECLARES.search(part))]
    return text, *parts, *again


def mentioned_in(units: Units, line: str) -> tuple[Unit, ...]:
    """The sizes of units that pieces of a line are, where it declares none: "Nghìn người,
    tỷ lệ %". Not "500 nghìn người", and not "hàng nghìn người".
    """  # fmt: skip
    if len(line) > LONGEST_REMEMBERED:
        return ()
    return _mentioned_in(units, line)


@lru_cache(maxsize=2048)
def _mentioned_in(units: Units, line: str) -> tuple[Unit, ...]:
    pieces = (piece.strip() for piece in _PIECES.split(unmarked(compose(line))))
    found = (units.find(piece) for piece in pieces if piece and sized(piece))
    return tuple(unit for unit in found if unit is not None and unit.factor != 1)


def asks_for_unit(line: str) -> bool:
    """Whether a line says no more than that a unit stands beside it: "Đơn vị tính:"."""
    return len(line) <= _LONGEST_NAMED and _BARE.fullmatch(unmarked(line)) is not None


def in_brackets(units: Units, text: str) -> Unit | None:
    """The unit in the brackets of a header or label."""
    if "(" not in text and "[" not in text:
        return None
    known = len(text) <= LONGEST_REMEMBERED
    return (_in_brackets if known else _in_brackets.__wrapped__)(units, text)


@lru_cache(maxsize=2048)
def _in_brackets(units: Units, text: str) -> Unit | None:
    for bracketed in BRACKETS.findall(told_apart(text)):
        unit = units.find(_PREFIX.sub("", unmarked(bracketed)))
        if unit is not None:
            return unit
    return None


class Beside(NamedTuple):
    """What a header or a label says of its unit: one, or a `size` but not of what."""

    unit: Unit | None = None
    size: str = ""


def told_beside(units: Units, text: str) -> Beside | None:
    """The unit in the brackets of a header or label, or that it ends in, if any."""
    if len(text) > LONGEST_REMEMBERED:
        unit = in_brackets(units, text)
        return Beside(unit) if unit else None
    return _told_beside(units, text)


@lru_cache(maxsize=4096)
def _told_beside(units: Units, text: str) -> Beside | None:
    unclear = _unclear(text)
    unit = None if unclear else in_brackets(units, text) or units.at_end(text)
    if unit is not None:
        return Beside(unit)
    size = unclear or _size_beside(units, text)
    return Beside(size=size) if size else None


def _unclear(text: str) -> str:
    """The end of a text that is typed without marks: "em vận động" (raised), or "2013 vạn
    đồng" (ten thousand đồng).
    """
    words = compose(text).lower().rstrip(" .:;").split()
    return " ".join(words[-3:]) if len(words) > 2 and words[-2:] == _UNCLEAR else ""


def _size_beside(units: Units, text: str) -> str:
    bare = unmarked(compose(text))
    for bracketed in BRACKETS.findall(bare):
        said = _PREFIX.sub("", bracketed)
        found = sized(said)
        if found and found.factor >= _LEAST_SIZE and _says_no_more(found):
            return str(bracketed)
        if units.cut_short(said):
            return said
    times = _TIMES.search(bare)
    return (times[1] or times[2]) if times else ""


def _says_no_more(found: Sized) -> bool:
    """Whether nothing is counted, or something in one word that is no unit: "1000 hé" is
    what a wrong font makes of "1000 hộ".
    """
    sure = ALONE.issuperset(found.scales) and " " not in found.counted
    return not found.counted or sure


def is_note(line: str) -> bool:
    """Whether a line is a note to what stands above it."""
    return _NOTED.match(unmarked(compose(line))) is not None


def notes_below(table: Table, last: int, units: Units) -> Iterator[Note]:
    """The units told below the last row of a form."""
    below = (row for row in table.rows if last < row <= table.foot_bottom)
    for row in islice(below, _FOOT_ROWS):
        for _, cell in table.rows[row]:
            if cell.kind is CellKind.TEXT and (not table.followed or is_note(cell.text)):
                yield from notes_in(units, cell.text)


def notes_in(units: Units, line: str) -> Iterator[Note]:
    """The units that a note tells."""
    if len(line) > LONGEST_REMEMBERED:
        yield from _noted.__wrapped__(units, line)
    else:
        yield from _noted(units, line)


@lru_cache(maxsize=2048)
def _noted(units: Units, line: str) -> tuple[Note, ...]:
    found = _NOTE.match(unmarked(told_apart(line)))
    if found is None:
        return ()
    mark, rest = found["mark"] or "", found["rest"]
    alone = units.find(rest) if rest else None
    if alone is not None:
        return (Note(alone, mark, limited=False),)
    said = _declared_in(rest)
    are = None if said.parts else _ARE.search(rest)
    if are is not None:
        said = Said(_split(are[1]))
    of_all = _OF_ALL.issuperset(re.findall(r"[a-z0-9]+", said.before))
    limited = bool(said.excepted) or not of_all
    told = {unit.name: unit for part in said.parts if (unit := units.find(part))}
    for part in said.excepted:
        unit = units.find(part) or units.at_end(part)
        if unit is not None:
            told.setdefault(unit.name, unit)
    return tuple(Note(unit, mark, limited) for unit in told.values())
