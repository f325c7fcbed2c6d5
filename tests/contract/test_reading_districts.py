"""Districts and forms on their side: asked about, never read as the province's."""

import pytest

from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.plan_round import ColumnRole
from pipeline.domain.reading.district import names_district
from tests.builders.reading import assert_read, read_return, told
from tests.builders.workbook_files import write_xlsx
from tests.builders.workbooks import ROUND, Drawing, Style, draw, figure_for

FORMS = [form.id for form in ROUND.forms]
DISTRICTS = ("Vị Xuyên", "Bắc Quang", "Mèo Vạc", "Đồng Văn")
ASKED = [("form-unrecognised", Severity.QUERY)]


def weights(findings):
    return [(finding.code, finding.severity) for finding in findings]


def headed(form_id: str, *lines: str) -> Drawing:
    return draw(ROUND.form(form_id), Style(above=lines))


def titled(form_id: str, more: str) -> Drawing:
    form = ROUND.form(form_id)
    drawing = draw(form)
    place = next(at for at, text in drawing.cells.items() if text == form.title.upper())
    drawing.cells[place] = f"{form.title.upper()} {more}"
    return drawing


def sideways(form_id: str, *, title: bool, units: bool) -> Drawing:
    """Indicators across, years down."""
    form = ROUND.form(form_id)
    drawing = Drawing("ngang", {(0, 0): form.title.upper()} if title else {})
    first = 5 if units else 4
    drawing.cells |= {(3, 0): "TT", (3, 1): "Nội dung"}
    for at, indicator in enumerate(form.indicators, 2):
        drawing.cells[(3, at)] = indicator.label
        if units:
            drawing.cells[(4, at)] = indicator.unit
        for down, column in enumerate(form.value_columns, first):
            drawing.cells[(down, 0)] = down
            drawing.cells[(down, 1)] = column.title
            drawing.cells[(down, at)] = figure_for(form, indicator, column)
    return drawing


def grouped(form_id: str, names: tuple[str, ...]) -> Drawing:
    """The form's columns once under each name."""
    form = ROUND.form(form_id)
    figures = form.value_columns
    drawing = Drawing("huyện", {(0, 0): form.title.upper(), (3, 0): "Chỉ tiêu"})
    for at, indicator in enumerate(form.indicators, 5):
        drawing.cells[(at, 0)] = indicator.label
        for group, name in enumerate(names):
            left = 1 + group * len(figures)
            drawing.cells[(3, left)] = name
            for n, column in enumerate(figures):
                drawing.cells[(4, left + n)] = column.title
                value = figure_for(form, indicator, column) + group
                drawing.cells[(at, left + n)] = value
    for group in range(len(names)):
        left = 1 + group * len(figures)
        drawing.merges.append((3, left, 3, left + len(figures) - 1))
    return drawing


@pytest.mark.parametrize("units", [True, False])
@pytest.mark.parametrize("title", [True, False])
@pytest.mark.parametrize("form", FORMS)
def test_a_form_on_its_side_is_asked_about(form, title, units) -> None:
    drawing = sideways(form, title=title, units=units)
    forms, findings = read_return(write_xlsx([drawing]))
    assert (forms, weights(findings)) == ({}, ASKED)


