"""The texts at the top of a sheet, where a letterhead names the province."""

from collections.abc import Iterator, Sequence

from pipeline.domain.reading.sheet import Sheet, Workbook

ROWS, LINES = 12, 40


def letterhead_of(workbook: Workbook) -> Iterator[tuple[str, str]]:
    """The texts at the top of each visible sheet, with where they stand."""
    for sheet in workbook.sheets:
        if not sheet.hidden:
            yield from ((text, f"{workbook.path}!{sheet.name}") for text in _top(sheet))


def _top(sheet: Sheet) -> Sequence[str]:
    top = [
        (place, cell.text)
        for place, cell in sheet.cells.items()
        if place[0] < ROWS and cell.number is None
    ]
    return [text for _, text in sorted(top)][:LINES]
