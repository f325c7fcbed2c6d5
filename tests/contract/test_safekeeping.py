"""Backup and restore: whole or not at all, nothing lost, nothing sent twice."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from pipeline.adapters.disk.backup_folder import BackupFolder
from pipeline.adapters.disk.file_archive import FileArchive
from pipeline.adapters.disk.send_journal import FileSendJournal
from pipeline.adapters.sql_ledger.connection import Database
from pipeline.adapters.sql_ledger.migrate import SCRIPTS, migrate
from pipeline.adapters.sql_ledger.safe_copy import SqlCopies
from pipeline.domain.errors import PermanentError, TransientError
from pipeline.domain.letters.reply import SentRecord
from pipeline.jobs.back_up import back_up, stamp_of
from pipeline.jobs.restore import restore
from tests.builders import decisions as make
from tests.fakes.mortal import Fate, KilledError, Mortal
from tests.servers.ledgers import TestDatabase, file_mail, new_sqlite
from tests.servers.postgres import Postgres

NIGHT = make.at(600)
OLD_MAIL = """
INSERT INTO message (account, folder, uidvalidity, uid, digest, received_at,
    first_seen_at, spam_folder, state, attempts, verified, narrative, row_count)
VALUES ('default', 'INBOX', 1, 1, 'old', now(), now(), 0, 'filed', 0, 0, 0, 0)
"""


@dataclass
class House:
    """A data folder with its database, and the folder of its backups."""

    database: TestDatabase
    data: Path
    vault: Path

    @property
    def copies(self) -> SqlCopies:
        return SqlCopies(self.database.url)

    @property
    def safe(self) -> BackupFolder:
        return BackupFolder(self.vault, self.data)

    @property
    def archive(self) -> FileArchive:
        return FileArchive(self.data / "archive")

    @property
    def journal(self) -> FileSendJournal:
        return FileSendJournal(self.data / "send-journal.jsonl")

    def mail(self, name: str, minutes: float = 0) -> str:
        """A mail filed, its bytes archived, its letter sent; the digest of the bytes."""
        ledger = self.database.open()
        try:
            file_mail(ledger, name, [make.form()], minutes)
        finally:
            ledger.close()
        self.journal.write(SentRecord(name, "sent", make.at(minutes)))
        return self.archive.store(f"raw {name}".encode())

    def back_up(self, minutes: float = 600) -> Path:
        return back_up(self.copies, self.safe, make.at(minutes)).folder

    def digests(self) -> list[str]:
        rows = self.database.rows("SELECT digest FROM ingest_log ORDER BY id")
        return [row["digest"] for row in rows]


@pytest.fixture
def house(database: TestDatabase, tmp_path: Path) -> House:
    return furnish(database, tmp_path)


@pytest.fixture
def small_house(tmp_path: Path) -> House:
    return furnish(new_sqlite(tmp_path), tmp_path)


def furnish(database: TestDatabase, tmp_path: Path) -> House:
    data = tmp_path / "data"
    data.mkdir()
    (data / "token.key").write_bytes(b"k" * 32)
    return House(database, data, tmp_path / "vault")


@pytest.mark.fault("F-S16-1")
def test_a_restored_database_says_what_it_said_when_it_was_kept(house: House) -> None:
    house.mail("a")
    kept = house.back_up()
    figures = house.database.rows("SELECT * FROM observations ORDER BY indicator")
    assert figures
    house.mail("b", 700)

    done = restore(house.copies, house.safe, make.at(800))

    assert house.digests() == [make.digest_of("a")]
    assert house.database.rows("SELECT * FROM observations ORDER BY indicator") == figures
    assert (done.present["message"], done.backup.counts["message"]) == (2, 1)
    assert kept.name == stamp_of(NIGHT)
    assert oct(kept.stat().st_mode & 0o777) == "0o700"
    assert {oct(path.stat().st_mode & 0o777) for path in kept.iterdir()} == {"0o600"}


def test_the_restored_ledger_goes_on_working(house: House) -> None:
    house.mail("a")
    house.back_up()
    restore(house.copies, house.safe, make.at(800))
    house.mail("b", 900)
    ledger = house.database.open()
    try:
        assert ledger.audit_chain() is None
    finally:
        ledger.close()
    assert house.digests() == [make.digest_of("a"), make.digest_of("b")]


@pytest.mark.fault("F-S16-2")
def test_mails_and_letters_of_after_the_backup_stay_known(house: House) -> None:
    house.mail("a")
    house.back_up()
    later = house.mail("b", 700)
    restore(house.copies, house.safe, make.at(800))
    assert house.archive.load(later) == b"raw b"
    assert house.journal.last("b").event == "sent"


@pytest.mark.fault("F-S16-3")
def test_a_lost_archive_journal_and_key_come_back(house: House) -> None:
    first, second = house.mail("a"), house.mail("b", 5)
    house.back_up()
    (house.data / "archive" / first[:2] / f"{first}.eml").unlink()
    (house.data / "archive" / second[:2] / f"{second}.eml").write_bytes(b"spoiled")
    (house.data / "send-journal.jsonl").unlink()
    (house.data / "token.key").write_bytes(b"new" * 9)

    done = restore(house.copies, house.safe, make.at(800))

    assert [house.archive.load(digest) for digest in (first, second)] == [
        b"raw a",
        b"raw b",
    ]
    assert (len(done.missing), len(done.damaged), done.lost) == (1, 1, ())
    assert house.journal.last("a").event == "sent"
    assert (house.data / "token.key").read_bytes() == b"k" * 32
    kept_aside = house.data / f"token.key.before-{stamp_of(make.at(800))}"
    assert kept_aside.read_bytes() == b"new" * 9


def test_the_newest_event_of_a_letter_still_decides(house: House) -> None:
    """The backup knows a letter as being sent; it was sent afterwards."""
    house.mail("a")
    house.journal.write(SentRecord("z", "sending", make.at(1)))
    house.back_up()
    lines = (house.data / "send-journal.jsonl").read_bytes().splitlines(keepends=True)
    (house.data / "send-journal.jsonl").write_bytes(lines[0])
    house.journal.write(SentRecord("z", "sent", make.at(2)))
    restore(house.copies, house.safe, make.at(800))
    assert house.journal.last("z").event == "sent"
    assert house.journal.first("z").event == "sending"


def test_a_dry_run_says_what_would_change_and_changes_nothing(house: House) -> None:
    digest = house.mail("a")
    house.back_up()
    house.mail("b", 700)
    (house.data / "archive" / digest[:2] / f"{digest}.eml").unlink()
    would = restore(house.copies, house.safe, make.at(800), dry_run=True)
    assert would.missing == (f"{digest[:2]}/{digest}.eml",)
    assert len(house.digests()) == 2
    assert not (house.data / "archive" / digest[:2] / f"{digest}.eml").exists()


def test_a_later_backup_copies_only_what_is_new(house: House) -> None:
    first = house.mail("a")
    house.back_up()
    kept = house.vault / "archive" / first[:2] / f"{first}.eml"
    before = kept.stat().st_ino
    second = house.mail("b", 700)
    folder = house.back_up(800)
    account = json.loads((folder / "manifest.json").read_text())
    assert kept.stat().st_ino == before
    assert {name.rpartition("/")[2] for name in account["archive"]} == {
        f"{first}.eml",
        f"{second}.eml",
    }


def test_an_earlier_backup_can_be_named(house: House) -> None:
    house.mail("a")
    folder = house.back_up()
    house.mail("b", 700)
    house.back_up(800)
    restore(house.copies, house.safe, make.at(900), named=folder.name)
    assert house.digests() == [make.digest_of("a")]


@pytest.mark.fault("F-S16-3")
def test_mails_that_the_backup_lacks_too_are_named(house: House) -> None:
    digest = house.mail("a")
    house.back_up()
    for root in (house.data / "archive", house.vault / "archive"):
        (root / digest[:2] / f"{digest}.eml").unlink()
    done = restore(house.copies, house.safe, make.at(800))
    assert done.lost == (f"{digest[:2]}/{digest}.eml",)


@pytest.mark.fault("F-S16-1")
@pytest.mark.parametrize("place", range(24))
def test_a_backup_that_dies_leaves_the_earlier_one_whole(
    small_house: House, place: int
) -> None:
    house = small_house
    house.mail("a")
    house.back_up()
    house.mail("b", 700)
    fate = Fate(place)
    try:
        back_up(Mortal(house.copies, fate), Mortal(house.safe, fate), make.at(800))
    except KilledError:
        restore(house.copies, house.safe, make.at(900))
        assert make.digest_of("a") in house.digests()
        house.back_up(1000)
        assert not list(house.vault.glob("*.partial"))
    else:
        assert fate.steps <= place


@pytest.mark.parametrize("place", range(12))
def test_a_restore_that_dies_is_made_again(small_house: House, place: int) -> None:
    house = small_house
    digest = house.mail("a")
    house.back_up()
    house.mail("b", 700)
    (house.data / "archive" / digest[:2] / f"{digest}.eml").unlink()
    fate = Fate(place)
    try:
        restore(Mortal(house.copies, fate), Mortal(house.safe, fate), make.at(800))
    except KilledError:
        restore(house.copies, house.safe, make.at(801))
    assert house.digests() == [make.digest_of("a")]
    assert house.archive.load(digest) == b"raw a"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: (f / "manifest.json").unlink(), "manifest.json is missing"),
        (lambda f: (f / "manifest.json").write_text("{"), "not a backup's account"),
        (lambda f: (f / "manifest.json").write_text("[]"), "not a backup's account"),
        (lambda f: (f / "token.key").write_bytes(b"x"), "changed since the backup"),
        (lambda f: (f / "token.key").unlink(), "missing, or changed"),
    ],
)
def test_a_backup_that_is_not_whole_is_refused(house: House, spoil, said: str) -> None:
    house.mail("a")
    spoil(house.back_up())
    with pytest.raises(PermanentError, match=said):
        restore(house.copies, house.safe, make.at(800))


@pytest.mark.parametrize(
    "change",
    [
        {"archive": ["../../etc/passwd"]},
        {"archive": ["aa/../../x.eml"]},
        {"files": {"../ingest.db": "0"}, "database": "../ingest.db"},
        {"database": "elsewhere"},
    ],
)
def test_a_name_in_a_backup_is_never_a_way_out_of_it(house: House, change: dict) -> None:
    house.mail("a")
    account = house.back_up() / "manifest.json"
    account.write_text(json.dumps(json.loads(account.read_text()) | change))
    with pytest.raises(PermanentError, match=r"no name|names no database"):
        restore(house.copies, house.safe, make.at(800))


def test_there_must_be_something_to_keep_and_to_restore(tmp_path: Path) -> None:
    empty = TestDatabase("sqlite", f"sqlite:///{tmp_path}/none/ingest.db")
    house = House(empty, tmp_path / "data", tmp_path / "vault")
    with pytest.raises(PermanentError, match="nothing to back up"):
        house.back_up()
    house.vault.mkdir()
    with pytest.raises(PermanentError, match="no backup in this folder"):
        restore(house.copies, house.safe, NIGHT)


def test_two_backups_of_one_second_do_not_mix(house: House) -> None:
    house.mail("a")
    house.back_up()
    with pytest.raises(PermanentError, match="there is a backup already"):
        house.back_up()


def test_a_ruined_ledger_is_put_back(house: House) -> None:
    house.mail("a")
    house.back_up()
    if house.database.dialect == "sqlite":
        file = Path(house.database.url.removeprefix("sqlite:///"))
        file.write_bytes(b"no database at all")
        assert house.copies.counts() is None
        restore(house.copies, house.safe, make.at(800))
        ruined = file.with_name(f"ingest.db.before-{stamp_of(make.at(800))}")
        assert ruined.read_bytes() == b"no database at all"
    else:
        house.database.run("DROP TABLE figure CASCADE", "DROP TABLE message CASCADE")
        assert house.copies.counts() is None
        restore(house.copies, house.safe, make.at(800))
    assert house.digests() == [make.digest_of("a")]


@pytest.mark.fault("F-S16-1")
def test_a_backup_of_before_an_upgrade_goes_into_the_newer_schema(
    tmp_path: Path, postgres: Postgres
) -> None:
    """Tables made since refer to those of the backup, which does not know them."""
    house = furnish(TestDatabase("postgresql", postgres.empty()), tmp_path)
    upgrade(house.database, "0007")
    house.database.run(OLD_MAIL)
    house.back_up()
    upgrade(house.database)
    house.mail("b", 700)
    assert table_named(house.database, "run_count")

    restore(house.copies, house.safe, make.at(800))

    assert not table_named(house.database, "run_count")
    upgrade(house.database)
    house.mail("c", 900)
    assert house.digests() == ["old", make.digest_of("c")]


def make_newer(house: House) -> None:
    """What a newer program leaves: its schema and a table that we do not know."""
    house.database.run("CREATE TABLE of_tomorrow (id INTEGER REFERENCES message (id))")
    house.database.run("UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.fault("F-X-5")
def test_restore_is_the_way_back_from_an_upgrade(
    small_house: House, tmp_path: Path
) -> None:
    small_house.mail("a")
    small_house.back_up()
    small_house.mail("b", 700)
    make_newer(small_house)

    restore(small_house.copies, small_house.safe, make.at(800))

    assert small_house.digests() == [make.digest_of("a")]
    small_house.mail("c", 900)
    assert (tmp_path / f"ingest.db.before-{stamp_of(make.at(800))}").exists()


@pytest.mark.fault("F-X-5")
def test_tables_of_a_newer_program_are_not_left_beside_older_ones(
    tmp_path: Path, postgres: Postgres
) -> None:
    house = furnish(TestDatabase("postgresql", postgres.migrated()), tmp_path)
    house.mail("a")
    house.back_up()
    make_newer(house)
    for dry_run in (True, False):
        with pytest.raises(PermanentError, match="make an empty database"):
            restore(house.copies, house.safe, make.at(800), dry_run=dry_run)
    assert table_named(house.database, "of_tomorrow")

    anew = House(
        TestDatabase("postgresql", postgres.empty()), house.data, tmp_path / "vault"
    )
    restore(anew.copies, anew.safe, make.at(800))
    assert anew.digests() == [make.digest_of("a")]


@pytest.mark.fault("F-X-5")
def test_a_backup_of_a_newer_program_is_refused_before_anything_changes(
    house: House,
) -> None:
    house.mail("a")
    house.database.run("UPDATE alembic_version SET version_num = '9999'")
    house.back_up()
    newest = max(path.stem for path in (SCRIPTS / "versions").glob("v*.py"))[1:5]
    house.database.run(f"UPDATE alembic_version SET version_num = '{newest}'")
    house.mail("b", 700)
    for dry_run in (True, False):
        with pytest.raises(PermanentError, match="schema 9999, newer than this program's"):
            restore(house.copies, house.safe, make.at(800), dry_run=dry_run)
    assert house.digests() == [make.digest_of("a"), make.digest_of("b")]


def test_a_dump_that_cannot_go_in_changes_nothing(
    tmp_path: Path, postgres: Postgres
) -> None:
    house = furnish(TestDatabase("postgresql", postgres.migrated()), tmp_path)
    house.database.run("CREATE TABLE theirs (id integer PRIMARY KEY)")
    house.mail("a")
    house.back_up()
    house.database.run("CREATE VIEW reader AS SELECT id FROM theirs")
    house.database.run("CREATE TABLE reader_of (id integer REFERENCES theirs)")
    house.mail("b", 700)
    with pytest.raises(PermanentError, match="as it was"):
        restore(house.copies, house.safe, make.at(800))
    assert house.digests() == [make.digest_of("a"), make.digest_of("b")]


def upgrade(database: TestDatabase, revision: str | None = None) -> None:
    """Bring a database to a revision, or as far as the program does."""
    opened = Database(database.url)
    if revision is None:
        migrate(opened)
    else:
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        with opened.writing() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    opened.close()


def table_named(database: TestDatabase, name: str) -> str | None:
    found: str | None = database.rows(f"SELECT to_regclass('{name}')::text AS t")[0]["t"]
    return found


def test_a_backup_of_another_kind_of_database_is_refused(house: House) -> None:
    house.mail("a")
    house.back_up()
    other = {"sqlite": "postgresql+psycopg://nobody@/nothing", "postgresql": "sqlite://"}
    copies = SqlCopies(other[house.database.dialect])
    with pytest.raises(PermanentError, match="cannot go into"):
        restore(copies, house.safe, NIGHT + timedelta(hours=1))


def test_a_database_out_of_reach_is_tried_later(tmp_path: Path) -> None:
    copies = SqlCopies("postgresql+psycopg://nobody:hidden@127.0.0.1:1/nothing")
    with pytest.raises(TransientError) as fault:
        copies.save(tmp_path)
    assert "hidden" not in str(fault.value)


def test_without_the_tools_of_postgresql_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    copies = SqlCopies("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(PermanentError, match="install postgresql-client"):
        copies.save(tmp_path)


def test_a_database_that_cannot_be_copied_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "ingest.db").write_bytes(b"no database at all")
    copies = SqlCopies(f"sqlite:///{tmp_path}/ingest.db")
    with pytest.raises(TransientError, match="cannot be copied"):
        copies.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["ingest.db"]
