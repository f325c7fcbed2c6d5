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
    NAMED,
    may_be_amount,
    sized,
    told_apart,
)
from pipeline.domain.reading.units import Units
from pipeline.domain.writing.text import compose, unmarked

_SIZE = r"(?:ngh?in|ngan|trieu|tr|t[yi]|1[.,]?000|10\^\d|x\s?10)"
_DECLARES = re.compile(
    rf"(?:(?P<named>{NAMED})(?:\s*[:.\-=(]|\s+la\b|(?<=tinh)\b|(?<=dvt)\b"
    rf"|\s(?={_SIZE}\b))"
    r"|(?<![a-z])tinh\s+(?:bang|theo)\b)\s*:?\s*(?:don vi )?(?P<rest>.+)"
)
_BARE = re.compile(rf"\(?{NAMED} ?:?")
_LONGEST_NAMED = 24
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
    found = _DECLARES.search(unmarked(told_apart(line)))
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
    pieces = (piece.strip() for piece in _PIECES.split(unmarked(told_apart(line))))
    found = (
        units.find(piece)
        for piece in pieces
        if piece and sized(piece) and not may_be_amount(piece)
    )
    return tuple(unit for unit in found if unit is not None and unit.factor != 1)


def asks_for_unit(line: str) -> bool:
    """Whether a line says no more than that a unit stands beside it: "Đơn vị tính:"."""
    return len(line) <= _LONGEST_NAMED and _BARE.fullmatch(unmarked(line)) is not None


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
