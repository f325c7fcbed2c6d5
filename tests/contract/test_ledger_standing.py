"""A process may be known by several names at once, each as long as it is wanted."""

from pipeline.adapters.sql_ledger import SqlLedger
from tests.servers.ledgers import TestDatabase, hang_up
from tests.servers.postgres import Postgres

FIRST, SECOND = "a:1:0", "a:1:1"


def test_every_name_lives_until_it_is_left(database: TestDatabase) -> None:
    """The console opens a workshop for every decision, all on one ledger."""
    ours, theirs = database.open(), database.open()
    for name in (FIRST, SECOND, SECOND):
        ours.enter(name)
    living, gone = (None, None) if database.dialect == "sqlite" else (True, False)
    assert _known(theirs) == _known(ours) == (living, living)
    ours.depart(SECOND)
    assert _known(theirs) == _known(ours) == (living, gone)
    ours.depart(SECOND)  # twice does no harm
    ours.close()
    theirs.close()


def test_names_come_back_with_the_connection_but_not_those_left(
    postgres: Postgres,
) -> None:
    url = postgres.migrated()
    ours, theirs = SqlLedger(url), SqlLedger(url)
    for name in (FIRST, SECOND, "a:1:2"):
        ours.enter(name)
    hang_up(ours)
    ours.depart(SECOND)  # the server is not asked: it has dropped the name itself
    assert _known(theirs) == (False, False)
    ours.enter(FIRST)
    assert _known(theirs) == (True, False)
    assert theirs.lives("a:1:2") is True
    ours.close()
    theirs.close()


def _known(ledger: SqlLedger) -> tuple[bool | None, bool | None]:
    return ledger.lives(FIRST), ledger.lives(SECOND)
