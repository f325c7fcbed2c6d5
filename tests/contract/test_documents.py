"""Tables of Word documents and of PDFs are read like sheets, by the same stages."""

import pytest

from pipeline.adapters.workbook_reading import pdf_document, word_document
from pipeline.adapters.workbook_reading.document_text import (
    PortableReader,
    ReadDocument,
    read_word,
)
from pipeline.domain.plan.finding import Finding
from pipeline.domain.plan.form import Appendix
from pipeline.domain.reading.sheet import Sheet, Span
from pipeline.stages.read import read_form
from pipeline.stages.recognise import recognise
from tests.builders.documents import (
    TABLE,
    TALL_TABLE,
    Page,
    docx,
    paragraph,
    run,
    table_page,
    word_table,
    write_docx,
    write_pdf,
)
from tests.builders.raw_files import zipped
from tests.builders.reading import assert_read, told
from tests.builders.workbooks import (
    ROUND,
    Drawing,
    Style,
    draw,
    recoded,
    to_tcvn3,
)

TITLED = {form.title: draw(form, TALL_TABLE) for form in ROUND.forms}
SMALL = ROUND.form("PL07")


def forms_of(document: ReadDocument) -> tuple[dict[str, Appendix], list[Finding]]:
    recognised = recognise(document.workbook, [ROUND])
    forms, findings = {}, list(recognised.findings)
    for match in recognised.forms:
        appendix, found = read_form(match, ROUND)
        forms[appendix.form] = appendix
        findings.extend(found)
    return forms, findings


def pdf(pages: list[Page], font: str = "Times") -> ReadDocument:
    return PortableReader().read(write_pdf(pages, font), "PL.pdf")


def only_table(body: str, styles: str = "") -> Sheet:
    document = read_word(docx(body, styles), "PL.docx")
    assert len(document.tables) == 1
    return document.tables[0]


def rows(*lines: str) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{line}</w:tr>" for line in lines) + "</w:tbl>"


def cell(content: str, about: str = "") -> str:
    return f"<w:tc><w:tcPr>{about}</w:tcPr>{content}</w:tc>"


def line(*texts: str) -> str:
    return "".join(cell(paragraph(text)) for text in texts)


def test_the_tables_of_a_word_document_give_all_forms() -> None:
    document = read_word(write_docx(TITLED, more=["UBND TỈNH HÀ GIANG"]), "PL.docx")
    forms, findings = forms_of(document)
    assert told(findings) == []
    for drawing in TITLED.values():
        assert_read(forms[drawing.name], drawing)
    assert forms["PL02"].sheet == "Bảng 2"
    assert document.lines[:2] == ("UBND TỈNH HÀ GIANG", ROUND.forms[0].title)


def test_the_tables_of_a_pdf_give_all_forms() -> None:
    pages = [table_page(drawing, [title]) for title, drawing in TITLED.items()]
    forms, findings = forms_of(pdf(pages))
    assert told(findings) == []
    for drawing in TITLED.values():
        assert_read(forms[drawing.name], drawing)


def test_old_fonts_of_runs_and_pages_are_decoded() -> None:
    drawing = recoded(draw(SMALL, TABLE), to_tcvn3)
    title = to_tcvn3(SMALL.title)
    word = read_word(write_docx({title: drawing}, ".VnTime"), "PL.docx")
    page = pdf([table_page(drawing, [title])], ".VnTime")
    for document in (word, page):
        forms, findings = forms_of(document)
        assert told(findings) == []
        assert_read(forms["PL07"], drawing)
        assert {row.encoding for row in forms["PL07"].rows} == {"tcvn3"}
        assert SMALL.title in document.lines


STYLES = (
    "<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:hAnsi='Arial'/></w:rPr></w:rPrDefault>"
    "</w:docDefaults><w:style w:type='paragraph' w:default='1' w:styleId='Normal'><w:rPr>"
    "<w:rFonts w:ascii='.VnTime'/></w:rPr></w:style>"
    "<w:style w:type='paragraph' w:styleId='Body'><w:basedOn w:val='Normal'/></w:style>"
    "<w:style w:type='character' w:styleId='New'><w:rPr><w:rFonts w:ascii='Arial'/></w:rPr>"
    "</w:style><w:rFonts w:ascii='lost'/><w:style w:type='paragraph' w:styleId='Loop'>"
    "<w:basedOn w:val='Loop'/></w:style>"
)


