"""Every state, reason and verdict that a message can come to, and in which order."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.domain.letters.letter import Standing
from pipeline.domain.mail.message import Kind, Role, State, Triage
from pipeline.domain.plan.finding import Finding, FindingState, Severity
from pipeline.domain.plan.form import FormState
from pipeline.domain.senders.identity import Strength
from pipeline.domain.verdict import Verdict
from tests.builders import decisions as make
from tests.builders.cases import (
    ALL_FORMS,
    IN_TIME,
    REGISTERED,
    STRONG,
    TOO_LATE,
    attachment,
    case,
    decided,
    forms,
    nobody,
)

FILED, HELD, IGNORED = State.FILED, State.HELD, State.IGNORED
ACCEPTED, INCOMPLETE, DEFICIENT = Verdict.ACCEPTED, Verdict.INCOMPLETE, Verdict.DEFICIENT
UNREADABLE_FILE = Finding("unreadable-file", Severity.FATAL, path="a.xls")


def outcome(made, **policy):
    decision = decided(made, **policy)
    return decision.state, decision.reason, decision.verdict


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (Kind.AUTO_REPLY, "auto-reply"),
        (Kind.BOUNCE, "bounce"),
        (Kind.LIST, "list"),
        (Kind.OWN, "own"),
        (Kind.SPAM, "spam"),
        (Kind.OTHER, "no-content"),
    ],
)
def test_mail_that_is_no_return_is_ignored_whoever_sent_it(kind, reason) -> None:
    made = case(triage=Triage(kind), planner_hold=True)
    decision = decided(made)
    assert (decision.state, decision.reason, decision.verdict) == (
        IGNORED,
        reason,
        Verdict.NONE,
    )
    assert (decision.round, decision.forms_missing, decision.findings) == (None, (), ())
    assert outcome(case(triage=Triage(kind, "list")))[1] == "list"


@pytest.mark.parametrize(("reason", "said"), [(None, "bug"), ("limits", "limits")])
def test_an_unreadable_message_is_quarantined(reason, said) -> None:
    made = case(triage=Triage(Kind.UNREADABLE, reason))
    assert outcome(made) == (State.QUARANTINED, said, Verdict.NONE)


@pytest.mark.parametrize("hold", [None, True, False])
def test_a_question_waits_for_a_planner_whatever_was_decided_on_it(hold) -> None:
    state, reason, verdict = outcome(case(triage=Triage(Kind.QUESTION), planner_hold=hold))
    expected = "by-planner" if hold else "question"
    assert (state, reason, verdict) == (HELD, expected, Verdict.HELD)


@pytest.mark.parametrize(
    ("identity", "reason"),
    [
        (nobody(Strength.NONE), "identity-none"),
        (nobody(Strength.NONE, "from-invalid"), "from-invalid"),
        (nobody(Strength.WEAK), "identity-weak"),
        (nobody(Strength.CONFLICT), "identity-conflict"),
        (nobody(Strength.CONFLICT, "several-provinces"), "several-provinces"),
        (nobody(Strength.REGISTERED, "auth-failed"), "auth-failed"),
        (make.identity(strength=Strength.WEAK), "identity-weak"),
    ],
)
@pytest.mark.parametrize("hold", [None, False])
def test_nothing_is_filed_for_a_province_that_nobody_is_sure_of(
    identity, reason, hold
) -> None:
    """A release alone does not tell whose mail it is: that takes an assignment."""
    made = case(forms(), identity=identity, planner_hold=hold)
    assert outcome(made) == (HELD, reason, Verdict.HELD)


@pytest.mark.parametrize(
    "changes",
    [
        {"triage": Triage(Kind.SUBMISSION, "hidden-attachment")},
        {"triage": Triage(Kind.SUBMISSION, "state-secret")},
        {"triage": Triage(Kind.SUBMISSION, "persons-listed")},
        {"triage": Triage(Kind.SUBMISSION, "too-big")},
        {"identity": replace(REGISTERED, reason="auth-failed")},
        {"appendices": (replace(make.appendix(), confidence=0.49),)},
        {"identity": STRONG, "received_at": TOO_LATE},
        {"identity": STRONG, "spam_folder": True},
        {"identity": STRONG, "findings": (make.finding("change"),)},
        {"identity": STRONG, "standing": Standing(verified=frozenset({"PL01"}))},
    ],
    ids=str,
)
def test_a_doubt_holds_the_whole_mail_until_a_planner_releases_it(changes) -> None:
    made = case(**({"appendices": forms("PL01")} | changes))
    state, reason, verdict = outcome(made)
    assert (state, verdict) == (HELD, Verdict.HELD)
    triage = changes.get("triage")
    assert triage is None or reason == triage.reason
    assert outcome(replace(made, planner_hold=False))[0] is FILED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"identity": STRONG, "received_at": TOO_LATE}, "identity-weak"),
        ({"appendices": (replace(make.appendix(), confidence=0.49),)}, "match-uncertain"),
        ({"identity": replace(REGISTERED, reason="auth-failed")}, "auth-failed"),
        ({"appendices": (), "findings": (make.finding("wrong-round"),)}, "wrong-round"),
        ({"planner_hold": True}, "by-planner"),
    ],
)
def test_a_hold_names_its_reason(changes, reason) -> None:
    assert outcome(case(**({"appendices": forms("PL01")} | changes)))[1] == reason


def test_a_sheet_of_another_round_beside_forms_of_this_one_holds_nothing() -> None:
    wrong = Finding("wrong-round", Severity.ERROR, form="PL02")
    decision = decided(case(forms("PL01"), [wrong]))
    assert (decision.state, decision.verdict) == (FILED, DEFICIENT)


def test_an_unknown_sender_with_strong_evidence_is_filed_unless_the_policy_holds() -> None:
    made = case(forms(), identity=STRONG)
    assert outcome(made) == (FILED, None, ACCEPTED)
    assert outcome(made, unknown_sender="hold") == (HELD, "identity-weak", Verdict.HELD)
    known = case(forms(), standing=Standing(verified=frozenset(ALL_FORMS)))
    assert outcome(known, unknown_sender="hold") == (FILED, None, ACCEPTED)


def test_a_spam_folder_is_swept_for_registered_senders_only() -> None:
    """A stranger's form there is kept in sight of a planner, the rest is not."""
    assert outcome(case(forms(), spam_folder=True)) == (FILED, None, ACCEPTED)
    stranger = case((), identity=nobody(Strength.WEAK), spam_folder=True)
    assert outcome(stranger) == (IGNORED, "spam", Verdict.NONE)
    with_form = replace(stranger, appendices=forms("PL01"))
    assert outcome(with_form) == (HELD, "identity-weak", Verdict.HELD)


