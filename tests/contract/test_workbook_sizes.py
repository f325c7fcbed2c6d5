"""Words of size in number formats, in every format that has them: no figure loses one."""

from decimal import Decimal

import pytest

from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.reading.sheet import Cell
from tests.builders import raw_files

_STYLE = (
    "<ss:Style ss:ID='p'><NumberFormat ss:Format='#,##0\"&#160;nghìn\"'/></ss:Style>"
    "<ss:Style ss:ID='c' ss:Parent='p'/>"
)
_DATA = "<Data ss:Type='Number'>12</Data>"
_ODS_STYLE = (
    '<office:automatic-styles xmlns:number="n"><number:number-style style:name="N1">'
    "<number:number/><number:text> nghìn</number:text></number:number-style>"
    '<style:style style:name="ce" style:data-style-name="N1"/></office:automatic-styles>'
)
_ODS_CELL = (
    "<office:spreadsheet><table:table table:name='A'><table:table-row><table:table-cell "
    "table:style-name='ce' office:value-type='float' office:value='12'><text:p>12 nghìn"
    "</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>"
)


def first(data: bytes, name: str) -> Cell:
    return open_workbook(data, name).sheets[0].cells[(0, 0)]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        pytest.param(
            raw_files.spreadsheet_ml(
                f"<Row><Cell ss:StyleID='{style}'>{_DATA}</Cell></Row>",
                _STYLE,
            ),
            "a.xls",
            id=f"XML, {told}",
        )
        for style, told in (("p", "its own"), ("c", "its parent's"))
    ]
    + [
        pytest.param(
            raw_files.spreadsheet_ml(
                f"<Row ss:StyleID='p'><Cell>{_DATA}</Cell></Row>", _STYLE
            ),
            "a.xls",
            id="XML, its row's",
        ),
        pytest.param(raw_files.ods(_ODS_CELL, _ODS_STYLE), "a.ods", id="ods"),
        pytest.param(
            '<table><tr><td x:num="12">12 nghìn</td></tr></table>'.encode(),
            "a.xls",
            id="page of Excel",
        ),
        pytest.param(
            '<table><tr><td sdval="12">12 nghìn</td></tr></table>'.encode(),
            "a.xls",
            id="page of Calc",
        ),
    ],
)
def test_a_size_behind_the_digits_is_kept(data: bytes, name: str) -> None:
    assert first(data, name).text == "12 nghìn"


def test_a_page_tells_the_exact_value_of_what_it_shows_rounded() -> None:
    page = b'<table><tr><td sdval="1234.56" sdnum="1033;0;#,##0">1,235</td></tr></table>'
    assert first(page, "a.xls").number == Decimal("1234.56")
    percent = b'<table><tr><td sdval="0.125">13%</td></tr></table>'
    assert (first(percent, "a.xls").number, first(percent, "a.xls").percent) == (
        Decimal("0.125"),
        True,
    )


def test_rows_that_a_page_does_not_show_are_hidden() -> None:
    page = b"<table><tr><td>1</td></tr><tr style='height:0;display:none'><td>2</td></tr>"
    assert open_workbook(page, "a.xls").sheets[0].hidden_rows == {1}


def test_a_comment_in_a_page_is_no_part_of_its_cell() -> None:
    page = b"<table><tr><td sdval='5'><comment>9.999 open</comment>5</td><td>b<comment>c"
    (sheet,) = open_workbook(page + b"<td>d</td></tr></table>", "a.xls").sheets
    assert [sheet.cells[(0, n)].text for n in range(3)] == ["5", "b", "d"]
