"""The cells of a sheet by row, in whatever order its file has them."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.reading.sheet import Cell, CellKind, Sheet
from pipeline.domain.reading.sheet_rows import by_row

# a file may give a cell the address A0, which stands above the first row
PLACES = st.lists(st.tuples(st.integers(-1, 5), st.integers(0, 5)), unique=True)


@given(PLACES)
def test_rows_and_their_cells_come_in_order(places: list[tuple[int, int]]) -> None:
    cells = {place: Cell(CellKind.TEXT, str(place)) for place in places}
    rows = by_row(Sheet("A", cells))
    assert [
        ((row, column), cell) for row, line in rows.items() for column, cell in line
    ] == sorted(cells.items())
    assert all(rows.values())
