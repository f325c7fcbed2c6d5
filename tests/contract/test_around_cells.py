"""Heads of the printed page, comments, and raised digits, in every format."""

import io
import struct
import zipfile
from collections.abc import Mapping

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment

from pipeline.adapters.workbook_reading.around_cells import printed_lines
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.reading.sheet import Sheet
from tests.builders.raw_files import relations, zipped
from tests.builders.xlsb_files import one_sheet, record, wide

TOLD = "Đơn vị tính: nghìn người"


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("&C&P/&N", ["/"]),
        (f'&L&"Times New Roman,Bold"&12{TOLD}&RTrang &P', [TOLD, "Trang"]),
        (f"&R&K000000{TOLD}&K01+023 &D", [TOLD]),
        ("&LSở\nPhòng &&&F", ["Sở", "Phòng"]),
        ("", []),
    ],
)
def test_the_signs_of_a_head_are_no_words(written: str, lines: list[str]) -> None:
    assert list(printed_lines(written)) == lines


def by_openpyxl() -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Dân số", 12])
    sheet.oddHeader.right.text = TOLD
    sheet["B1"].comment = Comment("Theo nghìn người", "Lan")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def by_xlwt() -> bytes:
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("A")
    sheet.write(0, 0, "Dân số")
    sheet._Worksheet__header_str = f"&R{TOLD}"  # it takes no more than ASCII by its door
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def by_hand() -> bytes:
    head = wide(f"&R{TOLD}") + wide("&P") + struct.pack("<I", 0xFFFFFFFF) * 4
    row = record(0, struct.pack("<IIHBBBI", 0, 0, 300, 0, 0, 0, 0))
    cell = record(6, struct.pack("<II", 0, 0) + wide("Dân số"))
    return one_sheet(row + cell + record(479, b"\0\0" + head) + record(480))


ODF = "urn:oasis:names:tc:opendocument:xmlns"
SPACES = " ".join(
    f'xmlns:{name}="{ODF}:{name}:1.0"' for name in ("office", "style", "text", "table")
)
STYLES = f"""<office:document-styles {SPACES}><office:master-styles>
<style:master-page style:name="Ngang"><style:header><style:region-left/>
<style:region-right><text:p>{TOLD}</text:p></style:region-right></style:header>
<style:footer><text:p>Trang <text:page-number>1</text:page-number></text:p></style:footer>
</style:master-page><style:master-page style:name="Khac"><style:header>
<text:p>ĐVT: %</text:p></style:header></style:master-page>
</office:master-styles></office:document-styles>"""
RAISED = (
    '<style:style style:name="T1" style:family="text">'
    '<style:text-properties style:text-position="{}"/></style:style>'
)
CELL = '<table:table-cell office:value-type="string">{}</table:table-cell>'


def ods(cells: str, position: str = "super 58%") -> bytes:
    content = (
        f"<office:document-content {SPACES}><office:automatic-styles>"
        '<style:style style:name="ta1" style:family="table" '
        'style:master-page-name="Ngang"/>'
        f"{RAISED.format(position)}</office:automatic-styles><office:body>"
        '<office:spreadsheet><table:table table:name="A" table:style-name="ta1">'
        f"<table:table-row>{cells}</table:table-row></table:table></office:spreadsheet>"
        "</office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return zipped({"mimetype": kind, "styles.xml": STYLES, "content.xml": content})


def by_libreoffice() -> bytes:
    note = (
        "<office:annotation><text:p>Theo nghìn</text:p><text:p>người</text:p>"
        "</office:annotation><text:p>Dân số</text:p>"
    )
    return ods(CELL.format(note))


def first_sheet(data: bytes, name: str) -> Sheet:
    return open_workbook(data, name).sheets[0]


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (by_openpyxl, "a.xlsx"),
        (by_hand, "a.xlsb"),
        (by_xlwt, "a.xls"),
        (by_libreoffice, "a.ods"),
    ],
)
def test_the_head_of_the_printed_page(write, name: str) -> None:
    sheet = first_sheet(write(), name)
    assert TOLD in sheet.printed
    assert not any("%" in line for line in sheet.printed)
    assert sheet.cells[(0, 0)].text == "Dân số"


