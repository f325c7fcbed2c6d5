"""Tables of persons are known by their shape; tables of figures are none."""

from decimal import Decimal

import pytest

from pipeline.domain.plan.finding import Severity
from pipeline.domain.reading.persons_table import persons_listed
from pipeline.domain.reading.sheet import Cell, CellKind, Sheet, Workbook

NAMES = ("Nguyễn Văn Án", "Trần Thị Bình", "Giàng A Páo", "Lê Cúc", "H' Hen Niê", "Vũ Đức")
NUMBERS = (
    "073123456",
    "073 123 457",
    "073.123.458",
    "073123459",
    "001085000123",
    "7312346",
)
PLACES = ("Hà Giang", "Cao Bằng", "Lào Cai", "Thái Bình", "Hà Nam", "Lê Lợi", "Vũ Thư")


def cell(value: object) -> Cell:
    if isinstance(value, int):
        return Cell(CellKind.NUMBER, str(value), Decimal(value))
    return Cell(CellKind.TEXT, str(value))


def book(*rows: tuple[object, ...], name: str = "DS") -> Workbook:
    cells = {
        (row, column): cell(value)
        for row, values in enumerate(rows)
        for column, value in enumerate(values)
        if value != ""
    }
    return Workbook("a.xls", "xls", (Sheet(name, cells),))


def people(
    count: int, numbers: tuple[object, ...] = NUMBERS, names: tuple[str, ...] = NAMES
) -> list[tuple[object, ...]]:
    return [(n + 1, names[n], "Hà Giang", numbers[n]) for n in range(count)]


def found(*rows: tuple[object, ...]) -> bool:
    return bool(persons_listed(book(*rows)))


@pytest.mark.fault("T-27")
def test_five_rows_are_a_table_and_four_are_none() -> None:
    head = ("STT", "Họ và tên", "Địa chỉ", "Số CMND")
    (finding,) = persons_listed(book(head, *people(5)))
    assert (finding.code, finding.severity) == ("persons-listed", Severity.ERROR)
    assert (finding.path, finding.sheet, finding.found) == ("a.xls", "DS", None)
    assert not found(head, *people(4))


def test_no_header_is_needed_where_names_and_numbers_are_plain() -> None:
    assert found(*people(5))


def test_numbers_as_figures_without_their_zero_need_a_header() -> None:
    short = tuple(73_123_450 + n for n in range(6))
    head = ("TT", "Họ tên", "Nơi ở", "Giấy CMTND")
    assert found(head, *people(5, short))
    assert not found(*people(5, short))
    whole = tuple(n + 900_000_000 for n in range(6))
    assert not found(*people(5, whole))
    assert found(("", "Họ tên"), *people(5, whole))


def test_names_of_no_known_family_need_a_header() -> None:
    foreign = (
        "Blup Thoa",
        "Pơloong Chiến",
        "Zơrâm Bình",
        "Coor Mai",
        "Arất Hoa",
        "Bling Mia",
    )
    assert not found(*people(6, names=foreign))
    assert found(("STT", "Họ và tên chủ hộ", "", ""), *people(6, names=foreign))


@pytest.mark.parametrize(
    "rows",
    [
        [("Tổng số lao động được giải quyết việc làm", 123_456_789)] * 9,
        [("Kinh phí thực hiện", "123.456.789", "234.567.890")] * 9,
        [("Lê Chân", "12.345"), ("Hồ Tây", "x")] * 9,
        [("1.1", "", 123_456_789)] * 9,
        [(name, 123_456_789) for name in PLACES],
        [(name, "123.456.789") for name in PLACES],
        [("Tên đối tượng", "Số tiền"), *[("Người khuyết tật", 123_456_789)] * 9],
        [(Decimal("0.5"), "", 9)] * 9,
    ],
)
def test_tables_of_figures_list_nobody(rows) -> None:
    assert not found(*rows)


def test_a_sheet_without_a_name_is_still_told() -> None:
    (finding,) = persons_listed(book(*people(5), name=""))
    assert finding.sheet is None
