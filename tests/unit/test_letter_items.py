"""How findings become the points of a letter."""

from typing import Any

import pytest

from pipeline.domain.letters.cell_runs import join_cells
from pipeline.domain.letters.letter_items import Home, list_items
from pipeline.domain.letters.letter_names import Names, names_of
from pipeline.domain.plan.finding import FindingState, Severity
from tests.builders.decisions import finding
from tests.builders.returns import shipped_round

NAMES: Names = names_of(shipped_round())
PL01 = {"form": "PL01", "path": "a.xls", "sheet": "PL1", "indicator": "th.viec_lam"}
PL05 = {"form": "PL05", "path": "b.xls", "sheet": "PL5", "indicator": "bt.tong"}
HOMES = (Home("PL01", "a.xls", "PL1"), Home("PL05", "b.xls", "PL5"))


def points(*findings: Any, homes: tuple[Home, ...] = HOMES) -> list[dict[str, Any]]:
    return [dict(point) for point in list_items(findings, NAMES, homes)]


def test_only_failing_findings_without_a_section_of_their_own_are_points() -> None:
    assert (
        points(
            finding(state=FindingState.WAIVED),
            finding(state=FindingState.BLOCKED),
            finding("form-missing"),
            finding("narrative-missing"),
            finding("late"),
            finding("shortfall"),
        )
        == []
    )


def test_one_cell_that_breaks_rules_of_two_forms_is_one_point_on_its_own_sheet() -> None:
    told = points(
        finding("total-mismatch", rule="PL05.9", cell="H20", suspect=("H22",), **PL05),
        finding("cross-form", rule="PL01.11", cell="H18", suspect=("PL5!H22",), **PL01),
        finding("part-exceeds-whole", rule="PL05.6", cell="H22", **PL05),
    )
    (point,) = told
    assert (point["root"], point["form"], point["file"], point["sheet"]) == (
        "H22",
        "PL05",
        "b.xls",
        "PL5",
    )
    assert point["count"] == 3
    assert {(line["form"], line["cell"]) for line in point["lines"]} == {
        (None, "H20"),
        (None, "H22"),
        ("PL01", "H18"),
    }
    assert all(line["suspects"] == [] for line in point["lines"])


def test_a_suspect_on_an_ambiguous_sheet_is_not_taken_for_a_root() -> None:
    twins = (Home("PL05", "b.xls", "Sheet1"), Home("PL06", "c.xls", "Sheet1"))
    told = points(
        finding("cross-form", rule="PL01.4", cell="H9", suspect=("Sheet1!H22",), **PL01),
        finding("cross-form", rule="PL01.5", cell="H10", suspect=("Sheet1!H22",), **PL01),
        homes=twins,
    )
    assert [point["root"] for point in told] == [None, None]
    assert told[0]["lines"][0]["suspects"] == ["Sheet1!H22"]


def test_a_root_on_a_sheet_without_findings_of_its_own_gets_the_form_of_the_sheet() -> None:
    told = points(
        finding("cross-form", rule="PL01.8", cell="H9", suspect=("PL5!H22",), **PL01),
        finding("cross-form", rule="PL01.9", cell="H10", suspect=("PL5!H22",), **PL01),
    )
    assert [(p["form"], p["root"], p["sheet"]) for p in told] == [("PL05", "H22", "PL5")]


def test_one_rule_through_many_columns_is_one_point_with_few_lines() -> None:
    cells = [f"{letter}9" for letter in "DEFGHIJK"]
    told = points(*(finding(rule="PL02.2", cell=cell, **PL01) for cell in reversed(cells)))
    (point,) = told
    assert point["count"] == 8
    assert [line["cell"] for line in point["lines"]] == cells[:6]
    assert point["more"] == 2
    assert point["label"] == "Tổng số lao động được tạo việc làm"
    assert point["rule"] == "PL01/PL02.2"


def test_a_form_in_another_unit_is_one_point_not_one_for_each_cell() -> None:
    cells = [f"{column}{row}" for row in (9, 10) for column in "DEFGH"]
    units = [
        finding("unit-scale", severity=Severity.QUERY, rule="R.6", cell=c, **PL01)
        for c in cells
    ]
    others = [finding("cross-form", rule="PL01.4", cell=c, **PL01) for c in cells[:5]]
    told = points(*units, *others)
    assert [(p["duty"], p["code"], p["root"], p["count"], p["more"]) for p in told] == [
        ("mend", "cross-form", None, 5, 0),
        ("explain", "unit-scale", None, 10, 4),
    ]


def test_a_few_figures_in_another_unit_stay_with_their_cells() -> None:
    unit = finding("unit-scale", severity=Severity.QUERY, rule="R.6", cell="D9", **PL01)
    (point,) = points(unit, finding("cross-form", rule="PL01.4", cell="D9", **PL01))
    assert (point["root"], point["count"]) == ("D9", 2)


def test_empty_cells_are_places_whole_rows_and_columns_first() -> None:
    empty = {"code": "missing-value", "path": "a.xls", "sheet": "PL1"}
    told = points(
        *(
            finding(**empty, indicator="th.viec_lam", column="kh_n", cell=f"H{n}")
            for n in (9, 10, 11, 14)
        ),
        finding(**empty, indicator="th.xkld", column=None, cell="D10"),
        finding(**empty, indicator=None, column="th_n2", cell="D9"),
    )
    (point,) = told
    assert point["count"] == 6
    assert point["lines"] == []
    assert [place["cells"] for place in point["places"]] == [None, None, "H9:H11", "H14"]
    assert point["places"][1]["label"] == "Trong đó: Xuất khẩu lao động"
    assert point["places"][0]["column"] == "Thực hiện năm 2012"


