"""Which letter answers what, to whom, and every code that forbids it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.domain.case import LetterHistory, Policy
from pipeline.domain.mail.message import Kind, Role, State, Triage
from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.senders.identity import Clue, Source, Strength
from pipeline.domain.verdict import ReplyPlan
from pipeline.stages.plan_reply import ASK_FOR_WORKBOOK, plan_reply
from tests.builders import decisions as make
from tests.builders.cases import (
    ALL_FORMS,
    IN_TIME,
    STRONG,
    attachment,
    case,
    decided,
    forms,
    nobody,
)

SENDER = "hagiang@example.vn"
OTHER = "khac@example.vn"
NOW = IN_TIME + timedelta(minutes=2)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NEW_FILE = {"content_key": "x"}
NEW_NOTE = NEW_FILE | {"attachments": (attachment(Role.NARRATIVE, "a.docx"),)}


def planned(made, registered=(SENDER,), made_before=None, **policy) -> ReplyPlan:
    rules = Policy(**policy)
    decision = decided(made, **policy)
    history = made_before or LetterHistory()
    return plan_reply(made, decision, registered, rules, lambda address: history, NOW)


def silent(**changes) -> tuple[str, str | None]:
    plan = planned(case(**changes))
    assert (plan.to, plan.also, plan.subject) == (None, (), None)
    return plan.template, plan.suppressed


@pytest.mark.parametrize(
    ("made", "template"),
    [
        (case(forms()), "acknowledgement"),
        (case(forms("PL01")), "incomplete"),
        (case(forms(), [make.finding()]), "deficiency"),
        (case(), "deficiency"),
        (case(forms(), same_content=True), "duplicate"),
        (case(forms(), planner_hold=True), "received"),
        (case(triage=Triage(Kind.QUESTION)), "received"),
        *[
            (case(findings=[Finding(code, Severity.FATAL, path="a")]), "resend-as-workbook")
            for code in sorted(ASK_FOR_WORKBOOK)
        ],
        (
            case(forms("PL01"), [make.finding(), Finding("scan-only", Severity.FATAL)]),
            "deficiency",
        ),
        (case(findings=[Finding("form-unrecognised", Severity.QUERY)]), "deficiency"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_registered_sender_gets_one_letter_that_fits(made, template) -> None:
    assert planned(made) == ReplyPlan(template, to=SENDER)


@pytest.mark.fault("T-05")
@pytest.mark.parametrize(
    ("registered", "also"),
    [
        ((), ()),
        ((SENDER,), ()),
        ((OTHER,), (OTHER,)),
        ((SENDER, OTHER, "third@example.vn"), (OTHER,)),
    ],
)
def test_an_unknown_sender_is_answered_with_a_second_letter_to_a_known_one(
    registered, also
) -> None:
    plan = planned(case(forms(), identity=STRONG), registered)
    assert (plan.to, plan.also, plan.suppressed) == (SENDER, also, None)


@pytest.mark.fault("T-24")
def test_an_unknown_sender_without_a_form_gets_nothing() -> None:
    plan = planned(case(identity=STRONG))
    assert (plan.template, plan.suppressed) == ("deficiency", "N13")


@pytest.mark.parametrize(
    ("kind", "mark", "code"),
    [
        (Kind.AUTO_REPLY, "N03", "N03"),
        (Kind.BOUNCE, "N04", "N04"),
        (Kind.OWN, "N09", "N09"),
        (Kind.SPAM, None, "N15"),
        (Kind.OTHER, None, "N16"),
    ],
)
def test_what_is_ignored_is_never_answered_and_the_code_says_why(kind, mark, code) -> None:
    assert silent(triage=Triage(kind, suppressed=mark)) == ("none", code)


@pytest.mark.fault("T-24")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"identity": nobody(Strength.WEAK)}, "N13"),
        ({"identity": nobody(Strength.NONE, "from-invalid")}, "N13"),
        ({"read": {"envelope": make.envelope(None)}}, "N11"),
        ({"identity": STRONG, "planner_hold": True}, "N13"),
        ({"triage": Triage(Kind.UNREADABLE)}, None),
    ],
)
def test_a_stranger_who_is_held_hears_nothing(changes, code) -> None:
    assert silent(**({"appendices": forms()} | changes)) == ("none", code)


def test_a_registered_sender_whose_mail_contradicts_itself_hears_that_it_is_checked() -> (
    None
):
    clue = Clue(Source.REGISTERED, SENDER, "04", "From")
    conflict = replace(nobody(Strength.CONFLICT, "identity-conflict"), evidence=(clue,))
    assert planned(case(forms(), identity=conflict), ()) == ReplyPlan("received", to=SENDER)


def test_a_mail_without_a_usable_sender_is_not_answered_even_when_assigned() -> None:
    made = case(forms(), read={"envelope": make.envelope(None)})
    assert decided(made).state is State.FILED
    assert planned(made) == ReplyPlan("none", suppressed="N11")


@pytest.mark.parametrize(
    ("changes", "policy", "code"),
    [
        ({}, {"replies": "off"}, "N01"),
        ({"triage": Triage(Kind.SUBMISSION, suppressed="N05")}, {}, "N05"),
        ({"triage": Triage(Kind.SUBMISSION, suppressed="N05")}, {"replies": "off"}, "N01"),
        ({"read": {"envelope": make.envelope(authentication="fail")}}, {}, "N14"),
        ({"spam_folder": True}, {}, "N15"),
        ({"triage": Triage(Kind.SUBMISSION, "persons-listed")}, {}, "N20"),
        ({"triage": Triage(Kind.SUBMISSION, "state-secret")}, {}, "N20"),
        ({"triage": Triage(Kind.SUBMISSION)}, {"replies": "approve"}, None),
    ],
)
def test_the_first_code_that_forbids_a_letter_is_kept_with_it(
    changes, policy, code
) -> None:
    plan = planned(case(**({"appendices": forms()} | changes)), **policy)
    assert (plan.to, plan.suppressed) == (SENDER, code)


def test_the_same_files_get_one_letter_about_it() -> None:
    again = case(forms(), same_content=True)
    assert planned(again).suppressed is None
    told = planned(replace(again, told_same=True))
    assert (told.template, told.suppressed) == ("duplicate", "N17")
    held = replace(again, told_same=True, planner_hold=True)
    assert planned(held) == ReplyPlan("received", to=SENDER)


def in_turn(*brought: str) -> LetterHistory:
    """Letters of the last days, oldest first, by what their mails had brought."""
    times = ((NOW - (9 - n) * DAY, "received", b == "forms") for n, b in enumerate(brought))
    return LetterHistory(to_recipient=tuple(times))


def letters(*ago: timedelta, with_forms: bool) -> LetterHistory:
    times = tuple((NOW - each, "incomplete", with_forms) for each in ago)
    return LetterHistory(to_recipient=times)


@pytest.mark.fault("T-23")
@pytest.mark.parametrize(
    ("made", "history", "code"),
    [
        (case(forms()), letters(*[MINUTE] * 19, with_forms=True), None),
        (case(forms()), letters(*[MINUTE] * 20, with_forms=True), "N18"),
        (case(forms()), letters(*[24 * HOUR] * 20, with_forms=True), None),
        (case(forms()), letters(*[MINUTE] * 20, with_forms=False), None),
        (case(), letters(*[MINUTE] * 2, with_forms=False), None),
        (case(), letters(*[MINUTE] * 3, with_forms=False), "N18"),
        (case(read=NEW_FILE), letters(*[HOUR] * 9, with_forms=False), None),
        (case(read=NEW_FILE), letters(*[HOUR] * 10, with_forms=False), "N18"),
        (case(read=NEW_FILE), letters(*[DAY] * 10, with_forms=False), "N18"),
        (case(read=NEW_NOTE), letters(*[HOUR] * 2, with_forms=False), None),
        (case(read=NEW_NOTE), letters(*[HOUR] * 3, with_forms=False), "N18"),
        (case(), letters(*[DAY] * 2, with_forms=False), None),
        (case(), letters(*[DAY] * 3, with_forms=False), "N18"),
        (case(), letters(*[30 * DAY] * 3, with_forms=False), None),
        (case(), in_turn("words", "words", "forms", "words"), None),
        (case(), in_turn("forms", "forms", "words", "words"), "N18"),
        (case(forms(), same_figures=True), letters(*[DAY] * 3, with_forms=False), "N18"),
        (case(forms(), same_figures=True), letters(*[MINUTE] * 20, with_forms=True), None),
        (case(), letters(*[MINUTE] * 20, with_forms=True), None),
        (
            case(forms(), same_content=True),
            letters(*[MINUTE] * 3, with_forms=False),
            "N18",
        ),
    ],
)
def test_one_recipient_gets_so_many_letters(made, history, code) -> None:
    assert planned(made, made_before=history).suppressed == code


@pytest.mark.fault("F-S13-8", "T-23")
@pytest.mark.parametrize(
    ("policy", "ago", "count", "code"),
    [
        ({"units": 1}, MINUTE, 9, None),
        ({"units": 1}, MINUTE, 10, "N19"),
        ({"units": 1}, HOUR, 19, None),
        ({"units": 1}, HOUR, 20, "N19"),
        ({"letters_per_hour": 2}, MINUTE, 2, "N19"),
        ({"letters_per_hour": 2}, HOUR, 2, None),
        ({"letters_per_hour": 0}, MINUTE, 0, "N19"),
    ],
)
def test_all_together_get_so_many_letters(policy, ago, count, code) -> None:
    history = LetterHistory(in_hour=count if ago < HOUR else 0, in_day=count)
    assert planned(case(forms()), made_before=history, **policy).suppressed == code


def test_only_the_sender_is_looked_up_and_only_when_the_letter_may_go() -> None:
    asked = []

    def history(address: str) -> LetterHistory:
        asked.append(address)
        return LetterHistory()

    for made in (case(forms()), case(triage=Triage(Kind.OTHER))):
        plan_reply(made, decided(made), (), Policy(), history, NOW)
    plan_reply(case(forms()), decided(case(forms())), (), Policy("off"), history, NOW)
    assert asked == [SENDER]
    assert len(ALL_FORMS) == 9
