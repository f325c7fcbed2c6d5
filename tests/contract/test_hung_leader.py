"""A leader that hangs, as a stopped process does: replaced, and harmless when it wakes."""

from pathlib import Path

import pytest

from pipeline.adapters.disk.send_journal import FileSendJournal
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.errors import OvertakenError, TransientError
from pipeline.domain.letters.reply import LetterState
from pipeline.jobs.deliver import deliver
from tests.builders import decisions as make
from tests.fakes.memory_postbox import MemoryPostbox, MemoryServer
from tests.servers.ledgers import file_mail
from tests.servers.postgres import Postgres

LOOKS = 2000
HANGS = "pipeline.adapters.sql_ledger.held_locks.HUNG_SECONDS"


@pytest.fixture
def pair(postgres: Postgres, monkeypatch: pytest.MonkeyPatch):
    """A leader and one that would lead, to whom whoever is silent for a moment hangs."""
    url = postgres.migrated()
    one, two = SqlLedger(url), SqlLedger(url)
    one.enter("one")
    two.enter("two")
    assert one.leads()
    assert not two.leads()
    monkeypatch.setattr(HANGS, 0.0)
    yield one, two
    one.close()
    two.close()


def take_over(ledger: SqlLedger) -> None:
    """Ends the other's connections; the server needs a moment to let its locks go."""
    assert any(ledger.leads() for _ in range(LOOKS))


@pytest.mark.fault("F-S0-5")
def test_a_leader_that_hangs_is_replaced_and_wakes_as_one_of_many(pair) -> None:
    one, two = pair
    take_over(two)
    assert two.lives("one") is False
    two.stay()
    assert one.lives("two") is True
    assert two.lives("one") is True  # it came back under its name


@pytest.mark.parametrize("shows", [True, False], ids=["a-daemon", "a-command"])
def test_what_a_follower_that_hangs_had_in_hand_is_free(pair, shows: bool) -> None:
    """Who never says that it lives, as a command or the console, is not missed either."""
    leader, follower = pair
    if shows:
        follower.stay()
    dead = any(leader.lives("two") is False for _ in range(LOOKS if shows else 3))
    assert dead is shows


def test_who_shows_itself_does_not_hang(pair, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = pair
    monkeypatch.setattr(HANGS, 3600.0)
    assert not two.leads()
    one.stay()
    assert one.leads()
    assert not two.leads()


def test_showing_is_seen_by_the_server(pair) -> None:
    one, two = pair
    ask = (
        "SELECT max(state_change) FROM pg_stat_activity "
        f"WHERE application_name = '{one._database.mark}'"
    )
    with two._database.reading() as connection:
        before = connection.exec_driver_sql(ask).scalar_one()
    one.stay()
    with two._database.reading() as connection:
        assert connection.exec_driver_sql(ask).scalar_one() > before


@pytest.mark.fault("F-S0-5")
def test_what_it_had_read_is_not_filed_when_it_wakes(pair) -> None:
    one, two = pair
    one.arrive(make.arrival("a"))
    claimed = one.claim("one", make.at(1), 600)
    assert claimed is not None
    take_over(two)
    assert two.free("one") == 1
    again = two.claim("two", make.at(2), 600)
    assert again is not None
    with pytest.raises(OvertakenError):
        one.set_aside(claimed.id, "bug", "x", make.at(3), "one")
    two.set_aside(again.id, "bug", "y", make.at(3), "two")
    (row,) = two.messages({})
    assert row["state"] == "quarantined"


@pytest.mark.fault("F-S0-5")
def test_a_letter_it_had_begun_does_not_leave_when_it_wakes(pair, tmp_path: Path) -> None:
    """It hangs at the last act before the dot, with the letter's row in its hands."""
    one, two = pair
    file_mail(one, "a", letters=[make.letter("k1")])
    server, journal = MemoryServer(), FileSendJournal(tmp_path / "journal")
    (letter,) = one.claim_letters(make.at(9), 1)

    def hangs() -> LetterState | None:
        take_over(two)
        return None

    with pytest.raises(TransientError):
        one.while_ours(letter, hangs)
    assert server.letters == []
    deliver(two, journal, MemoryPostbox(server), lambda: make.at(9))
    assert len(server.letters) == 1
    assert [row["state"] for row in two.outbox()] == ["sent"]
