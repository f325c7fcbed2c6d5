"""What the correction workbook is to show: forms, points, and the cells they are on."""

from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.domain.letters.correction import CorrectionForm, Place
from pipeline.domain.plan.finding import Finding, FindingState, Severity
from pipeline.domain.plan.form import FormState
from pipeline.domain.verdict import ReplyPlan
from pipeline.stages.compose import compose
from pipeline.stages.correct import correct
from tests.builders.corrections import CONTEXT, correct_return, deficient
from tests.builders.decisions import envelope, finding, row
from tests.builders.returns import (
    cell_of,
    consistent_return,
    make_appendices,
    shipped_round,
)

ROUND = shipped_round()
FIGURES = consistent_return(ROUND, "02", 1)
SUM = ("PL03", "dn.tuyen_moi", "kh_n")
PL03 = next(a for a in make_appendices(ROUND, FIGURES) if a.form == "PL03")
HOME = {"form": "PL03", "path": "bao cao.xls", "sheet": "PL03"}


def points(*findings: Finding):
    return correct(deficient([PL03], findings), CONTEXT).points


def test_forms_come_in_the_rounds_order_filled_or_blank() -> None:
    made = correct_return(
        ("PL01", "PL03", "PL08"),
        {SUM: FIGURES[SUM] + 90},
        findings=(finding("form-twice", form="PL08"),),
        twice=("PL08",),
        forms_missing=("PL02",),
    ).correction
    forms = [(f.form.id, f.state, f.appendix is not None) for f in made.forms]
    assert forms == [
        ("PL01", FormState.DEFICIENT, True),
        ("PL02", None, False),
        ("PL03", FormState.DEFICIENT, True),
        ("PL08", FormState.UNREADABLE, False),
    ]


def test_it_carries_the_letters_reference() -> None:
    made = correct_return(("PL03",), {SUM: FIGURES[SUM] + 90})
    (draft,) = compose(made.decision, envelope(), CONTEXT)
    assert draft.values["correction"] == made.correction.name
    assert draft.values["reference"] == made.correction.reference
    assert made.correction.reader.authority == "UBND tỉnh Hà Giang"
    nowhere = correct(made.decision, replace(CONTEXT, province=None))
    assert nowhere.reference[:8] == "2014-00-"


def test_points_are_those_of_the_letter() -> None:
    made = correct_return(("PL02", "PL03"), {SUM: FIGURES[SUM] * 10})
    (draft,) = compose(made.decision, envelope(), CONTEXT)
    facts = [point.facts for point in made.correction.points]
    assert facts == draft.values["points"]


def test_no_finding_of_a_point_is_left_out() -> None:
    """The letter shows six lines of a point, the workbook all of them."""
    rows = [i.key for i in ROUND.form("PL03").indicators[:9]]
    found = [
        finding(
            "unreadable-value",
            indicator=key,
            column="kh_n",
            **{**HOME, "cell": cell_of(ROUND.form("PL03"), key, "kh_n")},
        )
        for key in rows
    ]
    (point,) = points(*found)
    assert (len(point.facts["lines"]), len(point.entries)) == (6, 9)
    assert [e.places for e in point.entries] == [
        (Place("PL03", key, "kh_n"),) for key in rows
    ]


def test_a_root_and_the_suspects_are_found_by_their_cells() -> None:
    made = correct_return(("PL01", "PL03"), {SUM: FIGURES[SUM] + 90}).correction
    (point,) = (p for p in made.points if p.root)
    assert point.root == Place(*SUM)
    assert {entry.suspects[0] for entry in point.entries} == {Place(*SUM)}


def test_a_suspect_on_two_sheets_of_one_name_is_nobody() -> None:
    twins = [replace(PL03, rows=(row(cell="H12", sheet="S", path=p),)) for p in "ab"]
    away = finding(cell="H9", suspect=("S!H12",), **HOME)
    made = correct(deficient(twins, (away,)), CONTEXT)
    assert made.points[0].entries[0].suspects == ()


