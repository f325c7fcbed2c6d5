"""Where the tables of a sheet are: headers, index rows, bodies, titles."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from pipeline.domain.reading.cell_words import (
    YEAR,
    known_texts,
    reads_as_figure,
    words_of_header,
)
from pipeline.domain.reading.form_match import Rows, Table
from pipeline.domain.reading.header import Signature, read_header
from pipeline.domain.reading.header_paths import header_path
from pipeline.domain.reading.sheet import Cell, CellKind, Sheet, Span
from pipeline.domain.reading.sheet_rows import by_row
from pipeline.domain.reading.unit_lines import is_note
from pipeline.domain.reading.unit_spelling import POWERS, is_size_alone
from pipeline.domain.writing.text import compose, match_key

_LONGEST_NAME = 30
_MOST_HEADER_ROWS = 5
_TITLE_ROWS = 15
_MOST_TABLES = 60
_WIDEST = 120
_FIRST_YEAR, _LAST_YEAR = Decimal(1990), Decimal(2100)
_YEAR_DIGITS = 4
_TEXT, _NUMBER = CellKind.TEXT, CellKind.NUMBER
_INDEX = re.compile(
    r"\(?\[?(?:\d{1,2}|[A-Z]|[IVX]{1,4})\]?\)?(?:\s*=.*)?|\(?\d+\)?\s*[=:/+*-].*"
)


def find_tables(sheet: Sheet, words: frozenset[str]) -> tuple[Table, ...]:
    """The tables of a sheet, top to bottom.

    `words` are the header texts of the round's label, code, unit and note columns, as
    `read_header(...).text` gives them.
    """
    rows = by_row(sheet)
    finder = _Finder(sheet, rows, words)
    bands = list(finder.bands())
    tables = []
    for n, (top, bottom) in enumerate(bands):
        end = bands[n + 1][0] - 1 if n + 1 < len(bands) else max(rows)
        start = bands[n - 1][1] + 1 if n else 0
        tables.append(finder.table(top, bottom, end, start))
    return tuple(tables)


def header_text(cell: Cell | None) -> str:
    """What a cell may say in a header: a short text, or a year; else nothing."""
    if cell is None:
        return ""
    kind, text, number, *_ = cell
    if kind is _NUMBER and number is not None:
        return text if _is_year(number) else ""
    return words_of_header(text) if kind is _TEXT else ""


def _is_year(number: Decimal) -> bool:
    return _FIRST_YEAR <= number <= _LAST_YEAR and number == number.to_integral_value()


def _splits(cell: Cell) -> bool:
    """Whether a text names a part of what its group counts: "NSTW", "Nữ"."""
    text = header_text(cell)
    return len(text) <= _LONGEST_NAME and bool(text and read_header(text).scopes)


def is_figure(cell: Cell) -> bool:
    """Whether a cell holds something that is read as a figure (years are not)."""
    kind, text, *_ = cell
    return reads_as_figure(text) if kind is _TEXT else not header_text(cell)


def _titles(cell: Cell, *, below: bool) -> bool:
    """Whether a cell above a header is a line of its title; a note is of a table above."""
    return cell.kind is _TEXT and not (below and is_note(cell.text))


def is_index_row(cells: Sequence[tuple[int, Cell]]) -> bool:
    """Whether a row only numbers the columns: 1, 2, 3 = 1 + 2."""
    texts = (compose(cell.text) for _, cell in cells)
    return len(cells) >= 3 and all(_INDEX.fullmatch(text) for text in texts if text)


class _Finder:
    def __init__(self, sheet: Sheet, rows: Rows, words: frozenset[str]) -> None:
        self._sheet = sheet
        self._rows = rows
        self._words = words
        self._texts = known_texts(words)
        # by row: the cells that may stand in a header, and whether a signature begins
        self._marks: dict[int, list[tuple[int, Signature]]] = {}
        self._signing: list[int] = []
        self._look()
        self._spans = [span for span in sheet.merged if span.right - span.left < 1024]

    def bands(self) -> Iterator[tuple[int, int]]:
        """First and last row of each header."""
        last = -1
        found = 0
        for row in self._rows:
            if row > last and found < _MOST_TABLES and self._starts(row):
                found += 1
                top = self._upwards(row, last)
                last = self._downwards(row)
                yield top, last

    def _look(self) -> None:
        """Look at every cell once; a number says nothing in a header but a year."""
        texts = self._texts
        for row, cells in self._rows.items():
            marks = []
            for column, cell in cells:
                text = cell[1]
                if cell[0] is not _TEXT and (
                    len(text) != _YEAR_DIGITS or not header_text(cell)
                ):
                    continue
                signature, signs = texts[text]
                if signature is not None:
                    marks.append((column, signature))
                if signs:
                    self._signing.append(row)
            if marks:
                self._marks[row] = marks

    def _signature(self, cell: Cell) -> Signature | None:
        text = cell.text if cell.kind is _TEXT else header_text(cell)
        return self._texts[text].signature if text else None

    def _starts(self, row: int) -> bool:
        signed = self._marks.get(row, ())
        if len(signed) < 2:
            return False
        cells = self._rows[row]
        known = [found for _, found in signed]
        right = max(column for column, _ in signed)
        if any(is_figure(cell) for column, cell in cells if column <= right):
            return False
        named = sum(1 for found in known if found.text in self._words)
        # Figures near 2000 look like years: words must say that this is a header.
        worded = sum(1 for found in known if not YEAR.fullmatch(found.text))
        return (len(known) >= 3 and worded >= 2) or (len(known) >= 2 and named >= 1)

    def _right(self, row: int) -> int:
        """The last column of a header: what stands further right is scribble."""
        return max((column for column, _ in self._marks.get(row, ())), default=-1)

    def _within(self, row: int, right: int) -> list[tuple[int, Cell]]:
        return [(c, cell) for c, cell in self._rows.get(row, ()) if c <= right]

    def _upwards(self, row: int, after: int) -> int:
        """Rows above that only group columns by year or version belong to the header."""
        first_value = min(
            (c for c, found in self._marks[row] if found.tells_value), default=0
        )
        top, right = row, self._right(row)
        while top - 1 > after and self._groups(top - 1, first_value, right):
            top -= 1
        return top

    def _groups(self, row: int, first_value: int, right: int) -> bool:
        cells = [
            (column, cell)
            for column, cell in self._within(row, right)
            if column >= max(first_value, 1) or not self._is_called(cell)
        ]
        return bool(cells) and all(
            column >= max(first_value, 1)
            and (found := self._signature(cell)) is not None
            and found.tells_value
            and not found.rest
            for column, cell in cells
        )

    def _is_called(self, cell: Cell) -> bool:
        """Whether a text heads codes, labels or units, if in words of its own."""
        key = match_key(header_text(cell))
        if cell.kind is not _TEXT or not key or len(key) > _LONGEST_NAME:
            return False
        spaced = f" {key} "
        return any(f" {word} " in spaced for word in (*self._words, "s tt"))

    def _downwards(self, row: int) -> int:
        """The header's last row: as far as its merged cells and its lower levels go."""
        bottom = row
        for span in self._spans:
            if span.top == row and span.bottom - row < _MOST_HEADER_ROWS:
                left_only = span.right - span.left < 3
                bottom = max(bottom, span.bottom if left_only else row)
        named, right = self._named_columns(row), self._right(row)
        while bottom - row < _MOST_HEADER_ROWS - 1 and self._continues(
            self._within(bottom + 1, right), named
        ):
            bottom += 1
            right = max(right, self._right(bottom))
        return bottom

    def _named_columns(self, row: int) -> frozenset[int]:
        """The columns of labels, codes, units and notes: a body row has texts there."""
        marks = self._marks[row]
        return frozenset(column for column, found in marks if found.text in self._words)

    def _continues(self, cells: Sequence[tuple[int, Cell]], named: frozenset[int]) -> bool:
        if not cells or any(is_figure(cell) for _, cell in cells) or is_index_row(cells):
            return False
        if any(column in named for column, _ in cells):
            return False
        return any(self._signature(cell) or _splits(cell) for _, cell in cells)

    def table(self, top: int, bottom: int, end: int, start: int) -> Table:
        """A table with its header paths, title and body."""
        body = bottom + 1
        right = max(self._right(row) for row in range(top, bottom + 1) if row in self._rows)
        while body <= end and (
            body not in self._rows or is_index_row(self._within(body, right))
        ):
            body += 1
        first = self._title_top(start, top, right)
        title = [] if first else list(self._sheet.above)
        title += [
            compose(cell.text)
            for row in range(first, top)
            for _, cell in self._rows.get(row, ())
            if cell.text in POWERS or _titles(cell, below=start > 0)
        ]
        return Table(
            sheet=self._sheet,
            title="\n".join(title),
            header_top=top,
            header_bottom=bottom,
            body_top=body,
            body_bottom=self._signed(body, end),
            headers=self._headers(top, bottom),
            rows=self._rows,
            foot_bottom=end,
            followed=end < max(self._rows),
        )

    def _title_top(self, start: int, top: int, right: int) -> int:
        """Where the text above a header begins: below the figures of the table before.

        Above the first one a figure alone in its row ("Biểu số | 1") parts nothing.
        """
        first, most = top, 0 if start else 1
        while first > max(start, top - _TITLE_ROWS) and most >= sum(
            is_figure(cell) and not is_size_alone(cell.text)
            for _, cell in self._within(first - 1, right)
        ):
            first -= 1
        return first

    def _signed(self, body: int, end: int) -> int:
        """The last row before the signature block."""
        return next((row - 1 for row in self._signing if body <= row <= end), end)

    def _headers(self, top: int, bottom: int) -> dict[int, str]:
        levels = [self._level(row) for row in range(top, bottom + 1)]
        columns = sorted({column for level in levels for column in level})
        kept = [column for column in columns if column < _WIDEST]
        return {column: header_path(levels, column) for column in kept}

    def _level(self, row: int) -> dict[int, str]:
        """The texts of one header row, spread over what is merged with them."""
        level = {column: header_text(cell) for column, cell in self._rows.get(row, ())}
        for span in self._spans:
            if span.top <= row <= span.bottom and span.left < _WIDEST:
                text = self._spread(span)
                if text:
                    right = min(span.right, _WIDEST)
                    level.update(dict.fromkeys(range(span.left, right + 1), text))
        return {column: text for column, text in level.items() if text}

    def _spread(self, span: Span) -> str:
        return header_text(self._sheet.cells.get((span.top, span.left)))