@pytest.mark.parametrize(
    ("about", "text"),
    [
        ("<w:p><w:r><w:t>Sè hé</w:t></w:r></w:p>", "Số hộ"),
        ("<w:p><w:pPr><w:pStyle w:val='Body'/></w:pPr><w:r><w:t>Sè hé</w:t></w:r></w:p>",
         "Số hộ"),
        ("<w:p><w:r><w:rPr><w:rStyle w:val='New'/></w:rPr><w:t>Sè hé</w:t></w:r></w:p>",
         "Sè hé"),
        ("<w:p><w:pPr><w:pStyle w:val='Loop'/></w:pPr><w:r><w:t>Sè hé</w:t></w:r></w:p>",
         "Sè hé"),
    ],
    ids=["default", "inherited", "character", "loop"],
)  # fmt: skip
def test_a_run_without_font_has_that_of_its_style(about: str, text: str) -> None:
    first = cell(about) + line("một", "hai")
    sheet = only_table(rows(first, line("1", "2", "3"), line("4", "5", "6")), STYLES)
    assert sheet.cells[(0, 0)].text == text


def test_what_is_not_on_the_page_is_not_read() -> None:
    old = "<w:rPrChange><w:rPr><w:rFonts w:ascii='.VnTime'/></w:rPr></w:rPrChange>"
    content = (
        f"<w:p><w:del>{run('bỏ')}</w:del><w:moveFrom>{run('chuyển')}</w:moveFrom>"
        f"<w:r><w:rPr>{old}</w:rPr><w:t>Sè</w:t><w:tab/><w:noBreakHyphen/></w:r>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>ẩn</w:t></w:r>"
        "<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>hiện</w:t><w:br/></w:r>"
        f"<mc:Fallback><w:p>{run('hai lần')}</w:p></mc:Fallback></w:p>{paragraph('dưới')}"
    )
    body = rows(cell(content) + line("b", "c"), line("1", "2", "3"), line("4", "5", "6"))
    assert only_table(body).cells[(0, 0)].text == "Sè\t-hiện\n\ndưới"


def test_merged_cells_and_rows_that_begin_further_right() -> None:
    body = rows(
        cell(paragraph("A"), "<w:vMerge w:val='restart'/>")
        + cell(paragraph("B"), "<w:gridSpan w:val='2'/>")
        + line("C"),
        cell("<w:p/>", "<w:vMerge/>") + line("1", "2", "3"),
        "<w:trPr><w:gridBefore w:val='1'/></w:trPr>" + line("4", "5", "6"),
        cell(paragraph("D"), "<w:vMerge/>") + line("7"),
    )
    sheet = only_table(body)
    assert set(sheet.merged) == {Span(0, 0, 1, 0), Span(0, 1, 0, 2)}
    assert sheet.cells[(2, 1)].text == "4"
    assert sheet.cells[(3, 0)].text == "D"


def test_a_table_inside_a_cell_is_a_table_of_its_own() -> None:
    inner = word_table(draw(SMALL, TABLE))
    outer = rows(cell(paragraph("Khung") + inner) + line("a", "b"), line("1", "2", "3"),
                 line("4", "5", "6"))  # fmt: skip
    document = read_word(docx(outer), "PL.docx")
    assert [table.name for table in document.tables] == ["Bảng 1", "Bảng 2"]
    assert document.tables[1].cells[(0, 0)].text == "Khung"
    assert "PL07" in forms_of(document)[0]


def test_the_lines_over_a_table_name_its_form_and_its_unit() -> None:
    """A letterhead in a table without lines is part of what stands above."""
    drawing = draw(
        ROUND.form("PL09"), Style(above=(), title=False, top=-1, unit=lambda _: "")
    )
    letterhead = rows(line("UBND TỈNH HÀ GIANG", "Đơn vị tính: tỷ đồng"))
    document = read_word(
        docx(paragraph(ROUND.form("PL09").title) + letterhead + word_table(drawing)), "a"
    )
    assert document.tables[0].above == (
        ROUND.form("PL09").title,
        "UBND TỈNH HÀ GIANG",
        "Đơn vị tính: tỷ đồng",
    )
    forms, _ = forms_of(document)
    assert {row.unit_written for row in forms["PL09"].rows} == {"Tỷ đồng"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        zipped({"word/document.xml": "<w:document><w:p>"}),
        zipped({"word/document.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"}),
        docx("<w:tc/><w:tr/><w:vMerge/><w:tbl><w:tr/><w:tc><w:tc/></w:tc></w:tbl>"),
        docx("<w:tc><w:tcPr><w:gridSpan/><w:gridBefore/></w:tcPr></w:tc><w:tr/><w:pStyle/>"
             "<w:rStyle/><w:rFonts/><w:t>x</w:t>"),
    ],
    ids=["empty", "cut", "broken", "entity", "stray", "loose"],
)  # fmt: skip
def test_a_ruined_document_is_no_error(data: bytes) -> None:
    assert read_word(data, "a.docx").tables == ()


def test_too_much_of_anything_ends_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    data = write_docx(TITLED)
    monkeypatch.setattr(word_document, "MOST_CELLS", 100)
    assert read_word(data, "a.docx").tables == ()
    monkeypatch.setattr(word_document, "_LARGEST_XML", 100)
    assert read_word(data, "a.docx").lines == ()


