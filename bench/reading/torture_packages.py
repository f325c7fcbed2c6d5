"""Packages of .xlsx as odd programs write them, and as no program should."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping

from tests.builders.raw_files import xlsx

Parts = dict[str, bytes]
_SHEET = "xl/worksheets/sheet1.xml"
_STRICT = (
    (b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
     b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
    (b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
     b"http://purl.oclc.org/ooxml/officeDocument/relationships"),
)  # fmt: skip
_MOST_ROWS = 1_048_576


def zipped(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return stream.getvalue()


def unzipped(data: bytes) -> Parts:
    """The parts of a zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def _of_parts(change: Callable[[Parts], Mapping[str, bytes]]) -> Callable[[bytes], bytes]:
    return lambda data: zipped(change(unzipped(data)))


def _of_sheet(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """A change of the first sheet's XML."""
    return _of_parts(lambda parts: {**parts, _SHEET: change(parts[_SHEET])})


def _strict(parts: Parts) -> Parts:
    made = {}
    for name, data in parts.items():
        made[name] = data
        for loose, strict in _STRICT:
            made[name] = made[name].replace(loose, strict)
    return made


def _prefixed(sheet: bytes) -> bytes:
    """Every element of the sheet under a prefix, as some libraries write them."""
    sheet = re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", sheet)
    return sheet.replace(b" xmlns=", b" xmlns:x=", 1)


def _wide(sheet: bytes) -> bytes:
    text = re.sub(r"^<\?xml[^>]*\?>", "", sheet.decode())
    return ('<?xml version="1.0" encoding="UTF-16"?>' + text).encode("utf-16")


def _dimension(reference: bytes) -> Callable[[bytes], bytes]:
    def change(sheet: bytes) -> bytes:
        sheet = re.sub(rb"<dimension[^>]*/>", b"", sheet)
        return sheet.replace(
            b"<sheetData", b'<dimension ref="%s"/><sheetData' % reference, 1
        )

    return change


def _with_rows(row: Callable[[int], bytes], first: int = 2_000) -> Callable[[bytes], bytes]:
    """Formatted rows without figures as far down as a sheet goes."""

    def change(sheet: bytes) -> bytes:
        rows = b"".join(row(number) for number in range(first, _MOST_ROWS + 1))
        return sheet.replace(b"</sheetData>", rows + b"</sheetData>", 1)

    return change


def _far_cells(sheet: bytes) -> bytes:
    """Formatted empty cells in every column of some rows."""
    cells = b"".join(b'<c r="%s9000" s="0"/>' % name for name in _column_names())
    return sheet.replace(
        b"</sheetData>", b'<row r="9000">' + cells + b"</row></sheetData>", 1
    )


def _column_names() -> Iterator[bytes]:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for first in ("", *letters):
        for second in letters:
            yield (first + second).encode()


def _states(parts: Parts) -> Parts:
    """A second sheet that only a macro can show."""
    book = parts["xl/workbook.xml"]
    line = rb'<sheet name="an" sheetId="77" state="veryHidden" r:id="rIdHidden"/>'
    book = re.sub(rb"</(\w*:?)sheets>", line + rb"</\1sheets>", book, count=1)
    if b"xmlns:r=" not in book:
        book = book.replace(b" xmlns=", b' xmlns:r="%s" xmlns=' % _STRICT[1][0], 1)
    rels = parts["xl/_rels/workbook.xml.rels"]
    kind = _STRICT[1][0] + b"/worksheet"
    line = b'<Relationship Id="rIdHidden" Type="%s" Target="worksheets/an.xml"/>' % kind
    hidden = b'<worksheet xmlns="%s"><sheetData><row r="1"><c r="A1"><v>5</v></c></row>'
    return {
        **parts,
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": rels.replace(
            b"</Relationships>", line + b"</Relationships>"
        ),
        "xl/worksheets/an.xml": hidden % _STRICT[0][0] + b"</sheetData></worksheet>",
    }


