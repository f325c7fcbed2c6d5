"""A small round and its figures, for tests of totals and of the national workbook."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from pipeline.domain.plan.form import Missing
from pipeline.domain.plan.plan_round import (
    Aggregate,
    Column,
    ColumnRole,
    Form,
    Indicator,
    IndicatorKind,
    PlanRound,
    Unit,
)
from pipeline.domain.senders.province import Gazetteer, Province
from pipeline.domain.total import ObservedFigure

REPOSITORY = Path(__file__).resolve().parents[2]
ROUND_FOLDER = REPOSITORY / "config" / "rounds" / "ke-hoach-2014"
PROVINCES = REPOSITORY / "config" / "provinces.csv"
COMMUNES = REPOSITORY / "config" / "communes.csv"
AS_OF = datetime(2013, 7, 13, 2, 0, tzinfo=UTC)


def small_columns() -> tuple[Column, ...]:
    return (
        Column("stt", "TT", ColumnRole.CODE),
        Column("chi_tieu", "Chỉ tiêu", ColumnRole.LABEL),
        Column("dvt", "Đơn vị tính", ColumnRole.UNIT),
        Column("th_n2", "Thực hiện năm 2012", ColumnRole.VALUE, -2),
        Column(
            *("uoc_n1", "Ước thực hiện cả năm 2013", ColumnRole.VALUE, -1),
            *("Y", "estimate"),
        ),
        Column("kh_n", "Kế hoạch năm 2014", ColumnRole.VALUE, 0, "Y", "plan"),
        Column(
            "ss",
            "So sánh (%) KH 2014/Ước TH 2013",
            ColumnRole.DERIVED,
            formula="kh_n / uoc_n1 * 100",
        ),
        Column("ghi_chu", "Ghi chú", ColumnRole.NOTE),
    )


def row(key: str, aggregate: Aggregate, weight: str | None = None) -> Indicator:
    rate = aggregate is not Aggregate.SUM
    return Indicator(
        key=key,
        code="",
        label=f"- {key}",
        unit="%" if rate else "Người",
        kind=IndicatorKind.RATE if rate else IndicatorKind.STOCK,
        aggregate=aggregate,
        weight=weight,
    )


def small_round() -> PlanRound:
    """Two forms: sums, rates weighted by three kinds of weights, a rate never added."""
    columns = small_columns()
    first = (
        row("tong", Aggregate.SUM),
        row("tl_tong", Aggregate.WEIGHTED, "tong"),
        row("tl_khac", Aggregate.WEIGHTED, "PL02:nen"),
        row("tl_xa", Aggregate.WEIGHTED, "registry:communes"),
        row("le", Aggregate.NONE),
    )
    second = (row("nen", Aggregate.SUM),)
    return PlanRound(
        id="thu",
        letter="1/TEST",
        issued=date(2013, 6, 28),
        title="Kế hoạch thử",
        plan_year=2014,
        due=datetime(2013, 7, 12, tzinfo=UTC),
        mailbox="a@example.vn",
        contact="Vụ",
        units=(Unit("Người"), Unit("%")),
        forms=(
            Form("PL01", "Biểu một", "plan", columns, first),
            Form("PL02", "Biểu hai", "plan", columns, second),
        ),
        forms_required=("PL01", "PL02"),
    )


def province(code: str, region6: str, region8: str, unit2025: str) -> Province:
    return Province(
        code=code,
        name=f"Tỉnh {code}",
        name_en="",
        type="Tỉnh",
        region6=region6,
        region8=region8,
        unit2025_code="1",
        unit2025=unit2025,
        capital="",
        domains=(),
        aliases=(),
    )


def small_gazetteer() -> Gazetteer:
    return Gazetteer(
        (
            province("01", "Bắc", "Bắc A", "Một"),
            province("02", "Bắc", "Bắc B", "Một"),
            province("03", "Nam", "Nam", "Hai"),
            province("04", "Nam", "Nam", "Ba"),
        ),
        {
            ("communes", "01"): {2012: 10, 2013: 12},
            ("communes", "02"): {2013: 7},
            ("communes", "03"): {2011: 0},
        },
    )


def figure(
    key: tuple[str, str, str, str],
    value: str | Decimal | None,
    missing: Missing | None = None,
    status: str = "accepted",
    verified: bool = True,
) -> ObservedFigure:
    """A figure of (province, form, indicator, column)."""
    code, form, indicator, column = key
    return ObservedFigure(
        province=code,
        form=form,
        indicator=indicator,
        column=column,
        value=None if value is None else Decimal(value),
        missing=missing,
        unit="Người",
        status=status,
        verified=verified,
        digest="ab" * 32,
        path="Phu luc.xlsx",
        sheet="PL1",
        cell="D9",
    )


def every_key(plan_round: PlanRound) -> Iterator[tuple[str, Indicator, str]]:
    """Form, row and value column of every figure that a round asks for."""
    for form in plan_round.forms:
        for indicator in form.indicators:
            for column in form.value_columns:
                yield form.id, indicator, column.key
