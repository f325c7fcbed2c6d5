"""Alarm letters of the daemon through a real SMTP server, database or not."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Event

import pytest

from pipeline.adapters.mail.folder_mailbox import FolderMailbox
from pipeline.assembly import read_plan
from pipeline.daemon import HealthWatch, open_patiently, open_station, run_forever
from pipeline.domain.writing.vietnamese import HANOI
from pipeline.settings import load_settings
from tests.builders.small_daemon import SetClock
from tests.contract.test_commands import OURS, Place
from tests.jobs.test_raise_alarms import read
from tests.servers.aiosmtp import AioSmtp, running_aiosmtpd
from tests.servers.certificates import Certificates
from tests.servers.dovecot import PASSWORD

pytest_plugins = ["tests.servers.fixtures"]

ADMIN = "quantri@example.test"
NINE = datetime(2013, 7, 10, 9, tzinfo=HANOI)


@pytest.fixture(scope="module")
def smtp(certificates: Certificates) -> Iterator[AioSmtp]:
    with running_aiosmtpd(certificates) as server:
        yield server


@pytest.fixture
def place(tmp_path, capsys, smtp: AioSmtp) -> Place:
    smtp.letters.clear()
    made = Place(tmp_path, capsys)
    (tmp_path / "daemon.yaml").write_text(
        f"mailbox: {{folder_source: mails, addresses: [{OURS}]}}\nworkers: 1\n"
        f"smtp: {{username: khtc, port: {smtp.port}, security: starttls,"
        f" ca_file: {smtp.certificates.ca_file}, from_address: {OURS}}}\n"
        f"people: {{administrators: [{ADMIN}]}}\n"
    )
    return made


def plan_of(place: Place, **more: str):
    given = {"INGEST_SMTP_PASSWORD": PASSWORD, **more}
    return read_plan(load_settings(place.folder / "daemon.yaml", given))


def subjects(smtp: AioSmtp) -> list[tuple[str, str]]:
    return [(to, str(read(data)["Subject"])) for to, data in smtp.letters]


def test_a_daemon_without_its_database_writes_to_the_administrator(
    place: Place, smtp: AioSmtp
) -> None:
    away = "postgresql+psycopg://nobody@127.0.0.1:1/x"
    plan, clock, stop = plan_of(place, INGEST_DATABASE=away), SetClock(NINE), Event()
    watch = HealthWatch(plan, clock)

    def tell() -> None:
        watch.tell()
        stop.set()

    assert open_patiently(plan, clock, stop, tell) is None
    assert subjects(smtp) == [(ADMIN, "[KHTC] Báo động: cơ sở dữ liệu")]


def test_a_running_daemon_says_every_day_that_it_lives(
    place: Place, smtp: AioSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FolderMailbox, "wait", lambda *_: True)
    plan, clock, stop = plan_of(place, INGEST_POLICY_REPLIES="off"), SetClock(NINE), Event()
    watch = HealthWatch(plan, clock)
    watch.station = open_station(plan, clock, stop)
    rounds = iter((0, 5, 26, 27))

    def tell() -> None:
        watch.tell()
        hours = next(rounds, None)
        if hours is None:
            stop.set()
        else:
            clock.now = NINE + timedelta(hours=hours)

    try:
        run_forever(watch.station, tell)
    finally:
        watch.station.close()
    said = "[KHTC] Thư báo hằng ngày {}/7/2013: hoạt động bình thường"
    assert subjects(smtp) == [(ADMIN, said.format(day)) for day in (10, 11)]


def test_without_an_administrator_nobody_is_written_to(place: Place, smtp: AioSmtp) -> None:
    plan = plan_of(place, INGEST_PEOPLE_ADMINISTRATORS="[]")
    asked: list[datetime] = []

    def clock() -> datetime:
        asked.append(NINE)
        return NINE

    watch = HealthWatch(plan, clock)
    started = len(asked)
    assert watch.tell() is None
    assert len(asked) == started, "nor is the pulse taken: that counts the whole ledger"
    assert smtp.letters == []
