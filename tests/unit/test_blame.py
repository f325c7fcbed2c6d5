"""Which cell is probably wrong."""

from decimal import Decimal

import pytest

from pipeline.domain.rules.blame import is_signature
from tests.builders.returns import cell_of
from tests.builders.small_rounds import cells, cells_of, form, round_of, rule, rule_findings

TOTAL = rule("total", whole="a", parts=["b", "c"])


@pytest.mark.parametrize(
    ("found", "mended"),
    [("1324", "1234"), ("12", "12000"), ("120", "12"), ("-5", "5"), ("1.5", "1500000")],
)
def test_usual_slips(found, mended):
    assert is_signature(Decimal(found), Decimal(mended))


@pytest.mark.parametrize(
    ("found", "mended"),
    [
        ("1324", "1325"),
        ("0", "5"),
        ("5", "0"),
        ("4321", "1234"),
        ("12", "123"),
        ("1324", "4321"),
        ("12", "45"),
        ("1E+40", "1E+41"),
    ],
)
def test_other_differences(found, mended):
    assert not is_signature(Decimal(found), Decimal(mended))


def suspects(figures, rules=(TOTAL,), rows="a b c d"):
    made = form(rows.split(), rules)
    plan = round_of(made, form(["x"], form_id="F2"))
    found = rule_findings(plan, figures)
    by_cell = {cell_of(made, key, "uoc_n1"): key for key in rows.split()}
    return [[by_cell.get(s, s) for s in f.suspect] for f in found]


def test_swapped_digits_point_at_a_part():
    assert suspects(cells(a="5300", b="1370", c="3993"))[0][0] == "b"


def test_cell_that_breaks_two_rules_comes_first():
    rules = (TOTAL, rule("total", id="F1.2", whole="d", parts=["b", "c"]))
    found = suspects(cells(a="500", b="100", c="790", d="500"), rules)
    assert all("a" != first[0] != "d" for first in found)


def test_cell_cleared_by_another_equation_comes_later():
    rules = (TOTAL, rule("same_as", id="F1.2", left="a", right="F2:x"))
    found = suspects(cells(a="500", b="190", c="390") | cells_of("F2", x="500"), rules)
    assert found[0][-1] == "a"


def test_cell_out_of_line_with_its_row_comes_first():
    steady = {
        "a": "th_n2=300 kh_n1=300 uoc_n1=300",
        "b": "th_n2=100 kh_n1=100 uoc_n1=100",
        "c": "th_n2=200 kh_n1=200 uoc_n1=250",
    }
    assert suspects(cells(**steady))[0][0] == "c"


def test_at_most_three_cells_are_named():
    wide = rule("total", whole="a", parts=["b", "c", "d", "e"])
    found = suspects(cells(a="9", b="5", c="5", d="5", e="5"), (wide,), "a b c d e")
    assert len(found[0]) == 3


def test_cell_of_another_sheet_is_named_with_it():
    same = rule("same_as", left="a", right="F2:x")
    found = suspects(cells(a="500") | cells_of("F2", x="12"), (same,))
    assert set(found[0]) == {"a", "F2!G10"}


def test_row_of_nothing_but_zeros_fits_nowhere():
    assert len(suspects(cells(a="th_n2=0 uoc_n1=0", b="9", c="9"))[0]) == 3
