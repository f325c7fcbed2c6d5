"""Few ways to a server that may be far: what goes along with what, and what stays true."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import bindparam, insert, select, update

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.adapters.sql_ledger.prepared import Prepared, together
from pipeline.adapters.sql_ledger.registry import ENTRIES
from pipeline.adapters.sql_ledger.round_trips import on_the_driver
from pipeline.adapters.sql_ledger.schema import expected_forms, messages
from pipeline.domain.errors import PermanentError
from pipeline.domain.senders.province import Sender
from pipeline.ports import MailToJudge
from tests.builders import decisions as make
from tests.servers.ledgers import file_mail
from tests.servers.postgres import Postgres

_ADDING = Prepared(insert(expected_forms))
_COUNTED = Prepared(select(expected_forms.c.form_id))
_NAMING = Prepared(
    update(expected_forms)
    .where(expected_forms.c.form_id == bindparam("which"))
    .values(form_id=bindparam("other"))
)
KNOWN = {"round_id": "r", "province_code": "02", "form_id": "PL01"}


class Ways:
    """How often the driver waited for the server."""

    count = 0

    def taken(self, act: Callable[[], object]) -> int:
        before = self.count
        act()
        return self.count - before


@pytest.fixture
def far(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A ledger on PostgreSQL, and the ways that it takes; its line is drawn already."""
    ways, waits = Ways(), psycopg.Connection.wait

    def wait(self: Any, step: Any, **how: Any) -> Any:
        name = getattr(step, "__name__", "")
        ends = name in ("_commit_gen", "_rollback_gen")
        idle = self.pgconn.transaction_status == psycopg.pq.TransactionStatus.IDLE
        waits_for_it = self._pipeline is None or name == "_exit_gen"
        if waits_for_it and not (ends and idle):
            ways.count += 1
        return waits(self, step, **how)

    ledger = SqlLedger(postgres.migrated())
    ledger.arrive(make.arrival("before"))
    monkeypatch.setattr(psycopg.Connection, "wait", wait)
    yield ledger, ways
    ledger.close()


def test_a_question_alone_is_one_way(far) -> None:
    ledger, ways = far
    assert ways.taken(ledger.sender_entries) == 1
    assert ways.taken(lambda: ledger.not_ours("w", make.at(9), make.at(9))) == 1


def test_claiming_is_two_ways_and_telling_of_many_is_one(far) -> None:
    ledger, ways = far
    numbers = [ledger.arrive(make.arrival(name, minutes=3)) for name in "abc"]
    assert ways.taken(lambda: ledger.claim_some("w", make.at(9), 60, 4)) == 2
    assert ways.taken(lambda: ledger.tell_reporters("w", dict.fromkeys(numbers, "02"))) == 1
    told = ledger.not_ours("other", make.at(9), make.at(9))
    assert {claim.reporter for claim in told if claim.message in numbers} == {"02"}


@pytest.mark.parametrize("size", [1, 3])
def test_filing_takes_few_ways_however_much_it_brings(far, size: int) -> None:
    ledger, ways = far
    faults = [make.finding(rule=f"PL01.{n}", found="1", expected="2") for n in range(30)]
    forms = [make.form(form) for form in ("PL01", "PL02", "PL03")[:size]]
    file_mail(ledger, "first", forms, 4)  # the places of its figures are known from then on
    number = ledger.arrive(make.arrival("a", 5))
    filed = (make.parsed("a", forms), make.decision("a", forms, 5, findings=faults))
    letters = [make.letter("k1"), make.letter("k2")]
    assert ways.taken(lambda: ledger.file(number, *filed, letters, make.at(8))) <= 9


def test_what_waits_is_seen_by_what_is_asked_next(far) -> None:
    ledger, _ = far
    with ledger._database.writing() as connection:
        _ADDING.run(connection, KNOWN)
        _NAMING.run(connection, {"which": "PL01", "other": "PL02"})
        assert _COUNTED.scalars(connection) == ["PL02"]
        _NAMING.run(connection, {"which": "PL02", "other": "PL03"})
        assert connection.scalars(select(expected_forms.c.form_id)).all() == ["PL03"]
        _NAMING.run(connection, {"which": "PL03", "other": "PL04"})
    with ledger._database.reading() as connection:
        assert _COUNTED.scalars(connection) == ["PL04"]


