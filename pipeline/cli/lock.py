"""The lock that one daemon holds on a data folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.assembly import make_private
from pipeline.domain.errors import TransientError
from pipeline.settings import Settings

LOCK_FILE = "daemon.lock"
KERNEL_LOCKS = Path("/proc/locks")


@contextmanager
def only_one(settings: Settings, *, shared: bool = False) -> Iterator[None]:
    """The lock beside the data: the kernel drops it with the process, however it ends.

    `shared` with other daemons; `once` and `restore` want the data for themselves.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    path = make_private(settings.data_dir) / LOCK_FILE
    with _opened(path) as lock:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TransientError(f"{path}: another daemon is running") from error
        yield


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise TransientError(f"{path}: {error.strerror}") from error
    try:
        yield handle
    finally:
        os.close(handle)


def holders(settings: Settings) -> tuple[int, ...] | None:
    """The processes of this machine that hold the lock; None when nobody can tell.

    Asked of the kernel: taking the lock, however shortly, could refuse a daemon.
    """
    try:
        found = (settings.data_dir / LOCK_FILE).stat()
    except OSError:
        return ()
    device = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    try:
        lines = KERNEL_LOCKS.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    words = [line.split() for line in lines]
    # 7: FLOCK  ADVISORY  WRITE 4711 08:01:393 0 EOF; one that waits has -> for a word more
    return tuple(sorted(int(each[4]) for each in words if each[5:6] == [device]))
