"""Planners' rulings, province's explanations, changes of a resend: the pure parts."""

from dataclasses import replace

import pytest

from pipeline.domain.plan.explanation import Explanation, explanations_of
from pipeline.domain.plan.figure_change import figure_changes
from pipeline.domain.plan.finding import Finding, FindingState, Severity
from pipeline.domain.plan.form import Appendix
from pipeline.domain.plan.root_cell import RootCells
from pipeline.domain.proposal import Own, propose
from pipeline.domain.rulings import NotedFinding, Rulings, heed, signature
from tests.builders import decisions as make
from tests.builders.small_rounds import (
    cells,
    form,
    round_of,
    row,
    rule,
    rule_findings,
    said,
)

TOTAL = rule("total", whole="a", parts=["b", "c"])

FAULT = Finding(
    "total-mismatch",
    Severity.ERROR,
    form="PL02",
    indicator="vl.tong",
    column="kh_n",
    cell="H9",
    found="100",
    expected="110",
    rule="PL02.2",
)
QUERY = replace(FAULT, severity=Severity.QUERY, rule="PL02.3", found="7")


def test_a_waiver_holds_while_the_values_stay_wherever_they_stand() -> None:
    ruled = Rulings(waived=frozenset({signature(FAULT)}))
    moved = replace(FAULT, cell="K40", sheet="other", path="b.xls")
    assert [f.state for f in heed((FAULT, moved), ruled)] == [FindingState.WAIVED] * 2
    for change in ({"found": "101"}, {"expected": "111"}, {"column": "kh_n1"}):
        (again,) = heed((replace(FAULT, **change),), ruled)
        assert again.state is FindingState.FAIL


def test_a_waiver_lapses_when_parts_change_while_their_sum_stays() -> None:
    made = round_of(form([row("a"), row("b"), row("c")], [TOTAL]))
    first, same, swapped = (
        rule_findings(made, cells(a="100", b=b, c=c))
        for b, c in (("50", "60"), ("50.0", "60"), ("60", "50"))
    )
    assert said(first) == said(swapped) == [("total-mismatch", "a", "uoc_n1", "100", "110")]
    ruled = Rulings(waived=frozenset(map(signature, first)))
    states = [heed(found, ruled)[0].state for found in (first, same, swapped)]
    assert states == [FindingState.WAIVED, FindingState.WAIVED, FindingState.FAIL]


def test_a_waiver_from_before_the_basis_was_kept_holds_as_it_did() -> None:
    ruled = Rulings(waived=frozenset({signature(FAULT)}))
    (today,) = heed((replace(FAULT, basis="anything"),), ruled)
    assert today.state is FindingState.WAIVED


def test_an_accepted_form_keeps_its_questions() -> None:
    accepted, asked = heed((FAULT, QUERY), Rulings(accepted=frozenset({"PL02"})))
    assert (accepted.state, asked.state) == (FindingState.WAIVED, FindingState.FAIL)


def test_a_held_rule_neither_accuses_nor_clears() -> None:
    held = Rulings(held_rules=frozenset({("PL02", "PL02.2")}))
    assert [f.state for f in heed((FAULT, QUERY), held)] == [
        FindingState.BLOCKED,
        FindingState.FAIL,
    ]


