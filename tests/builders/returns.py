"""Returns of a province as the reader would hand them over, made out of figures."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pipeline.adapters.round_definitions.round_files import load_gazetteer, load_round
from pipeline.demo.province_sizes import load_sizes
from pipeline.demo.sample_figures import sample_figures
from pipeline.domain.plan.expression import evaluate, names, parse_formula
from pipeline.domain.plan.form import Appendix, ColumnMatch, Missing, Row, RowMatch
from pipeline.domain.plan.interval import exact
from pipeline.domain.plan.plan_round import ColumnRole, Form, PlanRound
from pipeline.domain.rules.required import address
from pipeline.domain.senders.province import Gazetteer

Figures = dict[tuple[str, str, str], Decimal]
Marks = Mapping[tuple[str, str, str], Missing | str]

NO_MARKS: Marks = MappingProxyType({})
CONFIG = Path(__file__).resolve().parents[2] / "config"
FIRST_ROW = 9


@cache
def shipped_round() -> PlanRound:
    """The round that the project ships."""
    return load_round(CONFIG / "rounds" / "ke-hoach-2014")


@cache
def shipped_gazetteer() -> Gazetteer:
    """The 63 units with their communes."""
    return load_gazetteer(
        CONFIG / "provinces.csv",
        CONFIG / "communes.csv",
        CONFIG / "populations.csv",
        CONFIG / "addressing.csv",
    )


def consistent_return(plan_round: PlanRound, province_code: str, seed: int) -> Figures:
    """Figures of one province that keep every rule."""
    return dict(sample_figures(plan_round, province_code, _sizes(), seed))


@cache
def _sizes():
    return load_sizes(CONFIG)


def make_appendices(
    plan_round: PlanRound,
    figures: Mapping[tuple[str, str, str], Decimal],
    marks: Marks = NO_MARKS,
) -> tuple[Appendix, ...]:
    """One appendix a form, its cells where the official layout has them.

    `marks` put something else into a cell: a Missing, or a text nobody can read.
    """
    wanted = {key[0] for key in (*figures, *marks)}
    return tuple(
        make_appendix(form, figures, marks)
        for form in plan_round.forms
        if form.id in wanted
    )


def make_appendix(
    form: Form, figures: Mapping[tuple[str, str, str], Decimal], marks: Marks = NO_MARKS
) -> Appendix:
    """One form in one sheet of its own."""
    cells = [
        (row_at, column_at, indicator, column)
        for row_at, indicator in enumerate(form.indicators, FIRST_ROW)
        for column_at, column in enumerate(form.columns)
    ]
    rows, derived = [], []
    for row_at, column_at, indicator, column in cells:
        key = (form.id, indicator.key, column.key)
        place = address(row_at, column_at)
        if key in marks:
            rows.append(_marked(key, indicator.unit, marks[key], place))
        elif column.role is ColumnRole.VALUE and key in figures:
            rows.append(_row(key, indicator.unit, figures[key], place))
        elif column.role is ColumnRole.DERIVED:
            value = figures.get(key) or _worked_out(key, column.formula or "", figures)
            if value is not None:
                derived.append(_row(key, indicator.unit, value, place))
    return Appendix(
        form=form.id,
        path="bao cao.xls",
        sheet=form.id,
        confidence=1.0,
        row_matches=tuple(
            RowMatch(indicator.key, at, indicator.label, 1.0)
            for at, indicator in enumerate(form.indicators, FIRST_ROW)
        ),
        column_matches=tuple(
            ColumnMatch(column.key, at, column.title, 1.0)
            for at, column in enumerate(form.columns)
        ),
        rows=tuple(rows),
        derived=tuple(derived),
    )


def _row(key: tuple[str, str, str], unit: str, value: Decimal, place: str) -> Row:
    form, indicator, column = key
    exponent = value.as_tuple().exponent
    quantum = Decimal(1).scaleb(min(int(exponent), 0))
    return Row(
        form=form,
        indicator=indicator,
        column=column,
        value=value,
        missing=None,
        unit=unit,
        unit_written=unit,
        raw=str(value),
        path="bao cao.xls",
        sheet=form,
        cell=place,
        quantum=quantum,
    )


def _marked(key: tuple[str, str, str], unit: str, mark: Missing | str, place: str) -> Row:
    form, indicator, column = key
    missing = mark if isinstance(mark, Missing) else None
    return Row(
        form=form,
        indicator=indicator,
        column=column,
        value=None,
        missing=missing,
        unit=unit,
        unit_written=unit,
        raw=str(mark),
        path="bao cao.xls",
        sheet=form,
        cell=place,
    )


def _worked_out(
    key: tuple[str, str, str], formula: str, figures: Mapping[tuple[str, str, str], Decimal]
) -> Decimal | None:
    form, indicator, _ = key
    wanted = parse_formula(formula)
    known = {name: figures.get((form, indicator, name.key)) for name in names(wanted)}
    if any(not value for value in known.values()):
        return None
    value = evaluate(wanted, lambda name: exact(known[name])).value
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def cell_of(form: Form, indicator: str, column: str) -> str:
    """Where `make_appendix` puts a cell."""
    rows = [row.key for row in form.indicators]
    columns = [item.key for item in form.columns]
    return address(rows.index(indicator) + FIRST_ROW, columns.index(column))
