"""Backups in a folder: one archive for all of them, and a folder for each moment.

archive/ab/ab12....eml          as in data_dir; a file once kept is never changed
20130710T020000+0700/           database, send journal, token key, manifest.json

Names and bytes are checked before they are believed: a backup may come back from a
borrowed disk.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.adapters.disk.durable_files import (
    blamed_on,
    make_folder,
    sync_folder,
    write_durably,
)
from pipeline.adapters.disk.file_archive import TOMBSTONE
from pipeline.domain.backup import Backup, Counts, Restoring
from pipeline.domain.errors import PermanentError

MANIFEST = "manifest.json"
JOURNAL = "send-journal.jsonl"
KEY = "token.key"
_NAME = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62})\.(?:eml|[0-9a-f]{16}\.json)")
_STAMP = re.compile(r"\d{8}T\d{6}[+-]\d{4}")
_DRAFT = ".partial"


class BackupFolder:
    """ports.Safe: backups under `root` of the data in `data`."""

    def __init__(self, root: Path, data: Path) -> None:
        self._root = root
        self._data = data

    def draft(self, stamp: str) -> Path:
        with blamed_on(self._root):
            make_folder(self._root)
            for left in self._root.glob(f"*{_DRAFT}"):
                shutil.rmtree(left)
            if (self._root / stamp).exists():
                raise PermanentError(f"{self._root / stamp}: there is a backup already")
            folder = self._root / f"{stamp}{_DRAFT}"
            make_folder(folder)
        return folder

    def keep_archive(self) -> tuple[str, ...]:
        source, target = self._data / "archive", self._root / "archive"
        names = tuple(_names(source))
        with blamed_on(target):
            for name in self._lacking(names):
                _copy(source / name, target / name, self._root)
        return names

    def lacking(self) -> tuple[str, ...]:
        with blamed_on(self._root):
            return tuple(self._lacking(_names(self._data / "archive")))

    def _lacking(self, names: Iterable[str]) -> Iterator[str]:
        source, target = self._data / "archive", self._root / "archive"
        return (name for name in names if not _same_size(source / name, target / name))

    def keep_files(self, draft: Path) -> None:
        with blamed_on(draft):
            for name in (JOURNAL, KEY):
                if (self._data / name).exists():
                    _copy(self._data / name, draft / name, draft)

    def finish(self, draft: Path, stamp: str, backup: Backup) -> Path:
        folder = self._root / stamp
        with blamed_on(draft):
            files = {path.name: _sha256(path) for path in sorted(draft.iterdir())}
            account = asdict(replace(backup, files=files))
            account["made_at"] = backup.made_at.isoformat()
            text = json.dumps(account, ensure_ascii=False, indent=1) + "\n"
            write_durably(draft / MANIFEST, text.encode(), draft)
            draft.rename(folder)
            sync_folder(self._root)
        return folder

    def open(self, stamp: str | None) -> tuple[Path, Backup]:
        folder = self._root / stamp if stamp else self._newest()
        with blamed_on(folder):
            if not (folder / MANIFEST).is_file():
                raise PermanentError(f"{folder}: no backup ({MANIFEST} is missing)")
            backup = _read(folder / MANIFEST)
            for name, digest in backup.files.items():
                path = folder / name
                if not path.is_file() or _sha256(path) != digest:
                    raise PermanentError(
                        f"{path}: missing, or changed since the backup; take another one"
                    )
        return folder, backup

    def compare(self, folder: Path, backup: Backup, present: Counts | None) -> Restoring:
        missing: list[str] = []
        damaged: list[str] = []
        lost: list[str] = []
        with blamed_on(self._data):
            for name in backup.archive:
                here, kept = self._data / "archive" / name, self._root / "archive" / name
                if _sound(here) or here.with_suffix(TOMBSTONE).exists():
                    continue  # there, or purged since
                if not _sound(kept):
                    lost.append(name)
                else:
                    (damaged if here.exists() else missing).append(name)
            key = _bytes(folder / KEY)
            return Restoring(
                backup=backup,
                present=present,
                missing=tuple(missing),
                damaged=tuple(damaged),
                lost=tuple(lost),
                journal_lines=len(self._journal_lines(folder)),
                other_key=bool(key) and _bytes(self._data / KEY) not in (b"", key),
            )

    def bring_back(self, folder: Path, restoring: Restoring, stamp: str) -> None:
        with blamed_on(self._data):
            make_folder(self._data)
            for name in (*restoring.missing, *restoring.damaged):
                _copy(
                    self._root / "archive" / name, self._data / "archive" / name, self._data
                )
            lines = self._journal_lines(folder)
            if lines:
                # before the present ones: the last event of a letter is what counts
                whole = b"".join(lines) + _bytes(self._data / JOURNAL)
                write_durably(self._data / JOURNAL, whole, self._data)
            if restoring.other_key:
                (self._data / KEY).rename(self._data / f"{KEY}.before-{stamp}")
            if (folder / KEY).exists():
                _copy(folder / KEY, self._data / KEY, self._data)

    def _journal_lines(self, folder: Path) -> list[bytes]:
        """The backup's lines of the journal that are not in the present one."""
        here = set(_bytes(self._data / JOURNAL).splitlines())
        kept = _bytes(folder / JOURNAL).splitlines()
        return [line + b"\n" for line in kept if line not in here]

    def _newest(self) -> Path:
        with blamed_on(self._root):
            found = sorted(
                (path for path in self._root.glob("*") if _STAMP.fullmatch(path.name)),
                key=lambda path: datetime.strptime(path.name, "%Y%m%dT%H%M%S%z"),
            )
        if not found:
            raise PermanentError(f"{self._root}: no backup in this folder")
        return found[-1]


def _names(archive: Path) -> Iterator[str]:
    """The archive's files, the bytes of a mail before their sidecars."""
    with blamed_on(archive):
        paths = sorted(archive.glob("??/*"), key=lambda path: (path.suffix, path))
    names = (path.relative_to(archive).as_posix() for path in paths)
    return (name for name in names if _NAME.fullmatch(name))


def _same_size(source: Path, target: Path) -> bool:
    return target.is_file() and target.stat().st_size == source.stat().st_size


def _copy(source: Path, target: Path, aside: Path) -> None:
    make_folder(target.parent)
    write_durably(target, source.read_bytes(), aside)


def _sound(path: Path) -> bool:
    """Whether a file of the archive is there with the bytes its name promises."""
    if not path.is_file():
        return False
    return path.suffix != ".eml" or _sha256(path) == path.stem


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _read(path: Path) -> Backup:
    try:
        account: dict[str, Any] = json.loads(path.read_bytes())
        backup = Backup(
            made_at=datetime.fromisoformat(account["made_at"]),
            database=str(account["database"]),
            dialect=str(account["dialect"]),
            counts={str(k): int(v) for k, v in account["counts"].items()},
            files={str(k): str(v) for k, v in account["files"].items()},
            archive=tuple(str(name) for name in account["archive"]),
            schema=str(account.get("schema", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise PermanentError(f"{path}: not a backup's account ({fault})") from fault
    if backup.database not in backup.files:
        raise PermanentError(f"{path}: names no database of its own")
    strange = [n for n in backup.files if Path(n).name != n or n in (".", "..")]
    strange += [name for name in backup.archive if not _NAME.fullmatch(name)]
    if strange:
        raise PermanentError(f"{path}: {strange[0]!r} is no name of a backup's file")
    return backup
