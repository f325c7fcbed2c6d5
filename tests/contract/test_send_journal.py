"""The send journal: durable, append-only, at peace with torn lines and other writers."""

import errno
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Self

import pytest

from pipeline.adapters.disk.send_journal import FileSendJournal
from pipeline.domain.errors import TransientError
from pipeline.domain.letters.reply import SentRecord

NOW = datetime(2013, 7, 10, 9, 12, tzinfo=timezone(timedelta(hours=7)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "sent.jsonl"


def record(event: str, key: str = "k1", minutes: int = 0) -> SentRecord:
    return SentRecord(key, event, NOW + timedelta(minutes=minutes))


def test_knows_first_and_last_event_of_each_letter(path: Path) -> None:
    journal = FileSendJournal(path)
    assert journal.last("k1") is None
    assert journal.first("k1") is None
    for each in (record("sending"), record("sending", "k2"), record("sent", minutes=1)):
        journal.write(each)
    for reader in (journal, FileSendJournal(path)):
        assert reader.last("k1") == record("sent", minutes=1)
        assert reader.first("k1") == record("sending")
        assert reader.last("k2") == record("sending", "k2")


def test_events_written_together_are_as_those_written_one_by_one(path: Path) -> None:
    journal = FileSendJournal(path)
    journal.write()
    assert not path.exists()
    journal.write(record("sending"), record("sending", "k2"))
    assert journal.newest() == {"k1": record("sending"), "k2": record("sending", "k2")}
    assert path.read_bytes().count(b"\n") == 2
    assert not journal.damaged()


def test_nobody_else_may_read(path: Path) -> None:
    FileSendJournal(path).write(record("sending"))
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_two_processes_see_each_other(path: Path) -> None:
    one, two = FileSendJournal(path), FileSendJournal(path)
    one.write(record("sending"))
    two.write(record("dot"))
    assert one.last("k1") == two.last("k1") == record("dot")


@pytest.mark.parametrize("length", range(1, 60, 7))
def test_a_torn_last_line_never_happened(path: Path, length: int) -> None:
    """Whoever died while writing a line had not yet acted on it."""
    FileSendJournal(path).write(record("sending"))
    whole = path.read_bytes()
    FileSendJournal(path).write(record("dot"))
    path.write_bytes(path.read_bytes()[: len(whole) + length])
    after = FileSendJournal(path)
    assert after.last("k1") == record("sending")
    after.write(record("failed"))
    assert after.last("k1") == record("failed")
    assert FileSendJournal(path).last("k1") == record("failed")


@pytest.mark.parametrize("line", [b"\xff\n", b"[]\n", b"{}\n", b'{"at": 5}\n', b"\n"])
def test_a_damaged_line_is_passed_over(path: Path, line: bytes) -> None:
    journal = FileSendJournal(path)
    journal.write(record("sending"))
    with path.open("ab") as file:
        file.write(line)
    journal.write(record("sent"))
    assert FileSendJournal(path).last("k1") == record("sent")


def test_every_changed_byte_is_found(path: Path) -> None:
    for event in ("sending", "dot", "sent"):
        FileSendJournal(path).write(record(event))
    whole = path.read_bytes()
    assert FileSendJournal(path).damaged() == ()
    for place in range(len(whole)):
        for mask in (0x01, 0x20, 0x80):
            changed = bytes([whole[place] ^ mask])
            path.write_bytes(whole[:place] + changed + whole[place + 1 :])
            assert FileSendJournal(path).damaged(), (place, mask)


def test_what_a_crash_tore_is_no_damage(path: Path) -> None:
    FileSendJournal(path).write(record("sending"))
    whole = path.read_bytes()
    for length in range(len(whole) - 4):
        path.write_bytes(whole + whole[:length])
        assert FileSendJournal(path).damaged() == (), length
        FileSendJournal(path).write(record("failed"))
        assert FileSendJournal(path).damaged() == (), length


def test_lines_of_before_there_were_checks_are_believed(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    at = record("sent").at.isoformat()
    path.write_text(f'{{"reply_key": "k1", "event": "sent", "at": "{at}"}}\n')
    journal = FileSendJournal(path)
    assert journal.damaged() == ()
    assert journal.newest() == {"k1": record("sent")}


@pytest.mark.parametrize("name", ["open", "fsync"])
def test_disk_trouble_names_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fail(*_args: object, **_named: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, name, fail)
        with pytest.raises(TransientError, match=r"sent\.jsonl"):
            FileSendJournal(path).write(record("dot"))
    FileSendJournal(path).write(record("sent"))
    assert FileSendJournal(path).last("k1") == record("sent")


def test_half_a_line_is_an_error(path: Path) -> None:
    """A full disk may take part of a line and say nothing but the count."""
    path.parent.mkdir()
    path.symlink_to("/dev/full")
    with pytest.raises(TransientError, match=r"sent\.jsonl"):
        FileSendJournal(path).write(record("sending"))


def test_a_line_the_disk_cut_short_is_an_error(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Short:
        def __init__(self, handle: int) -> None:
            self.handle = handle

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            os.close(self.handle)

        def write(self, data: bytes) -> int:
            return os.write(self.handle, data[:5])

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdopen", lambda handle, *_a, **_n: Short(handle))
        with pytest.raises(TransientError, match="part of a line"):
            FileSendJournal(path).write(record("dot"))
    journal = FileSendJournal(path)
    journal.write(record("failed"))
    assert journal.first("k1") == journal.last("k1") == record("failed")
