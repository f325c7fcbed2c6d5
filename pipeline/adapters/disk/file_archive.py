"""Raw messages on disk by sha256: the source of truth, from which all can be rebuilt.

ab/ab12....eml                  the bytes, once
ab/ab12....<place>.json         one sidecar for each place they arrived at
ab/ab12....purged               a tombstone: the bytes were purged, and when
aside/                          drafts; what a crash leaves here is worth nothing
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.adapters.disk.durable_files import (
    PRIVATE_FOLDER,
    blamed_on,
    make_folder,
    sync_folder,
    sync_folders,
    write_durably,
    write_together,
)
from pipeline.domain.errors import PermanentError
from pipeline.domain.mail.message import Arrival, Location

_DIGEST = re.compile(r"[0-9a-f]{64}")
_VERSION = 1
TOMBSTONE = ".purged"
SIDECAR = ".json"


class FileArchive:
    """The archive in a folder of its own, readable by its owner only."""

    def __init__(self, root: Path, at_once: int = 8) -> None:
        """`at_once` is how many files the disk is told of together."""
        self._root = root
        self._at_once = at_once
        self._aside = root / "aside"
        self._durable: set[Path] = set()

    def store(self, data: bytes) -> str:
        """Keep bytes durably; their sha256. A damaged copy is replaced.

        TransientError, naming the path, when the disk is full or read-only.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        with blamed_on(path):
            self._keep({path: data})
        return digest

    def record(self, arrival: Arrival) -> None:
        """Keep an arrival beside its bytes; the first account of a place stands."""
        path = self._sidecar(arrival)
        with blamed_on(path):
            self._keep({path: _written(arrival)})

    def keep(self, mails: Sequence[tuple[Arrival, bytes]]) -> None:
        """Keep mails and their arrivals: as `store` and `record`, all of them together.

        TransientError, naming the folder, where one of them could not be kept.
        """
        with blamed_on(self._root):
            files = {self._path(arrival.digest): data for arrival, data in mails}
            for arrival, _ in mails:
                files.setdefault(self._sidecar(arrival), _written(arrival))
            self._keep(files)

    def load(self, digest: str) -> bytes:
        """The bytes of a digest; PermanentError when lost or no longer the same."""
        path = self._path(digest)
        with blamed_on(path):
            if not path.exists() and path.with_suffix(TOMBSTONE).exists():
                raise PermanentError(
                    f"{path}: the raw message was purged; its time is over"
                )
            if not path.exists():
                raise PermanentError(
                    f"{path}: the raw message is missing; restore it from a backup"
                )
            data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            raise PermanentError(
                f"{path}: the raw message was changed after it was stored; "
                "restore it from a backup, or fetch it again from the server"
            )
        return data

    def arrivals(self) -> Iterator[Arrival]:
        """Every arrival ever recorded, in order of first sight.

        PermanentError, naming the file, for a sidecar that cannot be read.
        """
        with blamed_on(self._root):
            files = sorted(self._root.glob("??/*.json"))
            found = [_read(path) for path in files]
        yield from sorted(found, key=_seen)

    def forget_drafts(self, before: datetime) -> int:
        """Remove drafts that a crash left behind before a time; how many there were."""
        gone = 0
        with blamed_on(self._aside):
            for draft in self._aside.glob("*.tmp"):
                if draft.stat().st_mtime < before.timestamp():
                    draft.unlink()
                    gone += 1
        return gone

    def digests(self) -> frozenset[str]:
        """The digests of all messages that are there, by their names alone."""
        with blamed_on(self._root):
            return frozenset(path.stem for path in self._root.glob("??/*.eml"))

    def drafts(self) -> int:
        """How many half-written files there are."""
        with blamed_on(self._aside):
            return sum(1 for _ in self._aside.glob("*.tmp"))

    def bury(self, digest: str, now: datetime) -> None:
        """Put a tombstone in the place of a message's bytes, then remove them.

        Done again, it finishes what a crash left. Sidecars stay: when and where a mail
        came is known for ever.
        """
        path = self._path(digest)
        with blamed_on(path):
            stone = path.with_suffix(TOMBSTONE)
            if not stone.exists():
                size = path.stat().st_size if path.exists() else None
                account = {"digest": digest, "size": size, "purged_at": now.isoformat()}
                self._keep({stone: json.dumps(account).encode()})
            if path.exists():
                path.unlink()
                sync_folder(path.parent)

    def buried(self) -> frozenset[str]:
        """The digests that have a tombstone and no bytes."""
        with blamed_on(self._root):
            stones = {path.stem for path in self._root.glob(f"??/*{TOMBSTONE}")}
        return frozenset(stones - self.digests())

    def try_out(self) -> None:
        """Put a file down as a message is, and remove it again."""
        trial = self._root / "trial"
        with blamed_on(self._root):
            self._make_sure_of(self._aside)
            write_durably(trial, b"", self._aside)
            trial.unlink()

    def _keep(self, files: Mapping[Path, bytes]) -> None:
        """Write what is not there yet, then make the names of all durable.

        A crash may have come between a rename and the fsync of its folder.
        """
        self._make_sure_of(self._aside)
        folders = dict.fromkeys(path.parent for path in files)
        for folder in folders:
            self._make_sure_of(folder)
        new = [(path, data) for path, data in files.items() if not _stands(path, data)]
        write_together(new, self._aside, self._at_once)
        sync_folders(folders, self._at_once)

    def _make_sure_of(self, folder: Path) -> None:
        """The folder, its name durable. Of those that stand there one sync makes all so."""
        if not self._root.is_dir() or self._root not in self._durable:
            make_folder(self._root)
            there = [path for path in self._root.iterdir() if path.is_dir()]
            sync_folder(self._root)
            self._durable = {self._root, *there}
        if folder not in self._durable or not folder.is_dir():
            folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
            sync_folder(self._root)
            self._durable.add(folder)

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise PermanentError(f"{digest!r} is not a sha256 digest")
        return self._root / digest[:2] / f"{digest}.eml"

    def _sidecar(self, arrival: Arrival) -> Path:
        place = json.dumps(_place(arrival.location), ensure_ascii=False)
        name = hashlib.sha256(place.encode()).hexdigest()[:16]
        return self._path(arrival.digest).with_suffix(f".{name}.json")


