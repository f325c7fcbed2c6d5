"""What only files can show: a folder of .eml files, and a Maildir."""

from datetime import UTC
from pathlib import Path

import pytest

from pipeline.adapters.mail.folder_mailbox import FolderMailbox
from pipeline.domain.errors import MissingFolderError, PermanentError
from pipeline.ports import Mailbox
from tests.builders.raw_mail import mail


def fetched(mailbox: Mailbox) -> list[bytes]:
    status = mailbox.examine(mailbox.folders()[0])
    return [message.data for message in mailbox.fetch(status.uids)]


def test_drafts_and_other_files_are_not_mail(tmp_path: Path) -> None:
    for name in (".a.eml", "a.eml.part", "readme.txt", ".tmp/b.eml", "sub/c.eml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(mail(name))
    assert fetched(FolderMailbox(tmp_path)) == [mail("sub/c.eml")]


def test_a_file_that_was_replaced_is_a_new_message(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"half")
    mailbox = FolderMailbox(tmp_path)
    before = mailbox.examine("files").uids
    (tmp_path / "a.eml").write_bytes(mail("whole"))
    assert mailbox.examine("files").uids != before


def test_flags_do_not_renumber_a_maildir(tmp_path: Path) -> None:
    for part in ("cur", "new", "tmp"):
        (tmp_path / part).mkdir()
    (tmp_path / "new" / "1373.1.host").write_bytes(mail("a"))
    (tmp_path / "tmp" / "1373.2.host").write_bytes(b"half")
    mailbox = FolderMailbox(tmp_path, "INBOX")
    before = mailbox.examine("INBOX")
    (tmp_path / "new" / "1373.1.host").rename(tmp_path / "cur" / "1373.1.host:2,FS")
    assert mailbox.examine("INBOX") == before
    assert 0 < before.uids[0] < 2**53
    assert mailbox.folders() == ("INBOX",)
    assert mailbox.wait(0) is True


def test_empty_and_missing_files_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"")
    assert fetched(FolderMailbox(tmp_path)) == []
    with pytest.raises(MissingFolderError, match="folder_source"):
        FolderMailbox(tmp_path / "gone").examine("files")


def test_two_files_under_one_number_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.adapters.mail.folder_mailbox._BITS", 1)
    for name in ("a.eml", "b.eml"):
        (tmp_path / name).write_bytes(mail(name))
    with pytest.raises(PermanentError, match=r"b\.eml and .*a\.eml"):
        FolderMailbox(tmp_path).examine("files")


def test_files_that_move_while_they_are_read_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.eml", "b.eml"):
        (tmp_path / name).write_bytes(mail(name))
    mailbox = FolderMailbox(tmp_path)

    def gone(*_: object) -> bytes:
        raise FileNotFoundError

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", gone)
        assert fetched(mailbox) == []
        listed = mailbox._listed()
        patch.setattr(mailbox, "_listed", lambda: [*listed, tmp_path / "moved.eml"])
        assert len(mailbox.examine("files").uids) == 2
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rglob", gone)
        with pytest.raises(MissingFolderError):
            mailbox.examine("files")


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (b"Received: by x; Wed, 10 Jul 2013 09:12:00 +0700", 2),
        (b"received : by x;\r\n Wed, 10 Jul 2013 09:12:00 -0000", 9),
        (b"RECEIVED: by x (a; b);\r\n\tWed, 10 Jul 2013 09:12:00 GMT (x)", 9),
        (b"Received: by x; Wed, 10 Jul 2013 23:12:00 -0700", 6),
        (b"Received: by x", None),
        (b"Received: by x; yesterday", None),
        (b"Received: by x; Wed, 40 Jul 2013 09:12:00 +0700", None),
        (b"Received: by x; Wed, 10 Jul 99999999 09:12:00 +0700", None),
        (b"Received: by x; Wed, 10 Jul 2013 09:12:00 +9999999", None),
        (b"Received: " + b"x" * 17_000 + b"; Wed, 10 Jul 2013 09:12:00 +0700", None),
        (b"Subject: x", None),
    ],
)
def test_the_topmost_received_field_tells_the_time(
    tmp_path: Path, field: bytes, expected: int | None
) -> None:
    rest = b"\r\nDate: Mon, 01 Jan 2001 00:00:00 +0000\r\n\r\nReceived: no; Wed, 10 Jul"
    (tmp_path / "a.eml").write_bytes(b"X: y\r\n" + field + rest)
    mailbox = FolderMailbox(tmp_path)
    (message,) = mailbox.fetch(mailbox.examine("files").uids)
    hour = message.received_at and message.received_at.astimezone(UTC).hour
    assert hour == expected
