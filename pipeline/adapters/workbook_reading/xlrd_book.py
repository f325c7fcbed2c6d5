"""The door to xlrd: .xls with fonts, number formats, hidden parts and error cells."""

import io
import struct
from collections.abc import Iterator
from typing import Any

from pipeline.adapters.workbook_reading.around_cells import kept_comment, printed_lines
from pipeline.adapters.workbook_reading.number_formats import Scale, is_percent, scale_of
from pipeline.adapters.workbook_reading.raw import (
    MOST_COLUMNS,
    AnyCell,
    RawCell,
    RawSheet,
    number_cell,
    scaled_cell,
    text_cell,
)
from pipeline.adapters.workbook_reading.shared_strings import raised
from pipeline.adapters.workbook_reading.xls_formulas import formulas_of
from pipeline.domain.reading.sheet import Cell, CellKind, Span, UnreadableWorkbookError
from pipeline.domain.writing.legacy_text import Run, font_charset

_BIFF8 = 80
# What xlrd is known to raise on damaged files, besides its own errors.
_BROKEN = (
    struct.error,
    AssertionError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    NotImplementedError,
    OSError,
    RecursionError,
    ArithmeticError,
)


def read_xls(data: bytes, *, formats: bool = True) -> list[RawSheet]:
    """Every sheet of a BIFF workbook; UnreadableWorkbookError when xlrd refuses it.

    Without `formats` it takes what has damaged styles or is badly stored; neither fonts
    nor percentages are known then.
    """
    import xlrd
    from xlrd.compdoc import CompDocError

    try:
        book = xlrd.open_workbook(
            file_contents=data,
            formatting_info=formats,
            ignore_workbook_corruption=not formats,
            ragged_rows=True,
            logfile=io.StringIO(),
            on_demand=True,
        )
        return _sheets(book)
    except (xlrd.XLRDError, CompDocError, *_BROKEN) as error:
        code = "password-protected" if "encrypt" in str(error) else "unreadable-file"
        raise UnreadableWorkbookError(code, f"xlrd: {error}") from error


def _sheets(book: Any) -> list[RawSheet]:
    """The worksheets with their formulas; those that nobody calculated as such."""
    known = []
    if book.biff_version == _BIFF8:
        known = formulas_of(book.mem[book.base : book.base + book.stream_len])
    sheets = [_sheet(book, book.sheet_by_index(n)) for n in range(book.nsheets)]
    for sheet, formulas in zip(sheets, known, strict=False):
        for written in formulas.printed:
            sheet.printed.extend(printed_lines(written))
        for place, formula in formulas.calculated.items():
            there = sheet.cells.get(place)
            if isinstance(there, Cell) and there.kind is CellKind.NUMBER:
                sheet.cells[place] = there._replace(formula=formula)
        for place, formula in formulas.uncalculated.items():
            there = sheet.cells.get(place)
            percent = there is not None and there.percent
            cell = RawCell(CellKind.UNCACHED, "", percent=percent, formula=formula)
            sheet.cells[place] = cell
    return sheets


def _sheet(book: Any, found: Any) -> RawSheet:
    sheet = RawSheet(
        found.name, hidden=found.visibility != 0, extent=found.nrows * found.ncols
    )
    styles = _Styles(book, found)
    for row in range(found.nrows):
        for column, cell in enumerate(found.row(row)):
            if cell.value != "":
                sheet.cells[(row, column)] = styles.cell(row, column, cell)
    sheet.merged = [
        Span(top, left, bottom - 1, right - 1)
        for top, bottom, left, right in found.merged_cells
    ]
    sheet.comments = [kept_comment(note.text) for note in found.cell_note_map.values()]
    sheet.hidden_rows = {n for n, info in found.rowinfo_map.items() if info.hidden}
    sheet.hidden_columns = {
        n for n, info in found.colinfo_map.items() if info.hidden and n < MOST_COLUMNS
    }
    return sheet


class _Styles:
    """Fonts and formats of the cells of one sheet."""

    def __init__(self, book: Any, sheet: Any) -> None:
        self._book = book
        self._runs = sheet.rich_text_runlist_map
        self._formats: dict[int | None, tuple[bool, Scale]] = {}
        # Before BIFF8 a text is bytes, decoded by the code page of the whole workbook.
        self._code_page = book.encoding if book.biff_version < _BIFF8 else None

    def cell(self, row: int, column: int, cell: Any) -> AnyCell:
        import xlrd

        if cell.ctype == xlrd.XL_CELL_TEXT:
            font = self._font(cell.xf_index)
            runs = tuple(self._rich(cell.value, font, self._runs.get((row, column))))
            return text_cell(self._drawn(cell.value, font), font, runs)
        if cell.ctype == xlrd.XL_CELL_NUMBER:
            percent, scale = self._format(cell.xf_index)
            return scaled_cell(number_cell(cell.value, percent=percent), scale)
        if cell.ctype == xlrd.XL_CELL_ERROR:
            text = xlrd.error_text_from_code.get(cell.value, "#ERROR!")
            return RawCell(CellKind.ERROR, text)
        truth = cell.ctype == xlrd.XL_CELL_BOOLEAN
        return RawCell(CellKind.BOOLEAN if truth else CellKind.DATE, str(cell.value))

    def _font(self, xf_index: int | None) -> str | None:
        if xf_index is None or xf_index >= len(self._book.xf_list):
            return None
        return self._named(self._book.xf_list[xf_index].font_index)

    def _named(self, font_index: int) -> str | None:
        fonts = self._book.font_list
        return str(fonts[font_index].name) if font_index < len(fonts) else None

    def _format(self, xf_index: int | None) -> tuple[bool, Scale]:
        """Whether a cell shows percentages, and the word of size that it adds."""
        if xf_index not in self._formats:
            self._formats[xf_index] = self._format_of(xf_index)
        return self._formats[xf_index]

    def _format_of(self, xf_index: int | None) -> tuple[bool, Scale]:
        if xf_index is None or xf_index >= len(self._book.xf_list):
            return False, ""
        key = self._book.xf_list[xf_index].format_key
        found = self._book.format_map.get(key)
        code = found.format_str if found else ""
        return is_percent(key, code), scale_of(code)

    def _rich(
        self, text: str, font: str | None, starts: list[tuple[int, int]] | None
    ) -> Iterator[Run]:
        """The runs of a rich text; nothing when the text has one font."""
        if not starts:
            return
        edges = [*(start for start, _ in starts), len(text)]
        if edges[0] > 0:
            yield self._drawn(text[: edges[0]], font), font
        for (start, index), end in zip(starts, edges[1:], strict=True):
            own, written = self._named(index), text[start:end]
            if self._is_raised(index):
                written = raised(text[:start], written)
            yield self._drawn(written, own), own

    def _is_raised(self, font_index: int) -> bool:
        fonts = self._book.font_list
        return font_index < len(fonts) and fonts[font_index].escapement == 1

    def _drawn(self, text: str, font: str | None) -> str:
        """The bytes of a text as characters again where an old font draws them."""
        if self._code_page is None or font_charset(font) is None:
            return text
        return text.encode(self._code_page, "replace").decode("latin-1")
