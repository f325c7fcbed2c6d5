"""The national workbook of odd rounds: nothing sent, wild names, long decimals."""

import io
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from pipeline.adapters.national.national_workbook import national_workbook
from pipeline.adapters.national.tidy_tables import totals_csv
from tests.builders.national import row_of, tables_of
from tests.builders.totals import figure, small_gazetteer, small_round


@pytest.mark.fault("T-16")
def test_names_that_look_like_formulas_stay_texts() -> None:
    plan_round, places = small_round(), small_gazetteer()
    first = replace(places.provinces[0], name="=1+1", region6="=2", unit2025="@x")
    wild = replace(places, provinces=(first, *places.provinces[1:]))
    form = plan_round.forms[0]
    rows = (replace(form.indicators[0], label="=cmd|x"), *form.indicators[1:])
    round_ = replace(
        plan_round, forms=(replace(form, indicators=rows), plan_round.forms[1])
    )
    key = ("01", "PL01", "tong", "kh_n")
    tables = tables_of(round_, wild, [figure(key, "1")], [])
    book = load_workbook(io.BytesIO(national_workbook(tables)))
    texts = [c for s in book.worksheets for row in s.iter_rows() for c in row]
    assert {"=1+1", "=2", "@x", "=cmd|x"} <= {c.value for c in texts if c.data_type == "s"}
    assert "cmd|x" in totals_csv(tables).decode()
    assert "=cmd|x" not in totals_csv(tables).decode()


def test_an_empty_round_is_a_workbook_too() -> None:
    """The first night, before any mail: no figures, nobody accepted."""
    tables = tables_of(small_round(), small_gazetteer(), [], [])
    book = load_workbook(io.BytesIO(national_workbook(tables)))
    texts = {cell.value for row in book["Bìa"].iter_rows() for cell in row if cell.value}
    assert "0/4" in texts
    no_totals = replace(tables, totals=())
    empty = load_workbook(io.BytesIO(national_workbook(no_totals)))
    assert empty.sheetnames == book.sheetnames


def test_decimals_that_a_province_wrote_are_shown() -> None:
    """Never rounded away in silence, up to three of them."""
    key = ("01", "PL01", "tong", "kh_n")
    for text, shape in (
        ("1.5", "0.0"),
        ("1.50", "0.0"),
        ("1.23456", "0.000"),
        ("7", "##0"),
    ):
        tables = tables_of(small_round(), small_gazetteer(), [figure(key, text)], [])
        sheet = load_workbook(io.BytesIO(national_workbook(tables)))["PL01 theo đơn vị"]
        assert sheet.cell(row_of(sheet, "01", 1), 5).number_format.endswith(shape)
