"""Paragraphs and tables as WordprocessingML."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

_INVISIBLE = {n: None for n in range(32) if n not in (9, 10)}
HALF_POINTS = 2
TWENTIETHS = 20


@dataclass(frozen=True, slots=True)
class Style:
    """How a paragraph looks: `size` in points, `before` and `after` too."""

    size: float = 13
    bold: bool = False
    italic: bool = False
    across: str = "left"
    before: float = 0
    after: float = 6
    first_line: float = 0
    keep: bool = False


PLAIN = Style(across="both", first_line=28)
HEADING = Style(bold=True, before=10, keep=True)
CENTRED = Style(across="center", after=0)
CELL = Style(size=11, after=0)
CAPTION = Style(size=12, italic=True, across="center", after=10)


def paragraph(text: str, style: Style = PLAIN) -> str:
    """A paragraph; a line break where the text has one."""
    runs = "<w:br/>".join(
        f'<w:t xml:space="preserve">{escape(line)}</w:t>'
        for line in text.translate(_INVISIBLE).split("\n")
    )
    return f"<w:p>{_paragraph_shape(style)}<w:r>{_run_shape(style)}{runs}</w:r></w:p>"


def _paragraph_shape(style: Style) -> str:
    keep = "<w:keepNext/>" if style.keep else ""
    spacing = (
        f'<w:spacing w:before="{round(style.before * TWENTIETHS)}"'
        f' w:after="{round(style.after * TWENTIETHS)}"/>'
    )
    first = round(style.first_line * TWENTIETHS)
    indent = f'<w:ind w:firstLine="{first}"/>' if first else ""
    return f'<w:pPr>{keep}{spacing}{indent}<w:jc w:val="{style.across}"/></w:pPr>'


def _run_shape(style: Style) -> str:
    bold, italic = "<w:b/>" * style.bold, "<w:i/>" * style.italic
    size = round(style.size * HALF_POINTS)
    return f'<w:rPr>{bold}{italic}<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr>'


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: `widths` in twentieths of a point, `across` of each column.

    The first `heads` rows repeat on every page, on a grey ground; without `edges` the
    table only places text.
    """

    widths: Sequence[int]
    across: Sequence[str]
    heads: int = 1
    edges: bool = True
    style: Style = CELL


def table(grid: Grid, rows: Sequence[Sequence[str]], strong: Sequence[int] = ()) -> str:
    """A table of texts; rows of the numbers `strong` are bold."""
    side = '<w:{0} w:val="single" w:sz="4" w:space="0" w:color="808080"/>'
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    borders = "".join(side.format(name) for name in sides) if grid.edges else ""
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in grid.widths)
    body = "".join(
        _row(grid, row, head=n < grid.heads, strong=n in strong)
        for n, row in enumerate(rows)
    )
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(grid.widths)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblBorders>{borders}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="70" w:type="dxa"/>'
        '<w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{body}</w:tbl>"
    )


def _row(grid: Grid, texts: Sequence[str], *, head: bool, strong: bool) -> str:
    shape = "<w:trPr><w:cantSplit/>" + "<w:tblHeader/>" * head + "</w:trPr>"
    ground = '<w:shd w:val="clear" w:color="auto" w:fill="E7EBF0"/>' * (head and grid.edges)
    cells = []
    for width, across, text in zip(grid.widths, grid.across, texts, strict=True):
        style = replace(
            grid.style,
            across="center" if head else across,
            bold=grid.style.bold or head or strong,
        )
        cells.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{ground}'
            f'<w:vAlign w:val="center"/></w:tcPr>{paragraph(text, style)}</w:tc>'
        )
    return f"<w:tr>{shape}{''.join(cells)}</w:tr>"
