"""What a table says of its units once for many rows: above, in its header, below."""

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import combinations, zip_longest

from pipeline.domain.plan.plan_round import Unit
from pipeline.domain.reading.declared import Declared, doubtful
from pipeline.domain.reading.form_match import Layout, Table
from pipeline.domain.reading.layout import header_text
from pipeline.domain.reading.sheet import Cell, CellKind
from pipeline.domain.reading.unit_beside import told_beside
from pipeline.domain.reading.unit_lines import (
    Note,
    Said,
    asks_for_unit,
    declared_in,
    mentioned_in,
    notes_below,
)
from pipeline.domain.reading.unit_rows import told_in_headings
from pipeline.domain.reading.unit_spelling import as_written, may_be_amount, sized
from pipeline.domain.reading.units import Conversion, Relation, Units, is_share, root

_LONGEST_TITLE = 160


class ToldUnits:
    """The units of lines above a table, and of notes below the `last` row of a form.

    `everywhere` are those of the whole table, of which those named in `limited` may be
    told of a part only; `marked` belong to the rows that point to them. `sizes` are said
    without a unit: "Đơn vị tính: nghìn".
    """

    def __init__(
        self, table: Table, layout: Layout, units: Units, last: int | None
    ) -> None:
        self._table = table
        self._layout = layout
        self._units = units
        self.sizes: list[str] = []
        self.marked: list[Note] = []
        self.limited: set[str] = set()
        self._declared: set[str] = set()
        self._lines: set[tuple[Unit, ...]] = set()
        self._amounts: set[str] = set()
        above = tuple(self._found_above())
        self.everywhere = above
        if last is not None:
            self.everywhere += (*self._found_within(last), *self._found_below(last))

    @property
    def units(self) -> Iterator[Unit]:
        """Those of the whole table that say something against units beside its rows: an
        amount ("cho 1.000 người") says nothing.
        """
        doubted = self._amounts - self._declared
        return (unit for unit in self.everywhere if unit.name not in doubted)

    @property
    def tells(self) -> bool:
        """Whether anything is told at all."""
        return bool(self.everywhere or self.sizes or self.marked)

    def factors(self, asked: str) -> frozenset[Decimal]:
        """The sizes of the asked unit's kind that are told, whatever came of it."""
        wanted = root(self._units.named(asked))
        told = frozenset(each.factor for each in self.everywhere if root(each) == wanted)
        return told | {Decimal(0)} if self.sizes and not told else told

    def of_all(self, asked: str) -> Declared:
        """The unit of rows that have none beside them."""
        wanted = root(self._units.named(asked))
        fitting = {u.factor: u for u in reversed(self.everywhere) if root(u) == wanted}
        if len(fitting) != 1:
            return self._of_size_alone(asked, fitting.values())
        ((_, unit),) = fitting.items()
        name = unit.name
        declared = Declared(name, None, self._units.relate(name, asked))
        doubted = name in (self.limited | self._amounts) - self._declared
        sure = not doubted or declared.conversion.is_same
        return declared if sure else doubtful(declared)

    def _of_size_alone(self, asked: str, several: Collection[Unit]) -> Declared:
        """Of a size above the table without a word of what, or of several units of which
        none is the form's, one is told of some rows only, or that two lines declare: they
        are asked about.
        """  # fmt: skip
        own = self._units.named(asked)
        unlike = [unit for unit in several if unit.factor != own.factor]
        parted = any(unit.name in self.limited for unit in several)
        quarrel = self._quarrel(root(own))
        if unlike and (parted or quarrel or len(unlike) == len(several)):
            name = unlike[0].name
            against = own.name if quarrel and len(unlike) < len(several) else None
            return doubtful(Declared(name, None, self._units.relate(name, asked)), against)
        for written in self.sizes if not is_share(own) else ():
            conversion = self._units.relate(written, asked)
            if conversion.relation is not Relation.SAME:
                return doubtful(Declared(written, None, conversion))
        return Declared(None, None, Conversion(Relation.SAME))

    def _quarrel(self, wanted: str) -> bool:
        """Whether two lines declare a unit of one kind, and no size of it in common."""
        sizes = (
            frozenset(unit.factor for unit in line if root(unit) == wanted)
            for line in self._lines
        )
        told = {line for line in sizes if line}
        return any(one.isdisjoint(other) for one, other in combinations(told, 2))

    def _found_above(self) -> Iterator[Unit]:
        title = self._table.title.split("\n")
        yield from self._declared_above(title)
        for line in title:
            if not _is_silent(self._units, line):
                yield from self._in_title(line)
        for column in (*self._layout.labels, self._layout.unit):
            header = self._table.headers.get(-1 if column is None else column, "")
            yield from self._beside(header)
        yield from self._named_by_sheet()

    def _declared_above(self, title: Sequence[str]) -> Iterator[Unit]:
        """The units that lines of the title and texts of the header declare."""
        for line, beside in zip_longest(title, title[1:], fillvalue=""):
            if declared_in(line).parts or (beside and asks_for_unit(line)):
                yield from self._said(line, beside)
        for line in self._header_lines():
            if line and declared_in(line).parts:
                yield from self._said(line)

    def _in_title(self, line: str) -> Iterator[Unit]:
        """The units of a line that declares none, behind it or alone: "(Nghìn người)"."""
        unit = self._units.find(line)
        if unit is not None:
            if may_be_amount(line):
                self._amounts.add(unit.name)
            yield unit
        elif not any(map(self._units.find, declared_in(line).parts)):
            yield from self._beside(line) or self._mentioned(line)

    def _beside(self, line: str) -> tuple[Unit, ...]:
        """The unit that a title has in brackets or ends in; a size may say not of what."""
        told = told_beside(self._units, line) if len(line) <= _LONGEST_TITLE else None
        if told is None:
            return ()
        if told.unit is None:
            self.sizes.append(told.size)
            return ()
        if not told.sure:
            self._amounts.add(told.unit.name)
        elif not told.apart:
            self.limited.add(told.unit.name)
        return (told.unit,)

    def _mentioned(self, line: str) -> tuple[Unit, ...]:
        """Units that a piece of a line is, and nobody can say of which rows."""
        found = mentioned_in(self._units, line)
        self.limited.update(unit.name for unit in found)
        return found

    def _named_by_sheet(self) -> Iterator[Unit]:
        """The unit in the name of the sheet, which may be that of another table on it."""
        told = told_beside(self._units, self._table.sheet.name)
        if told is not None and told.unit is not None:
            self.limited.add(told.unit.name)
            yield told.unit

    def _said(self, line: str, beside: str = "") -> Iterator[Unit]:
        """The units that a line declares, or the cell beside it: "ĐVT:" and "1000"."""
        bare = beside and asks_for_unit(line)
        said = declared_in(f"{line}: {beside}" if bare else line)
        if not said.parts:
            return  # nearly always
        known = [unit for part in said.parts if (unit := self._units.find(part))]
        unclear = [unit for part in said.parts if (unit := self._units.cut_short(part))]
        excepted = list(self._excepted(said, known))
        self.limited.update(unit.name for unit in (*unclear, *excepted))
        self._lines.add(tuple(known))
        told = self.limited if said.excepted else self._declared
        told.update(unit.name for unit in known)
        yield from (*known, *unclear, *excepted)
        if not (known or unclear):
            self.sizes.extend(as_written(f"{line} {beside}", s) for s in said.sizes())

    def _excepted(self, said: Said, known: list[Unit]) -> Iterator[Unit]:
        """The units of some rows only: "Người (trừ dòng 5: nghìn người)"."""
        for part in said.excepted:
            unit = self._units.find(part) or self._units.at_end(part)
            if unit is None and known and sized(part):
                unit = self._units.find(f"{part} {known[0].name}")
            if unit is not None:
                yield unit

    def _header_lines(self) -> Iterator[str]:
        """The texts of the header, and of an index row below it."""
        for row in range(self._table.header_top, self._table.body_top):
            for column in self._table.headers:
                yield header_text(self._table.sheet.cells.get((row, column)))

    def _found_within(self, last: int) -> Iterator[Unit]:
        """The units of rows without figures, which may be those of some rows only."""
        for told in told_in_headings(self._table, self._layout, self._units, last):
            if told.unit is None:
                self.sizes.append(told.size)
            else:
                self.limited.add(told.unit.name)
                yield told.unit

    def _found_below(self, last: int) -> Iterator[Unit]:
        """The units of notes below the last row of the form."""
        for note in notes_below(self._table, last, self._units):
            if note.mark and self._bears(note.mark):
                self.marked.append(note)
                continue
            headers = self._table.headers.values() if note.mark else ()
            if note.limited or any(note.mark in text for text in headers):
                self.limited.add(note.unit.name)
            yield note.unit

    def _bears(self, mark: str) -> bool:
        """Whether the label of any row points to this note."""
        cells, labels = self._table.sheet.cells, self._layout.labels
        rows = range(self._table.body_top, self._table.body_bottom + 1)
        return any(points_to(cells.get((row, at)), mark) for row in rows for at in labels)


def _is_silent(units: Units, line: str) -> bool:
    """Whether a line of a title is no unit, and has none beside its words or among them."""
    short = len(line) <= _LONGEST_TITLE
    return (_tells_nothing if short else _tells_nothing.__wrapped__)(units, line)


@lru_cache(maxsize=2048)
def _tells_nothing(units: Units, line: str) -> bool:
    told = told_beside(units, line) if len(line) <= _LONGEST_TITLE else None
    return units.find(line) is None and told is None and not mentioned_in(units, line)


def points_to(cell: Cell | None, mark: str) -> bool:
    """Whether a label points to the note of a mark."""
    if cell is None or cell.kind is not CellKind.TEXT:
        return False
    return mark in cell.text if "(" in mark else cell.text.rstrip().endswith(mark)
