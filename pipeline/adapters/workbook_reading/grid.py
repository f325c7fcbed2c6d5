"""Cells laid out in reading order, as formats with spans instead of addresses do."""

from dataclasses import dataclass, field

from pipeline.adapters.workbook_reading.raw import MOST_CELLS, AnyCell, RawSheet
from pipeline.domain.reading.sheet import Span, UnreadableWorkbookError


@dataclass(slots=True)
class Grid:
    """Places cells one after the other, stepping over what spans cover."""

    sheet: RawSheet
    row: int = -1
    column: int = 0
    _covered: set[tuple[int, int]] = field(default_factory=set)

    def next_row(self, skip: int = 0) -> None:
        """Begin the next row, `skip` rows further down."""
        self.row += 1 + skip
        self.column = 0

    def next_column(self) -> int:
        """The next free place of the row."""
        while (self.row, self.column) in self._covered:
            self.column += 1
        return self.column

    def place(self, cell: AnyCell | None, across: int = 1, down: int = 1) -> None:
        """Put a cell at the next free place and cover what it spans."""
        self.next_column()
        across, down = min(max(across, 1), 1024), min(max(down, 1), 1024)
        if cell is not None:
            self.sheet.cells[(self.row, self.column)] = cell
            if len(self.sheet.cells) > MOST_CELLS:
                raise UnreadableWorkbookError("too-big", f"more than {MOST_CELLS} cells")
        if across > 1 or down > 1:
            self._span(across, down)
        self.column += across

    def _span(self, across: int, down: int) -> None:
        bottom, right = self.row + down - 1, self.column + across - 1
        self.sheet.merged.append(Span(self.row, self.column, bottom, right))
        for row in range(self.row + 1, bottom + 1):
            self._covered.update((row, column) for column in range(self.column, right + 1))
        if len(self._covered) > MOST_CELLS:
            raise UnreadableWorkbookError("too-big", "spans without end")
