"""A daemon that lost the lead in the middle of a letter, and does not know it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from pipeline.adapters.disk.send_journal import FileSendJournal
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.jobs.deliver import DeliverReport, deliver
from tests.builders import decisions as make
from tests.fakes.memory_postbox import MemoryPostbox, MemoryServer
from tests.servers.ledgers import TestDatabase, file_mail


def now() -> datetime:
    return make.at(9)


class Overtaken(MemoryPostbox):
    """A way out on which another daemon does its work at one point of a letter."""

    def __init__(self, server: MemoryServer, other: Callable[[], object], *, late: bool):
        super().__init__(server)
        self._other, self._late = other, late

    def send(self, recipient: str, data: bytes, at_dot: Callable[[], None]) -> None:
        def at_the_dot() -> None:
            if not self._late:
                self._other()
            at_dot()
            if self._late:
                self._other()

        super().send(recipient, data, at_the_dot)


@pytest.mark.fault("F-S0-5")
@pytest.mark.parametrize("late", [False, True])
def test_a_letter_leaves_once_when_the_lead_changes_around_its_dot(
    ledger: SqlLedger, database: TestDatabase, tmp_path: Path, late: bool
) -> None:
    """Before the dot the new leader sends it, and the old one cannot; after it, the
    new leader sees the dot in the journal and leaves it alone.
    """
    file_mail(ledger, "a", letters=[make.letter("k1"), make.letter("k2")])
    server, other = MemoryServer(), database.open()
    reports: list[DeliverReport] = []

    def take_over() -> None:
        if not reports:
            journal = FileSendJournal(tmp_path / "journal")
            reports.append(deliver(other, journal, MemoryPostbox(server), now))

    postbox = Overtaken(server, take_over, late=late)
    old = deliver(ledger, FileSendJournal(tmp_path / "journal"), postbox, now)
    other.close()
    assert len(server.letters) == 2
    assert [row["state"] for row in ledger.outbox()] == ["sent", "sent"]
    assert len(old.sent) == (1 if late else 0)
    assert list(ledger.sending_letters()) == []
