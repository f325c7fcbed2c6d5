"""Workbook files written by hand, for what no library writes."""

import io
import zipfile
from collections.abc import Mapping

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def relations(*targets: tuple[str, str]) -> str:
    """A .rels part: (type, target), numbered rId1, rId2 ..."""
    lines = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{lines}</Relationships>'


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip of parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return stream.getvalue()


def xlsx(
    sheet: str,
    *,
    strings: str = "",
    styles: str = "",
    prefix: str = "",
    namespace: str = MAIN,
    calc: str = "",
    more: Mapping[str, bytes] | None = None,
) -> bytes:
    """An .xlsx with one sheet whose XML is given, inside <worksheet>."""
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
            "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<workbook xmlns="{namespace}" xmlns:r="{_OFFICE}">'
            f'<sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets>{calc}</workbook>',
            "xl/_rels/workbook.xml.rels": relations(
                ("worksheet", "worksheets/sheet1.xml"),
                ("sharedStrings", "sharedStrings.xml"),
                ("styles", "/xl/styles.xml"),
                ("worksheet", "worksheets/lost.xml"),
            ),
            "xl/worksheets/sheet1.xml": f"{prefix}<worksheet xmlns='{namespace}'>"
            f"{sheet}</worksheet>",
            "xl/sharedStrings.xml": f"<sst xmlns='{namespace}'>{strings}</sst>",
            "xl/styles.xml": f"<styleSheet xmlns='{namespace}'>{styles}</styleSheet>",
            **(more or {}),
        }
    )


def ods(table: str, styles: str = "", manifest: str = "<manifest/>") -> bytes:
    """An .ods whose tables are given as XML."""
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest,
            "content.xml": "<office:document-content "
            'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
            'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
            'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
            'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0">'
            f"{styles}<office:body>{table}</office:body></office:document-content>",
        }
    )


def spreadsheet_ml(rows: str, styles: str = "", options: str = "") -> bytes:
    """A workbook of 2003 in one XML file."""
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f"<Styles>{styles}</Styles><Worksheet ss:Name='A'><Table>{rows}</Table>{options}"
        "</Worksheet></Workbook>"
    ).encode()