@pytest.mark.parametrize(
    ("code", "about", "place"),
    [
        ("unit-unknown", {"indicator": "dn.gv"}, Place("PL03", "dn.gv", "dvt")),
        ("row-uncertain", {"indicator": "dn.gv"}, Place("PL03", "dn.gv", "chi_tieu")),
        ("column-uncertain", {"column": "kh_n"}, Place("PL03", None, "kh_n")),
        (
            "derived-mismatch",
            {"indicator": "dn.gv", "column": "ss_kh_uoc"},
            Place("PL03", "dn.gv", "ss_kh_uoc"),
        ),
    ],
)
def test_where_a_finding_sits(code: str, about, place: Place) -> None:
    (point,) = points(finding(code, **HOME, **about))
    assert point.entries[0].places == (place,)


def test_an_empty_row_and_column_are_all_their_required_cells() -> None:
    empty = replace(PL03, rows=tuple(r for r in PL03.rows if r.indicator != "dn.tl_dtn"))
    found = finding("missing-value", indicator="dn.tl_dtn", **HOME)
    (point,) = correct(deficient([empty], (found,)), CONTEXT).points
    columns = [place.column for place in point.entries[0].places]
    assert columns == ["th_n2", "kh_n1", "uoc_n1", "kh_n"]
    bare = replace(PL03, rows=())
    found = finding("column-missing", column="kh_n", **HOME)
    (point,) = correct(deficient([bare], (found,)), CONTEXT).points
    places = point.entries[0].places
    required = [
        i.key
        for i in ROUND.form("PL03").indicators
        if i.requires(ROUND.form("PL03").column("kh_n"))
    ]
    assert [place.indicator for place in places] == required


def test_findings_alike_are_one_entry_with_their_cells_joined() -> None:
    rows = ("dn.tm_cdn", "dn.tm_tcn", "dn.tm_scn")
    found = [
        finding(
            "missing-value",
            indicator=key,
            column="kh_n",
            **{**HOME, "cell": cell_of(ROUND.form("PL03"), key, "kh_n")},
        )
        for key in rows
    ]
    (point,) = points(*found)
    (entry,) = point.entries
    assert (entry.line, entry.theirs) == (None, "PL03!H17:H19")
    assert [place.indicator for place in entry.places] == list(rows)


def test_findings_on_no_form_or_cell_have_no_place() -> None:
    told = points(
        finding("unreadable-file", severity=Severity.FATAL, form=None, cell=None),
        finding("form-twice", cell=None, **HOME),
        finding("unit-unknown", form="PL99", path="a", sheet=None, cell=None),
    )
    assert [point.entries[0].places for point in told] == [(), (), ()]
    assert {point.entries[0].theirs for point in told} == {"", "PL03"}


def test_only_failing_findings_are_told() -> None:
    assert points(finding(state=FindingState.BLOCKED, **HOME)) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"reply": ReplyPlan("deficiency", "a@b.vn", suppressed="N18")},
        {"reply": ReplyPlan("incomplete", "a@b.vn")},
        {"forms": (), "forms_missing": ()},
    ],
)
def test_a_letter_that_needs_no_workbook_announces_none(changes) -> None:
    made = correct_return(("PL03",), {SUM: FIGURES[SUM] + Decimal(90)}).decision
    (draft,) = compose(replace(made, **changes), envelope(), CONTEXT)
    assert draft.values["correction"] is None


def test_without_a_writer_of_workbooks_no_letter_announces_one() -> None:
    made = correct_return(("PL03",), {SUM: FIGURES[SUM] + 90}).decision
    (draft,) = compose(made, envelope(), replace(CONTEXT, corrections=False))
    assert draft.values["correction"] is None


def test_a_missing_form_alone_is_handed_out_blank() -> None:
    made = correct(deficient([], (), forms_missing=("PL09",)), CONTEXT)
    assert made.forms == (CorrectionForm(ROUND.form("PL09")),)
