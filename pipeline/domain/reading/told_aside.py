"""Units told beside a table: on a cover sheet, at the head or foot of the printed page,
in a comment, in the name of the file.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal

from pipeline.domain.plan.plan_round import Unit
from pipeline.domain.reading.correction_headers import is_ours
from pipeline.domain.reading.declared import Declared, doubtful
from pipeline.domain.reading.form_match import FormMatch
from pipeline.domain.reading.sheet import CellKind, Sheet
from pipeline.domain.reading.unit_beside import bracketed, size_alone
from pipeline.domain.reading.unit_lines import (
    asks_for_unit,
    declared_in,
    mentioned_in,
    notes_in,
)
from pipeline.domain.reading.unit_names import (
    size_by_name,
    sizes_in,
    stem_of,
    told_by_name,
)
from pipeline.domain.reading.unit_spelling import as_written, unit_key
from pipeline.domain.reading.units import Relation, Units, is_share, root
from pipeline.domain.writing.text import unmarked

_MOST_LINES = 20
_LONGEST_LINE = 120
_SPOKEN = re.compile(r"\b(?:ngh?in|ngan|trieu|t[yi]|(?:x ?)?1[., ]?000)\b")
_MOST_CELLS = 300  # of a sheet that is a cover, and no list of some other kind


@dataclass(frozen=True)
class ToldAside:
    """What is told where a reader may overlook it; `sure` are names to convert by.

    `instead` are those that a column of units which names others does not explain, `sizes`
    those that are told without a unit: "Đơn vị tính: nghìn".
    """

    units: Units
    told: tuple[Unit, ...] = ()
    sure: frozenset[str] = frozenset()
    instead: tuple[Unit, ...] = ()
    sizes: tuple[str, ...] = ()

    def weighed(
        self, declared: Declared, above: Collection[Decimal], asked: str, *, tells: bool
    ) -> Declared:
        """The unit of rows that have none beside them; `above` are the sizes that the
        table itself tells, which are doubtful where none of them is told here. A size that
        does not say of what is nothing against a table that `tells` any unit.
        """
        if not (self.told or self.sizes):
            return declared  # nearly always
        own = self.units.named(asked)
        if not tells and declared.written is None and not is_share(own):
            for size in self.sizes:
                conversion = self.units.relate(size, asked)
                if conversion.relation is not Relation.SAME:
                    return doubtful(Declared(size, None, conversion))
        fitting = {unit.factor: unit for unit in self.told if root(unit) == root(own)}
        if not fitting or own.factor in fitting or not fitting.keys().isdisjoint(above):
            return declared
        unit = next(iter(fitting.values()))
        found = Declared(unit.name, None, self.units.relate(unit.name, asked))
        sure = len(fitting) == 1 and unit.name in self.sure and not above
        return found if sure else doubtful(found, declared.written)


NOTHING = ToldAside(Units(()))


def told_aside(match: FormMatch, units: Units, asked: Collection[str]) -> ToldAside:
    """What is told beside the table of a form; `asked` are the units of all its workbook's.

    A size on the cover that some form asks for is told of that one. Cover and comments of
    our own correction workbook tell what we asked: no unit of the province's.
    """
    sheet = match.found.table.sheet
    ours = bool(sheet.comments or match.covers) and is_ours(match.found)
    covers, comments = ((), ()) if ours else (match.covers, sheet.comments)
    names = (stem_of(match.path), sheet.name)
    if not (sheet.printed or comments or covers or any(map(sizes_in, names))):
        return NOTHING  # nearly always
    printed = [unit for line in sheet.printed for unit in _of_printed(units, line)]
    remarks = [line for comment in comments for line in comment.splitlines()]
    lines = (*sheet.printed, *covers)
    doubtful_ones = [note.unit for line in remarks for note in notes_in(units, line)]
    doubtful_ones += [unit for name in names for unit in told_by_name(units, name)]
    for line in (*lines, *remarks):
        doubtful_ones += mentioned_in(units, line)
    told = [unit for line in covers for unit in _of_cover(units, line)]
    sure = frozenset(unit.name for unit in (*printed, *told))
    doubtful_ones = [unit for unit in doubtful_ones if unit.name not in sure]
    own = {(root(unit), unit.factor) for unit in map(units.named, asked)}
    of_all, of_some = list[Unit](), list[Unit]()
    for unit in told:
        (of_some if (root(unit), unit.factor) in own else of_all).append(unit)
    return ToldAside(
        units,
        (*printed, *of_all, *of_some, *doubtful_ones),
        frozenset(unit.name for unit in (*printed, *of_all)),
        (*printed, *of_all, *doubtful_ones),
        (
            *(size for line in (*lines, *remarks) for size in _sizes_of(units, line)),
            *(size for name in names for size in size_by_name(units, name)),
        ),
    )


def _sizes_of(units: Units, line: str) -> Iterator[str]:
    said = declared_in(line)
    if said.parts and not (any(map(units.find, said.parts)) or mentioned_in(units, line)):
        yield from (as_written(line, size) for size in said.sizes())
    yield from size_alone(line)


def _of_cover(units: Units, line: str) -> Iterator[Unit]:
    """The units that a line of a cover declares or is."""
    for part in declared_in(line).parts:
        unit = units.find(part)
        if unit is not None:
            yield unit
    yield from _in_words(units.find(line), line)


def _of_printed(units: Units, line: str) -> Iterator[Unit]:
    """The same of the printed page, or the unit behind its title in brackets."""
    yield from _of_cover(units, line)
    yield from _in_words(*bracketed(units, line))


def _in_words(unit: Unit | None, said: str) -> Iterator[Unit]:
    """A unit; "1.000 người" in a cell of its own may as well be how many there are."""
    if unit is not None and not unit_key(said)[:1].isdigit():
        yield unit


def _may_mention(line: str) -> bool:
    """Whether a size is spoken of at all: of a cover's lines nearly none does."""
    return len(line) <= _LONGEST_LINE and _SPOKEN.search(unmarked(line)) is not None


def told_on_cover(sheet: Sheet) -> Iterator[str]:
    """The lines of a sheet without tables that may say what figures are counted in."""
    if sheet.hidden or len(sheet.cells) > _MOST_CELLS:
        return
    lines = 0
    for (row, column), cell in sheet.cells.items():
        if cell.kind is not CellKind.TEXT or lines >= _MOST_LINES:
            continue
        beside = sheet.cells.get((row, column + 1))
        bare = beside is not None and asks_for_unit(cell.text)
        line = f"{cell.text}: {beside.text}" if bare and beside else cell.text
        said = declared_in(line)
        if (said.parts and said.sure) or _may_mention(line):
            lines += 1
            yield line