def _error_cells(sheet: bytes) -> bytes:
    """Errors right of the table, where somebody tried something."""
    errors = (b"#REF!", b"#N/A", b"#DIV/0!", b"#NAME?")
    cells = b"".join(
        b'<c r="A%d" t="e"><v>%s</v></c>' % (900, error) for error in errors[:1]
    )
    row = b'<row r="900">' + cells + b"</row></sheetData>"
    return sheet.replace(b"</sheetData>", row, 1)


def _cycle(sheet: bytes) -> bytes:
    """Formulas below the table that ask for one another and have no result."""
    cells = b'<c r="A901"><f>B901+1</f></c><c r="B901"><f>A901+1</f></c>'
    return sheet.replace(
        b"</sheetData>", b'<row r="901">' + cells + b"</row></sheetData>", 1
    )


def _renamed(change: Callable[[str], str]) -> Callable[[Parts], Parts]:
    def rename(parts: Parts) -> Parts:
        fixed = ("[Content_Types].xml", "_rels/.rels")
        return {
            name if name in fixed else change(name): data for name, data in parts.items()
        }

    return rename


def _without(*names: str) -> Callable[[Parts], Parts]:
    return lambda parts: {name: data for name, data in parts.items() if name not in names}


def _before(data: bytes) -> bytes:
    """A mail program's garbage behind the package."""
    return data + b"\r\n--=_NextPart--\r\n"


LARGE: Mapping[str, Callable[[bytes], bytes]] = {
    "a million formatted rows": _of_sheet(
        _with_rows(lambda row: b'<row r="%d" s="1" customFormat="1" ht="15.75"/>' % row)
    ),
    "many formatted cells": _of_sheet(
        _with_rows(
            lambda row: b'<row r="%d"><c r="A%d" s="0"/></row>' % (row, row), 700_000
        )
    ),
}

SOUND: Mapping[str, Callable[[bytes], bytes]] = {
    "strict": _of_parts(_strict),
    "prefixed": _of_sheet(_prefixed),
    "in wide characters": _of_sheet(_wide),
    "with a byte order mark": _of_sheet(lambda sheet: b"\xef\xbb\xbf" + sheet),
    "a dimension too small": _of_sheet(_dimension(b"A1")),
    "a dimension too large": _of_sheet(_dimension(b"A1:XFD1048576")),
    "a dimension of nonsense": _of_sheet(_dimension(b"ABC")),
    "formatted far to the right": _of_sheet(_far_cells),
    "a sheet for macros only": _of_parts(_states),
    "error cells below": _of_sheet(_error_cells),
    "a cycle of formulas": _of_sheet(_cycle),
    "capital part names": _of_parts(_renamed(str.upper)),
    "backslashes": _of_parts(_renamed(lambda name: name.replace("/", "\\"))),
    "no styles": _of_parts(_without("xl/styles.xml", "xl/theme/theme1.xml")),
    "no properties": _of_parts(_without("docProps/app.xml", "docProps/core.xml")),
    "not compressed": lambda data: zipped(unzipped(data), zipfile.ZIP_STORED),
    "in bzip2": lambda data: zipped(unzipped(data), zipfile.ZIP_BZIP2),
    "garbage behind": _before,
}


def _one(row: str) -> str:
    return f"<sheetData><row r='1'>{row}</row></sheetData>"


_ONE_CELL = _one("<c><v>1</v></c>")


def _row(number: str) -> str:
    return f"<sheetData><row r='{number}'><c><v>1</v></c></row></sheetData>"


def _shared(text: str) -> bytes:
    return xlsx(_one("<c r='A1' t='s'><v>0</v></c>"), strings=text)


