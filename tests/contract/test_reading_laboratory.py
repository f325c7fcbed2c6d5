"""What the reading laboratory found wrong once, each as a workbook or the piece of it."""

import unicodedata
from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.plan.plan_round import Form
from pipeline.domain.reading.header import header_score, read_header
from pipeline.domain.reading.number import exact
from pipeline.domain.reading.table_rows import columns_of
from pipeline.domain.writing.legacy_text import decode
from pipeline.stages.recognise import recognise
from tests.builders.reading import assert_read, figures, read_return, told
from tests.builders.workbook_files import write_csv, write_xlsx
from tests.builders.workbooks import (
    ROUND,
    Drawing,
    Style,
    draw,
    recoded,
    to_tcvn3,
    to_vni,
)

PL04, PL05, PL06, PL07, PL09 = (ROUND.form(f"PL0{n}") for n in (4, 5, 6, 7, 9))


def to_cp1258(text: str) -> str:
    """Shapes composed, tones apart, as windows-1258 has to write them."""
    pieces = []
    for letter in text:
        apart = unicodedata.normalize("NFD", letter)
        tones = "".join(c for c in apart if c in "\u0300\u0301\u0303\u0309\u0323")
        rest = "".join(c for c in apart if c not in tones)
        pieces.append(unicodedata.normalize("NFC", rest) + tones)
    return "".join(pieces)


COLUMNS = {
    words.column.key: words
    for form in ("PL01", "PL09")
    for words in columns_of(ROUND.form(form), ROUND.plan_year)
}


def shifted_up(drawing: Drawing, first: int, name: str) -> Drawing:
    """The drawing from the body row `first` on, below its own header."""
    head = max(row for (row, column) in drawing.cells if drawing.cells[row, column] == 1)
    gap = first - head - 1
    cells = {
        (row if row <= head else row - gap, column): value
        for (row, column), value in drawing.cells.items()
        if row <= head or row >= first
    }
    return Drawing(name, cells)


@pytest.mark.parametrize(
    ("stored", "meant"),
    [
        (0.1 + 0.2, "0.3"),
        (100.3 - 100.2, "0.1"),
        (12.11 - 9.6, "2.51"),
        (33.7466666666667, "33.7466666666667"),
        (1234567890123.0, "1234567890123"),
    ],
)
def test_noise_of_a_difference_is_no_figure(stored: float, meant: str) -> None:
    assert exact(stored) == Decimal(meant)


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Thực hiện đến 30/6/2013", "th6t_n1"),
        ("Năm 2013 | 6 tháng đầu năm", "th6t_n1"),
        ("6 THÁNG ĐẦU NĂM 2013", "th6t_n1"),
        ("TH 6 THÁNG ĐẦU NĂM 2013 (1000 ng)", "th6t_n1"),
        ("Trong đó: NSĐP", "nc_dp"),
        ("NS TW", "nc_tw"),
        ("NS trung ương", "nc_tw"),
    ],
)
def test_headers_met_in_the_laboratory(header: str, key: str) -> None:
    assert header_score(read_header(header), COLUMNS[key]) >= 0.65


def test_scribble_beside_header_and_title_changes_nothing() -> None:
    """It once hid the header, and cost the unit above the table: a thousandfold error."""
    drawing = draw(PL07)
    width = max(column for _, column in drawing.cells) + 2
    cells = dict(drawing.cells)
    for row in range(drawing.last_row):
        cells[row, width] = 1000 + row
        cells[row, width + 1] = "xem lại"
    forms, findings = read_return(write_xlsx([replace(drawing, cells=cells)]))
    assert_read(forms["PL07"], drawing)
    assert told(findings) == []


def test_the_unit_above_is_read_though_scribble_stands_below_it() -> None:
    thousands = Style(
        order=lambda columns: [c for c in columns if c.key != "dvt"],
        figure=lambda _, value: value / 1000,
        above=("ĐVT: tỷ đồng",),
    )
    drawing = draw(PL09, thousands)
    drawing.cells[1, 20] = 73663
    forms, _ = read_return(write_xlsx([drawing]))
    assert_read(forms["PL09"], drawing)


def test_the_unit_above_is_read_without_diacritics() -> None:
    """A sheet typed without tone marks once kept its figures a thousand times too small."""
    thousands = Style(
        order=lambda columns: [c for c in columns if c.key != "dvt"],
        figure=lambda _, value: value / 1000,
        above=("Don vi tinh: ty dong",),
    )
    drawing = draw(PL09, thousands)
    forms, _ = read_return(write_xlsx([drawing]))
    assert_read(forms["PL09"], drawing)