@pytest.mark.parametrize("then", ["commit", "ask", "sqlalchemy"])
def test_a_fault_of_what_waited_ends_its_own_transaction(far, then: str) -> None:
    ledger, _ = far

    def twice() -> None:
        with ledger._database.writing() as connection:
            _ADDING.run(connection, KNOWN)
            _ADDING.run(connection, KNOWN)
            if then == "ask":
                _COUNTED.rows(connection)
            if then == "sqlalchemy":
                connection.execute(select(messages.c.id))

    with pytest.raises(PermanentError, match="UniqueViolation"):
        twice()
    with ledger._database.writing() as connection:  # the same line goes on
        assert _COUNTED.rows(connection) == []
        _ADDING.run(connection, KNOWN)
    with ledger._database.reading() as connection:
        assert _COUNTED.scalars(connection) == ["PL01"]


def test_what_waits_in_a_transaction_that_fails_is_never_said(far) -> None:
    ledger, ways = far

    def breaks_off() -> None:
        with ledger._database.writing() as connection:
            _ADDING.run(connection, KNOWN)
            raise PermanentError("something else")

    def fails() -> None:
        with pytest.raises(PermanentError, match="something else"):
            breaks_off()

    assert ways.taken(fails) == 0
    with ledger._database.writing() as connection:
        assert _COUNTED.rows(connection) == []


def test_what_is_asked_for_the_last_time_leaves_nothing_open(far) -> None:
    ledger, _ = far
    ledger.sender_entries()
    with ledger._database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        assert driver.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_a_look_is_of_one_moment_whatever_was_foreseen(far) -> None:
    ledger, ways = far
    sender = Sender("khtc@x.vn", "02")
    number = file_mail(ledger, "a", [make.form("PL01")], 2)
    mail = MailToJudge(number, "ke-hoach-2014", "khtc@x.vn", "key", (make.at(2), number))
    with ledger.one_look():
        ledger.foresee_mail(mail, make.at(5))
        ledger.foresee_province(mail, "02")
        ledger_of_another = SqlLedger(str(ledger._database.url.render_as_string(False)))
        ledger_of_another.confirm_sender(sender, "minh", "said so", make.at(4))
        ledger_of_another.close()
        assert ways.taken(lambda: ledger.placing([number])) == 0
        assert ledger.sender_entries() == ()
        assert ledger.placing([number]) == ((), {number: None})
    assert [entry.sender.address for entry in ledger.sender_entries()] == [sender.address]


def test_what_was_foreseen_is_what_is_found_without(ledger: SqlLedger) -> None:
    """On both databases, for a mail of which everything is known."""
    number = file_mail(ledger, "a", [make.form("PL01")], 2, letters=[make.letter("k")])
    identity = replace(make.decision("a").identity, province="02")
    later = file_mail(ledger, "b", [make.form("PL01")], 4, identity=identity)
    rank = (make.at(9), later + 1)
    ledger.rule_standings("ke-hoach-2014")

    def answers() -> list[object]:
        return [
            ledger.has_aliases(),
            ledger.placing([later]),
            ledger.planner_hold(later),
            ledger.answered(number),
            ledger.province_files("ke-hoach-2014", "02", rank),
            ledger.same_content("key", "02", later),
            ledger.last_round("ke-hoach-2014", "02"),
            ledger.due("ke-hoach-2014", "02"),
            ledger.rulings("ke-hoach-2014", "02", later),
            ledger.letters_made("a@x.vn", make.at(9)),
            ledger.last_answered("a@x.vn", later),
        ]

    plain = answers()
    mail = MailToJudge(later, "ke-hoach-2014", "a@x.vn", "key", rank)
    with ledger.one_look():
        ledger.foresee_mail(mail, make.at(9))
        ledger.foresee_province(mail, "02")
        assert answers() == plain


def test_some_of_several_questions_may_have_been_foreseen(far) -> None:
    ledger, ways = far
    with ledger.one_look():
        ledger._database.foresee([(ENTRIES, {})])
        with ledger._database.reading() as connection:
            both = [(ENTRIES, {}), (_COUNTED, {})]
            assert ways.taken(lambda: together(connection, *both)) == 1
            assert together(connection, *both) == [[], []]


def test_who_takes_the_drivers_own_line_is_in_the_transaction(far) -> None:
    ledger, _ = far
    with ledger._database.reading() as connection, on_the_driver(connection, "") as driver:
        assert driver.execute("SHOW transaction_read_only").fetchone() == ("on",)
        level = driver.execute("SHOW transaction_isolation").fetchone()
        assert level == ("repeatable read",)
