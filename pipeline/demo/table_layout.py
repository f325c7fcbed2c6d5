"""What stands where in a province's own version of an official table, as plain text."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pipeline.demo.demo_texts import demo_texts
from pipeline.demo.figure_dice import TENTH, rounded
from pipeline.demo.return_style import ReturnStyle
from pipeline.demo.sample_figures import Figures
from pipeline.domain.plan.plan_round import (
    Column,
    ColumnRole,
    Form,
    Indicator,
    IndicatorKind,
    PlanRound,
)

# spellings of these units that nobody could misread in these tables
_RESPELLED = frozenset({"Người", "1000 người", "Triệu đồng"})
_TEXT_COLUMNS = frozenset({"uoc_n1", "kh_n", "nc_n", "nc_tw", "nc_dp"})
_SWAPS = (("kh_n1", "th6t_n1"), ("nc_tw", "nc_dp"))

CellValue = str | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of the sheet: its one or two header cells.

    `key` is the form's column, or "same_half" for the one that some provinces add.
    """

    key: str
    role: ColumnRole
    group: str | None
    title: str
    source: Column | None


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of the sheet; `indicator` is None for a row that the province added."""

    indicator: Indicator | None
    cells: tuple[CellValue, ...]


class TableLayout:
    """One form as one province writes it."""

    def __init__(
        self, plan_round: PlanRound, form: Form, figures: Figures, style: ReturnStyle
    ) -> None:
        self._round, self._form = plan_round, form
        self._figures, self._style = figures, style
        self.headings = tuple(self._make_headings())

    def _make_headings(self) -> Iterator[Heading]:
        for column in self._ordered_columns():
            if column.role is ColumnRole.DERIVED and not self._style.derived:
                continue
            group, title = self._header(column)
            yield Heading(column.key, column.role, group, title, column)
            if column.key == "th6t_n1" and self._style.same_half:
                yield self._same_half()

    def _ordered_columns(self) -> list[Column]:
        columns = list(self._form.columns)
        if not self._style.reordered:
            return columns
        keys = [column.key for column in columns]
        for left, right in _SWAPS:
            if left in keys:
                one, two = keys.index(left), keys.index(right)
                columns[one], columns[two] = columns[two], columns[one]
        return columns

    def _header(self, column: Column) -> tuple[str | None, str]:
        if not self._style.grouped_header:
            return None, self._spelling(column)
        if column.role is ColumnRole.DERIVED:
            group, _, title = column.title.partition(") ")
            return f"{group})", title
        group, dash, title = column.title.partition(" - ")
        if dash:
            return group, title
        if (
            column.role is ColumnRole.VALUE
            and column.period
            and self._form.column_set == "plan"
        ):
            return self._year_and_version(column)
        return None, self._spelling(column)

    def _spelling(self, column: Column) -> str:
        if not (self._style.abbreviated and column.aliases):
            return column.title
        return column.aliases[self._style.variant % min(len(column.aliases), 2)]

    def _year_and_version(self, column: Column) -> tuple[str, str]:
        texts = demo_texts()
        long, short = texts["versions"][f"{column.version}.{column.period}"]
        year = texts["table"]["year"].format(year=self._round.year_of(column))
        return year, short if self._style.abbreviated else long

    def _same_half(self) -> Heading:
        name = "same_half_short" if self._style.abbreviated else "same_half"
        title = demo_texts()["table"][name].format(n2=self._round.plan_year - 2)
        return Heading("same_half", ColumnRole.NOTE, None, title, None)

    def rows(self) -> Iterator[TableRow]:
        """The official rows in order, each followed by the province's own if any."""
        own = demo_texts()["own_rows"] if self._style.own_rows else {}
        for number, indicator in enumerate(self._form.indicators):
            yield TableRow(
                indicator, tuple(self._cell(h, indicator, number) for h in self.headings)
            )
            if indicator.key in own:
                yield self._own_row(indicator, *own[indicator.key])

    def _cell(self, heading: Heading, indicator: Indicator, number: int) -> CellValue:
        match heading.role:
            case ColumnRole.VALUE:
                return self._value(heading.key, indicator)
            case ColumnRole.DERIVED:
                return self._compared(heading, indicator)
            case ColumnRole.NOTE:
                return self._remark(heading, indicator, number)
            case _:
                return self._named(heading, indicator)

    def _named(self, heading: Heading, indicator: Indicator) -> CellValue:
        """The cells that say which row this is: its number, words and unit."""
        code = indicator.code
        match heading.role:
            case ColumnRole.CODE:
                return int(code) if code.isdecimal() and self._style.variant % 2 else code
            case ColumnRole.UNIT:
                return self._unit(indicator.unit)
            case _:
                return indicator.label

    def _unit(self, unit: str) -> str:
        spellings = self._round.unit(unit).written_as
        if unit in _RESPELLED and self._style.abbreviated:
            return spellings[self._style.variant % len(spellings)]
        return unit

    def _figure(self, indicator: Indicator, column: str) -> Decimal | None:
        return self._figures.get((self._form.id, indicator.key, column))

    def _value(self, column: str, indicator: Indicator) -> CellValue:
        value = self._figure(indicator, column)
        if value is None:
            return None
        if value == 0 and self._style.dash_for_nil:
            return "-"
        if self._style.text_numbers and column in _TEXT_COLUMNS:
            # "1.500" million dong could be one and a half: money says ",0"
            whole_money = indicator.kind is IndicatorKind.MONEY and value == int(value)
            return vietnamese_number(rounded(value, TENTH) if whole_money else value)
        return value

    def _compared(self, heading: Heading, indicator: Indicator) -> Decimal | None:
        """One figure in per cent of another, as the formula of the column says."""
        if "%" in indicator.unit or heading.source is None or not heading.source.formula:
            return None
        above, below = heading.source.formula.removesuffix("* 100").split("/")
        part = self._figure(indicator, above.strip())
        whole = self._figure(indicator, below.strip())
        if part is None or not whole:
            return None
        return rounded(100 * part / whole, TENTH)

    def _remark(self, heading: Heading, indicator: Indicator, number: int) -> CellValue:
        if heading.key == "same_half":
            half = self._figure(indicator, "th6t_n1")
            return None if half is None else _scaled(half, Decimal("0.95"))
        remarks: list[str] = demo_texts()["table"]["remarks"]
        place = number + self._style.variant
        return (
            remarks[place % len(remarks)] if self._style.remarks and not place % 7 else None
        )

    def _own_row(self, after: Indicator, code: str, label: str, share: str) -> TableRow:
        def cell(heading: Heading) -> CellValue:
            match heading.role:
                case ColumnRole.CODE:
                    return code
                case ColumnRole.LABEL:
                    return label
                case ColumnRole.UNIT:
                    return self._unit(after.unit)
                case ColumnRole.VALUE:
                    base = self._figure(after, heading.key)
                    return None if base is None else _scaled(base, Decimal(share))
                case _:
                    return None

        return TableRow(None, tuple(cell(heading) for heading in self.headings))


def _scaled(value: Decimal, share: Decimal) -> Decimal:
    """A part of a figure with as many decimals as the figure."""
    return rounded(value * share, Decimal(1).scaleb(int(value.as_tuple().exponent)))


def vietnamese_number(value: Decimal) -> str:
    """A figure as it is typed: "1.234.567", "12,34"."""
    return f"{value:,}".translate(str.maketrans(",.", ".,"))


def number_format(value: Decimal) -> str:
    """The spreadsheet's format of a figure, by its decimals."""
    places = -int(value.as_tuple().exponent)
    return "#,##0" if places <= 0 else "#,##0." + "0" * places
