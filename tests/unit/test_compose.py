"""The facts of the letters that answer a message."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.domain.letters.letter import (
    Earlier,
    LetterContext,
    LetterDraft,
    Standing,
    make_reference,
    make_reply_key,
    make_short_code,
)
from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.form import FormState
from pipeline.domain.verdict import Decision, ReplyPlan
from pipeline.stages.compose import compose
from tests.builders.decisions import (
    decision,
    digest_of,
    envelope,
    finding,
    form,
    identity,
    nil_row,
    row,
)
from tests.builders.returns import (
    consistent_return,
    make_appendices,
    shipped_gazetteer,
    shipped_round,
)

NOW = datetime(2013, 7, 10, 5, 30, tzinfo=UTC)
HA_GIANG = shipped_gazetteer().by_code("02")
CONTEXT = LetterContext(
    "khtc", shipped_round(), HA_GIANG, shipped_gazetteer().addressee(HA_GIANG), NOW
)


def draft(made: Decision, context: LetterContext = CONTEXT, **headers: Any) -> LetterDraft:
    (only,) = compose(made, envelope(**headers), context)
    return only


def values(made: Decision, context: LetterContext = CONTEXT) -> dict[str, Any]:
    return dict(draft(made, context).values)


def state_of(facts: dict[str, Any], form_id: str) -> tuple[str, bool]:
    (found,) = (f for f in facts["forms"] if f["id"] == form_id)
    return found["state"], found["kept"]


def test_no_letter_is_drafted_when_none_is_due_or_nobody_may_get_it() -> None:
    for plan in (ReplyPlan("none"), ReplyPlan("received", to=None)):
        assert compose(decision(reply=plan), envelope(), CONTEXT) == ()


def test_a_letter_answers_in_the_thread_and_is_known_by_its_key() -> None:
    made = draft(decision(), references=("<0@example.vn>",))
    assert (made.template, made.to) == ("acknowledgement", "hagiang@example.vn")
    assert made.thread.message_id == "<1@example.vn>"
    assert made.thread.references == ("<0@example.vn>",)
    assert made.reply_key == make_reply_key(
        "khtc", digest_of("a"), "acknowledgement", "hagiang@example.vn"
    )
    assert made.suppressed is None


def test_without_references_the_parent_of_the_message_is_the_thread() -> None:
    made = draft(decision(), in_reply_to=("<p@example.vn>", "<q@example.vn>"))
    assert made.thread.references == ("<p@example.vn>",)


def test_a_suppressed_letter_is_drafted_and_says_why_it_stays() -> None:
    plan = ReplyPlan("acknowledgement", "hagiang@example.vn", suppressed="N18")
    assert draft(decision(reply=plan)).suppressed == "N18"


def test_a_second_letter_warns_the_registered_address_outside_the_thread() -> None:
    plan = ReplyPlan(
        "acknowledgement",
        "x@example.vn",
        also=("so@example.vn", "x@example.vn", "so@example.vn"),
    )
    unsure = decision(reply=plan, identity=identity(verified=False))
    first, second = compose(unsure, envelope("x@example.vn"), CONTEXT)
    assert (first.to, second.to) == ("x@example.vn", "so@example.vn")
    assert first.reply_key != second.reply_key
    assert (first.values["relay"], first.values["watched"]) == (None, True)
    assert (second.values["relay"], second.values["watched"]) == ("x@example.vn", False)
    assert (second.thread.message_id, second.thread.references) == (None, ())
    assert "so@example.vn" not in str(first.values)


def test_the_reference_and_the_short_code_come_from_the_digest_alone() -> None:
    facts = values(decision())
    digest = digest_of("a")
    assert facts["reference"] == make_reference(2014, "02", digest)
    assert facts["code"] == make_short_code(digest) == f"{digest[:4]} {digest[4:8]}"
    assert make_reference(2014, None, digest).startswith("2014-00-")


def test_a_letter_to_nobody_known_has_no_province() -> None:
    nobody = shipped_gazetteer().addressee(None)
    facts = values(decision(), replace(CONTEXT, province=None, reader=nobody))
    office = "Sở Lao động - Thương binh và Xã hội"
    assert (facts["called"], facts["office"], facts["place"]) == ("Sở", office, None)
    facts = values(decision())
    assert (facts["office"], facts["place"]) == (f"{office} tỉnh Hà Giang", "Hà Giang")


def test_forms_stand_as_this_mail_and_the_earlier_ones_leave_them() -> None:
    standing = Standing(
        accepted=frozenset({"PL01", "PL02", "PL03"}),
        deficient=frozenset({"PL04"}),
        verified=frozenset({"PL01", "PL02"}),
    )
    made = decision(
        forms=(
            form("PL01", state=FormState.DEFICIENT),
            form("PL02"),
            form("PL05", state=FormState.UNREADABLE),
        ),
        forms_missing=("PL06", "PL07", "PL08", "PL09"),
    )
    facts = values(made, replace(CONTEXT, standing=standing))
    assert state_of(facts, "PL01") == ("deficient", True)
    assert state_of(facts, "PL02") == ("accepted", False)
    assert state_of(facts, "PL03") == ("earlier", False)
    assert state_of(facts, "PL04") == ("earlier-deficient", False)
    assert state_of(facts, "PL05") == ("unreadable", False)
    assert state_of(facts, "PL06") == ("missing", False)
    assert (facts["mend"], facts["pending"]) == (["PL01", "PL05"], ["PL04"])
    assert facts["missing"][0] == {"id": "PL06", "title": "Bảo vệ, chăm sóc trẻ em"}
    assert facts["required"] == 9


def test_a_verified_version_replaces_an_accepted_one_of_unknown_hand() -> None:
    standing = Standing(accepted=frozenset({"PL01"}))
    bad = form("PL01", state=FormState.DEFICIENT)
    context = replace(CONTEXT, standing=standing)
    assert state_of(values(decision(forms=(bad,)), context), "PL01") == ("deficient", False)
    unsure = decision(forms=(bad,), identity=identity(verified=False))
    assert state_of(values(unsure, context), "PL01") == ("deficient", True)


def test_of_a_form_found_twice_the_worse_copy_is_told() -> None:
    made = decision(forms=(form("PL01"), form("PL01", state=FormState.UNREADABLE)))
    assert state_of(values(made), "PL01") == ("unreadable", False)


def test_key_figures_are_read_back_more_of_the_summary_form() -> None:
    plan_round = shipped_round()
    figures = consistent_return(plan_round, "02", 1)
    results = tuple(
        replace(form(a.form), appendix=a) for a in make_appendices(plan_round, figures)
    )
    read = values(decision(forms=results))["figures"]
    assert [(f["form"], len(f["rows"])) for f in read] == [("PL01", 6)] + [
        (f"PL0{n}", 1) for n in range(2, 10)
    ]
    assert read[0]["column"] == "Kế hoạch năm 2014"
    assert read[-1]["column"] == "Nhu cầu năm 2014 - Tổng số"


def test_a_marked_figure_is_read_back_as_written_and_an_unreadable_one_is_not() -> None:
    rows = (
        row("th.viec_lam", value="12345.5"),
        nil_row("th.xkld"),
        row("th.tuyen_sinh", value=None, raw="nhiều"),
    )
    (read,) = values(decision(forms=(form("PL01", rows),)))["figures"]
    assert [r["value"] for r in read["rows"]] == ["12.345,5", "-"]


def test_a_form_without_figures_or_columns_is_read_back_in_silence() -> None:
    assert values(decision(forms=(form("PL01", ()),)))["figures"] == []
    bare = replace(shipped_round(), forms=(replace(shipped_round().forms[0], columns=()),))
    assert (
        values(decision(forms=(form(),)), replace(CONTEXT, plan_round=bare))["figures"]
        == []
    )


def test_without_a_column_of_the_plan_year_the_last_one_is_read_back() -> None:
    first = shipped_round().forms[0]
    columns = tuple(c for c in first.columns if c.key != "kh_n")
    old = replace(shipped_round(), forms=(replace(first, columns=columns),))
    made = decision(forms=(form("PL01", (row(column="uoc_n1"),)),))
    (read,) = values(made, replace(CONTEXT, plan_round=old))["figures"]
    assert read["column"] == "Ước thực hiện cả năm 2013"


def test_shortfalls_are_a_list_of_their_own_with_the_share_of_the_plan() -> None:
    short = finding(
        "shortfall",
        severity=Severity.INFO,
        indicator="th.viec_lam",
        found="800",
        expected="1000",
    )
    unknown = replace(short, indicator="nobody")
    bare = replace(short, found=None, expected=None, indicator="th.xkld")
    facts = values(decision(findings=(short, unknown, bare)))
    assert facts["points"] == []
    assert facts["shortfall_percent"] == "90"
    assert facts["shortfalls"]["rows"] == [
        {
            "form": "PL01",
            "label": "Tổng số lao động được tạo việc làm",
            "estimate": "800 người",
            "plan": "1.000 người",
            "percent": "80",
        },
        {
            "form": "PL01",
            "label": "Trong đó: Xuất khẩu lao động",
            "estimate": None,
            "plan": None,
            "percent": None,
        },
    ]
    many = values(decision(findings=(short,) * 20))["shortfalls"]
    assert (len(many["rows"]), many["more"]) == (15, 5)


def test_a_round_without_a_shortfall_rule_names_no_share() -> None:
    forms = tuple(replace(f, rules=()) for f in shipped_round().forms)
    context = replace(CONTEXT, plan_round=replace(shipped_round(), forms=forms))
    assert values(decision(), context)["shortfall_percent"] is None


def test_the_deadline_is_the_provinces_own_when_it_was_extended() -> None:
    facts = values(decision(late=True))
    assert (facts["due"]["date"], facts["due"]["late"]) == ("12/7/2013", True)
    assert (facts["due"]["extended"], facts["due"]["passed"]) == (False, False)
    later = shipped_round().due + timedelta(days=5)
    facts = values(decision(late=None), replace(CONTEXT, due=later, now=later))
    assert (facts["due"]["date"], facts["due"]["extended"]) == ("17/7/2013", True)
    assert (facts["due"]["passed"], facts["due"]["late"]) == (False, False)
    passed = replace(CONTEXT, now=later)
    assert values(decision(), passed)["due"]["passed"] is True


def test_a_duplicate_names_the_letter_it_repeats() -> None:
    assert values(decision())["earlier"] is None
    context = replace(CONTEXT, earlier=Earlier(digest_of("b"), NOW))
    earlier = values(decision(), context)["earlier"]
    assert earlier["reference"] == make_reference(2014, "02", digest_of("b"))
    assert earlier["received"]["date"] == "10/7/2013"


def test_a_missing_narrative_is_asked_for_only_when_found_missing() -> None:
    asked = decision(findings=(finding("narrative-missing", severity=Severity.WARN),))
    assert values(asked)["narrative_missing"] is True
    assert values(decision())["narrative_missing"] is False