SICK: Mapping[str, Callable[[], bytes]] = {
    "strings missing": lambda: xlsx(_one("<c r='A1' t='s'><v>7</v></c>")),
    "a string of nonsense": lambda: xlsx(_one("<c r='A1' t='s'><v>\u00b2</v></c>")),
    "a style of nonsense": lambda: xlsx(_one("<c r='A1' s='\u00b2'><v>1</v></c>")),
    "a style of many digits": lambda: xlsx(
        _one(f"<c r='A1' s='{'9' * 5000}'><v>1</v></c>")
    ),
    "a row of nonsense": lambda: xlsx(_row("\u00b9")),
    "a row of many digits": lambda: xlsx(_row("9" * 5000)),
    "a cell of nonsense": lambda: xlsx(
        _one("<c r='ZZZZ0'><v>1</v></c><c r=''><v>1</v></c>")
    ),
    "row naught": lambda: xlsx(_one("<c r='A0'><v>1</v></c>")),
    "numbers of nonsense": lambda: xlsx(
        _one(
            "".join(f"<c><v>{v}</v></c>" for v in ("1e999", "NaN", "inf", "--", "1_0", ""))
        )
    ),
    "a number of many digits": lambda: xlsx(_one(f"<c><v>{'9' * 100_000}</v></c>")),
    "an exponent without end": lambda: xlsx(_one("<c><v>1e99999999999999999999</v></c>")),
    "a formula of itself": lambda: xlsx(_one("<c r='A1'><f>A1</f></c>")),
    "a deep formula": lambda: xlsx(_one(f"<c r='A1'><f>{'(' * 9000}1{')' * 9000}</f></c>")),
    "a long formula": lambda: xlsx(_one(f"<c r='A1'><f>{'1+' * 400_000}1</f></c>")),
    "a sum of the whole sheet": lambda: xlsx(
        _one("<c r='A1'><f>SUM(A2:XFD1048576)</f></c>")
    ),
    "a chain of formulas": lambda: xlsx(
        "<sheetData>"
        + "".join(f"<row r='{n}'><c><f>A{n + 1}+1</f></c></row>" for n in range(1, 9000))
        + "</sheetData>"
    ),
    "shared formulas without a master": lambda: xlsx(
        _one("<c r='A1'><f t='shared' si='9'/></c>")
    ),
    "escapes": lambda: _shared("<si><t>_xD800_ _xFFFF_ _x0000_</t></si>"),
    "runs without end": lambda: _shared("<si>" + "<r><t>a</t></r>" * 200_000 + "</si>"),
    "a string of megabytes": lambda: _shared(f"<si><t>{'chữ ' * 2_000_000}</t></si>"),
    "merges without end": lambda: xlsx(
        _one("<c r='A1'><v>1</v></c>")
        + "<mergeCells>"
        + "<mergeCell ref='A1:XFD1048576'/>" * 50_000
        + "</mergeCells>"
    ),
    "columns hidden without end": lambda: xlsx(
        "<cols><col min='1' max='999999999' hidden='1'/></cols>" + _one("<c><v>1</v></c>")
    ),
    "no cells": lambda: xlsx("<sheetData/>"),
    "no sheet data": lambda: xlsx(""),
    "two sheets' data": lambda: xlsx(_one("<c><v>1</v></c>") + _one("<c><v>2</v></c>")),
    "a sheet that is cut": lambda: xlsx("<sheetData><row r='1'>"),
    "part names twice": lambda: xlsx(_ONE_CELL, more={"XL/workbook.xml": b"<x/>"}),
    "a part outside": lambda: xlsx(_one("<c><v>1</v></c>"), more={"../../etc/x": b"1"}),
    "six hundred sheets": lambda: _many_sheets(600),
}


def _many_sheets(count: int) -> bytes:
    parts = unzipped(xlsx(_one("<c><v>1</v></c>")))
    lines = "".join(
        f'<sheet name="S{n}" sheetId="{n + 1}" r:id="rId1"/>' for n in range(count)
    )
    book = parts["xl/workbook.xml"].decode()
    book = re.sub(r"<sheets>.*</sheets>", f"<sheets>{lines}</sheets>", book)
    return zipped({**parts, "xl/workbook.xml": book.encode()})