def test_comments_are_kept_and_are_no_part_of_a_cell() -> None:
    assert first_sheet(by_openpyxl(), "a.xlsx").comments == ("Theo nghìn người",)
    sheet = first_sheet(by_libreoffice(), "a.ods")
    assert sheet.comments == ("Theo nghìn\nngười",)
    assert sheet.cells[(0, 0)].text == "Dân số"


@pytest.mark.parametrize("position", ["super 58%", "33% 58%"])
def test_raised_digits_of_an_ods_are_none_of_the_figure(position: str) -> None:
    figure = '<text:p>5.600<text:span text:style-name="T1">1</text:span></text:p>'
    note = '<text:p>Hộ nghèo<text:span text:style-name="T1">2</text:span></text:p>'
    cells = first_sheet(
        ods(CELL.format(figure) + CELL.format(note), position), "a.ods"
    ).cells
    assert [cells[(0, n)].text for n in range(2)] == ["5.600^1", "Hộ nghèo2"]


@pytest.mark.parametrize("position", ["sub 58%", "-33% 58%", "0% 100%"])
def test_other_digits_of_an_ods_are_what_they_were(position: str) -> None:
    figure = '<text:p>5.600<text:span text:style-name="T1">1</text:span></text:p>'
    assert (
        first_sheet(ods(CELL.format(figure), position), "a.ods").cells[(0, 0)].text
        == "5.6001"
    )


def test_raised_digits_of_an_xlsb_are_none_of_the_figure() -> None:
    fonts = [
        record(43, bytes(6) + bytes([high, 0]) + bytes(13) + wide("Arial"))
        for high in (0, 1)
    ]
    xf = record(617) + record(47, struct.pack("<3H10x", 0xFFFF, 0, 0)) + record(618)
    runs = struct.pack("<IHH", 1, 5, 1)
    strings = record(19, b"\1" + wide("5.6001") + runs)
    row = record(0, struct.pack("<IIHBBBI", 0, 0, 300, 0, 0, 0, 0))
    shared = record(7, struct.pack("<II", 0, 0) + struct.pack("<I", 0))
    own = record(62, struct.pack("<II", 1, 0) + b"\1" + wide("5.6001") + runs)
    cells = first_sheet(
        one_sheet(row + shared + own, strings, b"".join(fonts) + xf), "a.xlsb"
    ).cells
    assert [cells[(0, n)].text for n in range(2)] == ["5.600^1", "5.600^1"]


BOX = """<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><xdr:twoCellAnchor><xdr:sp>
<xdr:nvSpPr><xdr:cNvPr id="2" name="TextBox 1"/></xdr:nvSpPr><xdr:txBody><a:bodyPr/>
<a:p><a:r><a:t>Đơn vị tính: </a:t></a:r><a:r><a:t>nghìn người</a:t></a:r></a:p>
<a:p><a:r><a:t>Biểu 1</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:twoCellAnchor>
</xdr:wsDr>"""


def with_parts(parts: Mapping[str, str]) -> bytes:
    """A workbook with a comment whose parts are others, or more."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(by_openpyxl())) as old,
        zipfile.ZipFile(stream, "w") as new,
    ):
        for name in {*old.namelist(), *parts}:
            new.writestr(name, parts[name] if name in parts else old.read(name))
    return stream.getvalue()


def test_the_lines_of_text_boxes_are_told() -> None:
    related = relations(("drawing", "../drawings/drawing1.xml"))
    parts = {
        "xl/worksheets/_rels/sheet1.xml.rels": related,
        "xl/drawings/drawing1.xml": BOX,
    }
    assert first_sheet(with_parts(parts), "a.xlsx").comments == (TOLD, "Biểu 1")


@pytest.mark.parametrize(
    "part",
    [
        "xl/comments/comment1.xml",
        "xl/worksheets/_rels/sheet1.xml.rels",
        "xl/drawings/drawing1.xml",
    ],
)
def test_no_figure_is_lost_for_a_broken_comment(part: str) -> None:
    related = relations(
        ("comments", "../comments/comment1.xml"), ("drawing", "../drawings/drawing1.xml")
    )
    parts = {
        "xl/worksheets/_rels/sheet1.xml.rels": related,
        "xl/drawings/drawing1.xml": BOX,
    }
    for broken in ("<a><b", "<a>" + " " * 20 * 1024 * 1024):
        sheet = first_sheet(with_parts(parts | {part: broken}), "a.xlsx")
        assert sheet.cells[(0, 0)].text == "Dân số"
