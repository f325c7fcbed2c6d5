"""Returns whose units are told elsewhere than in a column of their own."""

from collections.abc import Sequence
from decimal import Decimal

from pipeline.domain.plan.finding import Finding
from pipeline.domain.plan.plan_round import Column, ColumnRole
from tests.builders.reading import read_return
from tests.builders.workbooks import ROUND

PL01 = ROUND.form("PL01")
PERSONS = {i.key for i in PL01.indicators if i.unit == "Người"}
COUNTED = {i.key for i in PL01.indicators if "%" not in i.unit}
Values = dict[tuple[str, str], Decimal | None]


def without_units(columns: Sequence[Column]) -> list[Column]:
    """The columns of a form (Style.order) but the one of units."""
    return [column for column in columns if column.role is not ColumnRole.UNIT]


def read_values(data: bytes, path: str = "PL.xlsx") -> tuple[Values, list[Finding]]:
    """The figures of the one form that a workbook holds, and all findings."""
    forms, findings = read_return(data, path)
    (appendix,) = forms.values()
    return {(r.indicator, r.column): r.value for r in appendix.rows}, findings


def asked_about(findings: list[Finding]) -> set[str | None]:
    """The rows whose unit a province is asked about."""
    return {f.indicator for f in findings if f.code == "unit-unknown"}
