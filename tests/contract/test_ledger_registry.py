"""The registry keeps every entry with its dates, on both databases."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.mail.message import State
from pipeline.domain.senders.province import Sender
from pipeline.domain.senders.registry import SenderEntry
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase, file_mail
from tests.servers.older_schemas import make_schema

BY = ("lan", "đã gọi điện")
SENDER = Sender("moi@example.vn", "02", "Chị Mơ", "0219")
KEPT = Sender("moi@example.vn", "02", "Chị Mơ", "0219", "lan")


def test_a_retired_address_stays_with_its_dates(ledger: SqlLedger) -> None:
    ledger.confirm_sender(SENDER, *BY, make.at(1))
    ledger.retire_sender(SENDER, "minh", "đã nghỉ việc", make.at(2))
    assert ledger.senders() == ()
    assert ledger.sender_entries() == (SenderEntry(KEPT, make.at(1), "minh", make.at(2)),)
    ledger.confirm_sender(SENDER, *BY, make.at(3))
    assert ledger.senders() == (KEPT,)
    assert [e.retired_at for e in ledger.sender_entries()] == [make.at(2), None]


def test_a_second_confirmation_ends_the_first(ledger: SqlLedger) -> None:
    ledger.confirm_sender(SENDER, *BY, make.at(1))
    ledger.confirm_sender(Sender("moi@example.vn", "04"), *BY, make.at(3))
    assert [(e.sender.province, e.retired_at) for e in ledger.sender_entries()] == [
        ("02", make.at(3)),
        ("04", None),
    ]


def test_an_address_of_the_file_is_retired_by_an_entry(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    ledger.retire_sender(Sender("cu@example.vn", "04"), *BY, make.at(5))
    (entry,) = ledger.sender_entries()
    assert (entry.sender.address, entry.retired_at) == ("cu@example.vn", make.at(5))
    assert database.rows("SELECT actor, action FROM event") == [
        {"actor": "lan", "action": "retire-sender"}
    ]
    assert ledger.audit_chain() is None


def test_what_a_confirmation_may_change(ledger: SqlLedger) -> None:
    """Held, or filed unverified; of this address, and with bytes that can be read."""
    doubtful = make.identity(verified=False)
    held = {"state": State.HELD, "reason": "identity-weak"}
    other = {"envelope": make.envelope("other@example.vn")}
    file_mail(ledger, "a", [make.form()], identity=doubtful)
    file_mail(ledger, "b", [make.form()], identity=make.identity())
    file_mail(ledger, "c", [make.form()], identity=doubtful, **held)
    file_mail(ledger, "d", [make.form()], identity=doubtful, read=other)
    assert ledger.unverified_from("HaGiang@example.vn") == [1, 3]


@pytest.mark.fault("F-X-5")
def test_the_registry_of_the_first_schema_is_taken_over(
    empty: TestDatabase, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    engine = create_engine(empty.url)
    with engine.begin() as connection:
        make_schema(connection, "0001")
    engine.dispose()
    empty.run(
        "INSERT INTO sender (address, province_code, name, phone, confirmed_by,"
        " confirmed_at, retired_at) VALUES ('moi@example.vn', '02', 'Chị Mơ',"
        " '0219', 'lan', '2013-07-10T02:00:00.000000+00:00', NULL)"
    )
    ledger = empty.open()
    ledger.migrate()
    assert ledger.senders() == (KEPT,)
    ledger.close()
