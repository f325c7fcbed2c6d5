"""The archive on disk: durable, private, repeatable, honest about damage."""

import errno
import hashlib
import json
import os
import shutil
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.disk.file_archive import FileArchive
from pipeline.domain.errors import PermanentError, TransientError
from pipeline.domain.mail.message import Arrival, Location

NOW = datetime(2013, 7, 10, 9, 12, tzinfo=timezone(timedelta(hours=7)))
MAIL = b"Subject: b\xe1\xbb\x99\r\n\r\nx\r\n"
DIGEST = hashlib.sha256(MAIL).hexdigest()


@pytest.fixture
def archive(tmp_path: Path) -> FileArchive:
    return FileArchive(tmp_path / "data" / "archive")


def arrival(uid: int = 7, **changes: object) -> Arrival:
    values = {
        "digest": DIGEST,
        "location": Location("Hộp thư/Đến", 12, uid),
        "size": len(MAIL),
        "received_at": NOW,
        "first_seen_at": NOW,
    }
    return Arrival(**{**values, **changes})


def failing(monkeypatch: pytest.MonkeyPatch, name: str, code: int) -> None:
    def fail(*_args: object, **_named: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, name, fail)


@pytest.mark.fault("F-S6-4")
def test_keeps_bytes_by_digest(archive: FileArchive, tmp_path: Path) -> None:
    assert archive.store(MAIL) == DIGEST
    assert archive.store(MAIL) == DIGEST
    assert archive.load(DIGEST) == MAIL
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in files] == [f"{DIGEST}.eml"]
    assert files[0].parent.name == DIGEST[:2]


