"""Figures of an old ledger are packed by the migration, whatever happens meanwhile."""

import threading
from collections.abc import Mapping
from decimal import Decimal

import pytest
from sqlalchemy import text

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.plan.form import FormState
from tests.contract.test_packed_figures import form_of, packed_versions, said_by
from tests.servers.ledgers import TestDatabase, file_mail
from tests.servers.older_schemas import take_back

CELLS: Mapping[tuple[str, str], Decimal] = {("th.viec_lam", "kh_n1"): Decimal(7)}


def old_ledger(ledger: SqlLedger) -> None:
    file_mail(ledger, "mail", [form_of("PL01", dict(CELLS), FormState.ACCEPTED)])
    with ledger._database.writing() as connection:
        take_back(connection, "0022")


@pytest.mark.fault("F-DB-10")
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_figure_changed_by_hand_during_the_migration_counts_as_changed(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    """The change is made before the migration starts and ends while it goes on.

    SQLite has one writer at a time.
    """
    old_ledger(ledger)
    upgraded = database.open()
    migrating = threading.Thread(target=upgraded.migrate)
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with ledger._database.writing() as connection:
        connection.execute(text("UPDATE figure SET value = 9"))
        migrating.start()
        with ledger._database.reading() as looking:
            while not looking.scalar(waits):
                assert migrating.is_alive()
    migrating.join()
    assert upgraded.packed_otherwise() == ()
    assert [each.amount for each in said_by(upgraded)[0]] == [Decimal(9)]
    upgraded.close()


@pytest.mark.fault("F-DB-10")
def test_a_figure_written_by_hand_with_an_exponent_stops_no_migration(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    """SQLite keeps a number given as such to a column of text as "1.0e+20"."""
    old_ledger(ledger)
    database.run("UPDATE figure SET value = 1e20")
    upgraded = database.open()
    upgraded.migrate()
    assert packed_versions(upgraded) == []
    assert [each.amount for each in said_by(upgraded)[0]] == [Decimal(10) ** 20]
    upgraded.close()
