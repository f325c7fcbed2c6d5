"""Explanations are filed, matched, ruled on and granted at once on both databases."""

from dataclasses import replace

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.plan.explanation import Explanation
from pipeline.domain.plan.finding import Severity
from pipeline.domain.proposal import Proposal, ProposalState
from pipeline.domain.rulings import signature
from tests.builders import decisions as make
from tests.servers.ledgers import file_mail

WHO = ("Lan", "a reason")
QUERY = make.finding(
    severity=Severity.QUERY, rule="PL01.2", found="1", expected="2", basis="parts"
)
WORDS = Explanation("PL01", "PL01.2", None, "do tách huyện\x00")
SENDER = "hagiang@example.vn"
RANK = (make.at(500), 99)


def file_words(ledger: SqlLedger, minutes: float, **proposed: object) -> int:
    """A mail of words on the query, and a few more."""
    proposal = Proposal(0, QUERY, ProposalState.PROPOSED, **proposed)
    other = replace(WORDS, rule="PL01.9")
    return file_mail(
        ledger, "words", (), minutes, explanations=(WORDS, other), proposals=(proposal,)
    )


def test_the_findings_before_are_those_of_the_newest_version(ledger: SqlLedger) -> None:
    first = file_mail(ledger, "a", [make.form()], findings=(QUERY,))
    told = make.finding(rule="PL01.3", severity=Severity.WARN)
    again = replace(QUERY, found="3")
    second = file_mail(ledger, "b", [make.form()], 10, findings=(again, told))
    found = ledger.earlier_findings(make.ROUND, "02", RANK, ())
    assert [(n.message, n.finding) for n in found] == [(second, again)]
    before = ledger.earlier_findings(make.ROUND, "02", (make.at(5), 99), ())
    assert [n.message for n in before] == [first]
    assert ledger.earlier_findings(make.ROUND, "01", RANK, ()) == []


def test_the_mails_of_the_thread_come_first(ledger: SqlLedger) -> None:
    letter = make.letter("a")
    first = file_mail(ledger, "a", [make.form()], 0, [letter], findings=(QUERY,))
    second = file_mail(ledger, "b", [make.form()], 10, findings=(QUERY,))
    answered = ("<x@y.vn>", letter.rfc_message_id)
    found = ledger.earlier_findings(make.ROUND, "02", RANK, answered)
    assert [n.message for n in found] == [first, second]
    assert ledger.earlier_findings(make.ROUND, "01", RANK, answered) == []


def test_an_explanation_keeps_its_number_and_shows_its_finding(ledger: SqlLedger) -> None:
    mail = file_mail(ledger, "a", [make.form()], findings=(QUERY,))
    number = file_words(ledger, 10, message=mail, round=make.ROUND)
    (first, other) = ledger.explanations(make.ROUND)
    assert (first.message, first.province, first.sender) == (number, "02", SENDER)
    assert (first.state, other.state) == (ProposalState.PROPOSED, ProposalState.UNMATCHED)
    assert [found.id for found, _ in first.asked] == [1]
    ledger.file(
        number,
        make.parsed("words"),
        make.decision("words", explanations=(WORDS,), proposals=()),
        (),
        make.at(20),
    )
    (again,) = ledger.explanations(make.ROUND)
    assert (again.id, again.state) == (first.id, ProposalState.UNMATCHED)
    assert ledger.explanations("another round") == []


def test_a_yes_and_a_no_end_each_other(ledger: SqlLedger) -> None:
    mail = file_mail(ledger, "a", [make.form()], findings=(QUERY,))
    number = file_words(ledger, 10, message=mail, round=make.ROUND)
    for rule, state in (
        (ledger.refuse_waiver, "refused"),
        (ledger.waive, "accepted"),
        (ledger.refuse_waiver, "refused"),
        (ledger.waive, "accepted"),
    ):
        ((noted, _),) = ledger.explanations(make.ROUND)[0].asked
        rule(noted, *WHO, make.at(30))
        assert ledger.explanations(make.ROUND)[0].state.value == state
        assert ledger.document(number)["explanations"][0]["state"] == state
        ruled = ledger.rulings(make.ROUND, "02", mail)
        here = {"refused": ruled.refused, "accepted": ruled.waived}[state]
        assert here == {signature(QUERY)}
    assert ledger.audit_chain() is None


def test_a_query_granted_at_once_opens_its_mail_again_and_only_once(
    ledger: SqlLedger,
) -> None:
    mail = file_mail(ledger, "a", [make.form()], findings=(QUERY,))
    for _ in range(2):
        number = file_words(ledger, 10, message=mail, round=make.ROUND, at_once=True)
    assert ledger.rulings(make.ROUND, "02", mail).waived == {signature(QUERY)}
    assert ledger.record(str(mail)).state == "received"
    assert ledger.record(str(number)).state == "filed"
    waived = [e for e in ledger.event_page(mail, None, 99) if e["action"] == "waive"]
    assert len(waived) == 1


def test_a_version_that_was_replaced_has_nothing_left_to_rule_on(
    ledger: SqlLedger,
) -> None:
    mail = file_mail(ledger, "a", [make.form()], findings=(QUERY,))
    file_words(ledger, 10, message=mail, round=make.ROUND)
    file_mail(ledger, "b", [make.form()], 20)
    ((found, _),) = ledger.explanations(make.ROUND)[0].asked
    assert found.id == 0
