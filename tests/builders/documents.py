"""Word documents and PDFs with tables, written by hand.

A drawing made with `TABLE` is the table alone: its addresses are those inside it.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from tests.builders.raw_files import zipped
from tests.builders.workbooks import Drawing, Style, Value, two_row_header

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TABLE = Style(above=(), title=False, signature=False, top=-1)
TALL_TABLE = Style(above=(), title=False, signature=False, top=-1, header=two_row_header)
_MERGED = ("<w:vMerge/>", '<w:vMerge w:val="restart"/>')


def docx(body: str, styles: str = "") -> bytes:
    """A .docx whose body is given as XML."""
    parts = {
        "word/document.xml": f'<w:document xmlns:w="{WORD}" xmlns:mc="mc"><w:body>{body}'
        "</w:body></w:document>",
        "word/styles.xml": f'<w:styles xmlns:w="{WORD}">{styles}</w:styles>',
    }
    return zipped(parts)


def run(text: str, font: str | None = None) -> str:
    """A run of text."""
    about = f'<w:rPr><w:rFonts w:ascii="{font}"/></w:rPr>' if font else ""
    return f'<w:r>{about}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(text: str, font: str | None = None) -> str:
    """A paragraph of one run."""
    return f"<w:p>{run(text, font)}</w:p>"


def word_table(drawing: Drawing, font: str | None = None) -> str:
    """A drawing as a Word table, merged cells as Word writes them."""
    height = 1 + max(row for row, _ in drawing.cells)
    width = 1 + max(column for _, column in drawing.cells)
    rows = []
    for row in range(height):
        cells, column = [], 0
        while column < width:
            about, across = _merge(drawing, row, column)
            text = str(drawing.cells.get((row, column), ""))
            cells.append(f"<w:tc><w:tcPr>{about}</w:tcPr>{paragraph(text, font)}</w:tc>")
            column += across
        rows.append(f"<w:tr>{''.join(cells)}</w:tr>")
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def _merge(drawing: Drawing, row: int, column: int) -> tuple[str, int]:
    for top, left, bottom, right in drawing.merges:
        if left == column and top <= row <= bottom:
            about = f'<w:gridSpan w:val="{right - left + 1}"/>' if right > left else ""
            if bottom > top:
                about += _MERGED[row == top]
            return about, right - left + 1
    return "", 1


def write_docx(
    drawings: Mapping[str, Drawing], font: str | None = None, more: Sequence[str] = ()
) -> bytes:
    """Each drawing as a table under a line of text; `more` are paragraphs at the top."""
    body = "".join(paragraph(text, font) for text in more)
    for title, drawing in drawings.items():
        body += paragraph(title, font) + word_table(drawing, font)
    return docx(body)


@dataclass
class Page:
    """A page of a PDF: texts (x, y, text) and ruled boxes (x, y, width, height)."""

    texts: list[tuple[float, float, str]]
    boxes: list[tuple[float, float, float, float]]

    def content(self, codes: Mapping[str, int]) -> bytes:
        lines = [f"{x} {y} {width} {height} re S" for x, y, width, height in self.boxes]
        for x, y, text in self.texts:
            shown = "".join(f"{codes[letter]:04X}" for letter in text)
            lines.append(f"BT /F1 6 Tf {x} {y} Td <{shown}> Tj ET")
        return "\n".join(lines).encode()


_ROW, _COLUMN, _TOP = 12, 75, 560


def table_page(drawing: Drawing, lines: Sequence[str] = (), foot: str = "") -> Page:
    """A drawing ruled as a table under lines of text."""
    page = Page([(20, _TOP + 20 - 8 * n, text) for n, text in enumerate(lines)], [])
    page.texts.extend([(400, 10, foot)] if foot else [])
    first = min(row for row, _ in drawing.cells)
    height = 1 + max(row for row, _ in drawing.cells)
    width = 1 + max(column for _, column in drawing.cells)
    covered: dict[tuple[int, int], tuple[int, int]] = {}
    for top, left, bottom, right in drawing.merges:
        for at in ((r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)):
            covered[at] = (0, 0)
        covered[(top, left)] = (bottom - top + 1, right - left + 1)
    start = _TOP - 8 * len(lines)
    for row in range(first, height):
        for column in range(width):
            down, across = covered.get((row, column), (1, 1))
            if down:
                x, y = 20 + column * _COLUMN, start - (row - first + down) * _ROW
                page.boxes.append((x, y, across * _COLUMN, down * _ROW))
                _write(page, x, y, drawing.cells.get((row, column)))
    return page


def _write(page: Page, x: float, y: float, value: Value | None) -> None:
    if value is not None:
        page.texts.append((x + 1, y + 3, str(value)))


def write_pdf(pages: Sequence[Page], font: str = "Times") -> bytes:
    """A PDF that was born as text; letters are narrow, so that a label fits its column."""
    letters = sorted(
        {letter for page in pages for *_, text in page.texts for letter in text}
    )
    codes = {letter: n for n, letter in enumerate(letters, 1)}
    mapping = "\n".join(
        f"<{code:04X}> <{letter.encode('utf-16-be').hex()}>"
        for letter, code in codes.items()
    )
    cmap = (
        "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF>"
        f" endcodespacerange {len(codes)} beginbfchar\n{mapping}\nendbfchar endcmap end"
    )
    base = 5
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%b]>>"
        % (
            len(pages),
            b" ".join(b"%d 0 R" % (base + 1 + 2 * n) for n in range(len(pages))),
        ),
        b"<</Type/Font/Subtype/Type0/BaseFont/ABCDEF+%b/Encoding/Identity-H/ToUnicode 4 0 R"
        b"/DescendantFonts[5 0 R]>>" % font.encode(),
        _stream(cmap.encode()),
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/ABCDEF+%b/DW 100/CIDSystemInfo"
        b"<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor<</Type"
        b"/FontDescriptor/FontName/ABCDEF+%b/Flags 4/Ascent 800/Descent -200/FontBBox"
        b"[0 -200 1000 800]>>>>" % (font.encode(), font.encode()),
    ]
    for n, page in enumerate(pages):
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 900 620]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R>>>>>>" % (base + 2 + 2 * n),
            _stream(page.content(codes)),
        ]
    return _numbered(objects)


def _stream(data: bytes) -> bytes:
    packed = zlib.compress(data)
    return b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(packed), packed)


def _numbered(objects: Sequence[bytes]) -> bytes:
    data, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj%b\nendobj\n" % (number, content)
    lines = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    return (
        data
        + (
            f"xref\n0 {size}\n0000000000 65535 f \n{lines}"
            f"trailer<</Size {size}/Root 1 0 R>>\n"
            f"startxref\n{len(data)}\n%%EOF\n"
        ).encode()
    )
