"""The looks of our own workbooks, as named cell styles; openpyxl is used through here."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import (
    Alignment,
    Border,
    Font,
    NamedStyle,
    PatternFill,
    Protection,
    Side,
)
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

if TYPE_CHECKING:
    from openpyxl.styles.cell_style import StyleArray

FONT = "Times New Roman"
# [$-42A]: thousands by dots and decimals by commas, where the program can do it
VIETNAMESE = "[$-42A]"
MOST_TEXT = 32_767  # what a cell may hold
_INVISIBLE = {n: None for n in range(32) if n not in (9, 10)}


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks; sizes in points, colours as RRGGBB, `edges` its four sides."""

    size: float = 11
    bold: bool = False
    italic: bool = False
    colour: str = "000000"
    fill: str = ""
    across: str = "general"
    down: str = "center"
    indent: int = 0
    wrap: bool = False
    edges: bool = False
    number_format: str = "General"
    locked: bool = True


def number_format(decimals: int, tail: str = "") -> str:
    """A Vietnamese number format; `tail` is literal text printed behind the figure."""
    digits = "#,##0" + ("." + "0" * decimals if decimals else "")
    return VIETNAMESE + digits + (f'"{tail}"' if tail else "")


class StyleBook:
    """The named styles of one workbook, each made when it is first used."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._arrays: dict[Look, StyleArray] = {}
        # a look's hash is a tenth of the whole time: the very same one is known again
        self._seen: dict[int, tuple[Look, StyleArray]] = {}

    def dress(self, cell: Cell | MergedCell, look: Look) -> None:
        """Give a cell the style of a look."""
        seen = self._seen.get(id(look))
        if seen is None:
            seen = self._seen[id(look)] = look, self._array(look)
        # `cell.style = name` searches a list for every cell: a third of the whole time
        cell._style = seen[1]  # type: ignore[union-attr]  # noqa: SLF001

    def _array(self, look: Look) -> "StyleArray":
        known = self._arrays.get(look)
        if known is None:
            style = _style(f"KHTC {len(self._arrays) + 1:02}", look)
            self._workbook.add_named_style(style)
            known = self._arrays[look] = style.as_tuple()
        return known


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet to write on, with the styles of its workbook."""

    sheet: Worksheet
    styles: StyleBook

    def put(self, row: int, column: int, value: str | int | Decimal, look: Look) -> None:
        """Write a text or number; a text never becomes a formula, whatever it begins with.

        Rows and columns count from 1. An empty text leaves a styled empty cell.
        """
        # `sheet.cell` and `cell.value` check and convert again: a fifth of the whole time
        cells: Any = self.sheet._cells  # noqa: SLF001
        cell: Any = cells.get((row, column))
        if cell is None:
            cell = cells[row, column] = Cell(self.sheet, row, column)
        self.styles.dress(cell, look)
        if isinstance(value, str):
            shown = value if value.isprintable() else value.translate(_INVISIBLE)
            cell._value = shown[:MOST_TEXT] or None  # noqa: SLF001
            cell.data_type = "s" if value else "n"
        else:
            cell._value, cell.data_type = value, "n"  # noqa: SLF001

    def formula(self, row: int, column: int, formula: str, look: Look) -> None:
        """Write a formula of our own making, given without its equals sign."""
        self.put(row, column, "", look)
        self.sheet.cell(row, column).value = f"={formula}"

    def comment(self, row: int, column: int, text: str) -> None:
        """Pin a note to a cell, in a box that is about as large as its text."""
        note = Comment(text.translate(_INVISIBLE), "KHTC", width=320)
        note.height = 18 * (len(text) // 46 + text.count("\n") + 2)
        self.sheet.cell(row, column).comment = note

    def link(self, row: int, column: int, sheet: str) -> None:
        """Make a cell lead to another sheet of the same workbook."""
        cell = self.sheet.cell(row, column)
        place = "'" + sheet.replace("'", "''") + "'!A1"
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=place)

    def merge(
        self, top: tuple[int, int], bottom: tuple[int, int], value: str, look: Look
    ) -> None:
        """Write into a merged rectangle, bordered all round; one cell is not merged."""
        for row in range(top[0], bottom[0] + 1):
            for column in range(top[1], bottom[1] + 1):
                self.put(row, column, "", look)
        self.put(*top, value, look)
        if top != bottom:
            # `merge_cells` goes over every border again: three fifths of the whole time
            area = CellRange(
                min_row=top[0], min_col=top[1], max_row=bottom[0], max_col=bottom[1]
            )
            # `merged_cells.add` goes over all areas that there are: a sheet that tells
            # of the 99,000 returns of a nation would never be finished
            self.sheet.merged_cells.ranges.add(area)


def _style(name: str, look: Look) -> NamedStyle:
    style = NamedStyle(
        name,
        font=Font(
            name=FONT, size=look.size, bold=look.bold, italic=look.italic, color=look.colour
        ),
        alignment=Alignment(
            horizontal=look.across,
            vertical=look.down,
            indent=look.indent,
            wrap_text=look.wrap,
        ),
        number_format=look.number_format,
        protection=Protection(locked=look.locked),
    )
    if look.fill:
        style.fill = PatternFill("solid", start_color=look.fill, end_color=look.fill)
    if look.edges:
        side = Side(style="thin", color="808080")
        style.border = Border(left=side, right=side, top=side, bottom=side)
    return style
