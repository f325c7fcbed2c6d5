"""The official blank workbook: what stands in it, how it prints, who can read it."""

import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from pipeline.adapters.round_definitions.round_files import load_round
from pipeline.adapters.workbook_reading.document_text import PortableReader
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.adapters.workbook_writing.blank_workbook import (
    blank_workbook,
    write_blank_workbook,
)
from pipeline.domain.errors import TransientError
from pipeline.domain.plan.plan_round import ColumnRole, PlanRound
from pipeline.stages.read import read_form
from pipeline.stages.recognise import recognise
from tests.builders.totals import REPOSITORY, ROUND_FOLDER, small_round
from tests.servers.libreoffice import convert, pages


@pytest.fixture(scope="module")
def shipped() -> PlanRound:
    return load_round(ROUND_FOLDER)


@pytest.fixture(scope="module")
def blank(shipped: PlanRound) -> bytes:
    return blank_workbook(shipped)


@pytest.fixture(scope="module")
def book(blank: bytes) -> Workbook:
    return load_workbook(io.BytesIO(blank))


def test_every_form_has_its_sheet_with_every_row(
    shipped: PlanRound, book: Workbook
) -> None:
    assert book.sheetnames == [form.id for form in shipped.forms]
    for form in shipped.forms:
        cells = list(book[form.id].iter_rows(values_only=True))
        written = [row[:3] for row in cells if row[2] and row[0] != "C"][1:]
        expected = [(i.code or None, i.label, i.unit) for i in form.indicators]
        assert [row for row in written if row[1] != "B"] == expected, form.id


def test_letterhead_title_and_signatures_are_there(book: Workbook) -> None:
    texts = {cell.value for row in book["PL09"].iter_rows() for cell in row if cell.value}
    assert {
        "SỞ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI",
        "Phụ lục 9",
        "(Ban hành kèm theo Công văn số 2364/LĐTBXH-KHTC ngày 28/6/2013)",
        "KINH PHÍ THỰC HIỆN CÁC CHƯƠNG TRÌNH MỤC TIÊU QUỐC GIA, CHƯƠNG TRÌNH, ĐỀ ÁN",
        "Đơn vị tính: Triệu đồng",
        "NGƯỜI LẬP BIỂU",
        "GIÁM ĐỐC",
    } <= texts


def test_a_unit_line_stands_only_where_one_unit_holds(book: Workbook) -> None:
    texts = [cell.value for row in book["PL01"].iter_rows() for cell in row if cell.value]
    assert not any(str(text).startswith("Đơn vị tính:") for text in texts)


def test_only_input_cells_are_unlocked_and_optional_ones_are_grey(
    shipped: PlanRound, book: Workbook
) -> None:
    for form in shipped.forms:
        sheet = book[form.id]
        for n, indicator in enumerate(form.indicators):
            for place, column in enumerate(form.columns, 1):
                cell = sheet.cell(10 + n, place)
                is_input = column.role in (ColumnRole.VALUE, ColumnRole.NOTE)
                assert cell.protection.locked is not is_input
                if column.role is ColumnRole.VALUE:
                    grey = cell.fill.fill_type == "solid"
                    assert grey is not indicator.requires(column)


def test_the_only_formulas_compare_columns_and_never_rates(
    shipped: PlanRound, book: Workbook
) -> None:
    for form in shipped.forms:
        sheet = book[form.id]
        units = [indicator.unit for indicator in form.indicators]
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    column = form.columns[cell.column - 1]
                    assert column.role is ColumnRole.DERIVED
                    assert "%" not in units[cell.row - 10]


def test_it_is_printed_a_form_a_page(blank: bytes, tmp_path: Path) -> None:
    """A4 landscape, header repeated, nothing spills over."""
    (tmp_path / "blank.xlsx").write_bytes(blank)
    assert pages(convert(tmp_path / "blank.xlsx", "pdf", tmp_path / "out")) == 9
    sheet = load_workbook(io.BytesIO(blank))["PL05"]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.print_title_rows == "$7:$9"


