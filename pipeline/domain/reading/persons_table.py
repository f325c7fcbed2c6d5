"""Tables of persons: a column of names beside a column of identity numbers.

Appendices are sums. Such a table is personal data that should not have come: it is told
apart by its shape, and no value of it is kept.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.reading.sheet import Cell, CellKind, Cells, Sheet, Workbook
from pipeline.domain.writing.text import match_key

LEAST_ROWS = 5
_HEADER_ROWS = 15
# Match keys ("y" as "i").
_NAME_HEADER = re.compile(r"\b(?:ho (?:va )?ten|ho ten|ten (?:nguoi|chu ho))\b")
_NUMBER_HEADER = re.compile(
    r"\b(?:cmnd|cmt|cmtnd|cccd|chung minh|can cuoc|dinh danh|giai to tui than)\b"
)
_SURNAMES = frozenset(
    (
        "nguien", "tran", "le", "pham", "hoang", "huinh", "phan", "vu", "vo", "dang",
        "bui", "do", "ho", "ngo", "duong", "li", "dao", "doan", "dinh", "truong", "trinh",
        "mai", "to", "trieu", "nong", "luong", "ma", "dam", "cao", "ha", "luu", "thai",
        "ta", "quach", "chu", "giang", "vang", "sung", "lo", "quang", "ksor", "rmah",
        "kpa", "siu", "tong", "la", "lam", "kieu", "vuong", "tang", "phung", "hua", "thach",
        "son", "kim", "lau", "mua", "tang", "ban", "phu", "chau", "danh", "i", "h", "k",
    )
)  # fmt: skip
_NAME = re.compile(r"[^\W\d_]+(?:['. -]+[^\W\d_]+){1,6}\.?")
_GAPS = re.compile(r"[\s.,-]")
_LENGTHS = (8, 9, 11, 12)
_SHORTEST, _LONGEST = min(_LENGTHS), 24
_EXPONENTS = frozenset(length - 1 for length in _LENGTHS)
Column = Mapping[int, Cell]


def persons_listed(workbook: Workbook) -> tuple[Finding, ...]:
    """A finding on each sheet in which at least five rows name a person by number."""
    return tuple(
        Finding(
            "persons-listed", Severity.ERROR, path=workbook.path, sheet=sheet.name or None
        )
        for sheet in workbook.sheets
        if _lists_persons(sheet)
    )


def _lists_persons(sheet: Sheet) -> bool:
    numbered = tuple(_numbered(sheet))
    if not numbered:
        return False
    columns: dict[int, dict[int, Cell]] = defaultdict(dict)
    for (row, column), cell in sheet.cells.items():
        if cell.kind is CellKind.TEXT:
            columns[column][row] = cell
    return any(
        _names_in(numbers, texts) >= LEAST_ROWS
        for numbers in numbered
        for column, texts in columns.items()
        if column != numbers.column
    )


@dataclass(frozen=True, slots=True)
class _Numbers:
    """A column that may hold identity numbers; `certain` that no figures look so."""

    column: int
    rows: frozenset[int]
    certain: bool


def _numbered(sheet: Sheet) -> Iterator[_Numbers]:
    """Columns with enough numbers of the length of an identity number."""
    found: dict[int, dict[int, Cell]] = defaultdict(dict)
    for row, column in _long(sheet.cells):
        cell = sheet.cells[row, column]
        if _digits(cell) in _LENGTHS:
            found[column][row] = cell
    for column, cells in found.items():
        if len(cells) < LEAST_ROWS:
            continue
        headed = _is_headed(sheet, column, min(cells), _NUMBER_HEADER)
        # no figure begins with a zero; where one was typed as a figure it is gone
        zeros = sum(cell.text.lstrip("' ").startswith("0") for cell in cells.values())
        rows = (row for row, cell in cells.items() if headed or _digits(cell) in (9, 12))
        yield _Numbers(column, frozenset(rows), headed or 2 * zeros >= len(cells))


def _long(cells: Cells) -> Sequence[tuple[int, int]]:
    """The cells of the length of an identity number: nearly none is."""
    return [
        place
        for place, (_, text, number, _, _, _) in cells.items()
        # no shorter text is that of a number with so many digits, and none has letters
        if len(text) >= _SHORTEST
        and (
            len(text) <= _LONGEST and not text[0].isalpha()
            if number is None
            else number.adjusted() in _EXPONENTS
        )
    ]


def _digits(cell: Cell) -> int:
    """How many digits a cell has when it is nothing but digits, else 0."""
    if cell.kind is CellKind.NUMBER and cell.number is not None:
        number = cell.number
        return len(str(int(number))) if number == int(number) and number > 0 else 0
    if cell.kind is not CellKind.TEXT or len(cell.text) > _LONGEST:
        return 0
    return _digits_of(cell.text)


@lru_cache(maxsize=4096)
def _digits_of(text: str) -> int:
    bare = _GAPS.sub("", text.strip().lstrip("'"))
    return len(bare) if bare.isascii() and bare.isdecimal() else 0


def _names_in(numbers: _Numbers, texts: Column) -> int:
    """In how many of the rows a column holds a person's name.

    Places are called like families: without a header the numbers must be certain.
    """
    shaped = [
        match_key(texts[row].text)
        for row in numbers.rows
        if row in texts and _NAME.fullmatch(texts[row].text.strip())
    ]
    if _is_named(min(numbers.rows, default=0), texts):
        return len(shaped)
    surnamed = {name for name in shaped if name.partition(" ")[0] in _SURNAMES}
    return len(shaped) if numbers.certain and 2 * len(surnamed) >= len(shaped) else 0


def _is_named(first: int, texts: Column) -> bool:
    return any(
        row < first and len(cell.text) < 60 and _NAME_HEADER.search(match_key(cell.text))
        for row, cell in texts.items()
    )


def _is_headed(sheet: Sheet, column: int, first: int, header: re.Pattern[str]) -> bool:
    above = range(max(0, first - _HEADER_ROWS), first)
    cells = (sheet.cells.get((row, column)) for row in above)
    return any(header.search(match_key(c.text)) for c in cells if c and len(c.text) < 60)
