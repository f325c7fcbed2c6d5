"""What the console asks of the ledger, on both databases: accounts, sessions, pages."""

from datetime import timedelta
from decimal import Decimal

import pytest

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.console.web.rendering import inert, number, short_moment, speaker, total
from pipeline.domain.mail.message import State
from pipeline.domain.people import Role
from tests.builders import decisions as make
from tests.servers.ledgers import file_mail, store_totals

ROLES = [
    (Role.VIEWER, [True, False, False]),
    (Role.PLANNER, [True, True, False]),
    (Role.ADMINISTRATOR, [True, True, True]),
]


@pytest.mark.parametrize(("role", "may"), ROLES)
def test_a_role_may_what_the_ones_before_may(role, may) -> None:
    assert [role.may(needed) for needed in Role] == may


def test_an_account_is_made_once_and_changed_after(ledger: SqlLedger) -> None:
    assert ledger.add_account("Lan", Role.VIEWER, "record", "root", make.at(1))
    assert not ledger.add_account("LAN", Role.PLANNER, "other", "root", make.at(2))
    account = ledger.account("lAn")
    assert account is not None
    assert (account.name, account.role, account.password) == ("lan", "planner", "other")
    assert "other" not in repr(account)
    assert ledger.account("minh") is None
    assert list(ledger.accounts()) == [account]
    events = ledger.event_page(None, None, 9)
    assert [e["action"] for e in events] == ["console-user-change", "console-user-add"]
    assert "record" not in str(events)
    assert ledger.audit_chain() is None


def test_a_session_lasts_until_its_end_or_is_closed(ledger: SqlLedger) -> None:
    ledger.add_account("lan", Role.VIEWER, "record", "root", make.at(0))
    account = ledger.account("lan")
    assert account is not None
    assert not ledger.note_failure(account.id, 2, make.at(9))
    assert ledger.note_failure(account.id, 2, make.at(9))
    assert not ledger.note_failure(account.id, 2, make.at(20))
    locked = ledger.account("lan")
    assert locked is not None
    assert (locked.failures, locked.locked_until) == (3, make.at(9))
    ledger.open_session(account.id, "one", make.at(1), make.at(10))
    ledger.open_session(account.id, "two", make.at(2), make.at(20))
    assert ledger.visitor("one", make.at(9)) == account
    assert ledger.visitor("one", make.at(10)) is None
    assert ledger.visitor("two", make.at(10)) == account
    ledger.close_session("two")
    assert ledger.visitor("two", make.at(10)) is None


def test_the_log_is_paged_by_time_and_number(ledger: SqlLedger) -> None:
    for name, minutes in (("a", 5), ("b", 1), ("c", 5), ("d", 9)):
        file_mail(ledger, name, [make.form()], minutes=minutes)
    held = {"state": State.HELD, "reason": "identity-weak"}
    file_mail(ledger, "e", [make.form()], minutes=3, **held)
    order = [4, 3, 1, 5, 2]
    assert [row["id"] for row in ledger.log_page({}, None, 9)] == order
    assert [row["id"] for row in ledger.log_page({}, 3, 2)] == [1, 5]
    assert [row["id"] for row in ledger.log_page({}, 2, 9)] == []
    assert [row["id"] for row in ledger.log_page({"state": "held"}, None, 9)] == [5]
    assert [r["id"] for r in ledger.log_page({"reason": "identity-weak"}, None, 9)] == [5]
    assert [row["id"] for row in ledger.log_page({"id": "2"}, None, 9)] == [2]
    assert ledger.state_counts() == {"filed": 4, "held": 1}
    assert len(ledger.event_page(5, None, 9)) == 1
    assert [e["number"] for e in ledger.event_page(None, 3, 9)] == [2, 1]


def test_figures_and_totals_of_a_form_are_found(ledger: SqlLedger) -> None:
    file_mail(ledger, "a", [make.form()])
    store_totals(ledger, "1234.5")
    (one,) = ledger.form_totals(make.ROUND, "PL01", "national")
    assert (Decimal(one["value"]), one["reported"]) == (Decimal("1234.5"), 40)
    assert ledger.form_totals(make.ROUND, "PL01", "region6") == []
    figures = ledger.form_figures(make.ROUND, "PL01", "kh_n")
    assert {row["column_key"] for row in figures} <= {"kh_n"}
    assert ledger.accepted_forms(1) == frozenset()
    ledger.accept_forms(1, ["PL01"], "lan", "x", make.at(9))
    assert ledger.accepted_forms(1) == {"PL01"}
    assert ledger.findings_of(1) == []


def test_letters_are_paged_and_their_bytes_kept(ledger: SqlLedger) -> None:
    letters = [make.letter(str(n)) for n in range(3)]
    number_of = file_mail(ledger, "a", [make.form()], letters=letters)
    pages = ledger.letter_page({}, None, 2), ledger.letter_page({}, 2, 2)
    assert [[row["id"] for row in page] for page in pages] == [[3, 2], [1]]
    assert len(ledger.letter_page({"message": str(number_of)}, None, 9)) == 3
    assert ledger.letter_page({"state": "sent"}, None, 9) == []
    assert ledger.letter_data(1) == letters[0].data
    assert ledger.letter_data(99) is None
    assert ledger.letter_counts() == {"queued": 3}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a\u202eb\x1b[1m\n c", "ab [1m c"),
        ("http://evil.example", "http //evil.example"),
        (None, ""),
        (7, 7),
        ("x" * 3000, "x" * 1999 + "…"),
    ],
)
def test_foreign_text_is_shown_without_anything_alive(value, shown) -> None:
    assert inert(value) == shown


def test_figures_and_times_are_in_vietnamese_notation() -> None:
    assert (number("1234567.80"), number("#REF!"), number(None)) == (
        *("1.234.567,8", "#REF!"),
        "",
    )
    assert (total("3.013685"), total("2.5"), total("7"), total(None)) == (
        *("3,01", "2,5", "7"),
        "",
    )
    assert short_moment("2013-07-10T09:12:00+07:00") == "10/07/2013 09:12"
    assert short_moment(None) == ""


def test_a_code_without_words_is_shown_as_it_is() -> None:
    say = speaker({"state.held": "giữ lại", "n": "{count} thư"})
    assert (say("state", "held"), say("state", "new"), say("n", count=2)) == (
        *("giữ lại", "new"),
        "2 thư",
    )


def test_a_lock_ends_by_itself(ledger: SqlLedger) -> None:
    ledger.add_account("lan", Role.VIEWER, "record", "root", make.at(0))
    account = ledger.account("lan")
    assert account is not None
    ledger.note_failure(account.id, 1, make.at(5))
    shut = ledger.account("lan")
    assert shut is not None
    assert shut.locked(make.at(4))
    assert not shut.locked(make.at(4) + timedelta(minutes=1))
