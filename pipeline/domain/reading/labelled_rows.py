"""The rows of a table with their labels, broken ones joined."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from pipeline.domain.quick_making import sealed
from pipeline.domain.reading.form_match import Layout, Table
from pipeline.domain.reading.row_label import (
    FoundRow,
    Label,
    found_row,
    parents_of,
    read_label,
)
from pipeline.domain.reading.sheet import Cell, CellKind
from pipeline.domain.writing.text import compose

_CODE = re.compile(r"\(?(?:[IVX]{1,5}|[A-Za-z]|\d{1,3})(?:\.\d{1,3})*[.)]?|[-+*]")
_TEXT = CellKind.TEXT
_MOST_REMEMBERED = 300
Labelled = tuple[int, str, Label, Mapping[int, Cell]]


def found_rows(table: Table, layout: Layout) -> tuple[FoundRow, ...]:
    """The rows of a table that have a label, top to bottom."""
    rows = list(_labelled(table, layout))
    parents = parents_of([label for _, _, label, _ in rows])
    values = {match.sheet_column for match in layout.values}
    filled = values | {match.sheet_column for match in layout.derived} | {layout.unit}
    alone = [filled.isdisjoint(cells) for *_, cells in rows]
    joined = [
        _joined(rows, at, alone)
        if (at and alone[at - 1]) or (at + 1 < len(rows) and alone[at + 1])
        else (None, None)  # nearly always
        for at in range(len(rows))
    ]
    below = _figures_below(table, rows, values)
    unit = layout.unit
    found = [
        found_row(
            below.get(row, row),
            text,
            label,
            joined[at][0],
            "" if unit is None else _text(cells.get(unit)),
            parents[at],
            row in below or not values.isdisjoint(cells),
            joined[at][1],
        )
        for at, (row, text, label, cells) in enumerate(rows)
    ]
    return tuple(sealed(FoundRow, found))


def _figures_below(
    table: Table, rows: Sequence[Labelled], values: set[int]
) -> dict[int, int]:
    """Labels without a figure where most of the figures stand in the next row, and no
    label beside them.
    """  # fmt: skip
    labelled = {row for row, _, _, _ in rows}
    below = {}
    for row, _, _, cells in rows:
        if row + 1 in labelled or row == table.body_bottom:
            continue  # nearly always
        found = sum((row + 1, column) in table.sheet.cells for column in values)
        if 2 * found > len(values) and values.isdisjoint(cells):
            below[row] = row + 1
    return below


def _labelled(table: Table, layout: Layout) -> Iterator[Labelled]:
    at_code, labels = layout.code, layout.labels
    for row, line in table.body():
        cells = dict(line)
        code = None if at_code is None else cells.get(at_code)
        beside = [cells[at] for at in labels if at in cells]
        texts = tuple([text for kind, text, *_ in beside if kind is _TEXT and text])
        known = _known("" if code is None else code.text, texts)
        if known is not None:
            text, label = known
            yield row, text, label, cells


def _known(code: str, texts: tuple[str, ...]) -> tuple[str, Label] | None:
    """The text of a row and its label; None where it has none."""
    short = sum(map(len, texts)) + len(code) <= _MOST_REMEMBERED
    return (_remembered if short else _remembered.__wrapped__)(code, texts)


@lru_cache(maxsize=4096)
def _remembered(code: str, texts: tuple[str, ...]) -> tuple[str, Label] | None:
    code, text = _code_and_label(compose(code), texts)
    return (compose(text), read_label(text, code)) if text else None


def _code_and_label(code: str, texts: Sequence[str]) -> tuple[str, str]:
    if len(texts) > 1 and not code and _CODE.fullmatch(texts[0].strip()):
        code, texts = texts[0], texts[1:]
    if not texts and code and not _CODE.fullmatch(code):
        return "", code  # a heading typed into the code column
    return code if _CODE.fullmatch(code) else "", " ".join(texts)


def _text(cell: Cell | None) -> str:
    return "" if cell is None else compose(cell.text)


def _joined(
    rows: Sequence[Labelled], at: int, alone: Sequence[bool]
) -> tuple[Label | None, int | None]:
    """The label with the one before or after it, when they may be one broken in two,
    and the row of that one.

    One of the two rows must hold nothing but its label (and scribble right of the table),
    as `alone` says of each; the other one speaks for both.
    """  # fmt: skip
    row, text, label, _ = rows[at]
    if at and rows[at - 1][0] == row - 1 and _runs_on(text, label):
        _, before, above, _ = rows[at - 1]
        if alone[at - 1]:
            return read_label(f"{before} {text}", above.code), row - 1
    if at + 1 < len(rows) and rows[at + 1][0] == row + 1:
        _, after, below, _ = rows[at + 1]
        if _runs_on(after, below) and alone[at + 1]:
            return read_label(f"{text} {after}", label.code), row + 1
    return None, None


def _runs_on(text: str, label: Label) -> bool:
    """Whether a label may be the rest of the one above it, which proves to be so only
    when the two together are one of the form's.
    """  # fmt: skip
    return not label.code and text[:1] not in "+*•"
