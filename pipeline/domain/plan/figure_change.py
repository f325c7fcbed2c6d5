"""What a resend changed, figure by figure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.domain.plan.form import Appendix, Figure, Missing, Row
from pipeline.domain.writing.number_text import canonical

Key = tuple[str, str, str]


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


def figure_changes(
    before: Iterable[Figure], after: Iterable[Appendix]
) -> tuple[FigureChange, ...]:
    """The figures of forms that came again and say something else, in the form's order.

    A form that did not come before is no change: it is new as a whole.
    """
    old = {(f.form, f.indicator, f.column): f for f in before}
    forms = {form for form, _, _ in old}
    rows = [row for form in after if form.form in forms for row in form.rows]
    new: Mapping[Key, Row] = {(r.form, r.indicator, r.column): r for r in rows}
    here = {row.form for row in rows}
    gone = [key for key in old if key not in new and key[0] in here]
    changes = (
        FigureChange(*key, _said(old.get(key)), _said(row), row.cell)
        for key, row in new.items()
        if not _same(old.get(key), row)
    )
    return (
        *changes,
        *(FigureChange(*key, _said(old[key]), None, None) for key in gone),
    )


def _same(before: Figure | None, after: Row) -> bool:
    if before is not None and before.value is not None and after.value is not None:
        return before.value == after.value  # as their canonical texts, at a glance
    return _said(before) == _said(after)


def _said(figure: Row | Figure | None) -> str | None:
    if figure is None:
        return None
    if figure.value is not None:
        return canonical(figure.value)
    return None if figure.missing is None else Missing(figure.missing).value
