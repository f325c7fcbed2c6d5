"""Whatever is put between the cells: their pattern and the XML parser never differ."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.adapters.workbook_reading.ooxml_parts import Parts, Style
from pipeline.adapters.workbook_reading.ooxml_sheet import SheetHandler, read_sheet
from pipeline.adapters.workbook_reading.raw import RawSheet
from pipeline.adapters.workbook_reading.shared_strings import SharedString
from pipeline.adapters.workbook_reading.xml_events import parse
from pipeline.domain.reading.sheet import UnreadableWorkbookError

AT_ONCE = 1 << 16
PARTS = Parts(
    (),
    (Style(), Style(percent=True), Style(date=True), Style(scale="nghìn"), Style("VNI-X")),
    (SharedString("Bắc"), SharedString("ab", (("a", None), ("b", "VNI-X")))),
    recalculates=True,
    macros=False,
)
Found = RawSheet | str


def by_pattern(part: bytes) -> Found:
    sheet = RawSheet("A")
    try:
        read_sheet(sheet, part, "a.xml", PARTS)
    except UnreadableWorkbookError as error:
        return error.code
    return sheet


def by_parser(part: bytes) -> Found:
    sheet = RawSheet("A")
    try:
        parse(part, SheetHandler(sheet, PARTS), "a.xml")
    except UnreadableWorkbookError as error:
        return error.code
    return sheet


VALUES = (
    "0", "12", "1.5", "1.50", "1E+3", "-7", "+7", "007", "12345678901234567", "1e400",
    "NaN", "inf", "", " 1 ", "1_000", "١", "&#49;", "1&amp;", "]]>", "<![CDATA[3]]>",
    "9999999999", "1<!-- -->2", "2<?p x?>3", "_x0041_", "\ufffe", "\x01", "\r\n", "1\t",
)  # fmt: skip
ATTRIBUTES = (
    "", ' r="A1"', ' r="B2"', ' r="ZZZ9"', ' r="A0"', " r='C1'", ' r="$A$3"', ' r="a1"',
    ' s="1"', ' s="2"', ' s="3"', ' s="4"', ' s="77"', ' s="-1"', ' t="s"', ' t="n"',
    ' t="str"', ' t="inlineStr"', ' t="b"', ' t="e"', ' t="d"', ' t=""', ' cm="1"',
    ' vm="1"', ' ph="1"', ' x:t="s"', "  ", "\n",
)  # fmt: skip
value = st.sampled_from(VALUES)
body = st.one_of(
    st.builds("<v>{}</v>".format, value),
    st.builds("<is><t>{}</t></is>".format, value),
    st.builds('<is><t xml:space="preserve">{}</t></is>'.format, value),
    st.builds("<is><r><t>{}</t></r><rPh><t>x</t></rPh></is>".format, value),
    st.builds("<f>{}</f><v>{}</v>".format, value, value),
    st.builds('<f t="shared" si="0">{}</f><v>1</v>'.format, value),
    st.builds("<x:v>{}</x:v>".format, value),
    st.sampled_from(("", "<v/>", "<v />", "<v ></v >", "<f/>", "<is/>", "<extLst/>")),
)
attributes = st.lists(st.sampled_from(ATTRIBUTES), max_size=3).map("".join)
usual = st.builds(
    ' r="{}{}"{}{}'.format,
    st.sampled_from(("A", "B", "ABC")),
    st.sampled_from(("1", "2", "2", "0000003")),
    st.sampled_from(("", ' s="1"', ' s="2"', ' s="3"')),
    st.sampled_from(("", ' t="s"', ' t="n"', ' t="inlineStr"', ' t="str"', ' t="e"')),
)
cell = st.one_of(
    st.builds("<c{}>{}</c>".format, st.one_of(usual, attributes), body),
    st.builds("<c{}/>".format, st.one_of(usual, attributes)),
)
row = st.builds(
    "{}{}{}".format,
    st.sampled_from(
        (
            '<row r="1">', "<row>", '<row r="2" hidden="1">', "<row r='2'>", "", "<row >",
            '<row r="3" spans=" hidden="/>', '<row r="1" r="1">', '<row 1="2">', "<x:row>",
            '<row hidden="true" r="4"/>', '<row a="&lt;"/>', '<row a="\x02"/>', "<row",
        )
    ),
    st.lists(cell, max_size=3).map("".join),
    st.sampled_from(("</row>", "</row>", "</row>", "", "</row></row>", "</x:row>", "\n")),
)  # fmt: skip
rows = st.lists(row, max_size=4).map("".join)
data = st.builds(
    "{}{}{}".format,
    st.sampled_from(("<sheetData>", "<sheetData>", "<x:sheetData>", "<sheetData >")),
    rows,
    st.sampled_from(("</sheetData>", "</sheetData>", "</x:sheetData>", "</sheetData >")),
)
around = st.sampled_from(
    (
        "", "", "", '<cols><col min="2" max="2" hidden="1"/></cols>', "<!-- -->",
        '<mergeCells><mergeCell ref="A1:B2"/></mergeCells>', "<?p <sheetData>?>",
        '<?p <sheetData><row r="1"><c r="A1"><v>9</v></c></row></sheetData>?>',
        '<sheetData><row r="1"><c r="A1"><v>9</v></c></row></sheetData>',
        "<x:sheetData><x:row><x:c><x:v>8</x:v></x:c></x:row></x:sheetData>",
        "<sheetData/>", "<row><c><v>7</v></c></row>", '<row r="5" hidden="1"/>',
    )
)  # fmt: skip
sheets = st.builds(
    "<worksheet>{}{}{}{}</worksheet>".format, around, data, around, st.one_of(around, data)
)
encoded = st.builds(
    lambda text, how: how[0].encode() + text.encode(how[1], "surrogatepass"),
    sheets,
    st.sampled_from((("", "utf-8"), ("", "utf-8"), ("", "utf-16"), ("\ufeff", "utf-8"))),
)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(part=encoded)
def test_a_sheet_of_odd_pieces_is_the_same_both_ways(part) -> None:
    assert by_pattern(part) == by_parser(part)


plain_figure = st.sampled_from(
    ("12", "0", "1.5", "103.6", "103.60000000000001", "-7", "0.30000000000000004", "1E+3",
     "007", "1.50", "", "x", "1e400", "1 2", "1 2 3", "3 ",
     "123456789", "1234567890", "12345678901234567")
)  # fmt: skip
plain_cell = st.one_of(
    st.builds(
        '<c r="{}"{}><v>{}</v></c>'.format,
        st.sampled_from(("A1", "B1", "C1", "A2", "B2", "AB12")),
        st.sampled_from(("", ' s="1" t="n"', ' s="1"', ' s="2"', ' s="3" t="n"', ' t="s"')),
        plain_figure,
    ),
    st.builds(
        '<c r="{}" s="4" t="inlineStr"><is><t>{}</t></is></c>'.format,
        st.sampled_from(("A1", "B1", "D4")),
        st.sampled_from(("Nam", "_x0041_", "", "\uffff", "Tổng số")),
    ),
    st.sampled_from(
        ('<c r="A1" s="1" />', '<c r="B2"/>', '<c r="C1"><f>A1</f><v>3</v></c>',
         '<c r="a1"><v>1</v></c>', '<c r="A1" s="1"></c>', '<c r="B1" t="s"><v>9</v></c>')
    ),
)  # fmt: skip
plain_rows = st.lists(
    st.builds(
        "<row{}>{}</row>".format,
        st.sampled_from((' r="1"', ' r="2" hidden="1"', ' r="3"/><row r="4"', "")),
        st.lists(plain_cell, max_size=5).map("".join),
    ),
    max_size=4,
).map("".join)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(written=plain_rows)
def test_rows_of_usual_pieces_are_the_same_both_ways(written) -> None:
    part = f"<worksheet><sheetData>{written}</sheetData></worksheet>".encode()
    assert by_pattern(part) == by_parser(part)


FIRST = '<sheetData><row r="1"><c r="A1"><v>9</v></c></row></sheetData>'
SECOND = '<sheetData><row r="1"><c r="B1"><v>1</v></c></row></sheetData>'
LONG = "p" * 300


@pytest.mark.parametrize(
    "part",
    [
        f"<?p {FIRST}?>{SECOND}",
        FIRST.replace("sheetData", "x:sheetData") + SECOND.replace("B1", "A1"),
        f"{FIRST}<sheetData><row><c><v>1</v></c></row></sheetData>",
        '<sheetData><row r="1"></sheetData>',
        "<sheetData><row/></row></sheetData>",
        '<sheetData><row r="1" r="2"/></sheetData>',
        '<sheetData><row a="\x01"/></sheetData>',
        '<sheetData><row 1a="0"/></sheetData>',
        '<sheetData><c r="A1" t="inlineStr"><is><t>a]]></t></is></c></sheetData>',
        '<sheetData><c r="A1" t="inlineStr"><is><t>\uffff</t></is></c></sheetData>',
        '<sheetData><row r="1"><c r="A1"><v>1</v></c>2</v></c></row></sheetData>',
        '<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="</row></sheetData>',
        '<sheetData><row r="1"><c r="A1><v>1</v></c></row></sheetData>',
        '<sheetData><row><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row></sheetData>',
        '<sheetData><row r="1"><c r="A1" s="0"><f>B1</f><v>1</v></c></row></sheetData>',
    ],
)
def test_a_sheet_made_to_deceive_is_the_same_both_ways(part) -> None:
    written = f"<worksheet>{part}</worksheet>".encode()
    assert by_pattern(written) == by_parser(written)


def test_a_space_within_a_figure_moves_no_other() -> None:
    """It was taken for two numbers, and all figures after it stood a cell further on."""
    figures = {"A1": "1 2", "B1": "30", "C1": "40", "D1": "50"}
    written = "".join(f'<c r="{at}"><v>{each}</v></c>' for at, each in figures.items())
    part = f'<worksheet><sheetData><row r="1">{written}</row></sheetData></worksheet>'
    found = by_pattern(part.encode())
    assert found == by_parser(part.encode())
    assert isinstance(found, RawSheet)
    assert [cell.text for cell in found.cells.values()] == list(figures.values())


def test_a_long_prefix_hides_no_cell() -> None:
    part = f'<{LONG}:c r="A1"><{LONG}:v>1</{LONG}:v></{LONG}:c>'.encode()
    found = by_parser(part)
    assert isinstance(found, RawSheet)
    assert set(found.cells) == {(0, 0)}


def test_where_a_piece_ends_makes_no_difference() -> None:
    """The border comes to lie all over a row with all sorts of cells."""
    odd = (
        '<row r="2" hidden="1"><c r="A2" s="1"><v>12.5</v></c><c r="B2" t="s"><v>0</v></c>'
        '<c r="C2" t="inlineStr"><is><t>Hà</t></is></c><c r="D2"><f>A2</f><v>3</v></c>'
        "</row>"
    )
    for before in range(0, len(odd.encode()) + 12, 7):
        text = "a" * (AT_ONCE - before - 80)
        first = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>'
        part = f"<worksheet><sheetData>{first}{odd * 2}</sheetData></worksheet>".encode()
        found = by_pattern(part)
        assert found == by_parser(part)
        assert isinstance(found, RawSheet)
        assert len(found.cells) == 5
