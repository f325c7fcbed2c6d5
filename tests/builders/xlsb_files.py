"""Drawings as .xlsb: the records of BIFF12 ([MS-XLSB]) in their package, by hand.

There is no writer of the format; this is the least that Excel itself would take: a book,
its sheets, shared strings and one cell format.
"""

import struct
from collections.abc import Sequence
from decimal import Decimal

from tests.builders.raw_files import relations, zipped
from tests.builders.workbooks import Drawing

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_MAIN = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
_PARTS = (
    ("/xl/workbook.bin", _MAIN),
    ("/xl/sharedStrings.bin", "application/vnd.ms-excel.sharedStrings"),
    ("/xl/styles.bin", "application/vnd.ms-excel.styles"),
)
_SHEET = "application/vnd.ms-excel.worksheet"
_BEGIN_BOOK, _END_BOOK, _BEGIN_BUNDLES, _END_BUNDLES, _BUNDLE = 131, 132, 143, 144, 156
_BEGIN_SHEET, _END_SHEET, _DIMENSION, _BEGIN_DATA, _END_DATA = 129, 130, 148, 145, 146
_ROW, _RK, _REAL, _ISST, _ERROR, _BOOL = 0, 2, 5, 7, 3, 4
_BEGIN_STRINGS, _END_STRINGS, _STRING = 159, 160, 19
_BEGIN_MERGES, _END_MERGES, _MERGE = 177, 178, 176
_BEGIN_STYLES, _END_STYLES, _BEGIN_FORMATS, _END_FORMATS, _FORMAT = 278, 279, 617, 618, 47


def write_xlsb(drawings: Sequence[Drawing], hidden: Sequence[str] = ()) -> bytes:
    """The drawings as sheets of an .xlsb; those named in `hidden` are out of sight."""
    strings: dict[str, int] = {}
    sheets = [_sheet(each, strings) for each in drawings]
    return xlsb(_book(drawings, hidden), sheets, _strings(strings), _styles())


def xlsb(book: bytes, sheets: Sequence[bytes], strings: bytes, styles: bytes) -> bytes:
    """A package out of its parts' records."""
    names = [f"xl/worksheets/sheet{n}.bin" for n in range(1, len(sheets) + 1)]
    kinds = (*_PARTS, *((f"/{name}", _SHEET) for name in names))
    overrides = "".join(
        f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in kinds
    )
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    links = [("worksheet", name.removeprefix("xl/")) for name in names]
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="rels" '
        f'ContentType="{rels}"/>{overrides}</Types>',
        "_rels/.rels": relations(("officeDocument", "xl/workbook.bin")),
        "xl/_rels/workbook.bin.rels": relations(
            *links, ("sharedStrings", "sharedStrings.bin"), ("styles", "styles.bin")
        ),
        "xl/workbook.bin": book,
        **dict(zip(names, sheets, strict=True)),
        "xl/sharedStrings.bin": strings,
        "xl/styles.bin": styles,
    }
    return zipped(parts)


def one_sheet(data: bytes, strings: bytes = b"", styles: bytes = b"") -> bytes:
    """An .xlsb of one sheet `A` with these records of rows and cells."""
    sheet = record(_BEGIN_DATA) + data + record(_END_DATA)
    book = _book([Drawing("A")], ())
    texts = record(_BEGIN_STRINGS, bytes(8)) + strings + record(_END_STRINGS)
    return xlsb(book, [record(_BEGIN_SHEET) + sheet + record(_END_SHEET)], texts, styles)


def record(kind: int, body: bytes = b"") -> bytes:
    """One record: its number and size in seven bits a byte, then its body."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, left = b"", len(body)
    while left >= 0x80:
        size, left = size + bytes([left & 0x7F | 0x80]), left >> 7
    return head + size + bytes([left]) + body


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")


def _book(drawings: Sequence[Drawing], hidden: Sequence[str]) -> bytes:
    bundles = b"".join(
        record(
            _BUNDLE,
            struct.pack("<II", drawing.name in hidden, n)
            + wide(f"rId{n}")
            + wide(drawing.name),
        )
        for n, drawing in enumerate(drawings, 1)
    )
    sheets = record(_BEGIN_BUNDLES) + bundles + record(_END_BUNDLES)
    return record(_BEGIN_BOOK) + sheets + record(_END_BOOK)


def _sheet(drawing: Drawing, strings: dict[str, int]) -> bytes:
    rows: dict[int, dict[int, object]] = {}
    for (row, column), value in drawing.cells.items():
        rows.setdefault(row, {})[column] = value
    last = max((column for _, column in drawing.cells), default=0)
    extent = struct.pack("<4I", min(rows, default=0), max(rows, default=0), 0, last)
    data = b"".join(_row(row, rows[row], strings) for row in sorted(rows))
    merges = b"".join(
        record(_MERGE, struct.pack("<4I", top, bottom, left, right))
        for top, left, bottom, right in drawing.merges
    )
    count = struct.pack("<I", len(drawing.merges))
    merged = record(_BEGIN_MERGES, count) + merges + record(_END_MERGES)
    return (
        record(_BEGIN_SHEET)
        + record(_DIMENSION, extent)
        + record(_BEGIN_DATA)
        + data
        + record(_END_DATA)
        + (merged if drawing.merges else b"")
        + record(_END_SHEET)
    )


def _row(row: int, cells: dict[int, object], strings: dict[str, int]) -> bytes:
    head = struct.pack("<IIHBBBI", row, 0, 300, 0, 0, 0, 0)
    return record(_ROW, head) + b"".join(
        _cell(column, cells[column], strings) for column in sorted(cells)
    )


def _cell(column: int, value: object, strings: dict[str, int]) -> bytes:
    place = struct.pack("<II", column, 0)
    if isinstance(value, bool):
        return record(_BOOL, place + bytes([value]))
    if isinstance(value, int) and abs(value) < 1 << 28:
        return record(_RK, place + struct.pack("<i", value << 2 | 2))
    if isinstance(value, int | float | Decimal):
        return record(_REAL, place + struct.pack("<d", float(value)))
    text = str(value)
    if text == "#REF!":
        return record(_ERROR, place + b"\x17")
    at = strings.setdefault(text, len(strings))
    return record(_ISST, place + struct.pack("<I", at))


def _strings(strings: dict[str, int]) -> bytes:
    items = b"".join(record(_STRING, b"\0" + wide(text)) for text in strings)
    counts = struct.pack("<II", len(strings), len(strings))
    return record(_BEGIN_STRINGS, counts) + items + record(_END_STRINGS)


def _styles() -> bytes:
    plain = record(_FORMAT, struct.pack("<5HBBHH", 0xFFFF, 0, 0, 0, 0, 0, 0, 0, 0))
    formats = record(_BEGIN_FORMATS, struct.pack("<I", 1)) + plain + record(_END_FORMATS)
    return record(_BEGIN_STYLES) + formats + record(_END_STYLES)
