"""The lock that one daemon holds on a data folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.assembly import make_private
from pipeline.domain.errors import TransientError
from pipeline.settings import Settings


@contextmanager
def only_one(settings: Settings, *, shared: bool = False) -> Iterator[None]:
    """The lock beside the data: the kernel drops it with the process, however it ends.

    `shared` with other daemons; `once` and `restore` want the data for themselves.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    path = make_private(settings.data_dir) / "daemon.lock"
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