def test_the_same_files_again_are_a_duplicate_after_every_doubt() -> None:
    made = case(forms(), same_content=True)
    decision = decided(made)
    assert (decision.state, decision.reason) == (State.DUPLICATE, "same-content")
    assert (decision.verdict, decision.forms_missing) == (Verdict.NONE, ())
    assert outcome(replace(made, planner_hold=True))[0] is HELD


@pytest.mark.fault("F-S0-11", "F-S9-6")
def test_late_is_a_mark_and_never_a_verdict() -> None:
    decision = decided(case(forms(), received_at=TOO_LATE))
    assert (decision.late, decision.verdict) == (True, ACCEPTED)
    assert [f.code for f in decision.findings] == ["late"]
    on_time = decided(case(forms(), received_at=TOO_LATE - timedelta(seconds=1)))
    assert (on_time.late, on_time.findings) == (False, ())


@pytest.mark.fault("F-S9-4", "T-40")
def test_without_a_trustworthy_time_the_first_sight_ranks_and_nobody_is_late() -> None:
    made = case(forms(), received_at=None, first_seen_at=TOO_LATE)
    decision = decided(made)
    assert (decision.late, decision.received_at) == (None, TOO_LATE)
    assert decided(case(forms())).received_at == IN_TIME


def states(decision) -> list[tuple[str, FormState]]:
    return [(result.appendix.form, result.state) for result in decision.forms]


def test_a_form_with_a_fatal_or_error_finding_is_deficient_and_its_siblings_are_not() -> (
    None
):
    findings = [
        make.finding(form="PL02"),
        make.finding("unreadable-value", form="PL03", severity=Severity.FATAL),
        make.finding(form="PL01", severity=Severity.QUERY),
        make.finding(form="PL04", state=FindingState.BLOCKED),
        make.finding(form="PL04", state=FindingState.WAIVED),
    ]
    decision = decided(case(forms("PL01", "PL02", "PL03", "PL04"), findings))
    assert states(decision) == [
        ("PL01", FormState.ACCEPTED),
        ("PL02", FormState.DEFICIENT),
        ("PL03", FormState.DEFICIENT),
        ("PL04", FormState.ACCEPTED),
    ]
    assert decision.verdict is DEFICIENT
    assert decision.forms_missing == ("PL05", "PL06", "PL07", "PL08", "PL09")


