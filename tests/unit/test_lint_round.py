"""The linter of a round's definitions: silent on ours, loud on each mistake."""

from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.domain.plan.plan_round import (
    Aggregate,
    Column,
    ColumnRole,
    IndicatorKind,
    Unit,
)
from pipeline.domain.plan.usual_size import UsualSize
from pipeline.stages.lint_round import LintProblem, lint
from tests.builders.returns import shipped_gazetteer, shipped_round
from tests.builders.small_rounds import form, round_of, row, rule

RATE = {"unit": "%", "kind": IndicatorKind.RATE, "aggregate": Aggregate.NONE}


def problems(plan):
    return [(p.file, p.key, p.problem) for p in lint(plan, shipped_gazetteer())]


def of_rule(made, rows="a b c", like="PL01"):
    keys = [row("r", **RATE), row("s", kind=IndicatorKind.STOCK), *rows.split()]
    found = problems(round_of(form(keys, [made], like=like)))
    return [(key.removeprefix("rules.F1.1."), problem) for _, key, problem in found]


def test_shipped_round_is_clean():
    assert lint(shipped_round(), shipped_gazetteer()) == ()


@pytest.mark.parametrize(
    "made",
    [
        rule("total", whole="a", parts=["b", "c"], when="all parts given"),
        rule("part_of", part="a", whole="registry:communes"),
        rule("half_year", rows=["a"], half="th_n2", year="kh_n"),
        rule("bound", rows=["%", "stock", "a"], low=Decimal(0), high=Decimal(9)),
        rule("identity", expr="a@kh_n == b - c@uoc_n1", columns=("kh_n",)),
        rule("derived", column="ss_uoc_kh", expr="uoc_n1 / kh_n1 * 100"),
        rule("ratio", rate="r", numerator="a", denominator="b"),
    ],
)
def test_good_rule(made):
    assert of_rule(made) == []


@pytest.mark.parametrize(
    ("made", "field", "problem"),
    [
        (rule("totals"), "kind", "no kind"),
        (rule("total", whole="a", parts=["b"], state="asleep"), "state", "none of"),
        (rule("total", whole="a"), "parts", "needs it"),
        (rule("total", whole="z", parts=["b"]), "whole", "F1 has no row z"),
        (rule("total", whole="F7:a", parts=["b"]), "whole", "no form F7"),
        (rule("part_of", part="a", whole="registry:x"), "whole", "no fact 'x'"),
        (rule("total", whole="a", parts=["b"], columns=("z",)), "columns", "no column z"),
        (rule("total", whole="a", parts=["b"], when="ever"), "when", "only"),
        (rule("total", whole="a", parts=["b", "a"]), "whole", "its own part"),
        (rule("part_of", part="a", whole="a"), "whole", "its own part"),
        (rule("total", whole="a", parts=["b", "r"]), "parts", "r is in %, and whole in"),
        (rule("ratio", rate="a", numerator="b", denominator="c"), "rate", "is in %"),
        (rule("identity", expr="a = b"), "expr", "not understood"),
        (rule("identity", expr="a == z"), "expr", "no row z"),
        (rule("identity", expr="a == b@z"), "expr", "no column z"),
        (rule("derived", column="ss_uoc_kh", expr="z / 2"), "expr", "no column z"),
        (rule("derived", column="kh_n", expr="kh_n1 / 2"), "column", "role derived"),
        (rule("column_order", smaller="x", larger="kh_n"), "smaller", "no column x"),
        (rule("bound", rows=["all"]), "low", "a low or a high"),
        (
            rule("bound", rows=["all"], low=Decimal(9), high=Decimal(1)),
            "low",
            "greater than high",
        ),
        (rule("bound", rows=["z"], low=Decimal(0)), "rows", "no row, unit or kind"),
        (rule("half_year", rows=["stock"]), "rows", "s is a stock"),
        (rule("half_year", rows=["r"]), "rows", "r is a rate"),
        (rule("half_year", rows=["a"], half="th_n2"), "half", "go together"),
    ],
)
def test_bad_rule(made, field, problem):
    found = of_rule(made)
    assert [key for key, text in found if problem in text] == [field]


def test_half_year_rule_needs_a_half_year_column():
    made = form(["a"], [rule("half_year", rows=["a"])])
    columns = tuple(c for c in made.columns if c.period != "H1")
    (found,) = problems(round_of(replace(made, columns=columns)))
    assert "no half-year column" in found[2]


def test_units_are_compared_in_their_base_unit():
    made = rule("total", whole="t", parts=["a"])
    assert problems(round_of(form([row("t", "1000 người"), "a"], [made]))) == []