@pytest.mark.parametrize(
    ("written", "font", "majority", "meant"),
    [
        ("tr.®", ".VnTime", None, "tr.đ"),
        ("Trñ", "VNI-Times", None, "Trđ"),
        ("Xã", "Times New Roman", "tcvn3", "Xã"),
        ("- Nông thôn", "Times New Roman", "tcvn3", "- Nông thôn"),
        ("Hé", "Arial", "tcvn3", "Hộ"),
        ("TÊn", None, "tcvn3", "Tấn"),
    ],
)
def test_short_texts_by_font_sheet_and_everyday_words(
    written: str, font: str | None, majority: str | None, meant: str
) -> None:
    assert decode(written, font, majority)[0] == meant


def test_a_csv_in_windows_1258() -> None:
    drawing = draw(PL04)
    texts = recoded(drawing, to_cp1258)
    forms, findings = read_return(write_csv(texts, encoding="cp1258"), "PL4.csv")
    assert len(forms["PL04"].row_matches) == len(PL04.indicators)
    assert told(findings) == []


@pytest.mark.parametrize("recode", [to_tcvn3, to_vni])
def test_a_csv_out_of_an_old_font(recode) -> None:
    drawing = draw(PL04)
    data = write_csv(recoded(drawing, recode), encoding="latin-1")
    forms, _ = read_return(data, "PL4.csv")
    assert {key: value for key, (_, value) in figures(forms["PL04"]).items()} == {
        key: value for key, (_, value) in drawing.truth.items()
    }


def test_a_form_over_two_sheets_without_a_title() -> None:
    """Each half alone holds less than half of the form's rows."""
    drawing = draw(PL05, Style(title=False, signature=False))
    cut = drawing.last_row - 12
    above = {place: v for place, v in drawing.cells.items() if place[0] < cut}
    first = replace(drawing, cells=above)
    forms, findings = read_return(write_xlsx([first, shifted_up(drawing, cut, "PL05 (2)")]))
    assert {match.indicator for match in forms["PL05"].row_matches}
    assert "form-unrecognised" not in {finding.code for finding in findings}


def test_a_last_row_goes_on_with_the_form_it_fits_best() -> None:
    """PL01 has nearly the same row, but misses it too: it once took the row for its own."""
    first = draw(ROUND.form("PL01"), Style(keep=lambda row: row.key != "th.qua_dt"))
    third = ROUND.form("PL03")
    whole = draw(third, Style(title=False, signature=False))
    last = whole.last_row - 1
    above = {place: v for place, v in whole.cells.items() if place[0] < last}
    rest = shifted_up(whole, last, "PL03 (2)")
    data = write_xlsx([first, replace(whole, cells=above), rest])
    matches = recognise(open_workbook(data, "PL.xlsx"), [ROUND]).forms
    assert [match.form for match in matches] == ["PL01", "PL03", "PL03"]


def test_codes_before_the_labels_and_no_title() -> None:
    """No label stands there word for word: every form has to be tried."""
    style = Style(title=False, label=lambda row: f"{row.code}. {row.label}")
    drawing = draw(PL06, style)
    others = [draw(form, Style(title=False)) for form in (PL04, PL05)]
    forms, _ = read_return(write_xlsx([drawing, *others]))
    assert {k: v for k, (_, v) in figures(forms["PL06"]).items()} == {
        k: v for k, (_, v) in drawing.truth.items()
    }


def test_sub_rows_one_column_further_right_without_a_header() -> None:
    drawing = draw(PL05)
    wide = {
        (row, column + (column > 1)): value
        for (row, column), value in drawing.cells.items()
    }
    for (row, column), value in list(wide.items()):
        if column == 1 and isinstance(value, str) and value.lstrip()[0] in "-+":
            wide[row, 2] = wide.pop((row, column))
    forms, findings = read_return(write_xlsx([replace(drawing, cells=wide)]))
    assert len(forms["PL05"].row_matches) == len(PL05.indicators)
    assert told(findings) == []