def test_a_form_that_came_twice_is_unreadable_and_not_called_missing() -> None:
    both = (make.appendix("PL01"), make.appendix("PL01"), *forms(*ALL_FORMS[1:]))
    twice = Finding("form-twice", Severity.ERROR, form="PL01")
    decision = decided(case(both, [twice], twice=frozenset({"PL01"})))
    assert states(decision)[:2] == [("PL01", FormState.UNREADABLE)] * 2
    assert (decision.verdict, decision.forms_missing) == (DEFICIENT, ())


def test_queries_do_not_change_the_verdict() -> None:
    query = make.finding(severity=Severity.QUERY)
    assert outcome(case(forms(), [query])) == (FILED, None, ACCEPTED)


@pytest.mark.parametrize(
    ("standing", "here", "verdict"),
    [
        (Standing(), ALL_FORMS, ACCEPTED),
        (Standing(), ALL_FORMS[1:], INCOMPLETE),
        (Standing(accepted=frozenset({"PL01"})), ALL_FORMS[1:], ACCEPTED),
        (Standing(deficient=frozenset({"PL01"})), ALL_FORMS[1:], ACCEPTED),
    ],
)
def test_forms_may_come_over_several_mails(standing, here, verdict) -> None:
    decision = decided(case(forms(*here), standing=standing))
    assert decision.verdict is verdict
    missing = [f.form for f in decision.findings if f.code == "form-missing"]
    assert missing == list(decision.forms_missing)
    assert bool(missing) == (verdict is INCOMPLETE)


def test_a_file_beside_readable_forms_that_gave_none_is_told_and_judges_no_form() -> None:
    """contract.md: deficient is a form with a fault; a lost form shows as missing."""
    decision = decided(case(forms(), [UNREADABLE_FILE]))
    assert (decision.verdict, decision.findings) == (ACCEPTED, (UNREADABLE_FILE,))
    assert decided(case(forms("PL01"), [UNREADABLE_FILE])).verdict is INCOMPLETE


@pytest.mark.parametrize(
    ("read", "verdict"),
    [
        ({"attachments": (attachment(Role.WORKBOOK),), "narrative": False}, DEFICIENT),
        ({"attachments": (attachment(Role.SCAN),), "narrative": False}, DEFICIENT),
        ({"attachments": (), "narrative": False}, DEFICIENT),
        ({"attachments": (attachment(Role.NARRATIVE),)}, INCOMPLETE),
        (
            {"attachments": (attachment(Role.NARRATIVE), attachment(Role.CONTAINER))},
            DEFICIENT,
        ),
    ],
)
def test_files_that_give_no_form_are_deficient_but_a_narrative_alone_is_none(
    read, verdict
) -> None:
    assert decided(case(read=read)).verdict is verdict


def test_a_narrative_that_follows_its_forms_completes_the_return() -> None:
    read = {"attachments": (attachment(Role.NARRATIVE),)}
    made = case(read=read, standing=Standing(accepted=frozenset(ALL_FORMS)))
    assert decided(made, narrative="require").verdict is ACCEPTED


@pytest.mark.parametrize(
    ("policy", "before", "verdict", "told"),
    [
        ("remind", False, ACCEPTED, True),
        ("require", False, INCOMPLETE, True),
        ("ignore", False, ACCEPTED, False),
        ("require", True, ACCEPTED, False),
    ],
)
def test_the_narrative_counts_as_the_policy_says(policy, before, verdict, told) -> None:
    made = case(forms(), read={"narrative": False}, narrative_before=before)
    decision = decided(made, narrative=policy)
    assert decision.verdict is verdict
    assert ("narrative-missing" in {f.code for f in decision.findings}) is told


def test_a_held_mail_is_told_what_it_lacks_as_well() -> None:
    decision = decided(case(forms("PL01"), planner_hold=True, received_at=TOO_LATE))
    assert len(decision.forms_missing) == len(ALL_FORMS) - 1
    assert {f.code for f in decision.findings} == {"form-missing", "late"}
    assert decision.round == make.ROUND