def test_a_usual_size_is_of_a_row_that_there_is():
    first = replace(row("a"), usual=UsualSize(Decimal(1), Decimal(9), "z"))
    found = problems(round_of(form([first, "b"])))
    assert found == [("F1.yaml", "rows[0].usual.of", "a: F1 has no row z")]


def test_the_percentage_that_says_how_many_there_are_is_a_row():
    usual = UsualSize(Decimal(1), Decimal(9), rate="z", percent=Decimal(2))
    found = problems(round_of(form([replace(row("a"), usual=usual), "b"])))
    assert found == [("F1.yaml", "rows[0].usual.rate", "a: F1 has no row z")]


def test_wholes_that_are_parts_of_themselves():
    rules = [
        rule("total", whole="a", parts=["b"]),
        rule("at_least_sum", id="F1.2", whole="b", parts=["c"]),
        rule("total", id="F1.3", whole="c", parts=["a", "d"]),
    ]
    found = problems(round_of(form(["a", "b", "c", "d"], rules)))
    assert [key for _, key, _ in found] == [f"rules.F1.{n}.parts" for n in (1, 2, 3)]


def test_rule_id_twice_and_rule_of_every_form():
    one = rule("part_of", part="a", whole="b")
    found = problems(round_of(form(["a", "b"], [one, one])))
    assert found == [("F1.yaml", "rules.F1.1", "the id stands twice")]
    other = replace(one, form="F2", terms=(("part", "b"), ("whole", "a")))
    plan = round_of(form(["a", "b"], [one]), form(["a", "b"], [other], "F2"))
    assert problems(plan) == [
        ("round.yaml", "rules.F1.1", "the id stands for different rules")
    ]


def test_mistake_in_a_rule_of_every_form_is_told_once_and_of_round_yaml():
    one = rule("bound", rows=["all"])
    plan = round_of(form(["a"], [one]), form(["a"], [replace(one, form="F2")], "F2"))
    assert problems(plan) == [
        ("round.yaml", "rules.F1.1.low", "a bound needs a low or a high")
    ]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"aggregate": Aggregate.WEIGHTED}, "needs a weight"),
        ({"weight": "b"}, "a weight without"),
        ({"aggregate": Aggregate.WEIGHTED, "weight": "z"}, "no row z"),
        ({"aggregate": Aggregate.WEIGHTED, "weight": "r"}, "itself a rate"),
        ({"aggregate": Aggregate.SUM, "kind": IndicatorKind.RATE}, "never summed"),
        ({"optional_columns": ("z",)}, "no value column z"),
        ({"aliases": ("B",)}, "'b' also names another row"),
    ],
)
def test_bad_row(fields, problem):
    (found,) = problems(round_of(form([row("a", **fields), "b", row("r", **RATE)])))
    assert problem in found[2]


@pytest.mark.parametrize("weight", ["b", "registry:communes"])
def test_good_weight(weight):
    weighted = {**RATE, "aggregate": Aggregate.WEIGHTED, "weight": weight}
    assert problems(round_of(form([row("r", **weighted), "b"]))) == []


def test_things_that_stand_twice():
    made = form(["a"])
    assert problems(round_of(made, made)) == [
        ("round.yaml", "forms", "the form F1 is there twice")
    ]
    assert problems(round_of(form(["a", "a"])))[0][2] == "the row a is there twice"
    twice = replace(made, columns=(*made.columns, made.columns[-1]))
    assert problems(round_of(twice))[0][2] == "the column ghi_chu is there twice"


def test_alias_of_a_column_that_names_another():
    made = form(["a"])
    extra = Column("x", "Khác", ColumnRole.VALUE, aliases=("CHỈ TIÊU",))
    (found,) = problems(round_of(replace(made, columns=(*made.columns, extra))))
    assert found == ("round.yaml", "columns.plan", "'chỉ tiêu' names two columns")


def test_column_set_needs_a_label_and_values():
    made = replace(form(["a"]), columns=(Column("x", "X", ColumnRole.NOTE),))
    assert [text for _, _, text in problems(round_of(made))] == [
        "no column has the role label",
        "no column has the role value",
    ]


def test_units():
    plan = round_of(form(["a"]))
    units = (*plan.units, Unit("Người"), Unit("Tạ", ("tấn",), "Kg"))
    assert lint(replace(plan, units=units), shipped_gazetteer()) == (
        LintProblem("round.yaml", "units", "the unit 'Người' is there twice"),
        LintProblem("round.yaml", "units", "'Tạ' has an unknown base 'Kg'"),
        LintProblem("round.yaml", "units", "'người' is written for two units"),
        LintProblem("round.yaml", "units", "'tấn' is written for two units"),
    )
