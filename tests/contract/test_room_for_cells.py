"""No file makes a library ask for room that nobody has, or a number of what is none."""

import struct
import zipfile

import pytest

from bench.reading.torture_packages import unzipped, zipped
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.adapters.workbook_reading.xls_extent import asks_too_much
from pipeline.domain.mail.compound_file import MAGIC, sizes_fit, stream_of
from pipeline.domain.reading.sheet import UnreadableWorkbookError
from tests.builders.old_files import write_biff5
from tests.builders.raw_files import ods, spreadsheet_ml
from tests.builders.workbook_files import write_xls, write_xlsx
from tests.builders.workbooks import ROUND, Drawing, draw, recoded, to_tcvn3
from tests.builders.xlsb_files import one_sheet, record

SMALL = Drawing("A", {(0, 0): 1, (1, 1): "x"})


def seen(data: bytes, name: str) -> int:
    return sum(len(sheet.cells) for sheet in open_workbook(data, name).sheets)


def told(first: int, last: int) -> bytes:
    """An .xls whose sheet says that it goes from one row to another."""
    data = write_xls([SMALL])
    at = data.index(b"\x00\x02\x0e\x00") + 4
    return data[:at] + struct.pack("<II", first, last) + data[at + 8 :]


@pytest.mark.fault("F-S8-6")
@pytest.mark.parametrize(("first", "last"), [(0, 1 << 31), (0xFF000000, 16), (9, 2)])
def test_an_xls_that_tells_of_rows_without_end_is_read_by_one_reader(first, last) -> None:
    assert asks_too_much(told(first, last))
    assert seen(told(first, last), "a.xls") == 2


def test_what_usual_files_tell_is_believed() -> None:
    for form in ROUND.forms[:3]:
        drawing = draw(form)
        assert not asks_too_much(write_xls([drawing]), look_at_cells=True)
        for bare in (True, False):
            old = write_biff5(recoded(drawing, to_tcvn3), ".VnTime", bare=bare)
            assert not asks_too_much(old, look_at_cells=True)


def test_a_cell_further_out_than_a_sheet_goes() -> None:
    data = write_biff5(recoded(draw(ROUND.form("PL07")), to_tcvn3), ".VnTime", bare=True)
    far = struct.pack("<HHHHHd", 0x203, 14, 65_000, 65_000, 15, 1.5)
    assert asks_too_much(data + far, look_at_cells=True)


def test_a_stream_longer_than_its_file() -> None:
    data = bytearray(write_xls([SMALL]))
    entry = bytes(data).index("Workbook".encode("utf-16-le"))
    assert sizes_fit(bytes(data))
    struct.pack_into("<I", data, entry + 120, 0xFFFF0000)
    assert not sizes_fit(bytes(data))
    assert asks_too_much(bytes(data))


def test_the_stream_of_a_file_by_its_chain_of_sectors() -> None:
    rows = {(row, 0): row + 1 / 3 for row in range(600)}
    book = write_xls([Drawing("A", dict(rows))])
    stream = stream_of(book, ("workbook", "book"))
    assert stream[:4] == b"\x09\x08\x10\x00"
    assert stream.count(struct.pack("<d", 4 + 1 / 3)) == 1
    assert stream_of(book, ("nothing",)) == b""
    assert stream_of(book[:600], ("workbook",)) == b""


def test_a_small_stream_lies_in_pieces_among_others() -> None:
    def entry(name: str, kind: int, links: tuple[int, int, int], size: int = 0) -> bytes:
        wide = name.encode("utf-16-le")
        _, child, start = links
        head = wide.ljust(64, b"\0") + struct.pack(
            "<HBB3i", len(wide) + 2, kind, 1, -1, -1, child
        )
        return head.ljust(116, b"\0") + struct.pack("<iII", start, size, 0)

    header = bytearray(MAGIC.ljust(512, b"\0"))
    struct.pack_into("<H", header, 30, 9)
    struct.pack_into("<I", header, 48, 1)  # directory
    struct.pack_into("<i", header, 60, 2)  # table of the small ones
    struct.pack_into("<i", header, 68, -2)
    struct.pack_into("<109i", header, 76, 0, *[-1] * 108)
    table = struct.pack("<128i", -3, -2, -2, -2, *[-1] * 124)
    entries = entry("Root Entry", 5, (-1, 1, 3), 256) + entry("Book", 2, (-1, -1, 2), 100)
    small = struct.pack("<128i", -1, -2, 1, *[-1] * 125)
    pieces = b"".join(letter * 64 for letter in (b"a", b"b", b"c")).ljust(512, b"\0")
    data = bytes(header) + table + entries.ljust(512, b"\0") + small + pieces
    assert stream_of(data, ("workbook", "book")) == b"c" * 64 + b"b" * 36


def test_an_xlsb_with_broken_styles_and_a_far_cell_is_left_alone() -> None:
    far = record(0, struct.pack("<I", 4_000_000_000) + bytes(13))
    cell = record(5, struct.pack("<IId", 16_000, 0, 1.0))
    with pytest.raises(UnreadableWorkbookError) as caught:
        open_workbook(one_sheet(far + cell, styles=b"\x2b\x7f"), "a.xlsb")
    assert caught.value.code == "unreadable-file"


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_package_that_is_packed_oddly_and_damaged_is_unreadable(method: int) -> None:
    data = bytearray(zipped(unzipped(write_xlsx([SMALL])), method))
    first = data.index(b"xl/workbook.xml") + len(b"xl/workbook.xml")
    for at in range(first + 40, first + 120):
        data[at] ^= 0xFF
    with pytest.raises(UnreadableWorkbookError) as caught:
        open_workbook(bytes(data), "a.xlsx")
    assert caught.value.code == "unreadable-file"


NUMBERS = ("\u00b2", "9" * 5000, "-1", "", "\u0663")


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_no_number_of_columns_is_one(number: str) -> None:
    page = f"<table><tr><td colspan='{number}'>1</td><td>2</td></tr></table>"
    assert open_workbook(page.encode(), "a.xls").sheets[0].cells.keys() == {(0, 0), (0, 1)}
    row = (
        f"<Row ss:Index='{number}'><Cell ss:MergeAcross='{number}' ss:Index='{number}'>"
        "<Data ss:Type='Number'>1</Data></Cell></Row>"
    )
    assert seen(spreadsheet_ml(row), "a.xls") == 1
    cell = f"<table:table-cell table:number-columns-repeated='{number}' "
    table = (
        f"<office:spreadsheet><table:table table:name='A'><table:table-row "
        f"table:number-rows-repeated='{number}'>{cell} office:value-type='float' "
        "office:value='1'/></table:table-row></table:table></office:spreadsheet>"
    )
    assert seen(ods(table), "a.ods") == 1
