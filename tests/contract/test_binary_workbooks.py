"""What an .xlsb holds besides values: fonts, formats, hidden parts, formulas."""

import struct
from decimal import Decimal

import pytest

from pipeline.adapters.workbook_reading.calamine_values import CalamineBook
from pipeline.adapters.workbook_reading.package import Package
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.adapters.workbook_reading.xlsb_book import read_xlsb
from pipeline.domain.reading.sheet import CellKind, Sheet, Span, UnreadableWorkbookError
from tests.builders.workbooks import ROUND, draw, to_tcvn3
from tests.builders.xlsb_files import one_sheet, record, wide, write_xlsb

PLAIN, PERCENT, DATE, THOUSANDS, VNTIME = range(5)


def font(name: str) -> bytes:
    return record(43, bytes(21) + wide(name))


def style(number_format: int, font_number: int = 0) -> bytes:
    return record(47, struct.pack("<3H10x", 0xFFFF, number_format, font_number))


STYLES = (
    record(44, struct.pack("<H", 170) + wide('#,##0" nghìn"'))
    + font("Arial")
    + font(".VnTime")
    + record(626) + style(9) + record(627)
    + record(617) + style(0) + style(9) + style(14) + style(170) + style(0, 1) + record(618)
)  # fmt: skip


def row(number: int, *, hidden: bool = False) -> bytes:
    return record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, hidden << 4, 0, 0))


def cell(kind: int, column: int, body: bytes, style_number: int = PLAIN) -> bytes:
    return record(kind, struct.pack("<II", column, style_number) + body)


def real(number: float) -> bytes:
    return struct.pack("<d", number)


def sheet_of(data: bytes, strings: bytes = b"") -> Sheet:
    return open_workbook(one_sheet(data, strings, STYLES), "a.xlsb").sheets[0]


def test_percent_date_and_size_are_those_of_the_format() -> None:
    cells = sheet_of(
        row(0)
        + cell(5, 0, real(0.125), PERCENT)
        + cell(5, 1, real(41456), DATE)
        + cell(2, 2, struct.pack("<i", 12 << 2 | 2), THOUSANDS)
    ).cells
    assert (cells[(0, 0)].number, cells[(0, 0)].percent) == (Decimal("0.125"), True)
    assert cells[(0, 1)].kind is CellKind.DATE
    assert cells[(0, 2)].text == "12 nghìn"


def test_texts_in_old_fonts_are_decoded_run_by_run() -> None:
    text = to_tcvn3("Số hộ") + " nghèo"
    runs = struct.pack("<IHHHH", 2, 0, 1, 5, 0)
    strings = record(19, b"\1" + wide(text) + runs)
    short = to_tcvn3("Xã")
    cells = sheet_of(
        row(0)
        + cell(7, 0, struct.pack("<I", 0))
        + cell(62, 1, b"\1" + wide(text) + runs)
        + cell(6, 2, wide(short), VNTIME),
        strings,
    ).cells
    assert [cells[(0, n)].text for n in range(3)] == ["Số hộ nghèo", "Số hộ nghèo", "Xã"]
    assert cells[(0, 2)].encoding == "tcvn3"


def test_hidden_parts_merges_and_cells_without_a_column_of_their_own() -> None:
    columns = record(60, struct.pack("<4IH", 2, 3, 2560, 0, 1))
    merge = record(176, struct.pack("<4I", 0, 1, 0, 2))
    short = record(13, struct.pack("<Ii", 0, 7 << 2 | 2)) + record(12, bytes(4))
    sheet = sheet_of(
        columns + row(4, hidden=True) + cell(1, 0, b"") + short
        + record(16, bytes(4) + real(8)) + merge
    )  # fmt: skip
    assert {place: made.text for place, made in sheet.cells.items()} == {
        (4, 1): "7",
        (4, 3): "8",
    }
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({4}, {2, 3})
    assert sheet.merged == (Span(0, 0, 1, 2),)


def formula(tokens: bytes, flags: int = 0) -> bytes:
    return struct.pack("<HI", flags, len(tokens)) + tokens + bytes(4)


A1_A3_SUM = b"\x25" + struct.pack("<IIHH", 0, 2, 0xC000, 0xC000) + b"\x19\x10\0\0"


def test_formulas_with_a_result_and_without() -> None:
    cells = sheet_of(
        row(3)
        + cell(9, 0, real(6) + formula(A1_A3_SUM))
        + cell(9, 1, real(0) + formula(A1_A3_SUM, 2))
        + cell(8, 2, wide("") + formula(A1_A3_SUM))
        + cell(8, 3, wide("x") + formula(b"\x17\1\0x\0"))
        + cell(10, 4, b"\1" + formula(b""))
        + cell(11, 5, b"\x17" + formula(b""))
        + cell(3, 6, b"\x2a")
    ).cells
    assert (cells[(3, 0)].text, cells[(3, 0)].formula) == ("6", "SUM(A1:A3)")
    assert [cells[(3, n)].kind for n in range(1, 7)] == [
        CellKind.UNCACHED, CellKind.UNCACHED, CellKind.TEXT, CellKind.BOOLEAN,
        CellKind.ERROR, CellKind.ERROR,
    ]  # fmt: skip
    assert [cells[(3, n)].text for n in (5, 6)] == ["#REF!", "#N/A"]


def test_both_readers_see_the_same_of_every_form() -> None:
    data = write_xlsb([draw(form) for form in ROUND.forms], hidden=("PL03",))
    ours, other = read_xlsb(Package(data)), CalamineBook(data).sheets()
    for one, two in zip(ours, other, strict=True):
        assert (one.name, one.hidden) == (two.name, two.hidden)
        assert one.cells.keys() == two.cells.keys()
        assert all(one.cells[at].text == two.cells[at].text for at in two.cells)
    assert not any(sheet.disputed for sheet in open_workbook(data, "a.xlsb").sheets)


def test_a_cell_far_out_needs_no_room_for_what_is_between() -> None:
    far = row(0) + cell(5, 0, real(1)) + row(1_048_575) + cell(5, 900, real(2))
    assert len(sheet_of(far).cells) == 2


@pytest.mark.parametrize(
    "data",
    [
        row(0) + b"\x05\x7f",
        row(0) + cell(6, 0, struct.pack("<I", 1 << 30)),
        row(0) + record(7, b"\0"),
    ],
)
def test_records_that_do_not_add_up(data: bytes) -> None:
    with pytest.raises(UnreadableWorkbookError) as caught:
        read_xlsb(Package(one_sheet(data)))
    assert caught.value.code == "unreadable-file"


def test_a_string_that_is_not_there_is_an_error_cell() -> None:
    there = sheet_of(row(0) + cell(7, 0, struct.pack("<I", 9))).cells[(0, 0)]
    assert there.kind is CellKind.ERROR