def _stands(path: Path, data: bytes) -> bool:
    """Whether a file is there; of an arrival the first account stands, whatever it says."""
    return path.exists() and (path.suffix == SIDECAR or path.read_bytes() == data)


def _seen(arrival: Arrival) -> tuple[datetime, str, int, int]:
    place = arrival.location
    return arrival.first_seen_at, place.folder, place.uidvalidity, place.uid


def _place(location: Location) -> list[str | int]:
    return [location.folder, location.uidvalidity, location.uid]


def _written(arrival: Arrival) -> bytes:
    received = arrival.received_at
    account = {
        "version": _VERSION,
        "digest": arrival.digest,
        "location": _place(arrival.location),
        "size": arrival.size,
        "received_at": None if received is None else received.isoformat(),
        "first_seen_at": arrival.first_seen_at.isoformat(),
        "spam_folder": arrival.spam_folder,
    }
    return (json.dumps(account, ensure_ascii=False, indent=1) + "\n").encode()


def _read(path: Path) -> Arrival:
    try:
        return _arrival(json.loads(path.read_bytes()))
    except (ValueError, KeyError, TypeError) as fault:
        raise PermanentError(
            f"{path}: not a sidecar of the archive ({fault}); restore it from a backup"
        ) from fault


def _arrival(account: dict[str, Any]) -> Arrival:
    if account["version"] != _VERSION:
        raise ValueError(f"version {account['version']} is newer than this program")
    folder, uidvalidity, uid = account["location"]
    received = account["received_at"]
    return Arrival(
        digest=account["digest"],
        location=Location(folder, uidvalidity, uid),
        size=account["size"],
        received_at=None if received is None else datetime.fromisoformat(received),
        first_seen_at=datetime.fromisoformat(account["first_seen_at"]),
        spam_folder=account["spam_folder"],
    )
