"""Sound and half-sound workbooks of the kinds that readers' own test suites are full of.

None is a return. `cells` is what a person who opens the file sees in it; a reader that
sees fewer has lost some, and one that sees none takes the file for an empty one.
"""

import io
import re
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping

from bench.reading.torture_packages import unzipped, zipped
from tests.builders.old_files import write_biff5, write_spreadsheet_ml
from tests.builders.raw_files import MAIN, ods, spreadsheet_ml, xlsx
from tests.builders.workbook_files import write_html, write_xls, write_xlsx
from tests.builders.workbooks import Drawing
from tests.builders.xlsb_files import one_sheet, record, wide, write_xlsb

_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = "xl/_rels/workbook.xml.rels"
_SHEET, _TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
_ROW = "<sheetData><row r='1'>%s</row></sheetData>"
_CELLS = _ROW % "<c r='A1'><v>1</v></c><c r='B1' t='s'><v>0</v></c>"
Kind = tuple[str, int | None, Callable[[], bytes]]


def _plain() -> dict[str, bytes]:
    return unzipped(xlsx(_CELLS, strings="<si><t>chữ</t></si>"))


def _package(**changed: bytes | None) -> bytes:
    """The plain package with parts changed or, where None, left out."""
    parts = {**_plain(), **{_NAMES.get(key, key): data for key, data in changed.items()}}
    return zipped({name: data for name, data in parts.items() if data is not None})


_NAMES = {"sheet": _SHEET, "texts": _TEXTS, "rels": _RELS, "root": "_rels/.rels"}


def _relations(*targets: tuple[str, str, str]) -> bytes:
    lines = "".join(
        f'<Relationship Id="{key}" Type="{_TYPES}/{kind}" Target="{target}"/>'
        for key, kind, target in targets
    )
    return f"<Relationships>{lines}</Relationships>".encode()


def _elsewhere() -> bytes:
    plain = _plain()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    types = f'<Types><Override PartName="/book/m.xml" ContentType="{kind}"/></Types>'
    return zipped(
        {
            "[Content_Types].xml": types.encode(),
            "_rels/.rels": _relations(("r", "officeDocument", "/book/m.xml")),
            "book/m.xml": plain["xl/workbook.xml"],
            "book/_rels/m.xml.rels": _relations(
                ("rId1", "worksheet", "s.xml"), ("rId2", "sharedStrings", "/book/t.xml")
            ),
            "book/s.xml": plain[_SHEET],
            "book/t.xml": plain[_TEXTS],
        }
    )


def _texts(xml: str, encoding: str = "utf-8") -> bytes:
    head = f"<?xml version='1.0' encoding='{encoding}'?>"
    written = f"{head}<sst xmlns='{MAIN}'>{xml}</sst>".encode(encoding)
    return _package(texts=written)