def test_names_of_folders_are_synced_once_and_those_that_stand_there_together(
    archive: FileArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, synced = tmp_path / "data" / "archive", []
    sync = os.fsync

    def told(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink())
        sync(handle)

    monkeypatch.setattr(os, "fsync", told)
    mails = [MAIL + bytes([number]) for number in range(4)]
    for mail in mails[:3]:
        archive.store(mail)
    assert synced.count(root) == 1 + 1 + 2, "what stood there, aside, and two folders"
    synced.clear()
    again = FileArchive(root)
    for mail in mails:
        again.store(mail)
    assert synced.count(root) == 1 + 1, "what stood there, and the folder of the fourth"


def test_mails_are_kept_together_with_their_arrivals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes of every file are on the disk before any of them has its name."""
    archive, there = FileArchive(tmp_path), []
    sync = os.fsync

    def told(handle: int) -> None:
        there.append(len(list(tmp_path.glob("??/*"))))
        sync(handle)

    mails = [MAIL + bytes([number]) for number in range(5)]
    mails.append(mails[0])
    arrivals = [
        arrival(uid, digest=hashlib.sha256(data).hexdigest())
        for uid, data in enumerate(mails)
    ]
    kept = list(zip(arrivals, mails, strict=True))
    archive.keep(kept[:1])
    monkeypatch.setattr(os, "fsync", told)
    archive.keep(kept)
    assert there.count(2) >= 9, "four mails and five arrivals are new"
    assert set(there) == {2, 5 + 6}
    again = FileArchive(tmp_path)
    assert [again.load(each.digest) for each in arrivals] == mails
    assert sorted(again.arrivals(), key=lambda each: each.location.uid) == arrivals


@pytest.mark.fault("F-S6-1")
@pytest.mark.parametrize("name", ["open", "fsync", "replace"])
def test_of_mails_kept_together_trouble_leaves_no_draft_and_no_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    archive = FileArchive(tmp_path)
    mails = [MAIL + bytes([number]) for number in range(5)]
    arrivals = [
        arrival(uid, digest=hashlib.sha256(data).hexdigest())
        for uid, data in enumerate(mails)
    ]
    kept = list(zip(arrivals, mails, strict=True))
    archive.keep(kept[:0])
    for at in range(1, 8):
        calls, real = iter(range(1, 1000)), getattr(os, name)

        def fail(*values: Any, real: Any = real, calls: Any = calls, at: int = at) -> Any:
            if next(calls) == at:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*values)

        with monkeypatch.context() as patch:
            patch.setattr(os, name, fail)
            with pytest.raises(TransientError, match=str(tmp_path)):
                archive.keep(kept)
        assert not list(tmp_path.rglob("*.tmp"))
        assert all(path.stem == digest_of(path) for path in tmp_path.rglob("*.eml"))
        shutil.rmtree(tmp_path)
        archive.keep([])
    archive.keep(kept)
    assert [archive.load(each.digest) for each in arrivals] == mails


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.fault("T-26")
def test_nobody_else_may_read(archive: FileArchive, tmp_path: Path) -> None:
    archive.record(arrival(digest=archive.store(MAIL)))
    for path in (tmp_path / "data").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_every_field_of_an_arrival_survives(archive: FileArchive, tmp_path: Path) -> None:
    """The database can be lost: the sidecars tell all of it again, oldest first."""
    one = arrival(1, first_seen_at=NOW + timedelta(hours=1), spam_folder=True)
    two = arrival(2, received_at=None)
    three = arrival(3, digest=archive.store(b"another"), size=7)
    for each in (one, two, three, two):
        archive.record(each)
    assert list(FileArchive(tmp_path / "data" / "archive").arrivals()) == [two, three, one]


def test_the_first_account_of_a_place_stands(archive: FileArchive) -> None:
    archive.record(arrival())
    archive.record(arrival(first_seen_at=NOW + timedelta(days=1)))
    assert [each.first_seen_at for each in archive.arrivals()] == [NOW]


def test_an_archive_not_yet_made_has_no_arrivals(archive: FileArchive) -> None:
    assert list(archive.arrivals()) == []
    assert archive.forget_drafts(NOW) == 0


@pytest.mark.fault("F-S6-3")
def test_lost_and_changed_bytes_are_told_apart_from_good_ones(
    archive: FileArchive, tmp_path: Path
) -> None:
    with pytest.raises(PermanentError, match="missing"):
        archive.load(DIGEST)
    archive.store(MAIL)
    path = next(tmp_path.rglob("*.eml"))
    path.write_bytes(MAIL[:-1])
    with pytest.raises(PermanentError, match="changed"):
        archive.load(DIGEST)
    archive.store(MAIL)
    assert archive.load(DIGEST) == MAIL, "storing again mends a damaged copy"


@pytest.mark.fault("T-14")
@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, DIGEST[:63]])
def test_only_a_digest_is_a_name(archive: FileArchive, digest: str) -> None:
    with pytest.raises(PermanentError, match="not a sha256"):
        archive.load(digest)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "digest": 5}']
)
def test_a_damaged_sidecar_is_named(
    archive: FileArchive, tmp_path: Path, text: str
) -> None:
    archive.record(arrival())
    path = next(tmp_path.rglob("*.json"))
    path.write_text(text)
    with pytest.raises(PermanentError, match=path.name):
        list(archive.arrivals())


@pytest.mark.fault("F-S6-1", "F-S6-2")
@pytest.mark.parametrize("name", ["open", "fsync", "replace", "mkdir", "rename"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_disk_trouble_leaves_nothing_and_passes(
    archive: FileArchive,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    code: int,
) -> None:
    with monkeypatch.context() as patch:
        failing(patch, name, code)
        if name == "rename":
            failing(patch, "replace", code)
        with pytest.raises(TransientError, match=r"archive.*" + os.strerror(code)):
            archive.store(MAIL)
    assert not list(tmp_path.rglob("*.eml"))
    assert not list(tmp_path.rglob("*.tmp"))
    assert archive.load(archive.store(MAIL)) == MAIL


@pytest.mark.fault("F-S6-1")
def test_a_full_disk_stops_a_sidecar_too(
    archive: FileArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        failing(patch, "fsync", errno.ENOSPC)
        with pytest.raises(TransientError, match="json"):
            archive.record(arrival())
    assert list(archive.arrivals()) == []


@pytest.mark.fault("F-S0-10")
def test_old_drafts_of_a_crash_are_forgotten(archive: FileArchive, tmp_path: Path) -> None:
    archive.store(MAIL)
    aside = tmp_path / "data" / "archive" / "aside"
    for name, age in (("old.tmp", 10), ("new.tmp", 1)):
        (aside / name).write_bytes(b"half")
        then = (NOW - timedelta(days=age)).timestamp()
        os.utime(aside / name, (then, then))
    assert archive.forget_drafts(NOW - timedelta(days=7)) == 1
    assert [path.name for path in aside.iterdir()] == ["new.tmp"]
    assert archive.load(DIGEST) == MAIL


def test_a_sidecar_is_plain_json(archive: FileArchive, tmp_path: Path) -> None:
    archive.record(arrival())
    account = json.loads(next(tmp_path.rglob("*.json")).read_text())
    assert account["location"] == ["Hộp thư/Đến", 12, 7]
    assert datetime.fromisoformat(account["received_at"]).astimezone(UTC).hour == 2
