"""What a resend changed, figure by figure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from pipeline.domain.plan.form import Appendix, Missing, Row
from pipeline.domain.writing.number_text import canonical

Key = tuple[str, str, str]
"""Form, indicator and column of a figure."""
Told = tuple[Key, str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One figure that a later version gives otherwise; None where there was none.

    Texts are canonical numbers, or the signs `n`, `x`, `m` of a figure without number.
    """

    form: str
    indicator: str
    column: str
    before: str | None
    after: str | None
    cell: str | None


class FigureChanges(Sequence[FigureChange]):
    """All that a resend changed, in the form's order, each made when it is looked at.

    A letter counts hundreds and shows a dozen.
    """

    def __init__(self, told: Sequence[Told]) -> None:
        self._told = told

    def __len__(self) -> int:
        return len(self._told)

    def __iter__(self) -> Iterator[FigureChange]:
        return map(_made, self._told)

    @overload
    def __getitem__(self, place: int) -> FigureChange: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[FigureChange, ...]: ...
    def __getitem__(self, place: int | slice) -> FigureChange | tuple[FigureChange, ...]:
        if isinstance(place, slice):
            return tuple(map(_made, self._told[place]))
        return _made(self._told[place])


def _made(told: Told) -> FigureChange:
    key, before, after, cell = told
    return FigureChange(*key, before, after, cell)


def figure_changes(
    before: Mapping[Key, str | None], after: Iterable[Appendix]
) -> FigureChanges:
    """The figures of forms that came again and say something else, in the form's order.

    `before` has what each figure said, as a `FigureChange` tells it. A form that did not
    come before is no change: it is new as a whole.
    """
    forms = {form for form, _, _ in before}
    rows = [row for form in after if form.form in forms for row in form.rows]
    new = {(row.form, row.indicator, row.column): row for row in rows}
    told: list[Told] = []
    for key, row in new.items():
        said, was = _said(row), before.get(key)
        if said != was:
            told.append((key, was, said, row.cell))
    here = {form for form, _, _ in new}
    gone = sorted(key for key in before.keys() - new.keys() if key[0] in here)
    return FigureChanges([*told, *((key, before[key], None, None) for key in gone)])


def _said(row: Row) -> str | None:
    if row.value is not None:
        return canonical(row.value)
    return None if row.missing is None else Missing(row.missing).value
