"""What planners rule is kept, audited, and heeded on both databases."""

from dataclasses import replace

import pytest

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.adapters.sql_ledger.rule_watch import SEEN_AT_LEAST
from pipeline.domain.errors import PermanentError
from pipeline.domain.plan.finding import Finding
from pipeline.domain.reading.alias import OWN, Alias, Axis
from pipeline.domain.rulings import Rulings
from tests.builders import decisions as make
from tests.servers.ledgers import file_mail

RULE = ("PL01", "PL01.2")
WHO = ("Lan", "a reason")


def file_returns(ledger: SqlLedger, provinces: int, failing: int) -> None:
    """Mails of so many provinces, of which some fail the rule."""
    for number in range(provinces):
        faults = (make.finding(rule="PL01.2", found="1", expected="2"),)
        file_mail(
            ledger,
            f"m{number}",
            [make.form()],
            number,
            identity=replace(make.decision("a").identity, province=f"{number:02}"),
            findings=faults if number < failing else (),
        )


def held(ledger: SqlLedger) -> frozenset[tuple[str, str]]:
    return ledger.rulings(make.ROUND, "00", 1).held_rules


def test_a_rule_that_fails_in_too_many_provinces_is_held(ledger: SqlLedger) -> None:
    file_returns(ledger, SEEN_AT_LEAST, 3)
    (standing,) = ledger.rule_standings(make.ROUND)
    assert (standing.name, standing.failing, standing.seen) == (RULE, 3, SEEN_AT_LEAST)
    assert held(ledger) == {RULE}


def test_few_failures_or_few_provinces_hold_no_rule(ledger: SqlLedger) -> None:
    file_returns(ledger, SEEN_AT_LEAST - 1, 7)
    assert held(ledger) == frozenset()
    file_returns_more = SEEN_AT_LEAST + 20
    file_returns(ledger, file_returns_more, 8)
    assert held(ledger) == frozenset()


def test_provinces_that_did_not_send_the_form_do_not_water_it_down(
    ledger: SqlLedger,
) -> None:
    file_returns(ledger, SEEN_AT_LEAST, 3)
    for number in range(20, 50):
        file_mail(
            ledger,
            f"m{number}",
            [make.form("PL02")],
            number,
            identity=replace(make.decision("a").identity, province=f"{number:02}"),
        )
    assert held(ledger) == {RULE}


def test_a_rule_comes_back_when_provinces_have_mended(ledger: SqlLedger) -> None:
    file_returns(ledger, SEEN_AT_LEAST, 3)
    file_mail(
        ledger,
        "mended",
        [make.form()],
        90,
        identity=replace(make.decision("a").identity, province="00"),
    )
    (standing,) = ledger.rule_standings(make.ROUND)
    assert (standing.failing, standing.seen) == (2, SEEN_AT_LEAST)
    assert held(ledger) == frozenset()


def test_a_planners_word_on_a_rule_wins(ledger: SqlLedger) -> None:
    file_returns(ledger, SEEN_AT_LEAST, 3)
    ledger.rule_on(make.ROUND, RULE, "kept", *WHO, make.at(99))
    assert held(ledger) == frozenset()
    ledger.rule_on(make.ROUND, RULE, "held", *WHO, make.at(100))
    assert held(ledger) == {RULE}
    quiet = ("PL02", "PL02.9")
    ledger.rule_on(make.ROUND, quiet, "held", *WHO, make.at(101))
    assert held(ledger) == {RULE, quiet}


def test_the_newest_extension_of_a_province_holds(ledger: SqlLedger) -> None:
    number = file_mail(ledger, "a", [make.form()], late=True)
    assert ledger.due(make.ROUND, "02") is None
    for due in (make.at(10), make.at(20)):
        assert ledger.extend(make.ROUND, "02", due, *WHO, make.at()) == [number]
    assert ledger.due(make.ROUND, "02") == make.at(20)
    ledger.extend(make.ROUND, "02", None, *WHO, make.at())
    assert ledger.due(make.ROUND, "02") is None