def _streamed() -> bytes:
    """A zip written to a pipe: sizes stand behind each part."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.kept = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.kept += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as package:  # type: ignore[arg-type]
        for name, data in _plain().items():
            package.writestr(name, data)
    return bytes(pipe.kept)


def _large_zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name, data in _plain().items():
            with package.open(zipfile.ZipInfo(name), "w", force_zip64=True) as part:
                part.write(data)
    return stream.getvalue()


def _sheet_kind(kind: str, *, cells: bool = True) -> bytes:
    rels = _relations(("rId1", kind, "worksheets/sheet1.xml"))
    return _package(rels=rels, sheet=_plain()[_SHEET] if cells else None)


def _replaced(part: str, old: bytes, new: bytes) -> bytes:
    return _package(**{part: _plain()[_NAMES[part]].replace(old, new, 1)})


_KINDS_OF_CELL = (
    "<c r='A1' t='b'><v>1</v></c><c r='B1' t='e'><v>#N/A</v></c>"
    "<c r='C1' t='d'><v>2013-07-01T00:00:00</v></c><c r='D1' t='str'><f>A1</f><v>x</v></c>"
    "<c r='E1' t='n'><v> 5 </v></c><c r='F1' t='inlineStr'><is><r><t>a</t></r><r><t>b</t>"
    "</r><rPh sb='0' eb='1'><t>zz</t></rPh></is></c><c r='G1'><v>1E+2</v></c>"
    "<c r='H1'><f t='array' ref='H1:H2'>A1:A2*2</f><v>4</v></c>"
    "<c r='I1'><f ca='1'>NOW()</f><v>41000.5</v></c>"
)
_AROUND = (
    "<sheetPr><tabColor rgb='FFFF0000'/></sheetPr><dimension ref='A1:B1'/>"
    + _CELLS
    + "<sheetProtection sheet='1'/><autoFilter ref='A1:B1'/><mergeCells count='1'>"
    "<mergeCell ref='A1:A1'/></mergeCells><dataValidations count='1'><dataValidation "
    "type='list' sqref='A1'><formula1>\"x,y\"</formula1></dataValidation></dataValidations>"
    "<hyperlinks><hyperlink ref='A1' location='x'/></hyperlinks><extLst><ext uri='{x}'>"
    "<x14:sparklineGroups xmlns:x14='y'><x14:sparklineGroup><x14:sparklines>"
    "<xm:f xmlns:xm='z'>A1:A9</xm:f></x14:sparklines></x14:sparklineGroup>"
    "</x14:sparklineGroups></ext></extLst>"
)


def _around() -> bytes:
    """A sheet with nearly every element beside its cells."""
    return xlsx(_AROUND, strings="<si><t>chữ</t></si>")


PACKAGES: tuple[Kind, ...] = (
    ("targets counted from the root", 2, lambda: _package(rels=_relations(
        ("rId1", "worksheet", "xl/worksheets/sheet1.xml"),
        ("rId2", "sharedStrings", "xl/sharedStrings.xml")))),
    ("a relation lost", 2, lambda: _package(rels=_relations(("rId9", "theme", "t.xml")))),
    ("no relations", 2, lambda: _package(rels=None)),
    ("no relations at the root", 2, lambda: _package(root=None)),
    ("no content types", 2, lambda: _package(**{"[Content_Types].xml": None})),
    ("a quoted target", 2, lambda: _package(
        sheet=None,
        rels=_relations(("rId1", "worksheet", "worksheets/s%201.xml"),
                        ("rId2", "sharedStrings", "sharedStrings.xml")),
        **{"xl/worksheets/s 1.xml": _plain()[_SHEET]})),
    ("a workbook elsewhere", 2, _elsewhere),
    ("a sheet's part lost", None, lambda: _package(sheet=None)),
    ("kinds of cells", 9, lambda: xlsx(_ROW % _KINDS_OF_CELL)),
    ("all that stands around", 2, _around),
    ("no addresses", 4, lambda: xlsx(
        "<sheetData><row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c>"
        "<c><v>4</v></c></row></sheetData>")),
    ("only a far column", 1, lambda: xlsx(_ROW % "<c r='XFD1'><v>1</v></c>")),
    ("only the last row", 1, lambda: xlsx(
        "<sheetData><row r='1048576'><c r='A1048576'><v>1</v></c></row></sheetData>")),
    ("a zip of more than 4 GB, it says", 2, _large_zip),
    ("a zip out of a pipe", 2, _streamed),
    ("a split zip", 2, lambda: b"PK\x07\x08" + _package()),
    ("a mark before the zip", 2, lambda: b"\xef\xbb\xbf" + _package()),
    ("a blank line before the zip", 2, lambda: b"\r\n" + _package()),
    ("zeros behind the zip", 2, lambda: _package() + bytes(70_000)),
    ("texts in latin-1", 2, lambda: _texts("<si><t>\xe9t\xe9</t></si>", "ISO-8859-1")),
    ("texts in GBK", 2, lambda: _texts("<si><t>中文</t></si>", "gbk")),
    ("texts in no encoding", 2, lambda: _package(
        texts=b"<?xml version='1.0' encoding='x'?>" + _plain()[_TEXTS])),
    ("a text with a bell", 2, lambda: _replaced("texts", b"</t>", b"\x07</t>")),
    ("a text with broken letters", 2, lambda: _replaced("texts", b"</t>", b"\xff\xfe</t>")),
    ("a blank line before the XML", 2, lambda: _package(
        sheet=b"\r\n<?xml version='1.0'?>" + _plain()[_SHEET])),
    ("zeros behind the XML", 2, lambda: _package(sheet=_plain()[_SHEET] + b"\0\0")),
    ("an end twice", 2, lambda: _package(sheet=_plain()[_SHEET] + b"heet>")),
    ("a document type", 2, lambda: _replaced("texts", b"<sst", b"<!DOCTYPE sst><sst")),
    ("a chart and nothing else", None, lambda: _sheet_kind("chartsheet", cells=False)),
    ("a dialog sheet", 2, lambda: _sheet_kind("dialogsheet")),
    ("a macro sheet", 2, lambda: _sheet_kind("xlMacrosheet")),
    ("phonetic guides", 2, lambda: _texts(
        "<si><t>x</t><rPh sb='0' eb='1'><t>y</t></rPh><phoneticPr fontId='1'/></si>")),
    ("odd sheet names", 2, lambda: write_xlsx(
        [Drawing("a'b & <c>", {(0, 0): 1}), Drawing("=1+1", {(0, 0): 2})])),
)  # fmt: skip


def _ods(rows: str, more: str = "", styles: str = "") -> bytes:
    table = f"{more}<table:table table:name='A'>{rows}</table:table>"
    return ods(f"<office:spreadsheet>{table}</office:spreadsheet>", styles)


_ONE = "<table:table-cell office:value-type='float' office:value='1'/>"
_DRAW = "xmlns:draw='urn:oasis:names:tc:opendocument:xmlns:drawing:1.0'"
_FRAME = (
    f"<draw:frame {_DRAW}><draw:text-box><text:p>x</text:p></draw:text-box></draw:frame>"
)
_CHART = (
    f"<table:shapes><draw:frame {_DRAW}><draw:object><office:document><table:table "
    f"table:name='local-table'><table:table-row>{_ONE}</table:table-row></table:table>"
    "</office:document></draw:object></draw:frame></table:shapes>"
)


def _line(cells: str, repeated: int = 1) -> str:
    times = f"table:number-rows-repeated='{repeated}'"
    return f"<table:table-row {times}>{cells}</table:table-row>"


def _renamed_type(kind: str) -> bytes:
    return zipped({**unzipped(_ods(_line(_ONE))), "mimetype": kind.encode()})


def _flat() -> bytes:
    text = unzipped(_ods(_line(_ONE)))["content.xml"]
    text = text.replace(b"office:document-content", b"office:document")
    kind = b'office:mimetype="application/vnd.oasis.opendocument.spreadsheet"'
    mark = b"<office:document %s " % kind
    return b"<?xml version='1.0'?>\n" + text.replace(b"<office:document ", mark, 1)


OPEN_DOCUMENTS: tuple[Kind, ...] = (
    ("a block of equal cells", 12_000, lambda: _ods(
        _line(_ONE.replace("/>", " table:number-columns-repeated='60'/>"), 200))),
    ("a column of equal cells", 3_000, lambda: _ods(_line(_ONE, 3_000))),
    ("formatted to the end", 1, lambda: _ods(
        _line(_ONE) + _line("<table:table-cell table:number-columns-repeated='1024'/>",
                            1_048_575))),
    ("a text without a paragraph", 1, lambda: _ods(
        _line("<table:table-cell office:value-type='string' office:string-value='x'/>"))),
    ("a box over a cell", 1, lambda: _ods(
        _line(f"{_ONE}<table:table-cell>{_FRAME}</table:table-cell>"))),
    ("a chart with its table", 1, lambda: _ods(_CHART + _line(_ONE))),
    ("a table in a cell", 3, lambda: _ods(_line(
        "<table:table-cell><table:table>" + _line(_ONE * 2)
        + f"</table:table></table:table-cell>{_ONE}"))),
    ("dates and truths", 3, lambda: _ods(_line(
        "<table:table-cell office:value-type='boolean' office:boolean-value='true'/>"
        "<table:table-cell office:value-type='date' office:date-value='2013-07-01'/>"
        "<table:table-cell office:value-type='time' office:time-value='PT1H'/>"))),
    ("a StarOffice file", 1, lambda: _renamed_type("application/vnd.sun.xml.calc")),
    ("a template", 1, lambda: _renamed_type(
        "application/vnd.oasis.opendocument.spreadsheet-template")),
    ("one XML file", 1, _flat),
)  # fmt: skip


def _record(number: int, body: bytes) -> bytes:
    return struct.pack("<HH", number, len(body)) + body


def _old_biff(version: int) -> bytes:
    """A sheet of Excel 2, 3 or 4: a number and a text, and in 3 and 4 a short number."""
    if version == 2:
        place = struct.pack("<HH", 0, 0) + bytes(3)
        below = struct.pack("<HH", 1, 0) + bytes(3)
        return (
            _record(0x009, struct.pack("<HH", 2, 0x10))
            + _record(0x003, place + struct.pack("<d", 1.5))
            + _record(0x004, below + b"\x03abc")
            + _record(0x00A, b"")
        )
    return (
        _record(
            (version - 1 + (version == 4)) << 8 | 9,
            struct.pack("<HHH", version << 8, 0x10, 0),
        )
        + _record(0x203, struct.pack("<HHHd", 0, 0, 0, 1.5))
        + _record(0x204, struct.pack("<HHHH", 1, 0, 0, 3) + b"abc")
        + _record(0x27E, struct.pack("<HHHi", 2, 0, 0, 5 << 2 | 2))
        + _record(0x00A, b"")
    )


_SMALL = Drawing("A", {(0, 0): 1, (0, 1): "chữ", (1, 0): 2.5})


def _capitals(name: str) -> bytes:
    wide = "Workbook".encode("utf-16-le")
    return write_xls([_SMALL]).replace(wide, name.encode("utf-16-le"))


OLD_FILES: tuple[Kind, ...] = (
    ("Excel 2", 2, lambda: _old_biff(2)),
    ("Excel 3", 3, lambda: _old_biff(3)),
    ("Excel 4", 3, lambda: _old_biff(4)),
    ("WORKBOOK in capitals", 3, lambda: _capitals("WORKBOOK")),
    ("workbook in small letters", 3, lambda: _capitals("workbook")),
    ("locked as of old", None, lambda: _locked_old(4)),
    ("locked by a mask", None, lambda: _locked_old(6)),
)


def _web_archive(page: bytes) -> bytes:
    head = (
        "MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n"
        'Content-Type: multipart/related; boundary="----=_b"\r\n\r\n------=_b\r\n'
        "Content-Location: file:///C:/a/sheet001.htm\r\nContent-Transfer-Encoding: 8bit\r\n"
        'Content-Type: text/html; charset="utf-8"\r\n\r\n'
    )
    return head.encode() + page + b"\r\n------=_b--\r\n"


_COMMENT = (
    "<Row><Cell><Data ss:Type='Number'>1</Data><Comment ss:Author='x'><ss:Data><B>x</B>"
    "</ss:Data></Comment></Cell><Cell><ss:Data ss:Type='String'><Font>a</Font>b</ss:Data>"
    "</Cell></Row>"
)

TEXTS: tuple[Kind, ...] = (
    ("a comment in XML", 2, lambda: spreadsheet_ml(_COMMENT)),
    ("XML with a bell", 3, lambda: write_spreadsheet_ml(_SMALL).replace(b">ch", b">c\7h")),
    ("a web archive", 3, lambda: _web_archive(write_html(_SMALL))),
    ("a page in wide letters", 3, lambda: write_html(_SMALL).decode().encode("utf-16-le")),
    ("a page of one table", 1, lambda: b"<table><tr><td>1</td></tr></table>"),
    ("lines that name their mark", 4, lambda: b"sep=;\r\n1;2\r\n3;4\r\n"),
    ("lines with bars", 4, lambda: b"1|2\n3|4\n"),
    ("lines in wide letters", 4, lambda: "a\tb\n1\t2\n".encode("utf-16-le")),
    ("lines of an old Macintosh", 4, lambda: b"a;b\r1;2\r"),
    ("one column of lines", 3, lambda: b"1\n2\n3\n"),
    ("SYLK", 2, lambda: b'ID;PWXL;N;E\r\nC;Y1;X1;K1\r\nC;X2;K"a"\r\nE\r\n'),
    ("DIF", 1, lambda: b'TABLE\n0,1\n""\nDATA\n0,0\n""\n-1,0\nBOT\n0,1\nV'),
    ("Lotus", None, lambda: b"\0\0\2\0\6\4" + bytes(range(200))),
    ("Numbers", None, lambda: zipped({"Index/Document.iwa": b"x"})),
)  # fmt: skip


def _locked_old(length: int) -> bytes:
    """A bare stream that says it is locked, in the way of Excel 5 or of Excel 97."""
    stream = write_biff5(Drawing("A", {(0, 0): 1}), "Arial", bare=True)
    first = 4 + struct.unpack_from("<H", stream, 2)[0]
    return stream[:first] + _record(0x2F, bytes(length)) + stream[first:]


def _cell(kind: int, column: int, body: bytes) -> bytes:
    return record(kind, struct.pack("<II", column, 0) + body)


def _line_of(number: int) -> bytes:
    return record(0, struct.pack("<II9x", number, 0))


_REAL = struct.pack("<d", 1.5)
_RUNS = b"\1" + wide("abc") + struct.pack("<IHH", 1, 0, 0)
BINARY: tuple[Kind, ...] = (
    ("a binary sheet with a far cell", 2, lambda: one_sheet(
        _line_of(0) + _cell(5, 0, _REAL) + _line_of(1_048_575) + _cell(5, 900, _REAL))),
    ("binary cells without columns", 3, lambda: one_sheet(
        _line_of(0) + _cell(1, 0, b"") + record(16, bytes(4) + _REAL)
        + record(12, bytes(4)) + record(15, bytes(4) + b"\1")
        + record(14, bytes(4) + b"*"))),
    ("binary texts of every kind", 3, lambda: one_sheet(
        _line_of(0) + _cell(6, 0, wide("x")) + _cell(62, 1, _RUNS)
        + _cell(8, 2, wide("y") + bytes(10)))),
    ("binary without relations", 3, lambda: zipped({
        name: data for name, data in unzipped(write_xlsb([_SMALL])).items()
        if "workbook.bin.rels" not in name})),
    ("binary cells below nothing", 1, lambda: one_sheet(
        record(2047, b"") + _line_of(7) + record(3000, bytes(300)) + _cell(4, 3, b"\1"))),
)  # fmt: skip


ENDINGS: Mapping[str, tuple[Kind, ...]] = {
    "xlsx": PACKAGES,
    "xlsb": BINARY,
    "ods": OPEN_DOCUMENTS,
    "xls": (*OLD_FILES, *TEXTS),
}


def kinds() -> Iterator[tuple[str, str, int | None, bytes]]:
    """What it is, what it is called, the cells to be seen, the file."""
    for ending, family in ENDINGS.items():
        for name, cells, make in family:
            called = re.sub("[^a-z]", "-", name.lower())
            yield name, f"{called}.{ending}", cells, make()
