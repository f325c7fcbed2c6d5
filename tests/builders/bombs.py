"""Small files that are huge once they are opened (reliability.md, "Bombs")."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET}.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    f'ContentType="{_SHEET}.worksheet+xml"/>'
    '<Override PartName="/xl/sharedStrings.xml" '
    f'ContentType="{_SHEET}.sharedStrings+xml"/></Types>'
)
_ROOT = (
    f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_BOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
    '<sheet name="PL1" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_PARTS = (
    f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_RELATIONS}/sharedStrings" '
    'Target="sharedStrings.xml"/></Relationships>'
)
_NO_TEXTS = f'<sst xmlns="{_MAIN}"/>'
_ONE_CELL = '<row r="1"><c r="A1"><v>1</v></c></row>'


def _workbook(sheet: Iterator[str] | str, shared: Iterator[str] | str = _NO_TEXTS) -> bytes:
    """An .xlsx whose only sheet and shared strings are these pieces of XML."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _ROOT)
        archive.writestr("xl/workbook.xml", _BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", _PARTS)
        for name, pieces in (("worksheets/sheet1", sheet), ("sharedStrings", shared)):
            with archive.open(f"xl/{name}.xml", "w") as part:
                for piece in [pieces] if isinstance(pieces, str) else pieces:
                    part.write(piece.encode())
    return stream.getvalue()


def _sheet(rows: str = _ONE_CELL, after: str = "", before: str = "") -> str:
    return (
        f'<worksheet xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">{before}'
        f"<sheetData>{rows}</sheetData>{after}</worksheet>"
    )


def merged() -> bytes:
    """One merged range over the whole sheet: hangs openpyxl."""
    return _workbook(
        _sheet(after='<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>')
    )


def hyperlinked() -> bytes:
    """One link on every cell of the sheet."""
    link = '<hyperlinks><hyperlink ref="A1:XFD1048576" location="A1"/></hyperlinks>'
    return _workbook(_sheet(after=link))


def far_cell() -> bytes:
    """Two cells in opposite corners: aborts a reader that keeps the rectangle."""
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return _workbook(_sheet(_ONE_CELL + far))


def lying_dimension() -> bytes:
    """One cell in a sheet that says it is full."""
    return _workbook(_sheet(before='<dimension ref="A1:XFD1048576"/>'))


def many_cells(rows: int = 20_000, columns: int = 1_000) -> bytes:
    """Twenty million tiny cells."""

    def pieces() -> Iterator[str]:
        yield f'<worksheet xmlns="{_MAIN}"><sheetData>'
        line = "<row>" + "<c><v>1</v></c>" * columns + "</row>"
        for _ in range(rows // 100):
            yield line * 100
        yield "</sheetData></worksheet>"

    return _workbook(pieces())


def shared_strings(megabytes: int = 300) -> bytes:
    """Shared strings that inflate to hundreds of megabytes."""

    def pieces() -> Iterator[str]:
        yield f'<sst xmlns="{_MAIN}">'
        for _ in range(megabytes):
            yield f"<si><t>{'a' * (1024 * 1024)}</t></si>"
        yield "</sst>"

    return _workbook(_sheet(), pieces())


def nested_strings(depth: int = 300_000) -> bytes:
    """Shared strings one inside the other."""
    nested = "<si>" * depth + "</si>" * depth
    return _workbook(_sheet(), f'<sst xmlns="{_MAIN}">{nested}</sst>')


def conditional_formats(count: int = 20_000) -> bytes:
    """Thousands of conditional formats."""
    one = (
        '<conditionalFormatting sqref="A1:XFD1048576"><cfRule type="cellIs" priority="1" '
        'operator="equal"><formula>1</formula></cfRule></conditionalFormatting>'
    )
    return _workbook(_sheet(after=one * count))


def entities() -> bytes:
    """A billion laughs."""
    levels = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "lol">'
        for n in range(10)
    )
    bomb = f"<!DOCTYPE x [{levels}]>"
    cell = '<row r="1"><c r="A1" t="str"><v>&l9;</v></c></row>'
    return _workbook(bomb + _sheet(cell))


def outside_entity() -> bytes:
    """An entity that names a file of the machine."""
    bomb = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
    return _workbook(bomb + _sheet('<row r="1"><c r="A1" t="str"><v>&f;</v></c></row>'))


def nested_zip(levels: int = 40) -> bytes:
    """Archives in archives, deeper than anybody packs."""
    data = b"x"
    for level in range(levels):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{level}.zip", data)
        data = stream.getvalue()
    return data


def inflating_zip(megabytes: int = 300) -> bytes:
    """One member that inflates beyond every bound."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("PL1.xls", "w") as part,
    ):
        for _ in range(megabytes):
            part.write(bytes(1024 * 1024))
    return stream.getvalue()


def crowded_zip(entries: int = 20_000) -> bytes:
    """More members than anybody sends."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(entries):
            archive.writestr(f"{number}.xls", b"")
    return stream.getvalue()


def inflating_gzip(megabytes: int = 300) -> bytes:
    """A gzip of nothing but zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(bytes(1024 * 1024)) for _ in range(megabytes)]
    return b"".join([*parts, packer.flush()])


BOMBS: dict[str, Callable[[], bytes]] = {
    "merged.xlsx": merged,
    "hyperlinked.xlsx": hyperlinked,
    "far-cell.xlsx": far_cell,
    "lying-dimension.xlsx": lying_dimension,
    "many-cells.xlsx": many_cells,
    "shared-strings.xlsx": shared_strings,
    "nested-strings.xlsx": nested_strings,
    "conditional-formats.xlsx": conditional_formats,
    "entities.xlsx": entities,
    "outside-entity.xlsx": outside_entity,
    "nested.zip": nested_zip,
    "inflating.zip": inflating_zip,
    "crowded.zip": crowded_zip,
    "inflating.gz": inflating_gzip,
}