def test_a_table_that_begins_at_the_edge_of_the_page() -> None:
    top = table_page(draw(SMALL, TABLE))
    height = 620 - max(y + tall for _, y, _, tall in top.boxes)
    top.boxes = [(x, y + height, wide, tall) for x, y, wide, tall in top.boxes]
    top.texts = [(x, y + height, text) for x, y, text in top.texts]
    assert "PL07" in forms_of(pdf([top]))[0]


def test_a_long_report_is_told_from_a_bare_table() -> None:
    words = [paragraph("Sáu tháng đầu năm 2013 tỉnh đã tạo việc làm mới. " * 10)] * 6
    assert read_word(docx("".join(words)), "a.docx").is_prose
    assert not read_word(write_docx(TITLED), "a.docx").is_prose


def _cut(drawing: Drawing, at: int, *, header: bool) -> tuple[Drawing, Drawing]:
    """A table over two pages, its header repeated or not."""
    first = {place: value for place, value in drawing.cells.items() if place[0] < at}
    rest = {place: value for place, value in drawing.cells.items() if place[0] >= at}
    again = {(at, max(column for _, column in drawing.cells)): ""}
    if header:
        again = {(at - 1, c): value for (r, c), value in drawing.cells.items() if r == 0}
    return Drawing(drawing.name, first), Drawing(drawing.name, again | rest)


def test_a_table_that_goes_on_over_the_page_is_one_table() -> None:
    form = ROUND.form("PL05")
    drawing = draw(form, TABLE)
    first, rest = _cut(drawing, 12, header=False)
    document = pdf([table_page(first, [form.title], "12"), table_page(rest, [], "13")])
    forms, findings = forms_of(document)
    assert told(findings) == []
    assert_read(forms["PL05"], drawing)
    assert len(document.tables) == 1


def test_a_header_repeated_on_the_next_page_is_no_row() -> None:
    form = ROUND.form("PL05")
    drawing = draw(form, TABLE)
    first, rest = _cut(drawing, 20, header=True)
    document = pdf([table_page(first, [form.title]), table_page(rest)])
    recognised = recognise(document.workbook, [ROUND])
    assert {match.form for match in recognised.forms} == {"PL05"}
    found = {row.indicator for match in recognised.forms for row in match.found.rows}
    assert found == {indicator.key for indicator in form.indicators}


def test_another_table_of_like_columns_is_another_table() -> None:
    """A text between the tables, or other columns, part them."""
    small = draw(SMALL, TABLE)
    narrow = Drawing("x", {(r, c): f"{r}.{c}" for r in range(3) for c in range(4)})
    arranged = Drawing("x", {(0, 0): "Người lập", (0, 1): "Giám đốc"})
    pages = [
        table_page(small, ["Biểu thứ nhất"]),
        table_page(small, ["Biểu thứ hai"]),
        table_page(narrow),
        table_page(arranged),
        Page([(20, 300, "Trang chỉ có chữ")], []),
        table_page(small),
    ]
    document = pdf(pages)
    assert [table.name for table in document.tables] == [f"Bảng {n}" for n in (1, 2, 3, 4)]
    assert document.tables[1].above == ("Biểu thứ hai",)
    assert document.tables[3].above == ("Người lập", "Giám đốc", "Trang chỉ có chữ")


def test_text_that_runs_over_its_row_makes_a_pdf_useless() -> None:
    """A second line of a label would be read as the label, or the unit, of another row."""
    form = ROUND.form("PL05")
    page = table_page(draw(form, TABLE), [form.title])
    low = Page(
        [(x, y + 6 if x < 100 else y, text) for x, y, text in page.texts], page.boxes
    )
    twice = Page([*page.texts, *((x, y, f"zz{text}") for x, y, text in page.texts[20:40])],
                 page.boxes)  # fmt: skip
    bold = Page([*page.texts, *page.texts[20:40]], page.boxes)
    assert pdf([low]).tables == ()
    assert [table.name for table in pdf([low, bold]).tables] == ["Bảng 2"]
    assert pdf([twice]).tables == ()
    assert pdf([bold]).tables != ()


def test_a_pdf_out_of_bounds_or_in_ruins_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = table_page(draw(SMALL, TABLE), [SMALL.title])
    data = write_pdf([page])
    assert PortableReader().read(data[:-200], "a.pdf").tables == ()
    assert PortableReader().read(b"%PDF-1.4", "a.pdf").lines == ()
    reader = PortableReader()
    reader.read(write_pdf([page] * 40), "a.pdf")
    assert reader.read(write_pdf([page] * 30), "b.pdf").tables == ()
    monkeypatch.setattr(pdf_document, "_MOST_MARKS", 10)
    assert PortableReader().read(data, "a.pdf").tables == ()
    monkeypatch.setattr(pdf_document, "_LARGEST", 10)
    assert PortableReader().read(data, "a.pdf").tables == ()