@pytest.mark.parametrize("form", FORMS)
def test_districts_down_and_indicators_across_are_asked_about(form) -> None:
    layout = ROUND.form(form)
    drawing = Drawing("huyện", {(0, 0): layout.title.upper(), (2, 1): "Huyện, thị xã"})
    for at, indicator in enumerate(layout.indicators, 2):
        drawing.cells[(2, at)] = indicator.label
        for row, name in enumerate(DISTRICTS, 3):
            drawing.cells |= {(row, 1): name, (row, at): row * at}
    forms, findings = read_return(write_xlsx([drawing]))
    assert (forms, weights(findings)) == ({}, ASKED)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "make",
    [
        lambda form: headed(form, "UBND HUYỆN VỊ XUYÊN", "PHÒNG LAO ĐỘNG - TBXH"),
        lambda form: headed(form, "Phòng LĐTBXH huyện Vị Xuyên"),
        lambda form: headed(form, "UBND huyen Vi Xuyen"),
        lambda form: headed(form, "UBND QUẬN 1", "PHÒNG LAO ĐỘNG - TBXH"),
        lambda form: titled(form, "HUYỆN VỊ XUYÊN"),
        lambda form: titled(form, "- Thị xã Gia Nghĩa"),
        lambda form: draw(ROUND.form(form), name="Huyện Vị Xuyên"),
        lambda form: grouped(form, ("Huyện Vị Xuyên",)),
        lambda form: grouped(form, ("Vị Xuyên",)),
        lambda form: draw(ROUND.form(form), name="Vị Xuyên"),
        lambda form: headed(form, "Đơn vị báo cáo: Vị Xuyên"),
        lambda form: headed(form, "UBND H. VỊ XUYÊN"),
        lambda form: headed(form, "UBND TX. GIA NGHĨA"),
        lambda form: headed(form, "UBND THÀNH PHỐ HÀ GIANG", "PHÒNG LAO ĐỘNG - TBXH"),
        lambda form: titled(form, "- VỊ XUYÊN"),
    ],
)
def test_the_form_of_one_district_is_asked_about(form, make) -> None:
    forms, findings = read_return(write_xlsx([make(form)]))
    assert (forms, weights(findings)) == ({}, ASKED)


@pytest.mark.parametrize("form", FORMS)
def test_columns_of_districts_are_never_read_without_a_question(form) -> None:
    names = tuple(f"Huyện {name}" for name in DISTRICTS)
    forms, findings = read_return(write_xlsx([grouped(form, names)]))
    codes = {finding.code for finding in findings}
    assert codes & {"column-uncertain", "form-unrecognised"}
    uncertain = {f.column for f in findings if f.code == "column-uncertain"}
    for appendix in forms.values():
        assert {row.column for row in appendix.rows} <= uncertain


def test_sheets_of_districts_beside_the_provinces_are_told() -> None:
    whole = draw(ROUND.form("PL05"))
    parts = [draw(ROUND.form("PL05"), name=f"Huyện {name}") for name in DISTRICTS]
    forms, findings = read_return(write_xlsx([whole, *parts]))
    assert_read(forms["PL05"], whole)
    assert weights(findings) == [("form-unrecognised", Severity.WARN)] * len(DISTRICTS)


@pytest.mark.parametrize(
    "lines",
    [
        ("UBND TỈNH HÀ GIANG", "SỞ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI"),
        ("UBND THÀNH PHỐ HÀ NỘI", "TỔNG HỢP CÁC HUYỆN NGHÈO"),
        ("UBND TP. CẦN THƠ", "SỞ LĐTBXH THÀNH PHỐ CẦN THƠ"),
        ("SỞ LĐTBXH QUẢNG BÌNH", "PHÒNG LAO ĐỘNG - TIỀN LƯƠNG"),
        ("UBND TỈNH PHÚ YÊN", "PHÒNG LĐTBXH TỔNG HỢP", "Tuy Hòa, ngày 10 tháng 7 năm 2013"),
        ("Quảng Bình",),
        ("SỐ LIỆU CẤP HUYỆN, CẤP XÃ", "CHIA THEO HUYỆN, THỊ XÃ"),
        ("(Kèm theo báo cáo của các huyện Vị Xuyên, Bắc Quang)",),
        ("Ghi chú: chưa gồm huyện Vị Xuyên",),
        ("BÁO CÁO CỦA CÁC CƠ QUAN, HUYỆN VÀ THỊ XÃ",),
        ("HUYỆN NGHÈO THEO NGHỊ QUYẾT 30A",),
    ],
)
def test_the_provinces_own_headings_are_nothing_to_ask_about(lines) -> None:
    drawing = draw(ROUND.form("PL05"), Style(above=lines))
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    assert_read(forms["PL05"], drawing)


def test_no_label_or_header_of_the_round_names_a_district() -> None:
    texts = [form.title for form in ROUND.forms]
    for form in ROUND.forms:
        texts += [i.label for i in form.indicators if i.key != "vl.xkld_ngheo"]
        texts += [c.title for c in form.columns if c.role is ColumnRole.VALUE]
    assert [text for text in texts if names_district(text)] == []
