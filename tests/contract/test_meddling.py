"""A person flags, moves, copies and deletes on a real server while we read."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipeline.adapters.disk.file_archive import FileArchive
from pipeline.adapters.mail.imap_mailbox import ImapMailbox
from pipeline.jobs.collect import collect
from tests.fakes.mortal import Mortal
from tests.proof.meddler import AWAY, READ, WATCHED, Meddler
from tests.servers.dovecot import Dovecot
from tests.servers.ledgers import new_sqlite

pytest_plugins = ["tests.servers.fixtures"]

NOW = datetime(2013, 7, 11, 8, 0, tzinfo=timezone(timedelta(hours=7)))
USER = "khtc.meddled@example.test"


@pytest.mark.fault("F-H-1", "F-H-2", "F-H-3")
def test_nothing_that_stays_is_lost_and_nobody_is_harmed(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    database, archive = new_sqlite(tmp_path), FileArchive(tmp_path / "archive")
    ledger = database.open(USER)
    mailbox = ImapMailbox(replace(dovecot.access(USER), folders=WATCHED))
    with dovecot.client(USER) as client:
        client.create_folder(READ)
        client.create_folder(AWAY)
        person = Meddler(client=client)
        for _ in range(12):
            troubled = collect(Mortal(mailbox, person), archive, ledger, lambda: NOW)
            assert troubled.trouble is None
        person.at_work = False
        collect(mailbox, archive, ledger, lambda: NOW)
        lying = person.lying()
    mailbox.close()
    ledger.close()
    assert min(person.deeds[deed] for deed in ("append", "move", "copy", "expunge")) > 5

    rows = database.rows("SELECT * FROM ingest_log")
    known = {(row["folder"], row["uid"]): row for row in rows if row["uid"]}
    for place, (name, flags) in lying.items():
        assert known[place]["digest"] == name
        assert b"\\Seen" not in flags or name in person.seen, "only a person marks it read"
    taken = [row["digest"] for row in rows if row["state"] == "received"]
    assert len(taken) == len(set(taken)), "each mail is worked on once"
    assert person.arrived - person.taken_away <= set(taken)
    assert all(archive.load(name) for name in taken)
    gone = {row["digest"] for row in rows if row["state"] == "gone"}
    assert gone <= {None}
