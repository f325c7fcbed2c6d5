"""How forms stand on paper: header groups, index row, levels, formulas."""

import pytest

from pipeline.adapters.round_definitions.round_files import load_round
from pipeline.adapters.workbook_writing.form_layout import (
    header_groups,
    index_labels,
    row_levels,
    write_formula,
)
from pipeline.domain.plan.plan_round import Column, ColumnRole, Indicator, PlanRound
from tests.builders.totals import ROUND_FOLDER, small_columns, small_round


@pytest.fixture(scope="module")
def shipped() -> PlanRound:
    return load_round(ROUND_FOLDER)


def groups(plan_round: PlanRound, form: str) -> list[tuple[str, list[str]]]:
    found = header_groups(plan_round.form(form).columns, plan_round)
    return [(group.title, [text for _, text in group.lower]) for group in found]


def test_a_plan_form_groups_by_year_and_by_shared_words(shipped: PlanRound) -> None:
    assert groups(shipped, "PL01") == [
        ("", ["TT"]),
        ("", ["Chỉ tiêu"]),
        ("", ["Đơn vị tính"]),
        ("", ["Thực hiện năm 2012"]),
        (
            "Năm 2013",
            ["Kế hoạch", "Thực hiện 6 tháng đầu năm", "Ước thực hiện cả năm"],
        ),
        ("", ["Kế hoạch năm 2014"]),
        ("So sánh (%)", ["Ước TH 2013/KH 2013", "KH 2014/Ước TH 2013"]),
        ("", ["Ghi chú"]),
    ]


def test_a_money_form_groups_the_request_by_its_sources(shipped: PlanRound) -> None:
    assert groups(shipped, "PL09")[3:5] == [
        ("Năm 2013", ["Dự toán giao", "Giải ngân 6 tháng đầu năm", "Ước thực hiện cả năm"]),
        ("Nhu cầu năm 2014", ["Tổng số", "NSTW", "NSĐP"]),
    ]


def test_every_column_is_in_exactly_one_group(shipped: PlanRound) -> None:
    for form in shipped.forms:
        placed = [c for g in header_groups(form.columns, shipped) for c, _ in g.lower]
        assert tuple(placed) == form.columns


def test_a_title_of_nothing_but_its_year_keeps_it() -> None:
    plan_round = small_round()
    years = [Column(key, "2013", ColumnRole.VALUE, -1) for key in ("a", "b")]
    (group,) = header_groups(years, plan_round)
    assert [text for _, text in group.lower] == ["2013", "2013"]


def test_the_index_row_numbers_figures_and_names_texts() -> None:
    assert index_labels(small_columns()) == ("A", "B", "C", 1, 2, 3, "4=3/2*100", 5)


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("a / b * 100", "A1/B1*100"),
        ("(a - b) / b * 100", "(A1-B1)/B1*100"),
        ("a - (b - c)", "A1-(B1-C1)"),
        ("a - b - c", "A1-B1-C1"),
        ("a / (b / c)", "A1/(B1/C1)"),
        ("a * (b + c)", "A1*(B1+C1)"),
        ("-a + 1.5", "0-A1+1.5"),
    ],
)
def test_a_formula_keeps_its_meaning_under_other_names(formula: str, written: str) -> None:
    places = {"a": "A1", "b": "B1", "c": "C1"}
    assert write_formula(formula, places.__getitem__) == written


def test_levels_follow_the_numbering(shipped: PlanRound) -> None:
    """Roman numbers on top; `-` rows one step in, `+` rows two; PL01 starts at 1."""
    aid = dict(
        zip(
            (row.key for row in shipped.form("PL05").indicators),
            row_levels(shipped.form("PL05").indicators),
            strict=True,
        )
    )
    assert [aid[key] for key in ("bt.tong", "bt.nkt", "bt.nkt_n", "bt.cd")] == [0, 1, 2, 1]
    jobs = row_levels(shipped.form("PL02").indicators)
    assert jobs[:10] == (0, 0, 1, 1, 0, 1, 2, 2, 2, 2)
    assert row_levels(shipped.form("PL01").indicators)[:3] == (0, 1, 0)


def test_a_row_that_comes_before_any_number_still_has_a_level() -> None:
    first: Indicator = small_round().form("PL01").indicators[0]
    assert row_levels([first]) == (1,)