def test_half_a_label_is_not_taken_for_another_row() -> None:
    """The row that is left out here is like the first half of the next one's label."""
    drawing = draw(PL09, Style(keep=lambda row: row.key != "kp.bdg", signature=False))
    label = PL09.indicator("kp.bvte").label
    row = next(at for (at, _), text in drawing.cells.items() if text == label)
    cells = {(at + (at >= row), c): value for (at, c), value in drawing.cells.items()}
    cells[row, 0] = cells.pop((row + 1, 0))
    cells[row, 1], cells[row + 1, 1] = label[:32], label[32:].strip()
    forms, findings = read_return(write_xlsx([replace(drawing, cells=cells)]))
    matched = {match.indicator for match in forms["PL09"].row_matches}
    assert matched == {row.key for row in PL09.indicators} - {"kp.bdg"}
    assert "row-uncertain" not in {finding.code for finding in findings}


def test_half_a_label_that_is_the_whole_of_another() -> None:
    """ "Số trẻ em có hoàn cảnh đặc biệt" runs on below: the row is not that of its own."""
    only = ("te.cs", "te.tl_cs", "te.xa", "te.tl_xa", "te.quy")
    drawing = draw(PL06, Style(keep=lambda row: row.key in only, signature=False))
    label = PL06.indicator("te.cs").label
    row = next(at for (at, _), text in drawing.cells.items() if text == label)
    cells = {(at + (at >= row), c): value for (at, c), value in drawing.cells.items()}
    cells[row, 0] = cells.pop((row + 1, 0))
    cells[row, 1], cells[row + 1, 1] = label[:31], label[31:].strip()
    forms, _ = read_return(write_xlsx([replace(drawing, cells=cells)]))
    assert tuple(match.indicator for match in forms["PL06"].row_matches) == only


def test_a_twin_in_the_place_of_a_missing_row_is_asked_about() -> None:
    """Two rows say "Tại cộng đồng" and "Tại gia đình" is gone: which of them is meant?"""
    form = ROUND.form("PL08")

    def twin(row) -> str:
        return "- Tại cộng đồng" if row.key == "tn.cai_gd" else row.label

    _, findings = read_return(write_xlsx([draw(form, Style(label=twin))]))
    doubted = {f.indicator for f in findings if f.code == "row-uncertain"}
    assert {"tn.cai_gd", "tn.cai_cd"} <= doubted


def part(form: Form, start: int, end: int | None = None) -> Form:
    """Some rows of a form."""
    return replace(form, indicators=form.indicators[start:end])


def test_the_head_of_a_form_before_the_part_that_tells_it() -> None:
    own = [["", f"Mô hình của tỉnh số {n}", "Hộ", 1, 2, 3, 4, 5] for n in (1, 2)]
    added = {PL05.indicators[1].key: own}
    style = Style(title=False, above=(), extra=added)
    head = draw(part(PL05, 0, 5), style, name="A")
    rest = draw(part(PL05, 5), Style(title=False, above=()), name="B")
    recognised = recognise(open_workbook(write_xlsx([head, rest]), "PL.xlsx"), [ROUND])
    assert [(m.form, len(m.found.rows)) for m in recognised.forms] == [
        ("PL05", len(PL05.indicators) - 5),
        ("PL05", 5),
    ]
    assert recognised.findings == ()


def test_a_scrap_under_the_title_of_one_form_goes_on_with_no_other() -> None:
    """Also when another form lacks a row that is called so."""
    jobs, money = ROUND.form("PL02"), ROUND.form("PL09")
    women = next(i for i in jobs.indicators if i.label == "Trong đó: nữ")
    kept = tuple(i for i in jobs.indicators if i != women)
    scrap = replace(money, indicators=(replace(women, unit="Triệu đồng"),))
    drawings = [draw(replace(jobs, indicators=kept)), draw(money), draw(scrap, name="C")]
    forms, _ = read_return(write_xlsx(drawings))
    assert women.key not in {row.indicator for row in forms["PL02"].rows}


def test_a_twin_that_is_gone_with_the_row_above_it_is_asked_about() -> None:
    """ "Tỷ lệ" below the one row may be that of the other, when both are left out."""
    gone = {"te.tl_cs", "te.xa"}
    rows = tuple(row for row in PL06.indicators if row.key not in gone)
    forms, findings = read_return(write_xlsx([draw(replace(PL06, indicators=rows))]))
    doubted = {f.indicator for f in findings if f.code == "row-uncertain"}
    matched = {row.indicator for row in forms["PL06"].row_matches}
    assert "te.tl_xa" in matched or "te.tl_cs" in doubted
