"""The tidy tables of a run and their dictionary."""

import csv
import io
from dataclasses import replace

import pytest

from pipeline.adapters.national.tidy_tables import (
    dictionary_csv,
    figures_csv,
    totals_csv,
)
from pipeline.ports.outside import NationalTables
from tests.builders.national import invented_tables
from tests.builders.totals import figure


@pytest.fixture(scope="module")
def tables() -> NationalTables:
    return invented_tables()


def rows(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_table_of_totals_is_the_view(tables: NationalTables) -> None:
    told = rows(totals_csv(tables))
    assert len(told) == len(tables.totals)
    for row, total in zip(told, tables.totals, strict=True):
        assert row["value"] == ("" if total.value is None else f"{total.value:f}")
        assert (row["level"], row["area"]) == (total.level.value, total.area)
        assert (row["reported"], row["expected"]) == (
            str(total.reported),
            str(total.expected),
        )
        assert not row["label"].startswith(("-", "+", "=", "@"))


def test_every_figure_stands_with_its_origin(tables: NationalTables) -> None:
    told = rows(figures_csv(tables))
    assert len(told) == len(tables.figures)
    for row, found in zip(told, tables.figures, strict=True):
        assert row["value"] == ("" if found.value is None else f"{found.value:f}")
        assert row["missing"] == (found.missing.value if found.missing else "")
        origin = (found.digest[:16], found.path, found.sheet, found.cell)
        assert (row["message"], row["path"], row["sheet"], row["cell"]) == origin


def test_their_names_become_no_formula(tables: NationalTables) -> None:
    key = ("01", "PL01", "th.viec_lam", "kh_n")
    found = replace(figure(key, "1"), path="=cmd|' /C calc'!A0", sheet="@SUM(A1)")
    (row,) = rows(figures_csv(replace(tables, figures=[found])))
    assert (row["path"], row["sheet"]) == ("cmd|' /C calc'!A0", "SUM(A1)")


def test_the_dictionary_explains_every_column_row_and_key(tables: NationalTables) -> None:
    """Each column of both tables, each row and value column that a table names."""
    told = rows(dictionary_csv(tables.plan_round))
    assert all(row["meaning"] for row in told)
    for name, data in (("totals", totals_csv(tables)), ("figures", figures_csv(tables))):
        columns = [row["name"] for row in told if row["file"] == f"{name}.csv"]
        assert columns == list(rows(data)[0])
    explained = {(row["form_id"], row["name"], row["column_key"]) for row in told}
    for total in tables.totals:
        assert (total.form, total.indicator, "") in explained
        assert (total.form, "", total.column) in explained


def test_the_dictionary_says_how_a_row_is_added_and_checked(tables: NationalTables) -> None:
    told = {
        (row["form_id"], row["name"]): row
        for row in rows(dictionary_csv(tables.plan_round))
        if row["name"] and row["form_id"]
    }
    jobs = told["PL01", "th.viec_lam"]
    assert jobs["unit"] == "Người"
    assert jobs["source"].startswith("Cộng các đơn vị; kiểm tra theo quy tắc ")
    weighted = [row for row in told.values() if "gia quyền" in row["source"]]
    rates = [
        indicator
        for form in tables.plan_round.forms
        for indicator in form.indicators
        if indicator.aggregate.value == "weighted"
    ]
    assert len(weighted) == len(rates)
    for row in weighted:
        assert "theo " in row["source"]
