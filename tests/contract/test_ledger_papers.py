"""The signed paper in the ledger, on both databases."""

from datetime import date

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.mail.message import State
from pipeline.domain.paper import Beside
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase, file_mail

PLACE, DAY = (make.ROUND, "02"), date(2013, 7, 16)


def test_what_came_beside_the_forms_is_known_by_province(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    assert ledger.beside(make.ROUND) == {}
    file_mail(ledger, "a", [make.form()], scan=True)
    file_mail(ledger, "b", [make.form()], narrative=True)
    file_mail(ledger, "c", [make.form()], 30, state=State.HELD, scan=True)
    assert ledger.note_paper(PLACE, DAY, "lan", "by post", make.at())
    assert ledger.note_paper((make.ROUND, "04"), DAY, "lan", "by post", make.at())
    assert ledger.beside(make.ROUND) == {
        "02": Beside(narrative=True, scan=True, paper=DAY),
        "04": Beside(paper=DAY),
    }
    assert not ledger.note_paper(PLACE, DAY, "an", "again", make.at(1))
    assert ledger.note_paper(PLACE, None, "an", "another province's", make.at(2))
    assert not ledger.note_paper(PLACE, None, "an", "again", make.at(3))
    assert ledger.beside(make.ROUND)["02"].paper is None
    events = database.rows("SELECT actor FROM event WHERE action = 'paper' ORDER BY number")
    assert [event["actor"] for event in events] == ["lan", "lan", "an"]
    assert ledger.audit_chain() is None