def test_what_is_no_fault_stays_as_it_is() -> None:
    blocked = replace(FAULT, state=FindingState.BLOCKED)
    assert heed((blocked,), Rulings(waived=frozenset({signature(FAULT)}))) == (blocked,)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("GT PL02.3: do dịch bệnh", Explanation("PL02", "PL02.3", None, "do dịch bệnh")),
        ("  GT PL05/R.7 - tách xã", Explanation("PL05", "R.7", None, "tách xã")),
        ("gt PL02.3: x y", Explanation("PL02", "PL02.3", None, "x y")),
        ("Gt PL02.3: x y", Explanation("PL02", "PL02.3", None, "x y")),
        ("GT pl02.3: x y", Explanation("PL02", "PL02.3", None, "x y")),
        ("GT [PL02.3]: x y", Explanation("PL02", "PL02.3", None, "x y")),
        ("GT [PL05/R.7] x y", Explanation("PL05", "R.7", None, "x y")),
        ("- GT PL02.3: x y", Explanation("PL02", "PL02.3", None, "x y")),
        ("GT: PL02.3 x y", Explanation("PL02", "PL02.3", None, "x y")),
        ("GT PL02.3 x y", Explanation("PL02", "PL02.3", None, "x y")),
        ("GT PL02.3. x y", Explanation("PL02", "PL02.3", None, "x y")),
        ("GT PL 02.3: x y", Explanation("PL02", "PL02.3", None, "x y")),
        ("GT\u00a0PL02.3: x y", Explanation("PL02", "PL02.3", None, "x y")),
        ("Giải trình PL02.3: x y", Explanation("PL02", "PL02.3", None, "x y")),
        ("Gia\u0309i tri\u0300nh PL02.3: x y", Explanation("PL02", "PL02.3", None, "x y")),
        ("> GT PL02.3: của lần trước", None),
        ("GT PL02.3: ...", None),
        ("GT PL02.3: nêu lý do”.", None),
        ("GTPL02.3: dính liền", None),
        ("theo GT PL02.3: giữa dòng", None),
        ("GT PL02.3:", None),
    ],
)
def test_an_explanation_is_a_line_of_the_provinces_own(line, expected) -> None:
    said = explanations_of(f"Kính gửi Vụ,\n{line}\nTrân trọng", (), ())
    assert said == ((expected,) if expected else ())


def test_a_note_beside_a_row_that_was_asked_about_explains_it() -> None:
    form = Appendix(
        *("PL02", "a.xls", "PL2", 1.0, (), (), ()),
        notes=(("vl.tong", " số liệu sơ bộ "), ("vl.xkld", "ghi chú"), ("vl.san", " ")),
    )
    (said,) = explanations_of("", [form], [FAULT])
    assert said == Explanation("PL02", None, "vl.tong", "số liệu sơ bộ")
    waived = replace(FAULT, state=FindingState.WAIVED)
    assert explanations_of("", [form], [waived]) == ()


@pytest.mark.parametrize("is_own", [True, False])
def test_a_rule_without_its_form_is_about_nothing_where_several_forms_fail_it(
    is_own: bool,
) -> None:
    one = replace(QUERY, rule="R.7", form="PL01")
    other = replace(one, form="PL02")

    def forms(line: str, *findings: Finding) -> list[str | None]:
        here = findings if is_own else ()
        earlier = [NotedFinding(n, 1, "r", "02", f) for n, f in enumerate(findings)]
        said = explanations_of(line, (), ())
        own = Own(here, here, RootCells(()))
        made = propose(said, own, () if is_own else earlier, Rulings(), at_once=True)
        assert [each.at_once for each in made] == [not is_own] * len(made)
        return [each.finding.form for each in made]

    assert forms("GT R.7: tách xã", one, other) == []
    assert forms("GT R.7: tách xã", other) == ["PL02"]
    assert forms("GT PL01/R.7: tách xã", one, other) == ["PL01"]


def test_changes_are_told_of_forms_that_came_before_only() -> None:
    before = {
        ("PL01", "same", "kh_n"): "5",
        ("PL01", "moved", "kh_n"): "5",
        ("PL01", "nil", "kh_n"): "n",
        ("PL01", "gone", "kh_n"): "9",
        ("PL09", "other", "kh_n"): "1",
    }
    came = make.form(
        rows=[
            make.row("same", value="5.0"),
            make.row("moved", value="50"),
            make.row("nil", value="0"),
            make.row("new", value="3"),
        ]
    ).appendix
    fresh = make.form(form_id="PL02", rows=[make.row("x", value="1")]).appendix
    changes = figure_changes(before, [came, fresh])
    assert [(c.indicator, c.before, c.after) for c in changes] == [
        ("moved", "5", "50"),
        ("nil", "n", "0"),
        ("new", None, "3"),
        ("gone", "9", None),
    ]
