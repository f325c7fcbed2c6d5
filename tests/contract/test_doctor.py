"""`doctor`: a row for every fault of the start, of connecting and of logging in."""

import fcntl
import os
import time
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.adapters.disk.file_archive import FileArchive
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.adapters.sql_ledger.migrate import SCRIPTS
from pipeline.assembly import open_ledger
from pipeline.cli import doctor
from pipeline.cli.doctor_machine import (
    DoorReport,
    see_strays,
    see_walls,
    try_clock,
    try_others,
)
from pipeline.cli.main import Call
from pipeline.cli.talk import make_talk
from tests.builders import decisions as make
from tests.contract.test_commands import CLEAN, Place, place
from tests.contract.test_oauth2 import office
from tests.house.fault_marks import marked, rows
from tests.servers.certificates import Certificates
from tests.servers.faulty_smtp import faulty_smtp
from tests.servers.kernel import offered_walls
from tests.servers.postgres import Postgres
from tests.servers.scripted_imap import scripted_imap

pytest_plugins = ["tests.servers.fixtures"]
__all__ = ["office", "place"]

PASSWORD = "mat-khau-thu"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def desk(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator["Desk"]:
    made = Desk(place)
    yield made
    if made.ledger is not None:
        made.ledger.close()


class Desk:
    """Single doors of `doctor`, tried without the others."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.ledger: SqlLedger | None = None

    @property
    def call(self) -> Call:
        file = str(self.place.folder / "daemon.yaml")
        return Call(Namespace(config=file), make_talk("en", machine=False), {})

    def opened(self) -> SqlLedger:
        self.ledger = open_ledger(self.call.plan)
        return self.ledger

    def door(self, name: str) -> DoorReport:
        doors = {**doctor._BEFORE_THE_LEDGER, **doctor._SERVERS, "zone": doctor.try_zone}
        (report,) = doctor._tried(self.call, {name: doors[name]})
        return report

    def serve(self, imap: int, more: str = "security: none") -> None:
        secret = self.place.folder / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o600)
        (self.place.folder / "daemon.yaml").write_text(
            f"mailbox: {{host: 127.0.0.1, port: {imap}, timeout_seconds: 1, {more}, "
            "password_file: secret}\n"
            "smtp: {username: null, port: 1, security: none}\nworkers: 1\n"
        )


def test_every_fault_of_the_first_three_steps_has_its_test_here() -> None:
    wanted = {name for name in rows() if name.startswith(("F-S0-", "F-S1-", "F-S2-"))}
    here = {
        name
        for name, tests in marked().items()
        if any("test_doctor" in test for test in tests)
    }
    assert len(wanted) == 24
    assert sorted(wanted - here) == []
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert sorted(name for name in wanted if name not in page) == []


# The start.


@pytest.mark.fault("F-S0-1")
def test_a_wrong_configuration_is_told_before_any_door(place: Place) -> None:
    place.configure("databse: x\n")
    code, out, err = place.run("doctor")
    assert (code, out, "daemon.yaml: databse" in err) == (78, "", True)


@pytest.mark.fault("F-S0-2")
def test_a_secret_that_is_another_users_or_open_to_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.serve(1)
    assert desk.door("secrets").detail == "mailbox: password_file; smtp: -"
    (desk.place.folder / "secret").chmod(0o644)
    code, _, err = desk.place.run("doctor")
    assert (code, "chmod 600" in err) == (78, True)
    (desk.place.folder / "secret").chmod(0o600)
    os.chown(desk.place.folder / "secret", 12345, -1) if os.geteuid() == 0 else (
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    )
    code, _, err = desk.place.run("doctor")
    assert (code, "belongs to user" in err) == (78, True)


@pytest.mark.fault("F-S0-2")
def test_a_credential_of_systemd_may_be_roots_and_show_a_group(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An access list shows itself as the group's bit; its folder is this service's own."""
    desk.serve(1)
    (desk.place.folder / "secret").chmod(0o440)
    assert desk.place.run("doctor")[0] == 78
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(desk.place.folder))
    assert desk.door("secrets").detail == "mailbox: password_file; smtp: -"


