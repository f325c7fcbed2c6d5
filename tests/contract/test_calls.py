"""Daemons on one PostgreSQL call each other when there is something to do (ADR 0018)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, text

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.daemon import run_cycle
from pipeline.daemon.leadership import LEADER_FILE, Leadership
from pipeline.daemon.timetable import wait_for_work
from pipeline.domain.errors import PermanentError, PipelineError, TransientError
from tests.builders import decisions as make
from tests.builders.mails import SENDER, SENT, letter
from tests.builders.small_daemon import SetClock, daemon_of, daemon_settings, take
from tests.builders.workshop import Faulty, InProcessReader
from tests.servers.postgres import Postgres

PATIENCE = 30.0
AT_ONCE = 0.0


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.migrated()


@pytest.fixture
def pair(url: str) -> Iterator[tuple[SqlLedger, SqlLedger]]:
    one, two = SqlLedger(url), SqlLedger(url)
    for ledger in (one, two):
        assert not ledger.called(AT_ONCE)  # from now on it listens
    yield one, two
    one.close()
    two.close()


def test_a_call_is_heard_once_and_by_the_others_only(pair) -> None:
    one, two = pair
    one.call()
    one.call()
    assert two.called(PATIENCE)
    assert not two.called(AT_ONCE)
    assert not one.called(AT_ONCE)


def test_mail_that_arrives_calls_the_others_of_its_account(pair, url: str) -> None:
    one, two = pair
    elsewhere = SqlLedger(url, "another@mailbox.test")
    assert not elsewhere.called(AT_ONCE)
    one.arrive_all([make.arrival()])
    assert two.called(PATIENCE)
    assert not elsewhere.called(AT_ONCE)
    elsewhere.close()


def test_what_is_not_committed_calls_nobody(pair, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = pair
    monkeypatch.setattr(one, "_arrive", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        one.arrive_all([make.arrival()])
    assert not two.called(AT_ONCE)


@pytest.mark.fault("F-S0-5")
def test_who_lost_its_line_says_so_and_listens_anew(pair, url: str) -> None:
    one, two = pair
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            )
        )
    engine.dispose()
    with pytest.raises(TransientError):
        two.called(PATIENCE)
    assert not two.called(AT_ONCE)
    one.call()
    assert two.called(PATIENCE)


@pytest.mark.fault("F-S0-5")
def test_who_could_not_listen_at_first_listens_when_asked_again(url: str) -> None:
    """As on a server that is a copy still, until it takes the place of a dead one."""
    one, two = SqlLedger(url), SqlLedger(url)
    refused: list[str] = []

    @event.listens_for(two._database.engine, "before_cursor_execute", retval=True)
    def refuse(_line, _cursor, told: str, values, *_) -> tuple:
        if told.startswith("LISTEN") and not refused:
            refused.append(told)
            return "SELECT 1 / 0", values
        return told, values

    with pytest.raises(PipelineError):
        two.called(AT_ONCE)
    assert refused
    assert not two.called(AT_ONCE)
    one.call()
    assert two.called(PATIENCE)
    one.close()
    two.close()


def test_who_hears_no_more_keeps_no_unread_calls_at_the_server(url: str) -> None:
    """A few hundred fill the line; the server then waits in its reading of them, and
    keeps every row that was there before from being cleared away.
    """
    one, two = SqlLedger(url), SqlLedger(url)
    assert not one.called(AT_ONCE)
    one.hear_no_more()
    listens = text(
        "SELECT count(*) FROM pg_stat_activity "
        f"WHERE query LIKE 'LISTEN%' AND application_name = '{one._database.mark}'"
    )
    with two._database.reading() as connection:
        assert connection.scalar(listens) == 0
    two.call()
    assert not one.called(AT_ONCE)
    two.call()
    assert one.called(PATIENCE)
    one.close()
    two.close()


def test_a_leader_hears_of_what_was_in_hand_when_it_began_to_deliver(
    url: str, tmp_path: Path
) -> None:
    one, two = SqlLedger(url), SqlLedger(url)
    one.arrive(make.arrival("a"))
    assert two.claim("two", make.at(1), 600)
    leadership = Leadership(one, "one", tmp_path)
    leadership.look_for_helpers("one")
    assert leadership.helped
    two.call()
    assert one.called(PATIENCE)
    one.close()
    two.close()


@pytest.mark.parametrize("fault", [TransientError, PermanentError])
def test_letters_do_not_wait_for_who_cannot_listen(tmp_path: Path, fault) -> None:
    def called(seconds: float) -> bool:
        raise fault("no LISTEN here")

    ledger = Faulty(object(), claimants=lambda: frozenset({"two"}), called=called)
    leadership = Leadership(ledger, "one", tmp_path)
    leadership.look_for_helpers("one")
    assert leadership.helped


def test_nobody_calls_on_sqlite(tmp_path: Path) -> None:
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ingest.db'}")
    ledger.migrate()
    ledger.call()
    assert not ledger.called(AT_ONCE)
    ledger.close()


class TestADaemon:
    """What it does about a call."""

    @pytest.fixture
    def station(self, tmp_path: Path) -> Iterator:
        clock = SetClock(SENT + timedelta(hours=1))
        opened = daemon_of(daemon_settings(tmp_path, {SENDER: "02"}), clock)
        opened.shop.reader.close()
        yield replace(opened, shop=replace(opened.shop, reader=InProcessReader()))
        opened.close()

    @pytest.mark.parametrize("settled", [0, 1])
    def test_who_follows_calls_the_leader_to_what_it_settled(
        self, station, settled
    ) -> None:
        for uid in range(settled):
            take(station, letter((), text="Xin hỏi hạn gửi báo cáo?"), uid + 1, SENT)
        calls: list[str] = []
        station.leadership.ledger = Faulty(station.ledger, leads=lambda: False)
        (station.plan.settings.data_dir / LEADER_FILE).write_text("another")
        ledger = Faulty(station.ledger, call=lambda: calls.append("call"))
        assert run_cycle(replace(station, ledger=ledger)).processed == settled
        assert len(calls) == settled

    def test_who_is_called_waits_no_longer(self, station) -> None:
        asked: list[float] = []
        answers = iter([False, True])

        def called(seconds: float) -> bool:
            asked.append(seconds)
            return next(answers)

        station.leadership.led = False
        wait_for_work(replace(station, ledger=Faulty(station.ledger, called=called)))
        assert len(asked) == 2

    def test_a_database_that_is_gone_ends_no_waiting(self, station) -> None:
        def called(seconds: float) -> bool:
            station.stop.set()  # no test waits
            raise TransientError("the server is away")

        station.leadership.led = False
        wait_for_work(replace(station, ledger=Faulty(station.ledger, called=called)))
        assert station.stop.is_set()

    def test_who_waits_for_mail_hears_no_calls(self, station) -> None:
        done: list[str] = []
        ledger = Faulty(station.ledger, hear_no_more=lambda: done.append("no more"))
        mailbox = Faulty(station.mailbox, wait=lambda seconds: done.append("mail"))
        assert station.leadership.led
        wait_for_work(replace(station, ledger=ledger, mailbox=mailbox))
        assert done == ["no more", "mail"]
