"""Workbooks of old programs, written record by record: BIFF5, and tools' BIFF8."""

import io
import struct
import unicodedata
from xml.sax.saxutils import escape

from xlwt.CompoundDoc import XlsDoc

from tests.builders.raw_files import spreadsheet_ml
from tests.builders.workbooks import Drawing

_FORMULA = 0x06
_TONES = "\u0300\u0301\u0303\u0309\u0323"


def write_biff5(
    drawing: Drawing, font: str = "Arial", codepage: int = 1252, *, bare: bool = False
) -> bytes:
    """A drawing as Excel 5 and 95 wrote it; `bare`: without the container around it."""
    charset = f"cp{codepage}" if font == "Arial" else "latin-1"
    sheet = _sheet(drawing, charset)
    name = drawing.name.encode("ascii")
    before = _bof(0x05) + _record(0x42, struct.pack("<H", codepage)) + _font(font) * 5
    before += _record(0xE0, bytes(16)) * 16
    start = len(before) + 4 + 7 + len(name) + 4
    listed = struct.pack("<IHB", start, 0, len(name)) + name
    stream = before + _record(0x85, listed) + _record(0x0A, b"") + sheet
    return stream if bare else _contained(stream)


def _sheet(drawing: Drawing, charset: str) -> bytes:
    records = [_bof(0x10)]
    bottom = 1 + max(row for row, _ in drawing.cells)
    right = 1 + max(column for _, column in drawing.cells)
    records.append(_record(0x200, struct.pack("<5H", 0, bottom, 0, right, 0)))
    for (row, column), value in sorted(drawing.cells.items()):
        place = struct.pack("<3H", row, column, 15)
        if isinstance(value, str):
            text = value.encode(charset)
            records.append(_record(0x204, place + struct.pack("<H", len(text)) + text))
        else:
            records.append(_record(0x203, place + struct.pack("<d", float(value))))
    records.append(_record(0x0A, b""))
    return b"".join(records)


def _record(number: int, body: bytes) -> bytes:
    return struct.pack("<HH", number, len(body)) + body


def _bof(kind: int) -> bytes:
    return _record(0x809, struct.pack("<4H", 0x0500, kind, 0x096C, 0x07C9))


def _font(name: str) -> bytes:
    about = struct.pack("<5H4B", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0)
    return _record(0x31, about + bytes([len(name)]) + name.encode("ascii"))


def _contained(stream: bytes) -> bytes:
    """The stream in a container, under the name it had before BIFF8."""
    out = io.BytesIO()
    XlsDoc().save(out, stream)
    new = "Workbook".encode("utf-16-le") + bytes(48) + struct.pack("<H", 18)
    old = "Book".encode("utf-16-le") + bytes(56) + struct.pack("<H", 10)
    data = out.getvalue()
    assert data.count(new) == 1
    return data.replace(new, old)


def with_results(data: bytes, result: bytes, flags: int) -> bytes:
    """An .xls whose formulas all have one result: what a tool leaves behind."""
    changed = bytearray(data)
    head = struct.pack("<H", _FORMULA)
    at = data.find(head)
    while at >= 0:
        # row, column, style, then the result that this writer gives every formula
        if data[at + 10 : at + 18] == b"\x03" + bytes(5) + b"\xff\xff":
            changed[at + 10 : at + 20] = result + struct.pack("<H", flags)
        at = data.find(head, at + 1)
    return bytes(changed)


def write_spreadsheet_ml(drawing: Drawing, font: str = "Arial") -> bytes:
    """A drawing as a workbook of 2003 in one XML file."""
    height = 1 + max(row for row, _ in drawing.cells)
    rows = "".join(_xml_row(drawing, row) for row in range(height))
    style = f'<Style ss:ID="s1"><Font ss:FontName="{font}"/></Style>'
    return spreadsheet_ml(rows, style)


def _xml_row(drawing: Drawing, row: int) -> str:
    cells = ""
    for (at, column), value in sorted(drawing.cells.items()):
        if at == row:
            kind = "String" if isinstance(value, str) else "Number"
            cells += (
                f'<Cell ss:Index="{column + 1}" ss:StyleID="s1">'
                f'<Data ss:Type="{kind}">{escape(str(value))}</Data></Cell>'
            )
    return f'<Row ss:Index="{row + 1}">{cells}</Row>'


def to_cp1258(text: str) -> str:
    """Text in the letters of windows-1258: a tone is a mark of its own."""
    return "".join(_parted(letter) for letter in unicodedata.normalize("NFC", text))


def _parted(letter: str) -> str:
    if letter.encode("cp1258", "ignore"):
        return letter
    apart = unicodedata.normalize("NFD", letter)
    tones = "".join(mark for mark in apart if mark in _TONES)
    bare = "".join(mark for mark in apart if mark not in _TONES)
    return unicodedata.normalize("NFC", bare) + tones