def test_our_own_reader_knows_every_form(shipped: PlanRound, blank: bytes) -> None:
    """All rows, all columns, no doubt and nothing over."""
    found = recognise(open_workbook(blank, "blank.xlsx"), [shipped])
    assert found.findings == ()
    assert [match.form for match in found.forms] == [form.id for form in shipped.forms]
    for match in found.forms:
        table = match.found
        form = shipped.form(match.form)
        assert match.confidence == 1
        assert (table.uncertain, table.extra, table.duplicates) == (frozenset(), (), ())
        assert [row.indicator for row in table.rows] == [i.key for i in form.indicators]
        values = [column.column for column in table.layout.values]
        assert values == [column.key for column in form.value_columns]


def test_filled_in_and_printed_every_figure_is_read_from_the_pdf(
    shipped: PlanRound, blank: bytes, tmp_path: Path
) -> None:
    """Its rows are as high as their text, so that nothing runs over a line."""
    book = load_workbook(io.BytesIO(blank))
    typed: dict[tuple[str, str, str], int] = {}
    for match in recognise(open_workbook(blank, "blank.xlsx"), [shipped]).forms:
        sheet = book[match.found.table.sheet.name]
        for row in match.found.rows:
            for column in match.found.layout.values:
                figure = len(typed) + 1000
                sheet.cell(row.sheet_row + 1, column.sheet_column + 1).value = figure
                typed[match.form, row.indicator, column.column] = figure
    book.save(tmp_path / "filled.xlsx")
    printed = convert(tmp_path / "filled.xlsx", "pdf", tmp_path / "out").read_bytes()
    document = PortableReader().read(printed, "filled.pdf")
    read = {
        (appendix.form, row.indicator, row.column): row.value
        for match in recognise(document.workbook, [shipped]).forms
        for appendix, _ in [read_form(match, shipped)]
        for row in appendix.rows
    }
    assert len(typed) > 700
    assert {key: value for key, value in read.items() if value != typed.get(key)} == {}
    assert read.keys() == typed.keys()


def test_the_same_round_gives_the_same_bytes_in_any_process(
    blank: bytes, tmp_path: Path
) -> None:
    target = tmp_path / "again.xlsx"
    script = (
        "import sys, pathlib\n"
        "from pipeline.adapters.workbook_writing import blank_workbook\n"
        "from pipeline.adapters.round_definitions.round_files import load_round\n"
        "source, target = map(pathlib.Path, sys.argv[1:])\n"
        "blank_workbook.write_blank_workbook(target, load_round(source))\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(ROUND_FOLDER), str(target)],
        check=True,
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONHASHSEED": "7", "TZ": "America/Lima"},
        timeout=60,
    )
    assert target.read_bytes() == blank


@pytest.mark.fault("T-16")
def test_a_label_that_looks_like_a_formula_stays_a_label() -> None:
    plan_round = small_round()
    form = plan_round.forms[0]
    rows = (replace(form.indicators[0], label="=1+1", code="=2"), *form.indicators[1:])
    one = replace(plan_round, forms=(replace(form, indicators=rows, title="=3"),))
    sheet = load_workbook(io.BytesIO(blank_workbook(one)))["PL01"]
    wild = [c for row in sheet.iter_rows() for c in row if str(c.value).startswith("=")]
    assert {c.value for c in wild if c.data_type == "s"} == {"=1+1", "=2", "=3"}


@pytest.mark.parametrize("columns", [2, 3, 4])
def test_a_form_without_figures_or_numbers_is_drawn_too(columns: int) -> None:
    """A planner's draft may still be odd: nothing falls over."""
    plan_round = small_round()
    first = plan_round.forms[0]
    form = replace(first, id="BIEU", columns=first.columns[:columns])
    data = blank_workbook(replace(plan_round, forms=(form,)))
    book = load_workbook(io.BytesIO(data))
    texts = [cell.value for row in book["BIEU"].iter_rows() for cell in row if cell.value]
    assert "Phụ lục BIEU" in texts


def test_a_disk_that_refuses_is_reported(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="nowhere"):
        write_blank_workbook(tmp_path / "nowhere" / "blank.xlsx", small_round())
