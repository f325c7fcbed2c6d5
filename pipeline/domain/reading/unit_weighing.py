"""Figures of a row weighed by the units that were declared for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from pipeline.domain.plan.form import ColumnMatch
from pipeline.domain.plan.plan_round import Unit
from pipeline.domain.reading.declared import Declared
from pipeline.domain.reading.declared_unit import DeclaredUnits
from pipeline.domain.reading.figure import (
    Figure,
    convert,
    may_have_parts,
    parts_one,
    settle,
)
from pipeline.domain.reading.notation import Habits
from pipeline.domain.reading.number import Number
from pipeline.domain.reading.units import Relation, Units, is_count

Figures = list[tuple[ColumnMatch, Figure]]
_OWN = frozenset((Relation.SAME, Relation.SCALED))
_OF_THOUSANDS = Decimal("0.001")


@dataclass(slots=True)
class Weighed:
    """A row, the unit that is asked for in it, and what was declared.

    `parted` fills up with figures that are parts of whole things.
    """

    asked: str
    declared: Declared
    habits: Habits
    figures: Figures
    parted: list[tuple[ColumnMatch, str | None]] = field(default_factory=list)

    @property
    def neighbours(self) -> list[Decimal]:
        """The figures whose own words say nothing of a unit."""
        return [f.value for _, f in self.figures if f.value is not None and not f.tail]


class Weigher:
    """Turns figures of one table into figures of the form's units."""

    def __init__(self, units: Units, declared: DeclaredUnits) -> None:
        self._units = units
        self._declared = declared
        self._plain: dict[tuple[str | None, str], bool] = {}
        self._names: dict[tuple[str, str], tuple[str | None] | None] = {}

    def is_plain(self, declared: Declared, asked: str) -> bool:
        """Whether bare numbers of a row, as they are written, are figures of the form."""
        if self._declared.by_column or not declared.conversion.is_same:
            return False
        known = self._plain.get((declared.written, asked))
        if known is None:
            written = self._written_unit(declared, asked)
            known = not may_have_parts(self._units, self._units.named(asked), written)
            self._plain[declared.written, asked] = known
        return known

    def plain_name(self, row: int, asked: str) -> tuple[str | None] | None:
        """What a row calls its unit where bare numbers of it are figures of the form.

        None where they are not, or where that takes a closer look.
        """
        if self._declared.by_column:
            return None
        written = self._declared.told_alike(row)
        if written is None:
            return None
        if (written, asked) not in self._names:
            declared = self._declared.of_row(row, asked)
            plain = self.is_plain(declared, asked) and declared.conversion.relation in _OWN
            self._names[written, asked] = (declared.written,) if plain else None
        return self._names[written, asked]

    def without_slips(self, figures: Figures, declared: Declared, asked: str) -> Figures:
        """The figures of a row; one with a digit too many or too few has no value.

        "10.0000" beside "10.107" persons is no ten, and no neighbour that says that the
        others are decimals. Three digits on either side may be how a program writes all.
        """
        unclear = [each.open.thousands.grouped for _, each in figures if each.open]
        if not unclear or not is_count(self._written_unit(declared, asked)):
            return figures
        slips = [each for _, each in figures if _is_slip(each, unclear)]
        if len(slips) >= len(unclear):
            return figures
        return [(at, _unclear(each) if each in slips else each) for at, each in figures]

    def weigh(
        self, row: Weighed, column: ColumnMatch, figure: Figure
    ) -> tuple[Declared, Figure]:
        """A figure in the form's unit, and what was declared of the one it was in."""
        own = self._declared.of_column(column.sheet_column, row.asked, row.declared)
        written = self._written_unit(own, row.asked)
        settled = figure if figure.open is None else self._settled(row, figure, written)
        if parts_one(settled, self._units, self._units.named(row.asked), written):
            row.parted.append((column, settled.tail or own.written))
        return own, convert(settled, self._units, row.asked, own.conversion)

    def unit_of(self, figure: Figure, asked: str) -> Unit:
        """The unit that a figure is written in, where it says so itself."""
        behind = self._units.scaled_behind(figure.tail, asked) if figure.tail else None
        return self._units.named(asked) if behind is None else behind[0]

    def is_whole(self, figure: Figure, asked: str) -> bool:
        """Whether all of a text is a figure: "11.24O" shows no habit of pointing."""
        return not figure.tail or self._behind(figure, asked) is not Relation.UNKNOWN

    def is_shown(self, figure: Figure, asked: str) -> bool:
        """Whether a number format shows the form's own unit, as only one reader sees."""
        return bool(figure.tail) and self._behind(figure, asked) is Relation.SAME

    def _behind(self, figure: Figure, asked: str) -> Relation:
        return self._units.relate(figure.tail, asked).relation

    def _settled(self, row: Weighed, figure: Figure, written: Unit) -> Figure:
        """A figure of two readings: "1,234 nghìn" is no figure of single persons."""
        behind = self._units.scaled_behind(figure.tail, row.asked)
        if behind is None:
            return settle(figure, written, row.neighbours, row.habits)
        unit, conversion = behind
        neighbours = [conversion.undo(value) for value in row.neighbours]
        return settle(figure, unit, neighbours, row.habits)

    def _written_unit(self, declared: Declared, asked: str) -> Unit:
        """The unit that a figure was written in, to judge its notation by."""
        known = self._units.find(declared.written) if declared.written else None
        return known or self._units.named(asked)


def _is_slip(figure: Figure, unclear: Sequence[str]) -> bool:
    """Whether decimals stand behind the sign that parts thousands in the same row."""
    reading = figure.reading
    if not isinstance(reading, Number) or figure.tail or reading.grouped:
        return False
    return reading.pointed in unclear and reading.quantum != _OF_THOUSANDS


def _unclear(figure: Figure) -> Figure:
    return figure._replace(value=None, trouble="ambiguous-number")