def test_acceptances_and_waivers_are_withdrawn_and_audited(ledger: SqlLedger) -> None:
    fault = make.finding(rule="PL01.2", found="1", expected="2", basis="parts")
    number = file_mail(ledger, "a", [make.form()], findings=(fault,))
    noted = ledger.finding(1)
    assert noted.finding == fault
    ledger.accept_forms(number, ["PL01"], *WHO, make.at(5))
    ledger.waive(noted, *WHO, make.at(6))
    ruled = ledger.rulings(make.ROUND, "02", number)
    assert (ruled.accepted, len(ruled.waived)) == ({"PL01"}, 1)
    assert ledger.withdraw_acceptance(number, ["PL01"], *WHO, make.at(7)) == 1
    assert ledger.withdraw_waiver(noted, *WHO, make.at(8)) == 1
    assert ledger.rulings(make.ROUND, "02", number) == Rulings(refused=ruled.waived)
    assert ledger.rulings(make.ROUND, None, number) == Rulings()
    assert ledger.finding(99) is None


def test_an_alias_holds_for_its_province_until_it_is_taken_back(ledger: SqlLedger) -> None:
    doubt = make.finding(code="row-uncertain", found="Hộ nghèo", indicator="i1")
    file_mail(ledger, "a", [make.form()], findings=(doubt,))
    (noted,) = ledger.match_findings(None)
    form = noted.finding.form
    alias = Alias(form, Axis.ROW, "ho ngheo", "", "i2", "so ho ngheo")
    assert ledger.add_alias(noted, alias, *WHO, make.at(5)) == [1]
    second = replace(alias, meaning=OWN, asked="")
    assert ledger.add_alias(noted, second, *WHO, make.at(5)) == [1]
    assert ledger.aliases(noted.province).entries == (second,)
    assert ledger.aliases("99").entries == ()
    first, kept = ledger.alias_entries(noted.province)
    assert (first.alias, first.withdrawn_by, kept.label) == (alias, "Lan", "Hộ nghèo")
    assert ledger.withdraw_alias(kept.id, *WHO, make.at(5)) == [1]
    assert ledger.aliases(noted.province).entries == ()
    with pytest.raises(PermanentError, match="no alias holds"):
        ledger.withdraw_alias(kept.id, *WHO, make.at(5))
    assert ledger.audit_chain() is None


def test_a_waiver_from_before_the_basis_was_kept_can_be_withdrawn(
    ledger: SqlLedger,
) -> None:
    fault = make.finding(rule="PL01.2", found="1", expected="2")
    number = file_mail(ledger, "a", [make.form()], findings=(fault,))
    noted = ledger.finding(1)
    ledger.waive(noted, *WHO, make.at(6))
    today = replace(noted, finding=replace(fault, basis="parts"))
    assert ledger.withdraw_waiver(today, *WHO, make.at(8)) == 1
    assert ledger.rulings(make.ROUND, "02", number).waived == frozenset()
    assert ledger.audit_chain() is None


def test_matches_are_paged_and_a_label_is_asked_once(ledger: SqlLedger) -> None:
    def doubt(label: str, indicator: str) -> Finding:
        return make.finding(code="row-uncertain", found=label, indicator=indicator)

    both = (doubt("Hộ nghèo", "i1"), doubt("Hộ cận nghèo", "i2"))
    file_mail(ledger, "a", [make.form()], findings=both)
    file_mail(ledger, "b", [make.form()], findings=(doubt("Hộ nghèo", "i1"),))
    newest, older = ledger.match_page(None, 5)
    assert (newest.message, newest.finding.found) == (2, "Hộ nghèo")
    assert (older.message, older.finding.found) == (1, "Hộ cận nghèo")
    assert ledger.match_page(None, 1) == [newest]
    assert ledger.match_page(newest.id, 5) == [older]
    assert ledger.match_page(older.id, 5) == []
    assert ledger.match_earlier([]) == {}
    ((number, (before,)),) = ledger.match_earlier([newest, older]).items()
    assert (number, before.message) == (newest.id, 1)
    assert before.finding.found == "Hộ nghèo"
