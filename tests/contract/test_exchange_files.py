"""SYLK and DIF, which Excel writes and opens: their cells are read like any others."""

from decimal import Decimal

import pytest

from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.mail.file_role import role_of
from pipeline.domain.mail.file_type import sniff
from pipeline.domain.mail.message import Role
from pipeline.domain.reading.sheet import CellKind, UnreadableWorkbookError
from tests.builders.exchange_files import write_dif, write_slk
from tests.builders.reading import assert_read, read_return, told
from tests.builders.workbooks import ROUND, draw, recoded, to_tcvn3

PL01, PL02 = ROUND.form("PL01"), ROUND.form("PL02")


@pytest.mark.parametrize("write", [write_slk, write_dif])
@pytest.mark.parametrize("form", [PL01, PL02])
def test_a_form_as_an_exchange_file(write, form) -> None:
    forms, findings = read_return(write(draw(form)), "a.xls")
    assert_read(forms[form.id], draw(form))
    assert told(findings) == []


@pytest.mark.parametrize("write", [write_slk, write_dif])
def test_an_exchange_file_in_an_old_font(write) -> None:
    drawing = recoded(draw(PL01), to_tcvn3)
    forms, _ = read_return(write(drawing, "latin-1"), "a.slk")
    assert_read(forms["PL01"], draw(PL01))


@pytest.mark.parametrize("write", [write_slk, write_dif])
def test_an_exchange_file_is_a_workbook_under_any_name(write) -> None:
    data = write(draw(PL01))
    kind = sniff(data, "a")
    assert kind == ("slk" if write is write_slk else "dif")
    assert sniff(data.replace(b"\r\n", b"\n"), "a") == kind
    assert role_of(kind, "so lieu", data, inline=False) is Role.WORKBOOK


SLK = """ID;PWXL;N;E
P;PGeneral
P;P0.0%
P;P#,##0,;;"-"
P;Pdd/mm/yyyy
F;P0;DG0G8;M255
B;Y9;X9;D0 0 8 8
F;W3 3 0
F;M0;R2
F;P1;C2
C;Y1;X1;K"a;;b \x1b :c ""d"" e"
C;X2;K0.125
F;P2;FI0G;X4
C;K12000
F;P3;Y2;X1
C;K41275
C;X2;K#N/A
C;X4;KTRUE
C;Y3;X1;K1.5E3;ER[1]C+1
C;X4;ER[1]C
C;Y999999999;X1;K5
C;Y4;Xq;K"lost"
X
E
"""


def test_formats_escapes_and_odd_records_of_sylk() -> None:
    (sheet,) = open_workbook(SLK.encode(), "a.slk").sheets
    cells = sheet.cells
    assert cells[0, 0].text == 'a;b \nc "d" e'
    assert (cells[0, 1].number, cells[0, 1].percent) == (Decimal("0.125"), True)
    assert cells[0, 3].number == 12
    assert sheet.disputed == {(0, 3)}
    assert (sheet.hidden_columns, sheet.hidden_rows) == ({2}, {1})
    kinds = {place: cell.kind for place, cell in cells.items()}
    assert kinds[1, 0] is CellKind.DATE
    assert kinds[1, 1] is CellKind.ERROR
    assert kinds[1, 3] is CellKind.BOOLEAN
    assert cells[2, 0].number == 1500
    assert kinds[2, 3] is CellKind.UNCACHED
    assert max(kinds) == (2, 3)


DIF = """TABLE
0,1
"EXCEL"
VECTORS
0,4
""
DATA
0,0
""
-1,0
BOT
1,0
"a ""b"" c"
0,12,5
V
0,1234.5
V
0,0
ERROR
-1,0
BOT
0,0
TRUE
1,0
two lines
0,0
NA
0,
V
-1,0
EOD
"""


def test_values_of_dif() -> None:
    cells = open_workbook(DIF.encode(), "a.dif").sheets[0].cells
    texts = {place: cell.text for place, cell in cells.items()}
    assert texts[0, 0] == 'a "b" c'
    assert (texts[0, 1], texts[0, 2]) == ("12.5", "1234.5")
    assert cells[0, 3].kind is cells[1, 2].kind is CellKind.ERROR
    assert cells[1, 0].kind is CellKind.BOOLEAN
    assert texts[1, 1] == "two lines"
    assert (1, 3) not in cells


@pytest.mark.parametrize(
    "data", [b"ID;PWXL\r\nE\r\n", b"TABLE\r\n0,1\r\nx\r\nDATA\r\n0,0\r\n"]
)
def test_an_exchange_file_without_cells_is_an_empty_sheet(data: bytes) -> None:
    assert open_workbook(data, "a.slk").sheets[0].cells == {}


def test_other_programs_own_formats_are_still_not_read() -> None:
    with pytest.raises(UnreadableWorkbookError, match="unsupported-type"):
        open_workbook(b"\x00\x00\x1a\x00" + bytes(100), "a.wk1")


def test_columns_out_of_sight_beyond_every_sheet_are_not_counted_out() -> None:
    widths = "".join(f"F;W{at} 999999999 0\n" for at in (2, 1020, 5_000, 900_000))
    book = open_workbook(f"ID;P\n{widths}C;Y1;X1;K1\nE\n".encode(), "a.slk")
    assert book.sheets[0].hidden_columns == frozenset(range(1, 1024))


@pytest.mark.parametrize("broken", ["Thực hiện\nnăm 2012", "Tổng\n", "a\u2028b", "a\x0bb"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_text_of_several_lines_does_not_put_dif_out_of_step(broken, end) -> None:
    told = ["TABLE", "0,1", '"EXCEL"', "DATA", "0,0", '""', "-1,0", "BOT", "1,0"]
    told += [*f'"{broken}"'.split("\n"), "0,5", "V", "0,6", "V", "-1,0", "EOD", ""]
    cells = open_workbook(end.join(told).encode(), "a.dif").sheets[0].cells
    assert cells[0, 0].text.split() == broken.split()
    assert [cells[0, at].number for at in (1, 2)] == [Decimal(5), Decimal(6)]
    assert len(cells) == 3


@pytest.mark.parametrize("sign", ["\x0b", "\x1c", "\u2028"])
def test_signs_that_are_no_end_of_a_line_stay_in_a_text_of_sylk(sign) -> None:
    book = f'ID;P\nC;Y1;X1;K"a{sign}b ổ"\nC;Y1;X2;K5\nE\n'.encode()
    cells = open_workbook(book, "a.slk").sheets[0].cells
    assert (cells[0, 0].text, cells[0, 1].number) == (f"a{sign}b ổ", Decimal(5))


def test_a_text_of_dif_that_nothing_closes_stands_alone() -> None:
    told = ["TABLE", "0,1", '"EXCEL"', "DATA", "0,0", '""', "-1,0", "BOT", "1,0"]
    told += ['"a', "0,5", "V", "1,0", '"b"', ""]
    cells = open_workbook("\n".join(told).encode(), "a.dif").sheets[0].cells
    assert [cell.text for cell in cells.values()] == ['"a', "5", "b"]
