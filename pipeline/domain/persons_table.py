"""Tables of persons: a column of names beside a column of identity numbers.

Appendices are sums. Such a table is personal data that should not have come: it is told
apart by its shape, and no value of it is kept.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from pipeline.domain.finding import Finding, Severity
from pipeline.domain.sheet import Cell, CellKind, Sheet, Workbook
from pipeline.domain.text import match_key

LEAST_ROWS = 5
_HEADER_ROWS = 15
# Match keys ("y" as "i").
_NAME_HEADER = re.compile(r"\b(?:ho (?:va )?ten|ho ten|ten (?:nguoi|doi tuong|chu ho))\b")
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
    numbered = {column: rows for column, rows in _numbered(sheet) if rows}
    if not numbered:
        return False
    columns: dict[int, dict[int, Cell]] = defaultdict(dict)
    for (row, column), cell in sheet.cells.items():
        if cell.kind is CellKind.TEXT:
            columns[column][row] = cell
    return any(
        _names_in(rows, texts) >= LEAST_ROWS
        for column, rows in numbered.items()
        for other, texts in columns.items()
        if other != column
    )


def _numbered(sheet: Sheet) -> Iterator[tuple[int, frozenset[int]]]:
    """Columns with enough identity numbers, each with the rows they stand in."""
    found: dict[int, dict[int, bool]] = defaultdict(dict)
    for (row, column), cell in sheet.cells.items():
        digits = _digits(cell)
        if digits in (8, 9, 11, 12):
            found[column][row] = digits in (9, 12)
    for column, rows in found.items():
        if len(rows) < LEAST_ROWS:
            continue
        # a spreadsheet drops the zero that a number begins with
        headed = _is_headed(sheet, column, min(rows), _NUMBER_HEADER)
        yield column, frozenset(row for row, whole in rows.items() if whole or headed)


def _digits(cell: Cell) -> int:
    """How many digits a cell has when it is nothing but digits, else 0."""
    if cell.kind is CellKind.NUMBER and cell.number is not None:
        number = cell.number
        return len(str(int(number))) if number == int(number) and number > 0 else 0
    if cell.kind is not CellKind.TEXT or len(cell.text) > 24:
        return 0
    bare = _GAPS.sub("", cell.text.strip().lstrip("'"))
    return len(bare) if bare.isascii() and bare.isdecimal() else 0


def _names_in(rows: frozenset[int], texts: Column) -> int:
    """In how many of the rows a column holds a person's name."""
    surnamed = 0
    shaped = 0
    for row in rows:
        text = texts[row].text.strip() if row in texts else ""
        if _NAME.fullmatch(text):
            shaped += 1
            surnamed += match_key(text).partition(" ")[0] in _SURNAMES
    headed = any(
        _NAME_HEADER.search(match_key(cell.text))
        for row, cell in texts.items()
        if row < min(rows) and len(cell.text) < 60
    )
    return shaped if headed or 2 * surnamed >= shaped else 0


def _is_headed(sheet: Sheet, column: int, first: int, header: re.Pattern[str]) -> bool:
    above = range(max(0, first - _HEADER_ROWS), first)
    cells = (sheet.cells.get((row, column)) for row in above)
    return any(header.search(match_key(c.text)) for c in cells if c and len(c.text) < 60)
