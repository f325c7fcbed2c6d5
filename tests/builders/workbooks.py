"""Filled returns of a round in many layouts and formats, with the truth beside them.

`draw(form, ...)` gives a Drawing: cells, merges and where every figure went;
`workbook_files` turns drawings into bytes of .xlsx, .xls, .ods, HTML or CSV.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from pipeline.adapters.round_definitions.round_files import load_round
from pipeline.domain.plan.plan_round import Column, ColumnRole, Form, Indicator
from pipeline.domain.reading.sheet import address
from pipeline.domain.writing.legacy_charsets import TCVN3, VNI_PAIRS, VNI_SINGLES

ROUND = load_round(Path(__file__).parents[2] / "config" / "rounds" / "ke-hoach-2014")
Value = str | int | float | Decimal
Cells = dict[tuple[int, int], Value]
Truth = dict[tuple[str, str], tuple[str, Decimal]]


@dataclass(frozen=True)
class Style:
    """How a return is laid out.

    `header` makes the texts of a column's header, one a header row; `label` and
    `figure` may rewrite labels and figures; `order` rearranges the columns.
    """

    header: Callable[[Column], Sequence[str]] = lambda column: [column.title]
    label: Callable[[Indicator], str] = lambda indicator: indicator.label
    figure: Callable[[Indicator, Decimal], Value] = lambda _, value: value
    unit: Callable[[Indicator], str] = lambda indicator: indicator.unit
    order: Callable[[Sequence[Column]], Sequence[Column]] = list
    keep: Callable[[Indicator], bool] = lambda _: True
    extra: Mapping[str, Sequence[Sequence[Value]]] = field(default_factory=dict)
    above: Sequence[str] = ("UBND TỈNH HÀ GIANG", "SỞ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI")
    title: bool = True
    index_row: bool = True
    signature: bool = True
    top: int = 0
    left: int = 0


@dataclass
class Drawing:
    """Cells of one sheet; `truth` maps (indicator, column) to its address and value."""

    name: str
    cells: Cells = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    truth: Truth = field(default_factory=dict)
    last_row: int = 0


def figure_for(form: Form, indicator: Indicator, column: Column) -> Decimal:
    """A figure of the right sort for a cell, different for every cell."""
    row = form.indicators.index(indicator)
    place = form.columns.index(column)
    if "%" in indicator.unit:
        return Decimal(5 + row) + Decimal(place) / 100
    if indicator.unit.startswith("1000"):
        return Decimal(600 + 10 * row) + Decimal(place) / 10
    return Decimal(10_000 + 137 * row + place)


def draw(form: Form, style: Style | None = None, name: str | None = None) -> Drawing:
    """One form, filled, in a style."""
    style = style or Style()
    drawing = Drawing(name or form.id)
    row = style.top
    for text in (*style.above, *([form.title.upper()] if style.title else ())):
        drawing.cells[(row, style.left)] = text
        row += 1
    row += 1
    columns = list(style.order(form.columns))
    headers = [list(style.header(column)) for column in columns]
    deep = max(len(texts) for texts in headers)
    for at, texts in enumerate(headers):
        _draw_header(drawing, row, style.left + at, texts, deep)
    _merge_groups(drawing, row, style.left, headers)
    row += deep
    if style.index_row:
        for at in range(len(columns)):
            drawing.cells[(row, style.left + at)] = at + 1
        row += 1
    drawing.last_row = _draw_rows(drawing, form, style, columns, row)
    if style.signature:
        drawing.cells[(drawing.last_row + 1, style.left + 1)] = "Người lập biểu"
        drawing.cells[(drawing.last_row + 1, style.left + 5)] = "GIÁM ĐỐC"
    return drawing


def _draw_header(
    drawing: Drawing, row: int, column: int, texts: Sequence[str], deep: int
) -> None:
    for level, text in enumerate(texts):
        if text:
            drawing.cells[(row + level, column)] = text
    if len(texts) < deep:
        drawing.merges.append((row, column, row + deep - 1, column))


def _merge_groups(
    drawing: Drawing, row: int, left: int, headers: Sequence[Sequence[str]]
) -> None:
    """Equal neighbours of the top level become one merged cell."""
    start = 0
    for at in range(1, len(headers) + 1):
        same = (
            at < len(headers)
            and len(headers[at]) > 1
            and headers[at][0] == headers[start][0]
        )
        if same:
            del drawing.cells[(row, left + at)]
            continue
        if at - start > 1:
            drawing.merges.append((row, left + start, row, left + at - 1))
        start = at


def _draw_rows(
    drawing: Drawing, form: Form, style: Style, columns: Sequence[Column], row: int
) -> int:
    for indicator in form.indicators:
        if style.keep(indicator):
            _draw_row(drawing, form, style, columns, row, indicator)
            row += 1
        for extra in style.extra.get(indicator.key, ()):
            for at, value in enumerate(extra):
                if value != "":
                    drawing.cells[(row, style.left + at)] = value
            row += 1
    return row


def _draw_row(
    drawing: Drawing,
    form: Form,
    style: Style,
    columns: Sequence[Column],
    row: int,
    indicator: Indicator,
) -> None:
    for at, column in enumerate(columns):
        place = (row, style.left + at)
        if column.role is ColumnRole.CODE and indicator.code:
            drawing.cells[place] = indicator.code
        elif column.role is ColumnRole.LABEL:
            drawing.cells[place] = style.label(indicator)
        elif column.role is ColumnRole.UNIT:
            drawing.cells[place] = style.unit(indicator)
        elif column.role is ColumnRole.VALUE and column in form.columns:
            value = figure_for(form, indicator, column)
            drawing.cells[place] = style.figure(indicator, value)
            drawing.truth[(indicator.key, column.key)] = (address(*place), value)


def two_row_header(column: Column) -> list[str]:
    """Year over version, as many workbooks have it; merged by the writer."""
    if column.role is not ColumnRole.VALUE or column.year is None:
        return [column.title]
    year = ROUND.plan_year + column.year
    words = {"actual": "TH", "plan": "KH", "estimate": "Ước TH"}
    half = " 6 tháng" if column.period == "H1" else ""
    return [f"Năm {year}", f"{words.get(column.version or '', column.title)}{half}"]


def vietnamese(value: Decimal) -> str:
    """A figure as people type it: dots between thousands, a comma before decimals."""
    return f"{value:,}".replace(",", "\u2009").replace(".", ",").replace("\u2009", ".")


def to_tcvn3(text: str) -> str:
    """Unicode to TCVN3; capitals without a byte are written small, as people must."""
    table = {letter: chr(code) for code, letter in TCVN3.items()}
    return "".join(table.get(c) or table.get(c.lower()) or c for c in text)


def to_vni(text: str) -> str:
    """Unicode to VNI."""
    table = {letter: written for written, letter in (VNI_SINGLES | VNI_PAIRS).items()}
    table |= {letter: written for written, letter in VNI_SINGLES.items()}
    return "".join(table.get(c, c) for c in text)


def recoded(drawing: Drawing, recode: Callable[[str], str]) -> Drawing:
    """The drawing with all its texts rewritten."""
    cells = {k: recode(v) if isinstance(v, str) else v for k, v in drawing.cells.items()}
    return replace(drawing, cells=cells)
