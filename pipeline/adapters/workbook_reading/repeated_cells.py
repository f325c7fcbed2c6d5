"""Cells told by what was seen before: rows split at their quotes instead of matched.

Nearly all that a sheet writes around its figures it writes again and again, within a file
and from mail to mail: labels, units, styles. A piece of a row that is known says at once
what it is; a figure stands between two known pieces. Everything else is for the pattern,
which alone decides what a piece may be (`ooxml_cells.py`).
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import repeat
from typing import Protocol

from pipeline.adapters.workbook_reading.raw import AS_IT_IS, AnyCell, number_cell
from pipeline.adapters.workbook_reading.seen_pieces import (
    PLACES,
    Found,
    Nothing,
    NotPlainError,
    Place,
    SeenPieces,
    keep,
)
from pipeline.domain.reading.sheet import Cell, CellKind

_ROW_END, _CELL, _QUOTE = b"</row>", b'<c r="', b'"'
_VALUE, _VALUE_END = b"><v>", b"</v></c>"
_BEHIND = len(_VALUE_END)
_TEXT_END = _VALUE_END.decode()
_HEAD = re.compile(rb'(?: s="([0-9]{1,9})")?(?: t="([A-Za-z]{1,9})")?')
_NUMERAL = re.compile(rb"-?[0-9]++(?:\.[0-9]++)?(?:[Ee][-+]?[0-9]++)?")
_FIGURES = re.compile(rb"(?:" + AS_IT_IS.encode() + _VALUE_END + rb")++")
_LONGEST_FIGURE = 13 + _BEHIND  # longer ones are binary noise
_NUMBER, _EMPTY = CellKind.NUMBER, Nothing.EMPTY
_TO_COME = Cell(CellKind.ERROR, "to come")


class Pattern(Protocol):
    """What the pattern makes of pieces that are not known."""

    def rows(self, head: bytes) -> tuple[int, ...] | None:
        """The hidden rows among those that a piece begins; None when it is no such piece.

        All but the last are empty.
        """
        ...

    def cell(self, written: bytes, place: Place) -> Found | None:
        """Take a cell; gives it when it is the same wherever these bytes stand again.

        NotPlainError when it is not of the pattern.
        """
        ...

    def percent(self, style: bytes) -> bool | None:
        """Whether a number of a style is a percentage; None where that is not all."""
        ...


class _Numbers:
    """Cells with numbers that are made all at once; until then something else is there.

    `figures` are written with all that ends their cells.
    """

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.figures: list[bytes] = []
        self.percents: list[bool] = []
        self.written: list[bytes] = []

    def each(self) -> Iterator[tuple[Place, bytes, bool, bytes]]:
        return zip(self.places, self.figures, self.percents, self.written, strict=True)

    def forget(self, cells: dict[Place, AnyCell]) -> None:
        """Leave the cells without what stands in for numbers."""
        for place in self.places:
            if cells.get(place) is _TO_COME:
                del cells[place]


class RepeatedCells:
    """Fills the cells of a sheet out of whole rows.

    `texts` are the pieces that name a string of the file's own table. `is_worth_it` until
    most cells of some rows were strangers.
    """

    def __init__(
        self,
        known: SeenPieces,
        texts: dict[bytes, Found],
        pattern: Pattern,
    ) -> None:
        self._known = known
        self._texts = texts
        self._pattern = pattern
        self._strangers = 0
        self.is_worth_it = True

    def take(self, rows: bytes, cells: dict[Place, AnyCell], hidden: set[int]) -> bool:
        """Take whole rows; False when they are not written the usual way.

        Then some of the cells may have been taken all the same.
        """
        pieces = rows.split(_ROW_END)
        if pieces.pop():
            return False
        known, before = self._known.rows, len(cells)
        numbers, self._strangers = _Numbers(), 0
        for piece in pieces:
            head, has_cells, written = piece.partition(_CELL)
            found = known[head] if head in known else self._rows(head)
            if found is None:
                numbers.forget(cells)
                return False
            if found:
                hidden.update(found)
            if has_cells:
                self._take_row(written.split(_CELL), cells, numbers)
        self.is_worth_it = 2 * self._strangers <= len(cells) - before
        return self._make(numbers, cells)

    def _take_row(
        self, written: list[bytes], cells: dict[Place, AnyCell], numbers: "_Numbers"
    ) -> None:
        known, fronts, texts = self._known.cells, self._known.fronts, self._texts
        places, seen, figures = PLACES, numbers.places, numbers.figures
        all_written, percents = numbers.written, numbers.percents
        for each in written:
            if each.endswith(_VALUE_END):
                front, _, figure = each.partition(_VALUE)
                place, percent = fronts[front] if front in fronts else self._front(front)
                if percent is not None and _BEHIND < len(figure) <= _LONGEST_FIGURE:
                    seen.append(place)
                    figures.append(figure)
                    all_written.append(each)
                    percents.append(percent)
                    cells[place] = _TO_COME
                    continue
                if percent is not None and _NUMERAL.fullmatch(figure[:-_BEHIND]):
                    cells[place] = number_cell(figure[:-_BEHIND].decode(), percent=percent)
                    continue
                rest = each.partition(_QUOTE)[2]
                found = texts.get(rest)
            else:
                address, _, rest = each.partition(_QUOTE)
                place = places[address]
                found = known.get(rest)
            if found is None:
                self._take_other(each, rest, place)
            elif found is not _EMPTY:
                cells[place] = found

    def _make(self, numbers: "_Numbers", cells: dict[Place, AnyCell]) -> bool:
        """Put the numbers in their places; False where a place has two cells."""
        seen, figures = numbers.places, numbers.figures
        if list(map(cells.get, seen)).count(_TO_COME) < len(seen):
            numbers.forget(cells)
            return False
        joined = b"".join(figures)
        if _FIGURES.fullmatch(joined) is None:
            return self._make_each(numbers, cells)
        texts = joined.decode().split(_TEXT_END)
        if len(texts) != len(seen) + 1:  # what ends a cell stands within one
            return self._make_each(numbers, cells)
        # Cell(...) spelled out, for a thousand are made a workbook
        made = zip(
            repeat(_NUMBER),
            texts,
            map(Decimal, texts[:-1]),
            numbers.percents,
            repeat(None),
            repeat("unicode"),
        )
        cells.update(zip(seen, map(tuple.__new__, repeat(Cell), made), strict=True))
        return True

    def _make_each(self, numbers: "_Numbers", cells: dict[Place, AnyCell]) -> bool:
        """The same where some figure is unusual, or there is none."""
        if len(set(numbers.places)) < len(numbers.places):
            numbers.forget(cells)
            return False
        for place, ending, percent, written in numbers.each():
            figure = ending[:-_BEHIND]
            if _NUMERAL.fullmatch(figure):
                cells[place] = number_cell(figure.decode(), percent=percent)
            else:
                self._take_other(written, written.partition(_QUOTE)[2], place)
                if cells[place] is _TO_COME:
                    del cells[place]
        return True

    def _rows(self, head: bytes) -> tuple[int, ...] | None:
        found = self._pattern.rows(head)
        if found is not None:
            keep(self._known.rows, head, found)
        return found

    def _front(self, front: bytes) -> tuple[Place, bool | None]:
        """The place of a cell with a value, and whether it is a percentage, if a number."""
        address, quote, head = front.partition(_QUOTE)
        if not quote:
            raise NotPlainError
        place, heads = PLACES[address], self._known.heads
        found = place, heads[head] if head in heads else self._head(head)
        if head in heads:
            keep(self._known.fronts, front, found)
        return found

    def _head(self, head: bytes) -> bool | None:
        self._strangers += 1
        found = _HEAD.fullmatch(head)
        if found is None:  # a formula stands in it, for one
            return None
        number = found[2] in (None, b"n")
        percent = self._pattern.percent(found[1] or b"") if number else None
        keep(self._known.heads, head, percent)
        return percent

    def _take_other(self, each: bytes, rest: bytes, place: Place) -> None:
        self._strangers += 1
        found = self._pattern.cell(_CELL + each, place)
        if found is not None:
            own = rest.endswith(_VALUE_END)
            keep(self._texts if own else self._known.cells, rest, found)
