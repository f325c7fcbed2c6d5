"""The door to python-calamine: values of every workbook format, fast."""

import io
from datetime import date, time, timedelta
from types import TracebackType

import python_calamine as calamine

from pipeline.adapters.workbook_reading.raw import (
    MOST_CELLS,
    AnyCell,
    RawCell,
    RawSheet,
    Rows,
    number_cell,
    text_cell,
)
from pipeline.domain.reading.sheet import CellKind, Span, UnreadableWorkbookError

_HIDDEN = (calamine.SheetVisibleEnum.Hidden, calamine.SheetVisibleEnum.VeryHidden)


class _Panics:
    """Turns a panic of the reader, which is no Exception, into a refusal of the file."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None and kind.__name__ == "PanicException":
            raise UnreadableWorkbookError("unreadable-file", f"panic: {error}") from error


class CalamineBook:
    """A workbook opened by calamine.

    The caller makes sure beforehand that no sheet spans a huge rectangle: calamine
    allocates it whole and aborts the process. UnreadableWorkbookError when calamine
    refuses the file.
    """

    def __init__(self, data: bytes) -> None:
        try:
            with _Panics():
                self._book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        except calamine.PasswordError as error:
            raise UnreadableWorkbookError("password-protected", str(error)) from error
        except (calamine.CalamineError, OSError, ValueError) as error:
            raise UnreadableWorkbookError("unreadable-file", str(error)) from error

    def values(self, name: str) -> Rows:
        """The rows of a sheet, from the first; none when it has no value, or is broken."""
        try:
            return self._values(name)
        except (calamine.CalamineError, OSError, ValueError, IndexError):
            return []

    def _values(self, name: str) -> Rows:
        with _Panics():
            sheet = self._book.get_sheet_by_name(name)
            return sheet.to_python(skip_empty_area=False)

    def sheets(self) -> list[RawSheet]:
        """Every worksheet with what calamine knows, where no better reader exists.

        UnreadableWorkbookError when one is broken: it would pass for an empty one.
        """
        kept = []
        for about in self._book.sheets_metadata:
            if about.typ is not calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = RawSheet(about.name, about.visible in _HIDDEN)
            try:
                values = self._values(about.name)
            except (calamine.CalamineError, OSError, ValueError, IndexError) as error:
                raise UnreadableWorkbookError("unreadable-file", str(error)) from error
            sheet.cells = {
                (at, column): raw_cell(value)
                for at, row in enumerate(values)
                for column, value in enumerate(row)
                if value != ""
            }
            sheet.merged = self._merged(about.name)
            if len(sheet.cells) > MOST_CELLS:
                raise UnreadableWorkbookError("too-big", f"more than {MOST_CELLS} cells")
            kept.append(sheet)
        return kept

    def _merged(self, name: str) -> list[Span]:
        try:
            with _Panics():
                ranges = self._book.get_sheet_by_name(name).merged_cell_ranges
        except (calamine.CalamineError, OSError):
            return []
        return [Span(*first, *last) for first, last in ranges or ()]


def raw_cell(value: object) -> AnyCell:
    """A calamine value as a cell."""
    if isinstance(value, bool):
        return RawCell(CellKind.BOOLEAN, str(value).upper())
    if isinstance(value, int | float):
        return number_cell(value)
    if isinstance(value, date | time | timedelta):
        return RawCell(CellKind.DATE, str(value))
    return text_cell(str(value))