@pytest.mark.fault("F-S0-3")
def test_root_is_warned_of_and_is_no_fault(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.cli.doctor_machine.os.geteuid", lambda: 0)
    told = desk.door("user")
    assert (told.ok, told.detail, "as root" in told.advice) == (True, "uid 0", True)
    monkeypatch.setattr("pipeline.cli.doctor_machine.os.geteuid", lambda: 1000)
    assert desk.door("user").advice == ""


@pytest.mark.fault("F-S0-4", "F-S0-6")
def test_who_holds_the_lock_is_seen_and_a_file_that_was_left_is_nobody(desk: Desk) -> None:
    ledger, call = desk.opened(), desk.call
    assert try_others(call, ledger) == "process -"
    lock = call.settings.data_dir / "daemon.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert try_others(call, ledger) == f"process {os.getpid()}"
    assert try_others(call, ledger) == "process -"


@pytest.mark.fault("F-S0-5")
def test_a_leader_in_another_folder_is_told(desk: Desk, postgres: Postgres) -> None:
    url = postgres.migrated()
    desk.place.configure(f"database: {url}\n")
    ledger, call = desk.opened(), desk.call
    assert try_others(call, ledger) == "process -; leader -"
    other = SqlLedger(url)
    other.enter("a:1:0")
    assert other.leads()
    reports = [*doctor._tried(call, {"others": lambda c: try_others(c, ledger)})]
    assert (reports[0].ok, "same data_dir" in reports[0].advice) == (False, True)
    (call.settings.data_dir / "leader").write_text("a:1:0")
    assert try_others(call, ledger) == "process -; leader a:1:0"
    other.close()


@pytest.mark.fault("F-S0-7")
def test_a_newer_database_is_told_and_left_alone(desk: Desk) -> None:
    ledger = desk.opened()
    with ledger._database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    (told,) = (r for r in doctor._reports(desk.call) if r.door == "database")
    assert (told.ok, "newer than this program" in told.detail) == (False, True)


@pytest.mark.fault("F-S0-8")
def test_a_migration_that_fails_is_told_at_the_database(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = desk.opened()
    newest = max(path.stem for path in (SCRIPTS / "versions").glob("v*.py"))[1:5]
    with ledger._database.writing() as connection:
        connection.exec_driver_sql(
            f"UPDATE alembic_version SET version_num = '{int(newest) - 1:04}'"
        )
    monkeypatch.setattr(
        "pipeline.adapters.sql_ledger.views.creating", lambda _: ["CREATE nonsense"]
    )
    (told,) = (r for r in doctor._reports(desk.call) if r.door == "database")
    assert (told.ok, bool(told.advice)) == (False, True)
    with ledger._database.reading() as connection:
        kept = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
        assert kept.scalar() == f"{int(newest) - 1:04}"


@pytest.mark.fault("F-S0-9")
def test_a_data_folder_that_takes_no_file_is_told(desk: Desk) -> None:
    assert desk.door("disk").ok
    archive = desk.call.settings.data_dir / "archive"
    (archive / "aside").rmdir()
    archive.rmdir()
    archive.write_text("a file in the way")
    told = desk.door("disk")
    assert (told.ok, str(archive) in told.detail, bool(told.advice)) == (False, True, True)


@pytest.mark.fault("F-S0-10")
def test_drafts_bytes_and_rows_that_lack_each_other_are_counted(desk: Desk) -> None:
    desk.place.run("ingest", desk.place.mail("a.eml", CLEAN))
    ledger, call = desk.opened(), desk.call
    archive = FileArchive(call.settings.data_dir / "archive")
    seen = see_strays(call, ledger)
    assert (seen.ok, seen.advice, "1 mails; 0 drafts" in seen.detail) == (True, "", True)
    archive.store(b"Subject: nobody knows me\r\n\r\n")
    (call.settings.data_dir / "archive" / "aside" / "x.tmp").write_bytes(b"half")
    seen = see_strays(call, ledger)
    assert (seen.ok, "reprocess" in seen.advice) == (True, True)
    assert seen.detail == "2 mails; 1 drafts, 1 without a row, 0 without bytes"
    (raw,) = (p for p in archive._root.glob("??/*.eml") if p.read_bytes() == CLEAN)
    raw.unlink()
    seen = see_strays(call, ledger)
    assert (seen.ok, "1 without bytes" in seen.detail) == (False, True)
    assert "backup" in seen.advice


@pytest.mark.fault("F-S0-11")
def test_a_clock_far_behind_the_mail_server_is_told(desk: Desk) -> None:
    ledger, call = desk.opened(), desk.call
    now = call.clock()
    late = replace(make.arrival("a"), received_at=now + timedelta(hours=23))
    ledger.arrive(late)
    assert try_clock(call, ledger)
    ledger.arrive(replace(make.arrival("b"), received_at=now + timedelta(hours=25)))
    (told,) = doctor._tried(call, {"clock": lambda c: try_clock(c, ledger)})
    assert (told.ok, "more than a day before" in told.detail) == (False, True)
    assert "clock" in told.advice


@pytest.mark.fault("F-S0-12")
def test_a_broken_template_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.door("templates").ok
    monkeypatch.setattr("pipeline.assembly.bench.TEMPLATES", desk.place.folder)
    told = desk.door("templates")
    assert (told.ok, bool(told.advice)) == (False, True)


@pytest.mark.fault("F-S0-13")
def test_a_registry_that_contradicts_itself_is_told_with_its_line(place: Place) -> None:
    with (place.folder / "senders.csv").open("a") as file:
        file.write("so@example.vn,01,,\nso@example.vn,02,,\n")
    code, _, err = place.run("doctor")
    assert (code, "senders.csv" in err, "so@example.vn" in err) == (78, True, True)


@pytest.mark.fault("F-S0-14")
@pytest.mark.parametrize("zone", ["UTC", "Asia/Saigon", "America/New_York"])
def test_the_zone_of_the_machine_is_shown_and_changes_nothing(
    zone: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        told = desk.door("zone")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert (told.ok, told.detail) == (True, f"Asia/Ho_Chi_Minh +0700; TZ={zone}")


# Connecting and logging in.


@pytest.mark.fault("F-S1-1")
def test_a_name_that_nobody_knows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*words: object, **more: object) -> None:
        raise OSError(-2, "Name or service not known")

    desk.serve(993)
    monkeypatch.setattr("socket.getaddrinfo", unknown)
    for door in ("imap", "smtp"):
        told = desk.door(door)
        assert (told.ok, "not known" in told.detail) == (False, True)
        assert ".host" in told.advice


@pytest.mark.fault("F-S1-2")
def test_nobody_listens(desk: Desk) -> None:
    desk.serve(1)
    for door in ("imap", "smtp"):
        told = desk.door(door)
        assert (told.ok, "refused" in told.detail) == (False, True)
        assert f"{'mailbox' if door == 'imap' else 'smtp'}.host, port" in told.advice


@pytest.mark.fault("F-S1-3")
def test_a_certificate_of_a_stranger_costs_no_password(
    desk: Desk, certificates: Certificates
) -> None:
    context = certificates.server_context()
    with scripted_imap({}, context) as server:
        desk.serve(server.port, "security: tls")
        told = desk.door("imap")
        assert not any("LOGIN" in said for said in server.commands)
    assert (told.ok, "mailbox.ca_file" in told.detail) == (False, True)


@pytest.mark.fault("F-S1-4", "F-S1-5", "F-S2-1", "F-S2-3", "F-S2-4", "F-S2-5")
@pytest.mark.parametrize(
    ("point", "fault", "detail", "advice"),
    [
        ("greeting", "stall", "", "mailbox.host"),
        ("greeting", "* BYE full", "", "mailbox.host"),
        ("greeting", "* PREAUTH welcome", "", "mailbox.host"),
        ("greeting", "SSH-2.0-OpenSSH", "", "mailbox.host"),
        ("LOGIN", "{tag} NO [AUTHENTICATIONFAILED] no", "", "app password"),
        ("LOGIN", "{tag} NO [UNAVAILABLE] later", "", "quarter of an hour"),
        ("LOGIN", "* BYE Too many simultaneous connections", "", "quarter of an hour"),
        ("LOGIN", "{tag} NO [ALERT] app password needed", "app password", "app password"),
        ("LOGIN", "{tag} NO 'mat-khau-thu' is wrong", "is wrong", "app password"),
        ("EXAMINE", "{tag} NO no such mailbox", "INBOX", "mailbox.folders"),
    ],
)
def test_what_a_mail_server_does_and_what_to_do(
    point: str, fault: str, detail: str, advice: str, desk: Desk
) -> None:
    with scripted_imap({}, faults={point: fault}) as server:
        desk.serve(server.port)
        told = desk.door("imap")
    assert (told.ok, detail in told.detail) == (False, True), told
    assert advice in told.advice
    assert PASSWORD not in told.detail + told.advice


@pytest.mark.fault("F-S1-4", "F-S1-5")
@pytest.mark.parametrize("fault", ["stall", "421", "junk"])
def test_what_a_server_for_letters_does(fault: str, desk: Desk) -> None:
    with faulty_smtp({"greeting": fault}) as server:
        desk.place.configure("")
        file = desk.place.folder / "daemon.yaml"
        words = file.read_text().replace("port: 1", f"port: {server.port}")
        file.write_text(words.replace("smtp: {", "smtp: {timeout_seconds: 1, "))
        told = desk.door("smtp")
    assert (told.ok, f":{server.port}" in told.detail) == (False, True)
    assert "smtp.host" in told.advice


@pytest.mark.fault("T-12")
def test_the_walls_around_the_parsing_child_are_told(desk) -> None:
    report = desk.door("worker")
    offered = offered_walls()
    assert report.ok
    assert report.detail.endswith(f"; {offered or '-'}")
    assert (report.advice == "") == (offered == "seccomp, landlock")


@pytest.mark.fault("T-12")
@pytest.mark.parametrize(
    ("walls", "lacking"), [("", "seccomp, landlock"), ("seccomp", "offer landlock")]
)
def test_a_kernel_without_a_wall_is_a_warning(desk, walls, lacking) -> None:
    report = see_walls(desk.call, "other", walls)
    assert report.ok
    assert lacking in report.advice


@pytest.mark.fault("F-S3-8")
@pytest.mark.parametrize(("used", "warned"), [(900, False), (910, True)])
def test_a_mailbox_that_is_nearly_full_is_a_warning(desk, used, warned) -> None:
    quota = f'* QUOTA "" (STORAGE {used} 1000)\r\n'
    with scripted_imap({}, capabilities="IMAP4rev1 QUOTA", quota=quota) as server:
        desk.serve(server.port)
        report = desk.door("imap")
    assert report.ok
    assert report.detail.endswith(f"; {used // 10} %")
    assert bool(report.advice) == warned


@pytest.mark.fault("F-S0-11")
@pytest.mark.parametrize(
    ("hours", "ahead"), [([49] * 5, True), ([49] * 4, False), ([30, 49, 49, 2, 49], False)]
)
def test_a_clock_far_ahead_of_the_mail_server_is_a_warning(
    desk: Desk, hours: list[int], ahead: bool
) -> None:
    desk.serve(1)
    ledger, call = desk.opened(), desk.call
    for number, lag in enumerate(hours):
        arrival = make.arrival(f"m{number}")
        received = arrival.first_seen_at - timedelta(hours=lag)
        ledger.arrive(replace(arrival, received_at=received))
    report = try_clock(call, ledger)
    assert (report.ok, bool(report.advice)) == (True, ahead)
