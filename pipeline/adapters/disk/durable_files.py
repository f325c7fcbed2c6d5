"""Files that survive a power cut: written aside, fsynced, renamed, folder fsynced."""

import os
import secrets
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
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
    """Put `data` at `target` in one step, by way of a file in the folder `aside`."""
    write_together([(target, data)], aside, 1)
    sync_folder(target.parent)


def write_together(files: Iterable[tuple[Path, bytes]], aside: Path, at_once: int) -> None:
    """Put each of the files at its place, in order, when the bytes of all are durable.

    Their names are not yet: that takes `sync_folders`. So many are synced `at_once`: a
    disk that is told of ten files together is done with them as soon as with one.

    After an error there is no draft left: a page whose fsync failed may be gone from the
    cache, so the next attempt writes all anew and never trusts a second fsync.
    """
    drafts: list[tuple[Path, Path]] = []
    try:
        with ExitStack() as stack:
            handles = []
            for target, data in files:
                draft = aside / f"{target.name}.{secrets.token_hex(8)}.tmp"
                handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
                file = stack.enter_context(os.fdopen(handle, "wb"))
                drafts.append((draft, target))
                file.write(data)
                file.flush()
                handles.append(handle)
            _sync(handles, at_once)
        for draft, target in drafts:
            draft.replace(target)
    except OSError:
        for draft, _ in drafts:
            with suppress(OSError):
                draft.unlink()
        raise


def sync_folders(folders: Collection[Path], at_once: int) -> None:
    """As `sync_folder`, so many `at_once`."""
    with ExitStack() as stack:
        handles = []
        for folder in folders:
            handles.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
            stack.callback(os.close, handles[-1])
        _sync(handles, at_once)


def _sync(handles: Sequence[int], at_once: int) -> None:
    workers = min(at_once, len(handles))
    if workers <= 1:
        for handle in handles:
            os.fsync(handle)
        return
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(os.fsync, handles))
