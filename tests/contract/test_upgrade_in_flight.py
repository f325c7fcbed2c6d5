"""An upgrade with work in the queue: nothing is lost, nothing is done twice."""

from pathlib import Path

import pytest

from pipeline.adapters.disk.send_journal import FileSendJournal
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.letters.reply import SentRecord
from pipeline.jobs.deliver import deliver
from tests.builders import decisions as make
from tests.fakes.memory_postbox import MemoryPostbox, MemoryServer
from tests.servers.ledgers import TestDatabase, file_mail
from tests.servers.older_schemas import take_back

_YESTERDAY = "0016"


def as_before_the_last_steps(ledger: SqlLedger, database: TestDatabase) -> None:
    """The schema that the program of yesterday left, with all that stands in it."""
    with ledger._database.writing() as connection:
        take_back(connection, _YESTERDAY)
    ledger.close()


@pytest.mark.fault("F-X-5")
def test_what_the_old_program_had_in_hand_the_new_one_ends(
    ledger: SqlLedger, database: TestDatabase, tmp_path: Path
) -> None:
    """A message claimed, one waiting, a letter sent and not yet settled, one queued."""
    file_mail(ledger, "a", letters=[make.letter("k1"), make.letter("k2")])
    ledger.arrive(make.arrival("b"))
    ledger.arrive(make.arrival("c"))
    claimed = ledger.claim("old", make.at(5), 600)
    (sending,) = ledger.claim_letters(make.at(6), 1)
    journal = FileSendJournal(tmp_path / "journal")
    for event in ("sending", "dot", "sent"):
        journal.write(SentRecord(sending.reply_key, event, make.at(6)))
    as_before_the_last_steps(ledger, database)

    new = database.open()
    new.migrate()
    assert new.claimants() == {"old"}
    assert new.free("old") == 1
    assert claimed is not None
    again = [new.claim("new", make.at(7), 600) for _ in range(3)]
    assert [each.id for each in again if each] == [claimed.id, claimed.id + 1]
    server = MemoryServer()
    deliver(new, journal, MemoryPostbox(server), lambda: make.at(8))
    assert len(server.letters) == 1  # the other had left before
    assert [row["state"] for row in new.outbox()] == ["sent", "sent"]
    assert new.audit_chain() is None
    assert new.purged() == frozenset()
    new.close()