def test_what_must_be_mended_comes_first_then_form_then_place() -> None:
    told = points(
        finding("unit-near", severity=Severity.WARN, **PL01),
        finding("change", severity=Severity.QUERY, rule="R.7", cell="H11", **PL01),
        finding("total-mismatch", rule="b", cell="H8", **PL05),
        finding("total-mismatch", rule="a", cell="J9", **PL01),
        finding("error-value", cell="D10", **PL01),
        finding(
            "unreadable-file", severity=Severity.FATAL, form=None, cell=None, path="z.xls"
        ),
    )
    assert [(p["number"], p["duty"], p["code"]) for p in told] == [
        (1, "mend", "unreadable-file"),
        (2, "mend", "total-mismatch"),
        (3, "mend", "error-value"),
        (4, "mend", "total-mismatch"),
        (5, "explain", "change"),
        (6, "note", "unit-near"),
    ]


def test_figures_are_vietnamese_for_rules_and_quoted_for_cells() -> None:
    rule, cell, odd = (
        points(finding(code, found=found, expected=expected, column="kh_n", **PL01))[0][
            "lines"
        ][0]
        for code, found, expected in (
            ("total-mismatch", "1234.5", "1244.5"),
            ("ambiguous-number", "1.234", None),
            ("out-of-range", "nhiều", "0"),
        )
    )
    assert (rule["found"], rule["expected"]) == ("1.234,5 người", "1.244,5 người")
    assert (rule["difference"], rule["direction"]) == ("10", "smaller")
    assert (cell["found"], cell["expected"], cell["difference"]) == ("“1.234”", None, None)
    assert (odd["found"], odd["expected"]) == ("“nhiều”", "0 người")


def test_a_larger_figure_says_so_and_equal_ones_have_no_gap() -> None:
    line = points(finding(found="2", expected="1", **PL01))[0]["lines"][0]
    assert (line["direction"], line["difference"]) == ("larger", "1")
    line = points(finding(found="1", expected="1", **PL01))[0]["lines"][0]
    assert (line["direction"], line["difference"]) == (None, None)


def test_the_other_rows_of_a_rule_are_named() -> None:
    def against(form: str, rule: str, indicator: str, column: str = "kh_n") -> list[str]:
        found = finding(form=form, rule=rule, indicator=indicator, column=column)
        return NAMES.against(found)

    assert against("PL02", "PL02.1", "vl.llld") == ["“Thành thị”", "“Nông thôn”"]
    assert against("PL01", "PL01.4", "th.viec_lam") == [
        "“Tổng số lao động được tạo việc làm trong năm” (PL02)"
    ]
    assert against("PL09", "PL09.5", "kp.gnbv", "nc_n") == [
        "“Nhu cầu năm 2014 - NSTW”",
        "“Nhu cầu năm 2014 - NSĐP”",
    ]
    assert against("PL06", "PL06.1", "te.hcdb")[-1] == "…"
    assert len(against("PL06", "PL06.1", "te.hcdb")) == 5
    assert against("PL01", "none", "th.viec_lam") == []
    assert "Số hộ nghèo đầu năm" in " ".join(against("PL05", "PL05.1", "gn.ho_ngheo"))
    # a registry fact has no row to name
    assert against("PL06", "PL06.3", "te.tl_xa") != []


def test_names_of_what_the_round_does_not_know_are_none() -> None:
    odd = finding(form="PL77", indicator="x", column="y")
    assert NAMES.label(odd) is None
    assert NAMES.column(odd) is None
    assert NAMES.unit(odd) is None
    assert NAMES.form_title("PL77") is None
    assert NAMES.column(finding(column="nobody")) is None
    assert NAMES.label(finding(indicator="nobody")) is None
    assert NAMES.form_order("PL77") > NAMES.form_order("PL09") > NAMES.form_order(None)
    assert NAMES.unit(finding("derived-mismatch", indicator="th.viec_lam")) is None


@pytest.mark.parametrize(
    ("cells", "joined"),
    [
        ([], []),
        (["H9"], ["H9"]),
        (["H10", "H9", "K4", "AA2", "AA3"], ["H9:H10", "K4", "AA2:AA3"]),
        (["H9", "H11"], ["H9", "H11"]),
        (["R1C1", "H9"], ["H9", "R1C1"]),
    ],
)
def test_neighbouring_cells_are_joined(cells: list[str], joined: list[str]) -> None:
    assert join_cells(cells) == joined


def test_a_foreign_file_name_is_cut_and_a_finding_without_place_still_told() -> None:
    told = points(
        finding(
            "unreadable-file", form=None, cell=None, path="\u202e" + "x" * 200 + ".xls"
        ),
        finding("link-only", form=None, cell=None),
    )
    assert told[1]["file"] is not None
    assert len(told[1]["file"]) == 60
    assert (told[0]["file"], told[0]["sheet"]) == (None, None)


def test_both_units_of_a_row_are_told_and_a_figure_is_no_unit() -> None:
    def line(found: str, expected: str) -> dict[str, Any]:
        told = finding("unit-unknown", found=found, expected=expected, **PL01)
        (point,) = points(told)
        return dict(point["lines"][0])

    both = line("Người ≠ nghìn người", "Người")
    assert (both["found"], both["other"]) == ("“Người”", "“nghìn người”")
    one = line("1000", "Người")
    assert (one["found"], one["other"], one["figure"]) == ("“1000”", None, False)
    part = line("0.053", "%")
    assert (part["found"], part["other"], part["figure"]) == ("“0.053”", None, True)
