"""Corners of the reading rules that whole workbooks seldom reach."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.domain.plan.form import ColumnMatch
from pipeline.domain.plan.plan_round import Unit
from pipeline.domain.reading.contrast import opposed, senses_of
from pipeline.domain.reading.declared_unit import DeclaredUnits
from pipeline.domain.reading.form_match import Layout, Table
from pipeline.domain.reading.header import header_score, read_header
from pipeline.domain.reading.labelled_rows import found_rows
from pipeline.domain.reading.layout import find_tables
from pipeline.domain.reading.row_label import FoundRow, asked_rows, parents_of, read_label
from pipeline.domain.reading.row_match import pair_rows
from pipeline.domain.reading.sheet import Cell, CellKind, Sheet, Span, Workbook
from pipeline.domain.reading.table_rows import columns_of, lay_out
from pipeline.domain.reading.units import Relation, Units
from pipeline.domain.writing.text import match_key
from pipeline.stages.recognise import recognise
from tests.builders.workbooks import ROUND

WORDS = frozenset(("tt", "chi tieu", "don vi tinh"))
UNITS = Units(ROUND.units)
PL01 = ROUND.form("PL01")


def cell(value: str | int) -> Cell:
    if isinstance(value, int):
        return Cell(CellKind.NUMBER, str(value), Decimal(value))
    return Cell(CellKind.TEXT, value)


def sheet(cells: Mapping[tuple[int, int], str | int], *merged: Span) -> Sheet:
    return Sheet("A", {place: cell(value) for place, value in cells.items()}, merged)


HEADER = {
    (0, 0): "TT",
    (0, 1): "Chỉ tiêu",
    (0, 2): "ĐVT",
    (0, 3): "TH 2012",
    (0, 4): "KH 2013",
}


def table(body: Mapping[tuple[int, int], str | int], *merged: Span) -> Table:
    (found,) = find_tables(sheet({**HEADER, **body}, *merged), WORDS)
    return found


def laid_out(found: Table) -> Layout:
    return lay_out(found, columns_of(PL01, ROUND.plan_year))


def test_figures_near_2000_do_not_make_a_header() -> None:
    body = {(1, 1): "Bệnh binh", (1, 3): 2012, (1, 4): 2013, (1, 5): 2014, (1, 6): "2011"}
    assert table(body).body_top == 1


def test_an_overlong_text_and_a_single_cell_are_no_header() -> None:
    long = "Kế hoạch năm 2013 " * 9
    assert find_tables(sheet({(0, 0): long, (0, 1): long, (0, 2): long}), WORDS) == ()
    assert find_tables(sheet({(0, 0): "Kế hoạch năm 2013"}), WORDS) == ()


def test_groups_above_the_header_belong_to_it() -> None:
    cells = {(2 + row, column): value for (row, column), value in HEADER.items()}
    cells |= {(1, 3): "Năm 2012", (0, 0): "Biểu năm 2014", (4, 1): "x", (4, 3): 1}
    cells[(2, 3)] = "TH"
    (found,) = find_tables(sheet(cells), WORDS)
    assert (found.header_top, found.header_bottom) == (1, 2)
    assert found.headers[3] == "Năm 2012 | TH"
    assert found.title == "Biểu năm 2014"


def test_a_group_hands_its_words_on_only_to_what_needs_them() -> None:
    cells = {
        (0, 0): "TT", (0, 1): "Chỉ tiêu", (0, 2): "Năm 2013", (1, 2): "KH",
        (1, 3): "TH",
        (0, 4): "Ghi chú", (1, 5): "khác kế hoạch", (1, 6): "KH 2014",
        (2, 1): "a", (2, 2): 5,
    }  # fmt: skip
    (found,) = find_tables(sheet(cells), WORDS)
    assert found.headers == {
        0: "TT",
        1: "Chỉ tiêu",
        2: "Năm 2013 | KH",
        3: "Năm 2013 | TH",
        4: "Ghi chú",
        5: "khác kế hoạch",
        6: "KH 2014",
    }


def test_merged_cells_of_the_header_reach_down_and_across() -> None:
    spans = (Span(0, 1, 1, 1), Span(0, 3, 0, 4), Span(0, 0, 0, 9), Span(0, 6, 0, 7))
    cells = {(0, 0): "TT", (0, 1): "Chỉ tiêu", (0, 2): "ĐVT", (0, 3): "Năm 2012"}
    found = find_tables(
        sheet({**cells, (1, 3): "TH", (2, 1): "a", (2, 3): 1}, *spans), WORDS
    )
    assert found[0].header_bottom == 1


def test_one_header_merged_over_two_columns_counts_once() -> None:
    found = table({(1, 1): "a", (1, 3): 7, (1, 4): 8}, Span(0, 4, 0, 5))
    layout = laid_out(found)
    assert [(m.column, m.sheet_column) for m in layout.values] == [
        ("th_n2", 3),
        ("kh_n1", 4),
    ]


def test_labels_beside_codes_when_nothing_is_named() -> None:
    cells = {(0, 1): "", (0, 3): "TH 2012", (0, 4): "KH 2013", (0, 5): "KH 2014"}
    body = {(1, 0): "I", (1, 1): "Bệnh binh", (1, 3): 1}
    (found,) = find_tables(sheet({**cells, **body}), WORDS)
    (row,) = found_rows(found, laid_out(found))
    assert row.text == "Bệnh binh"


def test_a_code_and_a_label_in_merged_label_columns() -> None:
    found = table(
        {(0, 0): "Chỉ tiêu", (1, 0): "1.1", (1, 1): "Bệnh binh", (2, 1): "b", (2, 3): 2},
        Span(0, 0, 0, 1),
    )
    layout = laid_out(found)
    rows = found_rows(found, layout)
    assert layout.labels == (0, 1)
    assert [(r.text, r.label.code, r.has_figures) for r in rows] == [
        ("Bệnh binh", "1.1", False),
        ("b", "", True),
    ]


def test_a_heading_in_the_code_column() -> None:
    found = table({(1, 0): "Phần chung", (1, 2): "Người", (2, 1): "a", (2, 3): 1})
    first = found_rows(found, laid_out(found))[0]
    assert (first.text, first.label.code) == ("Phần chung", "")


@pytest.mark.parametrize(
    ("upper", "lower", "joined_at"),
    [
        ({(1, 1): "Bệnh", (1, 3): 1}, {(2, 1): "binh"}, 0),
        ({(1, 1): "Bệnh"}, {(2, 1): "binh", (2, 3): 1}, 1),
        ({(1, 1): "Bệnh", (1, 3): 1}, {(2, 1): "binh", (2, 3): 1}, None),
        ({(1, 1): "Bệnh"}, {(2, 1): "Binh", (2, 3): 1}, 1),
        ({(1, 1): "Bệnh"}, {(2, 1): "+ binh", (2, 3): 1}, None),
    ],
)
def test_a_label_broken_in_two(upper, lower, joined_at: int | None) -> None:
    found = table({**upper, **lower})
    rows = found_rows(found, laid_out(found))
    keys = [row.joined.key if row.joined else None for row in rows]
    assert (keys.index("benh binh") if "benh binh" in keys else None) == joined_at


def test_a_broken_label_is_found_by_its_whole() -> None:
    long = PL01.indicator("th.ncc").label
    found = table(
        {(1, 1): long[:20], (2, 1): long[20:].strip(), (2, 2): "người", (2, 3): 5}
    )
    (pair,) = pair_rows(asked_rows(PL01), found_rows(found, laid_out(found)), UNITS)
    assert PL01.indicators[pair.asked].key == "th.ncc"
    assert pair.found == 1


def test_labels_without_letters_match_nothing() -> None:
    found = table({(1, 1): "***", (1, 3): 1})
    assert pair_rows(asked_rows(PL01), found_rows(found, laid_out(found)), UNITS) == ()


def test_levels_and_parents() -> None:
    labels = [
        read_label(text, code)
        for text, code in [("+ a", ""), ("A", "1"), ("- b", ""), ("+ c", ""), ("Tỷ lệ", ""),
                           ("2.1 D", ""), ("Trong đó: e", "2.2")]
    ]  # fmt: skip
    assert parents_of(labels) == ["", "", "a", "b", "a", "", "d"]
    assert labels[5].code == "2.1"


def test_headers_that_name_no_year_at_all() -> None:
    columns = columns_of(PL01, ROUND.plan_year)
    named = replace(PL01.column("kh_n"), title="Năm 2014", aliases=())
    (words,) = columns_of(replace(PL01, columns=(named,)), ROUND.plan_year)
    assert header_score(read_header("Kế hoạch năm 2014"), words) == pytest.approx(0.8)
    assert max(header_score(read_header("Ghi chép khác"), c) for c in columns) == 0


def declared(
    header: str,
    title: str,
    unit: str | int | None,
    asked: str = "Người",
    label: str | None = None,
) -> tuple[str | None, Relation]:
    cells = {} if unit is None else {(1, 2): cell(unit)}
    cells |= {} if label is None else {(1, 1): cell(label)}
    found = Table(Sheet("A", cells), title, 0, 0, 1, 9, {2: "ĐVT", 3: header}, {})
    match = ColumnMatch("kh_n", 3, header, 1.0)
    layout = Layout(0, (1,), 2, None, (match,), ())
    units = DeclaredUnits(found, layout, UNITS)
    own = units.of_column(3, asked, units.of_row(1, asked))
    return own.written, own.conversion.relation


@pytest.mark.parametrize(
    ("header", "title", "unit", "expected"),
    [
        ("KH 2014", "", "người", ("người", Relation.SAME)),
        ("KH 2014", "", '"', (None, Relation.SAME)),
        ("KH 2014", "", 5, (None, Relation.SAME)),
        ("KH 2014", "", 1000, ("1000", Relation.SCALED)),
        ("KH 2014", "", None, (None, Relation.SAME)),
        ("KH 2014", "Đơn vị tính: nghìn người", None, ("1000 người", Relation.SCALED)),
        ("KH 2014", "Đơn vị tính: nghìn người, %", "-", ("1000 người", Relation.SCALED)),
        ("KH 2014", "ĐVT: người, nghìn người", None, (None, Relation.SAME)),
        ("KH 2014", "ĐVT: vạn người, nghìn người", None, ("1000 người", Relation.UNKNOWN)),
        ("KH 2014", "ĐVT: 10,000 người", None, ("10,000 nguoi", Relation.SCALED)),
        ("KH 2014", "Đơn vị: 10^3 người", None, ("1000 người", Relation.SCALED)),
        ("KH 2014", "ĐVT: người x 1.000", None, ("nguoi x 1.000", Relation.SCALED)),
        ("KH 2014", "ĐVT: trăm", None, ("trăm", Relation.UNKNOWN)),
        ("KH 2014", "ĐVT: trăm", "người", ("người", Relation.UNKNOWN)),
        ("KH 2014", "ĐVT: x 1000", None, ("x 1000", Relation.UNKNOWN)),
        ("KH 2014", "Đơn vị: nghìn lao động", None, ("nghìn lao động", Relation.UNKNOWN)),
        ("KH 2014", "Đơn vị tính: vạn dân", None, ("vạn dân", Relation.UNKNOWN)),
        ("KH 2014", "Đơn vị: Văn phòng Sở", None, (None, Relation.SAME)),
        ("KH 2014", "Đơn vị: Trạm 05", None, (None, Relation.SAME)),
        ("KH 2014", "Đơn vị: Sở Lao động", None, (None, Relation.SAME)),
        ("KH 2014 (ước) (ĐVT: nghìn người)", "", None, ("1000 người", Relation.SCALED)),
        ("KH 2014 (nghìn người)", "", "nghìn người", ("nghìn người", Relation.SCALED)),
        ("KH 2014 (nghìn người)", "", "người", ("người", Relation.UNKNOWN)),
        ("KH 2014 (tỷ đồng)", "", "người", ("người", Relation.SAME)),
    ],
)
def test_declared_units(header: str, title: str, unit, expected) -> None:
    assert declared(header, title, unit) == expected


@pytest.mark.parametrize(
    ("header", "label", "expected"),
    [
        ("KH 2014 (người)", "Lao động (nghìn người)", Relation.UNKNOWN),
        ("KH 2014 (nghìn người)", "Lao động (người)", Relation.UNKNOWN),
        ("KH 2014 (nghìn người)", "Lao động (nghìn người)", Relation.SCALED),
        ("KH 2014 (nghìn người)", "Lao động", Relation.SCALED),
        ("KH 2014", "Lao động (nghìn người)", Relation.SCALED),
        ("KH 2014", "Lao động (người)", Relation.SAME),
    ],
)
def test_a_label_and_a_header_that_name_two_units(
    header: str, label: str, expected: Relation
) -> None:
    assert declared(header, "", None, label=label)[1] is expected


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Lao động (người)", Relation.UNKNOWN),
        ("Lao động (nghìn người)", Relation.SCALED),
        ("Lao động (hộ)", Relation.SCALED),
        ("Lao động", Relation.SCALED),
    ],
)
def test_a_label_and_a_line_above_that_name_two_units(label: str, expected) -> None:
    above = "Đơn vị tính: nghìn người"
    assert declared("KH 2014", above, None, label=label)[1] is expected


def test_two_names_of_one_size_are_one_unit() -> None:
    units = Units([Unit("Người"), Unit("Nhân khẩu", base="Người")])
    assert units.relate("Nhân khẩu", "Người").relation is Relation.SAME


def test_two_forms_that_fit_equally_are_none() -> None:
    twin = replace(PL01, id="PL99")
    rows = {(n + 1, 1): i.label for n, i in enumerate(PL01.indicators)}
    figures = {(n + 1, 3): 5 + n for n in range(14)} | {
        (n + 1, 4): 7 + n for n in range(14)
    }
    book = Workbook("a.xlsx", "xlsx", (sheet({**HEADER, **rows, **figures}), sheet({})))
    found = recognise(book, [replace(ROUND, forms=(PL01, twin))])
    assert found.forms == ()
    assert [f.code for f in found.findings] == ["form-unrecognised"]
    assert [m.form for m in recognise(book, [ROUND]).forms] == ["PL01"]
    assert recognise(book, []).forms == ()


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("Tỷ lệ nữ tham gia cấp ủy đảng", "Tỷ lệ nam tham gia cấp ủy đảng"),
        ("Số hộ nghèo cuối năm", "Số hộ nghèo đầu năm"),
        ("Số hộ nghèo đầu năm", "Số hộ cận nghèo đầu năm"),
        ("Tổng số lao động được tạo việc làm", "Tổng số lao động không được tạo việc làm"),
        ("Tỷ lệ thất nghiệp khu vực thành thị", "Tỷ lệ thất nghiệp khu vực nông thôn"),
        ("Số hộ nghèo cuối năm", "Số hộ nghèo cuối quý"),
        ("Tuyển mới dạy nghề", "Tuyển mới dạy nghề lũy kế"),
        ("Tuyển mới dạy nghề", "Tuyển mới dạy nghề (cũ)"),
        ("Tuyển mới dạy nghề", "Tuyển mới dạy nghề năm trước"),
        ("Tuyển mới dạy nghề", "Tuyển mới dạy nghề 2011"),
        ("Tỷ lệ xã, phường phù hợp với trẻ em", "Tỷ lệ huyện phù hợp với trẻ em"),
        ("Số hộ nghèo cuối năm", "Tăng số hộ nghèo cuối năm"),
        ("Số hộ nghèo cuối năm", "Số giảm hộ nghèo cuối năm"),
        ("Số hộ nghèo cuối năm", "Tỷ lệ số hộ nghèo cuối năm"),
    ],
)
def test_words_that_make_another_figure_of_a_label(asked: str, written: str) -> None:
    assert opposed(senses_of(match_key(asked)), senses_of(match_key(written)))


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("Lao động nữ nông thôn", "Lao động nữ ở nông thôn, thành thị"),
        ("Số hộ nghèo tại huyện nghèo (NQ 30a)", "Số hộ nghèo"),
        ("Số hộ nghèo cuối năm", "Hộ nghèo"),
        ("Quỹ bảo trợ trẻ em", "Quỹ BTTE"),
        ("Tuyển mới dạy nghề", "Tuyển mới dạy nghề (lũy kế từ đầu năm)"),
        ("Mức giảm tỷ lệ hộ nghèo trong năm", "Giảm tỷ lệ hộ nghèo trong năm"),
    ],
)
def test_words_that_a_label_may_leave_out(asked: str, written: str) -> None:
    assert not opposed(senses_of(match_key(asked)), senses_of(match_key(written)))


@pytest.mark.parametrize(
    ("added", "sure"),
    [
        ("của doanh nghiệp", False),
        ("ở nước ngoài", False),
        ("thuộc ngành y tế", False),
        ("trên địa bàn toàn tỉnh", True),
        ("theo kế hoạch năm 2014", True),
        ("(theo chuẩn mới)", True),
    ],
)
def test_a_label_that_is_narrowed_is_asked_about(added: str, sure: bool) -> None:
    asked = asked_rows(PL01)
    first = asked[1]
    label = read_label(f"{first.indicator.label} {added}", first.indicator.code)
    found = FoundRow(9, "", label, None, first.indicator.unit, "", has_figures=True)
    pairs = pair_rows([first], [found], Units(ROUND.units))
    assert [(pair.found, pair.sure) for pair in pairs] == [(0, sure)]
