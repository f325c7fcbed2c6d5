"""A disk that forgets at a power cut all that was not fsynced: bytes and names."""

import os
import shutil
from pathlib import Path
from stat import S_ISDIR
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

Names = dict[str, int | str]
Tree = dict[str, "bytes | str | Tree"]


class PowerDisk:
    """Watches fsync under one folder; `cut` leaves there what a power cut would leave.

    That the process died loses nothing, and makes nothing safer: what was not synced
    before is not synced now. A file keeps the bytes of its last fsync, a folder the names
    of its own. Every fsync is an instant at which the process could die, too: `instant`
    is called before it and after it. What SQLite and PostgreSQL do with their own files
    is theirs to promise.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.instant: Callable[[str], None] = lambda call: None
        self._fsync = os.fsync
        self._bytes: dict[int, bytes] = {}
        self._names: dict[int, Names] = {}
        self._kept: list[int] = []

    def __enter__(self) -> Self:
        self.root.mkdir(parents=True, exist_ok=True)
        self._settle()
        os.fsync = self._watched
        return self

    def __exit__(self, *_fault: object) -> None:
        os.fsync = self._fsync
        self._forget()

    def cut(self) -> None:
        """The power fails and comes back; all that is left is on the plate."""
        left = self._left(self.root.stat().st_ino)
        for path in self.root.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        _write(self.root, left)
        self._settle()

    def _watched(self, handle: int) -> None:
        place = Path(f"/proc/self/fd/{handle}").readlink()
        call = "fsync" if place.is_relative_to(self.root) else "halfway"
        self.instant(call)
        self._note(handle)
        self.instant(call)

    def _note(self, handle: int) -> None:
        status = os.fstat(handle)
        # Held open, so that no new file gets the number of one that we remember.
        self._kept.append(os.dup(handle))
        place = Path(f"/proc/self/fd/{handle}")
        if S_ISDIR(status.st_mode):
            self._names[status.st_ino] = _listed(place)
        else:
            self._bytes[status.st_ino] = place.read_bytes()

    def _left(self, folder: int) -> Tree:
        tree: Tree = {}
        for name, thing in self._names.get(folder, {}).items():
            if isinstance(thing, str):
                tree[name] = thing
            elif thing in self._folders:
                tree[name] = self._left(thing)
            else:
                tree[name] = self._bytes.get(thing, b"")
        return tree

    @property
    def _folders(self) -> set[int]:
        below = (p.stat().st_ino for p in self.root.rglob("*") if p.is_dir())
        return set(self._names) | set(below)

    def _settle(self) -> None:
        """What lies here now counts as written."""
        self._forget()
        for path in [self.root, *self.root.rglob("*")]:
            if not path.is_symlink():
                handle = os.open(path, os.O_RDONLY)
                self._note(handle)
                os.close(handle)

    def _forget(self) -> None:
        for handle in self._kept:
            os.close(handle)
        self._kept, self._bytes, self._names = [], {}, {}


def _listed(folder: Path) -> Names:
    return {
        entry.name: str(Path(entry.path).readlink())
        if entry.is_symlink()
        else entry.inode()
        for entry in os.scandir(folder)
    }


def _write(folder: Path, tree: Tree) -> None:
    for name, thing in tree.items():
        path = folder / name
        if isinstance(thing, dict):
            path.mkdir(0o700)
            _write(path, thing)
        elif isinstance(thing, str):
            path.symlink_to(thing)
        else:
            path.write_bytes(thing)
            path.chmod(0o600)
