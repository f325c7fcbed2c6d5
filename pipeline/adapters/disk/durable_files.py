"""Files that survive a power cut: written aside, fsynced, renamed, folder fsynced."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.domain.errors import TransientError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


@contextmanager
def blamed_on(path: Path) -> Iterator[None]:
    """Turn the disk's complaints (full, read-only, I/O error) into TransientError."""
    try:
        yield
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        raise TransientError(f"{path}: {reason}; free the disk or mend it") from fault


def free_bytes(folder: Path) -> int:
    """The room that is left there; none where the folder is gone."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def make_folder(folder: Path) -> None:
    """Create a private folder with its parents, each known to its parent durably.

    One that is there already may be of a process that died before it synced the name.
    """
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: a rename alone may be lost in a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(target: Path, data: bytes, aside: Path) -> None:
    """Put `data` at `target` in one step, by way of a file in the folder `aside`.

    After an error there is no new file: a page whose fsync failed may be gone from the
    cache, so the next attempt writes all anew and never trusts a second fsync.
    """
    draft = aside / f"{target.name}.{secrets.token_hex(8)}.tmp"
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
    sync_folder(target.parent)
