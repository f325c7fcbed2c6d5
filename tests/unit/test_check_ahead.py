"""What the child checked ahead is what checking here and now would say, always."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.plan.five_year import Better, Target
from pipeline.domain.plan.form import Figure
from pipeline.domain.plan.last_round import LastRound
from pipeline.domain.verdict import Checked
from pipeline.stages.check import CheckContext, check, check_alone
from tests.builders.returns import (
    consistent_return,
    make_appendices,
    shipped_gazetteer,
    shipped_round,
)

ROUND = shipped_round()
GAZETTEER = shipped_gazetteer()
HA_GIANG, BAC_KAN = "02", "06"
CONTEXT = CheckContext(ROUND, HA_GIANG, GAZETTEER)
FIGURES = consistent_return(ROUND, HA_GIANG, 4)
FORMS = make_appendices(ROUND, FIGURES)
SAID = check_alone(FORMS, ROUND, GAZETTEER, HA_GIANG)
# findings that no check would make: where they come back, they were taken as they are
MARKED = replace(SAID, findings=(*SAID.findings, *SAID.findings[:1]))
BEFORE = LastRound(FIGURES, {cell: value * 63 for cell, value in FIGURES.items()})


def faulty(*changes):
    """The return with some of its figures in another unit, or a little off."""
    figures, cells = dict(FIGURES), sorted(FIGURES)
    for place, factor in changes:
        cell = cells[place % len(cells)]
        figures[cell] = figures[cell] * factor
    return make_appendices(ROUND, figures)


def taken(context: CheckContext, ahead: Checked = MARKED) -> bool:
    found = check(FORMS, context, ahead)
    assert found in (MARKED.findings, check(FORMS, context))
    return found == MARKED.findings


def test_on_the_same_grounds_they_are_taken():
    assert SAID.findings == check(FORMS, CONTEXT) != ()
    assert taken(CONTEXT)


def test_targets_of_the_five_year_plan_are_no_grounds():
    """The child reads none: a round with them must not make the daemon check all anew."""
    aim = Target("PL01", "th.qua_dt", 2015, None, Decimal(55), Better.UP, "x", 2)
    aimed = replace(CONTEXT.plan_round, targets=(aim,))
    assert taken(replace(CONTEXT, plan_round=aimed))


def test_where_the_round_before_has_nothing_to_add_they_are_taken():
    assert taken(replace(CONTEXT, last_round=BEFORE))


def test_where_a_figure_jumped_since_the_round_before_all_is_checked():
    cell = next(cell for cell in sorted(FIGURES) if FIGURES[cell] > 1000)
    own = FIGURES | {cell: FIGURES[cell] / 5}
    context = replace(CONTEXT, last_round=replace(BEFORE, own=own))
    assert check(FORMS, context) != SAID.findings
    assert not taken(context)


@pytest.mark.parametrize("province", [None, BAC_KAN])
def test_of_another_province_they_are_not(province):
    assert not taken(replace(CONTEXT, province=province))


def test_beside_forms_of_an_earlier_mail_they_are_not():
    earlier = Figure("PL01", "th.tlhn", "kh_n", Decimal(1), None)
    assert not taken(replace(CONTEXT, accepted=(earlier,)))


def test_of_another_edition_of_the_rules_they_are_not():
    first, *rest = ROUND.forms
    rules = tuple(replace(rule, state="off") for rule in first.rules)
    edited = replace(ROUND, forms=(replace(first, rules=rules), *rest))
    assert not taken(replace(CONTEXT, plan_round=edited))


def test_where_the_registry_counts_otherwise_they_are_not():
    fact = ("communes", HA_GIANG)
    counted = {year: count + 1 for year, count in GAZETTEER.facts[fact].items()}
    edited = replace(GAZETTEER, facts=GAZETTEER.facts | {fact: counted})
    assert not taken(replace(CONTEXT, gazetteer=edited))


@settings(max_examples=25, deadline=None)
@given(
    changes=st.lists(
        st.tuples(
            st.integers(0, 5000),
            st.sampled_from([Decimal(text) for text in ("0.001", "1000", "1.1", "3", "0")]),
        ),
        max_size=3,
    ),
    jumps=st.lists(st.tuples(st.integers(0, 5000), st.integers(2, 1000)), max_size=1),
    known=st.booleans(),
    twice=st.booleans(),
)
def test_checking_ahead_changes_no_finding(changes, jumps, known, twice):
    forms = faulty(*changes)
    forms = (*forms, FORMS[1]) if twice else forms
    own, cells = dict(FIGURES), sorted(FIGURES)
    for place, factor in jumps:
        own[cells[place % len(cells)]] *= factor
    last = replace(BEFORE, own=own) if known else LastRound()
    context = replace(CONTEXT, last_round=last)
    ahead = check_alone(forms, ROUND, GAZETTEER, HA_GIANG)
    assert check(forms, context, ahead) == check(forms, context)
